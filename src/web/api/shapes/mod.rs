//! What things look like to a program: every name and its order as CONTRACT.md has them.
//!
//! Nothing is decided here. Money is in the currency's minor units, what is absent is `null`.

mod attention;
mod credit;
mod invoice;
mod money;
mod parties;
mod payouts;

pub(super) use attention::{mail, review, run};
pub(super) use credit::{CreditNoteShape, credit, credit_note};
pub(super) use invoice::{InvoiceShape, TaxShape, invoice, tax};
pub(super) use money::{RefundShape, attempt, dispute, log_line, payment, refund};
pub(super) use parties::{customer, settings};
pub(super) use payouts::{movement, payout, payout_in_full};
