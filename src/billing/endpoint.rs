//! An address at which Stripe tells us what happened: the one request that makes it, and what became of that.
//!
//! The rule it keeps: body and key of the request are written down before Stripe is asked, so that a lost answer is
//! asked for again and not a second endpoint. What Stripe shows of its endpoints is kept as it was seen last.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::id::EndpointId;

/// An endpoint that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    pub id: EndpointId,
    /// Where it leads.
    pub url: String,
    /// The version of Stripe's API that its events are written in; it cannot be changed.
    pub api_version: String,
    pub livemode: bool,
    /// The exact body of the request, and its idempotency key.
    pub body: String,
    pub key: String,
    pub asked_at: Timestamp,
    pub state: Making,
}

/// What became of the request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Making {
    /// Stripe's answer is not here yet.
    Asked,
    Made {
        /// Stripe's `we_…`.
        stripe_endpoint: String,
        /// Fingerprint of its signing secret.
        secret: String,
        at: Timestamp,
    },
    /// Refused, or given up; if Stripe made it all the same, it is deleted before another is made.
    Failed { at: Timestamp },
    /// Deleted at Stripe.
    Gone { at: Timestamp },
}

impl Endpoint {
    /// Stripe's name of it and its secret's fingerprint, if it was made and not deleted.
    #[must_use]
    pub fn made(&self) -> Option<(&str, &str)> {
        match &self.state {
            Making::Made { stripe_endpoint, secret, .. } => Some((stripe_endpoint, secret)),
            Making::Asked | Making::Failed { .. } | Making::Gone { .. } => None,
        }
    }
}

/// What Stripe said of the endpoints that concern us when it was last asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observed {
    pub at: Timestamp,
    pub endpoints: Vec<Seen>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Stripe's `we_…`.
    pub id: String,
    pub url: String,
    pub is_enabled: bool,
    #[serde(default)]
    pub api_version: Option<String>,
    /// Events that Quittance acts on and this endpoint does not send.
    #[serde(default)]
    pub missing: Vec<String>,
    /// Whether it bears this installation's name.
    pub is_ours: bool,
    /// Whether it leads to the public address; if not, what it sends does not arrive.
    pub leads_here: bool,
}

/// A host that is not the public one and to which Stripe sent an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OldHost {
    pub host: String,
    pub at: Timestamp,
}
