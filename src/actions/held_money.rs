//! Money that is held goes to an invoice: how much of it, which fee it bore, and the one way that this is booked.
//!
//! Whether it may go there at all is for those who decide: a person with a case ([`super::resolve_review`]), or the rule for
//! an invoice that owes something again ([`super::pay_from_held`]).

use super::{Actor, Refusal, charge_fee};
use crate::billing::bookings;
use crate::billing::invoice::Invoice;
use crate::billing::ledger::Source;
use crate::billing::log::{About, Happening, LogLine};
use crate::billing::money::Money;
use crate::billing::passthrough::Fee;
use crate::billing::payment::Payment;
use crate::store::{Error, Reader, Writer};

/// What of held money can go to an invoice. Minor units.
pub struct Share {
    pub due: i64,
    /// Nothing, or less, if nothing is held or nothing is due.
    pub amount: i64,
    /// What of the rest is the fee that was asked for on top.
    pub fee: Option<Fee>,
}

/// What can go to an invoice now: as far as something is due on it.
///
/// # Errors
/// The store failed.
pub fn share(reader: &Reader<'_>, payment: &Payment, invoice: &Invoice) -> Result<Share, Error> {
    let (due, held) = (reader.standing(invoice)?.due(), reader.free_credit_of(payment)?);
    let fee = charge_fee::of_held(reader, payment, invoice)?.filter(|fee| fee.principal <= due);
    let amount = fee.as_ref().map_or(held, |fee| fee.principal).min(due);
    Ok(Share { due, amount, fee })
}

/// Books a share under the name of what decided it. `told` says after the sum, in the payment log, why it went there.
///
/// # Errors
/// The store failed, or the share is nothing.
pub fn apply(
    w: &mut Writer<'_>,
    (payment, invoice): (&Payment, &Invoice),
    share: &Share,
    source: Source,
    told: &str,
    actor: &Actor,
) -> Result<Money, Refusal> {
    let sum = Money::new(share.amount, payment.amount.currency()).map_err(|error| Refusal::field("amount", error))?;
    w.book(&bookings::apply_credit(payment, invoice.id, share.amount, source, w.now())?)?;
    if let Some(fee) = &share.fee {
        charge_fee::charge_after_all(w, payment, invoice, fee, share.amount)?;
    }
    let line = LogLine::new(w.now(), Happening::PaymentRecorded, actor.channel)
        .about(About::CreditApplied)
        .amount(sum)
        .of_payment(payment, None)
        .detail(format!("{sum} {told}"));
    w.append_log(invoice.id, line)?;
    Ok(sum)
}
