//! A new public link: the old one answers from then on like one that never was.

use super::{Refusal, checkout, issued};
use crate::billing::id::InvoiceId;
use crate::billing::invoice::{Document, Invoice, PublicLink};
use crate::store::Writer;

/// Gives an invoice a new public link.
///
/// # Errors
/// It is not issued, or a checkout is open whose return address holds the old link: it must be closed first.
pub fn rotate(w: &mut Writer<'_>, id: InvoiceId) -> Result<Invoice, Refusal> {
    let invoice = issued(w, id)?;
    if w.live_attempt(id)?.is_some_and(|attempt| !attempt.is_processing()) {
        return Err(checkout::still_open());
    }
    let invoice = Invoice { link: PublicLink::from_entropy(w.entropy()?), ..invoice };
    w.put_document(&Document::Issued(Box::new(invoice.clone())))?;
    Ok(invoice)
}
