//! `/credit_notes`, `/invoices/{id}/credit_notes`, `/invoices/{id}/reissue` and `/invoices/{id}/apply_credit`.

use jiff::SignedDuration;
use serde::Serialize;
use warp::http::StatusCode;

use super::fields::Fields;
use super::guard::Caller;
use super::idempotency::{Told, done};
use super::invoices::told;
use super::page::Query;
use super::{actor, invoice_acts, ok, refuse_held_back, shapes};
use crate::actions::credit::{self, Wanted};
use crate::actions::{apply_credit as crediting, day, issued, mailings};
use crate::billing::credit_note::Settle;
use crate::billing::credit_note::plan::{HowMuch, LineCredit, What};
use crate::billing::id::{CreditNoteId, InvoiceId};
use crate::billing::invoice::Document;
use crate::billing::quantity::Quantity;
use crate::billing::standing::Standing;
use crate::payments::{owner_acts, owner_credit};
use crate::store;
use crate::web::error::Error;
use crate::web::reply::Response;
use crate::web::request::Request;
use crate::web::routes::State;

pub async fn list(app: State, request: Request<Caller>) -> Result<Response, Error> {
    let page = Query::of(&request.query).page()?;
    let found = app.store.read(|r| {
        let notes = r.credit_notes(page.after, page.limit)?;
        notes.iter().map(|note| shapes::credit_note(&r, note)).collect::<Result<Vec<_>, store::Error>>()
    })?;
    Ok(ok(&page.list(&found, |note| note.id, |note| note)))
}

/// An invoice's, newest first.
pub async fn list_of_invoice(app: State, request: Request<Caller>) -> Result<Response, Error> {
    let id: InvoiceId = request.param("id")?;
    let page = Query::of(&request.query).page::<CreditNoteId>()?;
    let found = app.store.read(|r| {
        issued(&r, id)?;
        let notes = r.credit_notes_of_invoice(id)?;
        let behind = notes.iter().rev().filter(|note| page.after.is_none_or(|after| note.id < after));
        let wanted = behind.take(page.limit.saturating_add(1));
        Ok::<_, crate::actions::Refusal>(
            wanted.map(|note| shapes::credit_note(&r, note)).collect::<Result<Vec<_>, store::Error>>()?,
        )
    })?;
    Ok(ok(&page.list(&found, |note| note.id, |note| note)))
}

pub async fn show(app: State, request: Request<Caller>) -> Result<Response, Error> {
    let id: CreditNoteId = request.param("id")?;
    let found = app.store.read(|r| match r.credit_note(id)? {
        Some(note) => shapes::credit_note(&r, &note).map(Some),
        None => Ok(None),
    })?;
    Ok(ok(&found.ok_or(Error::NotFound)?))
}

pub async fn create(app: State, request: Request<Caller>) -> Result<Response, Error> {
    let (id, actor): (InvoiceId, _) = (request.param("id")?, actor(&request));
    app.store.read(|r| issued(&r, id))?;
    let mut fields = Fields::of(&request)?;
    let what = what(&mut fields);
    let (reason, settle) = (fields.text("reason").unwrap_or_default(), settle(&mut fields));
    let sends = fields.get::<bool>("send").unwrap_or(false);
    let through = invoice_acts::method(&mut fields);
    fields.finish()?;
    let (Some(what), Some(settle)) = (what, settle) else { return Err(Error::field("amount", Fields::REQUIRED)) };
    if sends {
        refuse_held_back(&app)?;
    }
    let wanted = Wanted { what, reason, settle };
    let (till, channel) = (app.till(), actor.channel);
    let prepared = owner_credit::prepare(&app.store, till.as_ref(), id, wanted, through, channel).await?;
    let theirs = prepared.clone();
    let answer = done(&app, &request.by, move |_, w| {
        let (note, _) = theirs.issue(w, &actor)?;
        if sends {
            mailings::send_credit_note(w, &note, SignedDuration::ZERO, &actor)?;
        }
        Told::of(StatusCode::CREATED, &shapes::credit_note(w, &note)?)
    });
    let answer = answer.await?;
    prepared.pay_back(channel).await;
    Ok(answer)
}

#[derive(Serialize)]
struct Reissued {
    credit_note: shapes::CreditNoteShape,
    /// The draft that takes the invoice's place.
    invoice: shapes::InvoiceShape,
}

/// Takes back all that is left of an invoice and begins the draft that takes its place. What was paid is kept as the
/// customer's credit.
pub async fn reissue(app: State, request: Request<Caller>) -> Result<Response, Error> {
    let (id, actor): (InvoiceId, _) = (request.param("id")?, actor(&request));
    let mut fields = Fields::of_any(&request)?;
    let reason = fields.text("reason").unwrap_or_default();
    fields.finish()?;
    let wanted = Wanted { what: What::Rest, reason, settle: Settle::CustomerCredit };
    app.store.read(|r| credit::outlook(&r, id, &wanted).map(drop))?;
    owner_acts::close_first(&app.store, app.till().as_ref(), id, actor.channel).await?;
    done(&app, &request.by, move |app, w| {
        let (note, draft) = credit::reissue(w, id, &wanted, &actor)?;
        let today = day(&w.settings()?, w.now());
        let invoice = shapes::invoice(app, &Document::Draft(Box::new(draft)), &Standing::default(), today);
        Told::of(StatusCode::CREATED, &Reissued { credit_note: shapes::credit_note(w, &note)?, invoice })
    })
    .await
}

/// Uses the customer's credit for this invoice.
pub async fn apply(app: State, request: Request<Caller>) -> Result<Response, Error> {
    let (id, actor): (InvoiceId, _) = (request.param("id")?, actor(&request));
    let mut fields = Fields::of(&request)?;
    let amount = fields.whole("amount");
    fields.require("amount", amount.as_ref());
    fields.finish()?;
    let amount = amount.ok_or_else(|| Error::field("amount", Fields::REQUIRED))?;
    app.store.read(|r| crediting::check(&r, id, amount).map(drop))?;
    owner_acts::close_first(&app.store, app.till().as_ref(), id, actor.channel).await?;
    done(&app, &request.by, move |app, w| {
        crediting::apply(w, id, amount, &actor)?;
        told(app, w, StatusCode::OK, id)
    })
    .await
}

/// `lines` or `amount`.
fn what(fields: &mut Fields) -> Option<What> {
    let amount = fields.whole("amount");
    let lines = fields.rows("lines", line);
    match (amount, lines) {
        (Some(_), Some(_)) => {
            fields.add("amount", "Give lines or amount, not both.");
            None
        }
        (None, Some(lines)) => Some(What::Lines(lines)),
        (Some(amount), None) => Some(What::Amount(amount)),
        (None, None) => {
            fields.require::<()>("amount", None);
            None
        }
    }
}

/// A line of the invoice by its `id`, with `quantity` or `amount`; with neither, all that is left of it.
fn line(fields: &mut Fields) -> LineCredit {
    let id: Option<String> = fields.get("id");
    fields.require("id", id.as_ref());
    let (quantity, amount) = (fields.get::<Quantity>("quantity"), fields.whole("amount"));
    if quantity.is_some() && amount.is_some() {
        fields.add("amount", "Give quantity or amount, not both.");
    }
    let how_much = match (quantity, amount) {
        (Some(quantity), _) => HowMuch::Quantity(quantity),
        (None, Some(amount)) => HowMuch::Amount(amount),
        (None, None) => HowMuch::Rest,
    };
    LineCredit { line: id.unwrap_or_default(), how_much }
}

/// What is due is reduced, and nothing else, unless something else is wished.
fn settle(fields: &mut Fields) -> Option<Settle> {
    let Some(name) = fields.get::<String>("settle") else { return Some(Settle::Invoice) };
    let settle = Settle::parse(&name);
    if settle.is_none() {
        fields.add("settle", "This must be one of invoice, customer_credit, refund.");
    }
    settle
}
