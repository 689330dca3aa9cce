//! Keys of tables: bytes that sort as what they stand for.
//!
//! A key of several parts is its parts one after another, each of a fixed width but the last, so that all keys with
//! the same first parts stand together.

use crate::billing::currency::Currency;
use crate::billing::id::{Id, Kind};
use crate::billing::ledger::{Account, Book};

/// What may be a key.
pub trait Key: Sized {
    /// Appends the key's bytes.
    fn write(&self, bytes: &mut Vec<u8>);
    /// Reads the key from the front of `bytes` and leaves the rest.
    fn read(bytes: &mut &[u8]) -> Option<Self>;

    /// As a person may look for it.
    fn shown(&self) -> String;

    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.write(&mut bytes);
        bytes
    }

    fn from_bytes(mut bytes: &[u8]) -> Option<Self> {
        let key = Self::read(&mut bytes)?;
        bytes.is_empty().then_some(key)
    }
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (front, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(*front)
}

impl<K: Kind> Key for Id<K> {
    fn write(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.value().to_be_bytes());
    }
    fn read(bytes: &mut &[u8]) -> Option<Self> {
        take(bytes).map(u128::from_be_bytes).map(Self::from_value)
    }
    fn shown(&self) -> String {
        self.to_string()
    }
}

impl Key for u64 {
    fn write(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.to_be_bytes());
    }
    fn read(bytes: &mut &[u8]) -> Option<Self> {
        take(bytes).map(Self::from_be_bytes)
    }
    fn shown(&self) -> String {
        self.to_string()
    }
}

impl Key for u8 {
    fn write(&self, bytes: &mut Vec<u8>) {
        bytes.push(*self);
    }
    fn read(bytes: &mut &[u8]) -> Option<Self> {
        take::<1>(bytes).map(|[byte]| byte)
    }
    fn shown(&self) -> String {
        self.to_string()
    }
}

/// A moment, in milliseconds since 1970; sorts also before 1970.
impl Key for jiff::Timestamp {
    fn write(&self, bytes: &mut Vec<u8>) {
        let sortable = self.as_millisecond().cast_unsigned() ^ (1 << 63);
        bytes.extend(sortable.to_be_bytes());
    }
    fn read(bytes: &mut &[u8]) -> Option<Self> {
        let sortable = u64::from_be_bytes(take(bytes)?);
        Self::from_millisecond((sortable ^ (1 << 63)).cast_signed()).ok()
    }
    fn shown(&self) -> String {
        self.to_string()
    }
}

impl Key for jiff::civil::Date {
    fn write(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.year().clamp(0, 9999).cast_unsigned().to_be_bytes());
        bytes.extend([self.month().cast_unsigned(), self.day().cast_unsigned()]);
    }
    fn read(bytes: &mut &[u8]) -> Option<Self> {
        let year = u16::from_be_bytes(take(bytes)?).cast_signed();
        let [month, day] = take(bytes)?;
        Self::new(year, month.cast_signed(), day.cast_signed()).ok()
    }
    fn shown(&self) -> String {
        self.to_string()
    }
}

/// Text ends a key: only the last part may be text.
impl Key for String {
    fn write(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.as_bytes());
    }
    fn read(bytes: &mut &[u8]) -> Option<Self> {
        let text = Self::from_utf8(bytes.to_vec()).ok()?;
        *bytes = &[];
        Some(text)
    }
    fn shown(&self) -> String {
        self.clone()
    }
}

impl Key for Book {
    fn write(&self, bytes: &mut Vec<u8>) {
        bytes.push(u8::from(self.is_test()));
    }
    fn read(bytes: &mut &[u8]) -> Option<Self> {
        match u8::read(bytes)? {
            0 => Some(Self::Live),
            1 => Some(Self::Test),
            _ => None,
        }
    }
    fn shown(&self) -> String {
        if self.is_test() { "test" } else { "live" }.to_owned()
    }
}

impl Key for Currency {
    fn write(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.code().as_bytes());
    }
    fn read(bytes: &mut &[u8]) -> Option<Self> {
        let code: [u8; 3] = take(bytes)?;
        Self::parse(std::str::from_utf8(&code).ok()?).ok()
    }
    fn shown(&self) -> String {
        self.code().to_owned()
    }
}

/// An account ends a key too.
impl Key for Account {
    fn write(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.to_string().as_bytes());
    }
    fn read(bytes: &mut &[u8]) -> Option<Self> {
        String::read(bytes)?.parse().ok()
    }
    fn shown(&self) -> String {
        self.to_string()
    }
}

impl<A: Key, B: Key> Key for (A, B) {
    fn write(&self, bytes: &mut Vec<u8>) {
        self.0.write(bytes);
        self.1.write(bytes);
    }
    fn read(bytes: &mut &[u8]) -> Option<Self> {
        Some((A::read(bytes)?, B::read(bytes)?))
    }
    fn shown(&self) -> String {
        [self.0.shown(), self.1.shown()].join(":")
    }
}

impl<A: Key, B: Key, C: Key> Key for (A, B, C) {
    fn write(&self, bytes: &mut Vec<u8>) {
        self.0.write(bytes);
        self.1.write(bytes);
        self.2.write(bytes);
    }
    fn read(bytes: &mut &[u8]) -> Option<Self> {
        Some((A::read(bytes)?, B::read(bytes)?, C::read(bytes)?))
    }
    fn shown(&self) -> String {
        [self.0.shown(), self.1.shown(), self.2.shown()].join(":")
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::{Account, Book, Currency, Key};
    use crate::billing::id::InvoiceId;
    use jiff::Timestamp;
    use jiff::civil::date;

    #[test]
    fn keys_are_read_back_as_written() {
        let id = InvoiceId::from_parts(5, 6);
        let key = (id, 9_u64);
        assert_eq!(<(InvoiceId, u64)>::from_bytes(&key.to_bytes()), Some(key));
        let key = (Book::Test, Currency::EUR, Account::Receivable(id));
        assert_eq!(<(Book, Currency, Account)>::from_bytes(&key.to_bytes()), Some(key));
        let key = (date(2026, 2, 28), id);
        assert_eq!(Key::from_bytes(&key.to_bytes()), Some(key));
    }

    #[test]
    fn bytes_sort_as_what_they_stand_for() {
        let moments = [-5_i64, 0, 5, 1_795_000_000_000].map(|ms| Timestamp::from_millisecond(ms).unwrap().to_bytes());
        assert!(moments.is_sorted());
        let days =
            [date(1999, 12, 31), date(2026, 1, 9), date(2026, 1, 10), date(2026, 11, 1)].map(|day| day.to_bytes());
        assert!(days.is_sorted());
    }

    #[test]
    fn bytes_left_over_are_no_key() {
        assert_eq!(u64::from_bytes(&[0; 9]), None);
        assert_eq!(u64::from_bytes(&[0; 7]), None);
    }
}
