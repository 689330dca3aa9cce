//! Webhook endpoints and what is on its way to them. Sending is done by `courier`; here is what should be sent, what
//! was, and how it was answered.

use std::collections::VecDeque;

use super::API_VERSION;
use super::events;

/// A long demo would remember every delivery for ever.
const DELIVERIES_MAX: usize = 5_000;

/// An address that is told about events.
#[derive(Clone)]
pub struct WebhookEndpoint {
    /// Stripe's `we_…`; empty for one that was not made by the API.
    pub id: String,
    /// The version that events are written in.
    pub api_version: String,
    /// `http://` and an IP address or `localhost`: the stand-in asks no name server.
    pub url: String,
    /// Newest first. While a secret is being rolled there are two, and every delivery is signed with both.
    pub secrets: Vec<String>,
    pub enabled: bool,
    /// Event types that are sent, `charge.*` among them; empty means all.
    pub types: Vec<String>,
}

impl WebhookEndpoint {
    /// An endpoint that is told everything.
    pub fn new(url: impl Into<String>, secret: impl Into<String>) -> Self {
        Self {
            id: String::new(),
            api_version: API_VERSION.to_owned(),
            url: url.into(),
            secrets: vec![secret.into()],
            enabled: true,
            types: Vec::new(),
        }
    }

    fn wants(&self, kind: &str) -> bool {
        self.enabled && (self.types.is_empty() || self.types.iter().any(|pattern| events::fits(kind, pattern)))
    }
}

/// What happens to events from now on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeliveryMode {
    /// Sent at once, retried if refused.
    #[default]
    AtOnce,
    /// Kept until somebody says so.
    Hold,
    /// Never sent by itself, as if Stripe's own retries had run out.
    Lose,
    /// Sent twice.
    Duplicate,
    /// The events of one change are sent last first.
    Reorder,
}

/// Where a delivery is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    Held,
    Lost,
    /// On its way, or waiting for its next try.
    Queued,
    /// Answered with 2xx.
    Delivered,
    /// Refused or unanswered to the last try.
    Failed,
}

impl Progress {
    /// Whether the delivery will stay where it is until somebody sends it.
    pub fn stuck(self) -> bool {
        matches!(self, Self::Held | Self::Lost | Self::Failed)
    }
}

/// One try.
#[derive(Clone, Debug)]
pub struct Try {
    /// Stripe's time, in seconds.
    pub at: i64,
    /// `None`: no answer.
    pub status: Option<u16>,
}

/// One event on its way to one endpoint.
#[derive(Clone, Debug)]
pub struct Delivery {
    pub id: u64,
    pub event: String,
    /// The event's type.
    pub kind: String,
    /// The endpoint's id; empty for one that was not made by the API.
    pub endpoint: String,
    pub url: String,
    pub progress: Progress,
    pub tries: Vec<Try>,
}

#[derive(Default)]
pub(super) struct Webhooks {
    pub(super) endpoints: Vec<WebhookEndpoint>,
    pub(super) mode: DeliveryMode,
    deliveries: VecDeque<Delivery>,
    made: u64,
    /// Events recorded since the last [`Webhooks::take_due`].
    announced: Vec<(String, String)>,
}

impl Webhooks {
    pub(super) fn listening_to(&self, kind: &str) -> usize {
        self.endpoints.iter().filter(|endpoint| endpoint.wants(kind)).count()
    }

    pub(super) fn announce(&mut self, event: &str, kind: &str) {
        self.announced.push((event.to_owned(), kind.to_owned()));
    }

    /// Turns what was announced into deliveries, as the mode says. Returns those to send now, in order. Without
    /// anybody to send them (`can_send`), they are held.
    pub(super) fn take_due(&mut self, can_send: bool) -> Vec<u64> {
        let mut announced = std::mem::take(&mut self.announced);
        if self.mode == DeliveryMode::Reorder {
            announced.reverse();
        }
        let (progress, times) = match self.mode {
            DeliveryMode::Hold => (Progress::Held, 1),
            DeliveryMode::Lose => (Progress::Lost, 1),
            _ if !can_send => (Progress::Held, 1),
            DeliveryMode::Duplicate => (Progress::Queued, 2),
            DeliveryMode::AtOnce | DeliveryMode::Reorder => (Progress::Queued, 1),
        };
        let mut made = Vec::new();
        for (event, kind) in announced {
            for _ in 0..times {
                made.extend(self.add(&event, &kind, progress));
            }
        }
        if progress == Progress::Queued { made } else { Vec::new() }
    }

    /// New deliveries of an event, one for each endpoint that wants it.
    pub(super) fn add(&mut self, event: &str, kind: &str, progress: Progress) -> Vec<u64> {
        let wanting = self.endpoints.iter().filter(|endpoint| endpoint.wants(kind));
        let places: Vec<(String, String)> =
            wanting.map(|endpoint| (endpoint.id.clone(), endpoint.url.clone())).collect();
        places.into_iter().map(|place| self.push(event, kind, place, progress)).collect()
    }

    fn push(&mut self, event: &str, kind: &str, (endpoint, url): (String, String), progress: Progress) -> u64 {
        self.made += 1;
        if self.deliveries.len() == DELIVERIES_MAX {
            self.deliveries.pop_front();
        }
        let (event, kind) = (event.to_owned(), kind.to_owned());
        self.deliveries.push_back(Delivery { id: self.made, event, kind, endpoint, url, progress, tries: Vec::new() });
        self.made
    }

    /// Puts what has not arrived on its way: of one event, or of all. Returns it, oldest first.
    pub(super) fn release(&mut self, event: Option<&str>) -> Vec<u64> {
        let waiting = self
            .deliveries
            .iter_mut()
            .filter(|delivery| delivery.progress.stuck() && event.is_none_or(|event| delivery.event == event));
        waiting
            .map(|delivery| {
                delivery.progress = Progress::Queued;
                delivery.id
            })
            .collect()
    }

    pub(super) fn get(&self, id: u64) -> Option<&Delivery> {
        self.deliveries.iter().find(|delivery| delivery.id == id)
    }

    /// Writes down how a try ended. `last`: nobody will try again.
    pub(super) fn tried(&mut self, id: u64, outcome: Try, last: bool) -> Progress {
        let Some(delivery) = self.deliveries.iter_mut().find(|delivery| delivery.id == id) else {
            return Progress::Failed;
        };
        delivery.progress = match outcome.status {
            Some(200..=299) => Progress::Delivered,
            _ if last => Progress::Failed,
            _ => Progress::Queued,
        };
        delivery.tries.push(outcome);
        delivery.progress
    }

    pub(super) fn all(&self) -> Vec<Delivery> {
        self.deliveries.iter().cloned().collect()
    }

    pub(super) fn of(&self, event: &str) -> impl DoubleEndedIterator<Item = &Delivery> {
        self.deliveries.iter().filter(move |delivery| delivery.event == event)
    }

    pub(super) fn under_way(&self) -> bool {
        self.deliveries.iter().any(|delivery| delivery.progress == Progress::Queued)
    }

    /// The endpoint that a delivery is for, if it is still there.
    pub(super) fn endpoint_of(&self, delivery: &Delivery) -> Option<&WebhookEndpoint> {
        self.endpoints.iter().find(|endpoint| endpoint.id == delivery.endpoint && endpoint.url == delivery.url)
    }
}
