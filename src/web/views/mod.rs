//! What every page shows, as plain structs that the templates in `templates/` print.
//!
//! The rule: a view holds finished text (amounts, dates and addresses already formatted for the reader), finished
//! addresses and yes-or-no answers, and nothing of the store or of billing. Handlers fill views; templates own every
//! word that is the same for each invoice. No view contains markup: each field is escaped where it is printed.
//!
//! Addresses of actions are `path` (such as `/admin/invoices/inv_…`) followed by the verb, which the template writes.

pub mod confirm;
pub mod credit;
pub mod customers;
pub mod disputes;
pub mod editor;
pub mod entry;
pub mod events;
pub mod forms;
pub mod health;
pub mod invoice;
pub mod invoices;
pub mod message;
pub mod outbox;
pub mod paper;
pub mod parts;
pub mod payments;
pub mod payouts;
pub mod people;
pub mod public;
pub mod reconciliations;
pub mod refunds;
pub mod reviews;
pub mod second_step;
pub mod settings;
pub mod setup;
pub mod shell;
pub mod today;

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot read its own files stops there")]
mod gallery;
#[cfg(test)]
pub mod samples;

pub use super::assets::url as asset;
