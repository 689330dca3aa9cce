//! For whoever looks after the machine: is the program alive, can it store, and what has it done.

use std::sync::atomic::AtomicI64;
use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use warp::http::StatusCode;

use super::api::guard::Token;
use super::error::Error;
use super::guard::{Class, Guard, Scope};
use super::reply::{self, Response};
use super::request::Request;
use super::routes::State;
use crate::app::App;
use crate::billing::standing::Status;
use crate::payments::side::{Side, Step};
use crate::store::{self, Reader};

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
    app.store.read(|r| add_gauges(&mut registry, &app, &r))?;
    let mut page = String::new();
    text::encode(&mut page, &registry).map_err(Error::internal)?;
    let knows_better = request.header("accept").is_some_and(|accept| accept.contains("application/openmetrics-text"));
    Ok(reply::bytes(StatusCode::OK, if knows_better { OPEN_METRICS } else { PROMETHEUS }, page))
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfStatus {
    status: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfExtent {
    extent: &'static str,
}

type Figure = Gauge<i64, AtomicI64>;

fn add_gauges(registry: &mut Registry, app: &App, r: &Reader<'_>) -> Result<(), store::Error> {
    for (name, help, value) in [
        ("events_pending", "Events of Stripe's that wait to be worked off", r.count_pending_events()?),
        ("mails_waiting", "Mails that wait to be sent", r.count_waiting_letters()?),
        ("mails_failed", "Mails that were refused or given up", r.count_failed_letters()?),
        ("reviews_open", "Cases that a person must decide", r.count_open_reviews()?),
        ("store_read_only", "1 while nothing can be stored", u64::from(app.store.trouble().is_some())),
    ] {
        let figure = Figure::default();
        figure.set(whole(value));
        registry.register(name, help, figure);
    }
    if let Some(run) = r.last_good_backup(app.clock.now())? {
        for (name, help, value) in [
            (
                "backup_last_success_timestamp_seconds",
                "When the latest backup was proven that every place has",
                run.ended_at.as_second(),
            ),
            ("backup_last_size_bytes", "Bytes of that backup", whole(run.bytes)),
        ] {
            let figure = Figure::default();
            figure.set(value);
            registry.register(name, help, figure);
        }
    }
    registry.register("invoices", "Invoices by status", invoices(r)?);
    let help = "Seconds since a reconciliation pass of this extent was finished";
    registry.register("reconciliation_age_seconds", help, ages(r, app)?);
    Ok(())
}

fn invoices(r: &Reader<'_>) -> Result<Family<OfStatus, Figure>, store::Error> {
    let family = Family::<OfStatus, Figure>::default();
    for (status, name) in [
        (Status::Draft, "draft"),
        (Status::Open, "open"),
        (Status::Paid, "paid"),
        (Status::Void, "void"),
        (Status::Uncollectible, "uncollectible"),
    ] {
        family.get_or_create(&OfStatus { status: name }).set(whole(r.count_by_status(status)?));
    }
    Ok(family)
}

/// A pass that was never made with the account in use has no age.
fn ages(r: &Reader<'_>, app: &App) -> Result<Family<OfExtent, Figure>, store::Error> {
    let (family, now) = (Family::<OfExtent, Figure>::default(), app.clock.now());
    let Some(till) = app.till() else { return Ok(family) };
    let side = Side::of(r, &till)?;
    for (extent, step) in [("full", Step::Full), ("short", Step::Short)] {
        if let Some(at) = side.reached(r, step)? {
            family.get_or_create(&OfExtent { extent }).set(now.duration_since(at).as_secs());
        }
    }
    Ok(family)
}

fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
