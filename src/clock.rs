//! What time it is. The only place that asks the machine, so that tests can stop, set and move time.
//!
//! Wall-clock time decides dates and deadlines; durations (timeouts, back-off inside a request) use
//! [`std::time::Instant`], which no clock jump moves.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Notify;

/// The machine's date may be set while somebody waits for a moment: it is looked at again after so long at most.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

/// A source of the current time; clones share it.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    Machine,
    Held(Arc<Held>),
}

#[derive(Debug)]
struct Held {
    /// Milliseconds since the Unix epoch.
    at: AtomicI64,
    moved: Notify,
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
        Self(Source::Held(Arc::new(Held { at: AtomicI64::new(at.as_millisecond()), moved: Notify::new() })))
    }

    /// The current time, to the millisecond.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the machine")]
    pub fn now(&self) -> Timestamp {
        let milliseconds = match &self.0 {
            Source::Machine => Timestamp::now().as_millisecond(),
            Source::Held(held) => held.at.load(Ordering::SeqCst),
        };
        Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// Moves a held clock by `seconds`, backwards if negative. The machine's clock stays as it is.
    pub fn advance(&self, seconds: i64) {
        if let Source::Held(held) = &self.0 {
            held.at.fetch_add(seconds * 1000, Ordering::SeqCst);
            held.moved.notify_waiters();
        }
    }

    /// Waits until this moment has come. A held clock has to be moved there.
    pub async fn until(&self, moment: Timestamp) {
        while self.now() < moment {
            self.until_or_set_back(moment, Timestamp::MIN).await;
        }
    }

    /// Waits until this moment has come, or the date was set back since `since`: then nobody knows how far away it is, and
    /// whoever waits looks again at what is due.
    pub async fn until_or_set_back(&self, moment: Timestamp, since: Timestamp) {
        let mut latest = since;
        loop {
            let now = self.now();
            if now >= moment || now < latest {
                return;
            }
            latest = now;
            match &self.0 {
                Source::Machine => {
                    let left = Duration::try_from(moment.duration_since(now)).unwrap_or_default();
                    tokio::time::sleep(left.min(LOOK_AGAIN)).await;
                }
                Source::Held(held) => {
                    let moved = held.moved.notified();
                    tokio::pin!(moved);
                    // Registered before the look, so that a move in between is not missed.
                    moved.as_mut().enable();
                    if self.now() == now {
                        moved.await;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Clock, Timestamp};

    #[tokio::test]
    async fn whoever_waits_for_a_moment_is_woken_when_the_clock_is_moved_there() {
        let clock = Clock::held_at(Timestamp::UNIX_EPOCH);
        let noon = Timestamp::from_second(60).unwrap_or_default();
        let mover = async {
            clock.advance(59);
            tokio::task::yield_now().await;
            assert!(clock.now() < noon);
            clock.advance(1);
        };
        tokio::join!(clock.until(noon), mover);
        let set_back = async {
            tokio::task::yield_now().await;
            clock.advance(-10);
        };
        tokio::join!(clock.until_or_set_back(Timestamp::MAX, noon), set_back);
        clock.until_or_set_back(Timestamp::MAX, noon).await;
        clock.until(Timestamp::UNIX_EPOCH).await;
        Clock::machine().until(Timestamp::UNIX_EPOCH).await;
    }
}
