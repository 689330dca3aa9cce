//! What became of a mail, and the words for it.
//!
//! The rule it keeps: a mail dies only of what the mail server said about *that mail*. A refused login, a refused
//! connection, a certificate that does not fit are the owner's to mend, so the mail waits.

use std::error::Error;
use std::fmt;
use std::io;

use lettre::address::Address;
use lettre::transport::smtp;
use lettre::transport::smtp::response::{Code, Response};

/// A mail server's own words are kept up to here; what follows is never the reason.
pub const WORDS_CHARS_MAX: usize = 500;

/// The mail server took the mail on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// What it said: code and text, often with its number for the mail; and which copies it did not take.
    pub reply: String,
    /// Whom it took the mail for.
    pub taken: Vec<String>,
    /// Whether it did not take a copy.
    pub leaves_out: bool,
    /// Whether it may take later what it did not take now.
    pub others_wait: bool,
}

/// A recipient that the mail server did not take, and why.
pub(super) type LeftOut = (Address, Undelivered);

impl Accepted {
    pub(super) fn with(reply: &Response, taken: &[Address], left_out: &[LeftOut]) -> Self {
        let without = left_out.iter().map(|(address, why)| format!("; no copy to {address}: {why}"));
        Self {
            reply: clean(&(words(reply) + without.collect::<String>().as_str())),
            taken: taken.iter().map(ToString::to_string).collect(),
            leaves_out: !left_out.is_empty(),
            others_wait: left_out.iter().any(|(_, why)| why.may_pass()),
        }
    }
}

/// The mail server did not take the mail on, as far as we know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Undelivered {
    /// Not this time; nothing was accepted. To be tried again.
    #[error("{0}")]
    Temporary(Reason),
    /// The mail server will not have this mail, now or later.
    #[error("{0}")]
    Permanent(Reason),
    /// The connection was lost between the mail and the answer. To be sent again with the same Message-ID: twice is
    /// better than never.
    #[error("{0}")]
    Unknown(Reason),
}

impl Undelivered {
    #[must_use]
    pub fn reason(&self) -> &Reason {
        match self {
            Self::Temporary(reason) | Self::Permanent(reason) | Self::Unknown(reason) => reason,
        }
    }

    pub(super) fn may_pass(&self) -> bool {
        !matches!(self, Self::Permanent(_))
    }
}

/// Why, for the owner's screen. It may quote an address, so `Debug` shows the code alone, and so should a log.
#[derive(Clone, PartialEq, Eq)]
pub struct Reason {
    sentence: String,
    code: Option<u16>,
}

impl Reason {
    /// A sentence of ours, where the mail server said nothing.
    fn ours(sentence: &str) -> Self {
        Self { sentence: clean(sentence), code: None }
    }

    fn quoting(ours: &str, code: Code, text: &str) -> Self {
        let said = clean(&format!("{code} {text}"));
        let sentence = if ours.is_empty() { said } else { format!("{ours} It said: {said}") };
        Self { sentence, code: Some(code.into()) }
    }

    /// The mail server's reply code, if it was the mail server that refused.
    #[must_use]
    pub fn code(&self) -> Option<u16> {
        self.code
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl fmt::Debug for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reason").field("code", &self.code).finish_non_exhaustive()
    }
}

/// How far a delivery had come. What an answer means depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Connect,
    Encrypt,
    SignIn,
    /// Sender, recipients, and the question whether the message may follow.
    Envelope,
    /// The message is on its way; until the answer, nobody knows.
    Message,
}

/// Answers that ask for a login whatever the command was (RFC 4954, section 6; RFC 3207, section 4).
const LOGIN_CODES: [u16; 4] = [530, 534, 535, 538];

impl Stage {
    pub(super) fn failed(self, host: &str, error: &smtp::Error) -> Undelivered {
        match error.status() {
            Some(code) => self.refused(host, code, &error.source().map(ToString::to_string).unwrap_or_default()),
            None if self == Self::SignIn && error.is_client() => Undelivered::Temporary(Reason::ours(&format!(
                "{host} offers no login that fits (PLAIN or LOGIN) on this connection; \
                 choose STARTTLS or TLS in the mail settings, or remove user name and password."
            ))),
            None => self.lost(host, &deepest(error)),
        }
    }

    /// No answer, whether the connection broke or the time was up.
    pub(super) fn lost(self, host: &str, cause: &str) -> Undelivered {
        let sentence = match self {
            Self::Connect => format!("No connection to {host}: {cause}."),
            Self::Encrypt => format!("No secure connection to {host}: {cause}."),
            Self::SignIn => format!("The connection to {host} was lost during the login: {cause}."),
            Self::Envelope => format!("The connection to {host} was lost before the mail was handed over: {cause}."),
            Self::Message => format!(
                "The connection to {host} was lost after the mail was handed over and before the answer ({cause}). \
                 It will be sent again with the same Message-ID."
            ),
        };
        let reason = Reason::ours(&sentence);
        if self == Self::Message { Undelivered::Unknown(reason) } else { Undelivered::Temporary(reason) }
    }

    fn refused(self, host: &str, code: Code, text: &str) -> Undelivered {
        let number = u16::from(code);
        let for_good = number >= 500;
        match self {
            Self::Connect => {
                let ours = format!("{host} accepts no connection from here at the moment.");
                Undelivered::Temporary(Reason::quoting(&ours, code, text))
            }
            Self::Encrypt => {
                let ours = format!("{host} refused to encrypt the connection, so nothing was sent.");
                Undelivered::Temporary(Reason::quoting(&ours, code, text))
            }
            Self::SignIn if !for_good => {
                let ours = format!("{host} could not check the login at the moment.");
                Undelivered::Temporary(Reason::quoting(&ours, code, text))
            }
            _ if self == Self::SignIn || LOGIN_CODES.contains(&number) => {
                let ours = format!(
                    "{host} refused the login. Mails wait until user name and password are right in the mail settings."
                );
                Undelivered::Temporary(Reason::quoting(&ours, code, text))
            }
            _ if for_good => Undelivered::Permanent(Reason::quoting("", code, text)),
            _ => Undelivered::Temporary(Reason::quoting("", code, text)),
        }
    }
}

pub(super) fn waits(sentence: &str) -> Undelivered {
    Undelivered::Temporary(Reason::ours(sentence))
}

pub(super) fn cannot_be_sent(sentence: &str) -> Undelivered {
    Undelivered::Permanent(Reason::ours(sentence))
}

/// A reply as it may be shown and kept.
pub(super) fn words(response: &Response) -> String {
    let text: Vec<&str> = response.message().collect();
    clean(&format!("{} {}", response.code(), text.join(" ")))
}

/// The innermost cause: the outer ones only say "connection error".
fn deepest(error: &smtp::Error) -> String {
    let mut cause: &(dyn Error + 'static) = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    if speaks_no_tls(cause) {
        return "it does not answer in TLS; if the port is for STARTTLS (587 as a rule), choose STARTTLS".to_owned();
    }
    cause.to_string().trim_end_matches('.').to_owned()
}

/// Whether what came back was not TLS at all, as from a port that begins in the clear.
fn speaks_no_tls(cause: &(dyn Error + 'static)) -> bool {
    let inner = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    matches!(inner.and_then(|inner| inner.downcast_ref()), Some(rustls::Error::InvalidMessage(_)))
}

/// One line, bounded: a mail server is a stranger.
fn clean(text: &str) -> String {
    let spaced: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let single = spaced.split_whitespace().collect::<Vec<_>>().join(" ");
    if single.chars().count() <= WORDS_CHARS_MAX {
        return single;
    }
    let kept: String = single.chars().take(WORDS_CHARS_MAX - 1).collect();
    format!("{kept}…")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that cannot set its scene should fail there")]

    use super::*;

    #[derive(Debug, PartialEq)]
    enum Fate {
        Waits,
        Dies,
    }

    fn fate(stage: Stage, reply: &str) -> (Fate, String) {
        let response: Response = format!("{reply}\r\n").parse().unwrap();
        let text = response.message().collect::<Vec<_>>().join(" ");
        match stage.refused("mail.example.com", response.code(), &text) {
            Undelivered::Temporary(reason) => (Fate::Waits, reason.to_string()),
            Undelivered::Permanent(reason) => (Fate::Dies, reason.to_string()),
            Undelivered::Unknown(_) => panic!("an answer is never unknown"),
        }
    }

    #[test]
    fn a_mail_dies_only_of_what_was_said_about_it() {
        let cases = [
            (Stage::Connect, "421 too busy", Fate::Waits),
            (Stage::Connect, "554 no service for you", Fate::Waits),
            (Stage::Encrypt, "501 no", Fate::Waits),
            (Stage::SignIn, "454 try later", Fate::Waits),
            (Stage::SignIn, "535 wrong password", Fate::Waits),
            (Stage::Envelope, "450 busy", Fate::Waits),
            (Stage::Envelope, "530 log in first", Fate::Waits),
            (Stage::Envelope, "550 no such user", Fate::Dies),
            (Stage::Message, "451 disk full", Fate::Waits),
            (Stage::Message, "421 closing", Fate::Waits),
            (Stage::Message, "552 too large", Fate::Dies),
        ];
        for (stage, reply, expected) in cases {
            let (fate, words) = fate(stage, reply);
            assert_eq!(fate, expected, "{stage:?} {reply}");
            assert!(words.ends_with(reply), "{words}");
        }
    }

    #[test]
    fn a_refused_login_is_called_a_login() {
        for (stage, reply) in [(Stage::SignIn, "535 5.7.8 no"), (Stage::Envelope, "530 5.7.0 no")] {
            assert!(fate(stage, reply).1.starts_with("mail.example.com refused the login."));
        }
        assert!(!fate(Stage::SignIn, "454 later").1.contains("refused"));
    }

    #[test]
    fn only_the_loss_of_the_answer_leaves_a_mail_unknown() {
        for stage in [Stage::Connect, Stage::Encrypt, Stage::SignIn, Stage::Envelope] {
            assert!(matches!(stage.lost("h", "reset"), Undelivered::Temporary(_)));
        }
        assert!(matches!(Stage::Message.lost("h", "reset"), Undelivered::Unknown(_)));
    }

    #[test]
    fn words_of_strangers_are_one_bounded_line_and_stay_out_of_debug() {
        let long = format!("jane@example.com\u{7}\u{1b}[31m {}", "x".repeat(2000));
        let code: Response = "550 x\r\n".parse().unwrap();
        let reason = Reason::quoting("", code.code(), &long);
        assert_eq!(reason.to_string().chars().count(), WORDS_CHARS_MAX);
        assert!(!reason.to_string().contains(char::is_control));
        assert_eq!(format!("{reason:?}"), "Reason { code: Some(550), .. }");
    }
}
