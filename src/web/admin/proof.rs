//! The password once more, before something is changed that money or access depends on.
//!
//! A browser that was left open, or a session that was stolen, is not enough for that. Whoever typed the password within a
//! quarter of an hour is not asked. Else nothing is done yet: what was typed waits in the answer, which nobody keeps, for
//! the password, and is sent with it to where it was meant for. It is the same browser that sent it, so keys are kept, too.

use jiff::SignedDuration;
use warp::http::StatusCode;

use super::desk::Desk;
use super::guard::SignedIn;
use super::{kept, passwords};
use crate::actions::owners;
use crate::web::error::Error;
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::views::entry::ProofPage;

/// How long a password that was typed stands for whoever typed it.
const GOOD_FOR: SignedDuration = SignedDuration::from_mins(15);
/// The field for the password, on a form that has its own as well.
const PROOF: &str = "proof";

/// The page that asks for the password, or nothing if whoever sent the form has just shown to know it.
///
/// # Errors
/// The password was tried too often, or the store failed.
pub async fn ask(desk: &Desk, request: &Request<SignedIn>) -> Result<Option<Response>, Error> {
    // A clock that was set back proves nothing.
    if desk.now.duration_since(desk.me.session.proved_at()).abs() < GOOD_FOR {
        return Ok(None);
    }
    let form = request.form()?;
    let Some(password) = form.get(PROOF) else {
        return asked(desk, request, StatusCode::UNAUTHORIZED, None).map(Some);
    };
    let tries = passwords::count_try(desk)?;
    if !passwords::is_of(&desk.app, Some(&desk.me.owner), password.to_owned()).await? {
        let refusal = Some("This is not your password. Please try again.".to_owned());
        return asked(desk, request, StatusCode::UNPROCESSABLE_ENTITY, refusal).map(Some);
    }
    desk.app.sign_in_tries.forget(&tries);
    let session = desk.me.session.id;
    desk.app.store.write(move |w| owners::prove(w, session)).await?;
    Ok(None)
}

fn asked(
    desk: &Desk,
    request: &Request<SignedIn>,
    status: StatusCode,
    error: Option<String>,
) -> Result<Response, Error> {
    let form = request.form()?;
    let fields: Vec<_> = form.iter().filter(|(name, _)| *name != PROOF).collect();
    let page = ProofPage {
        owner: desk.me.owner.email.clone(),
        action: request.path.clone(),
        rows: kept::typed(fields.iter().copied()),
        fields: fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        error,
    };
    let mut response = reply::page_with(status, &page)?;
    if status == StatusCode::UNAUTHORIZED {
        kept::challenge(&mut response);
    }
    Ok(response)
}
