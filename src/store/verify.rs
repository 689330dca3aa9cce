//! Proof that the stored data is whole: the journal's chain, the ledger's sums, and every derived row rebuilt.
//!
//! It reads one snapshot and changes nothing. What it finds are sentences for a person.

use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::attempts::attempt_rows;
use super::derived::Rows;
use super::error::Error;
use super::inbox::event_rows;
use super::invoices::unchanging;
use super::journal::{Sealed, Sort, hex};
use super::key::Key;
use super::outbox::letter_rows;
use super::payments::payment_rows;
use super::reviews::review_rows;
use super::table::{Order, Raw, Reader, Span};
use super::tables::{
    ATTEMPT_BY_SESSION, ATTEMPTS, ATTEMPTS_BY_INVOICE, ATTEMPTS_DUE, BALANCES, INBOX, INBOX_BY_TIME, INBOX_PENDING,
    INVOICE_BY_LINK, INVOICE_BY_NUMBER, INVOICES, INVOICES_BY_CUSTOMER, INVOICES_BY_DUE, INVOICES_BY_STATUS,
    INVOICES_IN_REVIEW, JOURNAL, LEDGER, LEDGER_BY_INVOICE, LEDGER_BY_SOURCE, LIVE_ATTEMPTS, LOG, OUTBOX,
    OUTBOX_BY_MATTER, OUTBOX_DUE, OUTBOX_FAILED, PAYMENT_BY_INTENT, PAYMENTS, PAYMENTS_BY_CUSTOMER,
    PAYMENTS_BY_INVOICE, REVIEW_BY_MATTER, REVIEWS, REVIEWS_BY_INVOICE, REVIEWS_OPEN, SUMMARIES,
};
use crate::billing::currency::Currency;
use crate::billing::id::InvoiceId;
use crate::billing::invoice::{Document, Invoice};
use crate::billing::ledger::{Account, Book};
use crate::billing::letter::Matter;
use crate::billing::log::LogLine;

/// Sentences that one proof lists: enough to see what kind of damage it is.
const PROBLEMS_MAX: usize = 200;

/// What was counted and what is broken.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Proof {
    pub invoices: u64,
    pub payments: u64,
    pub entries: u64,
    pub seals: u64,
    /// The latest hash of the journal: keep it to prove later that nothing before it was changed.
    pub journal_head: String,
    pub problems: Vec<String>,
}

impl Proof {
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.problems.is_empty()
    }

    fn problem(&mut self, words: String) {
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push(words);
        }
    }
}

/// Every invariant of one moment's data.
///
/// # Errors
/// The store cannot be read at all.
pub fn prove(reader: Reader<'_>) -> Result<Proof, Error> {
    let mut check = Check { reader, proof: Proof::default(), sealed: HashMap::new(), derived: BTreeMap::new() };
    check.journal()?;
    check.ledger()?;
    check.invoices()?;
    check.payments()?;
    check.log()?;
    check.rest()?;
    check.derived_tables()?;
    check.sealed_facts_exist();
    Ok(check.proof)
}

struct Check<'r> {
    reader: Reader<'r>,
    proof: Proof,
    /// Digests of facts that the journal holds and that no stored fact has claimed yet.
    sealed: HashMap<(Sort, String), String>,
    /// How many rows each derived table should have.
    derived: BTreeMap<&'static str, u64>,
}

impl Check<'_> {
    fn journal(&mut self) -> Result<(), Error> {
        let (mut expected, mut previous) = (1, Sealed::origin());
        let (proof, sealed) = (&mut self.proof, &mut self.sealed);
        self.reader.walk(&JOURNAL, Span::all(), Order::Ascending, |seq, seal| {
            if seq != expected || !seal.follows(&previous, seq) {
                proof.problem(format!("the journal's chain is broken at {seq}"));
            }
            expected = seq + 1;
            proof.seals += 1;
            previous.clone_from(&seal.hash);
            sealed.insert((seal.kind, seal.key), seal.digest);
            Ok(ControlFlow::Continue(()))
        })?;
        self.proof.journal_head = previous;
        Ok(())
    }

    /// That the fact is sealed as it is stored.
    fn sealed<V: Serialize>(&mut self, kind: Sort, key: String, fact: &V) {
        let digest = serde_json::to_vec(fact).map(|bytes| hex(&Sha256::digest(bytes))).unwrap_or_default();
        let words = format!("{kind:?} {key}").to_lowercase();
        match self.sealed.remove(&(kind, key)) {
            Some(sealed) if sealed == digest => {}
            Some(_) => self.proof.problem(format!("{words} is not what the journal sealed")),
            None => self.proof.problem(format!("{words} is not in the journal")),
        }
    }

    fn sealed_facts_exist(&mut self) {
        let lost: Vec<_> = self.sealed.keys().map(|(kind, key)| format!("{kind:?} {key}").to_lowercase()).collect();
        for words in lost {
            self.proof.problem(format!("{words} is in the journal and nowhere else"));
        }
    }

    fn ledger(&mut self) -> Result<(), Error> {
        let mut balances: BTreeMap<(Book, Currency, Account), i64> = BTreeMap::new();
        let mut expected = 1;
        for (seq, entry) in self.reader.collect(&LEDGER, Span::all(), Order::Ascending, usize::MAX)? {
            if seq != expected {
                self.proof.problem(format!("the ledger has a hole before {seq}"));
            }
            expected = seq + 1;
            self.proof.entries += 1;
            let mut rows = Rows::default();
            rows.add(&LEDGER_BY_SOURCE, &entry.source().as_str().to_owned(), &seq)?;
            for posting in entry.postings() {
                let balance = balances.entry((entry.book(), posting.currency, posting.account)).or_default();
                *balance = balance.saturating_add(posting.amount);
                if let Some(invoice) = posting.account.invoice() {
                    let row = (invoice, seq);
                    if !rows.0.iter().any(|known| known.table == LEDGER_BY_INVOICE.name && known.key == row.to_bytes())
                    {
                        rows.mark(&LEDGER_BY_INVOICE, &row)?;
                    }
                }
            }
            self.expect(rows)?;
            self.sealed(Sort::Entry, seq.to_string(), &entry);
        }
        self.balances(balances)
    }

    fn balances(&mut self, balances: BTreeMap<(Book, Currency, Account), i64>) -> Result<(), Error> {
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
                self.proof.problem(format!("the {book:?} ledger in {currency} sums to {sum} instead of 0"));
            }
        }
        Ok(())
    }

    fn invoices(&mut self) -> Result<(), Error> {
        for (id, document) in self.reader.collect(&INVOICES, Span::all(), Order::Ascending, usize::MAX)? {
            self.proof.invoices += 1;
            self.expect(self.reader.document_rows(&document)?)?;
            self.expect(self.reader.derived_summary(&document)?.1)?;
            if let Document::Issued(invoice) = &document {
                self.sealed(Sort::Invoice, id.to_string(), &unchanging(invoice));
                self.owed(invoice)?;
            }
        }
        Ok(())
    }

    /// What is owed is never negative and never more than the total; nothing is owed on a void invoice.
    fn owed(&mut self, invoice: &Invoice) -> Result<(), Error> {
        let due = self.reader.standing(invoice)?.due();
        let most = if invoice.void.is_some() { 0 } else { invoice.totals.total };
        if !(0..=most).contains(&due) {
            self.proof.problem(format!("invoice {} has {due} due of {most}", invoice.number));
        }
        Ok(())
    }

    fn payments(&mut self) -> Result<(), Error> {
        for (id, payment) in self.reader.collect(&PAYMENTS, Span::all(), Order::Ascending, usize::MAX)? {
            self.proof.payments += 1;
            self.expect(payment_rows(&payment)?)?;
            self.sealed(Sort::Payment, id.to_string(), &payment);
            let credit = -self.reader.balance(payment.book, payment.amount.currency(), Account::Credit(id))?;
            if !(0..=payment.amount.minor()).contains(&credit) {
                self.proof.problem(format!("payment {id} holds a credit of {credit} of {}", payment.amount.minor()));
            }
            let told = [Matter::Receipt { payment: id }, Matter::CreditReceived { payment: id }];
            let mut owed = payment.invoice.is_none();
            for matter in &told {
                owed |= self.reader.letter_about(matter)?.is_some();
            }
            let silent = payment.method.stripe().is_none();
            if !owed && !silent && self.has_address(payment.invoice)? {
                self.proof.problem(format!("payment {id} has neither a receipt nor a notice of credit"));
            }
        }
        Ok(())
    }

    /// Nobody can be written to whose address is not known.
    fn has_address(&self, invoice: Option<InvoiceId>) -> Result<bool, Error> {
        let Some(id) = invoice else { return Ok(false) };
        Ok(self.reader.invoice(id)?.is_some_and(|invoice| !invoice.buyer.email.is_empty()))
    }

    fn log(&mut self) -> Result<(), Error> {
        let mut lines: Vec<(InvoiceId, u64, LogLine)> = Vec::new();
        self.reader.walk(&LOG, Span::all(), Order::Ascending, |(invoice, seq), line| {
            lines.push((invoice, seq, line));
            Ok(ControlFlow::Continue(()))
        })?;
        for (invoice, seq, line) in lines {
            self.sealed(Sort::Line, format!("{invoice}:{seq}"), &line);
        }
        Ok(())
    }

    fn rest(&mut self) -> Result<(), Error> {
        for (_, attempt) in self.reader.collect(&ATTEMPTS, Span::all(), Order::Ascending, usize::MAX)? {
            self.expect(attempt_rows(&attempt)?)?;
        }
        for (id, review) in self.reader.collect(&REVIEWS, Span::all(), Order::Ascending, usize::MAX)? {
            self.expect(review_rows(&review)?)?;
            if let Some(resolution) = &review.resolved {
                self.sealed(Sort::Resolution, id.to_string(), resolution);
            }
        }
        for (_, letter) in self.reader.collect(&OUTBOX, Span::all(), Order::Ascending, usize::MAX)? {
            self.expect(letter_rows(&letter)?)?;
        }
        for (_, event) in self.reader.collect(&INBOX, Span::all(), Order::Ascending, usize::MAX)? {
            self.expect(event_rows(&event)?)?;
        }
        Ok(())
    }

    /// That each of these rows is there with this value.
    fn expect(&mut self, rows: Rows) -> Result<(), Error> {
        for row in rows.0 {
            *self.derived.entry(row.table).or_default() += 1;
            if self.reader.get_raw(Raw::new(row.table), &row.key)?.as_ref() != Some(&row.value) {
                self.proof.problem(format!("a row of {} is not what the facts say", row.table));
            }
        }
        Ok(())
    }

    /// That no derived table has a row too many.
    fn derived_tables(&mut self) -> Result<(), Error> {
        for table in DERIVED {
            let mut rows = 0_u64;
            self.reader.walk_raw(Raw::new(table), Span::all(), Order::Ascending, |_, _| {
                rows += 1;
                Ok(ControlFlow::Continue(()))
            })?;
            let expected = self.derived.get(table).copied().unwrap_or(0);
            if rows != expected {
                self.proof.problem(format!("{table} has {rows} rows where the facts make {expected}"));
            }
        }
        Ok(())
    }
}

/// Every table that is rebuilt here.
const DERIVED: [&str; 25] = [
    BALANCES.name,
    LEDGER_BY_SOURCE.name,
    LEDGER_BY_INVOICE.name,
    SUMMARIES.name,
    INVOICES_BY_STATUS.name,
    INVOICES_BY_DUE.name,
    INVOICES_BY_CUSTOMER.name,
    INVOICES_IN_REVIEW.name,
    INVOICE_BY_NUMBER.name,
    INVOICE_BY_LINK.name,
    ATTEMPTS_BY_INVOICE.name,
    ATTEMPT_BY_SESSION.name,
    ATTEMPTS_DUE.name,
    LIVE_ATTEMPTS.name,
    PAYMENTS_BY_INVOICE.name,
    PAYMENTS_BY_CUSTOMER.name,
    PAYMENT_BY_INTENT.name,
    REVIEWS_OPEN.name,
    REVIEWS_BY_INVOICE.name,
    REVIEW_BY_MATTER.name,
    OUTBOX_DUE.name,
    OUTBOX_BY_MATTER.name,
    OUTBOX_FAILED.name,
    INBOX_PENDING.name,
    INBOX_BY_TIME.name,
];
