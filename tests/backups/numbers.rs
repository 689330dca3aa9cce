//! A copy that is put back gives no number a second time: also on another machine, where no list of numbers is beside it.

use std::sync::Arc;

use quittance::app::{App, Hold};
use quittance::billing::log::Channel;
use quittance::clock::Clock;
use quittance::config::Config;
use quittance::demo::stripe::{Fault, Operation};
use quittance::payments::reconcile::Extent;
use quittance::resolve::Resolver;
use quittance::store::backup::restore;

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
    assert!(refused.contains("until Stripe has been asked") && refused.contains("Settings, Numbers"), "{refused}");
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
    let next = issue(&there, "40.00").await.number;
    assert!(!since.contains(&next), "{next}");
    assert_eq!(next, unseen, "what nobody opened a checkout for, Stripe cannot tell: that is what the owner is told");
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
    assert!(today.contains("until then no invoice can be issued") && today.contains("/admin/settings/numbering"));
    assert!(try_to_issue(&app.app, "1.00").await.is_err());
    let form = owner.sheet("/admin/settings/numbering", "/admin/settings/numbering").await;
    assert_eq!(owner.send(&form, &[("next", "7"), ("do", "save")]).await.status, 303);
    assert!(!owner.get("/admin").await.text().contains("no invoice can be issued"));
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
    assert!(try_to_issue(&there, "1.00").await.is_err());
    // What was refused stays refused after another start, and in a copy of this copy.
    let again = there.store.back_up(Vec::new()).unwrap();
    restore(&folder.path().join("three"), again.as_slice(), false, &Clock::machine()).unwrap();
    let third = start(config("three"));
    assert!(try_to_issue(&third, "1.00").await.is_err());
    let book = there.book();
    there.store.write(move |w| w.know_numbers(book)).await.unwrap();
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
