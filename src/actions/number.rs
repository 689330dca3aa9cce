//! A document's number is taken from its series, in the transaction that stores the document, so that no series has a gap.

use super::{Refusal, day};
use crate::billing::ledger::Book;
use crate::billing::settings::{Documents, Settings};
use crate::store::Writer;

/// Numbers that are passed over at most because the owner set the series back to taken ones.
const TAKEN_NUMBERS_MAX: u32 = 100_000;

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
