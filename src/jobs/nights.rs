//! When a night's work is due: at an hour of the business's own time zone, and not everywhere in the same minute.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

/// Installations do not all come in the same minute to Stripe, or to a store for backups.
const JITTER_SECONDS: i64 = 600;

/// How long after the hour an installation begins; always the same.
pub(super) fn jitter(appliance: &str) -> SignedDuration {
    let seconds = appliance.bytes().fold(0, |sum, byte| (sum * 31 + i64::from(byte)) % JITTER_SECONDS);
    SignedDuration::from_secs(seconds)
}

/// The latest hour `at` that is past, and the next. An hour that a clock change leaves out comes an hour later.
pub(super) fn around(now: Timestamp, zone: &TimeZone, at: Time, jitter: SignedDuration) -> (Timestamp, Timestamp) {
    let today = now.to_zoned(zone.clone()).date();
    let night = |days: i64| {
        let date = today.saturating_add(days.days());
        let hour = zone.to_ambiguous_zoned(date.to_datetime(at)).compatible();
        hour.map_or(now, |hour| later(hour.timestamp(), jitter))
    };
    if night(0) <= now { (night(0), night(1)) } else { (night(-1), night(0)) }
}

pub(super) fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::{SignedDuration, TimeZone, Timestamp, around};

    #[test]
    fn the_night_is_the_one_of_the_business() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let table = [
            ("2026-11-22T01:00:00Z", "2026-11-21T02:22:00Z", "2026-11-22T02:22:00Z"),
            ("2026-11-22T02:22:00Z", "2026-11-22T02:22:00Z", "2026-11-23T02:22:00Z"),
            ("2026-07-01T22:30:00Z", "2026-07-01T01:22:00Z", "2026-07-02T01:22:00Z"),
        ];
        for (now, last, next) in table {
            let at = |text: &str| text.parse::<Timestamp>().unwrap();
            let nights = around(at(now), &berlin, jiff::civil::time(3, 17, 0, 0), SignedDuration::from_mins(5));
            assert_eq!(nights, (at(last), at(next)), "{now}");
        }
    }

    #[test]
    fn an_hour_that_summer_time_leaves_out_comes_later_and_one_that_comes_twice_counts_once() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let half_past_two = jiff::civil::time(2, 30, 0, 0);
        let night = |now: &str| around(at(now), &berlin, half_past_two, SignedDuration::ZERO);
        assert_eq!(night("2026-03-29T05:00:00Z").0, at("2026-03-29T01:30:00Z"));
        assert_eq!(night("2026-10-25T05:00:00Z").0, at("2026-10-25T00:30:00Z"));
    }
}
