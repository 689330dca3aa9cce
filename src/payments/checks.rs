//! What must hold before money counts as the payment of its invoice: Stripe's own statements against what was frozen
//! in the attempt before Stripe was asked.
//!
//! Amounts are compared in Stripe's scaling on both sides: what was sent, and what came back.

use serde::Serialize;
use serde_json::Value;

use super::objects::{APP, CaptureMethod, Charge, CheckoutSession, PaymentIntent, PaymentStatus, SessionMode};
use super::scale;
use crate::billing::attempt::Attempt;
use crate::billing::bookings::book_of;
use crate::billing::money::Money;
use crate::billing::passthrough::Fee;
use crate::billing::review::{Evidence, Reason};

/// A check that did not hold.
#[derive(Clone, Debug)]
pub struct Failed {
    pub reason: Reason,
    pub evidence: Evidence,
}

impl Failed {
    pub fn new(reason: Reason, name: &str, stripe: impl Into<String>, books: impl Into<String>) -> Self {
        Self { reason, evidence: Evidence::new(name, stripe, books) }
    }
}

/// The reason that a person should see first.
#[must_use]
pub fn gravest(failed: &[Failed]) -> Reason {
    let order = [Reason::ReferenceMismatch, Reason::CurrencyMismatch, Reason::AmountMismatch];
    order
        .into_iter()
        .find(|reason| failed.iter().any(|failed| failed.reason == *reason))
        .unwrap_or(Reason::AmountMismatch)
}

/// Every check that does not hold; none means that the money is the payment of the attempt's invoice.
#[must_use]
pub fn run(appliance: &str, attempt: &Attempt, session: &CheckoutSession, intent: &PaymentIntent) -> Vec<Failed> {
    let mut failed = Vec::new();
    references(&mut failed, appliance, attempt, session, intent);
    currencies(&mut failed, attempt, session, intent);
    amounts(&mut failed, attempt, session, intent);
    match intent.charge() {
        Some(charge) => charged(&mut failed, attempt, intent, charge),
        None => failed.push(Failed::new(Reason::AmountMismatch, "Charge", "none", "one")),
    }
    failed
}

fn references(
    failed: &mut Vec<Failed>,
    appliance: &str,
    attempt: &Attempt,
    session: &CheckoutSession,
    intent: &PaymentIntent,
) {
    let (id, invoice) = (attempt.id.to_string(), attempt.invoice.to_string());
    let named = |key: &str| session.metadata.get(key).cloned().unwrap_or_default();
    let compared = [
        ("Checkout", session.name().to_owned(), attempt.session.clone().unwrap_or_default()),
        ("Reference", session.client_reference_id.clone().unwrap_or_default(), id.clone()),
        ("Installation", named(APP), appliance.to_owned()),
        ("Attempt", named("attempt"), id.clone()),
        ("Invoice", named("invoice"), invoice),
        ("Attempt of the payment", intent.metadata.get("attempt").cloned().unwrap_or_default(), id),
    ];
    if session.mode != Some(SessionMode::Payment) {
        failed.push(Failed::new(Reason::ReferenceMismatch, "Mode", word(session.mode.as_ref()), "payment"));
    }
    // Without `livemode` nobody said that it is real money, nor that it is not.
    let modes = [("Mode of the checkout", session.livemode), ("Mode of the payment", intent.livemode)];
    for (name, livemode) in modes {
        if livemode.map(book_of) != Some(attempt.book) {
            let stripe = livemode.map_or("unsaid", |live| if live { "live" } else { "test" });
            let books = if attempt.book.is_test() { "test" } else { "live" };
            failed.push(Failed::new(Reason::ReferenceMismatch, name, stripe, books));
        }
    }
    for (name, stripe, books) in compared {
        if stripe != books {
            failed.push(Failed::new(Reason::ReferenceMismatch, name, stripe, books));
        }
    }
}

fn currencies(failed: &mut Vec<Failed>, attempt: &Attempt, session: &CheckoutSession, intent: &PaymentIntent) {
    let expected = attempt.amount.currency().code().to_lowercase();
    // A charge that is not there fails for that alone.
    let charge = intent.charge().map_or(Some(expected.as_str()), |charge| charge.currency.as_deref());
    let compared = [
        ("Currency", session.currency.as_deref()),
        ("Currency of the payment", intent.currency.as_deref()),
        ("Currency of the charge", charge),
    ];
    for (name, currency) in compared {
        let stripe = currency.unwrap_or_default().to_lowercase();
        if stripe != expected {
            failed.push(Failed::new(
                Reason::CurrencyMismatch,
                name,
                stripe.to_uppercase(),
                attempt.amount.currency().code(),
            ));
        }
    }
}

fn amounts(failed: &mut Vec<Failed>, attempt: &Attempt, session: &CheckoutSession, intent: &PaymentIntent) {
    if !attempt.adds_up() {
        let parts = attempt.fee.as_ref().and_then(Fee::sum);
        let parts = parts.and_then(|sum| Money::new(sum, attempt.amount.currency()).ok());
        let books = parts.map_or_else(|| "nothing".to_owned(), |sum| sum.to_string());
        failed.push(Failed::new(Reason::AmountMismatch, "Invoice and fee", attempt.amount.to_string(), books));
    }
    let compared = [
        ("Amount", session.amount_total),
        ("Amount of the payment", intent.amount),
        ("Amount received", intent.amount_received),
    ];
    for (name, wire) in compared {
        compare_amount(failed, name, attempt.amount, wire);
    }
    let added = session.total_details.as_ref();
    let extras = [
        ("Discount", added.and_then(|added| added.amount_discount)),
        ("Tax", added.and_then(|added| added.amount_tax)),
        ("Shipping", added.and_then(|added| added.amount_shipping)),
    ];
    for (name, wire) in extras {
        if let Some(wire) = wire.filter(|&wire| wire != 0) {
            failed.push(Failed::new(
                Reason::AmountMismatch,
                name,
                scale::in_words(wire, attempt.amount.currency()),
                "nothing",
            ));
        }
    }
    if session.payment_status != Some(PaymentStatus::Paid) {
        let state = word(session.payment_status.as_ref());
        failed.push(Failed::new(Reason::AmountMismatch, "State of the checkout", state, "paid"));
    }
    if !intent.has_succeeded() || intent.capture_method == Some(CaptureMethod::Manual) {
        let state = word(intent.status.as_ref());
        failed.push(Failed::new(Reason::AmountMismatch, "State of the payment", state, "succeeded"));
    }
}

fn charged(failed: &mut Vec<Failed>, attempt: &Attempt, intent: &PaymentIntent, charge: &Charge) {
    compare_amount(failed, "Amount charged", attempt.amount, charge.amount_captured);
    if charge.intent_name() != intent.id.as_deref() {
        failed.push(Failed::new(Reason::ReferenceMismatch, "Payment of the charge", charge.name(), intent.name()));
    }
    let done = charge.has_succeeded() && charge.paid == Some(true) && charge.captured == Some(true);
    if !done {
        let state = word(charge.status.as_ref());
        failed.push(Failed::new(Reason::AmountMismatch, "State of the charge", state, "succeeded"));
    }
}

fn compare_amount(failed: &mut Vec<Failed>, name: &str, expected: Money, wire: Option<i64>) {
    let sent = scale::scale(expected.currency().code()).and_then(|scale| scale.to_stripe(expected.minor()).ok());
    if wire.is_none() || wire != sent {
        let stripe = wire.map_or_else(|| "nothing".to_owned(), |wire| scale::in_words(wire, expected.currency()));
        failed.push(Failed::new(Reason::AmountMismatch, name, stripe, expected.to_string()));
    }
}

/// Stripe's own word, as it stands in its answer.
pub(super) fn word(said: Option<&impl Serialize>) -> String {
    match said.map(serde_json::to_value) {
        Some(Ok(Value::String(word))) => word,
        _ => "unsaid".to_owned(),
    }
}
