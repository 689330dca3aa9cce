//! The memory that bodies may take, all together: they come from strangers, and the process has only so much.
//!
//! A body counts from its first byte until its handler is done with it. When there is no more room, the one that has been
//! coming longest gives way: a webhook takes milliseconds, so it is never that.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::Notify;

/// For room, once nobody is left to give way: handlers are done sooner, unless the disk hangs.
const ROOM_WITHIN: Duration = Duration::from_secs(2);

/// All bodies that are coming or being worked on.
#[derive(Debug)]
pub struct Bodies {
    bytes_max: usize,
    held: Mutex<Held>,
    /// Something was given back.
    freed: Notify,
}

#[derive(Debug, Default)]
struct Held {
    bytes: usize,
    tickets: u64,
    /// Those that are still coming, in the order in which they began to.
    coming: BTreeMap<u64, Arc<Notify>>,
}

/// What one body takes of it; given back when dropped.
#[derive(Debug)]
pub(super) struct Share {
    all: Arc<Bodies>,
    bytes: usize,
    ticket: u64,
    asked: Arc<Notify>,
}

/// There is no room for this body.
#[derive(Debug)]
pub(super) struct Crowded;

impl Bodies {
    #[must_use]
    pub fn new(bytes_max: usize) -> Arc<Self> {
        Arc::new(Self { bytes_max, held: Mutex::default(), freed: Notify::new() })
    }

    /// Nothing yet, for a body that begins to come.
    pub(super) fn share(self: &Arc<Self>) -> Share {
        let asked = Arc::new(Notify::new());
        let mut held = self.held();
        held.tickets += 1;
        let ticket = held.tickets;
        held.coming.insert(ticket, Arc::clone(&asked));
        drop(held);
        Share { all: Arc::clone(self), bytes: 0, ticket, asked }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Share {
    /// Takes so many bytes more, as soon as there is room.
    ///
    /// # Errors
    /// This body is the one to give way, or nobody else made room in time.
    pub async fn grow(&mut self, bytes: usize) -> Result<(), Crowded> {
        let taken = async {
            loop {
                let freed = self.all.freed.notified();
                if self.all.take(bytes) {
                    return;
                }
                freed.await;
            }
        };
        tokio::select! {
            biased;
            taken = tokio::time::timeout(ROOM_WITHIN, taken) => taken.map_err(|_| Crowded)?,
            () = self.asked.notified() => return Err(Crowded),
        }
        self.bytes += bytes;
        Ok(())
    }

    /// Done when the body is asked to give way.
    pub async fn asked_to_leave(&self) {
        self.asked.notified().await;
    }

    /// The whole body, which keeps its share until nobody needs it any more. It gives way no longer.
    pub fn hold(self, body: Vec<u8>) -> Bytes {
        self.all.held().coming.remove(&self.ticket);
        Bytes::from_owner(Whole { body, _share: self })
    }
}

impl Bodies {
    /// Takes the bytes, or asks the longest coming to give way.
    fn take(&self, bytes: usize) -> bool {
        let mut held = self.held();
        let wanted = held.bytes.saturating_add(bytes);
        if wanted > self.bytes_max {
            if let Some((_, longest)) = held.coming.pop_first() {
                longest.notify_one();
            }
            return false;
        }
        held.bytes = wanted;
        true
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut held = self.all.held();
        held.coming.remove(&self.ticket);
        held.bytes = held.bytes.saturating_sub(self.bytes);
        drop(held);
        self.all.freed.notify_waiters();
    }
}

struct Whole {
    body: Vec<u8>,
    _share: Share,
}

impl AsRef<[u8]> for Whole {
    fn as_ref(&self) -> &[u8] {
        &self.body
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed assumption should fail the test")]
mod tests {
    use std::time::Duration;

    use super::Bodies;

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
        let pause = Duration::from_millis(20);
        assert!(tokio::time::timeout(pause, fourth.grow(1)).await.is_err(), "what is whole does not give way");
        assert!(third.grow(1).await.is_err(), "it was asked to make room for the fourth");
        drop((third, fourth));
        assert_eq!(bodies.held().bytes, 4, "a whole body counts as long as somebody works on it");
        drop(whole);
        let held = bodies.held();
        assert_eq!((held.bytes, held.coming.len()), (0, 0));
    }
}
