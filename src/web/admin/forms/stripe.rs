//! How cards are taken: the secret key, tried when it is entered, and the webhook's signing secret.
//!
//! A key of another account is not taken while checkouts are open under the present one, unless the owner has them
//! closed first.

use super::super::desk::Desk;
use super::super::entered::Wrong;
use super::seen::{Stored, as_looked_at};
use super::webhook::{self, Wish};
use super::{Sent, Why, fixed, from_start, origin, unreadable};
use crate::actions::settings;
use crate::app::{STRIPE_KEY, StartError, WEBHOOK_SECRETS};
use crate::billing::event::Arrival;
use crate::billing::settings::{PaymentMethods, Settings};
use crate::config::{StripeKey, StripeMode, WebhookSecret};
use crate::payments::client::{CallError, FailKind, Patience};
use crate::payments::reconcile::EVENT_TYPES;
use crate::payments::{accounts, key_change, notices};
use crate::said::sentence;
use crate::web::error::Error;
use crate::web::form::Form;
use crate::web::views::forms::{LastEvent, Mode, StripeForm};
use crate::web::views::parts::Trial;

/// Events that are looked through for the last that was sent.
const EVENTS_LOOKED_AT: usize = 20;
/// The field for the ways to pay.
pub const METHODS: &str = "payment_methods";

/// What was typed, as far as it can be read; nothing typed keeps what is in force.
#[derive(Default)]
struct Read {
    key: Option<StripeKey>,
    webhook: Option<WebhookSecret>,
}

/// The form as things are.
pub fn stored(desk: &Desk) -> Result<StripeForm, Error> {
    view(desk, &Wrong::default(), None, None)
}

/// Whether a key or a secret was typed, whatever is to be done with it.
pub fn has_secrets(form: &Form) -> bool {
    ["secret_key", "webhook_secret", "setup_key"].into_iter().any(|field| !form.text(field).is_empty())
}

/// Stores the form, or tries its key, or does something about the webhook. A key that Stripe does not know is not stored;
/// one that could not be tried is.
pub async fn save(desk: &Desk, form: &Form) -> Result<Sent<StripeForm>, Error> {
    let mut wrong = Wrong::default();
    let read = read(desk, form, &mut wrong);
    choose_methods(desk, form).await?;
    if !wrong.is_empty() {
        return Ok(Sent::Again { view: view(desk, &wrong, None, None)?, why: Why::Wrong });
    }
    let tests = form.text("do") == "test";
    let key = read.key.clone().or_else(|| desk.app.connections().stripe_key.clone().filter(|_| tests));
    let Some(key) = key else {
        if tests {
            wrong.add("secret_key", "Enter a key first.");
            return Ok(Sent::Again { view: view(desk, &wrong, None, None)?, why: Why::Wrong });
        }
        keep(desk, read).await?;
        return webhook_too(desk, form).await;
    };
    let tried = attempt(desk, &key).await?;
    let is_refused = matches!(tried, Tried::Refused(_));
    if !is_refused && (!tests || matches!(tried, Tried::Works(_))) {
        if let Some(words) = obstacle(desk, &read, form).await? {
            wrong.add("secret_key", words);
            let view = StripeForm { asks_to_close: true, ..view(desk, &wrong, None, None)? };
            return Ok(Sent::Again { view, why: Why::Wrong });
        }
        keep(desk, read).await?;
    }
    if !tests && !is_refused {
        return webhook_too(desk, form).await;
    }
    let trial = match tried {
        Tried::Works(summary) => Trial { ok: true, summary, lines: Vec::new() },
        Tried::Refused(summary) | Tried::Unknown(summary) => Trial { ok: false, summary, lines: Vec::new() },
    };
    let why = if is_refused && !tests { Why::Wrong } else { Why::Asked };
    Ok(Sent::Again { view: view(desk, &wrong, Some(trial), None)?, why })
}

/// What the owner wants to be done about the webhook, once key and secret are stored. The page is shown again where there
/// is something to see.
async fn webhook_too(desk: &Desk, form: &Form) -> Result<Sent<StripeForm>, Error> {
    let Some(wish) = webhook::wish(desk, form)? else { return Ok(Sent::Saved) };
    let mut wrong = Wrong::default();
    let trial = webhook::fulfil(desk, wish, form, &mut wrong).await?;
    let is_done = trial.as_ref().is_some_and(|trial| trial.ok);
    if is_done && form.text("do") == "save" {
        return Ok(Sent::Saved);
    }
    let why = if !is_done && wish == Wish::SetUp { Why::Wrong } else { Why::Asked };
    Ok(Sent::Again { view: view(desk, &wrong, None, trial)?, why })
}

/// What of the form may be overwritten unseen; a key or a secret is never shown and always typed.
pub fn methods(settings: &Settings) -> Stored {
    Stored::of([(METHODS, method(settings.payment_methods).to_owned())])
}

/// The form's word for them.
pub fn method(methods: PaymentMethods) -> &'static str {
    match methods {
        PaymentMethods::Card => "card",
        PaymentMethods::All => "all",
    }
}

/// The setup asks for no methods; there the usual ones stay.
async fn choose_methods(desk: &Desk, form: &Form) -> Result<(), Error> {
    let chosen = match form.text(METHODS) {
        "card" => PaymentMethods::Card,
        "all" => PaymentMethods::All,
        _ => return Ok(()),
    };
    if form.text("do") != "save" || chosen == desk.settings.payment_methods {
        return Ok(());
    }
    let revision = desk.settings.revision;
    let change = move |settings| {
        as_looked_at(&settings, revision)?;
        Ok(Settings { payment_methods: chosen, ..settings })
    };
    let by = desk.hand();
    desk.app.store.write(move |w| settings::update(w, &by, change)).await?;
    Ok(())
}

fn read(desk: &Desk, form: &Form, wrong: &mut Wrong) -> Read {
    let config = &desk.app.config;
    let mut read = Read::default();
    for (field, name) in [("secret_key", STRIPE_KEY), ("webhook_secret", WEBHOOK_SECRETS)] {
        if let Some(words) = fixed(config, name).filter(|_| !form.text(field).is_empty()) {
            wrong.add(field, words);
        }
    }
    let key = form.text("secret_key");
    if !key.is_empty() && !config.is_fixed(STRIPE_KEY) {
        read.key = key.parse().map_err(|flaw| wrong.add("secret_key", flaw)).ok();
        if read.key.as_ref().is_some_and(|key| !config.stripe.may_have(key)) {
            read.key = None;
            wrong.add(
                "secret_key",
                "is live, and stripe.api_base in the configuration is not Stripe: remove that first",
            );
        }
    }
    let webhook = form.text("webhook_secret");
    if !webhook.is_empty() && !config.is_fixed(WEBHOOK_SECRETS) {
        read.webhook = webhook.parse().map_err(|flaw| wrong.add("webhook_secret", flaw)).ok();
    }
    read
}

/// What speaks against another key, unless the owner chose to have the open checkouts closed: then that is done.
async fn obstacle(desk: &Desk, read: &Read, form: &Form) -> Result<Option<String>, Error> {
    let (Some(key), Some(present)) = (&read.key, desk.app.till()) else { return Ok(None) };
    if form.text("close_checkouts") == "yes" {
        key_change::close_all(&present).await?;
        return Ok(None);
    }
    Ok(key_change::obstacle(&present, &desk.app.till_of(key).map_err(from_start)?).await?)
}

async fn keep(desk: &Desk, read: Read) -> Result<(), Error> {
    if let Some(key) = read.key {
        desk.app
            .keep_secrets(vec![(STRIPE_KEY, Some(key.expose().to_owned()))], desk.hand())
            .await
            .map_err(from_start)?;
        notices::key_was_changed(&desk.app.store).await?;
    }
    // Beside the one in force: while a secret is rolled, and while one endpoint follows another, both sign.
    if let Some(secret) = read.webhook {
        desk.app.add_webhook_secret(secret, desk.hand()).await.map_err(from_start)?;
    }
    Ok(())
}

/// What trying a key came to.
enum Tried {
    Works(String),
    /// Stripe said no.
    Refused(String),
    /// Stripe could not be asked.
    Unknown(String),
}

/// Asks for the account, and where the key may not, for its balance.
async fn attempt(desk: &Desk, key: &StripeKey) -> Result<Tried, Error> {
    let till = desk.app.till_of(key).map_err(|error: StartError| from_start(error))?;
    let client = till.client.with_patience(Patience::Request);
    let named = match client.account().await {
        Ok(answer) => {
            let account = answer.value;
            if let Some(is) = account.id.clone() {
                let key = till.account.clone();
                desk.app.store.write(move |w| accounts::note(w, &key, Some(&is))).await?;
            }
            let name = account.business_profile.and_then(|profile| profile.name).or(account.id).unwrap_or_default();
            Ok(format!(
                "The key works. Account: {name}{}.",
                account.country.map(|c| format!(" ({c})")).unwrap_or_default()
            ))
        }
        // Restricted keys often may not read the account.
        Err(CallError::Fail { kind: FailKind::NoPermission { .. }, .. }) => {
            client.balance().await.map(|_| "The key works.".to_owned())
        }
        Err(error) => Err(error),
    };
    Ok(match named {
        Ok(summary) => Tried::Works(summary),
        Err(error) if error.is_retry() => Tried::Unknown(sentence(&error.to_string())),
        Err(error) => Tried::Refused(sentence(&error.to_string())),
    })
}

fn view(desk: &Desk, wrong: &Wrong, trial: Option<Trial>, webhook: Option<Trial>) -> Result<StripeForm, Error> {
    let (config, connections) = (&desk.app.config, desk.app.connections());
    let latest = desk.app.store.read(|r| r.latest_events(EVENTS_LOOKED_AT))?;
    // What was asked for proves nothing about the webhook.
    let last = latest.into_iter().find(|event| event.arrival == Arrival::Webhook);
    Ok(StripeForm {
        lost: unreadable(desk, &[STRIPE_KEY, WEBHOOK_SECRETS])?,
        key_origin: origin(config, STRIPE_KEY),
        webhook_origin: origin(config, WEBHOOK_SECRETS),
        problems: wrong.problems(),
        key_hint: connections.stripe_key.as_ref().map(StripeKey::masked),
        key_error: wrong.about("secret_key"),
        webhook_hint: webhook_hint(connections.webhook_secrets.len()),
        webhook_error: wrong.about("webhook_secret"),
        mode: connections.stripe_key.as_ref().map(|key| match key.mode() {
            StripeMode::Test => Mode::Test,
            StripeMode::Live => Mode::Live,
        }),
        webhook_url: desk.app.url("/webhooks/stripe"),
        webhook_reachable: desk.app.is_reached_by_stripe(),
        webhook: webhook::view(desk, wrong, webhook)?,
        events: EVENT_TYPES.iter().map(|kind| (*kind).to_owned()).collect(),
        last_event: last.map(|event| LastEvent { kind: event.kind, at: desk.ago(event.received_at) }),
        trial,
        asks_to_close: false,
    })
}

/// No letter of a signing secret is shown: it has no beginning that tells one from another.
fn webhook_hint(secrets: usize) -> Option<String> {
    match secrets {
        0 => None,
        1 => Some("whsec_…".to_owned()),
        many => Some(format!("whsec_… ({many} secrets)")),
    }
}
