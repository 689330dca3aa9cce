//! `/reconciliations`: passes that compared Stripe with the books, and a new one.

use std::time::Duration;

use warp::http::StatusCode;

use super::fields::Fields;
use super::guard::Caller;
use super::invoice_acts::NO_KEY;
use super::page::Query;
use super::{created, ok, shapes};
use crate::billing::log::Channel;
use crate::payments::reconcile::{self, Extent};
use crate::web::error::Error;
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::routes::State;

/// How long a caller is kept waiting for the report; a pass that takes longer is asked for by its id.
const WAIT_MAX: Duration = Duration::from_secs(10);

pub async fn list(app: State, request: Request<Caller>) -> Result<Response, Error> {
    let page = Query::of(&request.query).page()?;
    let found = app.store.read(|r| r.runs(page.after, page.limit))?;
    Ok(ok(&page.list(&found, |run| run.id, shapes::run)))
}

pub async fn show(app: State, request: Request<Caller>) -> Result<Response, Error> {
    let id = request.param("id")?;
    let run = app.store.read(|r| r.run(id))?.ok_or(Error::NotFound)?;
    Ok(ok(&shapes::run(&run)))
}

/// Runs a full pass: `201` with its report, or `202` while it goes on.
pub async fn create(app: State, request: Request<Caller>) -> Result<Response, Error> {
    Fields::of_any(&request)?.finish()?;
    let till = app.till().ok_or_else(|| Error::Conflict(NO_KEY.to_owned()))?;
    let begun = reconcile::begin(&till, Extent::whole(), Channel::Api).await?;
    let pass = begun.clone();
    #[expect(clippy::disallowed_methods, reason = "a pass goes on when its caller has been answered or has left")]
    let running = tokio::spawn(async move { app.run_pass(&till, pass, Extent::whole()).await });
    match tokio::time::timeout(WAIT_MAX, running).await {
        Ok(finished) => Ok(created(&shapes::run(&finished.map_err(Error::internal)??))),
        Err(_) => Ok(reply::json(StatusCode::ACCEPTED, &shapes::run(&begun))),
    }
}
