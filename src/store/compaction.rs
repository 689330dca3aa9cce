//! The data file gives back to the disk what it does not need any more.
//!
//! redb uses again what was freed, but a file that has grown once stays as large. At the start, before anybody is served, one
//! of which half is waste is made compact: in its own place and in transactions, so that a power cut at any moment
//! leaves everything that was there.
//!
//! To look how much is in use reads the whole file. So that no start waits for that in vain, it is looked at once a day
//! beside the work, and noted; only a file that was found wanting is looked at again at the start.

use jiff::Timestamp;
use redb::{Database, ReadableTableMetadata};

use super::Store;
use super::damage::guarded;
use super::error::Error;
use super::handle::begin_write;
use super::table::{Reader, Source};
use super::writer;

/// Less waste than this is not worth a later start: a disk that lacks so little lacks everything tomorrow.
pub const WASTE_MIN_BYTES: u64 = 16 << 20;
/// The counter that holds how many bytes of the file were in use when it was last looked at.
pub const FILE_USED: &str = "file.used_bytes";

/// Where damage is that comes to light meanwhile.
const ITS_PAGES: &str = "a page that was to be moved";

/// How large the data file is, and how much of it is in use; in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    pub bytes: u64,
    pub used_bytes: u64,
}

/// What a file was before it was made compact, and what it is now; in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compacted {
    pub before_bytes: u64,
    /// Of which so much was in use.
    pub used_bytes: u64,
}

impl Extent {
    /// Whether half of it at least is of no use, and enough to be worth the time.
    #[must_use]
    pub fn is_wasteful(self) -> bool {
        let waste = self.bytes.saturating_sub(self.used_bytes);
        waste >= WASTE_MIN_BYTES && waste >= self.used_bytes
    }
}

impl Store {
    /// Makes the data file of `bytes` compact if half of it is waste; `left` bytes are free on its disk, if that is known. For
    /// the start: everybody else waits until it is done.
    ///
    /// # Errors
    /// The disk failed, and the file could not be opened again either. Nothing that was stored is lost.
    pub fn compact(&self, bytes: u64, left: Option<u64>) -> Result<Option<Compacted>, Error> {
        let noted = Extent { bytes, used_bytes: self.read(|r| r.counter(FILE_USED))? };
        if noted.used_bytes == 0 || !noted.is_wasteful() {
            return Ok(None);
        }
        let (handle, now) = (&self.inner.shared.handle, self.inner.shared.clock.now());
        let compacted = handle.alone(|database| guarded(ITS_PAGES, || compact(database, bytes, left, now)));
        self.inner.shared.note_damage();
        if let Err(error) = &compacted {
            tracing::warn!(error = %error.cause(), "the data file could not be made compact; it is used as it is");
            // A database that met an error writes nothing more; opened anew it is what the last step left.
            handle.thaw()?;
        }
        Ok(compacted.unwrap_or_default())
    }
}

impl Reader<'_> {
    /// Bytes of the pages that hold records. Reads all of them, so it is for a snapshot that nobody waits for.
    pub fn used_bytes(&self) -> Result<u64, Error> {
        let Source::Snapshot(snapshot) = self.0 else { return Ok(0) };
        guarded("its list of tables", || {
            let mut used: u64 = 0;
            for handle in snapshot.transaction.list_tables()? {
                let stats = snapshot.transaction.open_untyped_table(handle)?.stats()?;
                for bytes in [stats.stored_bytes(), stats.metadata_bytes(), stats.fragmented_bytes()] {
                    used = used.saturating_add(bytes);
                }
            }
            Ok::<_, Error>(used)
        })
    }
}

fn compact(database: &mut Database, bytes: u64, left: Option<u64>, now: Timestamp) -> Result<Option<Compacted>, Error> {
    let extent = Extent { bytes, used_bytes: used_bytes(database)? };
    if !extent.is_wasteful() {
        return Ok(None);
    }
    // A file system that never writes in place (btrfs, ZFS) needs room for every page that is moved.
    if left.is_some_and(|left| left < extent.used_bytes) {
        tracing::warn!(
            left_bytes = left.unwrap_or_default(),
            needed_bytes = extent.used_bytes,
            "half of the data file is waste, but the disk has not the room to compact it"
        );
        return Ok(None);
    }
    // Whoever starts this program may lose patience and kill it. The next start must not begin the same again: first
    // somebody looks anew.
    writer::change(database, now, |w| w.put_counter(FILE_USED, 0))?;
    tracing::info!(bytes, used_bytes = extent.used_bytes, "half of the data file is waste; it is made compact");
    database.compact()?;
    // With the allocator saved beside it, so that a start after a power cut is instant again.
    begin_write(database)?.commit()?;
    Ok(Some(Compacted { before_bytes: bytes, used_bytes: extent.used_bytes }))
}

/// Bytes of the pages that hold something.
fn used_bytes(database: &Database) -> Result<u64, Error> {
    let transaction = begin_write(database)?;
    let stats = transaction.stats()?;
    transaction.abort()?;
    let page = u64::try_from(stats.page_size()).unwrap_or(u64::MAX);
    Ok(stats.allocated_pages().saturating_mul(page))
}
