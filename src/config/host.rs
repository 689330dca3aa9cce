//! Hosts and domains as people write them.
//!
//! Strict on purpose: a general URL parser repairs what it reads (tabs, backslashes, `127.1`), and a setting that was
//! repaired is a setting that says something else than its owner believes.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use super::error::Flaw;

/// RFC 1035 section 2.3.4, without the dot at the end.
const NAME_CHARACTERS_MAX: usize = 253;
const LABEL_CHARACTERS_MAX: usize = 63;

pub(super) const DOMAIN: &str = "a public name such as billing.example.com";

/// A machine: a name in lower case, or an address.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Host {
    Name(String),
    Address(IpAddr),
}

impl Host {
    /// Whether this can only mean this machine. Of the names, only `localhost` is sure (RFC 6761 section 6.3).
    pub fn is_loopback(&self) -> bool {
        match self {
            Self::Name(name) => name == "localhost",
            Self::Address(address) => address.to_canonical().is_loopback(),
        }
    }

    /// `0.0.0.0` or `::`, which one can listen on and never call.
    pub fn is_unspecified(&self) -> bool {
        matches!(self, Self::Address(address) if address.to_canonical().is_unspecified())
    }

    /// Reads a name, an IPv4 address, or an IPv6 address in brackets.
    fn read(text: &str) -> Option<Self> {
        if let Some(inside) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            return inside.parse::<Ipv6Addr>().ok().map(|address| Self::Address(address.into()));
        }
        if ends_in_number(text) {
            return text.parse().ok().map(|address| Self::Address(IpAddr::V4(address)));
        }
        let is_character = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        is_name(text, is_character).then(|| Self::Name(text.to_ascii_lowercase()))
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Address(IpAddr::V4(address)) => address.fmt(f),
            Self::Address(IpAddr::V6(address)) => write!(f, "[{address}]"),
        }
    }
}

/// Reads `host` or `host:port`; port 0 is nowhere.
pub(super) fn host_and_port(text: &str) -> Option<(Host, Option<u16>)> {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(read_port(port)?)),
        _ => (text, None),
    };
    Some((Host::read(host)?, port))
}

fn read_port(digits: &str) -> Option<u16> {
    let only_digits = digits.bytes().all(|b| b.is_ascii_digit());
    digits.parse().ok().filter(|port| only_digits && *port != 0)
}

/// Browsers take such hosts for IPv4 addresses in old notations: only the plain one may pass.
fn ends_in_number(text: &str) -> bool {
    let last = text.rsplit('.').next().unwrap_or_default();
    last.starts_with("0x") || (!last.is_empty() && last.bytes().all(|b| b.is_ascii_digit()))
}

fn is_name(text: &str, is_character: impl Fn(char) -> bool) -> bool {
    let is_label = |label: &str| {
        (1..=LABEL_CHARACTERS_MAX).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(&is_character)
    };
    text.len() <= NAME_CHARACTERS_MAX && text.split('.').all(is_label)
}

/// A name in the public DNS, in lower case: at least two labels, no port, no address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain(String);

impl Domain {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Domain {
    type Err = Flaw;

    fn from_str(text: &str) -> Result<Self, Flaw> {
        let flaw = Flaw::of(DOMAIN, text);
        if text.contains("://") {
            return Err(flaw.hint("leave out what stands before the name"));
        }
        if text.contains([':', '/']) {
            return Err(flaw.hint("leave out what follows the name"));
        }
        if !text.is_ascii() {
            return Err(flaw.hint("write it in its xn-- form"));
        }
        let is_character = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if !text.contains('.') || ends_in_number(text) || !is_name(text, is_character) {
            return Err(flaw);
        }
        Ok(Self(text.to_ascii_lowercase()))
    }
}

#[cfg(test)]
mod tests {
    use super::{Domain, host_and_port};

    #[test]
    fn hosts_are_read_strictly() {
        let read = |text| host_and_port(text).map(|(host, port)| (host.to_string(), port));
        let good = [
            ("Mail.Example.COM", "mail.example.com", None),
            ("localhost:25", "localhost", Some(25)),
            ("stripe_mock:12111", "stripe_mock", Some(12111)),
            ("10.0.0.1:1", "10.0.0.1", Some(1)),
            ("[::1]:8080", "[::1]", Some(8080)),
            ("[2001:DB8::1]", "[2001:db8::1]", None),
        ];
        for (text, host, port) in good {
            assert_eq!(read(text), Some((host.to_owned(), port)), "{text}");
        }
        for text in [
            "",
            ":80",
            "a:",
            "a:0",
            "a:+80",
            "a:65536",
            "127.1",
            "0x7f.0.0.1",
            "1.2.3.4.5",
            "a..b",
            "a.",
            "-a",
            "a-",
            "a b",
            "::1",
            "[::1",
            "[1.2.3.4]",
            "[fe80::1%eth0]",
            "bücher.example",
            "a:80:90",
            "a\tb",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(read(&format!("{}.com", "a".repeat(64))), None);
    }

    #[test]
    fn only_this_machine_is_loopback() {
        let is_loopback = |text| host_and_port(text).unwrap().0.is_loopback();
        assert!(["localhost", "127.0.0.1", "127.9.9.9", "[::1]", "[::ffff:127.0.0.1]"].into_iter().all(is_loopback));
        assert!(!["localhost.example.com", "10.0.0.1", "0.0.0.0", "[::]"].into_iter().any(is_loopback));
    }

    #[test]
    fn a_domain_is_a_public_name() {
        assert_eq!("Billing.Example.com".parse::<Domain>().unwrap().as_str(), "billing.example.com");
        let wrong = [
            (
                "https://a.example",
                "must be a public name such as billing.example.com, not https://a.example; leave out what stands before the name",
            ),
            (
                "a.example:443",
                "must be a public name such as billing.example.com, not a.example:443; leave out what follows the name",
            ),
            (
                "bücher.example",
                "must be a public name such as billing.example.com, not bücher.example; write it in its xn-- form",
            ),
            ("localhost", "must be a public name such as billing.example.com, not localhost"),
            ("10.0.0.1", "must be a public name such as billing.example.com, not 10.0.0.1"),
            ("a_b.example", "must be a public name such as billing.example.com, not a_b.example"),
            ("", "must be a public name such as billing.example.com, not an empty text"),
        ];
        for (text, sentence) in wrong {
            assert_eq!(text.parse::<Domain>().unwrap_err().to_string(), sentence);
        }
    }
}
