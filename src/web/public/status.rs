//! `GET /i/{token}/status`: where the invoice stands, in one word, for the page that waits and for programs.

use serde::Serialize;
use warp::http::StatusCode;

use super::facts::Facts;
use super::link::Visit;
use crate::billing::attempt::{Attempt, Outcome, State as AttemptState};
use crate::web::error::Error;
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::routes::State;

/// CONTRACT: the words of `/status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    Void,
    Refunded,
    Paid,
    Processing,
    Pending,
    Failed,
    Canceled,
    Unpaid,
}

#[derive(Serialize)]
struct Answer {
    status: Word,
    /// All that is due.
    amount_due: i64,
    currency: &'static str,
}

/// The handler.
pub async fn get(app: State, request: Request<Visit>) -> Result<Response, Error> {
    let facts = Facts::of(&app, &request.by)?;
    let due = facts.due();
    let answer = Answer { status: word(&facts), amount_due: due.minor(), currency: due.currency().code() };
    Ok(reply::json(StatusCode::OK, &answer))
}

/// The first that is true, in the order of CONTRACT.
pub(super) fn word(facts: &Facts) -> Word {
    if facts.invoice.void.is_some() {
        Word::Void
    } else if facts.is_refunded() {
        Word::Refunded
    } else if facts.due().is_zero() {
        Word::Paid
    } else if facts.standing.processing {
        Word::Processing
    } else {
        // One that the owner let go no longer keeps anybody from paying.
        of_attempt(facts.newest_known.as_ref().filter(|attempt| attempt.state != AttemptState::LetGo))
    }
}

fn of_attempt(newest: Option<&Attempt>) -> Word {
    match newest.map(Attempt::outcome) {
        Some(Outcome::Processing) => Word::Processing,
        Some(Outcome::Pending) => Word::Pending,
        Some(Outcome::Failed) => Word::Failed,
        Some(Outcome::Canceled) => Word::Canceled,
        // What it paid was not all that is due, or is held until a person decides.
        Some(Outcome::Paid) | None => Word::Unpaid,
    }
}
