//! Entries about what is owed back to a customer: credit notes, and credit that pays other invoices.

use jiff::Timestamp;

use crate::billing::credit_note::CreditNote;
use crate::billing::customer_credit::Held;
use crate::billing::id::{CreditNoteId, InvoiceId};
use crate::billing::ledger::{Account, Entry, Fact, Posting, Source, Unbalanced};

/// A credit note: sales and tax are taken back; up to what was due the customer owes less, what had been refunded without
/// a note is taken over from the refunds (else the sale would be taken back twice), the rest is owed to the customer.
///
/// # Errors
/// The totals do not add up.
pub fn note(note: &CreditNote) -> Result<Entry, Unbalanced> {
    let line = |account, amount| Posting { account, amount, currency: note.currency };
    let postings = vec![
        line(Account::Sales, note.totals.subtotal),
        line(Account::Tax, note.totals.tax),
        line(Account::Receivable(note.invoice), -note.applied),
        line(Account::Refunds, -note.taken_over),
        line(Account::NoteCredit(note.id), note.applied + note.taken_over - note.totals.total),
    ];
    Entry::new(source_of(note.id), note.book, note.issued_at, postings)
}

/// The source of a credit note.
#[must_use]
pub fn source_of(note: CreditNoteId) -> Source {
    Source::new(Fact::CreditNote, note)
}

/// Credit that a customer has pays an invoice; `ordinal` counts how often this credit was used.
///
/// # Errors
/// The amount is nothing.
pub fn used(held: &Held, invoice: InvoiceId, amount: i64, ordinal: u64, at: Timestamp) -> Result<Entry, Unbalanced> {
    let line = |account, amount| Posting { account, amount, currency: held.amount.currency() };
    let postings = vec![line(held.by.account(), amount), line(Account::Receivable(invoice), -amount)];
    Entry::new(held.by.use_of(invoice, ordinal), held.book, at, postings)
}
