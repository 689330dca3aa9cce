//! A payment at Stripe: the intent to take money, the charge that took it, and the line in Stripe's own books.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Number;

use super::{Expandable, Identified, PresentmentDetails};

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct PaymentIntent {
    pub id: Option<String>,
    pub object: Option<String>,
    pub status: Option<PaymentIntentStatus>,
    /// In Stripe's scaling.
    pub amount: Option<i64>,
    /// In Stripe's scaling.
    pub amount_received: Option<i64>,
    pub currency: Option<String>,
    pub capture_method: Option<CaptureMethod>,
    pub livemode: Option<bool>,
    /// Seconds since 1970.
    pub created: Option<i64>,
    #[serde(deserialize_with = "super::metadata")]
    pub metadata: BTreeMap<String, String>,
    pub latest_charge: Option<Expandable<Charge>>,
    /// Why the last try failed. It stays when a later try succeeds: look at `status` first.
    pub last_payment_error: Option<PaymentError>,
    pub presentment_details: Option<PresentmentDetails>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentIntentStatus {
    RequiresPaymentMethod,
    RequiresConfirmation,
    RequiresAction,
    RequiresCapture,
    /// A delayed method is under way.
    Processing,
    Succeeded,
    Canceled,
    #[serde(untagged)]
    Other(String),
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaptureMethod {
    Automatic,
    AutomaticAsync,
    /// The money is only reserved. We never ask for it.
    Manual,
    #[serde(untagged)]
    Other(String),
}

/// Why a try to pay failed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct PaymentError {
    /// Stripe's word, as in `card_declined`.
    pub code: Option<String>,
    /// The bank's word, as in `insufficient_funds`.
    pub decline_code: Option<String>,
    /// Stripe's sentence, in English.
    pub message: Option<String>,
    /// The charge that failed.
    pub charge: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Charge {
    pub id: Option<String>,
    pub object: Option<String>,
    pub status: Option<ChargeStatus>,
    pub paid: Option<bool>,
    pub captured: Option<bool>,
    /// In Stripe's scaling, like all amounts here.
    pub amount: Option<i64>,
    pub amount_captured: Option<i64>,
    /// The sum of all refunds so far, not one of them.
    pub amount_refunded: Option<i64>,
    /// Whether all of it was refunded.
    pub refunded: Option<bool>,
    pub disputed: Option<bool>,
    pub currency: Option<String>,
    pub livemode: Option<bool>,
    /// Seconds since 1970: when it was made, which for delayed methods is days before the money came.
    pub created: Option<i64>,
    #[serde(deserialize_with = "super::metadata")]
    pub metadata: BTreeMap<String, String>,
    pub payment_intent: Option<Expandable<PaymentIntent>>,
    /// Absent until Stripe has booked the money, which may be after the payment succeeded.
    pub balance_transaction: Option<Expandable<BalanceTransaction>>,
    pub payment_method_details: Option<PaymentMethodDetails>,
    pub outcome: Option<ChargeOutcome>,
    /// The review of Stripe's fraud check, if it wants one (`prv_…`).
    pub review: Option<String>,
    pub failure_code: Option<String>,
    pub failure_message: Option<String>,
}

impl Charge {
    /// In Stripe's scaling; 0 if nothing was.
    #[must_use]
    pub fn refunded(&self) -> i64 {
        self.amount_refunded.unwrap_or(0)
    }

    #[must_use]
    pub fn is_disputed(&self) -> bool {
        self.disputed == Some(true)
    }

    /// Whether any of it was refunded or is disputed.
    #[must_use]
    pub fn has_gone_back(&self) -> bool {
        self.refunded() > 0 || self.is_disputed()
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChargeStatus {
    Succeeded,
    Pending,
    Failed,
    #[serde(untagged)]
    Other(String),
}

/// What Stripe thought of a charge.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ChargeOutcome {
    /// As in `authorized` or `manual_review`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
}

/// What was paid with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct PaymentMethodDetails {
    /// As in `card` or `sepa_debit`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub card: Option<CardDetails>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct CardDetails {
    /// As in `visa`.
    pub brand: Option<String>,
    pub last4: Option<String>,
}

/// A line in Stripe's books. Its currency is the one that Stripe pays out in, not always the invoice's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct BalanceTransaction {
    pub id: Option<String>,
    pub object: Option<String>,
    /// In Stripe's scaling, like all amounts here; negative for money that leaves.
    pub amount: Option<i64>,
    pub fee: Option<i64>,
    pub net: Option<i64>,
    pub currency: Option<String>,
    /// `available` or `pending`.
    pub status: Option<String>,
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub reporting_category: Option<String>,
    /// Only to be shown: it is a fraction rounded by Stripe, and both amounts are known.
    pub exchange_rate: Option<Number>,
    /// What moved.
    pub source: Option<Expandable<Moved>>,
    /// Seconds since 1970.
    pub created: Option<i64>,
    /// Seconds since 1970.
    pub available_on: Option<i64>,
}

/// What moved: a charge, a refund, a dispute or a payout, as far as is needed to tell whose it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Moved {
    pub id: Option<String>,
    /// As in `refund`.
    pub object: Option<String>,
    /// In Stripe's scaling, of `currency`, which may differ from the transaction's.
    pub amount: Option<i64>,
    pub currency: Option<String>,
    /// `ch_…`, of refunds and disputes.
    pub charge: Option<String>,
    /// `pi_…`, of refunds and disputes.
    pub payment_intent: Option<String>,
}

impl Identified for PaymentIntent {
    fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }
}

impl Identified for Charge {
    fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }
}

impl Identified for Moved {
    fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }
}

impl Identified for BalanceTransaction {
    fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }
}
