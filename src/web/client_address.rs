//! Who is asking, and over what: the connection's other end, or what a proxy in front of us says.
//!
//! `X-Forwarded-For` and `X-Forwarded-Proto` are words that anybody can write. They are believed only when the peer is in
//! `server.trusted_proxies`, and then from the right: the right-most address that is not a trusted proxy is the client.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use warp::http::HeaderMap;

use crate::config::Network;

/// The other end of the connection, put into each request's extensions by the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// `None` through our Unix socket: whoever may open that is the proxy.
    pub address: Option<SocketAddr>,
    /// Whether our own listener speaks TLS.
    pub secure: bool,
}

/// The client as far as it can be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client {
    pub address: IpAddr,
    /// Whether the client's own connection is HTTPS.
    pub secure: bool,
}

/// What requests are counted by: one IPv4 address, or one IPv6 /64, which is what a household or a rented server gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RateKey(IpAddr);

/// The last addresses of the list are looked at, no more: a longer chain of proxies is nobody's.
const HOPS_MAX: usize = 16;

impl Client {
    #[must_use]
    pub fn of(peer: &Peer, headers: &HeaderMap, trusted: &[Network]) -> Self {
        // A proxy that does not say for whom it asks gets an address that is nobody's, and above all not this machine's.
        let address = peer.address.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |address| address.ip().to_canonical());
        if peer.address.is_some() && !is_trusted(address, trusted) {
            return Self { address, secure: peer.secure };
        }
        let proto = listed(headers, "x-forwarded-proto").last();
        let secure = proto.map_or(peer.secure, |proto| proto.eq_ignore_ascii_case("https"));
        Self { address: forwarded_for(headers, trusted).unwrap_or(address), secure }
    }

    #[must_use]
    pub fn rate_key(&self) -> RateKey {
        RateKey::of(self.address)
    }
}

impl RateKey {
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self(IpAddr::V4(address)),
            IpAddr::V6(address) => Self(IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)))),
        }
    }
}

/// Whether `address` is in one of `networks`.
#[must_use]
pub fn is_trusted(address: IpAddr, networks: &[Network]) -> bool {
    networks.iter().any(|network| network.contains(address))
}

/// The right-most address that is no trusted proxy. An entry that is no address ends the search: what stands left of it
/// was not written by anybody we trust.
fn forwarded_for(headers: &HeaderMap, trusted: &[Network]) -> Option<IpAddr> {
    let entries: Vec<&str> = listed(headers, "x-forwarded-for").collect();
    let mut nearest = None;
    for entry in entries.iter().rev().take(HOPS_MAX) {
        let Some(address) = address_in(entry) else { return nearest };
        nearest = Some(address);
        if !is_trusted(address, trusted) {
            return nearest;
        }
    }
    nearest
}

/// The comma-separated entries of all headers of that name, in the order in which they were written.
fn listed<'a>(headers: &'a HeaderMap, name: &'static str) -> impl Iterator<Item = &'a str> {
    // A value that is not text becomes an entry that is no address.
    let values = headers.get_all(name).iter().map(|value| value.to_str().unwrap_or("?"));
    values.flat_map(|value| value.split(',')).map(str::trim).filter(|entry| !entry.is_empty())
}

/// Some proxies add the port: `203.0.113.9:4711`, `[2001:db8::1]:4711`.
fn address_in(entry: &str) -> Option<IpAddr> {
    let bare = entry.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(entry);
    let address = bare.parse::<IpAddr>().or_else(|_| entry.parse::<SocketAddr>().map(|socket| socket.ip()));
    address.ok().map(|address| address.to_canonical())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed assumption should fail the test")]
mod tests {
    use super::{Client, HeaderMap, Network, Peer, RateKey};

    fn client(peer: &str, headers: &[(&'static str, &str)]) -> Client {
        let trusted: Vec<Network> = ["10.0.0.0/8", "::1"].map(|network| network.parse().unwrap()).to_vec();
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        Client::of(&Peer { address: peer.parse().ok(), secure: false }, &map, &trusted)
    }

    #[test]
    fn the_client_is_the_right_most_address_that_is_no_trusted_proxy() {
        let forwarded = "x-forwarded-for";
        for (peer, headers, expected) in [
            ("203.0.113.9:1", vec![(forwarded, "198.51.100.1")], "203.0.113.9"),
            ("10.0.0.1:1", vec![], "10.0.0.1"),
            ("10.0.0.1:1", vec![(forwarded, "198.51.100.1")], "198.51.100.1"),
            ("10.0.0.1:1", vec![(forwarded, "6.6.6.6, 198.51.100.1, 10.2.2.2")], "198.51.100.1"),
            ("10.0.0.1:1", vec![(forwarded, "6.6.6.6"), (forwarded, "198.51.100.1")], "198.51.100.1"),
            ("10.0.0.1:1", vec![(forwarded, "198.51.100.1:4711")], "198.51.100.1"),
            ("10.0.0.1:1", vec![(forwarded, "[2001:db8::1]:4711")], "2001:db8::1"),
            ("10.0.0.1:1", vec![(forwarded, "[2001:db8::1]")], "2001:db8::1"),
            ("10.0.0.1:1", vec![(forwarded, "6.6.6.6, unknown, 10.3.3.3")], "10.3.3.3"),
            ("10.0.0.1:1", vec![(forwarded, "garbage")], "10.0.0.1"),
            ("10.0.0.1:1", vec![(forwarded, "10.5.5.5, 10.4.4.4")], "10.5.5.5"),
            ("[::ffff:10.0.0.1]:1", vec![(forwarded, "198.51.100.1")], "198.51.100.1"),
            ("[::1]:1", vec![(forwarded, "198.51.100.1")], "198.51.100.1"),
            ("socket", vec![(forwarded, "6.6.6.6, 198.51.100.1, 10.2.2.2")], "198.51.100.1"),
            ("socket", vec![(forwarded, "127.0.0.1")], "127.0.0.1"),
            ("socket", vec![], "0.0.0.0"),
        ] {
            assert_eq!(client(peer, &headers).address.to_string(), expected, "{peer} {headers:?}");
        }
    }

    #[test]
    fn https_is_believed_only_from_a_trusted_proxy() {
        for (peer, proto, secure) in [
            ("203.0.113.9:1", "https", false),
            ("10.0.0.1:1", "https", true),
            ("10.0.0.1:1", "HTTPS", true),
            ("10.0.0.1:1", "http", false),
            ("10.0.0.1:1", "https, http", false),
            ("socket", "https", true),
            ("socket", "http", false),
        ] {
            assert_eq!(client(peer, &[("x-forwarded-proto", proto)]).secure, secure, "{peer} {proto}");
        }
    }

    #[test]
    fn a_v6_household_counts_as_one() {
        let key = |text: &str| RateKey::of(text.parse().unwrap());
        assert_eq!(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff::9"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_eq!(key("::ffff:192.0.2.1"), key("192.0.2.1"));
        assert_ne!(key("192.0.2.1"), key("192.0.2.2"));
    }
}
