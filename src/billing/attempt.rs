//! One try to be paid through Stripe Checkout: the frozen request, the session that came of it, and how it ended.
//!
//! At most one attempt of an invoice is live. A transition takes what Stripe said and either moves the attempt or
//! refuses; a state that ended moves only when money turned up after all.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::id::{AttemptId, InvoiceId, PaymentId};
use super::ledger::Book;
use super::log::Channel;
use super::money::Money;
use super::passthrough::Fee;

/// A request that creates a session has given up after this long; an older attempt was left by a crash.
pub const CREATED_WITHIN: SignedDuration = SignedDuration::from_secs(25);

/// A checkout attempt of one invoice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    pub id: AttemptId,
    pub invoice: InvoiceId,
    /// What Stripe was asked for: the part of the invoice and the fee, if one is taken.
    pub amount: Money,
    /// The fee, and the part of the invoice that it is for, frozen apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fee: Option<Fee>,
    /// Which of the possible amounts that is.
    #[serde(default)]
    pub wanted: Wanted,
    pub book: Book,
    /// Fingerprint of the Stripe key in use: an attempt lives in the account that it was made in.
    pub account: String,
    /// The exact form body of the create request; a retry sends these bytes again.
    pub body: String,
    pub idempotency_key: String,
    pub created_at: Timestamp,
    /// By which way it was begun; the log is told when the session is known.
    #[serde(default)]
    pub begun_by: Option<Channel>,
    /// When Stripe was asked to let the session expire.
    pub expires_at: Timestamp,
    pub state: State,
    /// Stripe's session (`cs_…`) once it is known; kept in every later state.
    #[serde(default)]
    pub session: Option<String>,
    /// Stripe's page, handed out only while the attempt is open.
    #[serde(default)]
    pub url: Option<String>,
    /// Stripe's PaymentIntent (`pi_…`) once it is known.
    #[serde(default)]
    pub payment_intent: Option<String>,
    /// When a method that takes days was instructed, if one was.
    #[serde(default)]
    pub instructed_at: Option<Timestamp>,
    /// Which one that is, in Stripe's word such as `sepa_debit`.
    #[serde(default)]
    pub method: Option<String>,
    /// The last declined card of this session, if any; a decline ends nothing.
    #[serde(default)]
    pub decline: Option<Decline>,
    /// How often a call about this attempt has been tried since the last state began.
    #[serde(default)]
    pub tries: u32,
    /// When the sweep looks at this attempt again.
    #[serde(default)]
    pub next_look: Option<Timestamp>,
    /// When Stripe was last asked about it.
    #[serde(default)]
    pub asked_at: Option<Timestamp>,
}

/// How much of an invoice a payer wants to pay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wanted {
    /// What is due now.
    #[default]
    Now,
    /// All that is due, also what is due later.
    All,
    /// An amount of the payer's own choice, in minor units, where the plan leaves one.
    Part(i64),
}

/// What Stripe said when a card was declined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decline {
    pub at: Timestamp,
    /// Stripe's decline code, such as `insufficient_funds`.
    pub code: String,
    /// The charge that was declined, by which a decline is told from the next one.
    #[serde(default)]
    pub charge: Option<String>,
}

/// Where an attempt stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum State {
    /// Stored, and Stripe is being asked or about to be.
    Creating,
    /// Stripe was asked and the answer was lost: the same bytes are sent again.
    CreateUnknown {
        since: Timestamp,
    },
    /// Stripe's page can be paid on.
    Open,
    /// The owner is about to change the invoice: the session is being closed first.
    Revoking {
        since: Timestamp,
    },
    /// Instructed by a method that takes days.
    Processing,
    /// Like [`State::Processing`], and the owner lets the invoice be paid another way meanwhile.
    LetGo,
    Paid {
        payment: PaymentId,
    },
    Expired,
    /// A delayed payment did not go through.
    FailedDelayed,
    /// Stripe refused to create the session; in its words.
    CreateFailed {
        reason: String,
    },
    /// Whether Stripe made a session was never learnt; nobody was given its address, so nobody can pay it.
    Abandoned,
}

/// An attempt as others see it (CONTRACT: `GET /attempts/{id}`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Pending,
    Processing,
    Paid,
    Failed,
    Canceled,
}

impl Attempt {
    /// Whether no second attempt may begin, because money may still come of this one.
    #[must_use]
    pub fn is_live(&self) -> bool {
        match self.state {
            State::Creating
            | State::CreateUnknown { .. }
            | State::Open
            | State::Revoking { .. }
            | State::Processing => true,
            State::LetGo
            | State::Paid { .. }
            | State::Expired
            | State::FailedDelayed
            | State::CreateFailed { .. }
            | State::Abandoned => false,
        }
    }

    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match self.state {
            State::Creating | State::CreateUnknown { .. } | State::Open | State::Revoking { .. } => Outcome::Pending,
            State::Processing | State::LetGo => Outcome::Processing,
            State::Paid { .. } => Outcome::Paid,
            State::FailedDelayed | State::CreateFailed { .. } => Outcome::Failed,
            State::Expired if self.decline.is_some() => Outcome::Failed,
            State::Expired | State::Abandoned => Outcome::Canceled,
        }
    }

    /// What of the invoice it pays, in minor units: all of it without the fee.
    #[must_use]
    pub fn principal(&self) -> i64 {
        self.fee.as_ref().map_or(self.amount.minor(), |fee| fee.principal)
    }

    /// Whether what Stripe was asked for is the part of the invoice and the fee, and nothing else.
    #[must_use]
    pub fn adds_up(&self) -> bool {
        self.fee.as_ref().is_none_or(|fee| fee.sum() == Some(self.amount.minor()))
    }

    /// Whether Stripe has not been heard to have made its session: the same bytes may be sent again.
    #[must_use]
    pub fn is_unborn(&self) -> bool {
        matches!(self.state, State::Creating | State::CreateUnknown { .. })
    }

    /// Whether a payer may have been sent to its session, or is just about to be; otherwise it says nothing about where
    /// the invoice stands.
    #[must_use]
    pub fn may_be_known(&self, now: Timestamp) -> bool {
        match self.state {
            State::Creating => now.duration_since(self.created_at) <= CREATED_WITHIN,
            State::CreateUnknown { .. } => false,
            _ => true,
        }
    }

    /// Whether a method that takes days has been instructed.
    #[must_use]
    pub fn is_processing(&self) -> bool {
        self.state == State::Processing
    }

    /// The address of Stripe's page while a payer may be sent there.
    #[must_use]
    pub fn open_url(&self) -> Option<&str> {
        (self.state == State::Open).then_some(self.url.as_deref()).flatten()
    }
}
