//! The data as it lies there, for whoever only looks: nothing on the disk is changed by it, whatever redb would like to write.

use std::path::Path;

use super::file::{self, DataFile, Doubt};
use super::frozen::Frozen;
use super::{Access, Error, FILE_NAME, RETRY_AFTER, Store, handle, migrate};
use crate::clock::Clock;

impl Store {
    /// The data in `folder`, to be looked at: no file is written, made or taken for this process. What is changed, and what an
    /// older format is made into, stays in memory.
    ///
    /// # Errors
    /// There is none, it cannot be read, another process has it open, or it is of a newer version.
    pub fn look(folder: &Path, clock: Clock) -> Result<Self, Error> {
        let path = folder.join(FILE_NAME);
        let medium = move |_| {
            let file = DataFile::open(&path, Access::ReadOnly, &Doubt::default())?;
            Frozen::new(file).map_err(|source| file::unusable(&path, source))
        };
        Self::over(medium, RETRY_AFTER, clock)
    }

    /// The format that the data in `folder` is in, whichever version wrote it. Nothing is changed.
    ///
    /// # Errors
    /// There is none, it cannot be read, or another process has it open.
    pub fn format_in(folder: &Path) -> Result<u64, Error> {
        let path = folder.join(FILE_NAME);
        let file = DataFile::open(&path, Access::ReadOnly, &Doubt::default())?;
        let medium = Frozen::new(file).map_err(|source| file::unusable(&path, source))?;
        migrate::format(&handle::database(medium)?)
    }
}
