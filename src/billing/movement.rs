//! A movement: one line of Stripe's own books (a balance transaction), and whose money it is.
//!
//! What Stripe says of a movement never changes; which payout carried it to the bank becomes known days later. Whose it
//! is can turn out later too: then `taken_for` keeps what it was booked as first. Amounts are ISO minor units of the
//! currency that Stripe pays out in, which is not always the invoice's.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::currency::Currency;
use super::id::PaymentId;
use super::ledger::Book;
use super::money::Money;
use super::payment::Payment;

/// One line of Stripe's books.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Movement {
    /// `txn_…`.
    pub id: String,
    pub category: Category,
    /// Stripe's `type`, finer than the category.
    #[serde(default)]
    pub kind: String,
    /// Negative when money leaves the balance.
    pub amount: i64,
    pub fee: i64,
    /// `amount` less `fee`.
    pub net: i64,
    pub currency: Currency,
    /// What Stripe converted at, as it wrote it; both amounts are known, so nothing is reckoned with it.
    #[serde(default)]
    pub exchange_rate: Option<String>,
    /// What moved: `ch_…`, `re_…`, `dp_…`, `po_…`.
    #[serde(default)]
    pub source: Option<String>,
    pub created: Timestamp,
    #[serde(default)]
    pub available_on: Option<Timestamp>,
    /// `po_…` of the payout that carried it to the bank.
    #[serde(default)]
    pub payout: Option<String>,
    pub belongs: Belongs,
    /// What it was booked as before it was known whose it is.
    #[serde(default)]
    pub taken_for: Option<Belongs>,
    /// The sum of the books that this is the settlement of, if that is in another currency; negative for a refund.
    #[serde(default)]
    pub converted: Option<Money>,
    pub book: Book,
    /// Fingerprint of the key in whose account the money is.
    pub account: String,
}

/// What sort of movement it is: Stripe's `reporting_category` (docs.stripe.com/reports/reporting-categories).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    Charge,
    /// A charge that had succeeded was taken back by the payer's bank, without a dispute.
    ChargeFailure,
    Refund,
    RefundFailure,
    Dispute,
    DisputeReversal,
    Fee,
    NetworkCost,
    /// Tax on Stripe's fees.
    Tax,
    Payout,
    PayoutReversal,
    RiskReservedFunds,
    ConnectReservedFunds,
    /// The owner moved money from the bank to Stripe.
    Topup,
    TopupReversal,
    #[serde(untagged)]
    Other(String),
}

/// Whose money moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum Belongs {
    Payment {
        payment: PaymentId,
    },
    /// A refund of this payment, or its return because it failed.
    Refund {
        payment: PaymentId,
    },
    /// A dispute about this payment.
    Dispute {
        payment: PaymentId,
    },
    /// This payment was taken back by the payer's bank, without a dispute: a debit that came back after it had cleared.
    TakenBack {
        payment: PaymentId,
    },
    /// The payout's own line: the payout books it.
    Payout,
    /// A fee that no payment bears alone.
    Fee,
    /// Held back by Stripe, or given free again.
    Reserve,
    /// To or from the bank outside of payouts.
    Bank,
    /// Another program's on the same Stripe account.
    Foreign,
    /// Older than the first look at this account: part of the opening balance.
    Earlier,
    /// Of a sort that is not known: held in suspense until a person has looked at it.
    Unknown,
}

impl Belongs {
    /// The payment that it is about.
    #[must_use]
    pub fn payment(self) -> Option<PaymentId> {
        match self {
            Self::Payment { payment }
            | Self::Refund { payment }
            | Self::Dispute { payment }
            | Self::TakenBack { payment } => Some(payment),
            _ => None,
        }
    }

    /// Whether it is nobody's of the books, so far as is known, and may turn out to be somebody's.
    #[must_use]
    pub fn may_be_found(self) -> bool {
        matches!(self, Self::Foreign | Self::Earlier | Self::Unknown)
    }
}

impl Category {
    /// As Stripe writes it.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Charge => "charge",
            Self::ChargeFailure => "charge_failure",
            Self::Refund => "refund",
            Self::RefundFailure => "refund_failure",
            Self::Dispute => "dispute",
            Self::DisputeReversal => "dispute_reversal",
            Self::Fee => "fee",
            Self::NetworkCost => "network_cost",
            Self::Tax => "tax",
            Self::Payout => "payout",
            Self::PayoutReversal => "payout_reversal",
            Self::RiskReservedFunds => "risk_reserved_funds",
            Self::ConnectReservedFunds => "connect_reserved_funds",
            Self::Topup => "topup",
            Self::TopupReversal => "topup_reversal",
            Self::Other(name) => name,
        }
    }

    /// Reads Stripe's word.
    #[must_use]
    pub fn of(name: &str) -> Self {
        let known = [
            Self::Charge,
            Self::ChargeFailure,
            Self::Refund,
            Self::RefundFailure,
            Self::Dispute,
            Self::DisputeReversal,
            Self::Fee,
            Self::NetworkCost,
            Self::Tax,
            Self::Payout,
            Self::PayoutReversal,
            Self::RiskReservedFunds,
            Self::ConnectReservedFunds,
            Self::Topup,
            Self::TopupReversal,
        ];
        known.into_iter().find(|category| category.name() == name).unwrap_or_else(|| Self::Other(name.to_owned()))
    }

    /// For a person.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Charge => "Payment".into(),
            Self::ChargeFailure => "Payment taken back".into(),
            Self::Refund => "Refund".into(),
            Self::RefundFailure => "Refund that failed".into(),
            Self::Dispute => "Dispute".into(),
            Self::DisputeReversal => "Dispute reversed".into(),
            Self::Fee => "Stripe fee".into(),
            Self::NetworkCost => "Network fee".into(),
            Self::Tax => "Tax on Stripe fees".into(),
            Self::Payout => "Payout".into(),
            Self::PayoutReversal => "Payout returned".into(),
            Self::RiskReservedFunds | Self::ConnectReservedFunds => "Reserve held by Stripe".into(),
            Self::Topup => "Top-up from the bank".into(),
            Self::TopupReversal => "Top-up returned".into(),
            Self::Other(name) => name.replace('_', " "),
        }
    }
}

impl Movement {
    /// The payout that came back by it, if it is that.
    #[must_use]
    pub fn returned_payout(&self) -> Option<&str> {
        self.source.as_deref().filter(|_| self.category == Category::PayoutReversal)
    }

    /// Whether Stripe converted it from the currency of the books' own sum.
    #[must_use]
    pub fn is_converted(&self) -> bool {
        self.converted.is_some()
    }
}

/// What a payment brings after Stripe's fee.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proceeds {
    /// In the payment's currency; `None` until known, and if Stripe settled it in another currency.
    pub fee: Option<i64>,
    pub net: Option<i64>,
    /// `po_…` of the payout that carried it to the bank.
    pub payout: Option<String>,
    /// What Stripe settled, if it did so in another currency.
    pub settlement: Option<Settlement>,
}

/// A payment in the currency that Stripe pays out in. Minor units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Settlement {
    pub currency: Currency,
    pub amount: i64,
    pub fee: i64,
    pub net: i64,
    pub exchange_rate: Option<String>,
}

impl Proceeds {
    /// Of a payment and its movement, if Stripe has booked it. What the owner recorded arrived whole.
    #[must_use]
    pub fn of(payment: &Payment, movement: Option<&Movement>) -> Self {
        if payment.method.stripe().is_none() {
            return Self { fee: Some(0), net: Some(payment.amount.minor()), ..Self::default() };
        }
        let Some(movement) = movement else { return Self::default() };
        let payout = movement.payout.clone();
        if !movement.is_converted() {
            return Self { fee: Some(movement.fee), net: Some(movement.net), payout, settlement: None };
        }
        let settlement = Settlement {
            currency: movement.currency,
            amount: movement.amount,
            fee: movement.fee,
            net: movement.net,
            exchange_rate: movement.exchange_rate.clone(),
        };
        Self { fee: None, net: None, payout, settlement: Some(settlement) }
    }
}

#[cfg(test)]
mod tests {
    use super::Category;

    #[test]
    fn a_category_is_named_in_records_as_stripe_names_it() {
        for name in ["charge", "charge_failure", "refund_failure", "risk_reserved_funds", "topup", "climate_order"] {
            let category = Category::of(name);
            assert_eq!((category.name(), serde_json::json!(category)), (name, serde_json::json!(name)));
        }
        assert_eq!(Category::of("climate_order"), Category::Other("climate_order".into()));
    }
}
