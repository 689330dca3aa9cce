//! Stripe's side: one account in one mode, and how far it was compared with the books.
//!
//! The rule it keeps: every mark of progress carries the side that it was made on, so that what was seen with a test key,
//! or in another account, never counts as seen in this one. A mark of an older version, which names no side, is nobody's:
//! the next pass looks at everything again.

use jiff::Timestamp;

use super::accounts;
use super::till::Till;
use crate::billing::ledger::Book;
use crate::store::{Error, Reader, Writer};

/// One account at Stripe in one mode, as a key opens it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Side {
    book: Book,
    /// Stripe's id of the account; the key's fingerprint while that is not known, or where the key may not ask.
    account: String,
    key: String,
}

/// What is noted of a side, each with the moment that it was done at or done up to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Events were asked for until then.
    Events,
    /// A short pass ended.
    Short,
    /// A full pass ended, well or not.
    Tried,
    /// A full pass ended without an error.
    Full,
    /// A full pass saw everything that it asked for.
    Clean,
    /// As `Clean`, over five weeks.
    Deep,
}

impl Step {
    const fn name(self) -> &'static str {
        match self {
            Self::Events => "stripe.events",
            Self::Short => "reconcile.short",
            Self::Tried => "reconcile.tried",
            Self::Full => "reconcile.full",
            Self::Clean => "reconcile.clean",
            Self::Deep => "reconcile.deep",
        }
    }
}

impl Side {
    /// The side that a till's key opens, as far as it is known by now.
    ///
    /// # Errors
    /// The store failed.
    pub fn of(r: &Reader<'_>, till: &Till) -> Result<Self, Error> {
        let named = accounts::of_key(r, &till.account)?;
        Ok(Self { book: till.book(), account: named.unwrap_or(till.account.clone()), key: till.account.clone() })
    }

    /// Stripe's id of the account, or else what the key is known by.
    #[must_use]
    pub fn account(&self) -> &str {
        &self.account
    }

    /// The side in words that marks, sources and matters are made of: `live:acct_1`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}:{}", mode(self.book), self.account)
    }

    /// When a step was last done on this side, or up to when.
    ///
    /// # Errors
    /// The store failed.
    pub fn reached(&self, r: &Reader<'_>, step: Step) -> Result<Option<Timestamp>, Error> {
        r.mark(&self.mark(step))
    }

    /// The latest of the book's sides, whichever account it is of.
    pub(super) fn reached_by_any(&self, r: &Reader<'_>, step: Step) -> Result<Option<Timestamp>, Error> {
        let marks = r.marks_under(&format!("{}:{}:", step.name(), mode(self.book)))?;
        Ok(marks.into_iter().map(|(_, at)| at).max())
    }

    pub(super) fn reach(&self, w: &mut Writer<'_>, step: Step, at: Timestamp) -> Result<(), Error> {
        w.put_mark(&self.mark(step), at)
    }

    /// Whether a key (by its fingerprint) opens the same account, so that what it made is found with this one too; `None`
    /// if Stripe has not said so of both. Of its mode this says nothing.
    ///
    /// # Errors
    /// The store failed.
    pub fn is_opened_by(&self, r: &Reader<'_>, key: &str) -> Result<Option<bool>, Error> {
        if key == self.key {
            return Ok(Some(true));
        }
        let (own, theirs) = (accounts::of_key(r, &self.key)?, accounts::of_key(r, key)?);
        Ok(own.zip(theirs).map(|(own, theirs)| own == theirs))
    }

    fn mark(&self, step: Step) -> String {
        format!("{}:{}", step.name(), self.name())
    }
}

fn mode(book: Book) -> &'static str {
    if book.is_test() { "test" } else { "live" }
}
