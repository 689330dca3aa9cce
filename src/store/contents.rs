//! What a copy holds, in figures: rows by table, and what the accounts of the ledger come to.
//!
//! They are counted in the data before it is copied and again in what was put back of the copy: so a copy from which
//! something is missing is known as one, although everything that is in it fits together.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use redb::{ReadTransaction, ReadableTableMetadata, TableDefinition, TableHandle};
use serde::{Deserialize, Serialize};

use super::backup::is_copied;
use super::damage::guarded;
use super::error::Error;
use super::key::Key;
use super::snapshot::Snapshot;
use super::table::{Order, Reader, Source, Span};
use super::tables::BALANCES;

/// The figures.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contents {
    /// Rows by table; those that have none are left out.
    pub rows: BTreeMap<String, u64>,
    /// By book and currency (`live EUR`): what stands in debit on all accounts, in minor units, and so in credit as well.
    pub ledger: BTreeMap<String, i64>,
}

impl Contents {
    /// Counts what one moment's data holds, as far as it is copied.
    pub(super) fn of(moment: &ReadTransaction) -> Result<Self, Error> {
        let snapshot = Snapshot::of(moment);
        let reader = Reader(Source::Snapshot(&snapshot));
        let mut contents = Self::default();
        for handle in guarded("its list of tables", || moment.list_tables().map(Iterator::collect::<Vec<_>>))? {
            let rows = length(moment, handle.name())?;
            if rows > 0 && is_copied(handle.name()) {
                contents.rows.insert(handle.name().to_owned(), rows);
            }
        }
        let mut is_too_much = false;
        reader.walk(&BALANCES, Span::all(), Order::Ascending, |(book, currency, _), balance| {
            let sum = contents.ledger.entry(format!("{} {}", book.shown(), currency.shown())).or_default();
            match sum.checked_add(balance.max(0)) {
                Some(more) => *sum = more,
                None => is_too_much = true,
            }
            Ok(ControlFlow::Continue(()))
        })?;
        if is_too_much {
            Err(Error::Unsound("the accounts come to more than can be counted".into()))
        } else {
            Ok(contents)
        }
    }

    /// Rows of a table, by its name without the version.
    #[must_use]
    pub fn count(&self, table: &str) -> u64 {
        let is_it = |name: &str| name.split_once('.').is_some_and(|(bare, _)| bare == table);
        self.rows.iter().filter(|(name, _)| is_it(name)).map(|(_, rows)| rows).sum()
    }

    /// What differs, as a few words; `None` if nothing does.
    pub(super) fn differs(&self, found: &Self) -> Option<&'static str> {
        if self.rows != found.rows {
            Some("the number of its rows")
        } else if self.ledger != found.ledger {
            Some("the sums of its ledger")
        } else {
            None
        }
    }
}

fn length(moment: &ReadTransaction, name: &str) -> Result<u64, Error> {
    guarded(name, || {
        let table = moment.open_table(TableDefinition::<&[u8], &[u8]>::new(name))?;
        Ok::<_, Error>(table.len()?)
    })
}
