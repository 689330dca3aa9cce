//! Taking a payment now, on the owner's own screen or on the phone of a customer who stands beside it: the same attempt
//! that the public page would use, as a code to scan and as a link.

use warp::http::StatusCode;

use super::desk::Desk;
use super::guard::SignedIn;
use super::invoice::{Facts, path};
use crate::actions::Refusal;
use crate::billing::attempt::State as AttemptState;
use crate::billing::id::InvoiceId;
use crate::billing::invoice::{Document, Invoice};
use crate::billing::payment::Payment;
use crate::billing::standing::Status;
use crate::payments::checkout;
use crate::web::error::Error;
use crate::web::qr;
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::routes::State;
use crate::web::views::invoice::{TakePayment, TakePaymentPage};
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
    let checkout = TakePayment::Refused { reason: reason.to_owned() };
    reply::page_with(status, &page(desk, &facts, issued(&facts)?, checkout)?)
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
    let checkout = state(&desk, &facts)?;
    reply::page(&page(&desk, &facts, invoice, checkout)?)
}

fn state(desk: &Desk, facts: &Facts) -> Result<TakePayment, Error> {
    if facts.status == Status::Paid {
        let on = facts.standing.paid_at.map(|at| desk.ago(at).text).unwrap_or_default();
        return Ok(TakePayment::Paid { on });
    }
    if facts.standing.processing {
        return Ok(TakePayment::Processing);
    }
    let live = desk.app.store.read(|r| r.live_attempt(facts.document.id()))?;
    let open = live.as_ref().and_then(|attempt| Some((attempt.open_url()?.to_owned(), attempt.expires_at)));
    let Some((url, expires_at)) = open else {
        if let Some(payment) = just_paid(facts) {
            return Ok(TakePayment::Paid { on: desk.ago(payment.received_at).text });
        }
        let reason = "No checkout is open. Go back and choose “Take payment now” again.".to_owned();
        return Ok(TakePayment::Refused { reason });
    };
    let qr = qr::address(&url).ok_or_else(|| Error::internal("the checkout's address is too long for a code"))?;
    Ok(TakePayment::Open { url, qr, until: desk.time(expires_at) })
}

/// The payment that the last checkout brought, where it was over a part.
fn just_paid(facts: &Facts) -> Option<&Payment> {
    match facts.attempts.first()?.state {
        AttemptState::Paid { payment } => facts.payments.iter().find(|one| one.id == payment && one.applied > 0),
        _ => None,
    }
}

fn page(desk: &Desk, facts: &Facts, invoice: &Invoice, checkout: TakePayment) -> Result<TakePaymentPage, Error> {
    let shown = facts.due_now(desk, invoice).unwrap_or(invoice.total());
    Ok(TakePaymentPage {
        shell: desk.shell(Section::Invoices)?,
        path: path(invoice.id),
        number: invoice.number.clone(),
        customer: invoice.buyer.name.clone(),
        amount: desk.money(shown),
        due: facts.standing.due().to_string(),
        status_url: format!("/i/{}/status", invoice.link.token()),
        checkout,
    })
}
