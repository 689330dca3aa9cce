//! What the system does not give: room, descriptors, the right to write, the folder to itself. The limits are those that a
//! service manager sets; they are drawn closer and wider while the program runs.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its scene should fail there")]

use std::fs::{Permissions, set_permissions};
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use quittance::billing::event::Arrival;
use quittance::clock::Clock;
use quittance::demo::stripe::signature_header;
use quittance::store::Store;
use rustix::process::{Pid, Resource, Rlimit, geteuid, getrlimit, prlimit};
use serde_json::json;

use super::line::{Line, Reply};
use crate::process::{ADDRESS, Bench, Serving, said, started};
use crate::support::PATIENCE;

const SECRET: &str = "whsec_quittance_machine_0123456789";

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "it never came to this: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Draws a limit of a running program closer, or takes it away again.
fn limit(server: &Serving, resource: Resource, most: Option<u64>) {
    let maximum = getrlimit(resource).maximum;
    let pid = Pid::from_raw(i32::try_from(server.id()).unwrap());
    prlimit(pid, resource, Rlimit { current: most.or(maximum), maximum }).unwrap();
}

/// An event of about 40 KB, so that a disk is full before long.
fn deliver(line: &mut Line, id: &str) -> Reply {
    let event = json!({
        "id": id, "object": "event", "type": "product.created", "livemode": false, "created": 1_795_348_800,
        "data": {"object": {"id": "prod_1", "object": "product", "name": "x".repeat(40_000)}},
    });
    let (payload, now) = (event.to_string(), Clock::machine().now().as_second());
    let signature = signature_header(&payload, now, &[SECRET.to_owned()], true);
    let headers = format!("Stripe-Signature: {signature}\r\nContent-Type: application/json\r\n");
    line.ask("POST", "/webhooks/stripe", &headers, &payload).unwrap()
}

fn customer(line: &mut Line, token: &str, key: &str) -> Reply {
    let headers =
        format!("Authorization: Bearer {token}\r\nIdempotency-Key: {key}\r\nContent-Type: application/json\r\n");
    line.ask("POST", "/api/v1/customers", &headers, &json!({"name": key}).to_string()).unwrap()
}

/// A server that meets a file's limit as it meets a full disk, and not by the signal that would end it.
fn serve_on_small_disk(bench: &Bench) -> Serving {
    bench.serve_by("trap '' XFSZ", |command| {
        command.env("QUITTANCE_STRIPE__WEBHOOK_SECRETS", SECRET);
    })
}

#[test]
fn j4_a_disk_that_is_full_under_the_real_program_puts_stripe_off_and_heals_by_itself() {
    let bench = Bench::new();
    let token = bench.run(&["token", "create", "--name", "till"]).good().trim().to_owned();
    let server = serve_on_small_disk(&bench);
    let mut line = Line::to(&server.address).unwrap();
    assert_eq!(customer(&mut line, &token, "before").status, 201);
    limit(&server, Resource::Fsize, Some(std::fs::metadata(bench.data.join("quittance.redb")).unwrap().len()));
    let mut stored = Vec::new();
    let refused = loop {
        let id = format!("evt_{}", stored.len());
        let reply = deliver(&mut line, &id);
        if reply.status != 200 {
            break (id, reply);
        }
        stored.push(id);
        assert!(stored.len() < 5_000, "it is never full");
    };
    for (what, reply) in [
        ("the event that did not fit", refused.1),
        ("the next one", deliver(&mut line, "evt_next")),
        ("a program", customer(&mut line, &token, "meanwhile")),
    ] {
        assert_eq!(reply.status, 503, "{what}: {}", reply.body);
        assert!(reply.header("retry-after").is_some(), "{what}");
    }
    let ready = line.get("/readyz").unwrap();
    assert!(ready.status == 503 && ready.body.contains("Nothing can be stored"), "{}", ready.body);
    assert_eq!(line.get("/healthz").unwrap().status, 200);
    let headers = format!("Authorization: Bearer {token}\r\n");
    assert!(line.ask("GET", "/api/v1/customers", &headers, "").unwrap().body.contains("before"), "it is read");

    limit(&server, Resource::Fsize, None);
    until("it takes writes again", || line.get("/readyz").unwrap().status == 200);
    assert_eq!(deliver(&mut line, &refused.0).status, 200, "Stripe sends it again");
    assert_eq!(customer(&mut line, &token, "meanwhile").status, 201);
    stored.push(refused.0);
    // What was stored after the healing outlives a kill like everything else.
    server.signal("KILL");
    let (_, _, log) = server.end();
    assert!(!log.contains("a defect stopped"), "{log}");
    assert!(log.contains("the store is read-only") && log.contains("takes writes again"), "{log}");
    bench.run(&["verify"]).good();
    let store = Store::open(&bench.data, Clock::machine()).unwrap();
    for id in &stored {
        let event = store.read(|r| r.event(id)).unwrap();
        assert_eq!(event.map(|event| event.arrival), Some(Arrival::Webhook), "{id} of {}", stored.len());
    }
    let customers = store.read(|r| r.customers(&[], None, 9)).unwrap();
    assert_eq!(customers.len(), 2, "nobody is there twice");
}

/// How many descriptors a process has open.
fn descriptors(server: &Serving) -> u64 {
    let open = std::fs::read_dir(format!("/proc/{}/fd", server.id())).unwrap().count();
    u64::try_from(open).unwrap()
}

/// Ticks of a processor that it has used, a hundred a second.
fn ticks(server: &Serving) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", server.id())).unwrap();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
    fields[11..13].iter().map(|field| field.parse::<u64>().unwrap()).sum()
}

#[test]
fn without_descriptors_who_is_there_is_answered_and_who_is_silent_gives_way() {
    const MORE: u64 = 6;
    let bench = Bench::new();
    let server = bench.serve();
    assert_eq!(server.get("/healthz").0, 200);
    limit(&server, Resource::Nofile, Some(descriptors(&server) + MORE));
    let mut silent: Vec<_> = (0..40).map(|_| std::net::TcpStream::connect(&server.address).unwrap()).collect();
    until("none is left", || descriptors(&server) >= getrlimit_of(&server));
    // Whoever comes now is let in, because the longest silent go.
    let mut late = Line::to(&server.address).unwrap();
    for path in ["/healthz", "/readyz"] {
        assert_eq!(late.get(path).unwrap().status, 200, "{path}");
    }

    // Kept short of descriptors it does not run hot: nobody is silent, so nobody can be sent away.
    silent.clear();
    limit(&server, Resource::Nofile, Some(4));
    let waiting = std::net::TcpStream::connect(&server.address).unwrap();
    let (before, began) = (ticks(&server), Instant::now());
    while began.elapsed() < Duration::from_secs(1) {
        std::thread::sleep(Duration::from_millis(50));
    }
    let (used, hundredths) = (ticks(&server) - before, began.elapsed().as_millis() / 10);
    assert!(u128::from(used) * 2 < hundredths, "{used} of {hundredths} hundredths of a second were spent on nothing");
    limit(&server, Resource::Nofile, None);
    until("somebody is let in", || Line::to(&server.address).and_then(|mut line| line.get("/healthz")).is_some());
    drop(waiting);
    bench.run(&["token", "create", "--name", "till"]).good();
    let (_, log) = server.stop();
    let lines = log.lines().filter(|line| line.contains("connections cannot be let in")).count();
    assert!((1..5).contains(&lines), "a line says it for a minute: {log}");
}

fn getrlimit_of(server: &Serving) -> u64 {
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", server.id())).unwrap();
    let line = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    line.split_whitespace().nth(3).unwrap().parse().unwrap()
}

/// A bench whose program runs as somebody whom rights bind, also where the tests run as root.
struct Ordinary {
    bench: Bench,
    user: Option<u32>,
}

impl Ordinary {
    /// The user "nobody", wherever there is one.
    const NOBODY: u32 = 65_534;

    fn new() -> Self {
        let (bench, user) = (Bench::new(), geteuid().is_root().then_some(Self::NOBODY));
        if user.is_some() {
            // The way to the program may be closed to others: it is taken along.
            set_permissions(bench.path(""), Permissions::from_mode(0o755)).unwrap();
            // By a process of its own: one that is started meanwhile by another test would inherit the file, open for writing.
            let copied = Command::new("cp").arg(env!("CARGO_BIN_EXE_quittance")).arg(bench.path("quittance")).status();
            assert!(copied.unwrap().success());
            chown(bench.path(""), user, user).unwrap();
        }
        Self { bench, user }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let plain = self.bench.command(arguments);
        let Some(user) = self.user else { return plain };
        let mut command = Command::new(self.bench.path("quittance"));
        command.args(plain.get_args()).current_dir(self.bench.path("")).env_clear();
        command.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).uid(user).gid(user);
        command
    }

    fn refused(&self, why: &str) {
        let said = said(self.command(&["serve"]).output().unwrap());
        assert_eq!(said.code, Some(1), "{}", said.err);
        assert!(said.err.contains(why) && said.err.contains("chmod u+rwX"), "{}", said.err);
    }

    fn close(&self, name: &str, mode: u32) {
        set_permissions(self.bench.data.join(name), Permissions::from_mode(mode)).unwrap();
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_said_with_the_remedy_and_stops_nobody_who_runs() {
    let ordinary = Ordinary::new();
    let server = started(ordinary.command(&["serve"]), ADDRESS);
    let mut line = Line::to(&server.address).unwrap();
    ordinary.close("", 0o500);
    assert_eq!(line.get("/readyz").unwrap().status, 200, "what it has open it may write");
    let (_, log) = server.stop();
    assert!(!log.contains("a defect stopped"), "{log}");
    for (name, mode, well) in [("quittance.redb", 0o400, 0o600), ("lock", 0o400, 0o600), ("", 0o000, 0o700)] {
        ordinary.close("", 0o700);
        ordinary.close(name, mode);
        ordinary.refused("cannot be used");
        ordinary.close(name, well);
    }
    ordinary.close("", 0o700);
    let again = started(ordinary.command(&["serve"]), ADDRESS);
    assert_eq!(again.get("/readyz").0, 200, "with the right given back it starts");
}

#[test]
fn j8_of_many_that_are_started_at_once_one_serves_and_the_others_say_why_not() {
    const STARTED: usize = 6;
    let bench = Bench::new();
    let mut children: Vec<Child> = (0..STARTED).map(|_| bench.command(&["serve"]).spawn().unwrap()).collect();
    until("all but one have given up", || {
        children.iter_mut().filter_map(|child| child.try_wait().unwrap()).count() == STARTED - 1
    });
    let place = children.iter_mut().position(|child| child.try_wait().unwrap().is_none()).unwrap();
    let mut serving = children.swap_remove(place);
    for child in children {
        let refused = said(child.wait_with_output().unwrap());
        assert_eq!(refused.code, Some(1), "{}", refused.err);
        assert!(refused.err.contains("another Quittance is using the data folder"), "{}", refused.err);
    }
    let mut log = BufReader::new(serving.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("listening address=") {
        line.clear();
        assert!(log.read_line(&mut line).unwrap() > 0, "the one that is left serves");
    }
    assert!(bench.run(&["verify"]).good().contains("as it should be"));
    crate::process::signal(&serving, "TERM");
    drop(log.read_to_string(&mut line));
    assert!(crate::process::wait(&mut serving).success());
    assert!(is_clean(&bench.data), "one store, and nothing half made");
}

fn is_clean(data: &Path) -> bool {
    let mut names = std::fs::read_dir(data).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.all(|name| name.strip_suffix(".new").is_none())
}
