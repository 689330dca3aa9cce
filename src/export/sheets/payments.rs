//! Money that arrived, and what has become of it; what was recorded by mistake is marked.

use super::{Table, decimal, text};
use crate::export::{Emit, ExportError};
use crate::store::Reader;

const HEAD: [&str; 20] = [
    "id",
    "invoice",
    "customer",
    "test",
    "currency",
    "amount",
    "applied",
    "fee",
    "net",
    "payout",
    "method",
    "received_on",
    "received_at",
    "reference",
    "stripe_payment_intent",
    "stripe_charge",
    "status",
    "taken_back_at",
    "held",
    "refunded",
];

pub(super) fn payments(reader: &Reader<'_>, emit: &mut Emit<'_>) -> Result<(), ExportError> {
    let mut table = Table::new("payments.csv", emit, &HEAD)?;
    reader.each_payment(|payment| {
        let currency = payment.amount.currency();
        let (stripe, tally) = (payment.method.stripe(), reader.tally(&payment)?);
        let known = |minor: Option<i64>| minor.map(|minor| decimal(minor, currency)).unwrap_or_default();
        table.row(&[
            payment.id.to_string(),
            payment.invoice.map(|id| id.to_string()).unwrap_or_default(),
            payment.customer.map(|id| id.to_string()).unwrap_or_default(),
            payment.book.is_test().to_string(),
            currency.code().to_owned(),
            decimal(payment.amount.minor(), currency),
            decimal(tally.applied(), currency),
            known(tally.proceeds.fee),
            known(tally.proceeds.net),
            text(tally.proceeds.payout.as_deref().unwrap_or_default()),
            text(payment.method.name()),
            payment.received_on.to_string(),
            payment.received_at.to_string(),
            text(&payment.reference),
            text(stripe.map(|stripe| stripe.payment_intent.as_str()).unwrap_or_default()),
            text(stripe.and_then(|stripe| stripe.charge.as_deref()).unwrap_or_default()),
            tally.status().name().to_owned(),
            tally.taken_back_at.map(|at| at.to_string()).unwrap_or_default(),
            decimal(tally.held, currency),
            decimal(tally.refunded, currency),
        ])
    })?;
    table.end()
}
