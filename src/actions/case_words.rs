//! What a case says: what it said when it was opened, and what is so by now.
//!
//! The rule it keeps: a sum that is still held, or advice to pay, is never older than the books. Both are found anew each
//! time that an open case is shown; what was decided is shown with the words that it had.

use super::disputes::refund_obstacle;
use crate::billing::money::Money;
use crate::billing::payment::Payment;
use crate::billing::review::{Action, Reason, Review};
use crate::store::{Error, Reader};

/// Once part of what was stored, and still of older cases.
const ADVICE: &str = "Pay your customer another way, or try again.";

/// The words of a case as things are now.
///
/// # Errors
/// The store failed.
pub fn words(reader: &Reader<'_>, review: &Review) -> Result<String, Error> {
    let Some(payment) = review.payment.filter(|_| review.is_open()).map(|id| reader.payment(id)).transpose()?.flatten()
    else {
        return Ok(review.detail.clone());
    };
    let now = match review.reason {
        Reason::RefundFailed => Some(advice(reader, review, &payment)?),
        _ if review.actions.contains(&Action::KeepCredit) => held(reader, &payment)?,
        _ => None,
    };
    let then = review.detail.trim_end_matches(ADVICE).trim_end();
    Ok(now.map_or_else(|| then.to_owned(), |now| format!("{then} {now}")))
}

/// What to do about a refund that came to nothing.
fn advice(reader: &Reader<'_>, review: &Review, payment: &Payment) -> Result<String, Error> {
    if let Some(obstacle) = refund_obstacle(reader, payment)? {
        return Ok(format!("{obstacle} Do not pay your customer another way as well."));
    }
    let back = gone_since(reader, review, payment)?;
    if back == 0 {
        return Ok(ADVICE.to_owned());
    }
    let back = Money::new(back, payment.amount.currency()).unwrap_or(payment.amount);
    Ok(format!("Since then {back} of this payment went back by another refund, so only the rest is owed."))
}

/// What is held, if that is not what was held when the case was opened.
fn held(reader: &Reader<'_>, payment: &Payment) -> Result<Option<String>, Error> {
    let held = reader.free_credit_of(payment)?;
    if held == payment.amount.minor() - payment.applied {
        return Ok(None);
    }
    let held = Money::new(held, payment.amount.currency()).ok().filter(|held| !held.is_zero());
    Ok(Some(held.map_or_else(|| "Nothing of it is held now.".to_owned(), |held| format!("Now {held} of it is held."))))
}

/// What of a payment has gone back since a case was opened, by refunds that stand. Minor units.
///
/// # Errors
/// The store failed.
pub(super) fn gone_since(reader: &Reader<'_>, review: &Review, payment: &Payment) -> Result<i64, Error> {
    let refunds = reader.refunds_of_payment(payment.id)?;
    let since = refunds
        .iter()
        .filter(|refund| refund.stands())
        .filter(|refund| refund.accepted.as_ref().is_some_and(|accepted| accepted.at >= review.opened_at));
    Ok(since.map(|refund| refund.amount.minor()).sum())
}
