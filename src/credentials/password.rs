//! Which passwords may be chosen.
//!
//! Length counts and no rule about sorts of characters. Refused is what everybody tries first: the most used ones, and
//! what stands on the sign-in page or in every mail of the business.

use std::collections::{BTreeSet, HashSet};

/// Shorter ones are found in a day by whoever may try one a second.
pub const PASSWORD_CHARS_MIN: usize = 8;
/// Longer is no safer, and hashing it costs.
pub const PASSWORD_CHARS_MAX: usize = 256;
/// The 3,000 most used passwords of eight and more characters, in small letters, sorted. After the ranking of leaked
/// ones that zxcvbn carries (MIT licence, Dropbox and Joshua Holmer), and those of our own languages and trade.
const COMMON: &str = include_str!("common.txt");
/// Words that everybody makes passwords of, a few languages' and our trade's, in small letters, sorted.
const WORDS: &str = include_str!("words.txt");
/// So many of them in a row are no sentence yet.
const COMMON_WORDS_MAX: usize = 3;
/// The ways that fingers go, and the alphabet.
const WALKS: [&str; 20] = [
    "1234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertzuiop",
    "yxcvbnm",
    "azertyuiop",
    "qsdfghjklm",
    "wxcvbn",
    "qazwsxedcrfvtgbyhnujmikolp",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "1q2w3e4r5t6y7u8i9o0p",
    "qawsedrftgyhujikolp",
    "abcdefghijklmnopqrstuvwxyz",
    "147258369",
    "159753",
    "1a2b3c4d5e6f",
    "a1b2c3d4e5f6",
    "0987654321",
    "q1w2e3r4t5y6",
];
/// Characters that a walk has on average, at the least, if walks are all that a password is.
const WALK_CHARS: usize = 3;
/// A few characters again and again are those few.
const REPEATED_CHARS_MAX: usize = 4;
/// Fewer different characters are one key held down, or a few in turn.
const DIFFERENT_MIN: usize = 4;
/// Fewer letters beside a name do not hide it.
const OWN_LETTERS_MIN: usize = 3;
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
        } else if is_repeated(password) {
            Err(PasswordError::Repeated)
        } else if is_common(password) || is_walked(password) {
            Err(PasswordError::Common)
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
    /// Whether it is one of the names, once or again and again, however it is spelled and with whatever digits and signs, and
    /// a letter or two.
    fn is_obvious(self, password: &str) -> bool {
        let (user, _) = self.email.split_once('@').unwrap_or((self.email, ""));
        let core = core_of(password);
        [self.email, user, self.business, OWN_NAME].into_iter().any(|name| {
            let name = core_of(name);
            let rest = if name.is_empty() { core.clone() } else { core.replace(&name, "") };
            rest != core
                && rest.chars().count() < PASSWORD_CHARS_MIN
                && rest.chars().filter(|c| c.is_alphabetic()).count() < OWN_LETTERS_MIN
        })
    }
}

/// The letters and digits of a text in small, without the digits at its end; all of them if it has digits only.
fn core_of(text: &str) -> String {
    let plain: String = text.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    let core = plain.trim_end_matches(|c: char| c.is_ascii_digit());
    if core.is_empty() { plain } else { core.to_owned() }
}

/// Whether a few characters are all there is.
fn is_repeated(password: &str) -> bool {
    let characters: Vec<char> = password.chars().collect();
    characters.iter().collect::<BTreeSet<_>>().len() < DIFFERENT_MIN
        || (1..=REPEATED_CHARS_MAX).any(|length| characters.iter().zip(&characters[length..]).all(|(a, b)| a == b))
}

/// Whether it is one of the most used ones, or made of a few common words and what stands beside and between them, however
/// its letters are written.
fn is_common(password: &str) -> bool {
    let plain = password.to_lowercase();
    let letters = |text: &str| text.chars().filter(|c| c.is_alphabetic()).collect::<String>();
    // Behind a word digits are digits; within it they stand for letters.
    let word = plain.trim_matches(|c: char| !c.is_alphabetic());
    // A search by halves would need the lines' places; looking through 28 KB once costs a thousandth of the hash.
    COMMON.lines().any(|line| line == plain)
        || [letters(&plain), letters(&spelled(word)), letters(&spelled(&plain))]
            .iter()
            .any(|text| is_made_of_words(text))
}

/// With the letters that digits and signs stand for.
fn spelled(text: &str) -> String {
    let letter = |c| match c {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        '8' => 'b',
        other => other,
    };
    text.chars().map(letter).collect()
}

fn is_made_of_words(letters: &str) -> bool {
    if letters.is_empty() {
        return false;
    }
    let words: HashSet<&str> = WORDS.lines().collect();
    let mut ends = BTreeSet::from([0]);
    for _ in 0..COMMON_WORDS_MAX {
        let begun = std::mem::take(&mut ends);
        for begin in begun {
            let rest = &letters[begin..];
            let further =
                rest.char_indices().map(|(at, c)| at + c.len_utf8()).filter(|end| words.contains(&rest[..*end]));
            ends.extend(further.map(|end| begin + end));
        }
        if ends.contains(&letters.len()) {
            return true;
        }
    }
    false
}

/// Whether fingers that go along the keyboard, or the alphabet, make all of it.
fn is_walked(password: &str) -> bool {
    let typed: Vec<char> = password.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
    let is_step = |a: char, b: char| {
        a == b || WALKS.iter().any(|walk| walk.contains(&format!("{a}{b}")) || walk.contains(&format!("{b}{a}")))
    };
    let walks = 1 + typed.windows(2).filter(|pair| !is_step(pair[0], pair[1])).count();
    !typed.is_empty() && walks * WALK_CHARS <= typed.len()
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
    fn what_is_tried_first_is_refused_and_what_was_thought_of_is_not() {
        for tried in "password1 12345678 123456789 qwertyuiop 1q2w3e4r 1qaz2wsx zaq12wsx iloveyou princess sunshine letmein1 trustno1 starwars \
            football baseball superman p@ssw0rd P4ssw0rt! Passw0rd1 welcome1 Willkommen2026 Sommer2026! monkey123 dragon99 asdfghjkl abcd1234 \
            qwerty123 azerty123 qwertyuiop123 11112222 19841984 abc12345 michael1 Charlie1! liverpool1 changeme admin123 administrator root1234 \
            adminadmin letmein123 masterkey computer1 Rechnung2026 mypassword newpassword1 87654321 147258369 qazwsxedc a1b2c3d4 hallo123 \
            schatz123 iloveyou2 jesus123 pokemon1 batman123 metallica 1234qwer qwer1234 asdf1234 zxcvbnm1 loveyou1 blink182 November2026"
            .split_whitespace()
        {
            assert!(Chosen::new(tried, ANNA).is_err(), "{tried}");
        }
        for thought_of in [
            "correct horse battery staple",
            "kX7-pLq2-vN9w",
            "tangerine ledger",
            "Fahrradkette im Regen",
            "83917462",
            "4719 Berg 8831",
            "vier Möwen stehlen Pommes",
        ] {
            assert!(Chosen::new(thought_of, ANNA).is_ok(), "{thought_of}");
        }
        let acme = Whose { email: "jane@acme.example", business: "Acme" };
        for name in ["acme2026x", "Acme2026", "acmeacme1", "1acme2026", "jane2026!", "xacme99y"] {
            assert!(Chosen::new(name, acme).is_err(), "{name}");
        }
    }

    #[test]
    fn three_thousand_are_refused_and_each_is_long_enough_to_be_asked_about() {
        let lines: Vec<&str> = COMMON.lines().collect();
        assert_eq!(lines.len(), 3_000);
        assert!(lines.iter().all(|line| line.len() >= PASSWORD_CHARS_MIN && *line == line.to_lowercase()));
        for list in [lines, WORDS.lines().collect()] {
            assert!(list.windows(2).all(|two| two[0] < two[1]), "sorted, and each once");
        }
    }
}
