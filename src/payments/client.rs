//! Stripe's API: the calls this program makes, and what their failures mean.
//!
//! The rule it keeps: a failure is judged once, here. [`CallError::Retry`] means that nobody knows yet, or that later
//! may be better; [`CallError::Fail`] means that Stripe decided. A POST is only ever repeated with the same bytes and
//! the same idempotency key, so repeating it cannot do the thing twice.
//!
//! Left to others: storing body and key before the call, and every judgement of what an object says.

mod access;
mod calls;
mod endpoints;
mod error;
mod pages;
mod probes;
mod transport;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use tokio::time::{Instant, sleep, timeout_at};

use crate::clock::Clock;
use crate::config::StripeMode;
use crate::resolve::Resolver;

pub use access::Access;
pub use calls::Created;
pub use error::{CallError, FailKind, RetryCause};
pub use pages::Pages;
pub use transport::StartError;

use error::Setback;
use transport::{Call, Transport};

/// Who is waiting for the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// A person in front of a page.
    Request,
    /// Nobody: a job, which comes again.
    Background,
}

/// How long calls may take and how often they are tried. The defaults are for real use; tests are in a hurry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Until a connection stands, name lookup included.
    pub connect: Duration,
    /// A whole call for [`Patience::Request`], repetitions and pauses included.
    pub request: Duration,
    /// A whole call for [`Patience::Background`].
    pub background: Duration,
    /// Tries of one call for [`Patience::Request`].
    pub request_tries: u32,
    /// Tries of one call for [`Patience::Background`].
    pub background_tries: u32,
    /// Before the second try; doubles with each further one.
    pub first_pause: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            // A payer looks at a blank page meanwhile; the bank details are the better answer then.
            request: Duration::from_secs(20),
            // What Stripe's own libraries allow.
            background: Duration::from_secs(80),
            request_tries: 3,
            background_tries: 5,
            first_pause: Duration::from_millis(500),
        }
    }
}

/// What Stripe answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer<T> {
    pub value: T,
    /// `req_…`: what Stripe's support asks for.
    pub request_id: Option<String>,
    /// Whether this is a stored answer to an earlier request with the same idempotency key.
    pub replayed: bool,
}

/// Speaks to Stripe with one key. Clones share connections, counters and the measured time.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    patience: Patience,
}

struct Shared {
    transport: Transport,
    limits: Limits,
    appliance: String,
    livemode: bool,
}

impl Client {
    /// A client for people who wait ([`Patience::Request`]); nothing is sent yet.
    pub fn new(access: Access, resolver: Resolver, clock: Clock) -> Result<Self, StartError> {
        Self::with_limits(access, resolver, clock, Limits::default())
    }

    /// The same with other limits.
    pub fn with_limits(access: Access, resolver: Resolver, clock: Clock, limits: Limits) -> Result<Self, StartError> {
        let transport = Transport::new(&access, resolver, clock, limits.connect)?;
        let livemode = access.secret_key.mode() == StripeMode::Live;
        let shared = Shared { transport, limits, appliance: access.appliance, livemode };
        Ok(Self { shared: Arc::new(shared), patience: Patience::Request })
    }

    /// The same client with another patience.
    #[must_use]
    pub fn with_patience(&self, patience: Patience) -> Self {
        Self { shared: Arc::clone(&self.shared), patience }
    }

    /// Which installation this is; what `metadata[app]` holds on our objects.
    pub fn appliance(&self) -> &str {
        &self.shared.appliance
    }

    /// Whether the key moves real money.
    pub fn livemode(&self) -> bool {
        self.shared.livemode
    }

    /// Stripe's clock less ours, in seconds, as the last answer told; 0 before the first.
    pub fn skew(&self) -> i64 {
        self.shared.transport.skew()
    }

    /// The time at Stripe, for what Stripe will compare with its own clock.
    pub fn stripe_now(&self) -> Timestamp {
        self.shared.transport.stripe_now()
    }

    /// How many GETs were sent since the client was made. Stripe rations them by the month.
    pub fn reads(&self) -> u64 {
        self.shared.transport.reads()
    }

    fn total_and_tries(&self) -> (Duration, u32) {
        let limits = &self.shared.limits;
        match self.patience {
            Patience::Request => (limits.request, limits.request_tries),
            Patience::Background => (limits.background, limits.background_tries),
        }
    }

    /// Makes `call` until it is answered, refused, or patience runs out.
    async fn ask<T: DeserializeOwned>(&self, call: Call<'_>) -> Result<Answer<T>, CallError> {
        let (total, tries_max) = self.total_and_tries();
        let deadline = Instant::now() + total;
        let mut tries = 1;
        loop {
            let attempt = timeout_at(deadline, self.shared.transport.once(&call));
            let setback = match attempt.await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(setback)) => setback,
                Err(_) => Setback::timed_out(total),
            };
            let Some(pause) = self.pause_after(&setback, tries).filter(|_| tries < tries_max) else {
                return Err(setback.error);
            };
            // A try that would end in the time-out says less than the answer that is already here.
            if Instant::now().checked_add(pause).is_none_or(|next| next >= deadline) {
                return Err(setback.error);
            }
            tracing::info!(path = call.path(), tries, reason = %setback.error, "asking Stripe again");
            sleep(pause).await;
            tries += 1;
        }
    }

    /// How long to wait before the next try, if there should be one.
    fn pause_after(&self, setback: &Setback, tries: u32) -> Option<Duration> {
        if !setback.again {
            return None;
        }
        let doubled = self.shared.limits.first_pause.saturating_mul(2_u32.saturating_pow(tries - 1));
        // Up to half of it is left to chance, so that many callers do not come back together.
        let spread = getrandom::u32().map_or(0, |chance| chance % 512);
        let pause = doubled.saturating_mul(1024 - spread) / 1024;
        Some(pause.max(setback.wait.unwrap_or_default()))
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Client").field("livemode", &self.livemode()).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop where it fails")]
mod tests;
