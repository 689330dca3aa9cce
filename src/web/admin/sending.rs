//! Before an invoice leaves: who gets what, and how the customer will see it.

use super::desk::Desk;
use super::editor::due_before_issue;
use super::fee_choice;
use super::guard::SignedIn;
use super::invoice::{Facts, path};
use crate::actions::drafts;
use crate::billing::invoice::{Content, Document, Draft};
use crate::billing::money::Money;
use crate::billing::plan::Asked;
use crate::billing::settings::Documents;
use crate::payments::scale;
use crate::web::error::Error;
use crate::web::offer::{Bill, Ways};
use crate::web::paper;
use crate::web::plan;
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::routes::State;
use crate::web::views::invoice::SendPage;
use crate::web::views::public::{InvoicePage, Pay, Standing, Switch, Then};
use crate::web::views::shell::Section;
use crate::words::Words;

/// `GET /admin/invoices/{id}/send`
pub async fn send_page(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let facts = Facts::gather(&desk, request.param("id")?)?;
    let (number, due, issues) = match &facts.document {
        Document::Draft(draft) => (next_number(&desk), due_of(&desk, draft), true),
        Document::Issued(invoice) => (invoice.number.clone(), desk.date(invoice.due_date), false),
    };
    let (buyer, content, business) = (facts.buyer(), facts.document.content(), &desk.settings.business.name);
    let terms = fee_choice::terms(&desk, content, &buyer.address.country)?;
    let mut warnings = warnings(&desk, content, issues);
    warnings.extend(fee_choice::warning(&terms, &buyer.address.country));
    reply::page(&SendPage {
        shell: desk.shell(Section::Invoices)?,
        path: path(facts.document.id()),
        title: format!("Send invoice {number}"),
        issues,
        to: (!buyer.email.is_empty()).then(|| buyer.email.clone()),
        customer_url: format!("/admin/customers/{}/edit", content.customer),
        cc: content.cc.clone(),
        subject: if business.is_empty() {
            format!("Invoice {number}")
        } else {
            format!("Invoice {number} from {business}")
        },
        customer: buyer.name,
        amount: desk.minor(facts.document.totals().total, content.currency),
        due,
        warnings,
        blocked: desk.app.held_back().map(|hold| hold.words().to_owned()),
    })
}

/// The number that the next invoice gets, as far as can be said before it is taken.
fn next_number(desk: &Desk) -> String {
    let settings = &desk.settings;
    let series = settings.series(Documents::Invoices, desk.app.book());
    series.take(desk.today).map(|(number, _)| number).unwrap_or_default()
}

fn due_of(desk: &Desk, draft: &Draft) -> String {
    draft.content.due_date(desk.today).map(|date| desk.date(date)).unwrap_or_default()
}

/// What law or good sense lacks.
fn warnings(desk: &Desk, content: &Content, issues: bool) -> Vec<String> {
    let business = &desk.settings.business;
    let due = content.due_date(desk.today).ok();
    let checks = [
        (issues && business.name.is_empty(), "Your business has no name yet. It should stand on every invoice."),
        (
            issues && business.address.line1.is_empty(),
            "Your business has no address yet. The law asks for one on invoices.",
        ),
        (
            issues && business.tax_id.is_empty(),
            "Your business has no tax number yet. The law asks for one on invoices.",
        ),
        (desk.app.connections().post.is_none(), "Mail is not set up yet, so the invoice waits in the outbox."),
    ];
    let late = due.filter(|_| issues).and_then(|due| due_before_issue(desk, due));
    checks.into_iter().filter(|(holds, _)| *holds).map(|(_, text)| text.to_owned()).chain(late).collect()
}

/// The ways to pay that the customer would have of a draft.
fn ways(desk: &Desk, draft: &Draft, country: &str, asked: &Asked, t: Words) -> Result<Ways, Error> {
    let currency = draft.content.currency;
    let money = |minor| Money::new(minor, currency).unwrap_or(Money::zero(currency));
    if draft.totals.total <= 0 {
        return Ok(Ways::none());
    }
    let bill = Bill {
        now: money(asked.now),
        all: money(asked.all),
        least: draft.content.plan.least(asked.all).map(money),
        terms: &fee_choice::terms(desk, &draft.content, country)?,
        taxes: &draft.totals.taxes,
        t,
    };
    let takes = |amount: Money| {
        desk.app.till().is_some() && scale::chargeable(amount.minor(), amount.currency().code()).is_ok()
    };
    Ok(bill.ways(takes, desk.app.payments_held().is_some()))
}

/// `GET /admin/invoices/{id}/preview`: a draft as the customer would see it.
pub async fn preview(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let id = request.param("id")?;
    let (draft, buyer) = desk.app.store.read(|r| {
        let draft = drafts::draft(&r, id)?;
        let buyer = r.customer(draft.content.customer)?.map(|customer| customer.party).unwrap_or_default();
        Ok::<_, crate::actions::Refusal>((draft, buyer))
    })?;
    let settings = &desk.settings;
    let t = Words::for_customer(&buyer, settings);
    let currency = draft.content.currency;
    let total = Money::new(draft.totals.total, currency).unwrap_or(Money::zero(currency));
    let asked = draft.asked(desk.today);
    let due = asked.by.unwrap_or(desk.today);
    let now = Money::new(asked.now, currency).unwrap_or(total);
    let shown = |minor| t.minor(minor, currency);
    let Ways { pay, added, all, all_fee, choice } = ways(&desk, &draft, &buyer.address.country, &asked, t)?;
    reply::page(&InvoicePage {
        t,
        switch: Switch::default(),
        path: String::new(),
        test_mode: desk.app.book().is_test(),
        remark: None,
        standing: Standing::Preview { due: t.due_on_day(due, desk.today) },
        amount: t.money(if now.is_zero() { total } else { now }),
        then: asked.next.map(|part| Then { amount: shown(part.amount), due: t.date(part.due) }),
        transfer: if matches!(pay, Pay::Nothing) {
            None
        } else {
            paper::transfer(&settings.business, &next_number(&desk), now, &t)
        },
        pay,
        added,
        all,
        all_fee,
        choice,
        plan: plan::rows(&draft.content.plan, &asked, currency, &t),
        paper: paper::of_draft(&draft, &buyer, settings, desk.today),
        pdf_url: None,
        refunded: None,
        question_url: None,
        receipt_url: None,
        credit_urls: Vec::new(),
        back_url: Some(format!("{}/edit", path(id))),
    })
}
