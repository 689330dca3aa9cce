//! Books that were put back from an older copy are behind what has happened, until they have been compared with Stripe.
//!
//! The rule it keeps: whoever puts an older copy in place, or notices one, notes it in the books themselves, so that it
//! goes where they go; and only a full comparison that came to its end takes the note away. How they are compared is for
//! `payments`, and what waits until then for `app`.

use jiff::Timestamp;

use super::error::Error;
use super::table::Reader;
use super::writer::Writer;

/// The mark, set to the moment from which on the books may lack what happened.
const BEHIND: &str = "books.behind";

impl Reader<'_> {
    /// Since when the books may lack what happened, because an older copy of them was put back.
    pub fn behind_since(&self) -> Result<Option<Timestamp>, Error> {
        self.mark(BEHIND)
    }
}

impl Writer<'_> {
    /// Notes that the books may lack what happened since a moment.
    pub fn fall_behind(&mut self, since: Timestamp) -> Result<(), Error> {
        let earliest = self.behind_since()?.map_or(since, |known| known.min(since));
        self.put_mark(BEHIND, earliest)
    }

    /// Notes that everything was compared.
    pub fn catch_up(&mut self) -> Result<(), Error> {
        if self.behind_since()?.is_some() { self.remove_mark(BEHIND) } else { Ok(()) }
    }
}
