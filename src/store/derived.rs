//! Rows that follow from a record: indexes. One function a noun says which; `put` and `verify` both ask it.

use serde::Serialize;

use super::codec;
use super::error::Error;
use super::key::Key;
use super::table::{Raw, Table};
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
        let key = key.to_bytes();
        let value =
            codec::encode(table.name, &key, value).map_err(|source| Error::Unwritable { table: table.name, source })?;
        self.0.push(Row { table: table.name, key, value });
        Ok(())
    }

    /// Adds a row that only says that it is there.
    pub(super) fn mark<K: Key>(&mut self, table: &Table<K, ()>, key: &K) -> Result<(), Error> {
        self.add(table, key, &())
    }

    /// Whether one of the rows stands where `row` does, whatever it says.
    fn has_place_of(&self, row: &Row) -> bool {
        self.0.iter().any(|known| known.table == row.table && known.key == row.key)
    }
}

impl Writer<'_> {
    /// Takes away what no longer follows and adds what follows now.
    ///
    /// # Errors
    /// A row is there already that followed from another record: what must be unique would be twice.
    pub(super) fn derive(&mut self, before: &Rows, after: &Rows) -> Result<(), Error> {
        for row in before.0.iter().filter(|row| !after.has_place_of(row)) {
            self.remove_raw(Raw::new(row.table), &row.key)?;
        }
        for row in after.0.iter().filter(|row| !before.0.contains(row)) {
            if !before.has_place_of(row) && self.get_raw(Raw::new(row.table), &row.key)?.is_some() {
                return Err(Error::Unsound(format!("{} would hold two records under one key", row.table)));
            }
            self.put_raw(Raw::new(row.table), &row.key, &row.value)?;
        }
        Ok(())
    }
}
