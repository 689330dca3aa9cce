//! `GET /i/{token}`: the invoice, what is due on it, and the ways to pay it. Asks nobody but the books.

use super::facts::Facts;
use super::link::Visit;
use super::status::{Word, word};
use crate::actions;
use crate::app::App;
use crate::billing::attempt::Attempt;
use crate::billing::credit_note::CreditNote;
use crate::billing::payment::{method_name, working_days_max};
use crate::web::error::Error;
use crate::web::offer::Ways;
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::routes::State;
use crate::web::views::paper::Transfer;
use crate::web::views::parts::Link;
use crate::web::views::public::{InvoicePage, Remark, Standing, Then};
use crate::web::{paper, plan, words};

/// The handler. `?canceled=1` is where Stripe's page leads back to.
pub async fn get(app: State, request: Request<Visit>) -> Result<Response, Error> {
    let facts = Facts::of(&app, request.by.invoice.id)?;
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
    let (agreed, asked, language) = (&facts.invoice.content.plan, facts.asked(), facts.language());
    let paper =
        paper::of_invoice(&facts.invoice, &facts.standing, &facts.payments, &facts.notes, &facts.settings, &path);
    InvoicePage {
        test_mode: facts.invoice.book.is_test(),
        remark,
        amount: facts.money(if now.is_zero() { total } else { now }),
        then: asked.next.filter(|_| is_asked).map(|part| Then {
            amount: facts.money(facts.in_currency(part.amount)),
            due: words::date(part.due, language),
        }),
        all,
        all_fee,
        added,
        choice,
        plan: if facts.invoice.void.is_some() {
            Vec::new()
        } else {
            let (paid, currency) = (facts.standing.paid, facts.invoice.content.currency);
            plan::standing_rows(agreed, &asked, paid, currency, language, facts.today)
        },
        transfer: if is_asked { transfer(facts) } else { None },
        pay,
        standing,
        paper,
        pdf_url: None,
        refunded: facts.refunded().map(|refunded| facts.money(refunded)),
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
    let due = || words::due_for_payer(invoice.next_due(&facts.standing), facts.today, language);
    if let Some(void) = &invoice.void {
        let day = actions::day(&facts.settings, void.at);
        Standing::Void { on: format!("on {}", words::date(day, language)) }
    } else if facts.is_refunded() {
        Standing::Refunded { on: on_last_refund(facts) }
    } else if facts.standing.is_only_credited() {
        let last = facts.notes.last().map_or(facts.invoice.issue_date, |note| note.issue_date);
        Standing::Credited { on: format!("on {}", words::date(last, language)) }
    } else if facts.due().is_zero() {
        Standing::Paid { on: on_last_payment(facts) }
    } else if facts.standing.processing {
        let amount = facts.newest.as_ref().map_or(facts.due(), |attempt| attempt.amount);
        let since = facts.newest.as_ref().and_then(|attempt| attempt.instructed_at);
        let since = since.map(|at| words::date(actions::day(&facts.settings, at), language));
        Standing::Processing { amount: facts.money(amount), since, wait: wait(facts.newest.as_ref()) }
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

fn on_last_refund(facts: &Facts) -> String {
    let made_at = facts.refunds.iter().filter_map(|refund| refund.accepted.as_ref()).map(|accepted| accepted.at).max();
    match made_at {
        Some(at) => format!("on {}", words::date(actions::day(&facts.settings, at), facts.language())),
        None => on_last_payment(facts),
    }
}

/// How long the bank may take.
pub(super) fn wait(attempt: Option<&Attempt>) -> String {
    let method = attempt.and_then(|attempt| attempt.method.as_deref());
    let name = method.map_or_else(|| "Bank payments".to_owned(), |kind| format!("Payments by {}", method_name(kind)));
    format!("{name} can take up to {} working days", working_days_max(method))
}

/// The account that stood on the invoice; if none did, the one that the owner entered since.
fn transfer(facts: &Facts) -> Option<Transfer> {
    let (frozen, present) = (&facts.invoice.seller, &facts.settings.business);
    let account = if frozen.iban.is_empty() { present } else { frozen };
    paper::transfer(account, &facts.invoice.number, facts.due_now(), facts.language())
}
