//! The one thread that writes.
//!
//! It gathers the changes that are waiting, runs them in one transaction, commits with two phases and a saved
//! allocator (instant restart after a crash), and answers only then: hundreds of callers share one `fsync`. A change
//! that refuses after it wrote something, or panics, spoils the transaction; then it is rolled back and each change
//! runs by itself, so that a refusal never commits half and never takes a neighbour with it.

use std::collections::BTreeSet;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use redb::{Database, Durability, WriteTransaction};
use serde::Serialize;
use tokio::sync::oneshot;

use super::Shared;
use super::error::Error;
use super::ids::{self, IdSource};
use super::key::Key;
use super::table::{Raw, Reader, Source, Table, encoded};
use crate::billing::id::{Id, InvoiceId, Kind};

/// Changes that one commit may carry: enough to outrun the disk, few enough that a rollback costs little.
const BATCH_MAX: usize = 128;
/// How long the writer waits for company after a batch that had some: less than one `fsync` takes.
const LINGER: Duration = Duration::from_micros(200);
/// How long after a failed write the file is opened anew.
const REOPEN_AFTER: Duration = Duration::from_secs(1);

/// What a committed change may have given somebody to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Wake {
    pub inbox: bool,
    pub outbox: bool,
    pub attempts: bool,
}

/// The changes, within one transaction; also answers every question of [`Reader`].
pub struct Writer<'t> {
    reader: Reader<'t>,
    transaction: &'t WriteTransaction,
    ids: &'t IdSource,
    now: Timestamp,
    wrote: bool,
    touched: BTreeSet<InvoiceId>,
    pub(super) wake: Wake,
}

impl<'t> Deref for Writer<'t> {
    type Target = Reader<'t>;

    fn deref(&self) -> &Reader<'t> {
        &self.reader
    }
}

impl Writer<'_> {
    /// The moment of this change.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// A new id.
    pub fn id<K: Kind>(&self) -> Result<Id<K>, Error> {
        self.ids.next(self.now)
    }

    /// 128 bits that nobody can guess.
    pub fn entropy(&self) -> Result<u128, Error> {
        ids::entropy()
    }

    /// Notes that what is derived of an invoice must be derived again before the commit.
    pub(super) fn touch(&mut self, invoice: InvoiceId) {
        self.touched.insert(invoice);
    }

    pub(super) fn put<K: Key, V: Serialize>(&mut self, table: &Table<K, V>, key: &K, value: &V) -> Result<(), Error> {
        let bytes = encoded(table, value)?;
        self.put_raw(table.raw(), &key.to_bytes(), &bytes)
    }

    pub(super) fn remove<K: Key, V>(&mut self, table: &Table<K, V>, key: &K) -> Result<(), Error> {
        self.remove_raw(table.raw(), &key.to_bytes())
    }

    pub(super) fn put_raw(&mut self, table: Raw, key: &[u8], value: &[u8]) -> Result<(), Error> {
        self.wrote = true;
        self.transaction.open_table(table)?.insert(key, value)?;
        Ok(())
    }

    pub(super) fn remove_raw(&mut self, table: Raw, key: &[u8]) -> Result<(), Error> {
        self.wrote = true;
        self.transaction.open_table(table)?.remove(key)?;
        Ok(())
    }

    fn derive_touched(&mut self) -> Result<(), Error> {
        while let Some(invoice) = self.touched.pop_first() {
            self.derive_summary(invoice)?;
        }
        Ok(())
    }
}

/// How a change ended within its transaction.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ran {
    Accepted,
    /// It said no before it wrote anything: the transaction is as it was.
    RefusedClean,
    /// It said no, or panicked, after it may have written.
    Spoilt,
}

/// A change that waits for the writer.
pub(super) trait Change: Send {
    fn run(&mut self, writer: &mut Writer<'_>) -> bool;
    fn answer(self: Box<Self>, committed: Result<(), Error>);
}

/// A change, what came of it, and who waits for that.
pub(super) struct Call<F, T, E> {
    pub change: F,
    pub outcome: Option<Result<T, E>>,
    pub reply: oneshot::Sender<Result<T, E>>,
}

impl<F, T, E> Change for Call<F, T, E>
where
    F: FnMut(&mut Writer<'_>) -> Result<T, E> + Send,
    T: Send,
    E: From<Error> + Send,
{
    fn run(&mut self, writer: &mut Writer<'_>) -> bool {
        self.outcome = None;
        let outcome = (self.change)(writer).and_then(|value| writer.derive_touched().map(|()| value).map_err(E::from));
        self.outcome.insert(outcome).is_ok()
    }

    fn answer(self: Box<Self>, committed: Result<(), Error>) {
        let answer = match (committed, self.outcome) {
            (Ok(()), Some(outcome)) => outcome,
            (Err(_), Some(Err(refusal))) => Err(refusal),
            (Err(error), _) => Err(E::from(error)),
            (Ok(()), None) => Err(E::from(Error::Panicked)),
        };
        // A caller that went away does not want to know.
        drop(self.reply.send(answer));
    }
}

type Waiting = Box<dyn Change>;

/// Runs until nobody can send changes any more.
pub(super) fn run(shared: &Arc<Shared>, changes: &Receiver<Waiting>) {
    let mut had_company = false;
    while let Ok(first) = changes.recv() {
        let batch = gather(first, changes, had_company);
        had_company = batch.len() > 1;
        write(shared, batch);
    }
}

fn gather(first: Waiting, changes: &Receiver<Waiting>, linger: bool) -> Vec<Waiting> {
    let mut batch = vec![first];
    let until = Instant::now() + LINGER;
    while batch.len() < BATCH_MAX {
        if let Ok(next) = changes.try_recv() {
            batch.push(next);
            continue;
        }
        let left = until.saturating_duration_since(Instant::now());
        if !linger || left.is_zero() {
            break;
        }
        match changes.recv_timeout(left) {
            Ok(next) => batch.push(next),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
        }
    }
    batch
}

fn write(shared: &Shared, batch: Vec<Waiting>) {
    if let Err(error) = ready(shared) {
        let words = error.to_string();
        for change in batch {
            change.answer(Err(Error::ReadOnly(words.clone())));
        }
        return;
    }
    if batch.len() == 1 {
        return write_alone(shared, batch);
    }
    let mut batch = batch;
    match attempt(shared, &mut batch) {
        Ok(true) => answer_all(batch),
        Ok(false) => write_alone(shared, batch),
        Err(error) => fail(shared, batch, &error),
    }
}

fn answer_all(batch: Vec<Waiting>) {
    for change in batch {
        change.answer(Ok(()));
    }
}

fn write_alone(shared: &Shared, batch: Vec<Waiting>) {
    for change in batch {
        let mut alone = vec![change];
        match attempt(shared, &mut alone) {
            Ok(_) => answer_all(alone),
            Err(error) => fail(shared, alone, &error),
        }
    }
}

/// After a failed write the handle refuses all further ones: readers go on, writers are told, and it is opened anew.
fn fail(shared: &Shared, batch: Vec<Waiting>, error: &Error) {
    let words = error.to_string();
    tracing::error!(error = %words, "a write failed: the store is read-only until it can be opened again");
    shared.trouble(Some(words.clone()));
    for change in batch {
        change.answer(Err(Error::ReadOnly(words.clone())));
    }
}

/// Makes sure that the store can be written, opening it anew if the last write failed some time ago.
fn ready(shared: &Shared) -> Result<(), Error> {
    let Some(trouble) = shared.current_trouble() else { return Ok(()) };
    if trouble.since.elapsed() < REOPEN_AFTER {
        return Err(Error::ReadOnly(trouble.words));
    }
    shared.reopen().inspect_err(|error| shared.trouble(Some(error.to_string())))?;
    tracing::warn!("the store was opened again and takes writes");
    shared.trouble(None);
    Ok(())
}

/// Runs the batch in one transaction. `Ok(true)`: committed, or nothing was to be written. `Ok(false)`: taken back.
fn attempt(shared: &Shared, batch: &mut [Waiting]) -> Result<bool, Error> {
    let guard = shared.database();
    let Some(database) = guard.as_ref() else { return Err(Error::ReadOnly("it is closed".into())) };
    let transaction = begin(database)?;
    let mut wake = Wake::default();
    let mut wrote = false;
    for change in batch.iter_mut() {
        let (ran, woke) = run_one(shared, &transaction, change.as_mut());
        match ran {
            Ran::Spoilt => {
                transaction.abort()?;
                return Ok(false);
            }
            Ran::RefusedClean => {}
            Ran::Accepted => {
                wrote = true;
                wake.inbox |= woke.inbox;
                wake.outbox |= woke.outbox;
                wake.attempts |= woke.attempts;
            }
        }
    }
    if wrote {
        transaction.commit()?;
        shared.signals.send(wake);
    } else {
        transaction.abort()?;
    }
    Ok(true)
}

fn begin(database: &Database) -> Result<WriteTransaction, Error> {
    let mut transaction = database.begin_write()?;
    transaction.set_durability(Durability::Immediate)?;
    transaction.set_quick_repair(true);
    Ok(transaction)
}

fn run_one(shared: &Shared, transaction: &WriteTransaction, change: &mut dyn Change) -> (Ran, Wake) {
    let mut writer = Writer {
        reader: Reader(Source::Writing(transaction)),
        transaction,
        ids: &shared.ids,
        now: shared.clock.now(),
        wrote: false,
        touched: BTreeSet::new(),
        wake: Wake::default(),
    };
    let ran = match catch_unwind(AssertUnwindSafe(|| change.run(&mut writer))) {
        Ok(true) => Ran::Accepted,
        Ok(false) if !writer.wrote => Ran::RefusedClean,
        Ok(false) | Err(_) => Ran::Spoilt,
    };
    (ran, writer.wake)
}
