//! What a person had to decide, and how it was decided.

use super::{Table, text, word};
use crate::export::{Emit, ExportError};
use crate::store::Reader;

const HEAD: [&str; 11] = [
    "id",
    "reason",
    "invoice",
    "payment",
    "attempt",
    "opened_at",
    "detail",
    "decision",
    "note",
    "decided_at",
    "decided_by",
];

pub(super) fn write(reader: &Reader<'_>, emit: &mut Emit<'_>) -> Result<(), ExportError> {
    let mut table = Table::new("reviews.csv", emit, &HEAD)?;
    reader.each_review(|review| {
        let resolved = review.resolved.as_ref();
        table.row(&[
            review.id.to_string(),
            word(&review.reason)?,
            review.invoice.map(|id| id.to_string()).unwrap_or_default(),
            review.payment.map(|id| id.to_string()).unwrap_or_default(),
            review.attempt.map(|id| id.to_string()).unwrap_or_default(),
            review.opened_at.to_string(),
            text(&review.detail),
            resolved.map(|decided| decided.action.name().to_owned()).unwrap_or_default(),
            text(resolved.map(|decided| decided.note.as_str()).unwrap_or_default()),
            resolved.map(|decided| decided.at.to_string()).unwrap_or_default(),
            text(resolved.map(|decided| decided.by.as_str()).unwrap_or_default()),
        ])
    })?;
    table.end()
}
