//! A review: something about money that does not add up and that a person must decide.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::id::{AttemptId, InvoiceId, PaymentId, ReviewId};

/// A case in the review queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    pub id: ReviewId,
    /// The same matter opens no second case while this key is taken.
    pub dedupe: String,
    pub reason: Reason,
    /// The heading, where the reason alone would say too much or too little.
    #[serde(default)]
    pub headline: Option<String>,
    #[serde(default)]
    pub invoice: Option<InvoiceId>,
    #[serde(default)]
    pub payment: Option<PaymentId>,
    #[serde(default)]
    pub attempt: Option<AttemptId>,
    pub opened_at: Timestamp,
    /// What happened, in one or two plain sentences.
    pub detail: String,
    pub actions: Vec<Action>,
    /// Each compared value: what Stripe says beside what the books say.
    #[serde(default)]
    pub evidence: Vec<Evidence>,
    #[serde(default)]
    pub resolved: Option<Resolution>,
    /// Decisions that were taken back, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undone: Vec<Undone>,
    /// The place in the journal of the decision that stands, set by the store; none for one of an earlier version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<u64>,
}

/// One value of both sides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    pub name: String,
    pub stripe: String,
    pub books: String,
    /// The method by which the money came, if not through Stripe: then `stripe` is what was received that way.
    #[serde(default)]
    pub method: Option<String>,
}

impl Evidence {
    #[must_use]
    pub fn new(name: &str, stripe: impl Into<String>, books: impl Into<String>) -> Self {
        Self { name: name.to_owned(), stripe: stripe.into(), books: books.into(), method: None }
    }

    /// What was received by another method than Stripe.
    #[must_use]
    pub fn by(self, method: &str) -> Self {
        Self { method: Some(method.to_owned()), ..self }
    }

    /// Who says what the books are compared with: `stripe`, or a method such as `bank_transfer`.
    #[must_use]
    pub fn source(&self) -> &str {
        self.method.as_deref().unwrap_or("stripe")
    }

    #[must_use]
    pub fn differs(&self) -> bool {
        self.stripe != self.books
    }
}

/// How a person decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolution {
    pub at: Timestamp,
    pub action: Action,
    #[serde(default)]
    pub note: String,
    /// The owner's address or the token's name.
    pub by: String,
}

/// A decision that was taken back: it stays on record as it was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undone {
    pub decision: Resolution,
    pub at: Timestamp,
    #[serde(default)]
    pub note: String,
    /// The owner's address or the token's name.
    pub by: String,
}

/// Who closes a case that is found to be settled.
pub const BY_ITSELF: &str = "reconciliation";

/// CONTRACT: a review's `reason`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    AmountMismatch,
    CurrencyMismatch,
    ReferenceMismatch,
    UnknownSession,
    PaidAfterVoid,
    Overpayment,
    DuplicatePayment,
    RefundFailed,
    UnknownRefund,
    Dispute,
    MissingAtStripe,
    UnknownPayment,
    PayoutMismatch,
}

/// CONTRACT: what a review's `actions` may offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    Apply,
    WriteOff,
    KeepCredit,
    Refund,
    Link,
    Ignore,
}

impl Reason {
    /// CONTRACT: its name. Stored in keys, so a name never changes.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AmountMismatch => "amount_mismatch",
            Self::CurrencyMismatch => "currency_mismatch",
            Self::ReferenceMismatch => "reference_mismatch",
            Self::UnknownSession => "unknown_session",
            Self::PaidAfterVoid => "paid_after_void",
            Self::Overpayment => "overpayment",
            Self::DuplicatePayment => "duplicate_payment",
            Self::RefundFailed => "refund_failed",
            Self::UnknownRefund => "unknown_refund",
            Self::Dispute => "dispute",
            Self::MissingAtStripe => "missing_at_stripe",
            Self::UnknownPayment => "unknown_payment",
            Self::PayoutMismatch => "payout_mismatch",
        }
    }

    /// The heading of the case.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::AmountMismatch => "The amount differs",
            Self::CurrencyMismatch => "The currency differs",
            Self::ReferenceMismatch => "Paid under another invoice's reference",
            Self::UnknownSession => "A paid checkout that the books do not know",
            Self::PaidAfterVoid => "Paid after the invoice was voided",
            Self::Overpayment => "More was paid than was due",
            Self::DuplicatePayment => "Paid twice",
            Self::RefundFailed => "A refund failed",
            Self::UnknownRefund => "A refund that the books do not know",
            Self::Dispute => "The customer's bank disputes a payment",
            Self::MissingAtStripe => "Stripe does not know a payment of the books",
            Self::UnknownPayment => "A payment that the books do not know",
            Self::PayoutMismatch => "A payout does not add up",
        }
    }
}

impl Action {
    /// As in CONTRACT.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Apply => "apply",
            Self::WriteOff => "write_off",
            Self::KeepCredit => "keep_credit",
            Self::Refund => "refund",
            Self::Link => "link",
            Self::Ignore => "ignore",
        }
    }

    /// The words on the button.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Apply => "Apply to the invoice",
            Self::WriteOff => "Apply and write off the difference",
            Self::KeepCredit => "Keep as customer credit",
            Self::Refund => "Refund",
            Self::Link => "Apply to another invoice",
            Self::Ignore => "Close without a change",
        }
    }
}

impl Review {
    /// The heading of the case.
    #[must_use]
    pub fn title(&self) -> &str {
        self.headline.as_deref().unwrap_or_else(|| self.reason.words())
    }

    #[must_use]
    pub fn is_open(&self) -> bool {
        self.resolved.is_none()
    }

    /// What the case is about, such as a PaymentIntent's id: its key without the reason before it and the count behind.
    #[must_use]
    pub fn matter(&self) -> &str {
        let bare = self.dedupe.split('#').next().unwrap_or_default();
        bare.strip_prefix(self.reason.name()).and_then(|rest| rest.strip_prefix(':')).unwrap_or(bare)
    }

    /// Whether it was closed because both sides were found to agree.
    #[must_use]
    pub fn closed_itself(&self) -> bool {
        self.resolved.as_ref().is_some_and(|resolution| resolution.by == BY_ITSELF)
    }

    /// How many decisions were made about it, with those that were taken back: the place of the present one, or of the
    /// next less one.
    #[must_use]
    pub fn decisions(&self) -> usize {
        self.undone.len() + usize::from(self.resolved.is_some())
    }

    /// What its `nth` decision is known by, from 1.
    #[must_use]
    pub fn name_of_decision(&self, nth: usize) -> String {
        if nth <= 1 { self.id.to_string() } else { format!("{}#{nth}", self.id) }
    }
}

#[cfg(test)]
mod tests {
    use super::Reason;

    #[test]
    fn a_reason_is_named_in_keys_as_it_is_in_records() {
        let all = [
            Reason::AmountMismatch,
            Reason::CurrencyMismatch,
            Reason::ReferenceMismatch,
            Reason::UnknownSession,
            Reason::PaidAfterVoid,
            Reason::Overpayment,
            Reason::DuplicatePayment,
            Reason::RefundFailed,
            Reason::UnknownRefund,
            Reason::Dispute,
            Reason::MissingAtStripe,
            Reason::UnknownPayment,
            Reason::PayoutMismatch,
        ];
        for reason in all {
            assert_eq!(serde_json::json!(reason), reason.name());
        }
    }
}
