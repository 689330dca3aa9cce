//! What format the data is in, and how an older one becomes the present one.

use jiff::Timestamp;
use redb::{Database, ReadableDatabase};
use serde_json::{Value, json};

use super::codec;
use super::error::Error;
use super::ids;
use super::table::{Reader, Source};
use super::tables::META;
use crate::clock::Clock;

/// The format that this program writes. A change of a table's meaning takes the next number and a step in `migrate`.
const FORMAT: u64 = 1;

/// Makes an empty store ready, and refuses one of the future.
pub(super) fn to_current(database: &Database, clock: &Clock) -> Result<(), Error> {
    match format(database)? {
        None => initialise(database, clock.now()),
        Some(FORMAT) => Ok(()),
        Some(found) => Err(Error::Newer { found, known: FORMAT }),
    }
}

fn format(database: &Database) -> Result<Option<u64>, Error> {
    let snapshot = database.begin_read()?;
    let reader = Reader(Source::Snapshot(&snapshot));
    Ok(reader.get(&META, &"format".to_owned())?.as_ref().and_then(Value::as_u64))
}

fn initialise(database: &Database, now: Timestamp) -> Result<(), Error> {
    let transaction = database.begin_write()?;
    {
        let mut meta = transaction.open_table(META.raw())?;
        let appliance = format!("{:032x}", ids::entropy()?);
        for (key, value) in [("format", json!(FORMAT)), ("appliance", json!(appliance)), ("made_at", json!(now))] {
            let bytes = codec::encode(&value).map_err(|source| Error::Unwritable { table: META.name, source })?;
            meta.insert(key.as_bytes(), bytes.as_slice())?;
        }
    }
    transaction.commit()?;
    Ok(())
}
