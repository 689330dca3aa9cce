//! The ways in: where Quittance listens, and who vouches for its name.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use super::error::Flaw;
use super::host::host_and_port;
use super::sender::is_address;

pub(super) const LISTEN: &str = "an address and port such as 127.0.0.1:8080";
pub(super) const LISTEN_OR_OFF: &str = "an address and port such as 0.0.0.0:443, or off";
pub(super) const DIRECTORY: &str = "letsencrypt, letsencrypt-staging or the https address of an ACME directory such as https://ca.example.com/directory";
pub(super) const CONTACT: &str = "a mail address such as jane@example.com";

const LETS_ENCRYPT: &str = "https://acme-v02.api.letsencrypt.org/directory";
const LETS_ENCRYPT_STAGING: &str = "https://acme-staging-v02.api.letsencrypt.org/directory";

/// What `server.listen` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Address(SocketAddr),
    Socket(PathBuf),
}

/// Who is asked for certificates, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acme {
    /// Where the certificate authority says what it can do (RFC 8555, section 7.1.1).
    pub directory: Directory,
    /// Whom the authority may write to. Let's Encrypt writes to nobody.
    pub contact: Option<String>,
    /// Further roots that the authority's own HTTPS is checked against, in PEM form: for one inside a company.
    pub roots_file: Option<PathBuf>,
}

/// The address of a certificate authority's directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directory(String);

impl Directory {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether no browser believes what it issues.
    pub fn is_staging(&self) -> bool {
        self.0 == LETS_ENCRYPT_STAGING
    }
}

impl fmt::Display for Directory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_str() {
            LETS_ENCRYPT => f.write_str("Let's Encrypt"),
            LETS_ENCRYPT_STAGING => f.write_str("Let's Encrypt's staging environment"),
            other => f.write_str(other),
        }
    }
}

impl Default for Directory {
    fn default() -> Self {
        Self(LETS_ENCRYPT.to_owned())
    }
}

pub(super) fn listen(text: &str) -> Result<Place, Flaw> {
    let Some(path) = text.strip_prefix("unix:") else {
        let flaw = Flaw::of(LISTEN, text);
        let flaw = if text.starts_with('/') { flaw.hint("write unix: before the path of a socket") } else { flaw };
        return text.parse().map(Place::Address).map_err(|_| flaw);
    };
    if !path.starts_with('/') || path.ends_with('/') || path.contains('\0') {
        return Err(Flaw::of(LISTEN, text).hint("write the whole path, from the first slash on"));
    }
    Ok(Place::Socket(PathBuf::from(path)))
}

pub(super) fn listen_or_off(text: &str) -> Result<Option<SocketAddr>, Flaw> {
    if text == "off" {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| Flaw::of(LISTEN_OR_OFF, text))
}

pub(super) fn directory(text: &str) -> Result<Directory, Flaw> {
    match text {
        "letsencrypt" => return Ok(Directory::default()),
        "letsencrypt-staging" => return Ok(Directory(LETS_ENCRYPT_STAGING.to_owned())),
        _ => {}
    }
    let flaw = Flaw::of(DIRECTORY, text);
    let Some(rest) = text.strip_prefix("https://") else { return Err(flaw.hint("begin with https://")) };
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let is_plain = path.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'#' | b'"' | b'<' | b'>'));
    if host_and_port(authority).is_none() || !is_plain {
        return Err(flaw);
    }
    Ok(Directory(text.to_owned()))
}

pub(super) fn contact(text: &str) -> Result<String, Flaw> {
    // It becomes a mailto: address, in which these would begin something else.
    let is_plain = !text.contains(['?', '%', ',', '&']);
    if is_plain && is_address(text) { Ok(text.to_owned()) } else { Err(Flaw::of(CONTACT, text)) }
}

#[cfg(test)]
mod tests {
    use super::{Place, contact, directory, listen, listen_or_off};

    #[test]
    fn a_place_to_listen_is_an_address_or_a_socket() {
        assert_eq!(listen("[::1]:80").unwrap(), Place::Address("[::1]:80".parse().unwrap()));
        assert_eq!(listen("unix:/run/q/http.sock").unwrap(), Place::Socket("/run/q/http.sock".into()));
        for text in ["", "8080", "localhost:80", "unix:", "unix:run/q", "unix:/", "unix:/run/", "/run/q.sock"] {
            assert!(listen(text).is_err(), "{text}");
        }
        assert_eq!(listen_or_off("off").unwrap(), None);
        assert!(listen_or_off("unix:/run/q").is_err());
    }

    #[test]
    fn a_directory_has_a_name_or_an_address() {
        let address = |text| directory(text).unwrap().as_str().to_owned();
        assert!(address("letsencrypt").starts_with("https://acme-v02."));
        assert!(address("letsencrypt-staging").starts_with("https://acme-staging-v02."));
        assert!(directory("letsencrypt-staging").unwrap().is_staging());
        assert_eq!(address("https://ca.example:14000/dir"), "https://ca.example:14000/dir");
        for text in ["", "staging", "http://ca.example/dir", "https://", "https://u:p@ca.example/", "https://a/b c"] {
            assert!(directory(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_contact_is_one_plain_mail_address() {
        assert_eq!(contact("jane@example.com").unwrap(), "jane@example.com");
        for text in ["", "jane", "Jane <jane@example.com>", "a@example.com?b=c", "mailto:a@example.com"] {
            assert!(contact(text).is_err(), "{text}");
        }
    }
}
