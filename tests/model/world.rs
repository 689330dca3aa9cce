//! The appliance without its pages, on a disk that can lose its power, with the stand-in for Stripe on the other side.
//!
//! What payers and banks do is in [`super::bank`], what the owner does in [`super::owner`].

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use quittance::actions::{Actor, Refusal, customers};
use quittance::app::App;
use quittance::billing::attempt::{Attempt, Wanted};
use quittance::billing::event::Arrival;
use quittance::billing::id::{CreditNoteId, CustomerId, InvoiceId, PaymentId, RefundId};
use quittance::billing::invoice::Invoice;
use quittance::billing::log::Channel;
use quittance::billing::party::{Address, Party};
use quittance::billing::report::Run;
use quittance::clock::Clock;
use quittance::config::Config;
use quittance::demo::stripe::StandIn;
use quittance::payments::client::{Limits, Patience};
use quittance::payments::reconcile::{self, EVENT_TYPES, Extent, event_of, keep};
use quittance::payments::refunds::look::look as look_at_refunds;
use quittance::payments::sweep::sweep;
use quittance::payments::till::Till;
use quittance::payments::webhook::HookEvent;
use quittance::payments::{checkout, disputes, inbox, sync};
use quittance::resolve::Resolver;
use quittance::store::{Reader, Store};
use tokio::sync::OnceCell;

use super::step::{DisputeTurn, Parts, Step};
use super::sums::Sums;
use crate::money_in::stage::{KEY, NO_NAME_SERVER, START, hurried, stand_in};
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
/// Books in which two customers are known and Stripe's empty balance was looked at once: every history begins with them.
static NEW_BOOKS: OnceCell<(Vec<u8>, [CustomerId; 2])> = OnceCell::const_new();

pub struct World {
    disk: Disk,
    pub app: Arc<App>,
    pub till: Till,
    pub stripe: StandIn,
    pub clock: Clock,
    pub customers: [CustomerId; 2],
    pub invoices: Vec<InvoiceId>,
    /// Whoever pays these by card pays a fee as well.
    pub with_fee: BTreeSet<InvoiceId>,
    /// What the owner was told is done, in minor units.
    pub issued: BTreeMap<InvoiceId, i64>,
    pub recorded: BTreeMap<PaymentId, (InvoiceId, i64)>,
    pub credited: BTreeMap<CreditNoteId, i64>,
    pub refunded: BTreeMap<RefundId, i64>,
    pub taken_back: BTreeSet<PaymentId>,
    /// Whether the owner took a payment back, or tried to: then what it had paid may be due again.
    pub asked_to_take_back: bool,
    pub credit_used: i64,
    /// Amounts of acts that the owner was given no answer to, or a refusal: they may be done all the same.
    pub unanswered: Vec<i64>,
    /// Sessions whose address somebody was given, newest first: nobody can pay in another.
    pub disclosed: Vec<String>,
    /// At Stripe, newest first.
    pub disputes: Vec<String>,
    pub payouts: Vec<String>,
    /// Whether a confirmation won after its session had expired: then the next session may be paid as well.
    pub confirmed_late: bool,
    /// Events that were answered with 200.
    pub acknowledged: BTreeSet<String>,
    /// What the entries of these books have been found to come to.
    pub sums: Sums,
    /// The last pass, once all is at rest.
    pub last_pass: Option<Run>,
    power: Option<Chance>,
    /// What the disk had been told to keep when the books were last looked at.
    proven: Option<u64>,
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

fn start() -> Clock {
    Clock::held_at(START.parse::<Timestamp>().unwrap())
}

async fn new_books() -> (Vec<u8>, [CustomerId; 2]) {
    let (disk, clock) = (Disk::default(), start());
    let stripe = stand_in(&clock).await;
    let (app, till) = open(&disk, &clock, &stripe);
    // Where a fee for paying by card is lawful.
    let address = Address { country: "US".into(), ..Address::default() };
    let party = |name: &str| {
        let email = format!("{name}@example.com");
        Party { name: name.into(), email, address: address.clone(), ..Party::default() }
    };
    let both = [party("anna"), party("ben")];
    let known = app.store.write(move |w| both.clone().map(|party| customers::create(w, party)).into_iter().collect());
    let known: Vec<_> = known.await.unwrap();
    pass(&till, Extent::whole()).await.unwrap();
    app.store.close().unwrap();
    (disk.image(), [known[0].id, known[1].id])
}

async fn pass(till: &Till, extent: Extent) -> Option<Run> {
    let begun = reconcile::begin(till, extent, Channel::Owner).await.ok()?;
    reconcile::run(till, begun, extent).await.ok()
}

impl World {
    pub async fn begin() -> Self {
        let (image, customers) = NEW_BOOKS.get_or_init(new_books).await.clone();
        let clock = start();
        let stripe = stand_in(&clock).await;
        let disk = Disk::holding(image);
        let (app, till) = open(&disk, &clock, &stripe);
        let mut world = Self {
            disk,
            app,
            till,
            stripe,
            clock,
            customers,
            invoices: Vec::new(),
            with_fee: BTreeSet::new(),
            issued: BTreeMap::new(),
            recorded: BTreeMap::new(),
            credited: BTreeMap::new(),
            refunded: BTreeMap::new(),
            taken_back: BTreeSet::new(),
            asked_to_take_back: false,
            credit_used: 0,
            unanswered: Vec::new(),
            disclosed: Vec::new(),
            disputes: Vec::new(),
            payouts: Vec::new(),
            confirmed_late: false,
            acknowledged: BTreeSet::new(),
            sums: Sums::default(),
            last_pass: None,
            power: None,
            proven: None,
        };
        world.issue(10_000, 0, Parts::Whole, false).await;
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

    async fn take_here(&mut self, step: &Step) {
        match *step {
            Step::Click(which) => self.click_for(which, Wanted::Now).await,
            Step::ClickFor { invoice, quarters: 5 } => self.click_for(invoice, Wanted::All).await,
            Step::ClickFor { invoice, quarters } => {
                let part = self.invoice(invoice).totals.total * quarters / 4;
                self.click_for(invoice, Wanted::Part(part)).await;
            }
            Step::ClickTwice(which) => {
                let invoice = self.invoice(which);
                let (one, other) = tokio::join!(self.click(&invoice, Wanted::Now), self.click(&invoice, Wanted::Now));
                if let (Ok(one), Ok(other)) = (&one, &other) {
                    assert_eq!(one.url, other.url, "two tabs were sent to two pages");
                }
                self.disclose(one);
                self.disclose(other);
            }
            Step::Buy(which) => {
                self.click_for(which, Wanted::Now).await;
                self.is_at_stripe(&Step::Pay(0));
                self.all_news().await;
            }
            Step::LoseDispute(payment) => {
                self.is_at_stripe(&Step::Dispute { payment, inquiry: false, quarters: 4 });
                self.is_at_stripe(&Step::DisputeMoves(0, DisputeTurn::Loses));
                self.all_news().await;
            }
            Step::PayOutWhole => {
                self.is_at_stripe(&Step::PayOut);
                self.is_at_stripe(&Step::PayoutMoves { payout: 0, arrives: true });
                drop(self.reconcile(true).await);
            }
            Step::Webhooks { seed } => self.webhooks(seed).await,
            Step::WorkOff => drop(inbox::work_off(&self.till).await),
            Step::Sweep => drop(self.sweep().await),
            Step::Look(which) => {
                if let Some(attempt) = self.attempt(which) {
                    let _ = sync::sync(&self.till, &attempt, Channel::ReturnPage, None, Patience::Request).await;
                }
            }
            Step::Reconcile { full } => drop(self.reconcile(full).await),
            _ => self.owner_acts(step).await,
        }
    }

    async fn click(&self, invoice: &Invoice, wanted: Wanted) -> Result<Attempt, Refusal> {
        let payer = Actor { channel: Channel::ReturnPage, name: "payer".into() };
        checkout::start_for(&self.till, invoice, wanted, &payer).await
    }

    async fn click_for(&mut self, which: usize, wanted: Wanted) {
        let invoice = self.invoice(which);
        let clicked = self.click(&invoice, wanted).await;
        self.disclose(clicked);
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

    async fn every_webhook(&mut self) {
        for event in self.stripe.events() {
            if !self.acknowledged.contains(event["id"].as_str().unwrap()) {
                self.webhook(&event).await;
            }
        }
    }

    async fn all_news(&mut self) {
        self.every_webhook().await;
        drop(inbox::work_off(&self.till).await);
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

    /// What the sweep's loop does.
    async fn sweep(&self) -> Result<(), quittance::store::Error> {
        sweep(&self.till, Channel::Schedule, false).await?;
        look_at_refunds(&self.till, Channel::Schedule, false).await?;
        disputes::look(&self.till, Channel::Schedule).await.map(drop)
    }

    async fn reconcile(&self, full: bool) -> Option<Run> {
        pass(&self.till, if full { Extent::whole() } else { Extent::Short }).await
    }

    fn restart(&mut self) {
        // A disk that has lost its power cannot be closed in order; the books are as they are.
        let _ = self.app.store.close();
        self.reopen();
    }

    fn reopen(&mut self) {
        self.disk.repair();
        (self.app, self.till) = open(&self.disk, &self.clock, &self.stripe);
        self.sums = Sums::default();
        self.proven = None;
    }

    /// Whether something was written since the last time that this was asked: without that, nothing here has changed.
    pub fn has_changed(&mut self) -> bool {
        let kept = Some(self.disk.syncs());
        std::mem::replace(&mut self.proven, kept) != kept
    }

    /// Stripe and the network are well again, every webhook comes, and time passes.
    pub async fn come_to_rest(&mut self) {
        if let Some(mut chance) = self.power.take() {
            self.disk = Disk::holding(self.disk.after_power_cut(&mut chance));
        }
        self.restart();
        self.stripe.clear_faults();
        self.is_at_stripe(&Step::FeesLate(false));
        for _ in 0..HOURS_TO_REST {
            self.clock.advance(AN_HOUR);
            self.stripe.tick();
            self.every_webhook().await;
            inbox::work_off(&self.till).await.unwrap();
            self.sweep().await.unwrap();
            if self.is_at_rest() {
                break;
            }
        }
        // The first pass finds what no event told of; after it, what Stripe never heard of is given up; the last one finds nothing.
        self.reconcile(true).await;
        self.clock.advance(AN_HOUR);
        self.sweep().await.unwrap();
        self.last_pass = self.reconcile(true).await;
    }

    /// Whether nothing is under way any more but what takes days at a bank.
    pub fn is_at_rest(&self) -> bool {
        let live = self.read(|r| r.live_attempts());
        let waiting = self.read(|r| r.events_due(Timestamp::MAX, 1));
        let unsure = self.read(|r| r.refunds_unfinished()).into_iter().any(|refund| refund.is_open());
        waiting.is_empty() && !unsure && live.iter().all(Attempt::is_processing)
    }

    pub fn invoice(&self, which: usize) -> Invoice {
        let id = self.invoices[self.invoices.len() - 1 - which % self.invoices.len()];
        self.read(|r| r.invoice(id)).unwrap()
    }

    pub fn read<T>(&self, questions: impl FnOnce(Reader<'_>) -> Result<T, quittance::store::Error>) -> T {
        self.app.store.read(questions).unwrap()
    }

    fn attempt(&self, which: usize) -> Option<Attempt> {
        let attempts = self.read(|r| r.attempts(None, 1_000));
        pick(&attempts, which).cloned()
    }
}

pub fn pick<T>(things: &[T], which: usize) -> Option<&T> {
    (!things.is_empty()).then(|| &things[which % things.len()])
}
