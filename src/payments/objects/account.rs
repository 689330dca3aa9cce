//! The account behind the key: who it is, what it holds, and where its events are sent.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Identified, Private};

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Account {
    pub id: Option<String>,
    pub country: Option<String>,
    pub default_currency: Option<String>,
    /// Whether Stripe lets this account take payments yet.
    pub charges_enabled: Option<bool>,
    pub details_submitted: Option<bool>,
    pub business_profile: Option<BusinessProfile>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct BusinessProfile {
    pub name: Option<String>,
}

/// What the account holds. Its `livemode` is the surest word on whether the key is a live one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Balance {
    pub livemode: Option<bool>,
    pub available: Option<Vec<BalanceAmount>>,
    pub pending: Option<Vec<BalanceAmount>>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct BalanceAmount {
    /// In Stripe's scaling.
    pub amount: Option<i64>,
    pub currency: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct WebhookEndpoint {
    pub id: Option<String>,
    pub url: Option<String>,
    /// `enabled` or `disabled`.
    pub status: Option<String>,
    pub livemode: Option<bool>,
    /// Cannot be changed later: another version is another endpoint.
    pub api_version: Option<String>,
    pub enabled_events: Option<Vec<String>>,
    #[serde(deserialize_with = "super::metadata")]
    pub metadata: BTreeMap<String, String>,
    /// Only in the answer that created it, never again.
    pub secret: Option<Private>,
}

/// What Stripe says of an object that it deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Deleted {
    pub id: Option<String>,
    pub deleted: Option<bool>,
}

impl Identified for WebhookEndpoint {
    fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }
}
