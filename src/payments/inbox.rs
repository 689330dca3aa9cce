//! Events are worked off: each names an object, the object is asked for, and what Stripe says of it now is settled.
//!
//! The payload of an event is never believed. What cannot be worked off is tried again for two days, and then shown; a
//! fault of our own over one event, be it a panic, is that event's failure and holds up no other.

use jiff::{SignedDuration, Timestamp};

use super::client::Patience;
use super::disputes::{sync_dispute, sync_warning};
use super::movements::{self, Brought, Known};
use super::objects::{Charge, Expandable};
use super::payouts;
use super::refunds;
use super::settle::Settled;
use super::sync::{SyncError, alone, is_of_one_change, sync_intent, sync_session};
use super::till::Till;
use super::unheld;
use crate::actions::reviews::{self, Case};
use crate::billing::attempt::State;
use crate::billing::event::{Arrival, Event, Handling};
use crate::billing::log::Channel;
use crate::billing::payment::Payment;
use crate::billing::review::{Evidence, Reason};
use crate::store::{Error, Writer};

/// An event that could not be worked off for so long is dead and is shown to the owner.
const GIVE_UP_AFTER: SignedDuration = SignedDuration::from_hours(48);
/// An object that Stripe does not know may be of another account; waiting long does not help.
const UNKNOWN_FOR: SignedDuration = SignedDuration::from_hours(1);
const RETRY_SECONDS: [i64; 7] = [1, 5, 15, 60, 300, 900, 3600];
/// Whatever the clock says, an event is tried so often before it is given up: a machine that slept for days, or had no
/// key, has not tried at all.
const TRIES_MIN: u32 = 5;
/// Events that one round works off.
pub const ROUND_MAX: usize = 50;

/// Works off what is due and returns the events, each with what settling it came to.
///
/// # Errors
/// The store failed.
pub async fn work_off(till: &Till) -> Result<Vec<(Event, Option<Settled>)>, Error> {
    let now = till.now();
    let events = till.store.read(|r| r.events_due(now, ROUND_MAX))?;
    let mut worked_off = Vec::with_capacity(events.len());
    for event in events {
        let (left, settled) = handle(till, &event).await?;
        let (id, handled) = (event.id.clone(), left.of(&event));
        till.store
            .write(move |w| match w.event(&id)? {
                // Another round may have been faster.
                Some(stored) if matches!(stored.state, Handling::Pending { .. }) => put(w, &handled),
                _ => Ok(()),
            })
            .await?;
        worked_off.push((event, settled));
    }
    Ok(worked_off)
}

/// Works off an event that was asked for and is not kept yet, or was of the other mode, and keeps it as it is left: if
/// this is cut off, it will be asked for again.
pub(super) async fn work_off_polled(till: &Till, event: &Event) -> Result<Option<Settled>, Error> {
    let (left, settled) = handle(till, event).await?;
    let handled = left.of(event);
    till.store
        .write(move |w| match w.event(&handled.id)? {
            Some(stored) if stored.state != Handling::OtherMode => Ok(()),
            _ => put(w, &handled),
        })
        .await?;
    Ok(settled)
}

/// Stores an event; one that is given up is a case for the owner.
fn put(w: &mut Writer<'_>, event: &Event) -> Result<(), Error> {
    w.put_event(event)?;
    if !matches!(event.state, Handling::Dead { .. }) {
        return Ok(());
    }
    let words = format!(
        "Stripe reported {} of {}, and it could not be worked off: {}. The key and the webhook may belong to different \
         accounts.",
        event.kind,
        event.object_id,
        event.last_error.as_deref().unwrap_or("the reason is not known")
    );
    let case = Case::new(Reason::UnknownPayment, &event.id, words).evidence(vec![Evidence::new(
        "Object",
        event.object_id.as_str(),
        "unknown",
    )]);
    reviews::open(w, case).map(drop)
}

/// Has an event that waits, or was given up, worked off again now. Whether there is such an event.
///
/// # Errors
/// The store failed.
pub fn try_again(w: &mut Writer<'_>, id: &str) -> Result<bool, Error> {
    let Some(event) = w.event(id)? else { return Ok(false) };
    if !event.may_be_tried() {
        return Ok(false);
    }
    let state = Handling::Pending { next_try: w.now() };
    w.put_event(&Event { state, tries: 0, ..event })?;
    Ok(true)
}

/// How an event is left, and why if it failed.
struct Left {
    state: Handling,
    error: Option<String>,
}

impl Left {
    fn of(self, event: &Event) -> Event {
        Event { state: self.state, last_error: self.error, tries: event.tries.saturating_add(1), ..event.clone() }
    }

    fn ignored(reason: &str) -> Self {
        Self { state: Handling::Ignored { reason: reason.to_owned() }, error: None }
    }
}

async fn handle(till: &Till, event: &Event) -> Result<(Left, Option<Settled>), Error> {
    if event.kind.starts_with("v1.") || event.kind.starts_with("v2.") {
        tracing::error!(event = %event.id, "the webhook endpoint at Stripe sends thin events; make one that sends snapshots");
        return Ok((Left::ignored("the webhook endpoint at Stripe is set to thin events, which say too little"), None));
    }
    if event.livemode != till.livemode {
        tracing::warn!(event = %event.id, "an event of the other mode (test or live) came in");
        return Ok((Left { state: Handling::OtherMode, error: None }, None));
    }
    if event.account.is_some() {
        return Ok((Left::ignored("it is about a connected account, and Quittance uses none"), None));
    }
    Ok(match alone(of_object(till, event)).await {
        Ok(None) => (Left::ignored("Quittance does not act on events of this type"), None),
        Ok(Some(Settled::Foreign)) => (Left { state: Handling::Foreign, error: None }, None),
        Ok(settled) => (Left { state: Handling::Done { at: till.now() }, error: None }, settled),
        // What is wrong with one event must not hold up the others.
        Err(SyncError::Store(error)) if !is_of_one_change(&error) => return Err(error),
        Err(error) => (retry(event, &error, till.now()), None),
    })
}

/// Asks for the object and settles it; `None` of a kind that the books do not know.
async fn of_object(till: &Till, event: &Event) -> Result<Option<Settled>, SyncError> {
    let (id, channel, by) = (event.object_id.as_str(), channel(event), Some(event.id.as_str()));
    let settled = match event.object_kind.as_str() {
        "checkout.session" => of_session(till, event).await,
        "payment_intent" => of_intent(till, id, event).await,
        "charge" => of_charge(till, event).await,
        "refund" => of_refund(till, event).await,
        "dispute" => sync_dispute(till, id, channel, by).await,
        "radar.early_fraud_warning" => sync_warning(till, id, channel, by).await,
        "payout" => of_payout(till, event).await,
        _ => return Ok(None),
    };
    settled.map(Some)
}

fn channel(event: &Event) -> Channel {
    match event.arrival {
        Arrival::Webhook => Channel::Webhook,
        Arrival::Poll => Channel::Reconciliation,
    }
}

async fn sync_of(till: &Till, session: &str, event: &Event) -> Result<Settled, SyncError> {
    sync_session(till, session, channel(event), Some(&event.id), Patience::Background).await
}

/// What is booked is not asked for again: reads are rationed, and a payment is a fact that no event changes. A try that
/// failed may have booked it and not what follows, so the next one asks.
async fn of_session(till: &Till, event: &Event) -> Result<Settled, SyncError> {
    let attempt = till.store.read(|r| r.attempt_by_session(&event.object_id))?;
    match attempt.map(|attempt| attempt.state) {
        Some(State::Paid { .. }) if event.tries == 0 => Ok(Settled::Unchanged),
        _ => sync_of(till, &event.object_id, event).await,
    }
}

async fn of_intent(till: &Till, intent: &str, event: &Event) -> Result<Settled, SyncError> {
    if event.tries == 0 && till.store.read(|r| r.payment_by_intent(intent))?.is_some() {
        return Ok(Settled::Unchanged);
    }
    sync_intent(till, intent, channel(event), Some(&event.id)).await
}

/// A charge changes when Stripe books its money: then its fee is known. What is known is not asked for again.
async fn of_charge(till: &Till, event: &Event) -> Result<Settled, SyncError> {
    let known = till.store.read(|r| r.payment_by_charge(&event.object_id))?;
    if let Some(payment) = &known
        && till.store.read(|r| r.movement_of_payment(payment.id))?.is_some()
    {
        return Ok(Settled::Unchanged);
    }
    let charge = till.ask(Patience::Background).charge(&event.object_id).await?.value;
    match (known, charge.intent_name()) {
        (Some(payment), _) => of_known_charge(till, charge, payment, event).await,
        (None, Some(intent)) => of_intent(till, intent, event).await,
        (None, None) => Ok(Settled::Foreign),
    }
}

async fn of_known_charge(till: &Till, charge: Charge, payment: Payment, event: &Event) -> Result<Settled, SyncError> {
    let Some(Expandable::Object(transaction)) = charge.balance_transaction else { return Ok(Settled::Unchanged) };
    let (news, id) = (till.news(channel(event), Some(&event.id)), transaction.id.clone());
    let bring = move |w: &mut Writer<'_>| {
        let brought = movements::bring_known(w, &transaction, Known::payment(&payment), &news)?;
        unheld::tell(w, &transaction, &brought)?;
        Ok::<_, Error>(brought)
    };
    Ok(match till.store.write(bring).await? {
        Brought::Booked(_) => {
            till.note_movement(&id.unwrap_or_default(), channel(event));
            Settled::Moved
        }
        Brought::PaidOut => Settled::Moved,
        Brought::Unchanged | Brought::NeedsSource | Brought::Unreadable | Brought::Differs(_) => Settled::Unchanged,
    })
}

/// The payment first, if a lost webhook left it out of the books.
async fn of_refund(till: &Till, event: &Event) -> Result<Settled, SyncError> {
    let refund = till.ask(Patience::Background).refund(&event.object_id).await?.value;
    if let Some(intent) = refund.intent_name() {
        of_intent(till, intent, event).await?;
    }
    Ok(match refunds::take(till, refund, till.news(channel(event), Some(&event.id))).await? {
        refunds::Brought::Foreign => Settled::Foreign,
        refunds::Brought::Unchanged => Settled::Unchanged,
        refunds::Brought::Moved(_) | refunds::Brought::Doubtful => Settled::Moved,
    })
}

async fn of_payout(till: &Till, event: &Event) -> Result<Settled, SyncError> {
    let before = till.store.read(|r| r.payout(&event.object_id))?;
    let after = payouts::sync_payout(till, &event.object_id, channel(event), Some(&event.id)).await?;
    Ok(match after {
        None => Settled::Foreign,
        after if after == before => Settled::Unchanged,
        Some(_) => Settled::Moved,
    })
}

fn retry(event: &Event, error: &SyncError, now: Timestamp) -> Left {
    let age = now.duration_since(event.received_at);
    let patience = if error.is_not_found() { UNKNOWN_FOR } else { GIVE_UP_AFTER };
    if age > patience && event.tries >= TRIES_MIN {
        tracing::error!(event = %event.id, error = %error, "an event could not be worked off and was given up");
        return Left { state: Handling::Dead { at: now }, error: Some(error.to_string()) };
    }
    let step = usize::try_from(event.tries).unwrap_or(usize::MAX).min(RETRY_SECONDS.len() - 1);
    let wait = SignedDuration::from_secs(RETRY_SECONDS[step]);
    let next_try = now.saturating_add(wait).unwrap_or(now);
    Left { state: Handling::Pending { next_try }, error: Some(error.to_string()) }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::{Arrival, Error, Event, Handling, SignedDuration, SyncError, TRIES_MIN, Timestamp, retry};

    /// An event that was received so many hours ago and tried so often.
    fn event(now: Timestamp, hours: i64, tries: u32) -> Event {
        Event {
            id: "evt_1".into(),
            kind: "payment_intent.succeeded".into(),
            object_id: "pi_1".into(),
            object_kind: "payment_intent".into(),
            livemode: false,
            api_version: None,
            account: None,
            created: now,
            received_at: now - SignedDuration::from_hours(hours),
            arrival: Arrival::Webhook,
            state: Handling::Pending { next_try: now },
            tries,
            last_error: None,
            payload: String::new(),
        }
    }

    #[test]
    fn j9_an_event_that_makes_us_panic_is_tried_again_later_and_dead_after_two_days() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        for (hours, tries, is_dead) in
            [(0, 0, false), (47, 60, false), (49, TRIES_MIN - 1, false), (49, TRIES_MIN, true)]
        {
            let before = event(now, hours, tries);
            let after = retry(&before, &SyncError::Store(Error::Panicked), now).of(&before);
            assert_eq!(after.tries, tries + 1);
            match after.state {
                Handling::Dead { at } => assert!(is_dead && at == now, "{hours} {tries}"),
                Handling::Pending { next_try } => assert!(!is_dead && next_try > now, "{hours} {tries}"),
                state => panic!("{state:?}"),
            }
        }
    }
}
