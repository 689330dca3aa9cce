//! In the data folder and in another one: what is written, what is not, and what is said.

use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use quittance::app::App;
use quittance::clock::Clock;
use quittance::resolve::Resolver;

use crate::process::{Bench, mode};
use crate::support::PATIENCE;

use super::{filled, names, stored};

#[test]
fn a_backup_is_made_listed_proven_and_put_back_beside_a_server_and_without_one() {
    let bench = filled();
    for is_running in [false, true] {
        let server = is_running.then(|| bench.serve());
        let said = bench.run(&["backup", "now"]).good();
        assert!(said.contains("proved it") && said.contains("ok    data folder"), "{said}");
        let name = stored(&bench).pop().unwrap();
        let listed = bench.run(&["backup", "list"]).good();
        assert!(listed.contains(&name) && listed.contains("data folder"), "{listed}");
        let proven = bench.run(&["backup", "verify"]).good();
        assert!(proven.contains("is whole") && proven.contains("Rows, ledger sums"), "{proven}");
        bench.run(&["backup", "verify", &name]).good();
        bench.run(&["backup", "verify", &format!("data/backups/{name}")]).good();
        assert!(bench.run(&["backup", "prune"]).good().contains("nothing to remove"));
        drop(server);
    }
    let folder = bench.data.join("backups");
    assert_eq!(mode(&folder), 0o700);
    let kept = stored(&bench);
    assert_eq!(kept.len(), 2, "the one before stays for some hours");
    assert!(kept.iter().all(|name| name.ends_with(".backup") && mode(&folder.join(name)) == 0o600), "{kept:?}");
    let other = Bench::new();
    other.run(&["restore", &folder.join(&kept[0]).display().to_string()]).good();
    other.run(&["verify"]).good();
}

#[test]
fn a_file_that_is_called_like_a_command_is_written_by_its_path() {
    let bench = filled();
    bench.run(&["backup", "./list"]).good();
    assert!(bench.path("list").exists());
    assert!(stored(&bench).is_empty(), "a copy for the caller is none of the nightly ones");
}

#[test]
fn the_list_is_json_for_programs() {
    let bench = filled();
    bench.run(&["backup", "now"]).good();
    let list: serde_json::Value = serde_json::from_str(&bench.run(&["backup", "list", "--json"]).good()).unwrap();
    let first = &list["backups"][0];
    assert_eq!((first["place"].as_str(), first["encrypted"].as_bool()), (Some("data folder"), Some(false)));
    assert_eq!(first["name"].as_str(), stored(&bench).first().map(String::as_str));
    assert!(first["bytes"].as_u64().unwrap() > 100);
}

#[test]
fn a_dry_run_says_what_would_be_and_changes_nothing() {
    let bench = filled();
    bench.run(&["backup", "now"]).good();
    let name = stored(&bench).pop().unwrap();
    let before = names(bench.data.clone());
    let bytes = std::fs::read(bench.data.join("quittance.redb")).unwrap();
    let said = bench.run(&["restore", &name, "--dry-run"]).good();
    for words in [
        "This backup is whole",
        "0 invoices",
        "hours old",
        "with --force",
        "Made here",
        "The journal there has got no further",
        "Nothing was changed",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert_eq!(names(bench.data.clone()), before);
    assert_eq!(std::fs::read(bench.data.join("quittance.redb")).unwrap(), bytes);
    let server = bench.serve();
    assert!(bench.run(&["restore", &name, "--dry-run"]).good().contains("has to be stopped first"));
    drop(server);
    let copy = bench.data.join("backups").join(&name).display().to_string();
    assert!(Bench::new().run(&["restore", &copy, "--dry-run"]).good().contains("There is no data in"));
}

#[test]
fn a_restore_is_not_taken_for_a_file_that_was_put_there_by_hand() {
    let bench = filled();
    issue_one(&bench.data);
    bench.run(&["backup", "now"]).good();
    let name = stored(&bench).pop().unwrap();
    issue_one(&bench.data);
    let foreseen = bench.run(&["restore", &name, "--dry-run"]).good();
    assert!(foreseen.contains("entries further: what they tell of"), "{foreseen}");
    let said = bench.run(&["restore", &name, "--force"]).good();
    assert!(said.contains("Made here") && !said.contains("enter them again"), "{said}");
    let (_, log) = bench.serve().stop();
    assert!(!log.contains("by hand"), "{log}");
}

/// An invoice, by the appliance itself.
pub(super) fn issue_one(data: &Path) {
    let mut config = quittance::config::Config::default();
    config.data_dir = data.to_path_buf();
    let app = App::start(config, Clock::machine(), Resolver::system().unwrap()).unwrap();
    tokio::runtime::Runtime::new().unwrap().block_on(crate::support::issue(&app, "10.00"));
    app.store.close().unwrap();
}

#[test]
fn data_that_is_gone_is_put_back_from_the_folder_that_is_left() {
    let bench = filled();
    bench.run(&["backup", "now"]).good();
    let name = stored(&bench).pop().unwrap();
    for file in names(bench.data.clone()).iter().filter(|file| *file != "backups") {
        std::fs::remove_file(bench.data.join(file)).unwrap();
    }
    bench.run(&["restore", &name]).good();
    bench.run(&["verify"]).good();
}

#[test]
fn another_folder_has_it_too_and_nothing_of_others_is_touched() {
    let bench = filled();
    let other = bench.path("disk");
    let with = |arguments: &[&str]| {
        let mut command = bench.command(arguments);
        command.env("QUITTANCE_BACKUP__DIRECTORY", &other).env("QUITTANCE_BACKUP__KEEP", "1d");
        crate::process::said(command.output().unwrap())
    };
    let failed = with(&["backup", "now"]);
    assert_eq!(failed.code, Some(1));
    assert!(failed.out.contains("fail  directory") && failed.out.contains("attach the disk"), "{}", failed.out);
    assert!(!other.exists(), "a disk that is not there is not made");

    std::fs::create_dir(&other).unwrap();
    let foreign = [
        "quittance-ffffffff-20200101T000000Z.backup",
        "quittance.backup",
        "letter.txt",
        "quittance-20200101T000000Z.backup",
    ];
    for name in foreign {
        std::fs::write(other.join(name), "not ours").unwrap();
    }
    let own = stored(&bench)[0].clone();
    let older = own.replace(&own[19..27], "20200101");
    std::fs::write(other.join(&older), "ours, and superseded").unwrap();
    std::fs::write(other.join(format!(".{older}.copy.unfinished")), "left behind").unwrap();
    with(&["backup", "now"]).good();
    let mut expected: Vec<String> = foreign.iter().map(|name| (*name).to_owned()).collect();
    let left = names(other.clone());
    assert!(!left.contains(&older), "{left:?}");
    expected.push(left.iter().find(|name| name.starts_with(&own[..18])).unwrap().clone());
    expected.sort();
    assert_eq!(left, expected);
}

#[test]
fn a_backup_that_a_wrong_clock_named_is_not_taken_for_the_latest() {
    let bench = filled();
    bench.run(&["backup", "now"]).good();
    let own = stored(&bench)[0].clone();
    std::fs::write(bench.data.join("backups").join(own.replace(&own[19..27], "29990101")), "of another time").unwrap();
    assert!(bench.run(&["backup", "verify"]).good().contains(&own));
}

#[test]
fn what_prune_would_remove_it_removes_and_no_more() {
    let bench = filled();
    bench.run(&["backup", "now"]).good();
    let folder = bench.data.join("backups");
    let own = stored(&bench)[0].clone();
    for day in ["20200101", "20200102"] {
        std::fs::write(folder.join(own.replace(&own[19..27], day)), "superseded").unwrap();
    }
    let keep = |arguments: &[&str]| {
        crate::process::said(bench.command(arguments).env("QUITTANCE_BACKUP__KEEP", "2d").output().unwrap())
    };
    let foreseen = keep(&["backup", "prune", "--dry-run"]).good();
    assert_eq!((foreseen.lines().count(), stored(&bench).len()), (1, 3), "{foreseen}");
    assert!(foreseen.contains("would be removed") && foreseen.contains("20200101"), "{foreseen}");
    keep(&["backup", "prune"]).good();
    assert_eq!(stored(&bench).len(), 2);
}

#[test]
fn a_damaged_backup_is_known_as_one() {
    let bench = filled();
    bench.run(&["backup", "now"]).good();
    let path = bench.data.join("backups").join(&stored(&bench)[0]);
    let whole = std::fs::read(&path).unwrap();
    for (what, bytes) in [
        ("changed", [&whole[..50], &[whole[50] ^ 1], &whole[51..]].concat()),
        ("cut", whole[..whole.len() - 1].to_vec()),
        ("gone on", [&whole[..], b"x"].concat()),
        ("empty", Vec::new()),
    ] {
        std::fs::write(&path, bytes).unwrap();
        let refused = bench.run(&["backup", "verify"]).bad(1);
        let words = ["damaged", "not a backup", "not the file that was stored"];
        assert!(words.iter().any(|words| refused.contains(words)), "{what}: {refused}");
    }
    assert!(
        bench.run(&["backup", "verify", "quittance-01234567-20200101T000000Z.backup"]).bad(1).contains("no place has")
    );
}

/// A server whose files may grow until it is told otherwise; what it writes then meets a full disk.
struct Limited(std::process::Child);

impl Limited {
    fn start(bench: &Bench) -> Self {
        let plain = bench.command(&["serve"]);
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "trap '' XFSZ; exec \"$0\" serve"]).arg(plain.get_program()).env_clear();
        command.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        wait_until(|| UnixStream::connect(bench.data.join("control.sock")).is_ok());
        Self(child)
    }

    fn files_may_have(&self, bytes: &str) {
        let (process, limit) = (self.0.id().to_string(), format!("--fsize={bytes}:"));
        assert!(Command::new("prlimit").args(["--pid", &process, &limit]).status().unwrap().success());
    }
}

impl Drop for Limited {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn wait_until(is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < PATIENCE, "it never is");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_full_disk_leaves_no_half_backup_and_the_next_one_is_good() {
    let bench = filled();
    let server = Limited::start(&bench);
    bench.run(&["backup", "now"]).good();
    let before = stored(&bench);
    server.files_may_have("0");
    let refused = bench.run(&["backup", "now"]);
    assert_eq!(refused.code, Some(1), "{}", refused.out);
    assert_eq!(stored(&bench), before, "nothing half made is left");
    server.files_may_have("unlimited");
    wait_until(|| bench.run(&["backup", "now"]).code == Some(0));
    bench.run(&["backup", "verify"]).good();
}

#[test]
fn a_killed_backup_leaves_no_file_under_a_name_and_its_rest_is_swept() {
    let bench = filled();
    for milliseconds in [0, 5, 10, 20, 40, 60, 80, 120] {
        let mut child = bench.command(&["backup", "now"]).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(milliseconds));
        let _ = child.kill();
        child.wait().unwrap();
        for name in stored(&bench).iter().filter(|name| !name.starts_with('.')) {
            bench.run(&["backup", "verify", name]).good();
        }
    }
    let rest = format!(".{}", stored_name(&bench));
    std::fs::write(bench.data.join("backups").join(format!("{rest}.proof.unfinished")), "rest").unwrap();
    bench.run(&["backup", "now"]).good();
    assert!(stored(&bench).iter().all(|name| !name.starts_with('.')), "{:?}", stored(&bench));
}

fn stored_name(bench: &Bench) -> String {
    bench.run(&["backup", "now"]).good();
    stored(bench).into_iter().find(|name| !name.starts_with('.')).unwrap()
}

#[test]
fn a_missed_night_is_made_up_for_after_the_start() {
    let bench = filled();
    // Installed long ago, as the mark says, and no backup since.
    mark_begun(&bench.data, "2020-01-01T00:00:00Z");
    let server = bench.serve();
    wait_until(|| stored(&bench).iter().any(|name| !name.starts_with('.')));
    let (_, log) = server.stop();
    assert!(!log.contains("ERROR"), "{log}");
    bench.run(&["backup", "verify"]).good();
}

fn mark_begun(data: &Path, at: &str) {
    let store = quittance::store::Store::open(data, quittance::clock::Clock::machine()).unwrap();
    let at: jiff::Timestamp = at.parse().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let marked = runtime.block_on(store.write(move |w| w.put_mark("backup.begun", at)));
    marked.unwrap();
    store.close().unwrap();
}
