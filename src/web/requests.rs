//! The requests of one connection: which are being worked on, and which wait for their client.
//!
//! A request waits for its client twice: until its body is here, and while a part of its answer is not taken. Over HTTP/1.1
//! one request at a time does either, and `wire` sees it in the bytes. Over HTTP/2 there are many, so they are counted here:
//! a connection on which every request waits is as silent as one on which nothing is asked.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::sync::futures::Notified;
use tokio::time::Instant;

use super::seats::Seat;

/// The requests of a connection that are being answered.
#[derive(Clone, Debug)]
pub(super) struct Requests(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    seat: Arc<Seat>,
    state: Mutex<State>,
    /// One began, ended, or went on.
    turned: Notify,
}

#[derive(Debug, Default)]
struct State {
    numbers: u64,
    open: usize,
    /// Those of them whose bodies are still on their way.
    listened_to: usize,
    /// Those of them of whose answer a part was handed over and not taken, and since when.
    untaken: BTreeMap<u64, Instant>,
}

/// One request of HTTP/2; over when dropped.
#[derive(Debug)]
pub(super) struct One {
    all: Requests,
    number: u64,
}

impl Requests {
    pub fn of(seat: Arc<Seat>) -> Self {
        Self(Arc::new(Shared { seat, state: Mutex::default(), turned: Notify::new() }))
    }

    pub fn seat(&self) -> &Seat {
        &self.0.seat
    }

    pub fn begin(&self) -> One {
        let mut state = self.state();
        state.numbers += 1;
        state.open += 1;
        let number = state.numbers;
        drop(state);
        self.go_on();
        One { all: self.clone(), number }
    }

    /// How many are being answered.
    pub fn count(&self) -> usize {
        self.state().open
    }

    /// A body is waited for.
    pub fn listen(&self) {
        self.state().listened_to += 1;
        self.0.seat.fall_silent_if(|| self.all_wait());
    }

    /// The wait is over.
    pub fn has_heard(&self) {
        let mut state = self.state();
        state.listened_to = state.listened_to.saturating_sub(1);
        drop(state);
        self.go_on();
    }

    /// Whether nothing is worked on that could be cut off: there are no requests, or only some that wait for their client.
    pub fn all_wait(&self) -> bool {
        let state = self.state();
        state.listened_to + state.untaken.len() >= state.open
    }

    /// Since when the part of an answer that has waited longest has not been taken.
    pub fn untaken_since(&self) -> Option<Instant> {
        self.state().untaken.values().min().copied()
    }

    /// Done at the next turn after this call: a request begins, ends, or goes on.
    pub fn turn(&self) -> Notified<'_> {
        self.0.turned.notified()
    }

    pub async fn all_done(&self) {
        loop {
            let turn = self.turn();
            if self.count() == 0 {
                return;
            }
            turn.await;
        }
    }

    /// One of them is worked on from now on.
    fn go_on(&self) {
        self.0.seat.begin();
        self.0.turned.notify_waiters();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl One {
    /// A part of the answer waits for its client.
    pub fn hand_over(&self) {
        self.all.state().untaken.insert(self.number, Instant::now());
        self.all.0.turned.notify_waiters();
    }

    /// It was taken.
    pub fn go_on(&self) {
        if self.all.state().untaken.remove(&self.number).is_some() {
            self.all.go_on();
        }
    }
}

impl Drop for One {
    fn drop(&mut self) {
        let mut state = self.all.state();
        state.untaken.remove(&self.number);
        state.open = state.open.saturating_sub(1);
        drop(state);
        self.all.0.turned.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::Requests;
    use crate::web::seats::{Entrance, Seats};

    #[tokio::test]
    async fn a_connection_waits_for_its_client_when_each_of_its_requests_does() {
        let seat = Seats::new(1, 0).take(Entrance::Own).await;
        let requests = Requests::of(Arc::clone(&seat));
        assert!(requests.all_wait() && requests.untaken_since().is_none());
        let [coming, answered, worked_on] = [requests.begin(), requests.begin(), requests.begin()];
        requests.listen();
        answered.hand_over();
        let since = requests.untaken_since();
        assert!(since.is_some() && !requests.all_wait() && !seat.is_silent(), "the third is worked on");
        drop(worked_on);
        assert!(requests.all_wait());
        seat.fall_silent_if(|| requests.all_wait());
        answered.go_on();
        assert!(!requests.all_wait() && !seat.is_silent() && requests.untaken_since().is_none());
        answered.hand_over();
        assert!(requests.untaken_since() >= since, "each part has the whole time");
        drop(answered);
        assert!(requests.all_wait(), "the last one's body is still coming");
        requests.has_heard();
        assert!(!requests.all_wait() && requests.count() == 1);
        drop(coming);
        assert_eq!(requests.count(), 0);
    }
}
