//! Public keys that backups are encrypted to, as `age-keygen` prints them (<https://age-encryption.org/v1>).

use std::fmt;
use std::str::FromStr;

use age::x25519;

use super::error::Flaw;

pub(super) const RECIPIENT: &str = "a public key of age, which starts with age1";

const PRIVATE: &str = "AGE-SECRET-KEY-";

/// An X25519 public key. It is no secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Recipient(x25519::Recipient);

impl Recipient {
    #[must_use]
    pub fn key(&self) -> &x25519::Recipient {
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
        let hint = "copy all of it; if it is another sort of key, make one with age-keygen";
        text.parse().map(Self).map_err(|_| Flaw::of(RECIPIENT, text).hint(hint))
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::Recipient;

    /// The public key of 32 bytes of 0x42.
    const KEY: &str = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";

    /// One that only a plug-in can encrypt to.
    const PLUG_IN: &str = "age1yubikey1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t";

    #[test]
    fn a_public_key_is_read_and_shown_as_it_was_written() {
        let read: Recipient = KEY.parse().unwrap();
        assert_eq!(format!("{read:?}"), KEY);
    }

    #[test]
    fn what_is_no_public_key_is_refused() {
        let slipped = KEY.replace("zvk", "zvj");
        for text in ["", "age1", &slipped, &KEY[..60], "ssh-ed25519 AAAA", "age1pq1xyz", PLUG_IN] {
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
