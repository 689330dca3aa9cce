//! A payout: what Stripe sends to the bank.
//!
//! Its lines are the movements that it carried; only an automatic payout has them. That it was paid is Stripe's word,
//! and for some days the bank may still send it back.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::ledger::Book;
use super::money::Money;
use super::movement::{Belongs, Movement};

/// A payout as Stripe last showed it, and how its lines add up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayoutRecord {
    /// `po_…`.
    pub id: String,
    /// Negative if Stripe took the money from the bank.
    pub amount: Money,
    /// When the bank has it, or should.
    pub arrival_date: Date,
    pub created: Timestamp,
    pub status: PayoutStatus,
    /// Whether Stripe made it by schedule. Of one that the owner ordered Stripe lists no lines.
    pub automatic: bool,
    /// Whether Stripe says that its list of lines is complete.
    #[serde(default)]
    pub is_listed: bool,
    /// Why it failed, in Stripe's words.
    #[serde(default)]
    pub failure: Option<String>,
    /// How its lines add up, once all were read.
    #[serde(default)]
    pub sum: Option<PayoutSum>,
    pub book: Book,
    /// Fingerprint of the key in whose account it is.
    pub account: String,
}

/// How the lines of a payout add up to it. Minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayoutSum {
    pub lines: u64,
    /// What the lines come to.
    pub explained: i64,
    /// What the payout is more than its lines; shown as a line of its own, never shared out.
    pub remainder: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PayoutStatus {
    Pending,
    InTransit,
    Paid,
    Failed,
    Canceled,
    #[serde(untagged)]
    Other(String),
}

impl PayoutStatus {
    /// As Stripe writes it.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Pending => "pending",
            Self::InTransit => "in_transit",
            Self::Paid => "paid",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
            Self::Other(name) => name,
        }
    }

    #[must_use]
    pub fn of(name: &str) -> Self {
        let known = [Self::Pending, Self::InTransit, Self::Paid, Self::Failed, Self::Canceled];
        known.into_iter().find(|status| status.name() == name).unwrap_or_else(|| Self::Other(name.to_owned()))
    }

    /// Whether the money went back to the Stripe balance.
    #[must_use]
    pub fn is_returned(&self) -> bool {
        matches!(self, Self::Failed | Self::Canceled)
    }
}

impl fmt::Display for PayoutStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Pending => "Planned",
            Self::InTransit => "On its way",
            Self::Paid => "Paid out",
            Self::Failed => "Failed",
            Self::Canceled => "Canceled",
            Self::Other(name) => name,
        })
    }
}

impl PayoutRecord {
    /// Whether its lines add up to it, as far as they should. Stripe pays forints and Taiwan dollars in whole units and
    /// keeps what is left for the next payout (docs.stripe.com/currencies), so less than one unit is no difference.
    #[must_use]
    pub fn adds_up(&self) -> bool {
        self.sum.is_none_or(|sum| sum.remainder.unsigned_abs() < self.carried_below())
    }

    /// From how many minor units on a remainder is a difference.
    fn carried_below(&self) -> u64 {
        if matches!(self.amount.currency().code(), "HUF" | "TWD") { 100 } else { 1 }
    }
}

/// The sorts of lines that a payout is read by, in the order in which a bookkeeper wants them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    Payments,
    Refunds,
    Disputes,
    Fees,
    Reserve,
    Bank,
    Foreign,
    Unknown,
}

/// What the lines of one sort come to, in minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GroupSum {
    pub lines: u64,
    pub amount: i64,
    pub fee: i64,
    pub net: i64,
}

/// A payout sorted: what each sort of line comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sorted(pub BTreeMap<Group, GroupSum>);

impl Group {
    #[must_use]
    pub fn of(belongs: Belongs) -> Self {
        match belongs {
            Belongs::Payment { .. } => Self::Payments,
            Belongs::Refund { .. } => Self::Refunds,
            Belongs::Dispute { .. } | Belongs::TakenBack { .. } => Self::Disputes,
            Belongs::Fee => Self::Fees,
            Belongs::Reserve => Self::Reserve,
            Belongs::Bank | Belongs::Payout => Self::Bank,
            Belongs::Foreign | Belongs::Earlier => Self::Foreign,
            Belongs::Unknown => Self::Unknown,
        }
    }

    /// In exports and the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Payments => "payments",
            Self::Refunds => "refunds",
            Self::Disputes => "disputes",
            Self::Fees => "fees",
            Self::Reserve => "reserve",
            Self::Bank => "bank",
            Self::Foreign => "foreign",
            Self::Unknown => "unknown",
        }
    }

    /// For a person.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Payments => "Payments",
            Self::Refunds => "Refunds",
            Self::Disputes => "Disputes",
            Self::Fees => "Stripe’s other fees",
            Self::Reserve => "Held back by Stripe",
            Self::Bank => "From and to the bank",
            Self::Foreign => "Not from Quittance",
            Self::Unknown => "Of an unknown sort",
        }
    }
}

impl Sorted {
    pub fn add(&mut self, line: &Movement) {
        let sum = self.0.entry(Group::of(line.belongs)).or_default();
        sum.lines = sum.lines.saturating_add(1);
        sum.amount = sum.amount.saturating_add(line.amount);
        sum.fee = sum.fee.saturating_add(line.fee);
        sum.net = sum.net.saturating_add(line.net);
    }

    /// What Stripe kept of all lines, and took as fees of their own.
    #[must_use]
    pub fn fees(&self) -> i64 {
        let own = self.0.get(&Group::Fees).map_or(0, |sum| sum.net);
        self.0.values().fold(0_i64, |all, sum| all.saturating_add(sum.fee)).saturating_sub(own)
    }
}
