//! A copy that is put back gives no number a second time: also on another machine, where no list of numbers is beside it.

use std::sync::Arc;

use quittance::actions::settings;
use quittance::app::{App, Hold};
use quittance::billing::log::Channel;
use quittance::billing::settings::Documents;
use quittance::clock::Clock;
use quittance::config::Config;
use quittance::demo::stripe::{Fault, Operation};
use quittance::payments::reconcile::Extent;
use quittance::resolve::Resolver;
use quittance::store::backup::restore;

use serde_json::{Value, json};

use crate::admin::person::Person;
use crate::support::{TestApp, issue, try_to_issue};

/// The appliance on another machine, with nothing but the copy.
fn put_back(app: &TestApp, copy: &[u8], folder: &std::path::Path) -> Arc<App> {
    let restored = restore(folder, copy, false, &app.clock).unwrap();
    assert!(!restored.knows_numbers, "no list of numbers was beside it");
    let mut config = app.app.config.clone();
    config.data_dir = folder.to_path_buf();
    App::start(config, app.clock.clone(), app.app.resolver.clone()).unwrap()
}

#[tokio::test]
async fn numbers_that_stripe_has_seen_are_not_given_again_on_another_machine() {
    let app = TestApp::start().await;
    issue(&app.app, "10.00").await;
    let copy = app.app.store.back_up(Vec::new()).unwrap();
    let mut since = Vec::new();
    for _ in 0..3 {
        let invoice = issue(&app.app, "20.00").await;
        assert_eq!(app.click_pay(&invoice).await.status, 303);
        since.push(invoice.number);
    }
    let unseen = issue(&app.app, "30.00").await.number;

    let folder = tempfile::tempdir().unwrap();
    let there = put_back(&app, &copy, &folder.path().join("data"));
    assert_eq!(there.payments_held(), Some(Hold::Behind), "cards wait");
    let refused = try_to_issue(&there, "1.00").await.unwrap_err().to_string();
    assert!(refused.contains("look up the last one") && refused.contains("Settings, Numbers"), "{refused}");
    app.stand_in.fault_always(Operation::ListCharges, Fault::Status(400));
    let failed = there.reconcile(Extent::Short, Channel::Schedule).await.unwrap();
    assert!(failed.error.is_some());
    let known = |there: &App| -> Vec<String> {
        there.store.read(|r| r.lost_numbers()).unwrap().into_iter().map(|(number, _)| number).collect()
    };
    assert_eq!(known(&there), since, "also a pass that stopped has learnt them");
    app.stand_in.clear_faults();
    let clean = there.reconcile(Extent::Short, Channel::Schedule).await.unwrap();
    assert_eq!(clean.error, None);
    assert_eq!(there.payments_held(), None);
    assert_eq!(known(&there), since, "each is noted once");
    assert!(try_to_issue(&there, "40.00").await.is_err(), "of {unseen}, Stripe has never heard");
    let going_on_with = |next: u64| {
        let (book, today) = (there.book(), there.today().unwrap());
        there.store.write(move |w| {
            w.know_numbers(Documents::Invoices, book)?;
            settings::update(w, "the owner", |stored| {
                settings::number_from(stored, Documents::Invoices, next, book, today)
            })
        })
    };
    let refused = going_on_with(4).await.unwrap_err().to_string();
    assert!(refused.contains("up to 4 have been given"), "what Stripe has seen was given: {refused}");
    going_on_with(6).await.unwrap();
    assert!(issue(&there, "40.00").await.number.ends_with("0006"));
}

#[tokio::test]
async fn the_series_goes_on_behind_the_last_number_that_stripe_has_seen() {
    let app = TestApp::start().await;
    issue(&app.app, "10.00").await;
    let copy = app.app.store.back_up(Vec::new()).unwrap();
    let by_bank = issue(&app.app, "20.00").await;
    let by_card = issue(&app.app, "20.00").await;
    assert_eq!(app.click_pay(&by_card).await.status, 303);
    let folder = tempfile::tempdir().unwrap();
    let there = put_back(&app, &copy, &folder.path().join("data"));
    there.reconcile(Extent::Short, Channel::Schedule).await.unwrap();
    let book = there.book();
    there.store.write(move |w| w.know_numbers(Documents::Invoices, book)).await.unwrap();
    let next = issue(&there, "1.00").await.number;
    assert!(
        next.ends_with("0004") && by_bank.number.ends_with("0002"),
        "{next}, though nobody told of {}",
        by_bank.number
    );
}

#[tokio::test]
async fn a_number_that_was_given_again_before_stripe_was_asked_is_named() {
    let app = TestApp::start().await;
    issue(&app.app, "10.00").await;
    let copy = app.app.store.back_up(Vec::new()).unwrap();
    let theirs = issue(&app.app, "20.00").await;
    assert_eq!(app.click_pay(&theirs).await.status, 303);
    let folder = tempfile::tempdir().unwrap();
    let there = put_back(&app, &copy, &folder.path().join("data"));
    let book = there.book();
    there.store.write(move |w| w.know_numbers(Documents::Invoices, book)).await.unwrap();
    let ours = issue(&there, "30.00").await;
    assert_eq!(ours.number, theirs.number, "the owner said so, and too early");
    for _ in 0..2 {
        there.reconcile(Extent::Short, Channel::Schedule).await.unwrap();
        let lost = there.store.read(|r| r.lost_numbers()).unwrap();
        let named: Vec<_> = lost.iter().map(|(number, lost)| (number.as_str(), lost.document.to_string())).collect();
        assert_eq!(named, [(theirs.number.as_str(), theirs.id.to_string())], "the first page names it");
    }
    assert!(issue(&there, "1.00").await.number.ends_with("0003"));
}

#[tokio::test]
async fn each_series_waits_for_its_own_next_number() {
    let app = TestApp::start().await;
    let first = issue(&app.app, "10.00").await;
    crate::support::change(&app, |w| Ok(w.lose_numbers(w.now())?)).await;
    let program = app.program().await;
    let credited = async || program.post(&format!("/invoices/{}/credit_notes", first.id), json!({"amount": 100})).await;
    let numbering = async || program.get("/settings").await.expect(200);
    let known = async |changes: Value| program.patch("/settings", changes).await.expect(200);
    assert_eq!(
        (&numbering().await["numbering"]["next"], &numbering().await["credit_note_numbering"]["next"]),
        (&Value::Null, &Value::Null)
    );
    // What was shown is sent back as it was shown, and says nothing.
    known(json!({"terms_days": 30, "numbering": {"next": null}, "credit_note_numbering": {"pattern": "CN{SEQ}"}}))
        .await;
    assert!(try_to_issue(&app.app, "1.00").await.is_err());
    known(json!({"numbering": {"next": 2}})).await;
    assert!(try_to_issue(&app.app, "1.00").await.unwrap().number.ends_with("0002"));
    assert_eq!(credited().await.status, 409);
    known(json!({"credit_note_numbering": {"next": 5}})).await;
    assert_eq!(credited().await.expect(201)["number"], "TEST-CN5");
    assert_eq!(app.app.numbers_held(), None, "who never made a document over a fee need not say where they go on");
    assert_eq!(app.app.numbers_unknown(), [Documents::FeeInvoices]);
    known(json!({"fee_invoice_numbering": {"next": 9}})).await;
    assert_eq!(app.app.numbers_unknown(), []);
}

#[tokio::test]
async fn the_owner_is_told_before_the_first_number_is_given() {
    let app = TestApp::start().await;
    let owner = Person::owner(&app).await;
    crate::support::change(&app, |w| Ok(w.fall_behind(w.now())?)).await;
    let today = owner.get("/admin").await.text();
    assert!(today.contains("Card payments wait") && !today.contains("no invoice can be issued"), "{today}");
    crate::support::change(&app, |w| Ok(w.lose_numbers(w.now())?)).await;
    let today = owner.get("/admin").await.text();
    let held = "no invoices and no credit notes can be issued until you look up";
    assert!(today.contains(held) && today.contains("Where do your numbers go on?"), "{today}");
    assert!(try_to_issue(&app.app, "1.00").await.is_err());
    let form = owner.sheet("/admin/settings/numbering", "/admin/settings/numbering").await;
    assert_eq!((form.value("next"), form.value("credit_next")), (Some(""), Some("")), "nothing is proposed");
    assert_eq!(owner.send(&form, &[("terms_days", "30"), ("do", "save")]).await.status, 303);
    assert!(owner.get("/admin").await.text().contains(held), "saving something else says nothing about them");
    let form = owner.sheet("/admin/settings/numbering", "/admin/settings/numbering").await;
    assert_eq!(owner.send(&form, &[("next", "7"), ("do", "save")]).await.status, 303);
    let today = owner.get("/admin").await.text();
    assert!(today.contains("no credit notes can be issued") && !today.contains("no invoices"), "{today}");
    assert!(try_to_issue(&app.app, "1.00").await.unwrap().number.ends_with("0007"));
}

#[tokio::test]
async fn without_a_key_the_owner_says_where_numbers_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let config = |name: &str| {
        let mut config = Config::default();
        config.data_dir = folder.path().join(name);
        config
    };
    let start = |config: Config| App::start(config, Clock::machine(), Resolver::system().unwrap()).unwrap();
    let before = start(config("one"));
    let number = issue(&before, "10.00").await.number;
    let copy = before.store.back_up(Vec::new()).unwrap();
    restore(&folder.path().join("two"), copy.as_slice(), false, &Clock::machine()).unwrap();
    let there = start(config("two"));
    assert!(there.numbers_held().unwrap().contains("save the next one"));
    let proof = there.store.read(quittance::store::verify::prove).unwrap();
    assert_eq!(proof.numbers_unknown.first().map(String::as_str), Some("invoices"), "verify says so");
    assert!(try_to_issue(&there, "1.00").await.is_err());
    // What was refused stays refused after another start, and in a copy of this copy.
    let again = there.store.back_up(Vec::new()).unwrap();
    restore(&folder.path().join("three"), again.as_slice(), false, &Clock::machine()).unwrap();
    let third = start(config("three"));
    assert!(try_to_issue(&third, "1.00").await.is_err());
    let book = there.book();
    there.store.write(move |w| w.know_numbers(Documents::Invoices, book)).await.unwrap();
    assert_ne!(try_to_issue(&there, "1.00").await.unwrap().number, number);
}

#[tokio::test]
async fn where_the_list_of_numbers_is_left_every_number_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::default();
    config.data_dir = folder.path().join("data");
    let open = || App::start(config.clone(), Clock::machine(), Resolver::system().unwrap()).unwrap();
    let before = open();
    let copy = before.store.back_up(Vec::new()).unwrap();
    let numbers = [issue(&before, "10.00").await.number, issue(&before, "10.00").await.number];
    before.store.close().unwrap();
    let restored = restore(&config.data_dir, copy.as_slice(), true, &Clock::machine()).unwrap();
    assert!(restored.knows_numbers);
    let next = issue(&open(), "10.00").await.number;
    assert!(!numbers.contains(&next), "{next}");
}
