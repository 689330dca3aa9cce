//! Events since the last pass (loop R1): those that were not delivered go the same way as those that were.

use jiff::{SignedDuration, Timestamp};

use super::class::Class;
use super::{Pass, Stopped};
use crate::billing::event::{Arrival, Event, Handling};
use crate::payments::client::Patience;
use crate::payments::inbox;
use crate::payments::notices::note_lost_events;
use crate::payments::settle::Settled;
use crate::payments::webhook::HookEvent;
use crate::store::{Error, Writer};

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
/// How far the events were asked for.
const CURSOR: &str = "stripe.events";

impl Pass<'_> {
    /// Asks for events since the last pass. How far back objects must be compared, if events are not listed that far.
    pub(super) async fn events(&mut self) -> Result<Option<SignedDuration>, Stopped> {
        let now = self.till.client.stripe_now();
        let cursor = self.till.store.read(|r| r.mark(CURSOR))?;
        let oldest = now.saturating_sub(EVENTS_REACH).unwrap_or(now);
        let since = cursor.unwrap_or(now).saturating_sub(OVERLAP).unwrap_or(oldest);
        let gap = (since < oldest).then(|| now.duration_since(since));
        if gap.is_some() {
            tracing::warn!(
                "events were last asked for longer ago than Stripe lists them; objects are compared instead"
            );
            note_lost_events(self.till).await;
        }
        let mut pages = self.till.ask(Patience::Background).events(since.max(oldest), &EVENT_TYPES);
        let mut unknown = Vec::new();
        self.compared("events", 0);
        while let Some(page) = pages.next_page().await? {
            self.compared("events", page.len());
            let page = page.into_iter().filter_map(HookEvent::from_listed);
            unknown.extend(self.till.store.read(|r| {
                page.filter_map(|event| match r.event(&event.id) {
                    Ok(known) => known.is_none().then_some(Ok(event)),
                    Err(error) => Some(Err(error)),
                })
                .collect::<Result<Vec<_>, Error>>()
            })?);
        }
        // Oldest first, as they would have been delivered.
        for event in unknown.into_iter().rev() {
            self.event(event_of(event, Arrival::Poll, self.till.now(), String::new())).await?;
        }
        for _ in 0..ROUNDS_MAX {
            if inbox::work_off(self.till).await?.len() < inbox::ROUND_MAX {
                break;
            }
        }
        if pages.is_complete() {
            self.till.store.write(move |w| w.put_mark(CURSOR, now)).await?;
        }
        Ok(gap)
    }

    async fn event(&mut self, event: Event) -> Result<(), Stopped> {
        if self.till.store.read(|r| r.event(&event.id))?.is_some() {
            return Ok(());
        }
        let settled = inbox::work_off_polled(self.till, &event).await?;
        self.compared("missed_events", 1);
        let Some(Settled::Booked(payment)) = settled else { return Ok(()) };
        let invoice = self.till.store.read(|r| r.payment(payment))?.and_then(|payment| payment.invoice);
        let late = self.till.now().duration_since(event.created) > ON_ITS_WAY;
        let (kind, words) = if late {
            tracing::warn!(event = %event.id, "a webhook was not delivered");
            ("missed_webhook", "had not been delivered")
        } else {
            (Class::MissedPayment.kind(), "was seen here first")
        };
        let detail = format!("{} of {} {words}; its payment was booked.", event.kind, event.object_id);
        self.repaired_as(kind, Class::MissedPayment, &event.object_id, invoice, detail);
        Ok(())
    }
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
