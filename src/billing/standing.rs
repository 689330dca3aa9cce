//! Where an invoice stands: derived from its facts, the ledger, its attempts and reviews, and today's date.
//!
//! No other code says "paid". The ledger's three accounts of an invoice are what is still owed (`receivable`), what was
//! owed and given up (`written_off`), and what was missing by so little that it is not asked for (`difference`); paid means
//! that the first two are nothing.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::invoice::{Document, Invoice};
use super::money::is_nothing;

/// CONTRACT: an invoice's `status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Draft,
    Open,
    Paid,
    Void,
    Uncollectible,
}

/// CONTRACT: an invoice's `flags`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flag {
    Overdue,
    PartiallyPaid,
    Processing,
    Refunded,
    PartiallyRefunded,
    Disputed,
    /// More was paid than was due, and the rest is held as credit; also after a person decided to keep it.
    Overpaid,
    NeedsReview,
}

/// The sums and open matters of one invoice, gathered from ledger, attempts and reviews. Minor units.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Still owed.
    pub receivable: i64,
    /// Owed and given up.
    pub written_off: i64,
    /// What was missing by so little that it is not asked for: with it, nothing is due.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub difference: i64,
    /// Received for this invoice and applied to it, gross of refunds.
    pub paid: i64,
    /// Of the payments made for this invoice, what is held as credit.
    #[serde(default)]
    pub credit: i64,
    #[serde(default)]
    pub refunded: i64,
    /// What credit notes took back of it.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub credited: i64,
    #[serde(default)]
    pub disputed: bool,
    /// A delayed payment is under way.
    #[serde(default)]
    pub processing: bool,
    #[serde(default)]
    pub needs_review: bool,
    /// When what is owed first became nothing.
    #[serde(default)]
    pub paid_at: Option<Timestamp>,
}

impl Standing {
    /// What the payer is asked for.
    #[must_use]
    pub fn due(&self) -> i64 {
        self.receivable.saturating_add(self.written_off)
    }

    /// What is owed, whether or not it is asked for.
    #[must_use]
    pub fn owed(&self) -> i64 {
        self.due().saturating_add(self.difference)
    }

    /// Whether nothing is due because it was credited, and no money ever came: "paid" to a program, but not to a person.
    #[must_use]
    pub fn is_only_credited(&self) -> bool {
        self.credited > 0 && self.paid == 0 && self.due() == 0
    }
}

/// The status that follows from the facts.
#[must_use]
pub fn status(document: &Document, standing: &Standing) -> Status {
    match document {
        Document::Draft(_) => Status::Draft,
        Document::Issued(invoice) => issued_status(invoice, standing),
    }
}

/// The status of an issued invoice.
#[must_use]
pub fn issued_status(invoice: &Invoice, standing: &Standing) -> Status {
    if invoice.void.is_some() {
        Status::Void
    } else if standing.written_off > 0 {
        Status::Uncollectible
    } else if standing.due() == 0 {
        Status::Paid
    } else {
        Status::Open
    }
}

/// The flags that apply on `today`, in the business's time zone.
#[must_use]
pub fn flags(status: Status, due_date: Option<Date>, standing: &Standing, today: Date) -> Vec<Flag> {
    let owes = matches!(status, Status::Open | Status::Uncollectible);
    let applies = [
        (Flag::Overdue, status == Status::Open && due_date.is_some_and(|due| due < today)),
        (Flag::PartiallyPaid, owes && standing.paid > 0),
        (Flag::Processing, owes && standing.processing),
        (Flag::Refunded, standing.refunded > 0 && standing.refunded >= standing.paid),
        (Flag::PartiallyRefunded, standing.refunded > 0 && standing.refunded < standing.paid),
        (Flag::Disputed, standing.disputed),
        (Flag::Overpaid, standing.credit > 0 && standing.paid > 0),
        (Flag::NeedsReview, standing.needs_review),
    ];
    applies.into_iter().filter_map(|(flag, holds)| holds.then_some(flag)).collect()
}
