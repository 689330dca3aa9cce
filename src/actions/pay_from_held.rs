//! An invoice owes something again although more money had come for it than it needed then: what is held of that pays it.
//!
//! Only what waits for a decision because it was too much. What a check held back, and what a person decided to keep for
//! the customer, stays where it is: somebody else may have been promised it.

use super::{Actor, Refusal, book_receipt, held_money};
use crate::billing::customer_credit::Holder;
use crate::billing::id::InvoiceId;
use crate::billing::invoice::Invoice;
use crate::billing::letter::Matter;
use crate::billing::money::Money;
use crate::billing::payment::Payment;
use crate::billing::review::{Action, BY_ITSELF, Reason, Resolution, Review};
use crate::store::{Error, Writer};

/// Applies what is held of an invoice's own payments as far as it is due, the oldest first.
///
/// # Errors
/// The store failed.
pub fn pay(w: &mut Writer<'_>, id: InvoiceId, actor: &Actor) -> Result<(), Refusal> {
    let Some(invoice) = w.invoice(id)?.filter(|invoice| invoice.void.is_none()) else { return Ok(()) };
    let too_much = |case: &Review| matches!(case.reason, Reason::Overpayment | Reason::DuplicatePayment);
    let mut cases = w.reviews_of_invoice(id)?;
    cases.reverse();
    for case in cases.into_iter().filter(|case| case.is_open() && too_much(case)) {
        let Some(payment) = case.payment.map(|id| w.payment(id)).transpose()?.flatten() else { continue };
        pay_one(w, &invoice, &payment, case, actor)?;
    }
    Ok(())
}

fn pay_one(
    w: &mut Writer<'_>,
    invoice: &Invoice,
    payment: &Payment,
    case: Review,
    actor: &Actor,
) -> Result<(), Refusal> {
    if (payment.book, payment.amount.currency()) != (invoice.book, invoice.content.currency) {
        return Ok(());
    }
    let share = held_money::share(w, payment, invoice)?;
    if share.amount <= 0 {
        return Ok(());
    }
    let holder = Holder::Payment(payment.id);
    let source = holder.use_of(invoice.id, w.uses_so_far(holder)?.saturating_add(1));
    let told = format!("that had been paid too much pays what is due again ({})", payment.method.words());
    let sum = held_money::apply(w, (payment, invoice), &share, source, &told, actor)?;
    // Whoever was told that the money is held is not written to twice about one payment.
    if w.letter_about(&Matter::CreditReceived { payment: payment.id })?.is_none() {
        book_receipt::owe_receipt_after_all(w, payment, invoice, actor.channel)?;
    }
    Ok(adjust(w, case, payment, sum)?)
}

/// The case says what is left to decide, and closes if that is nothing.
fn adjust(w: &mut Writer<'_>, case: Review, payment: &Payment, applied: Money) -> Result<(), Error> {
    let left = w.free_credit_of(payment)?;
    let note = format!("{applied} of it pays the invoice, since another payment of it was taken back.");
    let rest = Money::new(left, payment.amount.currency()).ok().filter(|rest| !rest.is_zero());
    let case = match rest {
        Some(rest) => Review { detail: format!("{} {note} {rest} is still held.", case.detail), ..case },
        None => {
            let by = BY_ITSELF.to_owned();
            Review { resolved: Some(Resolution { at: w.now(), action: Action::Apply, note, by }), ..case }
        }
    };
    w.put_review(&case)
}
