//! An issued invoice is declared not to be paid. Its number stays taken, its booking is booked back.

use super::{Actor, Refusal, checkout, issued, write_off};
use crate::billing::bookings;
use crate::billing::id::InvoiceId;
use crate::billing::invoice::{Document, Invoice, Void};
use crate::billing::log::{Happening, LogLine};
use crate::store::{Reader, Writer};

const REASON_CHARS_MAX: usize = 500;

/// Whether an invoice may be voided, open checkouts aside.
///
/// # Errors
/// It is not issued, is void already, or money has been received for it.
pub fn check(reader: &Reader<'_>, id: InvoiceId, reason: &str) -> Result<Invoice, Refusal> {
    let invoice = issued(reader, id)?;
    if reason.chars().count() > REASON_CHARS_MAX {
        return Err(Refusal::field("reason", format_args!("Use at most {REASON_CHARS_MAX} characters.")));
    }
    if invoice.void.is_some() {
        return Err(Refusal::conflict(format!("Invoice {} is void already.", invoice.number)));
    }
    let standing = reader.standing(&invoice)?;
    if standing.credited != 0 {
        return Err(Refusal::conflict(format!(
            "A part of invoice {} was credited already. Credit the rest of it, too, instead of voiding it.",
            invoice.number
        )));
    }
    if standing.paid != 0 || !reader.standing_payments_of_invoice(id)?.is_empty() {
        return Err(Refusal::conflict(format!(
            "Money has been received for invoice {}. Write a credit note instead of voiding it.",
            invoice.number
        )));
    }
    checkout::refuse_under_way(&invoice, &standing)?;
    Ok(invoice)
}

/// Voids an invoice of which no checkout is open any more.
///
/// # Errors
/// As [`check`], or a checkout is open.
pub fn void(w: &mut Writer<'_>, id: InvoiceId, reason: &str, actor: &Actor) -> Result<Invoice, Refusal> {
    let invoice = check(w, id, reason)?;
    checkout::refuse_live(w, id)?;
    write_off::ask_again(w, &invoice)?;
    let invoice = Invoice { void: Some(Void { at: w.now(), reason: reason.to_owned() }), ..invoice };
    w.put_document(&Document::Issued(Box::new(invoice.clone())))?;
    if invoice.totals.total != 0 {
        w.book(&bookings::void(&invoice, w.now())?)?;
    }
    let words = if reason.is_empty() { "Voided".to_owned() } else { format!("Voided: {reason}") };
    w.append_log(id, LogLine::new(w.now(), Happening::Voided, actor.channel).detail(words))?;
    Ok(invoice)
}
