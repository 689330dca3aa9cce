//! Tokens for programs. One is shown in the answer to the form that made it, and never again.

use warp::http::StatusCode;

use super::super::desk::Desk;
use super::super::entered::Wrong;
use super::super::guard::SignedIn;
use super::super::proof;
use crate::actions::sensitive::Before;
use crate::actions::{Refusal, tokens};
use crate::billing::id::TokenId;
use crate::credentials::{self, ApiKey};
use crate::store::{ApiToken, Scope};
use crate::web::error::Error;
use crate::web::form::Form;
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::routes::State;
use crate::web::views::parts::Choice;
use crate::web::views::settings::{TokenRow, TokenSettings};
use crate::web::views::shell::Section;

const PAGE: &str = "/admin/settings/tokens";

/// `GET /admin/settings/tokens`
pub async fn list(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    reply::page(&page(&desk, &Form::default(), &Wrong::default(), None)?)
}

/// `POST /admin/settings/tokens`
pub async fn create(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let form = request.form()?;
    if let Some(asked) = proof::ask(&desk, &request).await? {
        return Ok(asked);
    }
    let secret = credentials::new_secret().map_err(|error| Error::internal(error.to_string()))?;
    let (name, scope, digest) = (form.text("name").to_owned(), scope_of(&form), credentials::digest(&secret));
    let by = desk.hand();
    match desk.app.store.write(move |w| tokens::create(w, &name, scope, &digest, Before::Something, &by)).await {
        Ok(token) => {
            let shown = ApiKey { token: token.id, secret }.to_string();
            reply::page(&page(&desk, &Form::default(), &Wrong::default(), Some(shown))?)
        }
        Err(Refusal::Invalid(errors)) => refused(&desk, &form, &Wrong::new(errors)),
        Err(Refusal::Conflict(words)) => {
            let mut wrong = Wrong::default();
            wrong.add("name", words);
            refused(&desk, &form, &wrong)
        }
        Err(other) => Err(other.into()),
    }
}

fn refused(desk: &Desk, form: &Form, wrong: &Wrong) -> Result<Response, Error> {
    reply::page_with(StatusCode::UNPROCESSABLE_ENTITY, &page(desk, form, wrong, None)?)
}

/// `POST /admin/settings/tokens/{id}/revoke`: without the password, because whoever takes one back is in a hurry.
pub async fn revoke(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let id: TokenId = request.param("id")?;
    let by = desk.hand();
    desk.app.store.write(move |w| tokens::revoke(w, id, &by)).await?;
    Ok(reply::see_other(&format!("{PAGE}?done=revoked")))
}

fn scope_of(form: &Form) -> Scope {
    if form.text("scope") == "read" { Scope::Read } else { Scope::Write }
}

fn page(desk: &Desk, form: &Form, wrong: &Wrong, created: Option<String>) -> Result<TokenSettings, Error> {
    let reads = scope_of(form) == Scope::Read;
    let scopes = vec![Choice::new("read", "Read only", reads), Choice::new("write", "Read and write", !reads)];
    let tokens = desk.app.store.read(|r| r.api_tokens())?;
    Ok(TokenSettings {
        shell: desk.shell(Section::Settings)?,
        problems: wrong.problems(),
        name: wrong.field("name", form.text("name")),
        scope: wrong.select("scope", scopes),
        created,
        rows: tokens.iter().map(|token| row(desk, token)).collect(),
    })
}

fn row(desk: &Desk, token: &ApiToken) -> TokenRow {
    TokenRow {
        path: format!("{PAGE}/{}", token.id),
        name: token.name.clone(),
        scope: if token.scope == Scope::Read { "Read only" } else { "Read and write" }.to_owned(),
        created: desk.on(desk.day(token.created_at)),
        last_used: token.used_at.map(|at| desk.ago(at)),
    }
}
