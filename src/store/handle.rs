//! The open database, and how it goes on being read while it cannot be written.
//!
//! After a write failed it is opened again on a [`Frozen`] medium, and later, when the writer tries again, on the
//! medium itself. Whoever reads meanwhile finds one or the other.

use std::path::Path;
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use redb::{Database, ReadTransaction, ReadableDatabase, StorageBackend, WriteTransaction};

use super::damage::guarded;
use super::error::Error;
use super::file::{self, DataFile};
use super::frozen::Frozen;
use super::migrate;

/// Bytes of pages kept in memory: the lists of ten thousand invoices, and little enough for the smallest server.
const CACHE_BYTES: usize = 16 << 20;

/// The parts of a file that belong to no table.
const ITS_HEAD: &str = "its head";
const ITS_END: &str = "its end";

/// What a medium is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    ReadWrite,
    ReadOnly,
}

type Opener = Box<dyn Fn(Access) -> Result<Database, Error> + Send + Sync>;

pub(super) struct Handle {
    open: Opener,
    current: RwLock<Current>,
}

enum Current {
    Writable(Database),
    Frozen(Database),
    Closed,
}

impl Handle {
    /// Opens what `medium` gives, which it is asked for again after a write failed.
    pub(super) fn open<B: StorageBackend>(
        medium: impl Fn(Access) -> Result<B, Error> + Send + Sync + 'static,
    ) -> Result<Self, Error> {
        let open: Opener = Box::new(move |access| {
            let backend = medium(access)?;
            match access {
                Access::ReadWrite => database(backend),
                Access::ReadOnly => database(Frozen::new(backend).map_err(redb::StorageError::from)?),
            }
        });
        let current = RwLock::new(Current::Writable(open(Access::ReadWrite)?));
        Ok(Self { open, current })
    }

    /// Shows `questions` one moment's state. The database stays open meanwhile.
    pub(super) fn read<T, E: From<Error>>(
        &self,
        questions: impl FnOnce(&ReadTransaction) -> Result<T, E>,
    ) -> Result<T, E> {
        let guard = self.current();
        questions(&guard.begin_read()?)
    }

    /// One moment's state for whoever takes long. If the database is opened anew meanwhile, it cannot be read further.
    pub(super) fn snapshot(&self) -> Result<ReadTransaction, Error> {
        self.current().begin_read()
    }

    /// Lends the database to whoever writes or migrates it.
    pub(super) fn writable<T>(&self, work: impl FnOnce(&Database) -> Result<T, Error>) -> Result<T, Error> {
        match &*self.current() {
            Current::Writable(database) => work(database),
            Current::Frozen(_) | Current::Closed => Err(Error::Closed),
        }
    }

    /// Lends the database to whoever must be alone with it: waits for those who are reading, and nobody begins meanwhile.
    pub(super) fn alone<T>(&self, work: impl FnOnce(&mut Database) -> Result<T, Error>) -> Result<T, Error> {
        match &mut *self.current.write().unwrap_or_else(PoisonError::into_inner) {
            Current::Writable(database) => work(database),
            Current::Frozen(_) | Current::Closed => Err(Error::Closed),
        }
    }

    /// Goes on with reading only. If even that is impossible, what is in memory can still be read.
    pub(super) fn freeze(&self) -> Result<(), Error> {
        if matches!(*self.current(), Current::Writable(_)) {
            let frozen = (self.open)(Access::ReadOnly)?;
            drop(self.replace(Current::Frozen(frozen)));
        }
        Ok(())
    }

    /// Opens the medium for writing again.
    pub(super) fn thaw(&self) -> Result<(), Error> {
        // Two that write must never be open at once: the first, closing, would write over what the second did.
        self.freeze()?;
        let writable = (self.open)(Access::ReadWrite)?;
        drop(self.replace(Current::Writable(writable)));
        Ok(())
    }

    /// Closes it for good.
    pub(super) fn close(&self) -> Result<(), Error> {
        match self.replace(Current::Closed) {
            Current::Writable(database) => guarded(ITS_END, || database.close()),
            Current::Frozen(_) | Current::Closed => Ok(()),
        }
    }

    fn current(&self) -> RwLockReadGuard<'_, Current> {
        self.current.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for those who are reading.
    fn replace(&self, next: Current) -> Current {
        std::mem::replace(&mut *self.current.write().unwrap_or_else(PoisonError::into_inner), next)
    }
}

impl Current {
    fn begin_read(&self) -> Result<ReadTransaction, Error> {
        match self {
            Self::Writable(database) | Self::Frozen(database) => guarded(ITS_HEAD, || database.begin_read()),
            Self::Closed => Err(Error::Closed),
        }
    }
}

/// Opens a medium, or makes an empty store on an empty one.
pub(super) fn database(backend: impl StorageBackend) -> Result<Database, Error> {
    let open = || Database::builder().set_cache_size(CACHE_BYTES).create_with_backend(backend);
    guarded(ITS_HEAD, open)
}

/// A transaction that is on disk when its commit returns, in two phases and with the allocator saved beside it: the
/// next start is instant even after a power cut.
pub(super) fn begin_write(database: &Database) -> Result<WriteTransaction, Error> {
    let mut transaction = database.begin_write()?;
    transaction.set_durability(redb::Durability::Immediate)?;
    transaction.set_quick_repair(true);
    Ok(transaction)
}

/// Makes the file under another name first: a power cut while it is made must not leave one that cannot be opened.
pub(super) fn create(path: &Path) -> Result<(), Error> {
    let fresh = path.with_extension("new");
    let made = database(DataFile::create(&fresh)?)?;
    migrate::to_current(&made)?;
    made.close()?;
    file::publish(&fresh, path)
}
