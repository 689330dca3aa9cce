//! Whoever runs the program and slips: another user, a folder in use, a configuration that cannot work, a lost password.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its scene should fail there")]

use quittance::clock::Clock;
use quittance::demo::mailbox::Mailbox;
use quittance::demo::stripe::{Options, StandIn};

use crate::process::{Bench, Said};

const KEY: &str = "sk_test_quittance_demo";

/// The stand-in for Stripe with [`KEY`], and a mail server, on a runtime that lives as long as they do.
struct Outside {
    api_base: String,
    smtp: String,
    _runtime: tokio::runtime::Runtime,
    _mailbox: Mailbox,
}

impl Outside {
    fn new() -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let (api_base, mailbox) = runtime.block_on(async {
            let stand_in = StandIn::new(Options { secret_key: KEY.to_owned(), ..Options::new(Clock::machine()) });
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let api_base = format!("http://{}", listener.local_addr().unwrap());
            crate::support::beside(stand_in.serve_on(listener));
            (api_base, Mailbox::start(([127, 0, 0, 1], 0).into()).await.unwrap())
        });
        let smtp = format!("smtp+plain://{}", mailbox.address());
        Self { api_base, smtp, _runtime: runtime, _mailbox: mailbox }
    }
}

fn check(bench: &Bench, variables: &[(&str, &str)]) -> Said {
    let mut command = bench.command(&["check", "--online"]);
    command.envs(variables.iter().copied());
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Said { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

#[test]
fn check_tries_the_configuration_that_it_was_given_and_not_the_running_servers() {
    let (bench, outside) = (Bench::new(), Outside::new());
    let good = [
        ("QUITTANCE_STRIPE__SECRET_KEY", KEY),
        ("QUITTANCE_STRIPE__API_BASE", outside.api_base.as_str()),
        ("QUITTANCE_MAIL__SMTP", outside.smtp.as_str()),
        ("QUITTANCE_MAIL__FROM", "pat@example.com"),
    ];
    let server = bench.serve_with(|command| {
        command.envs(good);
    });
    let said = check(&bench, &good).good();
    assert!(said.contains("Stripe takes it, in test mode") && said.contains("takes mail from here"), "{said}");
    for (name, value, fails) in [
        ("QUITTANCE_STRIPE__SECRET_KEY", "sk_test_another_key_0123456789", "fail stripe.secret_key"),
        ("QUITTANCE_STRIPE__API_BASE", "http://127.0.0.1:9", "fail stripe.secret_key"),
        ("QUITTANCE_MAIL__SMTP", "smtp+plain://127.0.0.1:9", "fail mail.smtp"),
    ] {
        let changed = good.map(|(own, before)| (own, if own == name { value } else { before }));
        let said = check(&bench, &changed);
        assert_eq!(said.code, Some(1), "{name}: {}", said.out);
        assert!(said.out.contains(fails) && !said.out.contains("another_key"), "{name}: {}", said.out);
    }
    // What is said nowhere is not the running server's either.
    let said = check(&bench, &[]);
    assert!(said.out.contains("warn stripe  no key") && said.out.contains("no mail server"), "{}", said.out);
    drop(server);
}

#[test]
fn a_folder_that_cannot_be_used_is_named_with_what_to_do_and_no_server_is_invented() {
    let bench = Bench::new();
    for arguments in [&["verify"][..], &["backup", "copy"], &["token", "create", "--name", "till"], &["export"]] {
        let output = bench.command(arguments).env("QUITTANCE_DATA_DIR", "/dev/null/x").output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(said.contains("/dev/null/x") && said.contains("in data_dir"), "{arguments:?}: {said}");
        assert!(!said.contains("running server"), "{arguments:?}: {said}");
    }
    let refused = bench.run(&["restore", "missing"]).bad(1);
    assert!(refused.contains("name a file that quittance backup wrote"), "{refused}");
}

#[test]
fn an_export_leaves_alone_what_somebody_else_put_there() {
    let bench = Bench::new();
    bench.run(&["token", "create", "--name", "till"]).good();
    std::fs::create_dir(bench.path("papers")).unwrap();
    std::fs::write(bench.path("papers/customers.json"), "mine").unwrap();
    let refused = bench.run(&["export", "--out", "papers"]).bad(1);
    assert!(refused.contains("left alone; name an empty or a new folder"), "{refused}");
    assert_eq!(std::fs::read_to_string(bench.path("papers/customers.json")).unwrap(), "mine");
    std::fs::create_dir(bench.path("books")).unwrap();
    for format in ["json", "csv", "json"] {
        bench.run(&["export", "--out", "books", "--format", format]).good();
    }
}

#[test]
fn whoever_forgot_the_password_chooses_another_one_by_an_address_of_one_use() {
    let bench = Bench::new();
    let password = "my cat sits on the ledger\n";
    for email in ["jane@example.com", "joe@example.com"] {
        bench.run_with(&["owner", "add", "--email", email], password).good();
    }
    let again = bench.run_with(&["owner", "add", "--email", "jane@example.com"], password).bad(1);
    assert!(again.contains("quittance owner reset-access --email jane@example.com"), "{again}");
    let unknown = bench.run(&["owner", "reset-access", "--email", "jnae@example.com"]).bad(1);
    assert!(unknown.contains("jane@example.com, joe@example.com"), "{unknown}");
    for beside in [false, true] {
        let server = beside.then(|| bench.serve());
        let said = bench.run(&["owner", "reset-access", "--email", "Jane@example.com"]).good();
        assert_eq!(said.contains("API tokens stay good (till)"), beside, "{said}");
        bench.run(&["token", "create", "--name", "till"]).good();
        assert!(said.contains("the old password works no more"), "{said}");
        let address = said.lines().last().unwrap();
        assert!(address.starts_with("http://127.0.0.1:") && address.contains("/admin/access/"), "{said}");
        if let Some(server) = &server {
            assert!(address.contains(&server.address), "{said}");
        }
    }
}
