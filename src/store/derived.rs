//! Rows that follow from a record: indexes. One function a noun says which; `put` and `verify` both ask it.

use serde::Serialize;

use super::error::Error;
use super::key::Key;
use super::table::{Raw, Table, encoded};
use super::writer::Writer;

/// The derived rows of one record.
#[derive(Default)]
pub(super) struct Rows(pub(super) Vec<Row>);

#[derive(PartialEq, Eq)]
pub(super) struct Row {
    pub table: &'static str,
    pub key: Vec<u8>,
    pub value: Vec<u8>,
}

impl Rows {
    pub(super) fn add<K: Key, V: Serialize>(&mut self, table: &Table<K, V>, key: &K, value: &V) -> Result<(), Error> {
        self.0.push(Row { table: table.name, key: key.to_bytes(), value: encoded(table, value)? });
        Ok(())
    }

    /// Adds a row that only says that it is there.
    pub(super) fn mark<K: Key>(&mut self, table: &Table<K, ()>, key: &K) -> Result<(), Error> {
        self.add(table, key, &())
    }
}

impl Writer<'_> {
    /// Takes away what no longer follows and adds what follows now.
    pub(super) fn derive(&mut self, before: &Rows, after: &Rows) -> Result<(), Error> {
        for row in before.0.iter().filter(|row| !after.0.contains(row)) {
            self.remove_raw(raw(row.table), &row.key)?;
        }
        for row in after.0.iter().filter(|row| !before.0.contains(row)) {
            self.put_raw(raw(row.table), &row.key, &row.value)?;
        }
        Ok(())
    }
}

fn raw(name: &'static str) -> Raw {
    Raw::new(name)
}
