//! Whether a name leads to this very process: somebody who knows a secret word answers at it, or does not.
//!
//! What is found from here is a hint and no proof: behind some routers a machine cannot reach itself by its public name.

use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Collected, Empty, Limited};
use hyper::Request;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::Challenges;
use crate::resolve::{Reach, ResolveError, Resolver};

/// Each address is asked for so long: who sets a server up is waiting.
const WITHIN: Duration = Duration::from_secs(3);
/// Addresses that are asked.
const ADDRESSES_MAX: usize = 4;
/// The word is 64 characters; whoever answers more is somebody else.
const ANSWER_BYTES_MAX: usize = 1024;
/// Where certificate authorities look, too.
const PATH: &str = "/.well-known/acme-challenge/";

/// Where a name leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whereabouts {
    Here,
    /// It has no address.
    Nowhere(ResolveError),
    /// Nobody answers there, or somebody else does.
    Elsewhere(Vec<IpAddr>),
}

/// Asks at `port` of every address of `name`.
pub async fn of(name: &str, port: u16, resolver: &Resolver, challenges: &Arc<Challenges>) -> Whereabouts {
    let addresses = match resolver.addresses(name, Reach::Configured).await {
        Ok(addresses) => addresses,
        Err(error) => return Whereabouts::Nowhere(error),
    };
    let Some([token, word]) = words() else { return Whereabouts::Elsewhere(addresses) };
    let _displayed = challenges.answer(&token, &word);
    for address in addresses.iter().take(ADDRESSES_MAX) {
        let answer = tokio::time::timeout(WITHIN, ask(*address, port, name, &token)).await;
        if answer.is_ok_and(|answer| answer.is_some_and(|answer| answer == word.as_bytes())) {
            return Whereabouts::Here;
        }
    }
    Whereabouts::Elsewhere(addresses)
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

async fn ask(address: IpAddr, port: u16, name: &str, token: &str) -> Option<Bytes> {
    let stream = TcpStream::connect((address, port)).await.ok()?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.ok()?;
    let request = Request::get(format!("{PATH}{token}")).header("host", name).body(Empty::<Bytes>::new()).ok()?;
    let mut answer = pin!(async {
        let response = sender.send_request(request).await.ok()?;
        Limited::new(response.into_body(), ANSWER_BYTES_MAX).collect().await.ok().map(Collected::to_bytes)
    });
    tokio::select! {
        biased;
        answer = &mut answer => answer,
        // Who hangs up may have answered first.
        _ = connection => answer.await,
    }
}
