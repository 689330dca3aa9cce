//! What an invoicing business knows: money, documents, the ledger and the states things may be in.
//!
//! Pure: no input or output, no clock, no randomness, nothing asynchronous, and nothing of the other rooms.

pub mod attempt;
pub mod bank;
pub mod bookings;
pub mod credit_note;
pub mod currency;
pub mod customer;
pub mod customer_credit;
pub mod decimal;
pub mod dispute;
pub mod due;
pub mod email;
pub mod endpoint;
pub mod event;
pub mod fee_invoice;
pub mod field;
pub mod filing;
pub mod id;
pub mod invoice;
pub mod language;
pub mod ledger;
pub mod letter;
pub mod line;
pub mod log;
pub mod money;
pub mod movement;
pub mod number;
pub mod party;
pub mod passthrough;
pub mod payment;
pub mod payout;
pub mod plan;
pub mod quantity;
pub mod refund;
pub mod report;
pub mod retention;
pub mod review;
pub mod role;
pub mod rounding;
pub mod sensitive;
pub mod settings;
pub mod sheet;
pub mod sought;
pub mod standing;
pub mod tax;
