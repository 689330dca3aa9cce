//! How jobs learn that there is something to do.

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
