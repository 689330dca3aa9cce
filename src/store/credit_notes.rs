//! Credit notes: documents that never change once stored, and what of their money is still owed to the customer.

use super::derived::Rows;
use super::error::Error;
use super::journal::Sort;
use super::register::{Given, Numbered};
use super::table::{Order, Reader, Span};
use super::tables::{
    CREDIT_NOTE_BY_NUMBER, CREDIT_NOTES, CREDIT_NOTES_BY_CUSTOMER, CREDIT_NOTES_BY_INVOICE, LEDGER, LEDGER_BY_SOURCE,
    PAYMENTS_BY_CUSTOMER,
};
use super::writer::Writer;
use crate::billing::credit_note::CreditNote;
use crate::billing::customer_credit::{Held, Holder};
use crate::billing::id::{CreditNoteId, CustomerId, InvoiceId};
use crate::billing::ledger::Account;
use crate::billing::money::Money;
use crate::billing::refund::Refund;

impl Reader<'_> {
    pub fn credit_note(&self, id: CreditNoteId) -> Result<Option<CreditNote>, Error> {
        self.get(&CREDIT_NOTES, &id)
    }

    /// An invoice's credit notes, oldest first.
    pub fn credit_notes_of_invoice(&self, invoice: InvoiceId) -> Result<Vec<CreditNote>, Error> {
        let ids = self.all(&CREDIT_NOTES_BY_INVOICE, Span::of(&invoice), Order::Ascending)?;
        ids.into_iter().filter_map(|((_, id), ())| self.credit_note(id).transpose()).collect()
    }

    /// A customer's credit notes, newest first.
    pub fn credit_notes_of_customer(&self, customer: CustomerId, limit: usize) -> Result<Vec<CreditNote>, Error> {
        let ids = self.collect(&CREDIT_NOTES_BY_CUSTOMER, Span::of(&customer), Order::Descending, limit)?;
        ids.into_iter().filter_map(|((_, id), ())| self.credit_note(id).transpose()).collect()
    }

    /// The newest credit notes from behind `after`; one more than `limit` if there are more.
    pub fn credit_notes(&self, after: Option<CreditNoteId>, limit: usize) -> Result<Vec<CreditNote>, Error> {
        let span = after.map_or_else(Span::all, |id| Span::all().before(&id));
        let rows = self.collect(&CREDIT_NOTES, span, Order::Descending, limit.saturating_add(1))?;
        Ok(rows.into_iter().map(|(_, note)| note).collect())
    }

    /// What of a note's money is still owed to the customer, in minor units.
    pub fn left_of_note(&self, note: &CreditNote) -> Result<i64, Error> {
        Ok(-self.balance(note.book, note.currency, Account::NoteCredit(note.id))?)
    }

    /// What of a note's money was paid back, in minor units: what had gone before it was issued, and what went since.
    pub fn paid_back_by(&self, note: &CreditNote) -> Result<i64, Error> {
        Ok(paid_back(note, &self.refunds_of_invoice(note.invoice)?))
    }

    /// The refunds that were asked for with a note or paid money of it back, oldest first.
    pub fn refunds_of_note(&self, note: &CreditNote) -> Result<Vec<Refund>, Error> {
        let mut refunds = self.refunds_of_invoice(note.invoice)?;
        let known: Vec<_> = refunds.iter().map(|refund| refund.id).collect();
        refunds.extend(self.refunds_unfinished()?.into_iter().filter(|refund| !known.contains(&refund.id)));
        refunds.retain(|refund| {
            let parts = refund.accepted.iter().flat_map(|accepted| &accepted.from_notes);
            refund.credit_note == Some(note.id) || parts.into_iter().any(|part| part.note == note.id)
        });
        refunds.sort_by_key(|refund| refund.id);
        Ok(refunds)
    }

    /// What of a note's money may be on its way back: refunds of which nobody knows yet whether they were made. Minor
    /// units. One of the invoice that names no note is among them, since it will pay the invoice's notes back first.
    pub fn going_back_by(&self, note: &CreditNote) -> Result<i64, Error> {
        Ok(going_back(note, &self.refunds_unfinished()?))
    }

    /// What of a note's money may be used, in minor units: what is left and is not about to go back.
    pub fn free_credit_of_note(&self, note: &CreditNote) -> Result<i64, Error> {
        match self.left_of_note(note)? {
            0 => Ok(0),
            left => Ok(left.saturating_sub(self.going_back_by(note)?).max(0)),
        }
    }

    /// What of an invoice went back and is on the account of refunds, because no credit note of it has taken that over.
    /// Minor units.
    pub fn refunded_without_note(&self, invoice: InvoiceId) -> Result<i64, Error> {
        let refunds = self.refunds_of_invoice(invoice)?;
        let went: i64 = refunds.iter().map(|refund| refund.returned_to(invoice)).sum();
        let notes = self.credit_notes_of_invoice(invoice)?;
        Ok(went - notes.iter().map(|note| paid_back(note, &refunds)).sum::<i64>())
    }

    /// Every sum that is held for a customer and may be used, oldest first. Money that waits for a person's decision is
    /// not among them.
    pub fn held_for(&self, customer: CustomerId) -> Result<Vec<Held>, Error> {
        let mut held = Vec::new();
        let ids = self.all(&PAYMENTS_BY_CUSTOMER, Span::of(&customer), Order::Ascending)?;
        for ((_, id), ()) in ids {
            let Some(payment) = self.payment(id)? else { continue };
            let left = self.free_credit_of(&payment)?;
            if left > 0 && self.open_reviews_of_payment(&payment)?.is_empty() {
                let amount = Money::new(left, payment.amount.currency()).unwrap_or(payment.amount);
                held.push(Held { by: Holder::Payment(id), book: payment.book, amount });
            }
        }
        let mut notes = Vec::new();
        for ((_, id), ()) in self.all(&CREDIT_NOTES_BY_CUSTOMER, Span::of(&customer), Order::Ascending)? {
            let Some(note) = self.credit_note(id)? else { continue };
            let left = self.left_of_note(&note)?;
            if left > 0 {
                notes.push((note, left));
            }
        }
        let unfinished = if notes.is_empty() { Vec::new() } else { self.refunds_unfinished()? };
        for (note, left) in notes {
            let left = left.saturating_sub(going_back(&note, &unfinished));
            if left > 0 {
                let amount = Money::new(left, note.currency).unwrap_or(note.rest());
                held.push(Held { by: Holder::Note(note.id), book: note.book, amount });
            }
        }
        held.sort_by_key(|held| held.by.age());
        Ok(held)
    }

    /// What of a held sum was used for which invoice, in minor units, oldest first.
    pub fn used_of(&self, holder: Holder) -> Result<Vec<(InvoiceId, i64)>, Error> {
        let places = self.all(&LEDGER_BY_SOURCE, Span::of(&holder.uses()), Order::Ascending)?;
        let mut used = Vec::new();
        for (_, seq) in places {
            let entry = self.get(&LEDGER, &seq)?.ok_or(LEDGER.unreadable())?;
            used.extend(entry.postings().iter().filter_map(|posting| match posting.account {
                Account::Receivable(invoice) => Some((invoice, -posting.amount)),
                _ => None,
            }));
        }
        Ok(used)
    }

    /// The credit notes whose credit has paid an invoice, and how much of it each, in minor units.
    pub fn notes_that_paid(&self, invoice: InvoiceId) -> Result<Vec<(CreditNote, i64)>, Error> {
        let mut paid: Vec<(CreditNote, i64)> = Vec::new();
        for entry in self.entries_of_invoice(invoice)? {
            let Some(id) = entry.source().applied_note() else { continue };
            let sum = -entry.on(Account::Receivable(invoice));
            match paid.iter_mut().find(|(note, _)| note.id == id) {
                Some((_, known)) => *known += sum,
                None => paid.extend(self.credit_note(id)?.map(|note| (note, sum))),
            }
        }
        Ok(paid)
    }

    /// How often a held sum was used; the next use has this ordinal.
    pub fn uses_so_far(&self, holder: Holder) -> Result<u64, Error> {
        self.count(&LEDGER_BY_SOURCE, Span::of(&holder.uses()))
    }
}

/// What of a note's money these refunds, which are not finished, may take.
fn going_back(note: &CreditNote, unfinished: &[Refund]) -> i64 {
    let is_meant = |refund: &&Refund| match refund.credit_note {
        Some(named) => named == note.id,
        None => refund.invoice == Some(note.invoice),
    };
    let open = unfinished.iter().filter(|refund| refund.is_open()).filter(is_meant);
    open.map(|refund| refund.amount.minor()).sum()
}

fn paid_back(note: &CreditNote, refunds: &[Refund]) -> i64 {
    note.taken_over + refunds.iter().map(|refund| refund.paid_of_note(note.id)).sum::<i64>()
}

pub(super) fn credit_note_rows(note: &CreditNote) -> Result<Rows, Error> {
    let mut rows = Rows::default();
    rows.mark(&CREDIT_NOTES_BY_INVOICE, &(note.invoice, note.id))?;
    rows.mark(&CREDIT_NOTES_BY_CUSTOMER, &(note.customer, note.id))?;
    rows.add(&CREDIT_NOTE_BY_NUMBER, &note.number, &note.id)?;
    Ok(rows)
}

impl Writer<'_> {
    /// Stores and seals a new credit note.
    ///
    /// # Errors
    /// There is one of this id or number already: a defect that must not be stored.
    pub fn put_credit_note(&mut self, note: &CreditNote) -> Result<(), Error> {
        if self.credit_note(note.id)?.is_some() {
            return Err(Error::Unsound(format!("the credit note {} is stored already", note.id)));
        }
        self.given.push(Given { number: note.number.clone(), to: Numbered::CreditNote(note.id), at: note.issued_at });
        self.put(&CREDIT_NOTES, &note.id, note)?;
        self.derive(&Rows::default(), &credit_note_rows(note)?)?;
        self.touch(note.invoice);
        self.seal(Sort::CreditNote, note.id.to_string(), note)
    }
}
