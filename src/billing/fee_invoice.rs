//! The document of a fee that was paid: its own number from its own series, its own tax, and never a change.
//!
//! What goes back of a fee is taken back by a correction: a document of the same series that says so below nothing. If the
//! refund comes to nothing, another one takes the correction back.
//!
//! It is written in the moment in which the payment's part of the invoice is applied, so nothing is ever owed on it, and the
//! invoice that was paid stays as it was issued.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::currency::Currency;
use super::id::{CustomerId, FeeInvoiceId, InvoiceId, PaymentId, RefundId};
use super::ledger::Book;
use super::line::{Line, LineTotal, TaxTotal, Totals};
use super::money::Money;
use super::party::Party;
use super::passthrough::Fee;
use super::payment::Payment;
use super::quantity::UnitPrice;

/// An invoice over the fee of one payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeeInvoice {
    pub id: FeeInvoiceId,
    pub number: String,
    /// The payment that the fee was a part of.
    pub payment: PaymentId,
    /// The invoice that the rest of it paid.
    pub invoice: InvoiceId,
    pub customer: CustomerId,
    pub book: Book,
    /// Its place among the invoice's documents of fees: its number in the public address. Earlier versions took the
    /// payment's, which left gaps.
    pub ordinal: u64,
    pub issued_at: Timestamp,
    /// In the business's time zone.
    pub issue_date: Date,
    pub currency: Currency,
    pub fee: Fee,
    /// The fee that it takes back, if it is a correction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrects: Option<Corrected>,
    pub seller: Party,
    pub buyer: Party,
}

/// What a correction is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Corrected {
    /// The document of the fee.
    pub document: FeeInvoiceId,
    pub number: String,
    /// The refund by which the fee went back, or did not after all.
    pub refund: RefundId,
    /// Its place among the corrections of that document, from 1: its number in the public address.
    pub nth: u64,
}

impl FeeInvoice {
    #[must_use]
    pub fn total(&self) -> Money {
        self.money(self.fee.total)
    }

    /// Without tax.
    #[must_use]
    pub fn net(&self) -> Money {
        self.money(self.fee.net)
    }

    #[must_use]
    pub fn tax(&self) -> Money {
        self.money(self.fee.tax())
    }

    /// What the payment is without the fee.
    #[must_use]
    pub fn principal(&self) -> Money {
        self.money(self.fee.principal)
    }

    /// The document's lines, one for each tax rate; `invoice` is the number of the invoice that was paid.
    #[must_use]
    pub fn lines(&self, invoice: &str) -> Vec<Line> {
        let line = |(place, tax): (usize, &TaxTotal)| Line {
            id: place.saturating_add(1).to_string(),
            description: match &self.corrects {
                None => format!("Payment fee for invoice {invoice}"),
                Some(of) => format!("Correction of payment fee {} for invoice {invoice}", of.number),
            },
            unit_price: UnitPrice::parse(&self.money(tax.base).to_decimal_string()).unwrap_or(UnitPrice::ZERO),
            tax_rate: tax.rate,
            tax_category: tax.category,
            ..Line::default()
        };
        self.fee.taxes.iter().enumerate().map(line).collect()
    }

    /// The sums of these lines.
    #[must_use]
    pub fn totals(&self) -> Totals {
        let line = |tax: &TaxTotal| LineTotal { net: tax.base, tax: tax.amount, gross: tax.base + tax.amount };
        Totals {
            lines: self.fee.taxes.iter().map(line).collect(),
            subtotal: self.fee.net,
            taxes: self.fee.taxes.clone(),
            tax: self.fee.tax(),
            total: self.fee.total,
        }
    }

    fn money(&self, minor: i64) -> Money {
        Money::new(minor, self.currency).unwrap_or(Money::zero(self.currency))
    }
}

/// Whether a payment is exactly what was asked for with a fee, all of its principal went to the invoice, and so the fee is
/// paid.
#[must_use]
pub fn is_paid_by(fee: &Fee, payment: &Payment) -> bool {
    payment.applied == fee.principal && fee.sum() == Some(payment.amount.minor())
}
