//! What the owner does to an invoice on which somebody may just be paying: the checkout is closed at Stripe first.
//!
//! Before a mail that asks for money, Stripe is asked whether it has come; that needs nothing to be closed.
//!
//! A payment that the owner saw at the bank is a fact, so it is recorded first and the checkout closed afterwards, now or
//! by the sweep.

use std::time::Duration;

use jiff::SignedDuration;

use super::client::Patience;
use super::close::{ELSEWHERE, close, expire};
use super::notices::note_open_checkouts;
use super::settle::Settled;
use super::sync::sync_invoice;
use super::till::Till;
use crate::actions::record_payment::{self, Recorded};
use crate::actions::{Actor, Refusal, checkout, link, mailings, void, write_off};
use crate::billing::attempt::State;
use crate::billing::id::InvoiceId;
use crate::billing::invoice::Invoice;
use crate::billing::letter::{Letter, Matter};
use crate::billing::log::Channel;
use crate::billing::payment::Payment;
use crate::store::{Store, Writer};

/// How long the owner waits for Stripe's word before a mail; it is asked for again when the mail leaves.
const ASK_WITHIN: Duration = Duration::from_secs(5);
/// How long the owner waits for Stripe after a payment was recorded; the sweep goes on from there.
const CLOSE_WITHIN: Duration = Duration::from_secs(5);

/// Voids an invoice.
///
/// # Errors
/// Money was received, the customer was faster, or Stripe cannot be asked.
pub async fn void(
    store: &Store,
    till: Option<&Till>,
    id: InvoiceId,
    reason: &str,
    actor: &Actor,
) -> Result<Invoice, Refusal> {
    store.read(|r| void::check(&r, id, reason))?;
    close_first(store, till, id, actor.channel).await?;
    let (reason, actor) = (reason.to_owned(), actor.clone());
    store.write(move |w| void::void(w, id, &reason, &actor)).await
}

/// Gives an invoice a new public link.
///
/// # Errors
/// It is not issued, the customer was faster, or Stripe cannot be asked.
pub async fn rotate_link(store: &Store, till: Option<&Till>, id: InvoiceId) -> Result<Invoice, Refusal> {
    close_first(store, till, id, Channel::Owner).await?;
    store.write(move |w| link::rotate(w, id)).await
}

/// Gives up what is owed on an invoice; it may still be paid.
///
/// # Errors
/// It is not open.
pub async fn write_off(store: &Store, id: InvoiceId) -> Result<Invoice, Refusal> {
    store.write(move |w| write_off::write_off(w, id)).await
}

/// Owes a reminder, unless Stripe says that the invoice has just been paid.
///
/// # Errors
/// Nothing is due, or there is nobody to write to.
pub async fn remind(
    store: &Store,
    till: Option<&Till>,
    id: InvoiceId,
    undo_for: SignedDuration,
    actor: &Actor,
) -> Result<Letter, Refusal> {
    if let Some(till) = till {
        ask_first(till, id, actor).await;
    }
    let actor = actor.clone();
    store.write(move |w| mailings::remind(w, id, undo_for, &actor)).await
}

/// Brings an invoice up to what Stripe says, and whether money was found that way. If Stripe cannot be asked the mail is
/// owed all the same: before it leaves, Stripe is asked once more.
pub async fn ask_first(till: &Till, id: InvoiceId, actor: &Actor) -> bool {
    let asked = sync_invoice(till, id, actor.channel, Patience::Request);
    match tokio::time::timeout(ASK_WITHIN, asked).await {
        Ok(Ok(settled)) => return matches!(settled, Settled::Booked(_)),
        Ok(Err(error)) => tracing::warn!(invoice = %id, error = %error, "Stripe could not be asked before a mail"),
        Err(_) => tracing::warn!(invoice = %id, "Stripe was too slow to be asked before a mail"),
    }
    false
}

/// Before an invoice is mailed once more: the owner who does that thinks that it is unpaid.
///
/// # Errors
/// It has just been paid.
pub async fn ask_before_resending(
    store: &Store,
    till: Option<&Till>,
    id: InvoiceId,
    actor: &Actor,
) -> Result<(), Refusal> {
    let was_sent = store.read(|r| r.letter_about(&Matter::Invoice { invoice: id, ordinal: 1 }))?.is_some();
    let Some(till) = till.filter(|_| was_sent) else { return Ok(()) };
    if ask_first(till, id, actor).await {
        return Err(Refusal::conflict("A payment of this invoice has just come in, so it was not sent again."));
    }
    Ok(())
}

/// Records a payment and closes the checkout that asks for more than is due now.
///
/// # Errors
/// The invoice is not issued, or a field is not as it must be.
pub async fn record_payment(
    store: &Store,
    till: Option<&Till>,
    id: InvoiceId,
    seen: Recorded,
    actor: &Actor,
) -> Result<Payment, Refusal> {
    record_payment_as(store, till, id, seen, None, actor).await
}

/// Records a payment as the `ordinal`-th of its invoice, so that a form that is sent twice records one.
///
/// # Errors
/// As [`record_payment`], or the invoice has got a payment of that place meanwhile.
pub async fn record_payment_as(
    store: &Store,
    till: Option<&Till>,
    id: InvoiceId,
    seen: Recorded,
    ordinal: Option<u64>,
    actor: &Actor,
) -> Result<Payment, Refusal> {
    let theirs = actor.clone();
    let payment = store.write(move |w| {
        if let Some(ordinal) = ordinal
            && w.next_payment_ordinal(id)? != ordinal
        {
            return Err(Refusal::conflict(
                "Another payment was recorded since this page was opened. If yours is not among them, record it again.",
            ));
        }
        book_payment(w, id, &seen, &theirs)
    });
    let payment = payment.await?;
    close_revoked(store, till, id, actor.channel).await;
    Ok(payment)
}

/// Books a payment that the owner saw, in a transaction of the caller's. The checkout that asks for more than is due now
/// is revoked; [`close_revoked`] closes it at Stripe afterwards.
///
/// # Errors
/// As [`record_payment`].
pub fn book_payment(w: &mut Writer<'_>, id: InvoiceId, seen: &Recorded, actor: &Actor) -> Result<Payment, Refusal> {
    let payment = record_payment::record(w, id, seen, actor)?;
    checkout::revoke(w, id)?;
    Ok(payment)
}

/// Closes the revoked checkout of an invoice at Stripe, if there is one. The payment is recorded whether or not Stripe
/// can be told; the sweep goes on trying, and until it succeeds the owner is shown that somebody may still pay there.
pub async fn close_revoked(store: &Store, till: Option<&Till>, id: InvoiceId, channel: Channel) {
    let live = store.read(|r| r.live_attempt(id)).ok().flatten();
    let revoked = live.filter(|attempt| matches!(attempt.state, State::Revoking { .. }));
    let (Some(attempt), Some(till)) = (revoked, till) else { return };
    let words = "a checkout could not be closed after a payment was recorded; it is tried again";
    match tokio::time::timeout(CLOSE_WITHIN, expire(till, attempt.id, channel, Patience::Request)).await {
        Ok(Ok(_)) => return,
        Ok(Err(error)) => tracing::warn!(attempt = %attempt.id, error = %error, "{words}"),
        Err(_) => tracing::warn!(attempt = %attempt.id, "{words}: Stripe does not answer"),
    }
    note_open_checkouts(till, true).await;
}

/// Closes the open checkout of an invoice, before a change after which nobody may pay on it.
///
/// # Errors
/// The customer was faster, or Stripe cannot be asked.
pub async fn close_first(store: &Store, till: Option<&Till>, id: InvoiceId, channel: Channel) -> Result<(), Refusal> {
    match till {
        Some(till) => close(till, id, channel).await,
        None if store.read(|r| r.live_attempt(id))?.is_none() => Ok(()),
        None => Err(Refusal::Unavailable(ELSEWHERE.into())),
    }
}
