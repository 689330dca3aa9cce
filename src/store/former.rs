//! The data file as it was before a migration: a copy of it is kept, until a later migration has one of its own.

use std::path::{Path, PathBuf};

use super::error::Error;
use super::file::{self, FILE_NAME};
use super::handle::Handle;
use super::migrate;

/// What a copy from before a migration is called, before the number of the format that it is in.
const BEFORE: &str = "format-";

/// Copies from before migrations that have been followed by another one, which has its own copy.
pub fn superseded_formats(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let stem = Path::new(FILE_NAME).with_extension(BEFORE);
    let beginning = stem.to_string_lossy().into_owned();
    let format = |name: &str| name.strip_prefix(&beginning)?.parse::<u64>().ok();
    let mut copies: Vec<(u64, PathBuf)> =
        entries.flatten().filter_map(|entry| Some((format(entry.file_name().to_str()?)?, entry.path()))).collect();
    copies.sort();
    copies.pop();
    copies.into_iter().map(|(_, path)| path).collect()
}

/// Brings an older file to the present format and keeps a copy of it as it was.
pub(super) fn migrate(handle: &Handle, path: &Path) -> Result<(), Error> {
    if !handle.writable(migrate::is_behind)? {
        return Ok(());
    }
    let format = handle.writable(migrate::format)?;
    // Nobody writes before the transaction of the migration, so the file is whole while it is copied.
    file::copy(path, &path.with_extension(format!("{BEFORE}{format}")))?;
    handle.writable(migrate::to_present)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::superseded_formats;

    #[test]
    fn the_copy_before_the_latest_migration_stays() {
        let folder = tempfile::tempdir().unwrap();
        let names = ["quittance.format-1", "quittance.format-2", "quittance.format-10", "quittance.format-x", "letter"];
        for name in names.into_iter().chain(["quittance.redb"]) {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let superseded = superseded_formats(folder.path());
        let names: Vec<_> = superseded.iter().map(|path| path.file_name().unwrap().to_str().unwrap()).collect();
        assert_eq!(names, ["quittance.format-1", "quittance.format-2"]);
        assert!(superseded_formats(&folder.path().join("nowhere")).is_empty());
    }
}
