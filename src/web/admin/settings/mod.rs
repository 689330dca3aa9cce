//! Settings, one section a page; each has its own form.

pub mod account;
pub mod fees;
pub mod removal;
pub mod tokens;

use warp::http::StatusCode;

use super::desk::Desk;
use super::forms::{Sent, business, mail, numbering, stripe};
use super::guard::SignedIn;
use crate::actions::settings;
use crate::billing::settings::{PaymentMethods, Settings};
use crate::web::error::Error;
use crate::web::form::Form;
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::routes::State;
use crate::web::views::parts::{Choice, Select};
use crate::web::views::settings::{
    BusinessSettings, MailSettings, NotificationSettings, NumberingSettings, PaymentSettings,
};
use crate::web::views::shell::Section;

/// A form that is shown again is `422` if something is wrong with it, and a page if it only asked something.
pub fn shown_again(is_wrong: bool) -> StatusCode {
    if is_wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK }
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
    match business::save(&desk, &request.form()?).await? {
        Sent::Saved => Ok(saved("business")),
        Sent::Again { view: business, is_wrong } => {
            let page = BusinessSettings { shell: desk.shell(Section::Settings)?, business };
            reply::page_with(shown_again(is_wrong), &page)
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
        Sent::Again { view: numbering, is_wrong } => {
            let page = NumberingSettings { shell: desk.shell(Section::Settings)?, numbering };
            reply::page_with(shown_again(is_wrong), &page)
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
        fee: fees::stored(desk)?,
    })
}

/// `POST /admin/settings/payments`
pub async fn save_payments(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let form = request.form()?;
    match stripe::save(&desk, &form).await? {
        Sent::Saved => Ok(saved("payments")),
        Sent::Again { view: stripe, is_wrong } => {
            let methods = methods(&desk, form.text("payment_methods"));
            let fee = fees::stored(&desk)?;
            let page = PaymentSettings { shell: desk.shell(Section::Settings)?, stripe, methods, fee };
            reply::page_with(shown_again(is_wrong), &page)
        }
    }
}

/// What payers may pay with; as it was `typed`, else as it is.
fn methods(desk: &Desk, typed: &str) -> Select {
    let stored = match desk.settings.payment_methods {
        PaymentMethods::Card => "card",
        PaymentMethods::All => "all",
    };
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
    match mail::save(&desk, &request.form()?).await? {
        Sent::Saved => Ok(saved("mail")),
        Sent::Again { view: mail, is_wrong } => {
            let page = MailSettings { shell: desk.shell(Section::Settings)?, mail };
            reply::page_with(shown_again(is_wrong), &page)
        }
    }
}

/// `GET /admin/settings/notifications`
pub async fn notifications_page(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let owners = desk.app.store.read(|r| r.owners())?;
    reply::page(&NotificationSettings {
        shell: desk.shell(Section::Settings)?,
        to: owners.into_iter().map(|owner| owner.email).collect(),
        on_payment: desk.settings.notify_payments,
        on_review: desk.settings.notify_reviews,
        on_declines: desk.settings.notify_declines,
        on_mails: desk.settings.notify_mails,
        on_stripe: desk.settings.notify_stripe,
        on_reads: desk.settings.notify_reads,
    })
}

/// `POST /admin/settings/notifications`
pub async fn save_notifications(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let form = request.form()?;
    change(&desk, move |settings| Settings {
        notify_payments: is_on(&form, "on_payment"),
        notify_reviews: is_on(&form, "on_review"),
        notify_declines: is_on(&form, "on_declines"),
        notify_mails: is_on(&form, "on_mails"),
        notify_stripe: is_on(&form, "on_stripe"),
        notify_reads: is_on(&form, "on_reads"),
        ..settings
    })
    .await?;
    Ok(saved("notifications"))
}

/// Whether a check-box was ticked: a browser sends nothing for one that is not.
fn is_on(form: &Form, name: &str) -> bool {
    form.get(name).is_some()
}

async fn change(desk: &Desk, change: impl Fn(Settings) -> Settings + Send + 'static) -> Result<(), Error> {
    desk.app.store.write(move |w| settings::update(w, |settings| Ok(change(settings)))).await?;
    Ok(())
}
