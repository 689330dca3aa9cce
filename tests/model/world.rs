//! The appliance without its pages, on a disk that can lose its power, with the stand-in for Stripe on the other side.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use quittance::actions::record_payment::Recorded;
use quittance::actions::{Actor, Refusal, take_back};
use quittance::app::App;
use quittance::billing::attempt::Attempt;
use quittance::billing::currency::Currency;
use quittance::billing::event::Arrival;
use quittance::billing::id::{InvoiceId, PaymentId};
use quittance::billing::invoice::Invoice;
use quittance::billing::log::Channel;
use quittance::billing::payment::Method;
use quittance::billing::report::Run;
use quittance::clock::Clock;
use quittance::config::Config;
use quittance::demo::stripe::{Card, StandIn};
use quittance::payments::client::{Limits, Patience};
use quittance::payments::reconcile::{self, EVENT_TYPES, Extent, event_of, keep};
use quittance::payments::sweep::sweep;
use quittance::payments::till::Till;
use quittance::payments::webhook::HookEvent;
use quittance::payments::{checkout, inbox, owner_acts, sync};
use quittance::resolve::Resolver;
use quittance::store::{Reader, Store};

use super::step::Step;
use crate::money_in::stage::{KEY, NO_NAME_SERVER, OWNER, START, bill, hurried, stand_in};
use crate::store::disk::{Chance, Disk, Fault as DiskFault};

/// A disk that lost its power comes back with the machine, not before.
const NEVER: Duration = Duration::from_hours(1);
/// Nothing here hangs, a try has the time that a busy machine takes, and none is repeated: a fault is to be felt.
const LIMITS: Limits = Limits {
    connect: Duration::from_secs(20),
    request: Duration::from_secs(20),
    background: Duration::from_secs(20),
    request_tries: 1,
    background_tries: 1,
    first_pause: Duration::from_micros(100),
};
/// A lost answer is given up after a day; by then everything must have come to rest.
const HOURS_TO_REST: usize = 30;
const AN_HOUR: i64 = 3_600;

pub struct World {
    disk: Disk,
    pub app: Arc<App>,
    pub till: Till,
    pub stripe: StandIn,
    pub clock: Clock,
    pub invoices: Vec<InvoiceId>,
    /// Payments that the owner was told are recorded, in minor units.
    pub recorded: BTreeMap<PaymentId, (InvoiceId, i64)>,
    pub taken_back: BTreeSet<PaymentId>,
    /// Sessions whose address somebody was given, newest first: nobody can pay in another.
    disclosed: Vec<String>,
    /// Whether a confirmation won after its session had expired: then the next session may be paid as well.
    pub confirmed_late: bool,
    /// Events that were answered with 200.
    pub acknowledged: BTreeSet<String>,
    /// The last pass, once all is at rest.
    pub last_pass: Option<Run>,
    power: Option<Chance>,
}

fn open(disk: &Disk, clock: &Clock, stripe: &StandIn) -> (Arc<App>, Till) {
    let mut config = Config::default();
    config.data_dir = PathBuf::from("/nonexistent");
    config.stripe.secret_key = Some(KEY.parse().unwrap());
    config.stripe.api_base = Some(stripe.public_base().parse().unwrap());
    let resolver = Resolver::with_server(NO_NAME_SERVER.parse().unwrap()).unwrap();
    let store = Store::over(disk.medium(), NEVER, clock.clone()).unwrap();
    let app = App::over(store, config, clock.clone(), resolver).unwrap();
    let till = hurried(&app, KEY, LIMITS);
    (app, till)
}

impl World {
    pub async fn begin() -> Self {
        let clock = Clock::held_at(START.parse::<Timestamp>().unwrap());
        let stripe = stand_in(&clock).await;
        let disk = Disk::default();
        let (app, till) = open(&disk, &clock, &stripe);
        let mut world = Self {
            disk,
            app,
            till,
            stripe,
            clock,
            invoices: Vec::new(),
            recorded: BTreeMap::new(),
            taken_back: BTreeSet::new(),
            disclosed: Vec::new(),
            confirmed_late: false,
            acknowledged: BTreeSet::new(),
            last_pass: None,
            power: None,
        };
        world.issue(10_000).await;
        world
    }

    /// One step. Whatever refuses or fails is a legitimate answer; what is acknowledged is written down.
    pub async fn take(&mut self, step: &Step) {
        let dying = self.power.take();
        match *step {
            Step::PowerCut { operations, seed } => {
                self.disk.fail(DiskFault::Everything(operations));
                self.power = Some(Chance::from_seed(seed));
            }
            Step::Restart => self.restart(),
            Step::Wait { seconds } => {
                self.clock.advance(seconds);
                self.stripe.tick();
            }
            Step::Fault(operation, fault) => self.stripe.fault_next(operation, fault),
            _ if self.is_at_stripe(step) => {}
            _ => Box::pin(self.take_here(step)).await,
        }
        if let Some(mut chance) = dying {
            self.disk = Disk::holding(self.disk.after_power_cut(&mut chance));
            self.power = None;
            self.reopen();
        }
    }

    /// Steps of payers and banks; whether `step` is one of them.
    fn is_at_stripe(&mut self, step: &Step) -> bool {
        // A session that cannot be paid any more, or a debit that is over, refuses; that is Stripe's right.
        match *step {
            Step::Pay(which) => drop(self.session(which).map(|id| self.stripe.pay(&id, Card::Visa))),
            Step::Decline(which) => drop(self.session(which).map(|id| self.stripe.pay(&id, Card::Declined))),
            Step::Debit(which) => drop(self.session(which).map(|id| self.stripe.pay_delayed(&id))),
            Step::DebitClears(which) => drop(self.intent(which).map(|id| self.stripe.clear_delayed(&id))),
            Step::DebitFails(which) => drop(self.intent(which).map(|id| self.stripe.fail_delayed(&id))),
            Step::PayDespiteExpiry(which) => {
                let late = self.session(which).map(|id| self.stripe.pay_despite_expiry(&id));
                self.confirmed_late |= matches!(late, Some(Ok(_)));
            }
            _ => return false,
        }
        true
    }

    async fn take_here(&mut self, step: &Step) {
        match *step {
            Step::Issue { minor } => self.issue(minor).await,
            Step::Click(which) => {
                let invoice = self.invoice(which);
                let clicked = self.click(&invoice).await;
                self.disclose(clicked);
            }
            Step::ClickTwice(which) => {
                let invoice = self.invoice(which);
                let (one, other) = tokio::join!(self.click(&invoice), self.click(&invoice));
                if let (Ok(one), Ok(other)) = (&one, &other) {
                    assert_eq!(one.url, other.url, "two tabs were sent to two pages");
                }
                self.disclose(one);
                self.disclose(other);
            }
            Step::Webhooks { seed } => self.webhooks(seed).await,
            Step::WorkOff => drop(inbox::work_off(&self.till).await),
            Step::Sweep => drop(sweep(&self.till, Channel::Schedule, false).await),
            Step::Look(which) => {
                if let Some(attempt) = self.attempt(which) {
                    let _ = sync::sync(&self.till, &attempt, Channel::ReturnPage, None, Patience::Request).await;
                }
            }
            Step::Reconcile { full } => drop(self.reconcile(full).await),
            Step::Record { invoice, quarters } => self.record(invoice, quarters).await,
            Step::TakeBack(which) => self.take_back(which).await,
            Step::Void(which) => {
                let id = self.invoice(which).id;
                let _ = owner_acts::void(&self.app.store, Some(&self.till), id, "wrong", &Actor::owner(OWNER)).await;
            }
            Step::WriteOff(which) => drop(owner_acts::write_off(&self.app.store, self.invoice(which).id).await),
            Step::NewLink(which) => {
                let id = self.invoice(which).id;
                drop(owner_acts::rotate_link(&self.app.store, Some(&self.till), id).await);
            }
            _ => unreachable!("another part of the world takes this step"),
        }
    }

    async fn issue(&mut self, minor: i64) {
        let price = format!("{}.{:02}", minor / 100, minor % 100);
        let billed = self.app.store.write(move |w| bill(w, Currency::EUR, &price, "payer@example.com")).await;
        self.invoices.extend(billed.map(|invoice| invoice.id));
    }

    async fn click(&self, invoice: &Invoice) -> Result<Attempt, Refusal> {
        let payer = Actor { channel: Channel::ReturnPage, name: "payer".into() };
        checkout::start(&self.till, invoice, &payer).await
    }

    fn disclose(&mut self, clicked: Result<Attempt, Refusal>) {
        let Some(session) = clicked.ok().and_then(|attempt| attempt.session) else { return };
        self.disclosed.retain(|known| *known != session);
        self.disclosed.insert(0, session);
    }

    async fn webhooks(&mut self, seed: u64) {
        let mut chance = Chance::from_seed(seed);
        let mut events = self.stripe.events();
        chance.shuffle(&mut events);
        events.truncate(chance.below(events.len() + 1));
        for event in events {
            self.webhook(&event).await;
        }
    }

    async fn webhook(&mut self, event: &serde_json::Value) {
        if !EVENT_TYPES.contains(&event["type"].as_str().unwrap()) {
            return;
        }
        let hint = HookEvent::parse(event.to_string().as_bytes()).unwrap();
        let event = event_of(hint, Arrival::Webhook, self.clock.now(), String::new());
        let id = event.id.clone();
        if self.app.store.write(move |w| keep(w, &event)).await.is_ok() {
            self.acknowledged.insert(id);
        }
    }

    async fn reconcile(&self, full: bool) -> Option<Run> {
        let extent = if full { Extent::whole() } else { Extent::Short };
        let begun = reconcile::begin(&self.till, extent, Channel::Owner).await.ok()?;
        reconcile::run(&self.till, begun, extent).await.ok()
    }

    async fn record(&mut self, which: usize, quarters: i64) {
        let invoice = self.invoice(which);
        let amount = (invoice.totals.total * quarters / 4).max(1);
        let seen = Recorded { amount, method: Method::BankTransfer, received_on: None, reference: String::new() };
        let (store, actor) = (&self.app.store, Actor::owner(OWNER));
        let recorded = owner_acts::record_payment(store, Some(&self.till), invoice.id, seen, &actor).await;
        self.recorded.extend(recorded.map(|payment| (payment.id, (invoice.id, amount))));
    }

    async fn take_back(&mut self, which: usize) {
        let Some(&id) = pick(&self.recorded.keys().collect::<Vec<_>>(), which).copied() else { return };
        let taken = self.app.store.write(move |w| take_back::take_back(w, id, "a mistake", &Actor::owner(OWNER))).await;
        self.taken_back.extend(taken.map(|payment| payment.id));
    }

    fn restart(&mut self) {
        // A disk that has lost its power cannot be closed in order; the books are as they are.
        let _ = self.app.store.close();
        self.reopen();
    }

    fn reopen(&mut self) {
        self.disk.repair();
        (self.app, self.till) = open(&self.disk, &self.clock, &self.stripe);
    }

    /// Stripe and the network are well again, every webhook comes, and time passes.
    pub async fn come_to_rest(&mut self) {
        if let Some(mut chance) = self.power.take() {
            self.disk = Disk::holding(self.disk.after_power_cut(&mut chance));
        }
        self.restart();
        self.stripe.clear_faults();
        for _ in 0..HOURS_TO_REST {
            self.clock.advance(AN_HOUR);
            self.stripe.tick();
            for event in self.stripe.events() {
                self.webhook(&event).await;
            }
            inbox::work_off(&self.till).await.unwrap();
            sweep(&self.till, Channel::Schedule, false).await.unwrap();
            if self.is_at_rest() {
                break;
            }
        }
        // The first pass finds what no event told of, the second one nothing.
        self.reconcile(true).await;
        self.last_pass = self.reconcile(true).await;
    }

    /// Whether nothing is under way any more but debits that take days.
    pub fn is_at_rest(&self) -> bool {
        let live = self.read(|r| r.live_attempts());
        let waiting = self.read(|r| r.events_due(Timestamp::MAX, 1));
        waiting.is_empty() && live.iter().all(Attempt::is_processing)
    }

    pub fn invoice(&self, which: usize) -> Invoice {
        let id = self.invoices[which % self.invoices.len()];
        self.read(|r| r.invoice(id)).unwrap()
    }

    pub fn read<T>(&self, questions: impl FnOnce(Reader<'_>) -> Result<T, quittance::store::Error>) -> T {
        self.app.store.read(questions).unwrap()
    }

    fn attempt(&self, which: usize) -> Option<Attempt> {
        let attempts = self.read(|r| r.attempts(None, 1_000));
        pick(&attempts, which).cloned()
    }

    fn session(&self, which: usize) -> Option<String> {
        pick(&self.disclosed, which).cloned()
    }

    fn intent(&self, which: usize) -> Option<String> {
        let session = self.stripe.session(&self.session(which)?)?;
        Some(session["payment_intent"].as_str()?.to_owned())
    }
}

fn pick<T>(things: &[T], which: usize) -> Option<&T> {
    (!things.is_empty()).then(|| &things[which % things.len()])
}
