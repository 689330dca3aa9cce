//! Money that comes, or was tried to come: attempts, payments, lines of the log.

use jiff::Timestamp;
use serde::Serialize;

use crate::billing::attempt::{self, Attempt};
use crate::billing::currency::Currency;
use crate::billing::id::{AttemptId, CustomerId, InvoiceId, PaymentId};
use crate::billing::ledger::Account;
use crate::billing::log::{Channel, Happening, LogLine};
use crate::billing::money::Money;
use crate::billing::movement::{Proceeds, Settlement};
use crate::billing::payment::Payment;
use crate::store::{self, Reader};

#[derive(Serialize)]
pub(in crate::web::api) struct AttemptShape<'a> {
    id: AttemptId,
    invoice: InvoiceId,
    session: Option<&'a str>,
    status: attempt::Outcome,
    amount: i64,
    currency: Currency,
    created_at: Timestamp,
}

pub(in crate::web::api) fn attempt(attempt: &Attempt) -> AttemptShape<'_> {
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
pub(in crate::web::api) struct PaymentShape {
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
    /// What Stripe settled in another currency; then `fee` and `net` stay null.
    #[serde(skip_serializing_if = "Option::is_none")]
    settlement: Option<Settlement>,
    received_at: Timestamp,
    stripe_payment_intent: Option<String>,
    stripe_charge: Option<String>,
    payout: Option<String>,
}

/// A payment; what of it is applied by now is in the ledger.
pub(in crate::web::api) fn payment(reader: &Reader<'_>, payment: &Payment) -> Result<PaymentShape, store::Error> {
    let (amount, currency) = (payment.amount.minor(), payment.amount.currency());
    let credit = -reader.balance(payment.book, currency, Account::Credit(payment.id))?;
    let stripe = payment.method.stripe();
    let is_taken_back = reader.taken_back_at(payment.id)?.is_some();
    let proceeds = Proceeds::of(payment, reader.movement_of_payment(payment.id)?.as_ref());
    Ok(PaymentShape {
        id: payment.id,
        invoice: payment.invoice,
        customer: payment.customer,
        method: payment.method.name().to_owned(),
        amount,
        currency,
        applied: if is_taken_back { 0 } else { amount.saturating_sub(credit) },
        refunded: 0,
        fee: proceeds.fee,
        net: proceeds.net,
        settlement: proceeds.settlement,
        received_at: payment.received_at,
        stripe_payment_intent: stripe.map(|receipt| receipt.payment_intent.clone()),
        stripe_charge: stripe.and_then(|receipt| receipt.charge.clone()),
        payout: proceeds.payout,
    })
}

#[derive(Serialize)]
pub(in crate::web::api) struct LogShape<'a> {
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

pub(in crate::web::api) fn log_line(line: &LogLine) -> LogShape<'_> {
    LogShape {
        seq: line.seq,
        at: line.at,
        kind: line.kind,
        source: line.source,
        amount: line.amount.map(Money::minor),
        currency: line.amount.map(Money::currency),
        stripe_event: line.stripe_event.as_deref(),
        stripe_session: line.stripe_session.as_deref(),
        stripe_payment_intent: line.stripe_payment_intent.as_deref(),
        detail: line.detail.as_deref(),
    }
}
