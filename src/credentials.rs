//! Secrets that we hand out and check: session and API secrets, the setup address, passwords.
//!
//! A random secret is stored as its SHA-256; a password, which people choose badly, as argon2id.

mod hashing;
pub mod one_time;
mod password;

use std::fmt::{self, Write};
use std::str::FromStr;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::billing::id::TokenId;

pub use hashing::{Busy, Hashing};
pub use password::{Chosen, PASSWORD_CHARS_MAX, PASSWORD_CHARS_MIN, PasswordError, Whose};

/// Bytes of a random secret: 256 bits.
const SECRET_BYTES: usize = 32;
/// A secret is 43 characters; anything far longer is not hashed to find that out.
const SECRET_CHARS_MAX: usize = 128;
const API_KEY_PREFIX: &str = "qtt_";
/// A fresh secret, to be shown once; store its [`digest`].
///
/// # Errors
/// The operating system gave no random numbers.
pub fn new_secret() -> Result<String, getrandom::Error> {
    let mut bytes = [0_u8; SECRET_BYTES];
    getrandom::fill(&mut bytes)?;
    Ok(data_encoding::BASE64URL_NOPAD.encode(&bytes))
}

/// Whether a text has the form of what [`new_secret`] makes.
#[must_use]
pub fn is_secret(text: &str) -> bool {
    data_encoding::BASE64URL_NOPAD.decode(text.as_bytes()).is_ok_and(|bytes| bytes.len() == SECRET_BYTES)
}

/// SHA-256 of a secret, in hexadecimal.
#[must_use]
pub fn digest(secret: &str) -> String {
    Sha256::digest(secret.as_bytes()).iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Whether `secret` is the one of this digest, in a time that does not depend on how much of it is right.
#[must_use]
pub fn matches(secret: &str, stored_digest: &str) -> bool {
    digest(secret).as_bytes().ct_eq(stored_digest.as_bytes()).into()
}

/// `text`'s HMAC-SHA256 under a key that only we know, in hexadecimal.
#[must_use]
pub fn keyed(key: &str, text: &str) -> String {
    // A key of any length is taken, so there is no error to speak of; without one nothing would match.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else { return String::new() };
    mac.update(text.as_bytes());
    data_encoding::HEXLOWER.encode(&mac.finalize().into_bytes())
}

/// Whether `proof` is what [`keyed`] makes of `text`, in a time that does not depend on how much of it is right.
#[must_use]
pub fn is_keyed(key: &str, text: &str, proof: &str) -> bool {
    !proof.is_empty() && bool::from(keyed(key, text).as_bytes().ct_eq(proof.as_bytes()))
}

/// What programs sign in with, as it is written: `qtt_`, the token's id, `_`, its secret (`qtt_tok_01k…_9fJ…`). The
/// prefix lets secret scanners find it. Shown once; it has no `Debug`, and only the secret's [`digest`] is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey {
    pub token: TokenId,
    pub secret: String,
}

/// The text is no API token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not an API token; one looks like {API_KEY_PREFIX}tok_…")]
pub struct NotAnApiKey;

impl fmt::Display for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{API_KEY_PREFIX}{}_{}", self.token, self.secret)
    }
}

impl FromStr for ApiKey {
    type Err = NotAnApiKey;

    fn from_str(text: &str) -> Result<Self, NotAnApiKey> {
        let rest = text.strip_prefix(API_KEY_PREFIX).ok_or(NotAnApiKey)?;
        // The id has one underscore of its own, and the secret may have any number.
        let (end, _) = rest.match_indices('_').nth(1).ok_or(NotAnApiKey)?;
        let token = rest[..end].parse().map_err(|_| NotAnApiKey)?;
        let secret = &rest[end + 1..];
        if secret.is_empty() || secret.len() > SECRET_CHARS_MAX {
            return Err(NotAnApiKey);
        }
        Ok(Self { token, secret: secret.to_owned() })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_known_by_its_digest_only() {
        let secret = new_secret().unwrap();
        assert!(matches(&secret, &digest(&secret)));
        assert!(!matches("other", &digest(&secret)));
        assert!(is_secret(&secret) && !is_secret(&secret[1..]) && !is_secret(""));
        assert_ne!(secret, new_secret().unwrap());
    }

    #[test]
    fn an_api_key_is_read_as_it_is_written() {
        for secret in [new_secret().unwrap().as_str(), "with_under_scores", "-"] {
            let key = ApiKey { token: TokenId::from_parts(1_795_000_000_000, 7), secret: secret.to_owned() };
            assert!(key.to_string().starts_with("qtt_tok_"));
            assert!(key.to_string().parse().is_ok_and(|read: ApiKey| read == key));
        }
        let id = TokenId::from_parts(1, 1);
        let long = format!("qtt_{id}_{}", "x".repeat(SECRET_CHARS_MAX + 1));
        for wrong in ["", "qtt_", "tok_x_y", "qtt_tok_x_y", &format!("qtt_{id}"), &format!("qtt_{id}_"), &long] {
            assert!(wrong.parse::<ApiKey>().is_err(), "{wrong}");
        }
    }
}
