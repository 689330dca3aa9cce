//! What became of each backup: when, what, where, and why not.

use std::ops::ControlFlow;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::table::{Order, Reader, Span};
use super::tables::BACKUPS;
use super::writer::Writer;

/// Backups that are remembered: a year of nights, and those that were made by hand.
const BACKUPS_MAX: usize = 400;

/// One backup, as it ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BackupRun {
    pub begun_at: Timestamp,
    pub ended_at: Timestamp,
    /// The name of its file, in every place.
    pub name: Option<String>,
    /// Of the file as it was stored.
    pub bytes: u64,
    pub sha256: String,
    pub invoices: u64,
    pub places: Vec<Stored>,
    /// Why there is none, or is none that is whole, as a sentence.
    pub error: Option<String>,
}

/// Whether a place has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    pub place: String,
    /// Why it has not, as a sentence.
    #[serde(default)]
    pub error: Option<String>,
}

impl BackupRun {
    /// Whether it was proven and every place has it.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.error.is_none() && !self.places.is_empty() && self.places.iter().all(|place| place.error.is_none())
    }

    /// Whether a place has it, read back from there.
    #[must_use]
    pub fn is_at(&self, place: &str) -> bool {
        self.places.iter().any(|stored| stored.place == place && stored.error.is_none())
    }

    /// Whether a place may have it, and it could not be read back from there.
    #[must_use]
    pub fn is_doubtful_at(&self, place: &str) -> bool {
        self.places.iter().any(|stored| stored.place == place && stored.error.is_some())
    }

    /// Whether it was made, and the books in it are not whole.
    #[must_use]
    pub fn is_of_broken_books(&self) -> bool {
        self.name.is_some() && self.error.is_some()
    }

    /// What went wrong, one sentence each.
    #[must_use]
    pub fn errors(&self) -> Vec<String> {
        let of_places =
            self.places.iter().filter_map(|stored| Some(format!("{}: {}", stored.place, stored.error.as_ref()?)));
        self.error.iter().cloned().chain(of_places).collect()
    }
}

impl Reader<'_> {
    /// The newest backups.
    pub fn backup_runs(&self, limit: usize) -> Result<Vec<BackupRun>, Error> {
        let rows = self.collect(&BACKUPS, Span::all(), Order::Descending, limit)?;
        Ok(rows.into_iter().map(|(_, run)| run).collect())
    }

    /// All backups that are remembered, the newest first.
    pub fn all_backup_runs(&self) -> Result<Vec<BackupRun>, Error> {
        let rows = self.all(&BACKUPS, Span::all(), Order::Descending)?;
        Ok(rows.into_iter().map(|(_, run)| run).collect())
    }

    /// The newest backup that every place has. One that seems to be of the future was dated by a wrong clock.
    pub fn last_good_backup(&self, now: Timestamp) -> Result<Option<BackupRun>, Error> {
        Ok(self.last_good(now)?.map(|(_, run)| run))
    }

    fn last_good(&self, now: Timestamp) -> Result<Option<(u64, BackupRun)>, Error> {
        let mut found = None;
        self.walk(&BACKUPS, Span::all(), Order::Descending, |seq, run| {
            if !run.is_good() || run.begun_at > now {
                return Ok(ControlFlow::Continue(()));
            }
            found = Some((seq, run));
            Ok(ControlFlow::Break(()))
        })?;
        Ok(found)
    }
}

impl Writer<'_> {
    /// Remembers a backup and forgets the oldest when there are too many; the last good one never.
    pub fn put_backup_run(&mut self, run: &BackupRun) -> Result<(), Error> {
        let newest = self.collect(&BACKUPS, Span::all(), Order::Descending, 1)?.pop();
        let seq = newest.map_or(1, |(seq, _)| seq.saturating_add(1));
        self.put(&BACKUPS, &seq, run)?;
        let count = usize::try_from(self.count(&BACKUPS, Span::all())?).unwrap_or(usize::MAX);
        let last_good = self.last_good(self.now())?.map(|(seq, _)| seq);
        for (old, _) in self.collect(&BACKUPS, Span::all(), Order::Ascending, count.saturating_sub(BACKUPS_MAX))? {
            if Some(old) != last_good {
                self.remove(&BACKUPS, &old)?;
            }
        }
        Ok(())
    }
}
