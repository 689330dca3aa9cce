//! The review queue.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use super::derived::Rows;
use super::error::Error;
use super::journal::Sort;
use super::table::{Order, Reader, Span};
use super::tables::{REVIEW_BY_MATTER, REVIEWS, REVIEWS_BY_INVOICE, REVIEWS_OPEN};
use super::writer::Writer;
use crate::billing::id::{InvoiceId, ReviewId};
use crate::billing::ledger::Account;
use crate::billing::payment::Payment;
use crate::billing::review::Review;

/// Open cases that are looked through for those of a payment without an invoice: more than anybody can leave undecided.
const OPEN_MAX: usize = 100_000;

impl Reader<'_> {
    pub fn review(&self, id: ReviewId) -> Result<Option<Review>, Error> {
        self.get(&REVIEWS, &id)
    }

    /// The case that was opened for a matter, open or not.
    pub fn review_of_matter(&self, dedupe: &str) -> Result<Option<Review>, Error> {
        match self.get(&REVIEW_BY_MATTER, &dedupe.to_owned())? {
            Some(id) => self.review(id),
            None => Ok(None),
        }
    }

    /// The newest cases, all or only those open or resolved, from behind `after`; one more than `limit` if there are
    /// more.
    pub fn reviews(&self, open: Option<bool>, after: Option<ReviewId>, limit: usize) -> Result<Vec<Review>, Error> {
        let span = after.map_or_else(Span::all, |id| Span::all().before(&id));
        let wanted = limit.saturating_add(1);
        if open == Some(true) {
            let ids = self.collect(&REVIEWS_OPEN, span, Order::Descending, wanted)?;
            return ids.into_iter().filter_map(|(id, ())| self.review(id).transpose()).collect();
        }
        let mut found = Vec::new();
        self.walk(&REVIEWS, span, Order::Descending, |_, review| {
            if open.is_none_or(|open| review.is_open() == open) {
                found.push(review);
            }
            Ok(if found.len() < wanted { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        })?;
        Ok(found)
    }

    /// An invoice's cases, newest first.
    pub fn reviews_of_invoice(&self, invoice: InvoiceId) -> Result<Vec<Review>, Error> {
        let ids = self.all(&REVIEWS_BY_INVOICE, Span::of(&invoice), Order::Descending)?;
        ids.into_iter().filter_map(|((_, id), ())| self.review(id).transpose()).collect()
    }

    pub fn has_open_review(&self, invoice: InvoiceId) -> Result<bool, Error> {
        Ok(self.reviews_of_invoice(invoice)?.iter().any(Review::is_open))
    }

    /// Whether an open case about this invoice holds money that has not been applied: it came for the invoice, and what
    /// becomes of it is a person's to decide.
    pub fn holds_money(&self, invoice: InvoiceId) -> Result<bool, Error> {
        for review in self.reviews_of_invoice(invoice)?.iter().filter(|review| review.is_open()) {
            let Some(payment) = review.payment.map(|id| self.payment(id)).transpose()?.flatten() else { continue };
            if self.balance(payment.book, payment.amount.currency(), Account::Credit(payment.id))? != 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The open cases about a payment, newest first.
    pub fn open_reviews_of_payment(&self, payment: &Payment) -> Result<Vec<Review>, Error> {
        let mut cases = match payment.invoice {
            Some(invoice) => self.reviews_of_invoice(invoice)?,
            None => self.reviews(Some(true), None, OPEN_MAX)?,
        };
        cases.retain(|case| case.is_open() && case.payment == Some(payment.id));
        Ok(cases)
    }

    /// Whether a person must still decide about a payment, or about the part of it that its invoice did not need.
    pub fn is_undecided(&self, payment: &Payment) -> Result<bool, Error> {
        if payment.applied >= payment.amount.minor() {
            return Ok(false);
        }
        Ok(!self.open_reviews_of_payment(payment)?.is_empty())
    }

    /// The newest open cases by what they are about, whatever the figure and however often it came up.
    pub fn open_matters(&self, limit: usize) -> Result<BTreeMap<String, Vec<ReviewId>>, Error> {
        let mut matters: BTreeMap<String, Vec<ReviewId>> = BTreeMap::new();
        for review in self.reviews(Some(true), None, limit)? {
            let plain = review.dedupe.split(['=', '#']).next().unwrap_or_default();
            matters.entry(plain.to_owned()).or_default().push(review.id);
        }
        Ok(matters)
    }

    pub fn count_open_reviews(&self) -> Result<u64, Error> {
        self.count(&REVIEWS_OPEN, Span::all())
    }
}

pub(super) fn review_rows(review: &Review) -> Result<Rows, Error> {
    let mut rows = Rows::default();
    rows.add(&REVIEW_BY_MATTER, &review.dedupe, &review.id)?;
    if let Some(invoice) = review.invoice {
        rows.mark(&REVIEWS_BY_INVOICE, &(invoice, review.id))?;
    }
    if review.is_open() {
        rows.mark(&REVIEWS_OPEN, &review.id)?;
    }
    Ok(rows)
}

impl Writer<'_> {
    /// Stores a case.
    ///
    /// # Errors
    /// A decision would be changed otherwise than by taking it back, or another case has its matter: a defect that must
    /// not be stored.
    pub fn put_review(&mut self, review: &Review) -> Result<(), Error> {
        let stored = self.review(review.id)?;
        let known = stored.as_ref().map_or(&[][..], |stored| &stored.undone);
        let decided = stored.as_ref().and_then(|stored| stored.resolved.as_ref());
        let taken_back = review.undone.strip_prefix(known).unwrap_or_default();
        let is_sound = match (decided, taken_back) {
            (None, []) => review.undone.len() == known.len(),
            (Some(decided), [undone]) => undone.decision == *decided && review.is_open(),
            _ => false,
        };
        if !is_sound {
            return Err(Error::Unsound(format!("what was decided in the case {} would be changed", review.id)));
        }
        let before = stored.as_ref().map(review_rows).transpose()?.unwrap_or_default();
        // It is sealed next, below.
        let next = self.journal_head()?.map_or(1, |(seq, _)| seq.saturating_add(1));
        let review = &Review { place: review.resolved.is_some().then_some(next), ..review.clone() };
        self.put(&REVIEWS, &review.id, review)?;
        self.derive(&before, &review_rows(review)?)?;
        if let Some(invoice) = review.invoice {
            self.touch(invoice);
        }
        let name = review.name_of_decision(review.decisions());
        match (&review.resolved, review.undone.last()) {
            (Some(resolution), _) => self.seal(Sort::Resolution, name, resolution),
            (None, Some(undone)) if decided.is_some() => self.seal(Sort::Undone, name, undone),
            _ => Ok(()),
        }
    }
}
