//! Webhook endpoints: those that were asked for, what Stripe said of them last, and which secrets have signed.

use jiff::{SignedDuration, Timestamp};

use super::error::Error;
use super::table::{Order, Reader, Span};
use super::tables::{ENDPOINTS, OBSERVED, OLD_HOST};
use super::writer::Writer;
use crate::billing::endpoint::{Endpoint, Observed, OldHost};
use crate::billing::id::EndpointId;

/// The one record of each.
const STRIPE: &str = "stripe";
/// When the last event arrived that was sent, not asked for.
const LAST_EVENT: &str = "webhook.last";
/// A moment is written down again when it is older than this: nobody needs to know the second.
const NOTED_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// The mark of a signing secret: when it last signed an event that arrived.
fn signed_by(fingerprint: &str) -> String {
    format!("webhook.signed_by:{fingerprint}")
}

impl Reader<'_> {
    pub fn endpoint(&self, id: EndpointId) -> Result<Option<Endpoint>, Error> {
        self.get(&ENDPOINTS, &id)
    }

    /// Every endpoint that was ever asked for, oldest first.
    pub fn endpoints(&self) -> Result<Vec<Endpoint>, Error> {
        let rows = self.all(&ENDPOINTS, Span::all(), Order::Ascending)?;
        Ok(rows.into_iter().map(|(_, endpoint)| endpoint).collect())
    }

    /// What Stripe said of its endpoints last.
    pub fn observed_endpoints(&self) -> Result<Option<Observed>, Error> {
        self.get(&OBSERVED, &STRIPE.to_owned())
    }

    /// The latest host, other than ours, that an event was sent to.
    pub fn old_host(&self) -> Result<Option<OldHost>, Error> {
        self.get(&OLD_HOST, &STRIPE.to_owned())
    }

    /// When the last event arrived that was sent, to the minute.
    pub fn last_event_at(&self) -> Result<Option<Timestamp>, Error> {
        self.mark(LAST_EVENT)
    }

    /// When a secret last signed an event that arrived, to the minute.
    pub fn last_signed_by(&self, fingerprint: &str) -> Result<Option<Timestamp>, Error> {
        self.mark(&signed_by(fingerprint))
    }
}

impl Writer<'_> {
    pub fn put_endpoint(&mut self, endpoint: &Endpoint) -> Result<(), Error> {
        self.put(&ENDPOINTS, &endpoint.id, endpoint)
    }

    pub fn put_observed_endpoints(&mut self, observed: &Observed) -> Result<(), Error> {
        self.put(&OBSERVED, &STRIPE.to_owned(), observed)
    }

    pub fn put_old_host(&mut self, host: &str) -> Result<(), Error> {
        let at = self.now();
        self.put(&OLD_HOST, &STRIPE.to_owned(), &OldHost { host: host.to_owned(), at })
    }

    /// Notes that an event arrived which this secret had signed.
    pub fn note_signed_by(&mut self, fingerprint: &str) -> Result<(), Error> {
        self.put_mark_sometimes(LAST_EVENT)?;
        self.put_mark_sometimes(&signed_by(fingerprint))
    }

    fn put_mark_sometimes(&mut self, name: &str) -> Result<(), Error> {
        let now = self.now();
        let is_fresh = |at: Timestamp| now.duration_since(at).abs() < NOTED_EVERY;
        if self.mark(name)?.is_some_and(is_fresh) { Ok(()) } else { self.put_mark(name, now) }
    }
}
