//! What a restricted key must be allowed to do at Stripe, and whether it may: each is proven by a question that changes
//! nothing.
//!
//! Reading is proven by asking for a list of one. Writing is proven by asking for something that Stripe must refuse: a key
//! that may not is told so first.

use super::client::{CallError, Client};

/// One row of Stripe's page of a restricted key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permission {
    /// As Stripe's dashboard calls it.
    pub name: &'static str,
    pub right: Right,
    /// What does not work without it.
    pub needed_for: &'static str,
    /// Whether everything of it can be done by hand at Stripe.
    pub is_optional: bool,
    proof: Proof,
}

/// What is to be chosen in that row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    Read,
    Write,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Proof {
    /// A list that is asked for.
    List(&'static str),
    /// An address, and a body that no version of Stripe's API takes.
    Refused(&'static str, &'static str),
}

impl Right {
    /// The word on Stripe's page.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Read => "Read",
            Self::Write => "Write",
        }
    }
}

/// Everything that is asked of Stripe, the indispensable first.
pub const ALL: [Permission; 12] = [
    Permission {
        name: "Checkout Sessions",
        right: Right::Write,
        needed_for: "card payments",
        is_optional: false,
        proof: Proof::Refused("/v1/checkout/sessions", "mode=quittance_tries_its_key"),
    },
    reads("Checkout Sessions", "proving payments", "/v1/checkout/sessions"),
    reads("PaymentIntents", "proving payments", "/v1/payment_intents"),
    reads("Charges and Refunds", "proving payments", "/v1/charges"),
    Permission {
        name: "Charges and Refunds",
        right: Right::Write,
        needed_for: "refunds",
        is_optional: false,
        proof: Proof::Refused("/v1/refunds", "reason=quittance_tries_its_key"),
    },
    reads("Disputes", "disputes", "/v1/disputes"),
    // Files is needed beside it; Stripe has no question about that which uploads nothing.
    Permission {
        name: "Disputes",
        right: Right::Write,
        needed_for: "answering disputes, with Files",
        is_optional: true,
        proof: Proof::Refused("/v1/disputes/dp_quittance_tries_its_key", "submit=false"),
    },
    reads("Balance", "fees and payouts", "/v1/balance"),
    reads("Balance Transactions", "fees and payouts", "/v1/balance_transactions"),
    reads("Payouts", "payouts", "/v1/payouts"),
    reads("Events", "finding lost webhooks", "/v1/events"),
    Permission {
        name: "Webhook Endpoints",
        right: Right::Write,
        needed_for: "setting the webhook up by itself",
        is_optional: true,
        proof: Proof::Refused("/v1/webhook_endpoints", "api_version=quittance_tries_its_key"),
    },
];

const fn reads(name: &'static str, needed_for: &'static str, list: &'static str) -> Permission {
    Permission { name, right: Right::Read, needed_for, is_optional: false, proof: Proof::List(list) }
}

impl Permission {
    /// Whether the client's key has it.
    ///
    /// # Errors
    /// It has not, or Stripe cannot be asked.
    pub async fn prove(&self, client: &Client) -> Result<(), CallError> {
        match self.proof {
            Proof::List(path) => client.may_read(path).await,
            Proof::Refused(path, body) => client.may_write(path, body).await,
        }
    }
}
