//! What became of attempts that nobody came back about: each is looked at when its time has come.
//!
//! A session that should have expired, a lost answer, a closing that Stripe could not be told of, a payment that takes
//! days, and the second look after a session was closed.

use jiff::{SignedDuration, Timestamp};

use super::client::Patience;
use super::close::expire;
use super::lost;
use super::notices::note_open_checkouts;
use super::settle::Settled;
use super::sync::{SyncError, alone, is_of_one_change, sync};
use super::till::Till;
use crate::actions::checkout::EXPIRY_LOOK;
use crate::actions::checkout::course::{self, DELAYED_LOOK};
use crate::billing::attempt::{Attempt, State};
use crate::billing::id::AttemptId;
use crate::billing::log::Channel;
use crate::store::{Error, Writer};

/// Attempts that one sweep looks at; the rest have their turn at the next.
const ATTEMPTS_MAX: usize = 200;
const AGAIN: SignedDuration = SignedDuration::from_secs(60);
/// An answer that was lost a moment ago is asked for sooner: a payer may be waiting.
const LOST_AGAIN: SignedDuration = SignedDuration::from_secs(30);
/// A session that Stripe does not know under this key, or an attempt that the store cannot take, is no better a minute
/// later.
const MUCH_LATER: SignedDuration = SignedDuration::from_hours(1);
/// How long after a session must have ended one that is out of reach is given up.
const OUT_OF_REACH_AFTER: SignedDuration = SignedDuration::from_hours(1);
/// A bank payment has arrived or failed long before.
const DELAYED_AT_MOST: SignedDuration = SignedDuration::from_hours(30 * 24);

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
    let now = till.now();
    let mut attempts = till.store.read(|r| r.attempts_due(now, ATTEMPTS_MAX))?;
    if all {
        let live = till.store.read(|r| r.live_attempts())?;
        attempts.extend(live.into_iter().filter(|attempt| attempt.next_look.is_none_or(|at| at > now)));
    }
    let mut swept = Swept::default();
    let mut stays_open = false;
    for attempt in attempts {
        if attempt.book != till.book() {
            stays_open |= matches!(attempt.state, State::Revoking { .. });
            wait_for_its_key(till, &attempt).await?;
            continue;
        }
        swept.looked_at += 1;
        match alone(Box::pin(look(till, &attempt, channel))).await {
            Ok(settled) if !settled.has_moved() => {}
            Ok(settled) => swept.settled.push((attempt, settled)),
            Err(error) => {
                swept.failed += 1;
                stays_open |= matches!(attempt.state, State::Revoking { .. });
                put_off(till, &attempt, error).await?;
            }
        }
    }
    note_open_checkouts(till, stays_open).await;
    till.count_reads().await?;
    Ok(swept)
}

/// A key of the other mode knows nothing of an attempt, and that it does not know it says nothing. One that waits in vain
/// for its own key holds its invoice up for a month, not for ever.
async fn wait_for_its_key(till: &Till, attempt: &Attempt) -> Result<(), Error> {
    let now = till.now();
    if now > given_up_at(attempt) {
        return out_of_reach(till, attempt.id).await;
    }
    look_again(till, attempt.id, later(now, MUCH_LATER)).await
}

/// When an attempt that only a key of the other mode can tell of is waited for no longer.
pub(super) fn given_up_at(attempt: &Attempt) -> Timestamp {
    later(attempt.created_at, DELAYED_AT_MOST)
}

async fn look(till: &Till, attempt: &Attempt, channel: Channel) -> Result<Settled, SyncError> {
    let now = till.now();
    let (settled, again) = match &attempt.state {
        State::Creating | State::CreateUnknown { .. } => (lost::recover(till, attempt).await?, Some(later(now, AGAIN))),
        State::Abandoned => (lost::orphan(till, attempt).await?, None),
        State::Revoking { .. } => {
            (expire(till, attempt.id, channel, Patience::Background).await?, Some(later(now, AGAIN)))
        }
        State::Open => {
            let settled = sync(till, attempt, channel, None, Patience::Background).await?;
            (settled, Some(later(attempt.expires_at.max(now), EXPIRY_LOOK)))
        }
        State::Processing | State::LetGo => {
            let settled = sync(till, attempt, channel, None, Patience::Background).await?;
            (settled, Some(later(now, DELAYED_LOOK)))
        }
        State::Paid { .. } | State::Expired | State::FailedDelayed | State::CreateFailed { .. } => {
            (sync(till, attempt, channel, None, Patience::Background).await?, None)
        }
    };
    seen(till, attempt, again).await?;
    Ok(settled)
}

/// Sets the next look at an attempt that is still in the state that it was looked at in. A session that was found with
/// another key than it was made with is in the same account: the key was rolled.
async fn seen(till: &Till, before: &Attempt, next_look: Option<Timestamp>) -> Result<(), Error> {
    let (id, state, key) = (before.id, before.state.clone(), till.account.clone());
    till.store
        .write(move |w| {
            let Some(attempt) = w.attempt(id)? else { return Ok(()) };
            let next_look = if attempt.state == state { next_look } else { attempt.next_look };
            let account = if attempt.session.is_some() { key.clone() } else { attempt.account.clone() };
            change(w, &attempt, &Attempt { account, next_look, ..attempt.clone() })
        })
        .await
}

fn change(w: &mut Writer<'_>, before: &Attempt, after: &Attempt) -> Result<(), Error> {
    if before == after { Ok(()) } else { w.put_attempt(after) }
}

/// An attempt that could not be looked at has its turn later, and never keeps the others from theirs.
async fn put_off(till: &Till, attempt: &Attempt, error: SyncError) -> Result<(), Error> {
    let error = match error {
        SyncError::Store(error) if !is_of_one_change(&error) => return Err(error),
        error => error,
    };
    if matches!(error, SyncError::Store(_)) {
        tracing::error!(attempt = %attempt.id, error = %error, "an attempt could not be looked at");
    } else {
        tracing::warn!(attempt = %attempt.id, error = %error, "an attempt could not be looked at");
    }
    let unknown = error.is_not_found();
    if unknown && is_over(attempt, till.now()) {
        return out_of_reach(till, attempt.id).await;
    }
    let wait = match error {
        SyncError::Stripe(_) if attempt.is_unborn() => LOST_AGAIN,
        SyncError::Stripe(_) if !unknown => AGAIN,
        _ => MUCH_LATER,
    };
    look_again(till, attempt.id, later(till.now(), wait)).await
}

async fn look_again(till: &Till, id: AttemptId, at: Timestamp) -> Result<(), Error> {
    till.store
        .write(move |w| match w.attempt(id)? {
            Some(attempt) => change(w, &attempt, &Attempt { next_look: Some(at), ..attempt.clone() }),
            None => Ok(()),
        })
        .await
}

/// Whether nothing can happen at Stripe's page any more.
fn is_over(attempt: &Attempt, now: Timestamp) -> bool {
    let end = match attempt.state {
        State::Processing | State::LetGo => later(attempt.created_at, DELAYED_AT_MOST),
        _ => later(attempt.expires_at, OUT_OF_REACH_AFTER),
    };
    now > end
}

async fn out_of_reach(till: &Till, id: AttemptId) -> Result<(), Error> {
    till.store.write(move |w| course::out_of_reach(w, id)).await
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(Timestamp::MAX)
}
