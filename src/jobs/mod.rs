//! What runs beside the requests: mails leave, events are worked off, attempts are looked at, the books are compared
//! and backed up.
//!
//! The rule of the room: a job is woken, by a commit that gave it something to do or by the moment at which something
//! is due, and never asks in circles. It is told to end and ends when what it is at is done. Everything that it knows
//! is in the store, so that it goes on where it was after any kind of stop.

mod backup;
mod certificate;
mod clockwork;
mod compose;
mod examination;
mod forget;
mod inbox;
mod nights;
mod outbox;
mod reconcile;
mod rest;
mod sweep;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::app::App;
use rest::Rest;

/// How long a stop waits for what is under way; systemd kills after 20 seconds in our unit, and requests come first.
const STOP_WITHIN: Duration = Duration::from_secs(6);
/// A job that panicked begins anew after so long: at once could be for ever.
const AFTER_PANIC: Duration = Duration::from_secs(30);

/// The running jobs.
#[must_use = "jobs end when this is dropped"]
pub struct JobHandles {
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

/// Starts every job.
pub fn start(app: &Arc<App>) -> JobHandles {
    let (stop, told) = watch::channel(false);
    let mut tasks = JoinSet::new();
    let rest = || Rest::new(Arc::clone(app), told.clone());
    tasks.spawn(for_ever("outbox", rest(), outbox::run));
    tasks.spawn(for_ever("inbox", rest(), inbox::run));
    tasks.spawn(for_ever("sweep", rest(), sweep::run));
    tasks.spawn(for_ever("reconcile", rest(), reconcile::run));
    tasks.spawn(for_ever("backup", rest(), backup::run));
    tasks.spawn(for_ever("clockwork", rest(), clockwork::run));
    tasks.spawn(for_ever("certificate", rest(), certificate::run));
    tasks.spawn(for_ever("examination", rest(), examination::run));
    JobHandles { stop, tasks }
}

impl JobHandles {
    /// Tells every job to end and waits until what is under way is done, or is dropped after six seconds: all of it can
    /// be taken up again.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        let ended = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(STOP_WITHIN, ended).await.is_err() {
            tracing::warn!("a job was ended before it was done; it is taken up again at the next start");
        }
    }
}

/// Runs a job until it ends by itself, again and again if it panics.
async fn for_ever<F: Future<Output = ()>>(name: &'static str, rest: Rest, job: impl Fn(Rest) -> F) {
    loop {
        let run = AssertUnwindSafe(job(rest.clone())).catch_unwind();
        if run.await.is_ok() {
            return;
        }
        tracing::error!(job = name, "a job panicked; it begins anew shortly. Please report this");
        if rest.clone().pause(AFTER_PANIC).await.is_break() {
            return;
        }
    }
}
