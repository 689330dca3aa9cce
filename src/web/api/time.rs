//! How a time is written to a program: RFC 3339 in UTC with three digits behind the second, always, so that texts sort as
//! the times do.

use jiff::Timestamp;
use serde::Serializer;

/// `2026-11-22T12:00:00.000Z`
pub(super) fn words(at: Timestamp) -> String {
    format!("{at:.3}")
}

pub(super) fn exact<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&words(*at))
}

/// The same for a time that may be absent.
#[expect(clippy::ref_option, reason = "serde passes a reference")]
pub(super) fn exact_if<S: Serializer>(at: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => exact(at, serializer),
        None => serializer.serialize_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::words;
    use jiff::Timestamp;

    #[test]
    fn a_time_has_three_digits_behind_the_second() {
        for (millisecond, expected) in
            [(0, "1970-01-01T00:00:00.000Z"), (30, "1970-01-01T00:00:00.030Z"), (1_234, "1970-01-01T00:00:01.234Z")]
        {
            assert_eq!(Timestamp::from_millisecond(millisecond).map(words).ok().as_deref(), Some(expected));
        }
    }
}
