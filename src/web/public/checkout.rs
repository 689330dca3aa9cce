//! `POST /i/{token}/checkout`: to Stripe's page, for exactly what is due.
//!
//! Nothing that the browser sends is read. What does not work ends on the invoice's own page, with one calm sentence and
//! the bank details.

use warp::http::{HeaderValue, StatusCode, header};

use super::facts::Facts;
use super::invoice::page;
use super::link::Visit;
use crate::actions::{Actor, Refusal};
use crate::app::App;
use crate::billing::attempt::Attempt;
use crate::billing::log::Channel;
use crate::payments;
use crate::web::error::Error;
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::routes::State;
use crate::web::views::public::{InvoicePage, Pay, Remark};

/// When a payer whom Stripe's absence met may try again, in seconds.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("60");

/// The handler.
pub async fn start(app: State, request: Request<Visit>) -> Result<Response, Error> {
    let Visit { invoice, desk } = request.by;
    let facts = Facts::of(&app, invoice.id)?;
    if !facts.is_payable() {
        return conflict(&app, &facts);
    }
    let Some(till) = facts.till(&app) else { return conflict(&app, &facts) };
    if app.payments_held().is_some() {
        return unavailable(&app, &facts);
    }
    // A session that is there already costs Stripe nothing and is never withheld.
    if !facts.newest.as_ref().is_some_and(Attempt::is_live) {
        desk.start(&request.client)?;
    }
    let payer = Actor { channel: Channel::ReturnPage, name: "payer".to_owned() };
    match payments::checkout::start(&till, &invoice, &payer).await {
        Ok(attempt) => match attempt.open_url() {
            Some(url) => Ok(reply::see_other(url)),
            None => unavailable(&app, &Facts::of(&app, invoice.id)?),
        },
        Err(Refusal::Unavailable(_)) => unavailable(&app, &Facts::of(&app, invoice.id)?),
        Err(Refusal::Conflict(_)) => conflict(&app, &Facts::of(&app, invoice.id)?),
        Err(other) => Err(other.into()),
    }
}

/// There is nothing to pay, or not by card: the page says how the invoice stands now.
fn conflict(app: &App, facts: &Facts) -> Result<Response, Error> {
    let says_so_itself = facts.invoice.void.is_some() || facts.is_held;
    let remark = (!says_so_itself && !facts.is_payable()).then_some(Remark::AlreadyPaid);
    reply::page_with(StatusCode::CONFLICT, &page(app, facts, remark))
}

/// Stripe cannot be asked, refuses us, or must wait: the bank details come first.
fn unavailable(app: &App, facts: &Facts) -> Result<Response, Error> {
    let shown = page(app, facts, None);
    let pay = if matches!(shown.pay, Pay::Nothing) { Pay::Nothing } else { Pay::CardDown };
    let mut response = reply::page_with(StatusCode::SERVICE_UNAVAILABLE, &InvoicePage { pay, ..shown })?;
    response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER);
    Ok(response)
}
