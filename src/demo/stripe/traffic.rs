//! What clients asked, for tests that check what was sent and how often. Keys are never kept.

use std::collections::{BTreeMap, VecDeque};

use warp::http::HeaderMap;

use super::operation::Operation;

/// A long demo polls for days; a test never comes near.
const REQUESTS_MAX: usize = 5_000;
/// The headers that a test may want to see.
const HEADERS_KEPT: [&str; 6] =
    ["stripe-version", "idempotency-key", "content-type", "accept", "user-agent", "stripe-account"];

/// One request to the API and the status of its answer.
#[derive(Clone, Debug)]
pub struct Logged {
    /// Stripe's time, in seconds.
    pub at: i64,
    pub request_id: String,
    /// `None`: no call of the API has that path.
    pub operation: Option<Operation>,
    pub method: String,
    pub path: String,
    pub query: String,
    /// Names in lower case.
    pub headers: BTreeMap<&'static str, String>,
    pub body: String,
    /// `None` while the request is under way, or if the client got no answer.
    pub status: Option<u16>,
    /// Whether the answer came out of the idempotency store.
    pub replayed: bool,
}

#[derive(Default)]
pub(super) struct Traffic(VecDeque<Logged>);

impl Traffic {
    pub(super) fn add(&mut self, logged: Logged) {
        if self.0.len() == REQUESTS_MAX {
            self.0.pop_front();
        }
        self.0.push_back(logged);
    }

    pub(super) fn answered(&mut self, request_id: &str, status: u16, replayed: bool) {
        if let Some(logged) = self.0.iter_mut().rev().find(|logged| logged.request_id == request_id) {
            logged.status = Some(status);
            logged.replayed = replayed;
        }
    }

    pub(super) fn all(&self) -> Vec<Logged> {
        self.0.iter().cloned().collect()
    }

    pub(super) fn count(&self, operation: Operation) -> usize {
        self.0.iter().filter(|logged| logged.operation == Some(operation)).count()
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

pub(super) fn headers_kept(headers: &HeaderMap) -> BTreeMap<&'static str, String> {
    HEADERS_KEPT
        .into_iter()
        .filter_map(|name| {
            headers.get(name).and_then(|value| value.to_str().ok()).map(|value| (name, value.to_owned()))
        })
        .collect()
}
