//! Crediting an invoice: the form, the note as it will be, and then the note. Correcting and reissuing in one step, and
//! using a customer's credit.
//!
//! Every figure comes from the action that would issue the note; the form only asks.

mod entered;

use warp::http::StatusCode;

use super::desk::{Desk, UNDO};
use super::entered::Wrong;
use super::guard::SignedIn;
use super::{choices, credit_notes, invoice, refunds, refused};
use crate::actions::credit::{self, Outlook, Wanted};
use crate::actions::{Refusal, issued, refund};
use crate::billing::credit_note::plan::What;
use crate::billing::credit_note::{CreditNote, Rest, Settle};
use crate::billing::currency::Currency;
use crate::billing::id::InvoiceId;
use crate::billing::invoice::Invoice;
use crate::billing::letter::Letter;
use crate::billing::line::Totals;
use crate::billing::money::Money;
use crate::billing::payment::Method;
use crate::billing::refund::Refund;
use crate::billing::settings::Documents;
use crate::billing::standing::Standing;
use crate::payments::owner_credit;
use crate::web::error::Error;
use crate::web::paper;
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::routes::State;
use crate::web::views::confirm::{ConfirmPage, Reason};
use crate::web::views::credit::{CreditForm, CreditLine, CreditReview};
use crate::web::views::editor::{TotalsAnswer, TotalsError, TotalsRow};
use crate::web::views::parts::Choice;
use crate::web::views::shell::Section;
use crate::web::words;
use entered::Entered;

/// What is known of the invoice that is to be credited.
struct Facts {
    invoice: Invoice,
    standing: Standing,
    earlier: Vec<CreditNote>,
    /// The place that the note will have: the same form sent twice finds it taken.
    place: u64,
    /// What was refunded without a credit note, in minor units.
    refunded: i64,
    /// How the first payment came that had nothing to do with Stripe, if there is one.
    by_hand: Option<Method>,
    send_to: Option<String>,
}

impl Facts {
    fn of(desk: &Desk, id: InvoiceId) -> Result<Self, Refusal> {
        desk.app.store.read(|r| {
            let invoice = issued(&r, id)?;
            Ok(Self {
                standing: r.standing(&invoice)?,
                earlier: r.credit_notes_of_invoice(id)?,
                place: credit::next_place(&r, id)?,
                refunded: r.refunded_without_note(id)?,
                by_hand: r.payments_that_paid(id)?.into_iter().map(|one| one.method).find(|way| way.stripe().is_none()),
                send_to: crate::actions::mailings::present_address(&r, &invoice)?,
                invoice,
            })
        })
    }

    fn rest(&self) -> Rest<'_> {
        Rest::of(&self.invoice, &self.earlier)
    }
}

/// `GET /admin/invoices/{id}/credit`
pub async fn form(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let id = request.param("id")?;
    let facts = match Facts::of(&desk, id) {
        Ok(facts) => facts,
        Err(refusal) => return invoice::refused(&desk, id, refusal),
    };
    let entered = Entered::blank(&facts.invoice, facts.send_to.is_some());
    reply::page(&page(&desk, &facts, &entered, &Wrong::default())?)
}

/// `POST /admin/invoices/{id}/credit/preview`: what the form comes to, for the script.
pub async fn preview(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let facts = Facts::of(&desk, request.param("id")?)?;
    let entered = Entered::of_form(&request.form()?);
    let (totals, wrong) = match outlook(&desk, &facts, &entered)? {
        Ok((_, outlook)) => (rows(&desk, &outlook.plan.totals, facts.invoice.content.currency), Wrong::default()),
        Err(wrong) => (Vec::new(), wrong),
    };
    let errors = wrong.problems().into_iter().map(|problem| TotalsError { field: problem.field, detail: problem.text });
    let answer = TotalsAnswer { totals, errors: errors.collect(), ..TotalsAnswer::default() };
    Ok(reply::json(StatusCode::OK, &answer))
}

/// `POST /admin/invoices/{id}/credit`: adds up, shows the note as it will be, or issues it.
pub async fn save(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let (id, form) = (request.param("id")?, request.form()?);
    let facts = Facts::of(&desk, id)?;
    let entered = Entered::of_form(&form);
    let (wanted, outlook) = match outlook(&desk, &facts, &entered) {
        Ok(Ok(found)) => found,
        Ok(Err(wrong)) => return typed_again(&desk, &facts, &entered, &wrong),
        Err(refusal) => return not_done(&desk, id, &entered, refusal),
    };
    match form.text("do") {
        "issue" => issue(&desk, &facts, &entered, wanted).await,
        "review" => reply::page(&review(&desk, &facts, &entered, &wanted, &outlook)?),
        _ => reply::page(&page(&desk, &facts, &entered, &Wrong::default())?),
    }
}

fn typed_again(desk: &Desk, facts: &Facts, entered: &Entered, wrong: &Wrong) -> Result<Response, Error> {
    reply::page_with(StatusCode::UNPROCESSABLE_ENTITY, &page(desk, facts, entered, wrong)?)
}

/// What would come of the form, or what is wrong with it.
fn outlook(desk: &Desk, facts: &Facts, entered: &Entered) -> Result<Result<(Wanted, Outlook), Wrong>, Refusal> {
    let (wanted, places) = match entered.read(desk, &facts.invoice) {
        Ok(read) => read,
        Err(wrong) => return Ok(Err(wrong)),
    };
    match desk.app.store.read(|r| credit::outlook(&r, facts.invoice.id, &wanted)) {
        Ok(outlook) => Ok(Ok((wanted, outlook))),
        Err(Refusal::Invalid(errors)) => Ok(Err(Wrong::renamed(errors, |path| entered::form_name(path, &places)))),
        Err(refusal) => Err(refusal),
    }
}

async fn issue(desk: &Desk, facts: &Facts, entered: &Entered, wanted: Wanted) -> Result<Response, Error> {
    match note(desk, facts, entered, wanted).await {
        Ok((issued, letter)) => Ok(reply::see_other(&afterwards(desk, &issued, letter)?)),
        Err(Refusal::Invalid(errors)) => {
            let wrong = Wrong::renamed(errors, |path| entered::form_name(path, &[]));
            typed_again(desk, &Facts::of(desk, facts.invoice.id)?, entered, &wrong)
        }
        Err(refusal) => not_done(desk, facts.invoice.id, entered, refusal),
    }
}

/// The form with what was typed, below why it was not done, as the invoice stands now.
fn not_done(desk: &Desk, id: InvoiceId, entered: &Entered, refusal: Refusal) -> Result<Response, Error> {
    let (status, banner) = refused::banner(refusal)?;
    let mut page = page(desk, &Facts::of(desk, id)?, entered, &Wrong::default())?;
    page.shell.banners.insert(0, banner);
    refused::answer(status, &page)
}

async fn note(
    desk: &Desk,
    facts: &Facts,
    entered: &Entered,
    wanted: Wanted,
) -> Result<(CreditNote, Option<Letter>), Refusal> {
    let mail_after = (entered.send && facts.send_to.is_some()).then_some(UNDO);
    let (store, till, actor) = (&desk.app.store, desk.app.till(), desk.actor());
    let (id, through) = (facts.invoice.id, choices::method_of(&entered.through));
    let prepared = owner_credit::prepare(store, till.as_ref(), id, wanted, through, actor.channel).await?;
    let place = entered.nonce.parse().unwrap_or_default();
    owner_credit::carry_out(store, &prepared.at(place), mail_after, &actor).await
}

/// Where the owner sees what was done: on the note if money goes back, so that it is seen how far that got.
fn afterwards(desk: &Desk, note: &CreditNote, letter: Option<Letter>) -> Result<String, Error> {
    let refunds = desk.app.store.read(|r| r.refunds_of_note(note))?;
    let page = if refunds.is_empty() { invoice::path(note.invoice) } else { credit_notes::path(note.id) };
    Ok(match letter {
        Some(letter) => format!("{page}?done=sending&mail={}", letter.id),
        None if refunds.iter().any(Refund::is_open) => format!("{page}?done=credited-asked"),
        None => format!("{page}?done=credited"),
    })
}

fn page(desk: &Desk, facts: &Facts, entered: &Entered, wrong: &Wrong) -> Result<CreditForm, Error> {
    let (invoice, rest) = (&facts.invoice, facts.rest());
    let (totals, incomplete) = match outlook(desk, facts, entered) {
        Ok(Ok((_, outlook))) => (rows(desk, &outlook.plan.totals, invoice.content.currency), None),
        Ok(Err(wrong)) => (Vec::new(), wrong.problems().into_iter().next().map(|problem| problem.text)),
        Err(refusal) => (Vec::new(), Some(refusal.to_string())),
    };
    let due = facts.standing.due();
    Ok(CreditForm {
        shell: desk.shell(Section::Invoices)?,
        path: invoice::path(invoice.id),
        number: invoice.number.clone(),
        problems: wrong.problems(),
        left: desk.minor(rest.total(), invoice.content.currency),
        due: (due > 0).then(|| desk.minor(due, invoice.content.currency)),
        mode: wrong.select("mode", modes(&entered.mode)),
        amount: wrong.field("amount", &*entered.amount),
        prices_include_tax: invoice.content.prices_include_tax,
        lines: lines(desk, facts, &rest, entered, wrong),
        settle: (rest.total() > due + facts.refunded).then(|| wrong.select("settle", settles(&entered.settle))),
        refunded: (facts.refunded > 0).then(|| desk.minor(facts.refunded, invoice.content.currency)),
        through: facts.by_hand.as_ref().map(|came| {
            let chosen = if entered.through.is_empty() { came.name() } else { &entered.through };
            wrong.select("method", choices::methods(chosen))
        }),
        reason: wrong.field("reason", &*entered.reason),
        send_to: facts.send_to.clone(),
        send: entered.send,
        totals,
        incomplete,
        nonce: facts.place.to_string(),
    })
}

fn modes(chosen: &str) -> Vec<Choice> {
    let modes = [("rest", "All that is left of the invoice"), ("lines", "Certain lines"), ("amount", "An amount")];
    modes.into_iter().map(|(name, text)| Choice::new(name, text, name == chosen)).collect()
}

fn settles(chosen: &str) -> Vec<Choice> {
    let ways =
        [(Settle::CustomerCredit, "Keep it as the customer’s credit"), (Settle::Refund, "Pay it back to the customer")];
    ways.into_iter().map(|(way, text)| Choice::new(way.name(), text, way.name() == chosen)).collect()
}

fn lines(desk: &Desk, facts: &Facts, rest: &Rest<'_>, entered: &Entered, wrong: &Wrong) -> Vec<CreditLine> {
    let (content, language) = (&facts.invoice.content, &desk.settings.language);
    let lines = content.lines.iter().zip(rest.lines()).enumerate().filter(|(_, (line, _))| line.counts());
    let shown = lines.zip(&entered.lines).enumerate().map(|(n, ((place, (line, left)), typed))| {
        let worth = desk.minor(left.amount, content.currency);
        let quantity = rest.quantity(place).map(|quantity| words::quantity(quantity, &line.unit, language));
        CreditLine {
            id: line.id.clone(),
            description: line.description.clone(),
            left: quantity.map(|quantity| format!("{quantity} · {worth}")).unwrap_or(worth),
            done: left.amount == 0,
            quantity: wrong.field(&format!("lines.{n}.quantity"), &*typed.quantity),
            amount: wrong.field(&format!("lines.{n}.amount"), &*typed.amount),
        }
    });
    shown.collect()
}

fn rows(desk: &Desk, totals: &Totals, currency: Currency) -> Vec<TotalsRow> {
    let row = |label: String, minor: i64, strong| TotalsRow { label, amount: desk.minor(minor, currency), strong };
    let mut rows = vec![row("Subtotal".to_owned(), totals.subtotal, false)];
    for tax in totals.taxes.iter().filter(|tax| !tax.rate.is_zero()) {
        let label = paper::tax_label(tax.rate, &desk.settings, &desk.words());
        rows.push(row(format!("{label} on {}", desk.minor(tax.base, currency)), tax.amount, false));
    }
    rows.push(row("Total credited".to_owned(), totals.total, true));
    rows
}

fn review(
    desk: &Desk,
    facts: &Facts,
    entered: &Entered,
    wanted: &Wanted,
    outlook: &Outlook,
) -> Result<CreditReview, Error> {
    let next = desk.settings.series(Documents::CreditNotes, facts.invoice.book).take(desk.today);
    let number = next.map(|(number, _)| number).unwrap_or_default();
    Ok(CreditReview {
        shell: desk.shell(Section::Invoices)?,
        path: invoice::path(facts.invoice.id),
        title: format!("Issue credit note {number}?"),
        text: consequences(desk, facts, entered, wanted, outlook)?,
        paper: paper::of_planned_note(
            &outlook.plan,
            &number,
            &facts.invoice,
            &wanted.reason,
            &desk.settings,
            desk.today,
        )
        .embedded(),
        hidden: entered.hidden(),
    })
}

fn consequences(
    desk: &Desk,
    facts: &Facts,
    entered: &Entered,
    wanted: &Wanted,
    outlook: &Outlook,
) -> Result<Vec<String>, Error> {
    let currency = facts.invoice.content.currency;
    let mut text = Vec::new();
    if outlook.applied > 0 {
        let (less, left) = (desk.minor(outlook.applied, currency), facts.standing.due() - outlook.applied);
        text.push(format!("The amount due falls by {less} to {}.", desk.minor(left, currency)));
    }
    if outlook.taken_over > 0 {
        text.push(format!(
            "{} was refunded already, and this note is for that.",
            desk.minor(outlook.taken_over, currency)
        ));
    }
    if outlook.lost > 0 {
        text.push(format!(
            "{} of it the customer’s bank has taken back already, so that is not owed again.",
            desk.minor(outlook.lost, currency)
        ));
    }
    if outlook.beyond > 0 && wanted.settle == Settle::Refund {
        let parts = desk.app.store.read(|r| refund::plan_for_note(&r, facts.invoice.id, outlook.beyond));
        match parts {
            Ok(parts) => text.extend(refunds::ways(desk, &parts, choices::method_of(&entered.through).as_ref())),
            Err(Refusal::Store(error)) => return Err(error.into()),
            Err(refusal) => text.push(format!("This cannot be paid back: {refusal}")),
        }
    } else if outlook.beyond > 0 {
        text.push(format!("{} is kept as the customer’s credit.", desk.minor(outlook.beyond, currency)));
    }
    match &facts.send_to {
        Some(email) if entered.send => text.push(format!("It is mailed to {email}.")),
        _ => text.push("It is not mailed.".to_owned()),
    }
    text.push("A credit note cannot be changed afterwards.".to_owned());
    Ok(text)
}

/// `GET /admin/invoices/{id}/reissue`
pub async fn confirm_reissue(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let id = request.param("id")?;
    match Facts::of(&desk, id) {
        Ok(facts) => reply::page(&reissuing(&desk, &facts)?),
        Err(refusal) => invoice::refused(&desk, id, refusal),
    }
}

fn reissuing(desk: &Desk, facts: &Facts) -> Result<ConfirmPage, Error> {
    let (left, path) =
        (desk.minor(facts.rest().total(), facts.invoice.content.currency), invoice::path(facts.invoice.id));
    let mut text = vec![format!(
        "A credit note over {left} takes invoice {} back, and a new draft with the same content is opened for you to correct.",
        facts.invoice.number
    )];
    if facts.standing.paid > 0 {
        text.push(
            "What was paid is kept as the customer’s credit. Use it for the new invoice once that is issued.".into(),
        );
    }
    let reason = Reason {
        label: "What was wrong".to_owned(),
        hint: "Your customer reads this on the credit note.".to_owned(),
        ..Reason::default()
    };
    Ok(ConfirmPage {
        shell: desk.shell(Section::Invoices)?,
        title: format!("Correct and reissue invoice {}?", facts.invoice.number),
        text,
        action: format!("{path}/reissue"),
        button: "Correct and reissue".to_owned(),
        reason: Some(reason),
        cancel_url: path,
        ..ConfirmPage::default()
    })
}

/// `POST /admin/invoices/{id}/reissue`
pub async fn reissue(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let (id, form) = (request.param("id")?, request.form()?);
    let wanted = Wanted { what: What::Rest, reason: form.text("reason").to_owned(), settle: Settle::CustomerCredit };
    let outcome = owner_credit::reissue(&desk.app.store, desk.app.till().as_ref(), id, wanted, &desk.actor()).await;
    match outcome {
        Ok((_, draft)) => Ok(reply::see_other(&format!("{}/edit?done=reissued", invoice::path(draft.id)))),
        Err(refusal) => invoice::not_done(&desk, id, refusal, || reissuing(&desk, &Facts::of(&desk, id)?), &form),
    }
}

/// `POST /admin/invoices/{id}/apply-credit`
pub async fn apply(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let (id, form) = (request.param("id")?, request.form()?);
    let stored = desk.app.store.read(|r| r.invoice(id))?.ok_or(Error::NotFound)?;
    let amount = Money::from_decimal_str(form.text("amount"), stored.content.currency);
    let Ok(amount) = amount else { return Err(Error::field("amount", "Write an amount.")) };
    let (store, till) = (&desk.app.store, desk.app.till());
    match owner_credit::apply_credit(store, till.as_ref(), id, amount.minor(), &desk.actor()).await {
        Ok(_) => Ok(reply::see_other(&format!("{}?done=credit-used", invoice::path(id)))),
        Err(refusal) => invoice::refused(&desk, id, refusal),
    }
}
