//! What the configuration names is tried: Stripe's key and its permissions, the mail server, the public address.
//!
//! Each trial asks and changes nothing. Findings have the same form as those of `config::check`, which asks nobody.

mod public_address;

use jiff::{SignedDuration, Timestamp};

use crate::app::{App, Connections};
use crate::config::check::Finding;
use crate::payments::client::{CallError, Client, Created, FailKind, Patience};
use crate::payments::reconcile::EVENT_TYPES;
use crate::store::{Store, verify};

/// Stripe's clock and ours may differ by this much before webhooks are refused as too old.
const SKEW_SECONDS_MAX: i64 = 120;

/// Tries everything that is in force, whether it was configured or typed into the admin page.
pub async fn online(app: &App) -> Vec<Finding> {
    let store = app.store.clone();
    let data = tokio::task::spawn_blocking(move || data(&store)).await;
    let mut findings = vec![data.unwrap_or_else(|error| Finding::fail("data", error.to_string(), "try again"))];
    findings.extend(secrets(app));
    findings.extend(payments_held(app));
    findings.extend(ways_out(app).await);
    findings
}

/// Tries what can be tried without data: the ways out, and the way in.
pub async fn ways_out(app: &App) -> Vec<Finding> {
    let connections = app.connections();
    let mut findings = Vec::new();
    findings.extend(stripe(&connections).await);
    findings.push(mail(app, &connections).await);
    findings.push(public_address::reached(app).await);
    findings
}

fn data(store: &Store) -> Finding {
    let subject = "data";
    if let Some(trouble) = store.trouble() {
        return Finding::fail(
            subject,
            format!("nothing can be written ({trouble})"),
            "free disk space or check the disk",
        );
    }
    match store.read_long(verify::prove) {
        Ok(proof) if proof.is_whole() => {
            Finding::ok(subject, format!("whole: {} invoices, {} payments", proof.invoices, proof.payments))
        }
        Ok(proof) => Finding::fail(
            subject,
            format!("not whole, in {} places", proof.problems.len()),
            "run quittance verify, then restore a backup",
        ),
        Err(error) => Finding::fail(subject, error.to_string(), "restore a backup"),
    }
}

fn secrets(app: &App) -> Option<Finding> {
    let names = app.unreadable_secrets().ok().filter(|names| !names.is_empty())?;
    let words = format!("{} cannot be read: master.key is gone, or is another one", names.join(", "));
    Some(Finding::fail("secrets", words, "put the file back and start again, or type them in again in the admin page"))
}

/// What waits although the ways out are there.
fn payments_held(app: &App) -> Option<Finding> {
    app.payments_held().map(|hold| Finding::warn("card payments", hold.words(), hold.remedy()))
}

async fn stripe(connections: &Connections) -> Vec<Finding> {
    let Some(till) = &connections.till else {
        let words = "no key: invoices offer bank transfer only";
        return vec![Finding::warn("stripe", words, "set stripe.secret_key, or enter it in the admin page")];
    };
    let client = till.client.with_patience(Patience::Request);
    let mut findings = vec![key(&client).await];
    let reads: [(&str, Result<(), CallError>); 3] = [
        ("Checkout Sessions", client.sessions(recently()).at_most(1).next_page().await.map(drop)),
        ("Charges", client.charges(recently()).at_most(1).next_page().await.map(drop)),
        ("Events", client.events(recently().from, &EVENT_TYPES).at_most(1).next_page().await.map(drop)),
    ];
    for (what, read) in reads {
        let subject = format!("stripe: {what}");
        findings.push(match read {
            Ok(()) => Finding::ok(&subject, "can be read"),
            Err(error) => failed(&subject, &error),
        });
    }
    let skew = client.skew();
    if skew.abs() > SKEW_SECONDS_MAX {
        let words = format!("this machine's clock and Stripe's differ by {skew} s");
        findings.push(Finding::fail("clock", words, "set the clock, and let it be kept by NTP"));
    }
    if connections.webhook_secrets.is_empty() {
        let remedy =
            "set stripe.webhook_secrets, or enter one in the admin page; until then payments are found by asking";
        findings.push(Finding::warn("stripe.webhook_secrets", "none, so webhooks are refused", remedy));
    }
    findings
}

/// A restricted key may have no permission for this, which says nothing about the others.
async fn key(client: &Client) -> Finding {
    let subject = "stripe.secret_key";
    match client.balance().await {
        Ok(answer) => {
            let mode = if answer.value.livemode == Some(true) { "live" } else { "test" };
            Finding::ok(subject, format!("Stripe takes it, in {mode} mode"))
        }
        Err(CallError::Fail { kind: FailKind::NoPermission { .. }, .. }) => Finding::ok(subject, "Stripe takes it"),
        Err(error) => failed(subject, &error),
    }
}

fn failed(subject: &str, error: &CallError) -> Finding {
    let remedy = match error {
        CallError::Fail { kind: FailKind::NoPermission { .. }, .. } => "give the key this permission at Stripe",
        CallError::Fail { .. } => "copy the key from Stripe again, under Developers, API keys",
        CallError::Retry { .. } => "check the network, and try again",
    };
    Finding::fail(subject, error.to_string(), remedy)
}

/// Only whether a list may be read is asked, so the least of it will do.
fn recently() -> Created {
    let before = Timestamp::UNIX_EPOCH;
    Created { from: before, before: before.checked_add(SignedDuration::from_secs(1)).ok() }
}

async fn mail(app: &App, connections: &Connections) -> Finding {
    let subject = "mail.smtp";
    let Some(post) = &connections.post else {
        return Finding::warn(
            subject,
            "no mail server: mails wait in the outbox",
            "set mail.smtp, or enter it in the admin page",
        );
    };
    if let Some(hold) = app.held_back() {
        return Finding::warn(subject, hold.words(), hold.remedy());
    }
    let trial = post.mailer.try_login().await;
    let Some(last) = trial.steps.last() else { return Finding::ok(subject, "nothing was to be tried") };
    match &last.outcome {
        Ok(_) => Finding::ok(subject, format!("{} takes mail from here", post.address.host)),
        Err(words) => Finding::fail(subject, format!("{}: {words}", last.what), "correct mail.smtp"),
    }
}
