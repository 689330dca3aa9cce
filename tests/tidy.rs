//! The house plan, kept true: who may import whom, who alone knows a crate, how long a file may be, what may not be said.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Rooms that nothing but the appliance itself and what stands before it may all use.
const FOUNDATIONS: &[&str] = &[
    "billing",
    "store",
    "actions",
    "payments",
    "mail",
    "backups",
    "clock",
    "config",
    "http",
    "resolve",
    "said",
    "credentials",
    "metrics",
    "size",
    "words",
];

/// What each room may use of the others. A room that is not named may use nothing.
const MAY_IMPORT: [(&str, &[&[&str]]); 32] = [
    ("billing", &[]),
    ("words", &[&["billing"]]),
    ("clock", &[]),
    ("credentials", &[&["billing"]]),
    ("process", &[]),
    ("size", &[]),
    ("metrics", &[]),
    ("said", &[]),
    ("resolve", &[&["said"]]),
    ("http", &[&["resolve"]]),
    ("config", &[&["http", "said"]]),
    ("cli", &[&["config"]]),
    ("logging", &[&["config", "store"]]),
    ("store", &[&["billing", "clock"]]),
    ("actions", &[&["billing", "store"]]),
    ("payments", &[&["billing", "store", "actions", "clock", "config", "http", "resolve"]]),
    ("backups", &[&["store", "clock", "config", "http", "resolve", "size"]]),
    ("mail", &[&["billing", "resolve", "words"]]),
    ("tls", &[&["clock", "config", "http", "resolve", "said", "store"]]),
    ("app", &[FOUNDATIONS, &["throttle", "tls"]]),
    ("web", &[FOUNDATIONS, &["app", "doctor", "process", "throttle", "tls"]]),
    ("jobs", &[FOUNDATIONS, &["app", "doctor", "tls"]]),
    ("demo", &[FOUNDATIONS, &["app", "serve", "logging", "say", "service_manager"]]),
    ("say", &[]),
    ("throttle", &[]),
    ("service_manager", &[&["config"]]),
    (
        "trials",
        &[&[
            "billing", "payments", "backups", "clock", "config", "http", "resolve", "said", "size", "store", "app",
            "tls",
        ]],
    ),
    (
        "doctor",
        &[&[
            "billing", "payments", "backups", "clock", "config", "resolve", "said", "store", "app", "tls", "trials",
            "process", "size",
        ]],
    ),
    ("export", &[&["billing", "store"]]),
    (
        "control",
        &[&[
            "billing",
            "store",
            "actions",
            "payments",
            "backups",
            "clock",
            "config",
            "resolve",
            "credentials",
            "app",
            "doctor",
            "export",
            "tls",
            "trials",
        ]],
    ),
    (
        "serve",
        &[&[
            "store",
            "clock",
            "config",
            "resolve",
            "app",
            "web",
            "jobs",
            "control",
            "said",
            "say",
            "service_manager",
            "tls",
        ]],
    ),
    (
        "commands",
        &[&[
            "billing",
            "store",
            "actions",
            "payments",
            "mail",
            "backups",
            "clock",
            "config",
            "http",
            "resolve",
            "credentials",
            "app",
            "web",
            "jobs",
            "demo",
            "doctor",
            "serve",
            "control",
            "trials",
            "export",
            "cli",
            "logging",
            "said",
            "say",
            "service_manager",
            "size",
            "tls",
        ]],
    ),
];

/// Crates that one room alone knows.
const KNOWN_ONLY_TO: [(&str, &[&str]); 16] = [
    ("redb::", &["src/store/"]),
    ("warp::", &["src/web/", "src/demo/"]),
    ("reqwest::", &["src/http.rs", "src/payments/client", "src/backups/s3"]),
    ("rusty_s3::", &["src/backups/s3"]),
    ("age::", &["src/backups/encryption.rs", "src/config/recipient.rs"]),
    ("lettre::", &["src/mail/"]),
    ("totp_rs::", &["src/credentials/one_time.rs"]),
    ("rustls::", &["src/http.rs", "src/mail/", "src/tls/", "src/trials/"]),
    ("tokio_rustls::", &["src/tls/", "src/trials/"]),
    ("instant_acme::", &["src/tls/acme"]),
    ("rcgen::", &["src/tls/"]),
    ("x509_parser::", &["src/tls/"]),
    ("fluent_bundle::", &["src/words/"]),
    ("unic_langid::", &["src/words/"]),
    ("hickory_resolver::", &["src/resolve.rs"]),
    // It reads the environment and takes descriptors that are there once.
    ("sd_listen_fds::", &["src/service_manager/"]),
];

const LINES_MAX: usize = 400;

/// Folders and files that may stand at the top, and nothing else.
const TOP: [&str; 24] = [
    "Cargo.toml",
    "Cargo.lock",
    "README.md",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "SECURITY.md",
    "LICENSE",
    "config.example.toml",
    "src",
    "templates",
    "assets",
    "tests",
    "packaging",
    "benches",
    "fuzz",
    "target",
    "data",
    "config.toml",
    ".git",
    ".github",
    ".ci",
    ".cargo",
    ".gitignore",
    ".rustfmt.toml",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files_under(folder: &str, ending: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|own| own == ending) {
                let name = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
                found.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// The part of a source file that is not its tests.
fn without_tests(source: &str) -> &str {
    source.split("\n#[cfg(test)]\n").next().unwrap_or(source)
}

fn is_test(name: &str) -> bool {
    name.contains("/tests")
        || name.ends_with("/golden.rs")
        || name.contains("/samples")
        || name.ends_with("/gallery.rs")
}

fn sources() -> Vec<(String, String)> {
    files_under("src", "rs").into_iter().filter(|(name, _)| !is_test(name)).collect()
}

fn report(problems: &[String]) {
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

#[test]
fn rooms_import_only_what_the_house_plan_allows() {
    let allowed: BTreeMap<_, _> = MAY_IMPORT.into_iter().collect();
    let mut problems = Vec::new();
    for (name, source) in sources() {
        let room = name.trim_start_matches("src/").split(['/', '.']).next().unwrap_or_default().to_owned();
        if matches!(room.as_str(), "main" | "lib") {
            continue;
        }
        let Some(may) = allowed.get(room.as_str()) else {
            problems.push(format!("{name}: the room {room} is not in the plan"));
            continue;
        };
        for used in without_tests(&source).split("crate::").skip(1) {
            let used = used.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default();
            if used != room && !used.is_empty() && !may.concat().contains(&used) {
                problems.push(format!("{name} imports crate::{used}"));
            }
        }
    }
    report(&problems);
}

#[test]
fn every_room_is_on_the_page_about_them() {
    let page = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let table = page.split("## The rooms").nth(1).and_then(|rest| rest.split("\n## ").next()).unwrap();
    let is_there = |room: &str| table.contains(&format!("`{room}/`")) || table.contains(&format!("`{room}.rs`"));
    let problems: Vec<_> =
        MAY_IMPORT.iter().map(|(room, _)| (*room).to_owned()).filter(|room| !is_there(room)).collect();
    report(&problems);
}

#[test]
fn a_crate_that_one_room_knows_is_named_nowhere_else() {
    let mut problems = Vec::new();
    for (name, source) in sources() {
        for (krate, rooms) in KNOWN_ONLY_TO {
            let named = without_tests(&source).lines().any(|line| {
                let code = line.trim_start();
                !code.starts_with("//")
                    && (code.starts_with(&format!("use {krate}"))
                        || code.contains(&format!(" {krate}"))
                        || code.contains(&format!("<{krate}"))
                        || code.contains(&format!("({krate}")))
            });
            if named && !rooms.iter().any(|room| name.starts_with(room)) {
                problems.push(format!("{name} names {krate}"));
            }
        }
    }
    report(&problems);
}

#[test]
fn h6_no_amount_is_ever_a_floating_point_number() {
    let mut problems = Vec::new();
    for (name, source) in sources() {
        // The visitor there looks at the names in a body and passes over every value.
        let passes_over = name == "src/web/json.rs";
        let mut words = source.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        if !passes_over && words.any(|word| matches!(word, "f32" | "f64")) {
            problems.push(format!("{name} knows floating point numbers"));
        }
    }
    report(&problems);
}

#[test]
fn a_file_says_what_it_is_and_can_be_read_in_one_go() {
    let mut problems = Vec::new();
    for (name, source) in sources() {
        if !source.starts_with("//!") {
            problems.push(format!("{name} does not open with what it is"));
        }
        let lines = without_tests(&source).lines().count();
        if lines > LINES_MAX {
            problems.push(format!("{name} has {lines} lines"));
        }
    }
    report(&problems);
}

#[test]
fn nothing_is_left_for_later_and_nothing_speaks_of_the_workshop() {
    let mut problems = Vec::new();
    let words = [
        "TO".to_owned() + "DO",
        "FIX".to_owned() + "ME",
        "XX".to_owned() + "X:",
        "/wo".to_owned() + "rk/",
        "helper sess".to_owned() + "ion",
        // Where packages come from is the business of the machine that fetches them.
        "\"resol".to_owned() + "ved\": \"http",
        "npm".to_owned() + "js",
        "pypi".to_owned() + ".org",
        "python".to_owned() + "hosted",
    ];
    for folder in ["src", "tests", "templates", "assets", "packaging", "benches"] {
        for ending in ["rs", "html", "txt", "css", "js", "mjs", "py", "json", "toml", "md", "service", "socket", "spec"]
        {
            for (name, source) in files_under(folder, ending) {
                for word in &words {
                    if source.contains(word.as_str()) {
                        problems.push(format!("{name} says {word}"));
                    }
                }
            }
        }
    }
    report(&problems);
}

#[test]
fn no_template_lets_markup_or_inline_code_through() {
    let mut problems = Vec::new();
    for (name, source) in files_under("templates", "html") {
        let mail = name.starts_with("templates/mail/");
        let forbidden = ["|safe", "| safe", "escape none", " onclick", " onsubmit", " onchange", "javascript:"];
        for word in forbidden {
            if source.contains(word) {
                problems.push(format!("{name} has {word}"));
            }
        }
        // A mail reader knows no style sheet; a page must not have any style of its own.
        if !mail && (source.contains(" style=") || source.contains("<style")) {
            problems.push(format!("{name} has a style of its own"));
        }
    }
    report(&problems);
}

#[test]
fn the_top_of_the_house_is_a_table_of_contents() {
    let mut problems = Vec::new();
    for entry in fs::read_dir(root()).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        if !TOP.contains(&name.as_str()) && name != ".clippy.toml" {
            problems.push(format!("{name} does not belong here"));
        }
    }
    report(&problems);
}
