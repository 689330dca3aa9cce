//! The journal: a hash chain over every fact about money, so that anyone can prove that the books were not rewritten.
//!
//! A seal holds the digest of one stored fact (a ledger entry, a line of a payment log, a payment, an issued document)
//! and the hash over the seal before it and itself. Whoever keeps the latest hash can tell any later change of any
//! earlier fact.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::error::Error;
use super::table::{Order, Reader, Span};
use super::tables::JOURNAL;
use super::writer::Writer;

/// One link of the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    pub at: Timestamp,
    pub kind: Sort,
    /// The fact's key in words, such as an id or a number.
    pub key: String,
    /// SHA-256 of the fact as it was stored, in hexadecimal.
    pub digest: String,
    /// SHA-256 over the hash before, and this seal.
    pub hash: String,
}

/// The sort of fact that was sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    Entry,
    Line,
    Payment,
    Invoice,
    Resolution,
}

/// The hash before the first seal.
const ORIGIN: &str = "";

impl Sealed {
    pub(super) fn new(previous: &str, seq: u64, at: Timestamp, kind: Sort, key: String, fact: &[u8]) -> Self {
        let digest = hex(&Sha256::digest(fact));
        let hash = link(previous, seq, at, kind, &key, &digest);
        Self { at, kind, key, digest, hash }
    }

    /// Whether this seal follows upon `previous` at place `seq`.
    pub(super) fn follows(&self, previous: &str, seq: u64) -> bool {
        link(previous, seq, self.at, self.kind, &self.key, &self.digest) == self.hash
    }

    pub(super) fn origin() -> String {
        ORIGIN.to_owned()
    }
}

fn link(previous: &str, seq: u64, at: Timestamp, kind: Sort, key: &str, digest: &str) -> String {
    let mut hasher = Sha256::new();
    // Each part ends with a byte that none contains, so that two different seals never hash the same text.
    for part in [previous, &seq.to_string(), &at.to_string(), &format!("{kind:?}"), key, digest] {
        hasher.update(part.as_bytes());
        hasher.update([0]);
    }
    hex(&hasher.finalize())
}

/// Lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

impl Reader<'_> {
    /// The latest seal and its place, from 1.
    pub fn journal_head(&self) -> Result<Option<(u64, Sealed)>, Error> {
        Ok(self.collect(&JOURNAL, Span::all(), Order::Descending, 1)?.pop())
    }
}

impl Writer<'_> {
    /// Seals a fact that was just stored.
    pub(super) fn seal<V: Serialize>(&mut self, kind: Sort, key: String, fact: &V) -> Result<(), Error> {
        let bytes = serde_json::to_vec(fact).map_err(|source| Error::Unwritable { table: JOURNAL.name, source })?;
        let (seq, previous) = match self.journal_head()? {
            Some((seq, head)) => (seq + 1, head.hash),
            None => (1, Sealed::origin()),
        };
        let sealed = Sealed::new(&previous, seq, self.now(), kind, key, &bytes);
        self.put(&JOURNAL, &seq, &sealed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_follows_only_upon_the_one_before_it() {
        let first = Sealed::new(ORIGIN, 1, Timestamp::UNIX_EPOCH, Sort::Entry, "1".into(), b"fact");
        let second = Sealed::new(&first.hash, 2, Timestamp::UNIX_EPOCH, Sort::Entry, "2".into(), b"fact");
        assert!(first.follows(ORIGIN, 1) && second.follows(&first.hash, 2));
        assert!(!second.follows(ORIGIN, 2) && !second.follows(&first.hash, 3));
        let rewritten = Sealed { digest: hex(&Sha256::digest(b"other")), ..first.clone() };
        assert!(!rewritten.follows(ORIGIN, 1));
    }
}
