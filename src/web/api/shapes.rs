//! What things look like to a program: every name and its order as CONTRACT.md has them.
//!
//! Nothing is decided here. Money is in the currency's minor units, what is absent is `null`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use serde_json::{Value, json};

use crate::app::App;
use crate::billing::attempt::{self, Attempt};
use crate::billing::currency::Currency;
use crate::billing::customer::Customer;
use crate::billing::id::{AttemptId, CustomerId, InvoiceId, MailId, PaymentId, ReviewId, RunId};
use crate::billing::invoice::{Content, Document};
use crate::billing::ledger::Account;
use crate::billing::letter::{Delivery, Letter};
use crate::billing::line::{Line, LineTotal, TaxTotal};
use crate::billing::log::{Channel, Happening, LogLine};
use crate::billing::party::Party;
use crate::billing::payment::Payment;
use crate::billing::report::{Finding, Payout, Run};
use crate::billing::review::{Action, Evidence, Reason, Review};
use crate::billing::settings::{NamedRate, Settings};
use crate::billing::standing::{Flag, Standing, Status, flags, status};
use crate::store::{self, Reader};

#[derive(Serialize)]
pub(super) struct CustomerShape<'a> {
    id: CustomerId,
    name: &'a str,
    email: &'a str,
    address: AddressShape<'a>,
    tax_id: &'a str,
    language: &'a str,
    buyer_reference: &'a str,
    endpoint: Option<EndpointShape<'a>>,
    created_at: Timestamp,
}

#[derive(Serialize)]
struct AddressShape<'a> {
    line1: &'a str,
    line2: &'a str,
    city: &'a str,
    postal_code: &'a str,
    state: &'a str,
    country: &'a str,
}

#[derive(Serialize)]
struct EndpointShape<'a> {
    scheme: &'a str,
    id: &'a str,
}

pub(super) fn customer(customer: &Customer) -> CustomerShape<'_> {
    let party = &customer.party;
    CustomerShape {
        id: customer.id,
        name: &party.name,
        email: &party.email,
        address: address(party),
        tax_id: &party.tax_id,
        language: &party.language,
        buyer_reference: &party.buyer_reference,
        endpoint: party.endpoint.as_ref().map(|it| EndpointShape { scheme: &it.scheme, id: &it.id }),
        created_at: customer.created_at,
    }
}

fn address(party: &Party) -> AddressShape<'_> {
    let it = &party.address;
    AddressShape {
        line1: &it.line1,
        line2: &it.line2,
        city: &it.city,
        postal_code: &it.postal_code,
        state: &it.state,
        country: &it.country,
    }
}

#[derive(Serialize)]
pub(super) struct InvoiceShape {
    id: InvoiceId,
    number: Option<String>,
    status: Status,
    flags: Vec<Flag>,
    customer: CustomerId,
    currency: Currency,
    issue_date: Option<Date>,
    due_date: Option<Date>,
    prices_include_tax: bool,
    notes: String,
    reference: String,
    lines: Vec<LineShape>,
    subtotal: i64,
    taxes: Vec<TaxShape>,
    tax: i64,
    total: i64,
    amount_paid: i64,
    amount_refunded: i64,
    amount_due: i64,
    public_url: Option<String>,
    created_at: Timestamp,
    issued_at: Option<Timestamp>,
    paid_at: Option<Timestamp>,
}

#[derive(Serialize)]
struct LineShape {
    id: String,
    description: String,
    quantity: String,
    unit: String,
    unit_price: String,
    discount: String,
    tax_rate: String,
    optional: bool,
    selected: bool,
    net: i64,
    tax: i64,
}

#[derive(Serialize)]
struct TaxShape {
    rate: String,
    base: i64,
    amount: i64,
}

/// An invoice as it stands on `today`.
pub(super) fn invoice(app: &App, document: Document, standing: &Standing, today: Date) -> InvoiceShape {
    let status = status(&document, standing);
    let due_date = due_date(&document, today);
    let issued = document.issued();
    let (content, totals) = (document.content(), document.totals());
    InvoiceShape {
        id: document.id(),
        number: issued.map(|invoice| invoice.number.clone()),
        status,
        flags: flags(status, due_date, standing, today),
        customer: content.customer,
        currency: content.currency,
        issue_date: issued.map(|invoice| invoice.issue_date),
        due_date,
        prices_include_tax: content.prices_include_tax,
        notes: content.notes.clone(),
        reference: content.reference.clone(),
        lines: lines(content, &totals.lines),
        subtotal: totals.subtotal,
        taxes: totals.taxes.iter().map(tax).collect(),
        tax: totals.tax,
        total: totals.total,
        amount_paid: standing.paid,
        amount_refunded: standing.refunded,
        // A draft is not in the ledger; what it would ask for is its total.
        amount_due: if status == Status::Draft { totals.total } else { standing.due() },
        public_url: issued.map(|invoice| app.url(&format!("/i/{}", invoice.link.token()))),
        created_at: document.created_at(),
        issued_at: issued.map(|invoice| invoice.issued_at),
        paid_at: standing.paid_at,
    }
}

/// A draft's is the one that it would have if it were issued today.
fn due_date(document: &Document, today: Date) -> Option<Date> {
    match document {
        Document::Draft(draft) => draft.content.due.date(today).ok(),
        Document::Issued(invoice) => Some(invoice.due_date),
    }
}

fn lines(content: &Content, totals: &[LineTotal]) -> Vec<LineShape> {
    content.lines.iter().zip(totals).map(|(line, total)| line_shape(line, *total)).collect()
}

fn line_shape(line: &Line, total: LineTotal) -> LineShape {
    LineShape {
        id: line.id.clone(),
        description: line.description.clone(),
        quantity: line.quantity.to_string(),
        unit: line.unit.clone(),
        unit_price: line.unit_price.to_string(),
        discount: line.discount.to_string(),
        tax_rate: line.tax_rate.to_string(),
        optional: line.optional,
        selected: line.selected,
        net: total.net,
        tax: total.tax,
    }
}

fn tax(total: &TaxTotal) -> TaxShape {
    TaxShape { rate: total.rate.to_string(), base: total.base, amount: total.amount }
}

#[derive(Serialize)]
pub(super) struct AttemptShape<'a> {
    id: AttemptId,
    invoice: InvoiceId,
    session: Option<&'a str>,
    status: attempt::Outcome,
    amount: i64,
    currency: Currency,
    created_at: Timestamp,
}

pub(super) fn attempt(attempt: &Attempt) -> AttemptShape<'_> {
    AttemptShape {
        id: attempt.id,
        invoice: attempt.invoice,
        session: attempt.session.as_deref(),
        status: attempt.outcome(),
        amount: attempt.amount.minor(),
        currency: attempt.amount.currency(),
        created_at: attempt.created_at,
    }
}

#[derive(Serialize)]
pub(super) struct PaymentShape {
    id: PaymentId,
    invoice: Option<InvoiceId>,
    customer: Option<CustomerId>,
    method: String,
    amount: i64,
    currency: Currency,
    applied: i64,
    refunded: i64,
    fee: Option<i64>,
    net: Option<i64>,
    received_at: Timestamp,
    stripe_payment_intent: Option<String>,
    stripe_charge: Option<String>,
    payout: Option<String>,
}

/// A payment; what of it is applied by now is in the ledger.
pub(super) fn payment(reader: &Reader<'_>, payment: &Payment) -> Result<PaymentShape, store::Error> {
    let (amount, currency) = (payment.amount.minor(), payment.amount.currency());
    let credit = -reader.balance(payment.book, currency, Account::Credit(payment.id))?;
    let stripe = payment.method.stripe();
    // Stripe takes a fee that is known later; what the owner recorded arrived whole.
    let fee = if stripe.is_some() { None } else { Some(0) };
    Ok(PaymentShape {
        id: payment.id,
        invoice: payment.invoice,
        customer: payment.customer,
        method: payment.method.name().to_owned(),
        amount,
        currency,
        applied: amount.saturating_sub(credit),
        refunded: 0,
        fee,
        net: fee.map(|fee| amount.saturating_sub(fee)),
        received_at: payment.received_at,
        stripe_payment_intent: stripe.map(|receipt| receipt.payment_intent.clone()),
        stripe_charge: stripe.and_then(|receipt| receipt.charge.clone()),
        payout: None,
    })
}

#[derive(Serialize)]
pub(super) struct ReviewShape<'a> {
    id: ReviewId,
    invoice: Option<InvoiceId>,
    reason: Reason,
    status: &'static str,
    opened_at: Timestamp,
    detail: &'a str,
    actions: &'a [Action],
    evidence: BTreeMap<String, Value>,
}

pub(super) fn review(review: &Review) -> ReviewShape<'_> {
    ReviewShape {
        id: review.id,
        invoice: review.invoice,
        reason: review.reason,
        status: if review.is_open() { "open" } else { "resolved" },
        opened_at: review.opened_at,
        detail: &review.detail,
        // What is decided offers nothing more.
        actions: if review.is_open() { &review.actions } else { &[] },
        evidence: review.evidence.iter().map(compared).collect(),
    }
}

/// `"amount": {"stripe": …, "books": …}`.
fn compared(evidence: &Evidence) -> (String, Value) {
    let name = evidence.name.to_lowercase().replace(' ', "_");
    (name, json!({ "stripe": evidence.stripe, "books": evidence.books }))
}

#[derive(Serialize)]
pub(super) struct MailShape<'a> {
    id: MailId,
    to: String,
    subject: String,
    kind: &'static str,
    state: &'static str,
    attempts: u32,
    last_error: Option<&'a str>,
}

/// A mail. Its subject is made when it is first sent; before that it goes by `about`.
pub(super) fn mail(letter: &Letter, about: Option<String>) -> MailShape<'_> {
    let made = Some(letter.subject.clone()).filter(|subject| !subject.is_empty());
    let words = letter.last_words.as_deref();
    MailShape {
        id: letter.id,
        to: letter.to.join(", "),
        subject: made.or(about).unwrap_or_default(),
        kind: letter.subject_matter.kind(),
        state: letter.state_name(),
        attempts: letter.attempts,
        last_error: match letter.state {
            Delivery::Sent { .. } => None,
            Delivery::Withdrawn { .. } => Some("It was taken back before it left."),
            Delivery::Queued | Delivery::Failed { .. } => words,
        },
    }
}

#[derive(Serialize)]
pub(super) struct LogShape<'a> {
    seq: u64,
    at: Timestamp,
    kind: Happening,
    source: Channel,
    amount: Option<i64>,
    currency: Option<Currency>,
    stripe_event: Option<&'a str>,
    stripe_session: Option<&'a str>,
    stripe_payment_intent: Option<&'a str>,
    detail: Option<&'a str>,
}

pub(super) fn log_line(line: &LogLine) -> LogShape<'_> {
    LogShape {
        seq: line.seq,
        at: line.at,
        kind: line.kind,
        source: line.source,
        amount: line.amount.map(|amount| amount.minor()),
        currency: line.amount.map(|amount| amount.currency()),
        stripe_event: line.stripe_event.as_deref(),
        stripe_session: line.stripe_session.as_deref(),
        stripe_payment_intent: line.stripe_payment_intent.as_deref(),
        detail: line.detail.as_deref(),
    }
}

#[derive(Serialize)]
pub(super) struct RunShape<'a> {
    id: RunId,
    started_at: Timestamp,
    finished_at: Option<Timestamp>,
    source: Channel,
    compared: &'a BTreeMap<String, u64>,
    repaired: &'a [Finding],
    differences: Vec<Finding>,
    payouts: &'a [Payout],
    requests: u64,
}

/// A pass. That it could not be finished is a difference that nobody must overlook.
pub(super) fn run(run: &Run) -> RunShape<'_> {
    let stopped = run.error.as_ref().map(|words| Finding {
        kind: "stopped".to_owned(),
        object: run.id.to_string(),
        invoice: None,
        review: None,
        detail: words.clone(),
    });
    RunShape {
        id: run.id,
        started_at: run.started_at,
        finished_at: run.finished_at,
        source: run.source,
        compared: &run.compared,
        repaired: &run.repaired,
        differences: run.differences.iter().cloned().chain(stopped).collect(),
        payouts: &run.payouts,
        requests: run.requests,
    }
}

#[derive(Serialize)]
pub(super) struct SettingsShape<'a> {
    business: BusinessShape<'a>,
    currency: Currency,
    time_zone: &'a str,
    language: &'a str,
    numbering: NumberingShape<'a>,
    terms_days: u16,
    tax_rates: &'a [NamedRate],
    notify_payments: bool,
}

#[derive(Serialize)]
struct BusinessShape<'a> {
    name: &'a str,
    address: AddressShape<'a>,
    tax_id: &'a str,
    email: &'a str,
    phone: &'a str,
    website: &'a str,
    iban: &'a str,
    bic: &'a str,
}

#[derive(Serialize)]
struct NumberingShape<'a> {
    pattern: &'a str,
    next: u64,
}

/// The settings; `next` counts in the series in use.
pub(super) fn settings(settings: &Settings, next: u64) -> SettingsShape<'_> {
    let business = &settings.business;
    SettingsShape {
        business: BusinessShape {
            name: &business.name,
            address: address(business),
            tax_id: &business.tax_id,
            email: &business.email,
            phone: &business.phone,
            website: &business.website,
            iban: &business.iban,
            bic: &business.bic,
        },
        currency: settings.currency,
        time_zone: &settings.time_zone,
        language: &settings.language,
        numbering: NumberingShape { pattern: settings.numbering.pattern().as_str(), next },
        terms_days: settings.terms_days,
        tax_rates: &settings.tax_rates,
        notify_payments: settings.notify_payments,
    }
}
