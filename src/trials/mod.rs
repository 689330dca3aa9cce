//! What the configuration names is tried: Stripe's key and its permissions, the mail server, the public address, the places for
//! backups.
//!
//! Each trial asks and leaves nothing behind. Findings have the same form as those of `config::check`, which asks nobody. Which
//! of them are made, and beside what, `check --online` and `doctor` decide.

pub mod folder;
pub mod public_address;
pub mod stripe;
pub mod way_in;
mod who;

pub use who::{Failure, Visit};

use std::net::IpAddr;

use crate::app::{App, Connections};
use crate::config::check::Finding;
use crate::said::Said;
use crate::store::{Store, verify};

/// Tries everything that is in force, whether it was configured or typed into the admin page.
pub async fn online(app: &App) -> Vec<Finding> {
    let store = app.store.clone();
    let data = tokio::task::spawn_blocking(move || books(&store)).await;
    let mut findings = vec![data.unwrap_or_else(|error| Finding::fail("data", error.to_string(), "try again"))];
    findings.extend(secrets(app));
    findings.extend(payments_held(app));
    findings.extend(numbers_held(app));
    findings.extend(way_in::running(app));
    findings.extend(ways_out(app).await);
    findings
}

/// Tries what can be tried without data: the ways out, and the way in.
pub async fn ways_out(app: &App) -> Vec<Finding> {
    let connections = app.connections();
    let mut findings = Vec::new();
    findings.extend(stripe::tried(app, &connections).await);
    findings.push(mail(app, &connections).await);
    findings.extend(way_in::tried(app).await);
    findings.extend(public_address::listening(app).await);
    findings.push(public_address::reached(app).await);
    findings.extend(backups(app).await);
    findings
}

/// Whether the stored data can be written and is whole. It reads everything, at about a second for ten thousand invoices.
#[must_use]
pub fn books(store: &Store) -> Finding {
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

/// What was typed in and cannot be read any more.
#[must_use]
pub fn secrets(app: &App) -> Option<Finding> {
    let names = app.unreadable_secrets().ok().filter(|names| !names.is_empty())?;
    let words = format!("{} cannot be read: master.key is gone, or is another one", names.join(", "));
    Some(Finding::fail("secrets", words, "put the file back and start again, or type them in again in the admin page"))
}

/// What waits although the ways out are there.
#[must_use]
pub fn payments_held(app: &App) -> Option<Finding> {
    app.payments_held().map(|hold| Finding::warn("card payments", hold.words(), hold.remedy()))
}

/// Documents that cannot be issued, since their numbers are not known.
#[must_use]
pub fn numbers_held(app: &App) -> Option<Finding> {
    let remedy = "save the next number under Settings, Numbers and taxes";
    app.numbers_held().map(|words| Finding::warn("numbers", words, remedy))
}

/// Each place for backups, with something small that is taken away again.
async fn backups(app: &App) -> Vec<Finding> {
    let mut findings = Vec::new();
    for place in app.backups.triable() {
        let subject = format!("backup, {}", place.label());
        findings.push(match app.backups.probe(place, &app.appliance).await {
            Ok(()) => Finding::ok(&subject, "takes backups and gives them back"),
            Err(error) => {
                let Said { what, remedy } = Said::read(&error.to_string(), "look at [backup]");
                Finding::fail(&subject, what, remedy)
            }
        });
    }
    findings
}

/// Whether the mail server lets us in.
pub async fn mail(app: &App, connections: &Connections) -> Finding {
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

/// `192.0.2.1 and 2001:db8::1`
fn listed(addresses: &[IpAddr]) -> String {
    addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ")
}
