//! Every address of the appliance, one line each: who may pass, what a foreign site may do, how much may be sent.

use std::sync::Arc;

use super::route::Endpoint;
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
    vec![]
}

/// For Stripe and for whoever looks after the machine.
fn machines() -> Vec<Endpoint<State>> {
    vec![]
}

/// For programs, with a token.
fn api() -> Vec<Endpoint<State>> {
    vec![]
}

/// For the owner.
fn admin() -> Vec<Endpoint<State>> {
    vec![]
}
