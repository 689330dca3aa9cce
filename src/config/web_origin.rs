//! Web origins: scheme, host and port of a site, as in the `Origin` header (RFC 6454), and nothing behind them.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

use super::error::Flaw;
use super::host::{Domain, Host, host_and_port};

pub(super) const ORIGIN: &str = "an origin such as https://billing.example.com";
pub(super) const CHECKOUT_ORIGIN: &str = "an https origin such as https://pay.example.com (http only on loopback)";
pub(super) const API_ORIGIN: &str = "an https origin such as https://api.stripe.com (http only on loopback)";

pub(super) const S3_ORIGIN: &str =
    "an https origin such as https://s3.eu-central-1.amazonaws.com (http only on loopback)";

/// An origin in the one form that browsers serialize: lower case, default port left out, no slash at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebOrigin {
    serialized: String,
    host: Host,
    is_https: bool,
}

impl WebOrigin {
    /// As browsers write it in an `Origin` header; append a path to make an address.
    pub fn as_str(&self) -> &str {
        &self.serialized
    }

    pub fn host(&self) -> &Host {
        &self.host
    }

    pub fn is_https(&self) -> bool {
        self.is_https
    }

    pub fn is_loopback(&self) -> bool {
        self.host.is_loopback()
    }

    /// Whether it names a port, because it is not the usual one.
    pub fn names_port(&self) -> bool {
        !self.serialized.ends_with(&format!("//{}", self.host))
    }

    /// The plain HTTP origin of an address that somebody listens on.
    pub fn http(address: SocketAddr) -> Self {
        Self::new(false, Host::Address(address.ip()), Some(address.port()))
    }

    /// The HTTPS origin of a domain.
    pub fn https(domain: &Domain) -> Self {
        Self::https_name(domain.as_str())
    }

    /// `name` must be a host name in lower case: for names that this program knows by itself.
    pub(super) fn https_name(name: &str) -> Self {
        Self::new(true, Host::Name(name.to_owned()), None)
    }

    fn new(is_https: bool, host: Host, port: Option<u16>) -> Self {
        let (scheme, usual) = if is_https { ("https", 443) } else { ("http", 80) };
        let serialized = match port.filter(|port| *port != usual) {
            Some(port) => format!("{scheme}://{host}:{port}"),
            None => format!("{scheme}://{host}"),
        };
        Self { serialized, host, is_https }
    }
}

impl fmt::Display for WebOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.serialized)
    }
}

impl FromStr for WebOrigin {
    type Err = Flaw;

    fn from_str(text: &str) -> Result<Self, Flaw> {
        read(text, ORIGIN)
    }
}

/// An origin that a payer may be sent to: nobody types a card number into a page that travels in the clear.
pub(super) fn checkout_origin(text: &str) -> Result<WebOrigin, Flaw> {
    encrypted(text, CHECKOUT_ORIGIN)
}

/// An origin that the Stripe key is sent to: it must not be readable on the way.
pub(super) fn api_origin(text: &str) -> Result<WebOrigin, Flaw> {
    encrypted(text, API_ORIGIN)
}

/// An origin that backups are sent to, and a key is shown to.
pub(super) fn s3_origin(text: &str) -> Result<WebOrigin, Flaw> {
    encrypted(text, S3_ORIGIN)
}

fn encrypted(text: &str, must_be: &'static str) -> Result<WebOrigin, Flaw> {
    let origin = read(text, must_be)?;
    if origin.is_https || origin.is_loopback() { Ok(origin) } else { Err(Flaw::of(must_be, text)) }
}

fn read(text: &str, must_be: &'static str) -> Result<WebOrigin, Flaw> {
    let flaw = Flaw::of(must_be, text);
    let Some((scheme, rest)) = text.split_once("://") else {
        return Err(flaw.hint("begin with https:// or http://"));
    };
    let is_https = match scheme.to_ascii_lowercase().as_str() {
        "https" => true,
        "http" => false,
        _ => return Err(flaw.hint("begin with https:// or http://")),
    };
    let authority = rest.strip_suffix('/').unwrap_or(rest);
    if authority.contains('@') {
        return Err(flaw.hint("leave out the name and password"));
    }
    if authority.contains(['/', '?', '#']) {
        return Err(flaw.hint("leave out everything after the host"));
    }
    if !authority.is_ascii() {
        return Err(flaw.hint("write the host in its xn-- form"));
    }
    let (host, port) = host_and_port(authority).ok_or(flaw)?;
    Ok(WebOrigin::new(is_https, host, port))
}

#[cfg(test)]
mod tests {
    use super::{WebOrigin, checkout_origin};

    #[test]
    fn an_origin_has_one_form() {
        let same = [
            ("https://Billing.Example.com/", "https://billing.example.com"),
            ("HTTPS://billing.example.com:443", "https://billing.example.com"),
            ("http://10.0.0.1:80", "http://10.0.0.1"),
            ("http://localhost:8080", "http://localhost:8080"),
            ("https://[2001:DB8::1]:8443/", "https://[2001:db8::1]:8443"),
        ];
        for (text, origin) in same {
            assert_eq!(text.parse::<WebOrigin>().unwrap().as_str(), origin);
        }
        assert_eq!(WebOrigin::http("[::1]:80".parse().unwrap()).as_str(), "http://[::1]");
        assert_eq!(WebOrigin::http("127.0.0.1:0".parse().unwrap()).as_str(), "http://127.0.0.1:0");
    }

    #[test]
    fn what_is_no_origin_is_named() {
        let wrong = [
            ("billing.example.com", "not billing.example.com; begin with https:// or http://"),
            ("ftp://a.example", "not ftp://a.example; begin with https:// or http://"),
            ("https://a.example/pay", "not https://a.example/pay; leave out everything after the host"),
            ("https://a.example?x", "not https://a.example?x; leave out everything after the host"),
            ("https://a.example//", "not https://a.example//; leave out everything after the host"),
            ("https://me@a.example", "not https://me@a.example; leave out the name and password"),
            (
                "https://me:hunter2@a.example",
                "not the value given, which looks like a secret and is not repeated here; leave out the name and password",
            ),
            ("https://bücher.example", "not https://bücher.example; write the host in its xn-- form"),
            ("https://", "not https://"),
            ("https://a.example:port", "not https://a.example:port"),
            ("https://a.example\\b", "not https://a.example\\\\b"),
            ("", "not an empty text; begin with https:// or http://"),
        ];
        for (text, rest) in wrong {
            let sentence = format!("must be an origin such as https://billing.example.com, {rest}");
            assert_eq!(text.parse::<WebOrigin>().unwrap_err().to_string(), sentence);
        }
    }

    #[test]
    fn a_checkout_origin_is_https_or_on_this_machine() {
        assert!(checkout_origin("https://pay.example.com").is_ok());
        assert!(checkout_origin("http://127.0.0.1:4242").is_ok());
        assert_eq!(
            checkout_origin("http://pay.example.com").unwrap_err().to_string(),
            "must be an https origin such as https://pay.example.com (http only on loopback), not http://pay.example.com"
        );
    }
}
