//! Books that were put back from an older copy are behind what has happened, until they have been compared with Stripe.
//!
//! The rule it keeps: whoever puts an older copy in place, or notices one, notes it in the books themselves, so that it
//! goes where they go; and only a full comparison that came to its end takes the note away, for the book that it was of:
//! what Stripe has in test mode says nothing of the live payments that a copy lacks. How they are compared is for
//! `payments`, and what waits until then for `app`.
//!
//! Whether the numbers are known that were given since is another question, with a note of its own for each series: the list
//! beside the data knows all of them. Where it was lost too, only the owner knows: Stripe has seen no invoice that nobody
//! opened a checkout for, and no credit note.

use jiff::Timestamp;

use super::error::Error;
use super::table::Reader;
use super::writer::Writer;
use crate::billing::ledger::Book;
use crate::billing::settings::Documents;

/// The mark of older versions, which is of both books.
const BOTH: &str = "books.behind";
const BOOKS: [Book; 2] = [Book::Live, Book::Test];

/// The mark, set to the moment from which on a book may lack what happened.
fn behind(book: Book) -> &'static str {
    if book.is_test() { "books.behind.test" } else { "books.behind.live" }
}

/// The mark of a series of which it is not known which numbers were given since the copy was made.
fn unknown(documents: Documents, book: Book) -> String {
    format!("{}.{}", unknown_of_all(book), documents.field())
}

/// The mark of older versions, which is of all series of a book.
fn unknown_of_all(book: Book) -> &'static str {
    if book.is_test() { "numbers.unknown.test" } else { "numbers.unknown.live" }
}

impl Reader<'_> {
    /// Whether numbers of a series may have been given that nobody here knows of.
    pub fn lacks_numbers(&self, documents: Documents, book: Book) -> Result<bool, Error> {
        Ok(self.mark(&unknown(documents, book))?.is_some() || self.mark(unknown_of_all(book))?.is_some())
    }

    /// The series of a book of which numbers may have been given that nobody here knows of.
    pub fn lacking_numbers(&self, book: Book) -> Result<Vec<Documents>, Error> {
        let lacks = |documents| Ok(self.lacks_numbers(documents, book)?.then_some(documents));
        Documents::ALL.into_iter().filter_map(|documents| lacks(documents).transpose()).collect()
    }

    /// Since when a book may lack what happened, because an older copy of it was put back.
    pub fn behind_since(&self, book: Book) -> Result<Option<Timestamp>, Error> {
        let (own, both) = (self.mark(behind(book))?, self.mark(BOTH)?);
        Ok(own.into_iter().chain(both).min())
    }

    /// Whether any book may lack what happened.
    pub fn is_behind(&self) -> Result<bool, Error> {
        for book in BOOKS {
            if self.behind_since(book)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl Writer<'_> {
    /// Notes that the books may lack what happened since a moment.
    pub fn fall_behind(&mut self, since: Timestamp) -> Result<(), Error> {
        for book in BOOKS {
            let earliest = self.behind_since(book)?.map_or(since, |known| known.min(since));
            self.put_mark(behind(book), earliest)?;
        }
        Ok(())
    }

    /// Notes that the list of the numbers that were given since a moment was lost, too.
    pub fn lose_numbers(&mut self, since: Timestamp) -> Result<(), Error> {
        for book in BOOKS {
            self.lose_numbers_of(book, since)?;
        }
        Ok(())
    }

    fn lose_numbers_of(&mut self, book: Book, since: Timestamp) -> Result<(), Error> {
        for documents in Documents::ALL {
            let mark = unknown(documents, book);
            let earliest = self.mark(&mark)?.map_or(since, |known| known.min(since));
            self.put_mark(&mark, earliest)?;
        }
        Ok(())
    }

    /// Notes that the owner said where the numbers of a series go on.
    pub fn know_numbers(&mut self, documents: Documents, book: Book) -> Result<(), Error> {
        if let Some(since) = self.mark(unknown_of_all(book))? {
            self.lose_numbers_of(book, since)?;
            self.remove_mark(unknown_of_all(book))?;
        }
        let mark = unknown(documents, book);
        if self.mark(&mark)?.is_some() { self.remove_mark(&mark) } else { Ok(()) }
    }

    /// Notes that everything of a book was compared.
    pub fn catch_up(&mut self, book: Book) -> Result<(), Error> {
        if let Some(since) = self.mark(BOTH)? {
            self.fall_behind(since)?;
            self.remove_mark(BOTH)?;
        }
        if self.mark(behind(book))?.is_some() { self.remove_mark(behind(book)) } else { Ok(()) }
    }
}
