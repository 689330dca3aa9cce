//! What time it is. The only place that asks the machine, so that tests can stop, set and move time.
//!
//! Wall-clock time decides dates and deadlines; durations (timeouts, back-off inside a request) use
//! [`std::time::Instant`], which no clock jump moves.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;

/// A source of the current time; clones share it.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    Machine,
    /// Milliseconds since the Unix epoch.
    Held(Arc<AtomicI64>),
}

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn machine() -> Self {
        Self(Source::Machine)
    }

    /// A clock that stands at `at` until it is moved.
    #[must_use]
    pub fn held_at(at: Timestamp) -> Self {
        Self(Source::Held(Arc::new(AtomicI64::new(at.as_millisecond()))))
    }

    /// The current time, to the millisecond.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the machine")]
    pub fn now(&self) -> Timestamp {
        let milliseconds = match &self.0 {
            Source::Machine => Timestamp::now().as_millisecond(),
            Source::Held(at) => at.load(Ordering::SeqCst),
        };
        Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// Moves a held clock by `seconds`, backwards if negative. The machine's clock stays as it is.
    pub fn advance(&self, seconds: i64) {
        if let Source::Held(at) = &self.0 {
            at.fetch_add(seconds * 1000, Ordering::SeqCst);
        }
    }
}
