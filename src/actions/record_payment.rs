//! The owner records money that came another way than through Stripe: a bank transfer, cash, a check.
//!
//! Such a payment is a fact and is recorded even while a checkout is open; the checkout is then closed at Stripe, and
//! money that still comes of it is held as credit and shown.

use jiff::ToSpan;
use jiff::civil::Date;

use super::book_receipt::{self, Checks, Receipt};
use super::{Actor, Refusal, day, issued, start_of_day};
use crate::billing::field::{Findings, Lines};
use crate::billing::id::InvoiceId;
use crate::billing::invoice::Invoice;
use crate::billing::money::Money;
use crate::billing::payment::{Method, Payment};
use crate::store::Writer;

const REFERENCE_CHARS_MAX: usize = 200;
const BEFORE_ISSUE_YEARS_MAX: i32 = 1;
/// How many times the invoice's total may come at once: beyond it, a decimal mark was forgotten.
const TIMES_TOTAL_MAX: i64 = 100;

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
        return Err(Refusal::field("amount", "Write an amount of more than nothing."));
    }
    let most = invoice.totals.total.saturating_mul(TIMES_TOTAL_MAX);
    if most > 0 && seen.amount > most {
        let words = format!(
            "This is more than {TIMES_TOTAL_MAX} times the invoice's total of {}. Check the amount.",
            invoice.total()
        );
        return Err(Refusal::field("amount", words));
    }
    let amount = Money::new(seen.amount, invoice.content.currency).map_err(|error| Refusal::field("amount", error))?;
    let mut found = Findings::under("");
    found.text("reference", &seen.reference, REFERENCE_CHARS_MAX, Lines::One);
    match found.into_errors() {
        errors if errors.is_empty() => {}
        errors => return Err(Refusal::Invalid(errors)),
    }
    let (settings, now) = (w.settings()?, w.now());
    let today = day(&settings, now);
    let received_on = seen.received_on.unwrap_or(today);
    check_day(received_on, today, &invoice)?;
    once(w, &invoice, seen, received_on)?;
    // A day that was named has no time of day; without one, the money came now.
    let received_at = seen.received_on.map_or(now, |date| start_of_day(&settings, date).min(now));
    let receipt = Receipt {
        customer: Some(invoice.content.customer),
        book: invoice.book,
        amount,
        method: seen.method.clone(),
        fee: None,
        received_at,
        received_on,
        source: actor.channel,
        reference: seen.reference.clone(),
        payer_email: None,
        checks: Checks::Passed,
        event: None,
        note: String::new(),
        invoice: Some(invoice),
    };
    Ok(book_receipt::book(w, receipt)?)
}

/// What a bank calls a payment it calls no other of that day: a statement that is read twice brings no money twice.
fn once(w: &Writer<'_>, invoice: &Invoice, seen: &Recorded, received_on: Date) -> Result<(), Refusal> {
    let reference = seen.reference.trim();
    let is_same = |known: &Payment| {
        known.reference.trim() == reference
            && known.amount.minor() == seen.amount
            && known.method == seen.method
            && known.received_on == received_on
    };
    let standing = w.standing_payments_of_invoice(invoice.id)?;
    match standing.iter().find(|known| !reference.is_empty() && is_same(known)) {
        Some(known) => Err(Refusal::conflict(format!(
            "{} with the reference “{reference}” is recorded already for {received_on}. If it came twice that day, write \
             another reference.",
            known.amount
        ))),
        None => Ok(()),
    }
}

/// A deposit may come before its invoice, but what is older than a year is a mistyped year.
fn check_day(received_on: Date, today: Date, invoice: &Invoice) -> Result<(), Refusal> {
    if received_on > today {
        return Err(Refusal::field("received_on", "This day has not come yet. Write the day on which the money came."));
    }
    if received_on < invoice.issue_date.saturating_sub(BEFORE_ISSUE_YEARS_MAX.years()) {
        let words = format!(
            "This is more than a year before the invoice was issued on {}. Check the year.",
            invoice.issue_date
        );
        return Err(Refusal::field("received_on", words));
    }
    Ok(())
}
