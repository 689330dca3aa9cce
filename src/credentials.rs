//! Secrets that we hand out and check: session and API secrets, the setup address, passwords.
//!
//! A random secret is stored as its SHA-256; a password, which people choose badly, as argon2id.

use std::fmt::{self, Write};
use std::str::FromStr;

use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use tokio::sync::Semaphore;

use crate::billing::id::TokenId;

/// Bytes of a random secret: 256 bits.
const SECRET_BYTES: usize = 32;
/// A secret is 43 characters; anything far longer is not hashed to find that out.
const SECRET_CHARS_MAX: usize = 128;
const API_KEY_PREFIX: &str = "qtt_";
/// OWASP's and ASVS's parameters: memory in KiB, passes, lanes.
const ARGON2: (u32, u32, u32) = (19_456, 2, 1);
/// Hashes that are computed at once: each takes 19 MiB, and a flood of sign-ins must not take the machine.
static HASHING: Semaphore = Semaphore::const_new(2);

pub const PASSWORD_CHARS_MIN: usize = 8;
/// Longer is no safer, and hashing it costs.
pub const PASSWORD_CHARS_MAX: usize = 256;

/// Why a password is not taken, or could not be hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    #[error("needs at least {PASSWORD_CHARS_MIN} characters; a sentence is easy to remember")]
    TooShort,
    #[error("can have at most {PASSWORD_CHARS_MAX} characters")]
    TooLong,
    #[error("is one of the most used ones; choose another")]
    Common,
    #[error("could not be hashed; try again")]
    Failed,
}

/// The most used passwords of eight and more characters; the shorter ones are refused for their length.
const COMMON: [&str; 40] = [
    "password",
    "12345678",
    "123456789",
    "1234567890",
    "qwertyuiop",
    "password1",
    "iloveyou",
    "sunshine",
    "princess",
    "football",
    "baseball",
    "superman",
    "trustno1",
    "11111111",
    "00000000",
    "87654321",
    "88888888",
    "1q2w3e4r",
    "qwerty123",
    "passw0rd",
    "password123",
    "abcd1234",
    "1qaz2wsx",
    "starwars",
    "whatever",
    "computer",
    "michelle",
    "jennifer",
    "asdfghjkl",
    "zxcvbnm1",
    "letmein1",
    "welcome1",
    "admin123",
    "administrator",
    "changeme",
    "quittance",
    "iloveyou1",
    "monkey123",
    "dragon123",
    "michael1",
];

/// A fresh secret, to be shown once; store its [`digest`].
///
/// # Errors
/// The operating system gave no random numbers.
pub fn new_secret() -> Result<String, getrandom::Error> {
    let mut bytes = [0_u8; SECRET_BYTES];
    getrandom::fill(&mut bytes)?;
    Ok(data_encoding::BASE64URL_NOPAD.encode(&bytes))
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

/// Whether a password may be chosen.
///
/// # Errors
/// It is too short, too long, or everybody's.
pub fn check_password(password: &str) -> Result<(), PasswordError> {
    let characters = password.chars().count();
    if characters < PASSWORD_CHARS_MIN {
        Err(PasswordError::TooShort)
    } else if characters > PASSWORD_CHARS_MAX {
        Err(PasswordError::TooLong)
    } else if COMMON.contains(&password.to_lowercase().as_str()) {
        Err(PasswordError::Common)
    } else {
        Ok(())
    }
}

/// argon2id of a password, in the PHC format.
///
/// # Errors
/// The password may not be chosen, or hashing failed.
pub async fn hash_password(password: String) -> Result<String, PasswordError> {
    check_password(&password)?;
    in_turn(move || argon2().hash_password(password.as_bytes()).map(|hash| hash.to_string()).ok())
        .await
        .flatten()
        .ok_or(PasswordError::Failed)
}

/// Whether a password is the one of this hash. Without a hash it takes as long and says no, so that the time of the
/// answer does not tell whether an account exists.
pub async fn verify_password(password: String, hash: Option<String>) -> bool {
    if password.chars().count() > PASSWORD_CHARS_MAX {
        return false;
    }
    in_turn(move || match hash.as_deref().map(PasswordHash::new) {
        Some(Ok(hash)) => argon2().verify_password(password.as_bytes(), &hash).is_ok(),
        _ => {
            let _ = argon2().hash_password(password.as_bytes());
            false
        }
    })
    .await
    .unwrap_or(false)
}

fn argon2() -> Argon2<'static> {
    let (memory, passes, lanes) = ARGON2;
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(memory, passes, lanes, None).unwrap_or_default())
}

async fn in_turn<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let _turn = HASHING.acquire().await.ok()?;
    tokio::task::spawn_blocking(work).await.ok()
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

    #[test]
    fn a_password_needs_length_and_some_thought() {
        assert_eq!(check_password("short"), Err(PasswordError::TooShort));
        assert_eq!(check_password("Password123"), Err(PasswordError::Common));
        assert_eq!(check_password(&"x".repeat(257)), Err(PasswordError::TooLong));
        assert_eq!(check_password("my cat sits on the ledger"), Ok(()));
    }

    #[tokio::test]
    async fn a_password_is_verified_against_its_hash() {
        let hash = hash_password("my cat sits on the ledger".into()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(verify_password("my cat sits on the ledger".into(), Some(hash.clone())).await);
        assert!(!verify_password("my dog sits on the ledger".into(), Some(hash)).await);
        assert!(!verify_password("my cat sits on the ledger".into(), None).await);
    }
}
