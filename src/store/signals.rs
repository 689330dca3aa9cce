//! How jobs learn that there is something to do.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

use super::writer::Wake;

/// Bells that ring after a commit that gives somebody something to do.
#[derive(Default)]
pub struct Signals {
    pub inbox: Notify,
    pub outbox: Notify,
    pub attempts: Notify,
}

impl Signals {
    pub(super) fn send(&self, wake: Wake) {
        for (rings, bell) in [(wake.inbox, &self.inbox), (wake.outbox, &self.outbox), (wake.attempts, &self.attempts)] {
            if rings {
                bell.notify_one();
            }
        }
    }
}

/// What somebody asks a job for beside its hours.
#[derive(Debug, Default)]
pub struct Wish {
    is_made: AtomicBool,
    bell: Notify,
}

impl Wish {
    /// Asks the job.
    pub fn make(&self) {
        self.is_made.store(true, Ordering::Release);
        self.bell.notify_one();
    }

    /// Whether somebody asked since the last time that this was looked up.
    pub fn take(&self) -> bool {
        self.is_made.swap(false, Ordering::AcqRel)
    }

    /// Whether somebody asked, and it has not begun.
    #[must_use]
    pub fn is_made(&self) -> bool {
        self.is_made.load(Ordering::Acquire)
    }

    /// Rings when somebody asks.
    #[must_use]
    pub fn bell(&self) -> &Notify {
        &self.bell
    }
}
