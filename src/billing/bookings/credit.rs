//! Entries about what is owed back to a customer: credit notes, and credit that pays other invoices.

use jiff::Timestamp;

use crate::billing::credit_note::CreditNote;
use crate::billing::currency::Currency;
use crate::billing::customer_credit::Held;
use crate::billing::id::{CreditNoteId, InvoiceId};
use crate::billing::invoice::Invoice;
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

/// Credit that is owed no longer because its money was refunded elsewhere, or owed again; `parts` is by account, positive
/// for what is owed no longer.
///
/// # Errors
/// Nothing is moved, or a sum overflows.
pub fn reclaimed(
    invoice: &Invoice,
    ordinal: u64,
    parts: &[(Account, i64)],
    at: Timestamp,
) -> Result<Entry, Unbalanced> {
    let source = Source::new(Fact::RefundedCredit, format_args!("{}:{ordinal}", invoice.id));
    Entry::new(source, invoice.book, at, owed_no_longer(parts, Account::Refunds, invoice.content.currency))
}

/// What moves credit, and the account that it is moved against.
pub(super) fn owed_no_longer(parts: &[(Account, i64)], against: Account, currency: Currency) -> Vec<Posting> {
    let line = |account, amount| Posting { account, amount, currency };
    let sum: i64 = parts.iter().map(|(_, amount)| amount).sum();
    let credit = parts.iter().map(|(account, amount)| line(*account, *amount));
    credit.chain([line(against, -sum)]).collect()
}

/// How the sources begin that move credit because of what was refunded of an invoice.
#[must_use]
pub fn reclaimed_of(invoice: InvoiceId) -> String {
    Source::all_of(Fact::RefundedCredit, invoice)
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
