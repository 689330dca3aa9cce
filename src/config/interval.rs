//! How often something happens.

use std::time::Duration;

use super::error::Flaw;

pub(super) const INTERVAL: &str = "a time from 1s to 7d such as 30s, 15m or 1h, or 0 to turn it off";

/// Stripe lists events of the last 30 days: a pass must come well within.
const INTERVAL_SECONDS_MAX: u64 = 7 * 24 * 60 * 60;

/// Reads `30s`, `15m`, `1h`, `7d`; `None` is 0, which is off.
pub(super) fn interval(text: &str) -> Result<Option<Duration>, Flaw> {
    let flaw = || Flaw::of(INTERVAL, text);
    if text == "0" {
        return Ok(None);
    }
    let (digits, seconds_each) = [('s', 1), ('m', 60), ('h', 60 * 60), ('d', 24 * 60 * 60)]
        .into_iter()
        .find_map(|(unit, seconds): (char, u64)| Some((text.strip_suffix(unit)?, seconds)))
        .ok_or_else(flaw)?;
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(flaw());
    }
    let count: u64 = digits.parse().map_err(|_| flaw())?;
    match count.checked_mul(seconds_each) {
        Some(0) => Ok(None),
        Some(seconds) if seconds <= INTERVAL_SECONDS_MAX => Ok(Some(Duration::from_secs(seconds))),
        _ => Err(flaw()),
    }
}

/// As it would be written in the configuration, in the largest unit that divides it.
pub(super) fn written(interval: Duration) -> String {
    match interval.as_secs() {
        seconds if seconds % (60 * 60) == 0 => format!("{}h", seconds / (60 * 60)),
        seconds if seconds % 60 == 0 => format!("{}m", seconds / 60),
        seconds => format!("{seconds}s"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{interval, written};

    #[test]
    fn intervals_are_read_with_their_unit() {
        let rows = [("30s", 30), ("15m", 900), ("1h", 3600), ("7d", 604_800), ("90m", 5400)];
        for (text, seconds) in rows {
            assert_eq!(interval(text), Ok(Some(Duration::from_secs(seconds))));
        }
        for text in ["30s", "90s", "15m", "1h", "24h"] {
            assert_eq!(interval(text).unwrap().map(written).as_deref(), Some(text));
        }
        assert_eq!((interval("0"), interval("0m")), (Ok(None), Ok(None)));
    }

    #[test]
    fn what_is_no_interval_is_refused() {
        for text in [
            "",
            "15",
            "m",
            "-1m",
            "+1m",
            "1.5h",
            "1h30m",
            "8d",
            "15 m",
            "99999999999999999999s",
            "9999999999999999999d",
        ] {
            assert!(interval(text).is_err(), "{text}");
        }
        assert_eq!(
            interval("15").unwrap_err().to_string(),
            "must be a time from 1s to 7d such as 30s, 15m or 1h, or 0 to turn it off, not 15"
        );
    }
}
