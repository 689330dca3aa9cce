//! A person decides a case. The decision is an entry and a sealed note; nothing is edited.
//!
//! What can be decided is found by the same checks that deciding makes ([`possible`]), so that nothing is offered that
//! is then refused.

use super::held_money::{self, Share};
use super::refund::course::OF_A_REVIEW;
use super::refund::{self, Of, Part, Wanted};
use super::{Actor, Refusal, book_receipt, checkout, issued, write_off};
use crate::billing::currency::Currency;
use crate::billing::id::{InvoiceId, RefundId, ReviewId};
use crate::billing::invoice::Invoice;
use crate::billing::ledger::{Fact, Source};
use crate::billing::payment::Payment;
use crate::billing::refund::{Reason as RefundReason, Refund, Way};
use crate::billing::review::{self, Action, Resolution, Review};
use crate::store::{Error, Reader, Writer};

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
    let review = open_case(w, id, action)?;
    check_note(note)?;
    if action == Action::Refund {
        return Err(Refusal::conflict("A refund needs Stripe to be asked; nothing was decided."));
    }
    if action == Action::Link && to.is_none() {
        return Err(Refusal::field("invoice", "Say which invoice the money is to be applied to."));
    }
    if let Some(applicable) = check(w, &review, action, to)? {
        apply(w, &review, &applicable, action, actor)?;
        if action == Action::WriteOff {
            write_off::give_up_rest(w, applicable.invoice.id)?;
        }
        checkout::revoke_unasked(w, applicable.invoice.id)?;
    }
    Ok(close(w, review, action, note, actor)?)
}

/// What a case would give back to the payer.
///
/// # Errors
/// The case is decided, offers no refund, or nothing can be refunded.
pub fn refund_of(reader: &Reader<'_>, id: ReviewId) -> Result<Wanted, Refusal> {
    let review = open_case(reader, id, Action::Refund)?;
    wanted(reader, &review)
}

/// Decides a case by giving its money back. The refunds are stored; Stripe is asked for them afterwards.
///
/// # Errors
/// As [`refund_of`], or `frame` refuses.
pub fn refund(
    w: &mut Writer<'_>,
    id: ReviewId,
    note: &str,
    actor: &Actor,
    frame: impl Fn(RefundId, &Part, Option<RefundReason>) -> Result<Way, Refusal>,
) -> Result<(Review, Vec<Refund>), Refusal> {
    let review = open_case(w, id, Action::Refund)?;
    check_note(note)?;
    let wanted = wanted(w, &review)?;
    // Closed first: money that goes back at once closes what is still open about it.
    let review = close(w, review, Action::Refund, note, actor)?;
    let requested = refund::request(w, &wanted, actor, frame)?;
    Ok((review, requested.refunds))
}

fn open_case(reader: &Reader<'_>, id: ReviewId, action: Action) -> Result<Review, Refusal> {
    let review = reader.review(id)?.ok_or(Refusal::NotFound("review"))?;
    if !review.is_open() {
        return Err(Refusal::conflict("This case was decided already."));
    }
    if !review.actions.contains(&action) {
        return Err(Refusal::field("action", offered(&possible(reader, &review)?)));
    }
    Ok(review)
}

pub(super) fn check_note(note: &str) -> Result<(), Refusal> {
    if note.chars().count() > NOTE_CHARS_MAX {
        return Err(Refusal::field("note", format_args!("Use at most {NOTE_CHARS_MAX} characters.")));
    }
    Ok(())
}

fn close(w: &mut Writer<'_>, review: Review, action: Action, note: &str, actor: &Actor) -> Result<Review, Error> {
    let resolution = Resolution { at: w.now(), action, note: note.to_owned(), by: actor.name.clone() };
    let review = Review { resolved: Some(resolution), ..review };
    w.put_review(&review)?;
    Ok(review)
}

/// What of a case's money would go back: what is held of it, or once more what did not get there.
fn wanted(reader: &Reader<'_>, review: &Review) -> Result<Wanted, Refusal> {
    let nonce = Some(format!("{OF_A_REVIEW}{}", review.id));
    let wanted = match reader.refund_of_review(review)? {
        Some(failed) if failed.counts() => {
            return Err(Refusal::conflict("This refund was made after all, so nothing more is to go back."));
        }
        Some(failed) => Wanted {
            of: Of::Payment(failed.payment),
            amount: failed.amount.minor(),
            reason: failed.reason,
            credit_note: failed.credit_note,
            through: None,
            nonce,
        },
        None => {
            let (payment, amount) = held(reader, review)?;
            let paid_twice = review.reason == review::Reason::DuplicatePayment;
            let reason = paid_twice.then_some(RefundReason::Duplicate);
            Wanted { of: Of::Payment(payment.id), amount, reason, credit_note: None, through: None, nonce }
        }
    };
    refund::plan(reader, &wanted)?;
    Ok(wanted)
}

fn offered(actions: &[Action]) -> String {
    let names: Vec<&str> = actions.iter().map(|action| action.name()).collect();
    format!("This must be one of {}.", names.join(", "))
}

/// What can be decided in a case now, of what it offers.
///
/// # Errors
/// The store failed.
pub fn possible(reader: &Reader<'_>, review: &Review) -> Result<Vec<Action>, Error> {
    let mut possible = Vec::new();
    for &action in review.actions.iter().filter(|_| review.is_open()) {
        match check(reader, review, action, None) {
            Ok(_) => possible.push(action),
            Err(Refusal::Store(error)) => return Err(error),
            Err(_) => {}
        }
    }
    Ok(possible)
}

/// Credit that can be applied to an invoice, which stands as it does now.
struct Applicable {
    payment: Payment,
    invoice: Invoice,
    /// More than nothing.
    share: Share,
}

/// Whether an action can be done now, and what is applied by it. Without `to`, [`Action::Link`] asks whether there is
/// any invoice that the money could go to.
fn check(
    reader: &Reader<'_>,
    review: &Review,
    action: Action,
    to: Option<InvoiceId>,
) -> Result<Option<Applicable>, Refusal> {
    match (action, to) {
        (Action::Apply, _) => applicable(reader, review, review.invoice).map(Some),
        (Action::Link, Some(to)) => applicable(reader, review, Some(to)).map(Some),
        (Action::Link, None) => {
            let (payment, _) = held(reader, review)?;
            if reader.is_owed_anything(payment.book, payment.amount.currency())? {
                return Ok(None);
            }
            Err(Refusal::conflict("Nothing is due on any invoice in the currency and mode of this money."))
        }
        (Action::WriteOff, _) => {
            let found = applicable(reader, review, review.invoice)?;
            if found.share.amount < found.share.due {
                return Ok(Some(found));
            }
            Err(Refusal::conflict(format!(
                "The money covers all that is due on invoice {}, so there is nothing to write off.",
                found.invoice.number
            )))
        }
        (Action::KeepCredit, _) => match held(reader, review)? {
            (payment, _) if payment.customer.is_none() => Err(Refusal::conflict(
                "Nobody knows whose money this is, so it can be no customer's credit. Apply it to an invoice, or refund it.",
            )),
            _ => Ok(None),
        },
        (Action::Ignore, _) => Ok(None),
        (Action::Refund, _) => wanted(reader, review).map(|_| None),
    }
}

/// The money of a case and what of it is held as credit, in minor units.
fn held(reader: &Reader<'_>, review: &Review) -> Result<(Payment, i64), Refusal> {
    let payment = match review.payment {
        Some(id) => reader.payment(id)?.ok_or(Refusal::NotFound("payment"))?,
        None => return Err(Refusal::conflict("No money came with this case, so there is nothing to apply.")),
    };
    // What is on its way back is not to be used a second time.
    let credit = reader.free_credit_of(&payment)?;
    if credit <= 0 && reader.kept_by_bank(&payment)? > 0 {
        return Err(Refusal::conflict(
            "The payer's bank has taken this money back, or holds it for a dispute, so it can pay nothing.",
        ));
    }
    if credit <= 0 {
        return Err(Refusal::conflict("The money of this case has been used already."));
    }
    Ok((payment, credit))
}

/// What of the case's money can be applied to an invoice: as far as something is due on it.
fn applicable(reader: &Reader<'_>, review: &Review, to: Option<InvoiceId>) -> Result<Applicable, Refusal> {
    let (payment, _) = held(reader, review)?;
    let invoice = issued(reader, to.ok_or(Refusal::NotFound("invoice"))?)?;
    if invoice.void.is_some() {
        return Err(Refusal::conflict(format!("Invoice {} is void; choose another one.", invoice.number)));
    }
    if invoice.content.currency != payment.amount.currency() || invoice.book != payment.book {
        return Err(Refusal::conflict(format!(
            "Invoice {} is in another currency or mode than the money.",
            invoice.number
        )));
    }
    let share = held_money::share(reader, &payment, &invoice)?;
    if share.amount <= 0 {
        return Err(Refusal::conflict(format!("Nothing is due on invoice {}.", invoice.number)));
    }
    Ok(Applicable { payment, invoice, share })
}

fn apply(
    w: &mut Writer<'_>,
    review: &Review,
    applicable: &Applicable,
    action: Action,
    actor: &Actor,
) -> Result<(), Refusal> {
    let Applicable { payment, invoice, share } = applicable;
    write_off::ask_again(w, invoice)?;
    let rest = if action == Action::WriteOff { "; the rest is not asked for any more" } else { "" };
    let told = format!("of the money that was held was applied by {}{rest}", actor.name);
    held_money::apply(w, (payment, invoice), share, application(payment, review), &told, actor)?;
    Ok(book_receipt::owe_receipt_after_all(w, payment, invoice, actor.channel)?)
}

/// The entry of what the present decision of a case, or the next one, applies.
pub(super) fn application(payment: &Payment, review: &Review) -> Source {
    let nth = review.undone.len() + 1;
    Source::new(Fact::Apply, format_args!("{}:{}", payment.id, review.name_of_decision(nth)))
}

/// What a person should know of an action before choosing it, in half a sentence; `None` if its name says it.
///
/// # Errors
/// The store failed.
pub fn outcome(reader: &Reader<'_>, review: &Review, action: Action) -> Result<Option<Outcome>, Error> {
    let applicable = match action {
        Action::Apply | Action::WriteOff => check(reader, review, action, None),
        _ => return Ok(None),
    };
    match applicable {
        Ok(Some(found)) => Ok(Some(Outcome {
            currency: found.payment.amount.currency(),
            applied: found.share.amount,
            missing: found.share.due - found.share.amount,
            is_small: write_off::is_small(&found.invoice, found.share.due - found.share.amount),
        })),
        Err(Refusal::Store(error)) => Err(error),
        _ => Ok(None),
    }
}

/// What applying comes to. Minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    pub currency: Currency,
    pub applied: i64,
    /// What is still due then.
    pub missing: i64,
    /// Whether that is so little that the invoice counts as paid.
    pub is_small: bool,
}
