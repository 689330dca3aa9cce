//! Signing in and out.
//!
//! Tries are counted before the password is looked at, by address and by account. An account that does not exist takes as
//! long as a wrong password and gets the same answer.

use std::time::{Duration, Instant};

use warp::http::{HeaderValue, StatusCode, header};

use super::guard::{self, SignedIn, safe_next};
use crate::actions::{Refusal, owners};
use crate::credentials;
use crate::metrics::Metrics;
use crate::store::Owner;
use crate::web::client_address::Client;
use crate::web::error::Error;
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::routes::State;
use crate::web::views::entry::LoginPage;
use crate::web::views::parts::Field;

const REFUSAL: &str = "That e-mail and password do not match. Please try again.";

/// `GET /admin/login`
pub async fn login_page(app: State, request: Request) -> Result<Response, Error> {
    if guard::signed_in(&app, &request)?.is_some() {
        return Ok(reply::see_other(safe_next(request.query.text("next"))));
    }
    if app.setup_secret()?.is_some() {
        return Ok(reply::see_other("/admin/setup"));
    }
    let notice = (request.query.text("done") == "out").then(|| "You are signed out.".to_owned());
    let page = LoginPage { notice, next: request.query.text("next").to_owned(), ..blank(&app)? };
    reply::page(&page)
}

fn blank(app: &State) -> Result<LoginPage, Error> {
    let business = app.store.read(|r| r.settings())?.business.name;
    Ok(LoginPage { business, ..LoginPage::default() })
}

/// `POST /admin/login`
pub async fn login(app: State, request: Request) -> Result<Response, Error> {
    let form = request.form()?;
    let (email, next) = (form.text("email").to_owned(), form.text("next").to_owned());
    let page = LoginPage { email: Field::new(email.clone()), next: next.clone(), ..blank(&app)? };
    let keys = keys(&request.client, &email);
    if let Err(wait) = count(&app, &keys) {
        Metrics::count(&app.metrics.sign_ins, "throttled");
        return throttled(page, wait);
    }
    let owner = app.store.read(|r| r.owner_by_email(&email))?;
    let password = form.get("password").unwrap_or_default().to_owned();
    let is_right =
        credentials::verify_password(password, owner.as_ref().map(|owner| owner.password_hash.clone())).await;
    let Some(owner) = owner.filter(|_| is_right) else {
        Metrics::count(&app.metrics.sign_ins, "refused");
        tracing::warn!("a sign-in was refused");
        return reply::page_with(
            StatusCode::UNPROCESSABLE_ENTITY,
            &LoginPage { refusal: Some(REFUSAL.to_owned()), ..page },
        );
    };
    for key in &keys {
        app.sign_in_tries.forget(key);
    }
    Metrics::count(&app.metrics.sign_ins, "accepted");
    open_session(&app, &request, &owner, safe_next(&next)).await
}

/// The keys that a try is counted by: where it comes from, and whom it is for.
fn keys(client: &Client, email: &str) -> [String; 2] {
    // Digests, so that what somebody typed is neither kept nor long.
    [format!("address {:?}", client.rate_key()), format!("account {}", credentials::digest(&email.to_lowercase()))]
}

fn count(app: &State, keys: &[String]) -> Result<(), Duration> {
    let now = Instant::now();
    keys.iter().try_for_each(|key| app.sign_in_tries.count(key, now))
}

fn throttled(page: LoginPage, wait: Duration) -> Result<Response, Error> {
    let seconds = wait.as_secs().max(1);
    let words = if seconds < 90 { format!("{seconds} seconds") } else { format!("{} minutes", seconds.div_ceil(60)) };
    let refusal = Some(format!("That were many tries. Please wait {words}, then try again."));
    let mut response = reply::page_with(StatusCode::TOO_MANY_REQUESTS, &LoginPage { refusal, ..page })?;
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    Ok(response)
}

/// Opens a session for whoever has just proved to be `owner`, and leads on.
pub async fn open_session<By>(
    app: &State,
    request: &Request<By>,
    owner: &Owner,
    next: &str,
) -> Result<Response, Error> {
    let secret = credentials::new_secret().map_err(|error| Error::internal(error.to_string()))?;
    let (id, digest) = (owner.id, credentials::digest(&secret));
    let browser = request.header("user-agent").unwrap_or_default().to_owned();
    let session =
        app.store.write(move |w| owners::sign_in(w, id, &digest, &browser)).await.map_err(|error: Refusal| error)?;
    Ok(guard::with_session(reply::see_other(next), request.client.secure, session.id, &secret))
}

/// `POST /admin/logout`
pub async fn logout(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let id = request.by.session.id;
    app.store.write(move |w| w.remove_session(id)).await?;
    Ok(guard::without_session(reply::see_other("/admin/login?done=out"), request.client.secure))
}
