//! Refunds through Stripe: asked for once however often it takes, and imported when somebody made them at Stripe.
//!
//! The rule it keeps: the row with its exact request is on disk before Stripe is asked, and is never removed, so that an
//! answer that was lost is asked for with the same key and the same bytes. Whatever Stripe says of a refund comes into
//! the books through [`bring`] alone. Payments that the owner recorded go back without Stripe.

mod ask;
mod bring;
pub mod look;

pub use bring::{Brought, bring};

use std::collections::BTreeSet;

use super::client::{CallError, FailKind, Patience};
use super::disputes;
use super::form::{self, Operation, RefundRequest};
use super::objects;
use super::scale;
use super::settle::News;
use super::sync::SyncError;
use super::till::Till;
use crate::actions::refund::{self, Of, Part, Wanted};
use crate::actions::{Actor, Refusal, resolve_review};
use crate::billing::id::{PaymentId, RefundId, ReviewId};
use crate::billing::log::Channel;
use crate::billing::refund::{Reason, Refund, Request, State, Way};
use crate::billing::review::Review;
use crate::store::{Error, Reader, Store};
use ask::{Asked, DISPUTED, ask};

/// Said where Stripe is needed and there is no key.
const NO_KEY: &str = "This payment came through Stripe, and no Stripe key is in use. Enter one in the settings, then \
                      refund it.";
const UNASKED: &str = "Stripe cannot be asked just now whether this payment is in its account. Nothing was changed; try \
                       again in a minute.";
const ELSEWHERE: &str = "This payment was taken in another Stripe account, or in the other mode (test or live), than that \
                         of the key in use. Refund it in that account's dashboard, or enter its key.";
const MOVED_ON: &str =
    "The payments of this invoice have just changed. Nothing was refunded; look at it and try again.";

/// Refunds what was decided. A refund whose state is still [`State::Unknown`] afterwards is asked for by itself until
/// Stripe's answer is known.
///
/// # Errors
/// Nothing can be refunded, or not as much, or Stripe refused; the refusal says what is possible.
pub async fn refund(store: &Store, till: Option<&Till>, wanted: Wanted, actor: &Actor) -> Result<Vec<Refund>, Refusal> {
    let of = wanted.of;
    let parts = store.read(|r| match refund::decided_before(&r, &wanted)? {
        made if made.is_empty() => refund::plan(&r, &wanted),
        _ => Ok(Vec::new()),
    })?;
    let reachable = reachable(till, &parts).await?;
    let (theirs, framing) = (actor.clone(), till.cloned());
    let requested = store
        .write(move |w| {
            refund::request(w, &wanted, &theirs, |id, part, reason| {
                frame(framing.as_ref(), &reachable, id, part, reason)
            })
        })
        .await?;
    match till {
        Some(till) if requested.is_new => ask_each(till, requested.refunds, of, actor.channel).await,
        _ => Ok(requested.refunds),
    }
}

/// Decides a case by refunding the money that it is about.
///
/// # Errors
/// As [`refund`], or the case cannot be decided so.
pub async fn resolve_review(
    store: &Store,
    till: Option<&Till>,
    id: ReviewId,
    note: &str,
    actor: &Actor,
) -> Result<Review, Refusal> {
    let wanted = store.read(|r| resolve_review::refund_of(&r, id))?;
    let parts = store.read(|r| refund::plan(&r, &wanted))?;
    let reachable = reachable(till, &parts).await?;
    let (note, theirs, framing) = (note.to_owned(), actor.clone(), till.cloned());
    let (review, refunds) = store
        .write(move |w| {
            let frame = |id, part: &Part, reason| frame(framing.as_ref(), &reachable, id, part, reason);
            resolve_review::refund(w, id, &note, &theirs, frame)
        })
        .await?;
    if let Some(till) = till {
        // That Stripe refused is a case of its own by then, so this one stays decided.
        if let Err(refusal) = ask_each(till, refunds, wanted.of, actor.channel).await {
            tracing::warn!(review = %id, %refusal, "the refund that a case was decided with was not made");
        }
    }
    Ok(review)
}

/// The payments that the key in use can refund. A key that was rolled is another key of the same account: that is
/// learnt by asking for the payment.
pub(super) async fn reachable(till: Option<&Till>, parts: &[Part]) -> Result<BTreeSet<PaymentId>, Refusal> {
    let mut reachable = BTreeSet::new();
    for part in parts {
        let Some(stripe) = part.payment.method.stripe() else { continue };
        let till = till.ok_or_else(|| Refusal::conflict(NO_KEY))?;
        if till.book() != part.payment.book {
            return Err(Refusal::conflict(ELSEWHERE));
        }
        if stripe.account != till.account {
            match till.ask(Patience::Request).payment_intent(&stripe.payment_intent).await {
                Ok(_) => {}
                Err(CallError::Fail { kind: FailKind::NotFound | FailKind::Refused, .. }) => {
                    return Err(Refusal::conflict(ELSEWHERE));
                }
                Err(_) => return Err(Refusal::Unavailable(UNASKED.into())),
            }
        }
        reachable.insert(part.payment.id);
    }
    Ok(reachable)
}

/// What Stripe will be asked, written down.
pub(super) fn frame(
    till: Option<&Till>,
    reachable: &BTreeSet<PaymentId>,
    id: RefundId,
    part: &Part,
    reason: Option<Reason>,
) -> Result<Way, Refusal> {
    let till = till.ok_or_else(|| Refusal::conflict(NO_KEY))?;
    let stripe = part.payment.method.stripe().filter(|_| reachable.contains(&part.payment.id));
    let stripe = stripe.ok_or_else(|| Refusal::Unavailable(MOVED_ON.into()))?;
    let currency = part.amount.currency().code();
    let scale = scale::scale(currency).ok_or_else(|| {
        Refusal::field("amount", format_args!("Stripe takes no {currency}; refund it in Stripe's dashboard."))
    })?;
    let amount = scale.to_stripe(part.amount.minor()).map_err(|error| Refusal::field("amount", error))?;
    let row = id.to_string();
    let request = RefundRequest {
        appliance: &till.appliance,
        refund: &row,
        payment_intent: &stripe.payment_intent,
        amount,
        reason: reason.map(Reason::name),
    };
    Ok(Way::Stripe {
        account: till.account.clone(),
        payment_intent: stripe.payment_intent.clone(),
        request: Some(Request {
            body: form::refund_body(&request),
            idempotency_key: form::idempotency_key(Operation::Refund, &till.appliance, &row),
        }),
    })
}

/// Asks Stripe for each refund that is stored. One that was refused alone is a refusal; among others it is shown.
pub(super) async fn ask_each(
    till: &Till,
    refunds: Vec<Refund>,
    of: Of,
    channel: Channel,
) -> Result<Vec<Refund>, Refusal> {
    let mut told = Vec::with_capacity(refunds.len());
    for refund in refunds {
        if refund.state != State::Requested {
            told.push(refund);
            continue;
        }
        told.push(match ask(till, &refund, channel, Patience::Request).await? {
            Asked::Answered(refund) => *refund,
            Asked::Lost(_) => till.store.read(|r| r.refund(refund.id))?.unwrap_or(refund),
            Asked::Rejected(refund) => {
                // What Stripe did not allow says that the books were behind.
                if let Err(error) = sync_payment(till, &refund, channel).await {
                    tracing::warn!(refund = %refund.id, %error, "what became of a payment could not be asked for");
                }
                *refund
            }
        });
    }
    match told.as_slice() {
        [Refund { state: State::Rejected { reason }, .. }] if reason == DISPUTED => Err(Refusal::conflict(DISPUTED)),
        [Refund { state: State::Rejected { reason }, .. }] => {
            Err(Refusal::conflict(format!("{reason} {}", possible(till, of)?)))
        }
        _ => Ok(told),
    }
}

/// What can be refunded all the same, in a sentence.
fn possible(till: &Till, of: Of) -> Result<String, Error> {
    match till.store.read(|r: Reader<'_>| refund::possible(&r, of)) {
        Ok(most) => Ok(format!("At most {most} can be refunded.")),
        Err(Refusal::Store(error)) => Err(error),
        Err(refusal) => Ok(refusal.to_string()),
    }
}

/// Brings what else Stripe knows of a payment: its refunds, and its disputes if one is why a refund was refused.
async fn sync_payment(till: &Till, refund: &Refund, channel: Channel) -> Result<(), SyncError> {
    let Some(intent) = refund.payment_intent() else { return Ok(()) };
    sync_intent(till, intent, channel).await?;
    match &refund.state {
        State::Rejected { reason } if reason == DISPUTED => disputes::sync_of_intent(till, intent, channel).await,
        _ => Ok(()),
    }
}

/// Brings every refund of a payment into the books, as Stripe lists them now. How many were news.
///
/// # Errors
/// Stripe could not be asked, or the store failed.
pub(super) async fn sync_intent(till: &Till, intent: &str, channel: Channel) -> Result<usize, SyncError> {
    let listed = till.ask(Patience::Background).refunds_of_intent(intent).await?.value.data;
    let mut moved = 0;
    // Oldest first, as they were made.
    for refund in listed.into_iter().rev() {
        moved += usize::from(matches!(take(till, refund, till.news(channel, None)).await?, Brought::Moved(_)));
    }
    Ok(moved)
}

/// Asks Stripe for one refund and brings what it says into the books.
///
/// # Errors
/// Stripe could not be asked, or the store failed.
pub(super) async fn sync_refund(
    till: &Till,
    name: &str,
    channel: Channel,
    event: Option<&str>,
) -> Result<Brought, SyncError> {
    let refund = till.ask(Patience::Background).refund(name).await?.value;
    Ok(take(till, refund, till.news(channel, event)).await?)
}

/// Brings what Stripe says of a refund into the books, and notes what that changed.
///
/// # Errors
/// The store failed; nothing was changed.
pub(super) async fn take(till: &Till, refund: objects::Refund, news: News) -> Result<Brought, Error> {
    let (before, channel) = (till.store.read(|r| known(&r, &refund))?, news.channel);
    let brought = till.store.write(move |w| bring(w, &refund, &news)).await?;
    if let Brought::Moved(id) = brought {
        till.note_refund(id, before.map(|before| before.state).as_ref(), channel);
    }
    Ok(brought)
}

/// The row of a refund: by Stripe's name of it, or by the id that it was asked for with.
fn known(r: &Reader<'_>, refund: &objects::Refund) -> Result<Option<Refund>, Error> {
    match (r.refund_by_stripe(refund.name())?, refund.metadata.get("refund").map(|id| id.parse())) {
        (None, Some(Ok(id))) => r.refund(id),
        (known, _) => Ok(known),
    }
}

/// Whether the books say of a refund what Stripe says.
#[must_use]
pub(super) fn agrees(known: &Refund, stripe: &objects::Refund) -> bool {
    bring::state_of(stripe).is_some_and(|state| match (&known.state, &state) {
        // The words for a failure are ours.
        (State::Failed { .. }, State::Failed { .. }) => true,
        (known, stripe) => known == stripe,
    })
}
