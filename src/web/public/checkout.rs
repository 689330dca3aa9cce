//! `POST /i/{token}/checkout`: to Stripe's page, for exactly what is due now; and two neighbours for who wants to pay all
//! of it early, or may choose.
//!
//! Nothing that the browser sends sets the amount of the first two; the third reads one and checks it. What does not work
//! ends on the invoice's own page, with one calm sentence and the bank details.

use warp::http::{HeaderValue, StatusCode, header};

use super::facts::Facts;
use super::invoice::page;
use super::link::{Desk, Visit};
use crate::actions::{Actor, Refusal};
use crate::app::App;
use crate::billing::attempt::{Attempt, Wanted};
use crate::billing::log::Channel;
use crate::billing::money::Money;
use crate::payments::{self, parts};
use crate::web::client_address::Client;
use crate::web::error::Error;
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::routes::State;
use crate::web::views::parts::Field;
use crate::web::views::public::{Choice, InvoicePage, Pay, Remark};

/// When a payer whom Stripe's absence met may try again, in seconds.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("60");

/// `POST /i/{token}/checkout`: for what is due now.
pub async fn start(app: State, request: Request<Visit>) -> Result<Response, Error> {
    let facts = Facts::of(&app, &request.by)?;
    go(&app, &facts, &request.by.desk, &request.client, Wanted::Now).await
}

/// `POST /i/{token}/checkout/all`: for all that is due, also what is due later.
pub async fn start_all(app: State, request: Request<Visit>) -> Result<Response, Error> {
    let facts = Facts::of(&app, &request.by)?;
    go(&app, &facts, &request.by.desk, &request.client, Wanted::All).await
}

/// `POST /i/{token}/checkout/part`: for the `amount` of the form, where the invoice leaves the payer a choice. The only
/// place where a payer names an amount; what is not between the owner's minimum and what is due is refused.
pub async fn start_part(app: State, request: Request<Visit>) -> Result<Response, Error> {
    let form = request.form()?;
    let facts = Facts::of(&app, &request.by)?;
    if !facts.is_payable() || facts.least().is_none() {
        return conflict(&app, &facts);
    }
    let typed = form.text("amount");
    match chosen(&facts, typed) {
        Ok(amount) => go(&app, &facts, &request.by.desk, &request.client, Wanted::Part(amount.minor())).await,
        Err(words) => unfit(&app, &facts, typed, words),
    }
}

/// The amount that was typed, if it may be paid; else what would be right.
fn chosen(facts: &Facts, typed: &str) -> Result<Money, String> {
    let (numbers, currency) = (facts.t.numbers(), facts.invoice.content.currency);
    let amount = Money::parse_typed(&numbers.typed(typed, currency), currency, numbers.separator())
        .map_err(|_| facts.t.enter_digits())?;
    if facts.offers(Wanted::Part(amount.minor())).is_none() {
        let least = facts.least().unwrap_or(facts.due());
        return Err(facts.t.choose_between(facts.money(least), facts.money(facts.due())));
    }
    match parts::too_little_left(amount, facts.due()) {
        Some(rest) => Err(facts.t.too_little_left(facts.money(rest))),
        None => Ok(amount),
    }
}

async fn go(app: &App, facts: &Facts, desk: &Desk, client: &Client, wanted: Wanted) -> Result<Response, Error> {
    if !facts.is_payable() {
        return conflict(app, facts);
    }
    let Some(till) = facts.offers(wanted).and_then(|amount| facts.till(app, amount)) else {
        return conflict(app, facts);
    };
    if app.payments_held().is_some() {
        return unavailable(app, facts);
    }
    // A session that is there already costs Stripe nothing and is never withheld.
    let is_there = |attempt: &Attempt| attempt.is_live() && attempt.wanted == wanted;
    if !facts.newest.as_ref().is_some_and(is_there) {
        desk.start(client)?;
    }
    let payer = Actor { channel: Channel::ReturnPage, name: "payer".to_owned() };
    let now = || facts.anew(app);
    match payments::checkout::start_for(&till, &facts.invoice, wanted, &payer).await {
        Ok(attempt) => match attempt.open_url() {
            Some(url) => Ok(reply::see_other(url)),
            None => unavailable(app, &now()?),
        },
        Err(Refusal::Unavailable(_)) => unavailable(app, &now()?),
        // What was on offer a moment ago is not any more.
        Err(Refusal::Conflict(_) | Refusal::Invalid(_)) => conflict(app, &now()?),
        Err(other) => Err(other.into()),
    }
}

/// The page with the amount as it was typed and what is wrong with it.
fn unfit(app: &App, facts: &Facts, typed: &str, words: String) -> Result<Response, Error> {
    let shown = page(app, facts, None);
    let choice = shown.choice.map(|choice| Choice { amount: Field::wrong(typed, words), ..choice });
    reply::page_with(StatusCode::UNPROCESSABLE_ENTITY, &InvoicePage { choice, ..shown })
}

/// There is nothing to pay, or not by card: the page says how the invoice stands now.
fn conflict(app: &App, facts: &Facts) -> Result<Response, Error> {
    // Of money that is under way, nobody knows yet whether it comes.
    let says_so_itself = facts.invoice.void.is_some() || facts.is_held || facts.standing.processing;
    let remark = (!says_so_itself && !facts.is_payable()).then_some(Remark::AlreadyPaid);
    reply::page_with(StatusCode::CONFLICT, &page(app, facts, remark))
}

/// Stripe cannot be asked, refuses us, or must wait: the bank details come first.
fn unavailable(app: &App, facts: &Facts) -> Result<Response, Error> {
    let shown = page(app, facts, None);
    let pay = if matches!(shown.pay, Pay::Nothing) { Pay::Nothing } else { Pay::CardDown };
    let mut response = reply::page_with(
        StatusCode::SERVICE_UNAVAILABLE,
        &InvoicePage { pay, all: None, choice: None, added: None, ..shown },
    )?;
    response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER);
    Ok(response)
}
