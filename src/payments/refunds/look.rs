//! Refunds whose end is not known are looked at when their time has come: requests that nobody finished, answers that
//! were lost, and money that is on its way.

use jiff::{SignedDuration, Timestamp};

use super::super::client::{CallError, FailKind, Patience};
use super::super::form::KEY_LIFE;
use super::super::side::{Side, Step};
use super::super::sync::{SyncError, alone, is_of_one_change};
use super::super::till::Till;
use super::ask::{Asked, ask, retry_at};
use super::{sync_refund, take};
use crate::actions::refund::course::{self, Told};
use crate::billing::id::RefundId;
use crate::billing::log::Channel;
use crate::billing::refund::{Refund, State, Way};
use crate::store::{Error, Writer};

/// Refunds that one round looks at; the rest have their turn at the next.
const REFUNDS_MAX: usize = 200;
/// A refund that Stripe does not list so long after it was asked for was not made.
const LOST_AFTER: SignedDuration = SignedDuration::from_hours(24);
/// How often a refund is asked about when asking again sooner tells nothing new.
const MUCH_LATER: SignedDuration = SignedDuration::from_hours(1);

/// What a round found.
#[derive(Debug, Default)]
pub struct Looked {
    pub looked_at: u64,
    /// How many moved.
    pub moved: u64,
    /// Refunds that Stripe could not be asked about.
    pub failed: u64,
}

/// Looks at every refund whose time has come, or at all whose end is not known.
///
/// # Errors
/// The store failed.
pub async fn look(till: &Till, channel: Channel, all: bool) -> Result<Looked, Error> {
    let until = if all { Timestamp::MAX } else { till.now() };
    let refunds = till.store.read(|r| r.refunds_due(until, REFUNDS_MAX))?;
    let mut looked = Looked::default();
    for refund in refunds {
        looked.looked_at += 1;
        match alone(look_at(till, &refund, channel)).await {
            Ok(()) => {}
            Err(SyncError::Store(error)) if !is_of_one_change(&error) => return Err(error),
            Err(error) => {
                looked.failed += 1;
                tracing::warn!(refund = %refund.id, %error, "a refund could not be looked at");
            }
        }
        let stored = till.store.read(|r| r.refund(refund.id))?;
        match stored {
            Some(stored) if stored.state != refund.state => {
                looked.moved += 1;
                till.note_refund(refund.id, Some(&refund.state), channel);
            }
            Some(stored) if stored.next_look == refund.next_look => put_off(till, &stored).await?,
            _ => {}
        }
    }
    till.count_reads().await?;
    Ok(looked)
}

async fn look_at(till: &Till, refund: &Refund, channel: Channel) -> Result<(), SyncError> {
    // A key of the other mode knows nothing of it, and proves nothing.
    if refund.book != till.book() {
        return Ok(());
    }
    match (&refund.state, &refund.stripe_refund) {
        (State::Pending { .. }, Some(name)) => sync_refund(till, name, channel, None).await.map(drop),
        _ if refund.is_open() => recover(till, refund, channel).await,
        _ => Ok(()),
    }
}

/// Learns what became of a refund that was asked for.
async fn recover(till: &Till, refund: &Refund, channel: Channel) -> Result<(), SyncError> {
    let age = till.now().duration_since(refund.created_at);
    let same_account = matches!(&refund.way, Way::Stripe { account, .. } if *account == till.account);
    if age < KEY_LIFE && same_account {
        match ask(till, refund, channel, Patience::Background).await? {
            Asked::Answered(_) | Asked::Rejected(_) => return Ok(()),
            // A failure that Stripe remembers under the key is given again and again: only its list can tell.
            Asked::Lost(CallError::Retry { .. } | CallError::Fail { kind: FailKind::Idempotency, .. }) => {}
            Asked::Lost(error) => return Err(error.into()),
        }
    }
    let is_found = match find(till, refund, channel).await {
        // The key in use is another account's, which does not know the payment: nobody can ask there any more.
        Err(SyncError::Stripe(CallError::Fail { kind: FailKind::NotFound | FailKind::Refused, .. }))
            if !same_account =>
        {
            false
        }
        found => found?,
    };
    if is_found || age < LOST_AFTER {
        return Ok(());
    }
    let reason = if same_account {
        "Stripe's answer was lost, and a day later Stripe has no such refund"
    } else {
        "Stripe's answer was lost, and another key is in use now that does not know of it"
    };
    give_up(till, refund, reason, channel).await
}

/// Whether Stripe has a refund of the payment that was asked for with this one's id; then it is in the books.
async fn find(till: &Till, refund: &Refund, channel: Channel) -> Result<bool, SyncError> {
    let Some(intent) = refund.payment_intent() else { return Ok(false) };
    let id = refund.id.to_string();
    let listed = till.ask(Patience::Background).refunds_of_intent(intent).await?.value.data;
    let Some(found) = listed.into_iter().find(|found| found.metadata.get("refund") == Some(&id)) else {
        return Ok(false);
    };
    take(till, found, till.news(channel, None)).await?;
    Ok(true)
}

/// Stripe shows no such refund, a day after it was asked for and after a pass over the same side that compared everything.
async fn give_up(till: &Till, refund: &Refund, reason: &'static str, channel: Channel) -> Result<(), SyncError> {
    let (id, side) = (refund.id, till.store.read(|r| Side::of(&r, till))?);
    let given_up = move |w: &mut Writer<'_>| {
        let Some(stored) = w.refund(id)?.filter(Refund::is_open) else { return Ok(()) };
        let settled_by = stored.created_at.saturating_add(LOST_AFTER).unwrap_or(Timestamp::MAX);
        if side.reached(w, Step::Clean)?.is_none_or(|clean| clean < settled_by) {
            return Ok(());
        }
        let reason = reason.to_owned();
        course::advance(w, &stored, State::Lost { reason }, Told { channel, event: None }).map(drop)
    };
    Ok(till.store.write(given_up).await?)
}

/// A refund that is not better a moment later has its turn later, and never keeps the others from theirs.
async fn put_off(till: &Till, refund: &Refund) -> Result<(), Error> {
    let (id, now): (RefundId, _) = (refund.id, till.now());
    let next = match refund.state {
        State::Requested => retry_at(now, refund.tries),
        _ => now.saturating_add(MUCH_LATER).unwrap_or(now),
    };
    till.store.write(move |w: &mut Writer<'_>| course::look_again(w, id, next)).await
}
