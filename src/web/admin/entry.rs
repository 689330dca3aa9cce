//! Signing in and out.
//!
//! Tries are counted before the password is looked at. Strangers are counted by account and network with growing waits,
//! and by account and by network at a steady pace that never grows, so that nobody is locked out by others' tries. A
//! browser that signed in before is counted by itself alone: strangers cannot hold it up. An account that does not exist
//! takes as long as a wrong password and gets the same answer.

use std::time::{Duration, Instant};

use askama::Template;
use warp::http::{HeaderValue, StatusCode, header};

use super::cookie::Cookies;
use super::device::device;
use super::guard::{self, SignedIn, safe_next};
use super::{kept, passwords, second_step};
use crate::actions::{Refusal, owners};
use crate::credentials;
use crate::metrics::Metrics;
use crate::store::Owner;
use crate::web::body::Incoming;
use crate::web::client_address::Client;
use crate::web::error::Error;
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::routes::State;
use crate::web::views::entry::{Kept, LoginPage};
use crate::web::views::parts::Field;

const REFUSAL: &str = "That e-mail and password do not match. Please try again.";

/// `GET /admin/`: people type it so.
pub async fn without_slash(_app: State, _request: Request) -> Result<Response, Error> {
    Ok(reply::see_other("/admin"))
}

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

/// A form that was sent without a session: the sign-in page, with what was typed in it.
pub async fn interrupted(app: State, request: Request, body: Incoming) -> Result<Response, Error> {
    let kept = Some(kept::of_request(request, body).await?);
    if app.setup_secret()?.is_some() {
        return Ok(reply::see_other("/admin/setup"));
    }
    kept::sign_in(&LoginPage { kept, ..blank(&app)? })
}

pub(super) fn blank(app: &State) -> Result<LoginPage, Error> {
    let business = app.store.read(|r| r.settings())?.business.name;
    Ok(LoginPage { business, ..LoginPage::default() })
}

/// `POST /admin/login`
pub async fn login(app: State, request: Request) -> Result<Response, Error> {
    let form = request.form()?;
    let (email, next) = (form.text("email").to_owned(), form.text("next").to_owned());
    let kept = kept::of_login(&form);
    let page = LoginPage { email: Field::new(email.clone()), next: next.clone(), kept: kept.clone(), ..blank(&app)? };
    let owner = app.store.read(|r| r.owner_by_email(&email))?;
    let cookies = Cookies::of(&app, &request);
    let mark = owner.as_ref().and_then(|owner| cookies.mark(&request, owner));
    let counted = match &mark {
        Some(mark) => Counted::Browser(format!("browser {mark}")),
        None => Counted::stranger(&request.client, &email),
    };
    if let Err(wait) = counted.count(&app, Instant::now()) {
        note_throttled(&app, &request.client, wait);
        return put_off(&LoginPage { refusal: Some(too_many(wait)), ..page }, wait);
    }
    let password = form.get("password").unwrap_or_default().to_owned();
    let is_right = passwords::is_of(&app, owner.as_ref(), password.clone()).await?;
    let Some(owner) = owner.as_ref().filter(|_| is_right).cloned() else {
        note_refusal(&app, &request.client);
        return reply::page_with(
            StatusCode::UNPROCESSABLE_ENTITY,
            &LoginPage { refusal: Some(REFUSAL.to_owned()), ..page },
        );
    };
    counted.forget(&app);
    let owner = hashed_as_today(&app, owner, password).await?;
    if owner.second_step.is_some() {
        return second_step::ask(&app, &owner, next, kept);
    }
    let_in(&app, &request, &owner, &next, kept).await
}

/// Opens the session of whoever has shown all that is asked for, and leads on.
pub(super) async fn let_in(
    app: &State,
    request: &Request,
    owner: &Owner,
    next: &str,
    kept: Option<Kept>,
) -> Result<Response, Error> {
    Metrics::count(&app.metrics.sign_ins, "accepted");
    let leads_on = match kept {
        Some(kept) => kept::shown(kept, owner)?,
        None => reply::see_other(safe_next(next)),
    };
    open_session(app, request, owner, leads_on).await
}

/// The log's line about a refusal: who guards a machine by its logs needs to know whom to keep out.
pub(super) fn note_refusal(app: &State, client: &Client) {
    Metrics::count(&app.metrics.sign_ins, "refused");
    tracing::warn!(client = %client.address, "a sign-in was refused");
}

/// The line about tries that come too fast.
pub(super) fn note_throttled(app: &State, client: &Client, wait: Duration) {
    Metrics::count(&app.metrics.sign_ins, "throttled");
    log_throttled(app, client, wait);
}

/// The owner whose password has just been right, with a hash of today's parameters.
async fn hashed_as_today(app: &State, owner: Owner, password: String) -> Result<Owner, Error> {
    match app.hashing.renewed(password, &owner.password_hash).await {
        Some(hash) => Ok(app.store.write(move |w| owners::renew_hash(w, &owner, &hash)).await?),
        None => Ok(owner),
    }
}

/// What a try is counted by. Digests, so that what somebody typed is neither kept nor long.
enum Counted {
    Browser(String),
    Stranger { both: String, account: String, network: String },
}

impl Counted {
    fn stranger(client: &Client, email: &str) -> Self {
        let account = format!("account {}", credentials::digest(&email.to_lowercase()));
        let network = format!("network {:?}", client.rate_key());
        Self::Stranger { both: format!("{account} {network}"), account, network }
    }

    /// Whoever must wait for his own tries uses up nothing of what all others have together.
    fn count(&self, app: &State, now: Instant) -> Result<(), Duration> {
        match self {
            Self::Browser(browser) => app.sign_in_tries.count(browser, now),
            Self::Stranger { both, account, network } => {
                app.sign_in_tries.may(both, now)?;
                app.sign_in_pace.count(network, now)?;
                app.sign_in_pace.count(account, now)?;
                app.sign_in_tries.count(both, now)
            }
        }
    }

    fn forget(&self, app: &State) {
        let (Self::Browser(key) | Self::Stranger { both: key, .. }) = self;
        app.sign_in_tries.forget(key);
    }
}

/// One line a minute for each network, however often it tries.
fn log_throttled(app: &State, client: &Client, wait: Duration) {
    if app.sign_in_lines.count(&format!("{:?}", client.rate_key()), Instant::now()).is_ok() {
        tracing::warn!(client = %client.address, wait_seconds = wait.as_secs(), "sign-ins come too fast and were put off");
    }
}

/// What is said to whoever has to wait.
pub(super) fn too_many(wait: Duration) -> String {
    let seconds = wait.as_secs().max(1);
    let words = if seconds < 90 { format!("{seconds} seconds") } else { format!("{} minutes", seconds.div_ceil(60)) };
    format!("That was too many tries. Please wait {words}, then try again.")
}

/// The page that says so.
pub(super) fn put_off(page: &impl Template, wait: Duration) -> Result<Response, Error> {
    let mut response = reply::page_with(StatusCode::TOO_MANY_REQUESTS, page)?;
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
    Ok(response)
}

/// Opens a session for whoever has just proved to be `owner`, with the answer that leads on. One that the request came
/// with ends.
pub async fn open_session<By>(
    app: &State,
    request: &Request<By>,
    owner: &Owner,
    leads_on: Response,
) -> Result<Response, Error> {
    let secret = new_secret()?;
    let cookies = Cookies::of(app, request);
    let is_known = cookies.mark(request, owner).is_some();
    // One browser of two owners is known to each of them.
    let random = cookies.browser(request).map_or_else(new_secret, Ok)?;
    let (proven, digest, mark) = (owner.clone(), credentials::digest(&secret), credentials::digest(&random));
    let browser = request.header("user-agent").unwrap_or_default().to_owned();
    let by = format!("{}, from {}", device(&browser), request.client.address);
    let before = guard::signed_in(app, request)?.map(|found| found.session.id);
    let opened = app.store.write(move |w| {
        let session = owners::sign_in(w, &proven, &digest, &browser, before)?;
        owners::note_browser(w, proven.id, &mark, is_known, &by)?;
        Ok(session)
    });
    let session = opened.await.map_err(|error: Refusal| error)?;
    let response = cookies.with_session(leads_on, session.id, &secret);
    Ok(cookies.with_mark(response, owner, &random))
}

fn new_secret() -> Result<String, Error> {
    credentials::new_secret().map_err(|error| Error::internal(error.to_string()))
}

/// `POST /admin/logout`
pub async fn logout(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let id = request.by.session.id;
    app.store.write(move |w| w.remove_session(id)).await?;
    let mut leads_on = reply::see_other("/admin/login?done=out");
    // Whoever sits down here next is shown nothing by going back. Over plain HTTP browsers ignore it.
    leads_on.headers_mut().insert("clear-site-data", HeaderValue::from_static("\"cache\""));
    Ok(Cookies::of(&app, &request).without_session(leads_on))
}
