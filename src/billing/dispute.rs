//! A dispute: the payer's bank wants the money of a payment back, or asks about it.
//!
//! What became of it is Stripe's word alone and may change in both directions, also after it was closed. What it moved
//! is never read from it: money is what the movements of the Stripe balance say. A dispute never makes an invoice
//! unpaid.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::currency::Currency;
use super::filing::{Attached, Texts};
use super::id::{DisputeId, InvoiceId, PaymentId};
use super::ledger::Book;
use super::money::Money;

/// How many days before the deadline the owner is reminded of it, the earliest first.
pub const REMINDER_DAYS: [u8; 3] = [7, 3, 1];
const A_DAY: SignedDuration = SignedDuration::from_hours(24);

/// A dispute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dispute {
    pub id: DisputeId,
    /// Stripe's `dp_…` (older ones `du_…`).
    pub stripe_dispute: String,
    pub payment: PaymentId,
    /// The invoice that the payment was meant for.
    #[serde(default)]
    pub invoice: Option<InvoiceId>,
    pub book: Book,
    /// Fingerprint of the key in whose account it is.
    pub account: String,
    /// What the bank disputes, which may be less or more than the payment.
    pub amount: Money,
    pub status: Status,
    /// Stripe's word, such as `fraudulent`.
    pub reason: String,
    /// Until when it can be answered; none if it cannot.
    #[serde(default)]
    pub respond_by: Option<Timestamp>,
    /// Whether Stripe would still refund the payment.
    pub refundable: bool,
    pub opened_at: Timestamp,
    #[serde(default)]
    pub closed_at: Option<Timestamp>,
    /// How often evidence was submitted to the bank, as Stripe counts. Stripe takes it once.
    #[serde(default)]
    pub submissions: u32,
    /// What the owner has written so far, so that nobody types it twice.
    #[serde(default)]
    pub draft: Texts,
    /// The movements of the Stripe balance that it names, `txn_…`.
    #[serde(default)]
    pub movements: Vec<String>,
    /// What these take from the balance in all, in minor units by currency.
    #[serde(default)]
    pub taken: BTreeMap<Currency, i64>,
    /// The files that Stripe has as evidence.
    #[serde(default)]
    pub files: Vec<Attached>,
    /// How many entries moved its money to or from the losses.
    #[serde(default)]
    pub losses: u32,
    /// How many turns it has taken that are news to a person; one of an earlier version has taken one at least.
    #[serde(default = "one")]
    pub turns: u32,
    /// When Stripe is asked about it again.
    #[serde(default)]
    pub next_look: Option<Timestamp>,
}

fn one() -> u32 {
    1
}

/// Stripe's word for where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    WarningNeedsResponse,
    WarningUnderReview,
    WarningClosed,
    NeedsResponse,
    UnderReview,
    Won,
    Lost,
    /// It was settled before it became one.
    Prevented,
    #[serde(untagged)]
    Other(String),
}

/// What that word means for the books and for the owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The bank asks; no money has moved.
    Inquiry,
    /// The money is held back until the bank has decided.
    Open,
    Won,
    Lost,
    /// Over, and no money moved.
    ClosedNoMoney,
}

impl Status {
    /// As Stripe writes it (CONTRACT).
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::WarningNeedsResponse => "warning_needs_response",
            Self::WarningUnderReview => "warning_under_review",
            Self::WarningClosed => "warning_closed",
            Self::NeedsResponse => "needs_response",
            Self::UnderReview => "under_review",
            Self::Won => "won",
            Self::Lost => "lost",
            Self::Prevented => "prevented",
            Self::Other(word) => word,
        }
    }

    /// A word that is not known is a dispute that is open: nobody may overlook it.
    #[must_use]
    pub fn phase(&self) -> Phase {
        match self {
            Self::WarningNeedsResponse | Self::WarningUnderReview => Phase::Inquiry,
            Self::Other(word) if word.starts_with("warning_") => Phase::Inquiry,
            Self::NeedsResponse | Self::UnderReview | Self::Other(_) => Phase::Open,
            Self::Won => Phase::Won,
            Self::Lost => Phase::Lost,
            Self::WarningClosed | Self::Prevented => Phase::ClosedNoMoney,
        }
    }

    /// For a person.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::WarningNeedsResponse => "The bank asks".into(),
            Self::WarningUnderReview => "The bank looks at your answer".into(),
            Self::WarningClosed => "Closed without a dispute".into(),
            Self::NeedsResponse => "Needs your answer".into(),
            Self::UnderReview => "The bank looks at your evidence".into(),
            Self::Won => "Won".into(),
            Self::Lost => "Lost".into(),
            Self::Prevented => "Prevented".into(),
            Self::Other(word) => word.replace('_', " "),
        }
    }

    /// Whether this program knows the word.
    #[must_use]
    pub fn is_known(&self) -> bool {
        !matches!(self, Self::Other(_))
    }
}

impl Phase {
    /// Whether the bank has not decided yet.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Inquiry | Self::Open)
    }
}

impl Dispute {
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.status.phase()
    }

    /// CONTRACT: the flag `disputed` goes when it is closed.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.phase().is_open()
    }

    /// Whether the bank waits for the owner's answer.
    #[must_use]
    pub fn awaits_answer(&self) -> bool {
        let asks = matches!(self.status, Status::NeedsResponse | Status::WarningNeedsResponse | Status::Other(_));
        asks && self.submissions == 0 && self.respond_by.is_some()
    }

    /// Whether evidence can be given to Stripe at `now`: it waits for it, and the time is not over.
    #[must_use]
    pub fn can_be_answered(&self, now: Timestamp) -> bool {
        self.awaits_answer() && self.respond_by.is_some_and(|deadline| now < deadline)
    }

    /// The reminder that is due at `now`, by the days that it names: only the latest whose time has come. What the first
    /// notice said already is not said again.
    #[must_use]
    pub fn reminder_due(&self, now: Timestamp) -> Option<u8> {
        let deadline = self.respond_by.filter(|_| self.can_be_answered(now))?;
        let due = |days: &u8| reminder_at(deadline, *days).is_some_and(|at| self.opened_at < at && at <= now);
        REMINDER_DAYS.into_iter().rev().find(due)
    }

    /// When the next reminder is due after `now`.
    #[must_use]
    pub fn next_reminder(&self, now: Timestamp) -> Option<Timestamp> {
        let deadline = self.respond_by.filter(|_| self.awaits_answer())?;
        REMINDER_DAYS.into_iter().filter_map(|days| reminder_at(deadline, days)).find(|at| *at > now)
    }

    /// The bank's reason for a person.
    #[must_use]
    pub fn reason_words(&self) -> String {
        match self.reason.as_str() {
            "fraudulent" => "The cardholder says that somebody else paid".into(),
            "duplicate" => "The customer says that they paid twice".into(),
            "product_not_received" => "The customer says that nothing arrived".into(),
            "product_unacceptable" => "The customer is not content with what they got".into(),
            "subscription_canceled" => "The customer says that they had canceled".into(),
            "credit_not_processed" => "The customer says that a refund is missing".into(),
            "unrecognized" => "The customer does not recognize the payment".into(),
            "debit_not_authorized" => "The customer says that they had not agreed to the debit".into(),
            "insufficient_funds" => "There was too little money on the account".into(),
            "" | "general" => "The bank gave no reason".into(),
            other => other.replace('_', " "),
        }
    }
}

fn reminder_at(deadline: Timestamp, days: u8) -> Option<Timestamp> {
    deadline.checked_sub(A_DAY.checked_mul(i32::from(days))?).ok()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn dispute(status: Status) -> Dispute {
        Dispute {
            id: DisputeId::from_parts(1, 1),
            stripe_dispute: "dp_1".into(),
            payment: PaymentId::from_parts(1, 2),
            invoice: None,
            book: Book::Test,
            account: String::new(),
            amount: Money::new(500, Currency::EUR).unwrap(),
            status,
            reason: "fraudulent".into(),
            respond_by: Some("2026-12-10T12:00:00Z".parse().unwrap()),
            refundable: false,
            opened_at: "2026-11-22T12:00:00Z".parse().unwrap(),
            closed_at: None,
            submissions: 0,
            draft: Texts::default(),
            movements: Vec::new(),
            taken: BTreeMap::new(),
            files: Vec::new(),
            losses: 0,
            turns: 1,
            next_look: None,
        }
    }

    #[test]
    fn g12_every_word_has_a_phase_and_a_strange_one_is_open() {
        for (word, phase) in [
            ("warning_needs_response", Phase::Inquiry),
            ("warning_under_review", Phase::Inquiry),
            ("warning_closed", Phase::ClosedNoMoney),
            ("needs_response", Phase::Open),
            ("under_review", Phase::Open),
            ("won", Phase::Won),
            ("lost", Phase::Lost),
            ("prevented", Phase::ClosedNoMoney),
            ("appeal_needs_response", Phase::Open),
            ("warning_postponed", Phase::Inquiry),
        ] {
            let status: Status = serde_json::from_value(serde_json::json!(word)).unwrap();
            assert_eq!((status.name(), status.phase()), (word, phase));
            assert_eq!(serde_json::json!(status), word);
        }
    }

    #[test]
    fn g3_only_the_latest_reminder_is_due_and_none_before_the_dispute_was_opened() {
        let waits = dispute(Status::NeedsResponse);
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        for (now, due) in [
            ("2026-11-23T00:00:00Z", None),
            ("2026-12-03T11:59:59Z", None),
            ("2026-12-03T12:00:00Z", Some(7)),
            ("2026-12-07T12:00:00Z", Some(3)),
            ("2026-12-10T11:00:00Z", Some(1)),
            ("2026-12-10T12:00:00Z", None),
        ] {
            assert_eq!(waits.reminder_due(at(now)), due, "{now}");
        }
        assert_eq!(waits.next_reminder(at("2026-12-04T00:00:00Z")), Some(at("2026-12-07T12:00:00Z")));
        let late = Dispute { opened_at: at("2026-12-08T12:00:00Z"), ..waits.clone() };
        assert_eq!(late.reminder_due(at("2026-12-08T13:00:00Z")), None, "the first notice has said it");
        assert_eq!(late.reminder_due(at("2026-12-09T12:00:00Z")), Some(1));
        for quiet in [
            Dispute { submissions: 1, ..waits.clone() },
            Dispute { respond_by: None, ..waits.clone() },
            dispute(Status::UnderReview),
            dispute(Status::Lost),
        ] {
            assert_eq!(quiet.reminder_due(at("2026-12-09T12:00:00Z")), None);
        }
    }
}
