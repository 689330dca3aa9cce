//! How a mail leaves: one message to one mail server, over lettre's SMTP connection.
//!
//! The rules it keeps: names are resolved by [`crate::resolve`] and the certificate is checked against the name;
//! encryption that was asked for is never given up; every wait is bounded; and the answer says which of three things
//! happened to the mail (accepted, refused, not known), in the mail server's own words.
//!
//! Left to others: when to try again, and when to give up.

mod line;
mod outcome;
mod session;
mod trial;

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use lettre::transport::smtp::client::{Certificate, CertificateStore, TlsParameters, TlsVersion};
use lettre::transport::smtp::extension::ClientId;

use crate::resolve::Resolver;

pub use outcome::{Accepted, Reason, Undelivered};
pub use trial::{Step, Trial};

/// How the way to the mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// In the clear at first, encrypted before anything is said. Port 587 as a rule.
    StartTls,
    /// Encrypted from the first byte. Port 465 as a rule.
    Tls,
    /// Never encrypted; therefore only spoken with this machine itself.
    Plain,
}

/// A password that no log and no `Debug` shows.
#[derive(Clone)]
pub struct Password(String);

impl From<String> for Password {
    fn from(password: String) -> Self {
        Self(password)
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// The mail server, and who we are to it.
#[derive(Clone)]
pub struct Server {
    pub security: Security,
    /// A name or an IP address; the certificate must be for it.
    pub host: String,
    pub port: u16,
    pub user: Option<String>,
    pub password: Option<Password>,
    /// Certificate authorities to believe besides the compiled-in ones, each a PEM file: a company's own.
    pub extra_roots: Vec<Vec<u8>>,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { security, host, port, .. } = self;
        f.debug_struct("Server")
            .field("security", security)
            .field("host", host)
            .field("port", port)
            .finish_non_exhaustive()
    }
}

/// How long each part of a delivery may take.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// Until the network connection to one address stands.
    pub connect: Duration,
    /// Until the answer to one command.
    pub command: Duration,
    /// Until the answer to the whole message. Longer, because giving up here means sending a second copy
    /// (RFC 5321, section 4.5.3.2.6 asks for ten minutes; the outbox cannot stand still for so long).
    pub message: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(10), command: Duration::from_mins(1), message: Duration::from_mins(3) }
    }
}

/// Why no mail can be sent with these settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SetupError {
    #[error("the additional mail server certificates cannot be used ({0}); each file must be PEM")]
    Certificates(String),
}

/// Sends messages through one [`Server`]. Cheap to make; each delivery is a connection of its own.
pub struct Mailer {
    server: Server,
    resolver: Resolver,
    hello: ClientId,
    tls: TlsParameters,
    timeouts: Timeouts,
}

impl Mailer {
    /// `own_host` is the host of the public URL: the name under which we greet the mail server.
    ///
    /// Installs nothing global: lettre takes ring by itself if the process has no rustls provider yet.
    pub fn new(server: Server, resolver: Resolver, own_host: &str) -> Result<Self, SetupError> {
        let tls = tls_parameters(&server).map_err(|error| SetupError::Certificates(error.to_string()))?;
        Ok(Self { hello: client_id(own_host), tls, timeouts: Timeouts::default(), server, resolver })
    }

    /// `host:port` of the server.
    #[must_use]
    pub fn place(&self) -> String {
        format!("{}:{}", self.server.host, self.server.port)
    }

    #[must_use]
    pub fn with_timeouts(self, timeouts: Timeouts) -> Self {
        Self { timeouts, ..self }
    }
}

fn tls_parameters(server: &Server) -> Result<TlsParameters, lettre::transport::smtp::Error> {
    let mut builder = TlsParameters::builder(without_brackets(&server.host).to_owned())
        .certificate_store(CertificateStore::WebpkiRoots)
        .set_min_tls_version(TlsVersion::Tlsv12);
    for pem in &server.extra_roots {
        builder = builder.add_root_certificate(Certificate::from_pem(pem)?);
    }
    builder.build_rustls()
}

/// RFC 5321, section 4.1.1.1: a host name, or an address literal where there is none.
fn client_id(own_host: &str) -> ClientId {
    match without_brackets(own_host).parse() {
        Ok(IpAddr::V4(address)) => ClientId::Ipv4(address),
        Ok(IpAddr::V6(address)) => ClientId::Ipv6(address),
        Err(_) => {
            let host: String = own_host.chars().filter(|c| c.is_ascii_alphanumeric() || "-.".contains(*c)).collect();
            ClientId::Domain(if host.is_empty() { "localhost".to_owned() } else { host })
        }
    }
}

fn without_brackets(host: &str) -> &str {
    host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that cannot set its scene should fail there")]

    use super::*;

    #[test]
    fn we_greet_with_a_name_or_an_address_literal_and_nothing_else() {
        let cases = [
            ("pay.example.com", "pay.example.com"),
            ("203.0.113.7", "[203.0.113.7]"),
            ("[::1]", "[IPv6:::1]"),
            ("", "localhost"),
            ("evil\r\nRSET", "evilRSET"),
        ];
        for (own_host, greeting) in cases {
            assert_eq!(client_id(own_host).to_string(), greeting);
        }
    }

    #[test]
    fn debug_shows_neither_user_nor_password() {
        let server = Server {
            security: Security::Tls,
            host: "mail.example.com".into(),
            port: 465,
            user: Some("jane@example.com".into()),
            password: Some("hunter2".to_owned().into()),
            extra_roots: vec![],
        };
        let shown = format!("{server:?} {:?}", server.password);
        assert!(shown.contains("mail.example.com"));
        assert!(!shown.contains("jane") && !shown.contains("hunter2"), "{shown}");
    }

    #[test]
    fn a_root_that_is_no_certificate_is_refused_at_once() {
        let server = Server {
            security: Security::Tls,
            host: "mail.example.com".into(),
            port: 465,
            user: None,
            password: None,
            extra_roots: vec![b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_vec()],
        };
        let refused = Mailer::new(server, Resolver::system().unwrap(), "localhost").err();
        assert!(matches!(refused, Some(SetupError::Certificates(_))));
    }
}
