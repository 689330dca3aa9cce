//! Writing an invoice. Every button works without JavaScript: those that only rearrange or add up show the page again.
//!
//! A draft that somebody else changed meanwhile is never overwritten unseen: both versions are shown.

mod computed;
mod entered;
mod page;
mod plan;

use warp::http::StatusCode;

use super::customers::{address_of, form_name};
use super::desk::Desk;
use super::entered::{Wrong, wrong_fields};
use super::guard::SignedIn;
use crate::actions::{Refusal, customers, day, drafts};
use crate::billing::field::FieldError;
use crate::billing::id::{CustomerId, InvoiceId};
use crate::billing::invoice::{Content, Draft};
use crate::billing::party::Party;
use crate::payments::parts;
use crate::store::Writer;
use crate::web::error::Error;
use crate::web::form::Form;
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::routes::State;
use computed::Computed;
pub use computed::terms_words;
use entered::{Entered, NEW_CUSTOMER};
pub use page::due_before_issue;

/// `GET /admin/invoices/new?customer=`
pub async fn new(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let entered = Entered::blank(&desk, request.query.text("customer"));
    reply::page(&page::page(&desk, &entered, &Wrong::default(), None)?)
}

/// `GET /admin/invoices/{id}/edit`
pub async fn edit(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let draft = stored(&desk, request.param("id")?)?;
    let entered = Entered::of_draft(&desk, &draft);
    reply::page(&page::page(&desk, &entered, &Wrong::default(), Some(&draft))?)
}

fn stored(desk: &Desk, id: InvoiceId) -> Result<Draft, Error> {
    Ok(desk.app.store.read(|r| drafts::draft(&r, id))?)
}

/// `POST /admin/invoices`
pub async fn create(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    submit(&desk, &request.form()?, None).await
}

/// `POST /admin/invoices/{id}`
pub async fn update(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let (id, form) = (request.param("id")?, request.form()?);
    match desk.app.store.read(|r| drafts::draft(&r, id)) {
        Ok(draft) => submit(&desk, &form, Some(draft)).await,
        Err(refusal) => page::gone(&desk, id, &form, refusal),
    }
}

/// `POST /admin/invoices/preview?draft=`: what the form comes to, for the script. What the form has no field for, such as
/// days that count from the issue, is as the draft has it.
pub async fn totals(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let entered = Entered::of_form(&request.form()?);
    let draft = request.query.text("draft").parse().ok().and_then(|id| stored(&desk, id).ok());
    Ok(reply::json(StatusCode::OK, &Computed::of(&desk, &entered, draft.as_ref()).told()))
}

async fn submit(desk: &Desk, form: &Form, before: Option<Draft>) -> Result<Response, Error> {
    let mut entered = Entered::of_form(form);
    let button = form.text("do");
    if entered.rearrange(desk, button) {
        return reply::page(&page::page(desk, &entered, &Wrong::default(), before.as_ref())?);
    }
    match save(desk, &entered, before.as_ref()).await {
        Ok(draft) => Ok(reply::see_other(&leads_to(&draft, button))),
        Err(refusal @ (Refusal::Conflict(_) | Refusal::NotFound(_))) => match before {
            Some(draft) => overtaken(desk, form, entered, draft.id),
            None => made_already(desk, entered, &refusal),
        },
        Err(refusal) => {
            let wrong = Wrong::new(wrong_fields(refusal)?);
            let page = page::page(desk, &entered, &wrong, before.as_ref())?;
            reply::page_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

/// The draft was changed, issued or deleted since its form was opened.
fn overtaken(desk: &Desk, form: &Form, entered: Entered, id: InvoiceId) -> Result<Response, Error> {
    match desk.app.store.read(|r| drafts::draft(&r, id)) {
        Ok(draft) => reply::page_with(StatusCode::CONFLICT, &page::conflict(desk, entered, &draft)?),
        Err(refusal) => page::gone(desk, id, form, refusal),
    }
}

/// The form made another invoice before. The customer that it made with it is chosen, if it is the one that is typed.
fn made_already(desk: &Desk, mut entered: Entered, refusal: &Refusal) -> Result<Response, Error> {
    let mut words = refusal.to_string();
    let made = entered.once.parse().ok().map(|once| desk.app.store.read(|r| r.document(once))).transpose()?.flatten();
    let customer = made.map(|made| desk.app.store.read(|r| r.customer(made.content().customer))).transpose()?.flatten();
    if let Some(customer) = customer.filter(|_| entered.customer == NEW_CUSTOMER) {
        let is_typed = customer.party == new_party(&entered.new);
        let (name, done) = (&customer.party.name, if is_typed { " and is chosen now" } else { "" });
        words = format!("{words} {name} was added as a customer with it{done}.");
        if is_typed {
            entered.customer = customer.id.to_string();
        }
    }
    entered.once.clear();
    let wrong = Wrong::new(vec![FieldError::new("customer", words)]);
    reply::page_with(StatusCode::CONFLICT, &page::page(desk, &entered, &wrong, None)?)
}

fn leads_to(draft: &Draft, button: &str) -> String {
    let path = format!("/admin/invoices/{}", draft.id);
    match button {
        "send" => format!("{path}/send"),
        "preview" => format!("{path}/preview"),
        _ => format!("{path}?done=draft"),
    }
}

/// Who the invoice is for.
#[derive(Clone)]
enum Recipient {
    Known(CustomerId),
    New(Box<Party>),
}

async fn save(desk: &Desk, entered: &Entered, before: Option<&Draft>) -> Result<Draft, Refusal> {
    let mut errors = Vec::new();
    let recipient = recipient(entered, &mut errors);
    // The id is put in when the customer has been stored; until then any will do.
    let content = entered.content(desk, CustomerId::from_value(0), before);
    let (content, recipient) = match (content, recipient) {
        (Ok(content), Some(recipient)) if errors.is_empty() => (content, recipient),
        (content, _) => {
            errors.extend(content.err().unwrap_or_default());
            return Err(Refusal::Invalid(errors));
        }
    };
    let target = match before {
        Some(draft) => Target::Draft(draft.id, entered.revision.parse().ok()),
        None => Target::New(entered.once.parse().ok()),
    };
    let stored = desk.app.store.write(move |w| store(w, content.clone(), recipient.clone(), target)).await;
    let places = entered.places(desk);
    stored.map_err(|refusal| match refusal {
        Refusal::Invalid(errors) => {
            Refusal::Invalid(errors.into_iter().map(|error| entered.named(error, &places)).collect())
        }
        other => other,
    })
}

/// What is written.
#[derive(Clone, Copy)]
enum Target {
    /// The draft, and the revision of it that was looked at.
    Draft(InvoiceId, Option<u32>),
    /// A new one, under the id that its form was given.
    New(Option<InvoiceId>),
}

fn store(w: &mut Writer<'_>, content: Content, recipient: Recipient, target: Target) -> Result<Draft, Refusal> {
    if let Target::New(Some(once)) = target
        && let Some(made) = made_from(w, once, &content, &recipient)?
    {
        return Ok(made);
    }
    let customer = match recipient {
        Recipient::Known(id) => id,
        Recipient::New(party) => customers::create(w, *party).map_err(under_new)?.id,
    };
    let content = Content { customer, ..content };
    let draft = match target {
        Target::Draft(id, seen) => drafts::update(w, id, content, seen)?,
        Target::New(once) => drafts::create_once(w, once, content)?,
    };
    parts::check(&draft, day(&w.settings()?, w.now()))?;
    Ok(draft)
}

/// What the same form made when it was sent before; its new customer is not added twice either.
fn made_from(
    w: &Writer<'_>,
    once: InvoiceId,
    content: &Content,
    recipient: &Recipient,
) -> Result<Option<Draft>, Refusal> {
    let customer = match (recipient, w.document(once)?) {
        (_, None) => return Ok(None),
        (Recipient::Known(id), _) => *id,
        (Recipient::New(party), Some(made)) => {
            let customer = made.content().customer;
            let is_same = w.customer(customer)?.is_some_and(|stored| stored.party == **party);
            if is_same { customer } else { CustomerId::from_value(0) }
        }
    };
    drafts::made_from(w, once, &Content { customer, ..content.clone() })
}

fn recipient(entered: &Entered, errors: &mut Vec<FieldError>) -> Option<Recipient> {
    if entered.customer == NEW_CUSTOMER {
        let party = new_party(&entered.new);
        errors.extend(party.validate("").into_iter().map(|error| new_field(&error)));
        return Some(Recipient::New(Box::new(party)));
    }
    let known = entered.customer.parse().ok().map(Recipient::Known);
    if known.is_none() {
        errors.push(FieldError::new("customer", "Choose a customer, or write a new one."));
    }
    known
}

fn new_party(form: &Form) -> Party {
    let text = |name: &str| form.text(name).to_owned();
    let party = Party {
        name: text("name"),
        email: text("email"),
        tax_id: text("tax_id"),
        address: address_of(form),
        ..Party::default()
    };
    party.tidied()
}

fn under_new(refusal: Refusal) -> Refusal {
    match refusal {
        Refusal::Invalid(errors) => Refusal::Invalid(errors.iter().map(new_field).collect()),
        other => other,
    }
}

fn new_field(error: &FieldError) -> FieldError {
    FieldError { field: format!("new.{}", form_name(&error.field)), detail: error.detail.clone() }
}
