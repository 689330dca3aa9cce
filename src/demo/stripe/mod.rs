//! The stand-in for Stripe: api.stripe.com in the version the product pins, the hosted Checkout page, and webhooks.
//! It keeps everything in memory and moves no money. `quittance demo` and the tests use the same one; it is kept
//! honest by the official libraries and Stripe's OpenAPI document (`tests/peers/`).
//!
//! A noun has a file with its rules (`sessions`, `intents`, `charges` …), written against [`state::State`] and knowing
//! nothing of HTTP. `api` brings requests to them, `page` a payer, `drive` a test; `webhooks` and `courier` carry events.

mod account;
mod api;
mod cards;
mod charges;
mod control;
mod courier;
mod deliver;
mod drive;
mod endpoints;
mod events;
mod expand;
mod faults;
mod form;
mod idempotency;
mod ids;
mod intents;
mod levers;
mod money;
mod operation;
mod page;
mod paging;
mod params;
mod paying;
mod payouts;
mod refunds;
mod refusal;
mod reply;
mod routes;
mod session_order;
mod sessions;
mod shape;
mod signature;
mod state;
mod table;
#[cfg(test)]
mod tests;
mod traffic;
mod transactions;
mod webhooks;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::Notify;

use crate::clock::Clock;

pub use cards::Card;
pub use charges::Payer;
pub use faults::Fault;
pub use operation::Operation;
pub use paying::Outcome;
pub use refunds::RefundFate;
pub use refusal::Refusal;
pub use signature::header as signature_header;
pub use traffic::Logged;
pub use webhooks::{Delivery, DeliveryMode, Progress, Try, WebhookEndpoint};

use state::State;

/// The version that the product pins and the only one that is played.
pub const API_VERSION: &str = "2026-05-27.dahlia";

/// Stripe retries for days; in a demo and a test, seconds have to do.
const RETRY_DELAYS: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(4), Duration::from_secs(15)];

/// Who the stand-in pretends to be. It has no `Debug`, so that the key cannot be printed.
#[derive(Clone)]
pub struct Options {
    pub clock: Clock,
    pub secret_key: String,
    pub livemode: bool,
    pub account_id: String,
    /// The merchant's name on the hosted page.
    pub business: String,
    /// When a webhook that was refused is tried again; empty means never.
    pub retry_delays: Vec<Duration>,
    /// Objects of one kind that are kept.
    pub rows_max: usize,
}

impl Options {
    /// A test-mode account with a key that any client may learn.
    pub fn new(clock: Clock) -> Self {
        Self {
            clock,
            secret_key: "sk_test_quittance_demo".to_owned(),
            livemode: false,
            account_id: "acct_1QuittanceDemo".to_owned(),
            business: "Quittance Demo".to_owned(),
            retry_delays: RETRY_DELAYS.to_vec(),
            rows_max: table::ROWS_MAX,
        }
    }
}

/// The stand-in. Clones share one state.
#[derive(Clone)]
pub struct StandIn(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    /// Told whenever a webhook was answered.
    answered: Notify,
}

impl StandIn {
    pub fn new(options: Options) -> Self {
        Self(Arc::new(Shared { state: Mutex::new(State::new(options)), answered: Notify::new() }))
    }

    /// Lets time act, does `change`, and sends the events that came of both.
    fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let sender = Handle::try_current();
        let mut state = self.lock();
        state.tick();
        let result = change(&mut state);
        let due = state.webhooks.take_due(sender.is_ok());
        drop(state);
        if !due.is_empty() {
            self.dispatch(due);
        }
        result
    }

    /// Looks without touching.
    fn peek<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.lock())
    }

    /// Changes what makes no events.
    fn adjust<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.lock())
    }

    #[expect(clippy::disallowed_methods, reason = "Stripe's side of a webhook lives in no request of ours")]
    fn dispatch(&self, deliveries: Vec<u64>) {
        tokio::spawn(courier::run(self.clone(), deliveries));
    }

    /// Writes down how a try to deliver ended.
    fn tried(&self, delivery: u64, outcome: Try, last: bool) -> Progress {
        let progress = self.adjust(|state| deliver::tried(state, delivery, outcome, last));
        self.0.answered.notify_waiters();
        progress
    }

    /// Waits until `done` holds, looking again after every answer to a webhook.
    async fn wait_until(&self, done: impl Fn(&State) -> bool) {
        loop {
            let answered = self.0.answered.notified();
            tokio::pin!(answered);
            // Registered before the look, so that an answer in between is not missed.
            answered.as_mut().enable();
            if self.peek(&done) {
                return;
            }
            answered.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A test that panicked while it mutated an object leaves the rest of the state usable.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
