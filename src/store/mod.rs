//! What lasts. Two doors, [`Store::read`] and [`Store::write`], and nobody else knows that redb is behind them.
//!
//! A transaction is never open across an await. A change is a closure that may be run more than once; what it returns
//! is told to the caller only after it is on disk. Whatever is derived of an invoice (its summary and its place in the
//! lists) is derived anew before each commit that touched it, so that no caller can forget it.

mod batch;
pub mod codec;
mod compaction;
pub mod damage;
mod derived;
pub mod error;
mod file;
mod former;
mod frozen;
mod handle;
pub mod height;
mod home;
mod ids;
mod key;
mod migrate;
pub mod table;
pub mod tables;
pub mod vault;
pub mod writer;

mod attempts;
pub mod backup;
mod backup_runs;
mod behind;
pub mod certificates;
mod contents;
mod credit_notes;
mod customers;
mod disputes;
mod endpoints;
mod everything;
mod fee_invoices;
mod filings;
mod inbox;
pub mod invoices;
pub mod journal;
pub mod ledger;
mod log;
mod look;
mod lost;
mod movements;
mod nameless;
mod outbox;
pub mod payments;
mod payouts;
mod people;
mod refunds;
mod register;
mod remedy;
mod restore;
mod reviews;
pub mod room;
mod runs;
mod settings;
mod signals;
mod snapshot;
mod tally;
pub mod verify;

use std::fs::File;
use std::path::Path;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use redb::StorageBackend;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

pub use backup_runs::{BackupRun, Stored};
pub use compaction::{Compacted, Extent, FILE_USED};
pub use error::Error;
pub use file::{BACKUPS_NAME, FILE_NAME, KEY_NAME, SOCKET_NAME};
pub use former::superseded_formats;
pub use handle::Access;
pub use inbox::Arrived;
pub use key::Key;
pub use migrate::present_format;
pub use outbox::MAIL_WAITS_MAX;
pub use people::{ApiToken, Owner, Scope, SecondStep, Session};
pub use register::{Lost, Numbered};
pub use remedy::remedy;
pub use runs::Remembered;
pub use settings::{BOOKS_PROVEN, EVENT_ARRIVED, FORGOTTEN_EVENTS, FORGOTTEN_MAILS, mail_accepted_by};
pub use signals::{Signals, Wish};
pub use table::{Order, Reader, Span};
pub use tally::{PaymentStatus, Tally};
pub use writer::Writer;

use crate::billing::id::{Id, Kind};
use crate::clock::Clock;
use batch::{Call, Waiting};
use file::{DataFile, Doubt};
use handle::Handle;
use ids::IdSource;
use register::Register;
use snapshot::Snapshot;
use table::Source;

/// Changes that may wait for the disk before further callers wait for a place.
const WAITING_MAX: usize = 1024;
/// How long a caller waits for a place: a disk that is that far behind does not catch up by being asked again.
const PLACE_WAIT: Duration = Duration::from_secs(5);
/// How long after a failed write the medium is tried again.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The store; clones share it. When the last one is dropped, what waits is written and the folder is free.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    shared: Arc<Shared>,
    places: Arc<Semaphore>,
    /// None once the store is closed.
    changes: Mutex<Option<Sender<Waiting>>>,
    writer: Mutex<Option<JoinHandle<()>>>,
}

/// What readers, callers and the writer have in common.
struct Shared {
    handle: Handle,
    /// Why nothing can be written at present, if so.
    trouble: Mutex<Option<String>>,
    /// What to say about damage of the file, once it was met. It does not go away by itself.
    damage: OnceLock<String>,
    retry_after: Duration,
    ids: IdSource,
    clock: Clock,
    signals: Signals,
    /// The numbers that were given out; none over a medium that is no file.
    register: Mutex<Option<Register>>,
    /// How far the journal has got; none over a medium that is no file.
    height: Option<height::Note>,
    /// Held as long as the store is open; another process is refused.
    lock: Mutex<Option<File>>,
}

impl Store {
    /// Opens the store in `folder`, making both if need be.
    ///
    /// # Errors
    /// The folder cannot be used, another process has it open, or the data is of a newer version.
    pub fn open(folder: &Path, clock: Clock) -> Result<Self, Error> {
        Self::open_through(folder, RETRY_AFTER, clock, |file| file)
    }

    /// The same with something before the data file: a test lets it fail there.
    fn open_through<B: StorageBackend>(
        folder: &Path,
        retry_after: Duration,
        clock: Clock,
        before: impl Fn(DataFile) -> B + Send + Sync + 'static,
    ) -> Result<Self, Error> {
        // What another store met on this thread is not this one's.
        drop(damage::met());
        file::make_folder(folder)?;
        file::make_private(folder)?;
        let lock = file::lock(folder)?;
        let path = folder.join(FILE_NAME);
        if !file::exists(&path)? {
            restore::refuse_unfinished(folder)?;
            handle::create(&path)?;
        }
        room::sweep(folder);
        let (at, doubt) = (path.clone(), Doubt::default());
        let handle = Handle::open(move |access| DataFile::open(&at, access, &doubt).map(&before))?;
        former::migrate(&handle, &path)?;
        let (register, list) = register::compare(&handle, folder, clock.now())?;
        let height = height::compare(&handle, folder, clock.now(), list)?;
        register::name(&handle, &register, clock.now())?;
        home::compare(&handle, folder, clock.now())?;
        Self::start(handle, retry_after, clock, Some((register, height, lock)))
    }

    /// Whether there is data in `folder`.
    ///
    /// # Errors
    /// The folder cannot be looked at.
    pub fn is_in(folder: &Path) -> Result<bool, Error> {
        file::exists(&folder.join(FILE_NAME))
    }

    /// An empty store that leaves nothing behind, for what needs a store and has nothing to keep.
    ///
    /// # Errors
    /// There is no memory for it.
    pub fn in_memory(clock: Clock) -> Result<Self, Error> {
        Self::over(|_| Ok(redb::backends::InMemoryBackend::new()), RETRY_AFTER, clock)
    }

    /// A store over any other medium, for tests of what happens when the medium fails. `medium` is asked again after a
    /// failed write: at once for reading only, and for writing every `retry_after` until it can be written.
    ///
    /// # Errors
    /// The medium cannot be opened.
    pub fn over<B: StorageBackend>(
        medium: impl Fn(Access) -> Result<B, Error> + Send + Sync + 'static,
        retry_after: Duration,
        clock: Clock,
    ) -> Result<Self, Error> {
        drop(damage::met());
        let handle = Handle::open(medium)?;
        handle.writable(migrate::to_current)?;
        Self::start(handle, retry_after, clock, None)
    }

    fn start(
        handle: Handle,
        retry_after: Duration,
        clock: Clock,
        folder: Option<(Register, Option<height::Note>, File)>,
    ) -> Result<Self, Error> {
        let (register, height, lock) = match folder {
            Some((register, height, lock)) => (Some(register), height, Some(lock)),
            None => (None, None, None),
        };
        let shared = Arc::new(Shared {
            handle,
            trouble: Mutex::default(),
            damage: OnceLock::new(),
            retry_after,
            ids: IdSource::default(),
            clock,
            signals: Signals::default(),
            register: Mutex::new(register),
            height,
            lock: Mutex::new(lock),
        });
        let (changes, waiting) = channel();
        let theirs = Arc::clone(&shared);
        let writer = std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || batch::run(&theirs, &waiting))
            .map_err(|source| Error::Folder { path: "a thread for the writer".into(), source })?;
        let inner = Inner {
            shared,
            places: Arc::new(Semaphore::new(WAITING_MAX)),
            changes: Mutex::new(Some(changes)),
            writer: Mutex::new(Some(writer)),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// An id for something that is not stored yet: a form may carry it, so that it makes one thing however often it is sent.
    ///
    /// # Errors
    /// The system has no randomness.
    pub fn fresh_id<K: Kind>(&self) -> Result<Id<K>, Error> {
        let shared = &self.inner.shared;
        shared.ids.next(shared.clock.now())
    }

    /// Asks questions of one moment's state. They must not wait for anything, nor read within themselves: a failed
    /// write is got over only between two readings.
    ///
    /// # Errors
    /// What the questions return, or that the store cannot be read.
    pub fn read<T, E: From<Error>>(&self, questions: impl FnOnce(Reader<'_>) -> Result<T, E>) -> Result<T, E> {
        let answer = self.inner.shared.handle.read(|moment| questions(Reader(Source::Snapshot(&Snapshot::of(moment)))));
        self.inner.shared.note_damage();
        answer
    }

    /// The same for questions that take long, or wait for a slow listener. Nobody waits for them: if the store is closed
    /// or opened anew meanwhile, they fail.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub fn read_long<T, E: From<Error>>(&self, questions: impl FnOnce(Reader<'_>) -> Result<T, E>) -> Result<T, E> {
        let moment = self.inner.shared.handle.snapshot();
        let answer =
            moment.map_err(E::from).and_then(|moment| questions(Reader(Source::Snapshot(&Snapshot::of(&moment)))));
        self.inner.shared.note_damage();
        answer
    }

    /// Makes a change and answers when it is on disk. `change` may be run more than once and must not block. A caller
    /// that stops waiting does not take it back. Must be called within a tokio runtime.
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
        let place = self.inner.place().await?;
        let (reply, answer) = oneshot::channel();
        self.inner.send(Box::new(Call { change, outcome: None, reply, place }))?;
        answer.await.unwrap_or_else(|_| Err(E::from(Error::Closed)))
    }

    /// Why nothing can be written at present, if so.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        self.inner.shared.trouble()
    }

    /// What is damaged, as a sentence with the remedy, once a read or a write has met damage.
    #[must_use]
    pub fn damage(&self) -> Option<String> {
        self.inner.shared.damage.get().cloned()
    }

    /// The bells that commits ring.
    #[must_use]
    pub fn signals(&self) -> &Signals {
        &self.inner.shared.signals
    }

    /// Writes what waits, closes the file and gives the folder free, for every clone at once. Later calls answer that
    /// the store is closed.
    ///
    /// # Errors
    /// The file could not be closed cleanly. Nothing that was acknowledged is lost.
    pub fn close(&self) -> Result<(), Error> {
        self.inner.close()
    }
}

impl Inner {
    /// A place in the queue, waited for if it is full.
    async fn place(&self) -> Result<OwnedSemaphorePermit, Error> {
        if let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
            return Ok(place);
        }
        match tokio::time::timeout(PLACE_WAIT, Arc::clone(&self.places).acquire_owned()).await {
            Ok(place) => place.map_err(|_| Error::Closed),
            Err(_) => Err(Error::Busy),
        }
    }

    fn send(&self, change: Waiting) -> Result<(), Error> {
        let changes = owned(&self.changes);
        changes.as_ref().and_then(|changes| changes.send(change).ok()).ok_or(Error::Closed)
    }

    fn close(&self) -> Result<(), Error> {
        drop(owned(&self.changes).take());
        let Some(writer) = owned(&self.writer).take() else { return Ok(()) };
        // A change that held the last clone drops it on the writer's own thread, which then ends by itself.
        if writer.thread().id() == std::thread::current().id() {
            return Ok(());
        }
        drop(writer.join());
        let closed = self.shared.handle.close();
        drop(owned(&self.shared.lock).take());
        closed
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Err(error) = self.close() {
            tracing::warn!(error = %error.cause(), "the store was not closed cleanly; the next start sets that right");
        }
    }
}

impl Shared {
    fn trouble(&self) -> Option<String> {
        owned(&self.trouble).clone()
    }

    /// To be called by whoever lent a transaction, on the thread that used it.
    fn note_damage(&self) {
        let Some(place) = damage::met() else { return };
        let words = Error::Damaged { place }.to_string();
        if self.damage.set(words.clone()).is_ok() {
            tracing::error!("{words}");
        }
    }

    fn set_trouble(&self, trouble: Option<String>) {
        *owned(&self.trouble) = trouble;
    }
}

fn owned<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
