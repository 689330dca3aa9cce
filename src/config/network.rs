//! Networks of addresses, for the peers whose forwarding headers are believed.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use super::error::Flaw;

pub(super) const NETWORK: &str = "a network such as 10.0.0.0/8 or an address such as 127.0.0.1";

/// The bits of `::ffff:0:0/96`, behind which IPv6 sockets show IPv4 peers (RFC 4291 section 2.5.5.2).
const MAPPED_PREFIX: u8 = 96;

/// An address and how many of its leading bits count. The others are zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    first: IpAddr,
    prefix: u8,
}

impl Network {
    /// The machine itself.
    pub const LOOPBACK: [Self; 2] = [
        Self { first: IpAddr::V4(Ipv4Addr::new(127, 0, 0, 0)), prefix: 8 },
        Self { first: IpAddr::V6(Ipv6Addr::LOCALHOST), prefix: 128 },
    ];

    /// An IPv4 peer is the same peer when it appears as an IPv4-mapped IPv6 address.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_ipv4() == self.first.is_ipv4() && masked(address, self.prefix) == self.first
    }

    /// Whether every address of its family is in it.
    pub fn is_everybody(&self) -> bool {
        self.prefix == 0
    }

    /// `prefix` must fit the family of `address`.
    fn new(address: IpAddr, prefix: u8) -> Self {
        match (address, prefix.checked_sub(MAPPED_PREFIX)) {
            (IpAddr::V6(v6), Some(rest)) => match v6.to_ipv4_mapped() {
                Some(v4) => Self { first: masked(v4.into(), rest), prefix: rest },
                None => Self { first: masked(address, prefix), prefix },
            },
            _ => Self { first: masked(address, prefix), prefix },
        }
    }
}

fn masked(address: IpAddr, prefix: u8) -> IpAddr {
    let prefix = u32::from(prefix);
    match address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(u32::BITS - prefix).unwrap_or(0);
            IpAddr::V4((v4.to_bits() & mask).into())
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(u128::BITS - prefix).unwrap_or(0);
            IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & mask))
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.prefix)
    }
}

impl FromStr for Network {
    type Err = Flaw;

    fn from_str(text: &str) -> Result<Self, Flaw> {
        let flaw = || Flaw::of(NETWORK, text);
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| flaw())?;
        let longest: u8 = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            None => longest,
            Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => {
                digits.parse().ok().filter(|prefix| *prefix <= longest).ok_or_else(flaw)?
            }
            Some(_) => return Err(flaw()),
        };
        Ok(Self::new(address, prefix))
    }
}

#[cfg(test)]
mod tests {
    use super::Network;

    #[test]
    fn a_network_knows_its_peers() {
        let rows = [
            ("10.0.0.0/8", "10.255.0.1", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("10.1.2.3/8", "10.0.0.1", true),
            ("10.0.0.0/8", "::ffff:10.0.0.1", true),
            ("127.0.0.1", "127.0.0.1", true),
            ("127.0.0.1", "127.0.0.2", false),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("2001:db8::/32", "2001:db8:ffff::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
            ("::1", "::1", true),
            ("::/0", "2001:db8::1", true),
            ("::/0", "::ffff:10.0.0.1", false),
            ("::ffff:10.0.0.0/104", "10.200.0.1", true),
            ("::ffff:10.0.0.0/104", "11.0.0.1", false),
            ("::ffff:10.0.0.1", "10.0.0.1", true),
        ];
        for (network, peer, is_inside) in rows {
            let network: Network = network.parse().unwrap();
            assert_eq!(network.contains(peer.parse().unwrap()), is_inside, "{peer} in {network}");
        }
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for text in [
            "",
            "10.0.0.0/33",
            "::/129",
            "10.0.0.0/",
            "10.0.0.0/+8",
            "10.0.0/8",
            "proxy",
            "10.0.0.0/8/8",
            "10.0.0.0/256",
        ] {
            assert!(text.parse::<Network>().is_err(), "{text}");
        }
        assert_eq!(
            "10.0.0.0/33".parse::<Network>().unwrap_err().to_string(),
            "must be a network such as 10.0.0.0/8 or an address such as 127.0.0.1, not 10.0.0.0/33"
        );
    }
}
