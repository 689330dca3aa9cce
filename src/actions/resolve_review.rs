//! A person decides a case. The decision is an entry and a sealed note; nothing is edited.

use super::{Actor, Refusal, book_receipt, issued, write_off};
use crate::billing::bookings;
use crate::billing::id::{InvoiceId, ReviewId};
use crate::billing::ledger::{Account, Source};
use crate::billing::log::{Happening, LogLine};
use crate::billing::payment::Payment;
use crate::billing::review::{Action, Resolution, Review};
use crate::store::Writer;

const NOTE_CHARS_MAX: usize = 1_000;

/// Decides a case. `to` is the invoice that the money is applied to, for [`Action::Link`].
///
/// # Errors
/// The case is decided already, does not offer the action, or the action cannot be done.
pub fn resolve(
    w: &mut Writer<'_>,
    id: ReviewId,
    action: Action,
    note: &str,
    to: Option<InvoiceId>,
    actor: &Actor,
) -> Result<Review, Refusal> {
    let review = w.review(id)?.ok_or(Refusal::NotFound("review"))?;
    if !review.is_open() {
        return Err(Refusal::conflict("This case was decided already."));
    }
    if !review.actions.contains(&action) {
        return Err(Refusal::field("action", "is not one that this case offers"));
    }
    if note.chars().count() > NOTE_CHARS_MAX {
        return Err(Refusal::field("note", format_args!("can have at most {NOTE_CHARS_MAX} characters")));
    }
    match action {
        Action::Apply => apply(w, &review, review.invoice, actor)?,
        Action::Link => {
            let to = to.ok_or_else(|| Refusal::field("invoice", "say which invoice"))?;
            apply(w, &review, Some(to), actor)?;
        }
        Action::WriteOff => {
            apply(w, &review, review.invoice, actor)?;
            write_off_rest(w, &review)?;
        }
        Action::KeepCredit | Action::Ignore => {}
        Action::Refund => return Err(Refusal::field("action", "cannot be done here yet")),
    }
    let resolution = Resolution { at: w.now(), action, note: note.to_owned(), by: actor.name.clone() };
    let review = Review { resolved: Some(resolution), ..review };
    w.put_review(&review)?;
    Ok(review)
}

/// Applies the payment's credit to an invoice, as far as something is due on it.
fn apply(w: &mut Writer<'_>, review: &Review, to: Option<InvoiceId>, actor: &Actor) -> Result<(), Refusal> {
    let payment = match review.payment {
        Some(id) => w.payment(id)?.ok_or(Refusal::NotFound("payment"))?,
        None => return Err(Refusal::conflict("No money came with this case, so there is nothing to apply.")),
    };
    let invoice = issued(w, to.ok_or(Refusal::NotFound("invoice"))?)?;
    if invoice.void.is_some() {
        return Err(Refusal::conflict(format!("Invoice {} is void; choose another one.", invoice.number)));
    }
    if invoice.content.currency != payment.amount.currency() || invoice.book != payment.book {
        return Err(Refusal::conflict(format!(
            "Invoice {} is in another currency or mode than the money.",
            invoice.number
        )));
    }
    let credit = -w.balance(payment.book, payment.amount.currency(), Account::Credit(payment.id))?;
    let standing = w.standing(&invoice)?;
    let amount = credit.min(standing.due());
    if amount <= 0 {
        return Err(Refusal::conflict(format!(
            "Nothing is due on invoice {}, or the money has been used already.",
            invoice.number
        )));
    }
    if standing.written_off > 0 {
        let ordinal = w.bookings_so_far("reopen", invoice.id)?;
        w.book(&bookings::reopen(&invoice, &standing, ordinal, w.now())?)?;
    }
    let source = application(&payment, review);
    let entry = bookings::apply_credit(&payment, invoice.id, amount, source, w.now())?;
    w.book(&entry)?;
    let applied = crate::billing::money::Money::new(amount, payment.amount.currency())
        .map_err(|error| Refusal::field("amount", error))?;
    let line = LogLine::new(w.now(), Happening::PaymentSucceeded, actor.channel)
        .amount(applied)
        .detail(format!("Applied after review by {}", actor.name));
    let line = match payment.method.stripe() {
        Some(stripe) => line.stripe(None, stripe.session.as_deref(), Some(&stripe.payment_intent)),
        None => line,
    };
    w.append_log(invoice.id, line)?;
    Ok(book_receipt::owe_receipt_after_all(w, &payment, &invoice, actor.channel)?)
}

/// What is still due after the money was applied is given up.
fn write_off_rest(w: &mut Writer<'_>, review: &Review) -> Result<(), Refusal> {
    let Some(invoice) = review.invoice else { return Ok(()) };
    let rest = w.standing(&issued(w, invoice)?)?.receivable;
    if rest > 0 { write_off::write_off(w, invoice).map(drop) } else { Ok(()) }
}

fn application(payment: &Payment, review: &Review) -> Source {
    Source::new("apply", format_args!("{}:{}", payment.id, review.id))
}
