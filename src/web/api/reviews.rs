//! `/reviews`: what a person, or a program for them, must decide.

use warp::http::StatusCode;

use super::fields::Fields;
use super::guard::Caller;
use super::idempotency::{Told, done};
use super::page::Query;
use super::{actor, ok, shapes};
use crate::actions::{resolve_review, undo_review};
use crate::billing::id::{InvoiceId, ReviewId};
use crate::billing::review::Action;
use crate::payments::refunds;
use crate::store;
use crate::web::error::Error;
use crate::web::reply::Response;
use crate::web::request::Request;
use crate::web::routes::State;

pub async fn list(app: State, request: Request<Caller>) -> Result<Response, Error> {
    let mut query = Query::of(&request.query);
    let open = query.word("status", &[("open", true), ("resolved", false)]);
    let page = query.page()?;
    let found = app.store.read(|r| {
        let found = r.reviews(open, page.after, page.limit)?;
        let shown = found.iter().map(|review| Ok((review.id, shapes::review(&r, review)?)));
        shown.collect::<Result<Vec<_>, store::Error>>()
    })?;
    Ok(ok(&page.list(&found, |(id, _)| *id, |(_, shape)| shape)))
}

pub async fn resolve(app: State, request: Request<Caller>) -> Result<Response, Error> {
    let (id, actor): (ReviewId, _) = (request.param("id")?, actor(&request));
    app.store.read(|r| r.review(id))?.ok_or(Error::NotFound)?;
    let mut fields = Fields::of(&request)?;
    let action: Option<Action> = fields.get("action");
    fields.require("action", action.as_ref());
    let note = fields.text("note").unwrap_or_default();
    // For `link`: the invoice that the money is applied to.
    let to: Option<InvoiceId> = fields.get::<Option<_>>("invoice").flatten();
    fields.finish()?;
    let action = action.ok_or_else(|| Error::field("action", Fields::REQUIRED))?;
    if action == Action::Refund {
        let till = app.till();
        let review = refunds::resolve_review(&app.store, till.as_ref(), id, &note, &actor).await?;
        return Ok(ok(&app.store.read(|r| shapes::review(&r, &review))?));
    }
    done(&app, &request.by, move |_, w| {
        let review = resolve_review::resolve(w, id, action, &note, to, &actor)?;
        Told::of(StatusCode::OK, &shapes::review(w, &review)?)
    })
    .await
}

/// Takes a decision back, until the books are exported: what it booked is booked back, and the case is open again.
pub async fn undo(app: State, request: Request<Caller>) -> Result<Response, Error> {
    let (id, actor): (ReviewId, _) = (request.param("id")?, actor(&request));
    let mut fields = Fields::of_any(&request)?;
    let note = fields.text("note").unwrap_or_default();
    fields.finish()?;
    app.store.read(|r| r.review(id))?.ok_or(Error::NotFound)?;
    done(&app, &request.by, move |_, w| {
        let review = undo_review::undo(w, id, &note, &actor)?;
        Told::of(StatusCode::OK, &shapes::review(w, &review)?)
    })
    .await
}
