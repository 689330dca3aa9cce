//! `GET /i/{token}/fee/{n}`: the document of the fee that the n-th payment bore, printable like the invoice itself.

use super::facts::Facts;
use super::link::{Ordinal, Visit};
use crate::billing::fee_invoice::{Corrected, FeeInvoice};
use crate::web::error::Error;
use crate::web::paper;
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::routes::State;
use crate::web::views::parts::Link;
use crate::web::views::public::FeePage;

/// The handler.
pub async fn get(app: State, request: Request<Visit>) -> Result<Response, Error> {
    let Ordinal(ordinal) = request.param("n")?;
    let facts = Facts::of(&app, &request.by)?;
    reply::page(&page(&facts, original(&facts, ordinal)?))
}

/// `GET /i/{token}/fee/{n}/correction/{k}`: what took that fee back, for the k-th time.
pub async fn correction(app: State, request: Request<Visit>) -> Result<Response, Error> {
    let (Ordinal(ordinal), Ordinal(nth)) = (request.param("n")?, request.param("k")?);
    let facts = Facts::of(&app, &request.by)?;
    let original = original(&facts, ordinal)?;
    let found = corrections(&facts, original).find(|(_, of)| of.nth == nth);
    let (document, _) = found.ok_or(Error::NotFound)?;
    reply::page(&page(&facts, document))
}

/// The receipt of its payment; the invoice itself if that was meant for another one.
fn receipt_url(facts: &Facts, document: &FeeInvoice) -> String {
    let payment = facts.payments.iter().find(|payment| payment.id == document.payment);
    payment.map_or_else(|| facts.url(""), |payment| facts.url(&format!("/receipt/{}", payment.ordinal)))
}

fn original(facts: &Facts, ordinal: u64) -> Result<&FeeInvoice, Error> {
    let mut fees = facts.fees.iter();
    fees.find(|document| document.ordinal == ordinal && document.corrects.is_none()).ok_or(Error::NotFound)
}

fn corrections<'a>(
    facts: &'a Facts,
    document: &FeeInvoice,
) -> impl Iterator<Item = (&'a FeeInvoice, &'a Corrected)> + use<'a> {
    let id = document.id;
    let of = |one: &'a FeeInvoice| one.corrects.as_ref().map(|of| (one, of));
    facts.fees.iter().filter_map(of).filter(move |(_, of)| of.document == id)
}

fn page(facts: &Facts, document: &FeeInvoice) -> FeePage {
    let own = format!("/fee/{}", document.ordinal);
    let corrected = |of: &Corrected| format!("{own}/correction/{}", of.nth);
    let link =
        |(one, of): (&FeeInvoice, &Corrected)| Link::new(facts.t.correction(&one.number), facts.url(&corrected(of)));
    FeePage {
        t: facts.t,
        switch: facts.switch(&document.corrects.as_ref().map_or_else(|| own.clone(), corrected)),
        path: facts.path(),
        test_mode: document.book.is_test(),
        number: document.number.clone(),
        invoice: facts.invoice.number.clone(),
        amount: facts.money(document.total()),
        on: facts.t.on(facts.t.date(document.issue_date)),
        receipt_url: receipt_url(facts, document),
        corrects: document.corrects.as_ref().map(|of| Link::new(of.number.clone(), facts.url(&own))),
        corrections: corrections(facts, document).map(link).collect(),
        paper: paper::of_fee(document, &facts.invoice.number, &facts.settings, &facts.t),
        question_url: facts.question_url(),
    }
}
