//! `/refunds`, and `POST /invoices/{id}/refunds`.
//!
//! An amount that is more than one payment holds is taken from several (what is held as credit first, then the newest);
//! the answer is the first refund, and `further` the others. `payment` in the body says which one it is taken from,
//! `credit_note` that it pays back what that note still owes, `method` how money goes back that Stripe did not bring.

use serde::Serialize;
use warp::http::StatusCode;

use super::fields::Fields;
use super::guard::Caller;
use super::page::Query;
use super::{actor, invoice_acts, ok, shapes};
use crate::actions::refund::{Of, Wanted, possible};
use crate::actions::{Refusal, issued};
use crate::billing::currency::Currency;
use crate::billing::id::{CreditNoteId, InvoiceId, PaymentId};
use crate::billing::refund::{Reason, Refund};
use crate::payments::refunds;
use crate::store::Reader;
use crate::web::error::Error;
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::routes::State;

pub async fn list(app: State, request: Request<Caller>) -> Result<Response, Error> {
    let page = Query::of(&request.query).page()?;
    let found = app.store.read(|r| r.refunds(page.after, page.limit))?;
    Ok(ok(&page.list(&found, |refund| refund.id, shapes::refund)))
}

#[derive(Serialize)]
struct Made<'a> {
    #[serde(flatten)]
    first: shapes::RefundShape<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    further: Vec<shapes::RefundShape<'a>>,
}

/// `201`, or `202` while Stripe's answer is awaited: then it is asked for by itself.
pub async fn create(app: State, request: Request<Caller>) -> Result<Response, Error> {
    let id: InvoiceId = request.param("id")?;
    app.store.read(|r| issued(&r, id))?;
    let mut fields = Fields::of(&request)?;
    let amount = fields.whole("amount");
    fields.require("amount", amount.as_ref());
    let reason = fields.get::<Option<Reason>>("reason").flatten();
    let currency = fields.get::<Option<Currency>>("currency").flatten();
    let payment = fields.get::<Option<PaymentId>>("payment").flatten();
    let credit_note = fields.get::<Option<CreditNoteId>>("credit_note").flatten();
    let through = invoice_acts::method(&mut fields);
    fields.finish()?;
    let amount = amount.ok_or_else(|| Error::field("amount", Fields::REQUIRED))?;
    let of = payment.map_or(Of::Invoice(id), Of::Payment);
    app.store.read(|r| {
        check(&r, id, of, currency)?;
        check_note(&r, id, credit_note)
    })?;
    let nonce = request.by.claim.as_ref().map(super::idempotency::Claim::nonce);
    let wanted = Wanted { of, amount, reason, credit_note, through, nonce };
    let made = refunds::refund(&app.store, app.till().as_ref(), wanted, &actor(&request)).await?;
    answer(&made)
}

/// What only a program can get wrong: another invoice's payment, another currency.
fn check(r: &Reader<'_>, id: InvoiceId, of: Of, currency: Option<Currency>) -> Result<(), Refusal> {
    if let Of::Payment(payment) = of
        && r.payment(payment)?.and_then(|payment| payment.invoice) != Some(id)
    {
        return Err(Refusal::field("payment", "This is no payment of the invoice."));
    }
    let Some(currency) = currency else { return Ok(()) };
    let most = possible(r, of)?;
    if most.currency() == currency {
        return Ok(());
    }
    let words = format!("The money came in {}; at most {most} can be refunded.", most.currency());
    Err(Refusal::field("currency", words))
}

fn check_note(r: &Reader<'_>, id: InvoiceId, note: Option<CreditNoteId>) -> Result<(), Refusal> {
    let Some(note) = note else { return Ok(()) };
    if r.credit_note(note)?.is_some_and(|note| note.invoice == id) {
        return Ok(());
    }
    Err(Refusal::field("credit_note", "This is no credit note of the invoice."))
}

fn answer(made: &[Refund]) -> Result<Response, Error> {
    let mut shapes = made.iter().map(shapes::refund);
    let first = shapes.next().ok_or_else(|| Error::internal("a refund was made and is not there"))?;
    let awaited = made.iter().any(Refund::is_open);
    let status = if awaited { StatusCode::ACCEPTED } else { StatusCode::CREATED };
    Ok(reply::json(status, &Made { first, further: shapes.collect() }))
}
