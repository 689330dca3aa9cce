//! The owner's own account: password, sessions, keyboard.

use std::time::Instant;

use warp::http::StatusCode;

use super::super::desk::Desk;
use super::super::entered::Wrong;
use super::super::guard::SignedIn;
use super::{change, is_on};
use crate::actions::owners;
use crate::billing::id::SessionId;
use crate::billing::settings::Settings;
use crate::credentials;
use crate::web::error::Error;
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::routes::State;
use crate::web::views::settings::{AccountSettings, OwnerRow, SessionRow};
use crate::web::views::shell::Section;

const PAGE: &str = "/admin/settings/account";

/// `GET /admin/settings/account`
pub async fn account(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    reply::page(&page(&desk, &Wrong::default())?)
}

/// `POST /admin/settings/account/password`: ends every other session.
pub async fn password(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let form = request.form()?;
    let (id, session) = (desk.me.owner.id, desk.me.session.id);
    let tries = format!("password {id}");
    // Whoever finds an open browser must not be able to find the password out.
    if let Err(wait) = desk.app.sign_in_tries.count(&tries, Instant::now()) {
        return Err(Error::TooManyRequests { retry_after: wait });
    }
    let text = |name: &str| form.get(name).unwrap_or_default().to_owned();
    let mut wrong = Wrong::default();
    if credentials::verify_password(text("current"), Some(desk.me.owner.password_hash.clone())).await {
        desk.app.sign_in_tries.forget(&tries);
    } else {
        wrong.add("current", "This is not your present password.");
    }
    let hash = match credentials::check_password(&text("password")) {
        Ok(()) if wrong.is_empty() => credentials::hash_password(text("password")).await,
        checked => checked.map(|()| String::new()),
    };
    match hash {
        Ok(hash) if wrong.is_empty() => {
            desk.app.store.write(move |w| owners::change_password(w, id, &hash, Some(session))).await?;
            return Ok(reply::see_other(&format!("{PAGE}?done=password")));
        }
        Ok(_) => {}
        Err(error) => wrong.add("password", error),
    }
    reply::page_with(StatusCode::UNPROCESSABLE_ENTITY, &page(&desk, &wrong)?)
}

/// `POST /admin/settings/account/shortcuts`
pub async fn shortcuts(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let shortcuts = is_on(&request.form()?, "shortcuts");
    change(&desk, move |settings| Settings { shortcuts, ..settings }).await?;
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

fn page(desk: &Desk, wrong: &Wrong) -> Result<AccountSettings, Error> {
    let me = &desk.me;
    let (owners, sessions) = desk.app.store.read(|r| Ok::<_, crate::store::Error>((r.owners()?, r.sessions()?)))?;
    let alive = sessions.into_iter().filter(|session| session.owner == me.owner.id);
    let alive = alive.filter(|session| owners::is_alive(session, desk.now));
    Ok(AccountSettings {
        shell: desk.shell(Section::Settings)?,
        problems: wrong.problems(),
        current_error: wrong.about("current"),
        password_error: wrong.about("password"),
        owners: owners
            .into_iter()
            .map(|owner| OwnerRow {
                added: desk.on(desk.day(owner.created_at)),
                is_you: owner.id == me.owner.id,
                email: owner.email,
            })
            .collect(),
        sessions: alive
            .map(|session| SessionRow {
                path: format!("/admin/settings/sessions/{}", session.id),
                device: device(&session.user_agent),
                last_seen: desk.ago(session.seen_at),
                current: session.id == me.session.id,
            })
            .collect(),
    })
}

/// `Firefox on Linux`: enough to recognise one's own by. The order matters, because most browsers claim to be others too.
fn device(user_agent: &str) -> String {
    let named = |names: &[(&str, &'static str)]| {
        names.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name)
    };
    let browser = named(&[
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("CriOS/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = named(&[
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS X", "Mac"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.to_owned(),
        (None, _) => "Another program".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::device;

    #[test]
    fn a_browser_is_told_from_those_that_it_claims_to_be() {
        let chrome =
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
        let safari =
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605 Version/19.0 Mobile/15E Safari/604";
        for (agent, expected) in [
            (chrome, "Chrome on Linux"),
            (safari, "Safari on iPhone"),
            ("Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Windows"),
            ("curl/8", "Another program"),
            ("", "Another program"),
        ] {
            assert_eq!(device(agent), expected);
        }
    }
}
