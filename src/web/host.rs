//! Which name the request was sent to, and whether it is one of ours.
//!
//! A request names exactly one host; anything else is refused before it is routed, because a proxy in front of us may
//! have read another one. Names other than ours answer `421`, so that no cache or mail can be led to a foreign name.
//! Addresses that we hand out are built from the configuration, never from what is read here.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use warp::http::uri::Authority;
use warp::http::{Request, Uri, Version, header};

/// The host that a request names, in lower case, with its port if it was written. HTTP/1.0 may name none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestedHost(pub Option<String>);

/// Why it cannot be said which host a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HostRefusal {
    #[error("The request names no host.")]
    Missing,
    #[error("The request has more than one Host header.")]
    Several,
    #[error("The Host header is not a host name.")]
    Malformed,
    #[error("The request line and the Host header name different hosts.")]
    Contradicting,
}

impl RequestedHost {
    /// Reads the one host that `request` names.
    pub fn of<B>(request: &Request<B>) -> Result<Self, HostRefusal> {
        let mut headers = request.headers().get_all(header::HOST).iter();
        let from_header = match (headers.next(), headers.next()) {
            (Some(_), Some(_)) => return Err(HostRefusal::Several),
            (Some(value), None) => Some(value.to_str().ok().and_then(host_name).ok_or(HostRefusal::Malformed)?),
            (None, _) => None,
        };
        let from_target = match request.uri().authority() {
            Some(authority) => Some(host_name(authority.as_str()).ok_or(HostRefusal::Malformed)?),
            None => None,
        };
        match (from_target, from_header) {
            (Some(target), Some(header)) if target != header => Err(HostRefusal::Contradicting),
            (None, None) if request.version() == Version::HTTP_11 => Err(HostRefusal::Missing),
            (target, header) => Ok(Self(target.or(header))),
        }
    }
}

/// `text` in lower case if it is `name` or `name:port` and nothing else (no user, no empty name).
fn host_name(text: &str) -> Option<String> {
    let authority = text.parse::<Authority>().ok()?;
    let plain = !text.contains('@') && !authority.host().is_empty();
    plain.then(|| text.to_ascii_lowercase())
}

/// The names that we answer to.
#[derive(Clone, Debug)]
pub struct Hosts(BTreeSet<String>);

impl Hosts {
    /// The host of `public_origin`, the address that we listen at, and the machine's own names with that port.
    #[must_use]
    pub fn new(public_origin: &str, listen: SocketAddr) -> Self {
        let mut names = BTreeSet::new();
        if let Ok(origin) = public_origin.parse::<Uri>()
            && let Some(host) = origin.host()
        {
            let usual = if origin.scheme_str() == Some("https") { 443 } else { 80 };
            insert(&mut names, host, origin.port_u16().unwrap_or(usual), usual);
        }
        let own = match listen {
            SocketAddr::V4(address) => address.ip().to_string(),
            SocketAddr::V6(address) => format!("[{}]", address.ip()),
        };
        for name in [own.as_str(), "localhost", "127.0.0.1", "[::1]"] {
            insert(&mut names, name, listen.port(), 80);
        }
        Self(names)
    }

    #[must_use]
    pub fn accept(&self, requested: &RequestedHost) -> bool {
        requested.0.as_ref().is_some_and(|host| self.0.contains(host))
    }
}

/// The usual port of a scheme may be left away.
fn insert(names: &mut BTreeSet<String>, host: &str, port: u16, usual: u16) {
    let host = host.to_ascii_lowercase();
    names.insert(format!("{host}:{port}"));
    if port == usual {
        names.insert(host);
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed assumption should fail the test")]
mod tests {
    use super::{HostRefusal, Hosts, Request, RequestedHost, Version};

    fn requested(version: Version, target: &str, hosts: &[&str]) -> Result<RequestedHost, HostRefusal> {
        let mut request = Request::builder().version(version).uri(target);
        for host in hosts {
            request = request.header("host", *host);
        }
        RequestedHost::of(&request.body(()).unwrap())
    }

    #[test]
    fn a_request_names_exactly_one_host() {
        let named = |host: &str| Ok(RequestedHost(Some(host.to_owned())));
        for (version, target, hosts, expected) in [
            (Version::HTTP_11, "/", vec!["Pay.Example"], named("pay.example")),
            (Version::HTTP_11, "/", vec!["pay.example:8080"], named("pay.example:8080")),
            (Version::HTTP_11, "/", vec!["[::1]:8080"], named("[::1]:8080")),
            (Version::HTTP_11, "/", vec![], Err(HostRefusal::Missing)),
            (Version::HTTP_10, "/", vec![], Ok(RequestedHost(None))),
            (Version::HTTP_11, "/", vec!["a", "b"], Err(HostRefusal::Several)),
            (Version::HTTP_11, "/", vec!["a", "a"], Err(HostRefusal::Several)),
            (Version::HTTP_11, "/", vec![""], Err(HostRefusal::Malformed)),
            (Version::HTTP_11, "/", vec!["user@a"], Err(HostRefusal::Malformed)),
            (Version::HTTP_11, "/", vec!["a/b"], Err(HostRefusal::Malformed)),
            (Version::HTTP_11, "http://evil/", vec!["a"], Err(HostRefusal::Contradicting)),
            (Version::HTTP_11, "http://A/", vec!["a"], named("a")),
            (Version::HTTP_2, "https://a/", vec![], named("a")),
        ] {
            assert_eq!(requested(version, target, &hosts), expected, "{version:?} {target} {hosts:?}");
        }
    }

    #[test]
    fn we_answer_to_the_public_name_and_to_the_machine_itself() {
        let hosts = Hosts::new("https://Pay.Example", "192.0.2.7:8080".parse().unwrap());
        for (name, expected) in [
            ("pay.example", true),
            ("pay.example:443", true),
            ("pay.example:80", false),
            ("pay.example.evil", false),
            ("192.0.2.7:8080", true),
            ("localhost:8080", true),
            ("127.0.0.1:8080", true),
            ("[::1]:8080", true),
            ("localhost", false),
            ("evil", false),
        ] {
            assert_eq!(hosts.accept(&RequestedHost(Some(name.to_owned()))), expected, "{name}");
        }
        assert!(!hosts.accept(&RequestedHost(None)));
    }

    #[test]
    fn a_port_in_the_public_address_must_be_named() {
        let hosts = Hosts::new("http://pay.example:9000", "[::]:80".parse().unwrap());
        for (name, expected) in
            [("pay.example:9000", true), ("pay.example", false), ("localhost", true), ("[::]", true)]
        {
            assert_eq!(hosts.accept(&RequestedHost(Some(name.to_owned()))), expected, "{name}");
        }
    }
}
