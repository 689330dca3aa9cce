//! Stripe's fraud check may want a person to look at a payment that has succeeded. The money is booked as any other; the
//! owner is told for some days, because the answer can only be given in Stripe's dashboard and Stripe does not tell us.

use jiff::{SignedDuration, Timestamp};

use super::objects::Charge;
use crate::billing::id::PaymentId;
use crate::store::{Error, Reader, Writer};

/// How long the owner is told. Whoever has not looked by then has decided to keep the money.
pub const TOLD_FOR: SignedDuration = SignedDuration::from_hours(3 * 24);

fn mark(payment: PaymentId) -> String {
    format!("fraud_review:{payment}")
}

/// Notes that the charge of a payment is to be looked at, if it is.
pub(super) fn note(w: &mut Writer<'_>, payment: PaymentId, charge: Option<&Charge>) -> Result<(), Error> {
    if charge.is_some_and(Charge::is_in_review) { w.put_first_mark(&mark(payment)) } else { Ok(()) }
}

/// Whether that is noted.
pub(super) fn is_noted(r: &Reader<'_>, payment: PaymentId) -> Result<bool, Error> {
    Ok(r.mark(&mark(payment))?.is_some())
}

/// Since when the owner is asked to look at a payment, if that is not long ago.
///
/// # Errors
/// The store failed.
pub fn asked_since(r: &Reader<'_>, payment: PaymentId, now: Timestamp) -> Result<Option<Timestamp>, Error> {
    Ok(r.mark(&mark(payment))?.filter(|since| now.duration_since(*since) < TOLD_FOR))
}
