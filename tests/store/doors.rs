//! The two doors: one commit for many callers, nothing half, nothing seen before it is on disk, one process at a time.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use quittance::billing::event::Outcome;
use quittance::store::{Error, FILE_NAME, Store, Writer};
use redb::{Database, TableDefinition};

use super::business::{Business, NEVER, clock, event, runtime};
use super::disk::Disk;
use crate::support::until;

const CALLERS: u64 = 400;
/// Time enough for every caller to have asked while the first one's change is being synced.
const SLOW: Duration = Duration::from_millis(20);

#[test]
fn hundreds_of_callers_share_a_few_syncs() {
    let disk = Disk::default();
    let business = Business::on(&disk, NEVER).unwrap();
    disk.slow_down(SLOW);
    let before = disk.syncs();
    business.runtime.block_on(async {
        let mut callers = tokio::task::JoinSet::new();
        for caller in 0..CALLERS {
            let store = business.store.clone();
            callers.spawn(async move { store.write(move |w| count(w, caller)).await });
        }
        while let Some(answer) = callers.join_next().await {
            answer.unwrap().unwrap();
        }
    });
    let syncs = disk.syncs() - before;
    assert!(syncs < CALLERS / 10, "{syncs} syncs for {CALLERS} changes");
    assert_eq!(business.read(|r| r.counter("sum")), CALLERS * (CALLERS - 1) / 2);
}

fn count(w: &mut Writer<'_>, more: u64) -> Result<(), Error> {
    w.add_to_counter("sum", more)
}

#[test]
fn a_change_that_only_looks_syncs_nothing() {
    let disk = Disk::default();
    let business = Business::on(&disk, NEVER).unwrap();
    let before = disk.syncs();
    business.write(|w| w.counter("sum")).unwrap();
    business.write(|_| Err::<(), _>(Error::Busy)).unwrap_err();
    assert_eq!(disk.syncs(), before);
}

#[derive(Debug)]
enum No {
    Mine(u64),
    Store(Error),
}

impl From<Error> for No {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

/// Lets the changes meet in one batch: the first holds the disk while the others come.
fn together<T: Send + 'static>(
    changes: u64,
    change: fn(&mut Writer<'_>, u64) -> Result<T, No>,
) -> (Business, Vec<Result<T, No>>) {
    let disk = Disk::default();
    let business = Business::on(&disk, NEVER).unwrap();
    disk.slow_down(SLOW);
    let answers = business.runtime.block_on(async {
        let store = business.store.clone();
        let first = business.runtime.spawn(async move { store.write(|w| count(w, 0)).await });
        let mut tasks = Vec::new();
        for n in 0..changes {
            let store = business.store.clone();
            tasks.push(business.runtime.spawn(async move { store.write(move |w| change(w, n)).await }));
        }
        first.await.unwrap().unwrap();
        let mut answers = Vec::new();
        for task in tasks {
            answers.push(task.await.unwrap());
        }
        answers
    });
    (business, answers)
}

#[test]
fn a_refusal_takes_back_what_it_wrote_and_nothing_else() {
    let (business, answers) = together(60, |w, n| {
        w.add_to_counter(&format!("of {n}"), 1)?;
        if n % 7 == 0 { Err(No::Mine(n)) } else { Ok(n) }
    });
    for (n, answer) in (0..).zip(answers) {
        let stored = business.read(|r| r.counter(&format!("of {n}")));
        match answer {
            Ok(m) => assert!(n % 7 != 0 && m == n && stored == 1, "{n}"),
            Err(No::Mine(m)) => assert!(n % 7 == 0 && m == n && stored == 0, "{n}"),
            Err(No::Store(error)) => panic!("{n}: {error}"),
        }
    }
    assert_eq!(business.store.trouble(), None);
}

#[test]
fn a_panic_takes_back_what_it_wrote_and_the_writer_lives() {
    let (business, answers) = together(20, |w, n| {
        w.add_to_counter(&format!("of {n}"), 1)?;
        assert!(n != 5, "a defect");
        Ok(())
    });
    for (n, answer) in (0..).zip(answers) {
        assert_eq!(business.read(|r| r.counter(&format!("of {n}"))), u64::from(n != 5));
        assert_eq!(matches!(answer, Err(No::Store(Error::Panicked))), n == 5);
    }
    business.write(|w| count(w, 3)).unwrap();
    assert_eq!(business.read(|r| r.counter("sum")), 3);
    assert_eq!(business.store.trouble(), None);
}

#[test]
fn changes_are_made_in_the_order_in_which_they_came() {
    let (business, answers) = together(50, |w, n| {
        let before = w.counter("order")?;
        w.add_to_counter("order", 1)?;
        // Every fifth is taken back, and those around it still keep their places.
        if n % 5 == 4 { Err(No::Mine(before)) } else { Ok(before) }
    });
    let accepted: Vec<u64> = answers.into_iter().filter_map(Result::ok).collect();
    assert_eq!(accepted, (0..40).collect::<Vec<_>>());
    assert_eq!(business.read(|r| r.counter("order")), 40);
}

#[test]
fn nothing_is_seen_before_it_is_on_disk() {
    let disk = Disk::default();
    let business = Business::on(&disk, NEVER).unwrap();
    disk.slow_down(Duration::from_millis(20));
    let written = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&written);
    let syncs = disk.syncs();
    business.runtime.block_on(async {
        let store = business.store.clone();
        let change = business.runtime.spawn(async move {
            store
                .write(move |w| {
                    w.add_to_counter("sum", 1)?;
                    told.store(true, Ordering::SeqCst);
                    Ok::<_, Error>(())
                })
                .await
        });
        until("it is written", async || written.load(Ordering::SeqCst)).await;
        let seen = business.read(|r| r.counter("sum"));
        assert!(seen == 0 || disk.syncs() > syncs, "seen before it was synced");
        change.await.unwrap().unwrap();
    });
    assert_eq!(business.read(|r| r.counter("sum")), 1);
}

#[test]
fn a_caller_that_goes_away_does_not_take_its_change_back() {
    let business = Business::new();
    business.runtime.block_on(async {
        let abandoned = business.store.write(|w| count(w, 7));
        // Asked once, so that it is sent, and never again.
        tokio::select! { biased; answer = abandoned => answer.unwrap(), () = std::future::ready(()) => {} }
        business.store.write(|w| count(w, 0)).await.unwrap();
    });
    assert_eq!(business.read(|r| r.counter("sum")), 7);
}

#[test]
fn a_full_queue_makes_callers_wait_and_then_refuses() {
    const MORE_THAN_FIT: usize = 1100;
    let business = Business::new();
    let go_on = Arc::new(AtomicBool::new(false));
    let hold = Arc::clone(&go_on);
    let (accepted, refused) = business.runtime.block_on(async {
        let mut callers = tokio::task::JoinSet::new();
        let store = business.store.clone();
        callers.spawn(async move {
            store
                .write(move |w| {
                    while !hold.load(Ordering::SeqCst) {
                        std::thread::sleep(Duration::from_millis(1));
                    }
                    count(w, 1)
                })
                .await
        });
        for _ in 1..MORE_THAN_FIT {
            let store = business.store.clone();
            callers.spawn(async move { store.write(|w| count(w, 1)).await });
        }
        let (mut accepted, mut refused) = (0, 0);
        while let Some(answer) = callers.join_next().await {
            match answer.unwrap() {
                Ok(()) => accepted += 1,
                Err(Error::Busy) => refused += 1,
                Err(error) => panic!("{error}"),
            }
            // The first to be answered are those who waited in vain for a place.
            go_on.store(true, Ordering::SeqCst);
        }
        (accepted, refused)
    });
    assert!(refused > 0 && accepted >= 1024, "{accepted} accepted, {refused} refused");
    assert_eq!(business.read(|r| r.counter("sum")), accepted);
}

#[test]
fn dropping_the_last_clone_writes_what_waits_and_frees_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    for round in 0..5 {
        let store = Store::open(folder.path(), clock()).unwrap();
        assert_eq!(store.read(|r| r.counter("sum")).unwrap(), round * 20, "round {round}");
        runtime().block_on(async {
            for _ in 0..20 {
                let change = store.write(|w| count(w, 1));
                tokio::select! { biased; _ = change => {}, () = std::future::ready(()) => {} }
            }
        });
    }
}

#[test]
fn closing_is_for_every_clone() {
    let folder = tempfile::tempdir().unwrap();
    let business = Business::in_folder(folder.path());
    business.write(|w| count(w, 5)).unwrap();
    let clone = business.store.clone();
    business.store.close().unwrap();
    clone.close().unwrap();
    assert!(matches!(business.write(|w| count(w, 1)), Err(Error::Closed)));
    assert!(matches!(clone.read(|r| r.counter("sum")), Err(Error::Closed)));
    let again = Business::in_folder(folder.path());
    assert_eq!(again.read(|r| r.counter("sum")), 5);
}

#[test]
fn a_second_process_is_refused_in_a_plain_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let _first = Business::in_folder(folder.path());
    let error = Store::open(folder.path(), clock()).err().unwrap().to_string();
    let expected = format!("another Quittance is using the data folder {}; stop it first", folder.path().display());
    assert_eq!(error, expected);
}

#[test]
fn a_file_left_half_made_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let half = folder.path().join("quittance.new");
    fs::write(&half, b"half of a store").unwrap();
    Business::in_folder(folder.path()).write(|w| count(w, 1)).unwrap();
    assert!(!half.exists());
    assert_eq!(Business::in_folder(folder.path()).read(|r| r.counter("sum")), 1);
}

#[test]
fn the_folder_and_its_file_are_nobody_elses() {
    use std::os::unix::fs::PermissionsExt;
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("a/b");
    drop(Business::in_folder(&folder));
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&folder), mode(&folder.join(FILE_NAME))), (0o700, 0o600));
}

#[test]
fn an_empty_file_is_not_taken_for_a_store() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(FILE_NAME), b"").unwrap();
    let error = Store::open(folder.path(), clock()).err().unwrap().to_string();
    assert!(error.contains("it is empty; restore a backup"), "{error}");
}

#[test]
fn a_damaged_file_is_refused_and_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE_NAME);
    fs::write(&path, vec![7; 100_000]).unwrap();
    let error = Store::open(folder.path(), clock()).err().unwrap().to_string();
    assert!(error.contains("restore a backup"), "{error}");
    assert_eq!(fs::read(&path).unwrap(), vec![7; 100_000]);
}

#[test]
fn data_of_a_newer_version_is_refused_with_the_way_out() {
    let folder = tempfile::tempdir().unwrap();
    drop(Business::in_folder(folder.path()));
    let path = folder.path().join(FILE_NAME);
    let known = format_of(&path);
    set_format(&path, 77);
    let error = Store::open(folder.path(), clock()).err().unwrap().to_string();
    assert_eq!(
        error,
        format!(
            "the data was written by a newer Quittance (format 77, this one knows {known}); \
             install that version again, or restore a backup made before the update"
        )
    );
}

#[test]
fn older_data_is_migrated_after_a_copy() {
    let folder = tempfile::tempdir().unwrap();
    Business::in_folder(folder.path()).write(|w| count(w, 5)).unwrap();
    let path = folder.path().join(FILE_NAME);
    let present = format_of(&path);
    set_format(&path, 1);
    assert_eq!(Business::in_folder(folder.path()).read(|r| r.counter("sum")), 5);
    let kept = folder.path().join("quittance.format-1");
    assert_eq!((format_of(&path), format_of(&kept)), (present, 1));
}

#[test]
fn payments_of_the_first_format_are_found_by_their_charge() {
    let folder = tempfile::tempdir().unwrap();
    let business = Business::in_folder(folder.path());
    let invoice = business.invoice(business.customer("Anna"), 11_900).id;
    business.write(move |w| super::business::pay_by_card(w, invoice, 11_900, "pi_1")).unwrap();
    drop(business);
    let path = folder.path().join(FILE_NAME);
    let database = Database::open(&path).unwrap();
    let transaction = database.begin_write().unwrap();
    transaction.delete_table(TableDefinition::<&[u8], &[u8]>::new("payment_by_charge.1")).unwrap();
    transaction.commit().unwrap();
    drop(database);
    set_format(&path, 1);
    let business = Business::in_folder(folder.path());
    assert!(business.read(|r| r.payment_by_charge("ch_1")).is_some());
}

#[test]
fn events_of_the_second_format_are_found_by_what_became_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let business = Business::in_folder(folder.path());
    business.write(|w| w.put_event(&event("evt_1", w.now()))).unwrap();
    drop(business);
    let path = folder.path().join(FILE_NAME);
    let database = Database::open(&path).unwrap();
    let transaction = database.begin_write().unwrap();
    transaction.delete_table(TableDefinition::<&[u8], &[u8]>::new("inbox_by_outcome.1")).unwrap();
    transaction.commit().unwrap();
    drop(database);
    set_format(&path, 2);
    let business = Business::in_folder(folder.path());
    let waiting = business.read(|r| r.events_with(Outcome::Waiting, None, 10));
    assert_eq!(waiting.iter().map(|event| event.id.as_str()).collect::<Vec<_>>(), ["evt_1"]);
    business.assert_whole();
}

const META: TableDefinition<&[u8], &[u8]> = TableDefinition::new("meta.1");

pub fn set_format(path: &std::path::Path, format: u64) {
    let database = Database::open(path).unwrap();
    let transaction = database.begin_write().unwrap();
    let record = super::broken::record("meta.1", b"format", format.to_string().as_bytes());
    transaction.open_table(META).unwrap().insert(b"format".as_slice(), record.as_slice()).unwrap();
    transaction.commit().unwrap();
}

fn format_of(path: &std::path::Path) -> u64 {
    use redb::ReadableDatabase;
    let database = Database::open(path).unwrap();
    let snapshot = database.begin_read().unwrap();
    let value = snapshot.open_table(META).unwrap().get(b"format".as_slice()).unwrap().unwrap().value().to_vec();
    String::from_utf8(value[5..].to_vec()).unwrap().parse().unwrap()
}

#[test]
fn a_bell_rings_when_there_is_something_to_do() {
    let business = Business::new();
    business.write(|w| w.put_event(&event("evt_1", w.now()))).unwrap();
    business.runtime.block_on(async {
        let heard = tokio::time::timeout(crate::support::PATIENCE, business.store.signals().inbox.notified()).await;
        heard.unwrap();
        let silent = tokio::time::timeout(Duration::from_millis(1), business.store.signals().outbox.notified()).await;
        silent.unwrap_err();
    });
}
