//! One moment's state, with its tables held open: to open one costs more than a row of it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use redb::{ReadOnlyTable, ReadTransaction, TableError, TableHandle};

use super::damage::guarded;
use super::error::Error;
use super::table::Raw;

type Opened = Rc<ReadOnlyTable<&'static [u8], &'static [u8]>>;

/// What one thread reads of a moment. Others may read the same transaction beside it, each through its own.
pub(super) struct Snapshot<'t> {
    pub(super) transaction: &'t ReadTransaction,
    tables: RefCell<HashMap<String, Option<Opened>>>,
}

impl<'t> Snapshot<'t> {
    pub(super) fn of(transaction: &'t ReadTransaction) -> Self {
        Self { transaction, tables: RefCell::default() }
    }

    /// A table, opened when it is first asked for; `None` if nothing was ever written there.
    pub(super) fn table(&self, table: Raw) -> Result<Option<Opened>, Error> {
        if let Some(known) = self.tables.borrow().get(table.name()) {
            return Ok(known.clone());
        }
        let opened = guarded(table.name(), || match self.transaction.open_table(table) {
            Ok(table) => Ok(Some(Rc::new(table))),
            Err(TableError::TableDoesNotExist(_)) => Ok(None),
            Err(error) => Err(error),
        })?;
        self.tables.borrow_mut().insert(table.name().to_owned(), opened.clone());
        Ok(opened)
    }
}
