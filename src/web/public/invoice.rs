//! `GET /i/{token}`: the invoice, what is due on it, and the ways to pay it. Asks nobody but the books.

use super::facts::Facts;
use super::link::Visit;
use crate::actions;
use crate::app::App;
use crate::billing::credit_note::CreditNote;
use crate::web::error::Error;
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::routes::State;
use crate::web::views::paper::Transfer;
use crate::web::views::parts::Link;
use crate::web::views::public::{InvoicePage, Pay, Remark, Standing};
use crate::web::{paper, words};

/// The handler. `?canceled=1` is where Stripe's page leads back to.
pub async fn get(app: State, request: Request<Visit>) -> Result<Response, Error> {
    let facts = Facts::of(&app, request.by.invoice.id)?;
    let came_back = !request.query.text("canceled").is_empty() && facts.is_payable();
    let page = page(&app, &facts, came_back.then_some(Remark::Canceled));
    reply::page(&page)
}

pub(super) fn page(app: &App, facts: &Facts, remark: Option<Remark>) -> InvoicePage {
    let path = facts.path();
    let standing = standing(facts);
    let (due, total) = (facts.due(), facts.invoice.total());
    let pay = pay(app, facts, &standing);
    let paper =
        paper::of_invoice(&facts.invoice, &facts.standing, &facts.payments, &facts.notes, &facts.settings, &path);
    InvoicePage {
        test_mode: facts.invoice.book.is_test(),
        remark,
        amount: facts.money(if due.is_zero() { total } else { due }),
        transfer: if matches!(pay, Pay::Nothing) { None } else { transfer(facts) },
        pay,
        standing,
        paper,
        pdf_url: None,
        question_url: facts.question_url(),
        // What is held is not receipted before it is decided what it pays.
        receipt_url: last_receipt(facts),
        credit_urls: facts.notes.iter().map(|note| credit_link(note, &path)).collect(),
        back_url: None,
        path,
    }
}

fn last_receipt(facts: &Facts) -> Option<String> {
    let payment = facts.payments.last().filter(|_| !facts.is_held)?;
    Some(format!("{}/receipt/{}", facts.path(), payment.ordinal))
}

fn credit_link(note: &CreditNote, path: &str) -> Link {
    Link::new(format!("Credit note {}", note.number), format!("{path}/credit/{}", note.ordinal))
}

fn standing(facts: &Facts) -> Standing {
    let (invoice, language) = (&facts.invoice, facts.language());
    let due = || words::due_for_payer(invoice.due_date, facts.today, language);
    if let Some(void) = &invoice.void {
        let day = actions::day(&facts.settings, void.at);
        Standing::Void { on: format!("on {}", words::date(day, language)) }
    } else if facts.is_refunded() {
        Standing::Refunded { on: on_last_payment(facts) }
    } else if facts.standing.is_only_credited() {
        let last = facts.notes.last().map_or(facts.invoice.issue_date, |note| note.issue_date);
        Standing::Credited { on: format!("on {}", words::date(last, language)) }
    } else if facts.due().is_zero() {
        Standing::Paid { on: on_last_payment(facts) }
    } else if facts.standing.processing {
        let amount = facts.newest.as_ref().map_or(facts.due(), |attempt| attempt.amount);
        Standing::Processing { amount: facts.money(amount) }
    } else if facts.is_held {
        Standing::Held
    } else if facts.standing.written_off > 0 {
        Standing::Uncollectible
    } else if facts.standing.paid > 0 {
        let paid = words::minor(facts.standing.paid, invoice.content.currency, language);
        Standing::PartPaid { due: due(), paid, total: facts.money(invoice.total()) }
    } else {
        Standing::Open { due: due() }
    }
}

/// An invoice over nothing is paid on the day of its issue.
fn on_last_payment(facts: &Facts) -> String {
    let day = facts.payments.last().map_or(facts.invoice.issue_date, |payment| payment.received_on);
    format!("on {}", words::date(day, facts.language()))
}

fn pay(app: &App, facts: &Facts, standing: &Standing) -> Pay {
    if !matches!(standing, Standing::Open { .. } | Standing::PartPaid { .. }) {
        return Pay::Nothing;
    }
    match facts.till(app) {
        Some(_) if app.payments_held().is_some() => Pay::CardDown,
        Some(_) => Pay::Card { amount: facts.money(facts.due()) },
        None => Pay::TransferOnly,
    }
}

/// The account that stood on the invoice; if none did, the one that the owner entered since.
fn transfer(facts: &Facts) -> Option<Transfer> {
    let (frozen, present) = (&facts.invoice.seller, &facts.settings.business);
    let account = if frozen.iban.is_empty() { present } else { frozen };
    paper::transfer(account, &facts.invoice.number, facts.due(), facts.language())
}
