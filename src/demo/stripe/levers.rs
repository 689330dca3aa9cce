//! Levers for tests: faults, keys, permissions, the clock's skew, and the log of what clients asked.

use super::StandIn;
use super::faults::Fault;
use super::operation::Operation;
use super::traffic::Logged;

impl StandIn {
    /// The next request to this call (`None`: to any) meets this fault, once. Faults queue.
    pub fn fault_next(&self, operation: impl Into<Option<Operation>>, fault: Fault) {
        self.adjust(|state| state.faults.add_once(operation.into(), fault));
    }

    /// Every request to this call (`None`: to any) meets this fault until [`StandIn::clear_faults`].
    pub fn fault_always(&self, operation: impl Into<Option<Operation>>, fault: Fault) {
        self.adjust(|state| state.faults.add_standing(operation.into(), fault));
    }

    pub fn clear_faults(&self) {
        self.adjust(|state| state.faults.clear());
    }

    /// What clients asked, oldest first.
    pub fn requests(&self) -> Vec<Logged> {
        self.peek(|state| state.traffic.all())
    }

    /// How often a call was asked for, answered or not.
    pub fn count(&self, operation: Operation) -> usize {
        self.peek(|state| state.traffic.count(operation))
    }

    pub fn clear_requests(&self) {
        self.adjust(|state| state.traffic.clear());
    }

    /// Stripe's time, in seconds.
    pub fn now(&self) -> i64 {
        self.peek(super::state::State::now)
    }

    /// Puts Stripe's clock ahead of ours (or behind, if negative), by seconds.
    pub fn set_skew(&self, seconds: i64) {
        self.adjust(|state| state.skew = seconds);
    }

    /// Only this key is taken from now on: the old one is revoked.
    pub fn set_secret_key(&self, key: &str) {
        self.adjust(|state| key.clone_into(&mut state.options.secret_key));
    }

    /// From now on the key is one of this account.
    pub fn set_account(&self, account: &str) {
        self.adjust(|state| account.clone_into(&mut state.options.account_id));
    }

    /// Takes what a call needs from the key's permissions: 403 from now on.
    pub fn withhold(&self, operation: Operation) {
        self.adjust(|state| state.permissions_missing.insert(operation.permission().to_owned()));
    }

    /// Another key of the same account, which may make these calls and no others.
    pub fn add_restricted_key(&self, key: &str, operations: &[Operation]) {
        let permissions = operations.iter().map(|operation| operation.permission().to_owned()).collect();
        self.adjust(|state| state.restricted_keys.insert(key.to_owned(), permissions));
    }

    pub fn grant_all(&self) {
        self.adjust(|state| state.permissions_missing.clear());
    }

    /// Origin of the stand-in, such as `http://127.0.0.1:4010`; session addresses begin with it.
    pub fn public_base(&self) -> String {
        self.peek(|state| state.public_base.clone())
    }

    pub fn set_public_base(&self, origin: &str) {
        self.adjust(|state| origin.trim_end_matches('/').clone_into(&mut state.public_base));
    }

    /// The merchant's name on the hosted page.
    pub fn set_business(&self, name: &str) {
        self.adjust(|state| name.clone_into(&mut state.options.business));
    }
}
