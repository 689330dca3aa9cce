//! `GET /i/{token}`: the invoice, what is due on it, and the ways to pay it. Asks nobody but the books.

use super::facts::Facts;
use super::link::Visit;
use super::status::{Word, word};
use crate::actions;
use crate::app::App;
use crate::billing::credit_note::CreditNote;
use crate::web::error::Error;
use crate::web::offer::Ways;
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::routes::State;
use crate::web::views::paper::{Paper, Transfer};
use crate::web::views::parts::Link;
use crate::web::views::public::{InvoicePage, Remark, Standing, Then};
use crate::web::{paper, plan};

/// The handler. `?canceled=1` is where Stripe's page leads back to.
pub async fn get(app: State, request: Request<Visit>) -> Result<Response, Error> {
    let facts = Facts::of(&app, &request.by)?;
    let came_back = !request.query.text("canceled").is_empty() && facts.is_payable();
    let failed = facts.is_payable() && word(&facts) == Word::Failed;
    let remark = came_back.then_some(Remark::Canceled).or(failed.then_some(Remark::Failed));
    let page = page(&app, &facts, remark);
    reply::page(&page)
}

pub(super) fn page(app: &App, facts: &Facts, remark: Option<Remark>) -> InvoicePage {
    let path = facts.path();
    let standing = standing(facts);
    let (now, total) = (facts.due_now(), facts.invoice.total());
    let is_asked = matches!(standing, Standing::Open { .. } | Standing::PartPaid { .. });
    let Ways { pay, added, all, all_fee, choice } = if is_asked { facts.ways(app) } else { Ways::none() };
    let (agreed, asked, t) = (&facts.invoice.content.plan, facts.asked(), &facts.t);
    InvoicePage {
        t: *t,
        switch: facts.switch(""),
        test_mode: facts.invoice.book.is_test(),
        remark,
        amount: facts.money(if now.is_zero() { total } else { now }),
        then: asked
            .next
            .filter(|_| is_asked)
            .map(|part| Then { amount: facts.money(facts.in_currency(part.amount)), due: t.date(part.due) }),
        all,
        all_fee,
        added,
        choice,
        plan: if facts.invoice.void.is_some() {
            Vec::new()
        } else {
            let (paid, currency) = (facts.standing.paid, facts.invoice.content.currency);
            plan::standing_rows(agreed, &asked, paid, currency, t, facts.today)
        },
        transfer: if is_asked { transfer(facts) } else { None },
        pay,
        standing,
        paper: sheet(facts),
        pdf_url: None,
        refunded: facts.refunded().map(|refunded| facts.money(refunded)),
        question_url: facts.question_url(),
        // What is held is not receipted before it is decided what it pays.
        receipt_url: last_receipt(facts),
        credit_urls: facts.notes.iter().map(|note| credit_link(facts, note)).collect(),
        back_url: None,
        path,
    }
}

/// The document. What it leads to keeps the language.
fn sheet(facts: &Facts) -> Paper {
    let Facts { invoice, standing, payments, notes, settings, t, .. } = facts;
    let mut paper = paper::of_invoice(invoice, standing, payments, notes, settings, t, "");
    for movement in &mut paper.totals.movements {
        movement.receipt_url = movement.receipt_url.take().map(|behind| facts.url(&behind));
    }
    paper
}

fn last_receipt(facts: &Facts) -> Option<String> {
    let payment = facts.payments.last().filter(|_| !facts.is_held)?;
    Some(facts.url(&format!("/receipt/{}", payment.ordinal)))
}

fn credit_link(facts: &Facts, note: &CreditNote) -> Link {
    Link::new(facts.t.credit_note(&note.number), facts.url(&format!("/credit/{}", note.ordinal)))
}

fn standing(facts: &Facts) -> Standing {
    let (invoice, t) = (&facts.invoice, &facts.t);
    let due = || t.due_on_day(invoice.next_due(&facts.standing), facts.today);
    if let Some(void) = &invoice.void {
        let day = actions::day(&facts.settings, void.at);
        Standing::Void { on: t.on(t.date(day)) }
    } else if facts.is_refunded() {
        Standing::Refunded { on: on_last_refund(facts) }
    } else if facts.standing.is_only_credited() {
        let last = facts.notes.last().map_or(facts.invoice.issue_date, |note| note.issue_date);
        Standing::Credited { on: t.on(t.date(last)) }
    } else if facts.due().is_zero() {
        Standing::Paid { on: on_last_payment(facts) }
    } else if facts.standing.processing {
        let amount = facts.newest.as_ref().map_or(facts.due(), |attempt| attempt.amount);
        let since = facts.newest.as_ref().and_then(|attempt| attempt.instructed_at);
        let since = since.map(|at| t.date(actions::day(&facts.settings, at)));
        Standing::Processing { amount: facts.money(amount), since, wait: wait(facts) }
    } else if facts.is_held {
        Standing::Held
    } else if facts.standing.written_off > 0 {
        Standing::Uncollectible
    } else if facts.standing.paid > 0 {
        let paid = t.minor(facts.standing.paid, invoice.content.currency);
        Standing::PartPaid { due: due(), paid, total: facts.money(invoice.total()) }
    } else {
        Standing::Open { due: due() }
    }
}

/// An invoice over nothing is paid on the day of its issue.
fn on_last_payment(facts: &Facts) -> String {
    let day = facts.payments.last().map_or(facts.invoice.issue_date, |payment| payment.received_on);
    facts.t.on(facts.t.date(day))
}

fn on_last_refund(facts: &Facts) -> String {
    let made_at = facts.refunds.iter().filter_map(|refund| refund.accepted.as_ref()).map(|accepted| accepted.at).max();
    match made_at {
        Some(at) => facts.t.on(facts.t.date(actions::day(&facts.settings, at))),
        None => on_last_payment(facts),
    }
}

/// How long the bank may take.
pub(super) fn wait(facts: &Facts) -> String {
    facts.t.wait(facts.newest.as_ref().and_then(|attempt| attempt.method.as_deref()))
}

/// The account that stood on the invoice; if none did, the one that the owner entered since.
fn transfer(facts: &Facts) -> Option<Transfer> {
    let (frozen, present) = (&facts.invoice.seller, &facts.settings.business);
    let account = if frozen.iban.is_empty() { present } else { frozen };
    paper::transfer(account, &facts.invoice.number, facts.due_now(), &facts.t)
}
