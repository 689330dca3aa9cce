//! Entries about fees that were passed on to a payer.

use crate::billing::fee_invoice::FeeInvoice;
use crate::billing::id::PaymentId;
use crate::billing::ledger::{Account, Entry, Fact, Posting, Source, Unbalanced};

/// A fee that was paid: what the payment holds beyond the invoice is income, and tax on it.
///
/// # Errors
/// Its sums do not add up.
pub fn charged(document: &FeeInvoice) -> Result<Entry, Unbalanced> {
    let line = |account, amount| Posting { account, amount, currency: document.currency };
    let fee = &document.fee;
    let mut postings = vec![line(Account::Credit(document.payment), fee.total), line(Account::FeesCharged, -fee.net)];
    postings.extend(fee.taxes.iter().map(|tax| line(Account::Tax, -tax.amount)));
    Entry::new(source_of(document.payment), document.book, document.issued_at, postings)
}

/// The source of a payment's fee: keyed on the payment, so that no payment bears two.
#[must_use]
pub fn source_of(payment: PaymentId) -> Source {
    Source::new(Fact::Fee, payment)
}
