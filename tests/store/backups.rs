//! Copies: the same content comes back, and a damaged one changes nothing.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use quittance::billing::ledger::Book;
use quittance::billing::settings::Documents;
use quittance::store::backup::{BackupError, Restored, examine, is_backup, restore};
use quittance::store::vault::Vault;
use quittance::store::verify::prove;
use quittance::store::{Error, FILE_NAME, Store};
use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition, TableHandle};
use sha2::Digest;

use super::business::{Business, clock, fill_every_table};

/// Every row of every table.
type Dump = BTreeMap<String, BTreeMap<Vec<u8>, Vec<u8>>>;

fn dump(folder: &Path) -> Dump {
    let database = Database::open(folder.join(FILE_NAME)).unwrap();
    let snapshot = database.begin_read().unwrap();
    let tables = snapshot.list_tables().unwrap();
    let rows = tables.map(|handle| {
        let table = snapshot.open_table(TableDefinition::<&[u8], &[u8]>::new(handle.name())).unwrap();
        let rows = table.iter().unwrap().map(|row| row.map(|(k, v)| (k.value().to_vec(), v.value().to_vec())));
        (handle.name().to_owned(), rows.collect::<Result<BTreeMap<_, _>, _>>().unwrap())
    });
    // A table that was only looked for is there, and empty.
    rows.filter(|(_, rows)| !rows.is_empty()).collect()
}

fn filled(folder: &Path) -> Business {
    let business = Business::in_folder(folder);
    fill_every_table(&business, &Vault::under(&[7; 32]).unwrap());
    business
}

/// A filled folder, closed, and a copy of what was in it.
fn copied(folder: &Path) -> Vec<u8> {
    filled(folder).store.back_up(Vec::new()).unwrap()
}

fn restored(folder: &Path, copy: &[u8]) -> Result<Restored, BackupError> {
    restore(folder, copy, false, &clock())
}

#[test]
fn a_copy_comes_back_as_it_was_but_for_the_sessions() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let copy = copied(from.path());
    restored(to.path(), &copy).unwrap();
    let (mut before, mut after) = (dump(from.path()), dump(to.path()));
    assert!(before.remove("sessions.1").is_some_and(|sessions| !sessions.is_empty()), "the sample has a session");
    assert!(before.remove("home.1").is_some(), "a copy is at home where it is put");
    let (marks, noted) = (before.remove("marks.1").unwrap(), after.remove("marks.1").unwrap());
    assert_eq!(noted.len(), marks.len() + 8, "that both of its books are behind, and lack numbers of each sort");
    assert!(marks.iter().all(|mark| noted.contains_key(mark.0)));
    assert_eq!(before, after);
    let business = Business::in_folder(to.path());
    business.assert_whole();
    assert_eq!(business.read(|r| r.sessions()).len(), 0);
    let vault = Vault::under(&[8; 32]).unwrap();
    assert_eq!(business.read(|r| r.secret(&vault, "stripe.secret_key")), None, "the key is not in the copy");
    assert_eq!(business.read(|r| r.unreadable_secrets(&vault)), ["stripe.secret_key"]);
    business.write(|w| w.know_numbers(Documents::Invoices, Book::Live)).unwrap();
    let next = business.invoice(business.customer("Grace"), 500).number;
    assert_eq!(next, "2026-0007", "the series goes on");
}

#[test]
fn a_copy_taken_while_others_write_is_of_one_moment() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let business = filled(from.path());
    let ada = business.customer("Ada");
    let over = Arc::new(AtomicBool::new(false));
    let (store, told) = (business.store.clone(), Arc::clone(&over));
    let writing = std::thread::spawn(move || {
        let business = Business::with(store);
        let mut written = 0;
        while !told.load(Ordering::Relaxed) {
            let id = business.invoice(ada, 11_900).id;
            business.pay(id, 11_900);
            written += 1;
        }
        written
    });
    let copies: Vec<Vec<u8>> = (0..5).map(|_| business.store.back_up(Vec::new()).unwrap()).collect();
    over.store(true, Ordering::Relaxed);
    assert!(writing.join().unwrap() > 0);
    for copy in copies {
        // Restoring proves it: every invoice with its entry, log and seal, every payment with its own.
        restore(to.path(), copy.as_slice(), to.path().join(FILE_NAME).exists(), &next_moment()).unwrap();
        let again = tempfile::tempdir().unwrap();
        let once_more = Store::open(to.path(), clock()).unwrap().back_up(Vec::new()).unwrap();
        restored(again.path(), &once_more).unwrap();
        let mut opened = dump(to.path());
        opened.remove("home.1");
        let mut put_back = dump(again.path());
        // Where the list of numbers is not, that is noted besides.
        assert!(put_back.remove("marks.1").unwrap().len() >= opened.remove("marks.1").unwrap().len());
        assert_eq!(opened, put_back);
    }
}

/// A clock a little later with every call, since what is replaced is kept under the time of day.
fn next_moment() -> quittance::clock::Clock {
    use std::sync::atomic::AtomicI64;
    static SECONDS: AtomicI64 = AtomicI64::new(1);
    let clock = clock();
    clock.advance(SECONDS.fetch_add(1, Ordering::Relaxed));
    clock
}

#[test]
fn a_damaged_copy_is_refused_and_changes_nothing() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let copy = copied(from.path());
    Business::in_folder(to.path()).customer("Already here");
    let before = dump(to.path());
    let clean = tempfile::tempdir().unwrap();
    restored(clean.path(), &copy).unwrap();
    let meant = dump(clean.path());
    let ends = 24;
    let middle = (ends..copy.len() - ends).step_by(copy.len() / 100 + 1);
    for place in (0..ends).chain(middle).chain(copy.len() - ends..copy.len()) {
        let mut damaged = copy.clone();
        damaged[place] ^= 0x40;
        match restore(to.path(), damaged.as_slice(), true, &next_moment()) {
            // Gzip has some bits that mean nothing here: its time stamp, the name of the system, what fills up a byte.
            Ok(_) => {
                assert_eq!(dump(to.path()), meant, "byte {place}");
                fs::remove_file(to.path().join(FILE_NAME)).unwrap();
                undo_replacement(to.path());
            }
            Err(BackupError::Damaged(_) | BackupError::NotWhole(_)) => {}
            Err(error) => panic!("byte {place}: {error}"),
        }
        assert_eq!(dump(to.path()), before, "byte {place}");
        assert_eq!(names(to.path()), ["lock", FILE_NAME], "byte {place}");
    }
}

fn undo_replacement(folder: &Path) {
    let kept = names(folder).into_iter().find(|name| name.contains("replaced")).unwrap();
    fs::rename(folder.join(kept), folder.join(FILE_NAME)).unwrap();
}

/// The files of a folder, but for the list of numbers, which has a story of its own.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let is_a_list = |name: &String| name.starts_with("numbers.") || name.starts_with("journal.");
    let mut names: Vec<_> = entries.filter(|name| !is_a_list(name) && name != "home").collect();
    names.sort_unstable();
    names
}

#[test]
fn a_copy_cut_short_or_gone_on_is_refused() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let copy = copied(from.path());
    let step = copy.len() / 40 + 1;
    for bytes in (0..copy.len()).step_by(step).chain(copy.len() - 12..copy.len()) {
        let refusal = restored(to.path(), &copy[..bytes]).unwrap_err();
        assert!(matches!(refusal, BackupError::Damaged(_)), "{bytes}: {refusal}");
    }
    let longer = [copy.as_slice(), b"more"].concat();
    assert!(matches!(restored(to.path(), &longer), Err(BackupError::Damaged("it goes on after its end"))));
    let words = restored(to.path(), b"not a backup at all").unwrap_err().to_string();
    assert!(words.starts_with("this file is not a backup of Quittance"), "{words}");
    assert_eq!(names(to.path()), [""; 0]);
    restored(to.path(), &copy).unwrap();
}

#[test]
fn a_folder_with_data_is_replaced_only_by_force_and_keeps_it() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let copy = copied(from.path());
    Business::in_folder(to.path()).customer("Already here");
    let before = dump(to.path());
    let refusal = restored(to.path(), &copy).unwrap_err();
    assert!(matches!(refusal, BackupError::NotEmpty { .. }), "{refusal}");
    assert_eq!(dump(to.path()), before);
    let restored = restore(to.path(), copy.as_slice(), true, &clock()).unwrap();
    assert_ne!(dump(to.path()), before);
    let kept = format!("quittance.replaced-{}", clock().now().as_millisecond());
    assert_eq!(restored.kept, Some(to.path().join(&kept)));
    assert_eq!(names(to.path()), ["lock", FILE_NAME, &kept]);
    fs::rename(to.path().join(kept), to.path().join(FILE_NAME)).unwrap();
    assert_eq!(dump(to.path()), before);
}

#[test]
fn anything_in_the_folder_is_a_reason_to_ask_but_not_what_a_start_leaves() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let copy = copied(from.path());
    fs::write(to.path().join("letter.txt"), "Dear Ada").unwrap();
    let refusal = restored(to.path(), &copy).unwrap_err().to_string();
    assert!(refusal.contains("letter.txt is there") && refusal.contains("--force"), "{refusal}");
    assert_eq!(names(to.path()), ["letter.txt"], "nothing was added");
    fs::remove_file(to.path().join("letter.txt")).unwrap();
    fs::write(to.path().join("lock"), "").unwrap();
    assert_eq!(restored(to.path(), &copy).unwrap().kept, None);
}

#[test]
fn a_restore_that_was_cut_off_is_no_new_beginning_and_can_be_done_again() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let copy = copied(from.path());
    fs::write(to.path().join("quittance.restoring"), "half").unwrap();
    let refusal = Store::open(to.path(), clock()).err().unwrap().to_string();
    assert!(refusal.ends_with("run quittance restore again"), "{refusal}");
    assert!(!to.path().join(FILE_NAME).exists());
    restored(to.path(), &copy).unwrap();
    assert!(!to.path().join("quittance.restoring").exists());
    // Over data that is there, one that was cut off changed nothing, and what it left is as large as the data.
    fs::write(to.path().join("quittance.restoring"), "half").unwrap();
    assert!(Store::open(to.path(), clock()).is_ok());
    assert!(!to.path().join("quittance.restoring").exists());
}

/// Marks say what books may lack that were put back, and a start asks them.
#[test]
fn a_mark_that_is_damaged_is_named_at_a_start_or_by_the_proof() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    restored(to.path(), &copied(from.path())).unwrap();
    let path = to.path().join(FILE_NAME);
    let whole = fs::read(&path).unwrap();
    let mut refused = 0;
    for (key, mut mark) in dump(to.path()).remove("marks.1").unwrap() {
        fs::write(&path, &whole).unwrap();
        let database = Database::open(&path).unwrap();
        let change = database.begin_write().unwrap();
        *mark.last_mut().unwrap() ^= 1;
        let table = TableDefinition::<&[u8], &[u8]>::new("marks.1");
        change.open_table(table).unwrap().insert(key.as_slice(), mark.as_slice()).unwrap();
        change.commit().unwrap();
        drop(database);
        let said = match Store::open(to.path(), clock()) {
            Ok(store) => store.read(prove).unwrap().problems.join(" "),
            Err(error) => {
                refused += 1;
                error.to_string()
            }
        };
        assert!(said.contains("marks.1") && said.contains("cannot be read"), "{key:?}: {said}");
        assert!(said.contains("restore a backup") || said.contains("the record"), "{key:?}: {said}");
    }
    assert!(refused > 0, "a start believes none of them unread");
}

#[test]
fn a_refused_restore_leaves_no_trace() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut copy = copied(from.path());
    copy.truncate(copy.len() / 2);
    let deep = to.path().join("a/b/data");
    restored(&deep, &copy).unwrap_err();
    assert_eq!(names(to.path()), [""; 0], "no folder");
    restored(to.path(), &copy).unwrap_err();
    assert_eq!(names(to.path()), [""; 0], "no lock");
}

#[test]
fn a_copy_is_known_by_its_beginning() {
    let from = tempfile::tempdir().unwrap();
    let copy = copied(from.path());
    assert!(is_backup(copy.as_slice()));
    for other in [&b""[..], b"quittance-backup 1\n", b"Dear Ada", &copy[..9]] {
        assert!(!is_backup(other), "{other:?}");
    }
}

#[test]
fn a_folder_in_use_is_not_restored_into() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let copy = copied(from.path());
    let running = Business::in_folder(to.path());
    let refusal = restore(to.path(), copy.as_slice(), true, &clock()).unwrap_err();
    assert!(matches!(refusal, BackupError::Store(Error::InUse(_))), "{refusal}");
    running.customer("Still working");
}

#[test]
fn a_reader_that_takes_its_time_holds_nobody_up() {
    let folder = tempfile::tempdir().unwrap();
    let business = filled(folder.path());
    let ada = business.customer("Ada");
    let slow = Slow { business: &business, customer: ada, calls: 0 };
    let slow = business.store.back_up(slow).unwrap();
    assert!(slow.calls > 0, "it wrote while the copy was being taken");
    business.assert_whole();
}

#[test]
fn long_questions_do_not_keep_the_store_open() {
    let folder = tempfile::tempdir().unwrap();
    let business = filled(folder.path());
    let outcome = business.store.read_long(|r| {
        assert!(r.settings().is_ok());
        business.store.close()?;
        // What is in memory may still be read; walking through everything cannot go on.
        quittance::store::verify::prove(r).map(drop)
    });
    assert!(outcome.is_err());
    drop(business);
    Business::in_folder(folder.path()).assert_whole();
}

/// Takes what is written to it, and has the business work on in the middle of it.
struct Slow<'b> {
    business: &'b Business,
    customer: quittance::billing::id::CustomerId,
    calls: u32,
}

impl std::io::Write for Slow<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.business.invoice(self.customer, 500);
        self.calls += 1;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The copy with another head, and a check sum that fits it.
fn with_head(copy: &[u8], change: impl FnOnce(&mut serde_json::Value)) -> Vec<u8> {
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(copy).read_to_end(&mut plain).unwrap();
    let title = plain.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    let end = title + plain[title..].iter().position(|byte| *byte == b'\n').unwrap();
    let mut head: serde_json::Value = serde_json::from_slice(&plain[title..end]).unwrap();
    change(&mut head);
    let rows = &plain[end..plain.len() - 32];
    let body = [&plain[..title], serde_json::to_string(&head).unwrap().as_bytes(), rows].concat();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(&body).unwrap();
    packed.write_all(&sha2::Sha256::digest(&body)).unwrap();
    packed.finish().unwrap()
}

#[test]
fn what_a_copy_holds_is_compared_with_what_was_counted_before() {
    let from = tempfile::tempdir().unwrap();
    let copy = copied(from.path());
    let refused = |copy: &[u8]| restored(tempfile::tempdir().unwrap().path(), copy).unwrap_err().to_string();
    let fewer = with_head(&copy, |head| {
        let rows = &mut head["contents"]["rows"]["customers.1"];
        *rows = (rows.as_u64().unwrap() + 1).into();
    });
    assert!(refused(&fewer).contains("the number of its rows"));
    let richer = with_head(&copy, |head| {
        let sum = &mut head["contents"]["ledger"]["live EUR"];
        *sum = (sum.as_i64().unwrap() + 1).into();
    });
    assert!(refused(&richer).contains("the sums of its ledger"));
    assert!(refused(&with_head(&copy, |head| head["journal_head"] = "00".into())).contains("its header is another's"));

    let scratch = from.path().join("scratch");
    let examined = examine(copy.as_slice(), &scratch).unwrap();
    assert!(!scratch.exists(), "nothing is left of the proof");
    let contents = examined.header.contents.unwrap();
    assert_eq!((contents.count("invoices"), contents.count("sessions")), (7, 0));
    examine(fewer.as_slice(), &scratch).unwrap_err();
    assert!(!scratch.exists(), "nor of one that failed");
}

#[test]
fn a_copy_of_a_version_that_did_not_count_is_restored_all_the_same() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let older = with_head(&copied(from.path()), |head| drop(head.as_object_mut().unwrap().remove("contents")));
    assert_eq!(restored(to.path(), &older).unwrap().header.contents, None);
    Business::in_folder(to.path()).assert_whole();
}
