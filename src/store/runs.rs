//! Reconciliation passes, and answers that the API remembers for a repeated request.

use std::ops::ControlFlow;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::table::{Order, Reader, Span};
use super::tables::{REMEMBERED, RUNS};
use super::writer::Writer;
use crate::billing::id::{RunId, TokenId};
pub use crate::billing::report::Run;

/// Passes that are kept: a year of quarter-hourly ones would be 35,000, and only the latest are ever read.
const RUNS_MAX: usize = 2_000;

/// The first answer to a request with an idempotency key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Remembered {
    pub at: Timestamp,
    /// SHA-256 over method, path and body, in hexadecimal.
    pub request_digest: String,
    pub status: u16,
    pub content_type: String,
    pub body: String,
}

impl Reader<'_> {
    pub fn run(&self, id: RunId) -> Result<Option<Run>, Error> {
        self.get(&RUNS, &id)
    }

    /// The newest passes from behind `after`; one more than `limit` if there are more.
    pub fn runs(&self, after: Option<RunId>, limit: usize) -> Result<Vec<Run>, Error> {
        let span = after.map_or_else(Span::all, |id| Span::all().before(&id));
        let rows = self.collect(&RUNS, span, Order::Descending, limit.saturating_add(1))?;
        Ok(rows.into_iter().map(|(_, run)| run).collect())
    }

    /// The newest passes, one after the other, until `look` breaks off; `most` at most.
    pub fn each_run(&self, most: usize, mut look: impl FnMut(Run) -> ControlFlow<()>) -> Result<(), Error> {
        let mut left = most;
        self.walk(&RUNS, Span::all(), Order::Descending, |_, run| {
            left = left.saturating_sub(1);
            Ok(match look(run) {
                ControlFlow::Continue(()) if left > 0 => ControlFlow::Continue(()),
                _ => ControlFlow::Break(()),
            })
        })
    }

    pub fn remembered(&self, token: TokenId, key: &str) -> Result<Option<Remembered>, Error> {
        self.get(&REMEMBERED, &(token, key.to_owned()))
    }
}

impl Writer<'_> {
    /// Stores a pass and lets the oldest go when there are too many.
    pub fn put_run(&mut self, run: &Run) -> Result<(), Error> {
        self.put(&RUNS, &run.id, run)?;
        let count = usize::try_from(self.count(&RUNS, Span::all())?).unwrap_or(usize::MAX);
        for (id, _) in self.collect(&RUNS, Span::all(), Order::Ascending, count.saturating_sub(RUNS_MAX))? {
            self.remove(&RUNS, &id)?;
        }
        Ok(())
    }

    pub fn put_remembered(&mut self, token: TokenId, key: &str, answer: &Remembered) -> Result<(), Error> {
        self.put(&REMEMBERED, &(token, key.to_owned()), answer)
    }

    /// Forgets answers from before `until`.
    pub fn forget_remembered(&mut self, until: Timestamp) -> Result<(), Error> {
        // Only the keys are kept meanwhile: the answers of a busy day would not fit into a small server's memory.
        let mut old = Vec::new();
        self.walk(&REMEMBERED, Span::all(), Order::Ascending, |key, answer| {
            if answer.at < until {
                old.push(key);
            }
            Ok(ControlFlow::Continue(()))
        })?;
        old.iter().try_for_each(|key| self.remove(&REMEMBERED, key))
    }
}
