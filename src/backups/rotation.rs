//! Which backups are kept: the latest of each of so many days, weeks and months that have one.
//!
//! The rule it keeps: counted are periods that have a backup, and not days back from now, so that after a long pause, or
//! under a clock that jumps, nothing goes that has no successor. The latest always stays, and so do those of the last hours:
//! who makes one by hand before something risky wants the one before it, too. What could not be read back where it was stored
//! takes no other's place, and neither does a copy of books that are not whole: it goes when a later one is better, and until
//! then such copies are judged among themselves, the first of them kept, which is the nearest to what went wrong. What seems
//! to be of the future was named by a wrong clock and is left alone until its time comes.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::name::Name;
use crate::config::Keep;

/// How long the latest [`RECENT_MAX`] stay, whatever else is kept.
const RECENT: SignedDuration = SignedDuration::from_hours(20);
const RECENT_MAX: usize = 5;

/// Those of `names` that may go; `unproven` are those among them that could not be read back, or are not whole. `zone` says
/// when a day ends.
#[must_use]
pub fn superseded(
    names: &[Name],
    unproven: &BTreeSet<String>,
    keep: Keep,
    zone: &TimeZone,
    now: Timestamp,
) -> Vec<Name> {
    let mut past: Vec<&Name> = names.iter().filter(|name| name.made_at <= now).collect();
    past.sort_by_key(|name| std::cmp::Reverse((name.made_at, name.is_sealed)));
    let (doubtful, past): (Vec<&Name>, Vec<&Name>) =
        past.into_iter().partition(|name| unproven.contains(&name.to_string()));
    let latest = past.first().map(|name| name.made_at);
    let (outdated, mut unsurpassed): (Vec<&Name>, Vec<&Name>) =
        doubtful.into_iter().partition(|name| latest.is_some_and(|latest| latest > name.made_at));
    unsurpassed.pop(); // The first stays.
    let outlived = [past, unsurpassed].map(|names| outlived(names, keep, zone, now));
    outlived.into_iter().flatten().chain(outdated).cloned().collect()
}

/// Those of `names`, the latest first, that no day, week or month keeps.
fn outlived<'a>(names: Vec<&'a Name>, keep: Keep, zone: &TimeZone, now: Timestamp) -> Vec<&'a Name> {
    let mut kept = BTreeSet::from([0]);
    let is_recent = |name: &Name| now.duration_since(name.made_at) < RECENT;
    kept.extend((0..names.len()).take(RECENT_MAX).take_while(|place| is_recent(names[*place])));
    for (count, period) in [(keep.days, Period::Day), (keep.weeks, Period::Week), (keep.months, Period::Month)] {
        let mut seen = BTreeSet::new();
        for (place, name) in names.iter().enumerate() {
            if seen.len() < count && seen.insert(period.of(name.made_at, zone)) {
                kept.insert(place);
            }
        }
    }
    names.into_iter().enumerate().filter(|(place, _)| !kept.contains(place)).map(|(_, name)| name).collect()
}

#[derive(Clone, Copy)]
enum Period {
    Day,
    /// From Monday on, as ISO 8601 counts.
    Week,
    Month,
}

impl Period {
    /// A number that is another one in each period.
    fn of(self, at: Timestamp, zone: &TimeZone) -> (i16, i16) {
        let date = at.to_zoned(zone.clone()).date();
        match self {
            Self::Day => (date.year(), date.day_of_year()),
            Self::Week => {
                let week = date.iso_week_date();
                (week.year(), i16::from(week.week()))
            }
            Self::Month => (date.year(), i16::from(date.month())),
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use std::collections::BTreeSet;

    use jiff::tz::TimeZone;
    use jiff::{SignedDuration, Timestamp};

    use super::{Keep, Name};

    fn superseded(names: &[Name], keep: Keep, zone: &TimeZone, now: Timestamp) -> Vec<Name> {
        super::superseded(names, &BTreeSet::new(), keep, zone, now)
    }

    const APPLIANCE: &str = "0123abcd";

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn names(times: &[Timestamp]) -> Vec<Name> {
        times.iter().map(|at| Name::of(APPLIANCE, *at, false)).collect()
    }

    /// What is left after a backup in each night, each followed by a rotation.
    fn after_nights(first: &str, nights: i64, keep: Keep) -> Vec<String> {
        let mut left: Vec<Name> = Vec::new();
        for night in 0..nights {
            let now = at(first) + SignedDuration::from_hours(24 * night);
            left.push(Name::of(APPLIANCE, now, false));
            let gone = superseded(&left, keep, &TimeZone::UTC, now);
            left.retain(|name| !gone.contains(name));
        }
        left.iter().map(|name| name.made_at.strftime("%m-%d").to_string()).collect()
    }

    #[test]
    fn a_year_of_nights_leaves_days_weeks_and_months() {
        let left = after_nights("2026-01-01T02:37:00Z", 365, Keep::default());
        let expected = [
            "01-31", "02-28", "03-31", "04-30", "05-31", "06-30", "07-31", "08-31", "09-30", "10-31", "11-30", "12-06",
            "12-13", "12-20", "12-25", "12-26", "12-27", "12-28", "12-29", "12-30", "12-31",
        ];
        assert_eq!(left, expected);
    }

    #[test]
    fn the_latest_stays_whatever_is_to_be_kept() {
        let keep = Keep { days: 0, weeks: 0, months: 1 };
        assert_eq!(after_nights("2026-11-01T02:37:00Z", 5, keep), ["11-05"]);
        let one = names(&[at("2020-01-01T00:00:00Z")]);
        assert_eq!(superseded(&one, keep, &TimeZone::UTC, at("2026-11-23T00:00:00Z")), []);
    }

    #[test]
    fn after_a_long_pause_nothing_goes_for_its_age() {
        let nights: Vec<_> = (1..=7).map(|day| at(&format!("2024-03-0{day}T02:37:00Z"))).collect();
        let gone = superseded(&names(&nights), Keep::default(), &TimeZone::UTC, at("2026-11-23T00:00:00Z"));
        assert_eq!(gone, []);
    }

    #[test]
    fn a_clock_that_jumped_takes_nothing_with_it() {
        let keep = Keep { days: 2, weeks: 0, months: 0 };
        let future: Vec<_> = (1..=5).map(|day| at(&format!("2099-01-0{day}T02:37:00Z"))).collect();
        let real = [at("2026-11-22T02:37:00Z"), at("2026-11-23T02:37:00Z")];
        let all = names(&[future.as_slice(), &real].concat());
        assert_eq!(superseded(&all, keep, &TimeZone::UTC, at("2026-11-23T02:38:00Z")), [], "the clock is right again");
        assert_eq!(superseded(&all, keep, &TimeZone::UTC, at("1970-01-01T00:00:00Z")), [], "the clock is wrong");
    }

    #[test]
    fn of_several_of_a_day_the_latest_stays_and_a_day_is_the_owners() {
        let keep = Keep { days: 7, weeks: 0, months: 0 };
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        // The first is of the 22nd in UTC and of the 23rd in Berlin.
        let all = names(&[at("2026-11-22T23:30:00Z"), at("2026-11-23T10:00:00Z"), at("2026-11-23T11:00:00Z")]);
        let (now, next_day) = (at("2026-11-23T12:00:00Z"), at("2026-11-24T12:00:00Z"));
        assert_eq!(superseded(&all, keep, &berlin, now), [], "they may be wanted yet");
        assert_eq!(superseded(&all, keep, &berlin, next_day), [all[1].clone(), all[0].clone()]);
        assert_eq!(superseded(&all, keep, &TimeZone::UTC, next_day), [all[1].clone()]);
    }

    #[test]
    fn of_those_of_the_last_hours_a_few_stay() {
        let keep = Keep { days: 1, weeks: 0, months: 0 };
        let times: Vec<_> = (10..18).map(|hour| at(&format!("2026-11-23T{hour}:00:00Z"))).collect();
        let all = names(&times);
        let mut gone = superseded(&all, keep, &TimeZone::UTC, at("2026-11-23T18:00:00Z"));
        gone.sort_by_key(|name| name.made_at);
        assert_eq!(gone, all[..3]);
    }

    #[test]
    fn what_could_not_be_read_back_takes_no_others_place() {
        let keep = Keep { days: 2, weeks: 0, months: 0 };
        let all = names(&[at("2026-11-20T02:37:00Z"), at("2026-11-21T02:37:00Z"), at("2026-11-22T02:37:00Z")]);
        let doubtful = |which: &[usize]| which.iter().map(|place| all[*place].to_string()).collect();
        let judged =
            |which| super::superseded(&all, &doubtful(which), keep, &TimeZone::UTC, at("2026-11-23T02:37:00Z"));
        assert_eq!(judged(&[]), [all[0].clone()]);
        assert_eq!(judged(&[2]), [], "the older two are what there is");
        assert_eq!(judged(&[1]), [all[1].clone()], "a later one was read back");
        assert_eq!(judged(&[0, 1, 2]), []);
    }

    #[test]
    fn of_a_month_of_copies_that_are_not_whole_the_first_and_the_days_that_are_kept_stay() {
        let keep = Keep { days: 2, weeks: 0, months: 0 };
        let nights: Vec<_> = (1..=30).map(|day| at(&format!("2026-10-{day:02}T02:37:00Z"))).collect();
        let all = names(&nights);
        let broken: BTreeSet<String> = all[1..].iter().map(ToString::to_string).collect();
        let now = at("2026-10-31T01:00:00Z");
        let gone = super::superseded(&all, &broken, keep, &TimeZone::UTC, now);
        let left: Vec<_> = all.iter().filter(|name| !gone.contains(name)).collect();
        assert_eq!(left, [&all[0], &all[1], &all[28], &all[29]], "the last whole one, and the first that was not");
    }
}
