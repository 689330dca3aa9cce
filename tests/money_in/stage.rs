//! The books, a held clock and the stand-in for Stripe, without a server of ours: a test calls what web and jobs call.
//!
//! Webhooks are carried by hand ([`Stage::deliver`]), so that each test says what arrived and when. When the stage is
//! struck, the books must be sound.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use quittance::actions::record_payment::Recorded;
use quittance::actions::refund::{Of, Wanted};
use quittance::actions::{Actor, Refusal, customers, drafts, issue, owners};
use quittance::app::App;
use quittance::billing::attempt::{Attempt, State};
use quittance::billing::currency::Currency;
use quittance::billing::due::Due;
use quittance::billing::event::Arrival;
use quittance::billing::id::AttemptId;
use quittance::billing::invoice::{Content, Invoice};
use quittance::billing::ledger::{Account, Book};
use quittance::billing::letter::Letter;
use quittance::billing::line::Line;
use quittance::billing::log::{Channel, Happening, LogLine};
use quittance::billing::party::Party;
use quittance::billing::payment::{Method, Payment};
use quittance::billing::quantity::UnitPrice;
use quittance::billing::refund::Refund;
use quittance::billing::report::Run;
use quittance::billing::review::{Reason, Review};
use quittance::billing::standing::{Standing, Status, issued_status};
use quittance::clock::Clock;
use quittance::config::Config;
use quittance::demo::stripe::{Card, Operation, Options, StandIn};
use quittance::payments::client::{Access, Client, Limits, Patience};
use quittance::payments::reconcile::{self, EVENT_TYPES, Extent, event_of, keep};
use quittance::payments::refunds::look::{Looked, look};
use quittance::payments::settle::Settled;
use quittance::payments::side::{Side, Step};
use quittance::payments::sweep::{Swept, sweep};
use quittance::payments::till::Till;
use quittance::payments::webhook::HookEvent;
use quittance::payments::{checkout, inbox, owner_acts, refunds, sync};
use quittance::resolve::Resolver;
use quittance::store::backup::restore;
use quittance::store::{Writer, verify};
use tokio::net::TcpListener;

pub const START: &str = "2026-11-22T12:00:00Z";
pub const KEY: &str = "sk_test_quittance_demo";
pub const OWNER: &str = "pat@example.com";
pub const CUSTOMER: &str = "payer@example.com";
/// Nobody listens there: no test asks a name server.
pub const NO_NAME_SERVER: &str = "127.0.0.1:9";
/// Tries follow each other at once; a try itself has the time that a busy machine takes.
pub const HURRY: Limits = Limits {
    connect: Duration::from_secs(20),
    request: Duration::from_secs(20),
    background: Duration::from_secs(20),
    request_tries: 2,
    background_tries: 2,
    first_pause: Duration::from_millis(2),
};

pub struct Stage {
    pub app: Arc<App>,
    pub till: Till,
    pub stripe: StandIn,
    pub clock: Clock,
    pub folder: Arc<tempfile::TempDir>,
}

#[expect(clippy::disallowed_methods, reason = "Stripe's side of a test lives in no request of ours")]
pub async fn stand_in_as(options: Options) -> StandIn {
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    let stripe = StandIn::new(options);
    stripe.set_public_base(&format!("http://{}", listener.local_addr().unwrap()));
    tokio::spawn(stripe.clone().serve_on(listener));
    stripe
}

pub async fn stand_in(clock: &Clock) -> StandIn {
    stand_in_as(Options::new(clock.clone())).await
}

fn open(folder: &Path, clock: &Clock, stripe: &StandIn) -> (Arc<App>, Till) {
    let mut config = Config::default();
    config.data_dir = folder.join("data");
    config.stripe.secret_key = Some(KEY.parse().unwrap());
    config.stripe.api_base = Some(stripe.public_base().parse().unwrap());
    let resolver = Resolver::with_server(NO_NAME_SERVER.parse().unwrap()).unwrap();
    let app = loop {
        match App::start(config.clone(), clock.clone(), resolver.clone()) {
            Ok(app) => break app,
            // The writer of the app that was dropped is just leaving.
            Err(error) if error.to_string().contains("another Quittance") => {
                std::thread::sleep(Duration::from_millis(5));
            }
            Err(error) => panic!("{error}"),
        }
    };
    let till = hurried(&app, KEY, HURRY);
    (app, till)
}

/// Issues an invoice to Anna, in test mode.
pub fn bill(w: &mut Writer<'_>, currency: Currency, price: &str, email: &str) -> Result<Invoice, Refusal> {
    bill_in(w, Book::Test, currency, price, email)
}

pub fn bill_in(
    w: &mut Writer<'_>,
    book: Book,
    currency: Currency,
    price: &str,
    email: &str,
) -> Result<Invoice, Refusal> {
    let line = Line { description: "Design".into(), unit_price: UnitPrice::parse(price).unwrap(), ..Line::default() };
    let anna = Party { name: "Anna Buyer".into(), email: email.to_owned(), ..Party::default() };
    let content =
        Content { lines: vec![line], ..Content::blank(customers::create(w, anna)?.id, currency, Due::InDays(14)) };
    let draft = drafts::create(w, content)?;
    issue::issue(w, draft.id, book, &Actor::owner(OWNER))
}

/// The till of a key, with other limits than real use has.
pub fn hurried(app: &App, key: &str, limits: Limits) -> Till {
    let key = key.parse().unwrap();
    let till = app.till_of(&key).unwrap();
    let access =
        Access { secret_key: key, api_base: app.config.stripe.api_base.clone(), appliance: app.appliance.clone() };
    let client = Client::with_limits(access, app.resolver.clone(), app.clock.clone(), limits).unwrap();
    Till { client, ..till }
}

impl Stage {
    pub async fn set() -> Self {
        let clock = Clock::held_at(START.parse::<Timestamp>().unwrap());
        let stripe = stand_in(&clock).await;
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let (app, till) = open(folder.path(), &clock, &stripe);
        let stage = Self { app, till, stripe, clock, folder };
        stage.app.store.write(|w| owners::add(w, OWNER, "no password", "a test").map(drop)).await.unwrap();
        stage
    }

    /// The same books and the same Stripe after the process died.
    pub fn reopened(self) -> Self {
        let (stripe, clock, folder) = (self.stripe.clone(), self.clock.clone(), Arc::clone(&self.folder));
        drop(self);
        let (app, till) = open(folder.path(), &clock, &stripe);
        Self { app, till, stripe, clock, folder }
    }

    /// The books of an earlier moment and the same Stripe, after the owner put a backup back.
    pub fn put_back(self, copy: &[u8]) -> Self {
        let (stripe, clock, folder) = (self.stripe.clone(), self.clock.clone(), Arc::clone(&self.folder));
        drop(self);
        restore(&folder.path().join("data"), copy, true, &clock).unwrap();
        let (app, till) = open(folder.path(), &clock, &stripe);
        Self { app, till, stripe, clock, folder }
    }

    pub async fn invoice(&self, price: &str) -> Invoice {
        self.invoice_in(Currency::EUR, price, CUSTOMER).await
    }

    pub async fn invoice_in(&self, currency: Currency, price: &str, email: &str) -> Invoice {
        let (book, price, email) = (self.till.book(), price.to_owned(), email.to_owned());
        self.app.store.write(move |w| bill_in(w, book, currency, &price, &email)).await.unwrap()
    }

    /// Waits until Stripe has been asked this, whether or not it has answered.
    pub async fn hears(&self, operation: Operation) {
        crate::support::until("Stripe is asked", async || self.stripe.count(operation) > 0).await;
    }

    /// The payer clicks Pay.
    pub async fn try_start(&self, invoice: &Invoice) -> Result<Attempt, Refusal> {
        let payer = Actor { channel: Channel::ReturnPage, name: "payer".into() };
        checkout::start(&self.till, invoice, &payer).await
    }

    pub async fn start(&self, invoice: &Invoice) -> Attempt {
        self.try_start(invoice).await.unwrap()
    }

    /// The payer clicks Pay and types a card that works. Nobody has told us yet.
    pub async fn start_and_pay(&self, invoice: &Invoice) -> Attempt {
        let attempt = self.start(invoice).await;
        self.stripe.pay(session(&attempt), Card::Visa).unwrap();
        attempt
    }

    /// Somebody pays 10 EUR in a session that bears this appliance's name and that it did not make.
    pub fn paid_elsewhere(&self, own: &[(&str, &str)]) {
        let common = [
            ("mode", "payment"),
            ("line_items[0][quantity]", "1"),
            ("line_items[0][price_data][currency]", "eur"),
            ("line_items[0][price_data][unit_amount]", "1000"),
            ("line_items[0][price_data][product_data][name]", "Invoice"),
            ("success_url", "http://127.0.0.1/x"),
            ("metadata[app]", &self.app.appliance),
        ];
        let made = self.stripe.create_session(&[&common, own].concat()).unwrap();
        self.stripe.pay(made["id"].as_str().unwrap(), Card::Visa).unwrap();
    }

    /// Paid, and Stripe's webhooks have come.
    pub async fn paid(&self, price: &str) -> (Invoice, Attempt) {
        let invoice = self.invoice(price).await;
        let attempt = self.start_and_pay(&invoice).await;
        self.deliver().await;
        (invoice, self.attempt(attempt.id))
    }

    /// Keeps every event that Stripe has made and that was not kept, as the webhook does.
    pub async fn receive(&self) {
        for event in self.stripe.events() {
            self.receive_one(&event).await;
        }
    }

    pub async fn receive_one(&self, event: &serde_json::Value) {
        if !EVENT_TYPES.contains(&event["type"].as_str().unwrap()) {
            return;
        }
        let hint = HookEvent::parse(event.to_string().as_bytes()).unwrap();
        let event = event_of(hint, Arrival::Webhook, self.clock.now(), String::new());
        self.app.store.write(move |w| keep(w, &event)).await.unwrap();
    }

    /// Works off what is in the inbox and due.
    pub async fn work_off(&self) -> Vec<Settled> {
        let mut all = Vec::new();
        loop {
            let round = inbox::work_off(&self.till).await.unwrap();
            if round.is_empty() {
                return all;
            }
            all.extend(round.into_iter().filter_map(|(_, settled)| settled));
        }
    }

    /// Stripe's webhooks come and are worked off.
    pub async fn deliver(&self) -> Vec<Settled> {
        self.receive().await;
        self.work_off().await
    }

    pub async fn sweep(&self) -> Swept {
        sweep(&self.till, Channel::Schedule, false).await.unwrap()
    }

    /// A full pass, as the owner asks for one.
    pub async fn reconcile(&self) -> Run {
        self.reconcile_as(Channel::Owner, Extent::whole()).await
    }

    pub async fn reconcile_as(&self, source: Channel, extent: Extent) -> Run {
        let begun = reconcile::begin(&self.till, extent, source).await.unwrap();
        reconcile::run(&self.till, begun, extent).await.unwrap()
    }

    /// The return page asks.
    pub async fn look(&self, attempt: &Attempt) -> Settled {
        let attempt = self.attempt(attempt.id);
        sync::sync(&self.till, &attempt, Channel::ReturnPage, None, Patience::Request).await.unwrap()
    }

    pub async fn void(&self, invoice: &Invoice) -> Result<Invoice, Refusal> {
        owner_acts::void(&self.app.store, Some(&self.till), invoice.id, "wrong", &Actor::owner(OWNER)).await
    }

    pub async fn bank_transfer(&self, invoice: &Invoice, amount: i64) -> Payment {
        let seen = Recorded { amount, method: Method::BankTransfer, received_on: None, reference: String::new() };
        let actor = Actor::owner(OWNER);
        owner_acts::record_payment(&self.app.store, Some(&self.till), invoice.id, seen, &actor).await.unwrap()
    }

    /// The owner refunds an invoice.
    pub async fn try_refund(&self, invoice: &Invoice, amount: i64) -> Result<Vec<Refund>, Refusal> {
        let reason = Some(quittance::billing::refund::Reason::RequestedByCustomer);
        let wanted =
            Wanted { of: Of::Invoice(invoice.id), amount, reason, credit_note: None, through: None, nonce: None };
        refunds::refund(&self.app.store, Some(&self.till), wanted, &Actor::owner(OWNER)).await
    }

    pub async fn refund(&self, invoice: &Invoice, amount: i64) -> Refund {
        self.try_refund(invoice, amount).await.unwrap().remove(0)
    }

    /// Refunds whose time has come are looked at.
    pub async fn look_at_refunds(&self) -> Looked {
        look(&self.till, Channel::Schedule, false).await.unwrap()
    }

    /// All refunds of an invoice, oldest first, as they are now.
    pub fn refunds(&self, invoice: &Invoice) -> Vec<Refund> {
        self.app.store.read(|r| r.refunds_of_invoice(invoice.id)).unwrap()
    }

    pub fn balance(&self, account: Account) -> i64 {
        self.app.store.read(|r| r.balance(self.till.book(), Currency::EUR, account)).unwrap()
    }

    /// When a step was last done with the key of this stage.
    pub fn reached(&self, step: Step) -> Option<Timestamp> {
        self.app.store.read(|r| Side::of(&r, &self.till)?.reached(&r, step)).unwrap()
    }

    /// The same books with a key of another account or mode at Stripe; the clock is the same.
    pub async fn with_key(&self, key: &str, options: Options) -> Self {
        let stripe = stand_in_as(Options { secret_key: key.to_owned(), ..options }).await;
        let access = Access {
            secret_key: key.parse().unwrap(),
            api_base: Some(stripe.public_base().parse().unwrap()),
            appliance: self.app.appliance.clone(),
        };
        let client = Client::with_limits(access, self.app.resolver.clone(), self.clock.clone(), HURRY).unwrap();
        let till = Till {
            livemode: client.livemode(),
            client,
            reads_counted: Arc::default(),
            account: quittance::credentials::digest(key)[..16].to_owned(),
            checkout_origins: vec![stripe.public_base()],
            ..self.till.clone()
        };
        self.beside(till, stripe)
    }

    /// The same books and the same account at Stripe, after its key was rolled.
    pub fn rolled(&self, key: &str) -> Self {
        self.stripe.set_secret_key(key);
        self.beside(hurried(&self.app, key, HURRY), self.stripe.clone())
    }

    fn beside(&self, till: Till, stripe: StandIn) -> Self {
        Self { app: Arc::clone(&self.app), till, stripe, clock: self.clock.clone(), folder: Arc::clone(&self.folder) }
    }

    /// What the books have at Stripe, its fees aside: when those are booked depends on when Stripe tells of them.
    pub fn at_stripe(&self) -> i64 {
        self.balance(Account::StripeClearing) + self.balance(Account::StripeFees)
    }

    pub fn advance(&self, seconds: i64) {
        self.clock.advance(seconds);
        self.stripe.tick();
    }

    pub fn attempt(&self, id: AttemptId) -> Attempt {
        self.app.store.read(|r| r.attempt(id)).unwrap().unwrap()
    }

    pub fn attempts(&self, invoice: &Invoice) -> Vec<Attempt> {
        self.app.store.read(|r| r.attempts_of_invoice(invoice.id, 100)).unwrap()
    }

    pub fn invoice_now(&self, invoice: &Invoice) -> Invoice {
        self.app.store.read(|r| r.invoice(invoice.id)).unwrap().unwrap()
    }

    pub fn standing(&self, invoice: &Invoice) -> Standing {
        let invoice = self.invoice_now(invoice);
        self.app.store.read(|r| r.standing(&invoice)).unwrap()
    }

    pub fn status(&self, invoice: &Invoice) -> Status {
        issued_status(&self.invoice_now(invoice), &self.standing(invoice))
    }

    pub fn payments(&self, invoice: &Invoice) -> Vec<Payment> {
        self.app.store.read(|r| r.payments_of_invoice(invoice.id)).unwrap()
    }

    pub fn all_payments(&self) -> Vec<Payment> {
        self.app.store.read(|r| r.payments(None, 1_000)).unwrap()
    }

    pub fn log(&self, invoice: &Invoice) -> Vec<LogLine> {
        self.app.store.read(|r| r.log(invoice.id, 0, 1_000)).unwrap()
    }

    pub fn count_of(&self, invoice: &Invoice, kind: Happening) -> usize {
        self.log(invoice).iter().filter(|line| line.kind == kind).count()
    }

    pub fn letters(&self) -> Vec<Letter> {
        self.app.store.read(|r| r.letters(None, 1_000)).unwrap()
    }

    /// Mails of this kind that are owed.
    pub fn mails(&self, kind: &str) -> usize {
        self.letters().iter().filter(|letter| letter.subject_matter.kind() == kind).count()
    }

    pub fn reviews(&self) -> Vec<Review> {
        self.app.store.read(|r| r.reviews(None, None, 1_000)).unwrap()
    }

    pub fn reasons(&self) -> Vec<Reason> {
        self.reviews().into_iter().map(|review| review.reason).collect()
    }

    pub fn asked(&self, operation: Operation) -> usize {
        self.stripe.count(operation)
    }

    /// Everything that a needless write would change.
    pub fn fingerprint(&self) -> (String, u64, usize, Vec<Attempt>) {
        let proof = self.app.store.read(verify::prove).unwrap();
        let attempts = self.app.store.read(|r| r.attempts(None, 1_000)).unwrap();
        (proof.journal_head, proof.seals, self.letters().len(), attempts)
    }

    /// Paid by exactly one payment, told of by exactly one receipt.
    pub fn assert_paid_once(&self, invoice: &Invoice) {
        assert_eq!(self.status(invoice), Status::Paid, "{:?}", self.log(invoice));
        assert_eq!(self.payments(invoice).len(), 1);
        assert_eq!(self.count_of(invoice, Happening::PaymentSucceeded), 1);
        assert_eq!(self.receipts(invoice), 1);
        assert_eq!(self.standing(invoice).paid, invoice.totals.total);
        assert_eq!(self.standing(invoice).credit, 0);
    }

    fn receipts(&self, invoice: &Invoice) -> usize {
        let payments: BTreeSet<String> =
            self.payments(invoice).iter().map(|payment| format!("receipt:{}", payment.id)).collect();
        self.letters().iter().filter(|letter| payments.contains(&letter.subject_matter.key())).count()
    }
}

pub fn session(attempt: &Attempt) -> &str {
    attempt.session.as_deref().expect("a session")
}

pub fn is_paid(attempt: &Attempt) -> bool {
    matches!(attempt.state, State::Paid { .. })
}

impl Drop for Stage {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let proof = self.app.store.read(verify::prove).unwrap();
            assert!(proof.is_whole(), "the books are not sound: {:?}", proof.problems);
        }
    }
}
