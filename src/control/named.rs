//! What the configuration of a command says, for the server that holds the data folder: `check --online` tries that and
//! not what the server was started with.
//!
//! It has no `Debug`: keys and a password are in it. They go through the socket that only the owner of the data may use.

use std::path::PathBuf;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};

use crate::config::{Config, Flaw, ObjectStore, Secret, SmtpAddress};

/// The ways out and the way in, as text. What is not said here is taken from the store.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Named {
    secret_key: Option<String>,
    webhook_secrets: Vec<String>,
    api_base: Option<String>,
    checkout_origins: Vec<String>,
    /// `None` if it only follows from an address that the server chose itself.
    public_url: Option<String>,
    /// `None` if it is any that is free.
    listen: Option<String>,
    smtp: Option<String>,
    from: Option<String>,
    backup_directory: Option<String>,
    backup_s3: Option<NamedStore>,
}

/// A store for backups, as text.
#[derive(Serialize, Deserialize)]
struct NamedStore {
    endpoint: String,
    region: String,
    bucket: String,
    prefix: String,
    access_key: String,
    secret_key: String,
    #[serde(default)]
    roots_file: Option<PathBuf>,
}

impl NamedStore {
    fn by(store: &ObjectStore) -> Self {
        Self {
            endpoint: store.endpoint.as_str().to_owned(),
            region: store.region.clone(),
            bucket: store.bucket.clone(),
            prefix: store.prefix.clone(),
            access_key: store.access_key.clone(),
            secret_key: store.secret_key.expose().to_owned(),
            roots_file: store.roots_file.clone(),
        }
    }

    /// `None` of a secret that is none: the command is of another version.
    fn store(self) -> Result<Option<ObjectStore>, Flaw> {
        let Some(secret_key) = Secret::new(&self.secret_key) else { return Ok(None) };
        let endpoint = self.endpoint.parse()?;
        let Self { region, bucket, prefix, access_key, roots_file, .. } = self;
        Ok(Some(ObjectStore { endpoint, region, bucket, prefix, access_key, secret_key, roots_file }))
    }
}

impl Named {
    /// What `config` says.
    #[must_use]
    pub fn by(config: &Config) -> Self {
        let (stripe, mail) = (&config.stripe, &config.mail);
        let is_chosen = ["server.public_url", "server.domain", "server.listen"].iter().any(|key| config.is_fixed(key));
        let is_anywhere = config.server.listen.port() == 0 && !config.is_fixed("server.public_url");
        Self {
            secret_key: stripe.secret_key.as_ref().map(|key| key.expose().to_owned()),
            webhook_secrets: stripe.webhook_secrets.iter().map(|secret| secret.expose().to_owned()).collect(),
            api_base: stripe.api_base.as_ref().map(|origin| origin.as_str().to_owned()),
            checkout_origins: stripe.checkout_origins.iter().map(|origin| origin.as_str().to_owned()).collect(),
            public_url: (is_chosen && !is_anywhere).then(|| config.server.public_url.as_str().to_owned()),
            listen: (config.server.listen.port() != 0).then(|| config.server.listen.to_string()),
            smtp: mail.smtp.as_ref().map(written),
            from: mail.from.as_ref().map(ToString::to_string),
            backup_directory: config.backup.directory.as_ref().and_then(|folder| Some(folder.to_str()?.to_owned())),
            backup_s3: config.backup.s3.as_ref().map(NamedStore::by),
        }
    }

    /// `config` with exactly these ways out and in.
    ///
    /// # Errors
    /// The command is of another version, and something is not understood.
    pub fn put_into(self, mut config: Config) -> Result<Config, Flaw> {
        config.stripe.secret_key = self.secret_key.map(|text| text.parse()).transpose()?;
        config.stripe.webhook_secrets =
            self.webhook_secrets.iter().map(|text| text.parse()).collect::<Result<_, Flaw>>()?;
        config.stripe.api_base = self.api_base.map(|text| text.parse()).transpose()?;
        config.stripe.checkout_origins =
            self.checkout_origins.iter().map(|text| text.parse()).collect::<Result<_, Flaw>>()?;
        if let Some(url) = self.public_url {
            config.server.public_url = url.parse()?;
        }
        if let Some(listen) = self.listen.and_then(|text| text.parse().ok()) {
            config.server.listen = listen;
        }
        config.mail.smtp = self.smtp.map(|text| text.parse()).transpose()?;
        config.mail.from = self.from.map(|text| text.parse()).transpose()?;
        config.backup.directory = self.backup_directory.map(Into::into);
        config.backup.s3 = self.backup_s3.map(NamedStore::store).transpose()?.flatten();
        Ok(config)
    }
}

/// The address with its login.
fn written(address: &SmtpAddress) -> String {
    let plain = address.to_string();
    let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let login = address.user.as_deref().map(encoded);
    let password = address.password.as_ref().map(|password| format!(":{}", encoded(password.expose())));
    match (login, plain.split_once("://")) {
        (Some(login), Some((scheme, place))) => {
            format!("{scheme}://{login}{}@{place}", password.unwrap_or_default())
        }
        _ => plain,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::{Config, Named, ObjectStore, Secret};

    #[test]
    fn what_a_command_was_given_arrives_as_it_was() {
        let mut given = Config::default();
        given.stripe.secret_key = Some("sk_test_of_the_command_0123".parse().unwrap());
        given.stripe.api_base = Some("http://127.0.0.1:9".parse().unwrap());
        given.stripe.webhook_secrets = vec!["whsec_of_the_command_0123".parse().unwrap()];
        given.mail.smtp = Some("smtps://pat%40example.com:p%3Aw%40%2F@mx.example.com:465".parse().unwrap());
        given.server.listen = "127.0.0.1:9".parse().unwrap();
        given.mail.from = Some("Pat Sample <pat@example.com>".parse().unwrap());
        given.backup.s3 = Some(ObjectStore {
            endpoint: "https://s3.example.com".parse().unwrap(),
            region: "auto".into(),
            bucket: "books".into(),
            prefix: "a/".into(),
            access_key: "name".into(),
            secret_key: Secret::new("hush/+=").unwrap(),
            roots_file: Some("/etc/ca.pem".into()),
        });
        let mut running = Config::default();
        running.backup.directory = Some("/mnt/of-the-server".into());
        running.stripe.secret_key = Some("sk_test_of_the_server_0123".parse().unwrap());
        running.stripe.checkout_origins = vec!["https://pay.example.com".parse().unwrap()];
        let text = serde_json::to_string(&Named::by(&given)).unwrap();
        let found = serde_json::from_str::<Named>(&text).unwrap().put_into(running).unwrap();
        assert_eq!(found.stripe.secret_key.unwrap().expose(), "sk_test_of_the_command_0123");
        assert_eq!(found.stripe.api_base.unwrap().as_str(), "http://127.0.0.1:9");
        assert_eq!(found.stripe.webhook_secrets[0].expose(), "whsec_of_the_command_0123");
        assert!(found.stripe.checkout_origins.is_empty(), "what the command does not say is not the server's either");
        assert_eq!(found.server.listen.port(), 9);
        assert_eq!(found.backup.directory, None);
        let store = found.backup.s3.unwrap();
        assert_eq!((store.secret_key.expose(), store.prefix.as_str()), ("hush/+=", "a/"));
        assert_eq!(store.roots_file, Some("/etc/ca.pem".into()));
        let smtp = found.mail.smtp.unwrap();
        assert_eq!((smtp.user.as_deref(), smtp.password.unwrap().expose()), (Some("pat@example.com"), "p:w@/"));
        assert_eq!(found.mail.from.unwrap().to_string(), "Pat Sample <pat@example.com>");
    }
}
