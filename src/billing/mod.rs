//! What an invoicing business knows: money, documents, the ledger and the states things may be in.
//!
//! Pure: no input or output, no clock, no randomness, nothing asynchronous, and nothing of the other rooms.

pub mod id;
pub mod attempt;
pub mod customer;
pub mod event;
pub mod invoice;
pub mod ledger;
pub mod letter;
pub mod log;
pub mod payment;
pub mod review;
pub mod standing;
pub mod bookings;
pub mod report;
pub mod settings;
