//! Whether the Stripe key works, what it may, and where Stripe sends its events: a line each.

use futures_util::future::join_all;

use crate::app::{App, Connections};
use crate::billing::endpoint::Seen;
use crate::config::check::Finding;
use crate::payments::API_VERSION;
use crate::payments::client::{CallError, Client, FailKind, Patience};
use crate::payments::endpoints::look;
use crate::payments::permissions::{ALL, Permission, Right};
use crate::payments::till::Till;

/// What findings are about.
pub mod subjects {
    pub const KEY: &str = "stripe.secret_key";
    /// Before the name of a permission.
    pub const PERMISSION: &str = "stripe: ";
    pub const ENDPOINT: &str = "webhook endpoint";
    pub const DELIVERY: &str = "webhook delivery";
    pub const SECRETS: &str = "stripe.webhook_secrets";
    pub const CLOCK: &str = "clock";
}

/// Stripe's clock and ours may differ by this much before webhooks are refused as too old.
const SKEW_SECONDS_MAX: u64 = 120;

/// Everything that can be asked of Stripe about the key and the way back.
pub async fn tried(app: &App, connections: &Connections) -> Vec<Finding> {
    let Some(till) = &connections.till else {
        let words = "no key: invoices offer bank transfer only";
        return vec![Finding::warn("stripe", words, "set stripe.secret_key, or enter it in the admin page")];
    };
    let client = till.client.with_patience(Patience::Request);
    let (first, is_taken) = key(&client).await;
    let mut findings = vec![first];
    // A key that is not taken lacks everything; saying so eleven times helps nobody.
    if is_taken {
        let proofs = ALL.iter().map(async |permission| permitted(permission, permission.prove(&client).await));
        findings.extend(join_all(proofs).await);
        findings.extend(endpoints(app, till, connections).await);
    }
    // A refusal bears the time, too; what never came does not.
    if is_taken || client.skew() != 0 {
        findings.push(clock(client.skew()));
    }
    if connections.webhook_secrets.is_empty() {
        let remedy = "set stripe.webhook_secrets, or have the endpoint set up in the admin page; until then payments are \
                      found by asking";
        findings.push(Finding::warn(subjects::SECRETS, "none, so webhooks are refused", remedy));
    }
    findings
}

fn clock(skew: i64) -> Finding {
    let (subject, seconds) = (subjects::CLOCK, skew.unsigned_abs());
    if seconds > SKEW_SECONDS_MAX {
        let words = format!("this machine's clock and Stripe's differ by {seconds} s");
        let remedy = "set it, and let it be kept by NTP (timedatectl set-ntp true)";
        return Finding::fail(subject, words, remedy);
    }
    Finding::ok(subject, format!("agrees with Stripe's to {} s", seconds.max(1)))
}

/// Whether Stripe takes the key at all. A restricted one may not read the balance, which says nothing about that.
async fn key(client: &Client) -> (Finding, bool) {
    let subject = subjects::KEY;
    match client.balance().await {
        Ok(answer) => {
            let mode = if answer.value.livemode == Some(true) { "live" } else { "test" };
            (Finding::ok(subject, format!("Stripe takes it, in {mode} mode")), true)
        }
        Err(CallError::Fail { kind: FailKind::NoPermission { .. }, .. }) => {
            (Finding::ok(subject, "Stripe takes it"), true)
        }
        Err(error) => {
            let remedy = match error {
                CallError::Fail { .. } => "copy the key from Stripe again, under Developers, API keys",
                CallError::Retry { .. } => "check the network, and try again",
            };
            (Finding::fail(subject, error.to_string(), remedy), false)
        }
    }
}

fn permitted(permission: &Permission, proven: Result<(), CallError>) -> Finding {
    let (name, right) = (permission.name, permission.right.word());
    let subject = format!("{}{name}, {}", subjects::PERMISSION, right.to_lowercase());
    let may = match permission.right {
        Right::Read => "may be read",
        Right::Write => "may be written",
    };
    match proven {
        Ok(()) => Finding::ok(&subject, may),
        Err(error @ CallError::Retry { .. }) => {
            Finding::fail(&subject, error.to_string(), "check the network, and try again")
        }
        Err(error) => {
            let remedy = format!(
                "at Stripe under Developers, API keys, edit the restricted key and set {name} to {right}; it is needed \
                 for {}",
                permission.needed_for
            );
            if permission.is_optional {
                Finding::warn(&subject, error.to_string(), &remedy)
            } else {
                Finding::fail(&subject, error.to_string(), &remedy)
            }
        }
    }
}

/// What is at Stripe, if the key may know it.
async fn endpoints(app: &App, till: &Till, connections: &Connections) -> Vec<Finding> {
    let subject = subjects::ENDPOINT;
    let settings = "look at Settings, Card payments in the admin page";
    let seen = match look::seen(till).await {
        Ok(seen) => seen,
        Err(CallError::Fail { kind: FailKind::NoPermission { .. }, .. }) => {
            let words = "the key may not look at it; what it should be is in the admin page, under Card payments";
            return vec![Finding::ok(subject, words)];
        }
        Err(error) => return vec![Finding::fail(subject, error.to_string(), "try again")],
    };
    let here = app.url(crate::payments::endpoints::PATH);
    let mut findings: Vec<Finding> = seen.iter().map(|one| endpoint(subject, one, &here)).collect();
    if !seen.iter().any(|one| one.leads_here) && !connections.webhook_secrets.is_empty() {
        findings.push(Finding::warn(subject, format!("none at Stripe leads to {here}"), settings));
    }
    findings.extend(last_event(app));
    findings
}

fn endpoint(subject: &str, seen: &Seen, here: &str) -> Finding {
    let (id, url) = (&seen.id, &seen.url);
    if !seen.leads_here {
        let words = format!("{id} leads to {url} and not to {here}, so that its events do not arrive here");
        return Finding::warn(subject, words, "delete it at Stripe if that address is an old one");
    }
    if !seen.is_enabled {
        return Finding::fail(subject, format!("{id} is switched off at Stripe"), "set it up again in the admin page");
    }
    if !seen.missing.is_empty() {
        let words = format!("{id} does not send {}", seen.missing.join(", "));
        return Finding::warn(subject, words, "set it up again in the admin page, or add them at Stripe");
    }
    match seen.api_version.as_deref() {
        Some(API_VERSION) => Finding::ok(subject, format!("{id} leads to {url} and sends everything")),
        other => {
            let words = format!("{id} uses version {} of the API", other.unwrap_or("of the account's default"));
            Finding::warn(subject, words, "set it up again in the admin page; nothing is lost meanwhile")
        }
    }
}

fn last_event(app: &App) -> Option<Finding> {
    let at = app.store.read(|r| r.last_event_at()).ok().flatten()?;
    let minutes = app.clock.now().duration_since(at).as_mins();
    Some(Finding::ok(subjects::DELIVERY, format!("the last event arrived {minutes} minutes ago")))
}
