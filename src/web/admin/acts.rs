//! What the owner does to an invoice. Each ends on a page that can be loaded again, or says on the invoice's own page why
//! it was not done.
//!
//! Stripe is asked before and after the books are written, never meanwhile: `payments::owner_acts` has the order.

use warp::http::StatusCode;

use super::desk::{Desk, UNDO};
use super::entered::Wrong;
use super::guard::SignedIn;
use super::invoice::{self, Recording};
use crate::actions::record_payment::Recorded;
use crate::actions::{Actor, Refusal, checkout, drafts, issue, mailings, write_off};
use crate::billing::id::{InvoiceId, MailId, PaymentId};
use crate::billing::invoice::Document;
use crate::billing::ledger::Book;
use crate::billing::payment::Payment;
use crate::payments::owner_acts;
use crate::store::Writer;
use crate::web::error::Error;
use crate::web::form::Form;
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::routes::State;
use crate::web::views::confirm::{ConfirmPage, Reason};
use crate::web::views::parts::Tone;
use crate::web::views::shell::Section;

/// Leads to the invoice's page, or shows there what was refused.
fn ended<T>(desk: &Desk, id: InvoiceId, outcome: Result<T, Refusal>, done: &str) -> Result<Response, Error> {
    match outcome {
        Ok(_) => Ok(reply::see_other(&format!("{}?done={done}", invoice::path(id)))),
        Err(refusal) => invoice::refused(desk, id, refusal),
    }
}

/// As [`ended`], for a mail that can still be taken back.
fn sending(desk: &Desk, id: InvoiceId, outcome: Result<MailId, Refusal>) -> Result<Response, Error> {
    match outcome {
        Ok(mail) => Ok(reply::see_other(&format!("{}?done=sending&mail={mail}", invoice::path(id)))),
        Err(refusal) => invoice::refused(desk, id, refusal),
    }
}

/// `POST /admin/invoices/{id}/issue`
pub async fn issue(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let (id, book, actor) = (request.param("id")?, desk.app.book(), desk.actor());
    let outcome = desk.app.store.write(move |w| issue::issue(w, id, book, &actor)).await;
    ended(&desk, id, outcome, "issued")
}

/// `POST /admin/invoices/{id}/send`: a draft is issued first, in the same transaction.
pub async fn send(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let (id, book, actor) = (request.param("id")?, desk.app.book(), desk.actor());
    let outcome = match owner_acts::ask_before_resending(&desk.app.store, desk.app.till().as_ref(), id, &actor).await {
        Ok(()) => desk.app.store.write(move |w| issue_and_send(w, id, book, &actor)).await,
        Err(refusal) => Err(refusal),
    };
    sending(&desk, id, outcome)
}

fn issue_and_send(w: &mut Writer<'_>, id: InvoiceId, book: Book, actor: &Actor) -> Result<MailId, Refusal> {
    if let Some(Document::Draft(_)) = w.document(id)? {
        issue::issue(w, id, book, actor)?;
    }
    Ok(mailings::send_invoice(w, id, UNDO, actor)?.id)
}

/// `POST /admin/invoices/{id}/remind`
pub async fn remind(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let (id, till) = (request.param("id")?, desk.app.till());
    let outcome = owner_acts::remind(&desk.app.store, till.as_ref(), id, UNDO, &desk.actor()).await;
    sending(&desk, id, outcome.map(|letter| letter.id))
}

/// `POST /admin/invoices/{id}/void`
pub async fn void(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let (id, form, till) = (request.param("id")?, request.form()?, desk.app.till());
    let outcome = owner_acts::void(&desk.app.store, till.as_ref(), id, form.text("reason"), &desk.actor()).await;
    match outcome {
        Err(refusal) => invoice::not_done(&desk, id, refusal, || question(&desk, id, "void", voiding), &form),
        done => ended(&desk, id, done, "voided"),
    }
}

/// `POST /admin/invoices/{id}/uncollectible`
pub async fn write_off(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let id = request.param("id")?;
    let outcome = owner_acts::write_off(&desk.app.store, id).await;
    ended(&desk, id, outcome, "written-off")
}

/// `POST /admin/invoices/{id}/reopen`
pub async fn reopen(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let id = request.param("id")?;
    let outcome = desk.app.store.write(move |w| write_off::reopen(w, id)).await;
    ended(&desk, id, outcome, "reopened")
}

/// `POST /admin/invoices/{id}/let-go`
pub async fn let_go(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let (id, actor) = (request.param("id")?, desk.actor());
    let outcome = desk.app.store.write(move |w| checkout::let_go(w, id, &actor)).await;
    ended(&desk, id, outcome, "let-go")
}

/// `POST /admin/invoices/{id}/link`
pub async fn link(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let (id, till) = (request.param("id")?, desk.app.till());
    let outcome = owner_acts::rotate_link(&desk.app.store, till.as_ref(), id).await;
    ended(&desk, id, outcome, "linked")
}

/// `POST /admin/invoices/{id}/delete`
pub async fn delete(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let id: InvoiceId = request.param("id")?;
    match desk.app.store.write(move |w| drafts::delete(w, id)).await {
        Ok(()) => Ok(reply::see_other("/admin/invoices?s=drafts&done=deleted")),
        Err(refusal) => invoice::refused(&desk, id, refusal),
    }
}

/// `POST /admin/invoices/{id}/payments`
pub async fn record_payment(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let (id, form) = (request.param("id")?, request.form()?);
    let stored = desk.app.store.read(|r| r.invoice(id))?.ok_or(Error::NotFound)?;
    let typed = Recording::of_form(&form);
    let seen = match typed.read(&desk, &stored) {
        Ok(seen) => seen,
        Err(wrong) => return typed_again(&desk, id, typed, wrong),
    };
    let (till, place) = (desk.app.till(), form.text("nonce").parse().ok());
    let (store, wanted) = (&desk.app.store, seen.clone());
    let outcome = owner_acts::record_payment_as(store, till.as_ref(), id, seen, place, &desk.actor()).await;
    match outcome {
        Err(Refusal::Invalid(errors)) => typed_again(&desk, id, typed, Wrong::new(errors)),
        Err(Refusal::Conflict(words)) => overtaken(&desk, id, &typed, &wanted, words, place),
        Err(refusal @ Refusal::Unavailable(_)) => {
            invoice::refused_with(&desk, id, refusal, Some(&typed), &Form::default())
        }
        other => ended(&desk, id, other, "recorded"),
    }
}

/// Payments that are named to whoever was overtaken by them; the others stand on the page.
const NAMED_MAX: usize = 3;

/// Says which payments came since the page was opened, above what was typed. If the very same is among them it was sent
/// twice, so it is not offered a third time.
fn overtaken(
    desk: &Desk,
    id: InvoiceId,
    typed: &Recording,
    wanted: &Recorded,
    words: String,
    place: Option<u64>,
) -> Result<Response, Error> {
    let mut since = desk.app.store.read(|r| r.standing_payments_of_invoice(id))?;
    since.retain(|payment| place.is_some_and(|place| payment.ordinal >= place));
    let told = |payment: &Payment| {
        let (amount, day) = (desk.money(payment.amount), desk.short(payment.received_on));
        format!("{amount} ({}, {day})", payment.method.words())
    };
    let named: Vec<String> = since.iter().take(NAMED_MAX).map(told).collect();
    let words = if named.is_empty() { words } else { format!("{words} Since then: {}.", named.join("; ")) };
    let is_same = |payment: &Payment| {
        (payment.amount.minor(), &payment.method) == (wanted.amount, &wanted.method)
            && payment.received_on == wanted.received_on.unwrap_or(desk.today)
            && payment.reference == wanted.reference
    };
    let again = Recording { nonce: String::new(), ..typed.clone() };
    let recording = Some(&again).filter(|_| !since.iter().any(is_same));
    invoice::refused_with(desk, id, Refusal::conflict(words), recording, &Form::default())
}

fn typed_again(desk: &Desk, id: InvoiceId, typed: Recording, wrong: Wrong) -> Result<Response, Error> {
    let page = invoice::page(desk, id, Some(&Recording { wrong, ..typed }))?;
    reply::page_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

/// `POST /admin/payments/{id}/copy`: a copy of the receipt for a payer who gave another address.
pub async fn copy_receipt(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let id: PaymentId = request.param("id")?;
    let payment = desk.app.store.read(|r| r.payment(id))?.ok_or(Error::NotFound)?;
    let invoice = payment.invoice.ok_or(Error::NotFound)?;
    let outcome = desk.app.store.write(move |w| mailings::copy_to_payer(w, id)).await;
    ended(&desk, invoice, outcome, "copied")
}

/// `GET /admin/invoices/{id}/void`
pub async fn confirm_void(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    confirm(app, request, "void", voiding).await
}

fn voiding(name: &str) -> ConfirmPage {
    let reason = Reason {
        label: "Reason".to_owned(),
        hint: "For your own records and your accountant.".to_owned(),
        ..Reason::default()
    };
    ConfirmPage {
        title: format!("Void {name}?"),
        text: vec![
            "The customer can no longer pay it. Its number stays used.".to_owned(),
            "This cannot be undone.".to_owned(),
        ],
        button: "Void invoice".to_owned(),
        tone: Tone::Bad,
        reason: Some(reason),
        ..ConfirmPage::default()
    }
}

/// `GET /admin/invoices/{id}/uncollectible`
pub async fn confirm_write_off(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    confirm(app, request, "uncollectible", |name| ConfirmPage {
        title: format!("Write {name} off?"),
        text: vec!["It no longer counts as open. Money that still arrives is booked and opens it again.".to_owned()],
        button: "Write off".to_owned(),
        ..ConfirmPage::default()
    })
    .await
}

/// `GET /admin/invoices/{id}/let-go`
pub async fn confirm_let_go(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    confirm(app, request, "let-go", |name| ConfirmPage {
        title: format!("Let {name} be paid another way?"),
        text: vec![
            "A bank payment is under way and may still arrive. If your customer pays a second time, you hold the money \
             twice and have to give one of them back."
                .to_owned(),
        ],
        button: "Let it be paid".to_owned(),
        ..ConfirmPage::default()
    })
    .await
}

/// `GET /admin/invoices/{id}/link`
pub async fn confirm_link(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    confirm(app, request, "link", |name| ConfirmPage {
        title: format!("Make a new link for {name}?"),
        text: vec!["The present link stops working at once. Send the new one to your customer.".to_owned()],
        button: "Make a new link".to_owned(),
        ..ConfirmPage::default()
    })
    .await
}

/// `GET /admin/invoices/{id}/delete`
pub async fn confirm_delete(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    confirm(app, request, "delete", |_| ConfirmPage {
        title: "Delete this draft?".to_owned(),
        text: vec!["It has no number yet, so nothing is missing afterwards.".to_owned()],
        button: "Delete draft".to_owned(),
        tone: Tone::Bad,
        ..ConfirmPage::default()
    })
    .await
}

async fn confirm(
    app: State,
    request: Request<SignedIn>,
    verb: &str,
    question: impl FnOnce(&str) -> ConfirmPage,
) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    reply::page(&self::question(&desk, request.param("id")?, verb, question)?)
}

/// What is asked before `verb` is done to an invoice.
fn question(
    desk: &Desk,
    id: InvoiceId,
    verb: &str,
    words: impl FnOnce(&str) -> ConfirmPage,
) -> Result<ConfirmPage, Error> {
    let document = desk.app.store.read(|r| r.document(id))?.ok_or(Error::NotFound)?;
    let name = document.issued().map_or("this draft".to_owned(), |invoice| format!("invoice {}", invoice.number));
    let path = invoice::path(id);
    let shell = desk.shell(Section::Invoices)?;
    Ok(ConfirmPage { shell, action: format!("{path}/{verb}"), cancel_url: path, ..words(&name) })
}
