//! Settings, marks of progress, and counters.

use jiff::Timestamp;
use serde_json::Value;

use super::error::Error;
use super::table::Reader;
use super::tables::{COUNTERS, MARKS, META, SETTINGS};
use super::writer::Writer;
use crate::billing::settings::Settings;

/// The one record of settings.
const BUSINESS: &str = "business";

impl Reader<'_> {
    /// The owner's settings; the defaults before there are any.
    pub fn settings(&self) -> Result<Settings, Error> {
        match self.get(&SETTINGS, &BUSINESS.to_owned())? {
            Some(value) => serde_json::from_value(value).map_err(|_| Error::Unreadable { table: SETTINGS.name }),
            None => Ok(Settings::default()),
        }
    }

    /// This installation's own identifier, by which it knows its objects at Stripe.
    pub fn appliance(&self) -> Result<String, Error> {
        let found = self.get(&META, &"appliance".to_owned())?;
        found.as_ref().and_then(Value::as_str).map(str::to_owned).ok_or(Error::Unreadable { table: META.name })
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
        let value =
            serde_json::to_value(settings).map_err(|source| Error::Unwritable { table: SETTINGS.name, source })?;
        self.put(&SETTINGS, &BUSINESS.to_owned(), &value)
    }

    pub fn put_mark(&mut self, name: &str, at: Timestamp) -> Result<(), Error> {
        self.put(&MARKS, &name.to_owned(), &at)
    }

    pub fn add_to_counter(&mut self, name: &str, more: u64) -> Result<(), Error> {
        let sum = self.counter(name)?.saturating_add(more);
        self.put(&COUNTERS, &name.to_owned(), &sum)
    }
}
