//! The second step of one's own sign-in: set up, other recovery codes, switched off.

use warp::http::StatusCode;

use super::super::desk::Desk;
use super::super::entered::Wrong;
use super::super::guard::SignedIn;
use super::super::second_step::pass;
use super::super::{passwords, proof};
use crate::actions::second_step;
use crate::credentials;
use crate::credentials::one_time::{self, OneTime, new_recovery_codes, recovery_text};
use crate::store::Owner;
use crate::web::error::Error;
use crate::web::form::Form;
use crate::web::qr;
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::routes::State;
use crate::web::views::second_step::{SecondStepSettings, Standing};
use crate::web::views::shell::Section;

const PAGE: &str = "/admin/settings/account/second-step";

/// `GET /admin/settings/account/second-step`
pub async fn page(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    reply::page(&view(&desk, as_it_stands(&desk, &desk.me.owner, vec![]), &Wrong::default())?)
}

/// `POST /admin/settings/account/second-step`
pub async fn save(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let form = request.form()?;
    match form.text("do") {
        "begin" | "confirm" => {
            // Whoever finds an open browser must not put a lock of their own on the account.
            if let Some(asked) = proof::ask(&desk, &request).await? {
                return Ok(asked);
            }
            if form.text("do") == "begin" { begin(&desk).await } else { confirm(&desk, &form).await }
        }
        "codes" => renew_codes(&desk, &form).await,
        "off" => switch_off(&desk, &form).await,
        _ => Ok(reply::see_other(PAGE)),
    }
}

async fn begin(desk: &Desk) -> Result<Response, Error> {
    desk.app.vault.make_ready()?;
    let secret = OneTime::new_secret().map_err(Error::internal)?;
    let (id, vault, kept) = (desk.me.owner.id, desk.app.vault.clone(), secret.clone());
    desk.app.store.write(move |w| second_step::begin(w, &vault, id, &kept)).await?;
    reply::page(&view(desk, begun(desk, &secret), &Wrong::default())?)
}

/// The picture and the text that an app takes.
fn begun(desk: &Desk, secret: &str) -> Standing {
    let address = one_time::address(secret, &desk.me.owner.email, &desk.settings.business.name);
    let groups: Vec<String> =
        secret.as_bytes().chunks(4).map(|part| String::from_utf8_lossy(part).into_owned()).collect();
    Standing::Begun { qr: qr::address(&address), secret: groups.join(" "), address }
}

async fn confirm(desk: &Desk, form: &Form) -> Result<Response, Error> {
    let (id, now) = (desk.me.owner.id, desk.app.clock.now());
    let Some(secret) = desk.app.store.read(|r| second_step::begun_secret(&r, &desk.app.vault, id))? else {
        return Ok(reply::see_other(PAGE));
    };
    let tries = passwords::count_try(desk)?;
    let Some(step) = OneTime::of(&secret).and_then(|shown| shown.step_of(form.text("code"), now)) else {
        let mut wrong = Wrong::default();
        wrong
            .add("code", "That is not the code of this moment. If it goes on, compare the clocks of phone and server.");
        return reply::page_with(StatusCode::UNPROCESSABLE_ENTITY, &view(desk, begun(desk, &secret), &wrong)?);
    };
    desk.app.sign_in_tries.forget(&tries);
    let (codes, digests) = fresh_codes()?;
    let (vault, me, by) = (desk.app.vault.clone(), (id, desk.me.session.id), desk.hand());
    let set_up = desk.app.store.write(move |w| second_step::confirm(w, &vault, me, step, digests.clone(), &by));
    let owner = set_up.await?;
    reply::page(&view(desk, as_it_stands(desk, &owner, codes), &Wrong::default())?)
}

/// Recovery codes to be shown, and what is stored of them.
fn fresh_codes() -> Result<(Vec<String>, Vec<String>), Error> {
    let codes = new_recovery_codes().map_err(Error::internal)?;
    let digests = codes.iter().map(|code| credentials::digest(&recovery_text(code))).collect();
    Ok((codes, digests))
}

async fn renew_codes(desk: &Desk, form: &Form) -> Result<Response, Error> {
    if let Some(refused) = both_shown(desk, form).await? {
        return Ok(refused);
    }
    let (codes, digests) = fresh_codes()?;
    let (id, by) = (desk.me.owner.id, desk.hand());
    let owner = desk.app.store.write(move |w| second_step::renew_codes(w, id, digests.clone(), &by)).await?;
    reply::page(&view(desk, as_it_stands(desk, &owner, codes), &Wrong::default())?)
}

async fn switch_off(desk: &Desk, form: &Form) -> Result<Response, Error> {
    if let Some(refused) = both_shown(desk, form).await? {
        return Ok(refused);
    }
    let (id, by) = (desk.me.owner.id, desk.hand());
    desk.app.store.write(move |w| second_step::switch_off(w, id, &by)).await?;
    Ok(reply::see_other("/admin/settings/account?done=second-step-off"))
}

/// The password and a code, both and whenever: whoever finds an open browser has one of them at most. The page again if
/// one is wrong, which does not say which; a code is not used up by a wrong password.
async fn both_shown(desk: &Desk, form: &Form) -> Result<Option<Response>, Error> {
    let (me, tries) = (&desk.me.owner, passwords::count_try(desk)?);
    let password = form.get("current").unwrap_or_default().to_owned();
    if passwords::is_of(&desk.app, Some(me), password).await? && pass(&desk.app, me, form, desk.hand()).await? {
        desk.app.sign_in_tries.forget(&tries);
        return Ok(None);
    }
    let mut wrong = Wrong::default();
    wrong.add("current", "Password and code do not both fit. Please wait for the next code and type both again.");
    let page = view(desk, as_it_stands(desk, me, vec![]), &wrong)?;
    reply::page_with(StatusCode::UNPROCESSABLE_ENTITY, &page).map(Some)
}

/// `codes` are shown this once.
fn as_it_stands(desk: &Desk, owner: &Owner, codes: Vec<String>) -> Standing {
    match &owner.second_step {
        Some(second) => Standing::On { since: desk.on(desk.day(second.since)), left: second.recovery.len(), codes },
        None => Standing::Off,
    }
}

fn view(desk: &Desk, standing: Standing, wrong: &Wrong) -> Result<SecondStepSettings, Error> {
    Ok(SecondStepSettings {
        shell: desk.shell(Section::Settings)?,
        problems: wrong.problems(),
        current_error: wrong.about("current"),
        code: wrong.field("code", ""),
        standing,
    })
}
