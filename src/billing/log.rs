//! The payment log of an invoice: what happened to its money, line by line, oldest first, never edited.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::money::Money;
use super::payment::Payment;

/// What happened (CONTRACT: `kind`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Happening {
    CheckoutStarted,
    CheckoutExpired,
    CheckoutCanceled,
    PaymentProcessing,
    PaymentSucceeded,
    PaymentFailed,
    PaymentRecorded,
    Mismatch,
    RefundCreated,
    RefundSucceeded,
    RefundFailed,
    DisputeOpened,
    DisputeWon,
    DisputeLost,
    MailQueued,
    MailSent,
    MailFailed,
    Issued,
    Voided,
}

/// What a line is about where its `kind` alone would be read as something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// A credit note was issued; the amount is what it takes back.
    CreditNote,
    /// A payment that was recorded by mistake never came; the amount is what is missing now.
    TakenBack,
    /// Money that was held, or a customer's credit, pays the invoice. It was logged when it came, here or elsewhere.
    CreditApplied,
    /// Credit is owed no longer, because a bank took the money of it back.
    CreditLost,
    /// The bank gave that money back, and the credit is owed again.
    CreditRegained,
    /// What had been applied is held again; the amount is what is missing now.
    CreditReleased,
}

/// By which way it became known or was done (CONTRACT: `source`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    Webhook,
    ReturnPage,
    Reconciliation,
    Owner,
    Api,
    Schedule,
}

/// A line of the log before it has its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// The place within the invoice's log, from 1.
    #[serde(default)]
    pub seq: u64,
    pub at: Timestamp,
    pub kind: Happening,
    /// Older lines were sealed without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<About>,
    pub source: Channel,
    #[serde(default)]
    pub amount: Option<Money>,
    #[serde(default)]
    pub stripe_event: Option<String>,
    #[serde(default)]
    pub stripe_session: Option<String>,
    #[serde(default)]
    pub stripe_payment_intent: Option<String>,
    /// One plain sentence, or nothing.
    #[serde(default)]
    pub detail: Option<String>,
}

impl LogLine {
    #[must_use]
    pub fn new(at: Timestamp, kind: Happening, source: Channel) -> Self {
        Self {
            seq: 0,
            at,
            kind,
            about: None,
            source,
            amount: None,
            stripe_event: None,
            stripe_session: None,
            stripe_payment_intent: None,
            detail: None,
        }
    }

    #[must_use]
    pub fn about(mut self, about: About) -> Self {
        self.about = Some(about);
        self
    }

    #[must_use]
    pub fn amount(mut self, amount: Money) -> Self {
        self.amount = Some(amount);
        self
    }

    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// With Stripe's names of a payment, if it came through Stripe.
    #[must_use]
    pub fn of_payment(self, payment: &Payment, event: Option<&str>) -> Self {
        match payment.method.stripe() {
            Some(stripe) => self.stripe(event, stripe.session.as_deref(), Some(&stripe.payment_intent)),
            None => self,
        }
    }

    #[must_use]
    pub fn stripe(mut self, event: Option<&str>, session: Option<&str>, intent: Option<&str>) -> Self {
        self.stripe_event = event.map(str::to_owned);
        self.stripe_session = session.map(str::to_owned);
        self.stripe_payment_intent = intent.map(str::to_owned);
        self
    }
}
