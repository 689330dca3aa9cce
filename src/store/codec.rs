//! How a record becomes bytes: one byte for the format, a check sum, then JSON.
//!
//! JSON, because a record of an older version must be readable for ever and by a person; fields that are missing have
//! defaults (`#[serde(default)]`), fields that are unknown are passed over. A check sum, because the file's own are
//! looked at only after a crash: a bit that turned on the disk is noticed when the record is read, not when it is
//! printed on an invoice. It covers table and key too, so that a record under another's key is no record.

use crc32fast::Hasher;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The only format there has been.
const FORMAT: u8 = 1;
/// Format and check sum, before the JSON.
const HEAD_BYTES: usize = 5;

/// The bytes of a record of `table` under `key`.
///
/// # Errors
/// The value is nothing that JSON can hold.
#[inline(never)] // once for each type, not once for each place
pub fn encode<V: Serialize>(table: &str, key: &[u8], value: &V) -> Result<Vec<u8>, serde_json::Error> {
    let mut bytes = vec![FORMAT, 0, 0, 0, 0];
    serde_json::to_writer(&mut bytes, value)?;
    let (head, json) = bytes.split_at_mut(HEAD_BYTES);
    head[1..].copy_from_slice(&check_sum(table, key, json));
    Ok(bytes)
}

/// The record of these bytes; `None` if they are not as they were written there, or do not fit the type.
#[inline(never)] // as above
pub fn decode<V: DeserializeOwned>(table: &str, key: &[u8], bytes: &[u8]) -> Option<V> {
    serde_json::from_slice(json(table, key, bytes)?).ok()
}

/// The JSON of these bytes; `None` if they are not as they were written there.
pub(super) fn json<'b>(table: &str, key: &[u8], bytes: &'b [u8]) -> Option<&'b [u8]> {
    let ([FORMAT, sum @ ..], json) = bytes.split_first_chunk::<HEAD_BYTES>()? else { return None };
    (*sum == check_sum(table, key, json)).then_some(json)
}

fn check_sum(table: &str, key: &[u8], json: &[u8]) -> [u8; 4] {
    let mut hasher = Hasher::new();
    // A table's name holds no zero, so that no two records have the same text.
    for part in [table.as_bytes(), &[0], key, json] {
        hasher.update(part);
    }
    hasher.finalize().to_be_bytes()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::{decode, encode};
    use serde_json::{Value, json};

    #[test]
    fn a_record_is_read_back_only_where_it_was_written() {
        let bytes = encode("t.1", b"k", &json!({"a": 1})).unwrap();
        assert_eq!(decode::<Value>("t.1", b"k", &bytes), Some(json!({"a": 1})));
        assert_eq!(decode::<Value>("t.2", b"k", &bytes), None);
        assert_eq!(decode::<Value>("t.1", b"j", &bytes), None);
    }

    #[test]
    fn no_bit_of_a_record_can_turn_unnoticed() {
        let bytes = encode("t.1", b"k", &json!({"name": "Ada", "due": 119})).unwrap();
        for place in 0..bytes.len() * 8 {
            let mut turned = bytes.clone();
            turned[place / 8] ^= 1 << (place % 8);
            assert_eq!(decode::<Value>("t.1", b"k", &turned), None, "bit {place}");
        }
        assert_eq!(decode::<Value>("t.1", b"k", &bytes[..bytes.len() - 1]), None);
        assert_eq!(decode::<Value>("t.1", b"k", &[]), None);
    }

    #[test]
    fn whole_numbers_keep_every_digit() {
        for number in [i64::MIN, -1, 0, 9_007_199_254_740_993, i64::MAX] {
            let bytes = encode("t.1", b"k", &number).unwrap();
            assert_eq!(decode::<i64>("t.1", b"k", &bytes), Some(number));
            // Settings pass through a `Value`, which must not make a float of a large number.
            let value: Value = decode("t.1", b"k", &bytes).unwrap();
            assert_eq!(serde_json::from_value::<i64>(value).unwrap(), number);
        }
    }
}
