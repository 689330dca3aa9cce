//! Which certificate a visitor is shown, asked anew at every handshake.
//!
//! Connections keep the one that they began with; the next handshake sees the new one. Without a certificate the handshake
//! is refused: a page behind a certificate that no browser believes teaches people to click warnings away.

use std::sync::{Arc, PoisonError, RwLock};

use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use super::challenge::{ALPN_CHALLENGE, Challenges};
use super::identity::Identity;

/// The certificate in use.
#[derive(Debug, Default)]
pub struct Keychain {
    identity: RwLock<Option<Arc<Identity>>>,
}

impl Keychain {
    /// Shows this one from now on.
    pub fn show(&self, identity: Identity) {
        *self.identity.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(identity));
    }

    /// The one that is shown.
    #[must_use]
    pub fn shown(&self) -> Option<Arc<Identity>> {
        self.identity.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// How rustls asks: visitors get the certificate, and a certificate authority that looks whether the name leads here gets
/// the proof that was made for it.
#[derive(Debug)]
pub(super) struct Shown {
    pub keychain: Arc<Keychain>,
    pub challenges: Arc<Challenges>,
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let looks = hello.alpn().is_some_and(|mut offered| offered.any(|protocol| protocol == ALPN_CHALLENGE));
        if looks {
            return self.challenges.proof_for(hello.server_name()?);
        }
        self.keychain.shown().map(|identity| identity.certified())
    }
}
