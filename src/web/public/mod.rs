//! What a customer sees: no account, no cookie, only the link that opens one invoice.
//!
//! The rule: nothing that the browser sends decides about money. The link names the invoice, the books name the amount,
//! and whether it was paid is Stripe's to say, through `payments`.

pub mod checkout;
pub mod credit;
mod facts;
pub mod fee;
pub mod front;
pub mod invoice;
pub mod link;
pub mod receipt;
pub mod returned;
pub mod status;
