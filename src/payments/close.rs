//! A session is closed at Stripe before the owner changes what it is about, so that nobody pays what is no longer asked.
//!
//! In three steps: no new attempt may begin; Stripe is asked to expire the session; only then is the change made. If
//! Stripe cannot be asked, nothing is changed and the session may be paid on as before.

use super::checkout::{Asked, SyncError, ask_for_session, now, sync};
use super::client::{CallError, Patience};
use super::form::{Operation, idempotency_key};
use super::settle::{Settled, settle};
use super::till::Till;
use crate::actions::Refusal;
use crate::actions::checkout;
use crate::billing::attempt::State;
use crate::billing::id::{AttemptId, InvoiceId};
use crate::billing::log::Channel;

/// Closes the live session of an invoice, if there is one.
///
/// # Errors
/// It was paid meanwhile, or Stripe cannot be asked; then it may be paid on as before.
pub async fn close(till: &Till, invoice: InvoiceId) -> Result<(), Refusal> {
    let live = till.store.write(move |w| checkout::revoke(w, invoice)).await.map_err(Refusal::Store)?;
    let Some(live) = live else { return Ok(()) };
    let live = match live.state {
        State::Creating | State::CreateUnknown { .. } => match ask_for_session(till, &live, Patience::Request).await? {
            Asked::Open(attempt) => attempt,
            Asked::MovedOn | Asked::Refused { .. } => return Ok(()),
            Asked::Lost => return Err(Refusal::Unavailable("Stripe cannot be asked just now whether somebody is paying this invoice. Nothing was changed; try again in a minute.".into())),
        },
        State::Processing => {
            return Err(Refusal::conflict("A payment of this invoice is under way at the bank. Wait until it has arrived or failed."));
        }
        _ => live,
    };
    till.store.write(move |w| checkout::revoke(w, invoice)).await.map_err(Refusal::Store)?;
    match expire(till, live.id).await {
        Ok(Settled::Booked(_)) => Err(Refusal::conflict("The customer was faster: this invoice has just been paid.")),
        Ok(_) => after_close(till, live.id).await,
        Err(SyncError::Stripe(error)) => {
            tracing::warn!(attempt = %live.id, error = %error, "a checkout could not be closed");
            till.store.write(move |w| checkout::unrevoke(w, live.id)).await.map_err(Refusal::Store)?;
            Err(Refusal::Unavailable("Stripe cannot be asked just now whether somebody is paying this invoice. Nothing was changed; try again in a minute.".into()))
        }
        Err(SyncError::Store(error)) => Err(error.into()),
    }
}

async fn after_close(till: &Till, id: AttemptId) -> Result<(), Refusal> {
    match till.store.read(|r| r.attempt(id))?.map(|attempt| attempt.state) {
        Some(State::Paid { .. }) => Err(Refusal::conflict("The customer was faster: this invoice has just been paid.")),
        Some(State::Processing) => {
            Err(Refusal::conflict("The customer was faster: a payment of this invoice is under way at the bank."))
        }
        _ => Ok(()),
    }
}

/// Asks Stripe to expire an attempt's session; if that is refused, what the session says decides.
///
/// # Errors
/// Stripe could not be asked, or the store failed.
pub async fn expire(till: &Till, id: AttemptId) -> Result<Settled, SyncError> {
    let Some(attempt) = till.store.read(|r| r.attempt(id))? else { return Ok(Settled::Unchanged) };
    let Some(session) = attempt.session.clone() else { return Ok(Settled::Unchanged) };
    let now = now(till).await?;
    // Each decision to close is a new request: a cached refusal must not stick.
    let key =
        idempotency_key(Operation::ExpireSession, &till.appliance, &format!("{}:{}", attempt.id, now.as_millisecond()));
    match till.ask(Patience::Request).expire_session(&session, &key).await {
        Ok(answer) => {
            let (news, expired) = (till.news(Channel::Schedule, None), answer.value);
            Ok(till.store.write(move |w| settle(w, &expired, &news)).await?)
        }
        Err(CallError::Fail { .. }) => sync(till, &attempt, Channel::Schedule, None, Patience::Request).await,
        Err(error) => Err(error.into()),
    }
}
