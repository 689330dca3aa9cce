//! Identifiers: a kind's prefix, then 26 characters that sort by the time of making (`inv_01k…`).
//!
//! A value is 48 bits of milliseconds since 1970 and 80 bits that nobody can guess, so that a list in key order is a
//! list in order of making. The kind is part of the type: a customer's id can't be given where an invoice's belongs.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Crockford's base 32 in lower case: no `i`, `l`, `o`, `u`, so that an id read aloud is not mistaken.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const CHARACTERS: usize = 26;
const ENTROPY_BITS: u32 = 80;

/// What an id names; gives the id its prefix.
pub trait Kind {
    /// Such as `inv`.
    const PREFIX: &'static str;
}

/// An identifier of one kind of thing.
pub struct Id<K> {
    value: u128,
    kind: PhantomData<fn() -> K>,
}

/// The text is no id of this kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Give an id that begins with {expected}_.")]
pub struct NotAnId {
    expected: &'static str,
}

impl<K: Kind> Id<K> {
    /// The id made at `milliseconds` since 1970 with the lower 80 bits of `entropy`.
    #[must_use]
    pub fn from_parts(milliseconds: u64, entropy: u128) -> Self {
        let entropy = entropy & ((1 << ENTROPY_BITS) - 1);
        Self::from_value((u128::from(milliseconds) << ENTROPY_BITS) | entropy)
    }

    #[must_use]
    pub const fn from_value(value: u128) -> Self {
        Self { value, kind: PhantomData }
    }

    #[must_use]
    pub const fn value(self) -> u128 {
        self.value
    }

    fn from_characters(text: &str) -> Option<u128> {
        if text.len() != CHARACTERS {
            return None;
        }
        text.bytes().try_fold(0_u128, |value, byte| {
            let digit = ALPHABET.iter().position(|&letter| letter == byte)?;
            value.checked_mul(32)?.checked_add(u128::try_from(digit).ok()?)
        })
    }
}

impl<K: Kind> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut characters = [0_u8; CHARACTERS];
        let mut rest = self.value;
        for place in characters.iter_mut().rev() {
            *place = ALPHABET[usize::from(u8::try_from(rest % 32).unwrap_or(0))];
            rest /= 32;
        }
        write!(f, "{}_{}", K::PREFIX, String::from_utf8_lossy(&characters))
    }
}

impl<K: Kind> FromStr for Id<K> {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        text.strip_prefix(K::PREFIX)
            .and_then(|rest| rest.strip_prefix('_'))
            .and_then(Self::from_characters)
            .map(Self::from_value)
            .ok_or(NotAnId { expected: K::PREFIX })
    }
}

impl<K: Kind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

// Written out, because a derive would ask that the kind itself can be copied and compared.
impl<K> Copy for Id<K> {}
impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}
impl<K> Eq for Id<K> {}
impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.value.cmp(&other.value)
    }
}
impl<K> Hash for Id<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.value.hash(state);
    }
}

impl<K: Kind> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, K: Kind> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Declares the kinds: the uninhabited type that marks an id, its prefix, and the name of the id's type.
macro_rules! kinds {
    ($($marker:ident $prefix:literal $name:ident)*) => {$(
        #[derive(Debug)]
        pub enum $marker {}
        impl Kind for $marker {
            const PREFIX: &'static str = $prefix;
        }
        pub type $name = Id<$marker>;
    )*};
}

kinds! {
    OfInvoice "inv" InvoiceId
    OfCustomer "cus" CustomerId
    OfPayment "pay" PaymentId
    OfRefund "rfd" RefundId
    OfAttempt "att" AttemptId
    OfDispute "dsp" DisputeId
    OfFiling "fil" FilingId
    OfCreditNote "crn" CreditNoteId
    OfFeeInvoice "fee" FeeInvoiceId
    OfReview "rev" ReviewId
    OfMail "mail" MailId
    OfRun "rec" RunId
    OfOwner "own" OwnerId
    OfToken "tok" TokenId
    OfSession "ses" SessionId
    OfEndpoint "whe" EndpointId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_back_as_it_was_written() {
        let id = InvoiceId::from_parts(1_795_000_000_000, 0xfeed_beef);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(id.to_string().len(), "inv_".len() + CHARACTERS);
    }

    #[test]
    fn ids_sort_by_time_as_text_and_as_value() {
        let (earlier, later) = (InvoiceId::from_parts(1, u128::MAX), InvoiceId::from_parts(2, 0));
        assert!(earlier < later && earlier.to_string() < later.to_string());
    }

    #[test]
    fn what_is_no_id_of_the_kind_is_refused() {
        let customer = CustomerId::from_parts(7, 7).to_string();
        for text in [
            "",
            "inv_",
            "inv_zz",
            customer.as_str(),
            "inv_0000000000000000000000000I",
            "inv_80000000000000000000000000",
        ] {
            assert_eq!(text.parse::<InvoiceId>(), Err(NotAnId { expected: "inv" }), "{text}");
        }
    }
}
