//! The outbox: mails that are owed, in the transaction of the fact that owes them.

use std::ops::ControlFlow;

use jiff::{SignedDuration, Timestamp};

use super::derived::Rows;
use super::error::Error;
use super::table::{Order, Reader, Span};
use super::tables::{OUTBOX, OUTBOX_BY_MATTER, OUTBOX_DUE, OUTBOX_FAILED};
use super::writer::Writer;
use crate::billing::id::MailId;
use crate::billing::letter::{Delivery, Letter, Matter};

/// No mail is put off for longer: one that could not be handed over is tried again within four hours, and none about a trouble
/// that may pass waits for more. What seems to wait longer leaves at once, because a clock that was set back made it seem so.
pub const MAIL_WAITS_MAX: SignedDuration = SignedDuration::from_hours(5);

impl Reader<'_> {
    pub fn letter(&self, id: MailId) -> Result<Option<Letter>, Error> {
        self.get(&OUTBOX, &id)
    }

    pub fn letter_about(&self, matter: &Matter) -> Result<Option<Letter>, Error> {
        match self.get(&OUTBOX_BY_MATTER, &matter.key())? {
            Some(id) => self.letter(id),
            None => Ok(None),
        }
    }

    /// The newest mails from behind `after`; one more than `limit` if there are more.
    pub fn letters(&self, after: Option<MailId>, limit: usize) -> Result<Vec<Letter>, Error> {
        let span = after.map_or_else(Span::all, |id| Span::all().before(&id));
        let rows = self.collect(&OUTBOX, span, Order::Descending, limit.saturating_add(1))?;
        Ok(rows.into_iter().map(|(_, letter)| letter).collect())
    }

    /// Mails whose time has come, the longest waiting first.
    pub fn letters_due(&self, now: Timestamp, limit: usize) -> Result<Vec<Letter>, Error> {
        let due = self.due(&OUTBOX_DUE, now, MAIL_WAITS_MAX, limit)?;
        due.into_iter().filter_map(|id| self.letter(id).transpose()).collect()
    }

    /// When the next waiting mail is to be tried.
    pub fn next_letter_at(&self) -> Result<Option<Timestamp>, Error> {
        Ok(self.collect(&OUTBOX_DUE, Span::all(), Order::Ascending, 1)?.pop().map(|((when, _), ())| when))
    }

    /// When the first mail is to be tried whose time has not come yet.
    pub fn next_letter_after(&self, now: Timestamp) -> Result<Option<Timestamp>, Error> {
        let span = Span::all().after(&(now, MailId::from_value(u128::MAX)));
        Ok(self.collect(&OUTBOX_DUE, span, Order::Ascending, 1)?.pop().map(|((when, _), ())| when))
    }

    /// Mails from behind `after`, oldest first, that ended before `until` and still say whom they were for.
    pub fn letters_to_forget(
        &self,
        after: Option<MailId>,
        until: Timestamp,
        most: usize,
    ) -> Result<Vec<MailId>, Error> {
        let span = after.map_or_else(Span::all, |id| Span::all().after(&id));
        let mut found = Vec::new();
        self.walk(&OUTBOX, span, Order::Ascending, |id, letter: Letter| {
            if letter.ended_at().is_some_and(|at| at < until) && !letter.is_without_addresses() {
                found.push(id);
            }
            Ok(if found.len() < most { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        })?;
        Ok(found)
    }

    pub fn count_waiting_letters(&self) -> Result<u64, Error> {
        self.count(&OUTBOX_DUE, Span::all())
    }

    pub fn count_failed_letters(&self) -> Result<u64, Error> {
        self.count(&OUTBOX_FAILED, Span::all())
    }
}

pub(super) fn letter_rows(letter: &Letter) -> Result<Rows, Error> {
    let mut rows = Rows::default();
    rows.add(&OUTBOX_BY_MATTER, &letter.subject_matter.key(), &letter.id)?;
    match letter.state {
        Delivery::Queued => rows.mark(&OUTBOX_DUE, &(letter.not_before, letter.id))?,
        Delivery::Failed { .. } => rows.mark(&OUTBOX_FAILED, &letter.id)?,
        Delivery::Sent { .. } | Delivery::Withdrawn { .. } => {}
    }
    Ok(rows)
}

impl Writer<'_> {
    pub fn put_letter(&mut self, letter: &Letter) -> Result<(), Error> {
        let before = match self.letter(letter.id)? {
            Some(stored) => letter_rows(&stored)?,
            None => Rows::default(),
        };
        self.put(&OUTBOX, &letter.id, letter)?;
        self.derive(&before, &letter_rows(letter)?)?;
        self.wake.outbox = true;
        Ok(())
    }

    /// Forgets whom these mails were for, those that have ended; says of how many it was known.
    pub fn forget_addresses_of(&mut self, letters: &[MailId]) -> Result<usize, Error> {
        let mut forgotten = 0;
        for id in letters {
            // One that was sent again meanwhile is not at its end any more.
            let ended = self.letter(*id)?.filter(|letter| letter.ended_at().is_some());
            if let Some(letter) = ended.filter(|letter| !letter.is_without_addresses()) {
                // Its places in the lists follow from its state, which stays.
                self.put(&OUTBOX, id, &letter.without_addresses())?;
                forgotten += 1;
            }
        }
        Ok(forgotten)
    }
}
