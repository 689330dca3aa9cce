//! The settings of this installation: what they are, what they mean and what they are when nobody says.
//!
//! A [`Config`] that exists is valid: every value has a type that cannot hold nonsense, and whatever was wrong was
//! refused, all of it at once, with file, line, key and remedy. Each value remembers where it came from, so that the
//! admin page can show it read-only. The business profile, taxes and texts are no configuration: they live in the store.
//!
//! This is the only room that reads the environment. It opens no connection; [`check::offline`] looks at folders and files.

#![cfg_attr(test, expect(clippy::unwrap_used, reason = "a test stops where it is surprised"))]

mod assemble;
mod backup;
pub mod check;
mod credential;
mod entrance;
mod environment;
mod error;
mod file;
mod given;
mod host;
mod interval;
mod keys;
mod network;
mod plain;
mod plain_file;
mod provenance;
mod read;
mod recipient;
mod secret;
mod secret_file;
mod sender;
mod shown;
mod smtp;
mod web_origin;

#[cfg(test)]
mod example_tests;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use backup::{Backup, Keep, ObjectStore};
pub use entrance::{Acme, Directory};
pub use error::{ConfigError, ConfigErrors, Flaw, Unread};
pub use host::{Domain, Host};
pub use keys::{KEYS, Key, variable_of};
pub use network::Network;
pub use plain_file::{ROOTS_BYTES_MAX, bytes_of, text_in};
pub use provenance::Origin;
pub use read::Surroundings;
pub use recipient::Recipient;
pub use secret::{Secret, StripeKey, StripeMode, WebhookSecret};
pub use sender::Sender;
pub use shown::{Shown, Value as ShownValue};
pub use smtp::{SmtpAddress, SmtpSecurity};
pub use web_origin::WebOrigin;

/// Everything that the configuration file, the environment and the command line say, with defaults for the rest.
#[derive(Clone, Debug)]
pub struct Config {
    /// Everything that lasts lives here. A relative path counts from the working directory.
    pub data_dir: PathBuf,
    pub server: Server,
    pub stripe: Stripe,
    pub mail: Mail,
    pub reconcile: Reconcile,
    pub backup: Backup,
    pub log: Log,
    file: Option<PathBuf>,
    origins: BTreeMap<&'static str, Origin>,
}

#[derive(Clone, Debug)]
pub struct Server {
    /// Where this machine itself, or a proxy, reaches Quittance. With TLS it answers HTTPS there, too.
    pub listen: SocketAddr,
    /// A Unix socket that is listened at instead of `listen`: whoever may open it is the proxy, and is believed.
    pub socket: Option<PathBuf>,
    /// Where visitors come in over HTTPS. None without TLS.
    pub https_listen: Option<SocketAddr>,
    /// Where visitors are sent on to HTTPS, and certificate authorities look. None without TLS.
    pub http_listen: Option<SocketAddr>,
    pub authority: Acme,
    /// The origin used in links, mails and Stripe return addresses.
    pub public_url: WebOrigin,
    /// The public name, if there is one.
    pub domain: Option<Domain>,
    pub tls: Tls,
    /// Peers whose `X-Forwarded-*` headers are believed. Empty: nobody's.
    pub trusted_proxies: Vec<Network>,
    /// The admin page is shown in the clear from anywhere. No key sets this: it is for the demo alone, whose password
    /// everybody knows.
    pub is_for_show: bool,
}

/// Who encrypts, and with what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tls {
    /// Plain HTTP: behind a proxy, or on this machine only.
    Off,
    /// A certificate for the domain is obtained and renewed.
    Acme(Domain),
    /// A certificate that somebody else renews. PEM files; relative paths count from the working directory.
    Files { cert_file: PathBuf, key_file: PathBuf },
}

#[derive(Clone, Debug)]
pub struct Stripe {
    /// Absent: the admin page's key counts, and without that one invoices offer bank transfer only.
    pub secret_key: Option<StripeKey>,
    /// All are accepted: while a secret is being rolled Stripe signs with the old and the new one.
    pub webhook_secrets: Vec<WebhookSecret>,
    /// Set only when it is not Stripe's own.
    pub api_base: Option<WebOrigin>,
    /// Further origins that a checkout address may have (a custom checkout domain).
    pub checkout_origins: Vec<WebOrigin>,
}

#[derive(Clone, Debug)]
pub struct Mail {
    /// Absent: the admin page's server counts, and without that one mails wait in the outbox.
    pub smtp: Option<SmtpAddress>,
    pub from: Option<Sender>,
}

#[derive(Clone, Debug)]
pub struct Reconcile {
    /// How often the pass runs; `None` turns the schedule off.
    pub interval: Option<Duration>,
}

#[derive(Clone, Debug)]
pub struct Log {
    pub format: LogFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

impl Config {
    /// Reads what `serve` and every other command go by.
    ///
    /// `file` is what `--config` names; without it `$QUITTANCE_CONFIG` counts, then `./config.toml` if it exists.
    /// `domain` is what `serve --domain` names; it wins over file and environment.
    ///
    /// # Errors
    /// Everything that is wrong, each as one sentence with place and remedy.
    pub fn load(file: Option<&Path>, domain: Option<&Domain>) -> Result<Self, ConfigErrors> {
        Self::load_from(&Surroundings::of_this_process(), file, domain)
    }

    /// [`Config::load`] with an environment and a working directory that are not the process's own.
    pub fn load_from(
        surroundings: &Surroundings,
        file: Option<&Path>,
        domain: Option<&Domain>,
    ) -> Result<Self, ConfigErrors> {
        let mut errors = Vec::new();
        let found = read::find(surroundings, file, domain, &mut errors);
        let config = assemble::config(found, &mut errors);
        if errors.is_empty() { Ok(config) } else { Err(ConfigErrors::new(errors)) }
    }

    /// Where the value of `key` came from. Values that follow from others (`server.tls` from the domain) count as default.
    pub fn origin(&self, key: &str) -> Origin {
        self.origins.get(key).cloned().unwrap_or(Origin::Default)
    }

    /// Whether file, environment or command line say what `key` is, so that the admin page must not change it.
    pub fn is_fixed(&self, key: &str) -> bool {
        self.origin(key) != Origin::Default
    }

    /// The configuration file that was read, if one was.
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }
}

impl Default for Config {
    /// The built-in defaults, as if there were no file and no environment.
    fn default() -> Self {
        assemble::config(read::Found::default(), &mut Vec::new())
    }
}

impl Server {
    /// Where visitors without HTTPS come to: port 80, or `own` if the public address has a port of its own, too, so that
    /// nobody passes the usual ones on.
    pub fn visitors_port(&self, own: u16) -> u16 {
        if self.public_url.names_port() { own } else { 80 }
    }

    /// What visitors over HTTPS call, so that a certificate must be for it; `None` if nobody comes so.
    pub fn certified_name(&self) -> Option<String> {
        match &self.tls {
            Tls::Acme(domain) => Some(domain.to_string()),
            Tls::Files { .. } | Tls::Off => self.public_url.is_https().then(|| self.public_url.host().to_string()),
        }
    }

    /// Where this machine itself reaches what listens at `listen`, which may stand for every address.
    pub fn near(&self) -> SocketAddr {
        let own = match self.listen.ip() {
            IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Ipv6Addr::LOCALHOST.into(),
            named => named,
        };
        SocketAddr::new(own, self.listen.port())
    }
}

impl Stripe {
    /// Where the Stripe API is.
    pub fn api_base(&self) -> WebOrigin {
        self.api_base.clone().unwrap_or_else(|| WebOrigin::https_name("api.stripe.com"))
    }

    /// Whether `key` may be sent to where the Stripe API is said to be: a live key goes to Stripe alone, or stays on this
    /// machine.
    pub fn may_have(&self, key: &StripeKey) -> bool {
        let is_foreign = |base: &WebOrigin| base.as_str() != "https://api.stripe.com" && !base.is_loopback();
        key.mode() == StripeMode::Test || !self.api_base.as_ref().is_some_and(is_foreign)
    }

    /// The origins that an address of a checkout page may have, for the check before a payer is sent there and for the
    /// page's `form-action` alike: Stripe's own, the configured ones, and the API's when it is not Stripe's.
    pub fn accepted_checkout_origins(&self) -> Vec<WebOrigin> {
        let mut accepted = vec![WebOrigin::https_name("checkout.stripe.com")];
        for origin in self.checkout_origins.iter().chain(&self.api_base) {
            if !accepted.contains(origin) {
                accepted.push(origin.clone());
            }
        }
        accepted
    }
}
