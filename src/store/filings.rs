//! Filings: what is on its way to Stripe about a dispute, with the files until Stripe has them.

use data_encoding::BASE64;
use jiff::{SignedDuration, Timestamp};

use super::derived::Rows;
use super::error::Error;
use super::table::{Order, Reader, Span};
use super::tables::{FILING_CONTENTS, FILINGS, FILINGS_BY_DISPUTE, FILINGS_DUE};
use super::writer::Writer;
use crate::billing::filing::Filing;
use crate::billing::id::{DisputeId, FilingId};

/// A filing that was put off is tried again within a day.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(25);

impl Reader<'_> {
    pub fn filing(&self, id: FilingId) -> Result<Option<Filing>, Error> {
        self.get(&FILINGS, &id)
    }

    /// A dispute's filings, newest first.
    pub fn filings_of_dispute(&self, dispute: DisputeId) -> Result<Vec<Filing>, Error> {
        let ids = self.all(&FILINGS_BY_DISPUTE, Span::of(&dispute), Order::Descending)?;
        ids.into_iter().filter_map(|((_, id), ())| self.filing(id).transpose()).collect()
    }

    /// The content of a filing's file, by its place; none once Stripe has answered.
    pub fn filing_content(&self, filing: FilingId, place: u64) -> Result<Option<Vec<u8>>, Error> {
        let text = self.get(&FILING_CONTENTS, &(filing, place))?;
        text.map(|text| BASE64.decode(text.as_bytes()).map_err(|_| FILING_CONTENTS.unreadable())).transpose()
    }

    /// Filings that are to be tried by now, the longest waiting first.
    pub fn filings_due(&self, now: Timestamp, limit: usize) -> Result<Vec<Filing>, Error> {
        let due = self.due(&FILINGS_DUE, now, LONGEST_WAIT, limit)?;
        due.into_iter().filter_map(|id| self.filing(id).transpose()).collect()
    }

    /// When the next filing is to be tried.
    pub fn next_filing_at(&self) -> Result<Option<Timestamp>, Error> {
        Ok(self.collect(&FILINGS_DUE, Span::all(), Order::Ascending, 1)?.pop().map(|((when, _), ())| when))
    }
}

pub(super) fn filing_rows(filing: &Filing) -> Result<Rows, Error> {
    let mut rows = Rows::default();
    rows.mark(&FILINGS_BY_DISPUTE, &(filing.dispute, filing.id))?;
    if let Some(next_try) = filing.next_try() {
        rows.mark(&FILINGS_DUE, &(next_try, filing.id))?;
    }
    Ok(rows)
}

impl Writer<'_> {
    /// Stores a filing; the contents of one that is over are forgotten.
    pub fn put_filing(&mut self, filing: &Filing) -> Result<(), Error> {
        let before = match self.filing(filing.id)? {
            Some(stored) => filing_rows(&stored)?,
            None => Rows::default(),
        };
        self.put(&FILINGS, &filing.id, filing)?;
        self.derive(&before, &filing_rows(filing)?)?;
        if !filing.is_waiting() {
            for (key, _) in self.all(&FILING_CONTENTS, Span::of(&filing.id), Order::Ascending)? {
                self.remove(&FILING_CONTENTS, &key)?;
            }
        }
        self.wake.attempts = true;
        Ok(())
    }

    /// Keeps the content of a filing's file until Stripe has it.
    pub fn put_filing_content(&mut self, filing: FilingId, place: u64, content: &[u8]) -> Result<(), Error> {
        self.put(&FILING_CONTENTS, &(filing, place), &BASE64.encode(content))
    }
}
