//! For whoever looks after the machine: is the program alive, can it store, and what has it done.

use std::time::Duration;

use prometheus_client::encoding::text;
use warp::http::StatusCode;

use super::api::guard::Token;
use super::error::Error;
use super::gauges;
use super::guard::{Class, Guard, Scope};
use super::reply::{self, Response};
use super::request::Request;
use super::routes::State;
use crate::store;

/// A disk that takes longer is as good as none to somebody who waits for an answer.
const WRITABLE_WITHIN: Duration = Duration::from_secs(2);

/// What strangers are told; the disk's own words name files and tables.
const NOTHING_STORED: &str = "Nothing can be stored.";

/// What scrapers that know no better get; the newer type only if they name it.
const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// `GET /healthz?sign=`: the process answers. Asked for a sign, it shows which process it is to whoever knows that, and how
/// the question seemed to come: a proxy that does not say so makes HTTPS look like none.
pub async fn health(app: State, request: Request) -> Result<Response, Error> {
    let sign = request.query.get("sign").and_then(|question| app.presence.sign(question));
    let scheme = if request.client.secure { "https" } else { "http" };
    let said = sign.map(|sign| format!("{sign} {scheme}"));
    Ok(reply::text(StatusCode::OK, said.as_deref().unwrap_or("ok")))
}

/// `GET /readyz`: the store is open and takes a write. Anybody may ask; why it does not is said on the owner's page and in
/// the log.
pub async fn readiness(app: State, _request: Request) -> Result<Response, Error> {
    if app.store.trouble().is_some() {
        return Err(Error::later(NOTHING_STORED));
    }
    if app.store.damage().is_some() {
        return Err(Error::later("Not everything can be read."));
    }
    match tokio::time::timeout(WRITABLE_WITHIN, app.store.write(|_| Ok::<_, store::Error>(()))).await {
        Ok(Ok(())) => Ok(reply::text(StatusCode::OK, "ready")),
        Ok(Err(_)) => Err(Error::later(NOTHING_STORED)),
        Err(_) => Err(Error::later("The disk does not answer.")),
    }
}

/// Whoever holds an API token, of any scope.
#[derive(Clone, Copy, Debug)]
pub struct AnyToken;

impl Guard<State> for AnyToken {
    type By = ();

    fn class(&self) -> Class {
        Class::Operations
    }

    fn admit(&self, app: &State, request: &Request) -> Result<(), Error> {
        Token(Scope::Read).admit(app, request).map(drop)
    }
}

/// `GET /metrics`: what was counted, and what the store says at this moment.
pub async fn figures(app: State, request: Request) -> Result<Response, Error> {
    let mut registry = app.metrics.registry();
    app.store.read(|r| gauges::add(&mut registry, &app, &r))?;
    let mut page = String::new();
    text::encode(&mut page, &registry).map_err(Error::internal)?;
    let knows_better = request.header("accept").is_some_and(|accept| accept.contains("application/openmetrics-text"));
    Ok(reply::bytes(StatusCode::OK, if knows_better { OPEN_METRICS } else { PROMETHEUS }, page))
}
