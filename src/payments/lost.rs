//! Answers that never came: whether Stripe made a session is learnt by sending the same bytes again and, once Stripe may
//! have forgotten their key, by looking through its list.

use jiff::SignedDuration;

use super::checkout::SESSION_LIFE;
use super::client::{CallError, Created as Window, Patience};
use super::close::close_session;
use super::create::{Asked, ask_for_session};
use super::form::KEY_LIFE;
use super::objects::CheckoutSession;
use super::settle::Settled;
use super::sync::{SyncError, sync_session};
use super::till::Till;
use crate::actions::checkout::{self, Created};
use crate::billing::attempt::{Attempt, State};
use crate::billing::log::Channel;

/// How long the same bytes are sent again before the answer is given up: a failure that Stripe remembers stays one.
const REPLAY_FOR: SignedDuration = SignedDuration::from_mins(2);
/// Pages of sessions that are searched for one whose answer was lost.
const PAGES_MAX: u32 = 20;
/// How far Stripe's clock and ours may be apart when a session is searched for by its time.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_mins(5);
/// The same request is sent again for 23 hours at most, so the session was made within a day.
const SESSION_MADE_WITHIN: SignedDuration = SignedDuration::from_hours(24);

/// Learns what became of an attempt whose session is not known.
pub(super) async fn recover(till: &Till, attempt: &Attempt) -> Result<Settled, SyncError> {
    if till.now().duration_since(attempt.created_at) > KEY_LIFE || attempt.account != till.account {
        return orphan(till, attempt).await;
    }
    let error = match ask_for_session(till, attempt, Patience::Background).await? {
        Asked::Lost(error) => error,
        Asked::Open(_) | Asked::MovedOn | Asked::Refused(_) => return Ok(Settled::Moved),
    };
    let lost_for = match attempt.state {
        State::CreateUnknown { since } => till.now().duration_since(since),
        _ => SignedDuration::ZERO,
    };
    if lost_for <= REPLAY_FOR {
        return Err(error.into());
    }
    give_up(till, attempt, error.to_string()).await
}

async fn give_up(till: &Till, attempt: &Attempt, reason: String) -> Result<Settled, SyncError> {
    let id = attempt.id;
    let given_up = till.store.write(move |w| checkout::created(w, id, &Created::GivenUp { reason: reason.clone() }));
    Ok(if given_up.await?.is_some() { Settled::Moved } else { Settled::Unchanged })
}

/// Searches Stripe for a session whose address was never handed out, and closes it if it is there.
pub(super) async fn orphan(till: &Till, attempt: &Attempt) -> Result<Settled, SyncError> {
    let Some(session) = find_session(till, attempt).await? else {
        return give_up(till, attempt, "Stripe has no such checkout".into()).await;
    };
    if session.is_open() {
        return close_session(till, attempt.id, session.name(), Channel::Schedule, Patience::Background).await;
    }
    sync_session(till, session.name(), Channel::Schedule, None, Patience::Background).await
}

/// The session that carries the attempt's reference, if Stripe made one. There is no way to ask for it by reference.
async fn find_session(till: &Till, attempt: &Attempt) -> Result<Option<CheckoutSession>, CallError> {
    // The moment of expiry was reckoned by Stripe's clock as far as it was known then, the moment of storing by ours; what
    // Stripe's clock showed is known by now.
    let asked_at = attempt.expires_at.saturating_sub(SESSION_LIFE).unwrap_or(attempt.created_at);
    let skew = SignedDuration::from_secs(till.client.skew());
    let at_stripe = attempt.created_at.saturating_add(skew).unwrap_or(attempt.created_at);
    let earliest = asked_at.min(attempt.created_at).min(at_stripe);
    let latest = asked_at.max(attempt.created_at).max(at_stripe);
    let from = earliest.saturating_sub(CLOCKS_DIFFER).unwrap_or(earliest);
    let window = Window { from, before: latest.saturating_add(SESSION_MADE_WITHIN).ok() };
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
