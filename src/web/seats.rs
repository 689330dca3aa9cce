//! The places that there are for connections, and who gives way when they are all taken.
//!
//! A connection that waits for its client (it asks nothing, has not finished asking, or is not taken from what it answered)
//! gives its place to a newcomer: the one that has been silent longest goes first. So connections that only lie there,
//! however many, keep nobody waiting, while a request that is being worked on is never cut off to make room. Some places are
//! kept for this machine's own door, so that whatever visitors do, the machine itself and a proxy on it get in.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// By which door somebody comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entrance {
    /// `server.listen`: the machine itself, or a proxy on it. Where it is the only door, everybody.
    Own,
    /// What this program opens to the world itself, for HTTPS and to send people there.
    Visitors,
}

/// All places.
#[derive(Debug)]
pub struct Seats {
    max: usize,
    /// How many of them visitors never get.
    kept: usize,
    plan: Mutex<Plan>,
    /// A place was given back, or somebody has become silent.
    changed: Notify,
}

/// Who sits where.
#[derive(Debug, Default)]
struct Plan {
    taken: usize,
    taken_by_visitors: usize,
    tickets: u64,
    /// Who is silent, in the order in which they fell silent.
    silent: BTreeMap<u64, Silent>,
    /// How many were asked to leave and have neither left nor begun anything.
    leaving: usize,
}

#[derive(Debug)]
struct Silent {
    entrance: Entrance,
    asked: Arc<Notify>,
}

/// One connection's place; given back when dropped.
#[derive(Debug)]
pub struct Seat {
    seats: Arc<Seats>,
    entrance: Entrance,
    /// This connection's number among the silent; 0 while it is answered.
    ticket: AtomicU64,
    /// What it still tears down is nothing that begins.
    has_left: AtomicBool,
    asked: Arc<Notify>,
}

impl Plan {
    /// Asks the longest silent that `may_go`, unless somebody is on the way out already: one place is wanted at a time.
    fn ask_one_to_leave(&mut self, may_go: impl Fn(Entrance) -> bool) {
        if self.leaving > 0 {
            return;
        }
        let longest = self.silent.iter().find(|(_, silent)| may_go(silent.entrance)).map(|(ticket, _)| *ticket);
        if let Some(silent) = longest.and_then(|ticket| self.silent.remove(&ticket)) {
            self.leaving += 1;
            silent.asked.notify_one();
        }
    }

    fn sit(&mut self, entrance: Entrance) {
        self.taken += 1;
        self.taken_by_visitors += usize::from(entrance == Entrance::Visitors);
    }

    fn stand_up(&mut self, entrance: Entrance) {
        self.taken = self.taken.saturating_sub(1);
        let visitor = usize::from(entrance == Entrance::Visitors);
        self.taken_by_visitors = self.taken_by_visitors.saturating_sub(visitor);
    }

    /// Whoever had this ticket is silent no longer. Whether it had been asked to leave.
    fn wake(&mut self, ticket: u64) -> bool {
        let was_asked = ticket != 0 && self.silent.remove(&ticket).is_none();
        self.leaving = self.leaving.saturating_sub(usize::from(was_asked));
        was_asked
    }
}

impl Seats {
    /// `max` places, of which `kept` are for [`Entrance::Own`] alone.
    #[must_use]
    pub fn new(max: usize, kept: usize) -> Arc<Self> {
        Arc::new(Self { max, kept, plan: Mutex::default(), changed: Notify::new() })
    }

    /// A place, as soon as one is free; who is silent is asked to leave for it.
    pub async fn take(self: &Arc<Self>, entrance: Entrance) -> Arc<Seat> {
        loop {
            // Before looking, so that no change in between is missed; each door waits for itself, so all are told.
            let changed = self.changed.notified();
            if let Some(seat) = self.try_take(entrance) {
                return seat;
            }
            changed.await;
        }
    }

    /// Asks whoever has been silent longest to give its place back.
    pub fn ask_one_to_leave(&self) {
        self.plan().ask_one_to_leave(|_| true);
    }

    fn try_take(self: &Arc<Self>, entrance: Entrance) -> Option<Arc<Seat>> {
        let mut plan = self.plan();
        if entrance == Entrance::Visitors && plan.taken_by_visitors >= self.max.saturating_sub(self.kept) {
            plan.ask_one_to_leave(|entrance| entrance == Entrance::Visitors);
            return None;
        }
        if plan.taken >= self.max {
            plan.ask_one_to_leave(|_| true);
            return None;
        }
        plan.sit(entrance);
        drop(plan);
        let (ticket, has_left) = (AtomicU64::new(0), AtomicBool::new(false));
        Some(Arc::new(Seat { seats: Arc::clone(self), entrance, ticket, has_left, asked: Arc::default() }))
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
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
        let mut plan = self.seats.plan();
        if !condition() {
            return;
        }
        plan.tickets += 1;
        let ticket = plan.tickets;
        plan.silent.insert(ticket, Silent { entrance: self.entrance, asked: Arc::clone(&self.asked) });
        self.ticket.store(ticket, Ordering::Release);
        drop(plan);
        self.seats.changed.notify_waiters();
    }

    /// A request has come, or its client takes something: until it waits for that client again, the place is safe.
    pub fn begin(&self) {
        // Under the lock, so that nobody calls it silent who looked before.
        let mut plan = self.seats.plan();
        if self.has_left.load(Ordering::Acquire) {
            return;
        }
        let was_asked = plan.wake(self.ticket.swap(0, Ordering::AcqRel));
        drop(plan);
        if was_asked {
            // Whoever waits for this place has to ask another.
            self.seats.changed.notify_waiters();
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

    /// Whether the connection, asked to leave, does: whatever it still seems to begin, nobody else is asked in its stead. Not if
    /// it has begun something since, even if it is silent again: then somebody else was asked.
    pub fn leaves(&self) -> bool {
        // Under the lock, so that nothing begins that is cut off.
        let plan = self.seats.plan();
        let ticket = self.ticket.load(Ordering::Acquire);
        let leaves = ticket != 0 && !plan.silent.contains_key(&ticket);
        self.has_left.store(leaves, Ordering::Release);
        leaves
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut plan = self.seats.plan();
        plan.wake(self.ticket.swap(0, Ordering::AcqRel));
        plan.stand_up(self.entrance);
        drop(plan);
        self.seats.changed.notify_waiters();
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed assumption should fail the test")]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::{Entrance, Seat, Seats};

    const PAUSE: Duration = Duration::from_millis(20);

    /// A place that is to be had without waiting for anybody.
    async fn at_once(seats: &Arc<Seats>, entrance: Entrance) -> Option<Arc<Seat>> {
        tokio::time::timeout(PAUSE, seats.take(entrance)).await.ok()
    }

    #[tokio::test]
    async fn the_longest_silent_gives_way_and_the_busy_never_do() {
        let seats = Seats::new(3, 0);
        let [busy, second, first] =
            [seats.take(Entrance::Own).await, seats.take(Entrance::Own).await, seats.take(Entrance::Own).await];
        first.fall_silent();
        second.fall_silent();
        first.fall_silent();
        let newcomer = seats.take(Entrance::Own);
        let leaving = async {
            first.asked_to_leave().await;
            drop(first);
        };
        let (newcomer, ()) = tokio::join!(newcomer, leaving);
        assert!(second.is_silent() && !busy.is_silent());
        second.begin();
        assert!(at_once(&seats, Entrance::Own).await.is_none(), "all are busy");
        drop(busy);
        let taken = tokio::time::timeout(Duration::from_secs(20), seats.take(Entrance::Own)).await.unwrap();
        drop((newcomer, second, taken));
        let plan = seats.plan();
        assert_eq!((plan.taken, plan.silent.len(), plan.leaving), (0, 0, 0));
    }

    #[tokio::test]
    async fn one_place_costs_one_connection_and_whoever_begins_again_is_passed_over() {
        let seats = Seats::new(3, 0);
        let [first, second, third] =
            [seats.take(Entrance::Own).await, seats.take(Entrance::Own).await, seats.take(Entrance::Own).await];
        first.fall_silent();
        second.fall_silent();
        assert!(at_once(&seats, Entrance::Own).await.is_none());
        third.fall_silent();
        assert!(at_once(&seats, Entrance::Own).await.is_none());
        assert_eq!(seats.plan().silent.len(), 2, "the first was asked, and nobody else before it has left");
        let others = async {
            first.begin();
            second.asked_to_leave().await;
            assert!(second.leaves());
            // Its requests end, as if they went on.
            second.begin();
            assert!(at_once(&seats, Entrance::Own).await.is_none());
            drop(second);
        };
        let (newcomer, ()) = tokio::join!(seats.take(Entrance::Own), others);
        assert!(third.is_silent());
        drop((first, third, newcomer));
        let plan = seats.plan();
        assert_eq!((plan.taken, plan.silent.len(), plan.leaving), (0, 0, 0));
    }

    #[tokio::test]
    async fn visitors_never_take_the_places_of_the_machine_itself() {
        let seats = Seats::new(3, 1);
        let visitors = [seats.take(Entrance::Visitors).await, seats.take(Entrance::Visitors).await];
        assert!(at_once(&seats, Entrance::Visitors).await.is_none(), "the third is kept");
        let own = at_once(&seats, Entrance::Own).await.unwrap();
        assert!(at_once(&seats, Entrance::Own).await.is_none(), "all are busy");
        own.fall_silent();
        assert!(at_once(&seats, Entrance::Visitors).await.is_none());
        assert!(own.is_silent() && seats.plan().leaving == 0, "nor does anybody leave it for them");
        let [first, second] = visitors;
        first.fall_silent();
        let leaving = async {
            first.asked_to_leave().await;
            drop(first);
        };
        let (third, ()) = tokio::join!(seats.take(Entrance::Visitors), leaving);
        drop((own, second, third));
        let all = [seats.take(Entrance::Own).await, seats.take(Entrance::Own).await, seats.take(Entrance::Own).await];
        assert_eq!(seats.plan().taken, all.len(), "where nobody else comes, all places are its own");
    }
}
