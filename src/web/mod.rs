//! The web: warp, and nobody else knows it.
//!
//! What every request passes, from the socket to the handler and back, is here; what is answered is in the rooms below.
//! `server` accepts connections, `route` says what a route is, `site` makes one filter of a table of them.

pub mod admin;
mod answering;
pub mod api;
pub mod assets;
mod bodies;
pub mod body;
mod clarity;
pub mod client_address;
mod compress;
mod connection;
mod conversation;
pub mod csrf;
pub mod error;
mod etag;
mod finish;
pub mod form;
pub mod forwarding;
pub mod framing;
mod gauges;
pub mod guard;
pub mod headers;
mod hearing;
pub mod hooks;
pub mod host;
mod json;
pub mod limits;
mod listener;
pub mod multipart;
mod newcomers;
mod offer;
pub mod operations;
pub mod paper;
pub mod pattern;
mod peers;
mod plan;
pub mod public;
mod qr;
pub mod reply;
pub mod request;
mod requests;
pub mod route;
pub mod routes;
mod seats;
pub mod server;
pub mod site;
mod slim;
mod streams;
pub mod views;
mod wire;
pub mod words;

use std::sync::Arc;

use self::headers::Headers;
use self::host::Hosts;
use self::reply::Response;
use self::route::Route;
use self::site::Site;
use crate::app::App;
use crate::config::Tls;
use crate::metrics::Metrics;
use warp::Filter;

/// The whole site of an appliance as one filter, for a server that listens at `server.listen`.
#[must_use]
pub fn mount_app(app: Arc<App>) -> Route {
    let site = site_of(&app);
    let counted = Arc::clone(&app);
    let count = move |response: Response| {
        Metrics::count(&counted.metrics.requests, class_of(response.status().as_u16()));
        response
    };
    site::mount(routes::table(), app, site).map(count).boxed()
}

/// What the configuration says about the site as a whole.
fn site_of(app: &App) -> Site {
    let server = &app.config.server;
    let origin = server.public_url.as_str();
    let accepted = app.config.stripe.accepted_checkout_origins();
    let further: Vec<String> = accepted.iter().map(|origin| origin.as_str().to_owned()).collect();
    let headers = Headers::new(&further, server.tls != Tls::Off);
    Site::new(origin, Hosts::new(origin, server.listen), server.trusted_proxies.clone(), headers)
}

fn class_of(status: u16) -> &'static str {
    match status / 100 {
        1 => "1xx",
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        _ => "5xx",
    }
}
