//! What can go wrong between a client and Stripe, on demand.

use std::collections::VecDeque;
use std::time::Duration;

use super::operation::Operation;

/// One fault of the network or of Stripe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// This status at once, nothing done and nothing kept under the key: 429 names a reason, 409 is a key in use.
    Status(u16),
    /// 429 `lock_timeout`: another request holds the object. No reason header.
    LockTimeout,
    /// 500 that the key replays from now on; nothing was made.
    Cached500,
    /// 500 that the key replays from now on, although the object was made: an orphan.
    Cached500AfterEffect,
    /// The request is read and never answered.
    Hang,
    /// The object is made, the answer stops half way.
    CutBody,
    /// The connection closes before anything happened.
    DropBeforeEffect,
    /// The object is made, the connection closes before the answer.
    DropAfterEffect,
    /// A list says that there is more, and gives nothing.
    CutList,
    /// The answer is right and late.
    Slow(Duration),
}

/// Faults that wait for their request. `None` in the place of a call means any call.
#[derive(Default)]
pub(super) struct Faults {
    once: VecDeque<(Option<Operation>, Fault)>,
    standing: Vec<(Option<Operation>, Fault)>,
}

impl Faults {
    pub(super) fn add_once(&mut self, operation: Option<Operation>, fault: Fault) {
        self.once.push_back((operation, fault));
    }

    pub(super) fn add_standing(&mut self, operation: Option<Operation>, fault: Fault) {
        self.standing.push((operation, fault));
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// The fault for this request: the oldest one-shot that fits, else a standing one.
    pub(super) fn take(&mut self, operation: Operation) -> Option<Fault> {
        let fits = |(wanted, _): &(Option<Operation>, Fault)| wanted.is_none_or(|wanted| wanted == operation);
        if let Some(place) = self.once.iter().position(fits) {
            return self.once.remove(place).map(|(_, fault)| fault);
        }
        self.standing.iter().find(|entry| fits(entry)).map(|(_, fault)| *fault)
    }
}

#[cfg(test)]
mod tests {
    use super::{Fault, Faults};
    use crate::demo::stripe::Operation::{CreateSession, GetSession};

    #[test]
    fn one_shots_come_first_and_once() {
        let mut faults = Faults::default();
        faults.add_standing(None, Fault::Status(503));
        faults.add_once(Some(CreateSession), Fault::Hang);
        assert_eq!(faults.take(GetSession), Some(Fault::Status(503)));
        assert_eq!(faults.take(CreateSession), Some(Fault::Hang));
        assert_eq!(faults.take(CreateSession), Some(Fault::Status(503)));
        faults.clear();
        assert_eq!(faults.take(CreateSession), None);
    }
}
