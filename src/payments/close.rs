//! A session is closed at Stripe before the owner changes what it is about, so that nobody pays what is no longer asked.
//!
//! In three steps: no new attempt may begin; Stripe is asked to expire the session; only then is the change made. If
//! Stripe cannot be asked, nothing is changed and the session may be paid on as before.

use super::client::{CallError, Patience};
use super::form::{Operation, idempotency_key};
use super::settle::{Settled, settle};
use super::sweep::given_up_at;
use super::sync::{SyncError, sync_session};
use super::till::Till;
use crate::actions::Refusal;
use crate::actions::checkout;
use crate::billing::attempt::{Attempt, State};
use crate::billing::id::{AttemptId, InvoiceId};
use crate::billing::log::Channel;

/// Said to the owner while Stripe cannot be asked.
const UNASKED: &str = "Stripe cannot be asked just now whether somebody is paying this invoice. Nothing was changed; try \
                       again in a minute.";
/// Said to the owner if the session is out of reach.
pub(super) const ELSEWHERE: &str = "A checkout of this invoice is open in a Stripe account whose key is not in use any \
                                    more. It ends by itself within a few hours.";

/// Said to the owner if only a key of the other mode can tell what became of the session.
fn of_the_other_mode(attempt: &Attempt) -> String {
    format!(
        "A checkout of this invoice was opened with a {} key, and another is in use now. Put that key back, or wait until \
         {}: from then on it counts as ended.",
        if attempt.book.is_test() { "test" } else { "live" },
        given_up_at(attempt).strftime("%-d %B %Y")
    )
}

/// Closes the live session of an invoice, if there is one; `channel` is who asks for it.
///
/// # Errors
/// It was paid meanwhile, or Stripe cannot be asked; then it may be paid on as before.
pub async fn close(till: &Till, invoice: InvoiceId, channel: Channel) -> Result<(), Refusal> {
    let live = till.store.write(move |w| checkout::revoke(w, invoice)).await?;
    let Some(live) = live else { return Ok(()) };
    if live.is_processing() {
        return Err(checkout::under_way("this invoice"));
    }
    match expire(till, live.id, channel, Patience::Request).await {
        Ok(_) => closed(till.store.read(|r| r.attempt(live.id))?.as_ref()),
        Err(SyncError::Store(error)) => Err(error.into()),
        Err(error) => {
            tracing::warn!(attempt = %live.id, error = %error, "a checkout could not be closed");
            till.store.write(move |w| checkout::unrevoke(w, live.id)).await?;
            let words = match error.is_not_found() {
                true if live.book != till.book() => of_the_other_mode(&live),
                true => ELSEWHERE.to_owned(),
                false => UNASKED.to_owned(),
            };
            Err(Refusal::Unavailable(words))
        }
    }
}

/// Whether the attempt has ended without money, so that the owner's change may be made.
fn closed(attempt: Option<&Attempt>) -> Result<(), Refusal> {
    match attempt.map(|attempt| &attempt.state) {
        Some(State::Paid { .. }) => Err(Refusal::conflict("The customer was faster: this invoice has just been paid.")),
        Some(State::Processing) => Err(checkout::under_way("this invoice")),
        Some(State::Open | State::Revoking { .. } | State::Creating | State::CreateUnknown { .. }) => {
            Err(Refusal::Unavailable(UNASKED.into()))
        }
        _ => Ok(()),
    }
}

/// Asks Stripe to expire an attempt's session; if that is refused, what the session says decides.
///
/// # Errors
/// Stripe could not be asked, or the store failed.
pub async fn expire(till: &Till, id: AttemptId, channel: Channel, patience: Patience) -> Result<Settled, SyncError> {
    let session = till.store.read(|r| r.attempt(id))?.and_then(|attempt| attempt.session);
    match session {
        Some(session) => close_session(till, id, &session, channel, patience).await,
        None => Ok(Settled::Unchanged),
    }
}

/// As [`expire`], for a session that the attempt may not know yet.
pub(super) async fn close_session(
    till: &Till,
    id: AttemptId,
    session: &str,
    channel: Channel,
    patience: Patience,
) -> Result<Settled, SyncError> {
    // Each decision to close is a new request: a cached refusal must not stick.
    let row = format!("{id}:{}", till.now().as_millisecond());
    let key = idempotency_key(Operation::ExpireSession, &till.appliance, &row);
    match till.ask(patience).expire_session(session, &key).await {
        Ok(answer) => {
            let (news, expired) = (till.news(channel, None), answer.value);
            Ok(till.store.write(move |w| settle(w, &expired, &news)).await?)
        }
        Err(CallError::Fail { .. }) => sync_session(till, session, channel, None, patience).await,
        Err(error) => Err(error.into()),
    }
}
