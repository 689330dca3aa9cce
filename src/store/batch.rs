//! The one thread that writes.
//!
//! It gathers the changes that are waiting, runs them in one transaction, commits it durably and answers only then:
//! hundreds of callers share one `fsync`. A change that refuses after it wrote something, or panics, spoils the
//! transaction; it is rolled back, and the change runs again by itself, between those before and those behind it. So a
//! refusal never commits half, never takes a neighbour with it, and never speaks of what a neighbour had not stored.
//!
//! After a failed write no change is let in, and the medium is tried again from time to time, whether anybody asks or
//! not.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use redb::{Database, WriteTransaction};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::damage::{guarded, unguarded};
use super::error::Error;
use super::handle::begin_write;
use super::height::Height;
use super::register::Given;
use super::writer::{Wake, Writer};
use super::{Shared, owned};

/// Changes that one commit may carry: enough to outrun the disk, few enough that a rollback costs little.
const BATCH_MAX: usize = 128;
/// How long the writer waits for company after a batch that had some: less than one `fsync` takes.
const LINGER: Duration = Duration::from_micros(200);

/// Where damage is that comes to light while a transaction begins or ends.
const A_WRITE: &str = "a place that must be written";

/// A change that waits for the writer.
pub(super) trait Change: Send {
    fn run(&mut self, writer: &mut Writer<'_>) -> bool;
    fn answer(self: Box<Self>, committed: Result<(), Error>);
}

pub(super) type Waiting = Box<dyn Change>;

/// A change, what came of it, and who waits for that.
pub(super) struct Call<F, T, E> {
    pub change: F,
    pub outcome: Option<Result<T, E>>,
    pub reply: oneshot::Sender<Result<T, E>>,
    /// Its place in the queue, given back when it is answered.
    pub place: OwnedSemaphorePermit,
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
        // A refusal too is worth nothing if the commit failed: it may be for the sake of what was not stored.
        let answer = match (committed, self.outcome) {
            (Ok(()), Some(outcome)) => outcome,
            (Ok(()), None) => Err(E::from(Error::Panicked)),
            (Err(error), _) => Err(E::from(error)),
        };
        drop(self.place);
        // A caller that went away does not want to know.
        drop(self.reply.send(answer));
    }
}

/// How a batch ended within its transaction.
enum Attempt {
    /// Committed, or nothing was to be written.
    Done,
    /// Rolled back, because the change at this place refused or panicked after it may have written.
    SpoiltBy(usize),
}

/// Runs until nobody can send changes any more.
pub(super) fn run(shared: &Shared, changes: &Receiver<Waiting>) {
    let mut had_company = false;
    let mut retry_at: Option<Instant> = None;
    loop {
        let next = next(changes, retry_at);
        if retry_at.is_some_and(|at| at <= Instant::now()) {
            heal(shared);
        }
        match next {
            Next::Change(first) => {
                let batch = gather(first, changes, had_company);
                had_company = batch.len() > 1;
                write(shared, batch);
            }
            Next::Retry => {}
            Next::Over => return,
        }
        retry_at = match (shared.trouble(), retry_at) {
            (None, _) => None,
            (Some(_), Some(at)) if at > Instant::now() => Some(at),
            (Some(_), _) => Some(Instant::now() + shared.retry_after),
        };
    }
}

/// What the writer has to do next.
enum Next {
    Change(Waiting),
    /// It is time to try the medium again.
    Retry,
    /// There will be no more changes.
    Over,
}

fn next(changes: &Receiver<Waiting>, retry_at: Option<Instant>) -> Next {
    let Some(at) = retry_at else { return changes.recv().map_or(Next::Over, Next::Change) };
    match changes.recv_timeout(at.saturating_duration_since(Instant::now())) {
        Ok(change) => Next::Change(change),
        Err(RecvTimeoutError::Timeout) => Next::Retry,
        Err(RecvTimeoutError::Disconnected) => Next::Over,
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
            Err(_) => break,
        }
    }
    batch
}

/// Runs and answers every change of the batch, in their order.
fn write(shared: &Shared, mut batch: Vec<Waiting>) {
    if let Some(words) = shared.trouble() {
        return answer(batch, || Err(Error::ReadOnly(words.clone())));
    }
    match attempt(shared, &mut batch) {
        Ok(Attempt::SpoiltBy(place)) if batch.len() > 1 => {
            let behind = batch.split_off(place + 1);
            let spoiler = batch.split_off(place);
            for part in [batch, spoiler, behind] {
                write(shared, part);
            }
        }
        Ok(_) => answer(batch, || Ok(())),
        Err(error) => {
            fail(shared, &error);
            answer(batch, || Err(Error::InDoubt(error.cause())));
        }
    }
}

fn answer(batch: Vec<Waiting>, committed: impl Fn() -> Result<(), Error>) {
    for change in batch {
        change.answer(committed());
    }
}

/// Runs the batch in one transaction.
fn attempt(shared: &Shared, batch: &mut [Waiting]) -> Result<Attempt, Error> {
    if batch.is_empty() {
        return Ok(Attempt::Done);
    }
    // A panic of a change is caught nearer; this is for the database's own, which must not end the thread.
    let outcome = guarded(A_WRITE, || shared.handle.writable(|database| attempt_on(shared, database, batch)));
    shared.note_damage();
    outcome
}

fn attempt_on(shared: &Shared, database: &Database, batch: &mut [Waiting]) -> Result<Attempt, Error> {
    let transaction = begin_write(database)?;
    let (mut wrote, mut wake, mut given, mut height) = (false, Wake::default(), Vec::new(), None);
    for (place, change) in batch.iter_mut().enumerate() {
        let ran = run_one(shared, &transaction, change.as_mut());
        if ran.spoilt {
            transaction.abort()?;
            return Ok(Attempt::SpoiltBy(place));
        }
        wrote |= ran.wrote;
        wake = wake.and(ran.wake);
        given.extend(ran.given);
        height = ran.height.or(height);
    }
    if wrote {
        transaction.commit()?;
        note(shared, height.as_ref());
        list(shared, given);
        shared.signals.send(wake);
    } else {
        transaction.abort()?;
    }
    Ok(Attempt::Done)
}

/// Writes down which numbers were given out, before anybody is answered.
fn list(shared: &Shared, given: Vec<Given>) {
    let added = owned(&shared.register).as_mut().map_or(Ok(()), |register| register.add(given));
    if let Err(error) = added {
        // The invoices are stored; what the list is for needs a backup that is older than they are.
        tracing::error!(%error, "numbers that were given out could not be listed beside the data; it is tried again");
    }
}

/// Notes how far the journal has got. That it cannot be noted stops nobody: what it is for needs an older file, too.
fn note(shared: &Shared, height: Option<&Height>) {
    if let (Some(note), Some(height)) = (&shared.height, height)
        && let Err(error) = note.write(height)
    {
        tracing::warn!(%error, "how far the journal has got could not be noted beside the data");
    }
}

/// What running one change did to the transaction.
struct Ran {
    spoilt: bool,
    wrote: bool,
    wake: Wake,
    given: Vec<Given>,
    height: Option<Height>,
}

fn run_one(shared: &Shared, transaction: &WriteTransaction, change: &mut dyn Change) -> Ran {
    let mut writer = Writer::new(transaction, &shared.ids, shared.clock.now());
    let run = AssertUnwindSafe(|| unguarded(|| change.run(&mut writer)));
    let spoilt = match catch_unwind(run) {
        Ok(accepted) => !accepted && writer.wrote,
        // It may have stopped in the middle of a row.
        Err(_) => true,
    };
    Ran { spoilt, wrote: writer.wrote, wake: writer.wake, given: writer.given, height: writer.height }
}

/// Lets no further change in and goes on with reading.
fn fail(shared: &Shared, error: &Error) {
    let cause = error.cause();
    tracing::error!(error = %cause, "a write failed: the store is read-only until it can be written again");
    shared.set_trouble(Some(cause));
    if let Err(error) = shared.handle.freeze() {
        tracing::error!(error = %error.cause(), "only what is in memory can be read");
    }
}

/// Tries whether the medium takes writes again.
fn heal(shared: &Shared) {
    match guarded(A_WRITE, || try_medium(shared)) {
        Ok(()) => {
            tracing::warn!("the store takes writes again");
            shared.set_trouble(None);
            shared.signals.send(Wake::ALL);
        }
        Err(error) => {
            shared.set_trouble(Some(error.cause()));
            if let Err(error) = shared.handle.freeze() {
                tracing::debug!(error = %error.cause(), "only what is in memory can be read");
            }
        }
    }
}

fn try_medium(shared: &Shared) -> Result<(), Error> {
    shared.handle.thaw()?;
    // A commit of nothing writes and syncs what every commit does.
    shared.handle.writable(|database| Ok(begin_write(database)?.commit()?))
}
