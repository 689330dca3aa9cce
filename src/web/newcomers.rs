//! Connections that have asked nothing yet.
//!
//! The library closes them at once when the server ends, although what they ask may be on its way already: their client
//! would see an answer of no bytes, where one that came a moment later waits for the next server. So the end waits for
//! their first words.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::watch;

/// How many there are.
#[derive(Debug, Default)]
pub struct Newcomers(watch::Sender<usize>);

/// One of them, until it speaks or goes.
#[derive(Debug)]
pub struct Newcomer {
    all: Arc<Newcomers>,
    is_new: AtomicBool,
}

impl Newcomers {
    pub fn arrive(self: &Arc<Self>) -> Newcomer {
        self.0.send_modify(|count| *count += 1);
        Newcomer { all: Arc::clone(self), is_new: AtomicBool::new(true) }
    }

    /// Done when each that came has spoken or gone.
    pub async fn have_spoken(&self) {
        // The sender is our own, so there is no other end to be gone.
        let _ = self.0.subscribe().wait_for(|count| *count == 0).await;
    }
}

impl Newcomer {
    /// To be called with every request; the first one counts.
    pub fn speaks(&self) {
        if self.is_new.swap(false, Ordering::AcqRel) {
            self.all.0.send_modify(|count| *count -= 1);
        }
    }
}

impl Drop for Newcomer {
    fn drop(&mut self) {
        self.speaks();
    }
}
