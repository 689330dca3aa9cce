//! A payout: what Stripe sends to the bank.

use serde::Deserialize;

use super::Identified;

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Payout {
    pub id: Option<String>,
    pub object: Option<String>,
    /// In Stripe's scaling; negative if Stripe took the money from the bank.
    pub amount: Option<i64>,
    pub currency: Option<String>,
    /// Seconds since 1970.
    pub created: Option<i64>,
    /// Seconds since 1970: midnight UTC of the day on which the bank has it.
    pub arrival_date: Option<i64>,
    /// As in `in_transit`.
    pub status: Option<String>,
    /// Whether it was made by schedule. Of others Stripe lists no transactions.
    pub automatic: Option<bool>,
    /// `completed` once its list of transactions is complete.
    pub reconciliation_status: Option<String>,
    pub failure_message: Option<String>,
    pub livemode: Option<bool>,
}

impl Identified for Payout {
    fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }
}

impl Payout {
    /// Whether Stripe lists all its transactions.
    #[must_use]
    pub fn is_listed(&self) -> bool {
        self.automatic == Some(true) && self.reconciliation_status.as_deref() == Some("completed")
    }
}
