//! `quittance doctor`: every line with its failing case against real parts, on the command line, and on the owner's page.

#![expect(clippy::unwrap_used, reason = "a failed assumption should fail the test")]

mod command;
mod page;
mod proxies;

use std::time::{Duration, Instant};

use quittance::app::Line;
use quittance::billing::event::{Arrival, Event, Handling};
use quittance::billing::id::MailId;
use quittance::billing::letter::{Delivery, Letter, Matter};
use quittance::config::check::Level;
use quittance::demo::stripe::Operation;
use quittance::doctor::list::ALL;
use quittance::doctor::{Who, examine};
use quittance::payments::notices::{self, Notice};
use tokio::net::TcpListener;

use crate::store::disk::{Disk, Fault};
use crate::support::{PATIENCE, TestApp, beside, change};

/// What a running server would find.
async fn found(app: &TestApp) -> Vec<Line> {
    examine(&app.app, Who::Server, |_, _| ()).await
}

#[track_caller]
fn assert_told(lines: &[Line], code: &str, level: Level, words: &str) {
    let own: Vec<&Line> = lines.iter().filter(|line| line.code == code).collect();
    let is_told = own.iter().any(|line| line.level == level && line.detail.contains(words));
    assert!(is_told, "{code} {level:?} {words}: {own:?}");
    let has_remedy = |line: &&Line| line.remedy.is_some() == (line.level > Level::Ok);
    assert!(own.iter().all(has_remedy), "whatever is not well has a remedy: {own:?}");
}

#[tokio::test]
async fn where_all_is_well_every_look_has_a_line_and_none_fails() {
    let app = TestApp::start().await;
    app.app.back_up().await.unwrap();
    let lines = found(&app).await;
    for look in &ALL {
        assert!(lines.iter().any(|line| line.code == look.code), "{}", look.code);
    }
    for (code, words) in [
        ("books", "whole: 0 invoices"),
        ("notices", "nothing needs you"),
        ("secrets", "can be read"),
        ("backup", "made and proven less than a minute ago"),
        ("clock", "agrees with Stripe's"),
        ("stripe-key", "in test mode; it is asked in version"),
        ("stripe-permissions", "permissions that are needed"),
        ("webhook-secret", "there is one"),
        ("inbox", "no event is waiting"),
        ("outbox", "no mail is waiting"),
        ("card-payments", "nothing holds them back"),
        ("public-address", "leads to this Quittance"),
        ("listening", "is where this server listens"),
        ("mail-server", "takes mail from here"),
        ("server", "it runs"),
        ("version", env!("CARGO_PKG_VERSION")),
    ] {
        assert_told(&lines, code, Level::Ok, words);
    }
    for (code, words) in [
        ("dkim", "not looked at: the name of the key is known to the mail server alone"),
        ("certificate", "not HTTPS"),
        ("certificate-authority", "server.tls is off"),
        ("forwarding", "not HTTPS"),
    ] {
        assert_told(&lines, code, Level::Skipped, words);
    }
}

fn event(at: jiff::Timestamp) -> Event {
    Event {
        id: "evt_1".into(),
        kind: "checkout.session.completed".into(),
        object_id: "cs_1".into(),
        object_kind: "checkout.session".into(),
        livemode: false,
        api_version: None,
        account: None,
        created: at,
        received_at: at,
        arrival: Arrival::Webhook,
        state: Handling::Pending { next_try: at },
        tries: 0,
        last_error: None,
        payload: "{}".into(),
    }
}

fn letter(id: MailId, at: jiff::Timestamp) -> Letter {
    Letter {
        id,
        subject_matter: Matter::OwnerFailedMails { hour: 1 },
        to: vec!["anna@example.com".into()],
        cc: Vec::new(),
        taken: Vec::new(),
        queued_at: at,
        not_before: at,
        state: Delivery::Queued,
        attempts: 0,
        last_words: None,
        subject: String::new(),
    }
}

#[tokio::test]
async fn what_waits_too_long_and_what_stands_on_the_first_page_is_told() {
    let app = TestApp::start().await;
    let (at, id) = (app.clock.now(), app.app.store.fresh_id().unwrap());
    change(&app, move |w| {
        w.put_event(&event(at))?;
        w.put_letter(&letter(id, at))?;
        notices::raise(w, Notice::DiskFilling)?;
        Ok(notices::raise(w, Notice::EndpointElsewhere)?)
    })
    .await;
    app.clock.advance(2 * 3600);
    let lines = found(&app).await;
    assert_told(&lines, "inbox", Level::Warn, "1 event waiting, the oldest from 2 hours ago");
    assert_told(&lines, "outbox", Level::Warn, "waiting, the oldest from 2 hours ago");
    assert_told(&lines, "notices", Level::Fail, "disk is nearly full, first seen 2 hours ago");
    assert_told(&lines, "notices", Level::Warn, "leads to another address");
    assert_told(&lines, "backup", Level::Warn, "there is none yet");
    assert_told(&lines, "backup-places", Level::Warn, "only the data folder");
    app.clock.advance(23 * 3600);
    let lines = found(&app).await;
    assert_told(&lines, "inbox", Level::Fail, "from 25 hours ago");
    assert_told(&lines, "outbox", Level::Fail, "from 25 hours ago");
}

#[tokio::test]
async fn backups_grow_old_and_places_that_fail_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let (disk, gone) = (folder.path().join("disk"), folder.path().join("gone"));
    std::fs::create_dir(&disk).unwrap();
    let app = TestApp::start_with(|config| config.backup.directory = Some(disk.clone())).await;
    app.app.back_up().await.unwrap();
    let lines = found(&app).await;
    assert_told(&lines, "backup", Level::Ok, "made and proven");
    assert_told(&lines, "backup-places", Level::Ok, "data folder, directory; not encrypted");
    app.clock.advance(49 * 3600);
    assert_told(&found(&app).await, "backup", Level::Fail, "made and proven 2 days ago");
    std::fs::rename(&disk, &gone).unwrap();
    app.app.back_up().await.unwrap();
    assert_told(&found(&app).await, "backup", Level::Fail, "the latest is not as it should be: directory: ");
}

#[tokio::test]
async fn what_stripe_says_of_clock_key_and_permissions_is_told() {
    let app = TestApp::start().await;
    app.stand_in.set_skew(400);
    app.stand_in.withhold(Operation::CreateSession);
    let lines = found(&app).await;
    assert_told(&lines, "clock", Level::Fail, "this machine's clock and Stripe's differ by 400 s");
    assert_told(&lines, "stripe-permissions", Level::Fail, "");
    let lacks = lines.iter().find(|line| line.code == "stripe-permissions").unwrap();
    assert!(lacks.remedy.as_ref().unwrap().contains("set Checkout Sessions to Write"), "{lacks}");
    app.stand_in.set_secret_key("sk_test_another_key_0123456789");
    let lines = found(&app).await;
    assert_told(&lines, "stripe-key", Level::Fail, "");
    assert_told(&lines, "stripe-permissions", Level::Skipped, "a key that Stripe takes");
}

#[tokio::test]
async fn without_a_key_a_mail_server_or_a_public_name_that_is_said() {
    let app = TestApp::start_with(|config| {
        config.stripe.secret_key = None;
        config.mail.smtp = None;
        config.server.public_url = "https://nowhere.invalid".parse().unwrap();
    })
    .await;
    let lines = found(&app).await;
    assert_told(&lines, "stripe-key", Level::Warn, "no key");
    assert_told(&lines, "webhook-endpoint", Level::Skipped, "there is no Stripe key");
    assert_told(&lines, "card-payments", Level::Skipped, "there is no Stripe key");
    assert_told(&lines, "mail-server", Level::Warn, "no mail server");
    assert_told(&lines, "spf", Level::Skipped, "no mail server or no sender");
    assert_told(&lines, "public-name", Level::Fail, "nowhere.invalid");
    assert_told(&lines, "public-address", Level::Fail, "https://nowhere.invalid");
    assert_told(&lines, "forwarding", Level::Skipped, "does not lead here");
    assert_told(&lines, "certificate", Level::Skipped, "nobody answered over HTTPS");
    assert_told(&lines, "configuration", Level::Warn, "server.trusted_proxies: ");
}

#[tokio::test]
async fn books_that_nothing_can_be_written_to_are_told() {
    let disk = Disk::default();
    let app = TestApp::start_on(&disk).await;
    disk.fail(Fault::WritesFrom(1));
    app.app.store.write(|w| w.put_mark("a", w.now())).await.unwrap_err();
    assert_told(&found(&app).await, "books", Level::Fail, "nothing can be written");
    disk.repair();
}

/// Somebody who takes every connection and never says a word.
async fn silence() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    beside(async move {
        let mut held = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            held.push(stream);
        }
    });
    address.to_string()
}

#[tokio::test]
async fn it_ends_whatever_hangs() {
    let (stripe, mail, site) = (silence().await, silence().await, silence().await);
    let app = TestApp::start_with(|config| {
        config.stripe.api_base = Some(format!("http://{stripe}").parse().unwrap());
        config.mail.smtp = Some(format!("smtp+plain://{mail}").parse().unwrap());
        config.server.public_url = format!("http://{site}").parse().unwrap();
    })
    .await;
    let begun = Instant::now();
    let lines = tokio::time::timeout(PATIENCE, found(&app)).await.unwrap();
    // On a machine that is busy with other tests as well; by itself it is less than half a minute.
    assert!(begun.elapsed() + Duration::from_secs(10) < PATIENCE, "{:?}", begun.elapsed());
    for code in ["stripe-key", "mail-server", "public-address"] {
        assert_told(&lines, code, Level::Fail, "");
    }
    assert_told(&lines, "books", Level::Ok, "whole");
}
