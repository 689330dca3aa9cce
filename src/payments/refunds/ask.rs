//! Stripe is asked to make a stored refund, with the bytes and the key that are stored with it.

use jiff::{SignedDuration, Timestamp};

use super::super::client::{CallError, FailKind, Patience};
use super::super::notices::{Task, note_call};
use super::super::objects;
use super::super::till::Till;
use super::bring;
use crate::actions::refund::course::{self, Told};
use crate::billing::log::Channel;
use crate::billing::refund::{Refund, State};
use crate::store::{Error, Writer};

/// When a lost answer is asked for again, by the number of tries.
const RETRY_SECONDS: [i64; 6] = [5, 30, 60, 300, 900, 3600];

/// Why Stripe does not refund what a bank disputes. Whoever reads it in a refused refund asks for the dispute.
pub(super) const DISPUTED: &str = "The customer's bank disputes this payment, so Stripe does not refund it.";

/// What came of asking.
pub(super) enum Asked {
    /// Stripe made it, or had made it before.
    Answered(Box<Refund>),
    /// No answer that can be relied on; it is asked for again by itself.
    Lost(CallError),
    /// Stripe did not make it.
    Rejected(Box<Refund>),
}

/// Sends the frozen request of a refund, for the first time or again, and stores what Stripe answered.
pub(super) async fn ask(till: &Till, refund: &Refund, channel: Channel, patience: Patience) -> Result<Asked, Error> {
    match made_now(till, refund, patience).await {
        Ok(made) => {
            note_call(till, Task::Session, None).await;
            answered(till, refund, made, channel).await
        }
        Err(error) if leaves_open(refund, &error) => {
            note_call(till, Task::Session, Some(&error)).await;
            tracing::warn!(refund = %refund.id, %error, "whether Stripe made a refund is not known");
            let (id, retry_at) = (refund.id, retry_at(till.now(), refund.tries));
            till.store.write(move |w: &mut Writer<'_>| course::answer_lost(w, id, retry_at)).await?;
            Ok(Asked::Lost(error))
        }
        Err(error) => {
            tracing::warn!(refund = %refund.id, %error, "Stripe did not make a refund");
            rejected(till, refund, &error, channel).await
        }
    }
}

/// The refund that Stripe made, as it is now: a replayed answer shows it as it was when it was made.
async fn made_now(till: &Till, refund: &Refund, patience: Patience) -> Result<objects::Refund, CallError> {
    let Some(request) = refund.request() else {
        return Err(CallError::not_sent("this refund was not asked for here"));
    };
    let made = till.ask(patience).create_refund(&request.body, &request.idempotency_key).await?;
    if !made.replayed {
        return Ok(made.value);
    }
    Ok(till.ask(patience).refund(made.value.name()).await?.value)
}

/// Whether Stripe may have made the refund all the same. A key that is not taken, or that lacks a permission, decides
/// about this try alone; so does a key that Stripe knows with other content, which would be a fault of ours.
fn leaves_open(refund: &Refund, error: &CallError) -> bool {
    match error {
        CallError::Retry { .. } | CallError::Fail { kind: FailKind::Idempotency, .. } => true,
        CallError::Fail { kind: FailKind::NoKey | FailKind::NoPermission { .. }, .. } => refund.tries > 0,
        CallError::Fail { .. } => false,
    }
}

async fn answered(till: &Till, refund: &Refund, made: objects::Refund, channel: Channel) -> Result<Asked, Error> {
    let (id, news, retry_at) = (refund.id, till.news(channel, None), retry_at(till.now(), u32::MAX));
    let stored = till
        .store
        .write(move |w| {
            bring(w, &made, &news)?;
            // Stripe answered with something else than was asked for: there is a case, and this one is looked for.
            if w.refund(id)?.is_some_and(|stored| stored.is_open()) {
                course::answer_lost(w, id, retry_at)?;
            }
            w.refund(id)
        })
        .await?;
    Ok(Asked::Answered(Box::new(stored.unwrap_or_else(|| refund.clone()))))
}

async fn rejected(till: &Till, refund: &Refund, error: &CallError, channel: Channel) -> Result<Asked, Error> {
    let (id, reason) = (refund.id, words(error));
    let stored = till
        .store
        .write(move |w| match w.refund(id)? {
            Some(stored) if stored.is_open() => {
                let told = Told { channel, event: None };
                course::advance(w, &stored, State::Rejected { reason: reason.clone() }, told).map(Some)
            }
            stored => Ok(stored),
        })
        .await?;
    let stored = Box::new(stored.unwrap_or_else(|| refund.clone()));
    Ok(if stored.stands() { Asked::Answered(stored) } else { Asked::Rejected(stored) })
}

/// Why Stripe did not make it, in a sentence.
fn words(error: &CallError) -> String {
    match error.code() {
        Some("charge_disputed") => DISPUTED.into(),
        Some("charge_already_refunded") => "All of this payment was refunded at Stripe already.".into(),
        Some("balance_insufficient" | "insufficient_funds") => {
            "There is not enough money on your Stripe balance. Add some at Stripe, then try again.".into()
        }
        _ => {
            let words = error.to_string();
            if words.ends_with('.') { words } else { format!("{words}.") }
        }
    }
}

/// When a refund whose answer was lost is asked for again.
pub(super) fn retry_at(now: Timestamp, tries: u32) -> Timestamp {
    let step = usize::try_from(tries).unwrap_or(usize::MAX).min(RETRY_SECONDS.len() - 1);
    now.saturating_add(SignedDuration::from_secs(RETRY_SECONDS[step])).unwrap_or(now)
}
