//! The appliance: the books, the clock, and the way to Stripe and the mail server that is in force just now.
//!
//! What the configuration says wins; what the owner typed into the admin page, stored encrypted, fills the gaps and is
//! in force without a restart.

mod back_up;
mod certificates;
mod endpoint;
mod examination;
mod holds;
mod presence;
mod secrets;
mod setup;
mod trial;

use std::sync::{Arc, RwLock};
use std::time::Duration;

use jiff::civil::Date;
use tokio::sync::{Mutex, watch};

pub use back_up::BACKUP_OLD_AFTER;
pub use examination::{Examination, Examined, Line};
pub use holds::Hold;
pub use presence::Presence;
pub use secrets::forget_former_post;

use crate::actions::day;
use crate::backups::Backups;
use crate::billing::id::OwnerId;
use crate::billing::ledger::Book;
use crate::billing::log::Channel;
use crate::billing::report::Run;
use crate::clock::Clock;
use crate::config::{Config, ConfigErrors, Sender, SmtpAddress, SmtpSecurity, StripeKey, StripeMode, WebhookSecret};
use crate::credentials::{self, Hashing};
use crate::http;
use crate::mail::smtp::{Mailer, Security, Server, SetupError};
use crate::metrics::Metrics;
use crate::payments::client::{Access, Client, StartError as ClientError};
use crate::payments::finds::Finds;
use crate::payments::notices;
use crate::payments::reconcile::{self, Extent};
use crate::payments::till::Till;
use crate::payments::webhook::fingerprint;
use crate::resolve::{ResolveError, Resolver};
use crate::store::vault::Vault;
use crate::store::{self, Store};
use crate::throttle::{Pace, Tally, Throttle};
use crate::tls::Certificates;

pub use crate::payments::endpoints::WEBHOOK_SECRETS;

/// Tries to sign in to one account, or from one network, before there is one a second: more than all people of an office
/// need who come in the morning.
const SIGN_INS_AT_ONCE: u32 = 20;

/// Lines about refused webhooks before there is one a second: anybody may knock, and the log has an end.
const WEBHOOK_LINES_AT_ONCE: u32 = 20;

/// Names under which the owner's own secrets are stored; the same as in the configuration.
pub const STRIPE_KEY: &str = "stripe.secret_key";
pub const SMTP: &str = "mail.smtp";
pub const MAIL_FROM: &str = "mail.from";

/// What is said wherever one of them cannot be read any more.
pub const UNREADABLE_SECRETS: &str = "The secrets typed in here cannot be read any more because master.key is gone, or is \
                                      another one. Type them in again, or put the file back and start Quittance again.";

const LIVE_KEY_ABROAD: &str = "the live Stripe key that was typed into the admin page is not sent to stripe.api_base, \
                               which is not Stripe; remove stripe.api_base, or use a test key";

/// The appliance.
pub struct App {
    pub config: Config,
    pub clock: Clock,
    pub store: Store,
    pub vault: Vault,
    pub resolver: Resolver,
    pub metrics: Metrics,
    pub backups: Backups,
    pub certificates: Arc<Certificates>,
    /// The last look at the machine and the books.
    pub examination: Examination,
    /// Tries to sign in, by browser or by account and network together: waits grow.
    pub sign_in_tries: Throttle<String>,
    /// The same by account and by network alone: waits never grow.
    pub sign_in_pace: Pace<String>,
    /// Lines of the log about tries that came too early.
    pub sign_in_lines: Pace<String>,
    /// Wrong passwords for each account.
    pub guesses: Tally<OwnerId>,
    /// Wrong codes of the second step behind the right password, for each account.
    pub wrong_codes: Tally<OwnerId>,
    /// What only this process knows: it keys what a sign-in has come to between its two steps.
    pub sign_in_key: String,
    /// Turns at hashing passwords.
    pub hashing: Hashing,
    /// Lines of the log about webhooks that were refused.
    pub webhook_lines: Pace<()>,
    /// This installation's own identifier.
    pub appliance: String,
    /// By which it is told from any other that answers.
    pub presence: Arc<Presence>,
    connections: watch::Sender<Arc<Connections>>,
    setup: RwLock<Option<setup::Secret>>,
    /// Held by the reconciliation pass that is running.
    reconciling: Mutex<()>,
    /// Held by whoever sets up the webhook endpoint.
    registering: Mutex<()>,
}

/// The ways out that are in force.
#[derive(Default)]
pub struct Connections {
    pub till: Option<Till>,
    pub stripe_key: Option<StripeKey>,
    pub webhook_secrets: Vec<WebhookSecret>,
    pub post: Option<Post>,
}

/// The way to the mail server, and whom mails are from.
#[derive(Clone)]
pub struct Post {
    pub mailer: Arc<Mailer>,
    pub address: SmtpAddress,
    pub from: Option<Sender>,
}

/// Why the appliance could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Config(#[from] ConfigErrors),
    #[error(transparent)]
    Store(#[from] store::Error),
    #[error(transparent)]
    Resolver(#[from] ResolveError),
    #[error(transparent)]
    Mail(#[from] SetupError),
    #[error("{0}")]
    Stripe(String),
    #[error("the way to the store for backups could not be set up ({0}); check backup.s3.endpoint")]
    Backups(#[from] http::SetupError),
}

impl App {
    /// Opens the store and makes the connections.
    ///
    /// # Errors
    /// The store cannot be opened, or something that the configuration names cannot be used at all.
    pub fn start(config: Config, clock: Clock, resolver: Resolver) -> Result<Arc<Self>, StartError> {
        let store = Store::open(&config.data_dir, clock.clone())?;
        let app = Self::over(store, config, clock, resolver)?;
        // With secrets in the store, a key that is not there was lost, and may be put back.
        if !app.store.read(|r| r.has_secrets())? {
            app.vault.make_ready()?;
        }
        Ok(app)
    }

    /// The same over a store that is open already.
    ///
    /// # Errors
    /// Something that the configuration names cannot be used at all.
    pub fn over(store: Store, config: Config, clock: Clock, resolver: Resolver) -> Result<Arc<Self>, StartError> {
        let presence = Presence::new().map_err(|error| store::Error::Entropy(error.to_string()))?;
        Self::of(store, config, clock, resolver, Arc::new(presence), Arc::default())
    }

    fn of(
        store: Store,
        config: Config,
        clock: Clock,
        resolver: Resolver,
        presence: Arc<Presence>,
        certificates: Arc<Certificates>,
    ) -> Result<Arc<Self>, StartError> {
        let vault = Vault::of_folder(&config.data_dir)?;
        let appliance = store.read(|r| r.appliance())?;
        let backups = Backups::new(&config, &resolver, &clock)?;
        let sign_in_key = credentials::new_secret().map_err(|error| store::Error::Entropy(error.to_string()))?;
        let app = Self {
            backups,
            config,
            clock,
            store,
            vault,
            resolver,
            metrics: Metrics::default(),
            certificates,
            examination: Examination::default(),
            sign_in_tries: Throttle::default(),
            sign_in_pace: Pace::new(SIGN_INS_AT_ONCE, Duration::from_secs(1)),
            sign_in_lines: Pace::new(1, Duration::from_mins(1)),
            guesses: Tally::default(),
            wrong_codes: Tally::default(),
            sign_in_key,
            hashing: Hashing::default(),
            webhook_lines: Pace::new(WEBHOOK_LINES_AT_ONCE, Duration::from_secs(1)),
            appliance,
            presence,
            connections: watch::Sender::default(),
            setup: RwLock::default(),
            reconciling: Mutex::new(()),
            registering: Mutex::new(()),
        };
        app.connect()?;
        Ok(Arc::new(app))
    }

    /// Makes the connections anew, after the owner changed what they are made from.
    ///
    /// # Errors
    /// The store cannot be read, or what is stored cannot be used at all.
    pub fn connect(&self) -> Result<(), StartError> {
        let stripe_key = match &self.config.stripe.secret_key {
            Some(key) => Some(key.clone()),
            None => self.stored(STRIPE_KEY)?,
        };
        let connections = Connections {
            till: stripe_key.as_ref().map(|key| self.till_of(key)).transpose()?,
            stripe_key,
            webhook_secrets: self.stored_webhook_secrets()?,
            post: self.post()?,
        };
        self.connections.send_replace(Arc::new(connections));
        Ok(())
    }

    /// A secret that the owner typed in, if it is there and still readable.
    fn stored<T: std::str::FromStr>(&self, name: &str) -> Result<Option<T>, store::Error> {
        Ok(self.store.read(|r| r.secret(&self.vault, name))?.and_then(|text| text.parse().ok()))
    }

    fn stored_webhook_secrets(&self) -> Result<Vec<WebhookSecret>, store::Error> {
        if !self.config.stripe.webhook_secrets.is_empty() {
            return Ok(self.config.stripe.webhook_secrets.clone());
        }
        let text: Option<String> = self.store.read(|r| r.secret(&self.vault, WEBHOOK_SECRETS))?;
        Ok(text.unwrap_or_default().lines().filter_map(|line| line.parse().ok()).collect())
    }

    /// The till of a key; also for trying a key that is not in force.
    ///
    /// # Errors
    /// The address of the Stripe API cannot be used.
    pub fn till_of(&self, key: &StripeKey) -> Result<Till, StartError> {
        if !self.config.stripe.may_have(key) {
            return Err(StartError::Stripe(LIVE_KEY_ABROAD.to_owned()));
        }
        let client = self.client_of(key).map_err(|error| StartError::Stripe(error.to_string()))?;
        let origins = self.config.stripe.accepted_checkout_origins();
        Ok(Till {
            store: self.store.clone(),
            client,
            clock: self.clock.clone(),
            reads_counted: Arc::default(),
            account: credentials::digest(key.expose())[..16].to_owned(),
            livemode: key.mode() == StripeMode::Live,
            public_url: self.config.server.public_url.as_str().to_owned(),
            appliance: self.appliance.clone(),
            checkout_origins: origins.iter().map(|origin| origin.as_str().to_owned()).collect(),
            webhook_secrets: self.stored_webhook_secrets()?.iter().map(fingerprint).collect(),
            finds: Finds::default(),
        })
    }

    fn client_of(&self, key: &StripeKey) -> Result<Client, ClientError> {
        let access = Access {
            secret_key: key.clone(),
            api_base: self.config.stripe.api_base.clone(),
            appliance: self.appliance.clone(),
        };
        Client::new(access, self.resolver.clone(), self.clock.clone())
    }

    fn post(&self) -> Result<Option<Post>, StartError> {
        let address = match &self.config.mail.smtp {
            Some(address) => Some(address.clone()),
            None => self.stored(SMTP)?,
        };
        let from = match &self.config.mail.from {
            Some(from) => Some(from.clone()),
            None => self.stored(MAIL_FROM)?,
        };
        let Some(address) = address else { return Ok(None) };
        Ok(Some(Post { mailer: Arc::new(self.mailer_of(&address)?), address, from }))
    }

    /// The way to a mail server; also for trying one that is not in force.
    ///
    /// # Errors
    /// Its address cannot be used.
    pub fn mailer_of(&self, address: &SmtpAddress) -> Result<Mailer, SetupError> {
        let server = Server {
            security: match address.security {
                SmtpSecurity::StartTls => Security::StartTls,
                SmtpSecurity::Tls => Security::Tls,
                SmtpSecurity::Plain => Security::Plain,
            },
            host: address.host.to_string(),
            port: address.port,
            user: address.user.clone(),
            password: address.password.as_ref().map(|password| password.expose().to_owned().into()),
            extra_roots: Vec::new(),
        };
        Mailer::new(server, self.resolver.clone(), &self.config.server.public_url.host().to_string())
    }

    /// A page of the owner's, by an address that it is served at: over HTTPS, or on this machine itself.
    #[must_use]
    pub fn owners_url(&self, path: &str) -> String {
        let server = &self.config.server;
        if server.public_url.is_https() || server.public_url.is_loopback() {
            return self.url(path);
        }
        format!("http://127.0.0.1:{}{path}", server.listen.port())
    }

    /// The ways out that are in force just now.
    #[must_use]
    pub fn connections(&self) -> Arc<Connections> {
        Arc::clone(&self.connections.borrow())
    }

    /// Tells whoever waits that the connections were made anew.
    #[must_use]
    pub fn reconnections(&self) -> watch::Receiver<Arc<Connections>> {
        self.connections.subscribe()
    }

    #[must_use]
    pub fn till(&self) -> Option<Till> {
        self.connections().till.clone()
    }

    /// Runs a reconciliation pass, after the one that may be running, and returns its report.
    ///
    /// # Errors
    /// The store failed; what Stripe refused is in the report.
    pub async fn reconcile(&self, extent: Extent, source: Channel) -> Result<Run, store::Error> {
        let Some(till) = self.till() else { return reconcile::without_stripe(&self.store, source).await };
        let run = reconcile::begin(&till, extent, source).await?;
        self.run_pass(&till, run, extent).await
    }

    /// Runs a pass that was begun, when its turn has come: two at once would find the same differences twice.
    ///
    /// # Errors
    /// As [`App::reconcile`].
    pub async fn run_pass(&self, till: &Till, run: Run, extent: Extent) -> Result<Run, store::Error> {
        let _turn = self.reconciling.lock().await;
        let report = reconcile::run(till, run, extent).await?;
        notices::note_silence(till, !self.connections().webhook_secrets.is_empty()).await;
        Ok(report)
    }

    /// The book that new invoices belong to: a test key makes test invoices, anything else real ones.
    #[must_use]
    pub fn book(&self) -> Book {
        match &self.connections().stripe_key {
            Some(key) if key.mode() == StripeMode::Test => Book::Test,
            _ => Book::Live,
        }
    }

    /// Today in the business's time zone.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn today(&self) -> Result<Date, store::Error> {
        Ok(day(&self.store.read(|r| r.settings())?, self.clock.now()))
    }

    /// An address of this appliance: `path` begins with a slash.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.config.server.public_url.as_str())
    }
}
