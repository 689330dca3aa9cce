//! Drafts and issued invoices, and the summary of each that lists are made of.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::derived::Rows;
use super::error::Error;
use super::journal::Sort;
use super::key::Key;
use super::register::{Given, Numbered};
use super::table::{Order, Reader, Span};
use super::tables::{
    CUSTOMERS, INVOICE_BY_LINK, INVOICE_BY_NUMBER, INVOICES, INVOICES_BY_CUSTOMER, INVOICES_BY_DUE, INVOICES_BY_STATUS,
    INVOICES_IN_REVIEW, SUMMARIES,
};
use super::writer::Writer;
use crate::billing::currency::Currency;
use crate::billing::dispute::Dispute;
use crate::billing::id::{CustomerId, InvoiceId};
use crate::billing::invoice::{Document, Invoice, PublicLink};
use crate::billing::ledger::{Account, Book};
use crate::billing::money::Money;
use crate::billing::payment::Payment;
use crate::billing::sought;
use crate::billing::standing::{self, Standing, Status};

/// What a list shows of an invoice: derived, and kept so that a list of ten thousand is quick.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    pub status: Status,
    pub number: Option<String>,
    pub customer: CustomerId,
    pub customer_name: String,
    pub currency: Currency,
    pub total: i64,
    pub issue_date: Option<Date>,
    /// When the earliest unpaid part is due; when the last one was, if all is paid.
    pub due_date: Option<Date>,
    pub created_at: Timestamp,
    pub test: bool,
    pub reference: String,
    pub standing: Standing,
}

/// Which invoices a list shows.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub status: Option<Status>,
    /// Only open ones that were due before this day.
    pub due_before: Option<Date>,
    pub customer: Option<CustomerId>,
    pub needs_review: bool,
    /// Words of a search, each of which must be found in number, customer, address, reference, date or total.
    pub words: Vec<String>,
}

impl Reader<'_> {
    pub fn document(&self, id: InvoiceId) -> Result<Option<Document>, Error> {
        self.get(&INVOICES, &id)
    }

    /// The issued invoice; `None` also for a draft.
    pub fn invoice(&self, id: InvoiceId) -> Result<Option<Invoice>, Error> {
        Ok(match self.document(id)? {
            Some(Document::Issued(invoice)) => Some(*invoice),
            _ => None,
        })
    }

    pub fn summary(&self, id: InvoiceId) -> Result<Option<Summary>, Error> {
        self.get(&SUMMARIES, &id)
    }

    /// The invoice that a public link opens.
    pub fn invoice_by_link(&self, token: &str) -> Result<Option<Invoice>, Error> {
        if token.len() != PublicLink::CHARACTERS {
            return Ok(None);
        }
        match self.get(&INVOICE_BY_LINK, &token.to_owned())? {
            Some(id) => self.invoice(id),
            None => Ok(None),
        }
    }

    pub fn invoice_by_number(&self, number: &str) -> Result<Option<InvoiceId>, Error> {
        self.get(&INVOICE_BY_NUMBER, &number.to_owned())
    }

    /// The newest invoices that pass the filter, from behind `after`; one more than `limit` if there are more.
    ///
    /// Looks at every summary of the customer or status if need be, which takes some microseconds each: a list that
    /// gave up earlier would say that there are no more.
    pub fn invoices(
        &self,
        filter: &Filter,
        after: Option<InvoiceId>,
        limit: usize,
    ) -> Result<Vec<(InvoiceId, Summary)>, Error> {
        let by_address = self.customers_by_address(&filter.words)?;
        let mut found = Vec::new();
        let mut visit = |id: InvoiceId, summary: Summary| {
            if filter.passes(&summary, &by_address) {
                found.push((id, summary));
            }
            if found.len() > limit { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        if let Some(customer) = filter.customer {
            let span = behind(Span::of(&customer), after.map(|id| (customer, id)).as_ref());
            self.walk(&INVOICES_BY_CUSTOMER, span, Order::Descending, |(_, id), ()| self.visit_one(id, &mut visit))?;
        } else if let Some(status) = filter.only_status() {
            let span = behind(Span::of(&rank(status)), after.map(|id| (rank(status), id)).as_ref());
            self.walk(&INVOICES_BY_STATUS, span, Order::Descending, |(_, id), ()| self.visit_one(id, &mut visit))?;
        } else if filter.needs_review {
            let span = behind(Span::all(), after.as_ref());
            self.walk(&INVOICES_IN_REVIEW, span, Order::Descending, |id, ()| self.visit_one(id, &mut visit))?;
        } else {
            let span = behind(Span::all(), after.as_ref());
            self.walk(&SUMMARIES, span, Order::Descending, |id, summary| Ok(visit(id, summary)))?;
        }
        Ok(found)
    }

    fn visit_one(
        &self,
        id: InvoiceId,
        visit: &mut impl FnMut(InvoiceId, Summary) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, Error> {
        let summary = self.summary(id)?.ok_or(SUMMARIES.unreadable())?;
        Ok(visit(id, summary))
    }

    pub fn count_by_status(&self, status: Status) -> Result<u64, Error> {
        self.count(&INVOICES_BY_STATUS, Span::of(&rank(status)))
    }

    /// Whether an invoice was ever issued.
    pub fn has_issued(&self) -> Result<bool, Error> {
        for status in [Status::Open, Status::Paid, Status::Uncollectible, Status::Void] {
            if self.count_by_status(status)? > 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Open invoices that were due before `today`.
    pub fn count_overdue(&self, today: Date) -> Result<u64, Error> {
        self.count(&INVOICES_BY_DUE, Span::all().before(&today))
    }

    /// Open invoices that were due before `today`, longest overdue first.
    pub fn overdue(&self, today: Date, limit: usize) -> Result<Vec<InvoiceId>, Error> {
        let rows = self.collect(&INVOICES_BY_DUE, Span::all().before(&today), Order::Ascending, limit)?;
        Ok(rows.into_iter().map(|((_, id), ())| id).collect())
    }

    /// Whether anything is owed on any invoice of this book and currency.
    pub fn is_owed_anything(&self, book: Book, currency: Currency) -> Result<bool, Error> {
        let mut found = false;
        for status in [Status::Open, Status::Uncollectible] {
            let mut look = |_, summary: Summary| {
                found |= summary.currency == currency && summary.test == book.is_test();
                if found { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            };
            let span = Span::of(&rank(status));
            self.walk(&INVOICES_BY_STATUS, span, Order::Descending, |(_, id), ()| self.visit_one(id, &mut look))?;
        }
        Ok(found)
    }

    pub fn count_in_review(&self) -> Result<u64, Error> {
        self.count(&INVOICES_IN_REVIEW, Span::all())
    }

    /// Where an issued invoice stands, from the ledger and what else is known at this moment.
    pub fn standing(&self, invoice: &Invoice) -> Result<Standing, Error> {
        let balance = |account| self.balance(invoice.book, invoice.content.currency, account);
        let mut standing = Standing {
            receivable: balance(Account::Receivable(invoice.id))?,
            written_off: balance(Account::WrittenOff(invoice.id))?,
            difference: balance(Account::Difference(invoice.id))?,
            processing: self.live_attempt(invoice.id)?.is_some_and(|attempt| attempt.is_processing()),
            disputed: self.disputes_of_invoice(invoice.id)?.iter().any(Dispute::is_open),
            needs_review: self.has_open_review(invoice.id)?,
            ..Standing::default()
        };
        let comparable =
            |payment: &Payment| (payment.book, payment.amount.currency()) == (invoice.book, invoice.content.currency);
        // Money in another currency is credit too, but not a number that could be added here.
        for payment in self.payments_of_invoice(invoice.id)?.into_iter().filter(comparable) {
            standing.credit -= self.balance(payment.book, payment.amount.currency(), Account::Credit(payment.id))?;
        }
        for note in self.credit_notes_of_invoice(invoice.id)? {
            standing.credited = standing.credited.saturating_add(note.totals.total);
        }
        for refund in self.refunds_of_invoice(invoice.id)? {
            standing.refunded += refund.returned_to(invoice.id);
        }
        let mut owed = 0_i64;
        for entry in self.entries_of_invoice(invoice.id)? {
            let (receivable, given_up) =
                (entry.on(Account::Receivable(invoice.id)), entry.on(Account::WrittenOff(invoice.id)));
            owed += receivable + given_up;
            if entry.source().pays() {
                standing.paid -= receivable;
            }
            if owed == 0 && invoice.void.is_none() {
                // Stripe counts whole seconds, and a deposit comes before its invoice: nothing is paid before it is issued.
                standing.paid_at.get_or_insert(entry.at().max(invoice.issued_at));
            } else {
                standing.paid_at = None;
            }
        }
        if invoice.totals.total == 0 && invoice.void.is_none() {
            standing.paid_at = Some(invoice.issued_at);
        }
        Ok(standing)
    }

    fn summarise(&self, document: &Document) -> Result<Summary, Error> {
        let standing = match document {
            Document::Draft(_) => Standing::default(),
            Document::Issued(invoice) => self.standing(invoice)?,
        };
        let content = document.content();
        let invoice = document.issued();
        let customer_name = match invoice {
            Some(invoice) => invoice.buyer.name.clone(),
            None => self.get(&CUSTOMERS, &content.customer)?.map(|customer| customer.party.name).unwrap_or_default(),
        };
        Ok(Summary {
            status: standing::status(document, &standing),
            number: invoice.map(|invoice| invoice.number.clone()),
            customer: content.customer,
            customer_name,
            currency: content.currency,
            total: document.totals().total,
            issue_date: invoice.map(|invoice| invoice.issue_date),
            due_date: invoice.map(|invoice| invoice.next_due(&standing)),
            created_at: document.created_at(),
            test: invoice.is_some_and(|invoice| invoice.book.is_test()),
            reference: content.reference.clone(),
            standing,
        })
    }

    pub(super) fn derived_summary(&self, document: &Document) -> Result<(Summary, Rows), Error> {
        let summary = self.summarise(document)?;
        let rows = summary_rows(document.id(), &summary)?;
        Ok((summary, rows))
    }
}

/// The rows that follow from a document, for `put` and `verify`.
pub(super) fn document_rows(document: &Document) -> Result<Rows, Error> {
    let mut rows = Rows::default();
    rows.mark(&INVOICES_BY_CUSTOMER, &(document.content().customer, document.id()))?;
    if let Document::Issued(invoice) = document {
        rows.add(&INVOICE_BY_NUMBER, &invoice.number, &invoice.id)?;
        rows.add(&INVOICE_BY_LINK, &invoice.link.token().to_owned(), &invoice.id)?;
    }
    Ok(rows)
}

fn summary_rows(id: InvoiceId, summary: &Summary) -> Result<Rows, Error> {
    let mut rows = Rows::default();
    rows.add(&SUMMARIES, &id, summary)?;
    rows.mark(&INVOICES_BY_STATUS, &(rank(summary.status), id))?;
    if let (Status::Open, Some(due)) = (summary.status, summary.due_date) {
        rows.mark(&INVOICES_BY_DUE, &(due, id))?;
    }
    if summary.standing.needs_review {
        rows.mark(&INVOICES_IN_REVIEW, &id)?;
    }
    Ok(rows)
}

/// What of the span comes behind a key, in descending order.
fn behind(span: Span, key: Option<&impl Key>) -> Span {
    match key {
        Some(key) => span.before(key),
        None => span,
    }
}

/// The byte under which invoices of a status stand together; never changes its meaning.
fn rank(status: Status) -> u8 {
    match status {
        Status::Draft => 0,
        Status::Open => 1,
        Status::Paid => 2,
        Status::Void => 3,
        Status::Uncollectible => 4,
    }
}

impl Filter {
    /// The status that whatever passes has, if there is only one.
    fn only_status(&self) -> Option<Status> {
        self.status.or(self.due_before.map(|_| Status::Open))
    }

    /// `by_address`: for each word, the customers whose address has it.
    fn passes(&self, summary: &Summary, by_address: &[BTreeSet<CustomerId>]) -> bool {
        self.only_status().is_none_or(|status| summary.status == status)
            && (self.due_before.is_none() || summary.status == Status::Open)
            && self.due_before.is_none_or(|day| summary.due_date.is_some_and(|due| due < day))
            && (!self.needs_review || summary.standing.needs_review)
            && self
                .words
                .iter()
                .zip(by_address)
                .all(|(word, ids)| ids.contains(&summary.customer) || summary.mentions(word))
    }
}

impl Summary {
    fn mentions(&self, word: &str) -> bool {
        let holds = |text: &str| sought::holds(text, word);
        self.number.as_deref().is_some_and(holds)
            || holds(&self.customer_name)
            || holds(&self.reference)
            || self.due_date.is_some_and(|date| date.to_string().starts_with(word))
            || self.issue_date.is_some_and(|date| date.to_string().starts_with(word))
            || Money::new(self.total, self.currency).is_ok_and(|total| sought::amount(total, word))
    }
}

impl Writer<'_> {
    /// Stores a document under its id.
    ///
    /// # Errors
    /// It would change what an issued invoice says, or its number or link is another's: a defect that must not be
    /// stored.
    pub fn put_document(&mut self, document: &Document) -> Result<(), Error> {
        let id = document.id();
        let stored = self.document(id)?;
        if let (None | Some(Document::Draft(_)), Document::Issued(invoice)) = (&stored, document) {
            self.given.push(Given { number: invoice.number.clone(), to: Numbered::Invoice(id), at: invoice.issued_at });
        }
        let before = match stored {
            Some(stored) if !may_become(&stored, document) => {
                return Err(Error::Unsound(format!("the issued invoice {id} would be changed")));
            }
            Some(stored) => document_rows(&stored)?,
            None => Rows::default(),
        };
        let after = document_rows(document)?;
        self.put(&INVOICES, &id, document)?;
        self.derive(&before, &after)?;
        self.touch(id);
        Ok(())
    }

    /// Seals what of an issued invoice can never change.
    pub fn seal_invoice(&mut self, invoice: &Invoice) -> Result<(), Error> {
        self.seal(Sort::Invoice, invoice.id.to_string(), &unchanging(invoice))
    }

    /// Forgets a draft. An issued invoice is never removed.
    pub fn remove_draft(&mut self, id: InvoiceId) -> Result<(), Error> {
        let Some(document @ Document::Draft(_)) = self.document(id)? else { return Ok(()) };
        let mut rows = document_rows(&document)?;
        if let Some(summary) = self.summary(id)? {
            rows.0.extend(summary_rows(id, &summary)?.0);
        }
        self.remove(&INVOICES, &id)?;
        self.derive(&rows, &Rows::default())
    }

    /// Derives an invoice's summary and its place in the lists; called before each commit that touched it.
    pub(super) fn derive_summary(&mut self, id: InvoiceId) -> Result<(), Error> {
        let Some(document) = self.document(id)? else { return Ok(()) };
        let before = match self.summary(id)? {
            Some(summary) => summary_rows(id, &summary)?,
            None => Rows::default(),
        };
        let (_, after) = self.derived_summary(&document)?;
        self.derive(&before, &after)
    }
}

/// Whether the one document may take the other's place.
fn may_become(stored: &Document, next: &Document) -> bool {
    match (stored, next) {
        (Document::Draft(_), _) => true,
        (Document::Issued(_), Document::Draft(_)) => false,
        (Document::Issued(stored), Document::Issued(next)) => unchanging(stored) == unchanging(next),
    }
}

/// The invoice without what may change after issue: its link, and whether it was voided.
pub(super) fn unchanging(invoice: &Invoice) -> Invoice {
    Invoice { void: None, link: PublicLink::from_entropy(0), ..invoice.clone() }
}
