//! Credit notes: each sealed and booked as it is, together never more than their invoice, and no more left of one than it
//! gave.

use super::Check;
use crate::billing::bookings;
use crate::billing::credit_note::CreditNote;
use crate::billing::invoice::Invoice;
use crate::store::credit_notes::credit_note_rows;
use crate::store::error::Error;
use crate::store::journal::Sort;
use crate::store::tables::{CUSTOMERS, INVOICES};

impl Check<'_> {
    pub(super) fn credit_note(&mut self, note: &CreditNote) -> Result<(), Error> {
        let who = format!("credit note {}", note.number);
        self.refers(&who, &INVOICES, &note.invoice)?;
        self.refers(&who, &CUSTOMERS, &note.customer)?;
        self.expect(credit_note_rows(note)?)?;
        self.sealed(Sort::CreditNote, note.id.to_string(), note)?;
        self.booked(&who, bookings::credit::note(note))?;
        let left = self.reader.left_of_note(note)?;
        if !(0..=note.rest().minor()).contains(&left) {
            self.proof.problem(format!("{who} holds a credit of {left} of {}", note.rest().minor()));
        }
        Ok(())
    }

    /// That an invoice's notes add up to no more than it is, at each tax rate and in total.
    pub(super) fn credited(&mut self, invoice: &Invoice) -> Result<(), Error> {
        let notes = self.reader.credit_notes_of_invoice(invoice.id)?;
        let total: i64 = notes.iter().map(|note| note.totals.total).sum();
        if total > invoice.totals.total {
            self.proof.problem(format!("invoice {} has {total} credited of {}", invoice.number, invoice.totals.total));
        }
        for tax in &invoice.totals.taxes {
            let of_rate = notes.iter().flat_map(|note| &note.totals.taxes);
            let of_rate = of_rate.filter(|credited| credited.category == tax.category && credited.rate == tax.rate);
            let credited: i64 = of_rate.map(|credited| credited.amount).sum();
            if credited.abs() > tax.amount.abs() {
                let (number, rate) = (&invoice.number, tax.rate);
                self.proof
                    .problem(format!("invoice {number} has {credited} of {} tax at {rate} % credited", tax.amount));
            }
        }
        Ok(())
    }
}
