//! The owner's own account: password, sessions, keyboard.

use warp::http::StatusCode;

use super::super::desk::Desk;
use super::super::device::device;
use super::super::entered::Wrong;
use super::super::entry::open_session;
use super::super::guard::SignedIn;
use super::super::passwords;
use super::is_on;
use crate::actions::owners;
use crate::billing::id::SessionId;
use crate::credentials::{Chosen, Whose};
use crate::web::error::Error;
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::routes::State;
use crate::web::views::settings::{AccountSettings, SessionRow};
use crate::web::views::shell::Section;

const PAGE: &str = "/admin/settings/account";

/// `GET /admin/settings/account`
pub async fn account(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    reply::page(&page(&desk, &Wrong::default())?)
}

/// `POST /admin/settings/account/password`: ends every session, and opens a new one here.
pub async fn password(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let form = request.form()?;
    let (id, tries) = (desk.me.owner.id, passwords::count_try(&desk)?);
    let text = |name: &str| form.get(name).unwrap_or_default().to_owned();
    let mut wrong = Wrong::default();
    if passwords::is_of(&desk.app, Some(&desk.me.owner), text("current")).await? {
        desk.app.sign_in_tries.forget(&tries);
    } else {
        wrong.add("current", "This is not your present password.");
    }
    let whose = Whose { email: &desk.me.owner.email, business: &desk.settings.business.name };
    match Chosen::new(&text("password"), whose) {
        Ok(chosen) if wrong.is_empty() => {
            let (hash, by) = (passwords::hashed(&desk.app, chosen).await?, desk.hand());
            let owner = desk.app.store.write(move |w| owners::change_password(w, id, &hash, &by)).await?;
            let leads_on = reply::see_other(&format!("{PAGE}?done=password"));
            return open_session(&desk.app, &request, &owner, leads_on).await;
        }
        Ok(_) => {}
        Err(error) => wrong.add("password", error),
    }
    reply::page_with(StatusCode::UNPROCESSABLE_ENTITY, &page(&desk, &wrong)?)
}

/// `POST /admin/settings/account/shortcuts`
pub async fn shortcuts(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let (id, without_shortcuts) = (desk.me.owner.id, !is_on(&request.form()?, "shortcuts"));
    desk.app.store.write(move |w| owners::set_keyboard(w, id, without_shortcuts)).await?;
    Ok(reply::see_other(&format!("{PAGE}?done=saved")))
}

/// `POST /admin/settings/sessions/{id}/revoke`
pub async fn end_session(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let (id, me): (SessionId, _) = (request.param("id")?, desk.me.owner.id);
    let ended = desk.app.store.write(move |w| match w.session(id)?.filter(|session| session.owner == me) {
        Some(_) => w.remove_session(id).map(|()| true),
        None => Ok(false),
    });
    if ended.await? { Ok(reply::see_other(&format!("{PAGE}?done=ended"))) } else { Err(Error::NotFound) }
}

/// `POST /admin/settings/account/sessions`: ends every session but this one.
pub async fn end_other_sessions(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let (me, here) = (desk.me.owner.id, desk.me.session.id);
    desk.app.store.write(move |w| owners::end_other_sessions(w, me, here)).await?;
    Ok(reply::see_other(&format!("{PAGE}?done=ended-others")))
}

fn page(desk: &Desk, wrong: &Wrong) -> Result<AccountSettings, Error> {
    let me = &desk.me;
    let sessions = desk.app.store.read(|r| r.sessions())?;
    let alive = sessions.into_iter().filter(|session| session.owner == me.owner.id);
    let alive = alive.filter(|session| owners::is_alive(session, desk.now));
    Ok(AccountSettings {
        shell: desk.shell(Section::Settings)?,
        problems: wrong.problems(),
        current_error: wrong.about("current"),
        password_error: wrong.about("password"),
        second_step: me.owner.second_step.as_ref().map(|second| desk.on(desk.day(second.since))),
        sessions: alive
            .map(|session| SessionRow {
                path: format!("/admin/settings/sessions/{}", session.id),
                device: device(&session.user_agent),
                since: desk.on(desk.day(session.created_at)),
                last_seen: desk.ago(session.seen_at),
                current: session.id == me.session.id,
            })
            .collect(),
    })
}
