//! What all connections share: the mails, the login, and the faults to come.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::Login;
use super::fault::{Fault, How, When};
use super::received::Received;

/// A demo that runs for weeks must not fill the memory; the oldest mails go.
pub const MESSAGES_MAX: usize = 200;

pub(super) struct Inbox {
    pub(super) login: Option<Login>,
    messages: Mutex<VecDeque<Arc<Received>>>,
    faults: Mutex<Vec<Fault>>,
    /// How many mails have come since the start; also the id of the newest.
    count: watch::Sender<u64>,
}

impl Inbox {
    pub(super) fn new(login: Option<Login>) -> Self {
        let count = watch::Sender::new(0);
        Self { login, messages: Mutex::default(), faults: Mutex::default(), count }
    }

    pub(super) fn keep(&self, from: String, to: Vec<String>, raw: Vec<u8>) {
        let mut messages = held(&self.messages);
        let id = self.count.borrow().saturating_add(1);
        if messages.len() >= MESSAGES_MAX {
            messages.pop_front();
        }
        messages.push_back(Arc::new(Received { id, from, to, raw }));
        self.count.send_replace(id);
    }

    pub(super) fn messages(&self) -> Vec<Arc<Received>> {
        held(&self.messages).iter().cloned().collect()
    }

    pub(super) fn clear(&self) {
        held(&self.messages).clear();
    }

    pub(super) async fn arrived(&self, count: u64) {
        // The sender lives as long as this inbox, so waiting cannot fail.
        let _ = self.count.subscribe().wait_for(|arrived| *arrived >= count).await;
    }

    pub(super) fn arm(&self, fault: Fault) {
        held(&self.faults).push(fault);
    }

    /// What goes wrong now, if anything was to.
    pub(super) fn fault(&self, now: When) -> Option<How> {
        let mut faults = held(&self.faults);
        let at = faults.iter().position(|fault| fault.when == now)?;
        Some(faults.remove(at).how)
    }
}

/// What a panicking thread left behind is still a list.
fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}
