//! The journal: a hash chain over every fact about money, so that anyone can prove that the books were not rewritten.
//!
//! A seal holds the digest of one stored fact (a ledger entry, a line of a payment log, a payment, an issued document)
//! and the hash over the seal before it and itself. Whoever keeps the latest hash can tell any later change of any
//! earlier fact.
//!
//! A digest is over the fact's JSON as it is written today, so a field that is added to a sealed record later must be
//! left out of the JSON when it has its default (`skip_serializing_if`). The samples beside [`super::verify`]'s tests
//! are facts as the first version wrote them, and notice if that is forgotten.

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::error::Error;
use super::height::Height;
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
    Refund,
    Invoice,
    Resolution,
    Undone,
    CreditNote,
    FeeInvoice,
}

impl Sort {
    /// The word that is hashed; never changes.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Entry => "entry",
            Self::Line => "line",
            Self::Payment => "payment",
            Self::Refund => "refund",
            Self::Invoice => "invoice",
            Self::Resolution => "resolution",
            Self::Undone => "undone",
            Self::CreditNote => "credit_note",
            Self::FeeInvoice => "fee_invoice",
        }
    }
}

impl std::fmt::Display for Sort {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.word())
    }
}

/// The hash before the first seal.
const ORIGIN: &str = "";

impl Sealed {
    fn new(previous: &str, seq: u64, at: Timestamp, kind: Sort, key: String, digest: String) -> Self {
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
    for part in [previous, &seq.to_string(), &at.to_string(), kind.word(), key, digest] {
        hasher.update(part.as_bytes());
        hasher.update([0]);
    }
    hex(&hasher.finalize())
}

/// The digest of a fact.
pub(super) fn digest<V: Serialize>(fact: &V) -> Result<String, Error> {
    let bytes = serde_json::to_vec(fact).map_err(|source| Error::Unwritable { table: JOURNAL.name, source })?;
    Ok(hex(&Sha256::digest(bytes)))
}

/// Lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(bytes)
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
        let (seq, previous) = match self.journal_head()? {
            Some((seq, head)) => (seq + 1, head.hash),
            None => (1, Sealed::origin()),
        };
        let sealed = Sealed::new(&previous, seq, self.now(), kind, key, digest(fact)?);
        self.height = Some(Height { seq, hash: sealed.hash.clone() });
        self.put(&JOURNAL, &seq, &sealed)
    }
}

#[cfg(test)]
mod tests {
    use super::{ORIGIN, Sealed, Sort};
    use jiff::Timestamp;

    fn seal(previous: &str, seq: u64, digest: &str) -> Sealed {
        Sealed::new(previous, seq, Timestamp::UNIX_EPOCH, Sort::Entry, seq.to_string(), digest.into())
    }

    #[test]
    fn a_seal_follows_only_upon_the_one_before_it() {
        let first = seal(ORIGIN, 1, "aa");
        let second = seal(&first.hash, 2, "bb");
        assert!(first.follows(ORIGIN, 1) && second.follows(&first.hash, 2));
        assert!(!second.follows(ORIGIN, 2) && !second.follows(&first.hash, 3));
        let rewritten = Sealed { digest: "cc".into(), ..first.clone() };
        assert!(!rewritten.follows(ORIGIN, 1));
    }

    #[test]
    fn a_hash_is_what_the_first_version_made_it() {
        let sealed = seal(ORIGIN, 1, "aa");
        assert_eq!(sealed.hash, "0688b82631166fd0565c844f65cbae8558f7f12d3f61299eadd2a2ff386afdf8");
    }
}
