//! How a record becomes bytes: one byte for the format, then JSON.
//!
//! JSON, because a record of an older version must be readable for ever and by a person; fields that are missing have
//! defaults (`#[serde(default)]`), fields that are unknown are passed over.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The only format there has been.
const JSON: u8 = 1;

/// The bytes of a record.
pub(super) fn encode<V: Serialize>(value: &V) -> Result<Vec<u8>, serde_json::Error> {
    let mut bytes = vec![JSON];
    serde_json::to_writer(&mut bytes, value)?;
    Ok(bytes)
}

/// The record of these bytes; `None` if they are not of the format or do not fit the type.
pub(super) fn decode<V: DeserializeOwned>(bytes: &[u8]) -> Option<V> {
    let (&JSON, json) = bytes.split_first()? else { return None };
    serde_json::from_slice(json).ok()
}
