//! Taking a payment now, on the owner's own screen or on the phone of a customer who stands beside it: the same attempt
//! that the public page would use, as a code to scan and as a link.

use warp::http::StatusCode;

use super::desk::Desk;
use super::guard::SignedIn;
use super::invoice::{Facts, path};
use crate::actions::Refusal;
use crate::billing::attempt::{Attempt, State as AttemptState};
use crate::billing::id::InvoiceId;
use crate::billing::invoice::{Document, Invoice};
use crate::billing::money::Money;
use crate::billing::payment::Payment;
use crate::billing::standing::Status;
use crate::payments::checkout;
use crate::web::error::Error;
use crate::web::qr;
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::routes::State;
use crate::web::views::invoice::{TakePayment, TakePaymentPage};
use crate::web::views::public::Added;
use crate::web::views::shell::Section;

const NO_KEY: &str = "No Stripe key is set, so cards cannot be taken. Enter one under Settings, Card payments.";

/// `POST /admin/invoices/{id}/checkout`
pub async fn start(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let id = request.param("id")?;
    let facts = Facts::gather(&desk, id)?;
    let invoice = issued(&facts)?;
    match begin(&desk, &facts, invoice).await {
        Ok(()) => Ok(reply::see_other(&format!("{}/checkout", path(id)))),
        Err(Refusal::Conflict(reason)) => refuse(&desk, id, StatusCode::CONFLICT, &reason),
        Err(Refusal::Unavailable(reason)) => {
            let cause = cause(&desk, id)?.unwrap_or(reason);
            refuse(&desk, id, StatusCode::SERVICE_UNAVAILABLE, &cause)
        }
        Err(other) => Err(other.into()),
    }
}

async fn begin(desk: &Desk, facts: &Facts, invoice: &Invoice) -> Result<(), Refusal> {
    if let Some(hold) = desk.app.payments_held() {
        return Err(Refusal::Unavailable(hold.words().to_owned()));
    }
    let till = desk.app.till().ok_or_else(|| Refusal::conflict(NO_KEY))?;
    if let Some(due) = facts.due_now(desk, invoice)
        && let Some(obstacle) = checkout::obstacle(&till, invoice, due)
    {
        return Err(Refusal::Conflict(obstacle));
    }
    checkout::start(&till, invoice, &desk.actor()).await.map(drop)
}

fn refuse(desk: &Desk, id: InvoiceId, status: StatusCode, reason: &str) -> Result<Response, Error> {
    let facts = Facts::gather(desk, id)?;
    let invoice = issued(&facts)?;
    let due = facts.due_now(desk, invoice).unwrap_or(invoice.total());
    let checkout = TakePayment::Refused { reason: reason.to_owned() };
    reply::page_with(status, &page(desk, &facts, invoice, due, checkout)?)
}

/// Why Stripe opened no checkout, in its own words: the payer is only told that it did not work, the owner why.
fn cause(desk: &Desk, id: InvoiceId) -> Result<Option<String>, Error> {
    let last = desk.app.store.read(|r| r.attempts_of_invoice(id, 1))?.pop();
    Ok(last.and_then(|attempt| match attempt.state {
        AttemptState::CreateFailed { reason } => Some(format!("Stripe did not open a checkout: {reason}.")),
        AttemptState::CreateUnknown { .. } => {
            Some("Stripe could not be reached. It is asked again by itself; try again in a minute.".to_owned())
        }
        _ => None,
    }))
}

fn issued(facts: &Facts) -> Result<&Invoice, Error> {
    match &facts.document {
        Document::Issued(invoice) => Ok(invoice),
        Document::Draft(_) => Err(Error::Conflict("The invoice is still a draft; issue it first.".to_owned())),
    }
}

/// `GET /admin/invoices/{id}/checkout`
pub async fn show(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let facts = Facts::gather(&desk, request.param("id")?)?;
    let invoice = issued(&facts)?;
    let (amount, checkout) = state(&desk, &facts, invoice)?;
    reply::page(&page(&desk, &facts, invoice, amount, checkout)?)
}

/// What the page shows, and the amount that it is about.
fn state(desk: &Desk, facts: &Facts, invoice: &Invoice) -> Result<(Money, TakePayment), Error> {
    let last = facts.attempts.first();
    let due = facts.due_now(desk, invoice).unwrap_or(invoice.total());
    if facts.status == Status::Paid {
        let on = facts.standing.paid_at.map(|at| desk.ago(at).text).unwrap_or_default();
        let paid = last_payment(facts, invoice.id).map_or(invoice.total(), |payment| payment.amount);
        return Ok((paid, TakePayment::Paid { on }));
    }
    if facts.standing.processing {
        return Ok((last.map_or(due, |attempt| attempt.amount), TakePayment::Processing));
    }
    let live = desk.app.store.read(|r| r.live_attempt(invoice.id))?;
    let open = live.as_ref().and_then(|attempt| Some((attempt, attempt.open_url()?)));
    if let Some((attempt, url)) = open {
        return Ok((attempt.amount, waits(desk, attempt, url)?));
    }
    if let Some(payment) = just_paid(facts, invoice.id) {
        return Ok((payment.amount, TakePayment::Paid { on: desk.ago(payment.received_at).text }));
    }
    let reason = "No checkout is open. Go back and choose “Take payment now” again.".to_owned();
    Ok((due, TakePayment::Refused { reason }))
}

fn waits(desk: &Desk, attempt: &Attempt, url: &str) -> Result<TakePayment, Error> {
    let qr = qr::address(url).ok_or_else(|| Error::internal("the checkout's address is too long for a code"))?;
    let currency = attempt.amount.currency();
    let added = attempt.fee.as_ref().map(|fee| Added {
        principal: desk.minor(fee.principal, currency),
        fee: desk.minor(fee.total, currency),
        total: desk.money(attempt.amount),
    });
    Ok(TakePayment::Open { url: url.to_owned(), qr, until: desk.time(attempt.expires_at), added })
}

/// The payment that the last checkout brought, where it was over a part.
fn just_paid(facts: &Facts, invoice: InvoiceId) -> Option<&Payment> {
    let AttemptState::Paid { payment } = facts.attempts.first()?.state else { return None };
    facts.payments.iter().find(|one| one.id == payment && facts.money_of(one).applied_to(invoice) > 0)
}

/// What paid last: by card, or as the owner recorded it.
fn last_payment(facts: &Facts, invoice: InvoiceId) -> Option<&Payment> {
    let paying = |one: &&Payment| facts.money_of(one).applied_to(invoice) > 0;
    facts.payments.iter().rev().find(paying)
}

fn page(
    desk: &Desk,
    facts: &Facts,
    invoice: &Invoice,
    amount: Money,
    checkout: TakePayment,
) -> Result<TakePaymentPage, Error> {
    Ok(TakePaymentPage {
        shell: desk.shell(Section::Invoices)?,
        path: path(invoice.id),
        number: invoice.number.clone(),
        customer: invoice.buyer.name.clone(),
        amount: desk.money(amount),
        due: facts.standing.due().to_string(),
        status_url: format!("/i/{}/status", invoice.link.token()),
        checkout,
    })
}
