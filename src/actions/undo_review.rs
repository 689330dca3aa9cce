//! A decision about a case is taken back: what it booked is booked back by an entry of its own, the decision stays with
//! the case, sealed as it was, and the case is open again.
//!
//! Only until the books were exported: from then on the decision is in somebody else's papers, and is corrected like
//! anything else, by a credit note, a refund or another payment.

use super::{Actor, Refusal, checkout, issued, lost_credit, pay_from_held, resolve_review, write_off};
use crate::billing::bookings;
use crate::billing::id::{InvoiceId, ReviewId};
use crate::billing::ledger::{Account, Source};
use crate::billing::letter::{Delivery, Letter, Matter};
use crate::billing::log::{About, Happening, LogLine};
use crate::billing::money::Money;
use crate::billing::payment::Payment;
use crate::billing::review::{Action, Resolution, Review, Undone};
use crate::store::{Error, Reader, Writer};

/// When the books were last exported.
pub const EXPORTED: &str = "exported";

/// Whether a decision can be taken back now.
///
/// # Errors
/// It cannot; the refusal says why, and what to do instead.
pub fn check(reader: &Reader<'_>, review: &Review) -> Result<(), Refusal> {
    let Some(decision) = &review.resolved else {
        return Err(Refusal::conflict("This case is open; there is nothing to undo."));
    };
    if review.closed_itself() {
        return Err(Refusal::conflict("This case closed by itself because both sides agree; nobody decided anything."));
    }
    if reader.dispute_of_review(review)?.is_some() {
        return Err(Refusal::conflict("A dispute is dealt with on its own page."));
    }
    if decision.action == Action::Refund {
        return Err(Refusal::conflict("Money that was sent back cannot be called back."));
    }
    if reader.mark(EXPORTED)?.is_some_and(|exported| exported >= decision.at) {
        return Err(Refusal::conflict(
            "The books were exported with this decision in them. Correct it by a credit note, a refund or a payment.",
        ));
    }
    match review.payment.map(|id| reader.payment(id)).transpose()?.flatten() {
        Some(payment) => money_is_there(reader, &payment, decision),
        None => Ok(()),
    }
}

/// What has gone since the decision cannot be held again.
fn money_is_there(reader: &Reader<'_>, payment: &Payment, decision: &Resolution) -> Result<(), Refusal> {
    if reader.taken_back_at(payment.id)?.is_some() {
        return Err(Refusal::conflict("The payment was taken back, so nothing is left to decide about it."));
    }
    let refunds = reader.refunds_of_payment(payment.id)?;
    if refunds.iter().any(|refund| refund.counts() && refund.created_at >= decision.at) {
        return Err(Refusal::conflict("Money of this payment went back since, so the decision stands."));
    }
    Ok(())
}

/// Takes a decision back. The case is open again.
///
/// # Errors
/// As [`check`], or the note is too long.
pub fn undo(w: &mut Writer<'_>, id: ReviewId, note: &str, actor: &Actor) -> Result<Review, Refusal> {
    let review = w.review(id)?.ok_or(Refusal::NotFound("review"))?;
    check(w, &review)?;
    resolve_review::check_note(note)?;
    let Some(decision) = review.resolved.clone() else { return Err(Refusal::NotFound("decision")) };
    if let Some(payment) = review.payment.map(|id| w.payment(id)).transpose()?.flatten() {
        take_off(w, &review, &payment, actor)?;
    }
    let undone = Undone { decision, at: w.now(), note: note.to_owned(), by: actor.name.clone() };
    let reopened = Review { undone: [review.undone.clone(), vec![undone]].concat(), resolved: None, ..review };
    w.put_review(&reopened)?;
    Ok(reopened)
}

/// What the decision applied is held again.
fn take_off(w: &mut Writer<'_>, review: &Review, payment: &Payment, actor: &Actor) -> Result<(), Refusal> {
    let Some(entry) = w.entry_of(&resolve_review::application(payment, review))? else { return Ok(()) };
    let applied = entry.postings().iter().find_map(|posting| match posting.account {
        Account::Receivable(invoice) => Some((invoice, -posting.amount)),
        _ => None,
    });
    let Some((id, amount)) = applied else { return Ok(()) };
    let invoice = issued(w, id)?;
    write_off::ask_again(w, &invoice)?;
    w.book(&bookings::apply_credit(payment, id, -amount, taken_off(payment, review), w.now())?)?;
    note_it(w, payment, id, amount, actor)?;
    if payment.invoice == Some(id) {
        hold_receipt(w, payment)?;
    }
    pay_from_held::pay(w, id, actor)?;
    lost_credit::level(w, payment, actor.channel)?;
    Ok(checkout::revoke_unasked(w, id)?)
}

/// The entry that takes back what a decision applied; its name begins like that of any application of the payment.
fn taken_off(payment: &Payment, review: &Review) -> Source {
    Source::new(bookings::APPLY, format_args!("{}:{}:undone:{}", payment.id, review.id, review.decisions()))
}

fn note_it(w: &mut Writer<'_>, payment: &Payment, id: InvoiceId, amount: i64, actor: &Actor) -> Result<(), Refusal> {
    let sum = Money::new(amount, payment.amount.currency()).map_err(|error| Refusal::field("amount", error))?;
    let line = LogLine::new(w.now(), Happening::PaymentRecorded, actor.channel)
        .about(About::CreditReleased)
        .amount(sum.negated())
        .detail(format!("{sum} is held again: {} took the decision back that had applied it", actor.name));
    let line = match payment.method.stripe() {
        Some(stripe) => line.stripe(None, stripe.session.as_deref(), Some(&stripe.payment_intent)),
        None => line,
    };
    Ok(w.append_log(id, line)?)
}

/// A receipt that has not left must not leave while the money is held.
fn hold_receipt(w: &mut Writer<'_>, payment: &Payment) -> Result<(), Error> {
    let receipt = w.letter_about(&Matter::Receipt { payment: payment.id })?.filter(Letter::is_waiting);
    receipt.map_or(Ok(()), |letter| w.put_letter(&Letter { state: Delivery::Withdrawn { at: w.now() }, ..letter }))
}
