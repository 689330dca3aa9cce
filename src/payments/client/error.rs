//! What a call that did not succeed means, in two words and plain sentences.
//!
//! The rule it keeps: what is shown never holds the key, and text that came over the network holds no control
//! characters and has an end.

use std::time::Duration;

use serde::Deserialize;

/// Stripe's sentences are shorter; what is longer is not one.
const MESSAGE_CHARS_MAX: usize = 500;

/// Codes, parameter names, request ids.
const NAME_CHARS_MAX: usize = 120;

/// Why a call has no answer. Boxed strings keep it small: it travels in every result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The outcome is unknown, or may be better later. A POST is repeated with the same key and the same bytes; until
    /// one is answered, what it asked for may have been done.
    #[error("{cause}")]
    Retry {
        cause: RetryCause,
        /// Stripe's code, as in `lock_timeout`.
        code: Option<Box<str>>,
        /// Whether Stripe said that asking again with this key would bring the same answer (`Stripe-Should-Retry:
        /// false`): a server error that is stored under the key.
        advised_against: bool,
        request_id: Option<Box<str>>,
    },
    /// Stripe decided. [`FailKind::NoKey`] and [`FailKind::NoPermission`] decide about this request alone: what an
    /// earlier one with the same key did stays open.
    #[error("{kind}{}", said(kind, message.as_deref()))]
    Fail {
        kind: FailKind,
        /// Stripe's code, as in `amount_too_small`.
        code: Option<Box<str>>,
        /// Stripe's sentence, in English.
        message: Option<Box<str>>,
        /// The parameter that was wrong, as in `customer_email`.
        param: Option<Box<str>>,
        /// The HTTP status; 0 if Stripe was not asked.
        status: u16,
        request_id: Option<Box<str>>,
    },
}

/// Why nobody knows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RetryCause {
    #[error("Stripe could not be reached: {reason}")]
    Unreachable { reason: Box<str> },
    #[error("Stripe did not answer within {} seconds", .after.as_secs())]
    TimedOut { after: Duration },
    #[error("the connection to Stripe broke off before its answer was complete")]
    CutShort,
    #[error("what answered is not Stripe's API (status {status}); check stripe.api_base and any proxy on the way")]
    NotStripe { status: u16 },
    #[error("Stripe's answer was longer than is read")]
    TooLong,
    /// `reason` is Stripe's own word, as in `endpoint-rate`.
    #[error("Stripe asks for fewer requests at a time; it is tried again later")]
    RateLimited { reason: Option<Box<str>> },
    #[error("Stripe is still busy with an earlier request for the same thing")]
    InUse,
    #[error("Stripe has a fault of its own just now (status {status})")]
    ServerFault { status: u16 },
    /// Stripe asked for a repetition of something that it would otherwise have refused.
    #[error("Stripe asks to try again later (status {status})")]
    Later { status: u16 },
}

/// What Stripe decided.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FailKind {
    /// A parameter is wrong, or the state of the object does not allow it.
    #[error("Stripe refused the request")]
    Refused,
    #[error("Stripe does not accept the secret key; enter the current one from Developers, API keys, at Stripe")]
    NoKey,
    #[error("the Stripe key lacks a permission{}; add it to the restricted key at Stripe", named(what.as_deref()))]
    NoPermission {
        /// Stripe's name of it, as in `rak_charge_read`.
        what: Option<Box<str>>,
    },
    #[error("Stripe does not know what was asked for; the key may belong to another account or mode")]
    NotFound,
    /// The key was used before, with another body: a fault of ours.
    #[error("Stripe has seen this request's key with other content")]
    Idempotency,
    /// Stripe was not asked, because the request could not be written down.
    #[error("Stripe was not asked: {reason}")]
    NotSent { reason: &'static str },
}

impl CallError {
    /// Whether the outcome is open.
    pub fn is_retry(&self) -> bool {
        matches!(self, Self::Retry { .. })
    }

    /// Stripe's code, as in `amount_too_small`.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Retry { code, .. } | Self::Fail { code, .. } => code.as_deref(),
        }
    }

    /// The parameter that Stripe found wrong.
    pub fn param(&self) -> Option<&str> {
        match self {
            Self::Retry { .. } => None,
            Self::Fail { param, .. } => param.as_deref(),
        }
    }

    /// `req_…`, if Stripe answered at all.
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Retry { request_id, .. } | Self::Fail { request_id, .. } => request_id.as_deref(),
        }
    }

    pub(in crate::payments) fn not_sent(reason: &'static str) -> Self {
        let kind = FailKind::NotSent { reason };
        Self::Fail { kind, code: None, message: None, param: None, status: 0, request_id: None }
    }
}

/// Stripe's own sentence, where it adds something and cannot hold the key.
fn said(kind: &FailKind, message: Option<&str>) -> String {
    match (kind, message) {
        (FailKind::Refused | FailKind::NotFound | FailKind::Idempotency, Some(message)) => format!(": {message}"),
        _ => String::new(),
    }
}

fn named(what: Option<&str>) -> String {
    what.map(|what| format!(" ({what})")).unwrap_or_default()
}

/// One try that failed.
#[derive(Debug)]
pub(super) struct Setback {
    pub error: CallError,
    /// Whether to ask again at once.
    pub again: bool,
    /// The least pause before that, if Stripe named one.
    pub wait: Option<Duration>,
}

impl Setback {
    /// Nothing came back that could be read.
    pub fn without_answer(cause: RetryCause, again: bool, request_id: Option<&str>) -> Self {
        let request_id = request_id.map(Box::from);
        let error = CallError::Retry { cause, code: None, advised_against: false, request_id };
        Self { error, again, wait: None }
    }

    pub fn timed_out(after: Duration) -> Self {
        Self::without_answer(RetryCause::TimedOut { after }, false, None)
    }
}

/// An answer that is not a success, with the headers that matter.
pub(super) struct Refusal<'a> {
    pub status: u16,
    pub body: &'a [u8],
    pub request_id: Option<&'a str>,
    /// `Stripe-Should-Retry`: Stripe knows best.
    pub should_retry: Option<bool>,
    /// `Retry-After`, not documented and sometimes sent.
    pub wait: Option<Duration>,
    /// `Stripe-Rate-Limited-Reason`.
    pub rate_limited: Option<&'a str>,
    /// Never to be shown.
    pub key: &'a str,
}

/// What Stripe writes under `error`.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ErrorBody {
    error: ErrorObject,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ErrorObject {
    #[serde(rename = "type")]
    kind: Option<String>,
    code: Option<String>,
    message: Option<String>,
    param: Option<String>,
}

impl Refusal<'_> {
    /// The one place that decides between [`CallError::Retry`] and [`CallError::Fail`].
    pub fn judge(self) -> Setback {
        let told = serde_json::from_slice::<ErrorBody>(self.body).unwrap_or_default().error;
        let cause = match self.status {
            300..400 => {
                return Setback::without_answer(RetryCause::NotStripe { status: self.status }, false, self.request_id);
            }
            409 => Some(RetryCause::InUse),
            429 if told.code.as_deref() == Some("lock_timeout") => Some(RetryCause::InUse),
            429 => {
                Some(RetryCause::RateLimited { reason: self.rate_limited.map(|text| self.shown(text, NAME_CHARS_MAX)) })
            }
            500.. => Some(RetryCause::ServerFault { status: self.status }),
            status if self.should_retry == Some(true) => Some(RetryCause::Later { status }),
            _ => None,
        };
        let code = told.code.as_deref().map(|code| self.shown(code, NAME_CHARS_MAX));
        let request_id = self.request_id.map(Box::from);
        let Some(cause) = cause else {
            let error = self.fail(&told, code, request_id);
            return Setback { error, again: false, wait: None };
        };
        let again = self.should_retry.unwrap_or(true);
        let error = CallError::Retry { cause, code, advised_against: !again, request_id };
        Setback { error, again, wait: self.wait }
    }

    fn fail(&self, told: &ErrorObject, code: Option<Box<str>>, request_id: Option<Box<str>>) -> CallError {
        let message = told.message.as_deref().map(|message| self.shown(message, MESSAGE_CHARS_MAX));
        let kind = match self.status {
            401 => FailKind::NoKey,
            403 => FailKind::NoPermission { what: message.as_deref().and_then(permission) },
            404 => FailKind::NotFound,
            _ if told.kind.as_deref() == Some("idempotency_error") => FailKind::Idempotency,
            _ => FailKind::Refused,
        };
        let param = told.param.as_deref().map(|param| self.shown(param, NAME_CHARS_MAX));
        CallError::Fail { kind, code, message, param, status: self.status, request_id }
    }

    /// Text from the network as it may be stored and shown.
    fn shown(&self, text: &str, chars_max: usize) -> Box<str> {
        let text = text.replace(self.key, "(key)");
        text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(chars_max).collect::<String>().into()
    }
}

/// The permission that Stripe names: "Having the 'rak_charge_read' permission would allow this request to continue."
fn permission(message: &str) -> Option<Box<str>> {
    message.split('\'').find(|part| part.starts_with("rak_")).map(Box::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "sk_test_never_show_this";

    fn judge(status: u16, body: &str, should_retry: Option<bool>) -> Setback {
        let body = body.as_bytes();
        Refusal { status, body, request_id: Some("req_1"), should_retry, wait: None, rate_limited: None, key: KEY }
            .judge()
    }

    #[test]
    fn every_status_is_judged_once() {
        let open = [
            (409, None, RetryCause::InUse, true),
            (429, None, RetryCause::RateLimited { reason: None }, true),
            (429, Some(false), RetryCause::RateLimited { reason: None }, false),
            (500, None, RetryCause::ServerFault { status: 500 }, true),
            (500, Some(false), RetryCause::ServerFault { status: 500 }, false),
            (503, None, RetryCause::ServerFault { status: 503 }, true),
            (400, Some(true), RetryCause::Later { status: 400 }, true),
            (302, None, RetryCause::NotStripe { status: 302 }, false),
        ];
        for (status, advice, expected, again) in open {
            let setback = judge(status, "{}", advice);
            let CallError::Retry { cause, advised_against, request_id, .. } = setback.error else { panic!("{status}") };
            assert_eq!((cause, setback.again), (expected, again), "{status}");
            assert_eq!(advised_against, advice == Some(false), "{status}");
            assert_eq!(request_id.as_deref(), Some("req_1"));
        }
        let decided = [
            (400, FailKind::Refused),
            (401, FailKind::NoKey),
            (402, FailKind::Refused),
            (403, FailKind::NoPermission { what: None }),
            (404, FailKind::NotFound),
            (418, FailKind::Refused),
        ];
        for (status, expected) in decided {
            for body in ["{}", "", "<html>", "[]"] {
                let setback = judge(status, body, None);
                let CallError::Fail { kind, status: told, .. } = setback.error else { panic!("{status}") };
                assert_eq!((kind, told, setback.again), (expected.clone(), status, false), "{status} {body}");
            }
        }
    }

    #[test]
    fn i1_i2_a_key_in_use_and_a_locked_object_are_tried_again() {
        for (status, code) in [(409, "idempotency_key_in_use"), (429, "lock_timeout")] {
            let body = format!(r#"{{"error":{{"type":"invalid_request_error","code":"{code}"}}}}"#);
            let setback = judge(status, &body, None);
            assert!(setback.again && setback.error.is_retry());
            assert_eq!(setback.error.code(), Some(code));
            assert_eq!(setback.error.to_string(), "Stripe is still busy with an earlier request for the same thing");
        }
    }

    #[test]
    fn a9_a12_a_refusal_names_the_parameter_and_the_code() {
        let body = r#"{"error":{"type":"invalid_request_error","code":"email_invalid","param":"customer_email","message":"Invalid email address: x"}}"#;
        let error = judge(400, body, None).error;
        assert_eq!(
            (error.param(), error.code(), error.is_retry()),
            (Some("customer_email"), Some("email_invalid"), false)
        );
        assert_eq!(error.to_string(), "Stripe refused the request: Invalid email address: x");
    }

    #[test]
    fn a6_a_key_with_other_content_is_told_from_other_refusals() {
        let body = r#"{"error":{"type":"idempotency_error","message":"Keys for idempotent requests…"}}"#;
        let CallError::Fail { kind, .. } = judge(400, body, None).error else { panic!() };
        assert_eq!(kind, FailKind::Idempotency);
    }

    #[test]
    fn a13_a_missing_permission_is_named_and_the_key_never_shows() {
        let message = format!(
            "The provided key '{KEY}' does not have the required permissions for this endpoint on account 'acct_1'. \
             Having the 'rak_checkout_session_write' permission would allow this request to continue."
        );
        for status in [400, 401, 403, 404] {
            let body = serde_json::json!({"error": {"message": message, "code": KEY, "param": KEY}}).to_string();
            let error = judge(status, &body, None).error;
            assert!(!format!("{error} {error:?}").contains(KEY), "{error:?}");
        }
        let body = serde_json::json!({"error": {"message": message}}).to_string();
        assert_eq!(
            judge(403, &body, None).error.to_string(),
            "the Stripe key lacks a permission (rak_checkout_session_write); add it to the restricted key at Stripe"
        );
    }

    #[test]
    fn a_message_has_an_end_and_no_control_characters() {
        let message = format!("a\r\nERROR forged{}", "x".repeat(10_000));
        let body = serde_json::json!({"error": {"message": message}}).to_string();
        let text = judge(400, &body, None).error.to_string();
        assert!(text.len() < 600 && text.chars().all(|c| !c.is_control()));
    }
}
