//! How a job rests: until its bell rings, a moment comes, the connections change, or it is told to end.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Notify, watch};

use crate::app::{App, Connections};
use crate::store;

/// After the store failed: the writer opens it anew within a second, and a full disk does not empty itself faster.
const AFTER_FAILURE: Duration = Duration::from_secs(5);
/// A job looks again after so long even if nothing is known to be due.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_hours(1);

/// The appliance, and the word to end.
#[derive(Clone)]
pub(super) struct Rest {
    pub app: Arc<App>,
    told: watch::Receiver<bool>,
    connections: watch::Receiver<Arc<Connections>>,
    /// When the job last looked at what is due: if the date is set back after that, it looks again.
    looked_at: Timestamp,
}

impl Rest {
    pub fn new(app: Arc<App>, told: watch::Receiver<bool>) -> Self {
        let (connections, looked_at) = (app.reconnections(), app.clock.now());
        Self { app, told, connections, looked_at }
    }

    pub fn is_over(&self) -> bool {
        *self.told.borrow()
    }

    /// Waits for the word to end.
    pub async fn over(&mut self) {
        // The sender is gone only when the process ends: that is the word, too.
        let _ = self.told.wait_for(|over| *over).await;
    }

    /// Rests until `bell`, the moment `next`, or new connections. `Break` when it is over.
    pub async fn until(&mut self, bell: &Notify, next: Option<Timestamp>) -> ControlFlow<()> {
        let Self { app, told, connections, looked_at } = self;
        let latest = app.clock.now().saturating_add(LOOK_AGAIN).unwrap_or(Timestamp::MAX);
        tokio::select! {
            biased;
            _ = told.wait_for(|over| *over) => return ControlFlow::Break(()),
            () = bell.notified() => {}
            () = app.clock.until_or_set_back(next.unwrap_or(latest).min(latest), *looked_at) => {}
            _ = connections.changed() => {}
        }
        *looked_at = app.clock.now();
        ControlFlow::Continue(())
    }

    /// Rests for a while. `Break` when it is over.
    pub async fn pause(&mut self, time: Duration) -> ControlFlow<()> {
        tokio::select! {
            biased;
            () = self.over() => ControlFlow::Break(()),
            () = tokio::time::sleep(time) => ControlFlow::Continue(()),
        }
    }

    /// Says that the store failed and rests before it is asked again.
    pub async fn after(&mut self, job: &'static str, error: &store::Error) -> ControlFlow<()> {
        tracing::warn!(job, %error, "a job could not go on and tries again");
        self.pause(AFTER_FAILURE).await
    }
}
