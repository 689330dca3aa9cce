//! The last look at the machine and the books: what was found, and what is still being looked at.
//!
//! It is kept in memory alone, since what was so before a start says nothing. Who looks, and at what, is decided elsewhere; here
//! is only where it is written down, so that a page can show it while it goes on.

use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::config::check::{Finding, Level};
use crate::store::Wish;

/// What one look found: one sentence, and one about what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// What was looked at, by a name that stays.
    pub code: String,
    pub level: Level,
    pub detail: String,
    pub remedy: Option<String>,
}

impl Line {
    /// A finding under the name that it has here.
    #[must_use]
    pub fn of(code: &str, finding: Finding) -> Self {
        let Finding { level, detail, remedy, .. } = finding;
        // What a mail server or another library said may be a whole sentence already.
        let detail = detail.trim_end_matches('.').to_owned();
        Self { code: code.to_owned(), level, detail, remedy }
    }
}

/// `warn clock  what it is like; what to do`
impl std::fmt::Display for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}  {}", self.level.word(), self.code, self.detail)?;
        self.remedy.as_ref().map_or(Ok(()), |remedy| write!(f, "; {remedy}"))
    }
}

/// One examination, as far as it has got.
#[derive(Clone, Debug, Default)]
pub struct Examined {
    pub begun_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    pub lines: Vec<Line>,
    /// The names of what is still being looked at.
    pub under_way: Vec<&'static str>,
}

/// The last examination, and whether somebody wants another.
#[derive(Debug, Default)]
pub struct Examination {
    last: Mutex<Examined>,
    pub wish: Wish,
}

impl Examination {
    fn last(&self) -> MutexGuard<'_, Examined> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How far the last one has got.
    #[must_use]
    pub fn so_far(&self) -> Examined {
        self.last().clone()
    }

    /// Whether one is going on, or is about to.
    #[must_use]
    pub fn is_under_way(&self) -> bool {
        let last = self.last();
        self.wish.is_made() || (last.begun_at.is_some() && last.ended_at.is_none())
    }

    /// Begins anew.
    pub fn begin(&self, now: Timestamp, codes: Vec<&'static str>) {
        *self.last() = Examined { begun_at: Some(now), under_way: codes, ..Examined::default() };
    }

    /// Writes down what was found of these names.
    pub fn found(&self, codes: &[&str], lines: &[Line]) {
        let mut last = self.last();
        last.under_way.retain(|code| !codes.contains(code));
        last.lines.extend_from_slice(lines);
    }

    pub fn end(&self, now: Timestamp) {
        let mut last = self.last();
        last.under_way.clear();
        last.ended_at = Some(now);
    }
}
