//! The owner's pages over real HTTP, with cookies and plain forms: everything here works without JavaScript.

#![expect(clippy::unwrap_used, reason = "a failed assumption should fail the test")]

mod alerts;
mod browsers;
mod changes;
mod crediting;
mod disputes;
mod endpoint;
mod entry;
mod events;
mod first_run;
mod notices;
mod once;
mod overtaken;
mod pages;
mod payouts;
mod people;
pub mod person;
mod refunds;
mod second_step;
mod second_thoughts;
mod signed_out;
mod stale;
mod stripe_key;
mod sums;
mod work;
