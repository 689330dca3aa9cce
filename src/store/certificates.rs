//! Certificates that were obtained for our names, and how obtaining the next one goes. Their keys are in the vault.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::table::Reader;
use super::tables::{CERTIFICATES, PURSUITS};
use super::vault::Vault;
use super::writer::Writer;

/// What the names of secrets begin with that nobody typed in. One that cannot be read any more is made anew, so the owner
/// is not bothered with it.
pub const MADE_HERE: &str = "https.";

/// A certificate that an authority issued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// In PEM form, our own first.
    pub chain: String,
    /// The directory of the authority that issued it.
    pub directory: String,
    pub obtained_at: Timestamp,
    pub renew_at: Timestamp,
    /// When the authority is asked again when to renew; `None` if it has no opinion (RFC 9773).
    #[serde(default)]
    pub ask_at: Option<Timestamp>,
}

/// The way to the next certificate of a name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pursuit {
    /// The directory of the authority that is asked.
    pub directory: String,
    /// The order that is under way there. After a stop it is taken up again, because authorities count orders.
    #[serde(default)]
    pub order: Option<String>,
    /// Tries since the last success.
    #[serde(default)]
    pub failures: u32,
    /// When the last try ended.
    #[serde(default)]
    pub tried_at: Option<Timestamp>,
    /// The authority is not asked before.
    #[serde(default)]
    pub not_before: Option<Timestamp>,
}

fn account(directory: &str) -> String {
    format!("{MADE_HERE}account {directory}")
}

fn key(name: &str) -> String {
    format!("{MADE_HERE}key {name}")
}

fn order_key(name: &str) -> String {
    format!("{MADE_HERE}order_key {name}")
}

impl Reader<'_> {
    /// The certificate of `name` and its key in PEM form, if both are there.
    pub fn certificate(&self, vault: &Vault, name: &str) -> Result<Option<(Certificate, String)>, Error> {
        let certificate = self.get(&CERTIFICATES, &name.to_owned())?;
        let key = self.secret(vault, &key(name))?;
        Ok(certificate.zip(key))
    }

    /// How it goes; the beginning of everything if nothing was tried at this directory yet.
    pub fn pursuit(&self, name: &str, directory: &str) -> Result<Pursuit, Error> {
        let found: Option<Pursuit> = self.get(&PURSUITS, &name.to_owned())?;
        let found = found.filter(|pursuit| pursuit.directory == directory);
        Ok(found.unwrap_or_else(|| Pursuit { directory: directory.to_owned(), ..Pursuit::default() }))
    }

    /// Our account at an authority, as the protocol's library wrote it.
    pub fn acme_account(&self, vault: &Vault, directory: &str) -> Result<Option<String>, Error> {
        self.secret(vault, &account(directory))
    }

    /// The key, in PEM form, of the certificate that is ordered.
    pub fn order_key(&self, vault: &Vault, name: &str) -> Result<Option<String>, Error> {
        self.secret(vault, &order_key(name))
    }
}

impl Writer<'_> {
    pub fn put_acme_account(&mut self, vault: &Vault, directory: &str, credentials: &str) -> Result<(), Error> {
        self.put_secret(vault, &account(directory), credentials)
    }

    pub fn forget_acme_account(&mut self, directory: &str) -> Result<(), Error> {
        self.remove_secret(&account(directory))
    }

    pub fn put_pursuit(&mut self, name: &str, pursuit: &Pursuit) -> Result<(), Error> {
        self.put(&PURSUITS, &name.to_owned(), pursuit)
    }

    pub fn put_order_key(&mut self, vault: &Vault, name: &str, key: &str) -> Result<(), Error> {
        self.put_secret(vault, &order_key(name), key)
    }

    /// What was known of the certificate is known better.
    pub fn put_certificate_facts(&mut self, name: &str, certificate: &Certificate) -> Result<(), Error> {
        self.put(&CERTIFICATES, &name.to_owned(), certificate)
    }

    /// The certificate has arrived: its key is the ordered one, and the order is over.
    pub fn put_certificate(
        &mut self,
        vault: &Vault,
        name: &str,
        certificate: &Certificate,
        own_key: &str,
    ) -> Result<(), Error> {
        self.put_certificate_facts(name, certificate)?;
        self.put_secret(vault, &key(name), own_key)?;
        self.remove_secret(&order_key(name))?;
        let directory = certificate.directory.clone();
        self.put_pursuit(name, &Pursuit { directory, ..Pursuit::default() })
    }
}
