//! What format the data is in, and how an older one becomes the present one.
//!
//! A change of what a table means takes the next number and a step in [`STEPS`]. All steps run in one transaction, and
//! never without a copy of what was there before.

use std::ops::ControlFlow;

use redb::{Database, ReadableDatabase, WriteTransaction};
use serde_json::{Value, json};

use super::codec;
use super::derived::Row;
use super::error::Error;
use super::handle::begin_write;
use super::ids;
use super::inbox::event_rows;
use super::key::Key;
use super::payments::payment_rows;
use super::snapshot::Snapshot;
use super::table::{Order, Reader, Source, Span, Table};
use super::tables::{INBOX, INBOX_BY_OUTCOME, META, PAYMENT_BY_CHARGE, PAYMENTS};

/// Makes data of one format into data of the next.
type Step = fn(&WriteTransaction) -> Result<(), Error>;

/// The first makes format 1 into format 2, and so on.
const STEPS: [Step; 2] = [payments_by_charge, events_by_outcome];

const FORMAT_KEY: &str = "format";
const APPLIANCE_KEY: &str = "appliance";

/// 2: payments are found by their charge, which is what a balance transaction of Stripe names.
fn payments_by_charge(transaction: &WriteTransaction) -> Result<(), Error> {
    let reader = Reader(Source::Writing(transaction));
    let mut rows = Vec::new();
    reader.walk(&PAYMENTS, Span::all(), Order::Ascending, |_, payment| {
        rows.extend(payment_rows(&payment)?.0.into_iter().filter(|row| row.table == PAYMENT_BY_CHARGE.name));
        Ok(ControlFlow::Continue(()))
    })?;
    insert(transaction, &PAYMENT_BY_CHARGE, rows)
}

/// 3: events are found by what became of them.
fn events_by_outcome(transaction: &WriteTransaction) -> Result<(), Error> {
    let reader = Reader(Source::Writing(transaction));
    let mut rows = Vec::new();
    reader.walk(&INBOX, Span::all(), Order::Ascending, |_, event| {
        rows.extend(event_rows(&event)?.0.into_iter().filter(|row| row.table == INBOX_BY_OUTCOME.name));
        Ok(ControlFlow::Continue(()))
    })?;
    insert(transaction, &INBOX_BY_OUTCOME, rows)
}

fn insert<K: Key, V>(transaction: &WriteTransaction, into: &Table<K, V>, rows: Vec<Row>) -> Result<(), Error> {
    let mut table = transaction.open_table(into.raw())?;
    for row in rows {
        table.insert(row.key.as_slice(), row.value.as_slice())?;
    }
    Ok(())
}

/// The format that this program writes.
#[must_use]
pub fn present_format() -> u64 {
    format_behind(&STEPS)
}

fn format_behind(steps: &[Step]) -> u64 {
    steps.iter().fold(1, |format, _| format + 1)
}

/// Makes whatever is there into data of the present format, for a store of which nobody would miss a copy.
pub(super) fn to_current(database: &Database) -> Result<(), Error> {
    if database.begin_read()?.list_tables()?.next().is_none() {
        return initialise(database);
    }
    if is_behind(database)? { to_present(database) } else { Ok(()) }
}

/// Writes what an empty store begins with.
fn initialise(database: &Database) -> Result<(), Error> {
    let transaction = begin_write(database)?;
    let appliance = format!("{:032x}", ids::entropy()?);
    put_meta(&transaction, FORMAT_KEY, &json!(present_format()))?;
    put_meta(&transaction, APPLIANCE_KEY, &json!(appliance))?;
    Ok(transaction.commit()?)
}

/// Whether the data must be migrated before it can be used.
///
/// # Errors
/// It is of a newer version, or does not say what it is.
pub(super) fn is_behind(database: &Database) -> Result<bool, Error> {
    let (found, known) = (format(database)?, present_format());
    if found > known { Err(Error::Newer { found, known }) } else { Ok(found < known) }
}

/// Makes older data into data of the present format. Whoever calls this has kept a copy.
pub(super) fn to_present(database: &Database) -> Result<(), Error> {
    run(database, &STEPS)
}

fn run(database: &Database, steps: &[Step]) -> Result<(), Error> {
    let found = format(database)?;
    let done = usize::try_from(found.saturating_sub(1)).unwrap_or(usize::MAX);
    let transaction = begin_write(database)?;
    for step in steps.iter().skip(done) {
        step(&transaction)?;
    }
    put_meta(&transaction, FORMAT_KEY, &json!(format_behind(steps).max(found)))?;
    Ok(transaction.commit()?)
}

/// The format of what is stored. Data that does not say is not guessed at: it would be given a new identity.
pub(super) fn format(database: &Database) -> Result<u64, Error> {
    let moment = database.begin_read()?;
    let found = Reader(Source::Snapshot(&Snapshot::of(&moment))).get(&META, &FORMAT_KEY.to_owned())?;
    found.as_ref().and_then(Value::as_u64).ok_or(META.unreadable())
}

fn put_meta(transaction: &WriteTransaction, key: &str, value: &Value) -> Result<(), Error> {
    let bytes = codec::encode(META.name, key.as_bytes(), value)
        .map_err(|source| Error::Unwritable { table: META.name, source })?;
    transaction.open_table(META.raw())?.insert(key.as_bytes(), bytes.as_slice())?;
    Ok(())
}

impl Reader<'_> {
    /// This installation's own identifier, by which it knows its objects at Stripe.
    pub fn appliance(&self) -> Result<String, Error> {
        let found = self.get(&META, &APPLIANCE_KEY.to_owned())?;
        found.as_ref().and_then(Value::as_str).map(str::to_owned).ok_or(META.unreadable())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::{Step, format, is_behind, put_meta, run, to_current};
    use crate::store::error::Error;
    use crate::store::handle::{begin_write, database};
    use crate::store::tables::MARKS;
    use redb::backends::InMemoryBackend;
    use redb::{Database, ReadableDatabase, ReadableTableMetadata, WriteTransaction};
    use serde_json::json;

    /// Data of the first format.
    fn empty() -> Database {
        let database = database(InMemoryBackend::new()).unwrap();
        to_current(&database).unwrap();
        let transaction = begin_write(&database).unwrap();
        put_meta(&transaction, "format", &json!(1)).unwrap();
        transaction.commit().unwrap();
        database
    }

    fn note(transaction: &WriteTransaction, key: &[u8]) -> Result<(), Error> {
        transaction.open_table(MARKS.raw())?.insert(key, key)?;
        Ok(())
    }

    fn noted(database: &Database) -> u64 {
        database.begin_read().unwrap().open_table(MARKS.raw()).map_or(0, |table| table.len().unwrap())
    }

    #[test]
    fn only_the_steps_that_are_missing_are_taken() {
        let steps: [Step; 3] = [|t| note(t, b"one"), |t| note(t, b"two"), |t| note(t, b"three")];
        let database = empty();
        run(&database, &steps[..1]).unwrap();
        assert_eq!((format(&database).unwrap(), noted(&database)), (2, 1));
        run(&database, &steps).unwrap();
        assert_eq!((format(&database).unwrap(), noted(&database)), (4, 3));
        assert!(matches!(is_behind(&database), Err(Error::Newer { found: 4, known }) if known < 4));
    }

    #[test]
    fn a_step_that_fails_takes_every_other_back() {
        let steps: [Step; 2] = [|t| note(t, b"one"), |_| Err(Error::Closed)];
        let database = empty();
        run(&database, &steps).unwrap_err();
        assert_eq!((format(&database).unwrap(), noted(&database)), (1, 0));
    }

    #[test]
    fn data_that_does_not_say_its_format_is_not_given_a_new_identity() {
        let database = empty();
        let transaction = begin_write(&database).unwrap();
        put_meta(&transaction, "format", &json!("one")).unwrap();
        transaction.commit().unwrap();
        assert!(matches!(to_current(&database), Err(Error::Unreadable { table: "meta.1" })));
    }
}
