//! Credit notes and their lines as tables.

use super::{Table, decimal, text, word};
use crate::export::{Emit, ExportError};
use crate::store::Reader;

pub(super) fn credit_notes(reader: &Reader<'_>, emit: &mut Emit<'_>) -> Result<(), ExportError> {
    let head = [
        "id",
        "number",
        "invoice",
        "customer",
        "test",
        "currency",
        "issue_date",
        "net",
        "tax",
        "total",
        "applied",
        "refunded_before",
        "settle",
        "reason",
        "issued_at",
    ];
    let mut table = Table::new("credit_notes.csv", emit, &head)?;
    reader.each_credit_note(|note| {
        table.row(&[
            note.id.to_string(),
            text(&note.number),
            note.invoice.to_string(),
            note.customer.to_string(),
            note.book.is_test().to_string(),
            note.currency.code().to_owned(),
            note.issue_date.to_string(),
            decimal(note.totals.subtotal, note.currency),
            decimal(note.totals.tax, note.currency),
            decimal(note.totals.total, note.currency),
            decimal(note.applied, note.currency),
            decimal(note.taken_over, note.currency),
            word(&note.settle)?,
            text(&note.reason),
            note.issued_at.to_string(),
        ])
    })?;
    table.end()
}
