//! Money that comes, or was tried to come: attempts, payments, lines of the log.

use jiff::Timestamp;
use serde::Serialize;

use crate::actions::charge_fee;
use crate::billing::attempt::{self, Attempt};
use crate::billing::currency::Currency;
use crate::billing::dispute::Dispute;
use crate::billing::id::{AttemptId, CreditNoteId, CustomerId, DisputeId, InvoiceId, PaymentId, RefundId};
use crate::billing::log::{About, Channel, Happening, LogLine};
use crate::billing::money::Money;
use crate::billing::movement::Settlement;
use crate::billing::payment::Payment;
use crate::billing::refund::{self, Refund};
use crate::store::{self, PaymentStatus, Reader};
use crate::web::api::fee::{self, FeeInvoiceShape};

#[derive(Serialize)]
pub(in crate::web::api) struct AttemptShape<'a> {
    id: AttemptId,
    invoice: InvoiceId,
    session: Option<&'a str>,
    status: attempt::Outcome,
    amount: i64,
    currency: Currency,
    #[serde(serialize_with = "crate::web::api::time::exact")]
    created_at: Timestamp,
    /// What of the amount is the fee on top of the invoice.
    #[serde(skip_serializing_if = "Option::is_none")]
    fee: Option<i64>,
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
        fee: attempt.fee.as_ref().map(|fee| fee.total),
    }
}

#[derive(Serialize)]
pub(in crate::web::api) struct PaymentShape {
    id: PaymentId,
    /// Whether it is money that came.
    status: PaymentStatus,
    invoice: Option<InvoiceId>,
    customer: Option<CustomerId>,
    method: String,
    amount: i64,
    currency: Currency,
    applied: i64,
    /// What is owed back to the customer.
    held: i64,
    refunded: i64,
    fee: Option<i64>,
    net: Option<i64>,
    /// What Stripe settled in another currency; then `fee` and `net` stay null.
    #[serde(skip_serializing_if = "Option::is_none")]
    settlement: Option<Settlement>,
    #[serde(serialize_with = "crate::web::api::time::exact")]
    received_at: Timestamp,
    #[serde(serialize_with = "crate::web::api::time::exact_if")]
    taken_back_at: Option<Timestamp>,
    stripe_payment_intent: Option<String>,
    stripe_charge: Option<String>,
    payout: Option<String>,
    /// The document of the fee that the payer paid on top of the invoice.
    #[serde(skip_serializing_if = "Option::is_none")]
    fee_document: Option<FeeInvoiceShape>,
}

/// A payment, and what has become of its money.
pub(in crate::web::api) fn payment(reader: &Reader<'_>, payment: &Payment) -> Result<PaymentShape, store::Error> {
    let stripe = payment.method.stripe();
    let document = reader.fee_of_payment(payment.id)?;
    let left_of_fee = charge_fee::left_of_fee(reader, payment)?;
    let corrections =
        document.as_ref().map(|document| reader.corrections_of(document)).transpose()?.unwrap_or_default();
    let tally = reader.tally(payment)?;
    Ok(PaymentShape {
        id: payment.id,
        status: tally.status(),
        invoice: payment.invoice,
        customer: payment.customer,
        method: payment.method.name().to_owned(),
        amount: payment.amount.minor(),
        currency: payment.amount.currency(),
        applied: tally.applied(),
        held: tally.held,
        refunded: tally.refunded,
        fee: tally.proceeds.fee,
        net: tally.proceeds.net,
        settlement: tally.proceeds.settlement,
        received_at: payment.received_at,
        taken_back_at: tally.taken_back_at,
        stripe_payment_intent: stripe.map(|receipt| receipt.payment_intent.clone()),
        stripe_charge: stripe.and_then(|receipt| receipt.charge.clone()),
        payout: tally.proceeds.payout,
        fee_document: document.map(|document| fee::document(&document, left_of_fee, &corrections)),
    })
}

#[derive(Serialize)]
pub(in crate::web::api) struct RefundShape<'a> {
    id: RefundId,
    payment: PaymentId,
    invoice: Option<InvoiceId>,
    amount: i64,
    currency: Currency,
    status: refund::Status,
    reason: Option<refund::Reason>,
    source: refund::Origin,
    stripe_refund: Option<&'a str>,
    /// The credit note that it was asked for with.
    #[serde(skip_serializing_if = "Option::is_none")]
    credit_note: Option<CreditNoteId>,
    #[serde(serialize_with = "crate::web::api::time::exact")]
    created_at: Timestamp,
    /// Why it failed, in words, if it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
}

pub(in crate::web::api) fn refund(refund: &Refund) -> RefundShape<'_> {
    RefundShape {
        id: refund.id,
        payment: refund.payment,
        invoice: refund.invoice,
        amount: refund.amount.minor(),
        currency: refund.amount.currency(),
        status: refund.status(),
        reason: refund.reason,
        source: refund.origin,
        stripe_refund: refund.stripe_refund.as_deref(),
        credit_note: refund.credit_note,
        created_at: refund.created_at,
        detail: refund.why_not(),
    }
}

#[derive(Serialize)]
pub(in crate::web::api) struct DisputeShape<'a> {
    id: DisputeId,
    payment: PaymentId,
    invoice: Option<InvoiceId>,
    amount: i64,
    currency: Currency,
    status: &'a str,
    reason: &'a str,
    #[serde(serialize_with = "crate::web::api::time::exact_if")]
    respond_by: Option<Timestamp>,
    stripe_dispute: &'a str,
    #[serde(serialize_with = "crate::web::api::time::exact")]
    opened_at: Timestamp,
}

/// A dispute, in Stripe's own status words.
pub(in crate::web::api) fn dispute(dispute: &Dispute) -> DisputeShape<'_> {
    DisputeShape {
        id: dispute.id,
        payment: dispute.payment,
        invoice: dispute.invoice,
        amount: dispute.amount.minor(),
        currency: dispute.amount.currency(),
        status: dispute.status.name(),
        reason: &dispute.reason,
        respond_by: dispute.respond_by,
        stripe_dispute: &dispute.stripe_dispute,
        opened_at: dispute.opened_at,
    }
}

#[derive(Serialize)]
pub(in crate::web::api) struct LogShape<'a> {
    seq: u64,
    #[serde(serialize_with = "crate::web::api::time::exact")]
    at: Timestamp,
    kind: Happening,
    /// What it is about where the kind alone would be read as something else.
    #[serde(skip_serializing_if = "Option::is_none")]
    about: Option<About>,
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
        about: line.about,
        source: line.source,
        amount: line.amount.map(Money::minor),
        currency: line.amount.map(Money::currency),
        stripe_event: line.stripe_event.as_deref(),
        stripe_session: line.stripe_session.as_deref(),
        stripe_payment_intent: line.stripe_payment_intent.as_deref(),
        detail: line.detail.as_deref(),
    }
}
