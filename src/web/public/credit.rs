//! `GET /i/{token}/credit/{n}`: the n-th credit note of the invoice, printable like the invoice itself.

use super::facts::Facts;
use super::link::{Ordinal, Visit};
use crate::billing::credit_note::{CreditNote, Settle};
use crate::billing::money::Money;
use crate::web::error::Error;
use crate::web::paper;
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::routes::State;
use crate::web::views::public::CreditPage;

/// The handler.
pub async fn get(app: State, request: Request<Visit>) -> Result<Response, Error> {
    let Ordinal(ordinal) = request.param("n")?;
    let facts = Facts::of(&app, &request.by)?;
    let note = facts.notes.iter().find(|note| note.ordinal == ordinal).ok_or(Error::NotFound)?;
    let rest = app.store.read(|r| r.rest_of_note(note))?;
    reply::page(&page(&facts, note, rest))
}

/// `rest` is what is the customer's of the note.
fn page(facts: &Facts, note: &CreditNote, rest: Money) -> CreditPage {
    CreditPage {
        t: facts.t,
        switch: facts.switch(&format!("/credit/{}", note.ordinal)),
        path: facts.path(),
        test_mode: note.book.is_test(),
        number: note.number.clone(),
        invoice: facts.invoice.number.clone(),
        amount: facts.money(note.total()),
        on: facts.t.on(facts.t.date(note.issue_date)),
        outcome: outcome(facts, note, rest),
        paper: paper::of_note(note, &facts.invoice, &facts.settings, &facts.t),
        question_url: facts.question_url(),
    }
}

/// What became of it, for the customer.
fn outcome(facts: &Facts, note: &CreditNote, rest: Money) -> Vec<String> {
    let applied = Money::new(note.applied, note.currency).unwrap_or(Money::zero(note.currency));
    let mut outcome = Vec::new();
    if !applied.is_zero() {
        outcome.push(facts.t.less_to_pay(facts.money(applied)));
    }
    if let Ok(refunded) = Money::new(note.taken_over, note.currency)
        && !refunded.is_zero()
    {
        outcome.push(facts.t.refunded_before(facts.money(refunded)));
    }
    let lost = Money::new(note.rest().minor() - rest.minor(), note.currency).ok().filter(|lost| !lost.is_zero());
    if let Some(lost) = lost {
        outcome.push(facts.t.given_back(facts.money(lost)));
    }
    if !rest.is_zero() {
        let rest = facts.money(rest);
        outcome.push(match note.settle {
            Settle::Refund => facts.t.paid_back(rest),
            Settle::CustomerCredit | Settle::Invoice => facts.t.kept_credit(rest),
        });
    }
    outcome
}
