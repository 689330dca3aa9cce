//! `GET /i/{token}/return`: where Stripe sends the payer back.
//!
//! That somebody came here proves nothing, and `session_id` is not looked at: Stripe itself is asked about the attempts
//! that are stored for this invoice. If it is slow, the page says that it is being checked, and asks again.

use std::time::Duration;

use futures_util::future::join_all;
use warp::http::StatusCode;

use super::facts::Facts;
use super::invoice::wait;
use super::link::{Desk, Visit};
use super::status::{Word, word};
use crate::actions;
use crate::app::App;
use crate::billing::attempt::{Attempt, State as Stage};
use crate::billing::invoice::Invoice;
use crate::billing::log::Channel;
use crate::billing::money::Money;
use crate::billing::payment::Payment;
use crate::payments::checkout::sync;
use crate::payments::client::Patience;
use crate::payments::side::Side;
use crate::payments::till::Till;
use crate::store;
use crate::web::error::Error;
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::routes::State;
use crate::web::views::public::{Outcome, ReturnPage, Then};
use crate::web::{paper, words};

/// How long a payer waits for Stripe's answer before being told that it is being checked.
const LOOK_MAX: Duration = Duration::from_secs(3);
/// Attempts of one invoice that are asked about: the live one and, if money turns up late, those just before it.
const ATTEMPTS_MAX: usize = 3;

/// The handler.
pub async fn get(app: State, request: Request<Visit>) -> Result<Response, Error> {
    let visit = request.by;
    let is_certain = look(&app, &visit.desk, &visit.invoice).await?;
    let facts = Facts::of(&app, &visit)?;
    let Some((outcome, amount, payment)) = outcome(&facts, is_certain) else {
        return Ok(reply::see_other(&facts.url("")));
    };
    reply::page_with(StatusCode::OK, &page(&facts, outcome, amount, payment))
}

/// Asks Stripe about the invoice's attempts. Whether the newest of them is now known to be as the books have it.
async fn look(app: &App, desk: &Desk, invoice: &Invoice) -> Result<bool, store::Error> {
    let Some(till) = app.till().filter(|till| till.book() == invoice.book) else { return Ok(false) };
    let (attempts, side) = app
        .store
        .read(|r| Ok::<_, store::Error>((r.attempts_of_invoice(invoice.id, ATTEMPTS_MAX)?, Side::of(&r, &till)?)))?;
    let newest = attempts.first().map(|attempt| attempt.id);
    let mut asked = Vec::new();
    for attempt in attempts.into_iter().filter(may_have_moved) {
        // A key that was rolled is another key of the same account.
        let is_elsewhere = app.store.read(|r| side.is_opened_by(&r, &attempt.account))? == Some(false);
        if !is_elsewhere && desk.may_look(attempt.id) {
            asked.push(attempt);
        }
    }
    let answers = join_all(asked.iter().map(|attempt| ask(&till, attempt)));
    let answers = tokio::time::timeout(LOOK_MAX, answers).await.unwrap_or_else(|_| vec![false; asked.len()]);
    let unknown: Vec<_> = asked.iter().zip(&answers).filter(|(_, known)| !**known).map(|(one, _)| one.id).collect();
    if !unknown.is_empty() {
        look_soon(app, unknown).await?;
    }
    Ok(asked.iter().zip(answers).any(|(attempt, known)| known && Some(attempt.id) == newest))
}

fn may_have_moved(attempt: &Attempt) -> bool {
    attempt.session.is_some() && !matches!(attempt.state, Stage::Paid { .. })
}

/// Whether Stripe answered and the books agree with it now.
async fn ask(till: &Till, attempt: &Attempt) -> bool {
    match sync(till, attempt, Channel::ReturnPage, None, Patience::Request).await {
        Ok(_) => true,
        Err(error) => {
            tracing::warn!(attempt = %attempt.id, error = %error, "Stripe could not be asked for a payer who came back");
            false
        }
    }
}

/// A payer waits: the sweep asks again in a moment instead of when the session expires.
async fn look_soon(app: &App, attempts: Vec<crate::billing::id::AttemptId>) -> Result<(), store::Error> {
    app.store.write(move |w| attempts.iter().try_for_each(|id| actions::checkout::look_soon(w, *id))).await
}

/// What the payer is told, about how much, and the payment if there is one. `None`: the invoice's page says it better.
fn outcome(facts: &Facts, is_certain: bool) -> Option<(Outcome, Money, Option<&Payment>)> {
    match word(facts) {
        Word::Void | Word::Refunded => return None,
        // Nothing is due where a credit note or other credit did it, too: nobody is thanked for what never came.
        Word::Paid => {
            let last = facts.payments.iter().rev().find(|one| facts.is_paid_by(one))?;
            return Some((Outcome::Paid, last.amount, Some(last)));
        }
        _ if facts.is_held => return None,
        _ => {}
    }
    let attempt = facts.newest.as_ref()?;
    let outcome = match &attempt.state {
        Stage::Paid { payment } => {
            let payment = facts.payments.iter().find(|one| one.id == *payment && facts.is_paid_by(one));
            // Money that a person must look at first is not called paid.
            return Some(payment.map_or((Outcome::Checking, attempt.amount, None), |payment| {
                (Outcome::Paid, payment.amount, Some(payment))
            }));
        }
        Stage::Processing | Stage::LetGo => Outcome::Processing,
        Stage::FailedDelayed | Stage::CreateFailed { .. } => Outcome::Failed,
        Stage::Expired if attempt.decline.is_some() => Outcome::Failed,
        Stage::Expired | Stage::Abandoned => Outcome::Canceled,
        // An old decline says nothing about the next card; only Stripe's answer of this moment does.
        Stage::Open if is_certain && attempt.decline.is_some() => Outcome::Failed,
        Stage::Open | Stage::Revoking { .. } | Stage::Creating | Stage::CreateUnknown { .. } => Outcome::Checking,
    };
    Some((outcome, attempt.amount, None))
}

fn page(facts: &Facts, outcome: Outcome, amount: Money, payment: Option<&Payment>) -> ReturnPage {
    let (path, email) = (facts.path(), &facts.invoice.buyer.email);
    let asked = facts.asked();
    ReturnPage {
        t: facts.t,
        switch: facts.switch("/return"),
        test_mode: facts.invoice.book.is_test(),
        seller: paper::seller(&facts.invoice.seller, &facts.t),
        number: facts.invoice.number.clone(),
        amount: facts.money(amount),
        outcome,
        due: facts.due().minor().to_string(),
        rest: asked
            .by
            .filter(|_| asked.now > 0)
            .map(|due| Then { amount: facts.money(facts.in_currency(asked.now)), due: facts.t.date(due) }),
        wait: wait(facts),
        // Whoever holds the link need not be whom the receipt goes to.
        receipt_to: (!email.is_empty()).then(|| words::masked(email)),
        receipt_url: payment.map(|payment| facts.url(&format!("/receipt/{}", payment.ordinal))),
        question_url: facts.question_url(),
        path,
    }
}
