//! The owner's pages, below `/admin`.
//!
//! The rules: every page has the guard that it needs in its type; what is typed is never lost to a mistake; a form that
//! was sent leads to a page that can be loaded again; and a secret that was entered is never shown. Words and figures are
//! made by others (`web::words`, `billing`); here they are put into the designer's views.

pub mod access;
pub mod acts;
mod choices;
mod cookie;
pub mod copy;
mod counts;
pub mod credit;
pub mod credit_notes;
pub mod customers;
mod desk;
mod device;
pub mod disputes;
pub mod editor;
mod entered;
pub mod entry;
pub mod events;
mod fee_choice;
mod findings;
mod flash;
mod forms;
pub mod guard;
mod held;
pub mod invoice;
pub mod invoices;
mod kept;
pub mod outbox;
mod passwords;
pub mod payments;
pub mod payouts;
mod proof;
pub mod reconciliations;
pub mod refunds;
pub mod refused;
pub mod reviews;
mod rows;
pub mod second_step;
pub mod sending;
pub mod settings;
pub mod setup;
pub mod take_back;
pub mod take_payment;
pub mod today;
mod trimmed;
