//! The stand-in from outside: requests as a client sends them, payers as they behave, webhooks as they arrive.
#![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

mod calls;
mod faults;
mod hosted_page;
mod paying;
mod sessions;
mod webhooks;

use std::net::SocketAddr;

use jiff::Timestamp;
use serde_json::Value;
use tokio::net::TcpListener;
use warp::http::{HeaderMap, HeaderValue, Method, StatusCode};
use warp::reply::Response;

use super::api::{self, Request};
use super::{API_VERSION, Options, StandIn};
use crate::clock::Clock;

/// The moment at which every test begins.
const START: i64 = 1_800_000_000;

/// A session as the product orders it.
const ORDER: &str = "mode=payment&client_reference_id=att_1&line_items[0][quantity]=1\
    &line_items[0][price_data][currency]=eur&line_items[0][price_data][unit_amount]=12345\
    &line_items[0][price_data][product_data][name]=Invoice+2026-0001&adaptive_pricing[enabled]=false&submit_type=pay\
    &customer_email=anna%40example.com&metadata[invoice]=inv_1&payment_intent_data[metadata][invoice]=inv_1\
    &payment_intent_data[description]=Invoice+2026-0001\
    &success_url=http://127.0.0.1:1/i/t/return?session_id={CHECKOUT_SESSION_ID}\
    &cancel_url=http://127.0.0.1:1/i/t";

/// A stand-in whose clock stands, and the clock.
fn stand_in() -> (StandIn, Clock) {
    let clock = Clock::held_at(Timestamp::from_second(START).unwrap());
    let stand_in = StandIn::new(Options::new(clock.clone()));
    stand_in.set_public_base("http://127.0.0.1:4010");
    (stand_in, clock)
}

/// Lets the stand-in answer on a port of its own, and returns where.
async fn listening(stand_in: &StandIn) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    beside(stand_in.clone().serve_on(listener));
    address
}

/// Runs what the test talks to.
#[expect(clippy::disallowed_methods, reason = "a test's other side ends with its runtime")]
fn beside(serving: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(serving);
}

/// An answer, read.
struct Read {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Read {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Status, `error.type` and `error.code`.
    fn error(&self) -> (u16, String, Option<String>) {
        let error = self.json()["error"].clone();
        (self.status.as_u16(), error["type"].as_str().unwrap().to_owned(), error["code"].as_str().map(str::to_owned))
    }
}

async fn read(response: Response) -> Read {
    let (parts, body) = response.into_parts();
    let body = http_body_util::BodyExt::collect(body).await.unwrap().to_bytes();
    Read { status: parts.status, headers: parts.headers, text: String::from_utf8(body.to_vec()).unwrap() }
}

fn request(method: Method, path: &str, form: &str, key: Option<&str>) -> Request {
    let mut headers = HeaderMap::new();
    headers.insert("authorization", HeaderValue::from_static("Bearer sk_test_quittance_demo"));
    headers.insert("stripe-version", HeaderValue::from_static(API_VERSION));
    if let Some(key) = key {
        headers.insert("idempotency-key", HeaderValue::from_str(key).unwrap());
    }
    let post = method == Method::POST;
    if post {
        headers.insert("content-type", HeaderValue::from_static("application/x-www-form-urlencoded"));
    }
    let (query, body) = if post { ("", form) } else { (form, "") };
    Request { method, path: format!("/v1/{path}"), query: query.to_owned(), headers, body: body.to_owned().into() }
}

async fn get(stand_in: &StandIn, path: &str, query: &str) -> Read {
    read(api::answer(stand_in, request(Method::GET, path, query, None)).await).await
}

async fn post(stand_in: &StandIn, path: &str, form: &str, key: Option<&str>) -> Read {
    read(api::answer(stand_in, request(Method::POST, path, form, key)).await).await
}

/// Orders a session and returns its id.
async fn ordered(stand_in: &StandIn) -> String {
    post(stand_in, "checkout/sessions", ORDER, None).await.json()["id"].as_str().unwrap().to_owned()
}

/// The types of all events, oldest first.
fn types(stand_in: &StandIn) -> Vec<String> {
    stand_in.events().iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect()
}

fn intent_of(stand_in: &StandIn, session: &str) -> String {
    stand_in.session(session).unwrap()["payment_intent"].as_str().unwrap().to_owned()
}
