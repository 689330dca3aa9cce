//! Money that is owed back to a customer and may pay other invoices: what was paid too much, and what was credited
//! after it had been paid.

use super::id::{CreditNoteId, InvoiceId, PaymentId};
use super::ledger::{Account, Book, Fact, Source};
use super::money::Money;

/// One sum that is held for a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    pub by: Holder,
    pub book: Book,
    /// What is left of it: more than nothing.
    pub amount: Money,
}

/// Where the money came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    Payment(PaymentId),
    Note(CreditNoteId),
}

impl Holder {
    /// The account that it is held on.
    #[must_use]
    pub fn account(self) -> Account {
        match self {
            Self::Payment(payment) => Account::Credit(payment),
            Self::Note(note) => Account::NoteCredit(note),
        }
    }

    /// The source of its `ordinal`-th use for an invoice.
    #[must_use]
    pub fn use_of(self, invoice: InvoiceId, ordinal: u64) -> Source {
        let (fact, id) = match self {
            Self::Payment(payment) => (Fact::Apply, payment.to_string()),
            Self::Note(note) => (Fact::ApplyNote, note.to_string()),
        };
        Source::new(fact, format_args!("{id}:{invoice}:{ordinal}"))
    }

    /// When its money came, in the order of making: the oldest is used first.
    #[must_use]
    pub fn age(self) -> u128 {
        match self {
            Self::Payment(payment) => payment.value(),
            Self::Note(note) => note.value(),
        }
    }

    /// How the sources of its uses begin.
    #[must_use]
    pub fn uses(self) -> String {
        match self {
            Self::Payment(payment) => Source::all_of(Fact::Apply, payment),
            Self::Note(note) => Source::all_of(Fact::ApplyNote, note),
        }
    }
}
