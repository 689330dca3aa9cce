//! Money that arrived: one record for each PaymentIntent of Stripe, or for each receipt that the owner recorded.
//!
//! A payment is a fact and never fails; a declined card is a line in the payment log. What of it was applied to the
//! invoice and what is held as credit is in the ledger.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::id::{AttemptId, CustomerId, InvoiceId, PaymentId};
use super::ledger::{Account, Book};
use super::log::Channel;
use super::money::Money;

/// Money that arrived.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    pub id: PaymentId,
    /// The invoice that it was meant for; none if that cannot be known.
    pub invoice: Option<InvoiceId>,
    pub customer: Option<CustomerId>,
    pub book: Book,
    pub amount: Money,
    pub method: Method,
    pub received_at: Timestamp,
    /// In the business's time zone, or as the owner said.
    pub received_on: Date,
    pub source: Channel,
    /// Its place among the payments of its invoice, from 1: the receipt's number in the public address.
    pub ordinal: u64,
    #[serde(default)]
    pub reference: String,
    /// The address that the payer gave to Stripe.
    #[serde(default)]
    pub payer_email: Option<String>,
    /// What was applied to the invoice when the payment was booked.
    pub applied: i64,
    /// What is still due on the invoice after this payment.
    pub due_after: i64,
}

/// How the money came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "few are held in memory at once")]
pub enum Method {
    BankTransfer,
    Cash,
    Check,
    Other,
    Stripe(StripeReceipt),
}

/// Stripe's names of the objects behind a payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StripeReceipt {
    pub payment_intent: String,
    #[serde(default)]
    pub charge: Option<String>,
    #[serde(default)]
    pub session: Option<String>,
    #[serde(default)]
    pub attempt: Option<AttemptId>,
    /// Fingerprint of the key in whose account the money is.
    pub account: String,
    /// Stripe's method type, such as `card` or `sepa_debit`.
    pub kind: String,
    #[serde(default)]
    pub card: Option<Card>,
}

/// A card as it may be shown: never more than this is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    pub brand: String,
    pub last4: String,
}

impl Payment {
    /// What a receipt says is still to be paid: what was left when it was booked; of money that was held then, what is
    /// owed now (`receivable`).
    #[must_use]
    pub fn remaining(&self, receivable: i64) -> i64 {
        if self.applied == 0 { receivable } else { self.due_after }
    }
}

impl Method {
    /// CONTRACT: a payment's `method`.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::BankTransfer => "bank_transfer",
            Self::Cash => "cash",
            Self::Check => "check",
            Self::Other => "other",
            Self::Stripe(receipt) => &receipt.kind,
        }
    }

    /// The account of the ledger that the money came into.
    #[must_use]
    pub fn account(&self) -> Account {
        match self {
            Self::BankTransfer => Account::Bank,
            Self::Cash => Account::Cash,
            Self::Check | Self::Other => Account::Undeposited,
            Self::Stripe(_) => Account::StripeClearing,
        }
    }

    #[must_use]
    pub fn stripe(&self) -> Option<&StripeReceipt> {
        match self {
            Self::Stripe(receipt) => Some(receipt),
            _ => None,
        }
    }

    /// In words that a payer knows: `Visa ending 4242`.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::BankTransfer => "Bank transfer".into(),
            Self::Cash => "Cash".into(),
            Self::Check => "Check".into(),
            Self::Other => "Other".into(),
            Self::Stripe(StripeReceipt { card: Some(card), .. }) => {
                format!("{} ending {}", brand_name(&card.brand).unwrap_or("Card"), card.last4)
            }
            Self::Stripe(receipt) => method_name(&receipt.kind),
        }
    }
}

/// Working days within which the money of a method that takes days has come or is known not to come, as Stripe's pages
/// on each method say; of one that is not known here, the longest.
#[must_use]
pub fn working_days_max(kind: Option<&str>) -> u8 {
    match kind {
        Some("us_bank_account") => 4,
        Some("au_becs_debit") => 3,
        Some("acss_debit") => 5,
        Some("bacs_debit") => 7,
        _ => 14,
    }
}

/// A card's brand as it is printed on it, if it is one that is known.
#[must_use]
pub fn brand_name(brand: &str) -> Option<&'static str> {
    Some(match brand {
        "visa" => "Visa",
        "mastercard" => "Mastercard",
        "amex" => "American Express",
        "jcb" => "JCB",
        "diners" => "Diners Club",
        "unionpay" => "UnionPay",
        "discover" => "Discover",
        _ => return None,
    })
}

/// Stripe's word for a method as a payer knows it.
#[must_use]
pub fn method_name(kind: &str) -> String {
    match kind {
        "card" => "Card".into(),
        "sepa_debit" => "SEPA direct debit".into(),
        "us_bank_account" => "Bank debit".into(),
        "bacs_debit" => "Bacs direct debit".into(),
        "acss_debit" => "Pre-authorised debit".into(),
        "au_becs_debit" => "BECS direct debit".into(),
        "link" => "Link".into(),
        other => other.replace('_', " "),
    }
}
