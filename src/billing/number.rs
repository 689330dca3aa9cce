//! Document numbers: a pattern such as `{YYYY}-{SEQ:4}` and the series that counts.
//!
//! A series gives every number once and leaves none out, as tax law asks. It counts within the year if the pattern
//! shows the year, within the month if it shows year and month, else for ever. A date that lies before the period in
//! use does not turn the series back: the number continues, and shows the period in use. Taking a number in the
//! transaction that saves the document is up to `actions`.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Long enough for `INVOICE/{YYYY}/{MM}/{SEQ:6}`, short enough for a bank transfer's reference.
const PATTERN_CHARS_MAX: usize = 40;
/// Zeros in front beyond this make a number unreadable.
const WIDTH_MAX: u8 = 9;
/// The highest number that a series can be set to go on with.
pub const START_MAX: u64 = 999_999_999;
/// The last number a series gives: what every reader of JSON holds exactly. From [`START_MAX`], one a second would take
/// three hundred million years, so that nobody can set a series to its end.
pub const SEQUENCE_MAX: u64 = 9_007_199_254_740_991;
/// What numbers made with a test key begin with; no owner's pattern may.
pub const TEST_PREFIX: &str = "TEST-";

/// What is wrong with a pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    #[error("Enter a pattern, such as {{YYYY}}-{{SEQ:4}}.")]
    Empty,
    #[error("Use at most {PATTERN_CHARS_MAX} characters.")]
    TooLong,
    #[error("Close every {{ with a }}, as in {{SEQ:4}}.")]
    Unclosed,
    #[error("{{{0}}} is unknown. Use {{YYYY}} for the year, {{MM}} for the month and {{SEQ:4}} for the counter.")]
    UnknownPlaceholder(String),
    #[error("Put the counter in once, as {{SEQ}} or, with leading zeros, as {{SEQ:4}}.")]
    NotOneSequence,
    #[error("Use {{{0}}} only once.")]
    Twice(&'static str),
    #[error("The counter can have 1 to {WIDTH_MAX} digits, as in {{SEQ:4}}.")]
    Width,
    #[error("\"{0}\" cannot be part of a number. Use letters A to Z, digits and - / . _ only.")]
    Character(char),
    #[error("Numbers that begin with {TEST_PREFIX} are kept for test mode. Begin with something else.")]
    Reserved,
}

/// Why a series gives no number, or cannot start at one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SeriesError {
    #[error("The series is used up: {SEQUENCE_MAX} is its last number. Choose another pattern.")]
    UsedUp,
    #[error("The next number can be between 1 and {0}.")]
    OutOfRange(u64),
    #[error("Numbers up to {0} have been given already. The next number must be higher.")]
    AlreadyGiven(u64),
}

/// A parsed pattern; serialised as its text.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pattern {
    text: String,
    parts: Vec<Part>,
}

#[derive(Clone, PartialEq, Eq)]
enum Part {
    Literal(String),
    Year,
    Month,
    Sequence { width: u8 },
}

/// When a series begins again at 1; from seldom to often.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reset {
    Never,
    Yearly,
    Monthly,
}

/// The year and four digits: `2026-0001`.
impl Default for Pattern {
    fn default() -> Self {
        let parts = vec![Part::Year, Part::Literal("-".to_owned()), Part::Sequence { width: 4 }];
        Self { text: "{YYYY}-{SEQ:4}".to_owned(), parts }
    }
}

impl Pattern {
    /// What credit notes are numbered by unless the owner says otherwise: `CN-2026-0001`.
    #[must_use]
    pub fn of_credit_notes() -> Self {
        Self::usual_behind("CN-")
    }

    /// What invoices over fees are numbered by unless the owner says otherwise: `FEE-2026-0001`.
    #[must_use]
    pub fn of_fee_invoices() -> Self {
        Self::usual_behind("FEE-")
    }

    fn usual_behind(before: &str) -> Self {
        let Self { text, parts } = Self::default();
        Self { text: format!("{before}{text}"), parts: [vec![Part::Literal(before.to_owned())], parts].concat() }
    }

    pub fn parse(text: &str) -> Result<Self, PatternError> {
        if text.is_empty() {
            return Err(PatternError::Empty);
        }
        if text.chars().nth(PATTERN_CHARS_MAX).is_some() {
            return Err(PatternError::TooLong);
        }
        if text.get(..TEST_PREFIX.len()).is_some_and(|head| head.eq_ignore_ascii_case(TEST_PREFIX)) {
            return Err(PatternError::Reserved);
        }
        let parts = split(text)?;
        let count = |wanted: fn(&Part) -> bool| parts.iter().filter(|part| wanted(part)).count();
        if count(|part| matches!(part, Part::Sequence { .. })) != 1 {
            return Err(PatternError::NotOneSequence);
        }
        if count(|part| matches!(part, Part::Year)) > 1 {
            return Err(PatternError::Twice("YYYY"));
        }
        if count(|part| matches!(part, Part::Month)) > 1 {
            return Err(PatternError::Twice("MM"));
        }
        Ok(Self { text: text.to_owned(), parts })
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The number that `sequence` would have on `date`, for a live preview.
    #[must_use]
    pub fn sample(&self, date: Date, sequence: u64) -> String {
        self.render(Period::of(date), sequence)
    }

    fn render(&self, period: Period, sequence: u64) -> String {
        let written = self.parts.iter().map(|part| match part {
            Part::Literal(text) => text.clone(),
            Part::Year => format!("{:04}", period.year),
            Part::Month => format!("{:02}", period.month),
            Part::Sequence { width } => format!("{sequence:0>0$}", usize::from(*width)),
        });
        written.collect()
    }

    /// The period and the count that a number of this pattern was made of; where the pattern shows no year or month, those
    /// of `within`.
    fn read(&self, number: &str, within: Period) -> Option<(Period, u64)> {
        let length = |part: &Part| match part {
            Part::Literal(text) => text.len(),
            Part::Year => 4,
            Part::Month => 2,
            Part::Sequence { .. } => 0,
        };
        // All but the counter is of a fixed length.
        let counter = number.len().checked_sub(self.parts.iter().map(length).sum())?;
        let (mut rest, mut period, mut sequence) = (number, within, None);
        for part in &self.parts {
            let is_counter = matches!(part, Part::Sequence { .. });
            let (text, behind) = rest.split_at_checked(if is_counter { counter } else { length(part) })?;
            rest = behind;
            match part {
                Part::Literal(_) => {}
                Part::Year => period.year = text.parse().ok()?,
                Part::Month => period.month = text.parse().ok()?,
                Part::Sequence { .. } => sequence = Some(text.parse().ok()?),
            }
        }
        sequence.filter(|sequence| self.render(period, *sequence) == number).map(|sequence| (period, sequence))
    }

    fn reset(&self) -> Reset {
        match (self.parts.contains(&Part::Year), self.parts.contains(&Part::Month)) {
            (true, true) => Reset::Monthly,
            (true, false) => Reset::Yearly,
            // With the month alone, beginning again each month would repeat last year's numbers.
            (false, _) => Reset::Never,
        }
    }
}

fn split(mut text: &str) -> Result<Vec<Part>, PatternError> {
    let mut parts = Vec::new();
    while !text.is_empty() {
        if let Some(inner) = text.strip_prefix('{') {
            let (name, rest) = inner.split_once('}').ok_or(PatternError::Unclosed)?;
            parts.push(placeholder(name)?);
            text = rest;
        } else {
            let (literal, rest) = text.split_at(text.find('{').unwrap_or(text.len()));
            let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '/' | '.' | '_');
            match literal.chars().find(|c| !allowed(*c)) {
                Some('}') => return Err(PatternError::Unclosed),
                Some(other) => return Err(PatternError::Character(other)),
                None => parts.push(Part::Literal(literal.to_owned())),
            }
            text = rest;
        }
    }
    Ok(parts)
}

fn placeholder(name: &str) -> Result<Part, PatternError> {
    match name.split_once(':') {
        None if name == "YYYY" => Ok(Part::Year),
        None if name == "MM" => Ok(Part::Month),
        None if name == "SEQ" => Ok(Part::Sequence { width: 1 }),
        Some(("SEQ", width)) => match width.parse() {
            Ok(width @ 1..=WIDTH_MAX) => Ok(Part::Sequence { width }),
            _ => Err(PatternError::Width),
        },
        _ => Err(PatternError::UnknownPlaceholder(name.to_owned())),
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

impl TryFrom<String> for Pattern {
    type Error = PatternError;

    fn try_from(text: String) -> Result<Self, PatternError> {
        Self::parse(&text)
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> Self {
        pattern.text
    }
}

/// A month. Kept even where the pattern shows none, so that a changed pattern knows how far the series has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Period {
    year: i16,
    month: i8,
}

impl Period {
    fn of(date: Date) -> Self {
        Self { year: date.year(), month: date.month() }
    }

    fn is_past(self, other: Self, reset: Reset) -> bool {
        match reset {
            Reset::Never => false,
            Reset::Yearly => self.year > other.year,
            Reset::Monthly => self > other,
        }
    }
}

/// A pattern, how far it has counted, and the latest month in which it did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Series {
    pattern: Pattern,
    /// Goes before every number; empty, or [`TEST_PREFIX`].
    #[serde(default)]
    prefix: String,
    next: u64,
    /// The highest count given in the period; 0 if none was.
    #[serde(default)]
    given: u64,
    /// The highest count ever given, in any period.
    #[serde(default)]
    given_ever: u64,
    #[serde(default)]
    period: Option<Period>,
}

impl Series {
    /// A series that has given no number yet.
    #[must_use]
    pub const fn new(pattern: Pattern) -> Self {
        Self { pattern, prefix: String::new(), next: 1, given: 0, given_ever: 0, period: None }
    }

    /// The series for what is made with a test key: the same pattern behind [`TEST_PREFIX`], counted apart.
    #[must_use]
    pub fn for_test_mode(pattern: Pattern) -> Self {
        Self { prefix: TEST_PREFIX.to_owned(), ..Self::new(pattern) }
    }

    #[must_use]
    pub const fn pattern(&self) -> &Pattern {
        &self.pattern
    }

    /// The number for a document dated `date`, and the series that comes after it.
    pub fn take(&self, date: Date) -> Result<(String, Self), SeriesError> {
        let at = self.standing_at(date);
        if at.next > SEQUENCE_MAX {
            return Err(SeriesError::UsedUp);
        }
        let number = format!("{}{}", at.prefix, at.pattern.render(at.period.unwrap_or(Period::of(date)), at.next));
        let after = Self { next: at.next + 1, given: at.next, given_ever: at.given_ever.max(at.next), ..at };
        Ok((number, after))
    }

    /// Whether it has given no number yet.
    #[must_use]
    pub const fn is_unused(&self) -> bool {
        self.given_ever == 0
    }

    /// The counter's value for a document dated `date`; what a settings page shows as the next number.
    #[must_use]
    pub fn next(&self, date: Date) -> u64 {
        self.standing_at(date).next
    }

    /// The same series going on with `next`, as set on `today`: any number above those given in the period.
    pub fn starting_at(&self, next: u64, today: Date) -> Result<Self, SeriesError> {
        let at = self.standing_at(today);
        // Where the series stands can always be said again.
        let highest = START_MAX.max(at.next);
        if !(1..=highest).contains(&next) {
            return Err(SeriesError::OutOfRange(highest));
        }
        if next <= at.given {
            return Err(SeriesError::AlreadyGiven(at.given));
        }
        // An unused series stays open to the date of its first document.
        let period = self.period.and(at.period);
        Ok(Self { next, period, ..at })
    }

    /// The same count under another pattern. It goes on from where it is, or, if the new pattern begins again less
    /// often than the old one, above every number ever given: an earlier year's could come back. A series that is used
    /// up begins again; whoever takes numbers passes over those that are taken.
    #[must_use]
    pub fn with_pattern(self, pattern: Pattern) -> Self {
        if self.next > SEQUENCE_MAX && pattern != self.pattern {
            return Self { prefix: self.prefix, ..Self::new(pattern) };
        }
        let lasts_longer = pattern.reset() < self.pattern.reset();
        let given = if lasts_longer { self.given_ever } else { self.given };
        Self { pattern, next: self.next.max(given + 1), given, ..self }
    }

    /// The series as one that is known to have given `number`, too, as it stands on `today`. A number of another pattern, or one
    /// that it is past, changes nothing.
    #[must_use]
    pub fn having_given(&self, number: &str, today: Date) -> Self {
        let at = self.standing_at(today);
        let within = at.period.unwrap_or(Period::of(today));
        let bare = number.strip_prefix(at.prefix.as_str());
        let Some((period, count)) = bare.and_then(|bare| at.pattern.read(bare, within)) else { return self.clone() };
        let given_ever = at.given_ever.max(count);
        if within.is_past(period, at.pattern.reset()) {
            return Self { given_ever, ..at };
        }
        let (next, given) = if period.is_past(within, at.pattern.reset()) { (1, 0) } else { (at.next, at.given) };
        let (next, given) = (next.max(count.saturating_add(1)), given.max(count));
        Self { next, given, given_ever, period: Some(period.max(within)), ..at }
    }

    /// The series as a document dated `date` finds it: begun again if the date is in a later period, never turned back.
    fn standing_at(&self, date: Date) -> Self {
        let period = Period::of(date);
        let begins_again = self.period.is_some_and(|used| period.is_past(used, self.pattern.reset()));
        let (next, given) = if begins_again { (1, 0) } else { (self.next, self.given) };
        Self { next, given, period: self.period.max(Some(period)), ..self.clone() }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use jiff::civil::{Date, date};

    use super::{Pattern, PatternError, SEQUENCE_MAX, START_MAX, Series, SeriesError};

    fn series(pattern: &str) -> Series {
        Series::new(Pattern::parse(pattern).unwrap())
    }

    fn numbers(mut series: Series, dates: &[Date]) -> Vec<String> {
        let mut numbers = Vec::new();
        for date in dates {
            let (number, rest) = series.take(*date).unwrap();
            numbers.push(number);
            series = rest;
        }
        numbers
    }

    #[test]
    fn a_pattern_is_literals_and_placeholders_with_one_counter() {
        let day = date(2026, 3, 9);
        let table = [
            ("{YYYY}-{SEQ:4}", "2026-0007"),
            ("{SEQ}", "7"),
            ("INV/{YYYY}/{MM}/{SEQ:6}", "INV/2026/03/000007"),
            ("R_{SEQ:1}.{MM}", "R_7.03"),
            ("TEST{SEQ}", "TEST7"),
        ];
        for (text, expected) in table {
            let pattern = Pattern::parse(text).unwrap();
            assert_eq!(pattern.sample(day, 7), expected);
            assert_eq!(pattern.to_string(), text);
        }
        assert_eq!(Pattern::parse("{SEQ:2}").unwrap().sample(day, 1234), "1234", "a full counter grows");
    }

    #[test]
    fn what_is_wrong_with_a_pattern_is_said() {
        let long = format!("{}{{SEQ}}", "x".repeat(36));
        let table = [
            ("", PatternError::Empty),
            (long.as_str(), PatternError::TooLong),
            ("{SEQ", PatternError::Unclosed),
            ("SEQ}", PatternError::Unclosed),
            ("{DD}{SEQ}", PatternError::UnknownPlaceholder("DD".to_owned())),
            ("{seq}", PatternError::UnknownPlaceholder("seq".to_owned())),
            ("{YYYY:2}{SEQ}", PatternError::UnknownPlaceholder("YYYY:2".to_owned())),
            ("{YYYY}", PatternError::NotOneSequence),
            ("{SEQ}{SEQ:4}", PatternError::NotOneSequence),
            ("{YYYY}{YYYY}{SEQ}", PatternError::Twice("YYYY")),
            ("{MM}{SEQ}{MM}", PatternError::Twice("MM")),
            ("{SEQ:0}", PatternError::Width),
            ("{SEQ:10}", PatternError::Width),
            ("{SEQ:x}", PatternError::Width),
            ("No {SEQ}", PatternError::Character(' ')),
            ("Ü{SEQ}", PatternError::Character('Ü')),
            ("\"{SEQ}", PatternError::Character('"')),
            ("a\n{SEQ}", PatternError::Character('\n')),
            ("test-{SEQ}", PatternError::Reserved),
        ];
        for (text, expected) in table {
            assert_eq!(Pattern::parse(text), Err(expected), "{text}");
        }
        let unknown = Pattern::parse("{DD}").unwrap_err().to_string();
        assert!(unknown.starts_with("{DD} is unknown. Use {YYYY} for the year"), "{unknown}");
    }

    #[test]
    fn the_counter_begins_again_each_year_that_the_pattern_shows() {
        let dates = [date(2026, 1, 5), date(2026, 12, 31), date(2027, 1, 1), date(2029, 6, 1)];
        assert_eq!(numbers(series("{YYYY}-{SEQ:4}"), &dates), ["2026-0001", "2026-0002", "2027-0001", "2029-0001"]);
        assert_eq!(numbers(series("R{SEQ}"), &dates), ["R1", "R2", "R3", "R4"]);
    }

    #[test]
    fn the_counter_begins_again_each_month_only_if_the_year_is_shown_too() {
        let dates = [date(2026, 1, 5), date(2026, 1, 6), date(2026, 2, 1), date(2027, 1, 1)];
        let monthly = numbers(series("{YYYY}{MM}-{SEQ}"), &dates);
        assert_eq!(monthly, ["202601-1", "202601-2", "202602-1", "202701-1"]);
        assert_eq!(numbers(series("{MM}-{SEQ}"), &dates), ["01-1", "01-2", "02-3", "01-4"]);
    }

    #[test]
    fn a_date_before_the_period_in_use_goes_on_counting_in_it() {
        let dates = [date(2026, 12, 30), date(2027, 1, 2), date(2026, 12, 31), date(2027, 1, 3)];
        let yearly = numbers(series("{YYYY}-{SEQ:4}"), &dates);
        assert_eq!(yearly, ["2026-0001", "2027-0001", "2027-0002", "2027-0003"]);
        let monthly = numbers(series("{YYYY}{MM}-{SEQ}"), &dates);
        assert_eq!(monthly, ["202612-1", "202701-1", "202701-2", "202701-3"]);
    }

    #[test]
    fn the_start_can_be_set_but_not_below_what_was_given() {
        let today = date(2026, 11, 22);
        let started = series("{YYYY}-{SEQ:4}").starting_at(118, today).unwrap();
        assert_eq!(started.next(today), 118);
        let lowered = started.starting_at(5, today).unwrap();
        assert_eq!(lowered.next(today), 5, "nothing was given yet");
        let (number, used) = started.take(today).unwrap();
        assert_eq!(number, "2026-0118");
        assert_eq!(used.starting_at(118, today), Err(SeriesError::AlreadyGiven(118)));
        let raised = used.starting_at(700, today).unwrap();
        assert_eq!(raised.starting_at(119, today).unwrap().next(today), 119, "700 was not given");
        assert_eq!(used.starting_at(500, today).unwrap().take(today).unwrap().0, "2026-0500");
        for next in [0, START_MAX + 1, u64::MAX] {
            assert_eq!(used.starting_at(next, today), Err(SeriesError::OutOfRange(START_MAX)));
        }
    }

    #[test]
    fn a_start_set_in_a_new_year_holds_in_that_year() {
        let (_, used) = series("{YYYY}-{SEQ:4}").take(date(2026, 12, 31)).unwrap();
        let new_year = date(2027, 1, 2);
        let started = used.starting_at(50, new_year).unwrap();
        assert_eq!(numbers(started, &[new_year, date(2028, 1, 1)]), ["2027-0050", "2028-0001"]);
        assert_eq!(used.next(new_year), 1);
    }

    #[test]
    fn a_start_set_before_the_first_number_holds_whatever_its_date() {
        let started = series("{YYYY}-{SEQ:4}").starting_at(40, date(2026, 12, 20)).unwrap();
        assert_eq!(numbers(started.clone(), &[date(2027, 1, 2)]), ["2027-0040"]);
        assert_eq!(numbers(started, &[date(2026, 12, 1)]), ["2026-0040"]);
    }

    #[test]
    fn another_pattern_goes_on_with_the_count() {
        let (_, used) = series("R{SEQ}").take(date(2026, 5, 1)).unwrap();
        let yearly = used.with_pattern(Pattern::parse("{YYYY}-{SEQ}").unwrap());
        let dates = [date(2026, 4, 1), date(2026, 6, 1), date(2027, 1, 1)];
        assert_eq!(numbers(yearly, &dates), ["2026-2", "2026-3", "2027-1"]);
    }

    #[test]
    fn a_pattern_that_begins_again_less_often_goes_on_above_all_it_gave() {
        let plain = Pattern::parse("{SEQ}").unwrap();
        let yearly = Pattern::parse("{YYYY}-{SEQ}").unwrap();
        let (_, series) =
            Series::new(plain.clone()).starting_at(30, date(2026, 5, 1)).unwrap().take(date(2026, 5, 1)).unwrap();
        let (in_2027, series) = series.with_pattern(yearly).take(date(2027, 1, 1)).unwrap();
        assert_eq!(in_2027, "2027-1");
        let back = series.with_pattern(plain);
        assert_eq!(back.starting_at(30, date(2027, 1, 2)), Err(SeriesError::AlreadyGiven(30)));
        assert_eq!(numbers(back, &[date(2027, 1, 2)]), ["31"]);
    }

    #[test]
    fn the_highest_start_that_can_be_set_is_not_the_end() {
        let day = date(2026, 1, 1);
        let started = series("{SEQ}").starting_at(START_MAX, day).unwrap();
        assert_eq!(numbers(started.clone(), &[day, day, day]), ["999999999", "1000000000", "1000000001"]);
        let (_, used) = started.take(day).unwrap();
        let next = used.next(day);
        assert_eq!(used.starting_at(next, day).unwrap().next(day), next, "what is shown may be said again");
        assert_eq!(used.starting_at(next + 1, day), Err(SeriesError::OutOfRange(next)));
    }

    #[test]
    fn a_used_up_series_says_what_helps_and_it_does() {
        let day = date(2026, 1, 1);
        let stored = format!(r#"{{"pattern":"{{YYYY}}-{{SEQ}}","next":{}}}"#, SEQUENCE_MAX + 1);
        let empty: Series = serde_json::from_str(&stored).unwrap();
        assert_eq!(empty.take(day), Err(SeriesError::UsedUp));
        let same = empty.clone().with_pattern(Pattern::parse("{YYYY}-{SEQ}").unwrap());
        assert_eq!(same.take(day), Err(SeriesError::UsedUp), "it is no other pattern");
        assert_eq!(numbers(empty.with_pattern(Pattern::parse("B{SEQ}").unwrap()), &[day, day]), ["B1", "B2"]);
    }

    #[test]
    fn a_number_that_was_given_elsewhere_is_the_last_one_from_then_on() {
        let day = date(2026, 11, 5);
        let table = [
            ("{YYYY}-{SEQ:4}", "2026-0012", "2026-0013"),
            ("{YYYY}-{SEQ:4}", "2026-12345", "2026-12346"),
            ("{YYYY}{SEQ}7", "202699997", "2026100007"),
            ("{SEQ}", "40", "41"),
            ("R{SEQ:3}/{MM}", "R017/02", "R018/11"),
            ("{YYYY}/{MM}/{SEQ}", "2026/11/9", "2026/11/10"),
            // Of a period that is over: this one's go on.
            ("{YYYY}-{SEQ:4}", "2025-0900", "2026-0003"),
            ("{YYYY}/{MM}/{SEQ}", "2026/10/90", "2026/11/3"),
            // A clock that was ahead.
            ("{YYYY}-{SEQ:4}", "2027-0003", "2027-0004"),
            // One that it is past, and those of other patterns.
            ("{YYYY}-{SEQ:4}", "2026-0001", "2026-0003"),
            ("{YYYY}-{SEQ:4}", "2026-12", "2026-0003"),
            ("{YYYY}-{SEQ:4}", "2026-+012", "2026-0003"),
            ("{YYYY}-{SEQ:4}", "CN-2026-0012", "2026-0003"),
            ("{YYYY}-{SEQ:4}", "", "2026-0003"),
            ("{YYYY}-{SEQ:4}", "202€-0012", "2026-0003"),
        ];
        for (pattern, number, then) in table {
            let (_, used) = series(pattern).take(day).unwrap();
            let (_, used) = used.take(day).unwrap();
            assert_eq!(numbers(used.having_given(number, day), &[day]), [then], "{pattern} {number}");
        }
        let fresh = series("{YYYY}-{SEQ:4}").having_given("2026-0012", day);
        assert_eq!(fresh.starting_at(12, day), Err(SeriesError::AlreadyGiven(12)));
        let test = Series::for_test_mode(Pattern::default()).having_given("TEST-2026-0004", day);
        assert_eq!(numbers(test, &[day]), ["TEST-2026-0005"]);
    }

    #[test]
    fn test_mode_counts_apart_behind_its_prefix() {
        let test = Series::for_test_mode(Pattern::parse("{YYYY}-{SEQ:4}").unwrap());
        let (number, rest) = test.take(date(2026, 1, 1)).unwrap();
        assert_eq!(number, "TEST-2026-0001");
        let json = serde_json::to_string(&rest).unwrap();
        assert_eq!(serde_json::from_str::<Series>(&json).unwrap(), rest);
    }
}
