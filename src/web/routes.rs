//! Every address of the appliance, one line each: who may pass, what a foreign site may do, how much may be sent.

use std::sync::Arc;

use super::admin;
use super::admin::guard::{Gate, OWNER, READER, Regain, STAFF, Setup};
use super::admin::refused::at_desk;
use super::api::guard::Token;
use super::api::idempotency::UnderWay;
use super::api::{
    attempts, credit_notes, customers, disputes, fee_invoices, invoice_acts, invoices, log, outbox, payments, payouts,
    reconciliations, refunds, reviews, settings,
};
use super::body::{BodyMax, CHOICE, EVENT, EVIDENCE, FORM, JSON, SIGN_IN};
use super::csrf::Csrf;
use super::guard::{Probe, Public, Scope, Signed};
use super::operations::AnyToken;
use super::public::link::Link;
use super::public::{checkout, credit, fee, front, invoice, receipt, returned, status};
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
    table.extend(entrance());
    table.extend(desk());
    table.extend(own_invoices());
    table.extend(own_settings());
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
        post("/i/{token}/checkout/all", link.clone(), Csrf::Checkout, BodyMax::Ignored, checkout::start_all),
        post("/i/{token}/checkout/part", link.clone(), Csrf::Checkout, CHOICE, checkout::start_part),
        get("/i/{token}/return", link.clone(), Cache::NoStore, returned::get),
        get("/i/{token}/status", link.clone(), Cache::NoStore, status::get),
        get("/i/{token}/credit/{n}", link.clone(), Cache::Page, credit::get),
        get("/i/{token}/fee/{n}", link.clone(), Cache::Page, fee::get),
        get("/i/{token}/fee/{n}/correction/{k}", link.clone(), Cache::Page, fee::correction),
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
    let keys = UnderWay::default();
    vec![
        get("/api/v1/customers", Token(Scope::Read), Cache::NoStore, customers::list),
        post("/api/v1/customers", Token(Scope::Write), BY_TOKEN, JSON, keys.once(customers::create)),
        get("/api/v1/customers/{id}", Token(Scope::Read), Cache::NoStore, customers::show),
        patch("/api/v1/customers/{id}", Token(Scope::Write), BY_TOKEN, JSON, customers::change),
        get("/api/v1/invoices", Token(Scope::Read), Cache::NoStore, invoices::list),
        post("/api/v1/invoices", Token(Scope::Write), BY_TOKEN, JSON, keys.once(invoices::create)),
        get("/api/v1/invoices/{id}", Token(Scope::Read), Cache::NoStore, invoices::show),
        patch("/api/v1/invoices/{id}", Token(Scope::Write), BY_TOKEN, JSON, invoices::change),
        delete("/api/v1/invoices/{id}", Token(Scope::Write), BY_TOKEN, BodyMax::Ignored, invoices::delete),
        post("/api/v1/invoices/{id}/issue", Token(Scope::Write), BY_TOKEN, JSON, keys.once(invoice_acts::issue)),
        post("/api/v1/invoices/{id}/send", Token(Scope::Write), BY_TOKEN, JSON, keys.once(invoice_acts::send)),
        post("/api/v1/invoices/{id}/void", Token(Scope::Write), BY_TOKEN, JSON, keys.once(invoice_acts::void)),
        post("/api/v1/invoices/{id}/uncollectible", Token(Scope::Write), BY_TOKEN, JSON, keys.once(invoice_acts::uncollectible)),
        post("/api/v1/invoices/{id}/link", Token(Scope::Write), BY_TOKEN, JSON, keys.once(invoice_acts::link)),
        post("/api/v1/invoices/{id}/remind", Token(Scope::Write), BY_TOKEN, JSON, keys.once(invoice_acts::remind)),
        post("/api/v1/invoices/{id}/checkout", Token(Scope::Write), BY_TOKEN, JSON, keys.once(invoice_acts::checkout)),
        post("/api/v1/invoices/{id}/payments", Token(Scope::Write), BY_TOKEN, JSON, keys.once(invoice_acts::record_payment)),
        post("/api/v1/invoices/{id}/refunds", Token(Scope::Write), BY_TOKEN, JSON, keys.once(refunds::create)),
        get("/api/v1/invoices/{id}/credit_notes", Token(Scope::Read), Cache::NoStore, credit_notes::list_of_invoice),
        post("/api/v1/invoices/{id}/credit_notes", Token(Scope::Write), BY_TOKEN, JSON, keys.once(credit_notes::create)),
        post("/api/v1/invoices/{id}/reissue", Token(Scope::Write), BY_TOKEN, JSON, keys.once(credit_notes::reissue)),
        post("/api/v1/invoices/{id}/apply_credit", Token(Scope::Write), BY_TOKEN, JSON, keys.once(credit_notes::apply)),
        get("/api/v1/credit_notes", Token(Scope::Read), Cache::NoStore, credit_notes::list),
        get("/api/v1/credit_notes/{id}", Token(Scope::Read), Cache::NoStore, credit_notes::show),
        get("/api/v1/fee_invoices", Token(Scope::Read), Cache::NoStore, fee_invoices::list),
        get("/api/v1/invoices/{id}/log", Token(Scope::Read), Cache::NoStore, log::list),
        get("/api/v1/attempts", Token(Scope::Read), Cache::NoStore, attempts::find),
        get("/api/v1/attempts/{id}", Token(Scope::Read), Cache::NoStore, attempts::show),
        get("/api/v1/payments", Token(Scope::Read), Cache::NoStore, payments::list),
        get("/api/v1/payouts", Token(Scope::Read), Cache::NoStore, payouts::list),
        get("/api/v1/payouts/{id}", Token(Scope::Read), Cache::NoStore, payouts::show),
        get("/api/v1/refunds", Token(Scope::Read), Cache::NoStore, refunds::list),
        get("/api/v1/disputes", Token(Scope::Read), Cache::NoStore, disputes::list),
        get("/api/v1/reviews", Token(Scope::Read), Cache::NoStore, reviews::list),
        post("/api/v1/reviews/{id}/resolve", Token(Scope::Write), BY_TOKEN, JSON, keys.once(reviews::resolve)),
        post("/api/v1/reviews/{id}/undo", Token(Scope::Write), BY_TOKEN, JSON, keys.once(reviews::undo)),
        get("/api/v1/outbox", Token(Scope::Read), Cache::NoStore, outbox::list),
        get("/api/v1/reconciliations", Token(Scope::Read), Cache::NoStore, reconciliations::list),
        post("/api/v1/reconciliations", Token(Scope::Write), BY_TOKEN, JSON, keys.once(reconciliations::create)),
        get("/api/v1/reconciliations/{id}", Token(Scope::Read), Cache::NoStore, reconciliations::show),
        get("/api/v1/settings", Token(Scope::Read), Cache::NoStore, settings::show),
        patch("/api/v1/settings", Token(Scope::Write), BY_TOKEN, JSON, settings::change),
    ]
}

/// For the owner: the first run, and the way in and out.
#[rustfmt::skip] // one line each
fn entrance() -> Vec<Endpoint<State>> {
    vec![
        get("/admin/", Gate, Cache::NoStore, admin::entry::without_slash),
        get("/admin/login", Gate, Cache::NoStore, admin::entry::login_page),
        post("/admin/login", Gate, Csrf::SameOrigin, SIGN_IN, admin::entry::login),
        get("/admin/login/code", Gate, Cache::NoStore, admin::second_step::begin_again),
        post("/admin/login/code", Gate, Csrf::SameOrigin, SIGN_IN, admin::second_step::check),
        post("/admin/logout", READER, Csrf::SameOrigin, FORM, at_desk(admin::entry::logout)),
        get("/admin/setup", Gate, Cache::NoStore, admin::setup::expired),
        get("/admin/setup/{secret}", Setup, Cache::NoStore, admin::setup::owner_page),
        post("/admin/setup/{secret}", Setup, Csrf::SameOrigin, FORM, admin::setup::create_owner),
        get("/admin/access/{secret}", Regain, Cache::NoStore, admin::access::page),
        post("/admin/access/{secret}", Regain, Csrf::SameOrigin, FORM, admin::access::regain),
        get("/admin/setup/business", OWNER, Cache::Page, at_desk(admin::setup::business_page)),
        post("/admin/setup/business", OWNER, Csrf::SameOrigin, FORM, at_desk(admin::setup::save_business)),
        get("/admin/setup/numbering", OWNER, Cache::Page, at_desk(admin::setup::numbering_page)),
        post("/admin/setup/numbering", OWNER, Csrf::SameOrigin, FORM, at_desk(admin::setup::save_numbering)),
        get("/admin/setup/mail", OWNER, Cache::Page, at_desk(admin::setup::mail_page)),
        post("/admin/setup/mail", OWNER, Csrf::SameOrigin, FORM, at_desk(admin::setup::save_mail)),
        get("/admin/setup/payments", OWNER, Cache::Page, at_desk(admin::setup::payments_page)),
        post("/admin/setup/payments", OWNER, Csrf::SameOrigin, FORM, at_desk(admin::setup::save_payments)),
        get("/admin/setup/finish", OWNER, Cache::Page, at_desk(admin::setup::finish)),
    ]
}

/// For the owner: the day's work.
#[rustfmt::skip] // one line each
fn desk() -> Vec<Endpoint<State>> {
    vec![
        get("/admin", READER, Cache::Page, at_desk(admin::today::today)),
        get("/admin/customers", READER, Cache::Page, at_desk(admin::customers::list)),
        post("/admin/customers", STAFF, Csrf::SameOrigin, FORM, at_desk(admin::customers::create)),
        get("/admin/customers/new", STAFF, Cache::Page, at_desk(admin::customers::new)),
        get("/admin/customers/{id}", READER, Cache::Page, at_desk(admin::customers::detail)),
        post("/admin/customers/{id}", STAFF, Csrf::SameOrigin, FORM, at_desk(admin::customers::update)),
        get("/admin/customers/{id}/edit", STAFF, Cache::Page, at_desk(admin::customers::edit)),
        get("/admin/credit-notes", READER, Cache::Page, at_desk(admin::credit_notes::list)),
        get("/admin/credit-notes/{id}", READER, Cache::Page, at_desk(admin::credit_notes::detail)),
        get("/admin/credit-notes/{id}/refund", STAFF, Cache::NoStore, at_desk(admin::refunds::note_form)),
        post("/admin/credit-notes/{id}/refund", STAFF, Csrf::SameOrigin, FORM, at_desk(admin::refunds::refund_note)),
        post("/admin/credit-notes/{id}/send", STAFF, Csrf::SameOrigin, FORM, at_desk(admin::credit_notes::send)),
        get("/admin/payments", READER, Cache::Page, at_desk(admin::payments::list)),
        get("/admin/payments/{id}/refund", STAFF, Cache::NoStore, at_desk(admin::refunds::form)),
        post("/admin/payments/{id}/refund", STAFF, Csrf::SameOrigin, FORM, at_desk(admin::refunds::refund)),
        get("/admin/payments/{id}/take-back", STAFF, Cache::Page, at_desk(admin::take_back::confirm)),
        post("/admin/payments/{id}/take-back", STAFF, Csrf::SameOrigin, FORM, at_desk(admin::take_back::take_back)),
        post("/admin/payments/{id}/copy", STAFF, Csrf::SameOrigin, FORM, at_desk(admin::acts::copy_receipt)),
        get("/admin/review", READER, Cache::Page, at_desk(admin::reviews::list)),
        get("/admin/review/{id}", READER, Cache::Page, at_desk(admin::reviews::detail)),
        post("/admin/review/{id}/resolve", STAFF, Csrf::SameOrigin, FORM, at_desk(admin::reviews::resolve)),
        post("/admin/review/{id}/undo", STAFF, Csrf::SameOrigin, FORM, at_desk(admin::reviews::undo)),
        get("/admin/disputes", READER, Cache::Page, at_desk(admin::disputes::list)),
        get("/admin/disputes/{id}", READER, Cache::Page, at_desk(admin::disputes::detail)),
        post("/admin/disputes/{id}", STAFF, Csrf::SameOrigin, EVIDENCE, at_desk(admin::disputes::answer::save)),
        get("/admin/disputes/{id}/submit", STAFF, Cache::Page, at_desk(admin::disputes::answer::confirm_submission)),
        post("/admin/disputes/{id}/submit", STAFF, Csrf::SameOrigin, FORM, at_desk(admin::disputes::answer::submit)),
        get("/admin/disputes/{id}/accept", STAFF, Cache::Page, at_desk(admin::disputes::answer::confirm_acceptance)),
        post("/admin/disputes/{id}/accept", STAFF, Csrf::SameOrigin, FORM, at_desk(admin::disputes::answer::accept)),
        get("/admin/outbox", READER, Cache::Page, at_desk(admin::outbox::list)),
        post("/admin/outbox/{id}/retry", STAFF, Csrf::SameOrigin, FORM, at_desk(admin::outbox::retry)),
        post("/admin/outbox/{id}/cancel", STAFF, Csrf::SameOrigin, FORM, at_desk(admin::outbox::cancel)),
        get("/admin/events", READER, Cache::Page, at_desk(admin::events::list)),
        get("/admin/events/{id}", READER, Cache::Page, at_desk(admin::events::detail)),
        post("/admin/events/{id}/retry", STAFF, Csrf::SameOrigin, FORM, at_desk(admin::events::retry)),
        get("/admin/reconciliations", READER, Cache::Page, at_desk(admin::reconciliations::list)),
        post("/admin/reconciliations", STAFF, Csrf::SameOrigin, FORM, at_desk(admin::reconciliations::run)),
        post("/admin/reconciliations/account", OWNER, Csrf::SameOrigin, FORM, at_desk(admin::reconciliations::accept_account)),
        get("/admin/payouts", READER, Cache::Page, at_desk(admin::payouts::list)),
        get("/admin/payouts/{id}", READER, Cache::Page, at_desk(admin::payouts::detail)),
        get("/admin/reconciliations/{id}", READER, Cache::Page, at_desk(admin::reconciliations::report)),
        get("/admin/copy", OWNER, Cache::NoStore, at_desk(admin::copy::question)),
        post("/admin/copy", OWNER, Csrf::SameOrigin, FORM, at_desk(admin::copy::confirm)),
        get("/admin/{*}", READER, Cache::NoStore, at_desk(admin::refused::nowhere)),
    ]
}

/// For the owner: one invoice after the other.
#[rustfmt::skip] // one line each
fn own_invoices() -> Vec<Endpoint<State>> {
    vec![
        get("/admin/invoices", READER, Cache::Page, at_desk(admin::invoices::list)),
        post("/admin/invoices", STAFF, Csrf::SameOrigin, FORM, at_desk(admin::editor::create)),
        get("/admin/invoices/new", STAFF, Cache::Page, at_desk(admin::editor::new)),
        post("/admin/invoices/preview", STAFF, Csrf::SameOrigin, FORM, at_desk(admin::editor::totals)),
        get("/admin/invoices/{id}", READER, Cache::Page, at_desk(admin::invoice::detail)),
        post("/admin/invoices/{id}", STAFF, Csrf::SameOrigin, FORM, at_desk(admin::editor::update)),
        get("/admin/invoices/{id}/edit", STAFF, Cache::Page, at_desk(admin::editor::edit)),
        get("/admin/invoices/{id}/preview", READER, Cache::Page, at_desk(admin::sending::preview)),
        post("/admin/invoices/{id}/issue", STAFF, Csrf::SameOrigin, FORM, at_desk(admin::acts::issue)),
        get("/admin/invoices/{id}/send", STAFF, Cache::Page, at_desk(admin::sending::send_page)),
        post("/admin/invoices/{id}/send", STAFF, Csrf::SameOrigin, FORM, at_desk(admin::acts::send)),
        post("/admin/invoices/{id}/remind", STAFF, Csrf::SameOrigin, FORM, at_desk(admin::acts::remind)),
        get("/admin/invoices/{id}/void", STAFF, Cache::Page, at_desk(admin::acts::confirm_void)),
        post("/admin/invoices/{id}/void", STAFF, Csrf::SameOrigin, FORM, at_desk(admin::acts::void)),
        get("/admin/invoices/{id}/uncollectible", STAFF, Cache::Page, at_desk(admin::acts::confirm_write_off)),
        post("/admin/invoices/{id}/uncollectible", STAFF, Csrf::SameOrigin, FORM, at_desk(admin::acts::write_off)),
        post("/admin/invoices/{id}/reopen", STAFF, Csrf::SameOrigin, FORM, at_desk(admin::acts::reopen)),
        get("/admin/invoices/{id}/let-go", STAFF, Cache::Page, at_desk(admin::acts::confirm_let_go)),
        post("/admin/invoices/{id}/let-go", STAFF, Csrf::SameOrigin, FORM, at_desk(admin::acts::let_go)),
        get("/admin/invoices/{id}/link", STAFF, Cache::Page, at_desk(admin::acts::confirm_link)),
        post("/admin/invoices/{id}/link", STAFF, Csrf::SameOrigin, FORM, at_desk(admin::acts::link)),
        get("/admin/invoices/{id}/delete", STAFF, Cache::Page, at_desk(admin::acts::confirm_delete)),
        post("/admin/invoices/{id}/delete", STAFF, Csrf::SameOrigin, FORM, at_desk(admin::acts::delete)),
        post("/admin/invoices/{id}/payments", STAFF, Csrf::SameOrigin, FORM, at_desk(admin::acts::record_payment)),
        get("/admin/invoices/{id}/credit", STAFF, Cache::Page, at_desk(admin::credit::form)),
        post("/admin/invoices/{id}/credit/preview", STAFF, Csrf::SameOrigin, FORM, at_desk(admin::credit::preview)),
        post("/admin/invoices/{id}/credit", STAFF, Csrf::SameOrigin, FORM, at_desk(admin::credit::save)),
        get("/admin/invoices/{id}/reissue", STAFF, Cache::Page, at_desk(admin::credit::confirm_reissue)),
        post("/admin/invoices/{id}/reissue", STAFF, Csrf::SameOrigin, FORM, at_desk(admin::credit::reissue)),
        post("/admin/invoices/{id}/apply-credit", STAFF, Csrf::SameOrigin, FORM, at_desk(admin::credit::apply)),
        get("/admin/invoices/{id}/checkout", STAFF, Cache::NoStore, at_desk(admin::take_payment::show)),
        post("/admin/invoices/{id}/checkout", STAFF, Csrf::SameOrigin, FORM, at_desk(admin::take_payment::start)),
    ]
}

/// For the owner: what is decided once.
#[rustfmt::skip] // one line each
fn own_settings() -> Vec<Endpoint<State>> {
    vec![
        get("/admin/settings/business", OWNER, Cache::Page, at_desk(admin::settings::business_page)),
        post("/admin/settings/business", OWNER, Csrf::SameOrigin, FORM, at_desk(admin::settings::save_business)),
        get("/admin/settings/numbering", OWNER, Cache::Page, at_desk(admin::settings::numbering_page)),
        post("/admin/settings/numbering", OWNER, Csrf::SameOrigin, FORM, at_desk(admin::settings::save_numbering)),
        post("/admin/settings/numbering/sample", OWNER, Csrf::SameOrigin, FORM, at_desk(admin::settings::sample)),
        get("/admin/settings/payments", OWNER, Cache::Page, at_desk(admin::settings::payments_page)),
        post("/admin/settings/payments", OWNER, Csrf::SameOrigin, FORM, at_desk(admin::settings::save_payments)),
        post("/admin/settings/payments/fee", OWNER, Csrf::SameOrigin, FORM, at_desk(admin::settings::fees::save)),
        get("/admin/settings/payments/{secret}/remove", OWNER, Cache::Page, at_desk(admin::settings::removal::confirm)),
        post("/admin/settings/payments/{secret}/remove", OWNER, Csrf::SameOrigin, FORM, at_desk(admin::settings::removal::remove)),
        get("/admin/settings/mail", OWNER, Cache::Page, at_desk(admin::settings::mail_page)),
        post("/admin/settings/mail", OWNER, Csrf::SameOrigin, FORM, at_desk(admin::settings::save_mail)),
        get("/admin/settings/notifications", OWNER, Cache::Page, at_desk(admin::settings::notifications_page)),
        post("/admin/settings/notifications", OWNER, Csrf::SameOrigin, FORM, at_desk(admin::settings::save_notifications)),
        get("/admin/settings/backups", OWNER, Cache::Page, at_desk(admin::settings::backups::page)),
        post("/admin/settings/backups", OWNER, Csrf::SameOrigin, FORM, at_desk(admin::settings::backups::make)),
        get("/admin/settings/health", OWNER, Cache::Page, at_desk(admin::settings::health::page)),
        post("/admin/settings/health", OWNER, Csrf::SameOrigin, FORM, at_desk(admin::settings::health::examine)),
        get("/admin/settings/retention", OWNER, Cache::Page, at_desk(admin::settings::retention::page)),
        post("/admin/settings/retention", OWNER, Csrf::SameOrigin, FORM, at_desk(admin::settings::retention::save)),
        get("/admin/settings/people", OWNER, Cache::NoStore, at_desk(admin::settings::people::list)),
        post("/admin/settings/people", OWNER, Csrf::SameOrigin, FORM, at_desk(admin::settings::people::invite)),
        post("/admin/settings/people/{id}/role", OWNER, Csrf::SameOrigin, FORM, at_desk(admin::settings::people::change_role)),
        get("/admin/settings/people/{id}/remove", OWNER, Cache::NoStore, at_desk(admin::settings::people::confirm)),
        post("/admin/settings/people/{id}/remove", OWNER, Csrf::SameOrigin, FORM, at_desk(admin::settings::people::remove)),
        get("/admin/settings/tokens", OWNER, Cache::Page, at_desk(admin::settings::tokens::list)),
        post("/admin/settings/tokens", OWNER, Csrf::SameOrigin, FORM, at_desk(admin::settings::tokens::create)),
        post("/admin/settings/tokens/{id}/revoke", OWNER, Csrf::SameOrigin, FORM, at_desk(admin::settings::tokens::revoke)),
        get("/admin/settings/account", READER, Cache::Page, at_desk(admin::settings::account::account)),
        post("/admin/settings/account/password", READER, Csrf::SameOrigin, FORM, at_desk(admin::settings::account::password)),
        get("/admin/settings/account/second-step", READER, Cache::NoStore, at_desk(admin::settings::second_step::page)),
        post("/admin/settings/account/second-step", READER, Csrf::SameOrigin, FORM, at_desk(admin::settings::second_step::save)),
        post("/admin/settings/account/sessions", READER, Csrf::SameOrigin, FORM, at_desk(admin::settings::account::end_other_sessions)),
        post("/admin/settings/account/shortcuts", READER, Csrf::SameOrigin, FORM, at_desk(admin::settings::account::shortcuts)),
        post("/admin/settings/sessions/{id}/revoke", READER, Csrf::SameOrigin, FORM, at_desk(admin::settings::account::end_session)),
    ]
}
