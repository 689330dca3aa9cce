//! Settings, marks of progress, and counters.

use jiff::Timestamp;

use super::error::Error;
use super::table::{Order, Reader, Span};
use super::tables::{COUNTERS, MARKS, SETTINGS};
use super::writer::Writer;
use crate::billing::settings::Settings;

/// The one record of settings.
const BUSINESS: &str = "business";

/// When the first event arrived that Stripe had signed with a secret in force.
pub const EVENT_ARRIVED: &str = "event_arrived";

/// When the stored data was proven as a whole last.
pub const BOOKS_PROVEN: &str = "books.proven";
/// The counter of mails of which it was forgotten whom they were for.
pub const FORGOTTEN_MAILS: &str = "forgotten.mails";
/// The counter of messages of Stripe's whose words were forgotten.
pub const FORGOTTEN_EVENTS: &str = "forgotten.events";

/// When a mail server, as `host:port`, first accepted a mail: the name of the mark.
#[must_use]
pub fn mail_accepted_by(server: &str) -> String {
    format!("mail_accepted {server}")
}

impl Reader<'_> {
    /// The owner's settings; the defaults before there are any.
    pub fn settings(&self) -> Result<Settings, Error> {
        Ok(self.get(&SETTINGS, &BUSINESS.to_owned())?.unwrap_or_default())
    }

    /// When something was last done, or how far something got.
    pub fn mark(&self, name: &str) -> Result<Option<Timestamp>, Error> {
        self.get(&MARKS, &name.to_owned())
    }

    /// The marks whose names begin so, with what follows in the name.
    pub fn marks_under(&self, begins: &str) -> Result<Vec<(String, Timestamp)>, Error> {
        let found = self.all(&MARKS, Span::of(&begins.to_owned()), Order::Ascending)?;
        Ok(found.into_iter().map(|(name, at)| (name.trim_start_matches(begins).to_owned(), at)).collect())
    }

    pub fn counter(&self, name: &str) -> Result<u64, Error> {
        Ok(self.get(&COUNTERS, &name.to_owned())?.unwrap_or(0))
    }
}

impl Writer<'_> {
    pub fn put_settings(&mut self, settings: &Settings) -> Result<(), Error> {
        self.put(&SETTINGS, &BUSINESS.to_owned(), settings)
    }

    pub fn put_mark(&mut self, name: &str, at: Timestamp) -> Result<(), Error> {
        self.put(&MARKS, &name.to_owned(), &at)
    }

    /// Notes that something happened now, unless that is known.
    pub fn put_first_mark(&mut self, name: &str) -> Result<(), Error> {
        if self.mark(name)?.is_some() { Ok(()) } else { self.put_mark(name, self.now()) }
    }

    /// Forgets a mark.
    pub fn remove_mark(&mut self, name: &str) -> Result<(), Error> {
        self.remove(&MARKS, &name.to_owned())
    }

    pub fn put_counter(&mut self, name: &str, value: u64) -> Result<(), Error> {
        self.put(&COUNTERS, &name.to_owned(), &value)
    }

    pub fn add_to_counter(&mut self, name: &str, more: u64) -> Result<(), Error> {
        self.put_counter(name, self.counter(name)?.saturating_add(more))
    }
}
