//! The owner answers a dispute: a draft with files, its submission, or the acceptance of the loss.
//!
//! What was decided is stored first; then Stripe is told. If Stripe cannot be reached the page says so and it is told
//! later by itself, so every way ends on the dispute's own page.

use warp::http::StatusCode;

use super::super::desk::Desk;
use super::super::entered::Wrong;
use super::super::guard::SignedIn;
use super::super::refused;
use super::{page, path};
use crate::actions::Refusal;
use crate::actions::file_evidence::{self, Chosen, Files, check_acceptance, check_submission};
use crate::billing::dispute::Dispute;
use crate::billing::filing::{FileField as Slot, Filing, State as Course, TextField, Texts};
use crate::billing::id::DisputeId;
use crate::payments::client::Patience;
use crate::payments::filings;
use crate::web::error::Error;
use crate::web::form::Form;
use crate::web::multipart::Parts;
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::routes::State;
use crate::web::views::confirm::ConfirmPage;
use crate::web::views::disputes::{AnswerForm, FileField};
use crate::web::views::parts::{Field, Tone};
use crate::web::views::shell::Section;

/// The form as it was typed, and what is wrong with it.
#[derive(Default)]
pub struct Entered {
    texts: Texts,
    wrong: Wrong,
}

/// `POST /admin/disputes/{id}`: keeps the draft, and leads on to its submission if that was asked for.
pub async fn save(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let (id, parts): (DisputeId, _) = (request.param("id")?, request.parts()?);
    let (texts, files, place) = (texts_of(&parts.form), files(&parts), place_of(&parts.form));
    let (actor, typed) = (desk.actor(), texts.clone());
    let outcome =
        desk.app.store.write(move |w| file_evidence::draft(w, id, texts.clone(), &files, place, &actor)).await;
    let entered = |errors| Entered { texts: typed, wrong: Wrong::new(errors) };
    match outcome {
        Err(Refusal::Invalid(errors)) => {
            reply::page_with(StatusCode::UNPROCESSABLE_ENTITY, &page(&desk, id, Some(&entered(errors)))?)
        }
        Err(refusal) => not_done(&desk, id, refusal, Some(&entered(Vec::new()))),
        Ok(filing) => {
            let goes_on = parts.form.text("do") == "submit";
            let done = if goes_on { format!("{}/submit", path(id)) } else { format!("{}?done=kept", path(id)) };
            told(&desk, id, filing, &done).await
        }
    }
}

/// `GET /admin/disputes/{id}/submit`
pub async fn confirm_submission(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let id: DisputeId = request.param("id")?;
    let (dispute, place) = found(&desk, id)?;
    if let Err(refusal) = desk.app.store.read(|r| check_submission(&r, &dispute, desk.now)) {
        return not_done(&desk, id, refusal, None);
    }
    let amount = desk.money(dispute.amount);
    reply::page(&ConfirmPage {
        shell: desk.shell(Section::Review)?,
        title: format!("Submit your evidence over {amount}?"),
        text: vec![
            "Stripe takes evidence once and hands it to the bank. Afterwards nothing can be added or changed."
                .to_owned(),
            counted(&dispute),
        ],
        action: format!("{}/submit?place={place}", path(id)),
        button: "Submit to the bank".to_owned(),
        cancel_url: path(id),
        ..ConfirmPage::default()
    })
}

/// `POST /admin/disputes/{id}/submit`
pub async fn submit(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let (id, actor, place): (DisputeId, _, _) = (request.param("id")?, desk.actor(), place_of(&request.query));
    match desk.app.store.write(move |w| file_evidence::submit(w, id, place, &actor)).await {
        Ok(filing) => told(&desk, id, filing, &format!("{}?done=submitted", path(id))).await,
        Err(refusal) => not_done(&desk, id, refusal, None),
    }
}

/// `GET /admin/disputes/{id}/accept`
pub async fn confirm_acceptance(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let id: DisputeId = request.param("id")?;
    let (dispute, place) = found(&desk, id)?;
    if let Err(refusal) = desk.app.store.read(|r| check_acceptance(&r, &dispute)) {
        return not_done(&desk, id, refusal, None);
    }
    reply::page(&ConfirmPage {
        shell: desk.shell(Section::Review)?,
        title: format!("Accept the dispute over {}?", desk.money(dispute.amount)),
        text: vec![
            "The dispute is lost then: the money stays with the customer, and Stripe keeps its fee.".to_owned(),
            "This cannot be undone.".to_owned(),
        ],
        action: format!("{}/accept?place={place}", path(id)),
        button: "Accept the dispute".to_owned(),
        tone: Tone::Bad,
        cancel_url: path(id),
        ..ConfirmPage::default()
    })
}

/// `POST /admin/disputes/{id}/accept`
pub async fn accept(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let (id, actor, place): (DisputeId, _, _) = (request.param("id")?, desk.actor(), place_of(&request.query));
    match desk.app.store.write(move |w| file_evidence::accept(w, id, place, &actor)).await {
        Ok(filing) => told(&desk, id, filing, &format!("{}?done=accepted", path(id))).await,
        Err(refusal) => not_done(&desk, id, refusal, None),
    }
}

/// Tells Stripe what was stored and leads to where it is done; else to the page, which says how far it got.
async fn told(desk: &Desk, id: DisputeId, filing: Filing, done: &str) -> Result<Response, Error> {
    let filing = match desk.app.till() {
        Some(till) => filings::tell(&till, filing.id, Patience::Request).await?.unwrap_or(filing),
        None => filing,
    };
    let is_done = matches!(filing.state, Course::Done { .. });
    Ok(reply::see_other(if is_done { done.to_owned() } else { path(id) }.as_str()))
}

/// The page with why it was not done, and with what was typed.
fn not_done(desk: &Desk, id: DisputeId, refusal: Refusal, entered: Option<&Entered>) -> Result<Response, Error> {
    let (status, banner) = refused::banner(refusal)?;
    let mut page = page(desk, id, entered)?;
    page.shell.banners.insert(0, banner);
    refused::answer(status, &page)
}

fn found(desk: &Desk, id: DisputeId) -> Result<(Dispute, usize), Error> {
    let store = &desk.app.store;
    let (dispute, filings) =
        store.read(|r| Ok::<_, crate::store::Error>((r.dispute(id)?, r.filings_of_dispute(id)?.len())))?;
    Ok((dispute.ok_or(Error::NotFound)?, filings))
}

/// `6 texts and 2 files.`
fn counted(dispute: &Dispute) -> String {
    let counted = |number: usize, one: &str, many: &str| format!("{number} {}", if number == 1 { one } else { many });
    format!(
        "It has {} and {}.",
        counted(dispute.draft.len(), "text", "texts"),
        counted(dispute.files.len(), "file", "files")
    )
}

fn texts_of(form: &Form) -> Texts {
    // Browsers send line ends as CR LF.
    TextField::ALL.into_iter().map(|field| (field, form.text(field.name()).replace("\r\n", "\n"))).collect()
}

fn files(parts: &Parts) -> Files {
    let slot = |name: &str| Slot::ALL.into_iter().find(|slot| slot.name() == name);
    let files = parts.files.iter().filter_map(|file| slot(&file.field).map(|slot| (slot, file)));
    let chosen = files.map(|(slot, file)| Chosen { slot, name: file.name.clone(), content: file.content.clone() });
    let is_removed = |slot: &Slot| parts.form.get(&removal(*slot)).is_some();
    Files { chosen: chosen.collect(), removed: Slot::ALL.into_iter().filter(is_removed).collect() }
}

/// The name of the box that takes a file out.
fn removal(slot: Slot) -> String {
    format!("remove_{}", slot.name())
}

/// How many filings the form knew of; a form that does not say knows of none.
fn place_of(form: &Form) -> usize {
    form.text("place").parse().unwrap_or(0)
}

/// What a text is called.
pub fn label(field: TextField) -> &'static str {
    match field {
        TextField::ProductDescription => "What was sold",
        TextField::CustomerName => "Customer’s name",
        TextField::CustomerEmailAddress => "Customer’s e-mail",
        TextField::ServiceDate => "Day of the work or delivery",
        TextField::RefundPolicyDisclosure => "What the customer knew about refunds",
        TextField::UncategorizedText => "The story",
    }
}

/// The form: as it was typed, else as it was saved, else as the books propose it.
pub fn form(dispute: &Dispute, proposed: Option<Texts>, place: usize, entered: Option<&Entered>) -> AnswerForm {
    let none = Wrong::default();
    let wrong = entered.map_or(&none, |entered| &entered.wrong);
    let is_proposed = entered.is_none() && proposed.is_some();
    let proposed = proposed.unwrap_or_else(|| dispute.draft.clone());
    let texts = entered.map_or(&proposed, |entered| &entered.texts);
    let field = |field: TextField| -> Field {
        wrong.field(field.name(), texts.get(&field).map(String::as_str).unwrap_or_default())
    };
    AnswerForm {
        problems: wrong.problems(),
        is_proposed,
        product_description: field(TextField::ProductDescription),
        customer_name: field(TextField::CustomerName),
        customer_email_address: field(TextField::CustomerEmailAddress),
        service_date: field(TextField::ServiceDate),
        refund_policy_disclosure: field(TextField::RefundPolicyDisclosure),
        uncategorized_text: field(TextField::UncategorizedText),
        files: Slot::ALL.into_iter().map(|slot| file_field(dispute, wrong, slot)).collect(),
        files_error: wrong.about("files"),
        place: place.to_string(),
    }
}

fn file_field(dispute: &Dispute, wrong: &Wrong, slot: Slot) -> FileField {
    let stored = dispute.files.iter().find(|file| file.slot == slot);
    FileField {
        name: slot.name().to_owned(),
        removal: removal(slot),
        label: slot.words().to_owned(),
        stored: stored.map(super::file_words),
        error: wrong.about(slot.name()),
    }
}
