//! The webhook endpoint at Stripe, made and looked after by the appliance itself.
//!
//! The rule it keeps: what is asked of Stripe is written down first, with its idempotency key, because the signing secret
//! comes in one answer only. An answer that was lost is asked for again; an endpoint of ours whose secret nobody knows is
//! deleted before another is made. What somebody else made is never touched.
//!
//! [`look`](look::look) says what is at Stripe, [`tend`](tend::tend) keeps ours as it should be after an upgrade. The key
//! that may write endpoints can be another one than the one in use: it is used once and kept nowhere.

pub mod look;
pub mod tend;

use super::API_VERSION;
use super::client::{CallError, FailKind, Patience};
use super::form::KEY_LIFE;
use super::form::{Operation, idempotency_key, webhook_endpoint_body, webhook_endpoint_update};
use super::notices::{self, Notice};
use super::objects::{WebhookEndpoint, bears};
use super::reconcile::EVENT_TYPES;
use super::till::Till;
use super::webhook::fingerprint;
use crate::billing::endpoint::{Endpoint, Making};
use crate::config::WebhookSecret;
use crate::store::vault::Vault;
use crate::store::{EVENT_ARRIVED, Error, Reader, Writer};

/// The name under which the signing secrets are stored, a line each, newest first.
pub const WEBHOOK_SECRETS: &str = "stripe.webhook_secrets";
/// Where we listen.
pub const PATH: &str = "/webhooks/stripe";
/// Each secret costs a comparison at every webhook; rolling needs two, a change of version in the middle of it three.
pub const SECRETS_MAX: usize = 3;
/// An account has sixteen endpoints at most.
const PAGES_MAX: u32 = 2;

/// What setting the endpoint up came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetUp {
    Made,
    /// It was there and is now as it should be.
    MadeRight,
    /// It was there and as it should be.
    WasRight,
}

/// Why it could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    #[error(transparent)]
    Stripe(#[from] CallError),
    #[error(transparent)]
    Store(#[from] Error),
    #[error("Stripe did not answer as expected; try again, then it is made anew")]
    Unexpected,
}

impl EndpointError {
    /// Whether the key lacks the permission to write, or to read, endpoints.
    #[must_use]
    pub fn is_forbidden(&self) -> bool {
        matches!(self, Self::Stripe(CallError::Fail { kind: FailKind::NoPermission { .. }, .. }))
    }
}

/// Makes the endpoint, or makes the one that is there right. The secret of a new one is stored; the caller puts it in
/// force. Two at once would make two: the caller lets one in at a time.
///
/// # Errors
/// Stripe refused or could not be asked, or the store failed. Trying again is safe.
pub async fn set_up(till: &Till, vault: &Vault) -> Result<SetUp, EndpointError> {
    let at_stripe = list(till).await?;
    let (known, secrets) = till.store.read(|r| Ok::<_, Error>((r.endpoints()?, fingerprints(&r, vault)?)))?;
    let ours = Ours { till, known, secrets };
    if let Some((endpoint, seen)) = ours.good(&at_stripe) {
        return make_right(till, endpoint, seen).await;
    }
    let asked = match ours.asked() {
        Some(asked) => asked,
        None => {
            ours.delete_lost(&at_stripe).await?;
            ask_anew(till).await?
        }
    };
    make(till, vault, asked, &at_stripe).await
}

/// Every endpoint at Stripe.
async fn list(till: &Till) -> Result<Vec<WebhookEndpoint>, CallError> {
    let mut pages = till.ask(Patience::Request).webhook_endpoints().at_most(PAGES_MAX);
    let mut endpoints = Vec::new();
    while let Some(page) = pages.next_page().await? {
        endpoints.extend(page);
    }
    Ok(endpoints)
}

/// The fingerprints of the stored signing secrets, newest first.
fn fingerprints(r: &Reader<'_>, vault: &Vault) -> Result<Vec<String>, Error> {
    let lines = r.secret(vault, WEBHOOK_SECRETS)?.unwrap_or_default();
    Ok(lines.lines().filter_map(|line| line.parse().ok()).map(|secret: WebhookSecret| fingerprint(&secret)).collect())
}

/// Where Stripe is to send events.
fn url(till: &Till) -> String {
    format!("{}{PATH}", till.public_url)
}

fn is_enabled(endpoint: &WebhookEndpoint) -> bool {
    endpoint.status.as_deref() != Some("disabled")
}

/// The events that an endpoint should send and does not.
fn missing(endpoint: &WebhookEndpoint) -> Vec<String> {
    let sent = endpoint.enabled_events.as_deref().unwrap_or_default();
    let is_sent = |kind: &str| sent.iter().any(|one| one == kind || one == "*");
    EVENT_TYPES.iter().filter(|kind| !is_sent(kind)).map(|kind| (*kind).to_owned()).collect()
}

/// Whether it sends exactly what it should.
fn is_right(endpoint: &WebhookEndpoint) -> bool {
    let sent = endpoint.enabled_events.as_ref().map_or(0, Vec::len);
    is_enabled(endpoint) && sent == EVENT_TYPES.len() && missing(endpoint).is_empty()
}

/// What we know of the endpoints that we asked for.
struct Ours<'t> {
    till: &'t Till,
    known: Vec<Endpoint>,
    /// Fingerprints of the secrets in force.
    secrets: Vec<String>,
}

impl Ours<'_> {
    /// The endpoint of Stripe's that we made, whose secret is in force.
    fn made(&self, endpoint: &WebhookEndpoint) -> Option<&Endpoint> {
        self.known.iter().find(|known| {
            known.made().is_some_and(|(id, secret)| {
                endpoint.id.as_deref() == Some(id) && self.secrets.iter().any(|own| own == secret)
            })
        })
    }

    /// The one that leads here and speaks our version.
    fn good<'e>(&self, at_stripe: &'e [WebhookEndpoint]) -> Option<(&Endpoint, &'e WebhookEndpoint)> {
        at_stripe.iter().find_map(|seen| {
            let known = self.made(seen)?;
            let leads_here = seen.url.as_deref() == Some(url(self.till).as_str());
            (leads_here && seen.api_version.as_deref() == Some(API_VERSION)).then_some((known, seen))
        })
    }

    /// The request whose answer is not here, if the same can still be asked.
    fn asked(&self) -> Option<Endpoint> {
        let now = self.till.now();
        let wanted = webhook_endpoint_body(&url(self.till), &self.till.appliance);
        let is_same = |asked: &Endpoint| {
            asked.state == Making::Asked
                && asked.body == wanted
                && asked.livemode == self.till.livemode
                && now.duration_since(asked.asked_at) < KEY_LIFE
        };
        self.known.iter().rev().find(|asked| is_same(asked)).cloned()
    }

    /// Deletes at Stripe what bears our name, leads here, and has a secret that nobody knows: its answer was lost.
    async fn delete_lost(&self, at_stripe: &[WebhookEndpoint]) -> Result<(), EndpointError> {
        let here = url(self.till);
        let is_lost = |seen: &&WebhookEndpoint| {
            bears(&seen.metadata, &self.till.appliance)
                && seen.url.as_deref() == Some(here.as_str())
                && self.made(seen).is_none()
        };
        for lost in at_stripe.iter().filter(is_lost) {
            if let Some(id) = &lost.id {
                tracing::info!(endpoint = %id, "a webhook endpoint whose secret was lost is deleted");
                delete(self.till, id).await?;
            }
        }
        Ok(())
    }
}

/// Deletes an endpoint at Stripe; one that is gone already is gone.
///
/// # Errors
/// Stripe refused or could not be asked.
pub async fn delete(till: &Till, id: &str) -> Result<(), CallError> {
    match till.ask(Patience::Request).delete_webhook_endpoint(id).await {
        Ok(_) | Err(CallError::Fail { kind: FailKind::NotFound, .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

async fn make_right(till: &Till, known: &Endpoint, seen: &WebhookEndpoint) -> Result<SetUp, EndpointError> {
    let mended = [Notice::EndpointDisabled, Notice::EndpointMissing, Notice::EndpointLacksEvents];
    if is_right(seen) {
        till.store.write(move |w| mended.into_iter().try_for_each(|notice| notices::lower(w, notice))).await?;
        return Ok(SetUp::WasRight);
    }
    let id = seen.id.as_deref().unwrap_or_default();
    let decision = format!("{}:{}", known.id, till.now().as_second());
    let key = idempotency_key(Operation::UpdateWebhookEndpoint, &till.appliance, &decision);
    till.ask(Patience::Request).update_webhook_endpoint(id, &webhook_endpoint_update(), &key).await?;
    till.store.write(move |w| mended.into_iter().try_for_each(|notice| notices::lower(w, notice))).await?;
    Ok(SetUp::MadeRight)
}

/// Writes down what is about to be asked. Requests without an answer that cannot be asked again are given up.
async fn ask_anew(till: &Till) -> Result<Endpoint, Error> {
    let (url, appliance, livemode) = (url(till), till.appliance.clone(), till.livemode);
    till.store
        .write(move |w| {
            let now = w.now();
            for given_up in w.endpoints()?.into_iter().filter(|endpoint| endpoint.state == Making::Asked) {
                w.put_endpoint(&Endpoint { state: Making::Failed { at: now }, ..given_up })?;
            }
            let id = w.id()?;
            let endpoint = Endpoint {
                id,
                url: url.clone(),
                api_version: API_VERSION.to_owned(),
                livemode,
                body: webhook_endpoint_body(&url, &appliance),
                key: idempotency_key(Operation::CreateWebhookEndpoint, &appliance, &id.to_string()),
                asked_at: now,
                state: Making::Asked,
            };
            w.put_endpoint(&endpoint)?;
            Ok(endpoint)
        })
        .await
}

/// Asks Stripe for an endpoint and keeps its secret. A refusal, and a fault that Stripe keeps under the key, end this
/// request; the next one begins by deleting what it may have made.
async fn make(
    till: &Till,
    vault: &Vault,
    asked: Endpoint,
    at_stripe: &[WebhookEndpoint],
) -> Result<SetUp, EndpointError> {
    let answer = till.ask(Patience::Request).create_webhook_endpoint(&asked.body, &asked.key).await;
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => {
            if !matches!(error, CallError::Retry { advised_against: false, .. }) {
                give_up(till, asked).await?;
            }
            return Err(error.into());
        }
    };
    let made = answer.value;
    let is_gone = answer.replayed && !at_stripe.iter().any(|seen| seen.id == made.id);
    let secret: Option<WebhookSecret> = made.secret.as_ref().and_then(|secret| secret.reveal().parse().ok());
    let is_as_asked = made.url.as_deref() == Some(asked.url.as_str())
        && made.api_version.as_deref() == Some(API_VERSION)
        && made.livemode == Some(till.livemode);
    match (made.id, secret) {
        (Some(id), Some(secret)) if is_as_asked && !is_gone => {
            keep(till, vault, asked, id, secret).await?;
            Ok(SetUp::Made)
        }
        _ => {
            give_up(till, asked).await?;
            Err(EndpointError::Unexpected)
        }
    }
}

async fn give_up(till: &Till, asked: Endpoint) -> Result<(), Error> {
    till.store
        .write(move |w| {
            let state = Making::Failed { at: w.now() };
            w.put_endpoint(&Endpoint { state, ..asked.clone() })
        })
        .await
}

/// Stores the endpoint with its secret before those that are in force: both are accepted.
async fn keep(till: &Till, vault: &Vault, asked: Endpoint, id: String, secret: WebhookSecret) -> Result<(), Error> {
    let vault = vault.clone();
    till.store
        .write(move |w| {
            add_secret(w, &vault, &secret)?;
            let state = Making::Made { stripe_endpoint: id.clone(), secret: fingerprint(&secret), at: w.now() };
            w.put_endpoint(&Endpoint { state, ..asked.clone() })?;
            for mended in [
                Notice::EndpointDisabled,
                Notice::EndpointMissing,
                Notice::EndpointLacksEvents,
                Notice::WebhooksSilent,
                Notice::WebhooksRefused,
                Notice::ThinEvents,
            ] {
                notices::lower(w, mended)?;
            }
            Ok(())
        })
        .await
}

/// Puts a secret before those that are stored. What arrived under another proves nothing about this one.
///
/// # Errors
/// The store failed.
pub fn add_secret(w: &mut Writer<'_>, vault: &Vault, secret: &WebhookSecret) -> Result<(), Error> {
    let stored = w.secret(vault, WEBHOOK_SECRETS)?.unwrap_or_default();
    let others = stored.lines().filter(|line| *line != secret.expose());
    let lines: Vec<&str> = std::iter::once(secret.expose()).chain(others).take(SECRETS_MAX).collect();
    w.put_secret(vault, WEBHOOK_SECRETS, &lines.join("\n"))?;
    w.remove_mark(EVENT_ARRIVED)
}

/// Takes one secret away, by its fingerprint. Whether it was there.
///
/// # Errors
/// The store failed.
pub fn remove_secret(w: &mut Writer<'_>, vault: &Vault, wanted: &str) -> Result<bool, Error> {
    let stored = w.secret(vault, WEBHOOK_SECRETS)?.unwrap_or_default();
    let is_wanted = |line: &&str| line.parse().is_ok_and(|secret: WebhookSecret| fingerprint(&secret) == wanted);
    let (gone, kept): (Vec<&str>, Vec<&str>) = stored.lines().partition(is_wanted);
    if gone.is_empty() {
        return Ok(false);
    }
    if kept.is_empty() {
        w.remove_secret(WEBHOOK_SECRETS)?;
    } else {
        w.put_secret(vault, WEBHOOK_SECRETS, &kept.join("\n"))?;
    }
    Ok(true)
}
