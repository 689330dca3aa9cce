//! A month of payments reconciled: every session, charge, fee and payout line of 10,000 payments against the stand-in.
//!
//! `cargo bench --bench reconcile` runs 1,000 and 10,000 payments, `-- 100000` as many as is said. The books are reconciled by
//! a process of its own, which prints its time and its peak of memory; the stand-in stays in this one. None of the fees is
//! booked before, so that each pass does all the work there can be.

#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]

use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use futures_util::future::join_all;
use jiff::Timestamp;
use quittance::actions::{Actor, customers, drafts, issue};
use quittance::app::App;
use quittance::billing::currency::Currency;
use quittance::billing::due::Due;
use quittance::billing::id::CustomerId;
use quittance::billing::invoice::{Content, Invoice};
use quittance::billing::ledger::Book;
use quittance::billing::line::Line;
use quittance::billing::log::Channel;
use quittance::billing::party::Party;
use quittance::billing::quantity::UnitPrice;
use quittance::clock::Clock;
use quittance::config::Config;
use quittance::demo::stripe::{Card, Options, StandIn};
use quittance::payments::client::Patience;
use quittance::payments::reconcile::Extent;
use quittance::payments::side::Side;
use quittance::payments::till::Till;
use quittance::payments::{checkout, sync};
use quittance::resolve::Resolver;

const BEGIN: &str = "2026-11-01T00:00:00Z";
const MONTH_SECONDS: i64 = 28 * 24 * 3600;
const AT_ONCE: usize = 50;
const KEY: &str = "sk_test_quittance_demo";
/// Given to the process that reconciles.
const ROLE: &str = "RECONCILE_BENCH";

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    if let Ok(task) = quittance_env(ROLE) {
        return runtime.block_on(reconcile(&task));
    }
    let asked: Vec<usize> = std::env::args().filter_map(|word| word.parse().ok()).collect();
    let usual = vec![1_000, 10_000];
    for payments in if asked.is_empty() { usual } else { asked } {
        runtime.block_on(measure(payments));
    }
}

#[expect(clippy::disallowed_methods, reason = "a benchmark tells its own process what to do")]
fn quittance_env(name: &str) -> Result<String, std::env::VarError> {
    std::env::var(name)
}

/// Plays the month, then has another process reconcile it.
async fn measure(payments: usize) {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::held_at(BEGIN.parse::<Timestamp>().unwrap());
    let stripe = stand_in(&clock).await;
    let began = Instant::now();
    play(folder.path(), &clock, &stripe, payments).await;
    let played = began.elapsed();
    let task = format!("{}|{}|{}", folder.path().display(), stripe.public_base(), clock.now());
    let out = tokio::task::spawn_blocking(move || {
        Command::new(std::env::current_exe().unwrap()).env(ROLE, task).output().unwrap()
    });
    let out = out.await.unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let said = String::from_utf8(out.stdout).unwrap();
    let _ = writeln!(std::io::stdout(), "| {payments} payments (played in {} s) | {} |", played.as_secs(), said.trim());
}

#[expect(clippy::disallowed_methods, reason = "Stripe's side of a benchmark lives in no request of ours")]
async fn stand_in(clock: &Clock) -> StandIn {
    let listener = tokio::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    let stripe = StandIn::new(Options { rows_max: 1_000_000, ..Options::new(clock.clone()) });
    stripe.set_public_base(&format!("http://{}", listener.local_addr().unwrap()));
    tokio::spawn(stripe.clone().serve_on(listener));
    stripe
}

fn open(folder: &Path, base: &str, clock: &Clock) -> Arc<App> {
    let mut config = Config::default();
    config.data_dir = folder.join("data");
    config.stripe.secret_key = Some(KEY.parse().unwrap());
    config.stripe.api_base = Some(base.parse().unwrap());
    let resolver = Resolver::with_server("127.0.0.1:9".parse().unwrap()).unwrap();
    App::start(config, clock.clone(), resolver).unwrap()
}

/// A month in which so many invoices are paid by card, and at its end all goes to the bank.
async fn play(folder: &Path, clock: &Clock, stripe: &StandIn, payments: usize) {
    let app = open(folder, &stripe.public_base(), clock);
    let till = app.till().unwrap();
    app.reconcile(Extent::whole(), Channel::Owner).await.unwrap();
    stripe.set_transactions_late(true);
    let party = Party { name: "Bench GmbH".into(), ..Party::default() };
    let customer = app.store.write(move |w| customers::create(w, party.clone())).await.unwrap().id;
    let step = MONTH_SECONDS / i64::try_from(payments.div_ceil(AT_ONCE)).unwrap();
    for _ in 0..payments.div_ceil(AT_ONCE) {
        join_all((0..AT_ONCE).map(|_| pay(&till, stripe, customer))).await;
        clock.advance(step);
    }
    stripe.charges_without_transaction().iter().for_each(|charge| stripe.book_transaction(charge));
    // Webhooks told of all this: a pass asks only for what is younger.
    clock.advance(3 * 3600);
    let now = clock.now();
    let side = app.store.read(|r| Side::of(&r, &till)).unwrap().name();
    app.store.write(move |w| w.put_mark(&format!("stripe.events:{side}"), now)).await.unwrap();
    stripe.pay_out();
    stripe.clear_requests();
    app.store.close().unwrap();
}

async fn pay(till: &Till, stripe: &StandIn, customer: CustomerId) {
    let invoice = till.store.write(move |w| bill(w, customer)).await.unwrap();
    let payer = Actor { channel: Channel::ReturnPage, name: "payer".into() };
    let attempt = checkout::start(till, &invoice, &payer).await.unwrap();
    stripe.pay(attempt.session.as_deref().unwrap(), Card::Visa).unwrap();
    sync::sync(till, &attempt, Channel::Webhook, None, Patience::Background).await.unwrap();
}

fn bill(w: &mut quittance::store::Writer<'_>, customer: CustomerId) -> Result<Invoice, quittance::actions::Refusal> {
    let line = Line { description: "Work".into(), unit_price: UnitPrice::parse("119").unwrap(), ..Line::default() };
    let content = Content { lines: vec![line], ..Content::blank(customer, Currency::EUR, Due::InDays(14)) };
    let draft = drafts::create(w, content)?;
    issue::issue(w, draft.id, Book::Test, &Actor::owner("bench"))
}

/// The other process: one full pass, and what it took.
async fn reconcile(task: &str) {
    let mut parts = task.split('|');
    let (folder, base, now) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
    let clock = Clock::held_at(now.parse::<Timestamp>().unwrap());
    let app = open(Path::new(folder), base, &clock);
    let before = peak_kib();
    let began = Instant::now();
    let report = app.reconcile(Extent::whole(), Channel::Owner).await.unwrap();
    let took = began.elapsed();
    assert_eq!(report.error, None);
    assert!(report.differences.is_empty() && report.repaired.is_empty(), "{report:?}");
    assert!(report.balances.iter().all(|balance| balance.difference == 0), "{:?}", report.balances);
    let payments = report.compared["payments"].max(1);
    let micros = u64::try_from(took.as_micros()).unwrap() / payments;
    let _ = writeln!(
        std::io::stdout(),
        "{:.2} s, {micros} µs a payment, {} reads, memory at most {} MiB ({} before)",
        took.as_secs_f64(),
        report.requests,
        peak_kib() / 1024,
        before / 1024
    );
}

/// The most that this process ever held in memory.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
