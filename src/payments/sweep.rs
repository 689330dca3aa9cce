//! What became of attempts that nobody came back about: each is looked at when its time has come.
//!
//! A session that should have expired, a lost answer, a closing that Stripe could not be told of, a payment that takes
//! days, and the second look after an invoice was voided.

use jiff::{SignedDuration, Timestamp};

use super::checkout::{Asked, SyncError, ask_for_session, sync};
use super::client::CallError;
use super::client::{Created as Window, Patience};
use super::close::expire;
use super::objects::CheckoutSession;
use super::settle::{Settled, settle};
use super::till::Till;
use crate::actions::checkout::{self, Created};
use crate::billing::attempt::{Attempt, State};
use crate::billing::log::Channel;
use crate::store::Error;

/// Attempts that one sweep looks at; the rest have their turn at the next.
const ATTEMPTS_MAX: usize = 200;
/// How long the same bytes are sent again before the answer is given up: a failure that Stripe remembers stays one.
const REPLAY_FOR: SignedDuration = SignedDuration::from_mins(2);
/// Keys may be forgotten after 24 hours; from here on the same bytes could make a second session.
const KEY_LIFE: SignedDuration = SignedDuration::from_hours(23);
const EXPIRY_LOOK: SignedDuration = SignedDuration::from_secs(60);
const DELAYED_LOOK: SignedDuration = SignedDuration::from_hours(24);
const AGAIN: SignedDuration = SignedDuration::from_secs(60);
/// Pages of sessions that are searched for one whose answer was lost.
const PAGES_MAX: u32 = 20;
/// How far Stripe's clock and ours may be apart when a session is searched for by its time.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_mins(5);
/// The same request is sent again for 23 hours at most, so the session was made within a day.
const SESSION_MADE_WITHIN: SignedDuration = SignedDuration::from_hours(24);

/// What a sweep found.
#[derive(Debug, Default)]
pub struct Swept {
    pub looked_at: u64,
    /// Attempts that moved, and how.
    pub settled: Vec<(Attempt, Settled)>,
    /// Attempts that Stripe could not be asked about.
    pub failed: u64,
}

/// Looks at every attempt whose time has come, or at all live ones.
///
/// # Errors
/// The store failed.
pub async fn sweep(till: &Till, channel: Channel, all: bool) -> Result<Swept, Error> {
    let now = till.store.write(|w| Ok::<_, Error>(w.now())).await?;
    let attempts = till.store.read(|r| if all { r.live_attempts() } else { r.attempts_due(now, ATTEMPTS_MAX) })?;
    let mut swept = Swept::default();
    for attempt in attempts {
        if attempt.account != till.account {
            // Its session is in another account; the key that could ask is gone, and may come back.
            next_look(till, &attempt, Some(later(now, DELAYED_LOOK))).await?;
            continue;
        }
        swept.looked_at += 1;
        match look(till, &attempt, channel, now).await {
            Ok(Settled::Unchanged | Settled::Foreign) => {}
            Ok(settled) => swept.settled.push((attempt, settled)),
            Err(SyncError::Store(error)) => return Err(error),
            Err(SyncError::Stripe(error)) => {
                tracing::warn!(attempt = %attempt.id, error = %error, "an attempt could not be looked at");
                swept.failed += 1;
                next_look(till, &attempt, Some(later(now, AGAIN))).await?;
            }
        }
    }
    Ok(swept)
}

async fn look(till: &Till, attempt: &Attempt, channel: Channel, now: Timestamp) -> Result<Settled, SyncError> {
    match &attempt.state {
        State::Creating | State::CreateUnknown { .. } => recover(till, attempt, now).await,
        State::Revoking { .. } => {
            let settled = expire(till, attempt.id).await?;
            reschedule(till, attempt, Some(later(now, AGAIN))).await?;
            Ok(settled)
        }
        State::Open => {
            let settled = sync(till, attempt, channel, None, Patience::Background).await?;
            let due = attempt.expires_at.max(now);
            reschedule(till, attempt, Some(later(due, EXPIRY_LOOK))).await?;
            Ok(settled)
        }
        State::Processing => {
            let settled = sync(till, attempt, channel, None, Patience::Background).await?;
            reschedule(till, attempt, Some(later(now, DELAYED_LOOK))).await?;
            Ok(settled)
        }
        State::Abandoned => orphan(till, attempt, now).await,
        State::Paid { .. } | State::Expired | State::FailedDelayed | State::CreateFailed { .. } => {
            let settled = sync(till, attempt, channel, None, Patience::Background).await?;
            reschedule(till, attempt, None).await?;
            Ok(settled)
        }
    }
}

/// A lost answer: the same bytes bring the same session, as long as Stripe remembers the key.
async fn recover(till: &Till, attempt: &Attempt, now: Timestamp) -> Result<Settled, SyncError> {
    let age = now.duration_since(attempt.created_at);
    if age > KEY_LIFE {
        return orphan(till, attempt, now).await;
    }
    let lost_for = match attempt.state {
        State::CreateUnknown { since } => now.duration_since(since),
        _ => SignedDuration::ZERO,
    };
    match ask_for_session(till, attempt, Patience::Background).await? {
        Asked::Lost if lost_for > REPLAY_FOR => {
            let id = attempt.id;
            let again = later(attempt.expires_at, SignedDuration::from_mins(10));
            till.store
                .write(move |w| {
                    checkout::created(w, id, &Created::GivenUp)?;
                    set_next_look(w, id, Some(again))
                })
                .await?;
            Ok(Settled::Moved)
        }
        Asked::Lost => {
            next_look(till, attempt, Some(later(now, AGAIN.checked_div(2).unwrap_or(AGAIN)))).await?;
            Ok(Settled::Unchanged)
        }
        Asked::Open(_) | Asked::MovedOn | Asked::Refused { .. } => Ok(Settled::Moved),
    }
}

/// Searches Stripe for a session whose address was never handed out, and closes it if it is there.
async fn orphan(till: &Till, attempt: &Attempt, now: Timestamp) -> Result<Settled, SyncError> {
    let found = find_session(till, attempt).await?;
    let id = attempt.id;
    let Some(session) = found else {
        till.store
            .write(move |w| {
                checkout::created(w, id, &Created::GivenUp)?;
                set_next_look(w, id, None)
            })
            .await?;
        return Ok(Settled::Moved);
    };
    let closing = session.is_open();
    let full = till.ask(Patience::Background).session(session.name()).await?.value;
    let news = till.news(Channel::Schedule, None);
    let settled = till.store.write(move |w| settle(w, &full, &news)).await?;
    if closing {
        expire(till, id).await?;
    }
    reschedule(till, attempt, closing.then(|| later(now, AGAIN))).await?;
    Ok(settled)
}

/// The session that carries the attempt's reference, if Stripe made one. There is no way to ask for it by reference.
async fn find_session(till: &Till, attempt: &Attempt) -> Result<Option<CheckoutSession>, CallError> {
    let from = later(attempt.created_at, -CLOCKS_DIFFER);
    let window = Window { from, before: Some(later(from, SESSION_MADE_WITHIN)) };
    let reference = attempt.id.to_string();
    let mut pages = till.ask(Patience::Background).sessions(window).at_most(PAGES_MAX);
    while let Some(page) = pages.next_page().await? {
        let found = page.into_iter().find(|session| session.client_reference_id.as_deref() == Some(&reference));
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(Timestamp::MAX)
}

/// Sets the next look at an attempt that is still in the state that it was looked at in.
async fn reschedule(till: &Till, attempt: &Attempt, at: Option<Timestamp>) -> Result<(), Error> {
    let (id, state) = (attempt.id, attempt.state.clone());
    till.store
        .write(move |w| match w.attempt(id)? {
            Some(attempt) if attempt.state == state => set_next_look(w, id, at),
            _ => Ok(()),
        })
        .await
}

async fn next_look(till: &Till, attempt: &Attempt, at: Option<Timestamp>) -> Result<(), Error> {
    let id = attempt.id;
    till.store.write(move |w| set_next_look(w, id, at)).await
}

fn set_next_look(
    w: &mut crate::store::Writer<'_>,
    id: crate::billing::id::AttemptId,
    at: Option<Timestamp>,
) -> Result<(), Error> {
    match w.attempt(id)? {
        Some(attempt) if attempt.next_look != at => w.put_attempt(&Attempt { next_look: at, ..attempt }),
        _ => Ok(()),
    }
}
