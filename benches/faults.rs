//! What a fault of the machine costs the release binary: a kill in the middle of its work, with a hundred thousand
//! invoices in the books, and a thousand connections that begin to ask and never end.
//!
//! `cargo bench --bench faults` prints the table of the README.

#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use quittance::actions::{Actor, Refusal, customers, drafts, issue};
use quittance::billing::currency::Currency;
use quittance::billing::due::Due;
use quittance::billing::invoice::Content;
use quittance::billing::ledger::Book;
use quittance::billing::line::Line;
use quittance::billing::party::Party;
use quittance::billing::quantity::UnitPrice;
use quittance::clock::Clock;
use quittance::demo::stripe::signature_header;
use quittance::store::Store;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

const INVOICES: usize = 100_000;
/// Invoices that one transaction makes.
const AT_ONCE: usize = 1_000;
const KILLS: usize = 20;
/// Connections that bring webhooks when the kill comes, and for how long.
const BUSY: usize = 16;
const BUSY_FOR: Duration = Duration::from_millis(300);
const HALF_OPEN: usize = 1_000;
const SECRET: &str = "whsec_bench_faults";

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let link = runtime.block_on(seed(folder.path()));
    let mut ready: Vec<Duration> = (0..KILLS).map(|round| killed_and_ready(folder.path(), round)).collect();
    ready.sort();
    row(
        "kill -9 under load to ready, 100,000 invoices",
        &format!("{} (slowest of {KILLS}: {})", ms(ready[KILLS / 2]), ms(ready[KILLS - 1])),
        "< 200 ms",
    );
    half_open(folder.path(), &link);
}

fn row(what: &str, measured: &str, goal: &str) {
    let _ = writeln!(std::io::stdout(), "| {what} | {measured} | {goal} |");
}

fn ms(duration: Duration) -> String {
    format!("{:.1} ms", duration.as_secs_f64() * 1000.0)
}

/// A hundred thousand issued invoices; the public link of the last.
async fn seed(folder: &Path) -> String {
    let store = Store::open(folder, Clock::machine()).unwrap();
    let party = Party { name: "Bench GmbH".into(), email: "payer@example.com".into(), ..Party::default() };
    let customer = store.write(move |w| customers::create(w, party.clone())).await.unwrap().id;
    let line = Line { description: "Work".into(), unit_price: UnitPrice::parse("84.00").unwrap(), ..Line::default() };
    let content = Content { lines: vec![line], ..Content::blank(customer, Currency::EUR, Due::InDays(14)) };
    let mut token = String::new();
    for _ in 0..INVOICES / AT_ONCE {
        let content = content.clone();
        let issued = store
            .write(move |w| {
                let mut last = None;
                for _ in 0..AT_ONCE {
                    let draft = drafts::create(w, content.clone())?;
                    last = Some(issue::issue(w, draft.id, Book::Test, &Actor::schedule("bench"))?);
                }
                Ok::<_, Refusal>(last)
            })
            .await
            .unwrap();
        issued.unwrap().link.token().clone_into(&mut token);
    }
    store.close().unwrap();
    token
}

struct Server {
    child: Child,
    port: u16,
    started: Instant,
}

impl Server {
    fn start(folder: &Path) -> Self {
        let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        let started = Instant::now();
        let child = Command::new(env!("CARGO_BIN_EXE_quittance"))
            .arg("serve")
            .env("QUITTANCE_DATA_DIR", folder)
            .env("QUITTANCE_SERVER__LISTEN", format!("127.0.0.1:{port}"))
            .env("QUITTANCE_STRIPE__WEBHOOK_SECRETS", SECRET)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self { child, port, started }
    }

    /// How long after the start it was ready.
    fn ready(&self) -> Duration {
        for _ in 0..20_000 {
            if self.ask("GET /readyz", "", "").is_some_and(|answer| answer.starts_with("HTTP/1.1 200")) {
                return self.started.elapsed();
            }
            thread::sleep(Duration::from_micros(500));
        }
        panic!("the server did not become ready");
    }

    /// One request on a connection of its own.
    fn ask(&self, line: &str, headers: &str, body: &str) -> Option<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        let (port, length) = (self.port, body.len());
        let head = format!("{line} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n{headers}");
        stream.write_all(format!("{head}Content-Length: {length}\r\n\r\n{body}").as_bytes()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        (!answer.is_empty()).then_some(answer)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Works, is killed in the middle of it, and is started again; how long that takes.
fn killed_and_ready(folder: &Path, round: usize) -> Duration {
    let mut server = Server::start(folder);
    server.ready();
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let (address, over) = (&server, &over);
        for worker in 0..BUSY {
            scope.spawn(move || {
                for n in 0.. {
                    if over.load(Ordering::SeqCst) || deliver(address, &format!("evt_{round}_{worker}_{n}")).is_none() {
                        return;
                    }
                }
            });
        }
        thread::sleep(BUSY_FOR);
        // Every connection is in the middle of something now.
        let pid = rustix::process::Pid::from_child(&address.child);
        rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
        over.store(true, Ordering::SeqCst);
    });
    let _ = server.child.wait();
    Server::start(folder).ready()
}

fn deliver(server: &Server, id: &str) -> Option<()> {
    let body = format!(
        r#"{{"id":"{id}","object":"event","type":"product.created","livemode":false,"created":1800000000,"data":{{"object":{{"id":"prod_1","object":"product"}}}}}}"#
    );
    let signature = signature_header(&body, Clock::machine().now().as_second(), &[SECRET.to_owned()], true);
    let headers = format!("Stripe-Signature: {signature}\r\nContent-Type: application/json\r\n");
    server.ask("POST /webhooks/stripe", &headers, &body).map(drop)
}

/// A thousand connections send half of a head. When all of them are closed, and what a page takes meanwhile.
fn half_open(folder: &Path, link: &str) {
    let limits = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limits.maximum, ..limits }).unwrap();
    let server = Server::start(folder);
    server.ready();
    let page = format!("GET /i/{link}");
    let (over, began) = (AtomicBool::new(false), Instant::now());
    let (pages, closed) = thread::scope(|scope| {
        let pages = scope.spawn(|| {
            let mut pages = Vec::new();
            while !over.load(Ordering::SeqCst) {
                let asked = Instant::now();
                assert!(server.ask(&page, "", "").unwrap().starts_with("HTTP/1.1 200"));
                pages.push(asked.elapsed());
            }
            pages
        });
        let half_open: Vec<TcpStream> = (0..HALF_OPEN)
            .map(|_| {
                let mut stream = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
                // Who has been asked to leave already cannot be written to.
                let _ = stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n");
                stream
            })
            .collect();
        for mut stream in half_open {
            wait_until_closed(&mut stream);
        }
        let closed = began.elapsed();
        over.store(true, Ordering::SeqCst);
        (pages.join().unwrap(), closed)
    });
    let mut pages = pages;
    pages.sort();
    row("1,000 half-open connections, all closed after", &format!("{:.1} s", closed.as_secs_f64()), "< 10 s");
    let (half, most) = (ms(pages[pages.len() / 2]), ms(pages[pages.len() - 1]));
    row("a page meanwhile, on a new connection", &format!("{half} (slowest of {}: {most})", pages.len()), "< 50 ms");
}

fn wait_until_closed(stream: &mut TcpStream) {
    let mut part = [0; 1024];
    loop {
        match stream.read(&mut part) {
            Ok(0) => return,
            Err(error) if error.kind() == ErrorKind::ConnectionReset => return,
            Ok(_) => {}
            Err(error) => panic!("{error}"),
        }
    }
}
