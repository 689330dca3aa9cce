//! A certificate with its chain and its key, read from PEM and looked at.

use std::sync::Arc;

use jiff::Timestamp;
use rustls::client::verify_server_name;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;
use x509_parser::parse_x509_certificate;

/// Certificates of a chain. Four are many; a file with hundreds is a store of roots, and every visitor would be sent it.
const CHAIN_MAX: usize = 10;

/// What is shown to visitors, and until when it is good.
#[derive(Clone, Debug)]
pub struct Identity {
    certified: Arc<CertifiedKey>,
    pub not_before: Timestamp,
    pub not_after: Timestamp,
}

/// Why a certificate and a key are none, or do not belong together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    #[error("the certificate is not in PEM form; it must begin with -----BEGIN CERTIFICATE-----")]
    NoCertificate,
    #[error(
        "there are more than {CHAIN_MAX} certificates; leave only the site's own and those between it and the root"
    )]
    TooMany,
    #[error("the first certificate cannot be read; put the site's own certificate first")]
    Unreadable,
    #[error(
        "the key is not in PEM form, or has a passphrase; it must begin with -----BEGIN PRIVATE KEY----- or similar"
    )]
    NoKey,
    #[error("the key is of a kind that is not supported; make an ECDSA or RSA key")]
    StrangeKey,
    #[error("the key does not belong to the certificate; name the two that were made together")]
    Foreign,
}

impl Identity {
    /// `chain` begins with the site's own certificate.
    pub fn from_pem(chain: &[u8], key: &[u8]) -> Result<Self, IdentityError> {
        let certificates: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(chain)
            .collect::<Result<_, _>>()
            .map_err(|_| IdentityError::NoCertificate)?;
        let first = certificates.first().ok_or(IdentityError::NoCertificate)?;
        if certificates.len() > CHAIN_MAX {
            return Err(IdentityError::TooMany);
        }
        let (_, parsed) = parse_x509_certificate(first).map_err(|_| IdentityError::Unreadable)?;
        let moment = |seconds| Timestamp::from_second(seconds).map_err(|_| IdentityError::Unreadable);
        let not_before = moment(parsed.validity().not_before.timestamp())?;
        let not_after = moment(parsed.validity().not_after.timestamp())?;
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| IdentityError::NoKey)?;
        let key = any_supported_type(&key).map_err(|_| IdentityError::StrangeKey)?;
        let certified = CertifiedKey::new(certificates, key);
        certified.keys_match().map_err(|_| IdentityError::Foreign)?;
        Ok(Self { certified: Arc::new(certified), not_before, not_after })
    }

    /// Whether a visitor of `host` would accept the name. Whether the visitor trusts the issuer is another question.
    #[must_use]
    pub fn is_for(&self, host: &str) -> bool {
        let host = host.trim_matches(['[', ']']);
        let Ok(name) = ServerName::try_from(host) else { return false };
        let parsed = ParsedCertificate::try_from(self.site());
        parsed.is_ok_and(|parsed| verify_server_name(&parsed, &name).is_ok())
    }

    /// Whether it is good at `now`.
    #[must_use]
    pub fn is_good(&self, now: Timestamp) -> bool {
        self.not_before <= now && now < self.not_after
    }

    /// The site's own certificate.
    pub(super) fn site(&self) -> &CertificateDer<'static> {
        // `from_pem` takes no empty chain.
        &self.certified.cert[0]
    }

    pub(super) fn certified(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.certified)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed assumption should fail the test")]
mod tests {
    use super::{Identity, IdentityError};

    fn made(name: &str) -> (String, String) {
        let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
        (made.cert.pem(), made.signing_key.serialize_pem())
    }

    #[test]
    fn a_certificate_and_its_key_belong_together() {
        let (chain, key) = made("pay.example.com");
        let identity = Identity::from_pem(chain.as_bytes(), key.as_bytes()).unwrap();
        assert!(identity.is_good(crate::clock::Clock::machine().now()));
        assert!(!identity.is_good(jiff::Timestamp::MAX));
        for (name, is_for) in
            [("pay.example.com", true), ("PAY.example.com", true), ("example.com", false), ("", false)]
        {
            assert_eq!(identity.is_for(name), is_for, "{name}");
        }
        let wild = made("*.example.com");
        let wild = Identity::from_pem(wild.0.as_bytes(), wild.1.as_bytes()).unwrap();
        assert!(wild.is_for("pay.example.com") && !wild.is_for("a.pay.example.com"));
        let numbered = made("192.0.2.7");
        assert!(Identity::from_pem(numbered.0.as_bytes(), numbered.1.as_bytes()).unwrap().is_for("192.0.2.7"));
    }

    #[test]
    fn what_is_no_pair_is_named() {
        let (chain, key) = made("a.example.com");
        let (_, foreign) = made("a.example.com");
        let broken = chain.replace('M', "N");
        let locked = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n";
        for (chain, key, expected) in [
            ("", key.as_str(), IdentityError::NoCertificate),
            (key.as_str(), key.as_str(), IdentityError::NoCertificate),
            (broken.as_str(), key.as_str(), IdentityError::Unreadable),
            (chain.as_str(), "", IdentityError::NoKey),
            (chain.as_str(), chain.as_str(), IdentityError::NoKey),
            (chain.as_str(), locked, IdentityError::NoKey),
            (chain.as_str(), foreign.as_str(), IdentityError::Foreign),
            (chain.repeat(11).as_str(), key.as_str(), IdentityError::TooMany),
        ] {
            assert_eq!(Identity::from_pem(chain.as_bytes(), key.as_bytes()).unwrap_err(), expected);
        }
    }
}
