//! A fee that was paid on top of an invoice gets its document, in the transaction that applies what was paid.
//!
//! The rule it keeps: a fee is charged only by a payment that is exactly what was asked for, and whose part of the invoice
//! went to that invoice as a whole. In any other case the money is the customer's credit, and nobody owes a fee.

use super::{Refusal, day, number};
use crate::billing::bookings;
use crate::billing::fee_invoice::{Corrected, FeeInvoice, is_paid_by};
use crate::billing::id::RefundId;
use crate::billing::invoice::Invoice;
use crate::billing::passthrough::Fee;
use crate::billing::payment::Payment;
use crate::billing::settings::Documents;
use crate::store::{Error, Reader, Writer};

/// Charges the fee of a payment that was just booked, if it is paid by it.
///
/// # Errors
/// The store failed.
pub fn charge(
    w: &mut Writer<'_>,
    payment: &Payment,
    invoice: &Invoice,
    fee: &Fee,
) -> Result<Option<FeeInvoice>, Error> {
    if is_paid_by(fee, payment) { document(w, payment, invoice, fee) } else { Ok(None) }
}

/// The fee that money bore which was held when it came: all of it is there still, it is exactly what was asked for, and it
/// was asked for on this invoice.
///
/// # Errors
/// The store failed.
pub fn of_held(reader: &Reader<'_>, payment: &Payment, invoice: &Invoice) -> Result<Option<Fee>, Error> {
    let asked = payment.method.stripe().and_then(|stripe| stripe.attempt);
    let attempt = asked.map(|id| reader.attempt(id)).transpose()?.flatten();
    let fee = attempt.filter(|attempt| attempt.invoice == invoice.id).and_then(|attempt| attempt.fee);
    let is_whole = reader.free_credit_of(payment)? == payment.amount.minor();
    Ok(fee.filter(|fee| is_whole && fee.sum() == Some(payment.amount.minor())))
}

/// Charges the fee of money that was held and of which `applied` has just gone to its invoice.
///
/// # Errors
/// The store failed.
pub fn charge_after_all(
    w: &mut Writer<'_>,
    payment: &Payment,
    invoice: &Invoice,
    fee: &Fee,
    applied: i64,
) -> Result<Option<FeeInvoice>, Error> {
    if applied == fee.principal { document(w, payment, invoice, fee) } else { Ok(None) }
}

/// What a refund gave back of a payment's fee gets its correction; `minor` is below nothing for a refund that came to
/// nothing after all.
///
/// # Errors
/// The store failed.
pub fn correct(w: &mut Writer<'_>, payment: &Payment, refund: RefundId, minor: i64) -> Result<(), Error> {
    let Some(original) = w.fee_of_payment(payment.id)?.filter(|_| minor != 0) else { return Ok(()) };
    let earlier = w.corrections_of(&original)?;
    let before: i64 = earlier.iter().map(|document| -document.fee.total).sum();
    let Some(fee) = original.fee.taken_back(before, minor) else {
        return Err(Error::Unsound(format!("more of the fee {} went back than it was", original.number)));
    };
    let nth = u64::try_from(earlier.len()).unwrap_or(u64::MAX).saturating_add(1);
    let corrects = Corrected { document: original.id, number: original.number.clone(), refund, nth };
    numbered(w, FeeInvoice { fee, corrects: Some(corrects), ..original }).map(drop)
}

/// Stores and books a document under the next number of its series.
///
/// None if every number of the series is taken: money is booked all the same, and what is no fee is credit.
fn numbered(w: &mut Writer<'_>, document: FeeInvoice) -> Result<Option<FeeInvoice>, Error> {
    let mut settings = w.settings()?;
    let number = match number::take(w, &mut settings, Documents::FeeInvoices, document.book) {
        Ok(number) => number,
        Err(Refusal::Store(error)) => return Err(error),
        Err(refusal) => {
            tracing::error!(payment = %document.payment, reason = %refusal, "a fee that was paid could not be invoiced");
            return Ok(None);
        }
    };
    w.put_settings(&settings)?;
    let (id, issued_at) = (w.id()?, w.now());
    let document = FeeInvoice {
        id,
        number,
        issued_at,
        issue_date: day(&settings, issued_at),
        seller: settings.business,
        ..document
    };
    w.put_fee_invoice(&document)?;
    w.book(&bookings::fees::charged(&document)?)?;
    Ok(Some(document))
}

fn document(w: &mut Writer<'_>, payment: &Payment, invoice: &Invoice, fee: &Fee) -> Result<Option<FeeInvoice>, Error> {
    let now = w.now();
    let settings = w.settings()?;
    let earlier = w.fees_of_invoice(invoice.id)?;
    let document = FeeInvoice {
        id: w.id()?,
        number: String::new(),
        payment: payment.id,
        invoice: invoice.id,
        customer: invoice.content.customer,
        book: payment.book,
        ordinal: earlier.iter().map(|document| document.ordinal).max().map_or(1, |last| last.saturating_add(1)),
        issued_at: now,
        issue_date: day(&settings, now),
        currency: payment.amount.currency(),
        fee: fee.clone(),
        corrects: None,
        seller: settings.business,
        buyer: invoice.buyer.clone(),
    };
    numbered(w, document)
}

/// What of a payment's fee has not gone back, in minor units.
///
/// # Errors
/// The store failed.
pub fn left_of_fee(reader: &Reader<'_>, payment: &Payment) -> Result<i64, Error> {
    let Some(document) = reader.fee_of_payment(payment.id)? else { return Ok(0) };
    let refunds = reader.refunds_of_payment(payment.id)?;
    let standing = refunds.iter().filter(|refund| refund.stands()).filter_map(|refund| refund.accepted.as_ref());
    Ok(document.fee.total - standing.map(|accepted| accepted.from_fee).sum::<i64>())
}
