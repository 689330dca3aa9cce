//! A consistent copy of the whole store as one stream.
//!
//! The stream is gzip over: a line that names the format, a line of JSON about the copy, every row of every table of
//! one snapshot, and a SHA-256 over all before it. It is taken while the server goes on writing. [`restore`] is the way
//! back.
//!
//! What is copied is proven meanwhile, by the same proof that a restore asks for: a copy that could not be put back would
//! only seem to be one.

use std::io::{self, Read, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use redb::{ReadTransaction, ReadableTable, TableDefinition, TableHandle};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use super::nameless::{prove_copy, put_back};
pub use super::restore::{Examined, PutBack, Restored, examine, is_backup, restore};

use super::Store;
use super::damage::guarded;
use super::error::Error;
use super::migrate;
use super::snapshot::Snapshot;
use super::table::{Reader, Source};
use super::tables::{HOME, SESSIONS};
use super::verify;

pub use super::contents::Contents;

pub(super) const MAGIC: &str = "quittance-backup 1\n";
/// What stands before a row, and where the rows end.
pub(super) const ROW: u8 = 1;
pub(super) const END: u8 = 0;
/// Rows are packed in pieces of so many bytes.
const PIECE_BYTES: usize = 64 << 10;

/// What a copy says about itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    pub made_at: Timestamp,
    pub appliance: String,
    /// The latest hash of the journal in the copy.
    #[serde(default)]
    pub journal_head: String,
    /// The format of the data.
    pub format: u64,
    /// What is in it, as it was counted before it was copied; older versions did not say.
    #[serde(default)]
    pub contents: Option<Contents>,
}

impl Header {
    /// Whether these are the books that it speaks of.
    pub(super) fn is_of(&self, reader: Reader<'_>) -> Result<bool, Error> {
        Ok(self.journal_head == head(reader)? && self.appliance == reader.appliance()?)
    }
}

fn head(reader: Reader<'_>) -> Result<String, Error> {
    Ok(reader.journal_head()?.map(|(_, seal)| seal.hash).unwrap_or_default())
}

/// Why a copy could not be made or put back.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error(transparent)]
    Store(#[from] Error),
    #[error("the copy cannot be read or written: {0}")]
    Stream(#[from] io::Error),
    #[error("this file is not a backup of Quittance, or it is damaged ({0}); nothing was changed")]
    Damaged(&'static str),
    #[error(
        "the data folder {folder} is not empty ({holds} is there); restore into an empty one, or give --force, which \
         keeps its data beside"
    )]
    NotEmpty { folder: String, holds: String },
    #[error(
        "the stored data is not whole, so nothing was copied: {0}; quittance verify lists all of it; keep a copy of the \
         data folder, then restore the latest backup"
    )]
    Broken(String),
    #[error("the restored data is not whole, so it was not put in place: {0}")]
    NotWhole(String),
}

impl Store {
    /// Writes a copy of this moment's state and returns what was written to. However slowly `out` takes it, nobody
    /// waits for it.
    ///
    /// # Errors
    /// The store cannot be read (any more), what is in it is not whole, or `out` cannot be written.
    pub fn back_up<W: Write>(&self, out: W) -> Result<W, BackupError> {
        let moment = self.inner.shared.handle.snapshot()?;
        // Side by side, since each takes as long as the other; what was written is worth nothing until both have ended.
        let (proof, written) = std::thread::scope(|scope| {
            let proving = scope.spawn(|| {
                let proof = verify::prove(Reader(Source::Snapshot(&Snapshot::of(&moment))));
                self.inner.shared.note_damage();
                proof
            });
            let written = self.write_copy(&moment, out);
            (proving.join(), written)
        });
        let proof = proof.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        match proof?.problems.into_iter().next() {
            Some(problem) => Err(BackupError::Broken(problem)),
            None => written,
        }
    }

    /// The same without the proof, for whoever puts the copy back and proves it there: with [`put_back`].
    ///
    /// # Errors
    /// The store cannot be read (any more), or `out` cannot be written.
    pub fn copy<W: Write>(&self, out: W) -> Result<W, BackupError> {
        let moment = self.inner.shared.handle.snapshot()?;
        self.write_copy(&moment, out)
    }

    fn write_copy<W: Write>(&self, moment: &ReadTransaction, out: W) -> Result<W, BackupError> {
        let header = self.header(moment);
        self.inner.shared.note_damage();
        let header = header?;
        let mut sink = Hashing::new(GzEncoder::new(out, Compression::fast()));
        sink.write_all(MAGIC.as_bytes())?;
        serde_json::to_writer(&mut sink, &header).map_err(io::Error::from)?;
        sink.write_all(b"\n")?;
        let written = write_rows(moment, &mut sink);
        self.inner.shared.note_damage();
        written?;
        sink.write_all(&[END])?;
        let (mut gzip, digest) = sink.finish();
        gzip.write_all(&digest)?;
        let mut out = gzip.finish()?;
        out.flush()?;
        Ok(out)
    }

    fn header(&self, moment: &ReadTransaction) -> Result<Header, Error> {
        let snapshot = Snapshot::of(moment);
        let reader = Reader(Source::Snapshot(&snapshot));
        Ok(Header {
            made_at: self.inner.shared.clock.now(),
            appliance: reader.appliance()?,
            journal_head: head(reader)?,
            format: migrate::present_format(),
            contents: Some(Contents::of(moment)?),
        })
    }
}

/// A session would let whoever holds the copy into the restored server, and that is at home where it is.
pub(super) fn is_copied(table: &str) -> bool {
    ![SESSIONS.name, HOME.name].contains(&table)
}

fn write_rows(moment: &ReadTransaction, sink: &mut impl Write) -> Result<(), BackupError> {
    let mut frames = Vec::new();
    for handle in guarded("its list of tables", || moment.list_tables().map(Iterator::collect::<Vec<_>>))? {
        if !is_copied(handle.name()) {
            continue;
        }
        let name = handle.name();
        let table = guarded(name, || moment.open_table(TableDefinition::<&[u8], &[u8]>::new(name)))?;
        let mut rows = guarded(name, || table.iter())?;
        while let Some(row) = guarded(name, || rows.next().transpose())? {
            let (key, value) = guarded(name, || Ok::<_, Error>((row.0.value(), row.1.value())))?;
            frames.push(ROW);
            for field in [name.as_bytes(), key, value] {
                let length = u32::try_from(field.len()).map_err(io::Error::other)?;
                frames.extend(length.to_be_bytes());
                frames.extend(field);
            }
            // Row by row, packing would take as long again.
            if frames.len() >= PIECE_BYTES {
                sink.write_all(&frames)?;
                frames.clear();
            }
        }
    }
    Ok(sink.write_all(&frames)?)
}

/// Passes bytes on and hashes them on the way.
pub(super) struct Hashing<T> {
    pub(super) inner: T,
    hasher: Sha256,
}

impl<T> Hashing<T> {
    pub(super) fn new(inner: T) -> Self {
        Self { inner, hasher: Sha256::new() }
    }

    pub(super) fn hash(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
    }

    /// What is behind it, and the digest of all that was passed on.
    pub(super) fn finish(self) -> (T, Vec<u8>) {
        (self.inner, self.hasher.finalize().to_vec())
    }
}

impl<T: Write> Write for Hashing<T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hash(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<T: Read> Read for Hashing<T> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(bytes)?;
        self.hash(&bytes[..read]);
        Ok(read)
    }
}
