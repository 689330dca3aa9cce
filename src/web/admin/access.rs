//! The one-time address that `quittance owner reset-access` prints: another password for whoever forgot theirs.

use warp::http::StatusCode;

use super::device::device;
use super::entered::Wrong;
use super::entry::open_session;
use super::guard::Regaining;
use super::passwords;
use crate::actions::{Refusal, owners};
use crate::credentials::{Chosen, Whose};
use crate::web::error::Error;
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::routes::State;
use crate::web::views::entry::AccessPage;

/// `GET /admin/access/{secret}`
pub async fn page(_app: State, request: Request<Regaining>) -> Result<Response, Error> {
    reply::page(&view(&request, &Wrong::default()))
}

fn view(request: &Request<Regaining>, wrong: &Wrong) -> AccessPage {
    AccessPage {
        email: request.by.email.clone(),
        problems: wrong.problems(),
        password_error: wrong.about("password"),
        action: request.path.clone(),
    }
}

/// `POST /admin/access/{secret}`: stores the password, uses the address up, and signs in.
pub async fn regain(app: State, request: Request<Regaining>) -> Result<Response, Error> {
    let form = request.form()?;
    let business = app.store.read(|r| r.settings())?.business.name;
    let whose = Whose { email: &request.by.email, business: &business };
    let chosen = match Chosen::new(form.get("password").unwrap_or_default(), whose) {
        Ok(chosen) => chosen,
        Err(error) => {
            let mut wrong = Wrong::default();
            wrong.add("password", error);
            return reply::page_with(StatusCode::UNPROCESSABLE_ENTITY, &view(&request, &wrong));
        }
    };
    let hash = passwords::hashed(&app, chosen).await?;
    let digest = request.by.digest.clone();
    let by = format!("the one-time address for it, in {}", device(request.header("user-agent").unwrap_or_default()));
    let regained = app.store.write(move |w| owners::regain_access(w, &digest, &hash, &by)).await;
    let owner = regained.map_err(|refusal: Refusal| Error::from(refusal))?;
    open_session(&app, &request, &owner, reply::see_other("/admin?done=password")).await
}
