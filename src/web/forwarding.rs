//! The door for visitors who typed no `https://`: everything is sent on to HTTPS, and certificate authorities are shown
//! their proof.
//!
//! Only requests for our own public name are sent on, to the address that the configuration names; nothing that a request
//! says decides where it leads but its path. Probes and Stripe reach us by other names, too: health and readiness, which are
//! no secret, are answered here like everywhere, and what bears a token or a signature is sent on to where it is encrypted.
//! Nothing else of the site is answered here.

use std::sync::Arc;

use warp::Filter;
use warp::http::uri::{Authority, PathAndQuery};
use warp::http::{HeaderValue, Method, StatusCode, header};
use warp::path::FullPath;

use super::host::RequestedHost;
use super::reply::{self, Response};
use super::route::Route;
use crate::app::App;

/// RFC 8555, section 8.3.
const CHALLENGE: &str = "/.well-known/acme-challenge/";
/// When somebody who found no certificate should try again: that is how long obtaining one usually takes.
const TRY_AGAIN_SECONDS: u64 = 30;

/// Answered here as by the site.
const PROBES: [&str; 2] = ["/healthz", "/readyz"];
/// Sent on whichever host they name, as the site answers them.
const FOR_PROGRAMS: [&str; 2] = ["/metrics", "/webhooks/stripe"];

/// Everything that is answered without encryption while `site` is served with it.
#[must_use]
pub fn mount(app: Arc<App>, site: Route) -> Route {
    probes(site).or(others(app)).unify().boxed()
}

fn probes(site: Route) -> Route {
    let is_probe = |path: FullPath| async move {
        if PROBES.contains(&path.as_str()) { Ok(()) } else { Err(warp::reject::not_found()) }
    };
    warp::path::full().and_then(is_probe).untuple_one().and(site).boxed()
}

fn others(app: Arc<App>) -> Route {
    let query = warp::query::raw().or_else(|_| async { Ok::<_, warp::Rejection>((String::new(),)) });
    warp::method()
        .and(warp::path::full())
        .and(query)
        .and(warp::ext::get::<RequestedHost>())
        .map(move |method: Method, path: FullPath, query: String, host: RequestedHost| {
            let mut response = answer(&app, &method, path.as_str(), &query, &host);
            for (name, value) in [(header::X_CONTENT_TYPE_OPTIONS, "nosniff"), (header::CACHE_CONTROL, "no-store")] {
                response.headers_mut().insert(name, HeaderValue::from_static(value));
            }
            response
        })
        .recover(|_| async {
            Ok::<_, std::convert::Infallible>(reply::text(StatusCode::BAD_REQUEST, "Not understood."))
        })
        .unify()
        .boxed()
}

fn answer(app: &App, method: &Method, path: &str, query: &str, host: &RequestedHost) -> Response {
    if let (Some(token), true) = (path.strip_prefix(CHALLENGE), matches!(*method, Method::GET | Method::HEAD)) {
        return match app.certificates.challenges.answer_to(token) {
            Some(proof) => reply::bytes(StatusCode::OK, "application/octet-stream", proof.into_bytes()),
            None => reply::text(StatusCode::NOT_FOUND, "Nobody is looking for this."),
        };
    }
    if !FOR_PROGRAMS.contains(&path) && !is_ours(app, host) {
        return reply::text(StatusCode::MISDIRECTED_REQUEST, "This server does not answer to that name.");
    }
    if app.certificates.keychain.shown().is_none() {
        return no_certificate();
    }
    sent_on(app, path, query)
}

/// Whether the request was sent to our public name, at whichever port.
fn is_ours(app: &App, host: &RequestedHost) -> bool {
    let named = host.0.as_deref().and_then(|host| host.parse::<Authority>().ok());
    named.is_some_and(|named| named.host().eq_ignore_ascii_case(&app.config.server.public_url.host().to_string()))
}

fn sent_on(app: &App, path: &str, query: &str) -> Response {
    let mark = if query.is_empty() { "" } else { "?" };
    let target = format!("{path}{mark}{query}");
    // What hyper let through is a path already; what is none leads to the first page.
    let target = target.parse::<PathAndQuery>().map_or_else(|_| "/".to_owned(), |target| target.as_str().to_owned());
    let mut response = reply::text(StatusCode::PERMANENT_REDIRECT, "This page is served over HTTPS.");
    match HeaderValue::from_str(&app.url(&target)) {
        Ok(address) => drop(response.headers_mut().insert(header::LOCATION, address)),
        Err(_) => return reply::text(StatusCode::BAD_REQUEST, "Not understood."),
    }
    response
}

fn no_certificate() -> Response {
    let words = "There is no certificate for this name yet. Please try again in a minute.";
    let mut response = reply::text(StatusCode::SERVICE_UNAVAILABLE, words);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(TRY_AGAIN_SECONDS));
    response
}
