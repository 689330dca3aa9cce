//! Credit that a customer has pays another of the customer's invoices: the oldest money first.
//!
//! Only money of the invoice's own currency and mode, and none that still waits for a decision.

use super::{Actor, Refusal, checkout, issued, write_off};
use crate::billing::bookings;
use crate::billing::customer_credit::{Held, Holder};
use crate::billing::id::InvoiceId;
use crate::billing::invoice::Invoice;
use crate::billing::log::{About, Happening, LogLine};
use crate::billing::money::Money;
use crate::store::{Error, Reader, Writer};

/// What of the customer's credit could pay an invoice.
///
/// # Errors
/// The store failed.
pub fn usable(reader: &Reader<'_>, invoice: &Invoice) -> Result<Vec<Held>, Error> {
    let mut held = reader.held_for(invoice.content.customer)?;
    held.retain(|held| held.book == invoice.book && held.amount.currency() == invoice.content.currency);
    Ok(held)
}

/// What of the customer's credit could pay an invoice now, in minor units: as far as something is due on it.
///
/// # Errors
/// The store failed.
pub fn possible(reader: &Reader<'_>, invoice: &Invoice) -> Result<i64, Error> {
    let standing = reader.standing(invoice)?;
    if invoice.void.is_some() || standing.processing || standing.due() <= 0 {
        return Ok(0);
    }
    let credit: i64 = usable(reader, invoice)?.iter().map(|held| held.amount.minor()).sum();
    Ok(credit.min(standing.due()))
}

/// Whether so much credit could be used, open checkouts aside.
///
/// # Errors
/// Nothing is due, or the amount is more than is due or held.
pub fn check(reader: &Reader<'_>, id: InvoiceId, amount: i64) -> Result<Invoice, Refusal> {
    let invoice = issued(reader, id)?;
    if invoice.void.is_some() {
        return Err(Refusal::conflict(format!("Invoice {} is void and is not to be paid.", invoice.number)));
    }
    let standing = reader.standing(&invoice)?;
    checkout::refuse_under_way(&invoice, &standing)?;
    if standing.due() <= 0 {
        return Err(Refusal::conflict(format!("Nothing is due on invoice {}.", invoice.number)));
    }
    let possible = possible(reader, &invoice)?;
    if possible == 0 {
        let currency = invoice.content.currency;
        return Err(Refusal::conflict(format!("The customer has no credit in {currency} that could be used.")));
    }
    if !(1..=possible).contains(&amount) {
        let most = Money::new(possible, invoice.content.currency).map_err(|error| Refusal::field("amount", error))?;
        return Err(Refusal::field("amount", format_args!("Write an amount of more than nothing and at most {most}.")));
    }
    Ok(invoice)
}

/// Uses credit for an invoice of which no checkout is open any more.
///
/// # Errors
/// As [`check`], or a checkout is open.
pub fn apply(w: &mut Writer<'_>, id: InvoiceId, amount: i64, actor: &Actor) -> Result<Invoice, Refusal> {
    let invoice = check(w, id, amount)?;
    checkout::refuse_live(w, id)?;
    write_off::ask_again(w, &invoice)?;
    let mut missing = amount;
    for held in usable(w, &invoice)? {
        let used = held.amount.minor().min(missing);
        if used > 0 {
            use_one(w, &invoice, &held, used, actor)?;
            missing -= used;
        }
    }
    Ok(invoice)
}

fn use_one(w: &mut Writer<'_>, invoice: &Invoice, held: &Held, used: i64, actor: &Actor) -> Result<(), Refusal> {
    let ordinal = w.uses_so_far(held.by)?.saturating_add(1);
    w.book(&bookings::credit::used(held, invoice.id, used, ordinal, w.now())?)?;
    let sum = Money::new(used, held.amount.currency()).map_err(|error| Refusal::field("amount", error))?;
    let from = match held.by {
        Holder::Note(id) => w.credit_note(id)?.map(|note| format!("credit note {}", note.number)),
        Holder::Payment(id) => match w.payment(id)?.and_then(|payment| payment.invoice) {
            Some(paid) => w.invoice(paid)?.map(|paid| format!("a payment for invoice {}", paid.number)),
            None => None,
        },
    };
    let from = from.map(|from| format!(", from {from}")).unwrap_or_default();
    let line = LogLine::new(w.now(), Happening::PaymentRecorded, actor.channel)
        .about(About::CreditApplied)
        .amount(sum)
        .detail(format!("{sum} of the customer's credit was used{from}"));
    Ok(w.append_log(invoice.id, line)?)
}
