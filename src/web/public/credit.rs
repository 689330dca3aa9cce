//! `GET /i/{token}/credit/{n}`: the n-th credit note of the invoice, printable like the invoice itself.

use super::facts::Facts;
use super::link::{Ordinal, Visit};
use crate::billing::credit_note::{CreditNote, Settle};
use crate::billing::money::Money;
use crate::web::error::Error;
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::routes::State;
use crate::web::views::public::CreditPage;
use crate::web::{paper, words};

/// The handler.
pub async fn get(app: State, request: Request<Visit>) -> Result<Response, Error> {
    let Ordinal(ordinal) = request.param("n")?;
    let facts = Facts::of(&app, request.by.invoice.id)?;
    let note = facts.notes.iter().find(|note| note.ordinal == ordinal).ok_or(Error::NotFound)?;
    let rest = app.store.read(|r| r.rest_of_note(note))?;
    reply::page(&page(&facts, note, rest))
}

/// `rest` is what is the customer's of the note.
fn page(facts: &Facts, note: &CreditNote, rest: Money) -> CreditPage {
    CreditPage {
        path: facts.path(),
        test_mode: note.book.is_test(),
        number: note.number.clone(),
        invoice: facts.invoice.number.clone(),
        amount: facts.money(note.total()),
        on: format!("on {}", words::date(note.issue_date, facts.language())),
        outcome: outcome(facts, note, rest),
        paper: paper::of_note(note, &facts.invoice, &facts.settings),
        question_url: facts.question_url(),
    }
}

/// What became of it, for the customer.
fn outcome(facts: &Facts, note: &CreditNote, rest: Money) -> Vec<String> {
    let applied = Money::new(note.applied, note.currency).unwrap_or(Money::zero(note.currency));
    let mut outcome = Vec::new();
    if !applied.is_zero() {
        outcome.push(format!("{} less is to be paid on the invoice.", facts.money(applied)));
    }
    if let Ok(refunded) = Money::new(note.taken_over, note.currency)
        && !refunded.is_zero()
    {
        outcome.push(format!("{} was refunded to you before.", facts.money(refunded)));
    }
    let lost = Money::new(note.rest().minor() - rest.minor(), note.currency).ok().filter(|lost| !lost.is_zero());
    if let Some(lost) = lost {
        outcome.push(format!("{} was given back to you already.", facts.money(lost)));
    }
    if !rest.is_zero() {
        let rest = facts.money(rest);
        outcome.push(match note.settle {
            Settle::Refund => format!("{rest} is paid back to you."),
            Settle::CustomerCredit | Settle::Invoice => format!("{rest} is kept for you as a credit."),
        });
    }
    outcome
}
