//! A small business in a store, for the tests of this folder: what it sells is always the same.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use quittance::actions::book_receipt::{Checks, Receipt, book};
use quittance::actions::checkout::{self, Begin, Created, Request};
use quittance::actions::credit::{self as crediting, Wanted};
use quittance::actions::disputes::{self, Told};
use quittance::actions::file_evidence::{self, Chosen, Files};
use quittance::actions::record_payment::{Recorded, record};
use quittance::actions::refund::course;
use quittance::actions::refund::{self, Of, Part};
use quittance::actions::resolve_review::resolve;
use quittance::actions::reviews::{self, Case};
use quittance::actions::sensitive::Before;
use quittance::actions::{Actor, Refusal, customers, drafts, issue, mailings, owners, tokens, void, write_off};
use quittance::billing::attempt::{self, Attempt};
use quittance::billing::bookings::movements::{self, PayoutStep};
use quittance::billing::credit_note::plan::What;
use quittance::billing::credit_note::{CreditNote, Settle};
use quittance::billing::currency::Currency;
use quittance::billing::dispute::{Dispute, Status};
use quittance::billing::due::Due;
use quittance::billing::endpoint::{Endpoint, Making, Observed, Seen};
use quittance::billing::event::{Arrival, Event, Handling};
use quittance::billing::filing::{FileField, Texts};
use quittance::billing::id::{AttemptId, CustomerId, InvoiceId, RefundId};
use quittance::billing::invoice::{Content, Invoice};
use quittance::billing::ledger::Book;
use quittance::billing::line::Line;
use quittance::billing::log::Channel;
use quittance::billing::money::Money;
use quittance::billing::movement::{Belongs, Category, Movement};
use quittance::billing::party::Party;
use quittance::billing::passthrough::{Choice, Fee, Passthrough, Rate};
use quittance::billing::payment::{Method, Payment, StripeReceipt};
use quittance::billing::payout::{PayoutRecord, PayoutStatus, PayoutSum};
use quittance::billing::quantity::{Percent, UnitPrice};
use quittance::billing::refund::{Refund, State, Waiting, Way};
use quittance::billing::report::Run;
use quittance::billing::review::{Action, Reason, Review};
use quittance::clock::Clock;
use quittance::store::certificates::{Certificate, Pursuit};
use quittance::store::invoices::Summary;
use quittance::store::vault::Vault;
use quittance::store::verify::{Proof, prove};
use quittance::store::{BackupRun, Error, Lost, Numbered, Reader, Remembered, Scope, Store, Writer};
use tokio::runtime::{Builder, Runtime};

use super::disk::Disk;

/// So soon that no test waits for it.
pub const AT_ONCE: Duration = Duration::from_millis(1);
/// So late that no test sees it.
pub const NEVER: Duration = Duration::from_hours(1);

/// A store and somebody who waits for it.
pub struct Business {
    pub store: Store,
    pub runtime: Runtime,
}

impl Business {
    pub fn in_folder(folder: &Path) -> Self {
        Self::with(Store::open(folder, clock()).unwrap())
    }

    /// A business on a disk that never fails.
    pub fn new() -> Self {
        Self::on(&Disk::default(), NEVER).unwrap()
    }

    pub fn on(disk: &Disk, retry_after: Duration) -> Result<Self, Error> {
        Ok(Self::with(Store::over(disk.medium(), retry_after, clock())?))
    }

    pub fn with(store: Store) -> Self {
        Self { store, runtime: runtime() }
    }

    pub fn write<T, E>(&self, change: impl FnMut(&mut Writer<'_>) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.runtime.block_on(self.store.write(change))
    }

    pub fn read<T>(&self, questions: impl FnOnce(Reader<'_>) -> Result<T, Error>) -> T {
        self.store.read(questions).unwrap()
    }

    pub fn prove(&self) -> Proof {
        self.read(prove)
    }

    pub fn assert_whole(&self) {
        let proof = self.prove();
        assert!(proof.is_whole(), "{:#?}", proof.problems);
    }

    pub fn customer(&self, name: &str) -> CustomerId {
        let name = name.to_owned();
        self.write(move |w| customer(w, &name)).unwrap()
    }

    /// An issued invoice over `minor`.
    pub fn invoice(&self, customer: CustomerId, minor: i64) -> Invoice {
        self.write(move |w| invoice(w, customer, minor)).unwrap()
    }

    pub fn pay(&self, invoice: InvoiceId, minor: i64) -> Payment {
        self.write(move |w| pay(w, invoice, minor)).unwrap()
    }

    pub fn summary(&self, invoice: InvoiceId) -> Summary {
        self.read(|r| r.summary(invoice)).unwrap()
    }
}

pub fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().build().unwrap()
}

pub fn clock() -> Clock {
    Clock::held_at("2026-11-22T09:00:00Z".parse().unwrap())
}

pub fn owner() -> Actor {
    Actor::owner("owner@example.com")
}

pub fn customer(w: &mut Writer<'_>, name: &str) -> Result<CustomerId, Refusal> {
    Ok(customers::create(w, party(name))?.id)
}

pub fn party(name: &str) -> Party {
    Party { name: name.into(), email: "ada@example.com".into(), ..Party::default() }
}

pub fn content(customer: CustomerId, minor: i64) -> Content {
    let price = Money::new(minor, Currency::EUR).unwrap().to_decimal_string();
    let line =
        Line { description: "A day of work".into(), unit_price: UnitPrice::parse(&price).unwrap(), ..Line::default() };
    Content { lines: vec![line], reference: "PO 77".into(), ..Content::blank(customer, Currency::EUR, Due::InDays(14)) }
}

pub fn invoice(w: &mut Writer<'_>, customer: CustomerId, minor: i64) -> Result<Invoice, Refusal> {
    let draft = drafts::create(w, content(customer, minor))?;
    issue::issue(w, draft.id, Book::Live, &owner())
}

pub fn pay(w: &mut Writer<'_>, invoice: InvoiceId, minor: i64) -> Result<Payment, Refusal> {
    // A bank calls no two payments of a day the same.
    let reference = format!("transfer {}", w.payments_of_invoice(invoice)?.len() + 1);
    let seen = Recorded { amount: minor, method: Method::BankTransfer, received_on: None, reference };
    record(w, invoice, &seen, &owner())
}

/// Money through Stripe, as `settle` books it once every check has passed.
pub fn pay_by_card(w: &mut Writer<'_>, invoice: InvoiceId, minor: i64, intent: &str) -> Result<Payment, Error> {
    let receipt = card_receipt(w, invoice, minor, intent, None)?;
    book(w, receipt)
}

/// The same for a checkout, which is over then.
pub fn pay_checkout(w: &mut Writer<'_>, invoice: InvoiceId, minor: i64, intent: &str) -> Result<(), Refusal> {
    let attempt = w.live_attempt(invoice)?.ok_or(Refusal::NotFound("attempt"))?;
    let receipt = card_receipt(w, invoice, minor, intent, Some(attempt.id))?;
    let state = attempt::State::Paid { payment: book(w, receipt)?.id };
    Ok(w.put_attempt(&Attempt { state, next_look: None, ..attempt })?)
}

fn card_receipt(
    w: &Writer<'_>,
    invoice: InvoiceId,
    minor: i64,
    intent: &str,
    attempt: Option<AttemptId>,
) -> Result<Receipt, Error> {
    let invoice = w.invoice(invoice)?.ok_or(Error::Closed)?;
    let stripe = StripeReceipt {
        payment_intent: intent.into(),
        charge: Some(intent.replace("pi_", "ch_")),
        session: None,
        attempt,
        account: "account".into(),
        kind: "card".into(),
        card: None,
    };
    Ok(Receipt {
        customer: Some(invoice.content.customer),
        book: invoice.book,
        amount: Money::new(minor, Currency::EUR).map_err(|error| Error::Unsound(error.to_string()))?,
        method: Method::Stripe(stripe),
        fee: None,
        received_at: w.now(),
        received_on: "2026-11-22".parse().map_err(|_| Error::Closed)?,
        source: Channel::Webhook,
        reference: String::new(),
        payer_email: Some("payer@example.com".into()),
        checks: Checks::Passed,
        event: Some("evt_1".into()),
        note: String::new(),
        invoice: Some(invoice),
    })
}

pub fn event(id: &str, now: Timestamp) -> Event {
    Event {
        id: id.into(),
        kind: "checkout.session.completed".into(),
        object_id: "cs_1".into(),
        object_kind: "checkout.session".into(),
        livemode: true,
        api_version: None,
        account: None,
        created: now,
        received_at: now,
        arrival: Arrival::Webhook,
        state: Handling::Pending { next_try: now },
        tries: 0,
        last_error: None,
        payload: "{}".into(),
    }
}

/// Begins a checkout and lets Stripe open `session` for it.
pub fn open_checkout(w: &mut Writer<'_>, invoice: &Invoice, session: &str) -> Result<Attempt, Refusal> {
    open_checkout_with(w, invoice, session, None)
}

/// The same with a fee on top.
fn open_checkout_with(
    w: &mut Writer<'_>,
    invoice: &Invoice,
    session: &str,
    fee: Option<&Fee>,
) -> Result<Attempt, Refusal> {
    let began = checkout::begin(w, invoice, attempt::Wanted::Now, &owner(), |id, amount, now| {
        let sum = fee.map_or(Some(amount.minor()), Fee::sum).unwrap_or_default();
        Ok(Request {
            amount: Money::new(sum, amount.currency()).unwrap_or(amount),
            fee: fee.cloned(),
            body: "mode=payment".into(),
            idempotency_key: id.to_string(),
            expires_at: now,
            account: "a".into(),
        })
    })?;
    let Begin::Create(attempt) = began else { return Err(Refusal::conflict("There is one already.")) };
    Ok(opened(w, attempt.id, session)?.unwrap_or(attempt))
}

fn opened(w: &mut Writer<'_>, attempt: AttemptId, session: &str) -> Result<Option<Attempt>, Error> {
    let expires_at = w.now();
    let url = format!("https://checkout.stripe.com/{session}");
    checkout::created(w, attempt, &Created::Opened { session: session.into(), url, expires_at })
}

/// A row in every table.
pub fn fill_every_table(business: &Business, vault: &Vault) {
    let ada = business.customer("Ada Lovelace");
    let (paid, voided, doubtful) =
        (business.invoice(ada, 11_900), business.invoice(ada, 500), business.invoice(ada, 70_000));
    business.invoice(ada, 900);
    let vault = vault.clone();
    business
        .write(move |w| {
            owners::add(w, "owner@example.com", "hash", "a test")
                .and_then(|owner| owners::sign_in(w, &owner, "digest", "Firefox", None))
        })
        .unwrap();
    business
        .write(move |w| {
            drafts::create(w, content(ada, 100))?;
            open_checkout(w, &paid, "cs_1")?;
            pay_by_card(w, paid.id, 12_000, "pi_1")?;
            moved(w, "pi_1")?;
            refunded(w, paid.id)?;
            disputed(w, "pi_1")?;
            let case = Case::new(Reason::UnknownPayment, "py_1", "Nobody knows it.").invoice(Some(doubtful.id));
            let case = reviews::open(w, case)?;
            resolve(w, case.id, Action::Ignore, "seen", None, &owner())?;
            void::void(w, voided.id, "a mistake", &owner())?;
            write_off::write_off(w, doubtful.id)?;
            mailings::send_invoice(w, paid.id, SignedDuration::ZERO, &owner())?;
            Ok::<_, Refusal>(())
        })
        .unwrap();
    let credited = business.invoice(ada, 300);
    business.write(move |w| credit(w, credited.id, What::Amount(100), Settle::Invoice)).unwrap();
    let with_fee = business.invoice(ada, 1_000);
    business.write(move |w| pay_with_fee(w, &with_fee)).unwrap();
    business.write(move |w| fill_the_rest(w, &vault)).unwrap();
}

/// A payment that bore a fee, with the document of it.
fn pay_with_fee(w: &mut Writer<'_>, invoice: &Invoice) -> Result<Payment, Refusal> {
    let rate = Rate::new(Percent::parse("2.9").unwrap(), None).unwrap();
    let said = Passthrough { usual: Choice::Rate(rate), ..Passthrough::default() };
    let fee = said.terms(Choice::Inherit, None, "US").fee(invoice.total(), &invoice.totals.taxes).unwrap();
    let attempt = open_checkout_with(w, invoice, "cs_fee", Some(&fee))?;
    let receipt =
        Receipt { fee: Some(fee), ..card_receipt(w, invoice.id, attempt.amount.minor(), "pi_fee", Some(attempt.id))? };
    let payment = book(w, receipt)?;
    let state = attempt::State::Paid { payment: payment.id };
    w.put_attempt(&Attempt { state, next_look: None, ..attempt })?;
    Ok(payment)
}

pub fn credit(w: &mut Writer<'_>, invoice: InvoiceId, what: What, settle: Settle) -> Result<CreditNote, Refusal> {
    crediting::credit(w, invoice, &Wanted { what, reason: "Returned".into(), settle }, &owner())
}

fn fill_the_rest(w: &mut Writer<'_>, vault: &Vault) -> Result<(), Refusal> {
    w.put_backup_run(&BackupRun { begun_at: w.now(), error: Some("no room".into()), ..BackupRun::default() })?;
    let token = tokens::create(w, "shop", Scope::Write, "digest", Before::Nothing, "a test")?;
    let answer = Remembered {
        at: w.now(),
        request_digest: "digest".into(),
        status: 201,
        content_type: "application/json".into(),
        body: "{}".into(),
    };
    let letters = w.letters(None, 100)?;
    if let Some(letter) = letters.first() {
        mailings::note_outcome(w, letter.id, "Invoice", &mailings::Outcome::Failed { words: "no such box".into() })?;
    }
    w.put_remembered(token.id, "key", &answer)?;
    w.put_secret(vault, "stripe.secret_key", "sk_test_1")?;
    w.put_event(&event("evt_1", w.now()))?;
    listen(w)?;
    let lost = Lost { document: Numbered::Invoice(w.id()?), given_at: w.now(), noticed_at: w.now() };
    w.put_lost_number("2026-0099", &lost)?;
    w.put_mark("backup", w.now())?;
    w.add_to_counter("payments", 1)?;
    w.put_run(&run(w)?)?;
    Ok(())
}

/// A part of what was paid too much by card is on its way back; the case about it stays open.
pub fn refunded(w: &mut Writer<'_>, invoice: InvoiceId) -> Result<(), Refusal> {
    let nonce = Some("form:0".to_owned());
    let wanted =
        refund::Wanted { of: Of::Invoice(invoice), amount: 50, reason: None, credit_note: None, through: None, nonce };
    let frame = |_: RefundId, part: &Part, _: Option<quittance::billing::refund::Reason>| {
        let stripe = part.payment.method.stripe();
        let payment_intent = stripe.map(|stripe| stripe.payment_intent.clone()).unwrap_or_default();
        Ok(Way::Stripe { account: "account".into(), payment_intent, request: None })
    };
    let asked = refund::request(w, &wanted, &owner(), frame)?.refunds.remove(0);
    let asked = Refund { stripe_refund: Some("re_1".into()), ..asked };
    let told = course::Told { channel: Channel::Webhook, event: None };
    course::advance(w, &asked, State::Pending { waits_for: Waiting::Processing }, told)?;
    Ok(())
}

/// What Stripe's books say of the payment by card, and the payout that carried it.
/// An endpoint at Stripe was made, seen, and an event came by an old name.
fn listen(w: &mut Writer<'_>) -> Result<(), Error> {
    let (id, now) = (w.id()?, w.now());
    let url = "https://pay.example.com/webhooks/stripe".to_owned();
    w.put_endpoint(&Endpoint {
        id,
        url: url.clone(),
        api_version: "2026-05-27.dahlia".into(),
        livemode: false,
        body: "url=x".into(),
        key: format!("v1:we:app:{id}"),
        asked_at: now,
        state: Making::Made { stripe_endpoint: "we_1".into(), secret: "0123456789abcdef".into(), at: now },
    })?;
    let seen = Seen {
        id: "we_1".into(),
        url,
        is_enabled: true,
        api_version: None,
        missing: Vec::new(),
        is_ours: true,
        leads_here: true,
    };
    w.put_observed_endpoints(&Observed { at: now, endpoints: vec![seen] })?;
    w.put_old_host("old.example.com")?;
    let (directory, order) = ("https://ca.example.com/dir".to_owned(), Some("https://ca.example.com/order/1".into()));
    w.put_pursuit("pay.example.com", &Pursuit { directory: directory.clone(), order, ..Pursuit::default() })?;
    let chain = "-----BEGIN CERTIFICATE-----".to_owned();
    let certificate = Certificate { chain, directory, obtained_at: now, renew_at: now, ask_at: None };
    w.put_certificate_facts("pay.example.com", &certificate)
}

fn moved(w: &mut Writer<'_>, intent: &str) -> Result<(), Error> {
    let Some(payment) = w.payment_by_intent(intent)? else { return Ok(()) };
    let movement = Movement {
        id: "txn_1".into(),
        category: Category::Charge,
        kind: "charge".into(),
        amount: payment.amount.minor(),
        fee: 205,
        net: payment.amount.minor() - 205,
        currency: payment.amount.currency(),
        exchange_rate: None,
        source: payment.method.stripe().and_then(|stripe| stripe.charge.clone()),
        created: w.now(),
        available_on: None,
        payout: Some("po_1".into()),
        belongs: Belongs::Payment { payment: payment.id },
        taken_for: None,
        converted: None,
        book: payment.book,
        account: "account".into(),
    };
    w.put_movement(&movement)?;
    if let Some(entry) = movements::movement(&movement)? {
        w.book(&entry)?;
    }
    let payout = PayoutRecord {
        id: "po_1".into(),
        amount: Money::new(movement.net, movement.currency).map_err(|error| Error::Unsound(error.to_string()))?,
        arrival_date: payment.received_on,
        created: w.now(),
        status: PayoutStatus::InTransit,
        automatic: true,
        is_listed: true,
        failure: None,
        sum: Some(PayoutSum { lines: 1, explained: movement.net, remainder: 0 }),
        book: payment.book,
        account: "account".into(),
    };
    w.put_payout(&payout)?;
    w.book(&movements::payout(&payout, PayoutStep::Created, w.now())?)
}

/// A bank disputes the payment by card, and the owner has written a draft that is on its way.
fn disputed(w: &mut Writer<'_>, intent: &str) -> Result<(), Refusal> {
    let Some(payment) = w.payment_by_intent(intent)? else { return Ok(()) };
    let dispute = Dispute {
        id: w.id()?,
        stripe_dispute: "dp_1".into(),
        payment: payment.id,
        invoice: payment.invoice,
        book: payment.book,
        account: "account".into(),
        amount: payment.amount,
        status: Status::NeedsResponse,
        reason: "fraudulent".into(),
        respond_by: w.now().checked_add(SignedDuration::from_hours(240)).ok(),
        refundable: false,
        opened_at: w.now(),
        closed_at: None,
        submissions: 0,
        draft: Texts::new(),
        movements: Vec::new(),
        taken: BTreeMap::new(),
        files: Vec::new(),
        losses: 0,
        turns: 1,
        next_look: None,
    };
    let id = dispute.id;
    disputes::take_turn(w, None, dispute, &payment, Told { source: Channel::Webhook, event: None })?;
    let receipt = Chosen { slot: FileField::Receipt, name: "receipt.pdf".into(), content: b"%PDF-1.7".to_vec() };
    let files = Files { chosen: vec![receipt], ..Files::default() };
    file_evidence::draft(w, id, Texts::new(), &files, 0, &owner()).map(drop)
}

fn run(w: &Writer<'_>) -> Result<Run, Error> {
    let compared = [("attempts".to_owned(), 1)].into();
    Ok(Run { compared, requests: 1, ..Run::begun(w.id()?, w.now(), Channel::Schedule, false) })
}

/// The open case of an invoice.
pub fn open_case(r: &Reader<'_>, invoice: InvoiceId) -> Option<Review> {
    r.reviews_of_invoice(invoice).unwrap().into_iter().find(Review::is_open)
}
