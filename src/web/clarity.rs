//! Requests whose boundaries or host can be read in two ways are refused before they are routed.

use hyper::body::Incoming;
use warp::http::{HeaderValue, Method, Request, StatusCode, header};

use super::client_address::Peer;
use super::host::{HostRefusal, RequestedHost};
use super::reply::{self, Response};
use super::wire::Verdict;

/// Why a request can be read in two ways, or names nothing that could be answered.
#[derive(Clone, Copy, Debug, thiserror::Error)]
pub(super) enum Unclear {
    #[error("The request names no page: its target must be a path that begins with a slash.")]
    Target,
    #[error("This server connects nobody to others.")]
    Tunnel,
    #[error("The request has two lengths, Content-Length and Transfer-Encoding, or comes behind one that has.")]
    Length,
    #[error("{0}")]
    Host(#[from] HostRefusal),
}

/// Lets through what can be read in one way only, with what the filters need to know beside it.
pub(super) fn check(
    mut request: Request<Incoming>,
    peer: Peer,
    verdict: &Verdict,
    index: u64,
) -> Result<Request<Incoming>, Unclear> {
    if !verdict.is_clear(index) {
        return Err(Unclear::Length);
    }
    // The filters expect a path: there is none in `CONNECT host:443`.
    if request.method() == Method::CONNECT {
        return Err(Unclear::Tunnel);
    }
    if !request.uri().path().starts_with('/') && !asks_what_is_possible(&request) {
        return Err(Unclear::Target);
    }
    let host = RequestedHost::of(&request)?;
    // HTTP/2 names it in the target; what comes after reads it in one place.
    if let Some(name) = host.0.as_deref().and_then(|name| HeaderValue::from_str(name).ok()) {
        request.headers_mut().insert(header::HOST, name);
    }
    request.extensions_mut().insert(host);
    request.extensions_mut().insert(peer);
    Ok(request)
}

/// Every method of the route table, and what is made of `GET`.
const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PATCH, DELETE");

/// `OPTIONS *` asks for the server as a whole (RFC 9110, 9.3.7), not for a page.
pub(super) fn asks_what_is_possible<B>(request: &Request<B>) -> bool {
    request.method() == Method::OPTIONS && request.uri().path() == "*"
}

pub(super) fn what_is_possible() -> Response {
    let mut response = reply::text(StatusCode::NO_CONTENT, "");
    response.headers_mut().remove(header::CONTENT_TYPE);
    response.headers_mut().insert(header::ALLOW, METHODS);
    response
}

/// `503` for whoever asks for more at once than one connection may.
pub(super) fn too_much() -> Response {
    reply::text(StatusCode::SERVICE_UNAVAILABLE, "That is too much at once.")
}

/// `400` or `405` in plain words, and the end of the connection: what follows on it cannot be trusted.
pub(super) fn refusal(unclear: Unclear) -> Response {
    let (status, allow) = match unclear {
        Unclear::Tunnel => (StatusCode::METHOD_NOT_ALLOWED, Some(METHODS)),
        Unclear::Target | Unclear::Length | Unclear::Host(_) => (StatusCode::BAD_REQUEST, None),
    };
    let mut response = reply::text(status, &unclear.to_string());
    if let Some(allow) = allow {
        response.headers_mut().insert(header::ALLOW, allow);
    }
    for (name, value) in [
        (header::CONNECTION, "close"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
