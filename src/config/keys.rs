//! The table of all keys. Reading, messages, `config.example.toml` and its test all go by it, so that none can drift.

use super::{backup, entrance, host, interval, network, plain, recipient, secret, sender, smtp, web_origin};

/// What every variable of ours begins with.
pub(super) const VARIABLE_BEGINNING: &str = "QUITTANCE_";

/// Names the configuration file, and is therefore no key.
pub(super) const FILE_VARIABLE: &str = "QUITTANCE_CONFIG";

/// A further name than this from every key is no slip of the pen.
const SLIPS_MAX: usize = 3;

/// Names are compared up to this length: the work grows with its square.
const COMPARED_BYTES_MAX: usize = 64;

/// One setting: what it is called and what it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// The path in the file, joined with dots.
    pub name: &'static str,
    /// What a value (of a list: each entry) must be; continues "must be".
    pub must_be: &'static str,
    /// For lists: the most entries that are taken.
    pub most: Option<usize>,
    /// Values are never repeated in messages.
    pub is_secret: bool,
    /// A number may stand without quotes.
    pub(super) takes_number: bool,
}

/// Every key, in the order of `config.example.toml`.
pub const KEYS: [Key; 36] = [
    one("data_dir", plain::FOLDER),
    one("server.listen", entrance::LISTEN),
    one("server.public_url", web_origin::ORIGIN),
    one("server.domain", host::DOMAIN),
    one("server.tls", plain::TLS),
    one("server.cert_file", plain::FILE),
    one("server.key_file", plain::FILE),
    one("server.https_listen", entrance::LISTEN_OR_OFF),
    one("server.http_listen", entrance::LISTEN_OR_OFF),
    one("server.acme_directory", entrance::DIRECTORY),
    one("server.acme_contact", entrance::CONTACT),
    one("server.acme_roots_file", plain::FILE),
    // Large content networks publish a few dozen networks; every request from a peer is compared with all.
    list("server.trusted_proxies", network::NETWORK, 256),
    secret("stripe.secret_key", secret::STRIPE_KEY),
    one("stripe.secret_key_file", plain::FILE),
    // Every secret is tried against every signature of a webhook.
    Key { is_secret: true, ..list("stripe.webhook_secrets", secret::WEBHOOK_SECRET, 16) },
    one("stripe.webhook_secrets_file", plain::FILE),
    one("stripe.api_base", web_origin::API_ORIGIN),
    // All of them enter a header of the invoice page.
    list("stripe.checkout_origins", web_origin::CHECKOUT_ORIGIN, 16),
    secret("mail.smtp", smtp::SMTP),
    one("mail.smtp_file", plain::FILE),
    one("mail.from", sender::SENDER),
    Key { takes_number: true, ..one("reconcile.interval", interval::INTERVAL) },
    one("backup.at", backup::AT),
    one("backup.keep", backup::KEEP),
    one("backup.directory", plain::FOLDER),
    // Each costs a line of the header and one exchange of keys.
    list("backup.recipients", recipient::RECIPIENT, 16),
    one("backup.s3.endpoint", web_origin::S3_ORIGIN),
    one("backup.s3.region", backup::REGION),
    one("backup.s3.bucket", backup::BUCKET),
    one("backup.s3.prefix", backup::PREFIX),
    one("backup.s3.access_key", backup::ACCESS_KEY),
    secret("backup.s3.secret_key", backup::SECRET_KEY),
    one("backup.s3.secret_key_file", plain::FILE),
    one("backup.s3.roots_file", plain::FILE),
    one("log.format", plain::LOG_FORMAT),
];

const fn one(name: &'static str, must_be: &'static str) -> Key {
    Key { name, must_be, most: None, is_secret: false, takes_number: false }
}

const fn secret(name: &'static str, must_be: &'static str) -> Key {
    Key { is_secret: true, ..one(name, must_be) }
}

const fn list(name: &'static str, must_be: &'static str, most: usize) -> Key {
    Key { most: Some(most), ..one(name, must_be) }
}

impl Key {
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        KEYS.iter().find(|key| key.name == name)
    }

    /// Whether `name` is a group that keys are in.
    pub(super) fn is_section(name: &str) -> bool {
        KEYS.iter().any(|key| key.name.strip_prefix(name).is_some_and(|rest| rest.starts_with('.')))
    }
}

/// The environment variable of a key: `server.listen` is `QUITTANCE_SERVER__LISTEN`.
pub fn variable_of(key: &str) -> String {
    format!("{VARIABLE_BEGINNING}{}", key.to_ascii_uppercase().replace('.', "__"))
}

/// The key that somebody who wrote `name` probably meant.
pub(super) fn nearest(name: &str) -> Option<&'static str> {
    let last = |name: &str| name.rsplit('.').next().map(str::to_owned);
    let by_slips = KEYS.iter().map(|key| (slips(name, key.name), key.name)).min_by_key(|(slips, _)| *slips);
    by_slips
        .filter(|(slips, _)| *slips <= SLIPS_MAX)
        .map(|(_, key)| key)
        .or_else(|| KEYS.iter().map(|key| key.name).find(|key| last(key) == last(name)))
}

/// What there is instead, for a name that is near to no key: the keys of its group, or the groups.
pub(super) fn there_is(name: &str) -> String {
    let group = name.split('.').next().unwrap_or_default();
    let inside = |key: &Key| key.name.strip_prefix(group).and_then(|rest| rest.strip_prefix('.'));
    let keys: Vec<&str> = KEYS.iter().filter_map(inside).collect();
    if !keys.is_empty() {
        return format!("[{group}] has {}", keys.join(", "));
    }
    let mut names: Vec<&str> = KEYS.iter().filter_map(|key| key.name.split('.').next()).collect();
    names.dedup();
    format!("there are {}", names.join(", "))
}

/// How many characters must be put in, taken out or changed to make `one` the `other` (Levenshtein distance).
fn slips(one: &str, other: &str) -> usize {
    if one.len() > COMPARED_BYTES_MAX {
        return usize::MAX;
    }
    let mut above: Vec<usize> = (0..=other.chars().count()).collect();
    for (row, a) in one.chars().enumerate() {
        let mut left = row + 1;
        let mut diagonal = std::mem::replace(&mut above[0], left);
        for (cell, b) in above[1..].iter_mut().zip(other.chars()) {
            left = (diagonal + usize::from(a != b)).min(left + 1).min(*cell + 1);
            diagonal = std::mem::replace(cell, left);
        }
    }
    above.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{KEYS, Key, nearest, slips, there_is, variable_of};

    #[test]
    fn slips_are_counted() {
        let rows = [
            ("", "", 0),
            ("abc", "abc", 0),
            ("abc", "", 3),
            ("", "abc", 3),
            ("listn", "listen", 1),
            ("kitten", "sitting", 3),
        ];
        for (one, other, count) in rows {
            assert_eq!((slips(one, other), slips(other, one)), (count, count));
        }
    }

    #[test]
    fn a_slip_of_the_pen_finds_its_key() {
        let rows = [
            ("server.listn", Some("server.listen")),
            ("servr.listen", Some("server.listen")),
            ("listen", Some("server.listen")),
            ("mail.smpt", Some("mail.smtp")),
            ("stripe.webhook_secret", Some("stripe.webhook_secrets")),
            ("database.url", None),
            ("", None),
        ];
        for (name, key) in rows {
            assert_eq!(nearest(name), key, "{name}");
        }
        assert_eq!(nearest(&"x".repeat(100_000)), None);
    }

    #[test]
    fn a_name_that_is_near_to_nothing_is_told_what_there_is() {
        assert_eq!(there_is("log.colour"), "[log] has format");
        assert_eq!(there_is("database.url"), "there are data_dir, server, stripe, mail, reconcile, backup, log");
        assert_eq!(there_is(""), "there are data_dir, server, stripe, mail, reconcile, backup, log");
    }

    #[test]
    fn every_key_has_one_name_and_one_variable() {
        for (index, key) in KEYS.iter().enumerate() {
            assert_eq!(KEYS.iter().position(|other| other.name == key.name), Some(index), "{}", key.name);
            assert!(!key.name.contains("__"), "a variable could not tell {} from a path", key.name);
        }
        assert_eq!(variable_of("server.listen"), "QUITTANCE_SERVER__LISTEN");
        assert!(Key::is_section("server") && !Key::is_section("serv") && !Key::is_section("data_dir"));
    }
}
