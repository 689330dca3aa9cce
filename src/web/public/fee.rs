//! `GET /i/{token}/fee/{n}`: the document of the fee that the n-th payment bore, printable like the invoice itself.

use super::facts::Facts;
use super::link::Visit;
use crate::billing::fee_invoice::FeeInvoice;
use crate::web::error::Error;
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::routes::State;
use crate::web::views::public::FeePage;
use crate::web::{paper, words};

/// The handler.
pub async fn get(app: State, request: Request<Visit>) -> Result<Response, Error> {
    let ordinal = request.param::<u64>("n")?;
    let facts = Facts::of(&app, request.by.invoice.id)?;
    let document = facts.fees.iter().find(|document| document.ordinal == ordinal).ok_or(Error::NotFound)?;
    reply::page(&page(&facts, document))
}

/// The receipt of its payment; the invoice itself if that was meant for another one.
fn receipt_url(facts: &Facts, document: &FeeInvoice) -> String {
    let payment = facts.payments.iter().find(|payment| payment.id == document.payment);
    payment.map_or_else(|| facts.path(), |payment| format!("{}/receipt/{}", facts.path(), payment.ordinal))
}

fn page(facts: &Facts, document: &FeeInvoice) -> FeePage {
    FeePage {
        path: facts.path(),
        test_mode: document.book.is_test(),
        number: document.number.clone(),
        invoice: facts.invoice.number.clone(),
        amount: facts.money(document.total()),
        on: format!("on {}", words::date(document.issue_date, facts.language())),
        receipt_url: receipt_url(facts, document),
        paper: paper::of_fee(document, &facts.invoice.number, &facts.settings),
        question_url: facts.question_url(),
    }
}
