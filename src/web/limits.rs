//! So many in so long, per key: attempts to sign in, checkouts of an invoice, questions with a wrong token.
//!
//! Keys that have been quiet long enough to have their whole allowance back are forgotten, and there is an end to how many
//! are remembered: an attacker with many addresses costs little memory. Times come from the machine's steady clock, which no change of date moves.

use std::hash::Hash;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};

use super::client_address::{Client, RateKey, is_trusted};
use super::error::Error;
use crate::config::Network;

/// Checks between two cleanings. Cleaning looks at every key: rarer costs memory, more often costs time.
const CHECKS_PER_CLEANING: u32 = 1_024;
/// Busy keys that are remembered, a few megabytes. Whoever has more addresses than this is not held up by a count for each
/// of them, and honest people must still be let in: then all counts begin anew.
const KEYS_MAX: usize = 50_000;

type Store<K, C> = RateLimiter<K, DashMapStateStore<K>, C, NoOpMiddleware<<C as Clock>::Instant>>;

/// Counts by key. Small keys, please: each costs about 40 bytes while it is busy.
pub struct Limiter<K: Clone + Eq + Hash, C: Clock = DefaultClock> {
    keys: RwLock<Store<K, C>>,
    quota: Quota,
    clock: C,
    checks: AtomicU32,
}

impl<K: Clone + Eq + Hash> Limiter<K> {
    /// `count` at once, and as many again in every `period`, evenly.
    #[must_use]
    pub fn new(count: NonZeroU32, period: Duration) -> Self {
        Self::with_clock(count, period, DefaultClock::default())
    }
}

impl<K: Clone + Eq + Hash, C: Clock + Clone> Limiter<K, C> {
    /// As [`Limiter::new`], by a clock of one's own.
    #[must_use]
    pub fn with_clock(count: NonZeroU32, period: Duration, clock: C) -> Self {
        let each = (period / count.get()).max(Duration::from_nanos(1));
        // None only for a period of zero, which `max` excludes.
        let quota = Quota::with_period(each).unwrap_or_else(|| Quota::per_second(count)).allow_burst(count);
        let keys = RwLock::new(RateLimiter::new(quota, DashMapStateStore::default(), clock.clone()));
        Self { keys, quota, clock, checks: AtomicU32::new(0) }
    }

    /// Counts one more for `key`, or says when it may come again.
    pub fn check(&self, key: &K) -> Result<(), Error> {
        if self.checks.fetch_add(1, Ordering::Relaxed) % CHECKS_PER_CLEANING == CHECKS_PER_CLEANING - 1 {
            self.make_room();
        }
        let now = self.clock.now();
        self.keys().check_key(key).map_err(|until| Error::TooManyRequests { retry_after: until.wait_time_from(now) })
    }

    /// Forgets the keys that have their whole allowance again, and if too many are left, all of them.
    fn make_room(&self) {
        self.keys().retain_recent();
        self.keys().shrink_to_fit();
        if self.len() > KEYS_MAX {
            tracing::warn!(keys = self.len(), "requests came from so many addresses that their counts began anew");
            let fresh = RateLimiter::new(self.quota, DashMapStateStore::default(), self.clock.clone());
            *self.keys.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        }
    }

    fn keys(&self) -> RwLockReadGuard<'_, Store<K, C>> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many keys are remembered, roughly.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys().len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys().is_empty()
    }
}

impl<C: Clock + Clone> Limiter<RateKey, C> {
    /// Counts one more for the client's address, unless that is in `exempt`.
    ///
    /// Exempting the machine itself is for reads only, never for passwords and tokens: behind a proxy that nobody entered
    /// in `server.trusted_proxies`, everybody comes from there.
    pub fn check_client(&self, client: &Client, exempt: &[Network]) -> Result<(), Error> {
        if is_trusted(client.address, exempt) { Ok(()) } else { self.check(&client.rate_key()) }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use governor::clock::FakeRelativeClock;

    use super::{CHECKS_PER_CLEANING, Client, Error, KEYS_MAX, Limiter, Network, NonZeroU32};

    fn limiter(count: u32, seconds: u64) -> (Limiter<u32, FakeRelativeClock>, FakeRelativeClock) {
        let clock = FakeRelativeClock::default();
        let count = NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN);
        (Limiter::with_clock(count, Duration::from_secs(seconds), clock.clone()), clock)
    }

    #[test]
    fn a_key_gets_its_allowance_at_once_and_then_bit_by_bit() {
        let (limiter, clock) = limiter(5, 900);
        for attempt in 1..=5 {
            assert!(limiter.check(&1).is_ok(), "attempt {attempt}");
        }
        match limiter.check(&1) {
            Err(Error::TooManyRequests { retry_after }) => assert_eq!(retry_after.as_secs(), 180),
            other => panic!("{other:?}"),
        }
        assert!(limiter.check(&2).is_ok(), "another key has its own");
        clock.advance(Duration::from_secs(179));
        assert!(limiter.check(&1).is_err());
        clock.advance(Duration::from_secs(1));
        assert!(limiter.check(&1).is_ok());
        assert!(limiter.check(&1).is_err());
    }

    #[test]
    fn an_exempt_network_is_not_counted() {
        let limiter = Limiter::new(NonZeroU32::MIN, Duration::from_mins(1));
        let check = |address: [u8; 4]| {
            let client = Client { address: address.into(), secure: true };
            limiter.check_client(&client, &Network::LOOPBACK).is_ok()
        };
        assert!(check([127, 0, 0, 1]) && check([127, 0, 0, 1]));
        assert!(check([192, 0, 2, 1]) && !check([192, 0, 2, 1]));
    }

    #[test]
    fn quiet_keys_are_forgotten_and_busy_ones_are_not() {
        let (limiter, clock) = limiter(1, 60);
        for key in 0..CHECKS_PER_CLEANING - 1 {
            assert!(limiter.check(&key).is_ok());
        }
        clock.advance(Duration::from_mins(10));
        assert!(limiter.check(&7).is_ok());
        assert!(limiter.len() < 5, "{} keys are left", limiter.len());
        assert!(limiter.check(&7).is_err(), "the busy one still counts");
    }

    #[test]
    fn memory_has_an_end_however_many_addresses_come_at_once() {
        let (limiter, _clock) = limiter(1, 3600);
        let many = u32::try_from(KEYS_MAX).unwrap_or(u32::MAX) * 2;
        for key in 0..many {
            assert!(limiter.check(&key).is_ok(), "a new address is let in: {key}");
        }
        assert!(limiter.len() <= KEYS_MAX + 1_024, "{} keys", limiter.len());
    }
}
