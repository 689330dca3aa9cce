//! What can go wrong with the store itself, as opposed to a refusal by the business rules.

/// The store failed, or cannot be used. Nothing that was being written has been kept.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the store cannot be used: {0}")]
    Storage(#[from] Box<redb::Error>),
    #[error("a record in {table} cannot be read; run `quittance verify`, then restore a backup")]
    Unreadable { table: &'static str },
    #[error("a record for {table} cannot be written down: {source}")]
    Unwritable { table: &'static str, source: serde_json::Error },
    #[error(
        "the store is read-only since a write failed ({0}); free disk space or check the disk, and it will try again"
    )]
    ReadOnly(String),
    #[error("too many changes are waiting for the disk; try again in a moment")]
    Busy,
    #[error("a change stopped half way and was taken back; nothing was stored")]
    Panicked,
    #[error("another Quittance is using the data folder {0}; stop it first")]
    InUse(String),
    #[error("the data folder {path} cannot be used: {source}")]
    Folder { path: String, source: std::io::Error },
    #[error(
        "the data was written by a newer Quittance (format {found}, this one knows {known}); \
         install that version again, or restore a backup made before the update"
    )]
    Newer { found: u64, known: u64 },
    #[error("the operating system gave no random numbers: {0}")]
    Entropy(String),
    #[error("{0}")]
    Unsound(String),
}

macro_rules! from_redb {
    ($($error:ident)*) => {$(
        impl From<redb::$error> for Error {
            fn from(error: redb::$error) -> Self {
                Self::Storage(Box::new(error.into()))
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
