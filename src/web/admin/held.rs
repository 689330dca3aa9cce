//! What is held for a customer, sum by sum: where it came from, and the way to pay it back. Using it for an invoice is
//! offered on that invoice's page.

use super::desk::Desk;
use super::{credit_notes, invoice};
use crate::actions::refund::{Of, possible, possible_of_note};
use crate::billing::customer_credit::{Held, Holder};
use crate::billing::id::{CreditNoteId, CustomerId, PaymentId};
use crate::store::{Error, Reader};
use crate::web::views::customers::HeldRow;
use crate::web::views::parts::Link;

/// The oldest first, as it is used.
pub fn rows(desk: &Desk, customer: CustomerId) -> Result<Vec<HeldRow>, Error> {
    desk.app.store.read(|r| {
        let held = r.held_for(customer)?.into_iter().filter(|held| held.book == desk.app.book());
        held.map(|held| row(desk, &r, &held)).collect()
    })
}

fn row(desk: &Desk, r: &Reader<'_>, held: &Held) -> Result<HeldRow, Error> {
    let (from, refund) = match held.by {
        Holder::Payment(id) => of_payment(r, id)?,
        Holder::Note(id) => of_note(r, id)?,
    };
    Ok(HeldRow { amount: desk.money(held.amount), from, refund_url: refund })
}

fn of_payment(r: &Reader<'_>, id: PaymentId) -> Result<(Link, Option<String>), Error> {
    let paid = r.payment(id)?.and_then(|payment| payment.invoice);
    let number = paid.map(|invoice| r.summary(invoice)).transpose()?.flatten().and_then(|summary| summary.number);
    let words = number.map_or_else(|| "A payment".to_owned(), |number| format!("Payment for invoice {number}"));
    let url = paid.map_or_else(|| "/admin/payments".to_owned(), invoice::path);
    let refund = possible(r, Of::Payment(id)).is_ok().then(|| format!("/admin/payments/{id}/refund"));
    Ok((Link::new(words, url), refund))
}

fn of_note(r: &Reader<'_>, id: CreditNoteId) -> Result<(Link, Option<String>), Error> {
    let Some(note) = r.credit_note(id)? else { return Ok((Link::default(), None)) };
    let path = credit_notes::path(id);
    let refund = (possible_of_note(r, &note)? > 0).then(|| format!("{path}/refund"));
    Ok((Link::new(format!("Credit note {}", note.number), path), refund))
}
