//! The second step of signing in: a code of an app, or a recovery code, behind the right password.
//!
//! Between the two pages stands a ticket in the form. It says whose password was right and until when, opens nothing by
//! itself, and is keyed by what only this process knows: no copy of the store is enough to make one. Whoever gets here has
//! the password, so codes are counted by account alone, wherever they come from, with growing waits; a browser that signed in
//! before is counted by itself, so that a thief of the password does not hold its owner up.

use std::time::Instant;

use jiff::{SignedDuration, Timestamp};
use warp::http::StatusCode;

use super::cookie::Cookies;
use super::device::device;
use super::{entry, kept};
use crate::actions::second_step;
use crate::actions::sensitive::{self, Before};
use crate::app::App;
use crate::billing::id::OwnerId;
use crate::billing::sensitive::Sensitive;
use crate::credentials;
use crate::credentials::one_time::{OneTime, STEP, recovery_text};
use crate::store::Owner;
use crate::web::error::Error;
use crate::web::form::Form;
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::routes::State;
use crate::web::views::entry::{CodePage, Kept, LoginPage};

/// How long whoever typed the password may look for the code.
const WITHIN: SignedDuration = SignedDuration::from_mins(10);
/// Wrong codes within a day beyond which the owners are told: whoever types them has the password.
const WRONG_CODES_MAX: u32 = 9;

const REFUSAL: &str = "That code does not open. Please wait for the next one and try again.";
const TOO_LATE: &str = "That took longer than ten minutes. Please sign in again.";

/// `GET /admin/login/code`: the page comes behind the password only.
pub async fn begin_again(_app: State, _request: Request) -> Result<Response, Error> {
    Ok(reply::see_other("/admin/login"))
}

/// The page for the code, in answer to the right password.
pub fn ask(app: &State, owner: &Owner, next: String, kept: Option<Kept>) -> Result<Response, Error> {
    let ticket = ticket(app, owner, app.clock.now());
    reply::page(&CodePage { ticket, next, kept, ..blank(app, owner)? })
}

fn blank(app: &State, owner: &Owner) -> Result<CodePage, Error> {
    let secret = app.store.read(|r| second_step::secret(&r, &app.vault, owner.id))?;
    Ok(CodePage { business: entry::blank(app)?.business, is_unreadable: secret.is_none(), ..CodePage::default() })
}

/// `POST /admin/login/code`
pub async fn check(app: State, request: Request) -> Result<Response, Error> {
    let form = request.form()?;
    let (next, kept) = (form.text("next").to_owned(), kept::of_login(&form));
    let Some(owner) = holder(&app, form.text("ticket"), app.clock.now())? else {
        let page = LoginPage { refusal: Some(TOO_LATE.to_owned()), next, kept, ..entry::blank(&app)? };
        return reply::page_with(StatusCode::UNPROCESSABLE_ENTITY, &page);
    };
    let ticket = form.text("ticket").to_owned();
    let page = CodePage { ticket, next: next.clone(), kept: kept.clone(), ..blank(&app, &owner)? };
    let tries = match Cookies::of(&app, &request).mark(&request, &owner) {
        Some(mark) => format!("code browser {mark}"),
        None => format!("code {}", owner.id),
    };
    if let Err(wait) = app.sign_in_tries.count(&tries, Instant::now()) {
        entry::note_throttled(&app, &request.client, wait);
        return entry::put_off(&CodePage { refusal: Some(entry::too_many(wait)), ..page }, wait);
    }
    let by = format!("somebody with the password, in {}", device(request.header("user-agent").unwrap_or_default()));
    if !pass(&app, &owner, &form, by).await? {
        entry::note_refusal(&app, &request.client);
        let page = CodePage { refusal: Some(REFUSAL.to_owned()), ..page };
        return reply::page_with(StatusCode::UNPROCESSABLE_ENTITY, &page);
    }
    app.sign_in_tries.forget(&tries);
    entry::let_in(&app, &request, &owner, &next, kept).await
}

/// Whether the code or the recovery code of a form is good for this owner; it is used up by that. A wrong one is counted,
/// wherever it was typed.
///
/// # Errors
/// The store failed.
pub async fn pass(app: &App, owner: &Owner, form: &Form, by: String) -> Result<bool, Error> {
    let recovery = recovery_text(form.text("recovery"));
    let (id, teller) = (owner.id, by.clone());
    let is_good = if recovery.is_empty() {
        match step_of(app, id, form.text("code"))? {
            Some((step, now)) => app.store.write(move |w| second_step::use_code(w, id, step, now)).await?,
            None => false,
        }
    } else {
        let digest = credentials::digest(&recovery);
        app.store.write(move |w| second_step::use_recovery_code(w, id, &digest, &by)).await?
    };
    if !is_good {
        note_wrong_code(app, owner, teller).await;
    }
    Ok(is_good)
}

/// The step whose code was typed, and the present one.
fn step_of(app: &App, owner: OwnerId, code: &str) -> Result<Option<(u64, u64)>, Error> {
    let (secret, now) = (app.store.read(|r| second_step::secret(&r, &app.vault, owner))?, app.clock.now());
    let shown = secret.and_then(|secret| OneTime::of(&secret));
    Ok(shown.and_then(|shown| shown.step_of(code, now)).map(|step| (step, step_at(now))))
}

fn step_at(now: Timestamp) -> u64 {
    u64::try_from(now.as_second() / STEP.as_secs()).unwrap_or_default()
}

async fn note_wrong_code(app: &App, owner: &Owner, by: String) {
    if app.wrong_codes.count(owner.id, app.clock.now()) != WRONG_CODES_MAX + 1 {
        return;
    }
    let what = Sensitive::WrongCodes { owner: owner.email.clone() };
    if let Err(error) = app.store.write(move |w| sensitive::tell(w, what.clone(), Before::Something, &by)).await {
        tracing::warn!(%error, "a mail to the owners could not be stored");
    }
}

/// Says that the password of this owner was right: `OWNER.UNTIL.PROOF`.
fn ticket(app: &App, owner: &Owner, now: Timestamp) -> String {
    let until = now.saturating_add(WITHIN).unwrap_or(now).as_second();
    format!("{}.{until}.{}", owner.id, credentials::keyed(&app.sign_in_key, &said(owner, until)))
}

/// Another password, and a second step that was switched off, make it worthless.
fn said(owner: &Owner, until: i64) -> String {
    format!("{} {} {until}", owner.id, owner.password_hash)
}

/// Whose ticket it is, while it is good.
fn holder(app: &App, ticket: &str, now: Timestamp) -> Result<Option<Owner>, Error> {
    let mut parts = ticket.splitn(3, '.');
    let (Some(id), Some(until), Some(proof)) = (parts.next(), parts.next(), parts.next()) else {
        return Ok(None);
    };
    let (Ok(id), Ok(until)) = (id.parse::<OwnerId>(), until.parse::<i64>()) else { return Ok(None) };
    let is_in_time = (0..=WITHIN.as_secs()).contains(&until.saturating_sub(now.as_second()));
    let owner = app.store.read(|r| r.owner(id))?.filter(|owner| owner.second_step.is_some() && is_in_time);
    Ok(owner.filter(|owner| credentials::is_keyed(&app.sign_in_key, &said(owner, until), proof)))
}
