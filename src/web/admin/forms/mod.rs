//! The forms that the first run and the settings share: the business, numbers and taxes, mail, Stripe.
//!
//! Each reads what was typed, says what is wrong with it, and stores it. What the configuration says is shown and never
//! asked for; a secret is taken in and never shown.

pub mod business;
pub mod mail;
pub mod numbering;
pub mod seen;
pub mod stripe;
mod usual;
mod webhook;

use super::desk::Desk;
use crate::app::{StartError, UNREADABLE_SECRETS};
use crate::config::{Config, Origin};
use crate::web::error::Error;
use crate::web::form::Form;
use crate::web::views::parts;

/// What became of a form.
pub enum Sent<V> {
    /// It is stored and in force.
    Saved,
    /// It is shown again.
    Again { view: V, why: Why },
}

/// Why a form is shown again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Only a question was asked.
    Asked,
    /// Something is wrong with it.
    Wrong,
    /// What is stored was changed since it was opened.
    Stale,
}

/// Where the configuration says a key, in words that complete "Set by …".
pub fn origin(config: &Config, key: &str) -> Option<parts::Origin> {
    match config.origin(key) {
        Origin::Default => None,
        origin => Some(parts::Origin { text: origin.to_string() }),
    }
}

/// Why what was typed for a key is not stored, if the configuration says it.
fn fixed(config: &Config, key: &str) -> Option<String> {
    origin(config, key).map(|origin| format!("This is set by {}. Change it there; nothing was stored.", origin.text))
}

/// What is said above a form if one of its stored secrets cannot be read any more.
fn unreadable(desk: &Desk, keys: &[&str]) -> Result<Option<&'static str>, Error> {
    let names = desk.app.unreadable_secrets()?;
    Ok(names.iter().any(|name| keys.contains(&name.as_str())).then_some(UNREADABLE_SECRETS))
}

pub fn from_start(error: StartError) -> Error {
    match error {
        StartError::Store(error) => error.into(),
        other => Error::internal(other),
    }
}

fn text(form: &Form, name: &str) -> String {
    form.text(name).to_owned()
}
