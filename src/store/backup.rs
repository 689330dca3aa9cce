//! A consistent copy of the whole store as one stream, and the way back.
//!
//! The stream is gzip over: a line that names the format, a line of JSON about the copy, every row of every table of
//! one snapshot, and a SHA-256 over all before it. It is taken while the server goes on writing.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use redb::{Database, ReadTransaction, ReadableDatabase, ReadableTable, TableDefinition, TableHandle};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::error::Error;
use super::table::{Reader, Source};
use super::tables::SESSIONS;
use super::{FILE_NAME, Store, lock, make_folder, migrate, open_file, publish, verify};
use crate::clock::Clock;

const MAGIC: &str = "quittance-backup 1\n";
/// Rows that one transaction of a restore holds, so that its memory is bounded.
const ROWS_PER_COMMIT: u64 = 20_000;
/// The longest name, key or value that is believed: far over any record, far under the memory of a small server.
const FIELD_BYTES_MAX: u32 = 64 << 20;
const HEADER_BYTES_MAX: u64 = 64 << 10;
const ROW: u8 = 1;
const END: u8 = 0;

/// What a copy says about itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Header {
    pub made_at: Timestamp,
    pub appliance: String,
    /// The latest hash of the journal in the copy.
    #[serde(default)]
    pub journal_head: String,
}

/// Why a copy could not be made or put back.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error(transparent)]
    Store(#[from] Error),
    #[error("the copy cannot be read or written: {0}")]
    Stream(#[from] std::io::Error),
    #[error("this file is not a backup of Quittance, or it is damaged ({0}); nothing was changed")]
    Damaged(&'static str),
    #[error(
        "the data folder {0} is not empty; restore into an empty one, or give --force to put the backup in its place"
    )]
    NotEmpty(String),
    #[error("the restored data is not whole, so it was not put in place: {0}")]
    NotWhole(String),
}

impl From<redb::TableError> for BackupError {
    fn from(error: redb::TableError) -> Self {
        Self::Store(error.into())
    }
}

impl From<redb::StorageError> for BackupError {
    fn from(error: redb::StorageError) -> Self {
        Self::Store(error.into())
    }
}

impl Store {
    /// Writes a copy of this moment's state and returns what was written.
    ///
    /// # Errors
    /// The store cannot be read or `out` cannot be written.
    pub fn back_up<W: Write>(&self, out: W) -> Result<W, BackupError> {
        let guard = self.shared.database();
        let database = guard.as_ref().ok_or_else(|| Error::ReadOnly("it is closed".into()))?;
        let snapshot = database.begin_read().map_err(Error::from)?;
        let reader = Reader(Source::Snapshot(&snapshot));
        let header = Header {
            made_at: self.shared.clock.now(),
            appliance: reader.appliance()?,
            journal_head: reader.journal_head()?.map(|(_, seal)| seal.hash).unwrap_or_default(),
        };
        let mut sink = Hashing { inner: GzEncoder::new(out, Compression::fast()), hasher: Sha256::new() };
        sink.write_all(MAGIC.as_bytes())?;
        serde_json::to_writer(&mut sink, &header).map_err(std::io::Error::from)?;
        sink.write_all(b"\n")?;
        write_rows(&snapshot, &mut sink)?;
        sink.write_all(&[END])?;
        let digest = sink.hasher.clone().finalize();
        sink.inner.write_all(&digest)?;
        let mut out = sink.inner.finish()?;
        out.flush()?;
        Ok(out)
    }
}

fn write_rows(snapshot: &ReadTransaction, sink: &mut impl Write) -> Result<(), BackupError> {
    for handle in snapshot.list_tables()? {
        // A session would let whoever holds the copy into the restored server.
        if handle.name() == SESSIONS.name {
            continue;
        }
        let table = snapshot.open_table(TableDefinition::<&[u8], &[u8]>::new(handle.name()))?;
        for row in table.iter()? {
            let (key, value) = row?;
            sink.write_all(&[ROW])?;
            for field in [handle.name().as_bytes(), key.value(), value.value()] {
                let length = u32::try_from(field.len()).map_err(|_| BackupError::Damaged("a record is too large"))?;
                sink.write_all(&length.to_be_bytes())?;
                sink.write_all(field)?;
            }
        }
    }
    Ok(())
}

/// Puts a copy into `folder`, which must be empty or, with `force`, is kept under another name.
///
/// # Errors
/// The folder is in use or not empty, or the copy is damaged or not whole. The folder's data is then as it was.
pub fn restore(folder: &Path, copy: impl Read, force: bool, clock: &Clock) -> Result<Header, BackupError> {
    make_folder(folder)?;
    let _lock = lock(folder)?;
    let path = folder.join(FILE_NAME);
    if path.exists() && !force {
        return Err(BackupError::NotEmpty(folder.display().to_string()));
    }
    let fresh = path.with_extension("restoring");
    drop(std::fs::remove_file(&fresh));
    let outcome = fill(&fresh, copy, clock);
    if outcome.is_err() {
        drop(std::fs::remove_file(&fresh));
    }
    let header = outcome?;
    if path.exists() {
        let moment = clock.now().as_second();
        std::fs::rename(&path, path.with_extension(format!("replaced-{moment}")))?;
    }
    publish(folder, &fresh, &path)?;
    Ok(header)
}

fn fill(path: &Path, copy: impl Read, clock: &Clock) -> Result<Header, BackupError> {
    let database = open_file(path)?;
    let header = read_copy(&database, copy)?;
    migrate::to_current(&database, clock)?;
    let snapshot = database.begin_read().map_err(Error::from)?;
    let proof = verify::prove(Reader(Source::Snapshot(&snapshot)))?;
    match proof.problems.first() {
        Some(problem) => Err(BackupError::NotWhole(problem.clone())),
        None => Ok(header),
    }
}

fn read_copy(database: &Database, copy: impl Read) -> Result<Header, BackupError> {
    let mut source = Hashing { inner: BufReader::new(GzDecoder::new(copy)), hasher: Sha256::new() };
    if source.line()? != MAGIC {
        return Err(BackupError::Damaged("it does not begin like one"));
    }
    let header = serde_json::from_str(&source.line()?).map_err(|_| BackupError::Damaged("its header"))?;
    while read_rows(database, &mut source)? {}
    let digest = source.hasher.clone().finalize();
    let mut stored = [0_u8; 32];
    source.inner.read_exact(&mut stored)?;
    if stored[..] == digest[..] { Ok(header) } else { Err(BackupError::Damaged("its check sum")) }
}

/// Reads one transaction's worth of rows; `false` when the end was reached.
fn read_rows(database: &Database, source: &mut impl Read) -> Result<bool, BackupError> {
    let mut transaction = database.begin_write().map_err(Error::from)?;
    transaction.set_quick_repair(true);
    let mut goes_on = true;
    for _ in 0..ROWS_PER_COMMIT {
        let mut mark = [0];
        source.read_exact(&mut mark)?;
        if mark != [ROW] {
            goes_on = false;
            break;
        }
        let name = String::from_utf8(read_field(source)?).map_err(|_| BackupError::Damaged("a table's name"))?;
        let (key, value) = (read_field(source)?, read_field(source)?);
        let mut table = transaction.open_table(TableDefinition::<&[u8], &[u8]>::new(&name))?;
        table.insert(key.as_slice(), value.as_slice())?;
    }
    transaction.commit().map_err(Error::from)?;
    Ok(goes_on)
}

fn read_field(source: &mut impl Read) -> Result<Vec<u8>, BackupError> {
    let mut length = [0; 4];
    source.read_exact(&mut length)?;
    let length = u32::from_be_bytes(length);
    if length > FIELD_BYTES_MAX {
        return Err(BackupError::Damaged("a record is too large"));
    }
    let mut field = Vec::new();
    // Not allocated beforehand: a damaged length must not cost memory that is not there.
    source.take(u64::from(length)).read_to_end(&mut field)?;
    if field.len() == usize::try_from(length).unwrap_or(usize::MAX) {
        Ok(field)
    } else {
        Err(BackupError::Damaged("it ends too early"))
    }
}

/// Passes bytes on and hashes them on the way.
struct Hashing<T> {
    inner: T,
    hasher: Sha256,
}

impl<T: Write> Write for Hashing<T> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.inner.flush()
    }
}

impl<T: Read> Read for Hashing<T> {
    fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(bytes)?;
        self.hasher.update(&bytes[..read]);
        Ok(read)
    }
}

impl<T: BufRead> Hashing<T> {
    fn line(&mut self) -> Result<String, BackupError> {
        let mut line = String::new();
        let read = self.inner.by_ref().take(HEADER_BYTES_MAX).read_line(&mut line);
        read.map_err(|_| BackupError::Damaged("it does not begin like one"))?;
        self.hasher.update(line.as_bytes());
        Ok(line)
    }
}
