//! Settings, one section a page; each has its own form.

pub mod account;
pub mod backups;
pub mod fees;
pub mod health;
pub mod people;
pub mod removal;
pub mod retention;
pub mod second_step;
pub mod tokens;

use warp::http::StatusCode;

use super::desk::Desk;
use super::entered::Wrong;
use super::forms::seen::{SEEN, Stored, as_looked_at, overtaken, ticked};
use super::forms::{Sent, Why, business, mail, numbering, stripe};
use super::guard::SignedIn;
use super::proof;
use crate::actions::settings;
use crate::billing::role::Role;
use crate::billing::settings::Settings;
use crate::web::error::Error;
use crate::web::form::Form;
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::routes::State;
use crate::web::views::forms::StripeForm;
use crate::web::views::parts::{Choice, Select};
use crate::web::views::settings::{
    BusinessSettings, MailSettings, NotificationSettings, NumberingSettings, PaymentSettings,
};
use crate::web::views::shell::Section;

/// A form that is shown again is `422` if something is wrong with it, `409` if it was overtaken by another window, and a
/// page if it only asked something.
pub fn shown_again(why: Why) -> StatusCode {
    match why {
        Why::Asked => StatusCode::OK,
        Why::Wrong => StatusCode::UNPROCESSABLE_ENTITY,
        Why::Stale => StatusCode::CONFLICT,
    }
}

fn saved(section: &str) -> Response {
    reply::see_other(&format!("/admin/settings/{section}?done=saved"))
}

/// `GET /admin/settings/business`
pub async fn business_page(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let business = business::stored(&desk);
    reply::page(&BusinessSettings { shell: desk.shell(Section::Settings)?, business })
}

/// `POST /admin/settings/business`
pub async fn save_business(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let form = request.form()?;
    if business::changes_bank_details(&desk, &form)
        && let Some(asked) = proof::ask(&desk, &request).await?
    {
        return Ok(asked);
    }
    match business::save(&desk, &form).await? {
        Sent::Saved => Ok(saved("business")),
        Sent::Again { view: business, why } => {
            let page = BusinessSettings { shell: desk.shell(Section::Settings)?, business };
            reply::page_with(shown_again(why), &page)
        }
    }
}

/// `GET /admin/settings/numbering`
pub async fn numbering_page(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let numbering = numbering::stored(&desk);
    reply::page(&NumberingSettings { shell: desk.shell(Section::Settings)?, numbering })
}

/// `POST /admin/settings/numbering`
pub async fn save_numbering(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    match numbering::save(&desk, &request.form()?).await? {
        Sent::Saved => Ok(saved("numbering")),
        Sent::Again { view: numbering, why } => {
            let page = NumberingSettings { shell: desk.shell(Section::Settings)?, numbering };
            reply::page_with(shown_again(why), &page)
        }
    }
}

/// `POST /admin/settings/numbering/sample`: for the script that shows the next numbers while a pattern is typed.
pub async fn sample(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    Ok(reply::json(StatusCode::OK, &numbering::preview(&desk, &request.form()?)))
}

/// `GET /admin/settings/payments`
pub async fn payments_page(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    reply::page(&payment_settings(&desk)?)
}

/// The page as things are.
fn payment_settings(desk: &Desk) -> Result<PaymentSettings, Error> {
    Ok(PaymentSettings {
        shell: desk.shell(Section::Settings)?,
        stripe: stripe::stored(desk)?,
        methods: methods(desk, ""),
        seen: stripe::methods(&desk.settings).written(),
        fee: fees::stored(desk)?,
    })
}

/// `POST /admin/settings/payments`
pub async fn save_payments(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let form = request.form()?;
    if stripe::has_secrets(&form)
        && let Some(asked) = proof::ask(&desk, &request).await?
    {
        return Ok(asked);
    }
    let is_chosen = form.text("do") == "save" && form.get(stripe::METHODS).is_some();
    if let Some((merged, wrong)) = overtaken(&desk, &stripe::methods(&desk.settings), &form).filter(|_| is_chosen) {
        let (page, methods) = (payment_settings(&desk)?, methods(&desk, merged.text(stripe::METHODS)));
        let stripe = StripeForm { problems: wrong.problems(), ..page.stripe };
        return reply::page_with(shown_again(Why::Stale), &PaymentSettings { stripe, methods, ..page });
    }
    match stripe::save(&desk, &form).await? {
        Sent::Saved => Ok(saved("payments")),
        Sent::Again { view: stripe, why } => {
            let (methods, fee) = (methods(&desk, form.text(stripe::METHODS)), fees::stored(&desk)?);
            let page =
                PaymentSettings { shell: desk.shell(Section::Settings)?, stripe, methods, seen: seen_by(&form), fee };
            reply::page_with(shown_again(why), &page)
        }
    }
}

/// What payers may pay with; as it was `typed`, else as it is.
fn methods(desk: &Desk, typed: &str) -> Select {
    let stored = stripe::method(desk.settings.payment_methods);
    let chosen = if typed.is_empty() { stored } else { typed };
    let choice = |value: &str, text: &str| Choice::new(value, text, value == chosen);
    let choices = vec![choice("card", "Cards only"), choice("all", "Everything that is turned on at Stripe")];
    Select { choices, error: None }
}

/// `GET /admin/settings/mail`
pub async fn mail_page(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let mail = mail::stored(&desk);
    reply::page(&MailSettings { shell: desk.shell(Section::Settings)?, mail })
}

/// `POST /admin/settings/mail`
pub async fn save_mail(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let form = request.form()?;
    if mail::changes_the_way_out(&desk, &form)
        && let Some(asked) = proof::ask(&desk, &request).await?
    {
        return Ok(asked);
    }
    match mail::save(&desk, &form).await? {
        Sent::Saved => Ok(saved("mail")),
        Sent::Again { view: mail, why } => {
            let page = MailSettings { shell: desk.shell(Section::Settings)?, mail };
            reply::page_with(shown_again(why), &page)
        }
    }
}

/// `GET /admin/settings/notifications`
pub async fn notifications_page(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    reply::page(&notices(&desk, &desk.settings, &Wrong::default())?)
}

fn notices(desk: &Desk, shown: &Settings, wrong: &Wrong) -> Result<NotificationSettings, Error> {
    let owners = desk.app.store.read(|r| r.owners())?;
    Ok(NotificationSettings {
        shell: desk.shell(Section::Settings)?,
        problems: wrong.problems(),
        seen: wishes(&desk.settings).written(),
        to: owners.into_iter().filter(|person| person.role == Role::Owner).map(|owner| owner.email).collect(),
        on_payment: shown.notify_payments,
        on_review: shown.notify_reviews,
        on_declines: shown.notify_declines,
        on_mails: shown.notify_mails,
        on_stripe: shown.notify_stripe,
        on_reads: shown.notify_reads,
    })
}

fn wishes(settings: &Settings) -> Stored {
    let wishes = [
        ("on_payment", settings.notify_payments),
        ("on_review", settings.notify_reviews),
        ("on_declines", settings.notify_declines),
        ("on_mails", settings.notify_mails),
        ("on_stripe", settings.notify_stripe),
        ("on_reads", settings.notify_reads),
    ];
    Stored::of(wishes.map(|(name, is_on)| (name, ticked(is_on))))
}

/// The settings with the wishes of the form.
fn wished(settings: Settings, form: &Form) -> Settings {
    Settings {
        notify_payments: is_on(form, "on_payment"),
        notify_reviews: is_on(form, "on_review"),
        notify_declines: is_on(form, "on_declines"),
        notify_mails: is_on(form, "on_mails"),
        notify_stripe: is_on(form, "on_stripe"),
        notify_reads: is_on(form, "on_reads"),
        ..settings
    }
}

/// `POST /admin/settings/notifications`
pub async fn save_notifications(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let form = request.form()?;
    if let Some((merged, wrong)) = overtaken(&desk, &wishes(&desk.settings), &form) {
        let page = notices(&desk, &wished(desk.settings.clone(), &merged), &wrong)?;
        return reply::page_with(StatusCode::CONFLICT, &page);
    }
    let revision = desk.settings.revision;
    let change = move |settings| {
        as_looked_at(&settings, revision)?;
        Ok(wished(settings, &form))
    };
    let by = desk.hand();
    desk.app.store.write(move |w| settings::update(w, &by, &change)).await?;
    Ok(saved("notifications"))
}

/// Whether a check-box was ticked: a browser sends nothing for one that is not.
fn is_on(form: &Form, name: &str) -> bool {
    !form.text(name).is_empty()
}

/// What the form says that it showed when it was opened.
fn seen_by(form: &Form) -> String {
    form.text(SEEN).to_owned()
}
