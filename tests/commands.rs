//! Every command of the contract, beside a running server and without one.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its scene should fail there")]

use std::io::{BufRead, BufReader};
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::thread;

use quittance::actions::customers;
use quittance::billing::currency::Currency;
use quittance::billing::party::Party;
use quittance::clock::Clock;
use quittance::store::Store;

use crate::money_in::stage::bill;
use crate::process::{Bench, mode};

const PASSWORD: &str = "my cat sits on the ledger\n";

/// What is in the books when nobody has them open.
fn tokens(bench: &Bench) -> Vec<String> {
    let store = Store::open(&bench.data, Clock::machine()).unwrap();
    store.read(|r| r.api_tokens()).unwrap().into_iter().map(|token| token.name).collect()
}

/// As one of an older version does.
#[test]
fn a_server_that_hangs_up_on_a_question_is_named() {
    let bench = Bench::new();
    drop(Store::open(&bench.data, Clock::machine()).unwrap());
    let listener = UnixListener::bind(bench.data.join("control.sock")).unwrap();
    let server = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        BufReader::new(stream).read_line(&mut String::new()).unwrap();
    });
    let refused = bench.run(&["backup", "now"]).bad(1);
    assert!(refused.contains("of another version") && refused.contains("restart it"), "{refused}");
    server.join().unwrap();
}

#[test]
fn commands_do_the_same_beside_a_server_and_without_one() {
    let bench = Bench::new();
    for beside in [false, true] {
        let server = beside.then(|| bench.serve());
        let email = format!("jane{beside}@example.com");
        assert!(bench.run_with(&["owner", "add", "--email", &email], PASSWORD).good().contains(&email));
        let refused = bench.run_with(&["owner", "add", "--email", &email], PASSWORD).bad(1);
        assert!(refused.contains("is an owner already"), "{refused}");
        let token = bench.run(&["token", "create", "--name", "till", "--scope", "read"]).good();
        assert!(token.starts_with("qtt_tok_") && token.trim_end().lines().count() == 1, "{token}");
        assert!(bench.run(&["verify"]).good().contains("as it should be"));
        let proof: serde_json::Value = serde_json::from_str(&bench.run(&["verify", "--json"]).good()).unwrap();
        assert_eq!(proof["problems"], serde_json::json!([]));
        assert!(bench.run(&["reconcile"]).bad(1).contains("No Stripe key"));
        let copy = bench.path("copy");
        bench.run(&["backup", "copy"]).good();
        assert_eq!(mode(&copy), 0o600);
        bench.run(&["export", "--out", "books"]).good();
        assert!(bench.path("books/customers.json").exists());
        drop(server);
    }
    assert_eq!(tokens(&bench).len(), 2);
}

#[test]
fn what_could_not_be_said_is_no_success() {
    let bench = Bench::new();
    bench.run_with(&["owner", "add", "--email", "jane@example.com"], PASSWORD).good();
    for command in [
        &["token", "create", "--name", "lost", "--scope", "read"][..],
        &["owner", "reset-access", "--email", "jane@example.com"],
        &["verify", "--json"],
        &["config", "show"],
        &["man"],
        &["--help"],
        &["backup", "--help"],
        &["--version"],
    ] {
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let ended = bench.command(command).stdout(full).output().unwrap();
        let said = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(1), "{command:?}: {said}");
        assert!(said.contains("could not be written: No space left on device"), "{command:?}: {said}");
    }
}

#[test]
fn a_password_is_refused_before_anything_is_stored() {
    let bench = Bench::new();
    for (password, why) in [("short\n", "at least 8"), ("password123\n", "most used"), ("", "at least 8")] {
        let refused = bench.run_with(&["owner", "add", "--email", "jane@example.com"], password).bad(1);
        assert!(refused.contains(why), "{refused}");
    }
    let refused = bench.run_with(&["owner", "add", "--email", "nobody"], PASSWORD).bad(1);
    assert!(refused.contains("email"), "{refused}");
}

#[test]
fn what_was_backed_up_by_a_running_server_is_restored_elsewhere() {
    let bench = Bench::new();
    let server = bench.serve();
    bench.run(&["token", "create", "--name", "till"]).good();
    bench.run(&["backup", "copy"]).good();
    let refused = bench.run(&["restore", "copy", "--force"]).bad(1);
    assert!(refused.contains("another Quittance is using"), "{refused}");
    drop(server);

    let other = Bench::new();
    let copy = bench.path("copy").display().to_string();
    other.run(&["restore", &copy]).good();
    assert_eq!(tokens(&other), ["till"]);
    assert!(other.run(&["restore", &copy]).bad(1).contains("--force"));
    other.run(&["restore", &copy, "--force"]).good();
    other.run(&["verify"]).good();
}

#[test]
fn a_backup_that_is_damaged_or_missing_changes_nothing() {
    let bench = Bench::new();
    bench.run(&["token", "create", "--name", "till"]).good();
    bench.run(&["backup", "copy"]).good();
    let mut bytes = std::fs::read(bench.path("copy")).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(bench.path("damaged"), &bytes).unwrap();
    std::fs::write(bench.path("cut"), &bytes[..middle]).unwrap();
    for name in ["damaged", "cut", "missing"] {
        bench.run(&["restore", name, "--force"]).bad(1);
    }
    assert_eq!(tokens(&bench), ["till"]);
}

#[test]
fn a_backup_that_cannot_be_written_leaves_nothing_behind() {
    let bench = Bench::new();
    bench.run(&["token", "create", "--name", "till"]).good();
    let refused = bench.run(&["backup", "no/such/folder/copy"]).bad(1);
    assert!(refused.contains("cannot be written"), "{refused}");
    nothing_unfinished(&bench);
}

#[test]
fn a_backup_that_the_disk_has_no_room_for_says_so_and_leaves_nothing_behind() {
    let bench = Bench::new();
    let server = bench.serve();
    // A file that may have no bytes is met as a full disk is. The signal that would come with it is not wanted.
    let said = bench.run_limited("trap '' XFSZ; ulimit -f 0", &["backup", "copy"]).bad(1);
    assert!(said.contains("copy") && said.contains("File too large"), "{said}");
    assert!(!bench.path("copy").exists());
    let left: Vec<_> = std::fs::read_dir(bench.path("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["data"], "no half of it either");
    server.stop();
}

#[test]
fn a_backup_takes_the_place_of_nothing_but_a_backup() {
    let bench = Bench::new();
    bench.run(&["token", "create", "--name", "till"]).good();
    std::fs::write(bench.path("letter.txt"), "Dear Ada").unwrap();
    std::fs::write(bench.path("empty"), "").unwrap();
    std::fs::create_dir(bench.path("folder")).unwrap();
    let made = std::process::Command::new("mkfifo").arg(bench.path("pipe")).status().unwrap();
    assert!(made.success());
    let _socket = std::os::unix::net::UnixListener::bind(bench.path("socket")).unwrap();
    for (link, to) in [("to_letter", "letter.txt"), ("to_pipe", "pipe"), ("endless", "endless")] {
        symlink(to, bench.path(link)).unwrap();
    }
    for (name, why) in [
        ("letter.txt", "no backup of Quittance"),
        ("to_letter", "no backup of Quittance"),
        ("empty", "no backup of Quittance"),
        ("folder", "it is a folder"),
        ("pipe", "it is a pipe"),
        ("to_pipe", "it is a pipe"),
        ("socket", "it is a socket"),
        ("endless", "leads to itself"),
        ("-", "name the file"),
        ("..", "it is a folder"),
    ] {
        let refused = bench.run(&["backup", "--", name]).bad(1);
        assert!(refused.contains(why) && refused.contains(&format!("nothing was written to {name}")), "{refused}");
    }
    assert_eq!(std::fs::read_to_string(bench.path("letter.txt")).unwrap(), "Dear Ada");
    assert!(!bench.path("-").exists());
    nothing_unfinished(&bench);
}

#[test]
fn a_backup_may_replace_an_earlier_one_and_goes_where_a_link_leads() {
    let bench = Bench::new();
    bench.run(&["token", "create", "--name", "till"]).good();
    std::fs::create_dir(bench.path("disk")).unwrap();
    for (link, to) in [("link", "disk/first"), ("chain", "link"), ("to_second", "disk/second")] {
        symlink(to, bench.path(link)).unwrap();
    }
    for name in ["link", "chain", "to_second", "disk/first"] {
        bench.run(&["backup", name]).good();
    }
    for link in ["link", "chain", "to_second"] {
        assert!(bench.path(link).symlink_metadata().unwrap().is_symlink(), "{link}");
    }
    for file in ["disk/first", "disk/second"] {
        assert_eq!(mode(&bench.path(file)), 0o600);
        Bench::new().run(&["restore", &bench.path(file).display().to_string()]).good();
    }
    nothing_unfinished(&bench);
}

/// The names in a folder.
fn names(folder: &Path) -> Vec<String> {
    let found = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut found: Vec<_> = found.collect();
    found.sort();
    found
}

#[test]
fn nothing_is_written_into_the_data_folder_by_whatever_way_it_is_named() {
    let bench = Bench::new();
    bench.run(&["token", "create", "--name", "till"]).good();
    for (link, to) in
        [("way", "data"), ("to_lock", "data/lock"), ("to_new", "way/new"), ("chain", "to_new"), ("round", "data/..")]
    {
        symlink(to, bench.path(link)).unwrap();
    }
    let absolute = bench.data.join("new").display().to_string();
    let refused = |name: &str| {
        let names = [&["backup", name][..], &["export", "--out", name], &["export", "--format", "csv", "--out", name]];
        names.map(|arguments| bench.run(arguments).bad(1))
    };
    let before = names(&bench.data);
    for is_running in [false, true] {
        let server = is_running.then(|| bench.serve());
        for name in ["data/new", "way/new", "./data/../way/sub", "way/sub/deep", "round/data/new", &absolute] {
            for said in refused(name) {
                let is_missing = said.contains("cannot be written") && name.ends_with("deep");
                assert!(said.contains("in the data folder") || is_missing, "{name}: {said}");
            }
        }
        for name in ["data/lock", "data/control.sock", "data/quittance.redb", "to_lock", "to_new", "chain"] {
            let said = bench.run(&["backup", name]).bad(1);
            assert!(said.contains("in the data folder"), "{name}: {said}");
        }
        // A way that is only there once it is made; nothing of it is.
        let said = bench.run(&["export", "--out", "missing/../data/sub"]).bad(1);
        assert!(said.contains("a folder that is not there"), "{said}");
        assert!(!bench.path("missing").exists());
        server.map(crate::process::Serving::stop);
        assert_eq!(names(&bench.data), before, "{is_running}");
    }
    // Beside it there is room.
    bench.run(&["backup", "round/copy"]).good();
    bench.run(&["export", "--out", "data/../export"]).good();
}

#[test]
fn a_restore_sees_a_running_server_whatever_became_of_its_lock() {
    let bench = Bench::new();
    bench.run(&["token", "create", "--name", "till"]).good();
    bench.run(&["backup", "copy"]).good();
    let server = bench.serve();
    let (lock, socket) = (bench.data.join("lock"), bench.data.join("control.sock"));
    let refused = || {
        let said = bench.run(&["restore", "copy", "--force"]).bad(1);
        assert!(said.contains("another Quittance is using the data folder"), "{said}");
    };
    refused();
    std::fs::remove_file(&lock).unwrap();
    refused();
    // The socket is gone as well: then the data itself says that somebody has it.
    let aside = bench.path("aside");
    std::fs::rename(&socket, &aside).unwrap();
    std::fs::write(&lock, "").unwrap();
    refused();
    let said = bench.run(&["token", "create", "--name", "second"]).bad(1);
    assert!(said.contains("another Quittance is using"), "nor does a second one open it: {said}");
    std::fs::rename(&aside, &socket).unwrap();
    server.stop();
    bench.run(&["restore", "copy", "--force"]).good();
}

fn nothing_unfinished(bench: &Bench) {
    let left: Vec<_> = std::fs::read_dir(bench.path("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().contains("unfinished")), "{left:?}");
}

#[test]
fn help_says_what_is_not_in_a_backup() {
    let bench = Bench::new();
    let help = bench.run(&["backup", "--help"]).good();
    assert!(help.contains("master.key") && help.contains("not in it"), "{help}");
    assert!(bench.run(&["restore", "--help"]).good().contains("quittance.replaced-"));
}

#[test]
fn where_there_is_no_data_nothing_is_made_and_that_is_said() {
    let bench = Bench::new();
    let data = bench.data.display().to_string();
    for arguments in [&["verify"][..], &["verify", "--json"], &["backup", "copy"], &["export"], &["reconcile"]] {
        let refused = bench.run(arguments).bad(1);
        assert!(refused.contains(&format!("there is no data at {data}")), "{refused}");
        assert!(refused.contains("data_dir") && refused.contains("--config"), "{refused}");
    }
    bench.run(&["check"]).good();
    let tried = bench.run(&["check", "--online"]);
    assert!(tried.out.contains("will be made on the first start"), "{}", tried.out);
    bench.run(&["restore", "missing"]).bad(1);
    std::fs::write(bench.path("letter.txt"), "Dear Ada").unwrap();
    bench.run(&["restore", "letter.txt"]).bad(1);
    bench.run_with(&["owner", "add", "--email", "jane@example.com"], "short\n").bad(1);
    let left: Vec<_> = std::fs::read_dir(bench.path("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["letter.txt"]);
    // What sets up may be the first command that ever runs.
    bench.run_with(&["owner", "add", "--email", "jane@example.com"], PASSWORD).good();
    bench.run(&["verify"]).good();
}

#[test]
fn a_restore_names_what_it_cannot_read_and_what_it_keeps() {
    let bench = Bench::new();
    bench.run(&["token", "create", "--name", "till"]).good();
    bench.run(&["backup", "copy"]).good();
    std::fs::create_dir(bench.path("folder")).unwrap();
    let refused = bench.run(&["restore", "folder", "--force"]).bad(1);
    assert!(refused.contains("folder cannot be read: it is a folder; name a file"), "{refused}");
    let said = bench.run(&["restore", "copy", "--force"]).good();
    let kept = said.split_whitespace().find(|word| word.contains("quittance.replaced-")).unwrap();
    assert!(std::path::Path::new(kept.trim_end_matches([';', '.'])).exists(), "{said}");
}

#[test]
fn a_password_is_one_line_of_text() {
    let bench = Bench::new();
    let add = ["owner", "add", "--email", "jane@example.com"];
    let refused = bench.run_with(&add, "my cat sits on the ledger\nand on the keyboard\n").bad(1);
    assert!(refused.contains("more than one line"), "{refused}");
    let mut child = bench.command(&add).stdin(std::process::Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"my cat s\xEFts on the ledger\n").unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && said.contains("not text in UTF-8"), "{said}");
    bench.run_with(&add, "my cat sits on the ledger\r\n").good();
}

#[test]
fn a_token_has_a_name_that_can_be_shown() {
    let bench = Bench::new();
    for name in ["x\r\n2026-11-22 ERROR forged", "\u{202e}llit", ""] {
        let refused = bench.run(&["token", "create", "--name", name]).bad(1);
        assert!(refused.starts_with("name: "), "{refused}");
    }
    assert_eq!(tokens(&bench), Vec::<String>::new());
}

#[test]
fn a_data_file_that_is_cut_short_is_not_sent_in_a_circle() {
    let bench = Bench::new();
    bench.run(&["token", "create", "--name", "till"]).good();
    let file = std::fs::File::options().write(true).open(bench.data.join("quittance.redb")).unwrap();
    file.set_len(4096).unwrap();
    let refused = bench.run(&["verify"]).bad(1);
    assert!(refused.contains("restore a backup") && !refused.contains("quittance verify"), "{refused}");
}

#[test]
fn an_export_runs_nothing_in_a_spreadsheet() {
    let bench = Bench::new();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let store = Store::open(&bench.data, Clock::machine()).unwrap();
        let party = Party { name: "=HYPERLINK(\"http://evil.example\")".into(), ..Party::default() };
        store.write(move |w| customers::create(w, party.clone())).await.unwrap();
    });
    bench.run(&["export", "--format", "csv", "--out", "books"]).good();
    let table = std::fs::read_to_string(bench.path("books/customers.csv")).unwrap();
    assert!(table.contains("\"'=HYPERLINK("), "{table}");
    let payments = std::fs::read_to_string(bench.path("books/payments.csv")).unwrap();
    assert!(payments.contains(",applied,fee,net,payout,"), "{payments}");
    for file in ["settings", "invoices", "invoice_lines", "payments", "disputes", "ledger", "log"] {
        let head = std::fs::read_to_string(bench.path(&format!("books/{file}.csv"))).unwrap();
        assert!(head.lines().next().unwrap().contains(','), "{file}");
    }
    bench.run(&["export", "--out", "exact"]).good();
    let exact = std::fs::read_to_string(bench.path("exact/customers.json")).unwrap();
    let customers: serde_json::Value = serde_json::from_str(&exact).unwrap();
    assert_eq!(customers[0]["party"]["name"], "=HYPERLINK(\"http://evil.example\")");
}

#[test]
fn an_export_notes_how_far_the_books_had_got_that_it_wrote_down() {
    let bench = Bench::new();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    // What is noted, and how far the books have got once another invoice is issued.
    let go_on = || {
        runtime.block_on(async {
            let store = Store::open(&bench.data, Clock::machine()).unwrap();
            store.write(|w| bill(w, Currency::EUR, "10", "jane@example.com").map(drop)).await.unwrap();
            let head = store.read(|r| r.journal_head()).unwrap().map_or(0, |(place, _)| place);
            (store.read(|r| r.counter("exported")).unwrap(), head)
        })
    };
    let (mut exported, mut head) = go_on();
    assert_eq!(exported, 0);
    for beside in [false, true] {
        let (server, expected) = (beside.then(|| bench.serve()), head);
        bench.run(&["export", "--out", &format!("books{beside}")]).good();
        drop(server);
        (exported, head) = go_on();
        assert!(exported == expected && exported < head, "{exported} of {head}: what came after it is in no file");
    }
}

#[test]
fn what_is_wrong_is_said_in_one_sentence_with_the_place() {
    let bench = Bench::new();
    std::fs::write(bench.path("config.toml"), "[server]\nlisten_at = \"127.0.0.1:1\"\n").unwrap();
    let said = bench.run(&["check"]).bad(1);
    assert!(said.contains("config.toml") && said.contains("listen"), "{said}");
    assert!(bench.run(&["serve", "--config", "nowhere.toml"]).bad(1).contains("nowhere.toml"));
    assert_eq!(bench.run(&["frobnicate"]).code, Some(2));
    assert_eq!(bench.run(&["--help"]).code, Some(0));
}

#[test]
fn check_says_a_line_a_finding_and_asks_the_running_server_what_is_in_force() {
    let bench = Bench::new();
    let findings = bench.run(&["check"]).good();
    assert!(!findings.is_empty(), "there is something to tell");
    assert!(findings.lines().all(|line| line.starts_with("ok ") || line.starts_with("warn ")), "{findings}");
    let tried = bench.run(&["check", "--online"]);
    assert!(tried.out.contains("fail public address"), "nobody is listening: {}", tried.out);
    let server = bench.serve();
    let tried = bench.run(&["check", "--online"]).good();
    for line in [
        "ok   public address  http://{} leads to this Quittance",
        "ok   server.listen  {} is where this server listens",
    ] {
        assert!(tried.contains(&line.replace("{}", &server.address)), "{tried}");
    }
    drop(server);
    let mut broken = bench.command(&["check", "--online"]);
    broken.env("QUITTANCE_MAIL__SMTP", "smtp+plain://127.0.0.1:9");
    let output = broken.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains("fail mail.smtp"));
}

#[test]
fn the_manual_has_a_page_for_every_command() {
    let bench = Bench::new();
    assert!(bench.run(&["man"]).good().contains(".TH quittance 1"));
    let pages = bench.path("pages");
    let said = bench.run(&["man", "--out", pages.to_str().unwrap()]).bad(1);
    assert!(said.contains("pages") && said.contains("name a place"), "{said}");
    std::fs::create_dir(&pages).unwrap();
    bench.run(&["man", "--out", pages.to_str().unwrap()]).good();
    for (name, says) in [
        ("quittance", "quittance\\-serve"),
        ("quittance-serve", "SIGTERM"),
        ("quittance-owner-add", "Create an owner"),
        ("quittance-restore", "\\-\\-force"),
    ] {
        let page = std::fs::read_to_string(pages.join(format!("{name}.1"))).unwrap();
        assert!(page.contains(says), "{name}: {page}");
    }
}

#[test]
fn three_shells_can_be_taught_the_commands() {
    let bench = Bench::new();
    for (shell, begins) in [("bash", "_quittance()"), ("zsh", "#compdef quittance"), ("fish", "# Print an optspec")] {
        let script = bench.run(&["completions", shell]).good();
        assert!(script.starts_with(begins), "{shell}: {script}");
        for word in ["healthcheck", "reconcile", "reset-access", "force"] {
            assert!(script.contains(word), "{shell} knows no {word}");
        }
    }
}
