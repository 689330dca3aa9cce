//! What can be wrong with a configuration, as sentences: place, key, fault, remedy.
//!
//! No sentence repeats a secret. Values of secret keys never get here, and [`shown`] hides what merely looks like one,
//! because a key pasted into the wrong line would otherwise end in a log.

use std::fmt;
use std::path::{Path, PathBuf};

use super::provenance::Origin;

/// Longer values are cut in messages: a sentence must stay one line.
const SHOWN_CHARACTERS_MAX: usize = 60;

/// Beginnings of Stripe's secrets, wherever a word begins.
const SECRET_BEGINNINGS: [&str; 3] = ["sk_", "rk_", "whsec_"];

const HIDDEN: &str = "the value given, which looks like a secret and is not repeated here";

/// Why one text is no value of its kind; continues a sentence that begins with the name of the key or form field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    must_be: &'static str,
    given: Option<String>,
    hint: Option<&'static str>,
}

/// Why a file that is named was not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unread {
    #[error("{0}")]
    Refused(String),
    #[error("it is a folder")]
    Folder,
    /// A pipe would be waited for without end.
    #[error("it is a pipe, a device or a socket")]
    NoFile,
    #[error("it is larger than {0} bytes")]
    TooLarge(u64),
    #[error("it is not UTF-8 text")]
    NotText,
}

impl Unread {
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Refused(_) => "make it a file that this user may read",
            Self::Folder => "name a file in it",
            Self::NoFile => "name a plain file",
            Self::TooLarge(_) => "name the right file: this one holds something else",
            Self::NotText => "write it again in UTF-8",
        }
    }
}

impl Flaw {
    /// The value given may be repeated, unless it looks like a secret.
    pub(super) fn of(must_be: &'static str, given: &str) -> Self {
        Self { must_be, given: Some(shown(given)), hint: None }
    }

    /// The value given is not repeated, because it is secret or would break a line: the flaw can only be described.
    pub(super) fn of_secret(must_be: &'static str, hint: &'static str) -> Self {
        Self { must_be, given: None, hint: Some(hint) }
    }

    pub(super) fn hint(self, hint: &'static str) -> Self {
        Self { hint: Some(hint), ..self }
    }

    /// For a hint that says less than one that is there already.
    pub(super) fn hint_otherwise(self, hint: &'static str) -> Self {
        Self { hint: self.hint.or(Some(hint)), ..self }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "must be {}", self.must_be)?;
        if let Some(given) = &self.given {
            write!(f, ", not {given}")?;
        }
        if let Some(hint) = self.hint {
            write!(f, "; {hint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Flaw {}

/// A value as a message may repeat it.
pub(super) fn shown(value: &str) -> String {
    if value.is_empty() {
        return "an empty text".to_owned();
    }
    if looks_secret(value) {
        return HIDDEN.to_owned();
    }
    let mut text: String = value.chars().take(SHOWN_CHARACTERS_MAX).flat_map(char::escape_debug).collect();
    if value.chars().count() > SHOWN_CHARACTERS_MAX {
        text.push('…');
    }
    text
}

/// A name of a key as a message may repeat it, if the text is one and no secret.
pub(super) fn shown_key(text: &str) -> Option<String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let fits = !text.is_empty() && text.len() <= SHOWN_CHARACTERS_MAX && text.chars().all(is_plain);
    (fits && !looks_secret(text)).then(|| text.to_owned())
}

/// A name of a file as a message may repeat it: whole, for a person must be able to find it, unless a secret stands there.
pub(super) fn shown_path(path: &Path) -> String {
    let name = path.display().to_string();
    if looks_secret(&name) { HIDDEN.to_owned() } else { name }
}

/// A Stripe secret, or an address with a password in it.
fn looks_secret(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let begins_word = |at: usize| !lower[..at].ends_with(|c: char| c.is_ascii_alphanumeric());
    let stripe = SECRET_BEGINNINGS.iter().any(|start| lower.match_indices(start).any(|(at, _)| begins_word(at)));
    let password = lower.rsplit_once('@').is_some_and(|(before, _)| before.replace("://", "").contains(':'));
    stripe || password
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    #[error("{} does not exist, but {named_by} names it; correct the name, or leave it out to use the defaults", path.display())]
    NoSuchFile { path: PathBuf, named_by: &'static str },
    #[error("{} cannot be read ({cause}); {}", path.display(), cause.remedy())]
    Unreadable { path: PathBuf, cause: Unread },
    #[error("{place} is not text; give it a value in UTF-8 or unset it")]
    NotText { place: Origin },
    #[error("{place} is empty; name a file or unset it")]
    NoFileNamed { place: Origin },
    #[error("{place}: this is not TOML{} ({what}); {remedy}", at.as_ref().map(|key| format!(" at {key}")).unwrap_or_default())]
    Syntax { place: Origin, at: Option<String>, what: String, remedy: &'static str },
    #[error("{place}: {name} is not a key Quittance knows; {remedy}")]
    UnknownKey { place: Origin, name: String, remedy: String },
    #[error("{place}: {name} is a group of settings; write [{name}] on a line of its own and its settings below")]
    NotASection { place: Origin, name: String },
    #[error(
        "{place}: {key} is a list; in a variable its entries stand without brackets and quotes, separated by commas"
    )]
    Bracketed { place: Origin, key: &'static str },
    #[error("{place}: {key} {flaw}")]
    Value { place: Origin, key: &'static str, flaw: Flaw },
    #[error("{place}: {key} has {count} entries, and {most} is the most Quittance takes; remove some")]
    TooMany { place: Origin, key: &'static str, count: usize, most: usize },
    #[error("{place}: {key} is set, and {other} is too ({other_place}); remove one of them")]
    Twice { place: Origin, key: &'static str, other: &'static str, other_place: Box<Origin> },
    #[error("{place}: {key} names {path}, which cannot be read ({cause}); {}", cause.remedy())]
    SecretFile { place: Origin, key: &'static str, path: String, cause: Unread },
    #[error("{place}: {key} names {path}, which is empty; put the secret into it")]
    SecretFileEmpty { place: Origin, key: &'static str, path: String },
    #[error(
        "{place}: stripe.api_base is {base}, which is not Stripe, and would be given a live key; remove it, or use a test \
         key"
    )]
    LiveKeyAbroad { place: Origin, base: String },
    #[error("{place}: server.tls is {tls}, which needs {key}; set {key} to {such_as}")]
    TlsNeeds { place: Origin, tls: &'static str, key: &'static str, such_as: &'static str },
    #[error("{place}: {set} is set, which needs {key}; set {key} to {such_as}")]
    Needs { place: Origin, set: &'static str, key: &'static str, such_as: &'static str },
    #[error(
        "{place}: server.listen is the Unix socket {socket}, which has no address that links could lead to; set \
         server.public_url to the address that your proxy answers at"
    )]
    SocketNeedsPublicUrl { place: Origin, socket: String },
    #[error("{place}: {key} is the same address as {other}; give one of them another port")]
    SameAddress { place: Origin, key: &'static str, other: &'static str },
    #[error(
        "{place}: server.http_listen and server.https_listen are both off, so that no certificate authority can look \
         whether the domain leads here; leave one of them on, or set server.tls to files or off"
    )]
    DoorsShut { place: Origin },
}

impl ConfigError {
    fn place(&self) -> Option<&Origin> {
        match self {
            Self::NoSuchFile { .. } | Self::Unreadable { .. } => None,
            Self::NotText { place }
            | Self::NoFileNamed { place }
            | Self::Syntax { place, .. }
            | Self::UnknownKey { place, .. }
            | Self::NotASection { place, .. }
            | Self::Bracketed { place, .. }
            | Self::Value { place, .. }
            | Self::TooMany { place, .. }
            | Self::Twice { place, .. }
            | Self::SecretFile { place, .. }
            | Self::SecretFileEmpty { place, .. }
            | Self::LiveKeyAbroad { place, .. }
            | Self::TlsNeeds { place, .. }
            | Self::Needs { place, .. }
            | Self::SocketNeedsPublicUrl { place, .. }
            | Self::SameAddress { place, .. }
            | Self::DoorsShut { place } => Some(place),
        }
    }
}

/// Everything that is wrong, in reading order; displays one sentence a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigErrors(Vec<ConfigError>);

impl ConfigErrors {
    pub(super) fn new(mut errors: Vec<ConfigError>) -> Self {
        errors.sort_by_key(|error| error.place().map_or(0, Origin::reading_order));
        Self(errors)
    }

    /// Never empty.
    pub fn all(&self) -> &[ConfigError] {
        &self.0
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{error}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigErrors {}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn what_looks_like_a_secret_is_never_repeated() {
        for secret in
            ["sk_live_abc", "is SK_TEST_abc", "x=whsec_abc", "rk_live_1", "https://user:pass@host", "u:p@host"]
        {
            assert!(shown(secret).contains("not repeated"), "{secret}");
        }
        for harmless in ["disk_space", "127.0.0.1:8080", "billing@example.com", "a task_list"] {
            assert_eq!(shown(harmless), harmless);
        }
    }

    #[test]
    fn a_value_stays_on_one_line() {
        assert_eq!(shown("a\r\nb"), "a\\r\\nb");
        assert_eq!(shown(&"x".repeat(61)), format!("{}…", "x".repeat(60)));
        assert_eq!(shown(""), "an empty text");
    }
}
