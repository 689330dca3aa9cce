//! The owner records money that came another way than through Stripe: a bank transfer, cash, a check.
//!
//! Such a payment is a fact and is recorded even while a checkout is open; the checkout is then closed at Stripe, and
//! money that still comes of it is held as credit and shown.

use jiff::civil::Date;

use super::book_receipt::{self, Receipt};
use super::{Actor, Refusal, day, issued};
use crate::billing::field::{Findings, Lines};
use crate::billing::id::InvoiceId;
use crate::billing::money::Money;
use crate::billing::payment::{Method, Payment};
use crate::store::Writer;

const REFERENCE_CHARS_MAX: usize = 200;

/// What the owner saw.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// ISO minor units of the invoice's currency.
    pub amount: i64,
    pub method: Method,
    /// Today if not said.
    pub received_on: Option<Date>,
    pub reference: String,
}

/// Records a payment of an issued invoice. More than is due becomes credit and a review.
///
/// # Errors
/// The invoice is not issued, or a field is not as it must be.
pub fn record(w: &mut Writer<'_>, id: InvoiceId, seen: &Recorded, actor: &Actor) -> Result<Payment, Refusal> {
    let invoice = issued(w, id)?;
    if seen.amount <= 0 {
        return Err(Refusal::field("amount", "must be more than nothing"));
    }
    let amount = Money::new(seen.amount, invoice.content.currency).map_err(|error| Refusal::field("amount", error))?;
    let mut found = Findings::under("");
    found.text("reference", &seen.reference, REFERENCE_CHARS_MAX, Lines::One);
    match found.into_errors() {
        errors if errors.is_empty() => {}
        errors => return Err(Refusal::Invalid(errors)),
    }
    let today = day(&w.settings()?, w.now());
    let received_on = seen.received_on.unwrap_or(today);
    if received_on > today {
        return Err(Refusal::field("received_on", "is in the future"));
    }
    let receipt = Receipt {
        customer: Some(invoice.content.customer),
        book: invoice.book,
        amount,
        method: seen.method.clone(),
        received_at: w.now(),
        received_on,
        source: actor.channel,
        reference: seen.reference.clone(),
        payer_email: None,
        apply: true,
        event: None,
        note: String::new(),
        invoice: Some(invoice),
    };
    Ok(book_receipt::book(w, receipt)?)
}
