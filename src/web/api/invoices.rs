//! `/invoices`: drafts are written, changed and thrown away; all are listed and shown.

use warp::http::StatusCode;

use super::content::Given;
use super::fields::Fields;
use super::guard::Caller;
use super::idempotency::{Told, done};
use super::page::Query;
use super::{ok, shapes};
use crate::actions::{Refusal, day, drafts};
use crate::app::App;
use crate::billing::id::{CustomerId, InvoiceId};
use crate::billing::standing::{Standing, Status};
use crate::payments::parts;
use crate::store::invoices::Filter;
use crate::store::{self, Reader, Writer};
use crate::web::error::Error;
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::routes::State;

const STATUSES: [(&str, Status); 5] = [
    ("draft", Status::Draft),
    ("open", Status::Open),
    ("paid", Status::Paid),
    ("void", Status::Void),
    ("uncollectible", Status::Uncollectible),
];

pub async fn list(app: State, request: Request<Caller>) -> Result<Response, Error> {
    let mut query = Query::of(&request.query);
    let filter = Filter {
        status: query.word("status", &STATUSES),
        customer: query.get::<CustomerId>("customer"),
        words: query.words("q"),
        ..Filter::default()
    };
    let page = query.page()?;
    let found = app.store.read(|r| {
        let found = r.invoices(&filter, page.after, page.limit)?;
        found.into_iter().map(|(id, _)| Ok((id, look(&app, &r, id)?))).collect::<Result<Vec<_>, Error>>()
    })?;
    Ok(ok(&page.list(&found, |(id, _)| *id, |(_, shape)| shape)))
}

/// An invoice of the books, as it stands now.
fn look(app: &App, r: &Reader<'_>, id: InvoiceId) -> Result<shapes::InvoiceShape, Error> {
    let document = r.document(id)?.ok_or(Error::NotFound)?;
    let standing = r.summary(id)?.map(|summary| summary.standing).unwrap_or_default();
    let today = day(&r.settings()?, app.clock.now());
    Ok(shapes::invoice(app, &document, &standing, today))
}

/// The same for a change that is just being made: the summary follows from it only at its end.
pub(super) fn told(app: &App, w: &Writer<'_>, status: StatusCode, id: InvoiceId) -> Result<Told, Refusal> {
    let document = w.document(id)?.ok_or(Refusal::NotFound("invoice"))?;
    let standing = match document.issued() {
        Some(invoice) => w.standing(invoice)?,
        None => Standing::default(),
    };
    let today = day(&w.settings()?, w.now());
    Told::of(status, &shapes::invoice(app, &document, &standing, today))
}

fn shown(app: &App, id: InvoiceId) -> Result<Response, Error> {
    let shape = app.store.read(|r| look(app, &r, id))?;
    Ok(ok(&shape))
}

pub async fn show(app: State, request: Request<Caller>) -> Result<Response, Error> {
    shown(&app, request.param("id")?)
}

pub async fn create(app: State, request: Request<Caller>) -> Result<Response, Error> {
    let mut fields = Fields::of(&request)?;
    let given = Given::read(&mut fields);
    fields.require("customer", given.customer.as_ref());
    fields.require("lines", given.lines.as_ref());
    let settings = app.store.read(|r| r.settings())?;
    let nobody = CustomerId::from_value(0);
    fields.also(|| drafts::each(&given.clone().with_defaults(nobody, &settings)));
    fields.finish()?;
    let customer = given.customer.ok_or_else(|| Error::field("customer", Fields::REQUIRED))?;
    done(&app, &request.by, move |app, w| {
        let content = given.clone().with_defaults(customer, &w.settings()?);
        let draft = drafts::create(w, content)?;
        parts::check(&draft, day(&w.settings()?, w.now()))?;
        told(app, w, StatusCode::CREATED, draft.id)
    })
    .await
}

pub async fn change(app: State, request: Request<Caller>) -> Result<Response, Error> {
    let id: InvoiceId = request.param("id")?;
    let stored = app.store.read(|r| drafts::draft(&r, id))?;
    let mut fields = Fields::of(&request)?;
    let given = Given::read(&mut fields);
    fields.also(|| drafts::each(&given.clone().over(stored.content)));
    fields.finish()?;
    app.store
        .write(move |w| {
            let content = given.clone().over(drafts::draft(w, id)?.content);
            let draft = drafts::update(w, id, content, None)?;
            parts::check(&draft, day(&w.settings()?, w.now()))
        })
        .await?;
    shown(&app, id)
}

pub async fn delete(app: State, request: Request<Caller>) -> Result<Response, Error> {
    let id: InvoiceId = request.param("id")?;
    app.store.write(move |w| drafts::delete(w, id)).await?;
    Ok(reply::nothing())
}

/// Whether there is such an invoice.
pub(super) fn exists(app: &App, id: InvoiceId) -> Result<(), Error> {
    let found: Result<_, store::Error> = app.store.read(|r| r.document(id));
    found?.map(drop).ok_or(Error::NotFound)
}
