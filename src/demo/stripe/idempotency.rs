//! Idempotency keys as Stripe keeps them (docs.stripe.com/api/idempotent_requests): the first answer of a key, be it
//! a 500, is the only one for 24 hours, for the same endpoint and the same parameters.

use std::collections::HashMap;

use super::params::Params;
use super::refusal::Refusal;

/// "Keys may be pruned once they are at least 24 hours old": the stand-in prunes at the first moment allowed.
const KEPT_SECONDS: i64 = 24 * 60 * 60;
const KEY_LETTERS_MAX: usize = 255;

/// The answer that a key replays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) status: u16,
    pub(super) body: String,
    /// The request that was answered first; replays name it in `Original-Request`.
    pub(super) request_id: String,
}

struct Record {
    path: String,
    params: Params,
    made_at: i64,
    /// `None` while the first request is under way.
    kept: Option<Kept>,
}

#[derive(Default)]
pub(super) struct Keys(HashMap<String, Record>);

impl Keys {
    /// What a request with this key meets: `None` if it is the first, else the answer to replay. Reserves the key.
    pub(super) fn begin(&mut self, key: &str, path: &str, params: &Params, now: i64) -> Result<Option<Kept>, Refusal> {
        if key.len() > KEY_LETTERS_MAX {
            return Err(Refusal::invalid("Idempotency keys can be up to 255 characters long."));
        }
        self.0.retain(|_, record| record.kept.is_none() || now - record.made_at < KEPT_SECONDS);
        let Some(record) = self.0.get(key) else {
            let record = Record { path: path.to_owned(), params: params.clone(), made_at: now, kept: None };
            self.0.insert(key.to_owned(), record);
            return Ok(None);
        };
        if record.path != path {
            return Err(other_request(
                key,
                &format!("for the same endpoint they were first used for ('{}' vs '{path}')", record.path),
            ));
        }
        if record.params != *params {
            return Err(other_request(key, "with the same parameters they were first used with"));
        }
        record.kept.clone().map(Some).ok_or_else(|| in_use(key))
    }

    /// Keeps the first answer.
    pub(super) fn keep(&mut self, key: &str, kept: Kept) {
        if let Some(record) = self.0.get_mut(key) {
            record.kept = Some(kept);
        }
    }

    /// Forgets a reservation whose request never began to execute.
    pub(super) fn release(&mut self, key: &str) {
        if self.0.get(key).is_some_and(|record| record.kept.is_none()) {
            self.0.remove(key);
        }
    }
}

fn other_request(key: &str, rule: &str) -> Refusal {
    Refusal::invalid(format!(
        "Keys for idempotent requests can only be used {rule}. Try using a key other than '{key}' if you meant to \
         execute a different request."
    ))
    .kind("idempotency_error")
}

/// 409: the first request with this key has not been answered yet.
pub(super) fn in_use(key: &str) -> Refusal {
    Refusal::invalid(format!(
        "There is currently another in-progress request using this Idempotent Key (that probably means you submitted \
         twice, and the other request is still going through): {key}. Please try again later."
    ))
    .status(409)
    .kind("idempotency_error")
    .code("idempotency_key_in_use")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop where it fails")]
mod tests {
    use super::{Kept, Keys};
    use crate::demo::stripe::params::Params;

    fn kept(status: u16) -> Kept {
        Kept { status, body: "{}".to_owned(), request_id: "req_1".to_owned() }
    }

    fn params(form: &str) -> Params {
        Params::parse(form).unwrap()
    }

    #[test]
    fn a5_a15_the_first_answer_is_replayed_even_a_500() {
        let mut keys = Keys::default();
        assert_eq!(keys.begin("k", "/v1/a", &params("x=1&y=2"), 0).unwrap(), None);
        keys.keep("k", kept(500));
        assert_eq!(keys.begin("k", "/v1/a", &params("y=2&x=1"), 5).unwrap(), Some(kept(500)));
    }

    #[test]
    fn a6_f20_other_parameters_or_another_endpoint_are_refused() {
        let mut keys = Keys::default();
        keys.begin("k", "/v1/a", &params("x=1"), 0).unwrap();
        keys.keep("k", kept(200));
        for (path, form, words) in [("/v1/a", "x=2", "same parameters"), ("/v1/b", "x=1", "same endpoint")] {
            let refusal = keys.begin("k", path, &params(form), 1).unwrap_err();
            assert_eq!((refusal.status, refusal.kind), (400, "idempotency_error"));
            assert!(refusal.message.contains(words), "{}", refusal.message);
        }
    }

    #[test]
    fn i1_a_key_under_way_is_in_use_until_it_is_released() {
        let mut keys = Keys::default();
        keys.begin("k", "/v1/a", &params("x=1"), 0).unwrap();
        let refusal = keys.begin("k", "/v1/a", &params("x=1"), 0).unwrap_err();
        assert_eq!((refusal.status, refusal.code), (409, Some("idempotency_key_in_use")));
        keys.release("k");
        assert_eq!(keys.begin("k", "/v1/a", &params("x=9"), 0).unwrap(), None);
    }

    #[test]
    fn a8_a_key_of_24_hours_is_forgotten_and_not_a_second_earlier() {
        let mut keys = Keys::default();
        keys.begin("k", "/v1/a", &params("x=1"), 100).unwrap();
        keys.keep("k", kept(200));
        assert!(keys.begin("k", "/v1/a", &params("x=1"), 100 + 86_399).unwrap().is_some());
        assert!(keys.begin("k", "/v1/a", &params("x=1"), 100 + 86_400).unwrap().is_none());
    }
}
