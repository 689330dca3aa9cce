//! Entries, balances and what is booked for which fact.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::derived::Rows;
use super::error::Error;
use super::journal::Sort;
use super::table::{Order, Reader, Span};
use super::tables::{BALANCES, LEDGER, LEDGER_BY_INVOICE, LEDGER_BY_SOURCE};
use super::writer::Writer;
use crate::billing::bookings;
use crate::billing::currency::Currency;
use crate::billing::id::{InvoiceId, PaymentId};
use crate::billing::ledger::{Account, Book, Entry, Fact, Source};
use crate::billing::payment::Payment;

impl Reader<'_> {
    /// What an account holds: debits less credits, in minor units.
    pub fn balance(&self, book: Book, currency: Currency, account: Account) -> Result<i64, Error> {
        Ok(self.get(&BALANCES, &(book, currency, account))?.unwrap_or(0))
    }

    /// What an account holds in each currency that it holds anything in.
    pub fn balances_of(&self, book: Book, account: Account) -> Result<Vec<(Currency, i64)>, Error> {
        let mut balances = Vec::new();
        for currency in Currency::all() {
            let balance = self.balance(book, currency, account)?;
            if balance != 0 {
                balances.push((currency, balance));
            }
        }
        Ok(balances)
    }

    /// Whether the fact is booked.
    pub fn is_booked(&self, source: &Source) -> Result<bool, Error> {
        self.has(&LEDGER_BY_SOURCE, &source.as_str().to_owned())
    }

    /// The entry that books a fact.
    pub fn entry_of(&self, source: &Source) -> Result<Option<Entry>, Error> {
        match self.get(&LEDGER_BY_SOURCE, &source.as_str().to_owned())? {
            Some(seq) => self.get(&LEDGER, &seq),
            None => Ok(None),
        }
    }

    /// Every entry that moved an invoice's accounts, oldest first.
    pub fn entries_of_invoice(&self, invoice: InvoiceId) -> Result<Vec<Entry>, Error> {
        let places = self.all(&LEDGER_BY_INVOICE, Span::of(&invoice), Order::Ascending)?;
        let missing = || LEDGER.unreadable();
        places.into_iter().map(|((_, seq), ())| self.get(&LEDGER, &seq)?.ok_or_else(missing)).collect()
    }

    /// The entry that booked a payment, and those that applied its credit since.
    pub fn entries_of_payment(&self, payment: &Payment) -> Result<Vec<Entry>, Error> {
        let decisions = Span::of(&bookings::applications_of(payment.id));
        let places = self.all(&LEDGER_BY_SOURCE, decisions, Order::Ascending)?;
        let missing = || LEDGER.unreadable();
        let mut entries: Vec<Entry> = self.entry_of(&bookings::source_of(payment))?.into_iter().collect();
        for (_, seq) in places {
            entries.push(self.get(&LEDGER, &seq)?.ok_or_else(missing)?);
        }
        Ok(entries)
    }

    /// What of a payment's money went to which invoice, when it was booked and by decisions since, less what was taken off
    /// again; in minor units.
    pub fn applied_of(&self, payment: &Payment) -> Result<Vec<(InvoiceId, i64)>, Error> {
        let mut applied: Vec<(InvoiceId, i64)> = Vec::new();
        for entry in self.entries_of_payment(payment)? {
            for posting in entry.postings() {
                let Account::Receivable(invoice) = posting.account else { continue };
                match applied.iter_mut().find(|(known, _)| *known == invoice) {
                    Some((_, sum)) => *sum = i64::saturating_sub(*sum, posting.amount),
                    None => applied.push((invoice, posting.amount.saturating_neg())),
                }
            }
        }
        Ok(applied)
    }

    /// What a payment still pays of which invoice: what was applied, less what went back of it; in minor units.
    pub fn still_paid_by(&self, payment: &Payment) -> Result<Vec<(InvoiceId, i64)>, Error> {
        let refunds = self.refunds_of_payment(payment.id)?;
        let returned = |invoice| refunds.iter().map(|refund| refund.returned_to(invoice)).sum::<i64>();
        let left = |(invoice, applied): (_, i64)| (invoice, applied.saturating_sub(returned(invoice)).max(0));
        Ok(self.applied_of(payment)?.into_iter().map(left).collect())
    }

    /// The invoices that a payment concerns: the one that it was meant for, then those that it has paid.
    pub fn invoices_of_payment(&self, payment: &Payment) -> Result<Vec<InvoiceId>, Error> {
        let paid = self.applied_of(payment)?.into_iter().filter(|(_, sum)| *sum > 0).map(|(invoice, _)| invoice);
        let others = paid.filter(|invoice| payment.invoice != Some(*invoice));
        Ok(payment.invoice.into_iter().chain(others).collect())
    }

    /// The place in the ledger of the entry that books a fact, from 1.
    pub fn place_of(&self, source: &Source) -> Result<Option<u64>, Error> {
        self.get(&LEDGER_BY_SOURCE, &source.as_str().to_owned())
    }

    /// When a recorded payment was taken back, if it was.
    pub fn taken_back_at(&self, payment: PaymentId) -> Result<Option<Timestamp>, Error> {
        Ok(self.entry_of(&bookings::taken_back(payment))?.map(|entry| entry.at()))
    }

    /// How many entries there are of a sort for an invoice, such as [`Fact::WriteOff`]; the next one has this ordinal.
    pub fn bookings_so_far(&self, fact: Fact, invoice: InvoiceId) -> Result<usize, Error> {
        let begins = Source::all_of(fact, invoice);
        let entries = self.entries_of_invoice(invoice)?;
        Ok(entries.iter().filter(|entry| entry.source().as_str().starts_with(&begins)).count())
    }
}

pub(super) fn entry_rows(seq: u64, entry: &Entry) -> Result<Rows, Error> {
    let mut rows = Rows::default();
    rows.add(&LEDGER_BY_SOURCE, &entry.source().as_str().to_owned(), &seq)?;
    let invoices: BTreeSet<_> = entry.postings().iter().filter_map(|posting| posting.account.invoice()).collect();
    for invoice in invoices {
        rows.mark(&LEDGER_BY_INVOICE, &(invoice, seq))?;
    }
    Ok(rows)
}

impl Writer<'_> {
    /// Books an entry.
    ///
    /// # Errors
    /// The fact is booked already: callers ask [`Reader::is_booked`] first, so this is a defect that must not be stored.
    pub fn book(&mut self, entry: &Entry) -> Result<(), Error> {
        if self.is_booked(entry.source())? {
            return Err(Error::Unsound(format!("{} is booked already", entry.source().as_str())));
        }
        let seq = self.collect(&LEDGER, Span::all(), Order::Descending, 1)?.pop().map_or(1, |(last, _)| last + 1);
        self.put(&LEDGER, &seq, entry)?;
        self.derive(&Rows::default(), &entry_rows(seq, entry)?)?;
        for posting in entry.postings() {
            let key = (entry.book(), posting.currency, posting.account);
            let balance = self.get(&BALANCES, &key)?.unwrap_or(0);
            let balance = i64::checked_add(balance, posting.amount)
                .ok_or_else(|| Error::Unsound(format!("the account {} overflows", posting.account)))?;
            self.put(&BALANCES, &key, &balance)?;
            self.touch_account(posting.account)?;
        }
        self.seal(Sort::Entry, seq.to_string(), entry)
    }

    /// An invoice's standing follows from its own accounts, and from what is left of its payments as credit.
    fn touch_account(&mut self, account: Account) -> Result<(), Error> {
        let invoice = match account {
            Account::Credit(payment) => self.payment(payment)?.and_then(|payment| payment.invoice),
            _ => account.invoice(),
        };
        if let Some(invoice) = invoice {
            self.touch(invoice);
        }
        Ok(())
    }
}
