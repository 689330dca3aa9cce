//! The review queue: where Stripe and the books disagree, and what a person decides.

use super::counts;
use super::desk::{Desk, ROWS_MAX, after, paged};
use super::disputes;
use super::guard::SignedIn;
use super::{kept, refused};
use crate::actions::{Refusal, resolve_review, undo_review};
use crate::billing::dispute::{Dispute, Phase};
use crate::billing::id::ReviewId;
use crate::billing::letter::{Delivery, Matter};
use crate::billing::review::{self, Action, Reason, Review};
use crate::payments::refunds;
use crate::store::{Error as StoreError, Reader};
use crate::web::error::Error;
use crate::web::form::Form;
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::routes::State;
use crate::web::views::parts::{Link, Tab, Tone};
use crate::web::views::reviews::{
    Case, CaseAction, Comparison, Evidence, Resolution, ReviewPage, ReviewsPage, Undo, Undone,
};
use crate::web::views::shell::Section;
use crate::web::words;

const ACTIONS: [Action; 6] =
    [Action::Apply, Action::WriteOff, Action::KeepCredit, Action::Refund, Action::Link, Action::Ignore];

/// `GET /admin/review?s=open|resolved`
pub async fn list(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let shows_open = request.query.text("s") != "resolved";
    let from: Option<ReviewId> = after(&request)?;
    let (mut found, open) = desk
        .app
        .store
        .read(|r| Ok::<_, StoreError>((r.reviews(Some(shows_open), from, ROWS_MAX)?, r.count_open_reviews()?)))?;
    let tab = |text: &str, name: &str, count: Option<u64>, current| Tab {
        text: text.to_owned(),
        url: format!("/admin/review?s={name}"),
        count: count.map(counts::count),
        current,
    };
    let tabs = vec![tab("Open", "open", Some(open), shows_open), tab("Decided", "resolved", None, !shows_open)];
    let base = format!("/admin/review?s={}&", if shows_open { "open" } else { "resolved" });
    let pager = paged(&mut found, from.is_none(), &base, |review: &Review| review.id.to_string());
    let cases = found.iter().map(|review| case(&desk, review)).collect::<Result<_, Error>>()?;
    reply::page(&ReviewsPage { shell: desk.shell(Section::Review)?, tabs, shows_open, cases, pager })
}

/// `GET /admin/review/{id}`
pub async fn detail(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    reply::page(&page(&desk, request.param("id")?)?)
}

fn page(desk: &Desk, id: ReviewId) -> Result<ReviewPage, Error> {
    let review = desk.app.store.read(|r| r.review(id))?.ok_or(Error::NotFound)?;
    Ok(ReviewPage {
        shell: desk.shell(Section::Review)?,
        case: case(desk, &review)?,
        evidence: evidence(desk, &review)?,
    })
}

/// `POST /admin/review/{id}/resolve`
pub async fn resolve(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let (id, form): (ReviewId, _) = (request.param("id")?, request.form()?);
    match decide(&desk, id, &form).await {
        Ok(_) => Ok(reply::see_other("/admin/review?done=decided")),
        Err(refusal) => {
            let (note, other_invoice) = (form.text("note").to_owned(), form.text("invoice").to_owned());
            not_done(&desk, id, refusal, &form, |case| Case { note, other_invoice, ..case })
        }
    }
}

/// The page with why it was not done, and with what was typed: in its form, or, where the case has none any more, above it.
fn not_done(
    desk: &Desk,
    id: ReviewId,
    refusal: Refusal,
    form: &Form,
    typed: impl FnOnce(Case) -> Case,
) -> Result<Response, Error> {
    let (status, banner) = refused::banner(refusal)?;
    let page = page(desk, id)?;
    let mut page = ReviewPage { case: typed(page.case), ..page };
    let is_shown = match form.get("action") {
        Some(_) => !page.case.actions.is_empty(),
        None => matches!(page.case.undo, Some(Undo::Possible)),
    };
    if !is_shown {
        page.shell.typed = kept::typed(form.iter());
    }
    page.shell.banners.insert(0, banner);
    refused::answer(status, &page)
}

/// `POST /admin/review/{id}/undo`
pub async fn undo(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let (id, form): (ReviewId, _) = (request.param("id")?, request.form()?);
    let note = form.text("note").to_owned();
    let (actor, typed) = (desk.actor(), note.clone());
    match desk.app.store.write(move |w| undo_review::undo(w, id, &note, &actor)).await {
        Ok(review) => {
            let done = if receipt_had_left(&desk, &review)? { "undone-told" } else { "undone" };
            Ok(reply::see_other(&format!("/admin/review/{id}?done={done}")))
        }
        Err(refusal) => not_done(&desk, id, refusal, &form, |case| Case { undo_note: typed, ..case }),
    }
}

/// Whether the customer was told of the money already that is held again.
fn receipt_had_left(desk: &Desk, review: &Review) -> Result<bool, Error> {
    let Some(payment) = review.payment else { return Ok(false) };
    let receipt = desk.app.store.read(|r| r.letter_about(&Matter::Receipt { payment }))?;
    Ok(receipt.is_some_and(|letter| matches!(letter.state, Delivery::Sent { .. })))
}

async fn decide(desk: &Desk, id: ReviewId, form: &Form) -> Result<Review, Refusal> {
    let named = form.text("action");
    let action = ACTIONS.into_iter().find(|action| action.name() == named);
    let action = action.ok_or_else(|| Refusal::conflict("This case does not offer that."))?;
    if action == Action::Ignore && form.text("note").trim().is_empty() {
        return Err(Refusal::conflict("Write a note that says why the case is closed without a change."));
    }
    let to = match (action, form.text("invoice")) {
        (Action::Link, number) => Some(
            desk.app
                .store
                .read(|r| r.invoice_by_number(number))?
                .ok_or_else(|| Refusal::conflict(format!("There is no invoice with the number “{number}”.")))?,
        ),
        _ => None,
    };
    let (note, actor) = (form.text("note").to_owned(), desk.actor());
    if action == Action::Refund {
        return refunds::resolve_review(&desk.app.store, desk.app.till().as_ref(), id, &note, &actor).await;
    }
    desk.app.store.write(move |w| resolve_review::resolve(w, id, action, &note, to, &actor)).await
}

/// One case, as card and as page.
pub fn case(desk: &Desk, review: &Review) -> Result<Case, Error> {
    let summary = match review.invoice {
        Some(invoice) => desk.app.store.read(|r| r.summary(invoice))?,
        None => None,
    };
    let possible = desk.app.store.read(|r| resolve_review::possible(&r, review))?;
    let dispute = desk.app.store.read(|r| r.dispute_of_review(review))?;
    let invoice = review.invoice.zip(summary.as_ref().and_then(|summary| summary.number.clone()));
    Ok(Case {
        url: format!("/admin/review/{}", review.id),
        id: review.id.to_string(),
        tone: tone(review),
        title: review.title().to_owned(),
        detail: words::with_amounts(&review.detail, &desk.settings.language),
        opened: desk.ago(review.opened_at),
        invoice: invoice.map(|(id, number)| Link::new(number, super::invoice::path(id))),
        customer: summary
            .map(|summary| Link::new(summary.customer_name, format!("/admin/customers/{}", summary.customer))),
        is_elsewhere: review.evidence.iter().any(|evidence| evidence.method.is_some()),
        comparison: review.evidence.iter().map(|evidence| compared(desk, evidence)).collect(),
        actions: possible.into_iter().map(|action| offered(desk, review, action)).collect::<Result<_, Error>>()?,
        note: String::new(),
        other_invoice: String::new(),
        undo_note: String::new(),
        respond_by: dispute.as_ref().and_then(|dispute| disputes::deadline(desk, dispute)),
        next: dispute.as_ref().map(|dispute| disputes::next(desk, dispute)),
        refund_url: desk.app.store.read(|r| refund_url(&r, review, dispute.as_ref()))?,
        resolution: review.resolved.as_ref().map(|decision| decided(desk, decision)),
        undone: review.undone.iter().map(|undone| taken_back(desk, undone)).collect(),
        undo: if dispute.is_some() { None } else { undo_of(desk, review)? },
    })
}

fn decided(desk: &Desk, decision: &review::Resolution) -> Resolution {
    Resolution {
        action: decision.action.words().to_owned(),
        by: decision.by.clone(),
        at: desk.when(decision.at),
        note: decision.note.clone(),
    }
}

fn taken_back(desk: &Desk, undone: &review::Undone) -> Undone {
    Undone {
        decision: decided(desk, &undone.decision),
        by: undone.by.clone(),
        at: desk.when(undone.at),
        note: undone.note.clone(),
    }
}

/// The way back from a decision, or why there is none; nothing where nobody decided anything.
fn undo_of(desk: &Desk, review: &Review) -> Result<Option<Undo>, Error> {
    if review.is_open() || review.closed_itself() {
        return Ok(None);
    }
    match desk.app.store.read(|r| undo_review::check(&r, review)) {
        Ok(()) => Ok(Some(Undo::Possible)),
        Err(Refusal::Store(error)) => Err(error.into()),
        Err(refusal) => Ok(Some(Undo::Not(refusal.to_string()))),
    }
}

/// A bank's question and a warning of fraud are ended by giving the money back; a dispute is not.
fn refund_url(r: &Reader<'_>, review: &Review, dispute: Option<&Dispute>) -> Result<Option<String>, StoreError> {
    let ends = review.is_open() && review.reason == Reason::Dispute;
    let ends = ends && dispute.is_none_or(|dispute| dispute.phase() == Phase::Inquiry);
    match review.payment.filter(|_| ends).map(|id| r.payment(id)).transpose()?.flatten() {
        Some(payment) => disputes::refund_url(r, &payment),
        None => Ok(None),
    }
}

fn tone(review: &Review) -> Tone {
    match review.reason {
        _ if !review.is_open() => Tone::Plain,
        Reason::Overpayment | Reason::DuplicatePayment | Reason::PaidAfterVoid => Tone::Warn,
        _ => Tone::Bad,
    }
}

fn compared(desk: &Desk, evidence: &review::Evidence) -> Comparison {
    let shown = |text: &str| words::with_amounts(text, &desk.settings.language);
    Comparison {
        label: match &evidence.method {
            Some(method) => format!("{} by {}", evidence.name, method.replace('_', " ")),
            None => evidence.name.clone(),
        },
        stripe: shown(&evidence.stripe),
        books: shown(&evidence.books),
        differs: evidence.differs(),
    }
}

fn offered(desk: &Desk, review: &Review, action: Action) -> Result<CaseAction, Error> {
    let outcome = desk.app.store.read(|r| resolve_review::outcome(&r, review, action))?;
    let sum = |minor| outcome.map(|outcome| desk.minor(minor, outcome.currency)).unwrap_or_default();
    let (applied, missing) = outcome.map_or((0, 0), |outcome| (outcome.applied, outcome.missing));
    let hint = match action {
        Action::Apply if missing > 0 => format!("{} is applied, and {} stays due.", sum(applied), sum(missing)),
        Action::Apply => format!("{} is applied, and nothing is due then.", sum(applied)),
        Action::WriteOff if outcome.is_some_and(|outcome| outcome.is_small) => {
            format!("{} is not asked for any more, and the invoice is paid.", sum(missing))
        }
        Action::WriteOff => {
            format!("{} is written off: the invoice counts as uncollectible, not as paid.", sum(missing))
        }
        Action::KeepCredit => "and nothing else changes.".to_owned(),
        Action::Refund => "the money goes back to the payer.".to_owned(),
        Action::Link => "whose number you enter beside it.".to_owned(),
        Action::Ignore => "the books stay as they are. The note says why.".to_owned(),
    };
    Ok(CaseAction {
        value: action.name().to_owned(),
        label: action.words().to_owned(),
        hint,
        needs_invoice: action == Action::Link,
    })
}

/// What was recorded with the case.
fn evidence(desk: &Desk, review: &Review) -> Result<Vec<Evidence>, Error> {
    let item = |name: &str, value: String| Evidence { name: name.to_owned(), value };
    let mut items = vec![item("Case", review.id.to_string()), item("Opened", desk.when_exactly(review.opened_at).text)];
    let payment = match review.payment {
        Some(id) => desk.app.store.read(|r| r.payment(id))?,
        None => None,
    };
    if let Some(payment) = payment {
        items.push(item("Payment", payment.id.to_string()));
        items.push(item("Received", desk.money(payment.amount)));
        if let Some(stripe) = payment.method.stripe() {
            items.push(item("At Stripe", stripe.payment_intent.clone()));
        }
        items.extend(payment.payer_email.map(|email| item("Payer", email)));
    }
    items.extend(review.attempt.map(|attempt| item("Checkout", attempt.to_string())));
    Ok(items)
}
