//! What the log never says, however much it says: nothing that opens a door, and nobody's address.

#![expect(clippy::unwrap_used, reason = "a failed assumption should fail the test")]

use std::io;
use std::net::SocketAddr;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

use quittance::demo::mailbox::{Fault, How, Login, Mailbox, When};
use quittance::demo::stripe::Card;
use quittance::jobs;
use serde_json::json;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::{FilterExt, dynamic_filter_fn};
use tracing_subscriber::fmt::{self, MakeWriter};
use tracing_subscriber::layer::{Layer, SubscriberExt};

use crate::admin::person::{EMAIL, PASSWORD, Person};
use crate::support::{TestApp, WEBHOOK_SECRET, path, until};

const CUSTOMER: &str = "anna.buyer@customer.example";

/// A log that is kept in memory.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Kept {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl io::Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'w> MakeWriter<'w> for Kept {
    type Writer = Self;

    fn make_writer(&'w self) -> Self {
        self.clone()
    }
}

/// Everything happens on the test's own thread, so that this log holds all of it and of no other test. It is the log of the
/// whole process nevertheless: one that a thread sets for itself can miss what other threads have come upon first.
#[tokio::test]
async fn no_secret_and_no_address_is_in_the_log_of_a_whole_story() {
    let kept = Kept::default();
    let here = thread::current().id();
    let only_here = dynamic_filter_fn(move |_, _| thread::current().id() == here);
    let log = fmt::layer().with_ansi(false).with_writer(kept.clone()).with_filter(LevelFilter::DEBUG.and(only_here));
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(log)).unwrap();

    let login = Login { user: "pat".to_owned(), password: "hidden-smtp-word".to_owned() };
    let mailbox = Mailbox::start_with(SocketAddr::from(([127, 0, 0, 1], 0)), Some(login)).await.unwrap();
    let smtp = format!("smtp+plain://pat:hidden-smtp-word@{}", mailbox.address());
    let app = TestApp::start_with(|config| config.mail.smtp = Some(smtp.parse().unwrap())).await;
    let setup = app.app.setup_secret().unwrap().unwrap();
    let owner = Person::owner(&app).await;
    let cookie = owner.cookie().unwrap();
    let stranger = Person::new(&app);
    let login = stranger.sheet("/admin/login", "/admin/login").await;
    stranger.send(&login, &[("email", EMAIL), ("password", "a guess that is wrong")]).await;
    stranger.get(&format!("/admin/setup/{setup}")).await;
    let program = app.program().await;
    let token = program.token.clone();
    app.ask("GET", "/api/v1/invoices").header("authorization", &format!("Bearer {token}x")).send().await;

    let customer = program.post("/customers", json!({"name": "Anna", "email": CUSTOMER})).await.expect(201);
    let invoice = app.invoice("119").await;
    let link = invoice.link.token().to_owned();
    program.patch(&format!("/customers/{}", customer["id"].as_str().unwrap()), json!({"email": CUSTOMER})).await;
    let lines = json!([{"description": "Design", "quantity": "1", "unit_price": "10.00"}]);
    let body = json!({"customer": customer["id"], "currency": "EUR", "lines": lines, "cc": ["copy@customer.example"]});
    let sent = program.post("/invoices", body).await.expect(201);
    program.act(&format!("/invoices/{}/send", sent["id"].as_str().unwrap())).await.expect(200);

    let refused = "550 5.1.1 <anna.buyer@customer.example> is not known here";
    mailbox.fail_next(Fault::new(When::Recipient, How::Answer(refused)));
    let jobs = jobs::start(&app.app);
    app.clock.advance(60);
    app.click_pay(&invoice).await;
    let session = app.session(&invoice);
    app.stand_in.pay(&session, Card::Visa).unwrap();
    app.stand_in.delivered().await;
    app.get(&path(&invoice, &format!("/return?session_id={session}"))).await;
    app.ask("POST", "/webhooks/stripe")
        .header("stripe-signature", "t=1,v1=00")
        .body("application/json", &b"\xff\xfe"[..])
        .send()
        .await;
    app.get("/i/AAAAAAAAAAAAAAAAAAAAAAAAAA").await;
    let failed = || app.app.store.read(|r| r.count_failed_letters()).unwrap();
    until("the story ends", async || app.status(&invoice).await == "paid" && failed() > 0).await;
    jobs.stop().await;

    let began = Instant::now();
    for _ in 0..60 {
        app.ask("POST", "/webhooks/stripe")
            .header("stripe-signature", "t=1,v1=00")
            .body("text/plain", "x")
            .send()
            .await;
    }
    let seconds = usize::try_from(began.elapsed().as_secs()).unwrap();
    let lines = kept.text().matches("a webhook was not accepted").count();
    assert!(lines <= 22 + seconds, "{lines} lines in {seconds} seconds");

    let log = kept.text();
    assert!(log.contains("a webhook was acknowledged") && log.contains("a mail was refused"), "it says what happened");
    assert!(log.contains(" DEBUG "), "and says much");
    let refused = "sha256=\"b3d510ef04275ca8e698e5b3cbb0ece3949ef9252f0cdc839e9ee347409a2209\"";
    assert!(log.contains(refused), "of the bytes that came, whatever they are");
    let secrets = [
        ("the key to Stripe", "sk_test_quittance_test"),
        ("the webhook secret", WEBHOOK_SECRET),
        ("the mail password", "hidden-smtp-word"),
        ("the owner's password", PASSWORD),
        ("a password that was tried", "a guess that is wrong"),
        ("a session", cookie.split_once('=').unwrap().1),
        ("an API token", &token),
        ("the setup address", &setup),
        ("a link", &link),
        ("a checkout's address", "/c/pay/"),
        ("the owner's address", EMAIL),
        ("a customer's address", "customer.example"),
        ("a customer's address", "anna@example.org"),
    ];
    for (what, secret) in secrets {
        let said = log.lines().find(|line| line.contains(secret));
        assert!(said.is_none(), "{what} is in the log: {}", said.unwrap_or_default());
    }
}

/// What the test below calls itself in the process of its own: no test has this name, so that leaving it out changes nothing.
const IN_ITS_OWN_PROCESS: &str = "the process that panics";

#[test]
fn a_panic_is_one_line_of_json() {
    if std::env::args().any(|argument| argument == IN_ITS_OWN_PROCESS) {
        quittance::logging::start(quittance::config::LogFormat::Json, quittance::logging::Keeper::Anybody);
        thread::spawn(|| panic!("first line\n  second \u{85} line")).join().unwrap_err();
        return;
    }
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "logs::a_panic_is_one_line_of_json", "--nocapture", "--skip", IN_ITS_OWN_PROCESS])
        .output()
        .unwrap();
    let log = String::from_utf8(output.stderr).unwrap();
    assert_eq!(log.lines().count(), 1, "{log}");
    let line: serde_json::Value = serde_json::from_str(&log).unwrap();
    assert_eq!((line["level"].as_str(), output.status.success()), (Some("ERROR"), true), "{line}");
    assert!(line["message"].as_str().unwrap().contains("a defect stopped what was being done: first line second"));
    assert!(line["place"].as_str().unwrap().contains("tests/logs.rs:"), "{line}");
}
