//! Taking the Stripe key or the webhook's signing secret away again, after a question that says what follows.
//!
//! What the configuration says is not ours to remove.

use std::str::FromStr;

use crate::app::{STRIPE_KEY, WEBHOOK_SECRETS};
use crate::payments::key_change;
use crate::web::admin::desk::Desk;
use crate::web::admin::forms::{from_start, origin};
use crate::web::admin::guard::SignedIn;
use crate::web::error::Error;
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::routes::State;
use crate::web::views::confirm::ConfirmPage;
use crate::web::views::parts::Tone;
use crate::web::views::shell::Section;

const PAYMENTS: &str = "/admin/settings/payments";

/// What can be removed, as the address names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Removable {
    Key,
    Webhook,
}

impl FromStr for Removable {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "key" => Ok(Self::Key),
            "webhook" => Ok(Self::Webhook),
            _ => Err(()),
        }
    }
}

impl Removable {
    /// The name of the setting that it is stored under.
    fn setting(self) -> &'static str {
        match self {
            Self::Key => STRIPE_KEY,
            Self::Webhook => WEBHOOK_SECRETS,
        }
    }

    fn question(self) -> ConfirmPage {
        let (title, text, button) = match self {
            Self::Key => (
                "Remove the Stripe key?",
                "Checkouts that are open are closed first. Your invoices then offer bank transfer only, and nothing that \
                 happens at Stripe is noticed until a key is entered again. What was paid stays as it is.",
                "Remove the key",
            ),
            Self::Webhook => (
                "Remove the signing secret?",
                "What Stripe sends is then refused. Payments are still noticed, some minutes later: the server asks \
                 Stripe itself from time to time.",
                "Remove the secret",
            ),
        };
        ConfirmPage {
            title: title.to_owned(),
            text: vec![text.to_owned()],
            button: button.to_owned(),
            tone: Tone::Bad,
            ..ConfirmPage::default()
        }
    }
}

/// What the address names, if it is there and ours to remove.
fn found(desk: &Desk, request: &Request<SignedIn>) -> Result<Removable, Error> {
    let removable: Removable = request.param("secret")?;
    if let Some(origin) = origin(&desk.app.config, removable.setting()) {
        return Err(Error::Conflict(format!("This is set by {}. Remove it there.", origin.text)));
    }
    let connections = desk.app.connections();
    let is_there = match removable {
        Removable::Key => connections.stripe_key.is_some(),
        Removable::Webhook => !connections.webhook_secrets.is_empty(),
    };
    if is_there { Ok(removable) } else { Err(Error::NotFound) }
}

/// `GET /admin/settings/payments/{secret}/remove`
pub async fn confirm(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let removable = found(&desk, &request)?;
    reply::page(&ConfirmPage {
        shell: desk.shell(Section::Settings)?,
        action: request.path.clone(),
        cancel_url: PAYMENTS.to_owned(),
        ..removable.question()
    })
}

/// `POST /admin/settings/payments/{secret}/remove`
pub async fn remove(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let removable = found(&desk, &request)?;
    if let (Removable::Key, Some(present)) = (removable, desk.app.till()) {
        key_change::close_all(&present).await?;
    }
    desk.app.keep_secrets(vec![(removable.setting(), None)]).await.map_err(from_start)?;
    Ok(reply::see_other(&format!("{PAYMENTS}?done=removed")))
}
