//! Money comes in: every way in which a checkout can go, by its row in the list of edge cases.

#![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

mod acts;
mod api_faults;
mod at_stripe;
mod checks;
mod classes;
mod crash;
mod crediting;
mod disk_full;
mod disputes;
mod fees;
mod lost_credit;
mod mode;
mod movements;
mod parts;
mod payouts;
mod race;
mod reconciling;
mod refunded_at_stripe;
mod refunding;
mod repaired;
mod sides;
pub mod stage;
mod starting;
mod taking_back;
mod undoing;
mod unseen;
