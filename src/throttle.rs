//! How often something may be tried: by growing waits, or at a steady pace.
//!
//! A tally only counts: how often something happened to one key within a day.
//!
//! Growing waits are for whoever is known to be one: so many tries are free, each further one waits twice as long as the
//! one before, and never for ever. A steady pace is for what many share, so that none of them can lock the others out.
//!
//! A try is counted before it is made, so that many at once gain nothing. Waits come from the machine's steady clock,
//! which no change of date moves. Left to others: what is tried, and by which keys it is counted.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

/// Tries without a wait: a person needs two or three.
const FREE_TRIES: u32 = 5;
/// Tries are forgotten after this long without one: longer than any wait, so that waiting for the next gives none for free.
const WINDOW: Duration = Duration::from_hours(1);
const FIRST_WAIT: Duration = Duration::from_secs(30);
/// No wait is longer: whoever was locked out by somebody else's tries gets in again within a quarter of an hour.
const LONGEST_WAIT: Duration = Duration::from_mins(15);
/// Keys that are remembered at once; the one that was quiet longest goes first.
const KEYS_MAX: usize = 10_000;

/// Counts tries by key.
pub struct Throttle<K> {
    tries: Mutex<HashMap<K, Tries>>,
}

#[derive(Clone, Copy)]
struct Tries {
    count: u32,
    last: Instant,
    /// The next try may come then.
    next: Instant,
}

impl Tries {
    fn may_go_on(self, now: Instant) -> Result<(), Duration> {
        if now < self.next { Err(self.next.saturating_duration_since(now)) } else { Ok(()) }
    }
}

impl<K> Default for Throttle<K> {
    fn default() -> Self {
        Self { tries: Mutex::new(HashMap::new()) }
    }
}

impl<K: Clone + Eq + Hash> Throttle<K> {
    /// Counts one try for `key`.
    ///
    /// # Errors
    /// It is too early; how long to wait. A try that is too early is not counted, so that asking does not prolong the wait.
    pub fn count(&self, key: &K, now: Instant) -> Result<(), Duration> {
        let mut tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        make_room(&mut tries, now);
        let before = recent(&tries, key, now);
        before.map_or(Ok(()), |before| before.may_go_on(now))?;
        let count = before.map_or(1, |before| before.count.saturating_add(1));
        tries.insert(key.clone(), Tries { count, last: now, next: now + wait_after(count) });
        Ok(())
    }

    /// Whether a try for `key` would be counted now; counts nothing.
    ///
    /// # Errors
    /// It is too early; how long to wait.
    pub fn may(&self, key: &K, now: Instant) -> Result<(), Duration> {
        let tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        recent(&tries, key, now).map_or(Ok(()), |tries| tries.may_go_on(now))
    }

    /// Forgets the tries of `key`: the last one was right.
    pub fn forget(&self, key: &K) {
        self.tries.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}

/// The tries of `key`, if they are not forgotten.
fn recent<K: Eq + Hash>(tries: &HashMap<K, Tries>, key: &K, now: Instant) -> Option<Tries> {
    tries.get(key).copied().filter(|tries| now.saturating_duration_since(tries.last) < WINDOW)
}

fn wait_after(count: u32) -> Duration {
    match count.checked_sub(FREE_TRIES) {
        None => Duration::ZERO,
        Some(beyond) => FIRST_WAIT.saturating_mul(2_u32.saturating_pow(beyond)).min(LONGEST_WAIT),
    }
}

fn make_room<K: Clone + Eq + Hash>(tries: &mut HashMap<K, Tries>, now: Instant) {
    if tries.len() < KEYS_MAX {
        return;
    }
    tries.retain(|_, tries| now.saturating_duration_since(tries.last) < WINDOW);
    if tries.len() >= KEYS_MAX
        && let Some(oldest) = tries.iter().min_by_key(|(_, tries)| tries.last).map(|(key, _)| key.clone())
    {
        tries.remove(&oldest);
    }
}

/// So many at once, and then one in every period, by key.
pub struct Pace<K> {
    at_once: u32,
    period: Duration,
    /// When all that came would be through if each took one period.
    through: Mutex<HashMap<K, Instant>>,
}

impl<K: Clone + Eq + Hash> Pace<K> {
    #[must_use]
    pub fn new(at_once: u32, period: Duration) -> Self {
        Self { at_once, period, through: Mutex::default() }
    }

    /// Counts one for `key`.
    ///
    /// # Errors
    /// It is too early; how long to wait, never longer than a period.
    pub fn count(&self, key: &K, now: Instant) -> Result<(), Duration> {
        let mut through = self.through.lock().unwrap_or_else(PoisonError::into_inner);
        if through.len() >= KEYS_MAX {
            through.retain(|_, through| *through > now);
            // Whoever has so many keys is held up by none of them; others must still be let in.
            if through.len() >= KEYS_MAX {
                through.clear();
            }
        }
        let before = through.get(key).copied().unwrap_or(now).max(now);
        let ahead = before.saturating_duration_since(now) + self.period;
        let allowed = self.period.saturating_mul(self.at_once);
        if ahead > allowed {
            return Err(ahead.saturating_sub(allowed));
        }
        through.insert(key.clone(), before + self.period);
        Ok(())
    }
}

/// How long a tally goes on from the first of what it counts.
const TALLY_LASTS: SignedDuration = SignedDuration::from_hours(24);

/// Counts by key, for a day from the first on. Forgotten when the program ends.
pub struct Tally<K> {
    counted: Mutex<HashMap<K, (Timestamp, u32)>>,
}

impl<K> Default for Tally<K> {
    fn default() -> Self {
        Self { counted: Mutex::default() }
    }
}

impl<K: Eq + Hash> Tally<K> {
    /// Counts one more for `key`; how many there were since the first.
    pub fn count(&self, key: K, now: Timestamp) -> u32 {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        if counted.len() >= KEYS_MAX {
            counted.retain(|_, (first, _)| now.duration_since(*first) < TALLY_LASTS);
        }
        let entry = counted.entry(key).or_insert((now, 0));
        if now.duration_since(entry.0) >= TALLY_LASTS {
            *entry = (now, 0);
        }
        entry.1 = entry.1.saturating_add(1);
        entry.1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_pace_never_grows_into_a_wait_of_more_than_one_period() {
        let pace = Pace::new(3, Duration::from_secs(1));
        let mut now = Instant::now();
        for _ in 0..3 {
            assert_eq!(pace.count(&"anna", now), Ok(()));
        }
        for _ in 0..100 {
            assert_eq!(pace.count(&"anna", now), Err(Duration::from_secs(1)), "asking costs nothing");
        }
        assert_eq!(pace.count(&"ben", now), Ok(()), "another key is not concerned");
        for _ in 0..3 {
            now += Duration::from_secs(1);
            assert_eq!(pace.count(&"anna", now), Ok(()));
            assert!(pace.count(&"anna", now).is_err());
        }
        now += Duration::from_secs(3);
        for _ in 0..3 {
            assert_eq!(pace.count(&"anna", now), Ok(()), "all of it is back");
        }
    }

    #[test]
    fn a_tally_counts_for_a_day_from_the_first_on() {
        let (tally, mut now) = (Tally::default(), Timestamp::UNIX_EPOCH);
        assert_eq!((tally.count("anna", now), tally.count("ben", now)), (1, 1));
        now += SignedDuration::from_hours(23);
        assert_eq!(tally.count("anna", now), 2);
        now += SignedDuration::from_hours(1);
        assert_eq!((tally.count("anna", now), tally.count("anna", now)), (1, 2), "a day is over");
    }

    #[test]
    fn the_memory_of_a_pace_has_an_end() {
        let pace = Pace::new(1, Duration::from_secs(1));
        let now = Instant::now();
        for key in 0..KEYS_MAX + 10 {
            assert_eq!(pace.count(&key, now), Ok(()));
        }
        assert!(pace.through.lock().unwrap_or_else(PoisonError::into_inner).len() <= KEYS_MAX);
    }

    #[test]
    fn asking_whether_one_may_counts_nothing() {
        let throttle = Throttle::default();
        let now = Instant::now();
        for _ in 0..20 {
            assert_eq!(throttle.may(&"anna", now), Ok(()));
        }
        for _ in 0..5 {
            assert_eq!(throttle.count(&"anna", now), Ok(()));
        }
        assert_eq!(throttle.may(&"anna", now), Err(FIRST_WAIT));
        assert_eq!(throttle.may(&"anna", now + FIRST_WAIT), Ok(()));
    }

    #[test]
    fn five_tries_are_free_and_then_the_waits_grow_up_to_a_quarter_of_an_hour() {
        let throttle = Throttle::default();
        let mut now = Instant::now();
        for _ in 0..5 {
            assert_eq!(throttle.count(&"anna", now), Ok(()));
        }
        for wait in [30, 60, 120, 240, 480] {
            let wait = Duration::from_secs(wait);
            assert_eq!(throttle.count(&"anna", now), Err(wait));
            assert_eq!(throttle.count(&"ben", now), Ok(()), "another key is not concerned");
            throttle.forget(&"ben");
            now += wait;
            assert_eq!(throttle.count(&"anna", now), Ok(()), "the wait is over");
        }
        assert_eq!(throttle.count(&"anna", now), Err(LONGEST_WAIT));
        assert_eq!(throttle.count(&"anna", now + LONGEST_WAIT), Ok(()), "never permanent");
    }

    #[test]
    fn a_right_try_and_a_quiet_quarter_of_an_hour_both_wipe_the_slate() {
        let throttle = Throttle::default();
        let now = Instant::now();
        for round in 0..3 {
            for _ in 0..5 {
                assert_eq!(throttle.count(&"anna", now), Ok(()), "round {round}");
            }
            throttle.forget(&"anna");
        }
        for _ in 0..5 {
            assert_eq!(throttle.count(&"anna", now), Ok(()));
        }
        for _ in 0..5 {
            assert_eq!(throttle.count(&"anna", now + WINDOW), Ok(()));
        }
    }

    #[test]
    fn memory_has_an_end() {
        let throttle = Throttle::default();
        let now = Instant::now();
        for key in 0..KEYS_MAX + 10 {
            assert_eq!(throttle.count(&key, now), Ok(()));
        }
        assert!(throttle.tries.lock().unwrap_or_else(PoisonError::into_inner).len() <= KEYS_MAX);
    }
}
