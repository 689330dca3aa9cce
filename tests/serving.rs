//! The server as a process: how it begins, how it ends, and what is there afterwards.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its scene should fail there")]

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use quittance::billing::event::{Arrival, Event, Handling};
use quittance::clock::Clock;
use quittance::store::Store;

use crate::process::{Bench, get, mode, said, signal, wait};
use crate::support::PATIENCE;

#[test]
fn the_server_says_where_to_begin_and_ends_when_it_is_told_to() {
    let bench = Bench::new();
    for name in ["TERM", "INT"] {
        let server = bench.serve();
        let address = server.address.clone();
        assert_eq!(server.get("/no-such-page").0, 404);
        server.signal(name);
        let (status, out, log) = server.end();
        assert!(status.success(), "{name}: {status} {log}");
        let setup = format!("http://{address}/admin/setup/");
        assert!(out.lines().count() == 1 && out.contains(&setup), "{out}");
        assert!(!log.contains("/setup/"), "the log is no place for it");
        assert!(!bench.data.join("control.sock").exists());
    }
    bench.run_with(&["owner", "add", "--email", "jane@example.com"], "my cat sits on the ledger\n").good();
    let server = bench.serve();
    server.signal("TERM");
    assert_eq!(server.end().1, "", "with an owner there is nothing to set up");
}

#[test]
fn the_data_folder_belongs_to_its_user_alone() {
    let bench = Bench::new();
    let server = bench.serve();
    assert_eq!(mode(&bench.data), 0o700);
    for name in ["quittance.redb", "lock", "master.key", "control.sock"] {
        assert_eq!(mode(&bench.data.join(name)), 0o600, "{name}");
    }
    drop(server);
}

/// Makes the customer of a key; the status of the answer, or nothing if the server went away before there was one.
fn make_customer(address: &str, token: &str, key: usize) -> Option<u16> {
    let body = format!(r#"{{"name":"Customer {key}"}}"#);
    let mut stream = TcpStream::connect(address).ok()?;
    let sent = write!(
        stream,
        "POST /api/v1/customers HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
         Idempotency-Key: k{key}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    sent.ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    answer.split(' ').nth(1)?.parse().ok()
}

#[test]
fn a_request_that_a_kill_cut_off_is_answered_when_it_is_sent_again() {
    let bench = Bench::new();
    let token = bench.run(&["token", "create", "--name", "till"]).good().trim().to_owned();
    let server = bench.serve();
    let (address, theirs, answered) = (server.address.clone(), token.clone(), Arc::new(AtomicUsize::new(0)));
    let counted = Arc::clone(&answered);
    let program = std::thread::spawn(move || {
        while make_customer(&address, &theirs, counted.load(Ordering::SeqCst)) == Some(201) {
            counted.fetch_add(1, Ordering::SeqCst);
        }
    });
    while answered.load(Ordering::SeqCst) < 5 {
        std::thread::yield_now();
    }
    server.signal("KILL");
    assert!(!server.end().0.success());
    program.join().unwrap();
    // The last one was cut off, before or after its customer was stored.
    let sent = answered.load(Ordering::SeqCst) + 1;
    let server = bench.serve();
    for key in 0..sent {
        assert_eq!(make_customer(&server.address, &token, key), Some(201), "{key} of {sent}");
    }
    server.signal("TERM");
    assert!(server.end().0.success());
    let store = Store::open(&bench.data, Clock::machine()).unwrap();
    assert_eq!(store.read(|r| r.customers(&[], None, usize::MAX)).unwrap().len(), sent, "each was made once");
}

#[test]
fn a_data_folder_that_was_open_to_others_is_closed_at_the_start() {
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::PermissionsExt;
    let bench = Bench::new();
    bench.run(&["token", "create", "--name", "till"]).good();
    for (name, open) in [("", 0o755), ("master.key", 0o644), ("quittance.redb", 0o664)] {
        set_permissions(bench.data.join(name), Permissions::from_mode(open)).unwrap();
    }
    let server = bench.serve();
    for (name, closed) in [("", 0o700), ("master.key", 0o600), ("quittance.redb", 0o600)] {
        assert_eq!(mode(&bench.data.join(name)), closed, "{name:?}");
    }
    assert!(server.said.contains("closed to them now"), "{}", server.said);
    // A folder that is not ours alone keeps its mode.
    let shared = Bench::new();
    std::fs::create_dir(&shared.data).unwrap();
    set_permissions(&shared.data, Permissions::from_mode(0o755)).unwrap();
    std::fs::write(shared.data.join("letter.txt"), "Dear Ada").unwrap();
    let beside = shared.serve();
    assert_eq!(mode(&shared.data), 0o755);
    drop((server, beside));
}

#[test]
fn a_lost_master_key_is_said_and_not_papered_over() {
    let bench = Bench::new();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let key = bench.data.join("master.key");
    bench.run(&["token", "create", "--name", "till"]).good();
    runtime.block_on(async {
        let store = Store::open(&bench.data, Clock::machine()).unwrap();
        let vault = quittance::store::vault::Vault::of_folder(&bench.data).unwrap();
        store.write(move |w| w.put_secret(&vault, "stripe.secret_key", "sk_test_quittance_0123456789")).await.unwrap();
    });
    assert!(!bench.run(&["verify"]).good().contains("master.key"));
    std::fs::rename(&key, bench.path("away")).unwrap();
    for arguments in [&["verify"][..], &["check"]] {
        let said = bench.run(arguments).good();
        assert!(said.contains("master.key") && said.contains("type them in again"), "{said}");
    }
    let server = bench.serve();
    let (_, log) = server.stop();
    assert!(log.contains("master.key is gone") && log.contains("stripe.secret_key"), "{log}");
    assert!(!key.exists(), "no key is made over what may come back");
    std::fs::rename(bench.path("away"), &key).unwrap();
    let (_, log) = bench.serve().stop();
    assert!(!log.contains("master.key"), "{log}");
    assert!(!bench.run(&["verify"]).good().contains("master.key"), "putting the file back is enough");
}

#[test]
fn what_was_acknowledged_outlives_a_kill() {
    let bench = Bench::new();
    for round in 0..3 {
        let server = bench.serve();
        bench.run(&["token", "create", "--name", &format!("till {round}")]).good();
        server.signal("KILL");
        assert!(!server.end().0.success());
    }
    // The last server left its socket behind; nobody answers there.
    assert!(bench.data.join("control.sock").exists());
    bench.run(&["verify"]).good();
    let store = Store::open(&bench.data, Clock::machine()).unwrap();
    assert_eq!(store.read(|r| r.api_tokens()).unwrap().len(), 3);
}

/// More than what lies between the two holds, and nothing that packing makes smaller.
const LARGE_BYTES: usize = 8 << 20;

#[test]
fn a_backup_that_nobody_takes_does_not_keep_the_server_alive() {
    let bench = Bench::new();
    let noise = File::open("/dev/urandom").unwrap();
    let mut payload = Vec::new();
    noise.take(u64::try_from(LARGE_BYTES).unwrap()).read_to_end(&mut payload).unwrap();
    keep(&bench.data, "evt_1", &payload.iter().map(|byte| char::from(byte & 0x3f | 0x40)).collect::<String>());
    let server = bench.serve();
    let mut sleeper = UnixStream::connect(bench.data.join("control.sock")).unwrap();
    sleeper.write_all(b"{\"do\":\"backup\"}\n").unwrap();
    // It has begun when its first byte is here; the rest is left lying.
    sleeper.read_exact(&mut [0]).unwrap();
    server.signal("TERM");
    let (status, _, log) = server.end();
    assert!(status.success(), "{status} {log}");
    assert!(log.contains("a command was cut off by the end of the server"), "{log}");
    bench.run(&["verify"]).good();
}

/// Puts an event into the books of a folder that nobody has open.
fn keep(data: &Path, id: &str, payload: &str) {
    let store = Store::open(data, Clock::machine()).unwrap();
    let now = Clock::machine().now();
    let event = Event {
        id: id.to_owned(),
        kind: "customer.created".to_owned(),
        object_id: "cus_1".to_owned(),
        object_kind: "customer".to_owned(),
        livemode: false,
        api_version: None,
        account: None,
        created: now,
        received_at: now,
        arrival: Arrival::Webhook,
        state: Handling::Done { at: now },
        tries: 0,
        last_error: None,
        payload: payload.to_owned(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(store.write(move |w| w.put_event(&event))).unwrap();
}

#[test]
fn j8_a_second_server_on_the_same_data_is_refused() {
    let bench = Bench::new();
    let _server = bench.serve();
    let refused = bench.run(&["serve"]);
    assert_eq!(refused.code, Some(1));
    assert!(refused.err.contains("another Quittance is using the data folder"), "{}", refused.err);
    // The first one still answers its commands.
    bench.run(&["verify"]).good();
}

#[test]
fn a_data_folder_with_a_long_name_works_like_any_other() {
    let mut bench = Bench::new();
    bench.data = bench.path(&format!("{}/{}", "long".repeat(30), "name".repeat(30)));
    let server = bench.serve();
    bench.run(&["token", "create", "--name", "till"]).good();
    drop(server);
    bench.run(&["verify"]).good();
}

#[test]
fn the_service_manager_hears_when_the_server_is_ready_and_when_it_stops() {
    let bench = Bench::new();
    let path = bench.path("notify");
    let manager = UnixDatagram::bind(&path).unwrap();
    manager.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut child = bench.command(&["serve"]).env("NOTIFY_SOCKET", &path).spawn().unwrap();
    assert_eq!(heard(&manager), "READY=1");
    signal(&child, "HUP");
    assert_eq!([heard(&manager), heard(&manager)], ["RELOADING=1", "READY=1"]);
    signal(&child, "TERM");
    assert_eq!(heard(&manager), "STOPPING=1");
    assert!(wait(&mut child).success());
}

fn heard(manager: &UnixDatagram) -> String {
    let mut bytes = [0; 64];
    let length = manager.recv(&mut bytes).unwrap();
    String::from_utf8(bytes[..length].to_vec()).unwrap()
}

#[test]
fn the_journal_gets_each_line_with_its_priority_and_no_second_time() {
    for (name, is_its) in [("journal", true), ("somebody's file", false)] {
        let bench = Bench::new();
        let (from, to) = std::io::pipe().unwrap();
        let stream = File::from(std::os::fd::OwnedFd::from(from));
        let known = std::os::unix::fs::MetadataExt::ino(&stream.metadata().unwrap());
        let device = std::os::unix::fs::MetadataExt::dev(&stream.metadata().unwrap());
        let file = if is_its { known } else { known + 1 };
        let mut command = bench.command(&["serve"]);
        // A public address without HTTPS is worth a warning.
        command
            .env("JOURNAL_STREAM", format!("{device}:{file}"))
            .env("QUITTANCE_SERVER__PUBLIC_URL", "http://pay.example");
        let mut child = command.stderr(to).spawn().unwrap();
        drop(command);
        let mut log = BufReader::new(stream);
        let mut lines = Vec::new();
        while !lines.iter().any(|line: &String| line.contains("listening address=")) {
            let mut line = String::new();
            assert!(log.read_line(&mut line).unwrap() > 0, "the server ended: {lines:?}");
            lines.push(line);
        }
        signal(&child, "TERM");
        let mut rest = String::new();
        log.read_to_string(&mut rest).unwrap();
        assert!(child.wait().unwrap().success());
        lines.extend(rest.lines().map(str::to_owned));
        for line in &lines {
            let begins = ["<3>", "<4>", "<6>"].iter().any(|priority| line.starts_with(priority));
            assert_eq!(begins, is_its, "{name}: {line}");
        }
        let listening = lines.iter().find(|line| line.contains("listening address=")).unwrap();
        assert_eq!(listening.starts_with("<6>listening address=127.0.0.1:"), is_its, "{name}: {listening}");
        assert_eq!(lines.iter().any(|line| line.contains("INFO")), !is_its, "{name}: {lines:?}");
        assert!(!is_its || lines.iter().any(|line| line.starts_with("<4>")), "{name}: {lines:?}");
    }
}

#[test]
fn a_service_manager_that_watches_gets_signs_of_life() {
    let bench = Bench::new();
    let path = bench.path("notify");
    let manager = UnixDatagram::bind(&path).unwrap();
    manager.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut command = bench.command(&["serve"]);
    let mut child = command.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "20000").spawn().unwrap();
    assert_eq!([heard(&manager), heard(&manager), heard(&manager)], ["READY=1", "WATCHDOG=1", "WATCHDOG=1"]);
    signal(&child, "TERM");
    assert!(wait(&mut child).success());
}

/// The program as a service manager starts it that passes one listening socket, its third descriptor.
fn with_passed(bench: &Bench, socket: std::net::TcpListener) -> std::process::Command {
    let plain = bench.command(&["serve"]);
    let mut command = std::process::Command::new("/bin/sh");
    let passing = "LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=web exec \"$0\" \"$@\" 3<&0 </dev/null";
    command.arg("-c").arg(passing).arg(plain.get_program()).args(plain.get_args());
    command.current_dir(bench.path("")).env_clear();
    command.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.stdin(std::os::fd::OwnedFd::from(socket)).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[test]
fn a_socket_that_the_service_manager_passes_is_answered_at() {
    let bench = Bench::new();
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap().to_string();
    // Before anybody answers: whoever calls waits until the server is there.
    let mut early = TcpStream::connect(&address).unwrap();
    write!(early, "GET /healthz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
    let mut command = with_passed(&bench, socket.try_clone().unwrap());
    let mut child = command.env("QUITTANCE_SERVER__LISTEN", &address).spawn().unwrap();
    let mut answer = String::new();
    early.set_read_timeout(Some(PATIENCE)).unwrap();
    early.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    signal(&child, "TERM");
    assert!(wait(&mut child).success());
    assert!(TcpStream::connect(&address).is_ok(), "the service manager listens on");
}

#[test]
fn a_passed_socket_that_no_setting_names_is_said() {
    let bench = Bench::new();
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut child = with_passed(&bench, socket).spawn().unwrap();
    // The log is listened to until the end: a service whose log nobody takes does not end well.
    let mut log = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let said = log.find(|line| line.contains("no setting names")).unwrap();
    assert!(said.contains("web"), "{said}");
    signal(&child, "TERM");
    assert!(wait(&mut child).success());
}

#[test]
fn a_health_check_says_whether_the_server_is_ready() {
    let bench = Bench::new();
    let server = bench.serve();
    let ask = |address: &str| {
        let mut command = bench.command(&["healthcheck"]);
        said(command.env("QUITTANCE_SERVER__LISTEN", address).output().unwrap())
    };
    assert_eq!(ask(&server.address).good(), "ready\n");
    let everywhere = format!("0.0.0.0:{}", server.address.rsplit(':').next().unwrap());
    assert_eq!(ask(&everywhere).good(), "ready\n");
    let address = server.address.clone();
    server.stop();
    assert!(ask(&address).bad(1).contains("start quittance serve"));
}

#[test]
fn a_health_check_believes_no_stranger() {
    let bench = Bench::new();
    for (answer, words) in
        [("220 mail.example ESMTP\r\n", "no web server"), ("HTTP/1.1 503 No\r\n\r\n", "answered 503")]
    {
        let stranger = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = stranger.local_addr().unwrap().to_string();
        let speaking = std::thread::spawn(move || {
            let (mut stream, _) = stranger.accept().unwrap();
            // Read first: a connection that is closed with something unread in it takes the answer with it.
            assert!(stream.read(&mut [0; 1024]).unwrap() > 0);
            stream.write_all(answer.as_bytes()).unwrap();
        });
        let mut command = bench.command(&["healthcheck"]);
        let said = said(command.env("QUITTANCE_SERVER__LISTEN", &address).output().unwrap()).bad(1);
        assert!(said.contains(words), "{said}");
        speaking.join().unwrap();
    }
}

#[test]
fn the_demo_shows_everything_and_leaves_nothing() {
    let bench = Bench::new();
    let mut child = bench.command(&["demo", "--listen", "127.0.0.1:0"]).env("TMPDIR", bench.path("")).spawn().unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let glance = said.find(|line| line.contains("at a glance")).unwrap();
    said.find(|line| line.contains("Ctrl+C")).unwrap();
    let (_, url) = glance.split_once("http://").unwrap();
    let address = url.split('/').next().unwrap();
    for path in ["/demo", "/demo/mail", "/demo/stripe", "/demo/mail/1", "/demo/mail/1/html"] {
        assert_eq!(get(address, path).0, 200, "{path}");
    }
    assert!(get(address, "/demo/mail").1.contains("Receipt for invoice TEST-"));
    assert!(get(address, "/demo/mail/1/html").1.contains("sandbox"));
    signal(&child, "INT");
    assert!(wait(&mut child).success());
    let left: Vec<_> = std::fs::read_dir(bench.path("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.is_empty(), "{left:?}");
}

/// Bytes of one page of the data file.
const PAGE: usize = 4096;

/// The file with a few bytes at the head of a page that are not what was written there.
fn with_damage(whole: &[u8], page: usize) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    bytes.iter_mut().skip(page * PAGE).take(16).for_each(|byte| *byte ^= 0xa5);
    bytes
}

#[test]
fn damage_of_the_file_is_said_in_one_sentence_wherever_it_is() {
    let bench = Bench::new();
    let token = bench.run(&["token", "create", "--name", "till"]).good().trim().to_owned();
    // Closed cleanly, it is not looked through when it is opened.
    bench.serve().stop();
    let file = bench.data.join("quittance.redb");
    let whole = std::fs::read(&file).unwrap();
    let (mut found, mut of_tokens) = (0, None);
    for page in 0..whole.len() / PAGE {
        std::fs::write(&file, with_damage(&whole, page)).unwrap();
        let said = bench.run(&["verify"]);
        assert!(said.err.lines().count() <= 1 && !said.err.contains("panicked"), "{page}: {}", said.err);
        if said.code == Some(0) {
            continue;
        }
        found += 1;
        if said.out.contains("api_tokens.1 could not be read further") {
            assert!(said.out.contains("quittance restore"), "{}", said.out);
            of_tokens = Some(page);
        }
    }
    assert!(found > 3, "{found} pages whose damage is noticed");

    // With its debug assertions redb walks the whole file when it is opened: then there is nothing more to see.
    let Some(page) = of_tokens else { return };
    let damaged = with_damage(&whole, page);
    std::fs::write(&file, &damaged).unwrap();
    let refused = bench.run(&["token", "create", "--name", "other"]).bad(1);
    assert!(refused.contains("restore the latest backup"), "{refused}");
    std::fs::write(&file, &damaged).unwrap();
    let refused = bench.run(&["backup", "copy"]).bad(1);
    assert!(refused.contains("the data file is damaged at api_tokens.1"), "{refused}");

    std::fs::write(&file, &damaged).unwrap();
    let server = bench.serve();
    assert_eq!(server.get("/readyz").0, 200);
    let mut stream = TcpStream::connect(&server.address).unwrap();
    let host = &server.address;
    write!(
        stream,
        "GET /api/v1/customers HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("has to restore a backup"), "{answer}");
    let (status, why) = server.get("/readyz");
    assert!(status == 503 && why.contains("Not everything can be read."), "{status} {why}");
    assert!(!why.contains("api_tokens"), "strangers are told no names of tables: {why}");
    let (_, log) = server.stop();
    assert!(!log.contains("panicked") && log.contains("the data file is damaged at api_tokens.1"), "{log}");
}

#[test]
fn a_live_key_is_given_to_nobody_but_stripe() {
    let bench = Bench::new();
    let mut serve = bench.command(&["serve"]);
    serve.env("QUITTANCE_STRIPE__SECRET_KEY", "sk_live_51Habcdefgh4242");
    serve.env("QUITTANCE_STRIPE__API_BASE", "https://stripe.example.com");
    let output = serve.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("QUITTANCE_STRIPE__API_BASE") && said.contains("would be given a live key"), "{said}");
    assert!(!bench.data.exists());
}
