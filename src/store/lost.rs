//! Credit that went with money: what a payer's bank took back for good is in the payer's hands again, so nobody is owed it
//! a second time, neither as what was overpaid nor by a credit note.
//!
//! Asked for and booked payment by payment; what the bank gives back after all is owed again where it was.

use super::error::Error;
use super::table::{Order, Reader, Span};
use super::tables::{LEDGER, LEDGER_BY_SOURCE};
use crate::billing::bookings::credit::reclaimed_of;
use crate::billing::bookings::disputes::lost_credit_of;
use crate::billing::credit_note::CreditNote;
use crate::billing::customer_credit::Holder;
use crate::billing::id::{InvoiceId, PaymentId};
use crate::billing::invoice::Invoice;
use crate::billing::ledger::{Account, Entry};
use crate::billing::money::Money;
use crate::billing::movement::Belongs;
use crate::billing::payment::Payment;

/// What is moved of credit: minor units by account, positive for what is owed no longer.
pub type Moved = Vec<(Account, i64)>;

impl Reader<'_> {
    /// What a payer's bank has taken of a payment for good, in minor units of the payment.
    pub fn lost_of(&self, payment: &Payment) -> Result<i64, Error> {
        let currency = payment.amount.currency();
        let mut lost = 0_i64;
        for dispute in self.disputes_of_payment(payment.id)? {
            let sums = self.lost_by(&dispute)?;
            let own = sums.get(&currency).copied();
            // Stripe may hold another currency back than was paid: then what the bank disputes says how much it is.
            let sum = match own {
                Some(sum) => sum,
                None if sums.values().all(|sum| *sum <= 0) => 0,
                None if dispute.amount.currency() == currency => dispute.amount.minor(),
                None => payment.amount.minor(),
            };
            lost = lost.saturating_add(sum);
        }
        for movement in self.movements_of_payment(payment.id)? {
            if matches!(movement.belongs, Belongs::TakenBack { .. }) {
                let own = movement.converted.map_or(movement.amount, Money::minor);
                lost = lost.saturating_sub(own);
            }
        }
        Ok(lost.clamp(0, payment.amount.minor()))
    }

    /// What a credit note of an invoice could not owe, because a bank took the money back that had paid it and no note says
    /// so yet. Minor units.
    pub fn lost_without_note(&self, invoice: InvoiceId) -> Result<i64, Error> {
        let (own, passed_on) = (self.payments_that_paid(invoice)?, self.notes_that_paid(invoice)?);
        let mut lost = 0;
        for payment in self.payments_behind(invoice)? {
            let moved: i64 = self.credit_lost_with(payment.id)?.iter().map(|(_, sum)| sum).sum();
            let most: i64 = if own.iter().any(|known| known.id == payment.id) {
                let paid = self.still_paid_by(&payment)?;
                paid.iter().filter(|(of, _)| *of == invoice).map(|(_, left)| left).sum()
            } else {
                passed_on.iter().map(|(_, sum)| sum).sum()
            };
            lost += (self.lost_of(&payment)? - moved).clamp(0, most.max(0));
        }
        Ok(lost)
    }

    /// What credit of a payment's money should be moved now for the books to say what its bank took.
    pub fn credit_to_move(&self, payment: &Payment) -> Result<Moved, Error> {
        let lost = self.lost_of(payment)?;
        let moved = self.credit_lost_with(payment.id)?;
        let so_far: i64 = moved.iter().map(|(_, sum)| sum).sum();
        if lost < so_far {
            return Ok(given_back(moved, so_far - lost));
        }
        let mut rest = lost - so_far;
        if rest == 0 {
            return Ok(Moved::new());
        }
        let mut found = Moved::new();
        let own = Account::Credit(payment.id);
        let held = -self.balance(payment.book, payment.amount.currency(), own)?;
        take(&mut found, &mut rest, own, held);
        for (invoice, left) in self.still_paid_by(payment)? {
            let notes = self.credit_notes_by_credit(invoice)?;
            let before: i64 = notes.iter().map(|(note, _)| sum_on(&moved, Account::NoteCredit(note.id))).sum();
            let mut of_invoice = (left - before).clamp(0, rest);
            let most = of_invoice;
            for (note, within) in notes {
                let left = self.left_of_note(&note)?.min(within);
                take(&mut found, &mut of_invoice, Account::NoteCredit(note.id), left);
            }
            rest -= most - of_invoice;
        }
        Ok(found)
    }

    /// What credit should be moved now because more of an invoice was refunded than was left of its sale: the credit of its
    /// notes had been spent then, and what that had paid was credited as well.
    pub fn credit_to_reclaim(&self, invoice: &Invoice) -> Result<Moved, Error> {
        let notes = self.credit_notes_of_invoice(invoice.id)?;
        let credited: i64 = notes.iter().map(|note| note.totals.total).sum();
        let over = (self.refunded_without_note(invoice.id)? - (invoice.totals.total - credited)).max(0);
        let moved = self.credit_moved(&reclaimed_of(invoice.id))?;
        let so_far: i64 = moved.iter().map(|(_, sum)| sum).sum();
        if over < so_far {
            return Ok(given_back(moved, so_far - over));
        }
        let (mut found, mut rest) = (Moved::new(), over - so_far);
        for note in &notes {
            for (paid, used) in self.used_of(Holder::Note(note.id))? {
                for further in self.credit_notes_of_invoice(paid)?.into_iter().filter(|it| it.invoice != invoice.id) {
                    let account = Account::NoteCredit(further.id);
                    let most = (used - sum_on(&moved, account)).min(self.left_of_note(&further)?);
                    take(&mut found, &mut rest, account, most);
                }
            }
        }
        Ok(found)
    }

    /// What credit went with a payment's money by now.
    pub fn credit_lost_with(&self, payment: PaymentId) -> Result<Moved, Error> {
        self.credit_moved(&lost_credit_of(payment))
    }

    /// What the entries moved of credit whose sources begin so.
    fn credit_moved(&self, sources: &str) -> Result<Moved, Error> {
        let is_credit = |account| matches!(account, Account::Credit(_) | Account::NoteCredit(_));
        let mut moved = Moved::new();
        for entry in self.entries_beginning(sources)? {
            for posting in entry.postings().iter().filter(|posting| is_credit(posting.account)) {
                match moved.iter_mut().find(|(known, _)| *known == posting.account) {
                    Some((_, sum)) => *sum += posting.amount,
                    None => moved.push((posting.account, posting.amount)),
                }
            }
        }
        moved.retain(|(_, sum)| *sum != 0);
        Ok(moved)
    }

    /// What of a credit note's money went with money that a bank took or a refund gave back elsewhere, in minor units.
    pub fn lost_of_note(&self, note: &CreditNote) -> Result<i64, Error> {
        let account = Account::NoteCredit(note.id);
        let mut lost = 0;
        for payment in self.payments_behind(note.invoice)? {
            lost += sum_on(&self.credit_lost_with(payment.id)?, account);
        }
        let mut known = Vec::new();
        for (by, _) in self.notes_that_paid(note.invoice)? {
            if !known.contains(&by.invoice) {
                known.push(by.invoice);
                lost += sum_on(&self.credit_moved(&reclaimed_of(by.invoice))?, account);
            }
        }
        Ok(lost)
    }

    /// What a credit note had to give beyond what was due and refunded, less what a bank took back.
    pub fn rest_of_note(&self, note: &CreditNote) -> Result<Money, Error> {
        let rest = note.rest();
        Ok(Money::new(rest.minor() - self.lost_of_note(note)?, note.currency).unwrap_or(rest))
    }

    /// The payments whose money may be owed by credit notes of an invoice: what had paid it, and what had paid the
    /// invoices whose credit did.
    pub fn payments_behind(&self, invoice: InvoiceId) -> Result<Vec<Payment>, Error> {
        let mut payments = self.payments_that_paid(invoice)?;
        for (note, _) in self.notes_that_paid(invoice)? {
            for payment in self.payments_that_paid(note.invoice)? {
                if payments.iter().all(|known| known.id != payment.id) {
                    payments.push(payment);
                }
            }
        }
        Ok(payments)
    }

    /// How often credit was moved for a payment.
    pub fn lost_credits_so_far(&self, payment: PaymentId) -> Result<u64, Error> {
        self.count(&LEDGER_BY_SOURCE, Span::of(&lost_credit_of(payment)))
    }

    /// How often credit was moved for an invoice of which too much was refunded.
    pub fn reclaims_so_far(&self, invoice: InvoiceId) -> Result<u64, Error> {
        self.count(&LEDGER_BY_SOURCE, Span::of(&reclaimed_of(invoice)))
    }

    fn entries_beginning(&self, sources: &str) -> Result<Vec<Entry>, Error> {
        let places = self.all(&LEDGER_BY_SOURCE, Span::of(&sources.to_owned()), Order::Ascending)?;
        places.into_iter().map(|(_, seq)| self.get(&LEDGER, &seq)?.ok_or(LEDGER.unreadable())).collect()
    }

    /// An invoice's credit notes, and those of the invoices that their credit has paid, with how much of each can be of
    /// this invoice's money at most.
    fn credit_notes_by_credit(&self, invoice: InvoiceId) -> Result<Vec<(CreditNote, i64)>, Error> {
        let mut notes: Vec<(CreditNote, i64)> = Vec::new();
        let own = self.credit_notes_of_invoice(invoice)?;
        for note in &own {
            notes.push((note.clone(), i64::MAX));
        }
        for note in &own {
            for (paid, used) in self.used_of(Holder::Note(note.id))? {
                let further = self.credit_notes_of_invoice(paid)?;
                notes.extend(further.into_iter().filter(|note| note.invoice != invoice).map(|note| (note, used)));
            }
        }
        Ok(notes)
    }
}

fn take(found: &mut Moved, rest: &mut i64, account: Account, there: i64) {
    let known = sum_on(found, account);
    let amount = (there - known).clamp(0, *rest);
    if amount > 0 {
        found.push((account, amount));
        *rest -= amount;
    }
}

/// What is owed again, the last of it first.
fn given_back(moved: Moved, mut rest: i64) -> Moved {
    let mut found = Moved::new();
    for (account, sum) in moved.into_iter().rev() {
        let amount = sum.clamp(0, rest);
        if amount > 0 {
            found.push((account, -amount));
            rest -= amount;
        }
    }
    found
}

fn sum_on(moved: &Moved, account: Account) -> i64 {
    moved.iter().filter(|(known, _)| *known == account).map(|(_, sum)| sum).sum()
}
