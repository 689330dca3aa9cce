//! The report of a reconciliation pass: what was compared, what was repaired, what still differs.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::currency::Currency;
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
    /// How many things were found in each class of difference, such as `M13`.
    #[serde(default)]
    pub classes: BTreeMap<String, u64>,
    /// What Stripe holds, by the books and by Stripe.
    #[serde(default)]
    pub balances: Vec<Balance>,
    /// What could not be compared, each in a sentence: then it proves nothing that nothing differs.
    #[serde(default)]
    pub unseen: Vec<String>,
    /// Reads that it took at Stripe.
    #[serde(default)]
    pub requests: u64,
    /// Why it could not be finished, if so.
    #[serde(default)]
    pub error: Option<String>,
}

/// What Stripe holds in one currency, by the books and by Stripe. Minor units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    pub currency: Currency,
    /// Available and pending.
    pub stripe: i64,
    pub books: i64,
    /// Of what the books have, what Stripe has not put on its balance yet.
    pub waiting: i64,
    /// What Stripe has more than that.
    pub difference: i64,
}

impl Run {
    /// Whether it came to its end and saw everything that it asked for. Only then does it prove that what it does not name
    /// agrees.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.error.is_none() && self.unseen.is_empty()
    }

    /// A pass that begins.
    #[must_use]
    pub fn begun(id: RunId, at: Timestamp, source: Channel, full: bool) -> Self {
        Self {
            id,
            started_at: at,
            finished_at: None,
            source,
            full,
            compared: BTreeMap::new(),
            repaired: Vec::new(),
            differences: Vec::new(),
            payouts: Vec::new(),
            classes: BTreeMap::new(),
            balances: Vec::new(),
            unseen: Vec::new(),
            requests: 0,
            error: None,
        }
    }
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
