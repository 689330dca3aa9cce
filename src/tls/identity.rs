//! A certificate with its chain and its key, read from PEM and looked at.

use std::ops::RangeInclusive;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use rustls::client::verify_server_name;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;
use x509_parser::parse_x509_certificate;
use x509_parser::public_key::PublicKey;

use crate::said::Said;

/// Certificates of a chain. Four are many; a file with hundreds is a store of roots, and every visitor would be sent it.
const CHAIN_MAX: usize = 10;

/// The lengths that an RSA key may have, in bits: browsers refuse shorter ones, the library longer ones.
const RSA_BITS: RangeInclusive<usize> = 2048..=4096;
/// Let's Encrypt's are renewed a month before; two weeks before, nobody has done it.
const NEAR_THE_END: SignedDuration = SignedDuration::from_hours(14 * 24);
/// Of a short life, the part at its end that is as near.
const LAST_PART: i32 = 6;

/// From when until when a certificate is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Life {
    pub from: Timestamp,
    pub until: Timestamp,
}

/// What is shown to visitors, and until when it is good.
#[derive(Clone, Debug)]
pub struct Identity {
    certified: Arc<CertifiedKey>,
    pub life: Life,
}

/// Why a certificate and a key are none, or do not belong together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.said())]
pub enum IdentityError {
    NoCertificate,
    TooMany,
    Unreadable,
    NoKey,
    /// An RSA key that is too short or too long.
    KeyLength {
        bits: usize,
    },
    StrangeKey,
    Foreign,
}

impl IdentityError {
    #[must_use]
    pub fn said(&self) -> Said {
        let another = format!("make one of {} to {} bits, or an ECDSA key", RSA_BITS.start(), RSA_BITS.end());
        match self {
            Self::NoCertificate => {
                Said::new("the certificate is not in PEM form", "it must begin with -----BEGIN CERTIFICATE-----")
            }
            Self::TooMany => Said::new(
                format!("there are more than {CHAIN_MAX} certificates"),
                "leave only the site's own and those between it and the root",
            ),
            Self::Unreadable => {
                Said::new("the first certificate cannot be read", "put the site's own certificate first")
            }
            Self::NoKey => Said::new(
                "the key is not in PEM form, or has a passphrase",
                "it must begin with -----BEGIN PRIVATE KEY----- or similar",
            ),
            Self::KeyLength { bits } => {
                Said::new(format!("the RSA key has {bits} bits, which cannot be used"), another)
            }
            Self::StrangeKey => Said::new(
                "the key is of a kind that is not supported",
                "make an ECDSA key (P-256 or P-384), or an RSA key of 2048 bits",
            ),
            Self::Foreign => {
                Said::new("the key does not belong to the certificate", "name the two that were made together")
            }
        }
    }
}

impl Life {
    /// Of a certificate that somebody shows; `None` if it cannot be read.
    #[must_use]
    pub fn of(certificate: &CertificateDer<'_>) -> Option<Self> {
        let (_, parsed) = parse_x509_certificate(certificate).ok()?;
        let moment = |seconds| Timestamp::from_second(seconds).ok();
        let validity = parsed.validity();
        Some(Self { from: moment(validity.not_before.timestamp())?, until: moment(validity.not_after.timestamp())? })
    }

    /// Whether it is good at `now`.
    #[must_use]
    pub fn has_begun_and_lasts(&self, now: Timestamp) -> bool {
        self.from <= now && now < self.until
    }

    /// Two weeks before the end, or in the last sixth of a short life: whoever renews it should have done so.
    #[must_use]
    pub fn is_near_its_end(&self, now: Timestamp) -> bool {
        let near = NEAR_THE_END.min(self.until.duration_since(self.from) / LAST_PART);
        self.until.duration_since(now) < near
    }
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
        let life = Life::of(first).ok_or(IdentityError::Unreadable)?;
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| IdentityError::NoKey)?;
        if let Some(bits) = rsa_bits(first).filter(|bits| !RSA_BITS.contains(bits)) {
            return Err(IdentityError::KeyLength { bits });
        }
        let key = any_supported_type(&key).map_err(|_| IdentityError::StrangeKey)?;
        let certified = CertifiedKey::new(certificates, key);
        certified.keys_match().map_err(|_| IdentityError::Foreign)?;
        Ok(Self { certified: Arc::new(certified), life })
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
        self.life.has_begun_and_lasts(now)
    }

    /// Whether it is this very certificate.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.certified.cert == other.certified.cert
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

/// How long the key is that a certificate is about, if it is one of RSA.
fn rsa_bits(certificate: &CertificateDer<'_>) -> Option<usize> {
    let (_, parsed) = parse_x509_certificate(certificate).ok()?;
    match parsed.public_key().parsed() {
        Ok(PublicKey::RSA(key)) => Some(key.key_size()),
        _ => None,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed assumption should fail the test")]
mod tests {
    use super::{Identity, IdentityError};

    /// For an RSA key of 1024 bits, by openssl.
    const SHORT: &str = "-----BEGIN CERTIFICATE-----
MIIB+DCCAWGgAwIBAgIUNkTR7eW5XQo5jHSOiPwefg0r5/UwDQYJKoZIhvcNAQEL
BQAwADAgFw0yNjExMjMxODAwMzZaGA8yMTI2MTAzMDE4MDAzNlowADCBnzANBgkq
hkiG9w0BAQEFAAOBjQAwgYkCgYEAthGfkUyp4fTngs5m1l7o08lTmqchs1+fYES4
shoJyLdXdmEJi5Fp7gRr3ETVKUpYd/y8l9j39EMUeE5+f1Yjl72ot9GTSLCkmrn8
0jmuUcZY0oMNOkk1/9gahjFfA1zP1Wk7kHlZANOLTJujy3st8/nTzp54Fwe/hWi7
SBIKvdUCAwEAAaNtMGswHQYDVR0OBBYEFCOLbbg8h9zvuhh6xkiI0gp4KhvPMB8G
A1UdIwQYMBaAFCOLbbg8h9zvuhh6xkiI0gp4KhvPMA8GA1UdEwEB/wQFMAMBAf8w
GAYDVR0RBBEwD4INYS5leGFtcGxlLmNvbTANBgkqhkiG9w0BAQsFAAOBgQAM4wy4
r2dWmwZPsJNn15Zk1jLc/s4FbnqG8MP+Cnmu3QHYttslsYvxggUv+o9+IoMt5Sai
EjTfggjsFY6d3Hajq9lFKMn4fqeJ5fgqNq2dP5W/1eyToSmUVMQAonFX6NFnTiG2
Y7B9L8vRw35EtwMLvjYsuqCYtd18pKG0p0ZsDA==
-----END CERTIFICATE-----\n";

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
            (SHORT, key.as_str(), IdentityError::KeyLength { bits: 1024 }),
        ] {
            assert_eq!(Identity::from_pem(chain.as_bytes(), key.as_bytes()).unwrap_err(), expected);
        }
    }
}
