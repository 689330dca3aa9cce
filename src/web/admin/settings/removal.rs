//! Taking the Stripe key or the webhook's signing secret away again, after a question that says what follows.
//!
//! What the configuration says is not ours to remove.

use std::str::FromStr;

use crate::app::{STRIPE_KEY, WEBHOOK_SECRETS};
use crate::payments::client::CallError;
use crate::payments::endpoints::look::look;
use crate::payments::webhook::fingerprint;
use crate::payments::{endpoints, key_change};
use crate::web::admin::desk::Desk;
use crate::web::admin::forms::{from_start, origin};
use crate::web::admin::guard::SignedIn;
use crate::web::admin::proof;
use crate::web::error::Error;
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::routes::State;
use crate::web::views::confirm::ConfirmPage;
use crate::web::views::parts::Tone;
use crate::web::views::shell::Section;

const PAYMENTS: &str = "/admin/settings/payments";

/// What can be removed, as the address names it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Removable {
    Key,
    /// Every signing secret.
    Webhook,
    /// The signing secret with this fingerprint.
    Secret(String),
    /// An endpoint of ours at Stripe that leads to another address.
    Endpoint(String),
}

impl FromStr for Removable {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "key" => Ok(Self::Key),
            "webhook" => Ok(Self::Webhook),
            text => match text.split_once('-') {
                Some(("webhook", fingerprint)) => Ok(Self::Secret(fingerprint.to_owned())),
                Some(("endpoint", id)) => Ok(Self::Endpoint(id.to_owned())),
                _ => Err(()),
            },
        }
    }
}

impl Removable {
    /// The name of the setting that it is stored under.
    fn setting(&self) -> Option<&'static str> {
        match self {
            Self::Key => Some(STRIPE_KEY),
            Self::Webhook | Self::Secret(_) => Some(WEBHOOK_SECRETS),
            Self::Endpoint(_) => None,
        }
    }

    fn question(&self) -> ConfirmPage {
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
            Self::Secret(_) => (
                "Remove this signing secret?",
                "What is signed with this one alone is then refused. Remove it when the new one has signed an event, and \
                 the old endpoint is gone or its secret has run out at Stripe.",
                "Remove the secret",
            ),
            Self::Endpoint(_) => (
                "Delete this endpoint at Stripe?",
                "It bears the name of this installation and leads to another address. If another copy of this \
                 installation runs there, it is not told of payments any more.",
                "Delete the endpoint",
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
    if let Some(origin) = removable.setting().and_then(|setting| origin(&desk.app.config, setting)) {
        return Err(Error::Conflict(format!("This is set by {}. Remove it there.", origin.text)));
    }
    let connections = desk.app.connections();
    let is_there = match &removable {
        Removable::Key => connections.stripe_key.is_some(),
        Removable::Webhook => !connections.webhook_secrets.is_empty(),
        Removable::Secret(wanted) => connections.webhook_secrets.iter().any(|secret| fingerprint(secret) == *wanted),
        Removable::Endpoint(id) => desk.app.store.read(|r| r.observed_endpoints())?.is_some_and(|observed| {
            observed.endpoints.iter().any(|seen| seen.id == *id && seen.is_ours && !seen.leads_here)
        }),
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
    if let Some(asked) = proof::ask(&desk, &request).await? {
        return Ok(asked);
    }
    match &removable {
        Removable::Key => {
            if let Some(present) = desk.app.till() {
                key_change::close_all(&present).await?;
            }
            desk.app.keep_secrets(vec![(STRIPE_KEY, None)], desk.hand()).await.map_err(from_start)?;
        }
        Removable::Webhook => {
            desk.app.keep_secrets(vec![(WEBHOOK_SECRETS, None)], desk.hand()).await.map_err(from_start)?;
        }
        Removable::Secret(fingerprint) => {
            desk.app.remove_webhook_secret(fingerprint.clone(), desk.hand()).await.map_err(from_start)?;
        }
        Removable::Endpoint(id) => delete(&desk, id).await?,
    }
    Ok(reply::see_other(&format!("{PAYMENTS}?done=removed")))
}

async fn delete(desk: &Desk, id: &str) -> Result<(), Error> {
    let till = desk.app.till().ok_or_else(|| Error::Conflict("Enter a Stripe key first.".to_owned()))?;
    let refused = |error: CallError| Error::Conflict(format!("The endpoint was not deleted: {error}."));
    endpoints::delete(&till, id).await.map_err(refused)?;
    // What was seen is shown without it, even if Stripe cannot be asked again just now.
    if let Err(error) = look(&till).await {
        tracing::warn!(%error, "what is at Stripe could not be looked at after an endpoint was deleted");
    }
    Ok(())
}
