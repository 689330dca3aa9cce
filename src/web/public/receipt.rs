//! `GET /i/{token}/receipt/{n}`: the receipt of the n-th payment; and a copy of it by mail for a payer who gave Stripe
//! another address than the invoice's.
//!
//! The copy goes to that address only, once. The page never shows it whole: whoever holds the link need not be the payer.

use super::facts::Facts;
use super::link::{Ordinal, Visit};
use crate::actions::mailings;
use crate::app::App;
use crate::billing::letter::Matter;
use crate::billing::money::Money;
use crate::billing::payment::{Method, Payment};
use crate::billing::plan;
use crate::web::error::Error;
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::routes::State;
use crate::web::views::parts::{Link, When};
use crate::web::views::public::{FeeShare, PayerCopy, ReceiptPage, Then};
use crate::web::{paper, words};

/// The handler of the page.
pub async fn get(app: State, request: Request<Visit>) -> Result<Response, Error> {
    let (facts, payment) = found(&app, &request)?;
    let copy = copy(&app, &payment)?;
    let money = app.store.read(|r| r.tally(&payment))?;
    let is_checked = money.applied() == 0 && money.is_undecided && money.held > 0;
    let surplus = Money::new(money.held, payment.amount.currency()).ok().filter(|more| more.minor() > 0 && !is_checked);
    let surplus = surplus.map(|more| facts.money(more));
    reply::page(&ReceiptPage { is_checked, surplus, ..page(&facts, &payment, copy) })
}

/// The handler of the copy. Asked for twice, it is sent once.
pub async fn send_copy(app: State, request: Request<Visit>) -> Result<Response, Error> {
    let (facts, payment) = found(&app, &request)?;
    app.store.write(move |w| mailings::copy_to_payer(w, payment.id)).await?;
    Ok(reply::see_other(&facts.url(&format!("/receipt/{}", payment.ordinal))))
}

fn found(app: &App, request: &Request<Visit>) -> Result<(Facts, Payment), Error> {
    let Ordinal(ordinal) = request.param("n")?;
    let facts = Facts::of(app, &request.by)?;
    let payment = facts.payments.iter().find(|payment| payment.ordinal == ordinal).cloned();
    Ok((facts, payment.ok_or(Error::NotFound)?))
}

fn copy(app: &App, payment: &Payment) -> Result<Option<PayerCopy>, Error> {
    let Some(address) = &payment.payer_email else { return Ok(None) };
    let to = words::masked(address);
    let is_asked_for = app.store.read(|r| r.letter_about(&Matter::PayerCopy { payment: payment.id }))?.is_some();
    Ok(Some(if is_asked_for { PayerCopy::Sent { to } } else { PayerCopy::Offered { to } }))
}

fn page(facts: &Facts, payment: &Payment, copy: Option<PayerCopy>) -> ReceiptPage {
    let t = facts.t;
    let remaining = payment.remaining(facts.standing.receivable);
    let left = Money::new(remaining, facts.invoice.content.currency).ok().filter(|left| left.minor() > 0);
    ReceiptPage {
        t,
        switch: facts.switch(&format!("/receipt/{}", payment.ordinal)),
        path: facts.path(),
        test_mode: facts.invoice.book.is_test(),
        seller: paper::seller(&facts.invoice.seller, &t),
        buyer: paper::buyer(&facts.invoice.buyer, &t),
        number: facts.invoice.number.clone(),
        ordinal: payment.ordinal.to_string(),
        received: When::new(payment.received_on.to_string(), t.date(payment.received_on)),
        method: t.method(&payment.method),
        reference: reference(payment),
        amount: facts.money(payment.amount),
        invoice_total: facts.money(facts.invoice.total()),
        fee: fee(facts, payment),
        remaining: left.map(|left| facts.money(left)),
        is_checked: false,
        surplus: None,
        next: next(facts, payment, remaining),
        refunded: refunded(facts, payment),
        copy,
        pdf_url: None,
        question_url: facts.question_url(),
    }
}

/// The fee that the payment bore, if it bore one.
fn fee(facts: &Facts, payment: &Payment) -> Option<FeeShare> {
    let document = facts.fee_of(payment)?;
    let url = facts.url(&format!("/fee/{}", document.ordinal));
    Some(FeeShare {
        principal: facts.money(document.principal()),
        fee: facts.money(document.total()),
        document: Link::new(document.number.clone(), url),
    })
}

/// What comes next of what was left when this payment came.
fn next(facts: &Facts, payment: &Payment, remaining: i64) -> Option<Then> {
    let asked = plan::asked(&facts.invoice.parts(), remaining, payment.received_on);
    let due = asked.by.filter(|_| asked.now > 0)?;
    let amount = facts.money(facts.in_currency(asked.now));
    Some(Then { amount, due: facts.t.date(due) })
}

/// What went back of this payment, if anything did.
fn refunded(facts: &Facts, payment: &Payment) -> Option<String> {
    let of_it = facts.refunds.iter().filter(|refund| refund.payment == payment.id);
    let minor: i64 = of_it.map(|refund| refund.amount.minor()).sum();
    let money = Money::new(minor, payment.amount.currency()).ok().filter(|money| money.minor() > 0);
    money.map(|money| facts.money(money))
}

fn reference(payment: &Payment) -> Option<String> {
    let text = match &payment.method {
        Method::Stripe(stripe) => &stripe.payment_intent,
        _ => &payment.reference,
    };
    (!text.is_empty()).then(|| text.clone())
}
