//! A credit note: the document that takes back an issued invoice or a part of it. It never changes once it is stored.
//!
//! What it takes back is worked out in [`plan`] from the invoice and the notes before it, so that all of them together
//! never exceed the invoice: per line, per tax rate and in total.

pub mod plan;
mod rest;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::currency::Currency;
use super::id::{CreditNoteId, CustomerId, InvoiceId};
use super::ledger::Book;
use super::line::{Line, Totals};
use super::money::{Money, is_nothing};
use super::party::Party;
use super::quantity::Quantity;

pub use rest::Rest;

#[cfg(test)]
mod tests;

/// A credit note with its number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditNote {
    pub id: CreditNoteId,
    pub number: String,
    pub invoice: InvoiceId,
    pub customer: CustomerId,
    pub book: Book,
    /// Its place among the notes of its invoice, from 1: its number in the public address.
    pub ordinal: u64,
    pub issued_at: Timestamp,
    /// In the business's time zone.
    pub issue_date: Date,
    pub currency: Currency,
    pub prices_include_tax: bool,
    /// What is credited, in positive amounts. A line's id is that of the invoice's line; a line that stands for all
    /// lines of a tax rate has none.
    pub lines: Vec<Line>,
    pub totals: Totals,
    /// What it takes from each line of the invoice.
    pub taken: Vec<Taken>,
    pub reason: String,
    pub settle: Settle,
    /// What of the total reduced what was due on the invoice. Minor units, as is `taken_over`.
    pub applied: i64,
    /// What of the total had been refunded before; the rest is owed to the customer.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub taken_over: i64,
    pub seller: Party,
    pub buyer: Party,
}

/// What is taken from one line of the invoice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// The line's id.
    pub line: String,
    /// Minor units: net, or gross if prices include tax.
    pub amount: i64,
    /// What of the quantity was credited as such; nothing where an amount was credited.
    pub quantity: Quantity,
}

/// What becomes of a credit beyond what is due on the invoice (CONTRACT: `settle`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Settle {
    /// There must be nothing beyond.
    Invoice,
    /// It is kept for the customer's other invoices.
    CustomerCredit,
    /// It is paid back.
    Refund,
}

impl Settle {
    pub const ALL: [Self; 3] = [Self::Invoice, Self::CustomerCredit, Self::Refund];

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Invoice => "invoice",
            Self::CustomerCredit => "customer_credit",
            Self::Refund => "refund",
        }
    }

    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|settle| settle.name() == name)
    }
}

impl CreditNote {
    #[must_use]
    pub fn total(&self) -> Money {
        self.money(self.totals.total)
    }

    /// What is the customer's of it: its total beyond what was due on the invoice.
    #[must_use]
    pub fn beyond(&self) -> Money {
        self.money(self.totals.total.saturating_sub(self.applied))
    }

    /// What was owed to the customer when the note was issued: what is the customer's, less what had been refunded.
    #[must_use]
    pub fn rest(&self) -> Money {
        self.money(self.beyond().minor().saturating_sub(self.taken_over))
    }

    fn money(&self, minor: i64) -> Money {
        Money::new(minor, self.currency).unwrap_or(Money::zero(self.currency))
    }
}
