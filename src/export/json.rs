//! The records as they are stored, an array a file, a record a line.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;

use super::{Emit, ExportError, Part};
use crate::billing::payment::Payment;
use crate::store::{PaymentStatus, Reader, Tally};

pub(super) fn write(reader: &Reader<'_>, emit: &mut Emit<'_>) -> Result<(), ExportError> {
    emit(Part::File("settings.json"))?;
    let settings = serde_json::to_vec_pretty(&reader.settings()?)?;
    emit(Part::Data(&settings))?;
    array("customers.json", emit, |list| reader.each_customer(|customer| list.add(&customer)))?;
    array("invoices.json", emit, |list| {
        reader.each_document(|document| {
            let summary = reader.summary(document.id())?;
            let status = summary.as_ref().map(|summary| summary.status);
            let standing = summary.map(|summary| summary.standing);
            list.add(&json!({ "document": document, "status": status, "standing": standing }))
        })
    })?;
    array("payments.json", emit, |list| {
        reader.each_payment(|payment| {
            let tally = reader.tally(&payment)?;
            list.add(&PaymentRecord::of(payment, &tally))
        })
    })?;
    array("disputes.json", emit, |list| reader.each_dispute(|dispute| list.add(&dispute)))?;
    array("movements.json", emit, |list| reader.each_movement(|movement| list.add(&movement)))?;
    array("payouts.json", emit, |list| reader.each_payout(|payout| list.add(&payout)))?;
    array("credit_notes.json", emit, |list| reader.each_credit_note(|note| list.add(&note)))?;
    array("fee_invoices.json", emit, |list| reader.each_fee_invoice(|document| list.add(&document)))?;
    array("refunds.json", emit, |list| reader.each_refund(|refund| list.add(&refund)))?;
    array("ledger.json", emit, |list| {
        reader.each_entry(|seq, entry| list.add(&json!({ "seq": seq, "entry": entry })))
    })?;
    array("log.json", emit, |list| {
        reader.each_log_line(|invoice, line| list.add(&json!({ "invoice": invoice, "line": line })))
    })?;
    array("reviews.json", emit, |list| reader.each_review(|review| list.add(&review)))
}

/// A payment as it is stored, but for what of it is applied by now; and what else has become of its money.
#[derive(Serialize)]
struct PaymentRecord<'a> {
    #[serde(flatten)]
    payment: Payment,
    applied_when_booked: i64,
    status: PaymentStatus,
    taken_back_at: Option<Timestamp>,
    held: i64,
    refunded: i64,
    fee: Option<i64>,
    net: Option<i64>,
    payout: Option<&'a str>,
}

impl<'a> PaymentRecord<'a> {
    fn of(payment: Payment, tally: &'a Tally) -> Self {
        Self {
            applied_when_booked: payment.applied,
            payment: Payment { applied: tally.applied(), ..payment },
            status: tally.status(),
            taken_back_at: tally.taken_back_at,
            held: tally.held,
            refunded: tally.refunded,
            fee: tally.proceeds.fee,
            net: tally.proceeds.net,
            payout: tally.proceeds.payout.as_deref(),
        }
    }
}

/// An array that is written as it grows.
struct List<'a, 'e> {
    emit: &'a mut Emit<'e>,
    is_empty: bool,
}

impl List<'_, '_> {
    fn add(&mut self, record: &impl Serialize) -> Result<(), ExportError> {
        let mut line = if self.is_empty { b"[\n".to_vec() } else { b",\n".to_vec() };
        self.is_empty = false;
        serde_json::to_writer(&mut line, record)?;
        Ok((self.emit)(Part::Data(&line))?)
    }
}

fn array<'e>(
    name: &str,
    emit: &mut Emit<'e>,
    fill: impl FnOnce(&mut List<'_, 'e>) -> Result<(), ExportError>,
) -> Result<(), ExportError> {
    emit(Part::File(name))?;
    let mut list = List { emit, is_empty: true };
    fill(&mut list)?;
    let end: &[u8] = if list.is_empty { b"[]\n" } else { b"\n]\n" };
    Ok((list.emit)(Part::Data(end))?)
}
