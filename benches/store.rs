//! What the store costs on this disk: durable writes beside single appends, opening, and lists, all in one run.
//!
//! Run with `cargo bench --bench store`. Figures of two machines, or of two moments of a busy one, say nothing about
//! each other, so the writes are given as ratios to what the same disk does in the same seconds.

#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]
#![expect(clippy::print_stdout, reason = "the table is what it is for")]

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::civil::date;
use quittance::actions::record_payment::{Recorded, record};
use quittance::actions::{Actor, Refusal, customers, drafts, issue};
use quittance::billing::currency::Currency;
use quittance::billing::due::Due;
use quittance::billing::event::{Arrival, Event, Handling};
use quittance::billing::id::CustomerId;
use quittance::billing::invoice::Content;
use quittance::billing::ledger::Book;
use quittance::billing::line::Line;
use quittance::billing::party::Party;
use quittance::billing::payment::Method;
use quittance::billing::quantity::UnitPrice;
use quittance::billing::standing::Status;
use quittance::clock::Clock;
use quittance::store::invoices::Filter;
use quittance::store::{Error, FILE_NAME, Reader, Store, Writer, verify};
use tokio::runtime::Runtime;

/// How long one thing is measured at a time; every thing has its turn in each round, so that a busy moment hits all.
const SLICE: Duration = Duration::from_millis(400);
const ROUNDS: usize = 5;
/// What a webhook's row takes on disk, roughly.
const APPEND_BYTES: usize = 600;
const CALLERS: [usize; 3] = [1, 8, 64];
const INVOICES: usize = 10_000;
const CUSTOMERS: usize = 500;
/// Invoices made by one change while the sample is written.
const SAMPLE_STEP: usize = 250;
const PAGE: usize = 50;
const TRIES: usize = 7;

fn main() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let runtime = Runtime::new().unwrap();
    writes(&runtime, folder.path());
    reads(&runtime, &folder.path().join("sample"));
}

fn clock() -> Clock {
    Clock::held_at("2026-11-22T09:00:00Z".parse().unwrap())
}

#[derive(Clone, Copy)]
enum Row {
    Small,
    Event,
}

fn writes(runtime: &Runtime, folder: &Path) {
    let mut appends = Vec::new();
    let mut rates = vec![Vec::new(); CALLERS.len() * 2];
    let mut log = File::create(folder.join("appends")).unwrap();
    let store = Store::open(&folder.join("writes"), clock()).unwrap();
    for _ in 0..ROUNDS {
        appends.push(append_rate(&mut log));
        for (place, (row, callers)) in cases().enumerate() {
            rates[place].push(runtime.block_on(write_rate(&store, row, callers)));
        }
    }
    let limit = median(&mut appends);
    println!("durable writes a second, median of {ROUNDS} slices");
    println!("{:<42} {limit:>8.0}  ratio 1.00", format!("append {APPEND_BYTES} B + fdatasync"));
    for ((row, callers), rates) in cases().zip(&mut rates) {
        let name = match row {
            Row::Small => "Store::write, a small row",
            Row::Event => "Store::write, a webhook's event",
        };
        let rate = median(rates);
        println!("{:<42} {rate:>8.0}  ratio {:.2}", format!("{name}, {callers} callers"), rate / limit);
    }
}

fn cases() -> impl Iterator<Item = (Row, usize)> {
    [Row::Small, Row::Event].into_iter().flat_map(|row| CALLERS.map(|callers| (row, callers)))
}

fn append_rate(log: &mut File) -> f64 {
    let line = [b'x'; APPEND_BYTES];
    let began = Instant::now();
    let mut count = 0_u32;
    while began.elapsed() < SLICE {
        log.write_all(&line).unwrap();
        log.sync_data().unwrap();
        count += 1;
    }
    f64::from(count) / began.elapsed().as_secs_f64()
}

async fn write_rate(store: &Store, row: Row, callers: usize) -> f64 {
    static SERIAL: AtomicU64 = AtomicU64::new(0);
    let over = Arc::new(AtomicBool::new(false));
    let began = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for caller in 0..callers {
        let (store, over) = (store.clone(), Arc::clone(&over));
        let mut count = 0_u32;
        tasks.spawn(async move {
            while !over.load(Ordering::Relaxed) {
                let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
                store.write(move |w| write_row(w, row, caller, serial)).await.unwrap();
                count += 1;
            }
            count
        });
    }
    tokio::time::sleep(SLICE).await;
    over.store(true, Ordering::Relaxed);
    let mut sum = 0_u32;
    while let Some(count) = tasks.join_next().await {
        sum += count.unwrap();
    }
    f64::from(sum) / began.elapsed().as_secs_f64()
}

fn write_row(w: &mut Writer<'_>, row: Row, caller: usize, serial: u64) -> Result<(), Error> {
    match row {
        Row::Small => w.put_mark(&format!("caller {caller}"), w.now()),
        Row::Event => w.put_event(&event(serial, w.now())),
    }
}

fn event(serial: u64, now: Timestamp) -> Event {
    Event {
        id: format!("evt_1QaB{serial:020}"),
        kind: "checkout.session.completed".into(),
        object_id: format!("cs_test_{serial:058}"),
        object_kind: "checkout.session".into(),
        livemode: false,
        api_version: Some("2026-05-27.dahlia".into()),
        account: None,
        created: now,
        received_at: now,
        arrival: Arrival::Webhook,
        state: Handling::Pending { next_try: now },
        tries: 0,
        last_error: None,
        payload: "x".repeat(APPEND_BYTES),
    }
}

/// Opening and lists, with a sample of a business of some years.
fn reads(runtime: &Runtime, folder: &Path) {
    let began = Instant::now();
    let store = Store::open(folder, clock()).unwrap();
    runtime.block_on(fill(&store));
    drop(store);
    println!("\n{INVOICES} invoices, nine of ten paid, written in {:.1} s", began.elapsed().as_secs_f64());
    let opening = best(|| drop(Store::open(folder, clock()).unwrap()));
    line("opening and closing", opening, "at most 30");
    let store = Store::open(folder, clock()).unwrap();
    line("opening after a crash", after_a_crash(&folder.join(FILE_NAME)), "at most 30");
    let list = |filter: Filter| best(|| drop(store.read(|r| r.invoices(&filter, None, PAGE)).unwrap()));
    line("first page of 50", list(Filter::default()), "at most 2");
    line("first page of 50, open", list(Filter { status: Some(Status::Open), ..Filter::default() }), "at most 2");
    let customer = store.read(|r| r.customers(&[], None, 1)).unwrap().remove(0).id;
    line("first page of 50 of a customer", list(Filter { customer: Some(customer), ..Filter::default() }), "at most 2");
    let words = |words: &[&str]| Filter { words: words.iter().map(ToString::to_string).collect(), ..Filter::default() };
    line("first page of 50, a word of many", list(words(&["customer"])), "");
    line("search of all for what is not there", list(words(&["nowhere"])), "");
    line("counts of every tab", best(|| assert!(store.read(count_tabs).unwrap() > 0)), "at most 2");
    let proof = best(|| assert!(store.read(verify::prove).unwrap().is_whole()));
    line("proof of everything", proof, "");
    let copy = best(|| assert!(store.back_up(std::io::sink()).is_ok()));
    line("backup", copy, "");
}

/// Opening a copy of the file as it is while the store has it open: what a crash leaves behind.
fn after_a_crash(file: &Path) -> Duration {
    let tries = (0..TRIES).map(|_| {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let copy = folder.path().join(FILE_NAME);
        std::fs::copy(file, &copy).unwrap();
        // Opening syncs, and must not wait for what copying left to be written.
        File::open(&copy).unwrap().sync_all().unwrap();
        let began = Instant::now();
        let store = Store::open(folder.path(), clock()).unwrap();
        let took = began.elapsed();
        drop(store);
        took
    });
    tries.min().unwrap_or_default()
}

fn count_tabs(r: Reader<'_>) -> Result<u64, Error> {
    let today = date(2026, 11, 22);
    let mut sum = r.count_overdue(today)? + r.count_in_review()?;
    for status in [Status::Draft, Status::Open, Status::Paid, Status::Void, Status::Uncollectible] {
        sum += r.count_by_status(status)?;
    }
    Ok(sum)
}

fn line(name: &str, took: Duration, wanted: &str) {
    println!("{name:<42} {:>8.2} ms  {wanted}", took.as_secs_f64() * 1000.0);
}

/// The best of some tries: what the work costs when nobody else is busy.
fn best(mut work: impl FnMut()) -> Duration {
    let tries = (0..TRIES).map(|_| {
        let began = Instant::now();
        work();
        began.elapsed()
    });
    tries.min().unwrap_or_default()
}

fn median(rates: &mut [f64]) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

async fn fill(store: &Store) {
    let customers: Vec<CustomerId> =
        store.write(|w| (0..CUSTOMERS).map(|n| customer(w, n)).collect::<Result<_, Refusal>>()).await.unwrap();
    for first in (0..INVOICES).step_by(SAMPLE_STEP) {
        let customers = customers.clone();
        let step = move |w: &mut Writer<'_>| {
            (first..first + SAMPLE_STEP).try_for_each(|n| invoice(w, n, customers[n % customers.len()]))
        };
        store.write(step).await.unwrap();
    }
}

fn customer(w: &mut Writer<'_>, n: usize) -> Result<CustomerId, Refusal> {
    let party = Party { name: format!("Customer {n} Ltd"), email: format!("c{n}@example.com"), ..Party::default() };
    Ok(customers::create(w, party)?.id)
}

fn invoice(w: &mut Writer<'_>, n: usize, customer: CustomerId) -> Result<(), Refusal> {
    let lines = (1..=3)
        .map(|place| Line {
            id: place.to_string(),
            description: format!("Piece of work {place} for order {n}"),
            unit_price: UnitPrice::parse("80.00").unwrap(),
            ..Line::default()
        })
        .collect();
    let content =
        Content { lines, reference: format!("order {n}"), ..Content::blank(customer, Currency::EUR, Due::InDays(14)) };
    let actor = Actor::owner("owner@example.com");
    let draft = drafts::create(w, content)?;
    let invoice = issue::issue(w, draft.id, Book::Live, &actor)?;
    if !n.is_multiple_of(10) {
        let seen = Recorded {
            amount: invoice.totals.total,
            method: Method::BankTransfer,
            received_on: None,
            reference: String::new(),
        };
        record(w, invoice.id, &seen, &actor)?;
    }
    Ok(())
}
