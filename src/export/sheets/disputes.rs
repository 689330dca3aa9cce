//! Payments that a bank wanted back, or asked about.

use super::{Table, decimal, text};
use crate::export::{Emit, ExportError};
use crate::store::Reader;

const HEAD: [&str; 13] = [
    "id",
    "payment",
    "invoice",
    "test",
    "currency",
    "amount",
    "lost",
    "status",
    "reason",
    "respond_by",
    "stripe_dispute",
    "opened_at",
    "closed_at",
];

pub(super) fn disputes(reader: &Reader<'_>, emit: &mut Emit<'_>) -> Result<(), ExportError> {
    let mut table = Table::new("disputes.csv", emit, &HEAD)?;
    reader.each_dispute(|dispute| {
        let currency = dispute.amount.currency();
        // A loss in another currency than the payment's stands in the ledger alone.
        let lost = reader.lost_by(&dispute)?.get(&currency).copied().unwrap_or(0);
        let time = |at: Option<jiff::Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
        table.row(&[
            dispute.id.to_string(),
            dispute.payment.to_string(),
            dispute.invoice.map(|id| id.to_string()).unwrap_or_default(),
            dispute.book.is_test().to_string(),
            currency.code().to_owned(),
            decimal(dispute.amount.minor(), currency),
            decimal(lost, currency),
            text(dispute.status.name()),
            text(&dispute.reason),
            time(dispute.respond_by),
            text(&dispute.stripe_dispute),
            dispute.opened_at.to_string(),
            time(dispute.closed_at),
        ])
    })?;
    table.end()
}
