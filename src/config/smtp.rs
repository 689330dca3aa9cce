//! The mail server, as one address: how to encrypt, where it is, and who we are there.

use std::fmt;
use std::str::FromStr;

use super::error::Flaw;
use super::host::{Host, host_and_port};
use super::secret::Secret;

pub(super) const SMTP: &str = "a mail server such as smtp://user:password@mail.example.com:587";

const ENDING: &str = "leave out everything after the port";

/// When the connection is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmtpSecurity {
    /// `smtp://`: the connection must be upgraded before anything is said.
    StartTls,
    /// `smtps://`: encrypted from the first byte.
    Tls,
    /// `smtp+plain://`: never, and therefore on this machine only.
    Plain,
}

/// User and password are either both there or both absent.
#[derive(Clone, PartialEq, Eq)]
pub struct SmtpAddress {
    pub security: SmtpSecurity,
    pub host: Host,
    pub port: u16,
    pub user: Option<String>,
    pub password: Option<Secret>,
}

impl SmtpSecurity {
    fn of(scheme: &str) -> Option<Self> {
        match scheme.to_ascii_lowercase().as_str() {
            "smtp" => Some(Self::StartTls),
            "smtps" => Some(Self::Tls),
            "smtp+plain" => Some(Self::Plain),
            _ => None,
        }
    }

    fn scheme(self) -> &'static str {
        match self {
            Self::StartTls => "smtp",
            Self::Tls => "smtps",
            Self::Plain => "smtp+plain",
        }
    }

    /// RFC 6409, RFC 8314 and RFC 5321.
    fn usual_port(self) -> u16 {
        match self {
            Self::StartTls => 587,
            Self::Tls => 465,
            Self::Plain => 25,
        }
    }
}

/// The address without user and password.
impl fmt::Display for SmtpAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}:{}", self.security.scheme(), self.host, self.port)
    }
}

impl fmt::Debug for SmtpAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SmtpAddress({self})")
    }
}

impl FromStr for SmtpAddress {
    type Err = Flaw;

    fn from_str(text: &str) -> Result<Self, Flaw> {
        let flaw = |hint| Flaw::of_secret(SMTP, hint);
        let (security, rest) = text
            .split_once("://")
            .and_then(|(scheme, rest)| Some((SmtpSecurity::of(scheme)?, rest)))
            .ok_or_else(|| flaw("begin with smtp://, smtps:// or smtp+plain://"))?;
        // The last @: mail users are often addresses themselves, and no host has one.
        let (login, place) = match rest.rsplit_once('@') {
            Some((login, place)) => (Some(login), place),
            None => (None, rest),
        };
        let (host, port) = read_place(place).map_err(flaw)?;
        if security == SmtpSecurity::Plain && !host.is_loopback() {
            return Err(flaw("smtp+plain:// is for this machine only (localhost, 127.0.0.1 or [::1]), use smtp://"));
        }
        let (user, password) = login.map(read_login).transpose().map_err(flaw)?.unzip();
        Ok(Self { security, host, port: port.unwrap_or(security.usual_port()), user, password })
    }
}

fn read_place(place: &str) -> Result<(Host, Option<u16>), &'static str> {
    let place = place.strip_suffix('/').unwrap_or(place);
    if place.contains(['/', '?', '#']) {
        return Err(ENDING);
    }
    host_and_port(place).ok_or("what should be host and port is neither")
}

fn read_login(login: &str) -> Result<(String, Secret), &'static str> {
    let (user, password) = login.split_once(':').ok_or("the user has no password, write user:password@")?;
    let decode = |part| decoded(part).ok_or("write % in user or password as %25, and characters as % and two digits");
    let (user, password) = (decode(user)?, decode(password)?);
    if user.chars().chain(password.chars()).any(char::is_control) {
        return Err("user or password has a line break or other control character in it");
    }
    if user.is_empty() {
        return Err("there is a password without a user, write user:password@");
    }
    let password = Secret::new(&password).ok_or("the password is empty, write user:password@")?;
    Ok((user, password))
}

/// Undoes percent-encoding (RFC 3986 section 2.1).
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first == b'%' {
            let (digits, after) = after.split_at_checked(2)?;
            bytes.push(hexadecimal(digits)?);
            rest = after;
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).ok()
}

fn hexadecimal(digits: &[u8]) -> Option<u8> {
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::{Secret, SmtpAddress, SmtpSecurity};

    #[test]
    fn an_address_says_everything_about_the_server() {
        let rows = [
            ("smtp://mail.example.com", SmtpSecurity::StartTls, "mail.example.com", 587, None),
            ("smtps://me:pw@mail.example.com", SmtpSecurity::Tls, "mail.example.com", 465, Some(("me", "pw"))),
            ("smtp+plain://localhost", SmtpSecurity::Plain, "localhost", 25, None),
            ("smtp+plain://127.0.0.1:1025/", SmtpSecurity::Plain, "127.0.0.1", 1025, None),
            ("smtp+plain://[::1]:1025", SmtpSecurity::Plain, "[::1]", 1025, None),
            (
                "SMTP://me@a.example:p%40ss%3Aw%C3%B6rd@Mail.Example:2525",
                SmtpSecurity::StartTls,
                "mail.example",
                2525,
                Some(("me@a.example", "p@ss:wörd")),
            ),
            ("smtp://me:a:b/c#d@mail.example", SmtpSecurity::StartTls, "mail.example", 587, Some(("me", "a:b/c#d"))),
        ];
        for (text, security, host, port, login) in rows {
            let smtp: SmtpAddress = text.parse().unwrap();
            assert_eq!((smtp.security, smtp.host.to_string().as_str(), smtp.port), (security, host, port), "{text}");
            assert_eq!(smtp.user.as_deref().zip(smtp.password.as_ref().map(Secret::expose)), login, "{text}");
        }
    }

    #[test]
    fn neither_user_nor_password_is_printed() {
        let smtp: SmtpAddress = "smtp://jane:hunter2@mail.example.com".parse().unwrap();
        assert_eq!(format!("{smtp} {smtp:?}"), "smtp://mail.example.com:587 SmtpAddress(smtp://mail.example.com:587)");
    }

    #[test]
    fn a_wrong_address_is_described_and_never_shown() {
        let rows = [
            ("mail.example.com:587", "begin with smtp://, smtps:// or smtp+plain://"),
            ("https://mail.example.com", "begin with smtp://, smtps:// or smtp+plain://"),
            (
                "smtp+plain://mail.example.com",
                "smtp+plain:// is for this machine only (localhost, 127.0.0.1 or [::1]), use smtp://",
            ),
            ("smtp://me@mail.example", "the user has no password, write user:password@"),
            ("smtp://me:@mail.example", "the password is empty, write user:password@"),
            ("smtp://:hunter2@mail.example", "there is a password without a user, write user:password@"),
            ("smtp://me:100%@mail.example", "write % in user or password as %25, and characters as % and two digits"),
            ("smtp://me:%+1@mail.example", "write % in user or password as %25, and characters as % and two digits"),
            ("smtp://me:%ff@mail.example", "write % in user or password as %25, and characters as % and two digits"),
            ("smtp://me:a%0d%0ab@mail.example", "user or password has a line break or other control character in it"),
            ("smtp://mail.example:587?tls=off", "leave out everything after the port"),
            ("smtp://mail.example:0", "what should be host and port is neither"),
            ("smtp://", "what should be host and port is neither"),
        ];
        for (text, hint) in rows {
            assert_eq!(
                text.parse::<SmtpAddress>().unwrap_err().to_string(),
                format!("must be a mail server such as smtp://user:password@mail.example.com:587; {hint}")
            );
        }
    }
}
