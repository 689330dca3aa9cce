//! Whom mails come from.

use std::fmt;
use std::str::FromStr;

use super::error::Flaw;
use super::host::host_and_port;

pub(super) const SENDER: &str = "an address such as Example Ltd <billing@example.com>";

/// RFC 5321 section 4.5.3.1.
const LOCAL_PART_BYTES_MAX: usize = 64;
const ADDRESS_BYTES_MAX: usize = 254;

/// A header line holds 998 bytes, and a name is encoded in up to three times its length; nobody reads more than this.
const NAME_BYTES_MAX: usize = 200;

/// A mail address and, usually, a name to show. Neither can break out of a header line.
#[derive(Clone, PartialEq, Eq)]
pub struct Sender {
    name: Option<String>,
    address: String,
}

impl Sender {
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    pub fn address(&self) -> &str {
        &self.address
    }
}

/// As it is written in the configuration; not yet quoted for a mail header.
impl fmt::Display for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name} <{}>", self.address),
            None => f.write_str(&self.address),
        }
    }
}

/// Addresses stay out of logs.
impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sender(…)")
    }
}

impl FromStr for Sender {
    type Err = Flaw;

    fn from_str(text: &str) -> Result<Self, Flaw> {
        let flaw = || Flaw::of(SENDER, text);
        if text.chars().any(char::is_control) {
            return Err(Flaw::of_secret(SENDER, "it must be one line of plain text"));
        }
        let text = text.trim();
        let (name, address) = match text.strip_suffix('>').and_then(|rest| rest.rsplit_once('<')) {
            Some((name, address)) => (unquoted(name.trim()), address),
            None => ("", text),
        };
        if name.contains(['<', '>', '"']) || name.len() > NAME_BYTES_MAX || !is_address(address) {
            return Err(flaw());
        }
        Ok(Self { name: (!name.is_empty()).then(|| name.to_owned()), address: address.to_owned() })
    }
}

fn unquoted(name: &str) -> &str {
    name.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(name)
}

/// The plain form (RFC 5322 `dot-atom` at a host); quoted local parts are not worth their danger.
pub(super) fn is_address(text: &str) -> bool {
    let Some((local, host)) = text.rsplit_once('@') else { return false };
    let is_atom = |atom: &str| {
        !atom.is_empty() && atom.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b))
    };
    text.len() <= ADDRESS_BYTES_MAX
        && local.len() <= LOCAL_PART_BYTES_MAX
        && local.split('.').all(is_atom)
        && matches!(host_and_port(host), Some((super::Host::Name(_), None)))
}

#[cfg(test)]
mod tests {
    use super::Sender;

    #[test]
    fn a_sender_is_an_address_with_or_without_a_name() {
        let rows = [
            ("billing@example.com", None, "billing@example.com"),
            ("<billing@example.com>", None, "billing@example.com"),
            ("Example Ltd <billing@example.com>", Some("Example Ltd"), "billing@example.com"),
            ("\"Doe, Jane\" <jane.doe+bills@example.com>", Some("Doe, Jane"), "jane.doe+bills@example.com"),
            ("Müller & Söhne <rechnung@localhost>", Some("Müller & Söhne"), "rechnung@localhost"),
        ];
        for (text, name, address) in rows {
            let sender: Sender = text.parse().unwrap();
            assert_eq!((sender.name(), sender.address()), (name, address));
            assert_eq!(sender.to_string().parse::<Sender>().unwrap(), sender, "what is shown can be written");
            assert_eq!(format!("{sender:?}"), "Sender(…)");
        }
    }

    #[test]
    fn what_is_no_sender_is_refused() {
        for text in [
            "",
            "Example Ltd",
            "a@",
            "@b.example",
            "a b@c.example",
            "a@b@c.example",
            "A <a@b.example",
            "a@b.example>",
            ".a@b.example",
            "a..b@c.example",
            "a@b.example:25",
            "a@[127.0.0.1]",
            "A <x> <a@b.example>",
            "a@b.example, c@d.example",
            "ä@b.example",
        ] {
            assert!(text.parse::<Sender>().is_err(), "{text}");
        }
        assert!(format!("{}@b.example", "a".repeat(65)).parse::<Sender>().is_err());
        assert_eq!(
            "A <a@b.example>\r\nBcc: x@y.example".parse::<Sender>().unwrap_err().to_string(),
            "must be an address such as Example Ltd <billing@example.com>; it must be one line of plain text"
        );
    }
}
