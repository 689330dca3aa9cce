//! Answers on the wire: Stripe's headers around a JSON body, and connections that break where a fault says so.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::BodyDataStream;
use hyper::body::{Body, Frame};
use jiff::Timestamp;
use serde_json::Value;
use warp::Reply;
use warp::http::{HeaderName, HeaderValue};
use warp::reply::Response;

use super::API_VERSION;
use super::refusal::Refusal;

/// An answer that is ready to go.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: String,
    pub(super) headers: Vec<(&'static str, String)>,
}

/// Where the answer breaks off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Break {
    Nowhere,
    /// Half of the body arrives.
    InBody,
    /// Not a byte arrives.
    BeforeHead,
}

impl Answer {
    pub(super) fn new(status: u16, body: String) -> Self {
        Self { status, body, headers: Vec::new() }
    }

    /// Stripe's JSON is spread over lines; a client that counts on one line would break.
    pub(super) fn of(result: &Result<Value, Refusal>) -> Self {
        let (status, body) = match result {
            Ok(object) => (200, object.clone()),
            Err(refusal) => (refusal.status, refusal.body()),
        };
        Self::new(status, serde_json::to_string_pretty(&body).unwrap_or_default())
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The headers that every answer has. `now` is Stripe's time, in seconds.
    pub(super) fn stamped(self, request_id: &str, now: i64) -> Self {
        let at = Timestamp::from_second(now).unwrap_or(Timestamp::UNIX_EPOCH);
        self.with("content-type", "application/json")
            .with("request-id", request_id)
            .with("stripe-version", API_VERSION)
            .with("date", at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string())
    }

    pub(super) fn into_response(self, place: Break) -> Response {
        // A broken answer promises at least one byte: of an empty body the server would not ask for the next part.
        let length = if place == Break::Nowhere { self.body.len() } else { self.body.len().max(1) };
        let mut response = match place {
            Break::Nowhere => Response::new(self.body.into()),
            Break::InBody => broken(Some(Bytes::from(self.body).slice(..length / 2))),
            Break::BeforeHead => broken(None),
        };
        if let Ok(status) = warp::http::StatusCode::from_u16(self.status) {
            *response.status_mut() = status;
        }
        let named = self.headers.into_iter().chain([("content-length", length.to_string())]);
        for (name, value) in named {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().insert(HeaderName::from_static(name), value);
            }
        }
        response
    }
}

fn broken(first: Option<Bytes>) -> Response {
    let rested = first.is_none();
    warp::reply::stream(BodyDataStream::new(Broken { first, rested })).into_response()
}

/// A body that fails: at once, so that not even the head was flushed, or after its first part.
struct Broken {
    first: Option<Bytes>,
    /// Between part and failure the server gets a turn to flush the part.
    rested: bool,
}

impl Body for Broken {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        if !self.rested {
            self.rested = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(io::Error::other("the stand-in cut the connection"))))
    }
}
