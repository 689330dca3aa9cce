//! Whose a backup is, as far as that can be proven, and which of several places is believed.

use std::path::PathBuf;

use super::{PRIVATE, PUBLIC, filled, stored};
use crate::process::{Bench, Said, said};

/// A command that knows another folder, too.
fn with_disk(bench: &Bench, arguments: &[&str]) -> Said {
    let mut command = bench.command(arguments);
    said(command.env("QUITTANCE_BACKUP__DIRECTORY", bench.path("disk")).output().unwrap())
}

/// A backup in the data folder and on another disk; its name.
fn on_two_disks(bench: &Bench) -> String {
    std::fs::create_dir(bench.path("disk")).unwrap();
    with_disk(bench, &["backup", "now"]).good();
    stored(bench)[0].clone()
}

/// A backup that another installation made, under a key of its own.
fn of_another() -> (Bench, PathBuf) {
    let other = filled();
    other.run(&["backup", "now"]).good();
    let path = other.data.join("backups").join(&stored(&other)[0]);
    (other, path)
}

#[test]
fn where_one_place_has_a_damaged_one_the_next_is_taken() {
    let bench = filled();
    let name = on_two_disks(&bench);
    let here = bench.data.join("backups").join(&name);
    let mut damaged = std::fs::read(&here).unwrap();
    damaged[50] ^= 1;
    std::fs::write(&here, damaged).unwrap();
    for is_running in [true, false] {
        let disk = bench.path("disk");
        let server = is_running.then(|| {
            bench.serve_with(|command| {
                command.env("QUITTANCE_BACKUP__DIRECTORY", disk);
            })
        });
        let told = with_disk(&bench, &["backup", "verify", &name]).good();
        assert!(told.contains("note: data folder: ") && told.contains("Another place has"), "{told}");
        assert!(told.contains("is whole"), "{told}");
        drop(server);
    }
    let told = with_disk(&bench, &["restore", &name, "--force"]).good();
    assert!(told.contains("note: data folder: ") && told.contains("Restored the backup"), "{told}");
    bench.run(&["verify"]).good();

    std::fs::write(bench.path("disk").join(&name), "damaged, too").unwrap();
    with_disk(&bench, &["backup", "verify", &name]).bad(1);
}

#[test]
fn what_was_made_here_is_known_and_what_was_laid_there_is_told_and_can_be_put_back() {
    let bench = filled();
    bench.run(&["backup", "now"]).good();
    let own = stored(&bench)[0].clone();
    let listed = bench.run(&["backup", "list"]).good();
    assert!(listed.contains(&format!("{own}  noted here")) && !listed.contains("not proven"), "{listed}");
    assert!(bench.run(&["backup", "verify", &own]).good().contains("Made here: it bears the mark"));

    let (_other, theirs) = of_another();
    let laid = own.replace(&own[19..27], "20261001");
    std::fs::copy(&theirs, bench.data.join("backups").join(&laid)).unwrap();
    let listed = bench.run(&["backup", "list"]).good();
    assert!(listed.contains(&format!("{laid}  not proven to be ours")), "{listed}");
    let told = bench.run(&["backup", "verify", &laid]).good();
    for words in
        ["Not proven to be ours: its mark is of another master.key", "an owner and a token", "not what its name"]
    {
        assert!(told.contains(words), "{words}: {told}");
    }
    let told = bench.run(&["restore", &laid, "--force"]).good();
    assert!(told.contains("Not proven to be ours") && told.contains("Restored the backup"), "{told}");
}

#[test]
fn another_file_under_the_name_of_one_that_was_made_is_not_taken() {
    let bench = filled();
    bench.run(&["backup", "now"]).good();
    let own = stored(&bench)[0].clone();
    let (_other, theirs) = of_another();
    let bytes = std::fs::metadata(bench.data.join("backups").join(&own)).unwrap().len();
    let mut laid = std::fs::read(theirs).unwrap();
    let is_as_long = u64::try_from(laid.len()).unwrap() == bytes;
    laid.resize(usize::try_from(bytes).unwrap(), 0);
    std::fs::write(bench.data.join("backups").join(&own), laid).unwrap();
    let refused = bench.run(&["backup", "verify", &own]).bad(1);
    assert!(refused.contains("is not the file that was stored there"), "{is_as_long}: {refused}");
    std::fs::write(bench.data.join("backups").join(&own), "longer or shorter").unwrap();
    assert!(bench.run(&["backup", "list"]).good().contains("not as it was made"));
}

#[test]
fn a_lost_key_is_said_and_refuses_nothing() {
    let bench = filled();
    bench.run(&["backup", "now"]).good();
    let (own, key) = (stored(&bench)[0].clone(), bench.data.join("master.key"));
    let kept = std::fs::read(&key).unwrap();
    let copy = bench.data.join("backups").join(&own).display().to_string();
    let new = Bench::new();
    let told = new.run(&["restore", &copy]).good();
    assert!(told.contains("there is no master.key") && told.contains("enter them again"), "{told}");
    new.run(&["verify"]).good();
    let newer = Bench::new();
    std::fs::create_dir(&newer.data).unwrap();
    std::fs::write(newer.data.join("master.key"), kept).unwrap();
    assert!(newer.run(&["restore", &copy]).good().contains("Made here"), "the key may be there first");
}

#[test]
fn a_plain_one_among_encrypted_ones_is_told() {
    let bench = filled();
    let sealing = |arguments: &[&str]| {
        said(bench.command(arguments).env("QUITTANCE_BACKUP__RECIPIENTS", PUBLIC).output().unwrap()).good()
    };
    std::fs::write(bench.path("key"), PRIVATE).unwrap();
    sealing(&["backup", "now"]);
    let sealed = stored(&bench)[0].clone();
    assert!(sealing(&["backup", "verify", &sealed, "--identity", "key"]).contains("Made here"), "the mark is inside");
    bench.run(&["backup", "now"]).good();
    let plain = stored(&bench).into_iter().find(|name| *name != sealed).unwrap();
    assert!(sealing(&["backup", "list"]).contains(&format!("{plain}  noted here  not encrypted")));
    assert!(sealing(&["backup", "verify", &plain]).contains("It is not encrypted, although"));
    assert!(!bench.run(&["backup", "verify", &plain]).good().contains("not encrypted"), "where none is to be");
}
