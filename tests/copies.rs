//! Books that were put back from an older copy, and copies of the whole data folder.

#![expect(clippy::unwrap_used, reason = "a failed assumption should fail the test")]

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use quittance::app::{App, Hold};
use quittance::billing::log::Channel;
use quittance::clock::Clock;
use quittance::config::Config;
use quittance::demo::stripe::{Fault, Operation, Options, StandIn};
use quittance::payments::reconcile::Extent;
use quittance::resolve::Resolver;
use quittance::store::backup::restore;
use quittance::store::{FILE_NAME, KEY_NAME};
use quittance::trials;
use serde_json::json;
use tokio::net::TcpListener;

use crate::admin::person::Person;
use crate::process::{Bench, Serving};
use crate::support::{IBAN, PATIENCE, STRIPE_KEY, TestApp, beside, change, path};

const NOT_NOW: &str = "Card payment is not available at the moment";
const PAY: &str = "/checkout\"><button";

#[tokio::test]
async fn j6_cards_wait_until_an_older_copy_was_compared_with_stripe() {
    let app = TestApp::start().await;
    let (invoice, program) = (app.invoice("119.00").await, app.program().await);
    change(&app, |w| Ok(w.fall_behind(w.now())?)).await;

    let page = app.get(&path(&invoice, "")).await.text();
    assert!(page.contains(NOT_NOW) && page.contains(IBAN) && !page.contains(PAY), "{page}");
    let refused = app.click_pay(&invoice).await;
    assert_eq!((refused.status, refused.header("retry-after")), (503, Some("60")));
    assert!(refused.text().contains(NOT_NOW) && refused.text().contains(IBAN));
    let refused = program.act(&format!("/invoices/{}/checkout", invoice.id)).await.expect(503);
    assert!(refused["detail"].as_str().unwrap().contains("A backup was put back"), "{refused}");
    assert_eq!(app.stand_in.count(Operation::CreateSession), 0, "Stripe is asked for nothing");
    let found = trials::online(&app.app).await;
    assert!(found.iter().any(|finding| finding.to_string().contains("A backup was put back")), "{found:?}");
    program.post(&format!("/invoices/{}/send", invoice.id), json!({})).await.expect(200);

    app.stand_in.fault_always(Operation::ListSessions, Fault::Status(400));
    let failed = app.app.reconcile(Extent::Short, Channel::Schedule).await.unwrap();
    assert!(failed.error.is_some());
    assert_eq!(app.click_pay(&invoice).await.status, 503, "a pass that failed proves nothing");
    app.stand_in.clear_faults();
    let clean = app.app.reconcile(Extent::Short, Channel::Schedule).await.unwrap();
    assert_eq!((clean.full, clean.error), (true, None));
    assert!(app.get(&path(&invoice, "")).await.text().contains(PAY));
    assert_eq!(app.click_pay(&invoice).await.status, 303);
}

#[tokio::test]
async fn j6_without_a_stripe_key_there_is_nothing_to_hold() {
    let app = TestApp::start_with(|config| config.stripe.secret_key = None).await;
    let invoice = app.invoice("119.00").await;
    change(&app, |w| Ok(w.fall_behind(w.now())?)).await;
    assert_eq!(app.app.payments_held(), None);
    assert!(!app.get(&path(&invoice, "")).await.text().contains(NOT_NOW));
}

/// An invoice in the data folder that the program will be run on, and its link.
async fn issued(bench: &Bench) -> String {
    let mut config = Config::default();
    config.data_dir.clone_from(&bench.data);
    config.stripe.secret_key = Some(STRIPE_KEY.parse().unwrap());
    let app = App::start(config, Clock::machine(), Resolver::system().unwrap()).unwrap();
    let invoice = crate::support::issue(&app, "119.00").await;
    app.store.close().unwrap();
    path(&invoice, "")
}

fn serve(bench: &Bench, stripe: &str) -> Serving {
    bench.serve_with(|command| {
        command.env("QUITTANCE_STRIPE__SECRET_KEY", STRIPE_KEY).env("QUITTANCE_STRIPE__API_BASE", stripe);
        command.env("QUITTANCE_RECONCILE__INTERVAL", "0");
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn j6_a_server_that_was_restored_compares_by_itself_and_then_takes_cards() {
    let stand_in = StandIn::new(Options { secret_key: STRIPE_KEY.to_owned(), ..Options::new(Clock::machine()) });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    stand_in.set_public_base(&format!("http://{}", listener.local_addr().unwrap()));
    beside(stand_in.clone().serve_on(listener));
    let bench = Bench::new();
    let link = issued(&bench).await;
    tokio::task::block_in_place(|| {
        bench.run(&["backup", "copy"]).good();
        bench.run(&["restore", "copy", "--force"]).good();
        // Nobody listens there.
        let server = serve(&bench, "http://127.0.0.1:9");
        assert!(server.get(&link).1.contains(NOT_NOW));
        let (_, log) = server.stop();
        assert!(log.contains("A backup was put back"), "{log}");

        let server = serve(&bench, &stand_in.public_base());
        let begin = Instant::now();
        while !server.get(&link).1.contains(PAY) {
            assert!(begin.elapsed() < PATIENCE, "cards are still held");
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        server.stop();
        bench.run(&["verify"]).good();
    });
}

/// The books of a folder, with a key.
fn open(folder: &Path, key: Option<&str>) -> Arc<App> {
    let mut config = Config::default();
    config.data_dir = folder.to_path_buf();
    config.server.public_url = "https://pay.example.com".parse().unwrap();
    config.stripe.secret_key = key.map(|key| key.parse().unwrap());
    App::start(config, Clock::machine(), Resolver::system().unwrap()).unwrap()
}

/// Opens the books of a folder, looks, and closes them.
fn look<T>(folder: &Path, key: Option<&str>, look: impl FnOnce(&App) -> T) -> T {
    let app = open(folder, key);
    let seen = look(&app);
    app.store.close().unwrap();
    seen
}

fn cp(from: &Path, to: &Path) {
    assert!(Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap().success());
}

const LIVE_KEY: &str = "sk_live_quittance_test_0123456789";

#[test]
fn j13_a_copied_data_folder_waits_and_the_original_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let (data, copy) = (folder.path().join("data"), folder.path().join("copy"));
    for _ in 0..2 {
        assert_eq!(look(&data, Some(LIVE_KEY), App::payments_held), None, "a restart");
    }
    cp(&data, &copy);
    for _ in 0..2 {
        let seen = look(&copy, Some(LIVE_KEY), |app| (app.held_back(), app.till_on_schedule().is_none()));
        assert_eq!(seen, (Some(Hold::Copy), true));
    }
    assert_eq!(look(&copy, None, App::held_back), Some(Hold::Copy), "mails are mails without Stripe, too");
    let seen = look(&copy, Some(STRIPE_KEY), |app| (app.held_back(), app.till_on_schedule().is_some()));
    assert_eq!(seen, (None, true), "a test key is for trying things out");
    assert_eq!(look(&data, Some(LIVE_KEY), App::payments_held), None, "the original");

    let moved = folder.path().join("moved");
    std::fs::rename(&data, &moved).unwrap();
    assert_eq!(look(&moved, Some(LIVE_KEY), App::payments_held), None, "the folder itself, renamed");
    std::fs::remove_file(moved.join("home")).unwrap();
    assert_eq!(look(&moved, Some(LIVE_KEY), App::payments_held), None, "the same machine and folder");

    // Only the data and its key, as somebody copies who knows what matters.
    let bare = folder.path().join("bare");
    std::fs::create_dir(&bare).unwrap();
    for name in [FILE_NAME, KEY_NAME] {
        std::fs::copy(moved.join(name), bare.join(name)).unwrap();
    }
    assert_eq!(look(&bare, Some(LIVE_KEY), App::held_back), Some(Hold::Copy));
}

#[test]
fn j13_a_backup_that_is_put_back_elsewhere_is_at_home_there() {
    let folder = tempfile::tempdir().unwrap();
    let (data, copy) = (folder.path().join("data"), folder.path().join("copy"));
    look(&data, Some(LIVE_KEY), |_| ());
    cp(&data, &copy);
    // Also the backup of a copy about which nobody has decided.
    for source in [&data, &copy] {
        let backup = look(source, Some(LIVE_KEY), |app| app.store.back_up(Vec::new()).unwrap());
        let target = folder.path().join(format!("from-{}", source.file_name().unwrap().to_string_lossy()));
        restore(&target, backup.as_slice(), false, &Clock::machine()).unwrap();
        for _ in 0..2 {
            assert_eq!(look(&target, Some(LIVE_KEY), App::payments_held), Some(Hold::Behind));
        }
    }
}

#[tokio::test]
async fn j13_the_owner_says_which_one_customers_use() {
    let folder = tempfile::tempdir().unwrap();
    let (data, copy) = (folder.path().join("data"), folder.path().join("copy"));
    look(&data, None, |_| ());
    cp(&data, &copy);
    let app = TestApp::start_with(|config| {
        config.data_dir.clone_from(&copy);
        config.stripe.secret_key = None;
    })
    .await;
    let owner = Person::owner(&app).await;
    let today = owner.get("/admin").await.text();
    assert!(today.contains("This data folder was copied or moved here"), "{today}");
    assert!(today.contains("href=\"/admin/copy\""));
    assert!(owner.get("/admin/copy").await.text().contains("Do your customers use this one?"));
    assert_eq!(app.app.held_back(), Some(Hold::Copy), "a question decides nothing");
    let answer = owner.post("/admin/copy", &[]).await;
    assert_eq!((answer.status, answer.header("location")), (303, Some("/admin?done=at-home")));
    assert_eq!(app.app.held_back(), None);
    assert!(!owner.get("/admin").await.text().contains("copied or moved"));
    assert_eq!(owner.get("/admin/copy").await.status, 303, "there is nothing to decide any more");
}
