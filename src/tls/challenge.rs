//! What proves to a certificate authority that the name leads here, as long as it is looked for.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rcgen::{CertificateParams, CustomExtension, KeyPair};
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::CertifiedKey;

/// The protocol that an authority offers when it looks by TLS (RFC 8737, section 6.2).
pub(super) const ALPN_CHALLENGE: &[u8] = b"acme-tls/1";

/// The proofs that are being looked for.
#[derive(Debug, Default)]
pub struct Challenges {
    /// By token: what is answered over HTTP (RFC 8555, section 8.3).
    answers: Mutex<HashMap<String, String>>,
    /// By name: the certificate that is shown over TLS (RFC 8737).
    certificates: Mutex<HashMap<String, Arc<CertifiedKey>>>,
}

/// A proof on display; taken down when dropped.
#[derive(Debug)]
pub(super) struct Displayed {
    challenges: Arc<Challenges>,
    token: Option<String>,
    name: Option<String>,
}

impl Challenges {
    /// What is to be answered to whoever asks for `token`.
    #[must_use]
    pub fn answer_to(&self, token: &str) -> Option<String> {
        held(&self.answers).get(token).cloned()
    }

    pub(super) fn proof_for(&self, name: &str) -> Option<Arc<CertifiedKey>> {
        held(&self.certificates).get(&name.to_ascii_lowercase()).cloned()
    }

    /// Answers `proof` over HTTP to whoever asks for `token`.
    pub(super) fn answer(self: &Arc<Self>, token: &str, proof: &str) -> Displayed {
        held(&self.answers).insert(token.to_owned(), proof.to_owned());
        Displayed { challenges: Arc::clone(self), token: Some(token.to_owned()), name: None }
    }

    /// Shows a certificate with `digest`, of 32 bytes, to whoever looks for `name` over TLS.
    pub(super) fn show(self: &Arc<Self>, name: &str, digest: &[u8; 32]) -> Result<Displayed, rcgen::Error> {
        let mut parameters = CertificateParams::new([name.to_owned()])?;
        parameters.custom_extensions = vec![CustomExtension::new_acme_identifier(digest)];
        let pair = KeyPair::generate()?;
        let certificate = parameters.self_signed(&pair)?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(pair.serialize_der()));
        let key = any_supported_type(&key).map_err(|_| rcgen::Error::RemoteKeyError)?;
        let certified = CertifiedKey::new(vec![certificate.der().clone()], key);
        held(&self.certificates).insert(name.to_ascii_lowercase(), Arc::new(certified));
        Ok(Displayed { challenges: Arc::clone(self), token: None, name: Some(name.to_ascii_lowercase()) })
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for Displayed {
    fn drop(&mut self) {
        if let Some(token) = &self.token {
            held(&self.challenges.answers).remove(token);
        }
        if let Some(name) = &self.name {
            held(&self.challenges.certificates).remove(name);
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed assumption should fail the test")]
mod tests {
    use std::sync::Arc;

    use super::Challenges;

    #[test]
    fn a_proof_is_there_as_long_as_it_is_looked_for() {
        let challenges = Arc::new(Challenges::default());
        let answer = challenges.answer("token", "proof");
        let shown = challenges.show("Pay.Example.com", &[7; 32]).unwrap();
        assert_eq!(challenges.answer_to("token").as_deref(), Some("proof"));
        assert!(challenges.proof_for("pay.example.COM").is_some());
        assert!(challenges.answer_to("other").is_none() && challenges.proof_for("example.com").is_none());
        drop((answer, shown));
        assert!(challenges.answer_to("token").is_none() && challenges.proof_for("pay.example.com").is_none());
    }
}
