//! A document's number is taken from its series, in the transaction that stores the document, so that no series has a gap.
//!
//! Where numbers may have been given that nobody here knows of, none is given until the owner has said where the series goes on.
//! Only an invoice over a fee does not wait for that: it is about money that has arrived, and that is booked as it is. Its
//! number has something behind it then that no other one has.

use super::{Refusal, day};
use crate::billing::ledger::Book;
use crate::billing::settings::{Documents, Settings};
use crate::store::Writer;

/// Numbers that are passed over at most because the owner set the series back to taken ones.
const TAKEN_NUMBERS_MAX: u32 = 100_000;

/// The next number of the book's series that no document has or ever had; the series then stands behind it.
///
/// # Errors
/// Others may have been given that nobody here knows of, the series is used up, or everything from here on is taken.
pub fn take(w: &Writer<'_>, settings: &mut Settings, documents: Documents, book: Book) -> Result<String, Refusal> {
    let is_unknown = w.lacks_numbers(documents, book)?;
    if is_unknown && documents != Documents::FeeInvoices {
        return Err(Refusal::conflict(format!(
            "A backup was put back, and which numbers {} were given since is not known: look up the last one that you sent, and \
             save the next number under Settings, Numbers and taxes.",
            documents.name()
        )));
    }
    let today = day(settings, w.now());
    let field = format!("{}.next", documents.field());
    let series = settings.series_mut(documents, book);
    for _ in 0..TAKEN_NUMBERS_MAX {
        let (number, next) = series.take(today).map_err(|error| Refusal::field(&field, error))?;
        *series = next;
        let number = if is_unknown { unlike_any(&number, w.entropy()?) } else { number };
        if !w.has_given(&number)? {
            return Ok(number);
        }
    }
    Err(Refusal::field(&field, "Every number from here on is taken. Set a higher one."))
}

/// A number that none is like that was given by counting alone, nor another one of these.
fn unlike_any(number: &str, entropy: u128) -> String {
    let [a, b, c, ..] = entropy.to_le_bytes();
    format!("{number}-{a:02X}{b:02X}{c:02X}")
}
