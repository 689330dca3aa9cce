//! One invoice, as its owner sees it: where it stands, what can be done, all that happened.
//!
//! What may be done is decided here once ([`Can`]), by the same questions that the actions ask; an action that refuses
//! all the same says why on this page.

mod facts;
mod history;
pub mod payments;

use super::desk::Desk;
use super::disputes;
use super::editor::terms_words;
use super::fee_choice;
use super::guard::{SignedIn, encoded};
use super::{kept, refused, rows};
use crate::actions::Refusal;
use crate::billing::attempt;
use crate::billing::id::InvoiceId;
use crate::billing::invoice::{Document, Draft, Invoice};
use crate::billing::money::Money;
use crate::billing::standing::Status;
use crate::payments::{checkout, decline};
use crate::web::error::Error;
use crate::web::form::Form;
use crate::web::paper;
use crate::web::plan as plan_rows;
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::routes::State;
use crate::web::views::confirm::ConfirmPage;
use crate::web::views::invoice::{Amounts, Can, Decline, InvoiceDetail, Primary, UseCredit};
use crate::web::views::parts::Link;
use crate::web::views::shell::Section;
use crate::web::words;
use crate::words::Words;
pub use facts::Facts;
pub use history::source;
pub use payments::{Recording, dashboard, tag_of};

/// `GET /admin/invoices/{id}`
pub async fn detail(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    reply::page(&page(&desk, request.param("id")?, None)?)
}

/// The page; `recording` is the form for a payment as it was typed, if it was.
pub fn page(desk: &Desk, id: InvoiceId, recording: Option<&Recording>) -> Result<InvoiceDetail, Error> {
    let facts = Facts::gather(desk, id)?;
    match &facts.document {
        Document::Draft(draft) => draft_page(desk, &facts, draft),
        Document::Issued(invoice) => issued_page(desk, &facts, invoice, recording),
    }
}

/// The page with what an action refused; what is wrong with us, or what does not exist, is said elsewhere.
pub fn refused(desk: &Desk, id: InvoiceId, refusal: Refusal) -> Result<Response, Error> {
    refused_with(desk, id, refusal, None, &Form::default())
}

/// The same with what was typed: in the form for a payment, or, where its form is not on the page, below the refusal.
pub fn refused_with(
    desk: &Desk,
    id: InvoiceId,
    refusal: Refusal,
    recording: Option<&Recording>,
    typed: &Form,
) -> Result<Response, Error> {
    let (status, banner) = refused::banner(refusal)?;
    let mut page = page(desk, id, recording)?;
    page.shell.banners.insert(0, banner);
    page.shell.typed = kept::typed(typed.iter());
    refused::answer(status, &page)
}

/// What was refused after a question that asked for a reason, which is never lost: what can be tried again is asked again,
/// what is not possible any more is said on the invoice's page.
pub fn not_done(
    desk: &Desk,
    id: InvoiceId,
    refusal: Refusal,
    question: impl FnOnce() -> Result<ConfirmPage, Error>,
    typed: &Form,
) -> Result<Response, Error> {
    match refusal {
        again @ (Refusal::Invalid(_) | Refusal::Unavailable(_)) => {
            refused::asked_again(again, question()?, typed.text("reason"))
        }
        other => refused_with(desk, id, other, None, typed),
    }
}

fn draft_page(desk: &Desk, facts: &Facts, draft: &Draft) -> Result<InvoiceDetail, Error> {
    let currency = draft.content.currency;
    let buyer = facts.buyer();
    let total = desk.minor(draft.totals.total, currency);
    let fee_terms = fee_choice::terms(desk, &draft.content, &buyer.address.country)?;
    Ok(InvoiceDetail {
        shell: desk.shell(Section::Invoices)?,
        path: path(draft.id),
        number: "Draft".to_owned(),
        customer: Link::new(buyer.name.clone(), format!("/admin/customers/{}", draft.content.customer)),
        customer_email: some(&buyer.email),
        tags: rows::tags(desk, Status::Draft, None, &facts.standing),
        amount_due: total.clone(),
        due: due_of_draft(desk, draft),
        can: Can { edit: true, delete: true, preview: true, issue: true, send: true, ..Can::default() },
        primary: Some(Primary::Send),
        figures: Amounts {
            total: total.clone(),
            paid: desk.minor(0, currency),
            refunded: None,
            credited: None,
            due: total,
        },
        plan: plan_rows::rows(&draft.content.plan, &draft.asked(desk.today), currency, &desk.words()),
        fee_note: fee_choice::note(desk, &fee_terms, draft.total(), &draft.totals.taxes),
        plan_note: draft.content.plan.least(draft.totals.total).map(|least| desk.minor(least, currency)),
        paper: paper::of_draft(draft, &buyer, &desk.settings, desk.today).embedded(),
        timeline: desk.app.store.read(|r| history::timeline(desk, &r, &facts.document, &facts.log))?,
        ..InvoiceDetail::default()
    })
}

fn due_of_draft(desk: &Desk, draft: &Draft) -> String {
    match draft.content.due {
        crate::billing::due::Due::On(date) => format!("due {}", desk.date(date)),
        days @ crate::billing::due::Due::InDays(_) => format!("due {}", terms_words(days)),
    }
}

fn issued_page(
    desk: &Desk,
    facts: &Facts,
    invoice: &Invoice,
    recording: Option<&Recording>,
) -> Result<InvoiceDetail, Error> {
    let (standing, currency) = (&facts.standing, invoice.content.currency);
    let public = format!("/i/{}", invoice.link.token());
    // What was typed is shown again, whatever became of the invoice meanwhile.
    let can = can(desk, facts, invoice);
    let can = Can { record_payment: can.record_payment || recording.is_some(), ..can };
    let (plan, asked) = (&invoice.content.plan, invoice.asked(standing, desk.today));
    let refunded = (standing.refunded > 0).then(|| desk.minor(standing.refunded, currency));
    Ok(InvoiceDetail {
        shell: desk.shell(Section::Invoices)?,
        path: path(invoice.id),
        number: invoice.number.clone(),
        customer: Link::new(invoice.buyer.name.clone(), format!("/admin/customers/{}", invoice.content.customer)),
        customer_email: some(&facts.buyer().email),
        tags: rows::tags(desk, facts.status, Some(invoice.next_due(standing)), standing),
        amount_due: desk.minor(standing.due(), currency),
        due: due_words(desk, facts, invoice),
        can,
        primary: primary(desk, facts, invoice),
        figures: Amounts {
            total: desk.money(invoice.total()),
            paid: desk.minor(standing.paid, currency),
            refunded,
            credited: (standing.credited > 0).then(|| desk.minor(standing.credited, currency)),
            due: desk.minor(standing.due(), currency),
        },
        not_by_card: not_by_card(desk, facts, invoice),
        awaited: awaited(desk, facts),
        due_now: Some(asked.now).filter(|now| *now != asked.all).map(|now| desk.minor(now, currency)),
        plan: match invoice.void {
            Some(_) => Vec::new(),
            None => plan_rows::standing_rows(plan, &asked, standing.paid, currency, &desk.words(), desk.today),
        },
        fee_note: fee_note(desk, facts, invoice)?,
        plan_note: plan.least(standing.due()).map(|least| desk.minor(least, currency)),
        decline: last_decline(desk, facts, invoice),
        disputes: facts.disputes.iter().filter_map(|dispute| disputes::notice(desk, dispute)).collect(),
        reviews: facts
            .reviews
            .iter()
            .filter(|review| !facts.is_about_a_dispute(review))
            .map(|review| Link::new(review.title(), review_path(review)))
            .collect(),
        public_url: Some(desk.app.url(&public)),
        paper: paper::of_invoice(
            invoice,
            standing,
            &facts.standing_payments(),
            &facts.notes,
            &desk.settings,
            &Words::for_customer(&invoice.buyer, &desk.settings),
            &public,
        )
        .embedded(),
        pdf_url: None,
        payments: facts.payments.iter().map(|payment| payments::row(desk, facts, payment, &public)).collect(),
        record: payments::form(desk, facts, invoice, recording),
        credit_notes: desk.app.store.read(|r| super::credit_notes::rows(desk, &r, &facts.notes))?,
        use_credit: usable_credit(desk, facts, invoice),
        timeline: desk.app.store.read(|r| history::timeline(desk, &r, &facts.document, &facts.log))?,
        log: history::rows(desk, &facts.log),
    })
}

/// What is added to what is due now, while something is.
fn fee_note(desk: &Desk, facts: &Facts, invoice: &Invoice) -> Result<Option<String>, Error> {
    let Some(now) = facts.due_now(desk, invoice).filter(|_| invoice.void.is_none()) else { return Ok(None) };
    let terms = fee_choice::terms(desk, &invoice.content, &invoice.buyer.address.country)?;
    Ok(fee_choice::note(desk, &terms, now, &invoice.totals.taxes))
}

/// What the button offers: as much of the customer's credit as can be used.
fn usable_credit(desk: &Desk, facts: &Facts, invoice: &Invoice) -> Option<UseCredit> {
    let amount = Money::new(facts.usable_credit, invoice.content.currency).ok().filter(|amount| amount.minor() > 0)?;
    Some(UseCredit { amount: desk.money(amount), value: amount.to_decimal_string() })
}

fn review_path(review: &crate::billing::review::Review) -> String {
    format!("/admin/review/{}", review.id)
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// The address of an invoice's page.
pub fn path(id: InvoiceId) -> String {
    format!("/admin/invoices/{id}")
}

fn can(desk: &Desk, facts: &Facts, invoice: &Invoice) -> Can {
    let is_open = facts.status == Status::Open;
    let owes = is_open || facts.status == Status::Uncollectible;
    let waits = facts.standing.processing;
    let has_way = desk.app.till().is_some() && facts.due_now(desk, invoice).is_some();
    let chargeable = has_way && obstacle(desk, facts, invoice).is_none();
    Can {
        edit: false,
        delete: false,
        preview: false,
        issue: false,
        send: invoice.void.is_none(),
        remind: is_open && !waits && facts.was_mailed,
        record_payment: owes,
        let_go: owes && waits,
        take_payment: owes && !waits && chargeable,
        void: invoice.void.is_none()
            && !waits
            && facts.standing.paid == 0
            && facts.notes.is_empty()
            && facts.standing_payments().is_empty(),
        credit: invoice.void.is_none() && !waits && facts.standing.credited < invoice.totals.total,
        write_off: is_open,
        reopen: facts.status == Status::Uncollectible,
        new_link: true,
    }
}

/// Why what is due now cannot be paid by card with the key in use.
fn obstacle(desk: &Desk, facts: &Facts, invoice: &Invoice) -> Option<String> {
    checkout::obstacle(&desk.app.till()?, invoice, facts.due_now(desk, invoice)?)
}

fn not_by_card(desk: &Desk, facts: &Facts, invoice: &Invoice) -> Option<String> {
    let owes = matches!(facts.status, Status::Open | Status::Uncollectible);
    obstacle(desk, facts, invoice).filter(|_| owes).map(|why| format!("{}.", why.trim_end_matches('.')))
}

/// What is to be done next: mail it, then wait, then remind.
fn primary(desk: &Desk, facts: &Facts, invoice: &Invoice) -> Option<Primary> {
    match facts.status {
        Status::Open if facts.standing.processing => None,
        Status::Open if !facts.was_mailed => Some(Primary::Send),
        Status::Open if invoice.next_due(&facts.standing) < desk.today => Some(Primary::Remind),
        Status::Open | Status::Uncollectible => Some(Primary::RecordPayment),
        Status::Draft | Status::Paid | Status::Void => None,
    }
}

fn due_words(desk: &Desk, facts: &Facts, invoice: &Invoice) -> String {
    let day = invoice.next_due(&facts.standing);
    let due = desk.short(day);
    match facts.status {
        Status::Paid => match facts.standing.paid_at {
            Some(at) if facts.standing.is_only_credited() => format!("credited on {}", desk.short(desk.day(at))),
            Some(at) => format!("paid on {}", desk.short(desk.day(at))),
            None => "paid".to_owned(),
        },
        Status::Void => match &invoice.void {
            Some(void) if !void.reason.is_empty() => {
                format!("void since {}: {}", desk.short(desk.day(void.at)), void.reason)
            }
            Some(void) => format!("void since {}", desk.short(desk.day(void.at))),
            None => "void".to_owned(),
        },
        Status::Uncollectible => format!("written off · was due {due}"),
        Status::Open | Status::Draft => format!("{} · {due}", words::due(day, desk.today)),
    }
}

const CLOSING: &str = "A checkout of this invoice is being closed at Stripe. Until that is done somebody may still pay \
                       there; then it is shown to you, and nothing is lost.";

/// What Stripe has not answered yet: refunds, and a checkout that nobody is to pay any more.
fn awaited(desk: &Desk, facts: &Facts) -> Vec<String> {
    let open = facts.refunds.iter().filter(|refund| refund.is_open());
    let refunds = open.map(|refund| {
        format!(
            "A refund of {} is stored, and Stripe has not answered yet. The same request is made again by itself, so the \
             money goes back once. Nothing needs to be done twice.",
            desk.money(refund.amount)
        )
    });
    let is_closing = facts.attempts.iter().any(|one| matches!(one.state, attempt::State::Revoking { .. }));
    refunds.chain(is_closing.then(|| CLOSING.to_owned())).collect()
}

/// The last card that was declined, while somebody still has to pay.
fn last_decline(desk: &Desk, facts: &Facts, invoice: &Invoice) -> Option<Decline> {
    if facts.status != Status::Open || facts.standing.processing {
        return None;
    }
    let attempt = facts.attempts.iter().find(|attempt| attempt.decline.is_some())?;
    let declined = attempt.decline.as_ref()?;
    let reason = decline::in_words(Some(&declined.code), None);
    Some(Decline {
        at: desk.ago(declined.at),
        amount: desk.money(attempt.amount),
        reason: format!("{}.", reason.trim_end_matches('.')),
        write_url: letter_address(desk, facts, invoice),
    })
}

/// A `mailto:` with the beginning of a friendly letter; why the bank declined is not the seller's to tell.
fn letter_address(desk: &Desk, facts: &Facts, invoice: &Invoice) -> Option<String> {
    let to = facts.buyer().email;
    let (local, domain) = to.rsplit_once('@')?;
    let subject = format!("Invoice {}", invoice.number);
    let body = format!(
        "Dear {},\n\nyour bank declined the card payment of invoice {}. Nothing was charged. You can try again, with \
         another card if you like, or pay by bank transfer:\n\n{}\n\nKind regards\n{}",
        invoice.buyer.name,
        invoice.number,
        desk.app.url(&format!("/i/{}", invoice.link.token())),
        desk.settings.business.name,
    );
    Some(format!("mailto:{}@{domain}?subject={}&body={}", encoded(local), encoded(&subject), encoded(&body)))
}
