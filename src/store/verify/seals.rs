//! Whether the journal seals what is stored: every fact as it is, and nothing else.
//!
//! To hold a million seals until their facts come by takes memory that a small server has not to spare, and books that are whole
//! need none of it: a sum over all seals, less one over all facts, is nought. Only where it is not are they held, so that each
//! that lacks its other is named.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use crate::store::error::Error;
use crate::store::ids::entropy;
use crate::store::journal::Sort;

/// Seals that wait for their facts, and facts that wait for their seals.
pub(super) struct Seals {
    /// What each is hashed under. Nobody knows it: whoever changes the books cannot make two changes that take each other away.
    key: Sha256,
    sum: u128,
    /// Digests by the sort and key of what they seal, where each is to be named.
    listed: Option<HashMap<(Sort, String), String>>,
}

/// What the journal says of a fact.
pub(super) enum Claim {
    /// Nothing against it, as far as can be said of it alone.
    Sealed,
    Otherwise,
    Nowhere,
}

impl Seals {
    /// A sum under a new key.
    pub(super) fn summed() -> Result<Self, Error> {
        let key = Sha256::new().chain_update(entropy()?.to_be_bytes()).chain_update(entropy()?.to_be_bytes());
        Ok(Self { key, sum: 0, listed: None })
    }

    /// The same, and each by its name.
    pub(super) fn listed() -> Result<Self, Error> {
        Ok(Self { listed: Some(HashMap::new()), ..Self::summed()? })
    }

    /// A part of this sum, for whoever adds it up elsewhere.
    pub(super) fn part(&self) -> Self {
        Self { key: self.key.clone(), sum: 0, listed: None }
    }

    pub(super) fn add(&mut self, part: &Self) {
        self.sum = self.sum.wrapping_add(part.sum);
    }

    /// Whether nothing else seals the same, as far as that is known: only where each is listed.
    pub(super) fn seal(&mut self, kind: Sort, key: String, digest: String) -> bool {
        self.sum = self.sum.wrapping_add(self.weight(kind, &key, &digest));
        self.listed.as_mut().is_none_or(|listed| listed.insert((kind, key), digest).is_none())
    }

    pub(super) fn claim(&mut self, kind: Sort, key: &str, digest: &str) -> Claim {
        self.sum = self.sum.wrapping_sub(self.weight(kind, key, digest));
        let Some(listed) = &mut self.listed else { return Claim::Sealed };
        match listed.remove(&(kind, key.to_owned())) {
            Some(sealed) if sealed == digest => Claim::Sealed,
            Some(_) => Claim::Otherwise,
            None => Claim::Nowhere,
        }
    }

    pub(super) fn is_nought(&self) -> bool {
        self.sum == 0
    }

    /// The names of the seals whose facts did not come.
    pub(super) fn left_over(&self) -> Vec<String> {
        let listed = self.listed.iter().flat_map(HashMap::keys);
        let mut names: Vec<_> = listed.map(|(kind, key)| format!("{kind} {key}")).collect();
        names.sort_unstable();
        names
    }

    fn weight(&self, kind: Sort, key: &str, digest: &str) -> u128 {
        let mut hasher = self.key.clone();
        // As in the journal: no part contains the byte that ends it.
        for part in [kind.word(), key, digest] {
            hasher.update(part.as_bytes());
            hasher.update([0]);
        }
        let hash: [u8; 32] = hasher.finalize().into();
        hash.iter().take(16).fold(0, |weight, byte| weight << 8 | u128::from(*byte))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::{Claim, Seals, Sort};

    const FACTS: [(Sort, &str, &str); 3] =
        [(Sort::Entry, "1", "aa"), (Sort::Line, "1", "aa"), (Sort::Entry, "2", "bb")];

    fn after(mut seals: Seals, claims: &[(Sort, &str, &str)]) -> Seals {
        for (kind, key, digest) in FACTS {
            seals.seal(kind, key.to_owned(), digest.to_owned());
        }
        for (kind, key, digest) in claims {
            seals.claim(*kind, key, digest);
        }
        seals
    }

    #[test]
    fn a_sum_is_nought_when_each_seal_has_its_fact_in_whatever_order_and_not_otherwise() {
        let sum = |claims: &[_]| after(Seals::summed().unwrap(), claims).is_nought();
        assert!(sum(&[FACTS[2], FACTS[0], FACTS[1]]));
        assert!(!sum(&FACTS[..2]), "a fact is gone");
        assert!(!sum(&[FACTS[0], FACTS[0], FACTS[1], FACTS[2]]), "one is there twice");
        assert!(!sum(&[FACTS[0], FACTS[1], (Sort::Entry, "2", "bc")]), "one was changed");
        assert!(!sum(&[FACTS[0], FACTS[1], (Sort::Entry, "3", "bb")]), "one is another's");
        let exchanged = [(Sort::Entry, "1", "bb"), FACTS[1], (Sort::Entry, "2", "aa")];
        assert!(!sum(&exchanged), "two were exchanged");
    }

    #[test]
    fn parts_add_up_under_one_key() {
        let mut whole = Seals::summed().unwrap();
        let (mut one, mut other) = (whole.part(), whole.part());
        one.seal(Sort::Entry, "1".to_owned(), "aa".to_owned());
        other.claim(Sort::Entry, "1", "aa");
        assert!(!one.is_nought() && !other.is_nought());
        whole.add(&one);
        whole.add(&other);
        assert!(whole.is_nought());
    }

    #[test]
    fn a_list_says_what_is_wrong_with_which() {
        let mut seals = after(Seals::listed().unwrap(), &FACTS[..1]);
        assert!(matches!(seals.claim(Sort::Line, "1", "ab"), Claim::Otherwise));
        assert!(matches!(seals.claim(Sort::Line, "9", "aa"), Claim::Nowhere));
        assert_eq!(seals.left_over(), ["entry 2"]);
        assert!(seals.seal(Sort::Line, "3".to_owned(), "aa".to_owned()), "it is new");
        assert!(!seals.seal(Sort::Line, "3".to_owned(), "aa".to_owned()), "it is there");
    }
}
