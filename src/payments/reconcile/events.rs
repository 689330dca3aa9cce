//! Events since the last pass (loop R1): those that were not delivered go the same way as those that were.

use jiff::{SignedDuration, Timestamp};

use super::class::Class;
use super::{Pass, Stopped};
use crate::billing::event::{Arrival, Event, Handling};
use crate::payments::client::Patience;
use crate::payments::finds::Find;
use crate::payments::inbox;
use crate::payments::notices::note_lost_events;
use crate::payments::side::Step;
use crate::payments::webhook::HookEvent;
use crate::store::{Error, Reader, Writer};

/// Types of event that the books act on; a webhook endpoint needs no others.
pub const EVENT_TYPES: [&str; 20] = [
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "payment_intent.canceled",
    "charge.updated",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "radar.early_fraud_warning.created",
    "payout.paid",
    "payout.failed",
    "payout.reconciliation_completed",
];
/// Events may appear late, so each poll looks back behind its cursor by this much.
const OVERLAP: SignedDuration = SignedDuration::from_hours(2);
/// Stripe lists events for 30 days.
const EVENTS_REACH: SignedDuration = SignedDuration::from_hours(29 * 24);
/// Rounds of the inbox that a pass waits for: while Stripe answers nothing in time, the same events come round again.
const ROUNDS_MAX: usize = 20;
/// An event that is younger may still be on its way; nobody can say that it was not delivered.
const ON_ITS_WAY: SignedDuration = SignedDuration::from_mins(2);

impl Pass<'_> {
    /// Asks for events since the last pass on this side, and works off each page of them before it asks for the next. How
    /// far back objects must be compared, if events are not listed that far.
    pub(super) async fn events(&mut self) -> Result<Option<SignedDuration>, Stopped> {
        let now = self.till.client.stripe_now();
        let side = self.side.clone();
        let cursor = self.till.store.read(|r| match side.reached(&r, Step::Events)? {
            None => side.reached_by_any(&r, Step::Events),
            own => Ok(own),
        })?;
        let oldest = now.saturating_sub(EVENTS_REACH).unwrap_or(now);
        let since = cursor.unwrap_or(now).saturating_sub(OVERLAP).unwrap_or(oldest);
        let mut pages = self.till.ask(Patience::Background).events(since.max(oldest), &EVENT_TYPES);
        self.compared("events", 0);
        while let Some(page) = pages.next_page().await? {
            self.compared("events", page.len());
            // Oldest first, as they would have been delivered.
            for hint in page.into_iter().filter_map(HookEvent::from_listed).rev() {
                self.event(hint).await?;
            }
        }
        for _ in 0..ROUNDS_MAX {
            if inbox::work_off(self.till).await?.len() < inbox::ROUND_MAX {
                break;
            }
        }
        self.name_finds();
        // A list that is longer than can be read would be begun anew each time and never end.
        let gap = (since < oldest || !pages.is_complete()).then(|| now.duration_since(since));
        if gap.is_some() {
            tracing::warn!("not every event since the last pass can be listed; objects are compared instead");
            note_lost_events(self.till).await;
        }
        self.till.store.write(move |w| side.reach(w, Step::Events, now)).await?;
        Ok(gap)
    }

    async fn event(&mut self, hint: HookEvent) -> Result<(), Stopped> {
        let now = self.till.now();
        let Some(event) = self.till.store.read(|r| to_be_done(&r, hint, now))? else { return Ok(()) };
        inbox::work_off_polled(self.till, &event).await?;
        self.compared("missed_events", 1);
        let (finds, is_late) = (self.till.finds.take(), self.till.now().duration_since(event.created) > ON_ITS_WAY);
        if is_late && !finds.is_empty() {
            tracing::warn!(event = %event.id, "a webhook was not delivered");
        }
        let words = if is_late { "had not been delivered" } else { "was seen here first" };
        for find in finds {
            let is_payment = find.class == Some(Class::MissedPayment);
            let kind = if is_late && is_payment { "missed_webhook" } else { find.kind };
            let detail = format!("{} Stripe's {} of {} {words}.", find.detail, event.kind, event.object_id);
            self.name(Find { kind, detail, ..find });
        }
        Ok(())
    }
}

/// The event of a hint, if it is not known; one that came while a key of the other mode was in use is as good as new.
fn to_be_done(r: &Reader<'_>, hint: HookEvent, now: Timestamp) -> Result<Option<Event>, Error> {
    Ok(match r.event(&hint.id)? {
        None => Some(event_of(hint, Arrival::Poll, now, String::new())),
        Some(stored) => Some(stored).filter(|stored| stored.state == Handling::OtherMode),
    })
}

/// The inbox row of a hint.
#[must_use]
pub fn event_of(hint: HookEvent, arrival: Arrival, now: Timestamp, payload: String) -> Event {
    Event {
        id: hint.id,
        kind: hint.kind,
        object_id: hint.object_id.unwrap_or_default(),
        object_kind: hint.object_kind.unwrap_or_default(),
        livemode: hint.livemode.unwrap_or(false),
        api_version: hint.api_version,
        account: hint.account,
        created: hint.created.unwrap_or(now),
        received_at: now,
        arrival,
        state: Handling::Pending { next_try: now },
        tries: 0,
        last_error: None,
        payload,
    }
}

/// Keeps an event unless it is known. Whether it is new.
///
/// # Errors
/// The store failed.
pub fn keep(w: &mut Writer<'_>, event: &Event) -> Result<bool, Error> {
    if w.event(&event.id)?.is_some() {
        return Ok(false);
    }
    w.put_event(event)?;
    Ok(true)
}
