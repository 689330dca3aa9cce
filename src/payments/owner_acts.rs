//! What the owner does to an invoice on which somebody may just be paying: the checkout is closed at Stripe first.
//!
//! A payment that the owner saw at the bank is a fact, so it is recorded first and the checkout closed afterwards, now or
//! by the sweep.

use jiff::SignedDuration;

use super::close::close;
use super::till::Till;
use crate::actions::record_payment::{self, Recorded};
use crate::actions::{Actor, Refusal, checkout, link, void, write_off};
use crate::billing::attempt::Attempt;
use crate::billing::id::InvoiceId;
use crate::billing::invoice::Invoice;
use crate::billing::payment::Payment;
use crate::store::{Error, Store, Writer};

/// A payment that was being confirmed while its session was closed may still win; it is looked at once more.
const SECOND_LOOK: SignedDuration = SignedDuration::from_secs(60);

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
    close_first(store, till, id).await?;
    let (reason, actor) = (reason.to_owned(), actor.clone());
    store
        .write(move |w| {
            let invoice = void::void(w, id, &reason, &actor)?;
            look_again(w, id)?;
            Ok(invoice)
        })
        .await
}

/// Gives an invoice a new public link.
///
/// # Errors
/// It is not issued, the customer was faster, or Stripe cannot be asked.
pub async fn rotate_link(store: &Store, till: Option<&Till>, id: InvoiceId) -> Result<Invoice, Refusal> {
    close_first(store, till, id).await?;
    store.write(move |w| link::rotate(w, id)).await
}

/// Gives up what is owed on an invoice; it may still be paid.
///
/// # Errors
/// It is not open.
pub async fn write_off(store: &Store, id: InvoiceId) -> Result<Invoice, Refusal> {
    store.write(move |w| write_off::write_off(w, id)).await
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
    let actor = actor.clone();
    let payment = store
        .write(move |w| {
            if let Some(ordinal) = ordinal
                && w.next_payment_ordinal(id)? != ordinal
            {
                return Err(Refusal::conflict(
                    "Another payment was recorded since this page was opened. If yours is not among them, record it again.",
                ));
            }
            let payment = record_payment::record(w, id, &seen, &actor)?;
            checkout::revoke(w, id)?;
            Ok::<_, Refusal>(payment)
        })
        .await?;
    if let Some(till) = till {
        let attempt = store.read(|r| r.live_attempt(id))?;
        if let Some(attempt) = attempt {
            // The payment is recorded whether or not Stripe can be told; the sweep goes on trying.
            if let Err(error) = super::close::expire(till, attempt.id).await {
                tracing::warn!(attempt = %attempt.id, error = %error, "a checkout could not be closed after a payment was recorded");
            }
        }
    }
    Ok(payment)
}

async fn close_first(store: &Store, till: Option<&Till>, id: InvoiceId) -> Result<(), Refusal> {
    let live = store.read(|r| r.live_attempt(id))?;
    match (live, till) {
        (None, _) => Ok(()),
        (Some(attempt), Some(till)) if attempt.account == till.account => close(till, id).await,
        (Some(_), _) => Err(Refusal::Unavailable(
            "A checkout of this invoice is open in a Stripe account whose key is not in use any more. It ends by itself within two hours.".into(),
        )),
    }
}

fn look_again(w: &mut Writer<'_>, id: InvoiceId) -> Result<(), Error> {
    let Some(attempt) = w.attempts_of_invoice(id, 1)?.pop().filter(|attempt| attempt.session.is_some()) else {
        return Ok(());
    };
    let next_look = w.now().saturating_add(SECOND_LOOK).ok();
    w.put_attempt(&Attempt { next_look, ..attempt })
}
