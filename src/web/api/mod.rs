//! `/api/v1`: the appliance for programs, as CONTRACT.md has it. One file per noun.
//!
//! A handler reads the request, asks the same actions that the owner's pages ask, and shows the result in the shapes of
//! `shapes`. What is wrong with a body is named field by field (`fields`); a repeated `POST` is answered from memory
//! (`idempotency`).

mod content;
mod fee;
mod fields;
mod page;
mod plan;
mod shapes;
mod time;

pub mod attempts;
pub mod credit_notes;
pub mod customers;
pub mod disputes;
pub mod fee_invoices;
pub mod guard;
pub mod idempotency;
pub mod invoice_acts;
pub mod invoices;
pub mod log;
pub mod outbox;
pub mod payments;
pub mod payouts;
pub mod reconciliations;
pub mod refunds;
pub mod reviews;
pub mod settings;

use super::error::Error;
use super::reply::{self, Response};
use super::request::Request;
use crate::actions::{Actor, Refusal};
use crate::app::App;
use guard::Caller;
use serde::Serialize;
use warp::http::StatusCode;

/// `200` with `shape`.
fn ok(shape: &impl Serialize) -> Response {
    reply::json(StatusCode::OK, shape)
}

/// `201` with `shape`.
fn created(shape: &impl Serialize) -> Response {
    reply::json(StatusCode::CREATED, shape)
}

/// The program, for logs and reviews.
fn actor(request: &Request<Caller>) -> Actor {
    Actor::api(&request.by.name)
}

/// Refuses what must wait until real links and real money are safe.
fn refuse_held_back(app: &App) -> Result<(), Error> {
    // Said in full: "wait" alone reads as if it had been queued.
    let refused = |words: &str| Error::Conflict(format!("Nothing was issued or queued. {words} Send it again then."));
    app.held_back().map_or(Ok(()), |hold| Err(refused(hold.words())))
}

/// Refuses to open a checkout while card payments wait; later, if that is enough.
fn refuse_held_payments(app: &App) -> Result<(), Error> {
    match app.payments_held() {
        Some(hold) if hold.passes_by_itself() => Err(Refusal::Unavailable(hold.words().to_owned()).into()),
        Some(hold) => Err(Error::Conflict(hold.words().to_owned())),
        None => Ok(()),
    }
}
