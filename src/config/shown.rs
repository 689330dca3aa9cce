//! Every setting as text, for a person who asks what is in force. Of secrets no more than the end is shown, or that they are there.

use std::net::SocketAddr;
use std::path::Path;

use super::interval::written;
use super::{Config, KEYS, LogFormat, Tls};

/// A setting, and its value as it is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    pub key: &'static str,
    /// `None` if there is none.
    pub value: Option<String>,
    pub is_secret: bool,
}

/// Keys that only name the file of a secret, which the secret's own origin does, too.
const NAMES_A_FILE: &str = "_file";

impl Config {
    /// All settings, in the order of `config.example.toml`.
    #[must_use]
    pub fn shown(&self) -> Vec<Shown> {
        let is_value = |name: &str| {
            let of_a_secret = name.strip_suffix(NAMES_A_FILE);
            of_a_secret.is_none_or(|secret| !KEYS.iter().any(|key| key.name == secret && key.is_secret))
        };
        let keys = KEYS.iter().filter(|key| is_value(key.name));
        keys.map(|key| Shown { key: key.name, value: self.value_of(key.name), is_secret: key.is_secret }).collect()
    }

    fn value_of(&self, key: &str) -> Option<String> {
        let (group, rest) = key.split_once('.').unwrap_or((key, ""));
        match group {
            "server" => self.server_value(rest),
            "stripe" => self.stripe_value(rest),
            "mail" => self.mail_value(rest),
            "backup" => self.backup_value(rest),
            "data_dir" => Some(path(&self.data_dir)),
            "reconcile" => Some(self.reconcile.interval.map_or_else(|| "0".to_owned(), written)),
            "log" => Some(if self.log.format == LogFormat::Text { "text" } else { "json" }.to_owned()),
            _ => None,
        }
    }

    fn server_value(&self, key: &str) -> Option<String> {
        let server = &self.server;
        let door =
            |address: Option<SocketAddr>| Some(address.map_or_else(|| "off".to_owned(), |address| address.to_string()));
        let files = match &server.tls {
            Tls::Files { cert_file, key_file } => Some((path(cert_file), path(key_file))),
            _ => None,
        };
        match key {
            "listen" => Some(
                server.socket.as_deref().map_or_else(|| server.listen.to_string(), |at| format!("unix:{}", path(at))),
            ),
            "public_url" => Some(server.public_url.to_string()),
            "domain" => server.domain.as_ref().map(ToString::to_string),
            "tls" => Some(
                match server.tls {
                    Tls::Off => "off",
                    Tls::Acme(_) => "acme",
                    Tls::Files { .. } => "files",
                }
                .to_owned(),
            ),
            "cert_file" => files.map(|(cert, _)| cert),
            "key_file" => files.map(|(_, key)| key),
            "https_listen" => door(server.https_listen),
            "http_listen" => door(server.http_listen),
            "acme_directory" => Some(server.authority.directory.as_str().to_owned()),
            "acme_contact" => server.authority.contact.clone(),
            "acme_roots_file" => server.authority.roots_file.as_deref().map(path),
            "trusted_proxies" => Some(list(&server.trusted_proxies)),
            _ => None,
        }
    }

    fn stripe_value(&self, key: &str) -> Option<String> {
        let stripe = &self.stripe;
        match key {
            "secret_key" => stripe.secret_key.as_ref().map(super::StripeKey::masked),
            "webhook_secrets" => match stripe.webhook_secrets.len() {
                0 => None,
                1 => Some("1 secret, hidden".to_owned()),
                count => Some(format!("{count} secrets, hidden")),
            },
            "api_base" => Some(stripe.api_base().to_string()),
            "checkout_origins" => Some(list(&stripe.checkout_origins)),
            _ => None,
        }
    }

    fn mail_value(&self, key: &str) -> Option<String> {
        match key {
            // Its own text leaves the login out.
            "smtp" => self.mail.smtp.as_ref().map(|smtp| {
                let login = if smtp.password.is_some() { ", with a login, hidden" } else { "" };
                format!("{smtp}{login}")
            }),
            "from" => self.mail.from.as_ref().map(ToString::to_string),
            _ => None,
        }
    }

    fn backup_value(&self, key: &str) -> Option<String> {
        let backup = &self.backup;
        let keep = backup.keep;
        match (key, &backup.s3) {
            ("at", _) => Some(backup.at.map_or_else(|| "off".to_owned(), |at| at.strftime("%H:%M").to_string())),
            ("keep", _) => Some(format!("{} days, {} weeks, {} months", keep.days, keep.weeks, keep.months)),
            ("directory", _) => backup.directory.as_deref().map(path),
            ("recipients", _) => match backup.recipients.len() {
                0 => None,
                1 => Some("1 public key".to_owned()),
                count => Some(format!("{count} public keys")),
            },
            ("s3.endpoint", Some(store)) => Some(store.endpoint.to_string()),
            ("s3.region", Some(store)) => Some(store.region.clone()),
            ("s3.bucket", Some(store)) => Some(store.bucket.clone()),
            ("s3.prefix", Some(store)) => Some(store.prefix.clone()),
            ("s3.access_key", Some(store)) => Some(store.access_key.clone()),
            ("s3.secret_key", Some(_)) => Some("hidden".to_owned()),
            ("s3.roots_file", Some(store)) => store.roots_file.as_deref().map(path),
            _ => None,
        }
    }
}

fn path(path: &Path) -> String {
    path.display().to_string()
}

fn list<T: ToString>(values: &[T]) -> String {
    format!("[{}]", values.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::super::{Origin, Surroundings};
    use super::Config;

    const SECRETS: [(&str, &str); 5] = [
        ("QUITTANCE_STRIPE__SECRET_KEY", "sk_test_51Habcdefgh4242"),
        ("QUITTANCE_STRIPE__WEBHOOK_SECRETS", "whsec_first_0123456789,whsec_second_0123456789"),
        ("QUITTANCE_MAIL__SMTP", "smtp://pat:correct-horse@mail.example.com"),
        ("QUITTANCE_MAIL__FROM", "Pat <pat@example.com>"),
        ("QUITTANCE_BACKUP__S3__SECRET_KEY", "hush/+=0123"),
    ];

    fn config(more: &[(&str, &str)]) -> Config {
        let variables = SECRETS.iter().chain(more).map(|(name, value)| (name.into(), value.into())).collect();
        let surroundings = Surroundings { variables, folder: "/nowhere".into() };
        Config::load_from(&surroundings, None, None).unwrap()
    }

    #[test]
    fn every_setting_is_told_and_no_secret_is() {
        let config = config(&[
            ("QUITTANCE_BACKUP__S3__ENDPOINT", "https://s3.example.com"),
            ("QUITTANCE_BACKUP__S3__BUCKET", "books"),
            ("QUITTANCE_BACKUP__S3__ACCESS_KEY", "name"),
            ("QUITTANCE_SERVER__DOMAIN", "pay.example.com"),
            ("QUITTANCE_SERVER__ACME_CONTACT", "pat@example.com"),
            ("QUITTANCE_BACKUP__DIRECTORY", "/mnt/backup"),
        ]);
        let shown = config.shown();
        let lines = shown.iter().map(|shown| format!("{} {:?}", shown.key, shown.value));
        let text = lines.collect::<Vec<_>>().join("\n");
        for secret in ["Habcdefgh", "first_0123", "second_0123", "correct-horse", "pat:", "hush"] {
            assert!(!text.contains(secret), "{text}");
        }
        for line in [
            "server.tls Some(\"acme\")",
            "server.public_url Some(\"https://pay.example.com\")",
            "server.https_listen Some(\"[::]:443\")",
            "mail.smtp Some(\"smtp://mail.example.com:587, with a login, hidden\")",
            "stripe.webhook_secrets Some(\"2 secrets, hidden\")",
            "backup.s3.secret_key Some(\"hidden\")",
            "backup.recipients None",
            "reconcile.interval Some(\"15m\")",
            "log.format Some(\"text\")",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
        assert!(!text.contains("secret_key_file") && text.contains("server.cert_file None"), "{text}");
        // A key that nothing is known of would be told as not set.
        let unset: Vec<&str> = shown.iter().filter(|one| one.value.is_none()).map(|one| one.key).collect();
        assert_eq!(
            unset,
            [
                "server.cert_file",
                "server.key_file",
                "server.acme_roots_file",
                "backup.recipients",
                "backup.s3.roots_file"
            ]
        );
    }

    #[test]
    fn an_origin_says_where_to_look() {
        let file = || Origin::File { path: "config.toml".into(), line: 7 };
        let variable = |name: &str| Origin::Environment { name: name.to_owned() };
        let secret =
            |named_in| Origin::SecretFile { path: "/run/key".into(), line: None, named_in: Box::new(named_in) };
        for (origin, words) in [
            (Origin::Default, "default"),
            (file(), "config.toml:7"),
            (variable("QUITTANCE_LOG__FORMAT"), "environment QUITTANCE_LOG__FORMAT"),
            (Origin::CommandLine { option: "--domain" }, "command line --domain"),
            (secret(file()), "/run/key, named in config.toml:7"),
            (secret(variable("CREDENTIALS_DIRECTORY")), "credential /run/key"),
        ] {
            assert_eq!(origin.told(), words);
        }
    }
}
