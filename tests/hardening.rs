//! What the real program keeps to itself: its memory, its files, and every secret that passes through a whole story.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its scene should fail there")]

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::Duration;

use quittance::clock::Clock;
use quittance::demo::mailbox::{Fault, How, Login, Mailbox, When};
use quittance::demo::stripe::{Card, Options, StandIn, WebhookEndpoint};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::block_in_place;

use crate::process::{Bench, Serving};
use crate::support::{Answer, Ask, PATIENCE, STRIPE_KEY, WEBHOOK_SECRET, beside, until};

/// Who runs it where the tests are run by root.
const NOBODY: u32 = 65_534;

#[test]
fn its_memory_is_open_to_nobody_and_so_is_what_it_makes() {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let program = folder.path().join("quittance");
    // By another process: what one thread writes here, another that starts something holds open for a moment.
    assert!(Command::new("cp").arg(env!("CARGO_BIN_EXE_quittance")).arg(&program).status().unwrap().success());
    // A program that its user may not read is closed to others without doing anything for it.
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let own = fs::metadata("/proc/self").unwrap().uid();
    let user = if own == 0 { NOBODY } else { own };
    let mut command = Command::new(&program);
    // It waits for the password and has opened nothing yet.
    command.args(["owner", "add", "--email", "pat@example.com"]).env_clear().current_dir(folder.path());
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    if own == 0 {
        command.uid(user).gid(user);
    }
    let mut child = command.spawn().unwrap();
    let at = format!("/proc/{}", child.id());
    let begin = std::time::Instant::now();
    // What nobody may look into belongs to root there.
    while fs::metadata(format!("{at}/environ")).unwrap().uid() == user {
        assert!(begin.elapsed() < PATIENCE, "its memory can be read");
        std::thread::sleep(Duration::from_millis(10));
    }
    let status = fs::read_to_string(format!("{at}/status")).unwrap();
    assert!(status.contains("Umask:\t0077"), "{status}");
    assert!(status.contains(&format!("Uid:\t{user}\t")), "{status}");
    child.kill().unwrap();
    child.wait().unwrap();
}

const EMAIL: &str = "pat@owner.example";
const PASSWORD: &str = "my cat sits on the ledger";
const SMTP_PASSWORD: &str = "hidden-smtp-word";
const STORE_SECRET: &str = "hidden-store-secret-0123456789";

/// A browser's form, with a session or without.
async fn post(to: SocketAddr, path: &str, form: &str, cookie: &str) -> Answer {
    Ask::new(to, "POST", path).header("sec-fetch-site", "same-origin").header("cookie", cookie).form(form).send().await
}

async fn api(to: SocketAddr, method: &str, path: &str, token: &str, body: Option<Value>) -> Answer {
    let ask = Ask::new(to, method, &format!("/api/v1{path}")).header("authorization", &format!("Bearer {token}"));
    match body {
        Some(body) => ask.json(&body).send().await,
        None => ask.send().await,
    }
}

async fn scene() -> (StandIn, Mailbox) {
    let stand_in = StandIn::new(Options { secret_key: STRIPE_KEY.to_owned(), ..Options::new(Clock::machine()) });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    stand_in.set_public_base(&format!("http://{}", listener.local_addr().unwrap()));
    beside(stand_in.clone().serve_on(listener));
    let login = Login { user: "pat".to_owned(), password: SMTP_PASSWORD.to_owned() };
    let mailbox = Mailbox::start_with(SocketAddr::from(([127, 0, 0, 1], 0)), Some(login)).await.unwrap();
    (stand_in, mailbox)
}

/// The program with everything that holds a secret.
fn serve(bench: &Bench, stand_in: &StandIn, mailbox: &Mailbox, format: &str) -> Serving {
    bench.serve_logging(format, |command| {
        command
            .env("QUITTANCE_STRIPE__SECRET_KEY", STRIPE_KEY)
            .env("QUITTANCE_STRIPE__WEBHOOK_SECRETS", WEBHOOK_SECRET);
        command.env("QUITTANCE_STRIPE__API_BASE", stand_in.public_base());
        command.env("QUITTANCE_MAIL__SMTP", format!("smtp+plain://pat:{SMTP_PASSWORD}@{}", mailbox.address()));
        command.env("QUITTANCE_MAIL__FROM", "Pat <pat@studio.example>");
        // Nobody listens there: what is said of a store that does not answer is in the log, too.
        command.env("QUITTANCE_BACKUP__S3__ENDPOINT", "http://127.0.0.1:9");
        command.env("QUITTANCE_BACKUP__S3__BUCKET", "books").env("QUITTANCE_BACKUP__S3__REGION", "eu-central-1");
        command.env("QUITTANCE_BACKUP__S3__ACCESS_KEY", "AKIAQUITTANCETEST");
        command.env("QUITTANCE_BACKUP__S3__SECRET_KEY", STORE_SECRET);
    })
}

/// Plays an invoice's life; everything that must not be in the log, and the log.
async fn story(format: &str) -> (Vec<(&'static str, String)>, String) {
    let ((stand_in, mailbox), bench) = (scene().await, Bench::new());
    let mut server = block_in_place(|| serve(&bench, &stand_in, &mailbox, format));
    let to: SocketAddr = server.address.parse().unwrap();
    stand_in.add_webhook(WebhookEndpoint::new(format!("http://{to}/webhooks/stripe"), WEBHOOK_SECRET));
    let address = block_in_place(|| server.printed("/admin/setup/"));
    let setup = address.rsplit('/').next().unwrap().trim().to_owned();
    let account = format!("email={}&password={}", EMAIL.replace('@', "%40"), PASSWORD.replace(' ', "+"));
    let begun = post(to, &format!("/admin/setup/{setup}"), &account, "").await;
    assert_eq!(begun.status, 303, "{}", begun.text());
    post(to, "/admin/login", "email=pat%40owner.example&password=a+guess+that+is+wrong", "").await;
    let signed_in = post(to, "/admin/login", &account, "").await;
    let cookie = signed_in.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    assert_eq!(Ask::new(to, "GET", "/admin").header("cookie", &cookie).send().await.status, 200);
    post(to, "/admin/settings/account/password", "current=another+wrong+guess&password=x", &cookie).await;

    let token = block_in_place(|| bench.run(&["token", "create", "--name", "shop"])).good().trim().to_owned();
    assert_eq!(api(to, "GET", "/invoices", &format!("{token}x"), None).await.status, 401);
    let customer = json!({"name": "Annabel Payer-Person", "email": "anna@customer.example",
        "address": {"line1": "Hidden Lane 17", "city": "Köln", "country": "DE"}});
    let customer = api(to, "POST", "/customers", &token, Some(customer)).await.expect(201);
    let lines = json!([{"description": "Design", "quantity": "1", "unit_price": "119.00"}]);
    let invoice =
        json!({"customer": customer["id"], "currency": "EUR", "lines": lines, "cc": ["copy@customer.example"]});
    let id = api(to, "POST", "/invoices", &token, Some(invoice)).await.expect(201)["id"].as_str().unwrap().to_owned();
    let refused = "550 5.1.1 <anna@customer.example> is not known here";
    mailbox.fail_next(Fault::new(When::Recipient, How::Answer(refused)));
    api(to, "POST", &format!("/invoices/{id}/send"), &token, None).await.expect(200);
    let invoice = api(to, "GET", &format!("/invoices/{id}"), &token, None).await.expect(200);
    let link = invoice["public_url"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();

    let paying = Ask::new(to, "POST", &format!("/i/{link}/checkout")).send().await;
    assert_eq!(paying.status, 303, "{}", paying.text());
    let attempt = api(to, "POST", &format!("/invoices/{id}/checkout"), &token, None).await.json();
    let attempt = api(to, "GET", &format!("/attempts/{}", attempt["attempt"].as_str().unwrap()), &token, None).await;
    let session = attempt.expect(200)["session"].as_str().unwrap().to_owned();
    stand_in.pay(&session, Card::Visa).unwrap();
    Ask::new(to, "GET", &format!("/i/{link}/return?session_id={session}")).send().await;
    Ask::new(to, "GET", "/i/AAAAAAAAAAAAAAAAAAAAAAAAAA").send().await;
    let forged = Ask::new(to, "POST", "/webhooks/stripe").header("stripe-signature", "t=1,v1=00");
    assert_eq!(forged.body("application/json", &b"{}"[..]).send().await.status, 400);
    let status = async || {
        let answer = Ask::new(to, "GET", &format!("/i/{link}/status")).send().await;
        answer.json()["status"].as_str().unwrap_or_default().to_owned()
    };
    until("it is paid", async || status().await == "paid").await;
    let outbox = async || api(to, "GET", "/outbox", &token, None).await.expect(200).to_string();
    until("a mail is refused", async || outbox().await.contains("\"failed\"")).await;
    let refund = json!({"amount": 11900, "reason": "requested_by_customer"});
    let refund = api(to, "POST", &format!("/invoices/{id}/refunds"), &token, Some(refund)).await;
    assert!(matches!(refund.status, 201 | 202), "{}", refund.text());
    until("it is refunded", async || status().await == "refunded").await;
    block_in_place(|| bench.run(&["backup", "now"]));

    let (_, mut log) = block_in_place(|| server.stop());
    block_in_place(|| bench.run(&["backup", "copy"]).good());
    block_in_place(|| bench.run(&["restore", "copy", "--force"]).good());
    // Back from a backup it compares with Stripe by itself, and says so.
    let server = block_in_place(|| serve(&bench, &stand_in, &mailbox, format));
    until("it is ready", async || {
        Ask::new(server.address.parse().unwrap(), "GET", "/readyz").send().await.status == 200
    })
    .await;
    log.push_str(&block_in_place(|| server.stop()).1);

    let secrets = vec![
        ("the key to Stripe", STRIPE_KEY.to_owned()),
        ("the webhook secret", WEBHOOK_SECRET.to_owned()),
        ("the mail password", SMTP_PASSWORD.to_owned()),
        ("the store's secret", STORE_SECRET.to_owned()),
        ("the store's key", "AKIAQUITTANCETEST".to_owned()),
        ("the owner's password", PASSWORD.to_owned()),
        ("a password that was tried", "guess".to_owned()),
        ("a session", cookie.split_once('=').unwrap().1.to_owned()),
        ("an API token", token),
        ("the setup address", setup),
        ("a link", link),
        ("a checkout's address", "/c/pay/".to_owned()),
        ("the owner's address", "owner.example".to_owned()),
        ("a customer's address", "customer.example".to_owned()),
        ("a customer's name", "Payer-Person".to_owned()),
        ("where a customer lives", "Hidden Lane".to_owned()),
    ];
    (secrets, log)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_is_in_the_log_of_the_program_itself_in_either_format() {
    for format in ["text", "json"] {
        let (secrets, log) = story(format).await;
        for said in
            ["a webhook was acknowledged", "a webhook was not accepted", "a sign-in was refused", "a mail was refused"]
        {
            assert!(log.contains(said), "{format}: {said}\n{log}");
        }
        assert!(format != "json" || log.lines().all(|line| line.starts_with('{')), "{log}");
        for (what, secret) in secrets {
            let said = log.lines().find(|line| line.contains(&secret));
            assert!(said.is_none(), "{format}: {what} is in the log: {}", said.unwrap_or_default());
        }
    }
}
