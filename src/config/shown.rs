//! Every setting as it is in force, written as the configuration file is: what is shown can be read back. Of secrets no more than
//! the end is shown, or that they are there.

use std::fmt;
use std::net::SocketAddr;
use std::path::Path;

use serde::Serialize;

use super::interval::written;
use super::{Config, KEYS, Key, LogFormat, Tls};

/// A setting, and its value as it is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    pub key: &'static str,
    /// `None` if there is none.
    pub value: Option<Value>,
    pub is_secret: bool,
    /// It was given one, and another setting has it that nobody asks for it.
    pub is_unused: bool,
}

/// What a setting is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Value {
    Text(String),
    List(Vec<String>),
    /// What may be told of a secret.
    Masked(String),
}

/// A line of the configuration file, or a remark in it.
impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = self.key;
        let quoted = |text: &String| toml::Value::String(text.clone()).to_string();
        match &self.value {
            Some(Value::Text(text)) => write!(f, "{key} = {}", quoted(text)),
            Some(Value::List(entries)) => {
                write!(f, "{key} = [{}]", entries.iter().map(quoted).collect::<Vec<_>>().join(", "))
            }
            Some(Value::Masked(words)) => write!(f, "# {key} = {words}"),
            None if self.is_unused => write!(f, "# {key} is set and not used"),
            None => write!(f, "# {key} is not set"),
        }
    }
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
        let shown = |key: &Key| {
            let value = self.value_of(key.name);
            let is_unused = value.is_none() && self.is_fixed(key.name);
            Shown { key: key.name, value, is_secret: key.is_secret, is_unused }
        };
        KEYS.iter().filter(|key| is_value(key.name)).map(shown).collect()
    }

    fn value_of(&self, key: &str) -> Option<Value> {
        let (group, rest) = key.split_once('.').unwrap_or((key, ""));
        match group {
            "server" => self.server_value(rest),
            "stripe" => self.stripe_value(rest),
            "mail" => self.mail_value(rest),
            "backup" => self.backup_value(rest),
            "data_dir" => path(&self.data_dir),
            "reconcile" => text(self.reconcile.interval.map_or_else(|| "0".to_owned(), written)),
            "log" => text(if self.log.format == LogFormat::Text { "text" } else { "json" }),
            _ => None,
        }
    }

    fn server_value(&self, key: &str) -> Option<Value> {
        let server = &self.server;
        let is_encrypted = server.tls != Tls::Off;
        let door = |address: Option<SocketAddr>| text(address.map_or_else(|| "off".to_owned(), |at| at.to_string()));
        match (key, &server.tls) {
            ("listen", _) => match &server.socket {
                Some(socket) => text(format!("unix:{}", socket.display())),
                None => text(server.listen),
            },
            ("public_url", _) => text(&server.public_url),
            ("domain", _) => text(server.domain.as_ref()?),
            ("tls", Tls::Off) => text("off"),
            ("tls", Tls::Acme(_)) => text("acme"),
            ("tls", Tls::Files { .. }) => text("files"),
            ("cert_file", Tls::Files { cert_file, .. }) => path(cert_file),
            ("key_file", Tls::Files { key_file, .. }) => path(key_file),
            ("https_listen", _) if is_encrypted => door(server.https_listen),
            ("http_listen", _) if is_encrypted => door(server.http_listen),
            ("acme_directory", Tls::Acme(_)) => text(server.authority.directory.as_str()),
            ("acme_contact", Tls::Acme(_)) => text(server.authority.contact.as_ref()?),
            ("acme_roots_file", _) => path(server.authority.roots_file.as_deref()?),
            ("trusted_proxies", _) => list(&server.trusted_proxies),
            _ => None,
        }
    }

    fn stripe_value(&self, key: &str) -> Option<Value> {
        let stripe = &self.stripe;
        match key {
            "secret_key" => masked(stripe.secret_key.as_ref()?.masked()),
            "webhook_secrets" => match stripe.webhook_secrets.len() {
                0 => None,
                1 => masked("1 secret, hidden"),
                count => masked(format!("{count} secrets, hidden")),
            },
            "api_base" => text(stripe.api_base()),
            "checkout_origins" => list(&stripe.checkout_origins),
            _ => None,
        }
    }

    fn mail_value(&self, key: &str) -> Option<Value> {
        match (key, &self.mail.smtp) {
            // Its own text leaves the login out.
            ("smtp", Some(smtp)) if smtp.password.is_some() => masked(format!("{smtp}, with a login, hidden")),
            ("smtp", Some(smtp)) => text(smtp),
            ("from", _) => text(self.mail.from.as_ref()?),
            _ => None,
        }
    }

    fn backup_value(&self, key: &str) -> Option<Value> {
        let backup = &self.backup;
        match (key, &backup.s3) {
            ("at", _) => text(backup.at.map_or_else(|| "off".to_owned(), |at| at.strftime("%H:%M").to_string())),
            ("keep", _) => text(backup.keep),
            ("directory", _) => path(backup.directory.as_deref()?),
            ("recipients", _) => list(&backup.recipients),
            ("s3.endpoint", Some(store)) => text(&store.endpoint),
            ("s3.region", Some(store)) => text(&store.region),
            ("s3.bucket", Some(store)) => text(&store.bucket),
            ("s3.prefix", Some(store)) => text(&store.prefix),
            ("s3.access_key", Some(store)) => text(&store.access_key),
            ("s3.secret_key", Some(_)) => masked("hidden"),
            ("s3.roots_file", Some(store)) => path(store.roots_file.as_deref()?),
            _ => None,
        }
    }
}

#[expect(clippy::unnecessary_wraps, reason = "a setting may have none")]
fn text(value: impl fmt::Display) -> Option<Value> {
    Some(Value::Text(value.to_string()))
}

fn path(path: &Path) -> Option<Value> {
    text(path.display())
}

#[expect(clippy::unnecessary_wraps, reason = "a setting may have none")]
fn list<T: ToString>(values: &[T]) -> Option<Value> {
    Some(Value::List(values.iter().map(ToString::to_string).collect()))
}

#[expect(clippy::unnecessary_wraps, reason = "a setting may have none")]
fn masked(words: impl Into<String>) -> Option<Value> {
    Some(Value::Masked(words.into()))
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

    fn config(given: &[(&str, &str)]) -> Config {
        let variables = given.iter().map(|(name, value)| (name.into(), value.into())).collect();
        let surroundings = Surroundings { variables, folder: "/nowhere".into() };
        Config::load_from(&surroundings, None, None).unwrap()
    }

    /// Everything that is shown, as a file.
    fn written(config: &Config) -> String {
        config.shown().iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn what_is_shown_is_read_back_as_the_same() {
        const RECIPIENT: &str = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";
        let files = [
            ("QUITTANCE_SERVER__TLS", "files"),
            ("QUITTANCE_SERVER__CERT_FILE", "/a \"b\".pem"),
            ("QUITTANCE_SERVER__KEY_FILE", "k.pem"),
        ];
        let other = [
            ("QUITTANCE_SERVER__DOMAIN", "pay.example.com"),
            ("QUITTANCE_SERVER__LISTEN", "unix:/run/q/http.sock"),
            ("QUITTANCE_SERVER__HTTP_LISTEN", "off"),
            ("QUITTANCE_SERVER__TRUSTED_PROXIES", "10.0.0.0/8,::1"),
            ("QUITTANCE_SERVER__ACME_DIRECTORY", "letsencrypt-staging"),
            ("QUITTANCE_SERVER__ACME_CONTACT", "pat@example.com"),
            ("QUITTANCE_STRIPE__CHECKOUT_ORIGINS", "https://pay.example.org"),
            ("QUITTANCE_MAIL__SMTP", "smtps://mail.example.com"),
            ("QUITTANCE_MAIL__FROM", "Pat \\ Sample <pat@example.com>"),
            ("QUITTANCE_RECONCILE__INTERVAL", "0"),
            ("QUITTANCE_BACKUP__AT", "off"),
            ("QUITTANCE_BACKUP__KEEP", "3d 12m"),
            ("QUITTANCE_BACKUP__RECIPIENTS", RECIPIENT),
            ("QUITTANCE_LOG__FORMAT", "json"),
        ];
        for given in [&[][..], &files, &other] {
            let config = config(given);
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(folder.path().join("config.toml"), written(&config)).unwrap();
            let surroundings = Surroundings { variables: Vec::new(), folder: folder.path().to_owned() };
            let again = Config::load_from(&surroundings, None, None).unwrap();
            assert_eq!(written(&again), written(&config));
            let settings = |config: &Config| format!("{:?} {:?} {:?}", config.server, config.mail, config.backup);
            assert_eq!(settings(&again), settings(&config));
        }
    }

    #[test]
    fn what_another_setting_keeps_from_being_used_is_said() {
        let config = config(&[("QUITTANCE_SERVER__HTTPS_LISTEN", "[::]:444")]);
        assert!(
            written(&config).contains("# server.https_listen is set and not used\n# server.http_listen is not set\n")
        );
    }

    #[test]
    fn every_setting_is_told_and_no_secret_is() {
        let more = [
            ("QUITTANCE_BACKUP__S3__ENDPOINT", "https://s3.example.com"),
            ("QUITTANCE_BACKUP__S3__BUCKET", "books"),
            ("QUITTANCE_BACKUP__S3__ACCESS_KEY", "name"),
            ("QUITTANCE_SERVER__DOMAIN", "pay.example.com"),
            ("QUITTANCE_SERVER__ACME_CONTACT", "pat@example.com"),
            ("QUITTANCE_BACKUP__DIRECTORY", "/mnt/backup"),
        ];
        let config = config(&[&SECRETS[..], &more].concat());
        let shown = config.shown();
        let text = written(&config);
        for secret in ["Habcdefgh", "first_0123", "second_0123", "correct-horse", "pat:", "hush"] {
            assert!(!text.contains(secret), "{text}");
        }
        for line in [
            "server.tls = \"acme\"",
            "server.public_url = \"https://pay.example.com\"",
            "server.https_listen = \"[::]:443\"",
            "# mail.smtp = smtp://mail.example.com:587, with a login, hidden",
            "# stripe.webhook_secrets = 2 secrets, hidden",
            "# backup.s3.secret_key = hidden",
            "backup.recipients = []",
            "reconcile.interval = \"15m\"",
            "log.format = \"text\"",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
        assert!(!text.contains("secret_key_file") && text.contains("# server.cert_file is not set"), "{text}");
        // A key that nothing is known of would be told as not set.
        let unset: Vec<&str> = shown.iter().filter(|one| one.value.is_none()).map(|one| one.key).collect();
        assert_eq!(unset, ["server.cert_file", "server.key_file", "server.acme_roots_file", "backup.s3.roots_file"]);
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
