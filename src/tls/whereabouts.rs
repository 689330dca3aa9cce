//! Whether a name leads to this very process: somebody who knows a secret word answers at it, or does not.
//!
//! What is found from here is a hint and no proof: behind some routers a machine cannot reach itself by its public name.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use http_body_util::{BodyExt, Collected, Empty, Limited};
use hyper::body::Incoming;
use hyper::{Request, Response};
use rustix::io::Errno;
use tokio::net::TcpStream;

use super::Challenges;
use crate::http;
use crate::resolve::{Reach, ResolveError, Resolver};

/// All addresses, which the resolver gives a limit, are asked at once for so long: who sets a server up is waiting.
const WITHIN: Duration = Duration::from_secs(3);
/// The word is 64 characters; whoever answers more is somebody else.
const ANSWER_BYTES_MAX: usize = 1024;
/// Where certificate authorities look, too.
const PATH: &str = "/.well-known/acme-challenge/";

/// What `localhost` stands for.
const OWN: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];

/// Where a name leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whereabouts {
    /// At every address that it has.
    Here,
    /// It has no address.
    Nowhere(ResolveError),
    /// At these of its addresses nobody answers, or somebody else does.
    Elsewhere(Vec<IpAddr>),
}

/// Asks at `port` of every address of `name`: visitors and authorities choose among them as they like.
pub async fn of(name: &str, port: u16, resolver: &Resolver, challenges: &Arc<Challenges>) -> Whereabouts {
    let addresses = match resolver.addresses(name, Reach::Configured).await {
        Ok(addresses) => addresses,
        Err(error) => return Whereabouts::Nowhere(error),
    };
    let Some([token, word]) = words() else { return Whereabouts::Elsewhere(addresses) };
    let _displayed = challenges.answer(&token, &word);
    let answers = join_all(addresses.iter().map(async |address| {
        let answer = tokio::time::timeout(WITHIN, ask(*address, port, name, &token)).await;
        match answer {
            Ok(Err(error)) if has_no_way(*address, &error) => None,
            answer => Some((*address, answer.is_ok_and(|answer| answer.is_ok_and(|answer| answer == word.as_bytes())))),
        }
    }));
    let found: Vec<(IpAddr, bool)> = answers.await.into_iter().flatten().collect();
    match astray(&found) {
        _ if found.is_empty() => Whereabouts::Elsewhere(addresses),
        strays if strays.is_empty() => Whereabouts::Here,
        strays => Whereabouts::Elsewhere(strays),
    }
}

/// Whether this machine has no way to an address. Most without IPv6 cannot ask one of it, which says nothing about who is
/// there.
#[must_use]
pub fn has_no_way(address: IpAddr, error: &io::Error) -> bool {
    let is_unknown = error.raw_os_error() == Some(Errno::AFNOSUPPORT.raw_os_error());
    let has_none = matches!(error.kind(), ErrorKind::NetworkUnreachable | ErrorKind::AddrNotAvailable);
    !address.is_loopback() && (has_none || is_unknown)
}

/// The addresses that do not lead here, of those for which it was found out. A name of this machine itself (`localhost`) has
/// two that nobody set, and whoever opens it tries both: one that leads here is enough.
#[must_use]
pub fn astray(found: &[(IpAddr, bool)]) -> Vec<IpAddr> {
    let is_own = |address: &IpAddr| OWN.contains(address);
    let has_own = found.iter().any(|(address, leads_here)| *leads_here && is_own(address));
    let strays = found.iter().filter(|(address, leads_here)| !(*leads_here || has_own && is_own(address)));
    strays.map(|(address, _)| *address).collect()
}

/// Two words that nobody can guess.
fn words() -> Option<[String; 2]> {
    let word = || {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).ok()?;
        Some(data_encoding::HEXLOWER.encode(&bytes))
    };
    Some([word()?, word()?])
}

async fn ask(address: IpAddr, port: u16, name: &str, token: &str) -> io::Result<Bytes> {
    let stream = TcpStream::connect((address, port)).await?;
    let request = Request::get(format!("{PATH}{token}")).header("host", name).body(Empty::<Bytes>::new());
    let answer = http::ask(stream, request.map_err(io::Error::other)?, whole).await.map_err(io::Error::other)?;
    answer.ok_or_else(|| io::Error::other("the answer is too long, or breaks off"))
}

async fn whole(answer: Response<Incoming>) -> Option<Bytes> {
    Limited::new(answer.into_body(), ANSWER_BYTES_MAX).collect().await.ok().map(Collected::to_bytes)
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

    use super::astray;

    #[test]
    fn every_address_must_lead_here_but_for_the_two_of_this_machine_itself() {
        let (old, new): (IpAddr, IpAddr) = (Ipv4Addr::new(192, 0, 2, 1).into(), Ipv4Addr::new(203, 0, 113, 9).into());
        let [four, six]: [IpAddr; 2] = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
        for (found, expected) in [
            (vec![(new, true)], vec![]),
            (vec![(new, true), (old, false)], vec![old]),
            (vec![(new, false), (old, false)], vec![new, old]),
            (vec![(four, true), (six, false)], vec![]),
            (vec![(four, false), (six, false)], vec![four, six]),
            (vec![(four, true), (old, false)], vec![old]),
        ] {
            assert_eq!(astray(&found), expected, "{found:?}");
        }
    }
}
