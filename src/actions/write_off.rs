//! What is owed on an invoice is given up, or asked for again. Money that still arrives reopens it by itself. A small
//! difference is not asked for, and the invoice is paid all the same.

use super::{Refusal, issued};
use crate::billing::bookings;
use crate::billing::id::InvoiceId;
use crate::billing::invoice::Invoice;
use crate::billing::ledger::Fact;
use crate::billing::standing::{Status, issued_status};
use crate::store::{Error, Writer};

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
    let ordinal = w.bookings_so_far(Fact::WriteOff, id)?;
    w.book(&bookings::write_off(&invoice, &standing, ordinal, w.now())?)?;
    Ok(invoice)
}

/// What may be missing of an invoice for it to count as paid, in percent of its total: bank charges, rounding, a slip of
/// the pen. More than that is a loss, and is shown as one.
const SMALL_PERCENT: i64 = 5;

/// What was given up of an invoice before it was asked for again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GivenUp {
    Nothing,
    /// A small difference.
    Difference,
    WrittenOff,
}

/// Whether so much that is missing is a small difference.
#[must_use]
pub fn is_small(invoice: &Invoice, missing: i64) -> bool {
    missing.saturating_mul(100) <= invoice.totals.total.saturating_mul(SMALL_PERCENT)
}

/// Gives up what is left to pay after money that does not cover it: a small difference is not asked for, more is written
/// off.
///
/// # Errors
/// Nothing is left.
pub fn give_up_rest(w: &mut Writer<'_>, id: InvoiceId) -> Result<(), Refusal> {
    let invoice = issued(w, id)?;
    let standing = w.standing(&invoice)?;
    if !is_small(&invoice, standing.receivable) {
        return write_off(w, id).map(drop);
    }
    let ordinal = w.bookings_so_far(Fact::Difference, id)?;
    Ok(w.book(&bookings::difference(&invoice, &standing, ordinal, w.now())?)?)
}

/// Asks again for all that was given up of an invoice, before what is due on it changes: a sum of which half is given up
/// and half is due reads as neither.
///
/// # Errors
/// The store failed.
pub fn ask_again(w: &mut Writer<'_>, invoice: &Invoice) -> Result<GivenUp, Error> {
    let standing = w.standing(invoice)?;
    if standing.difference > 0 {
        let ordinal = w.bookings_so_far(Fact::DifferenceAsked, invoice.id)?;
        w.book(&bookings::difference_asked(invoice, &standing, ordinal, w.now())?)?;
    }
    if standing.written_off > 0 {
        let ordinal = w.bookings_so_far(Fact::Reopen, invoice.id)?;
        w.book(&bookings::reopen(invoice, &standing, ordinal, w.now())?)?;
    }
    Ok(match (standing.written_off > 0, standing.difference > 0) {
        (true, _) => GivenUp::WrittenOff,
        (false, true) => GivenUp::Difference,
        (false, false) => GivenUp::Nothing,
    })
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
    let ordinal = w.bookings_so_far(Fact::Reopen, id)?;
    w.book(&bookings::reopen(&invoice, &standing, ordinal, w.now())?)?;
    Ok(invoice)
}
