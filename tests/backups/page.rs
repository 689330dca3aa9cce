//! What the owner sees and is told: the page, the first page, the mail, and the figures.

use quittance::payments::notices::Notice;
use quittance::store::Scope;

use crate::admin::person::{Person, leads_to};
use crate::support::TestApp;

const PAGE: &str = "/admin/settings/backups";

#[tokio::test]
async fn the_page_says_whether_there_is_a_good_backup_and_asks_for_one() {
    let app = TestApp::start().await;
    let owner = Person::owner(&app).await;
    let page = owner.page(PAGE).await;
    assert!(page.contains("There is no good backup yet") && page.contains("each night after 02:30"), "{page}");
    assert!(page.contains("on the disk that the data is on, too") && page.contains("Not encrypted"));
    assert_eq!(leads_to(&owner.post(PAGE, &[]).await), PAGE);
    assert!(app.app.backups.wish.take(), "the job is asked");
    app.app.backups.wish.make();
    assert!(owner.page(PAGE).await.contains("A backup is being made."));
    assert!(app.app.backups.wish.take());

    let run = app.app.back_up().await.unwrap();
    assert!(run.is_good(), "{run:?}");
    let page = owner.page(PAGE).await;
    assert!(page.contains("The last good backup was made"), "{page}");
    assert!(page.contains(&run.name.unwrap()) && page.contains("proven and stored"));
    app.invoice("119").await;
    assert!(owner.page("/admin").await.contains("Last backup just now"), "the first page says how old it is");
}

#[tokio::test]
async fn a_place_that_fails_is_told_on_the_first_page_and_by_mail_and_no_more_when_it_is_mended() {
    let folder = tempfile::tempdir().unwrap();
    let disk = folder.path().join("disk");
    let named = disk.clone();
    let app = TestApp::start_with(|config| config.backup.directory = Some(named)).await;
    let owner = Person::owner(&app).await;
    let run = app.app.back_up().await.unwrap();
    assert!(!run.is_good() && run.places[0].error.is_none() && run.places[1].error.is_some(), "{run:?}");
    assert!(owner.page(PAGE).await.contains("attach the disk that it is on"));
    let today = owner.page("/admin").await;
    assert!(today.contains("The latest backup is not as it should be") && today.contains(PAGE), "{today}");
    let waiting = app.app.store.read(|r| r.letters(None, 50)).unwrap();
    assert!(waiting.iter().any(|letter| format!("{letter:?}").contains("notice.backup_failing")), "{waiting:?}");

    std::fs::create_dir(&disk).unwrap();
    assert!(app.app.back_up().await.unwrap().is_good());
    assert!(!owner.page("/admin").await.contains("not as it should be"));
}

#[tokio::test]
async fn two_days_without_a_good_backup_are_told() {
    let app = TestApp::start().await;
    let is_told = async || {
        app.app.note_backup_age().await.unwrap();
        app.app.store.read(|r| Notice::BackupOld.stands(&r, app.clock.now())).unwrap()
    };
    assert!(!is_told().await, "a new installation has its first night before it");
    app.clock.advance(48 * 3600);
    assert!(!is_told().await);
    app.clock.advance(1);
    assert!(is_told().await);
    let owner = Person::owner(&app).await;
    assert!(owner.page("/admin").await.contains("There is no good backup of the last two days"));
    app.app.back_up().await.unwrap();
    assert!(!is_told().await);
    // A clock that was wrong for a while takes no backup for one of the future.
    app.clock.advance(-100 * 24 * 3600);
    assert!(!is_told().await);
    app.clock.advance(3 * 24 * 3600);
    assert!(is_told().await);
}

#[tokio::test]
async fn the_age_and_size_of_the_last_good_one_are_figures() {
    let app = TestApp::start().await;
    let authorization = format!("Bearer {}", app.token(Scope::Read).await);
    let figures = async || app.ask("GET", "/metrics").header("authorization", &authorization).send().await.text();
    assert!(!figures().await.contains("quittance_backup_"), "what never was has no age");
    let run = app.app.back_up().await.unwrap();
    let said = figures().await;
    for line in [
        format!("quittance_backup_last_success_timestamp_seconds {}", run.ended_at.as_second()),
        format!("quittance_backup_last_size_bytes {}", run.bytes),
    ] {
        assert!(said.lines().any(|found| found == line), "{line}: {said}");
    }
}

#[tokio::test]
async fn so_many_runs_are_remembered_and_the_last_good_one_always() {
    let app = TestApp::start().await;
    app.app.back_up().await.unwrap();
    let failed =
        quittance::store::BackupRun { begun_at: app.clock.now(), error: Some("no".into()), ..Default::default() };
    crate::support::change(&app, move |w| (0..450).try_for_each(|_| Ok(w.put_backup_run(&failed)?))).await;
    let runs = app.app.store.read(|r| r.backup_runs(1_000)).unwrap();
    assert_eq!(runs.len(), 401);
    assert!(app.app.store.read(|r| r.last_good_backup(app.clock.now())).unwrap().is_some());
}
