//! A payment that the owner recorded by mistake is taken back: an entry books it back, and the record stays as it was.
//!
//! Money that came through Stripe is a fact that nobody here can take back; it can only be refunded.

use super::write_off::GivenUp;
use super::{Actor, Refusal, checkout, issued, mailings, pay_from_held, resolve_review, write_off};
use crate::billing::bookings;
use crate::billing::field::{Findings, Lines};
use crate::billing::id::{InvoiceId, PaymentId};
use crate::billing::letter::Matter;
use crate::billing::log::{About, Happening, LogLine};
use crate::billing::money::Money;
use crate::billing::payment::Payment;
use crate::billing::review::Action;
use crate::store::{Reader, Writer};

const REASON_CHARS_MAX: usize = 500;
const REOPENED: &str =
    "What had been given up is asked for again, since more is missing now than when that was decided";

/// Whether a payment may be taken back.
///
/// # Errors
/// There is none, it came through Stripe, or it was taken back or refunded already.
pub fn check(reader: &Reader<'_>, id: PaymentId) -> Result<Payment, Refusal> {
    let payment = reader.payment(id)?.ok_or(Refusal::NotFound("payment"))?;
    if payment.method.stripe().is_some() {
        return Err(Refusal::conflict("This payment came through Stripe, so it is a fact. Refund it instead."));
    }
    if reader.taken_back_at(id)?.is_some() {
        return Err(Refusal::conflict("This payment was taken back already."));
    }
    if reader.refunded_of(id)? > 0 {
        return Err(Refusal::conflict("Money of this payment was given back, so it cannot be taken back any more."));
    }
    for (invoice, sum) in reader.applied_of(&payment)? {
        refuse_credited(reader, invoice, sum)?;
    }
    Ok(payment)
}

/// What a credit note has taken back is not owed once more because the money for it is taken off the invoice.
///
/// # Errors
/// More would be owed on the invoice without `amount` than is left of it beside its credit notes.
pub(super) fn refuse_credited(reader: &Reader<'_>, id: InvoiceId, amount: i64) -> Result<(), Refusal> {
    let invoice = issued(reader, id)?;
    let standing = reader.standing(&invoice)?;
    let most = invoice.totals.total.saturating_sub(standing.credited);
    if standing.owed().saturating_add(amount) <= most {
        return Ok(());
    }
    Err(Refusal::conflict(format!(
        "Invoice {} was credited since, and its credit note counts on this money. Refund the money instead.",
        invoice.number
    )))
}

/// Takes a recorded payment back, with everything that was done with its money.
///
/// # Errors
/// As [`check`], or no reason is given.
pub fn take_back(w: &mut Writer<'_>, id: PaymentId, reason: &str, actor: &Actor) -> Result<Payment, Refusal> {
    let payment = check(w, id)?;
    check_reason(reason)?;
    let applied = w.applied_of(&payment)?;
    let mut reopened = Vec::new();
    for (invoice, _) in &applied {
        let invoice = issued(w, *invoice)?;
        if write_off::ask_again(w, &invoice)? != GivenUp::Nothing {
            reopened.push(invoice.id);
        }
    }
    w.book(&bookings::take_back(&payment, &applied, w.now())?)?;
    note(w, &payment, &applied, &reopened, reason, actor)?;
    mailings::withdraw_about(w, [Matter::Receipt { payment: id }, Matter::CreditReceived { payment: id }])?;
    close_cases(w, &payment, actor)?;
    for (invoice, _) in applied {
        pay_from_held::pay(w, invoice, actor)?;
        checkout::revoke_unasked(w, invoice)?;
    }
    Ok(payment)
}

fn check_reason(reason: &str) -> Result<(), Refusal> {
    let mut found = Findings::under("");
    found.text("reason", reason, REASON_CHARS_MAX, Lines::One);
    match found.into_errors() {
        errors if !errors.is_empty() => Err(Refusal::Invalid(errors)),
        _ if reason.trim().is_empty() => Err(Refusal::field("reason", "Say why, for your own records.")),
        _ => Ok(()),
    }
}

/// A line in the log of every invoice that the money had reached, with the sum as it is missing there now.
fn note(
    w: &mut Writer<'_>,
    payment: &Payment,
    applied: &[(InvoiceId, i64)],
    reopened: &[InvoiceId],
    reason: &str,
    actor: &Actor,
) -> Result<(), Refusal> {
    let own = payment.invoice.filter(|own| applied.iter().all(|(invoice, _)| invoice != own));
    let missing = applied.iter().copied().chain(own.map(|own| (own, payment.amount.minor())));
    for (invoice, minor) in missing {
        let sum = Money::new(-minor, payment.amount.currency()).map_err(|error| Refusal::field("amount", error))?;
        let words = format!("{} taken back: {reason}", payment.method.words());
        // How much of a debt is given up is a decision, and nobody made it about this sum.
        let words = if reopened.contains(&invoice) { format!("{words}. {REOPENED}") } else { words };
        let line = LogLine::new(w.now(), Happening::PaymentRecorded, actor.channel).about(About::TakenBack);
        w.append_log(invoice, line.amount(sum).detail(words))?;
    }
    Ok(())
}

/// Nothing is to be decided about money that never came.
fn close_cases(w: &mut Writer<'_>, payment: &Payment, actor: &Actor) -> Result<(), Refusal> {
    for case in w.open_reviews_of_payment(payment)? {
        resolve_review::resolve(w, case.id, Action::Ignore, "The payment was taken back.", None, actor)?;
    }
    Ok(())
}
