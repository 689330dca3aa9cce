//! What is wrong, and what to do about it: two halves of one sentence that stay apart until somebody reads them.
//!
//! An error gives both halves, so that nobody who shows them in two places has to guess where one ends.

use std::fmt;

/// Neither half ends with a full stop, or begins with a capital letter unless with a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    pub what: String,
    pub remedy: String,
}

impl Said {
    pub fn new(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { what: what.into(), remedy: remedy.into() }
    }

    /// What was stored, or came through many hands, as one line; `otherwise` is the remedy if it names none. A path may have
    /// anything in it, and remedies are ours: the last semicolon counts.
    #[must_use]
    pub fn read(line: &str, otherwise: &str) -> Self {
        let (what, remedy) = line.rsplit_once("; ").unwrap_or((line, otherwise));
        Self::new(what, remedy)
    }

    /// For a page or a mail: `What is wrong. What to do.`
    #[must_use]
    pub fn in_full(&self) -> String {
        format!("{} {}", sentence(&self.what), sentence(&self.remedy))
    }
}

/// `what is wrong; what to do`
impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What a mail server or a library said may be a whole sentence already.
        write!(f, "{}; {}", self.what.trim_end_matches('.'), self.remedy)
    }
}

/// Begun as sentences are; what begins with a name, an address or a number stays as it is.
#[must_use]
pub fn begun(words: &str) -> String {
    let first = words.split([' ', ',']).next().unwrap_or_default().trim_end_matches(':');
    let is_word = first.chars().all(|c| c.is_ascii_lowercase() || c == '\'') && !first.is_empty();
    let mut rest = words.chars();
    match rest.next().filter(|_| is_word) {
        Some(first) => first.to_uppercase().chain(rest).collect(),
        None => words.to_owned(),
    }
}

/// Begun and ended as sentences are.
#[must_use]
pub fn sentence(words: &str) -> String {
    let begun = begun(words);
    if begun.ends_with(['.', '?', '!']) { begun } else { format!("{begun}.") }
}

#[cfg(test)]
mod tests {
    use super::{Said, sentence};

    #[test]
    fn what_is_said_is_a_sentence() {
        for (words, expected) in [
            ("no event is waiting", "No event is waiting."),
            ("this machine's clock is wrong", "This machine's clock is wrong."),
            ("server.domain: is set and not used", "server.domain: is set and not used."),
            ("https://pay.example.com leads here", "https://pay.example.com leads here."),
            ("80: nobody listens", "80: nobody listens."),
            ("Stripe takes it.", "Stripe takes it."),
        ] {
            assert_eq!(sentence(words), expected);
        }
        let said = Said::new("the key is gone", "put it back, or run: chmod 600 key.pem");
        assert_eq!(said.in_full(), "The key is gone. Put it back, or run: chmod 600 key.pem.");
        assert_eq!(said.to_string(), "the key is gone; put it back, or run: chmod 600 key.pem");
    }

    #[test]
    fn a_line_is_read_back_as_it_was_written() {
        let said = Said::new("a; b.pem cannot be read", "name another");
        assert_eq!(Said::read(&said.to_string(), "look at the log"), said);
        assert_eq!(Said::read("no room", "look at the log"), Said::new("no room", "look at the log"));
    }
}
