//! `config.example.toml` is the manual of the configuration: it names every key, and everything in it is true.

use std::path::PathBuf;

use super::{Config, ConfigErrors, KEYS, Surroundings};

const EXAMPLE: &str = include_str!("../../config.example.toml");

/// A line that is a key, also if it is off.
struct Line<'a> {
    key: String,
    is_off: bool,
    text: &'a str,
}

fn lines() -> Vec<Line<'static>> {
    let mut section = String::new();
    let mut lines = Vec::new();
    for line in EXAMPLE.lines() {
        if let Some(name) = line.strip_prefix('[') {
            section = format!("{}.", name.trim_end_matches(']'));
        }
        let text = line.strip_prefix('#').unwrap_or(line);
        if let Some((name, _)) = text.split_once(" = ").filter(|(name, _)| !name.contains(' ')) {
            lines.push(Line { key: format!("{section}{name}"), is_off: text != line, text });
        }
    }
    lines
}

/// The example with some lines switched on, as a file of its own.
fn load(is_on: impl Fn(&Line<'_>) -> bool) -> Result<Config, ConfigErrors> {
    let folder = tempfile::tempdir().unwrap();
    let credentials = folder.path().join("credentials");
    std::fs::create_dir(&credentials).unwrap();
    for (name, secret) in [
        ("stripe_key", "sk_test_a"),
        ("webhook_secrets", "whsec_a\nwhsec_b"),
        ("smtp", "smtp://a:b@mail.example.com"),
        ("s3_secret_key", "hush"),
    ] {
        std::fs::write(credentials.join(name), secret).unwrap();
    }
    let mut text = EXAMPLE.to_owned();
    for line in lines().iter().filter(|line| line.is_off && is_on(line)) {
        text = text.replace(&format!("\n#{}", line.text), &format!("\n{}", line.text));
    }
    let text = text.replace("/run/credentials/quittance.service", credentials.to_str().unwrap());
    std::fs::write(folder.path().join("config.toml"), text).unwrap();
    Config::load_from(&Surroundings { variables: Vec::new(), folder: PathBuf::from(folder.path()) }, None, None)
}

fn is_secret_file(key: &str) -> bool {
    key.strip_suffix("_file").is_some_and(|secret| KEYS.iter().any(|key| key.name == secret))
}

#[test]
fn it_names_every_key_once_in_order() {
    let named: Vec<String> = lines().into_iter().map(|line| line.key).collect();
    let known: Vec<&str> = KEYS.iter().map(|key| key.name).collect();
    assert_eq!(named, known);
}

#[test]
fn it_says_what_is_so_anyway() {
    let settings = |config: &Config| {
        let services = (&config.stripe, &config.mail, &config.backup);
        format!("{:?} {:?} {:?} {:?}", config.data_dir, config.server, services, config.reconcile)
    };
    assert_eq!(settings(&load(|_| false).unwrap()), settings(&Config::default()));
    let same =
        load(|line| ["server.public_url", "server.tls", "stripe.api_base"].contains(&line.key.as_str())).unwrap();
    assert_eq!(same.stripe.api_base(), Config::default().stripe.api_base());
    assert_eq!(same.server.public_url, Config::default().server.public_url);
    assert_eq!(same.server.tls, Config::default().server.tls);
}

#[test]
fn every_key_that_is_off_can_be_switched_on() {
    for chosen in lines().iter().filter(|line| line.is_off) {
        // What opens a store is no use without the rest of it.
        let belongs = |line: &Line<'_>| {
            let is_other_secret = line.key.contains("s3.secret_key") && chosen.key.contains("s3.secret_key");
            let are_of_store = [&line.key, &chosen.key].iter().all(|key| key.starts_with("backup.s3."));
            are_of_store && !is_other_secret && line.key != "backup.s3.secret_key_file"
        };
        let config = load(|line| line.key == chosen.key || belongs(line));
        assert!(config.is_ok_and(|config| config.is_fixed(&chosen.key)), "{}", chosen.key);
    }
    assert!(load(|line| !is_secret_file(&line.key)).is_ok(), "all together, secrets themselves");
    let with_files = |line: &Line<'_>| !lines().iter().any(|file| file.key == format!("{}_file", line.key));
    assert!(load(with_files).is_ok(), "all together, secrets in files");
}

#[test]
fn every_key_is_explained_above_in_at_least_two_lines() {
    let all: Vec<&str> = EXAMPLE.lines().collect();
    for line in lines() {
        let at = all.iter().position(|text| text.trim_start_matches('#') == line.text).unwrap();
        assert!(all[at - 2..at].iter().all(|above| above.starts_with("# ")), "{}", line.key);
    }
}
