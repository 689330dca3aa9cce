//! A Checkout Session: one visit to Stripe's payment page.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Expandable, Identified, PaymentIntent, Private};

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct CheckoutSession {
    pub id: Option<String>,
    pub object: Option<String>,
    pub mode: Option<SessionMode>,
    pub status: Option<SessionStatus>,
    /// The only word that says whether money came. A session can be complete and unpaid: delayed methods.
    pub payment_status: Option<PaymentStatus>,
    pub livemode: Option<bool>,
    /// The attempt that it was made for.
    pub client_reference_id: Option<String>,
    /// In Stripe's scaling.
    pub amount_total: Option<i64>,
    pub currency: Option<String>,
    /// Seconds since 1970.
    pub created: Option<i64>,
    /// Seconds since 1970.
    pub expires_at: Option<i64>,
    /// Where to send the payer; absent once the session is over.
    pub url: Option<Private>,
    pub payment_intent: Option<Expandable<PaymentIntent>>,
    #[serde(deserialize_with = "super::metadata")]
    pub metadata: BTreeMap<String, String>,
    pub customer_details: Option<CustomerDetails>,
    pub total_details: Option<TotalDetails>,
    /// Present if the payer was shown another currency. What we asked for is still in `amount_total`.
    pub presentment_details: Option<PresentmentDetails>,
    /// The session that this one replaced, if Stripe revived it.
    pub recovered_from: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionMode {
    Payment,
    Setup,
    Subscription,
    #[serde(untagged)]
    Other(String),
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionStatus {
    Open,
    Complete,
    Expired,
    #[serde(untagged)]
    Other(String),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentStatus {
    Paid,
    Unpaid,
    NoPaymentRequired,
    #[serde(untagged)]
    Other(String),
}

/// What the payer typed at Stripe.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct CustomerDetails {
    pub email: Option<Private>,
}

/// What Stripe added to or took off the line, in its scaling. We ask for none of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct TotalDetails {
    pub amount_discount: Option<i64>,
    pub amount_shipping: Option<i64>,
    pub amount_tax: Option<i64>,
}

/// What the payer saw and paid, where that was another currency; in Stripe's scaling.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct PresentmentDetails {
    pub presentment_amount: Option<i64>,
    pub presentment_currency: Option<String>,
}

impl Identified for CheckoutSession {
    fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }
}
