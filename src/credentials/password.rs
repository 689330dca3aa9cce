//! Which passwords may be chosen.
//!
//! Length counts and no rule about sorts of characters. Refused is what everybody tries first: the most used ones, and
//! what stands on the sign-in page or in every mail of the business.

use std::collections::BTreeSet;

/// Shorter ones are found in a day by whoever may try one a second.
pub const PASSWORD_CHARS_MIN: usize = 8;
/// Longer is no safer, and hashing it costs.
pub const PASSWORD_CHARS_MAX: usize = 256;
/// The 3,000 most used passwords of eight and more characters, in small letters, sorted. After the ranking of leaked
/// ones that zxcvbn carries (MIT licence, Dropbox and Joshua Holmer), and those of our own languages and trade.
const COMMON: &str = include_str!("common.txt");
/// Fewer different characters are one key held down, or a few in turn.
const DIFFERENT_MIN: usize = 4;
/// Our own name is on every page.
const OWN_NAME: &str = "quittance";

/// Why a password is not taken, or could not be hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    #[error("needs at least {PASSWORD_CHARS_MIN} characters; a sentence is easy to remember")]
    TooShort,
    #[error("can have at most {PASSWORD_CHARS_MAX} characters")]
    TooLong,
    #[error("is one of the most used ones; choose another")]
    Common,
    #[error("has too few different characters; choose another")]
    Repeated,
    #[error("is what anybody would try first: your address or a name; choose another")]
    Obvious,
    #[error("could not be hashed; try again")]
    Failed,
    #[error("could not be hashed just now, because many people sign in; try again in some seconds")]
    Busy,
}

/// Whose password it is to be: what everybody knows of them is no secret.
#[derive(Clone, Copy, Debug, Default)]
pub struct Whose<'a> {
    pub email: &'a str,
    /// The business's name; empty while it has none.
    pub business: &'a str,
}

/// A password that may be chosen. It has no `Debug`.
#[derive(Clone)]
pub struct Chosen(String);

impl Chosen {
    /// # Errors
    /// The password is too short, too long, everybody's, or easily thought of.
    pub fn new(password: &str, whose: Whose<'_>) -> Result<Self, PasswordError> {
        let characters = password.chars().count();
        if characters < PASSWORD_CHARS_MIN {
            Err(PasswordError::TooShort)
        } else if characters > PASSWORD_CHARS_MAX {
            Err(PasswordError::TooLong)
        } else if is_common(&password.to_lowercase()) {
            Err(PasswordError::Common)
        } else if password.chars().collect::<BTreeSet<_>>().len() < DIFFERENT_MIN {
            Err(PasswordError::Repeated)
        } else if whose.is_obvious(password) {
            Err(PasswordError::Obvious)
        } else {
            Ok(Self(password.to_owned()))
        }
    }

    pub(super) fn into_text(self) -> String {
        self.0
    }
}

impl Whose<'_> {
    /// Whether it is one of the names, once or again and again, however it is spelled and whatever digits and signs stand
    /// behind it.
    fn is_obvious(self, password: &str) -> bool {
        let (user, _) = self.email.split_once('@').unwrap_or((self.email, ""));
        let core = core_of(password);
        [self.email, user, self.business, OWN_NAME].into_iter().any(|name| {
            let name = core_of(name);
            !core.is_empty() && !name.is_empty() && core.replace(&name, "").is_empty()
        })
    }
}

/// The letters and digits of a text in small, without the digits at its end; all of them if it has digits only.
fn core_of(text: &str) -> String {
    let plain: String = text.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    let core = plain.trim_end_matches(|c: char| c.is_ascii_digit());
    if core.is_empty() { plain } else { core.to_owned() }
}

fn is_common(small: &str) -> bool {
    // A search by halves would need the lines' places; looking through 28 KB once costs a thousandth of the hash.
    COMMON.lines().any(|line| line == small)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANNA: Whose<'static> = Whose { email: "anna.berg@example.com", business: "Müller & Söhne GmbH" };

    #[test]
    fn a_password_needs_length_and_some_thought() {
        let judged = |password: &str| Chosen::new(password, ANNA).map(|_| ());
        for (password, expected) in [
            ("short", Err(PasswordError::TooShort)),
            ("Password123", Err(PasswordError::Common)),
            ("sunshine1", Err(PasswordError::Common)),
            ("passwort1", Err(PasswordError::Common)),
            ("qwertz123", Err(PasswordError::Common)),
            ("football1", Err(PasswordError::Common)),
            ("12345678a", Err(PasswordError::Common)),
            ("Quittance2026!", Err(PasswordError::Obvious)),
            ("anna.berg@example.com", Err(PasswordError::Obvious)),
            ("AnnaBerg1", Err(PasswordError::Obvious)),
            ("annabergannaberg", Err(PasswordError::Obvious)),
            ("aaaaaaaaaaaaaaaa", Err(PasswordError::Repeated)),
            ("xyzxyzxyzxyz", Err(PasswordError::Repeated)),
            ("müller & söhne gmbh", Err(PasswordError::Obvious)),
            ("MüllerSöhneGmbH99", Err(PasswordError::Obvious)),
            (&"x".repeat(257), Err(PasswordError::TooLong)),
            ("my cat sits on the ledger", Ok(())),
            ("my quittance sits", Ok(())),
            ("83917462", Ok(())),
            ("!@#$%^&*()_+-=", Ok(())),
        ] {
            assert_eq!(judged(password), expected, "{password}");
        }
        assert!(Chosen::new("Müller & Söhne GmbH", Whose::default()).is_ok(), "a name that nobody knows");
    }

    #[test]
    fn three_thousand_are_refused_and_each_is_long_enough_to_be_asked_about() {
        let lines: Vec<&str> = COMMON.lines().collect();
        assert_eq!(lines.len(), 3_000);
        assert!(lines.iter().all(|line| line.len() >= PASSWORD_CHARS_MIN && *line == line.to_lowercase()));
        assert!(lines.windows(2).all(|two| two[0] < two[1]), "sorted, and each once");
    }
}
