//! Numbers are never given twice, also when a backup is put back that is older than they are.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::{Path, PathBuf};

use quittance::billing::ledger::Book;
use quittance::billing::settings::Documents;
use quittance::store::FILE_NAME;
use quittance::store::backup::restore;

use super::business::{Business, clock};

/// The lists of numbers in a folder.
fn lists(folder: &Path) -> Vec<PathBuf> {
    let found = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    found.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with("numbers.")).collect()
}

fn path(folder: &Path) -> PathBuf {
    lists(folder).remove(0)
}

fn list(folder: &Path) -> String {
    fs::read_to_string(path(folder)).unwrap()
}

/// Issues so many invoices and says their numbers.
fn issue(business: &Business, count: usize) -> Vec<String> {
    let customer = business.customer("Ada");
    (0..count).map(|_| business.invoice(customer, 11_900).number).collect()
}

fn lost(business: &Business) -> Vec<String> {
    business.read(|r| r.lost_numbers()).into_iter().map(|(number, _)| number).collect()
}

fn put_back(folder: &Path, copy: &[u8], seconds: i64) {
    let clock = clock();
    clock.advance(seconds);
    restore(folder, copy, true, &clock).unwrap();
}

#[test]
fn a_number_is_listed_when_it_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let business = Business::in_folder(folder.path());
    for number in issue(&business, 3) {
        assert!(list(folder.path()).contains(&format!("\n{number} inv_")), "{}", list(folder.path()));
    }
    let listed = list(folder.path());
    business.customer("Grace");
    assert_eq!(list(folder.path()), listed, "only numbers are listed");
    drop(business);
    let business = Business::in_folder(folder.path());
    assert_eq!((list(folder.path()), lost(&business)), (listed, Vec::new()), "a start changes nothing");
}

#[test]
fn j6_a_backup_that_is_put_back_gives_no_number_twice() {
    let folder = tempfile::tempdir().unwrap();
    let business = Business::in_folder(folder.path());
    assert_eq!(issue(&business, 2), ["2026-0001", "2026-0002"]);
    let copy = business.store.back_up(Vec::new()).unwrap();
    assert_eq!(issue(&business, 3), ["2026-0003", "2026-0004", "2026-0005"]);
    drop(business);

    put_back(folder.path(), &copy, 1);
    let business = Business::in_folder(folder.path());
    assert_eq!(lost(&business), ["2026-0003", "2026-0004", "2026-0005"]);
    assert_eq!(issue(&business, 1), ["2026-0006"]);
    let proof = business.prove();
    assert_eq!((proof.lost_numbers, proof.problems), (lost(&business), Vec::new()), "verify says so");
    drop(business);

    let business = Business::in_folder(folder.path());
    assert_eq!(lost(&business).len(), 3, "what is noted is noted once");
    drop(business);

    // The same old backup again: the number that was given meanwhile is lost, too.
    put_back(folder.path(), &copy, 2);
    let business = Business::in_folder(folder.path());
    assert_eq!(lost(&business), ["2026-0003", "2026-0004", "2026-0005", "2026-0006"]);
    assert_eq!(issue(&business, 1), ["2026-0007"]);
    // A copy of now knows what was lost, and is restored elsewhere without complaint.
    let copy = business.store.back_up(Vec::new()).unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    restore(elsewhere.path(), copy.as_slice(), false, &clock()).unwrap();
    let there = Business::in_folder(elsewhere.path());
    assert!(there.read(|r| r.lacks_numbers(Documents::Invoices, Book::Live)), "no list was beside it");
    there.write(|w| w.know_numbers(Documents::Invoices, Book::Live)).unwrap();
    assert_eq!((lost(&there).len(), issue(&there, 1)), (4, vec!["2026-0008".to_owned()]));
}

#[test]
fn j6_an_older_file_that_was_put_back_by_hand_is_noticed_though_no_number_was_given() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(FILE_NAME);
    let behind = |business: &Business| business.read(|r| r.behind_since(Book::Live));
    let business = Business::in_folder(folder.path());
    let customer = business.customer("Ada");
    let invoice = business.invoice(customer, 11_900).id;
    drop(business);
    let older = fs::read(&file).unwrap();
    let business = Business::in_folder(folder.path());
    business.pay(invoice, 5_000);
    assert_eq!(behind(&business), None);
    drop(business);
    let newer = fs::read(&file).unwrap();

    fs::write(&file, &older).unwrap();
    for _ in 0..2 {
        let business = Business::in_folder(folder.path());
        assert_eq!((behind(&business).is_some(), lost(&business).len()), (true, 0), "it goes where the books go");
        assert!(
            !business.read(|r| r.lacks_numbers(Documents::Invoices, Book::Live)),
            "the list of numbers is beside it"
        );
    }
    let business = Business::in_folder(folder.path());
    business
        .write(|w| {
            w.catch_up(Book::Live)?;
            Ok::<_, quittance::store::Error>(())
        })
        .unwrap();
    business.pay(invoice, 4_000);
    drop(business);
    let business = Business::in_folder(folder.path());
    assert_eq!(behind(&business), None, "once they were compared it is over");
    drop(business);

    // As long as the other, and of another history.
    fs::write(&file, &newer).unwrap();
    let business = Business::in_folder(folder.path());
    assert!(behind(&business).is_some());
    drop(business);
    // A note that is lost, or was not written to its end, says nothing.
    fs::write(&file, &older).unwrap();
    let notes = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
    let note = notes.into_iter().find(|path| path.file_name().unwrap().to_string_lossy().starts_with("journal."));
    fs::write(note.unwrap(), "00000000000000000099 ab").unwrap();
    assert_eq!(behind(&Business::in_folder(folder.path())), None);
}

#[test]
fn j6_an_older_file_that_was_put_back_by_hand_without_its_list_gives_no_number() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(FILE_NAME);
    let business = Business::in_folder(folder.path());
    issue(&business, 1);
    drop(business);
    let older = fs::read(&file).unwrap();
    issue(&Business::in_folder(folder.path()), 1);
    fs::write(&file, &older).unwrap();
    fs::remove_file(path(folder.path())).unwrap();
    for _ in 0..2 {
        let business = Business::in_folder(folder.path());
        let lacks = |book| business.read(|r| r.lacking_numbers(book));
        assert_eq!(
            (lacks(Book::Live), lacks(Book::Test)),
            (Documents::ALL.to_vec(), Documents::ALL.to_vec()),
            "also after another start"
        );
    }
}

#[test]
fn books_whose_note_cannot_be_opened_are_opened_without_it() {
    let folder = tempfile::tempdir().unwrap();
    let business = Business::in_folder(folder.path());
    let customer = business.customer("Ada");
    drop(business);
    let notes = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
    let note = notes.into_iter().find(|path| path.file_name().unwrap().to_string_lossy().starts_with("journal."));
    let note = note.unwrap();
    fs::remove_file(&note).unwrap();
    fs::create_dir(&note).unwrap();
    let business = Business::in_folder(folder.path());
    business.invoice(customer, 11_900);
    assert_eq!(business.read(|r| r.behind_since(Book::Live)), None);
}

#[test]
fn a_list_that_began_elsewhere_says_nothing_of_a_copy_that_was_made_before() {
    let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let business = Business::in_folder(folder.path());
    issue(&business, 1);
    let monday = business.store.back_up(Vec::new()).unwrap();
    issue(&business, 1);
    let tuesday = business.store.back_up(Vec::new()).unwrap();
    issue(&business, 1);
    drop(business);

    let held = |business: &Business| !business.read(|r| r.lacking_numbers(Book::Live)).is_empty();
    let restored = |copy: &[u8], seconds| {
        let clock = clock();
        clock.advance(seconds);
        let known = restore(elsewhere.path(), copy, true, &clock).unwrap().knows_numbers;
        (known, Business::in_folder(elsewhere.path()))
    };
    for (copy, seconds) in [(&monday, 1), (&tuesday, 2), (&monday, 3), (&monday, 4)] {
        let (known, there) = restored(copy, seconds);
        assert!(!known && held(&there), "after {seconds}");
        drop(there);
        assert!(held(&Business::in_folder(elsewhere.path())), "also after another start");
    }
    let there = Business::in_folder(elsewhere.path());
    for documents in Documents::ALL {
        there.write(move |w| w.know_numbers(documents, Book::Live)).unwrap();
    }
    let own = there.store.back_up(Vec::new()).unwrap();
    let given = issue(&there, 1);
    drop(there);
    let (known, there) = restored(&own, 5);
    assert!(known && !held(&there), "this list has all that were given since");
    assert_eq!(lost(&there), [vec!["2026-0002".to_owned()], given].concat(), "and those of Tuesday's books");
}

#[test]
fn a_list_that_was_put_back_itself_does_not_have_what_was_given_since() {
    let folder = tempfile::tempdir().unwrap();
    issue(&Business::in_folder(folder.path()), 1);
    let (sunday, listed) = (fs::read(folder.path().join(FILE_NAME)).unwrap(), list(folder.path()));
    let business = Business::in_folder(folder.path());
    issue(&business, 1);
    let tuesday = business.store.back_up(Vec::new()).unwrap();
    issue(&business, 1);
    drop(business);
    // The whole folder as it was on Sunday, and into it the copy of Tuesday.
    fs::write(folder.path().join(FILE_NAME), sunday).unwrap();
    fs::write(path(folder.path()), listed).unwrap();
    let clock = clock();
    clock.advance(1);
    assert!(!restore(folder.path(), tuesday.as_slice(), true, &clock).unwrap().knows_numbers);
    assert_eq!(Business::in_folder(folder.path()).read(|r| r.lacking_numbers(Book::Live)), Documents::ALL);
}

#[test]
fn a_list_that_is_gone_may_have_had_more_than_the_books() {
    let folder = tempfile::tempdir().unwrap();
    issue(&Business::in_folder(folder.path()), 1);
    let before = list(folder.path());
    fs::remove_file(path(folder.path())).unwrap();
    let business = Business::in_folder(folder.path());
    let numbers = |list: &str| list.lines().skip(2).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(numbers(&list(folder.path())), numbers(&before), "what the books know is listed again");
    // The folder may be an older one as a whole, but for the list.
    assert_eq!(business.read(|r| r.lacking_numbers(Book::Live)), Documents::ALL);
}

#[test]
fn an_older_list_beside_older_books_is_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    issue(&Business::in_folder(folder.path()), 3);
    let (file, older, listed) = (folder.path().join(FILE_NAME), folder.path().join("older"), list(folder.path()));
    fs::copy(&file, &older).unwrap();
    issue(&Business::in_folder(folder.path()), 1);
    fs::rename(&older, &file).unwrap();
    fs::write(path(folder.path()), &listed[..listed.len() - 5]).unwrap();
    assert_eq!(Business::in_folder(folder.path()).read(|r| r.lacking_numbers(Book::Live)), Documents::ALL);
}

#[test]
fn a_data_file_that_was_put_there_alone_may_be_older() {
    let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let business = Business::in_folder(folder.path());
    issue(&business, 1);
    // These were behind once, and one book of them is for ever, since no key of its mode was entered.
    business.write(|w| w.fall_behind(w.now())).unwrap();
    business.write(|w| w.catch_up(Book::Live)).unwrap();
    drop(business);
    fs::copy(folder.path().join(FILE_NAME), elsewhere.path().join(FILE_NAME)).unwrap();
    let there = Business::in_folder(elsewhere.path());
    assert_eq!(there.read(|r| r.lacking_numbers(Book::Live)), Documents::ALL);
    assert!(there.read(|r| r.behind_since(Book::Live)).is_some());
}

#[test]
fn many_lost_numbers_are_all_found() {
    const MANY: usize = 1_500;
    let folder = tempfile::tempdir().unwrap();
    let business = Business::in_folder(folder.path());
    issue(&business, 1);
    let copy = business.store.back_up(Vec::new()).unwrap();
    drop(business);
    let listed = list(folder.path());
    let rest = listed.lines().last().unwrap();
    let more: Vec<String> = (2..=MANY).map(|n| rest.replace("2026-0001", &format!("2026-{n:04}"))).collect();
    fs::write(path(folder.path()), format!("{listed}{}\n", more.join("\n"))).unwrap();
    put_back(folder.path(), &copy, 1);
    let business = Business::in_folder(folder.path());
    assert_eq!(lost(&business).len(), MANY - 1);
    assert_eq!(issue(&business, 1), [format!("2026-{}", MANY + 1)]);
}

#[test]
fn a_kill_before_a_number_was_listed_is_made_up_for() {
    let folder = tempfile::tempdir().unwrap();
    let business = Business::in_folder(folder.path());
    issue(&business, 1);
    let copy = business.store.back_up(Vec::new()).unwrap();
    issue(&business, 2);
    drop(business);
    let (path, whole) = (path(folder.path()), list(folder.path()));
    let lines: Vec<&str> = whole.lines().collect();
    // Its head and some numbers, the last of them half written.
    for kept in 2..=lines.len() {
        let torn = lines.get(kept).map_or("", |line| &line[..line.len() / 2]);
        fs::write(&path, lines[..kept].join("\n") + "\n" + torn).unwrap();
        drop(Business::in_folder(folder.path()));
        assert_eq!(list(folder.path()), whole, "{kept} lines were there");
    }
    put_back(folder.path(), &copy, 1);
    assert_eq!(issue(&Business::in_folder(folder.path()), 1), ["2026-0004"]);
}

#[test]
fn each_appliance_has_a_list_of_its_own() {
    let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let business = Business::in_folder(folder.path());
    issue(&business, 1);
    let own = business.store.back_up(Vec::new()).unwrap();
    issue(&business, 2);
    drop(business);
    let business = Business::in_folder(other.path());
    issue(&business, 1);
    let theirs = business.store.back_up(Vec::new()).unwrap();
    put_back(folder.path(), &theirs, 1);
    let business = Business::in_folder(folder.path());
    business.write(|w| w.know_numbers(Documents::Invoices, Book::Live)).unwrap();
    assert_eq!((lost(&business), issue(&business, 1)), (Vec::new(), vec!["2026-0002".to_owned()]));
    drop(business);

    // Back again, the numbers of the first are still known.
    put_back(folder.path(), &own, 2);
    let business = Business::in_folder(folder.path());
    assert_eq!((lost(&business).len(), issue(&business, 1)), (2, vec!["2026-0004".to_owned()]));
    drop(business);

    // Whoever removes the data begins anew, with numbers from the first.
    fs::remove_file(folder.path().join(FILE_NAME)).unwrap();
    let business = Business::in_folder(folder.path());
    assert_eq!((lost(&business), issue(&business, 1)), (Vec::new(), vec!["2026-0001".to_owned()]));
    assert_eq!(lists(folder.path()).len(), 3);
}
