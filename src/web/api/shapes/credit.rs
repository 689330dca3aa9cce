//! A credit note, and what is held for a customer.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::invoice::{LineShape, TaxShape, line_shape, tax};
use crate::billing::credit_note::{CreditNote, Settle};
use crate::billing::currency::Currency;
use crate::billing::customer_credit::Held;
use crate::billing::id::{CreditNoteId, CustomerId, InvoiceId, RefundId};
use crate::store::{self, Reader};

#[derive(Serialize)]
pub(in crate::web::api) struct CreditNoteShape {
    pub id: CreditNoteId,
    number: String,
    invoice: InvoiceId,
    customer: CustomerId,
    currency: Currency,
    prices_include_tax: bool,
    lines: Vec<LineShape>,
    subtotal: i64,
    taxes: Vec<TaxShape>,
    tax: i64,
    total: i64,
    reason: String,
    settle: Settle,
    settled: SettledShape,
    /// What of it is still held for the customer and may be used.
    credit_left: i64,
    /// The refunds that pay it back, oldest first.
    refunds: Vec<RefundId>,
    #[serde(serialize_with = "crate::web::api::time::exact")]
    issued_at: Timestamp,
}

/// What became of the total; the four add up to it. `refund` is what went back, before the note or since, or may be on
/// its way. `taken_back` was refunded by nobody: it went with money that a payer's bank took back, or that another refund
/// gave back.
#[derive(Serialize)]
struct SettledShape {
    invoice: i64,
    customer_credit: i64,
    refund: i64,
    taken_back: i64,
}

pub(in crate::web::api) fn credit_note(
    reader: &Reader<'_>,
    note: &CreditNote,
) -> Result<CreditNoteShape, store::Error> {
    let totals = &note.totals;
    let (left, free) = (reader.left_of_note(note)?, reader.free_credit_of_note(note)?);
    let (refund, taken_back) = (reader.paid_back_by(note)? + left - free, reader.lost_of_note(note)?);
    let customer_credit = note.beyond().minor() - refund - taken_back;
    let refunds = reader.refunds_of_note(note)?.into_iter().map(|refund| refund.id).collect();
    Ok(CreditNoteShape {
        id: note.id,
        number: note.number.clone(),
        invoice: note.invoice,
        customer: note.customer,
        currency: note.currency,
        prices_include_tax: note.prices_include_tax,
        lines: note.lines.iter().zip(&totals.lines).map(|(line, total)| line_shape(line, *total)).collect(),
        subtotal: totals.subtotal,
        taxes: totals.taxes.iter().map(tax).collect(),
        tax: totals.tax,
        total: totals.total,
        reason: note.reason.clone(),
        settle: note.settle,
        settled: SettledShape { invoice: note.applied, customer_credit, refund, taken_back },
        credit_left: free,
        refunds,
        issued_at: note.issued_at,
    })
}

/// What is held for a customer in one currency.
#[derive(Serialize)]
pub(in crate::web::api) struct CreditShape {
    currency: Currency,
    amount: i64,
}

pub(in crate::web::api) fn credit(held: &[Held]) -> Vec<CreditShape> {
    let mut sums: BTreeMap<Currency, i64> = BTreeMap::new();
    for held in held {
        let sum = sums.entry(held.amount.currency()).or_default();
        *sum = sum.saturating_add(held.amount.minor());
    }
    sums.into_iter().map(|(currency, amount)| CreditShape { currency, amount }).collect()
}
