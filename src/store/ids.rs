//! Where ids and other unguessable values come from.

use std::sync::Mutex;

use jiff::Timestamp;

use super::error::Error;
use crate::billing::id::{Id, Kind};

/// Makes ids that always grow, also within a millisecond and when the clock goes backwards.
#[derive(Debug, Default)]
pub(super) struct IdSource {
    last: Mutex<u128>,
}

impl IdSource {
    pub(super) fn next<K: Kind>(&self, now: Timestamp) -> Result<Id<K>, Error> {
        let milliseconds = u64::try_from(now.as_millisecond()).unwrap_or(0);
        let fresh = Id::<K>::from_parts(milliseconds, entropy()?).value();
        let mut last = self.last.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *last = fresh.max(last.saturating_add(step(fresh)));
        Ok(Id::from_value(*last))
    }
}

/// How far the next id is from the last of the same millisecond: at least one, and not to be guessed.
fn step(fresh: u128) -> u128 {
    1 + (fresh & 0xffff_ffff_ffff)
}

/// 128 bits from the operating system.
pub(super) fn entropy() -> Result<u128, Error> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(|error| Error::Entropy(error.to_string()))?;
    Ok(u128::from_le_bytes(bytes))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::{IdSource, Timestamp};
    use crate::billing::id::OfInvoice;

    #[test]
    fn ids_grow_even_when_the_clock_goes_back() {
        let ids = IdSource::default();
        let made: Vec<_> = [5_000, 5_000, 5_000, 1_000, 9_000]
            .map(|ms| ids.next::<OfInvoice>(Timestamp::from_millisecond(ms).unwrap()).unwrap())
            .into();
        assert!(made.is_sorted_by(|a, b| a < b), "{made:?}");
    }
}
