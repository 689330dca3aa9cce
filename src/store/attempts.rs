//! Checkout attempts: found by invoice, by Stripe's session, and the live one of an invoice.

use jiff::{SignedDuration, Timestamp};

use super::derived::Rows;
use super::error::Error;
use super::table::{Order, Reader, Span};
use super::tables::{ATTEMPT_BY_SESSION, ATTEMPTS, ATTEMPTS_BY_INVOICE, ATTEMPTS_DUE, LIVE_ATTEMPTS};
use super::writer::Writer;
use crate::billing::attempt::Attempt;
use crate::billing::id::{AttemptId, InvoiceId};

/// A session lives a day at most, and is looked at soon after its end.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(26);

impl Reader<'_> {
    pub fn attempt(&self, id: AttemptId) -> Result<Option<Attempt>, Error> {
        self.get(&ATTEMPTS, &id)
    }

    pub fn attempt_by_session(&self, session: &str) -> Result<Option<Attempt>, Error> {
        match self.get(&ATTEMPT_BY_SESSION, &session.to_owned())? {
            Some(id) => self.attempt(id),
            None => Ok(None),
        }
    }

    /// The attempt of an invoice of which money may still come.
    pub fn live_attempt(&self, invoice: InvoiceId) -> Result<Option<Attempt>, Error> {
        match self.get(&LIVE_ATTEMPTS, &invoice)? {
            Some(id) => self.attempt(id),
            None => Ok(None),
        }
    }

    /// Every live attempt, oldest invoice first.
    pub fn live_attempts(&self) -> Result<Vec<Attempt>, Error> {
        let ids = self.all(&LIVE_ATTEMPTS, Span::all(), Order::Ascending)?;
        ids.into_iter().filter_map(|(_, id)| self.attempt(id).transpose()).collect()
    }

    /// Attempts that are to be looked at by now, the longest waiting first.
    pub fn attempts_due(&self, now: Timestamp, limit: usize) -> Result<Vec<Attempt>, Error> {
        let due = self.due(&ATTEMPTS_DUE, now, LONGEST_WAIT, limit)?;
        due.into_iter().filter_map(|id| self.attempt(id).transpose()).collect()
    }

    /// When the next attempt is to be looked at.
    pub fn next_attempt_at(&self) -> Result<Option<Timestamp>, Error> {
        Ok(self.collect(&ATTEMPTS_DUE, Span::all(), Order::Ascending, 1)?.pop().map(|((when, _), ())| when))
    }

    /// An invoice's attempts, newest first.
    pub fn attempts_of_invoice(&self, invoice: InvoiceId, limit: usize) -> Result<Vec<Attempt>, Error> {
        let ids = self.collect(&ATTEMPTS_BY_INVOICE, Span::of(&invoice), Order::Descending, limit)?;
        ids.into_iter().filter_map(|((_, id), ())| self.attempt(id).transpose()).collect()
    }

    /// The newest attempts from behind `after`; one more than `limit` if there are more.
    pub fn attempts(&self, after: Option<AttemptId>, limit: usize) -> Result<Vec<Attempt>, Error> {
        let span = after.map_or_else(Span::all, |id| Span::all().before(&id));
        let rows = self.collect(&ATTEMPTS, span, Order::Descending, limit.saturating_add(1))?;
        Ok(rows.into_iter().map(|(_, attempt)| attempt).collect())
    }
}

pub(super) fn attempt_rows(attempt: &Attempt) -> Result<Rows, Error> {
    let mut rows = Rows::default();
    rows.mark(&ATTEMPTS_BY_INVOICE, &(attempt.invoice, attempt.id))?;
    if let Some(session) = &attempt.session {
        rows.add(&ATTEMPT_BY_SESSION, session, &attempt.id)?;
    }
    if let Some(next_look) = attempt.next_look {
        rows.mark(&ATTEMPTS_DUE, &(next_look, attempt.id))?;
    }
    if attempt.is_live() {
        rows.add(&LIVE_ATTEMPTS, &attempt.invoice, &attempt.id)?;
    }
    Ok(rows)
}

impl Writer<'_> {
    /// Stores an attempt.
    ///
    /// # Errors
    /// Another attempt of the invoice is live: callers look first, so this is a defect that must not be stored.
    pub fn put_attempt(&mut self, attempt: &Attempt) -> Result<(), Error> {
        let other = self.live_attempt(attempt.invoice)?.filter(|live| live.id != attempt.id);
        if attempt.is_live() && other.is_some() {
            return Err(Error::Unsound(format!("the invoice {} would have two live attempts", attempt.invoice)));
        }
        let before = match self.attempt(attempt.id)? {
            Some(stored) => attempt_rows(&stored)?,
            None => Rows::default(),
        };
        self.put(&ATTEMPTS, &attempt.id, attempt)?;
        self.derive(&before, &attempt_rows(attempt)?)?;
        self.touch(attempt.invoice);
        self.wake.attempts = true;
        Ok(())
    }
}
