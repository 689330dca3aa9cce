//! What is done to an invoice: `POST /invoices/{id}/issue` and its neighbours.

use jiff::SignedDuration;
use serde::Serialize;
use warp::http::StatusCode;

use super::fields::Fields;
use super::guard::Caller;
use super::idempotency::{Told, done};
use super::invoices::told;
use super::{actor, refuse_held_back, refuse_held_payments, shapes};
use crate::actions::record_payment::Recorded;
use crate::actions::{
    Refusal, checkout as attempts, issue as issuing, issued, link as links, mailings, void as voiding, write_off,
};
use crate::billing::attempt::Wanted;
use crate::billing::id::{AttemptId, InvoiceId};
use crate::billing::invoice::Document;
use crate::billing::log::Channel;
use crate::billing::payment::Method;
use crate::payments::{checkout as stripe_checkout, owner_acts};
use crate::web::error::Error;
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::routes::State;

/// A program has no second thoughts: its mails leave at once.
const NO_UNDO: SignedDuration = SignedDuration::ZERO;

pub async fn issue(app: State, request: Request<Caller>) -> Result<Response, Error> {
    let (id, actor, book): (InvoiceId, _, _) = (request.param("id")?, actor(&request), app.book());
    Fields::of_any(&request)?.finish()?;
    done(&app, &request.by, move |app, w| {
        issuing::issue(w, id, book, &actor)?;
        told(app, w, StatusCode::OK, id)
    })
    .await
}

/// Issues a draft and queues its mail in one transaction: if there is nobody to mail it to, it stays a draft.
pub async fn send(app: State, request: Request<Caller>) -> Result<Response, Error> {
    let (id, actor, book): (InvoiceId, _, _) = (request.param("id")?, actor(&request), app.book());
    Fields::of_any(&request)?.finish()?;
    refuse_held_back(&app)?;
    owner_acts::ask_before_resending(&app.store, app.till().as_ref(), id, &actor).await?;
    done(&app, &request.by, move |app, w| {
        if let Some(Document::Draft(_)) = w.document(id)? {
            issuing::issue(w, id, book, &actor)?;
        }
        mailings::send_invoice(w, id, NO_UNDO, &actor)?;
        told(app, w, StatusCode::OK, id)
    })
    .await
}

pub async fn remind(app: State, request: Request<Caller>) -> Result<Response, Error> {
    let (id, actor): (InvoiceId, _) = (request.param("id")?, actor(&request));
    Fields::of_any(&request)?.finish()?;
    refuse_held_back(&app)?;
    if let Some(till) = app.till() {
        owner_acts::ask_first(&till, id, &actor).await;
    }
    done(&app, &request.by, move |app, w| {
        mailings::remind(w, id, NO_UNDO, &actor)?;
        told(app, w, StatusCode::OK, id)
    })
    .await
}

pub async fn void(app: State, request: Request<Caller>) -> Result<Response, Error> {
    let (id, actor): (InvoiceId, _) = (request.param("id")?, actor(&request));
    let mut fields = Fields::of_any(&request)?;
    let reason = fields.text("reason").unwrap_or_default();
    fields.finish()?;
    app.store.read(|r| voiding::check(&r, id, &reason))?;
    owner_acts::close_first(&app.store, app.till().as_ref(), id, actor.channel).await?;
    done(&app, &request.by, move |app, w| {
        voiding::void(w, id, &reason, &actor)?;
        told(app, w, StatusCode::OK, id)
    })
    .await
}

pub async fn uncollectible(app: State, request: Request<Caller>) -> Result<Response, Error> {
    let id: InvoiceId = request.param("id")?;
    Fields::of_any(&request)?.finish()?;
    done(&app, &request.by, move |app, w| {
        write_off::write_off(w, id)?;
        told(app, w, StatusCode::OK, id)
    })
    .await
}

pub async fn link(app: State, request: Request<Caller>) -> Result<Response, Error> {
    let id: InvoiceId = request.param("id")?;
    Fields::of_any(&request)?.finish()?;
    owner_acts::close_first(&app.store, app.till().as_ref(), id, Channel::Api).await?;
    done(&app, &request.by, move |app, w| {
        links::rotate(w, id)?;
        told(app, w, StatusCode::OK, id)
    })
    .await
}

#[derive(Serialize)]
struct CheckoutShape {
    attempt: AttemptId,
    checkout_url: String,
    #[serde(serialize_with = "crate::web::api::time::exact")]
    expires_at: jiff::Timestamp,
}

/// `201` if a checkout was begun, `200` if the live one was found.
pub async fn checkout(app: State, request: Request<Caller>) -> Result<Response, Error> {
    let id: InvoiceId = request.param("id")?;
    Fields::of_any(&request)?.finish()?;
    refuse_held_payments(&app)?;
    let (invoice, due, live) = app.store.read(|r| {
        let invoice = issued(&r, id)?;
        let due = attempts::amount(&r, &invoice, Wanted::Now, app.clock.now())?;
        Ok::<_, Refusal>((invoice, due, r.live_attempt(id)?.map(|attempt| attempt.id)))
    })?;
    let till = app.till().ok_or_else(|| Error::Conflict(NO_KEY.to_owned()))?;
    if let Some(why) = stripe_checkout::obstacle(&till, &invoice, due) {
        return Err(Error::Conflict(why));
    }
    let attempt = stripe_checkout::start(&till, &invoice, &actor(&request)).await?;
    let status = if live == Some(attempt.id) { StatusCode::OK } else { StatusCode::CREATED };
    let url = attempt.open_url().ok_or_else(|| Error::internal("a checkout was started without an address"))?;
    let shape = CheckoutShape { attempt: attempt.id, checkout_url: url.to_owned(), expires_at: attempt.expires_at };
    Ok(reply::json(status, &shape))
}

/// Said where something needs Stripe and there is no key.
pub(super) const NO_KEY: &str =
    "No Stripe key is in use. Enter one in the admin page, or as stripe.secret_key in the configuration.";

pub async fn record_payment(app: State, request: Request<Caller>) -> Result<Response, Error> {
    let id: InvoiceId = request.param("id")?;
    app.store.read(|r| issued(&r, id))?;
    let mut fields = Fields::of(&request)?;
    let amount = fields.whole("amount");
    fields.require("amount", amount.as_ref());
    let method = method(&mut fields);
    fields.require("method", method.as_ref());
    let received_on = fields.date("received_on").flatten();
    let reference = fields.text("reference").unwrap_or_default();
    fields.finish()?;
    let (Some(amount), Some(method)) = (amount, method) else {
        return Err(Error::field("amount", Fields::REQUIRED));
    };
    let seen = Recorded { amount, method, received_on, reference };
    let actor = actor(&request);
    let answer = done(&app, &request.by, move |_, w| {
        let payment = owner_acts::book_payment(w, id, &seen, &actor)?;
        Told::of(StatusCode::CREATED, &shapes::payment(w, &payment)?)
    });
    let answer = answer.await?;
    owner_acts::close_revoked(&app.store, app.till().as_ref(), id, Channel::Api).await;
    Ok(answer)
}

/// `method`: how money came, or went back, that Stripe has nothing to do with.
pub(super) fn method(fields: &mut Fields) -> Option<Method> {
    let name: String = fields.get("method")?;
    let known = [Method::BankTransfer, Method::Cash, Method::Check, Method::Other];
    let found = known.into_iter().find(|method| method.name() == name);
    if found.is_none() {
        fields.add("method", "This must be one of bank_transfer, cash, check, other.");
    }
    found
}
