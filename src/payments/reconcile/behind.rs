//! How far back books are compared that an older copy was put in the place of.

use jiff::{SignedDuration, Timestamp};

use super::{NIGHTLY_WINDOW, WINDOW};
use crate::billing::ledger::Book;
use crate::payments::side::{Side, Step};
use crate::store::{Error, Reader};

/// What the next pass must compare so that the book lacks nothing any more; `None` if it is not behind.
pub(super) fn window(r: &Reader<'_>, side: &Side, book: Book, now: Timestamp) -> Result<Option<SignedDuration>, Error> {
    let Some(since) = r.behind_since(book)? else { return Ok(None) };
    let known = side.reached(r, Step::Clean)?.map_or(since, |clean| clean.min(since));
    Ok(Some(reaching(known, now)))
}

/// Five weeks, or more: a comparison sees what was made in its window, and the last clean one was made at `known`.
fn reaching(known: Timestamp, now: Timestamp) -> SignedDuration {
    now.duration_since(known).saturating_add(NIGHTLY_WINDOW).max(WINDOW)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::{SignedDuration, Timestamp, reaching};

    #[test]
    fn a_backup_is_compared_from_before_the_last_clean_pass_and_for_five_weeks_at_least() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        for (days_ago, days) in [(-3, 35), (0, 35), (32, 35), (33, 36), (400, 403)] {
            let known = now - SignedDuration::from_hours(days_ago * 24);
            assert_eq!(reaching(known, now), SignedDuration::from_hours(days * 24), "{days_ago}");
        }
    }
}
