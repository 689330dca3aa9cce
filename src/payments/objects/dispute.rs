//! A dispute at Stripe, a warning that one may come, and a file that is evidence in one.

use serde::Deserialize;

use super::{BalanceTransaction, Charge, Expandable, Identified, PaymentIntent};

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Dispute {
    pub id: Option<String>,
    pub object: Option<String>,
    /// In Stripe's scaling; may be more or less than the charge.
    pub amount: Option<i64>,
    pub currency: Option<String>,
    /// Stripe's word, known or not.
    pub status: Option<String>,
    /// As in `fraudulent`.
    pub reason: Option<String>,
    pub livemode: Option<bool>,
    /// Seconds since 1970.
    pub created: Option<i64>,
    pub charge: Option<Expandable<Charge>>,
    pub payment_intent: Option<Expandable<PaymentIntent>>,
    /// What it moved on the balance: the only word on money.
    pub balance_transactions: Option<Vec<BalanceTransaction>>,
    pub evidence_details: Option<EvidenceDetails>,
    pub is_charge_refundable: Option<bool>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct EvidenceDetails {
    /// Seconds since 1970; absent or 0 if it cannot be answered.
    pub due_by: Option<i64>,
    pub submission_count: Option<u32>,
}

/// The card network calls a payment probably fraudulent. Not a dispute, but one may follow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct EarlyFraudWarning {
    pub id: Option<String>,
    /// Whether anything can still be done: not after it was refunded in full or disputed.
    pub actionable: Option<bool>,
    pub charge: Option<Expandable<Charge>>,
    pub payment_intent: Option<Expandable<PaymentIntent>>,
    /// As in `made_with_stolen_card`.
    pub fraud_type: Option<String>,
    pub livemode: Option<bool>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct File {
    pub id: Option<String>,
    pub purpose: Option<String>,
}

impl Identified for Dispute {
    fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }
}
