//! What a backup costs: how long it takes with 100,000 invoices, and how long a webhook waits meanwhile.
//!
//! `cargo bench --bench backup` runs the release binary over a folder that it fills first. A webhook is delivered every few
//! milliseconds, before the backup and while it is made: what counts is how much longer they took, all but the slowest
//! hundredth and the slowest of all. Speeds are what this machine did in this run.

#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]
#![expect(clippy::print_stdout, reason = "the table is what it is for")]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use quittance::actions::record_payment::{Recorded, record};
use quittance::actions::{Actor, Refusal, customers, drafts, issue};
use quittance::billing::currency::Currency;
use quittance::billing::due::Due;
use quittance::billing::id::CustomerId;
use quittance::billing::invoice::Content;
use quittance::billing::ledger::Book;
use quittance::billing::line::Line;
use quittance::billing::party::Party;
use quittance::billing::payment::Method;
use quittance::billing::quantity::UnitPrice;
use quittance::clock::Clock;
use quittance::demo::stripe::{Options, StandIn};
use quittance::store::{Store, Writer};

/// `cargo bench --bench backup -- 10000` chooses another number.
const INVOICES: usize = 100_000;
const CUSTOMERS: usize = 500;
/// Invoices made by one change while the sample is written.
const STEP: usize = 500;
const SECRET: &str = "whsec_bench";
/// How long webhooks are measured before.
const BEFORE: Duration = Duration::from_secs(30);
const BETWEEN: Duration = Duration::from_millis(5);

fn main() {
    let invoices = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(INVOICES);
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let data = folder.path().join("data");
    fill(&data, invoices);
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let _server = Server::start(&data, port);
    let quiet = Load::start(port, "before");
    std::thread::sleep(BEFORE);
    let quiet = quiet.stop();
    println!("{invoices} invoices");
    told("webhooks before", Duration::ZERO, &quiet);
    let copy = folder.path().join("copy").display().to_string();
    for (what, arguments) in [("backup FILE", vec!["backup", copy.as_str()]), ("backup now", vec!["backup", "now"])] {
        let load = Load::start(port, what);
        let begun = Instant::now();
        let mut making = program(&data).args(arguments).stdout(Stdio::null()).spawn().unwrap();
        let mut stored = None;
        let status = loop {
            if stored.is_none() && is_stored(&data) {
                stored = Some(begun.elapsed());
            }
            match making.try_wait().unwrap() {
                Some(status) => break status,
                None => std::thread::sleep(BETWEEN),
            }
        };
        let took = begun.elapsed();
        assert!(status.success(), "{what}");
        let slow = load.stop();
        if let Some(stored) = stored {
            println!(
                "{what:<16} {:>6.2} s   until it was put back, compared and stored; then it is proven",
                stored.as_secs_f64()
            );
        }
        told(what, took, &slow);
        let longer = |slow: Duration, quiet: Duration| ms(slow.saturating_sub(quiet));
        println!(
            "{:<16} 99 of 100 webhooks took at most {} longer, the slowest {}",
            "",
            longer(slow.most, quiet.most),
            longer(slow.slowest, quiet.slowest)
        );
    }
}

/// Whether a backup has its name.
fn is_stored(data: &Path) -> bool {
    let entries = std::fs::read_dir(data.join("backups")).into_iter().flatten().flatten();
    entries.into_iter().any(|entry| {
        entry.file_name().to_string_lossy().ends_with(".backup")
            && !entry.file_name().to_string_lossy().starts_with('.')
    })
}

fn told(what: &str, took: Duration, waits: &Waits) {
    println!(
        "{what:<16} {:>6.2} s   {} webhooks, median {}, 99 of 100 within {}, slowest {}",
        took.as_secs_f64(),
        waits.count,
        ms(waits.median),
        ms(waits.most),
        ms(waits.slowest)
    );
}

fn ms(duration: Duration) -> String {
    format!("{:.1} ms", duration.as_secs_f64() * 1000.0)
}

fn program(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_quittance"));
    command.env("QUITTANCE_DATA_DIR", data);
    command
}

struct Server(Child);

impl Server {
    fn start(data: &Path, port: u16) -> Self {
        let mut command = program(data);
        command.arg("serve").env("QUITTANCE_SERVER__LISTEN", format!("127.0.0.1:{port}"));
        command.env("QUITTANCE_STRIPE__WEBHOOK_SECRETS", SECRET).env("QUITTANCE_BACKUP__AT", "off");
        let server = Self(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            std::thread::sleep(Duration::from_millis(5));
        }
        server
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Webhooks, one after another, until it is stopped.
struct Load {
    over: Arc<AtomicBool>,
    delivering: std::thread::JoinHandle<Vec<Duration>>,
}

struct Waits {
    count: usize,
    median: Duration,
    /// What 99 of 100 took at most.
    most: Duration,
    slowest: Duration,
}

impl Load {
    fn start(port: u16, name: &str) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let (told, name) = (Arc::clone(&over), name.replace(' ', "_"));
        let stand_in = StandIn::new(Options::new(Clock::machine()));
        let delivering = std::thread::spawn(move || {
            let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
            stream.set_nodelay(true).unwrap();
            let mut waits = Vec::new();
            while !told.load(Ordering::Relaxed) {
                let request = delivery(&stand_in, &format!("{name}_{}", waits.len()));
                let begun = Instant::now();
                stream.write_all(&request).unwrap();
                let mut answer = Vec::new();
                let mut piece = [0; 4096];
                while !answer.ends_with(b"stored\n") {
                    let count = stream.read(&mut piece).unwrap();
                    assert!(count > 0, "the connection was closed: {}", String::from_utf8_lossy(&answer));
                    answer.extend_from_slice(&piece[..count]);
                }
                waits.push(begun.elapsed());
                std::thread::sleep(BETWEEN);
            }
            waits
        });
        Self { over, delivering }
    }

    fn stop(self) -> Waits {
        self.over.store(true, Ordering::Relaxed);
        let mut waits = self.delivering.join().unwrap();
        waits.sort();
        let at = |hundredth: usize| waits[(waits.len() * hundredth / 100).min(waits.len() - 1)];
        Waits { count: waits.len(), median: at(50), most: at(99), slowest: at(100) }
    }
}

fn delivery(stand_in: &StandIn, name: &str) -> Vec<u8> {
    let body = format!(
        r#"{{"id":"evt_{name}","object":"event","type":"product.created","livemode":false,"created":1800000000,"api_version":"2026-05-27.dahlia","data":{{"object":{{"id":"prod_1","object":"product"}}}}}}"#
    );
    let signature = stand_in.sign(&body, &[SECRET.to_owned()]);
    format!(
        "POST /webhooks/stripe HTTP/1.1\r\nHost: 127.0.0.1\r\nStripe-Signature: {signature}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Nine of ten invoices are paid.
fn fill(data: &Path, invoices: usize) {
    let store = Store::open(data, Clock::machine()).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let customers: Vec<CustomerId> =
            store.write(|w| (0..CUSTOMERS).map(|n| customer(w, n)).collect::<Result<_, Refusal>>()).await.unwrap();
        for first in (0..invoices).step_by(STEP) {
            let customers = customers.clone();
            let change = move |w: &mut Writer<'_>| {
                (first..(first + STEP).min(invoices)).try_for_each(|n| invoice(w, n, customers[n % customers.len()]))
            };
            store.write(change).await.unwrap();
        }
    });
    store.close().unwrap();
}

fn customer(w: &mut Writer<'_>, n: usize) -> Result<CustomerId, Refusal> {
    let party = Party { name: format!("Customer {n} Ltd"), email: format!("c{n}@example.com"), ..Party::default() };
    Ok(customers::create(w, party)?.id)
}

fn invoice(w: &mut Writer<'_>, n: usize, customer: CustomerId) -> Result<(), Refusal> {
    let line = |place: usize| Line {
        id: place.to_string(),
        description: format!("Piece of work {place} for order {n}"),
        unit_price: UnitPrice::parse("80.00").unwrap(),
        ..Line::default()
    };
    let lines = (1..=3).map(line).collect();
    let content = Content { lines, ..Content::blank(customer, Currency::EUR, Due::InDays(14)) };
    let actor = Actor::owner("owner@example.com");
    let draft = drafts::create(w, content)?;
    let issued = issue::issue(w, draft.id, Book::Live, &actor)?;
    if !n.is_multiple_of(10) {
        let (amount, method) = (issued.totals.total, Method::BankTransfer);
        record(w, issued.id, &Recorded { amount, method, received_on: None, reference: String::new() }, &actor)?;
    }
    Ok(())
}
