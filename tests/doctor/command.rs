//! The command, beside a server and without one; and `config show`.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::SystemTime;

use quittance::doctor::list::ALL;
use serde_json::Value;

use crate::process::{Bench, Said, said};

/// Every file below a folder, with what is in it and when it was written.
fn image(folder: &Path) -> BTreeMap<String, (Vec<u8>, SystemTime)> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .map(|path| {
            let written = std::fs::metadata(&path).unwrap().modified().unwrap();
            let content = if path.is_file() { std::fs::read(&path).unwrap() } else { Vec::new() };
            (path.display().to_string(), (content, written))
        })
        .collect()
}

/// Whatever the machine of the test is like, the exit status follows from the lines.
#[track_caller]
fn assert_consistent(said: &Said) {
    let fails = said.out.lines().any(|line| line.starts_with("fail "));
    assert_eq!(said.code, Some(i32::from(fails)), "{}{}", said.out, said.err);
    for look in &ALL {
        let is_there = said
            .out
            .lines()
            .any(|line| line.get(5..).is_some_and(|rest| rest.starts_with(&format!("{}  ", look.code))));
        assert!(is_there, "{}: {}", look.code, said.out);
    }
    for line in said.out.lines().filter(|line| line.starts_with("fail ") || line.starts_with("warn ")) {
        assert!(line.contains("; "), "no remedy: {line}");
    }
}

#[test]
fn without_a_server_everything_is_looked_at_and_nothing_is_written() {
    let bench = Bench::new();
    let before = bench.run(&["doctor"]);
    assert_consistent(&before);
    assert!(before.out.contains("skip books  there is no data at"), "{}", before.out);
    assert!(before.out.contains("skip secrets  there is no data that could be looked at"), "{}", before.out);
    assert!(!bench.data.exists(), "looking makes no folder");
    bench.run(&["token", "create", "--name", "till"]).good();
    let image_before = image(&bench.data);
    let looked = bench.run(&["doctor"]);
    assert_consistent(&looked);
    for line in [
        "ok   books  whole: 0 invoices",
        "warn server  it does not run",
        "fail public-address  ",
        "skip sandbox  only the running server knows",
        "ok   secrets  ",
    ] {
        assert!(looked.out.contains(line), "{line}: {}", looked.out);
    }
    assert_eq!(image(&bench.data), image_before, "no byte and no time in the data folder");
}

#[test]
fn beside_a_server_that_one_looks() {
    let bench = Bench::new();
    let server = bench.serve();
    let looked = bench.run(&["doctor"]);
    assert_consistent(&looked);
    for line in
        ["ok   server  it runs", "ok   public-address  ", "ok   listening  ", "ok   books  whole", "open-files  "]
    {
        assert!(looked.out.contains(line), "{line}: {}", looked.out);
    }
    assert!(!looked.out.contains("only the running server knows"), "{}", looked.out);
    let json: Vec<Value> = serde_json::from_str(&bench.run(&["doctor", "--json"]).out).unwrap();
    let line = json.iter().find(|line| line["code"] == "public-address").unwrap();
    assert_eq!((&line["level"], &line["remedy"]), (&Value::from("ok"), &Value::Null));
    let levels = ["ok", "warn", "fail", "skipped"].map(Value::from);
    assert!(json.iter().all(|line| levels.contains(&line["level"]) && line["detail"].is_string()), "{json:?}");
    server.stop();
}

#[test]
fn data_that_cannot_be_read_is_one_line_among_the_others() {
    let bench = Bench::new();
    bench.run(&["token", "create", "--name", "till"]).good();
    let file = std::fs::File::options().write(true).open(bench.data.join("quittance.redb")).unwrap();
    file.set_len(4096).unwrap();
    let looked = bench.run(&["doctor"]);
    assert_consistent(&looked);
    assert!(looked.out.contains("fail books  ") && looked.out.contains("restore a backup"), "{}", looked.out);
    assert!(looked.out.contains("skip backup  there is no data that could be looked at"), "{}", looked.out);
    assert_eq!(looked.code, Some(1));
}

#[test]
fn wrong_usage_is_no_finding() {
    assert_eq!(Bench::new().run(&["doctor", "--online"]).code, Some(2));
}

#[test]
fn each_setting_says_where_it_comes_from_and_no_secret_is_shown() {
    let bench = Bench::new();
    let file = "[server]\npublic_url = \"https://pay.example.com\"\n\n[mail]\nfrom = \"Pat <pat@example.com>\"\n";
    std::fs::write(bench.path("config.toml"), file).unwrap();
    std::fs::create_dir(bench.path("credentials")).unwrap();
    std::fs::write(bench.path("credentials/stripe.secret_key"), "sk_test_51Habcdefgh4242\n").unwrap();
    let run = |arguments: &[&str]| {
        let mut command = bench.command(arguments);
        command.env("CREDENTIALS_DIRECTORY", bench.path("credentials"));
        command.env("QUITTANCE_MAIL__SMTP", "smtp://pat:correct-horse@mail.example.com");
        said(command.output().unwrap()).good()
    };
    let shown = run(&["config", "show", "--origin"]);
    for line in [
        "server.public_url = \"https://pay.example.com\"  # config.toml:2",
        "mail.from = \"Pat <pat@example.com>\"  # config.toml:5",
        "# mail.smtp = smtp://mail.example.com:587, with a login, hidden  # environment QUITTANCE_MAIL__SMTP",
        "# stripe.secret_key = sk_test_…4242  # credential ",
        "reconcile.interval = \"15m\"  # default",
        "# server.domain is not set  # default",
    ] {
        assert!(shown.contains(line), "{line}: {shown}");
    }
    let plain = run(&["config", "show"]);
    assert!(plain.contains("reconcile.interval = \"15m\"\n") && !plain.contains("# default"), "{plain}");
    // What is shown is a configuration, with its origins as remarks.
    std::fs::write(bench.path("again.toml"), &shown).unwrap();
    let again = bench.run(&["--config", bench.path("again.toml").to_str().unwrap(), "config", "show"]);
    assert!(again.good().contains("server.public_url = \"https://pay.example.com\"\n"), "{shown}");
    let json = run(&["config", "show", "--json"]);
    let rows: Vec<Value> = serde_json::from_str(&json).unwrap();
    let row = |key: &str| rows.iter().find(|row| row["key"] == key).unwrap();
    assert_eq!(
        row("server.public_url")["origin"],
        serde_json::json!({"kind": "file", "path": "config.toml", "line": 2})
    );
    assert_eq!(row("stripe.secret_key")["origin"]["kind"], "secret_file");
    assert_eq!(
        (&row("stripe.secret_key")["is_secret"], &row("server.domain")["value"]),
        (&Value::Bool(true), &Value::Null)
    );
    for text in [shown, plain, json] {
        assert!(!text.contains("correct-horse") && !text.contains("Habcdefgh"), "{text}");
    }
}
