//! Ledger, invoices and payments: every sum, and every fact booked once and as it is.

use std::collections::BTreeMap;

use super::Check;
use crate::billing::bookings;
use crate::billing::currency::Currency;
use crate::billing::id::{InvoiceId, PaymentId};
use crate::billing::invoice::{Document, Invoice};
use crate::billing::ledger::{Account, Book, Entry, Unbalanced};
use crate::billing::letter::Matter;
use crate::billing::payment::Payment;
use crate::billing::standing::Standing;
use crate::store::derived::Rows;
use crate::store::error::Error;
use crate::store::invoices::{document_rows, unchanging};
use crate::store::journal::Sort;
use crate::store::ledger::entry_rows;
use crate::store::payments::payment_rows;
use crate::store::tables::{BALANCES, CREDIT_NOTES, CUSTOMERS, INVOICES, LEDGER, PAYMENTS};

type Balances = BTreeMap<(Book, Currency, Account), i64>;

impl Check<'_> {
    pub(super) fn documents(&mut self) -> Result<(), Error> {
        self.each(&INVOICES, |check, _, document| check.document(&document))
    }

    pub(super) fn payments(&mut self) -> Result<(), Error> {
        self.each(&PAYMENTS, |check, id, payment| check.payment(id, &payment))
    }

    pub(super) fn further_money(&mut self) -> Result<(), Error> {
        self.each(&CREDIT_NOTES, |check, _, note| check.credit_note(&note))?;
        self.fee_invoices()?;
        self.movements()?;
        self.refunds()
    }

    pub(super) fn ledger(&mut self) -> Result<(), Error> {
        let mut balances = Balances::new();
        let mut expected = 1;
        self.each(&LEDGER, |check, seq, entry| {
            if seq != expected {
                check.proof.problem(format!("the ledger has a hole before {seq}"));
            }
            expected = seq.saturating_add(1);
            check.proof.entries += 1;
            for posting in entry.postings() {
                let balance = balances.entry((entry.book(), posting.currency, posting.account)).or_default();
                *balance = balance.saturating_add(posting.amount);
                check.account_exists(&entry, posting.account)?;
            }
            check.expect(entry_rows(seq, &entry)?)?;
            check.sealed(Sort::Entry, &seq.to_string(), &entry)
        })?;
        self.balances(balances)
    }

    fn account_exists(&mut self, entry: &Entry, account: Account) -> Result<(), Error> {
        let who = entry.source().as_str();
        match account {
            Account::Receivable(invoice) | Account::WrittenOff(invoice) | Account::Difference(invoice) => {
                self.refers(who, &INVOICES, &invoice)
            }
            Account::Credit(payment) => self.refers(who, &PAYMENTS, &payment),
            Account::NoteCredit(note) => self.refers(who, &CREDIT_NOTES, &note),
            _ => Ok(()),
        }
    }

    fn balances(&mut self, balances: Balances) -> Result<(), Error> {
        let mut sums: BTreeMap<(Book, Currency), i64> = BTreeMap::new();
        for (key, balance) in balances {
            let sum = sums.entry((key.0, key.1)).or_default();
            *sum = sum.saturating_add(balance);
            let mut rows = Rows::default();
            rows.add(&BALANCES, &key, &balance)?;
            self.expect(rows)?;
        }
        for ((book, currency), sum) in sums {
            if sum != 0 {
                let book = if book.is_test() { "test" } else { "live" };
                self.proof.problem(format!("the {book} ledger in {currency} sums to {sum} instead of 0"));
            }
        }
        Ok(())
    }

    fn document(&mut self, document: &Document) -> Result<(), Error> {
        self.proof.invoices += 1;
        let who = match document {
            Document::Issued(invoice) => format!("invoice {} ({})", invoice.number, invoice.id),
            Document::Draft(_) => format!("draft {}", document.id()),
        };
        self.refers(&who, &CUSTOMERS, &document.content().customer)?;
        self.expect(document_rows(document)?)?;
        let (summary, rows) = self.reader.derived_summary(document)?;
        self.expect(rows)?;
        let Document::Issued(invoice) = document else { return Ok(()) };
        self.sealed(Sort::Invoice, &invoice.id.to_string(), &unchanging(invoice))?;
        if invoice.totals.total != 0 {
            self.booked(&who, bookings::issue(invoice))?;
            if let Some(void) = &invoice.void {
                self.booked(&who, bookings::void(invoice, void.at))?;
            }
        }
        self.credited(invoice)?;
        self.taken_back_once(invoice)?;
        self.not_owed_again(invoice)?;
        self.owed(invoice, &summary.standing);
        Ok(())
    }

    /// What is owed is never negative and never more than the total less what was credited; nothing is owed on a void invoice.
    fn owed(&mut self, invoice: &Invoice, standing: &Standing) {
        let due = standing.due();
        let most = if invoice.void.is_some() { 0 } else { invoice.totals.total - standing.credited };
        if !(0..=most).contains(&standing.owed()) || standing.difference < 0 || due < 0 {
            self.proof.problem(format!("invoice {} ({}) has {due} due of {most}", invoice.number, invoice.id));
        }
    }

    /// That a fact's entry is in the ledger, exactly as the fact makes it; the entry that is there.
    pub(super) fn booked(&mut self, who: &str, entry: Result<Entry, Unbalanced>) -> Result<Option<Entry>, Error> {
        let stored = match &entry {
            Ok(entry) => self.reader.entry_of(entry.source())?,
            Err(_) => None,
        };
        if stored.is_none() || stored != entry.ok() {
            self.proof.problem(format!("{who} is not booked as it is"));
        }
        Ok(stored)
    }

    fn payment(&mut self, id: PaymentId, payment: &Payment) -> Result<(), Error> {
        self.proof.payments += 1;
        self.expect(payment_rows(payment)?)?;
        self.sealed(Sort::Payment, &id.to_string(), payment)?;
        let entry = self.booked(&format!("payment {id}"), bookings::payment(payment, bookings::source_of(payment)))?;
        let invoice = match payment.invoice {
            Some(invoice) => self.reader.invoice(invoice)?,
            None => None,
        };
        self.payment_chain(payment, invoice.as_ref(), entry.as_ref());
        self.not_owed_twice(payment)?;
        self.refunded_at_most(payment)?;
        self.fee_is_invoiced(payment)?;
        let credit = -self.reader.balance(payment.book, payment.amount.currency(), Account::Credit(id))?;
        if !(0..=payment.amount.minor()).contains(&credit) {
            self.proof.problem(format!("payment {id} holds a credit of {credit} of {}", payment.amount.minor()));
        }
        self.receipted(payment, invoice.as_ref())
    }

    /// That somebody was told of a payment through Stripe, if there is an address to write to. What a check held back is
    /// the owner's to explain: then there is a case instead.
    fn receipted(&mut self, payment: &Payment, invoice: Option<&Invoice>) -> Result<(), Error> {
        let Some(invoice) = invoice.filter(|_| payment.method.stripe().is_some()) else { return Ok(()) };
        let id = payment.id;
        let mut told = invoice.buyer.email.is_empty() || self.is_in_review(invoice.id, payment)?;
        for matter in [Matter::Receipt { payment: id }, Matter::CreditReceived { payment: id }] {
            told |= self.reader.letter_about(&matter)?.is_some();
        }
        if !told {
            self.proof.problem(format!("payment {id} has neither a receipt nor a notice of credit"));
        }
        Ok(())
    }

    fn is_in_review(&self, invoice: InvoiceId, payment: &Payment) -> Result<bool, Error> {
        let cases = self.reader.reviews_of_invoice(invoice)?;
        Ok(payment.applied == 0 && cases.iter().any(|case| case.payment == Some(payment.id)))
    }
}
