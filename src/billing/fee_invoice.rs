//! The document of a fee that was paid: its own number from its own series, its own tax, and never a change.
//!
//! It is written in the moment in which the payment's part of the invoice is applied, so nothing is ever owed on it, and the
//! invoice that was paid stays as it was issued.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::currency::Currency;
use super::id::{CustomerId, FeeInvoiceId, InvoiceId, PaymentId};
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
    pub seller: Party,
    pub buyer: Party,
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
            description: format!("Payment fee for invoice {invoice}"),
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
