//! What a change can do within its transaction: everything that a reader can, and write.
//!
//! Nobody writes a row but through the nouns of this room, which write with it what follows from it.

use std::collections::BTreeSet;
use std::ops::Deref;

use jiff::Timestamp;
use redb::{Database, TableHandle, WriteTransaction};
use serde::Serialize;

use super::codec;
use super::damage::guarded;
use super::error::Error;
use super::handle::begin_write;
use super::height::Height;
use super::ids::{self, IdSource};
use super::key::Key;
use super::register::Given;
use super::table::{Raw, Reader, Source, Table};
use crate::billing::id::{Id, InvoiceId, Kind};

/// What a committed change may have given somebody to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Wake {
    pub inbox: bool,
    pub outbox: bool,
    pub attempts: bool,
}

impl Wake {
    /// Everybody, because nobody knows what was missed.
    pub(super) const ALL: Self = Self { inbox: true, outbox: true, attempts: true };

    pub(super) fn and(self, other: Self) -> Self {
        Self {
            inbox: self.inbox || other.inbox,
            outbox: self.outbox || other.outbox,
            attempts: self.attempts || other.attempts,
        }
    }
}

/// The changes, within one transaction; also answers every question of [`Reader`].
pub struct Writer<'t> {
    reader: Reader<'t>,
    transaction: &'t WriteTransaction,
    ids: &'t IdSource,
    now: Timestamp,
    /// Whether anything was written.
    pub(super) wrote: bool,
    touched: BTreeSet<InvoiceId>,
    pub(super) wake: Wake,
    /// Numbers that this change gave to documents: invoices, credit notes, invoices over fees.
    pub(super) given: Vec<Given>,
    /// How far the journal has got with this change, if it sealed anything.
    pub(super) height: Option<Height>,
}

impl<'t> Deref for Writer<'t> {
    type Target = Reader<'t>;

    fn deref(&self) -> &Reader<'t> {
        &self.reader
    }
}

impl<'t> Writer<'t> {
    pub(super) fn new(transaction: &'t WriteTransaction, ids: &'t IdSource, now: Timestamp) -> Self {
        Self {
            reader: Reader(Source::Writing(transaction)),
            transaction,
            ids,
            now,
            wrote: false,
            touched: BTreeSet::new(),
            wake: Wake::default(),
            given: Vec::new(),
            height: None,
        }
    }
}

/// Changes books that nobody has open yet.
pub(super) fn change(
    database: &Database,
    now: Timestamp,
    change: impl FnOnce(&mut Writer<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    let transaction = begin_write(database)?;
    let ids = IdSource::default();
    let mut writer = Writer::new(&transaction, &ids, now);
    change(&mut writer)?;
    drop(writer);
    Ok(transaction.commit()?)
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
        let key = key.to_bytes();
        let bytes =
            codec::encode(table.name, &key, value).map_err(|source| Error::Unwritable { table: table.name, source })?;
        self.put_raw(table.raw(), &key, &bytes)
    }

    pub(super) fn remove<K: Key, V>(&mut self, table: &Table<K, V>, key: &K) -> Result<(), Error> {
        self.remove_raw(table.raw(), &key.to_bytes())
    }

    pub(super) fn put_raw(&mut self, table: Raw, key: &[u8], value: &[u8]) -> Result<(), Error> {
        self.wrote = true;
        guarded(table.name(), || {
            self.transaction.open_table(table)?.insert(key, value)?;
            Ok::<_, Error>(())
        })
    }

    pub(super) fn remove_raw(&mut self, table: Raw, key: &[u8]) -> Result<(), Error> {
        self.wrote = true;
        guarded(table.name(), || {
            self.transaction.open_table(table)?.remove(key)?;
            Ok::<_, Error>(())
        })
    }

    /// Derives anew what follows from the invoices that were touched.
    pub(super) fn derive_touched(&mut self) -> Result<(), Error> {
        while let Some(invoice) = self.touched.pop_first() {
            self.derive_summary(invoice)?;
        }
        Ok(())
    }
}
