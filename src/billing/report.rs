//! The report of a reconciliation pass: what was compared, what was repaired, what still differs.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::id::{InvoiceId, ReviewId, RunId};
use super::log::Channel;

/// One pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    pub id: RunId,
    pub started_at: Timestamp,
    /// `None` while it runs, and for ever if it was cut off.
    #[serde(default)]
    pub finished_at: Option<Timestamp>,
    /// Who asked for it.
    pub source: Channel,
    /// Whether sessions and charges of the window were compared with the books, not only attempts and events.
    #[serde(default)]
    pub full: bool,
    /// How many of each sort of thing were looked at.
    #[serde(default)]
    pub compared: BTreeMap<String, u64>,
    #[serde(default)]
    pub repaired: Vec<Finding>,
    #[serde(default)]
    pub differences: Vec<Finding>,
    #[serde(default)]
    pub payouts: Vec<Payout>,
    /// Reads that it took at Stripe.
    #[serde(default)]
    pub requests: u64,
    /// Why it could not be finished, if so.
    #[serde(default)]
    pub error: Option<String>,
}

/// Something that Stripe and the books did not agree about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Such as `missed_payment`.
    pub kind: String,
    /// Stripe's or our id of the thing.
    pub object: String,
    #[serde(default)]
    pub invoice: Option<InvoiceId>,
    #[serde(default)]
    pub review: Option<ReviewId>,
    /// One plain sentence.
    pub detail: String,
}

/// A payout of Stripe to the bank (CONTRACT: `payouts` of a reconciliation).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payout {
    pub id: String,
    pub amount: i64,
    pub currency: String,
    pub arrival_date: String,
    pub explained: i64,
    pub remainder: i64,
}
