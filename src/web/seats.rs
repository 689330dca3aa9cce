//! The places that there are for connections, and who gives way when they are all taken.
//!
//! A connection that asks nothing, or has not finished asking (its body included), gives its place to a newcomer: the one that has been silent
//! longest goes first. So half-open connections, however many, keep nobody waiting, while a request that has begun is
//! never cut off to make room.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// All places.
#[derive(Debug)]
pub struct Seats {
    max: usize,
    room: Mutex<Room>,
    /// A place was given back, or somebody has become silent.
    changed: Notify,
}

#[derive(Debug, Default)]
struct Room {
    taken: usize,
    tickets: u64,
    /// Who is silent, in the order in which they fell silent.
    silent: BTreeMap<u64, Arc<Notify>>,
}

impl Room {
    fn ask_one_to_leave(&mut self) {
        if let Some((_, longest)) = self.silent.pop_first() {
            longest.notify_one();
        }
    }
}

/// One connection's place; given back when dropped.
#[derive(Debug)]
pub struct Seat {
    seats: Arc<Seats>,
    /// This connection's number among the silent; 0 while it is answered.
    ticket: AtomicU64,
    asked: Arc<Notify>,
}

impl Seats {
    #[must_use]
    pub fn new(max: usize) -> Arc<Self> {
        Arc::new(Self { max, room: Mutex::default(), changed: Notify::new() })
    }

    /// A place, as soon as one is free; who is silent is asked to leave for it.
    pub async fn take(self: &Arc<Self>) -> Arc<Seat> {
        loop {
            if let Some(seat) = self.try_take() {
                return seat;
            }
            self.changed.notified().await;
        }
    }

    /// Asks whoever has been silent longest to give its place back.
    pub fn ask_one_to_leave(&self) {
        self.room().ask_one_to_leave();
    }

    fn try_take(self: &Arc<Self>) -> Option<Arc<Seat>> {
        let mut room = self.room();
        if room.taken >= self.max {
            room.ask_one_to_leave();
            return None;
        }
        room.taken += 1;
        Some(Arc::new(Seat { seats: Arc::clone(self), ticket: AtomicU64::new(0), asked: Arc::default() }))
    }

    fn room(&self) -> MutexGuard<'_, Room> {
        self.room.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    /// The connection waits for its client: it may be asked to leave.
    pub fn fall_silent(&self) {
        self.fall_silent_if(|| true);
    }

    /// The same, if nothing has [begun](Self::begin) meanwhile that makes `condition` false.
    pub fn fall_silent_if(&self, condition: impl FnOnce() -> bool) {
        if self.is_silent() {
            return;
        }
        let mut room = self.seats.room();
        if !condition() {
            return;
        }
        room.tickets += 1;
        let ticket = room.tickets;
        room.silent.insert(ticket, Arc::clone(&self.asked));
        self.ticket.store(ticket, Ordering::Release);
        if room.taken >= self.seats.max {
            self.seats.changed.notify_one();
        }
    }

    /// A request has come: until it is answered, the place is safe.
    pub fn begin(&self) {
        // Under the lock, so that nobody calls it silent who looked before.
        let mut room = self.seats.room();
        let ticket = self.ticket.swap(0, Ordering::AcqRel);
        if ticket != 0 {
            room.silent.remove(&ticket);
        }
    }

    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.ticket.load(Ordering::Acquire) != 0
    }

    /// Done when the connection is asked to leave. By then it may have become busy.
    pub async fn asked_to_leave(&self) {
        self.asked.notified().await;
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.begin();
        let mut room = self.seats.room();
        room.taken = room.taken.saturating_sub(1);
        drop(room);
        self.seats.changed.notify_one();
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed assumption should fail the test")]
mod tests {
    use std::time::Duration;

    use super::Seats;

    #[tokio::test]
    async fn the_longest_silent_gives_way_and_the_busy_never_do() {
        let seats = Seats::new(3);
        let [busy, second, first] = [seats.take().await, seats.take().await, seats.take().await];
        first.fall_silent();
        second.fall_silent();
        first.fall_silent();
        let newcomer = seats.take();
        let leaving = async {
            first.asked_to_leave().await;
            drop(first);
        };
        let (newcomer, ()) = tokio::join!(newcomer, leaving);
        assert!(second.is_silent() && !busy.is_silent());
        second.begin();
        let pause = Duration::from_millis(20);
        assert!(tokio::time::timeout(pause, seats.take()).await.is_err(), "all are busy");
        drop(busy);
        let taken = tokio::time::timeout(Duration::from_secs(20), seats.take()).await.unwrap();
        drop((newcomer, second, taken));
        let room = seats.room();
        assert_eq!((room.taken, room.silent.len()), (0, 0));
    }
}
