//! What is owed on an invoice is given up, or asked for again. Money that still arrives reopens it by itself.

use super::{Refusal, issued};
use crate::billing::bookings;
use crate::billing::id::InvoiceId;
use crate::billing::invoice::Invoice;
use crate::billing::standing::{Status, issued_status};
use crate::store::Writer;

/// Marks an open invoice as uncollectible.
///
/// # Errors
/// It is not open.
pub fn write_off(w: &mut Writer<'_>, id: InvoiceId) -> Result<Invoice, Refusal> {
    let invoice = issued(w, id)?;
    let standing = w.standing(&invoice)?;
    match issued_status(&invoice, &standing) {
        Status::Open => {}
        Status::Uncollectible => {
            return Err(Refusal::conflict(format!("Invoice {} is written off already.", invoice.number)));
        }
        Status::Paid => {
            return Err(Refusal::conflict(format!(
                "Invoice {} is paid; there is nothing to write off.",
                invoice.number
            )));
        }
        Status::Void | Status::Draft => {
            return Err(Refusal::conflict(format!(
                "Invoice {} is void; there is nothing to write off.",
                invoice.number
            )));
        }
    }
    let ordinal = w.bookings_so_far("write_off", id)?;
    w.book(&bookings::write_off(&invoice, &standing, ordinal, w.now())?)?;
    Ok(invoice)
}

/// Asks again for what was given up.
///
/// # Errors
/// Nothing was given up.
pub fn reopen(w: &mut Writer<'_>, id: InvoiceId) -> Result<Invoice, Refusal> {
    let invoice = issued(w, id)?;
    let standing = w.standing(&invoice)?;
    if standing.written_off == 0 {
        return Err(Refusal::conflict(format!("Invoice {} is not written off.", invoice.number)));
    }
    let ordinal = w.bookings_so_far("reopen", id)?;
    w.book(&bookings::reopen(&invoice, &standing, ordinal, w.now())?)?;
    Ok(invoice)
}
