//! An issued invoice is declared not to be paid. Its number stays taken, its booking is booked back.

use super::{Actor, Refusal, issued};
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
    if standing.processing {
        return Err(Refusal::conflict(format!(
            "A payment of invoice {} is under way at the bank. Wait until it has arrived or failed.",
            invoice.number
        )));
    }
    Ok(invoice)
}

/// Voids an invoice of which no checkout is open any more.
///
/// # Errors
/// As [`check`], or a checkout is open.
pub fn void(w: &mut Writer<'_>, id: InvoiceId, reason: &str, actor: &Actor) -> Result<Invoice, Refusal> {
    let invoice = check(w, id, reason)?;
    if w.live_attempt(id)?.is_some() {
        return Err(Refusal::Unavailable(
            "A checkout of this invoice is still open at Stripe. Try again in a minute.".into(),
        ));
    }
    let standing = w.standing(&invoice)?;
    if standing.written_off != 0 {
        let ordinal = w.bookings_so_far("reopen", id)?;
        w.book(&bookings::reopen(&invoice, &standing, ordinal, w.now())?)?;
    }
    let invoice = Invoice { void: Some(Void { at: w.now(), reason: reason.to_owned() }), ..invoice };
    w.put_document(&Document::Issued(Box::new(invoice.clone())))?;
    if invoice.totals.total != 0 {
        w.book(&bookings::void(&invoice, w.now())?)?;
    }
    let words = if reason.is_empty() { "Voided".to_owned() } else { format!("Voided: {reason}") };
    w.append_log(id, LogLine::new(w.now(), Happening::Voided, actor.channel).detail(words))?;
    Ok(invoice)
}
