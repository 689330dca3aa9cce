//! Settings, marks of progress, and counters.

use jiff::Timestamp;

use super::error::Error;
use super::table::Reader;
use super::tables::{COUNTERS, MARKS, SETTINGS};
use super::writer::Writer;
use crate::billing::settings::Settings;

/// The one record of settings.
const BUSINESS: &str = "business";

impl Reader<'_> {
    /// The owner's settings; the defaults before there are any.
    pub fn settings(&self) -> Result<Settings, Error> {
        Ok(self.get(&SETTINGS, &BUSINESS.to_owned())?.unwrap_or_default())
    }

    /// When something was last done, or how far something got.
    pub fn mark(&self, name: &str) -> Result<Option<Timestamp>, Error> {
        self.get(&MARKS, &name.to_owned())
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

    /// Forgets a mark.
    pub fn remove_mark(&mut self, name: &str) -> Result<(), Error> {
        self.remove(&MARKS, &name.to_owned())
    }

    pub fn add_to_counter(&mut self, name: &str, more: u64) -> Result<(), Error> {
        let sum = self.counter(name)?.saturating_add(more);
        self.put(&COUNTERS, &name.to_owned(), &sum)
    }
}
