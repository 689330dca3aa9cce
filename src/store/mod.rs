//! What lasts. Two doors, [`Store::read`] and [`Store::write`], and nobody else knows that redb is behind them.
//!
//! A transaction is never open across an await. A change is a closure that may be run more than once; what it returns
//! is told to the caller only after it is on disk. Whatever is derived of an invoice (its summary and its place in the
//! lists) is derived anew before each commit that touched it, so that no caller can forget it.

mod codec;
mod derived;
pub mod error;
mod ids;
mod key;
mod migrate;
pub mod table;
pub mod tables;
pub mod vault;
pub mod writer;

mod attempts;
pub mod backup;
mod customers;
mod everything;
mod inbox;
pub mod invoices;
pub mod journal;
pub mod ledger;
mod log;
mod outbox;
pub mod payments;
mod people;
mod reviews;
mod runs;
mod settings;
pub mod verify;

use std::fs::{File, TryLockError};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};
use std::time::{Duration, Instant};

use redb::backends::FileBackend;
use redb::{Database, ReadableDatabase};
use tokio::sync::{Notify, oneshot};

pub use error::Error;
pub use key::Key;
pub use people::{ApiToken, Owner, Scope, Session};
pub use runs::Remembered;
pub use table::{Order, Reader, Span};
pub use writer::Writer;

use crate::clock::Clock;
use ids::IdSource;
use table::Source;
use writer::{Call, Change, Wake};

/// Changes that may wait for the disk before callers are told to try again.
const WAITING_MAX: usize = 1024;
/// Bytes of pages kept in memory: the size of a small business's whole store.
const CACHE_BYTES: usize = 16 << 20;
/// Who is just ending lets go of the folder within moments: a second is waited for it.
const LOCK_TRIES: u32 = 20;
const LOCK_PAUSE: Duration = Duration::from_millis(50);
/// The one file that holds everything.
pub const FILE_NAME: &str = "quittance.redb";

/// The store; clones share it.
#[derive(Clone)]
pub struct Store {
    shared: Arc<Shared>,
    changes: SyncSender<Box<dyn Change>>,
}

/// Opens the file, anew after a write failed.
type Opener = Box<dyn Fn() -> Result<Database, Error> + Send + Sync>;

pub(crate) struct Shared {
    open: Opener,
    database: RwLock<Option<Database>>,
    trouble: Mutex<Option<Trouble>>,
    ids: IdSource,
    clock: Clock,
    signals: Signals,
    /// Held as long as the store is open; another process is refused.
    _lock: Option<File>,
}

/// Why the store is read-only, and since when.
#[derive(Clone, Debug)]
struct Trouble {
    words: String,
    since: Instant,
}

/// Bells that ring after a commit that gives somebody something to do.
#[derive(Default)]
pub struct Signals {
    pub inbox: Notify,
    pub outbox: Notify,
    pub attempts: Notify,
}

impl Signals {
    fn send(&self, wake: Wake) {
        for (rings, bell) in [(wake.inbox, &self.inbox), (wake.outbox, &self.outbox), (wake.attempts, &self.attempts)] {
            if rings {
                bell.notify_one();
            }
        }
    }
}

impl Store {
    /// Opens the store in `folder`, making both if need be.
    ///
    /// # Errors
    /// The folder cannot be used, another process has it open, or the data is of a newer version.
    pub fn open(folder: &Path, clock: Clock) -> Result<Self, Error> {
        make_folder(folder)?;
        let lock = lock(folder)?;
        let path = folder.join(FILE_NAME);
        if !path.exists() {
            create(folder, &path, &clock)?;
        }
        Self::start(Box::new(move || open_file(&path)), clock, Some(lock))
    }

    /// A store over any other medium, for tests of what happens when the medium fails.
    ///
    /// # Errors
    /// The medium cannot be opened.
    pub fn over(
        open: impl Fn() -> Result<Database, Error> + Send + Sync + 'static,
        clock: Clock,
    ) -> Result<Self, Error> {
        Self::start(Box::new(open), clock, None)
    }

    fn start(open: Opener, clock: Clock, lock: Option<File>) -> Result<Self, Error> {
        let database = open()?;
        migrate::to_current(&database, &clock)?;
        let shared = Arc::new(Shared {
            open,
            database: RwLock::new(Some(database)),
            trouble: Mutex::new(None),
            ids: IdSource::default(),
            clock,
            signals: Signals::default(),
            _lock: lock,
        });
        let (changes, waiting) = sync_channel(WAITING_MAX);
        let theirs = Arc::clone(&shared);
        std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || writer::run(&theirs, &waiting))
            .map_err(|source| Error::Folder { path: "a thread for the writer".into(), source })?;
        Ok(Self { shared, changes })
    }

    /// Asks questions of one moment's state.
    ///
    /// # Errors
    /// What the questions return, or that the store cannot be read.
    pub fn read<T, E: From<Error>>(&self, questions: impl FnOnce(Reader<'_>) -> Result<T, E>) -> Result<T, E> {
        let guard = self.shared.database();
        let database = guard.as_ref().ok_or_else(|| Error::ReadOnly("it is closed".into()))?;
        let snapshot = database.begin_read().map_err(Error::from)?;
        questions(Reader(Source::Snapshot(&snapshot)))
    }

    /// Makes a change and answers when it is on disk. `change` may be run more than once and must not block.
    ///
    /// # Errors
    /// What the change returns (then nothing was stored), or that the store cannot be written.
    pub async fn write<T, E>(
        &self,
        change: impl FnMut(&mut Writer<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let call = Box::new(Call { change, outcome: None, reply });
        self.changes.try_send(call).map_err(|error| match error {
            TrySendError::Full(_) => Error::Busy,
            TrySendError::Disconnected(_) => Error::ReadOnly("it is closed".into()),
        })?;
        answer.await.unwrap_or_else(|_| Err(E::from(Error::Panicked)))
    }

    /// Why nothing can be written at present, if so.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        self.shared.current_trouble().map(|trouble| trouble.words)
    }

    /// The bells that commits ring.
    #[must_use]
    pub fn signals(&self) -> &Signals {
        &self.shared.signals
    }
}

impl Shared {
    fn database(&self) -> RwLockReadGuard<'_, Option<Database>> {
        self.database.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn current_trouble(&self) -> Option<Trouble> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn trouble(&self, words: Option<String>) {
        let trouble = words.map(|words| Trouble { words, since: Instant::now() });
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
    }

    /// Closes the file and opens it again: a redb handle takes no write after one failed.
    fn reopen(&self) -> Result<(), Error> {
        let mut database = self.database.write().unwrap_or_else(PoisonError::into_inner);
        drop(database.take());
        *database = Some((self.open)()?);
        Ok(())
    }
}

fn make_folder(folder: &Path) -> Result<(), Error> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|source| unusable(folder, source))
}

fn unusable(path: &Path, source: std::io::Error) -> Error {
    Error::Folder { path: path.display().to_string(), source }
}

/// Takes the folder for this process.
fn lock(folder: &Path) -> Result<File, Error> {
    let path = folder.join("lock");
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(&path)
        .map_err(|source| unusable(&path, source))?;
    for _ in 0..LOCK_TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_PAUSE),
            Err(TryLockError::Error(source)) => return Err(unusable(&path, source)),
        }
    }
    Err(Error::InUse(folder.display().to_string()))
}

/// Makes the file under another name first: a power cut while it is made must not leave one that cannot be opened.
fn create(folder: &Path, path: &Path, clock: &Clock) -> Result<(), Error> {
    let fresh: PathBuf = path.with_extension("new");
    if fresh.exists() {
        std::fs::remove_file(&fresh).map_err(|source| unusable(&fresh, source))?;
    }
    migrate::to_current(&open_file(&fresh)?, clock)?;
    publish(folder, &fresh, path)
}

/// Gives a finished file its name, durably.
pub(super) fn publish(folder: &Path, fresh: &Path, path: &Path) -> Result<(), Error> {
    File::open(fresh)
        .and_then(|file| file.sync_all())
        .and_then(|()| std::fs::rename(fresh, path))
        .and_then(|()| File::open(folder)?.sync_all())
        .map_err(|source| unusable(path, source))
}

pub(super) fn open_file(path: &Path) -> Result<Database, Error> {
    let file = File::options()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .mode(0o600)
        .open(path)
        .map_err(|source| unusable(path, source))?;
    Ok(Database::builder().set_cache_size(CACHE_BYTES).create_with_backend(FileBackend::new(file)?)?)
}
