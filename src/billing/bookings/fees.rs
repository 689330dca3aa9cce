//! Entries about fees that were passed on to a payer.

use crate::billing::fee_invoice::FeeInvoice;
use crate::billing::id::PaymentId;
use crate::billing::ledger::{Account, Entry, Fact, Posting, Source, Unbalanced};

/// A fee that was paid: what the payment holds beyond the invoice is income, and tax on it. Of a correction all of it is
/// taken back, out of what was refunded.
///
/// # Errors
/// Its sums do not add up.
pub fn charged(document: &FeeInvoice) -> Result<Entry, Unbalanced> {
    let line = |account, amount| Posting { account, amount, currency: document.currency };
    let fee = &document.fee;
    let (paid_by, source) = match &document.corrects {
        None => (Account::Credit(document.payment), source_of(document.payment)),
        Some(_) => (Account::Refunds, Source::new(Fact::FeeCorrection, document.id)),
    };
    let mut postings = vec![line(paid_by, fee.total), line(Account::FeesCharged, -fee.net)];
    postings.extend(fee.taxes.iter().map(|tax| line(Account::Tax, -tax.amount)));
    Entry::new(source, document.book, document.issued_at, postings)
}

/// The source of a payment's fee: keyed on the payment, so that no payment bears two.
#[must_use]
pub fn source_of(payment: PaymentId) -> Source {
    Source::new(Fact::Fee, payment)
}
