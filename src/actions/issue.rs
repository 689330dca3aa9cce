//! A draft becomes an invoice: it gets its number and its public link, and what it says never changes again.
//!
//! The number is taken in the transaction that stores the invoice, so that the series has no gap.

use super::{Actor, Refusal, day, drafts, number};
use crate::billing::bookings;
use crate::billing::field::FieldError;
use crate::billing::id::InvoiceId;
use crate::billing::invoice::{Document, Invoice, Issue, PublicLink};
use crate::billing::ledger::Book;
use crate::billing::log::{Happening, LogLine};
use crate::billing::settings::Documents;
use crate::store::Writer;

/// Issues a draft into `book`.
///
/// # Errors
/// It is no draft, or a field is not as it must be.
pub fn issue(w: &mut Writer<'_>, id: InvoiceId, book: Book, actor: &Actor) -> Result<Invoice, Refusal> {
    let draft = drafts::draft(w, id)?;
    // Checked again: a draft of an older version, or of a customer who is gone, must not become a document.
    let totals = drafts::check(w, &draft.content)?;
    let customer = w.customer(draft.content.customer)?.ok_or(Refusal::NotFound("customer"))?;
    let mut settings = w.settings()?;
    let today = day(&settings, w.now());
    let number = number::take(w, &mut settings, Documents::Invoices, book)?;
    let link = PublicLink::from_entropy(w.entropy()?);
    let with =
        Issue { number, book, at: w.now(), today, seller: settings.business.clone(), buyer: customer.party, link };
    let invoice = crate::billing::invoice::Draft { totals, ..draft }
        .issue(with)
        .map_err(|error| Refusal::Invalid(vec![FieldError::new("due_date", error)]))?;
    w.put_settings(&settings)?;
    store(w, &invoice, actor)?;
    Ok(invoice)
}

fn store(w: &mut Writer<'_>, invoice: &Invoice, actor: &Actor) -> Result<(), Refusal> {
    w.put_document(&Document::Issued(Box::new(invoice.clone())))?;
    w.seal_invoice(invoice)?;
    if invoice.totals.total != 0 {
        w.book(&bookings::issue(invoice)?)?;
    }
    let line = LogLine::new(w.now(), Happening::Issued, actor.channel)
        .amount(invoice.total())
        .detail(format!("Issued as {}", invoice.number));
    Ok(w.append_log(invoice.id, line)?)
}
