//! How Stripe tells us: the endpoint that is set up by itself or by hand, the secrets in force, and what is at Stripe.
//!
//! The key that sets the endpoint up may be another one than the one in use: it is used here and kept nowhere.

use super::super::desk::Desk;
use super::super::entered::Wrong;
use super::from_start;
use crate::billing::endpoint::Seen;
use crate::config::StripeKey;
use crate::payments::API_VERSION;
use crate::payments::client::Patience;
use crate::payments::endpoints::look::look;
use crate::payments::endpoints::tend::is_of_other_mode;
use crate::payments::endpoints::{EndpointError, SetUp};
use crate::payments::sync::SyncError;
use crate::payments::till::Till;
use crate::payments::webhook::fingerprint;
use crate::said::sentence;
use crate::web::error::Error;
use crate::web::form::Form;
use crate::web::views::forms::{EndpointRow, SecretRow, WebhookView};
use crate::web::views::parts::{Tag, Tone, Trial};

const PAYMENTS: &str = "/admin/settings/payments";

/// What the owner wants to be done about the webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    SetUp,
    Look,
}

/// Reads the wish. A secret that is typed in says that the endpoint was made by hand. Whoever had one set up for test
/// payments wants one for real ones as well, once that key is in use.
pub fn wish(desk: &Desk, form: &Form) -> Result<Option<Wish>, Error> {
    if form.text("do") == "look" {
        return Ok(Some(Wish::Look));
    }
    if !desk.app.can_set_up_endpoint() || !form.text("webhook_secret").is_empty() {
        return Ok(None);
    }
    let is_named = form.text("do") == "register" || !form.text("setup_key").is_empty();
    let is_ticked = form.text("do") == "save" && form.get("register").is_some();
    let follows = || match desk.app.till() {
        Some(till) => desk.app.store.read(|r| is_of_other_mode(&r, &till)),
        None => Ok(false),
    };
    Ok((is_named || is_ticked || follows()?).then_some(Wish::SetUp))
}

/// Does what the owner wants. What came of it, and whether that is as it should be.
pub async fn fulfil(desk: &Desk, wish: Wish, form: &Form, wrong: &mut Wrong) -> Result<Option<Trial>, Error> {
    let Some(till) = desk.app.till() else {
        wrong.add("secret_key", "Enter the key first that payments are taken with.");
        return Ok(None);
    };
    let outcome = match wish {
        Wish::Look => look_at(&till).await,
        Wish::SetUp => match setup_till(desk, &till, form, wrong).await? {
            Some(setup) => set_up(desk, &setup).await,
            None => return Ok(None),
        },
    };
    till.count_reads().await?;
    outcome.map(Some)
}

async fn look_at(till: &Till) -> Result<Trial, Error> {
    Ok(match look(till).await {
        Ok(observed) => match observed.endpoints.len() {
            0 => failed("Stripe has no webhook endpoint for this address."),
            _ => Trial { ok: true, summary: "This is what is at Stripe now.".to_owned(), lines: Vec::new() },
        },
        Err(SyncError::Stripe(error)) => failed(&sentence(&error.to_string())),
        Err(SyncError::Store(error)) => return Err(error.into()),
    })
}

/// The till of the key that sets up: the one that was typed for this, or the one in use.
async fn setup_till(desk: &Desk, present: &Till, form: &Form, wrong: &mut Wrong) -> Result<Option<Till>, Error> {
    let typed = form.text("setup_key");
    if typed.is_empty() {
        return Ok(Some(present.clone()));
    }
    let key: StripeKey = match typed.parse() {
        Ok(key) => key,
        Err(flaw) => {
            wrong.add("setup_key", flaw);
            return Ok(None);
        }
    };
    let setup = desk.app.till_of(&key).map_err(from_start)?;
    if setup.livemode != present.livemode {
        wrong.add("setup_key", "One of the two keys is a test key and the other is not. Use two of the same mode.");
    } else if is_of_another_account(present, &setup).await {
        wrong.add("setup_key", "This key is of another Stripe account than the key that payments are taken with.");
    } else {
        return Ok(Some(setup));
    }
    Ok(None)
}

/// Whether both keys name their account and it is not the same. Many restricted keys may not.
async fn is_of_another_account(present: &Till, setup: &Till) -> bool {
    let one = present.client.with_patience(Patience::Request);
    let other = setup.client.with_patience(Patience::Request);
    match (one.account().await, other.account().await) {
        (Ok(one), Ok(other)) => one.value.id != other.value.id,
        _ => false,
    }
}

async fn set_up(desk: &Desk, setup: &Till) -> Result<Trial, Error> {
    let done = match desk.app.set_up_endpoint(setup).await {
        Ok(done) => done,
        Err(EndpointError::Store(error)) => return Err(error.into()),
        Err(error) if error.is_forbidden() => {
            return Ok(failed(
                "This key may not set up webhooks. Give another one below, with write permission for Webhook Endpoints: \
                 it is used once and not stored. Or add the endpoint by hand.",
            ));
        }
        Err(error) => return Ok(failed(&sentence(&error.to_string()))),
    };
    let summary = match done {
        SetUp::Made => "The webhook is set up at Stripe, and its secret is in force.",
        SetUp::MadeRight => "The webhook was there. It now sends everything, and is switched on.",
        SetUp::WasRight => "The webhook is there and as it should be.",
    };
    // So that the page shows what is there now; a key that may write and not read shows nothing.
    if let Err(error) = look(setup).await {
        tracing::debug!(%error, "what is at Stripe could not be looked at after the endpoint was set up");
    }
    Ok(Trial { ok: true, summary: summary.to_owned(), lines: Vec::new() })
}

fn failed(summary: &str) -> Trial {
    Trial { ok: false, summary: summary.to_owned(), lines: Vec::new() }
}

/// What is shown about the webhook.
pub fn view(desk: &Desk, wrong: &Wrong, trial: Option<Trial>) -> Result<WebhookView, Error> {
    let (observed, old_host) =
        desk.app.store.read(|r| Ok::<_, crate::store::Error>((r.observed_endpoints()?, r.old_host()?)))?;
    let can_set_up = desk.app.can_set_up_endpoint();
    let secrets = secrets(desk)?;
    Ok(WebhookView {
        can_set_up,
        proposes: can_set_up && secrets.is_empty(),
        by_hand: secrets.is_empty() && (!can_set_up || trial.as_ref().is_some_and(|trial| !trial.ok)),
        version: API_VERSION.to_owned(),
        setup_key_error: wrong.about("setup_key"),
        trial,
        secrets,
        looked: observed.as_ref().map(|observed| desk.ago(observed.at)),
        endpoints: observed.iter().flat_map(|observed| &observed.endpoints).map(endpoint).collect(),
        old_host: old_host.map(|old| format!("{}, {}", old.host, desk.ago(old.at).text)),
    })
}

fn secrets(desk: &Desk) -> Result<Vec<SecretRow>, Error> {
    let connections = desk.app.connections();
    let is_ours = desk.app.keeps_webhook_secrets();
    let rows = desk.app.store.read(|r| {
        let mut rows = Vec::new();
        for secret in &connections.webhook_secrets {
            let known_by = fingerprint(secret);
            let used = r.last_signed_by(&known_by)?;
            rows.push(SecretRow {
                used: used.map(|at| desk.ago(at)),
                remove_url: is_ours.then(|| format!("{PAYMENTS}/webhook-{known_by}/remove")),
            });
        }
        Ok::<_, crate::store::Error>(rows)
    })?;
    Ok(rows)
}

fn endpoint(seen: &Seen) -> EndpointRow {
    let is_old_version = seen.api_version.as_deref().is_some_and(|version| version != API_VERSION);
    let (tag, words) = if !seen.leads_here {
        (Tag::new("Another address", Tone::Warn), "What is sent there does not arrive here.".to_owned())
    } else if !seen.is_enabled {
        (Tag::new("Switched off", Tone::Bad), "Set it up again, or switch it on at Stripe.".to_owned())
    } else if !seen.missing.is_empty() {
        (Tag::new("Incomplete", Tone::Warn), format!("It does not send {}.", seen.missing.join(", ")))
    } else if is_old_version {
        let version = seen.api_version.clone().unwrap_or_default();
        (Tag::new("Old version", Tone::Warn), format!("It uses version {version} of Stripe's API."))
    } else {
        (Tag::new("Complete", Tone::Good), String::new())
    };
    EndpointRow {
        id: seen.id.clone(),
        url: seen.url.clone(),
        tag,
        words: if seen.is_ours { words } else { format!("{words} Made by hand.").trim().to_owned() },
        delete_url: (seen.is_ours && !seen.leads_here).then(|| format!("{PAYMENTS}/endpoint-{}/remove", seen.id)),
    }
}
