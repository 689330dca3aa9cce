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
use crate::support::{TestApp, issue};

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
    assert!(today.contains("Write no invoices until then"), "{today}");
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
