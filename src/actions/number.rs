//! A document's number is taken from its series, in the transaction that stores the document, so that no series has a gap.
//!
//! Whoever issues a document because somebody wants it asks first whether numbers may be given at all. An invoice over a fee
//! does not wait for that: it is about money that has arrived, and that is booked as it is.

use super::{Refusal, day};
use crate::billing::ledger::Book;
use crate::billing::settings::{Documents, Settings};
use crate::store::Writer;

/// Numbers that are passed over at most because the owner set the series back to taken ones.
const TAKEN_NUMBERS_MAX: u32 = 100_000;

/// Refuses to give out a number as long as others may have been given that nobody here knows of.
///
/// # Errors
/// It is so; what the owner can do is in the sentence.
pub fn refuse_unknown(w: &Writer<'_>, book: Book) -> Result<(), Refusal> {
    if w.lacks_numbers(book)? {
        return Err(Refusal::conflict(
            "A backup was put back, and which numbers were given since is not known: wait until Stripe has been asked, \
             which begins by itself if there is a key, or save the next number under Settings, Numbers and taxes.",
        ));
    }
    Ok(())
}

/// The next number of the book's series that no document has or ever had; the series then stands behind it.
///
/// # Errors
/// The series is used up, or everything from here on is taken.
pub fn take(w: &Writer<'_>, settings: &mut Settings, documents: Documents, book: Book) -> Result<String, Refusal> {
    let today = day(settings, w.now());
    let field = format!("{}.next", documents.field());
    let series = settings.series_mut(documents, book);
    for _ in 0..TAKEN_NUMBERS_MAX {
        let (number, next) = series.take(today).map_err(|error| Refusal::field(&field, error))?;
        *series = next;
        if !w.has_given(&number)? {
            return Ok(number);
        }
    }
    Err(Refusal::field(&field, "Every number from here on is taken. Set a higher one."))
}
