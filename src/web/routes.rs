//! Every address of the appliance, one line each: who may pass, what a foreign site may do, how much may be sent.

use std::sync::Arc;

use super::body::{BodyMax, EVENT};
use super::csrf::Csrf;
use super::guard::{Probe, Public, Signed};
use super::operations::AnyToken;
use super::public::link::Link;
use super::public::{checkout, front, invoice, receipt, returned, status};
use super::route::{Cache, Endpoint, get, post};
use super::{assets, hooks, operations};
use crate::app::App;

/// What every handler is given.
pub type State = Arc<App>;

/// The whole table.
#[must_use]
pub fn table() -> Vec<Endpoint<State>> {
    let mut table = public();
    table.extend(machines());
    table.extend(api());
    table.extend(admin());
    table
}

/// For the customer: no account, no cookie.
fn public() -> Vec<Endpoint<State>> {
    let link = Link::default();
    vec![
        get("/", Public, Cache::NoStore, front::door),
        get("/robots.txt", Public, Cache::Page, front::robots),
        get("/favicon.ico", Public, Cache::NoStore, front::favicon),
        get("/.well-known/security.txt", Public, Cache::NoStore, front::security),
        get("/a/{hash}/{name}", Public, Cache::Immutable, assets::asset),
        get("/i/{token}", link.clone(), Cache::Page, invoice::get),
        post("/i/{token}/checkout", link.clone(), Csrf::Checkout, BodyMax::Ignored, checkout::start),
        get("/i/{token}/return", link.clone(), Cache::NoStore, returned::get),
        get("/i/{token}/status", link.clone(), Cache::NoStore, status::get),
        get("/i/{token}/receipt/{n}", link.clone(), Cache::Page, receipt::get),
        post("/i/{token}/receipt/{n}/copy", link, Csrf::Checkout, BodyMax::Ignored, receipt::send_copy),
    ]
}

/// For Stripe and for whoever looks after the machine.
fn machines() -> Vec<Endpoint<State>> {
    vec![
        post("/webhooks/stripe", Signed, Csrf::Exempt("Stripe signs what it sends"), EVENT, hooks::stripe),
        get("/healthz", Probe, Cache::NoStore, operations::health),
        get("/readyz", Probe, Cache::NoStore, operations::readiness),
        get("/metrics", AnyToken, Cache::NoStore, operations::figures),
    ]
}

/// For programs, with a token.
fn api() -> Vec<Endpoint<State>> {
    vec![]
}

/// For the owner.
fn admin() -> Vec<Endpoint<State>> {
    vec![]
}
