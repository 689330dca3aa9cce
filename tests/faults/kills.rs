//! `kill -9` in the middle of a busy hour, again and again. Whatever was acknowledged is there afterwards, once; what was
//! cut off goes on where it was; and every payment at Stripe is in the books in the end, once.
//!
//! A copy of the books from before the last kill is the control: if nothing were missing in it, this would prove nothing.

#![expect(clippy::unwrap_used, reason = "a failed assumption should fail the test")]

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::time::{Duration, Instant};

use quittance::clock::Clock;
use quittance::demo::mailbox::Mailbox;
use quittance::demo::stripe::{Options, StandIn};
use quittance::store::invoices::Filter;
use quittance::store::{Error, Store};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use super::line::Line;
use super::load::{Fresh, Load, Told};
use crate::process::{Bench, Serving};
use crate::store::disk::Chance;
use crate::support::PATIENCE;

/// Kills of an ordinary run; `KILL_ROUNDS` asks for more.
const ROUNDS: u64 = 50;
/// Answers that come before a kill, at most.
const ANSWERS_MAX: usize = 40;
/// Everything is proven after every so many kills, by the program itself.
const PROVEN_EVERY: u64 = 10;
const STRIPE_KEY: &str = "sk_test_quittance_kill_0123456789";
const SECRET: &str = "whsec_quittance_kill_secret_0123456789";

#[expect(clippy::disallowed_methods, reason = "a test may be asked to try harder")]
fn rounds() -> u64 {
    std::env::var("KILL_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(ROUNDS)
}

/// The other side of everything: it is never killed.
struct World {
    runtime: Runtime,
    stripe: StandIn,
    stripe_at: SocketAddr,
    mailbox: Mailbox,
    /// Of the receipts that came, each counted once however often it was sent.
    receipts: Mutex<BTreeSet<String>>,
}

impl World {
    #[expect(clippy::disallowed_methods, reason = "the other side ends with the test's runtime")]
    fn new() -> Self {
        let runtime = Runtime::new().unwrap();
        let options = Options { secret_key: STRIPE_KEY.to_owned(), ..Options::new(Clock::machine()) };
        let (stripe, stripe_at, mailbox) = runtime.block_on(async {
            let (stripe, listener) = (StandIn::new(options), TcpListener::bind("127.0.0.1:0").await.unwrap());
            let at = listener.local_addr().unwrap();
            stripe.set_public_base(&format!("http://{at}"));
            tokio::spawn(stripe.clone().serve_on(listener));
            (stripe, at, Mailbox::start(([127, 0, 0, 1], 0).into()).await.unwrap())
        });
        Self { runtime, stripe, stripe_at, mailbox, receipts: Mutex::default() }
    }

    /// How many receipts have come. To be asked now and then: of very many mails, the mailbox keeps the last.
    fn receipts(&self) -> usize {
        let messages = self.mailbox.messages();
        let receipts = messages.iter().filter(|message| message.subject().contains("Receipt for invoice"));
        let mut known = self.receipts.lock().unwrap();
        known.extend(receipts.filter_map(|message| message.header("Message-ID")));
        known.len()
    }

    fn serve(&self, bench: &Bench) -> Serving {
        bench.serve_with(|command| {
            command.env("QUITTANCE_STRIPE__SECRET_KEY", STRIPE_KEY);
            command.env("QUITTANCE_STRIPE__API_BASE", format!("http://{}", self.stripe_at));
            command.env("QUITTANCE_STRIPE__WEBHOOK_SECRETS", SECRET);
            command.env("QUITTANCE_MAIL__SMTP", format!("smtp+plain://{}", self.mailbox.address()));
            command.env("QUITTANCE_MAIL__FROM", "Pat Sample <pat@example.com>");
        })
    }
}

/// What of this is not there as it was acknowledged.
fn missing(store: &Store, fresh: &[Fresh]) -> Vec<String> {
    let looked = store.read(|r| {
        let mut missing = Vec::new();
        for thing in fresh {
            let is_there = match thing {
                Fresh::Event(id) => r.event(id)?.is_some(),
                Fresh::Customer(id) => r.customer(id.parse().unwrap())?.is_some(),
                Fresh::Number { invoice, number } => {
                    r.invoice(invoice.parse().unwrap())?.is_some_and(|stored| stored.number == *number)
                }
            };
            if !is_there {
                missing.push(format!("{thing:?}"));
            }
        }
        Ok::<_, Error>(missing)
    });
    looked.unwrap()
}

/// That nothing is there twice: no customer, no number, no payment.
fn assert_single(store: &Store) {
    let looked = store.read(|r| {
        let customers = r.customers(&[], None, usize::MAX)?;
        let names: BTreeSet<_> = customers.iter().map(|customer| customer.party.name.clone()).collect();
        assert_eq!(names.len(), customers.len(), "a customer was made twice");
        let invoices = r.invoices(&Filter::default(), None, 1_000_000)?;
        let owners: BTreeSet<_> = invoices.iter().map(|(_, row)| row.customer).collect();
        assert_eq!(owners.len(), invoices.len(), "an invoice was made twice");
        let mut numbers: Vec<_> = invoices.iter().filter_map(|(_, row)| row.number.clone()).collect();
        numbers.sort_by_key(|number| (number.len(), number.clone()));
        let year = numbers.first().and_then(|number| number.rsplit_once('-')).map_or("", |(year, _)| year).to_owned();
        let gapless: Vec<_> = (1..=numbers.len()).map(|n| format!("{year}-{n:04}")).collect();
        assert_eq!(numbers, gapless, "the series has no hole");
        let payments = r.payments(None, 1_000_000)?;
        let paid: BTreeSet<_> = payments.iter().map(|payment| payment.invoice).collect();
        assert_eq!(paid.len(), payments.len(), "an invoice was paid twice");
        Ok::<_, Error>(())
    });
    looked.unwrap();
}

fn open(folder: &Path) -> Store {
    Store::open(folder, Clock::machine()).unwrap()
}

/// One busy while and its end.
fn kill_once(bench: &Bench, world: &World, token: &str, round: u64, told: &Mutex<Told>) {
    let server = world.serve(bench);
    let load = Load {
        address: &server.address,
        token,
        secret: SECRET,
        stripe: &world.stripe,
        round: usize::try_from(round).unwrap(),
        told,
        acknowledged: AtomicUsize::new(0),
        over: AtomicBool::new(false),
    };
    let answers = 1 + Chance::from_seed(round).below(ANSWERS_MAX);
    load.run(answers, || server.signal("KILL"));
    let (status, _, log) = server.end();
    assert!(!status.success(), "round {round}: {log}");
    assert!(!log.contains("a defect stopped"), "round {round}: {log}");
    let told = told.lock().unwrap();
    assert!(told.odd.is_empty(), "round {round}: {:?}", told.odd);
}

/// Everything that is left is brought to its end, with nobody killing any more.
fn finish(bench: &Bench, world: &World, told: &Mutex<Told>) {
    let server = world.serve(bench);
    let load = Load {
        address: &server.address,
        token: "",
        secret: SECRET,
        stripe: &world.stripe,
        round: usize::MAX,
        told,
        acknowledged: AtomicUsize::new(0),
        over: AtomicBool::new(false),
    };
    let mut line = Line::to(&server.address).unwrap();
    load.deliver_all(&mut line);
    let paid = told.lock().unwrap().paid.clone();
    for link in &paid {
        until(&format!("{link} is paid"), || {
            line.get(&format!("/i/{link}/status")).unwrap().body.contains("\"status\":\"paid\"")
        });
    }
    // A receipt each, all of them sent.
    until("every mail has left", || line.get("/readyz").unwrap().status == 200 && world.receipts() >= paid.len());
    server.signal("TERM");
    assert!(server.end().0.success());
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "it never came to this: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn j1_j2_j3_v9_kills_under_load_lose_nothing_that_was_acknowledged_and_double_nothing() {
    let (bench, world, told, rounds) = (Bench::new(), World::new(), Mutex::new(Told::default()), rounds());
    let token = bench.run(&["token", "create", "--name", "till"]).good().trim().to_owned();
    let mut control = 0;
    for round in 0..rounds {
        let before = bench.path("before");
        if round + 1 == rounds {
            std::fs::create_dir(&before).unwrap();
            std::fs::copy(bench.data.join("quittance.redb"), before.join("quittance.redb")).unwrap();
        }
        kill_once(&bench, &world, &token, round, &told);
        world.receipts();
        let fresh = std::mem::take(&mut told.lock().unwrap().fresh);
        let store = open(&bench.data);
        assert_eq!(missing(&store, &fresh), Vec::<String>::new(), "round {round}");
        if round % PROVEN_EVERY == PROVEN_EVERY - 1 {
            assert_single(&store);
        }
        store.close().unwrap();
        if round % PROVEN_EVERY == PROVEN_EVERY - 1 {
            bench.run(&["verify"]).good();
        }
        if before.exists() {
            control = missing(&open(&before), &fresh).len();
        }
    }
    assert!(control > 0, "books from before a kill lack what was acknowledged since");
    finish(&bench, &world, &told);
    bench.run(&["verify"]).good();
    let (store, told) = (open(&bench.data), told.into_inner().unwrap());
    assert_single(&store);
    let (customers, payments) =
        store.read(|r| Ok::<_, Error>((r.customers(&[], None, usize::MAX)?, r.payments(None, 1_000_000)?))).unwrap();
    assert_eq!(payments.len(), told.paid.len(), "what was paid at Stripe is in the books");
    assert_eq!(world.receipts(), told.paid.len(), "a receipt each");
    assert!(customers.len() >= told.issued.len() && !told.paid.is_empty(), "{} customers", customers.len());
    assert!(told.cut_off > usize::try_from(rounds).unwrap(), "only {} requests were cut off", told.cut_off);
    drop(world.runtime);
}
