//! Who may sign in: invited by an address of one use, given another role, removed.

use warp::http::StatusCode;

use crate::actions::Refusal;
use crate::actions::people::{self, has_password, invited_until};
use crate::billing::id::OwnerId;
use crate::billing::role::Role;
use crate::credentials;
use crate::store::{self, Owner};
use crate::web::admin::desk::Desk;
use crate::web::admin::entered::Wrong;
use crate::web::admin::guard::SignedIn;
use crate::web::admin::proof;
use crate::web::error::Error;
use crate::web::form::Form;
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::routes::State;
use crate::web::views::confirm::ConfirmPage;
use crate::web::views::parts::{Choice, Tone};
use crate::web::views::people::{Invitation, PeopleSettings, PersonRow};
use crate::web::views::shell::Section;

const PAGE: &str = "/admin/settings/people";

/// `GET /admin/settings/people`
pub async fn list(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    reply::page(&page(&desk, &Form::default(), &Wrong::default(), None)?)
}

/// `POST /admin/settings/people`: the address is shown in the answer, and never again.
pub async fn invite(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let form = request.form()?;
    if let Some(asked) = proof::ask(&desk, &request).await? {
        return Ok(asked);
    }
    let secret = credentials::new_secret().map_err(Error::internal)?;
    let (email, digest, by) = (form.text("email").to_owned(), credentials::digest(&secret), desk.hand());
    let role = role_of(&form);
    match desk.app.store.write(move |w| people::invite(w, &email, role, &digest, &by)).await {
        Ok(person) => {
            let address = desk.app.owners_url(&format!("/admin/access/{secret}"));
            let invitation = Invitation { email: person.email, address };
            reply::page(&page(&desk, &Form::default(), &Wrong::default(), Some(invitation))?)
        }
        Err(Refusal::Invalid(errors)) => refused(&desk, &form, &Wrong::new(errors)),
        Err(Refusal::Conflict(words)) => {
            let mut wrong = Wrong::default();
            wrong.add("email", words);
            refused(&desk, &form, &wrong)
        }
        Err(other) => Err(other.into()),
    }
}

fn refused(desk: &Desk, form: &Form, wrong: &Wrong) -> Result<Response, Error> {
    reply::page_with(StatusCode::UNPROCESSABLE_ENTITY, &page(desk, form, wrong, None)?)
}

/// `POST /admin/settings/people/{id}/role`
pub async fn change_role(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    if let Some(asked) = proof::ask(&desk, &request).await? {
        return Ok(asked);
    }
    let (id, by): (OwnerId, _) = (request.param("id")?, desk.hand());
    let role = Role::named(request.form()?.text("role")).ok_or(Error::NotFound)?;
    desk.app.store.write(move |w| people::change_role(w, id, role, &by)).await?;
    Ok(reply::see_other(&format!("{PAGE}?done=role")))
}

/// `GET /admin/settings/people/{id}/remove`
pub async fn confirm(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let id: OwnerId = request.param("id")?;
    let (person, tokens) = desk.app.store.read(|r| Ok::<_, store::Error>((r.owner(id)?, r.api_tokens()?)))?;
    let person = person.ok_or(Error::NotFound)?;
    let mut text =
        vec!["They are signed out everywhere and may sign in no more. What they did stays in the books.".to_owned()];
    if person.role == Role::Owner && !tokens.is_empty() {
        let names: Vec<String> = tokens.into_iter().map(|token| token.name).collect();
        text.push(format!(
            "API tokens stay good, and they may know some: {}. Take those back under Settings, API tokens.",
            names.join(", ")
        ));
    }
    reply::page(&ConfirmPage {
        shell: desk.shell(Section::Settings)?,
        title: format!("Remove {}?", person.email),
        text,
        action: format!("{PAGE}/{id}/remove"),
        button: "Remove".to_owned(),
        tone: Tone::Bad,
        reason: None,
        cancel_url: PAGE.to_owned(),
    })
}

/// `POST /admin/settings/people/{id}/remove`
pub async fn remove(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    if let Some(asked) = proof::ask(&desk, &request).await? {
        return Ok(asked);
    }
    let (id, by): (OwnerId, _) = (request.param("id")?, desk.hand());
    desk.app.store.write(move |w| people::remove(w, id, &by)).await?;
    Ok(reply::see_other(&format!("{PAGE}?done=removed")))
}

/// The least, if the form says nothing that is a role.
fn role_of(form: &Form) -> Role {
    Role::named(form.text("role")).unwrap_or(Role::Bookkeeper)
}

fn choices(chosen: Role) -> Vec<Choice> {
    Role::ALL.map(|role| Choice::new(role.name(), role.may(), role == chosen)).into()
}

fn page(desk: &Desk, form: &Form, wrong: &Wrong, invited: Option<Invitation>) -> Result<PeopleSettings, Error> {
    let everybody = desk.app.store.read(|r| {
        let with_end = |person: Owner| Ok((invited_until(&r, &person, desk.now)?, person));
        r.owners()?.into_iter().map(with_end).collect::<Result<Vec<_>, store::Error>>()
    })?;
    let row = |(until, person): (Option<jiff::Timestamp>, Owner)| PersonRow {
        path: format!("{PAGE}/{}", person.id),
        is_you: person.id == desk.me.owner.id,
        added: desk.on(desk.day(person.created_at)),
        has_second_step: person.second_step.is_some(),
        is_invited: !has_password(&person),
        invited_until: until.map(|until| desk.when(until)),
        roles: choices(person.role),
        role: person.role.to_string(),
        email: person.email,
    };
    Ok(PeopleSettings {
        shell: desk.shell(Section::Settings)?,
        problems: wrong.problems(),
        email: wrong.field("email", form.text("email")),
        role: wrong.select("role", choices(role_of(form))),
        invited,
        rows: everybody.into_iter().map(row).collect(),
    })
}
