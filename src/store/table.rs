//! A typed table, and the questions that every table answers.

use std::marker::PhantomData;
use std::ops::{Bound, ControlFlow};

use jiff::{SignedDuration, Timestamp};
use redb::{ReadableTable, ReadableTableMetadata, TableDefinition, TableHandle, WriteTransaction};
use serde::de::DeserializeOwned;

use super::codec;
use super::damage::guarded;
use super::error::Error;
use super::key::Key;
use super::snapshot::Snapshot;

pub(super) type Raw = TableDefinition<'static, &'static [u8], &'static [u8]>;

/// A table of records `V` under keys `K`.
pub struct Table<K, V> {
    pub(super) name: &'static str,
    types: PhantomData<fn() -> (K, V)>,
}

impl<K, V> Table<K, V> {
    pub(super) const fn new(name: &'static str) -> Self {
        Self { name, types: PhantomData }
    }

    pub(super) const fn raw(&self) -> Raw {
        TableDefinition::new(self.name)
    }

    pub(super) const fn unreadable(&self) -> Error {
        Error::Unreadable { table: self.name }
    }
}

impl<K: Key, V: DeserializeOwned> Table<K, V> {
    /// The record of a row, unless it is not as it was written.
    pub(super) fn record(&self, key: &[u8], value: &[u8]) -> Option<(K, V)> {
        Some((K::from_bytes(key)?, codec::decode(self.name, key, value)?))
    }
}

/// Which way a walk goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Lowest key first; for ids, oldest first.
    Ascending,
    /// Highest key first; for ids, newest first.
    Descending,
}

/// A part of a table, by its keys' bytes.
#[derive(Clone, Debug)]
pub struct Span {
    from: Bound<Vec<u8>>,
    to: Bound<Vec<u8>>,
}

impl Span {
    #[must_use]
    pub fn all() -> Self {
        Self { from: Bound::Unbounded, to: Bound::Unbounded }
    }

    fn is_all(&self) -> bool {
        self.from == Bound::Unbounded && self.to == Bound::Unbounded
    }

    /// The keys that begin with `prefix`.
    #[must_use]
    pub fn of(prefix: &impl Key) -> Self {
        let from = prefix.to_bytes();
        let to = match successor(from.clone()) {
            Some(next) => Bound::Excluded(next),
            None => Bound::Unbounded,
        };
        Self { from: Bound::Included(from), to }
    }

    /// The same, less `key` and all before it.
    #[must_use]
    pub fn after(self, key: &impl Key) -> Self {
        Self { from: Bound::Excluded(key.to_bytes()), ..self }
    }

    /// The same, less `key` and all behind it.
    #[must_use]
    pub fn before(self, key: &impl Key) -> Self {
        Self { to: Bound::Excluded(key.to_bytes()), ..self }
    }

    /// The same, beginning with `key`.
    #[must_use]
    pub fn starting(self, key: &impl Key) -> Self {
        Self { from: Bound::Included(key.to_bytes()), ..self }
    }
}

/// The least byte string behind all those that begin with `prefix`.
fn successor(mut prefix: Vec<u8>) -> Option<Vec<u8>> {
    while let Some(last) = prefix.pop() {
        if let Some(next) = last.checked_add(1) {
            prefix.push(next);
            return Some(prefix);
        }
    }
    None
}

/// Is shown the bytes of a key and of its record. Behind a pointer: the walk itself is the same for every table.
pub(super) type Visit<'v> = dyn FnMut(&[u8], &[u8]) -> Result<ControlFlow<()>, Error> + 'v;

/// The questions: over a snapshot, or over a transaction that is being written.
#[derive(Clone, Copy)]
pub struct Reader<'t>(pub(super) Source<'t>);

#[derive(Clone, Copy)]
pub(super) enum Source<'t> {
    Snapshot(&'t Snapshot<'t>),
    Writing(&'t WriteTransaction),
}

/// Rows that hang on one thing, such as the payments of an invoice, or of a sort that is rare, such as open disputes. More than
/// this is made by a loop or by damage. It is said and not cut off: a sum over a part would be a wrong sum.
const ALL_MAX: usize = 100_000;

impl Reader<'_> {
    /// The record under `key`.
    pub fn get<K: Key, V: DeserializeOwned>(&self, table: &Table<K, V>, key: &K) -> Result<Option<V>, Error> {
        let key = key.to_bytes();
        match self.get_raw(table.raw(), &key)? {
            Some(bytes) => codec::decode(table.name, &key, &bytes).map(Some).ok_or(table.unreadable()),
            None => Ok(None),
        }
    }

    /// Whether there is a record under `key`.
    pub fn has<K: Key, V>(&self, table: &Table<K, V>, key: &K) -> Result<bool, Error> {
        Ok(self.get_raw(table.raw(), &key.to_bytes())?.is_some())
    }

    /// At most `limit` records of a part of the table.
    pub fn collect<K: Key, V: DeserializeOwned>(
        &self,
        table: &Table<K, V>,
        span: Span,
        order: Order,
        limit: usize,
    ) -> Result<Vec<(K, V)>, Error> {
        let mut found = Vec::new();
        if limit == 0 {
            return Ok(found);
        }
        self.walk(table, span, order, |key, value| {
            found.push((key, value));
            Ok(if found.len() < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        })?;
        Ok(found)
    }

    /// Ids whose moment has come, the longest waiting first, and then those that wait longer than anything of their sort
    /// ever does: a clock that was ahead put them off, and was set back since.
    pub(super) fn due<Id>(
        &self,
        table: &Table<(Timestamp, Id), ()>,
        now: Timestamp,
        longest: SignedDuration,
        limit: usize,
    ) -> Result<Vec<Id>, Error>
    where
        (Timestamp, Id): Key,
    {
        let rows = self.collect(table, Span::all(), Order::Ascending, limit)?;
        let mut due: Vec<Id> = rows.into_iter().filter(|((at, _), ())| *at <= now).map(|((_, id), ())| id).collect();
        let never = Span::all().starting(&now.saturating_add(longest).unwrap_or(Timestamp::MAX));
        let rows = self.collect(table, never, Order::Ascending, limit.saturating_sub(due.len()))?;
        due.extend(rows.into_iter().map(|((_, id), ())| id));
        Ok(due)
    }

    /// Every record of a part of the table that never has many.
    ///
    /// # Errors
    /// It has more than [`ALL_MAX`].
    pub(super) fn all<K: Key, V: DeserializeOwned>(
        &self,
        table: &Table<K, V>,
        span: Span,
        order: Order,
    ) -> Result<Vec<(K, V)>, Error> {
        let found = self.collect(table, span, order, ALL_MAX + 1)?;
        if found.len() > ALL_MAX {
            return Err(Error::Unsound(format!("{} has more than {ALL_MAX} rows about one thing", table.name)));
        }
        Ok(found)
    }

    /// Shows each record of a part of the table to `visit` until it breaks off.
    pub fn walk<K: Key, V: DeserializeOwned>(
        &self,
        table: &Table<K, V>,
        span: Span,
        order: Order,
        mut visit: impl FnMut(K, V) -> Result<ControlFlow<()>, Error>,
    ) -> Result<(), Error> {
        self.walk_raw(table.raw(), span, order, &mut |key, value| {
            let (key, value) = table.record(key, value).ok_or(table.unreadable())?;
            visit(key, value)
        })
    }

    /// How many keys a part of the table has; of a whole table at once, else by counting them.
    pub fn count<K, V>(&self, table: &Table<K, V>, span: Span) -> Result<u64, Error> {
        if span.is_all() {
            return self.length(table.raw());
        }
        let mut count = 0;
        self.walk_raw(table.raw(), span, Order::Ascending, &mut |_, _| {
            count += 1;
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(count)
    }

    pub(super) fn length(&self, table: Raw) -> Result<u64, Error> {
        match self.0 {
            Source::Snapshot(snapshot) => match snapshot.table(table)? {
                Some(opened) => guarded(table.name(), || opened.len()),
                None => Ok(0),
            },
            Source::Writing(transaction) => {
                guarded(table.name(), || Ok::<_, Error>(transaction.open_table(table)?.len()?))
            }
        }
    }

    pub(super) fn get_raw(&self, table: Raw, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        match self.0 {
            Source::Snapshot(snapshot) => match snapshot.table(table)? {
                Some(opened) => guarded(table.name(), || row_of(&*opened, key)),
                None => Ok(None),
            },
            Source::Writing(transaction) => guarded(table.name(), || row_of(&transaction.open_table(table)?, key)),
        }
    }

    #[expect(clippy::needless_pass_by_value, reason = "a span is made for one walk")]
    pub(super) fn walk_raw(&self, table: Raw, span: Span, order: Order, visit: &mut Visit<'_>) -> Result<(), Error> {
        let name = table.name();
        match self.0 {
            Source::Snapshot(snapshot) => match snapshot.table(table)? {
                Some(opened) => walk_open(name, &*opened, &span, order, visit),
                None => Ok(()),
            },
            Source::Writing(transaction) => {
                walk_open(name, &guarded(name, || transaction.open_table(table))?, &span, order, visit)
            }
        }
    }
}

fn row_of(table: &impl ReadableTable<&'static [u8], &'static [u8]>, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
    Ok(table.get(key)?.map(|bytes| bytes.value().to_vec()))
}

fn walk_open(
    name: &str,
    table: &impl ReadableTable<&'static [u8], &'static [u8]>,
    span: &Span,
    order: Order,
    visit: &mut Visit<'_>,
) -> Result<(), Error> {
    let bounds = (as_slice(&span.from), as_slice(&span.to));
    if is_empty(&bounds) {
        return Ok(());
    }
    let mut range = guarded(name, || table.range::<&[u8]>(bounds))?;
    loop {
        let next = guarded(name, || {
            let next = match order {
                Order::Ascending => range.next(),
                Order::Descending => range.next_back(),
            };
            next.transpose()
        });
        let Some(row) = next? else { return Ok(()) };
        // Where they lie is believed of the page, too.
        let (key, value) = guarded(name, || Ok::<_, Error>((row.0.value(), row.1.value())))?;
        if visit(key, value)?.is_break() {
            return Ok(());
        }
    }
}

fn as_slice(bound: &Bound<Vec<u8>>) -> Bound<&[u8]> {
    match bound {
        Bound::Included(bytes) => Bound::Included(bytes),
        Bound::Excluded(bytes) => Bound::Excluded(bytes),
        Bound::Unbounded => Bound::Unbounded,
    }
}

/// Whether nothing can lie between the bounds; a range of a B-tree must not be asked for backwards.
fn is_empty(bounds: &(Bound<&[u8]>, Bound<&[u8]>)) -> bool {
    match bounds {
        (Bound::Included(from), Bound::Included(to)) => from > to,
        (Bound::Included(from) | Bound::Excluded(from), Bound::Excluded(to))
        | (Bound::Excluded(from), Bound::Included(to)) => from >= to,
        _ => false,
    }
}
