//! Stripe is asked about a session, and what it says now is settled. Webhook, return page, sweep and reconciliation all
//! come this way; it may be gone as often as one likes, by many at once.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;

use super::client::{CallError, FailKind, Patience};
use super::disputes::sync_of_intent;
use super::notices::{Task, note_call};
use super::objects::{PaymentIntent, bears};
use super::refunds;
use super::scale;
use super::settle::{Settled, settle, settle_stray};
use super::till::Till;
use crate::billing::attempt::{Attempt, State};
use crate::billing::id::{AttemptId, InvoiceId};
use crate::billing::log::Channel;
use crate::store::{Error, Reader};

/// Attempts of an invoice that are looked through for those that may still bring money: they are among the latest.
const ATTEMPTS_MAX: usize = 50;

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

/// Does one piece of work of many. A panic in it becomes its error: it is tried again like any other that failed, and
/// those behind it are not held up (row J9).
pub(super) async fn alone<T>(work: impl Future<Output = Result<T, SyncError>>) -> Result<T, SyncError> {
    AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(|_| Err(SyncError::Store(Error::Panicked)))
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
    let (news, gone) = (till.news(channel, event), session.intent().and_then(Gone::of));
    let settled = till.store.write(move |w| settle(w, &session, &news)).await?;
    till.note_settled(&settled, channel);
    follow(till, gone, channel).await?;
    Ok(settled)
}

/// Asks Stripe for the checkout behind a payment and settles what it says. Money that bears our name and has none is
/// booked all the same; a person decides what it is for.
///
/// # Errors
/// Stripe could not be asked, or the store failed.
pub async fn sync_intent(
    till: &Till,
    intent: &str,
    channel: Channel,
    event: Option<&str>,
) -> Result<Settled, SyncError> {
    let sessions = till.ask(Patience::Background).sessions_of_intent(intent).await?.value.data;
    if let Some(session) = sessions.into_iter().next().and_then(|session| session.id) {
        return sync_session(till, &session, channel, event, Patience::Background).await;
    }
    let found = match till.ask(Patience::Background).payment_intent(intent).await {
        Ok(answer) => answer.value,
        // Nothing was received by what is not there.
        Err(CallError::Fail { kind: FailKind::NotFound, .. }) => return Ok(Settled::Foreign),
        Err(error) => return Err(error.into()),
    };
    if !bears(&found.metadata, &till.appliance) {
        return Ok(Settled::Foreign);
    }
    // Stripe's list may lag behind: the attempt that the payment names knows its session.
    if let Some(session) = session_named(till, &found)? {
        let settled = sync_session(till, &session, channel, event, Patience::Background).await?;
        if till.store.read(|r| r.payment_by_intent(intent))?.is_some() {
            return Ok(settled);
        }
    }
    let (news, gone) = (till.news(channel, event), Gone::of(&found));
    let settled = till.store.write(move |w| settle_stray(w, &found, &news)).await?;
    till.note_settled(&settled, channel);
    follow(till, gone, channel).await?;
    Ok(settled)
}

/// The session of the attempt that a payment names.
fn session_named(till: &Till, intent: &PaymentIntent) -> Result<Option<String>, Error> {
    match intent.metadata.get("attempt").map(|text| text.parse::<AttemptId>()) {
        Some(Ok(id)) => Ok(till.store.read(|r| r.attempt(id))?.and_then(|attempt| attempt.session)),
        _ => Ok(None),
    }
}

/// What went back of a payment, as its charge shows it.
struct Gone {
    intent: String,
    /// In Stripe's scaling.
    refunded: i64,
    is_disputed: bool,
}

impl Gone {
    /// `None` if nothing did.
    fn of(intent: &PaymentIntent) -> Option<Self> {
        let charge = intent.charge().filter(|charge| charge.has_gone_back())?;
        let intent = intent.name().to_owned();
        Some(Self { intent, refunded: charge.refunded(), is_disputed: charge.is_disputed() })
    }

    /// Whether the books lack refunds of it, and whether its dispute.
    fn is_missing(&self, r: &Reader<'_>) -> Result<(bool, bool), Error> {
        let Some(payment) = r.payment_by_intent(&self.intent)? else { return Ok((false, false)) };
        let refunded = scale::minor(self.refunded, payment.amount.currency().code()).unwrap_or(0);
        let is_disputed = self.is_disputed && r.disputes_of_payment(payment.id)?.is_empty();
        Ok((refunded > r.gone_of(payment.id)?, is_disputed))
    }
}

/// A payment comes into the books before what went back of it. That is asked for until the books have it: had the first
/// asking failed, nobody else would.
async fn follow(till: &Till, gone: Option<Gone>, channel: Channel) -> Result<(), SyncError> {
    let Some(gone) = gone else { return Ok(()) };
    let (refunds, dispute) = till.store.read(|r| gone.is_missing(&r))?;
    if refunds {
        refunds::sync_intent(till, &gone.intent, channel).await?;
    }
    if dispute {
        sync_of_intent(till, &gone.intent, channel).await?;
    }
    Ok(())
}

/// Asks Stripe about every attempt of an invoice that may still bring money, also one that the owner let go: before
/// anything is done because the invoice is unpaid, such as a reminder. Money that was found outweighs what else was.
///
/// # Errors
/// Stripe could not be asked, or the store failed.
pub async fn sync_invoice(
    till: &Till,
    invoice: InvoiceId,
    channel: Channel,
    patience: Patience,
) -> Result<Settled, SyncError> {
    let attempts = till.store.read(|r| r.attempts_of_invoice(invoice, ATTEMPTS_MAX))?;
    let mut found = Settled::Unchanged;
    for attempt in attempts.iter().filter(|attempt| attempt.is_live() || attempt.state == State::LetGo) {
        let settled = sync(till, attempt, channel, None, patience).await?;
        if !matches!(found, Settled::Booked(_)) {
            found = settled;
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::{Error, Settled, SyncError, alone, is_of_one_change};

    #[tokio::test]
    async fn j9_a_panic_over_one_piece_of_work_is_its_own_failure() {
        let failed = alone::<()>(async { panic!("over one event") }).await;
        let Err(SyncError::Store(error)) = failed else { panic!("{failed:?}") };
        assert!(matches!(error, Error::Panicked) && is_of_one_change(&error), "others go on");
        assert!(matches!(alone(async { Ok(Settled::Moved) }).await, Ok(Settled::Moved)));
    }
}
