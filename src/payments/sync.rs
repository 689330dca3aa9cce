//! Stripe is asked about a session, and what it says now is settled. Webhook, return page, sweep and reconciliation all
//! come this way; it may be gone as often as one likes, by many at once.

use super::client::{CallError, FailKind, Patience};
use super::disputes::sync_of_intent;
use super::notices::{Task, note_call};
use super::objects::CheckoutSession;
use super::refunds;
use super::settle::{Settled, settle};
use super::till::Till;
use crate::billing::attempt::Attempt;
use crate::billing::id::InvoiceId;
use crate::billing::log::Channel;
use crate::store::Error;

/// Why the books could not be brought to what Stripe says.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    #[error(transparent)]
    Stripe(#[from] CallError),
    #[error(transparent)]
    Store(#[from] Error),
}

impl SyncError {
    /// Whether Stripe does not know what was asked for: it is in another account, or was never made.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Stripe(CallError::Fail { kind: FailKind::NotFound, .. }))
    }
}

/// Whether a failure of the store is about the one change that was tried, so that others may go on.
pub(super) fn is_of_one_change(error: &Error) -> bool {
    matches!(
        error,
        Error::Panicked
            | Error::Damaged { .. }
            | Error::Unsound(_)
            | Error::Unreadable { .. }
            | Error::Unwritable { .. }
    )
}

/// Asks Stripe about an attempt's session and settles what it says.
///
/// # Errors
/// Stripe could not be asked, or the store failed.
pub async fn sync(
    till: &Till,
    attempt: &Attempt,
    channel: Channel,
    event: Option<&str>,
    patience: Patience,
) -> Result<Settled, SyncError> {
    let Some(session) = &attempt.session else { return Ok(Settled::Unchanged) };
    sync_session(till, session, channel, event, patience).await
}

/// Asks Stripe about a session and settles what it says.
///
/// # Errors
/// Stripe could not be asked, or the store failed.
pub async fn sync_session(
    till: &Till,
    session: &str,
    channel: Channel,
    event: Option<&str>,
    patience: Patience,
) -> Result<Settled, SyncError> {
    let answer = till.ask(patience).session(session).await;
    note_call(till, Task::Session, answer.as_ref().err()).await;
    let session = answer?.value;
    let (news, refunded, disputed) = (till.news(channel, event), refunded_already(&session), disputed_intent(&session));
    let settled = till.store.write(move |w| settle(w, &session, &news)).await?;
    if !matches!(settled, Settled::Booked(_)) {
        return Ok(settled);
    }
    // Money that went back before it was first seen here: the payment is in the books now, the rest follows.
    if let Some(intent) = refunded {
        refunds::sync_intent(till, &intent, channel).await?;
    }
    if let Some(intent) = disputed {
        sync_of_intent(till, &intent, channel).await?;
    }
    Ok(settled)
}

/// The PaymentIntent of a session of whose money something went back.
fn refunded_already(session: &CheckoutSession) -> Option<String> {
    let intent = session.intent()?;
    let refunded = intent.charge()?.amount_refunded.is_some_and(|wire| wire > 0);
    refunded.then(|| intent.name().to_owned())
}

/// The PaymentIntent of a session whose payment was disputed before it was seen here.
fn disputed_intent(session: &CheckoutSession) -> Option<String> {
    let intent = session.intent()?;
    let disputed = intent.charge().and_then(|charge| charge.disputed) == Some(true);
    disputed.then(|| intent.name().to_owned())
}

/// Asks Stripe about the live attempt of an invoice: before anything is done because the invoice is unpaid, such as a
/// reminder.
///
/// # Errors
/// Stripe could not be asked, or the store failed.
pub async fn sync_invoice(
    till: &Till,
    invoice: InvoiceId,
    channel: Channel,
    patience: Patience,
) -> Result<Settled, SyncError> {
    match till.store.read(|r| r.live_attempt(invoice))? {
        Some(attempt) => sync(till, &attempt, channel, None, patience).await,
        None => Ok(Settled::Unchanged),
    }
}
