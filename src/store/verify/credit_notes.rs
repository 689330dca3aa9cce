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
        self.sealed(Sort::CreditNote, &note.id.to_string(), note)?;
        self.booked(&who, bookings::credit::note(note))?;
        let left = self.reader.left_of_note(note)?;
        if !(0..=note.beyond().minor()).contains(&left) {
            self.proof.problem(format!("{who} holds a credit of {left} of {}", note.beyond().minor()));
        }
        let back = self.reader.paid_back_by(note)?;
        if !(0..=note.beyond().minor()).contains(&back) {
            self.proof.problem(format!("{who} has {back} paid back of {}", note.beyond().minor()));
        }
        Ok(())
    }

    /// That no sale is taken back twice: what credit notes owe is paid back before a refund touches sales, and what was
    /// refunded before is theirs.
    pub(super) fn taken_back_once(&mut self, invoice: &Invoice) -> Result<(), Error> {
        let without = self.reader.refunded_without_note(invoice.id)?;
        let mut owed = 0;
        for note in self.reader.credit_notes_of_invoice(invoice.id)? {
            owed += self.reader.left_of_note(&note)?;
        }
        if without < 0 {
            let over = -without;
            self.proof
                .problem(format!("credit notes of invoice {} took over {over} too much of refunds", invoice.number));
        }
        if without > 0 && owed > 0 {
            self.proof.problem(format!(
                "invoice {} has {without} refunded from sales while its credit notes still owe {owed}: that sale was \
                 taken back twice",
                invoice.number
            ));
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
