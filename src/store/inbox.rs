//! The inbox: what Stripe said, stored before it is acknowledged.

use std::ops::ControlFlow;

use jiff::{SignedDuration, Timestamp};

use super::derived::Rows;
use super::error::Error;
use super::settings::EVENT_ARRIVED;
use super::table::{Order, Reader, Span};
use super::tables::{INBOX, INBOX_BY_OUTCOME, INBOX_BY_TIME, INBOX_PENDING};
use super::writer::Writer;
use crate::billing::event::{Arrival, Event, Handling, Outcome};

/// An event that could not be worked off is tried again within an hour.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(2);
/// When an event arrived, and its id: its place among the others.
pub type Arrived = (Timestamp, String);

impl Reader<'_> {
    pub fn event(&self, id: &str) -> Result<Option<Event>, Error> {
        self.get(&INBOX, &id.to_owned())
    }

    /// Events to be worked off now, the longest waiting first.
    pub fn events_due(&self, now: Timestamp, limit: usize) -> Result<Vec<Event>, Error> {
        let due = self.due(&INBOX_PENDING, now, LONGEST_WAIT, limit)?;
        due.into_iter().filter_map(|id| self.event(&id).transpose()).collect()
    }

    pub fn next_event_at(&self) -> Result<Option<Timestamp>, Error> {
        Ok(self.collect(&INBOX_PENDING, Span::all(), Order::Ascending, 1)?.pop().map(|((when, _), ())| when))
    }

    pub fn count_pending_events(&self) -> Result<u64, Error> {
        self.count(&INBOX_PENDING, Span::all())
    }

    /// The events that arrived before this one, or the last ones, newest first.
    pub fn events_before(&self, event: Option<&Event>, limit: usize) -> Result<Vec<Event>, Error> {
        let span = event.map_or_else(Span::all, |event| Span::all().before(&(event.received_at, event.id.clone())));
        let rows = self.collect(&INBOX_BY_TIME, span, Order::Descending, limit)?;
        rows.into_iter().filter_map(|((_, id), ())| self.event(&id).transpose()).collect()
    }

    /// As [`Self::events_before`], of those with this outcome.
    pub fn events_with(&self, outcome: Outcome, before: Option<&Event>, limit: usize) -> Result<Vec<Event>, Error> {
        let span = Span::of(&place(outcome));
        let span = match before {
            Some(event) => span.before(&(place(outcome), event.received_at, event.id.clone())),
            None => span,
        };
        let rows = self.collect(&INBOX_BY_OUTCOME, span, Order::Descending, limit)?;
        rows.into_iter().filter_map(|((_, _, id), ())| self.event(&id).transpose()).collect()
    }

    /// Events from behind `after`, oldest first, that arrived before `until`, have been dealt with and are still known to
    /// the word.
    pub fn events_to_forget(
        &self,
        after: Option<&Arrived>,
        until: Timestamp,
        most: usize,
    ) -> Result<Vec<Arrived>, Error> {
        let span = after.map_or_else(Span::all, |place| Span::all().after(place));
        let mut found = Vec::new();
        self.walk(&INBOX_BY_TIME, span, Order::Ascending, |place, ()| {
            if place.0 >= until || found.len() >= most {
                return Ok(ControlFlow::Break(()));
            }
            if self.event(&place.1)?.is_some_and(|event| event.is_dealt_with() && !event.payload.is_empty()) {
                found.push(place);
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(found)
    }

    /// The events that arrived last, newest first.
    pub fn latest_events(&self, limit: usize) -> Result<Vec<Event>, Error> {
        self.events_before(None, limit)
    }
}

/// Where an outcome stands in its index.
fn place(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Waiting => 0,
        Outcome::Done => 1,
        Outcome::NotActedOn => 2,
        Outcome::GivenUp => 3,
    }
}

pub(super) fn event_rows(event: &Event) -> Result<Rows, Error> {
    let mut rows = Rows::default();
    rows.mark(&INBOX_BY_TIME, &(event.received_at, event.id.clone()))?;
    rows.mark(&INBOX_BY_OUTCOME, &(place(event.outcome()), event.received_at, event.id.clone()))?;
    if let Handling::Pending { next_try } = event.state {
        rows.mark(&INBOX_PENDING, &(next_try, event.id.clone()))?;
    }
    Ok(rows)
}

impl Writer<'_> {
    pub fn put_event(&mut self, event: &Event) -> Result<(), Error> {
        let before = match self.event(&event.id)? {
            Some(stored) => event_rows(&stored)?,
            None => {
                // What was asked for proves nothing about the webhook.
                if event.arrival == Arrival::Webhook {
                    self.put_first_mark(EVENT_ARRIVED)?;
                }
                Rows::default()
            }
        };
        self.put(&INBOX, &event.id, event)?;
        self.derive(&before, &event_rows(event)?)?;
        self.wake.inbox = true;
        Ok(())
    }

    /// Forgets at most `most` events that arrived before `until` and have been dealt with, oldest first; says how many, and
    /// of how many the words were still known. Whoever calls this keeps them longer than Stripe sends an event again.
    pub fn forget_events(&mut self, until: Timestamp, most: usize) -> Result<(usize, usize), Error> {
        let (mut old, mut with_words) = (Vec::new(), 0);
        self.walk(&INBOX_BY_TIME, Span::all(), Order::Ascending, |(at, id), ()| {
            if at >= until || old.len() >= most {
                return Ok(ControlFlow::Break(()));
            }
            let dealt_with = self.event(&id)?.filter(Event::is_dealt_with);
            with_words += usize::from(dealt_with.as_ref().is_some_and(|event| !event.payload.is_empty()));
            // Without their payloads: a batch of the largest would be half a gigabyte.
            old.extend(dealt_with.map(|event| Event { payload: String::new(), ..event }));
            Ok(ControlFlow::Continue(()))
        })?;
        for event in &old {
            self.remove(&INBOX, &event.id)?;
            self.derive(&event_rows(event)?, &Rows::default())?;
        }
        Ok((old.len(), with_words))
    }

    /// Forgets the words of those of these events that have been dealt with; says how many had any.
    pub fn forget_words_of(&mut self, events: &[Arrived]) -> Result<usize, Error> {
        let mut forgotten = 0;
        for (_, id) in events {
            let dealt_with = self.event(id)?.filter(Event::is_dealt_with);
            if let Some(event) = dealt_with.filter(|event| !event.payload.is_empty()) {
                // Its places in the lists follow from its state, which stays.
                self.put(&INBOX, id, &Event { payload: String::new(), ..event })?;
                forgotten += 1;
            }
        }
        Ok(forgotten)
    }
}
