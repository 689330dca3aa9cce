//! What can go wrong with the store itself, as opposed to a refusal by the business rules.

use std::io::ErrorKind::{InvalidData, UnexpectedEof};

use super::remedy::remedy;

/// The store failed, or cannot be used.
///
/// What was being written is on disk whole or not at all. Which of the two is certain except after [`Error::InDoubt`]:
/// after any other, it is not.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(
        "the stored data cannot be used: {0}; keep a copy of the data folder, check the disk, then restore a backup"
    )]
    Storage(Box<redb::Error>),
    #[error("the disk failed ({0}); free disk space or check the disk, then try again")]
    Disk(std::io::Error),
    /// A page of the file is not what was written there.
    #[error("the data file is damaged at {place}: restore the latest backup; quittance verify lists what is broken")]
    Damaged { place: String },
    #[error("a record in {table} cannot be read; keep a copy of the data folder, then restore a backup")]
    Unreadable { table: &'static str },
    #[error("a record for {table} cannot be written down: {source}")]
    Unwritable { table: &'static str, source: serde_json::Error },
    #[error(
        "the store is read-only since a write failed ({0}); free disk space or check the disk, and it will try again"
    )]
    ReadOnly(String),
    #[error("the disk failed while this was being written ({0}); look whether it was done before trying again")]
    InDoubt(String),
    #[error("too many changes are waiting for the disk; try again in a moment")]
    Busy,
    #[error("a change stopped half way and was taken back; nothing was stored")]
    Panicked,
    #[error("the store is closed; start Quittance again")]
    Closed,
    #[error("another Quittance is using the data folder {0}; stop it first")]
    InUse(String),
    #[error("a restore into the data folder {0} did not come to its end; run quittance restore again")]
    Unfinished(String),
    #[error("{path} cannot be used: {source}; {}", remedy(path.as_ref(), source))]
    Folder { path: String, source: std::io::Error },
    #[error(
        "the data was written by a newer Quittance (format {found}, this one knows {known}); \
         install that version again, or restore a backup made before the update"
    )]
    Newer { found: u64, known: u64 },
    #[error("the operating system gave no random numbers: {0}")]
    Entropy(String),
    /// A defect: a change would have stored what must never be stored.
    #[error("{0}")]
    Unsound(String),
}

impl Error {
    /// Whether the file itself is not as it was written: trying again does not help.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        match self {
            Self::Damaged { .. } => true,
            Self::Storage(source) => matches!(**source, redb::Error::Corrupted(_) | redb::Error::Io(_)),
            _ => false,
        }
    }

    /// What happened, without the remedy: for a message that has its own.
    pub(super) fn cause(&self) -> String {
        match self {
            Self::Storage(source) => source.to_string(),
            Self::Disk(source) => source.to_string(),
            Self::ReadOnly(cause) | Self::InDoubt(cause) => cause.clone(),
            other => other.to_string(),
        }
    }
}

macro_rules! from_redb {
    ($($error:ident)*) => {$(
        impl From<redb::$error> for Error {
            fn from(error: redb::$error) -> Self {
                match error.into() {
                    // What was read and is no store is damage, although redb calls it input and output.
                    redb::Error::Io(source) if !matches!(source.kind(), InvalidData | UnexpectedEof) => Self::Disk(source),
                    other => Self::Storage(Box::new(other)),
                }
            }
        }
    )*};
}

from_redb! { DatabaseError TransactionError TableError StorageError CommitError SetDurabilityError CompactionError }

impl From<crate::billing::ledger::Unbalanced> for Error {
    fn from(error: crate::billing::ledger::Unbalanced) -> Self {
        Self::Unsound(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::Error;
    use std::io;

    #[test]
    fn a_full_disk_does_not_call_for_a_backup_and_damage_does() {
        let full = || redb::StorageError::Io(io::Error::from(io::ErrorKind::StorageFull));
        let damaged = || redb::StorageError::Corrupted("a page".into());
        for (error, is_damaged) in [
            (Error::from(full()), false),
            (redb::DatabaseError::Storage(full()).into(), false),
            (redb::CommitError::Storage(full()).into(), false),
            (redb::StorageError::Io(io::Error::new(io::ErrorKind::InvalidData, "not a database")).into(), true),
            (Error::from(damaged()), true),
            (redb::DatabaseError::Storage(damaged()).into(), true),
        ] {
            let words = error.to_string();
            assert_eq!(words.contains("restore a backup"), is_damaged, "{words}");
            assert_eq!(words.contains("free disk space"), !is_damaged, "{words}");
        }
    }
}
