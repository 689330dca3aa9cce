//! The product as it is run: the release binary, over loopback, beside the stand-in for Stripe.
//!
//! `cargo bench --bench product` prints the table of the README. Speeds are what this machine did in this run; where it
//! matters they stand beside a limit of the same machine, measured in the same run.

#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]

use std::cell::Cell;
use std::fs::File;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use quittance::actions::{Actor, customers, drafts, issue};
use quittance::billing::currency::Currency;
use quittance::billing::due::Due;
use quittance::billing::invoice::Content;
use quittance::billing::ledger::Book;
use quittance::billing::line::Line;
use quittance::billing::party::Party;
use quittance::billing::quantity::{Quantity, TaxRate, UnitPrice};
use quittance::clock::Clock;
use quittance::demo::mailbox::Mailbox;
use quittance::demo::stripe::{Card, Options, StandIn, WebhookEndpoint};
use quittance::store::Store;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const INVOICES: usize = 10_000;
const PAGES: usize = 2_000;
const PAYMENTS: usize = 20;
const CONNECTIONS: usize = 64;
const SECONDS: u64 = 3;
const SECRET: &str = "whsec_bench";

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let tokens = runtime.block_on(seed(folder.path()));
    let limit_before = appends_per_second(folder.path());
    let (stand_in, stripe) = stand_in(&runtime);
    let mailbox = runtime.block_on(Mailbox::start(([127, 0, 0, 1], 0).into())).unwrap();
    let port = free_port();
    let started = Instant::now();
    let mut server = Server::start(folder.path(), port, stripe, mailbox.address());
    server.wait_until_ready();
    let start = started.elapsed();
    stand_in.add_webhook(WebhookEndpoint::new(format!("http://127.0.0.1:{port}/webhooks/stripe"), SECRET));

    row("start to ready, 10,000 invoices", &ms(start), "< 100 ms");
    row("memory at rest", &format!("{:.1} MiB", server.resident_mib()), "< 20 MiB");
    row("binary", &format!("{:.1} MiB", mib(std::fs::metadata(binary()).unwrap().len())), "< 20 MiB");
    pages(port, &tokens);
    payments(&runtime, port, &tokens, &stand_in, &mailbox);
    row("memory after the payments", &format!("{:.1} MiB", server.resident_mib()), "");
    let webhooks = webhooks_per_second(port, &stand_in);
    let limit = limit_before.max(appends_per_second(folder.path()));
    let ratio = webhooks / limit;
    row(
        "durable webhooks, 64 connections",
        &format!("{webhooks:.0}/s = {ratio:.1} × {limit:.0} fdatasync appends/s"),
        "≥ 2 ×",
    );
    server.stop();
}

fn row(what: &str, measured: &str, goal: &str) {
    let _ = writeln!(std::io::stdout(), "| {what} | {measured} | {goal} |");
}

fn ms(duration: Duration) -> String {
    format!("{:.1} ms", duration.as_secs_f64() * 1000.0)
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

fn binary() -> &'static str {
    env!("CARGO_BIN_EXE_quittance")
}

fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

/// Ten thousand issued invoices; the tokens of some of them.
async fn seed(folder: &Path) -> Vec<String> {
    let store = Store::open(folder, Clock::machine()).unwrap();
    let party = Party { name: "Bench GmbH".into(), email: "payer@example.com".into(), ..Party::default() };
    let customer = store.write(move |w| customers::create(w, party.clone())).await.unwrap().id;
    let line = |number: usize| Line {
        description: format!("Work of day {number}"),
        quantity: Quantity::parse("7.5").unwrap(),
        unit_price: UnitPrice::parse("84.00").unwrap(),
        tax_rate: TaxRate::parse("19").unwrap(),
        ..Line::default()
    };
    let content =
        Content { lines: (1..=8).map(line).collect(), ..Content::blank(customer, Currency::EUR, Due::InDays(14)) };
    let mut tokens = Vec::new();
    for batch in 0..INVOICES / 100 {
        let content = content.clone();
        let issued = store
            .write(move |w| {
                let actor = Actor::schedule("bench");
                let mut last = None;
                for _ in 0..100 {
                    let draft = drafts::create(w, content.clone())?;
                    last = Some(issue::issue(w, draft.id, Book::Test, &actor)?);
                }
                Ok::<_, quittance::actions::Refusal>(last)
            })
            .await
            .unwrap();
        if batch < PAYMENTS * 2 {
            tokens.extend(issued.map(|invoice| invoice.link.token().to_owned()));
        }
    }
    tokens
}

fn stand_in(runtime: &tokio::runtime::Runtime) -> (StandIn, SocketAddr) {
    let stand_in = StandIn::new(Options::new(Clock::machine()));
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    runtime.spawn(stand_in.clone().serve_on(listener));
    (stand_in, address)
}

struct Server {
    child: Child,
    port: u16,
}

impl Server {
    fn start(folder: &Path, port: u16, stripe: SocketAddr, mail: SocketAddr) -> Self {
        let child = Command::new(binary())
            .arg("serve")
            .env("QUITTANCE_DATA_DIR", folder)
            .env("QUITTANCE_SERVER__LISTEN", format!("127.0.0.1:{port}"))
            .env("QUITTANCE_STRIPE__SECRET_KEY", "sk_test_quittance_demo")
            .env("QUITTANCE_STRIPE__API_BASE", format!("http://{stripe}"))
            .env("QUITTANCE_STRIPE__WEBHOOK_SECRETS", SECRET)
            .env("QUITTANCE_MAIL__SMTP", format!("smtp+plain://{mail}"))
            .env("QUITTANCE_MAIL__FROM", "Bench <bench@example.com>")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self { child, port }
    }

    fn wait_until_ready(&self) {
        for _ in 0..20_000 {
            if TcpStream::connect(("127.0.0.1", self.port)).is_ok_and(|stream| Client(stream).get("/readyz").0 == 200) {
                return;
            }
            std::thread::sleep(Duration::from_micros(500));
        }
        panic!("the server did not become ready");
    }

    fn resident_mib(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
    }

    fn stop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One connection that stays open.
struct Client(TcpStream);

impl Client {
    fn to(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self(stream)
    }

    fn get(&mut self, path: &str) -> (u16, String, Vec<u8>) {
        self.send("GET", path, "Accept-Encoding: gzip\r\n", b"")
    }

    /// Status, head and body of the answer.
    fn send(&mut self, method: &str, path: &str, headers: &str, body: &[u8]) -> (u16, String, Vec<u8>) {
        let port = self.0.peer_addr().unwrap().port();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{headers}Content-Length: {}\r\n\r\n",
            body.len()
        );
        self.0.write_all(&[head.as_bytes(), body].concat()).unwrap();
        let mut answer = Vec::new();
        let mut buffer = vec![0; 65536];
        loop {
            let read = self.0.read(&mut buffer).unwrap();
            answer.extend_from_slice(&buffer[..read]);
            if let Some(end) = answer.windows(4).position(|window| window == b"\r\n\r\n") {
                let head = String::from_utf8_lossy(&answer[..end]).into_owned();
                let length = head
                    .lines()
                    .find_map(|line| line.to_lowercase().strip_prefix("content-length:")?.trim().parse::<usize>().ok());
                if answer.len() >= end + 4 + length.unwrap_or(0) {
                    return (head[9..12].parse().unwrap(), head, answer[end + 4..].to_vec());
                }
            }
            assert!(read > 0, "the connection was closed");
        }
    }
}

fn pages(port: u16, tokens: &[String]) {
    let mut client = Client::to(port);
    let path = format!("/i/{}", tokens[0]);
    let (status, head, body) = client.get(&path);
    assert_eq!(status, 200);
    let mut times: Vec<Duration> = (0..PAGES)
        .map(|_| {
            let asked = Instant::now();
            assert_eq!(client.get(&path).0, 200);
            asked.elapsed()
        })
        .collect();
    times.sort();
    let (half, most) = (ms(times[PAGES / 2]), ms(times[PAGES * 99 / 100]));
    row("public page, asked for and answered", &format!("{half} (99 %: {most})"), "< 1 ms");
    let mut wire = head.len() + 4 + body.len();
    let page = unpacked(&head, &body);
    let assets: Vec<&str> = page.split('"').filter(|part| part.starts_with("/a/")).collect();
    for asset in &assets {
        let (_, head, body) = client.get(asset);
        wire += head.len() + 4 + body.len();
    }
    row(
        "public page on the wire, 8 lines",
        &format!("{:.1} KB in {} requests", kb(wire), 1 + assets.len()),
        "≤ 10 KB, ≤ 4",
    );
}

fn unpacked(head: &str, body: &[u8]) -> String {
    let mut page = String::new();
    if head.to_lowercase().contains("content-encoding: gzip") {
        flate2::read::GzDecoder::new(body).read_to_string(&mut page).unwrap();
    } else {
        page = String::from_utf8_lossy(body).into_owned();
    }
    page
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn kb(bytes: usize) -> f64 {
    bytes as f64 / 1000.0
}

fn payments(runtime: &tokio::runtime::Runtime, port: u16, tokens: &[String], stand_in: &StandIn, mailbox: &Mailbox) {
    let _inside = runtime.enter();
    let mut client = Client::to(port);
    let (mut redirects, mut paid, mut mailed) = (Vec::new(), Vec::new(), Vec::new());
    for token in &tokens[1..=PAYMENTS] {
        let asked = Instant::now();
        let (status, _, _) = client.send("POST", &format!("/i/{token}/checkout"), "", b"");
        redirects.push(asked.elapsed());
        assert_eq!(status, 303);
        let session = stand_in.sessions()[0]["id"].as_str().unwrap().to_owned();
        let before = mailbox.messages().len();
        let clicked = Instant::now();
        stand_in.pay(&session, Card::Visa).unwrap();
        while !client.get(&format!("/i/{token}/status")).2.windows(6).any(|window| window == b"\"paid\"") {}
        paid.push(clicked.elapsed());
        while mailbox.messages().len() == before {
            std::thread::sleep(Duration::from_millis(1));
        }
        mailed.push(clicked.elapsed());
    }
    for times in [&mut redirects, &mut paid, &mut mailed] {
        times.sort();
    }
    row("Pay to redirect, Stripe's answer included", &ms(redirects[PAYMENTS / 2]), "< 30 ms");
    row("payment at Stripe to paid here", &ms(paid[PAYMENTS / 2]), "< 50 ms");
    row("payment at Stripe to receipt accepted", &ms(mailed[PAYMENTS / 2]), "< 5 s");
}

/// Signed events of a type that is kept and not acted on, each another, so that the disk and not Stripe is the limit.
/// All connections are served by one thread, which leaves the rest of the machine to the server.
fn webhooks_per_second(port: u16, stand_in: &StandIn) -> f64 {
    let begin = Instant::now() + Duration::from_secs(1);
    let end = begin + Duration::from_secs(SECONDS);
    let (number, counted) = (Cell::new(0), Cell::new(0));
    let deliver = async || {
        let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        stream.set_nodelay(true).unwrap();
        while Instant::now() < end {
            number.set(number.get() + 1);
            stream.write_all(&delivery(stand_in, number.get())).await.unwrap();
            let mut answer = Vec::with_capacity(1024);
            while !answer.ends_with(b"stored\n") {
                let read = stream.read_buf(&mut answer).await.unwrap();
                assert!(read > 0, "the connection was closed: {}", String::from_utf8_lossy(&answer));
            }
            assert!(answer.starts_with(b"HTTP/1.1 200 "));
            if (begin..end).contains(&Instant::now()) {
                counted.set(counted.get() + 1);
            }
        }
    };
    let load = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    load.block_on(join_all((0..CONNECTIONS).map(|_| deliver())));
    rate(counted.get(), SECONDS)
}

fn delivery(stand_in: &StandIn, number: u64) -> Vec<u8> {
    let body = format!(
        r#"{{"id":"evt_bench{number}","object":"event","type":"product.created","livemode":false,"created":1800000000,"api_version":"2026-05-27.dahlia","data":{{"object":{{"id":"prod_{number}","object":"product","name":"{:200}"}}}}}}"#,
        "a product that nobody here sells"
    );
    let signature = stand_in.sign(&body, &[SECRET.to_owned()]);
    let length = body.len();
    format!(
        "POST /webhooks/stripe HTTP/1.1\r\nHost: 127.0.0.1\r\nStripe-Signature: {signature}\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// The limit: what this disk does of appending 600 bytes and waiting until they are safe, one after another.
fn appends_per_second(folder: &Path) -> f64 {
    let mut file = File::create(folder.join("appends")).unwrap();
    let until = Instant::now() + Duration::from_secs(SECONDS);
    let mut count = 0;
    while Instant::now() < until {
        file.write_all(&[7; 600]).unwrap();
        file.sync_data().unwrap();
        count += 1;
    }
    std::fs::remove_file(folder.join("appends")).unwrap();
    rate(count, SECONDS)
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn rate(count: u64, seconds: u64) -> f64 {
    count as f64 / seconds as f64
}
