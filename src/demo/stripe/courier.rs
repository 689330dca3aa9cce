//! Carries events to their endpoints over plain HTTP and writes down the answers. It connects to addresses only, so
//! that no name service is linked into the static binary.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper::http::{Request, Uri, header};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::StandIn;
use super::signature;
use super::webhooks::{Progress, Try};

/// How long Checkout waits for the endpoint before it lets the payer go (docs.stripe.com/checkout/fulfillment); the
/// courier gives up at the same moment.
pub(super) const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// Sends each delivery once, in order, then tries the refused ones again after each delay.
pub(super) async fn run(stand_in: StandIn, deliveries: Vec<u64>) {
    let delays = stand_in.peek(|state| state.options.retry_delays.clone());
    let mut refused = Vec::new();
    for id in deliveries {
        if send(&stand_in, id, delays.is_empty()).await == Progress::Queued {
            refused.push(id);
        }
    }
    for (tried, delay) in delays.iter().enumerate() {
        if refused.is_empty() {
            return;
        }
        tokio::time::sleep(*delay).await;
        let last = tried + 1 == delays.len();
        let mut again = Vec::new();
        for id in refused {
            if send(&stand_in, id, last).await == Progress::Queued {
                again.push(id);
            }
        }
        refused = again;
    }
}

/// One try of one delivery. Every try is signed anew.
pub(super) async fn send(stand_in: &StandIn, id: u64, last: bool) -> Progress {
    let Some(parcel) = stand_in.peek(|state| Parcel::pack(state, id)) else { return Progress::Failed };
    let at = parcel.at;
    let status = tokio::time::timeout(ANSWER_WITHIN, post(parcel)).await.ok().flatten();
    stand_in.tried(id, Try { at, status }, last)
}

/// A signed event, ready to go.
struct Parcel {
    url: String,
    body: String,
    signature: String,
    at: i64,
}

impl Parcel {
    fn pack(state: &super::state::State, id: u64) -> Option<Self> {
        let delivery = state.webhooks.get(id)?;
        let endpoint = state.webhooks.endpoint_of(delivery);
        let mut event = state.events.get(&delivery.event)?.clone();
        if let Some(endpoint) = endpoint.filter(|_| event["object"] == "event") {
            event["api_version"] = endpoint.api_version.clone().into();
        }
        let body = serde_json::to_string_pretty(&event).ok()?;
        let at = state.now();
        let secrets = endpoint.map(|endpoint| endpoint.secrets.clone()).unwrap_or_default();
        let signature = signature::header(&body, at, &secrets, !state.options.livemode);
        Some(Self { url: delivery.url.clone(), body, signature, at })
    }
}

/// Posts a parcel. `None`: nobody answered. A redirect is an answer like any other, and no success.
async fn post(parcel: Parcel) -> Option<u16> {
    let uri: Uri = parcel.url.parse().ok()?;
    let stream = TcpStream::connect(address(&uri)?).await.ok()?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.ok()?;
    let request = Request::post(uri.path_and_query()?.as_str())
        .header(header::HOST, uri.authority()?.as_str())
        .header(header::USER_AGENT, "Stripe/1.0 (+https://stripe.com/docs/webhooks)")
        .header(header::ACCEPT, "*/*; q=0.5, application/xml")
        .header(header::CACHE_CONTROL, "no-cache")
        .header(header::CONTENT_TYPE, "application/json; charset=utf-8")
        .header("stripe-signature", parcel.signature)
        .body(Full::new(Bytes::from(parcel.body)))
        .ok()?;
    let answer = sender.send_request(request);
    tokio::pin!(answer, connection);
    let answer = tokio::select! {
        biased;
        answer = &mut answer => answer,
        // The connection may end in the moment in which it delivers the answer.
        _ = &mut connection => answer.await,
    };
    answer.ok().map(|answer| answer.status().as_u16())
}

fn address(uri: &Uri) -> Option<SocketAddr> {
    if uri.scheme_str() != Some("http") {
        return None;
    }
    let host = uri.host()?.trim_matches(['[', ']']);
    let ip = if host == "localhost" { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { host.parse().ok()? };
    Some(SocketAddr::new(ip, uri.port_u16().unwrap_or(80)))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop where it fails")]
mod tests {
    use super::address;

    #[test]
    fn only_addresses_are_called() {
        for (url, called) in [
            ("http://127.0.0.1:8080/webhooks/stripe", Some("127.0.0.1:8080")),
            ("http://localhost/webhooks", Some("127.0.0.1:80")),
            ("http://[::1]:9/x", Some("[::1]:9")),
            ("http://example.com/x", None),
            ("https://127.0.0.1/x", None),
        ] {
            assert_eq!(address(&url.parse().unwrap()), called.map(|address| address.parse().unwrap()), "{url}");
        }
    }
}
