//! The first run: from an empty data folder to the first invoice, one step a page.
//!
//! The one-time address leads to the first step only. Whoever takes it is signed in, and goes on like any owner; every
//! further step can be left and taken up again.

use warp::http::StatusCode;

use super::desk::Desk;
use super::entered::Wrong;
use super::entry::open_session;
use super::findings::findings;
use super::forms::{Sent, business, mail, numbering, stripe};
use super::guard::{Holder, SignedIn};
use super::settings::shown_again;
use super::{passwords, proof};
use crate::actions::{Refusal, owners};
use crate::billing::email::check_email;
use crate::credentials::{Chosen, Whose};
use crate::web::error::Error;
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::routes::State;
use crate::web::views::forms::{BusinessForm, MailForm, NumberingForm, StripeForm};
use crate::web::views::setup::{
    BusinessStep, FinishStep, MailStep, NumberingStep, OwnerStep, PaymentsStep, Progress, SetupExpired, Step, StepState,
};

const BUSINESS: &str = "/admin/setup/business";
const NUMBERING: &str = "/admin/setup/numbering";
const MAIL: &str = "/admin/setup/mail";
const PAYMENTS: &str = "/admin/setup/payments";
const FINISH: &str = "/admin/setup/finish";

/// The steps, and where each is done once somebody is signed in.
const STEPS: [(&str, Option<&str>); 6] = [
    ("Your account", None),
    ("Your business", Some(BUSINESS)),
    ("Numbers and taxes", Some(NUMBERING)),
    ("Mail", Some(MAIL)),
    ("Card payments", Some(PAYMENTS)),
    ("Ready", Some(FINISH)),
];

fn progress(desk: Option<&Desk>, current: usize) -> Progress {
    let step = |(place, (text, url)): (usize, &(&str, Option<&str>))| Step {
        text: (*text).to_owned(),
        state: match place.cmp(&current) {
            std::cmp::Ordering::Less if desk.is_some_and(|desk| was_skipped(desk, *url)) => StepState::Ahead,
            std::cmp::Ordering::Less => StepState::Done,
            std::cmp::Ordering::Equal => StepState::Current,
            std::cmp::Ordering::Greater => StepState::Ahead,
        },
        url: url.filter(|_| place < current).map(str::to_owned),
    };
    Progress {
        steps: STEPS.iter().enumerate().map(step).collect(),
        position: format!("Step {} of {}", current + 1, STEPS.len()),
    }
}

/// Whether a step was left without what it is for.
fn was_skipped(desk: &Desk, step: Option<&str>) -> bool {
    let connections = desk.app.connections();
    match step {
        Some(BUSINESS) => desk.settings.business.name.is_empty(),
        Some(MAIL) => connections.post.is_none(),
        Some(PAYMENTS) => connections.stripe_key.is_none(),
        _ => false,
    }
}

/// `GET /admin/setup`: where a wrong setup address leads.
pub async fn expired(app: State, _request: Request) -> Result<Response, Error> {
    if app.setup_secret()?.is_none() {
        return Ok(reply::see_other("/admin/login"));
    }
    reply::page_with(StatusCode::NOT_FOUND, &SetupExpired)
}

/// `GET /admin/setup/{secret}`
pub async fn owner_page(_app: State, request: Request<Holder>) -> Result<Response, Error> {
    reply::page(&owner_step(&request.by, "", &Wrong::default()))
}

fn owner_step(holder: &Holder, email: &str, wrong: &Wrong) -> OwnerStep {
    OwnerStep {
        progress: progress(None, 0),
        action: format!("/admin/setup/{}", holder.secret),
        problems: wrong.problems(),
        email: wrong.field("email", email),
        password_error: wrong.about("password"),
    }
}

/// `POST /admin/setup/{secret}`: makes the first owner and signs them in.
pub async fn create_owner(app: State, request: Request<Holder>) -> Result<Response, Error> {
    let form = request.form()?;
    let (email, password) = (form.text("email").to_owned(), form.get("password").unwrap_or_default().to_owned());
    let mut wrong = Wrong::default();
    if let Err(error) = check_email(&email) {
        wrong.add("email", error);
    }
    let chosen = Chosen::new(&password, Whose { email: &email, business: "" });
    let Some(chosen) = chosen.map_err(|error| wrong.add("password", error)).ok().filter(|_| wrong.is_empty()) else {
        return reply::page_with(StatusCode::UNPROCESSABLE_ENTITY, &owner_step(&request.by, &email, &wrong));
    };
    let hash = passwords::hashed(&app, chosen).await?;
    let made = app.store.write(move |w| owners::add_first(w, &email, &hash)).await;
    let owner = made.map_err(|refusal: Refusal| Error::from(refusal))?;
    open_session(&app, &request, &owner, reply::see_other(BUSINESS)).await
}

/// `GET /admin/setup/business`
pub async fn business_page(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let business = business::suggested(&desk, request.header("accept-language").unwrap_or_default());
    reply::page(&business_step(&desk, business))
}

fn business_step(desk: &Desk, business: BusinessForm) -> BusinessStep {
    let (action, skip_url) = (BUSINESS.to_owned(), NUMBERING.to_owned());
    BusinessStep { progress: progress(Some(desk), 1), action, skip_url, business }
}

/// `POST /admin/setup/business`
pub async fn save_business(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let form = request.form()?;
    if business::changes_bank_details(&desk, &form)
        && let Some(asked) = proof::ask(&desk, &request).await?
    {
        return Ok(asked);
    }
    match business::save(&desk, &form).await? {
        Sent::Saved => Ok(reply::see_other(NUMBERING)),
        Sent::Again { view, why } => reply::page_with(shown_again(why), &business_step(&desk, view)),
    }
}

/// `GET /admin/setup/numbering`
pub async fn numbering_page(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    reply::page(&numbering_step(&desk, numbering::suggested(&desk)))
}

fn numbering_step(desk: &Desk, numbering: NumberingForm) -> NumberingStep {
    NumberingStep {
        progress: progress(Some(desk), 2),
        action: NUMBERING.to_owned(),
        skip_url: MAIL.to_owned(),
        numbering,
    }
}

/// `POST /admin/setup/numbering`
pub async fn save_numbering(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    match numbering::save(&desk, &request.form()?).await? {
        Sent::Saved => Ok(reply::see_other(MAIL)),
        Sent::Again { view, why } => reply::page_with(shown_again(why), &numbering_step(&desk, view)),
    }
}

/// `GET /admin/setup/mail`
pub async fn mail_page(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    reply::page(&mail_step(&desk, mail::stored(&desk)))
}

fn mail_step(desk: &Desk, mail: MailForm) -> MailStep {
    let (action, skip_url) = (MAIL.to_owned(), PAYMENTS.to_owned());
    MailStep { progress: progress(Some(desk), 3), action, skip_url, mail }
}

/// `POST /admin/setup/mail`
pub async fn save_mail(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let form = request.form()?;
    if mail::changes_the_way_out(&desk, &form)
        && let Some(asked) = proof::ask(&desk, &request).await?
    {
        return Ok(asked);
    }
    match mail::save(&desk, &form).await? {
        Sent::Saved => Ok(reply::see_other(PAYMENTS)),
        Sent::Again { view, why } => reply::page_with(shown_again(why), &mail_step(&desk, view)),
    }
}

/// `GET /admin/setup/payments`
pub async fn payments_page(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    reply::page(&payments_step(&desk, stripe::stored(&desk)?))
}

fn payments_step(desk: &Desk, stripe: StripeForm) -> PaymentsStep {
    let (action, skip_url) = (PAYMENTS.to_owned(), FINISH.to_owned());
    PaymentsStep { progress: progress(Some(desk), 4), action, skip_url, stripe }
}

/// `POST /admin/setup/payments`
pub async fn save_payments(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let form = request.form()?;
    if stripe::has_secrets(&form)
        && let Some(asked) = proof::ask(&desk, &request).await?
    {
        return Ok(asked);
    }
    match stripe::save(&desk, &form).await? {
        Sent::Saved => Ok(reply::see_other(FINISH)),
        Sent::Again { view, why } => reply::page_with(shown_again(why), &payments_step(&desk, view)),
    }
}

/// `GET /admin/setup/finish`
pub async fn finish(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    reply::page(&FinishStep { progress: progress(Some(&desk), 5), findings: findings(&desk)? })
}
