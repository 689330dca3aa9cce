//! The memory that bodies may take, all together: they come from strangers, and the process has only so much.
//!
//! A body counts from its first byte until its handler is done with it. When there is no more room, those that have been
//! coming longest give way, as many as are needed and no more: a webhook takes milliseconds, so it is none of them while
//! an older one holds anything. Whoever waits for room gets it in the order of asking; what is given back is for them.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::Notify;

/// For room, once nobody is left to give way: handlers are done sooner, unless the disk hangs.
const ROOM_WITHIN: Duration = Duration::from_secs(2);

/// All bodies that are coming or being worked on.
#[derive(Debug)]
pub struct Bodies {
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    bytes_max: usize,
    bytes: usize,
    /// Of them, what was asked back and is not given yet.
    owed: usize,
    tickets: u64,
    /// Those that are still coming, in the order in which they began to.
    coming: BTreeMap<u64, Coming>,
    /// Who waits for room, in the order of asking.
    queue: VecDeque<Waiting>,
}

#[derive(Debug)]
struct Coming {
    bytes: usize,
    /// Whether it was asked to give way.
    is_asked: bool,
    asked: Arc<Notify>,
    granted: Arc<Notify>,
}

#[derive(Debug)]
struct Waiting {
    ticket: u64,
    bytes: usize,
}

/// What one body takes of it, as long as it is coming; given back when dropped.
#[derive(Debug)]
pub(super) struct Share {
    all: Arc<Bodies>,
    ticket: u64,
    asked: Arc<Notify>,
    granted: Arc<Notify>,
}

/// There is no room for this body.
#[derive(Debug)]
pub(super) struct Crowded;

impl Bodies {
    #[must_use]
    pub fn new(bytes_max: usize) -> Arc<Self> {
        Arc::new(Self { held: Mutex::new(Held { bytes_max, ..Held::default() }) })
    }

    /// Nothing yet, for a body that begins to come.
    pub(super) fn share(self: &Arc<Self>) -> Share {
        let (asked, granted) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let coming = Coming { bytes: 0, is_asked: false, asked: Arc::clone(&asked), granted: Arc::clone(&granted) };
        let mut held = self.held();
        held.tickets += 1;
        let ticket = held.tickets;
        held.coming.insert(ticket, coming);
        drop(held);
        Share { all: Arc::clone(self), ticket, asked, granted }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Share {
    /// Takes so many bytes more, as soon as there is room.
    ///
    /// # Errors
    /// This body is one of those to give way, too many wait already, or nobody made room in time.
    pub async fn grow(&mut self, bytes: usize) -> Result<(), Crowded> {
        if self.all.held().ask(self.ticket, bytes)? {
            return Ok(());
        }
        tokio::select! {
            biased;
            granted = tokio::time::timeout(ROOM_WITHIN, self.granted.notified()) => granted.map_err(|_| Crowded),
            () = self.asked.notified() => Err(Crowded),
        }
    }

    /// Done when the body is asked to give way.
    pub async fn asked_to_leave(&self) {
        self.asked.notified().await;
    }

    /// The whole body, which counts until nobody needs it any more. It gives way no longer.
    pub fn hold(self, body: Vec<u8>) -> Bytes {
        let bytes = self.all.held().keep(self.ticket);
        Bytes::from_owner(Whole { body, bytes, all: Arc::clone(&self.all) })
    }
}

impl Held {
    /// Whether the body has so many bytes more now; if not, it waits for them.
    fn ask(&mut self, ticket: u64, bytes: usize) -> Result<bool, Crowded> {
        if self.coming.get(&ticket).is_none_or(|coming| coming.is_asked) {
            return Err(Crowded);
        }
        if self.queue.is_empty() && self.bytes.saturating_add(bytes) <= self.bytes_max {
            self.grant(ticket, bytes);
            return Ok(true);
        }
        // What waits is in memory, too.
        if self.waiting().saturating_add(bytes) > self.bytes_max {
            return Err(Crowded);
        }
        self.queue.push_back(Waiting { ticket, bytes });
        self.ask_back();
        self.serve();
        Ok(false)
    }

    fn grant(&mut self, ticket: u64, bytes: usize) {
        if let Some(coming) = self.coming.get_mut(&ticket) {
            coming.bytes += bytes;
            self.bytes += bytes;
        }
    }

    /// Asks those that have been coming longest to give way, until there will be room for everybody who waits. What was
    /// asked for before is as good as given.
    fn ask_back(&mut self) {
        let mut waiting = self.waiting();
        while self.bytes.saturating_add(waiting) > self.bytes_max.saturating_add(self.owed) {
            // Whoever holds nothing has nothing to give.
            let longest = self.coming.iter_mut().find(|(_, coming)| coming.bytes > 0 && !coming.is_asked);
            let Some((ticket, longest)) = longest else { return };
            longest.is_asked = true;
            longest.asked.notify_one();
            self.owed += longest.bytes;
            // A body waits for one thing at a time.
            if let Some(place) = self.queue.iter().position(|waits| waits.ticket == *ticket) {
                waiting -= self.queue.remove(place).map_or(0, |waits| waits.bytes);
            }
        }
    }

    fn waiting(&self) -> usize {
        self.queue.iter().map(|waiting| waiting.bytes).sum()
    }

    /// Gives room to those who wait, as far as there is some.
    fn serve(&mut self) {
        while let Some(Waiting { ticket, bytes }) = self.queue.front()
            && self.bytes.saturating_add(*bytes) <= self.bytes_max
        {
            let (ticket, bytes) = (*ticket, *bytes);
            self.queue.pop_front();
            self.grant(ticket, bytes);
            if let Some(coming) = self.coming.get(&ticket) {
                coming.granted.notify_one();
            }
        }
    }

    /// The body is coming no longer; how much it holds.
    fn keep(&mut self, ticket: u64) -> usize {
        self.queue.retain(|waiting| waiting.ticket != ticket);
        let Some(coming) = self.coming.remove(&ticket) else { return 0 };
        if coming.is_asked {
            // It was whole before it heard that: somebody else has to make room.
            self.owed = self.owed.saturating_sub(coming.bytes);
            self.ask_back();
        }
        coming.bytes
    }

    fn give_back(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_sub(bytes);
        self.serve();
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut held = self.all.held();
        held.queue.retain(|waiting| waiting.ticket != self.ticket);
        // Of a whole body, this is not here any more.
        let Some(coming) = held.coming.remove(&self.ticket) else { return };
        if coming.is_asked {
            held.owed = held.owed.saturating_sub(coming.bytes);
        }
        held.give_back(coming.bytes);
    }
}

/// A body that has come.
struct Whole {
    body: Vec<u8>,
    bytes: usize,
    all: Arc<Bodies>,
}

impl AsRef<[u8]> for Whole {
    fn as_ref(&self) -> &[u8] {
        &self.body
    }
}

impl Drop for Whole {
    fn drop(&mut self) {
        self.all.held().give_back(self.bytes);
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed assumption should fail the test")]
mod tests {
    use std::cell::RefCell;
    use std::sync::Arc;
    use std::time::Duration;

    use super::{Bodies, Share};

    const PAUSE: Duration = Duration::from_millis(20);

    /// A body that has come so far.
    async fn coming(bodies: &Arc<Bodies>, bytes: usize) -> Share {
        let mut share = bodies.share();
        share.grow(bytes).await.unwrap();
        share
    }

    async fn is_asked(share: &Share) -> bool {
        tokio::time::timeout(PAUSE, share.asked_to_leave()).await.is_ok()
    }

    #[tokio::test]
    async fn the_longest_coming_gives_way_and_what_is_whole_does_not() {
        let bodies = Bodies::new(10);
        let [mut first, mut second, mut third] = [bodies.share(), bodies.share(), bodies.share()];
        first.grow(4).await.unwrap();
        second.grow(4).await.unwrap();
        let whole = second.hold(vec![7; 4]);
        let leaving = async {
            first.asked_to_leave().await;
            drop(first);
        };
        let (grown, ()) = tokio::join!(third.grow(6), leaving);
        grown.unwrap();
        let mut fourth = bodies.share();
        assert!(tokio::time::timeout(PAUSE, fourth.grow(1)).await.is_err(), "what is whole does not give way");
        assert!(third.grow(1).await.is_err(), "it was asked to make room for the fourth");
        drop((third, fourth));
        assert_eq!(bodies.held().bytes, 4, "a whole body counts as long as somebody works on it");
        drop(whole);
        let held = bodies.held();
        assert_eq!((held.bytes, held.owed, held.coming.len(), held.queue.len()), (0, 0, 0, 0));
    }

    #[tokio::test]
    async fn those_who_wait_send_nobody_away_who_need_not_go_and_not_each_other() {
        let bodies = Bodies::new(10);
        let [first, second, third] = [coming(&bodies, 3).await, coming(&bodies, 3).await, coming(&bodies, 3).await];
        let [mut webhook, mut other] = [bodies.share(), bodies.share()];
        let waiting = async { webhook.grow(4).await };
        let leaving = async {
            first.asked_to_leave().await;
            // As long as the first is on its way, nobody else goes for the same four.
            assert!(!is_asked(&second).await && !is_asked(&third).await);
            drop(first);
        };
        let (grown, ()) = tokio::join!(waiting, leaving);
        grown.unwrap();
        // Two more ask for more than is left to be given back: they wait, and do not send each other away.
        let waiting = async { other.grow(6).await };
        let leaving = async {
            assert!(is_asked(&second).await && is_asked(&third).await);
            assert!(!is_asked(&webhook).await, "it came after them");
            drop((second, third));
        };
        let (grown, ()) = tokio::join!(waiting, leaving);
        grown.unwrap();
        drop((webhook, other));
        assert_eq!(bodies.held().bytes, 0);
    }

    #[tokio::test]
    async fn who_waits_is_served_in_the_order_of_asking() {
        let bodies = Bodies::new(10);
        let older = [coming(&bodies, 3).await, coming(&bodies, 3).await, coming(&bodies, 3).await];
        let [mut large, mut small] = [bodies.share(), bodies.share()];
        let served = RefCell::new(Vec::new());
        let first = async {
            large.grow(6).await.unwrap();
            served.borrow_mut().push("large");
        };
        let second = async {
            small.grow(4).await.unwrap();
            served.borrow_mut().push("small");
        };
        let leaving = async {
            // Once the first has left, the small one would fit.
            for share in older {
                share.asked_to_leave().await;
                drop(share);
                tokio::task::yield_now().await;
            }
        };
        tokio::join!(first, second, leaving);
        assert_eq!(*served.borrow(), ["large", "small"]);
        drop((large, small));
        assert_eq!(bodies.held().bytes, 0);
    }

    #[tokio::test]
    async fn what_waits_has_an_end_as_well() {
        let bodies = Bodies::new(10);
        let whole = coming(&bodies, 10).await.hold(vec![0; 10]);
        let [mut first, mut second] = [bodies.share(), bodies.share()];
        assert!(tokio::time::timeout(PAUSE, first.grow(8)).await.is_err(), "it waits");
        let refused = tokio::time::timeout(PAUSE, second.grow(3)).await;
        assert!(refused.unwrap().is_err(), "three more would be too many");
        drop(whole);
        assert_eq!(bodies.held().bytes, 8, "the first has its room");
    }
}
