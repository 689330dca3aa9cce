//! Why there is no certificate: one sentence each, what to do about it, and how long to leave the authority alone.

use std::path::PathBuf;

use instant_acme::{Error, Problem};
use jiff::Timestamp;

use crate::resolve::ResolveError;
use crate::said::Said;
use crate::store;

/// What an authority says is shown up to here: it may quote a whole page that it found.
const WORDS_CHARS_MAX: usize = 300;

/// Why a request did not come back with an answer.
#[derive(Clone, Debug, thiserror::Error)]
pub(super) enum LineError {
    #[error("{0}")]
    Resolve(ResolveError),
    #[error("no connection ({0})")]
    Unreachable(String),
    #[error("no answer in time")]
    TimedOut,
    #[error("the connection broke ({0})")]
    Broken(String),
    #[error("its own certificate is not to be trusted ({0})")]
    Untrusted(String),
    #[error("its own certificate is not valid at this time")]
    Clock,
    #[error("it gave an address without https://")]
    NotEncrypted,
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The name has no address in the DNS.
    NoAddress {
        name: String,
        why: String,
    },
    /// The authority looked and did not find this server.
    NotHere {
        name: String,
        words: String,
    },
    /// A record in the DNS allows other authorities only (RFC 8659).
    Forbidden {
        words: String,
    },
    /// This machine's clock; by so many seconds, if that is known.
    Clock {
        skew: Option<i64>,
    },
    /// Too many tries.
    TooOften {
        words: String,
    },
    /// The authority does not issue for this name or this account.
    Refused {
        words: String,
    },
    /// It wants an account that was opened elsewhere.
    NeedsAccount,
    /// Whoever answered in its place has no certificate that can be trusted.
    Untrusted {
        words: String,
    },
    /// It wants the same request again with another nonce (RFC 8555, section 6.5).
    StaleNonce,
    /// No connection, or an authority in trouble.
    Unreachable {
        words: String,
    },
    /// The file of further roots.
    Roots {
        path: PathBuf,
        cause: String,
    },
    Store {
        words: String,
    },
}

/// Why there is no certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub cause: Cause,
    /// The authority said when to come again.
    pub not_before: Option<Timestamp>,
}

impl Failure {
    #[must_use]
    pub fn new(cause: Cause) -> Self {
        Self { cause, not_before: None }
    }

    pub(super) fn unexpected(words: impl Into<String>) -> Self {
        Self::new(Cause::Unreachable { words: shown(&words.into()) })
    }

    pub(super) fn of_store(error: &store::Error) -> Self {
        Self::new(Cause::Store { words: error.to_string() })
    }

    /// What the protocol's library says.
    pub(super) fn of(error: Error) -> Self {
        match error {
            Error::Api(problem) => Self::of_problem(&problem, ""),
            Error::Other(inner) => match inner.downcast_ref::<LineError>() {
                Some(LineError::Clock) => Self::new(Cause::Clock { skew: None }),
                Some(error @ LineError::Untrusted(_)) => {
                    Self::new(Cause::Untrusted { words: shown(&error.to_string()) })
                }
                _ => Self::unexpected(inner.to_string()),
            },
            other => Self::unexpected(other.to_string()),
        }
    }

    /// What the authority says; `name` is what it looked for, if it looked.
    pub(super) fn of_problem(problem: &Problem, name: &str) -> Self {
        let sort = problem.r#type.as_deref().unwrap_or_default();
        let sort = sort.strip_prefix("urn:ietf:params:acme:error:").unwrap_or_default();
        let words = shown(problem.detail.as_deref().unwrap_or("it gave no reason"));
        let name = name.to_owned();
        Self::new(match sort {
            "connection" | "dns" | "incorrectResponse" | "tls" => Cause::NotHere { name, words },
            "unauthorized" if !name.is_empty() => Cause::NotHere { name, words },
            "caa" => Cause::Forbidden { words },
            "rateLimited" => Cause::TooOften { words },
            "externalAccountRequired" => Cause::NeedsAccount,
            "badNonce" => Cause::StaleNonce,
            "serverInternal" | "orderNotReady" => Cause::Unreachable { words },
            _ => Cause::Refused { words },
        })
    }

    /// Whether somebody who looks at the name or the machine can mend it, so that trying soon is of use.
    #[must_use]
    pub fn is_about_the_name(&self) -> bool {
        matches!(self.cause, Cause::NoAddress { .. } | Cause::NotHere { .. })
    }

    /// For a person: what happened with `authority`, and what to do.
    #[must_use]
    pub fn said(&self, authority: &str) -> Said {
        let (what, remedy) = match &self.cause {
            Cause::NoAddress { name, why } => (
                format!("{name} has no address yet ({why})"),
                format!("add an A or AAAA record for {name} that names this machine's public address"),
            ),
            Cause::NotHere { name, words } => (
                format!("{authority} did not find this server at {name}: {words}"),
                "let the A and AAAA records of the name lead to this machine, and let ports 80 and 443 through its firewall \
                 and the provider's"
                    .to_owned(),
            ),
            Cause::Forbidden { words } => (
                format!("a CAA record keeps {authority} from issuing: {words}"),
                "add the authority to the CAA records of the domain, or remove them".to_owned(),
            ),
            Cause::Clock { skew } => (
                match skew {
                    Some(skew) => format!("this machine's clock is wrong by {} minutes", skew.unsigned_abs() / 60),
                    None => "this machine's clock seems to be wrong".to_owned(),
                },
                "set it, and let it be kept by NTP (timedatectl set-ntp true)".to_owned(),
            ),
            Cause::TooOften { words } => {
                (format!("{authority} was asked too often: {words}"), "wait; it is asked again when it allows it".to_owned())
            }
            Cause::Refused { words } => (
                format!("{authority} refuses: {words}"),
                "correct what it names, or have server.acme_directory name another authority".to_owned(),
            ),
            Cause::NeedsAccount => (
                format!("{authority} takes only accounts that were opened with it before"),
                "have server.acme_directory name another authority".to_owned(),
            ),
            Cause::Untrusted { words } => (
                format!("{authority} could not be asked: {words}"),
                "look who is in between; for an authority of your own, name its root in server.acme_roots_file".to_owned(),
            ),
            Cause::StaleNonce => (
                format!("{authority} took none of several requests for fresh"),
                "wait; it is tried again by itself".to_owned(),
            ),
            Cause::Unreachable { words } => (
                format!("{authority} could not be asked: {words}"),
                "check this machine's connection; it is tried again by itself".to_owned(),
            ),
            Cause::Roots { path, cause } => (
                format!("server.acme_roots_file names {}, which holds no certificates ({cause})", path.display()),
                "name a PEM file with the authority's root".to_owned(),
            ),
            Cause::Store { words } => {
                (format!("what was obtained could not be kept: {words}"), "free disk space or check the disk".to_owned())
            }
        };
        Said { what, remedy }
    }
}

/// What a stranger says, on one line and not too long.
fn shown(words: &str) -> String {
    let line: String = words.chars().map(|c| if c.is_control() { ' ' } else { c }).take(WORDS_CHARS_MAX).collect();
    line.trim().trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Cause, Failure, Problem};

    fn said(sort: &str, name: &str) -> Failure {
        let problem = Problem {
            r#type: Some(format!("urn:ietf:params:acme:error:{sort}")),
            detail: Some("203.0.113.9: Fetching http://pay.example.com/:\nConnection refused.".to_owned()),
            status: Some(400),
            subproblems: Vec::new(),
        };
        Failure::of_problem(&problem, name)
    }

    #[test]
    fn each_refusal_is_one_sentence_with_a_remedy() {
        for (sort, name, words) in [
            ("connection", "pay.example.com", "did not find this server at pay.example.com: 203.0.113.9"),
            ("unauthorized", "pay.example.com", "did not find this server"),
            ("unauthorized", "", "refuses"),
            ("caa", "", "a CAA record keeps"),
            ("rateLimited", "", "was asked too often"),
            ("rejectedIdentifier", "", "refuses"),
            ("externalAccountRequired", "", "takes only accounts"),
            ("serverInternal", "", "could not be asked"),
            ("badNonce", "", "took none of several requests for fresh"),
            ("something.new", "", "refuses"),
        ] {
            let told = said(sort, name).said("Let's Encrypt");
            assert!(told.what.contains(words), "{sort}: {}", told.what);
            let is_one_line = !told.what.contains('\n') && !told.what.ends_with('.');
            assert!(is_one_line && !told.remedy.is_empty(), "{}", told.what);
        }
    }

    #[test]
    fn a_wrong_clock_says_by_how_much() {
        let told = Failure::new(Cause::Clock { skew: Some(-7_200) }).said("Let's Encrypt");
        assert_eq!(told.what, "this machine's clock is wrong by 120 minutes");
        assert!(said("dns", "a").is_about_the_name() && !said("caa", "a").is_about_the_name());
    }
}
