//! Every address of the appliance, one line each: who may pass, what a foreign site may do, how much may be sent.

use std::sync::Arc;

use super::api::guard::Token;
use super::api::idempotency::once;
use super::api::{
    attempts, customers, invoice_acts, invoices, log, outbox, payments, reconciliations, reviews, settings,
};
use super::body::{BodyMax, EVENT, JSON};
use super::csrf::Csrf;
use super::guard::{Probe, Public, Scope, Signed};
use super::operations::AnyToken;
use super::public::link::Link;
use super::public::{checkout, front, invoice, receipt, returned, status};
use super::route::{Cache, Endpoint, delete, get, patch, post};
use super::{assets, hooks, operations};
use crate::app::App;

/// What every handler is given.
pub type State = Arc<App>;

/// A token is no cookie: no browser adds it to what another site has it send.
const BY_TOKEN: Csrf = Csrf::Exempt("a token is sent by a program, never by a browser by itself");

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
#[rustfmt::skip] // one line each
fn api() -> Vec<Endpoint<State>> {
    vec![
        get("/api/v1/customers", Token(Scope::Read), Cache::NoStore, customers::list),
        post("/api/v1/customers", Token(Scope::Write), BY_TOKEN, JSON, once(customers::create)),
        get("/api/v1/customers/{id}", Token(Scope::Read), Cache::NoStore, customers::show),
        patch("/api/v1/customers/{id}", Token(Scope::Write), BY_TOKEN, JSON, customers::change),
        get("/api/v1/invoices", Token(Scope::Read), Cache::NoStore, invoices::list),
        post("/api/v1/invoices", Token(Scope::Write), BY_TOKEN, JSON, once(invoices::create)),
        get("/api/v1/invoices/{id}", Token(Scope::Read), Cache::NoStore, invoices::show),
        patch("/api/v1/invoices/{id}", Token(Scope::Write), BY_TOKEN, JSON, invoices::change),
        delete("/api/v1/invoices/{id}", Token(Scope::Write), BY_TOKEN, BodyMax::Ignored, invoices::delete),
        post("/api/v1/invoices/{id}/issue", Token(Scope::Write), BY_TOKEN, JSON, once(invoice_acts::issue)),
        post("/api/v1/invoices/{id}/send", Token(Scope::Write), BY_TOKEN, JSON, once(invoice_acts::send)),
        post("/api/v1/invoices/{id}/void", Token(Scope::Write), BY_TOKEN, JSON, once(invoice_acts::void)),
        post("/api/v1/invoices/{id}/uncollectible", Token(Scope::Write), BY_TOKEN, JSON, once(invoice_acts::uncollectible)),
        post("/api/v1/invoices/{id}/link", Token(Scope::Write), BY_TOKEN, JSON, once(invoice_acts::link)),
        post("/api/v1/invoices/{id}/remind", Token(Scope::Write), BY_TOKEN, JSON, once(invoice_acts::remind)),
        post("/api/v1/invoices/{id}/checkout", Token(Scope::Write), BY_TOKEN, JSON, once(invoice_acts::checkout)),
        post("/api/v1/invoices/{id}/payments", Token(Scope::Write), BY_TOKEN, JSON, once(invoice_acts::record_payment)),
        get("/api/v1/invoices/{id}/log", Token(Scope::Read), Cache::NoStore, log::list),
        get("/api/v1/attempts", Token(Scope::Read), Cache::NoStore, attempts::find),
        get("/api/v1/attempts/{id}", Token(Scope::Read), Cache::NoStore, attempts::show),
        get("/api/v1/payments", Token(Scope::Read), Cache::NoStore, payments::list),
        get("/api/v1/refunds", Token(Scope::Read), Cache::NoStore, payments::none),
        get("/api/v1/disputes", Token(Scope::Read), Cache::NoStore, payments::none),
        get("/api/v1/reviews", Token(Scope::Read), Cache::NoStore, reviews::list),
        post("/api/v1/reviews/{id}/resolve", Token(Scope::Write), BY_TOKEN, JSON, once(reviews::resolve)),
        get("/api/v1/outbox", Token(Scope::Read), Cache::NoStore, outbox::list),
        get("/api/v1/reconciliations", Token(Scope::Read), Cache::NoStore, reconciliations::list),
        post("/api/v1/reconciliations", Token(Scope::Write), BY_TOKEN, JSON, once(reconciliations::create)),
        get("/api/v1/reconciliations/{id}", Token(Scope::Read), Cache::NoStore, reconciliations::show),
        get("/api/v1/settings", Token(Scope::Read), Cache::NoStore, settings::show),
        patch("/api/v1/settings", Token(Scope::Write), BY_TOKEN, JSON, settings::change),
    ]
}

/// For the owner.
fn admin() -> Vec<Endpoint<State>> {
    vec![]
}
