//! One request to Stripe and its answer.
//!
//! The rule it keeps: the network is not trusted to be in a hurry, short, or Stripe. A body is read up to a limit.
//!
//! Left to others: how a connection is made (`http`), how often to try, and for how long.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use jiff::fmt::rfc2822::DateTimeParser;
use jiff::{SignedDuration, Timestamp};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, DATE, HeaderMap, HeaderValue, RETRY_AFTER};
use serde::de::DeserializeOwned;

use super::error::{Refusal, RetryCause, Setback};
use super::{Access, Answer, CallError};
use crate::clock::Clock;
use crate::config::StripeKey;
use crate::http::{self, innermost};
use crate::payments::API_VERSION;
use crate::payments::multipart::Multipart;
use crate::resolve::{Reach, Resolver};

/// Where Stripe is.
const STRIPE: &str = "https://api.stripe.com";

/// Where Stripe takes files.
const STRIPE_FILES: &str = "https://files.stripe.com";

/// A page of a hundred charges with everything expanded is under one MiB.
const ANSWER_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Ids and reasons in headers.
const HEADER_CHARS_MAX: usize = 120;

const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");

static DATES: DateTimeParser = DateTimeParser::new();

/// Why the client cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    #[error("the client for calls to Stripe could not be set up ({reason}); please report this")]
    Http { reason: String },
}

/// What is asked. Paths begin with `/v1/`.
pub(super) enum Call<'a> {
    Get {
        path: String,
        query: String,
    },
    Post {
        path: String,
        body: &'a str,
        key: &'a str,
    },
    /// A file among form fields.
    Upload {
        path: String,
        body: &'a Multipart,
        key: &'a str,
    },
    Delete {
        path: String,
    },
}

impl Call<'_> {
    /// For the log: without the query.
    pub fn path(&self) -> &str {
        match self {
            Call::Get { path, .. } | Call::Post { path, .. } | Call::Upload { path, .. } | Call::Delete { path } => {
                path
            }
        }
    }
}

/// Connections to one origin with one key.
pub(super) struct Transport {
    http: reqwest::Client,
    base: String,
    files_base: String,
    key: StripeKey,
    authorization: HeaderValue,
    clock: Clock,
    skew: AtomicI64,
    reads: AtomicU64,
}

impl Transport {
    pub fn new(access: &Access, resolver: Resolver, clock: Clock, connect: Duration) -> Result<Self, StartError> {
        // What the owner configured may be next door; Stripe itself never is.
        let reach = if access.api_base.is_some() { Reach::Configured } else { Reach::Public };
        let http = http::client(resolver, reach, connect);
        let http = http.map_err(|error| StartError::Http { reason: error.to_string() })?;
        let mut authorization = HeaderValue::from_str(&format!("Bearer {}", access.secret_key.expose()))
            .map_err(|error| StartError::Http { reason: error.to_string() })?;
        authorization.set_sensitive(true);
        let base = access.api_base.as_ref().map_or(STRIPE, |origin| origin.as_str()).to_owned();
        let files_base = access.api_base.as_ref().map_or(STRIPE_FILES, |origin| origin.as_str()).to_owned();
        let (skew, reads) = (AtomicI64::new(0), AtomicU64::new(0));
        Ok(Self { http, base, files_base, key: access.secret_key.clone(), authorization, clock, skew, reads })
    }

    pub fn skew(&self) -> i64 {
        self.skew.load(Ordering::Relaxed)
    }

    pub fn reads(&self) -> u64 {
        self.reads.load(Ordering::Relaxed)
    }

    pub fn stripe_now(&self) -> Timestamp {
        let now = self.clock.now();
        now.checked_add(SignedDuration::from_secs(self.skew())).unwrap_or(now)
    }

    /// Asks once.
    pub async fn once<T: DeserializeOwned>(&self, call: &Call<'_>) -> Result<Answer<T>, Setback> {
        let mut response =
            self.request(call)?.send().await.map_err(|error| Setback::without_answer(cause_of(&error), true, None))?;
        self.note_time(response.headers());
        let status = response.status().as_u16();
        let request_id = text(response.headers(), "request-id").map(str::to_owned);
        let body = read(&mut response).await.map_err(|cause| {
            let again = cause == RetryCause::CutShort;
            Setback::without_answer(cause, again, request_id.as_deref())
        })?;
        let headers = response.headers();
        let replayed = text(headers, "idempotent-replayed") == Some("true");
        tracing::debug!(path = call.path(), status, request_id, replayed, "Stripe answered");
        if !(200..300).contains(&status) {
            return Err(self.refusal(status, &body, headers).judge());
        }
        match serde_json::from_slice(&body) {
            Ok(value) => Ok(Answer { value, request_id, replayed }),
            Err(_) => Err(Setback::without_answer(RetryCause::NotStripe { status }, true, request_id.as_deref())),
        }
    }

    fn request(&self, call: &Call<'_>) -> Result<reqwest::RequestBuilder, Setback> {
        let (builder, kind) = match call {
            Call::Get { path, query } => {
                self.reads.fetch_add(1, Ordering::Relaxed);
                let mark = if query.is_empty() { "" } else { "?" };
                (self.http.get(format!("{}{path}{mark}{query}", self.base)), FORM)
            }
            Call::Post { path, body, key } => {
                let builder = self.http.post(format!("{}{path}", self.base)).header("idempotency-key", header(key)?);
                // Written out, because the library leaves it away for an empty body and some proxies insist on it.
                (builder.header(CONTENT_LENGTH, body.len()).body((*body).to_owned()), FORM)
            }
            Call::Upload { path, body, key } => {
                let builder = self.http.post(format!("{}{path}", self.files_base));
                let builder = builder.header("idempotency-key", header(key)?).body(body.bytes().to_vec());
                (builder, header(&body.media_type())?)
            }
            Call::Delete { path } => (self.http.delete(format!("{}{path}", self.base)), FORM),
        };
        Ok(builder
            .header(AUTHORIZATION, self.authorization.clone())
            .header("stripe-version", API_VERSION)
            .header(CONTENT_TYPE, kind)
            .header(ACCEPT, "application/json"))
    }

    fn refusal<'a>(&'a self, status: u16, body: &'a [u8], headers: &'a HeaderMap) -> Refusal<'a> {
        Refusal {
            status,
            body,
            request_id: text(headers, "request-id"),
            should_retry: text(headers, "stripe-should-retry").and_then(|advice| advice.parse().ok()),
            wait: text(headers, RETRY_AFTER.as_str()).and_then(|s| s.parse().ok()).map(Duration::from_secs),
            rate_limited: text(headers, "stripe-rate-limited-reason"),
            key: self.key.expose(),
        }
    }

    /// Measures how far the machine's clock is off.
    fn note_time(&self, headers: &HeaderMap) {
        let date = headers.get(DATE).and_then(|date| DATES.parse_timestamp(date.as_bytes()).ok());
        if let Some(date) = date {
            self.skew.store(date.as_second().saturating_sub(self.clock.now().as_second()), Ordering::Relaxed);
        }
    }
}

/// A value for a header of a request that is not sent if it is none.
fn header(text: &str) -> Result<HeaderValue, Setback> {
    HeaderValue::from_str(text).map_err(|_| Setback {
        error: CallError::not_sent("its idempotency key has characters that no header may hold"),
        again: false,
        wait: None,
    })
}

/// The whole body. Half of one is a broken connection, whatever its status said.
async fn read(response: &mut reqwest::Response) -> Result<Vec<u8>, RetryCause> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| RetryCause::CutShort)? {
        if body.len() + chunk.len() > ANSWER_BYTES_MAX {
            return Err(RetryCause::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// A header's value, if it is one that may be logged.
fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().filter(|value| value.len() <= HEADER_CHARS_MAX)
}

fn cause_of(error: &reqwest::Error) -> RetryCause {
    match error.is_connect() || error.is_dns() {
        true if error.is_timeout() => RetryCause::Unreachable { reason: "no connection in time".into() },
        true => RetryCause::Unreachable { reason: innermost(error).into() },
        false => RetryCause::CutShort,
    }
}
