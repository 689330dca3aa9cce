//! Events are worked off: each names an object, the object is asked for, and what Stripe says of it now is settled.
//!
//! The payload of an event is never believed. What cannot be worked off is tried again for two days, and then shown.

use jiff::{SignedDuration, Timestamp};

use super::checkout::{SyncError, sync_session};
use super::client::{CallError, FailKind, Patience};
use super::settle::Settled;
use super::till::Till;
use crate::billing::event::{Event, Handling};
use crate::billing::log::Channel;
use crate::store::Error;

/// An event that could not be worked off for so long is dead and is shown to the owner.
const GIVE_UP_AFTER: SignedDuration = SignedDuration::from_hours(48);
/// An object that Stripe does not know may be of another account; waiting long does not help.
const UNKNOWN_FOR: SignedDuration = SignedDuration::from_hours(1);
const RETRY_SECONDS: [i64; 7] = [1, 5, 15, 60, 300, 900, 3600];
/// Events that one round works off.
pub const ROUND_MAX: usize = 50;

/// Works off what is due and returns the events, each with what settling it came to.
///
/// # Errors
/// The store failed.
pub async fn work_off(till: &Till) -> Result<Vec<(Event, Option<Settled>)>, Error> {
    let now = till.store.write(|w| Ok::<_, Error>(w.now())).await?;
    let events = till.store.read(|r| r.events_due(now, ROUND_MAX))?;
    let mut worked_off = Vec::with_capacity(events.len());
    for event in events {
        let (left, settled) = handle(till, &event, now).await?;
        finish(till, event.id.clone(), left).await?;
        worked_off.push((event, settled));
    }
    Ok(worked_off)
}

/// How an event is left, and why if it failed.
struct Left {
    state: Handling,
    error: Option<String>,
}

impl Left {
    fn done(at: Timestamp) -> Self {
        Self { state: Handling::Done { at }, error: None }
    }

    fn ignored(reason: &str) -> Self {
        Self { state: Handling::Ignored { reason: reason.to_owned() }, error: None }
    }
}

async fn handle(till: &Till, event: &Event, now: Timestamp) -> Result<(Left, Option<Settled>), Error> {
    if event.livemode != till.livemode {
        return Ok((Left::ignored("it is of the other mode (test or live) than the key in use"), None));
    }
    if event.account.is_some() {
        return Ok((Left::ignored("it is about a connected account, and Quittance uses none"), None));
    }
    let settled = match event.object_kind.as_str() {
        "checkout.session" => {
            sync_session(till, &event.object_id, Channel::Webhook, Some(&event.id), Patience::Background).await
        }
        "payment_intent" => of_intent(till, &event.object_id, &event.id).await,
        "charge" => of_charge(till, &event.object_id, &event.id).await,
        _ => return Ok((Left::ignored("Quittance does not act on events of this type"), None)),
    };
    Ok(match settled {
        Ok(Settled::Foreign) => (Left { state: Handling::Foreign, error: None }, None),
        Ok(settled) => (Left::done(now), Some(settled)),
        Err(SyncError::Store(error)) => return Err(error),
        Err(SyncError::Stripe(error)) => (retry(event, &error, now), None),
    })
}

/// The session of a PaymentIntent, wherever it is known.
async fn of_intent(till: &Till, intent: &str, event: &str) -> Result<Settled, SyncError> {
    let known = till.store.read(|r| r.payment_by_intent(intent))?;
    let session = known.and_then(|payment| payment.method.stripe().and_then(|stripe| stripe.session.clone()));
    let session = match session {
        Some(session) => Some(session),
        None => till
            .ask(Patience::Background)
            .sessions_of_intent(intent)
            .await?
            .value
            .data
            .into_iter()
            .next()
            .and_then(|session| session.id),
    };
    match session {
        Some(session) => sync_session(till, &session, Channel::Webhook, Some(event), Patience::Background).await,
        None => Ok(Settled::Foreign),
    }
}

async fn of_charge(till: &Till, charge: &str, event: &str) -> Result<Settled, SyncError> {
    let charge = till.ask(Patience::Background).charge(charge).await?.value;
    match charge.intent_name() {
        Some(intent) => of_intent(till, intent, event).await,
        None => Ok(Settled::Foreign),
    }
}

fn retry(event: &Event, error: &CallError, now: Timestamp) -> Left {
    let age = now.duration_since(event.received_at);
    let patience =
        if matches!(error, CallError::Fail { kind: FailKind::NotFound, .. }) { UNKNOWN_FOR } else { GIVE_UP_AFTER };
    if age > patience {
        tracing::error!(event = %event.id, error = %error, "an event could not be worked off and was given up");
        return Left { state: Handling::Dead { at: now }, error: Some(error.to_string()) };
    }
    let step = usize::try_from(event.tries).unwrap_or(usize::MAX).min(RETRY_SECONDS.len() - 1);
    let wait = SignedDuration::from_secs(RETRY_SECONDS[step]);
    let next_try = now.saturating_add(wait).unwrap_or(now);
    Left { state: Handling::Pending { next_try }, error: Some(error.to_string()) }
}

async fn finish(till: &Till, id: String, left: Left) -> Result<(), Error> {
    till.store
        .write(move |w| match w.event(&id)? {
            Some(event) => w.put_event(&Event {
                state: left.state.clone(),
                tries: event.tries.saturating_add(1),
                last_error: left.error.clone(),
                ..event
            }),
            None => Ok(()),
        })
        .await
}
