//! The review queue.

use std::collections::HashSet;
use std::ops::ControlFlow;

use super::derived::Rows;
use super::error::Error;
use super::journal::Sort;
use super::table::{Order, Reader, Span};
use super::tables::{REVIEW_BY_MATTER, REVIEWS, REVIEWS_BY_INVOICE, REVIEWS_OPEN};
use super::writer::Writer;
use crate::billing::id::{InvoiceId, ReviewId};
use crate::billing::ledger::Account;
use crate::billing::review::Review;

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
        let ids = self.collect(&REVIEWS_BY_INVOICE, Span::of(&invoice), Order::Descending, usize::MAX)?;
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

    /// The keys of the newest open cases, without the number of how often the matter came up.
    pub fn open_matters(&self, limit: usize) -> Result<HashSet<String>, Error> {
        let open = self.reviews(Some(true), None, limit)?;
        let plain = |review: Review| review.dedupe.split('#').next().unwrap_or_default().to_owned();
        Ok(open.into_iter().map(plain).collect())
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
    /// It was decided, or another case has its matter: a defect that must not be stored.
    pub fn put_review(&mut self, review: &Review) -> Result<(), Error> {
        let before = match self.review(review.id)? {
            Some(stored) if !stored.is_open() => {
                return Err(Error::Unsound(format!("the decided case {} would be changed", review.id)));
            }
            Some(stored) => review_rows(&stored)?,
            None => Rows::default(),
        };
        self.put(&REVIEWS, &review.id, review)?;
        self.derive(&before, &review_rows(review)?)?;
        if let Some(invoice) = review.invoice {
            self.touch(invoice);
        }
        match &review.resolved {
            Some(resolution) => self.seal(Sort::Resolution, review.id.to_string(), resolution),
            None => Ok(()),
        }
    }
}
