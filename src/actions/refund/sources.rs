//! What can be refunded of which payment: what it was, less what went back or may be on its way.
//!
//! An invoice that was paid with money or credit from elsewhere has no payment of its own; the refusal says where the
//! money came, and how it goes back.

use super::{Of, left_of};
use crate::actions::disputes::refund_obstacle;
use crate::actions::{Refusal, issued};
use crate::billing::credit_note::CreditNote;
use crate::billing::id::InvoiceId;
use crate::billing::invoice::Invoice;
use crate::billing::money::Money;
use crate::billing::payment::Payment;
use crate::store::{Error, Reader};

/// A payment of which something can be refunded.
pub(super) struct Source {
    pub payment: Payment,
    /// Minor units that it holds as credit.
    pub credit: i64,
    /// Minor units that can be refunded in all.
    pub left: i64,
}

/// What can be refunded, and how much in all.
pub(super) struct Found {
    pub sources: Vec<Source>,
    pub most: Money,
}

/// What can be refunded of an invoice or a payment.
///
/// # Errors
/// Nothing can be refunded; the refusal says why.
pub(super) fn found(reader: &Reader<'_>, of: Of) -> Result<Found, Refusal> {
    let (payments, currency) = match of {
        Of::Invoice(id) => {
            let invoice = issued(reader, id)?;
            let fits = (invoice.book, invoice.content.currency);
            let mut payments = reader.standing_payments_of_invoice(id)?;
            payments.retain(|payment| (payment.book, payment.amount.currency()) == fits);
            (payments, invoice.content.currency)
        }
        Of::Payment(id) => {
            let payment = reader.payment(id)?.ok_or(Refusal::NotFound("payment"))?;
            let currency = payment.amount.currency();
            (vec![payment], currency)
        }
    };
    let mut sources = Vec::new();
    for payment in payments {
        let left = left_of(reader, &payment)?;
        sources.push(Source { credit: reader.free_credit_of(&payment)?.min(left), left, payment });
    }
    let sources = unhindered(reader, sources, of)?;
    let most = sources.iter().map(|source| source.left).sum::<i64>();
    Ok(Found { sources, most: Money::new(most, currency).map_err(|error| Refusal::field("amount", error))? })
}

/// What of a payment had paid an invoice and did not go back. Minor units.
fn part_of(reader: &Reader<'_>, payment: &Payment, invoice: InvoiceId) -> Result<i64, Error> {
    let left = reader.still_paid_by(payment)?.into_iter().find(|(paid, _)| *paid == invoice);
    Ok(left.map_or(0, |(_, sum)| sum))
}

/// The payments that had paid an invoice, or the one that is asked for, each as far as it did. What a payment holds beyond
/// that is not the invoice's to give back.
pub(super) fn found_of_paid(reader: &Reader<'_>, id: InvoiceId, of: Of) -> Result<Vec<Source>, Refusal> {
    unhindered(reader, chosen(of_paid(reader, id)?, of), Of::Invoice(id))
}

/// The same for a credit note that owes money already: with the payments behind the credit that had paid its invoice.
pub(super) fn found_of_note(reader: &Reader<'_>, note: &CreditNote, of: Of) -> Result<Vec<Source>, Refusal> {
    let id = note.invoice;
    let mut found = of_paid(reader, id)?;
    let mut behind = -returned_of_credit(reader, id)?;
    for (note, used) in reader.notes_that_paid(id)? {
        behind += used;
        for payment in reader.payments_that_paid(note.invoice)? {
            let known: i64 = found.iter().filter(|known| known.payment.id == payment.id).map(|known| known.left).sum();
            let left = (left_of(reader, &payment)? - known).min(part_of(reader, &payment, note.invoice)?);
            let left = left.min(behind).max(0);
            behind -= left;
            match found.iter_mut().find(|known| known.payment.id == payment.id) {
                Some(known) => known.left += left,
                None => found.push(Source { credit: 0, left, payment }),
            }
        }
    }
    unhindered(reader, chosen(found, of), Of::Invoice(id))
}

fn of_paid(reader: &Reader<'_>, id: InvoiceId) -> Result<Vec<Source>, Refusal> {
    issued(reader, id)?;
    let mut found = Vec::new();
    for payment in reader.payments_that_paid(id)? {
        let left = left_of(reader, &payment)?.min(part_of(reader, &payment, id)?);
        found.push(Source { credit: 0, left, payment });
    }
    Ok(found)
}

fn chosen(mut found: Vec<Source>, of: Of) -> Vec<Source> {
    found.retain(|source| of == Of::Payment(source.payment.id) || matches!(of, Of::Invoice(_)));
    found
}

/// What went back of an invoice although no money had paid it but credit of a note. Minor units.
pub(super) fn returned_of_credit(reader: &Reader<'_>, id: InvoiceId) -> Result<i64, Error> {
    let mut returned = 0;
    for refund in reader.refunds_of_invoice(id)? {
        let Some(payment) = reader.payment(refund.payment)? else { continue };
        let applied = reader.applied_of(&payment)?;
        if applied.iter().all(|(paid, _)| *paid != id) {
            returned += refund.returned_to(id);
        }
    }
    Ok(returned)
}

/// Those of which something is left and nothing forbids to give it back.
fn unhindered(reader: &Reader<'_>, found: Vec<Source>, of: Of) -> Result<Vec<Source>, Refusal> {
    let (is_any, mut why) = (!found.is_empty(), None);
    let mut sources = Vec::new();
    for source in found.into_iter().filter(|source| source.left > 0) {
        match refund_obstacle(reader, &source.payment)? {
            Some(words) => why = Some(words.to_owned()),
            None => sources.push(source),
        }
    }
    let name = name_of(reader, of)?;
    let words = match (sources.is_empty(), why, is_any) {
        (false, ..) => return Ok(sources),
        (true, Some(words), _) => words,
        (true, None, true) => format!("All that was paid on {name} went back already, or is on its way."),
        (true, None, false) => format!("No money has come for {name}, so there is nothing to refund."),
    };
    Err(Refusal::conflict(came_elsewhere(reader, of)?.unwrap_or(words)))
}

fn name_of(reader: &Reader<'_>, of: Of) -> Result<String, Refusal> {
    match of {
        Of::Invoice(id) => Ok(format!("invoice {}", issued(reader, id)?.number)),
        Of::Payment(_) => Ok("this payment".to_owned()),
    }
}

/// By which money an invoice was paid that had not come for it, and how that goes back.
fn came_elsewhere(reader: &Reader<'_>, of: Of) -> Result<Option<String>, Refusal> {
    let Of::Invoice(id) = of else { return Ok(None) };
    let invoice = issued(reader, id)?;
    let (mut found, mut how) = (Vec::new(), "issue a credit note for it that is paid back (settle: refund)");
    for payment in reader.payments_that_paid(id)?.into_iter().filter(|payment| payment.invoice != Some(id)) {
        let sum = part_of(reader, &payment, id)?;
        if sum > 0 {
            let of = payment.invoice.map(|id| reader.invoice(id)).transpose()?.flatten();
            let of = of.map_or(String::new(), |of| format!(" for invoice {}", of.number));
            found.push(format!("{} of the payment {}{of}", money(&invoice, sum), payment.id));
        }
    }
    for (note, sum) in reader.notes_that_paid(id)? {
        found.push(format!("{} of the credit of credit note {}", money(&invoice, sum), note.number));
        how = "issue a credit note for it (settle: customer_credit), and pay that note back (credit_note)";
    }
    let words = |found: &str| {
        format!(
            "No money came for invoice {} itself: it was paid with {found}. To give it back, {how}.",
            invoice.number
        )
    };
    Ok((!found.is_empty()).then(|| words(&found.join(", and "))))
}

fn money(invoice: &Invoice, minor: i64) -> Money {
    Money::new(minor, invoice.content.currency).unwrap_or(Money::zero(invoice.content.currency))
}
