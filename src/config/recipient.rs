//! Public keys that backups are encrypted to, as `age-keygen` prints them (<https://age-encryption.org/v1>).

use std::fmt;
use std::str::FromStr;

use bech32::Bech32;
use bech32::primitives::decode::CheckedHrpstring;

use super::error::Flaw;

pub(super) const RECIPIENT: &str = "a public key of age, which starts with age1";

/// What its text begins with, before the digit that sets it off.
const BEGINNING: &str = "age";
const PRIVATE: &str = "AGE-SECRET-KEY-";

/// An X25519 public key. It is no secret.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Recipient([u8; 32]);

impl Recipient {
    #[must_use]
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl FromStr for Recipient {
    type Err = Flaw;

    fn from_str(text: &str) -> Result<Self, Flaw> {
        // Whoever pastes the wrong half is not to find it in a log.
        if text.to_ascii_uppercase().starts_with(PRIVATE) {
            let hint =
                "this is the private key, which must never be on the server; age-keygen -y prints the public one";
            return Err(Flaw::of_secret(RECIPIENT, hint));
        }
        let flaw = || Flaw::of(RECIPIENT, text);
        let read = CheckedHrpstring::new::<Bech32>(text).map_err(|_| flaw())?;
        if read.hrp().as_str() != BEGINNING {
            return Err(flaw().hint("make one with age-keygen"));
        }
        let bytes: Vec<u8> = read.byte_iter().collect();
        bytes.try_into().map(Self).map_err(|_| flaw())
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = bech32::encode::<Bech32>(bech32::Hrp::parse_unchecked(BEGINNING), &self.0);
        f.write_str(text.as_deref().unwrap_or(BEGINNING))
    }
}

#[cfg(test)]
mod tests {
    use super::Recipient;

    /// The public key of 32 bytes of 0x42.
    const KEY: &str = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";

    #[test]
    fn a_public_key_is_read_and_shown_as_it_was_written() {
        let read: Recipient = KEY.parse().unwrap();
        assert_eq!(format!("{read:?}"), KEY);
    }

    #[test]
    fn what_is_no_public_key_is_refused() {
        let slipped = KEY.replace("zvk", "zvj");
        for text in ["", "age1", &slipped, &KEY[..60], "ssh-ed25519 AAAA", "age1pq1xyz"] {
            assert!(text.parse::<Recipient>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_private_key_is_never_repeated() {
        let private = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX";
        let said = private.parse::<Recipient>().unwrap_err().to_string();
        assert!(said.contains("private key") && !said.contains("GFPYY"), "{said}");
    }
}
