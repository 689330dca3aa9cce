//! A refund at Stripe: money of one charge on its way back.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Charge, Expandable, Identified, PaymentIntent};

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Refund {
    pub id: Option<String>,
    pub object: Option<String>,
    /// In Stripe's scaling.
    pub amount: Option<i64>,
    pub currency: Option<String>,
    pub status: Option<RefundStatus>,
    /// As in `requested_by_customer`.
    pub reason: Option<String>,
    /// What a pending refund waits for, as in `insufficient_funds`.
    pub pending_reason: Option<String>,
    /// As in `lost_or_stolen_card`.
    pub failure_reason: Option<String>,
    /// Seconds since 1970.
    pub created: Option<i64>,
    #[serde(deserialize_with = "super::metadata")]
    pub metadata: BTreeMap<String, String>,
    pub payment_intent: Option<Expandable<PaymentIntent>>,
    pub charge: Option<Expandable<Charge>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundStatus {
    Pending,
    /// The customer is asked where to send the money.
    RequiresAction,
    Succeeded,
    /// Also weeks after it had succeeded.
    Failed,
    Canceled,
    #[serde(untagged)]
    Other(String),
}

impl Refund {
    /// `re_…`.
    pub fn name(&self) -> &str {
        self.id.as_deref().unwrap_or_default()
    }

    /// `pi_…` of the payment that it returns.
    pub fn intent_name(&self) -> Option<&str> {
        self.payment_intent.as_ref().and_then(Expandable::id)
    }
}

impl Identified for Refund {
    fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }
}
