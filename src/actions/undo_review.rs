//! A decision about a case is taken back: what it booked is booked back by an entry of its own, the decision stays with
//! the case, sealed as it was, and the case is open again.
//!
//! Only until the books were exported: from then on the decision is in somebody else's papers, and is corrected like
//! anything else, by a credit note, a refund or another payment.

use super::{
    Actor, Refusal, checkout, issued, lost_credit, mailings, pay_from_held, resolve_review, take_back, write_off,
};
use crate::billing::bookings;
use crate::billing::id::{InvoiceId, ReviewId};
use crate::billing::ledger::{Account, Entry, Fact, Source};
use crate::billing::letter::Matter;
use crate::billing::log::{About, Happening, LogLine};
use crate::billing::money::Money;
use crate::billing::payment::Payment;
use crate::billing::review::{Action, Resolution, Review, Undone};
use crate::store::{Error, Reader, Writer};

/// How far the journal had got in the books that were last exported: the counter, and the mark of when, which earlier
/// versions set instead.
const EXPORTED: &str = "exported";

/// Notes that books were exported whose journal ends at `place`. From then on, what was decided before is in somebody
/// else's papers.
///
/// # Errors
/// The store failed.
pub fn note_export(w: &mut Writer<'_>, place: u64) -> Result<(), Error> {
    let known = w.counter(EXPORTED)?;
    w.add_to_counter(EXPORTED, place.saturating_sub(known))
}

/// Whether a decision is in books that were exported. Places are compared and not moments: clocks are set back.
fn was_exported(reader: &Reader<'_>, review: &Review, decision: &Resolution) -> Result<bool, Error> {
    let exported = reader.counter(EXPORTED)?;
    Ok(match review.place {
        Some(place) => place <= exported,
        None => exported > 0 || reader.mark(EXPORTED)?.is_some_and(|exported| exported >= decision.at),
    })
}

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
    if was_exported(reader, review, decision)? {
        return Err(Refusal::conflict(
            "The books were exported with this decision in them. Correct it by a credit note, a refund or a payment.",
        ));
    }
    match review.payment.map(|id| reader.payment(id)).transpose()?.flatten() {
        Some(payment) => can_be_held_again(reader, review, &payment),
        None => Ok(()),
    }
}

/// Whether what the decision applied, if it applied anything, is there to be held again.
fn can_be_held_again(reader: &Reader<'_>, review: &Review, payment: &Payment) -> Result<(), Refusal> {
    if reader.taken_back_at(payment.id)?.is_some() {
        return Err(Refusal::conflict("The payment was taken back, so nothing is left to decide about it."));
    }
    let Some((invoice, amount)) = applied_by(reader, review, payment)? else { return Ok(()) };
    if went_back_since(reader, review, payment)? {
        return Err(Refusal::conflict("Money of this payment went back since, so the decision stands."));
    }
    if let Some(document) = reader.fee_of_payment(payment.id)? {
        return Err(Refusal::conflict(format!(
            "With this decision the fee of invoice {} was charged, which cannot be taken back. Refund the payment instead; \
             the fee goes back with it.",
            document.number
        )));
    }
    take_back::refuse_credited(reader, invoice, amount)
}

/// Whether money of the payment left after the decision was booked, or may be leaving.
fn went_back_since(reader: &Reader<'_>, review: &Review, payment: &Payment) -> Result<bool, Error> {
    let decided = reader.place_of(&resolve_review::application(payment, review))?;
    for refund in reader.refunds_of_payment(payment.id)?.iter().filter(|refund| refund.counts()) {
        if refund.is_open() || reader.place_of(&bookings::source_of_refund(Fact::Refund, refund))? > decided {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The invoice to which the decision that stands applied money, and how much, in minor units.
fn applied_by(reader: &Reader<'_>, review: &Review, payment: &Payment) -> Result<Option<(InvoiceId, i64)>, Error> {
    let entry = reader.entry_of(&resolve_review::application(payment, review))?;
    Ok(entry.iter().flat_map(Entry::postings).find_map(|posting| match posting.account {
        Account::Receivable(invoice) => Some((invoice, posting.amount.saturating_neg())),
        _ => None,
    }))
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
    let undone = [review.undone.clone(), vec![undone]].concat();
    let reopened = Review { undone, resolved: None, place: None, ..review };
    w.put_review(&reopened)?;
    Ok(reopened)
}

/// What the decision applied is held again.
fn take_off(w: &mut Writer<'_>, review: &Review, payment: &Payment, actor: &Actor) -> Result<(), Refusal> {
    let Some((id, amount)) = applied_by(w, review, payment)? else { return Ok(()) };
    let invoice = issued(w, id)?;
    write_off::ask_again(w, &invoice)?;
    w.book(&bookings::apply_credit(payment, id, -amount, taken_off(payment, review), w.now())?)?;
    note_it(w, payment, id, amount, actor)?;
    if payment.invoice == Some(id) {
        // A receipt that has not left must not leave while the money is held.
        mailings::withdraw_about(w, [Matter::Receipt { payment: payment.id }])?;
    }
    pay_from_held::pay(w, id, actor)?;
    lost_credit::level(w, payment, actor.channel)?;
    Ok(checkout::revoke_unasked(w, id)?)
}

/// The entry that takes back what a decision applied; its name begins like that of any application of the payment.
fn taken_off(payment: &Payment, review: &Review) -> Source {
    Source::new(Fact::Apply, format_args!("{}:{}:undone:{}", payment.id, review.id, review.decisions()))
}

fn note_it(w: &mut Writer<'_>, payment: &Payment, id: InvoiceId, amount: i64, actor: &Actor) -> Result<(), Refusal> {
    let sum = Money::new(amount, payment.amount.currency()).map_err(|error| Refusal::field("amount", error))?;
    let line = LogLine::new(w.now(), Happening::PaymentRecorded, actor.channel)
        .about(About::CreditReleased)
        .amount(sum.negated())
        .detail(format!("{sum} is held again: {} took the decision back that had applied it", actor.name));
    Ok(w.append_log(id, line.of_payment(payment, None))?)
}
