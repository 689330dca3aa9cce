//! Certificates from an authority that speaks ACME (RFC 8555): account, order, proof, certificate.
//!
//! Every step that the authority counts is stored before the next, so that a stop in between costs nothing: the account is
//! used again, the order taken up where it was, and the key of an order is on disk before the authority hears of it.

mod account;
mod client;
mod failure;
mod order;
pub mod renewal;

use std::sync::Arc;

use instant_acme::{Account, ChallengeType};

use self::client::Heard;
pub use self::failure::{Cause, Failure};
use super::{Certificates, Identity};
use crate::clock::Clock;
use crate::config::{Acme, Domain};
use crate::resolve::Resolver;
use crate::store::Store;
use crate::store::certificates::Certificate;
use crate::store::vault::Vault;

/// Tries to get past stale nonces. Each goes on where the one before stopped.
const TRIES_MAX: u32 = 6;

/// How the authority looks whether the name leads here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// At port 80 (RFC 8555, section 8.3).
    Http,
    /// At port 443 (RFC 8737).
    Tls,
}

/// Whoever obtains certificates for one name from one authority.
pub struct Applicant {
    pub domain: Domain,
    pub acme: Acme,
    pub store: Store,
    pub vault: Vault,
    pub resolver: Resolver,
    pub clock: Clock,
    pub certificates: Arc<Certificates>,
}

/// An account that is ready, and what the authority's answers said beside their content.
struct Signed {
    account: Account,
    heard: Arc<Heard>,
}

impl Way {
    fn kind(self) -> ChallengeType {
        match self {
            Self::Http => ChallengeType::Http01,
            Self::Tls => ChallengeType::TlsAlpn01,
        }
    }
}

impl Applicant {
    /// The certificate that was obtained before, with its key; one that cannot be read is as good as none.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn kept(&self) -> Result<Option<(Certificate, Identity)>, crate::store::Error> {
        let found = self.store.read(|r| r.certificate(&self.vault, self.domain.as_str()))?;
        Ok(found.and_then(|(certificate, key)| {
            let identity = Identity::from_pem(certificate.chain.as_bytes(), key.as_bytes()).ok()?;
            let is_of_this_authority = certificate.directory == self.acme.directory.as_str();
            (is_of_this_authority && identity.is_for(self.domain.as_str())).then_some((certificate, identity))
        }))
    }

    /// Obtains a certificate, stores it and shows it.
    ///
    /// # Errors
    /// Why there is none, and what to do about it.
    pub async fn obtain(&self, way: Way) -> Result<Certificate, Failure> {
        let mut tries = 1;
        loop {
            match self.obtain_once(way).await {
                // The library tries a request three times; an authority under load, or in a test, refuses more.
                Err(failure) if failure.cause == Cause::StaleNonce && tries < TRIES_MAX => tries += 1,
                outcome => return outcome,
            }
        }
    }

    /// Goes on where the last try stopped.
    async fn obtain_once(&self, way: Way) -> Result<Certificate, Failure> {
        let signed = self.sign_in().await?;
        let outcome = self.order(&signed, way).await;
        let (certificate, identity) = outcome.map_err(|failure| signed.heard.explain(failure, self.clock.now()))?;
        self.certificates.keychain.show(identity);
        Ok(certificate)
    }

    /// Asks the authority when to renew, and notes what it says.
    ///
    /// # Errors
    /// It did not say.
    pub async fn ask_when_to_renew(
        &self,
        certificate: Certificate,
        identity: &Identity,
    ) -> Result<Certificate, Failure> {
        let signed = self.sign_in().await?;
        let advised = renewal::advised(&signed.account, certificate, identity, self.clock.now()).await?;
        let (name, noted) = (self.domain.as_str().to_owned(), advised.clone());
        self.store
            .write(move |w| w.put_certificate_facts(&name, &noted))
            .await
            .map_err(|error| Failure::of_store(&error))?;
        Ok(advised)
    }

    /// Whether the authority answers at all.
    ///
    /// # Errors
    /// Why not.
    pub async fn greet(&self) -> Result<(), Failure> {
        client::greet(self).await
    }
}
