//! How amounts, dates and counts are written for the owner.

use jiff::civil::Date;

use crate::billing::amount::{DecimalStyle, format_amount};
use crate::billing::money::Money;

/// An amount with its currency, as readers of `language` (a BCP 47 tag) write it.
#[must_use]
pub fn money(amount: Money, language: &str) -> String {
    format_amount(amount, style(language))
}

/// `22 November 2026`.
#[must_use]
pub fn date(date: Date, _language: &str) -> String {
    format!("{} {} {}", date.day(), MONTHS[month_of(date)], date.year())
}

/// `22 Nov 2026`.
#[must_use]
pub fn short_date(date: Date) -> String {
    format!("{} {} {}", date.day(), &MONTHS[month_of(date)][..3], date.year())
}

/// `Sunday, 22 November`.
#[must_use]
pub fn day_of_week(date: Date) -> String {
    let day = DAYS[usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or(0)];
    format!("{day}, {} {}", date.day(), MONTHS[month_of(date)])
}

/// `1,204`.
#[must_use]
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 invoice`, `3 invoices`.
#[must_use]
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// The habit of writing numbers of a language.
#[must_use]
pub fn style(language: &str) -> DecimalStyle {
    match language {
        "de-CH" | "fr-CH" | "it-CH" => return DecimalStyle::ApostrophePoint,
        _ => {}
    }
    match language.split('-').next().unwrap_or_default() {
        "de" | "it" | "es" | "nl" | "pt" | "da" | "tr" | "id" | "el" | "ro" | "hr" | "sl" => DecimalStyle::PointComma,
        "fr" | "pl" | "sv" | "nb" | "nn" | "no" | "fi" | "cs" | "sk" | "ru" | "uk" | "hu" | "bg" | "et" | "lt"
        | "lv" => DecimalStyle::SpaceComma,
        _ => DecimalStyle::CommaPoint,
    }
}

fn month_of(date: Date) -> usize {
    usize::try_from(date.month() - 1).unwrap_or(0)
}

const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed assumption should fail the test")]
mod tests {
    use super::*;
    use crate::billing::currency::Currency;

    #[test]
    fn amounts_and_dates_are_written_as_their_readers_do() {
        let amount = Money::new(123_450, Currency::EUR).unwrap();
        for (language, expected) in [
            ("en", "€1,234.50"),
            ("de", "1.234,50\u{a0}€"),
            ("de-CH", "€\u{a0}1’234.50"),
            ("fr", "1\u{202f}234,50\u{a0}€"),
            ("xx", "€1,234.50"),
        ] {
            assert_eq!(money(amount, language), expected, "{language}");
        }
        let sunday = jiff::civil::date(2026, 11, 22);
        assert_eq!(
            (date(sunday, "en").as_str(), short_date(sunday).as_str(), day_of_week(sunday).as_str()),
            ("22 November 2026", "22 Nov 2026", "Sunday, 22 November")
        );
        assert_eq!((count(0).as_str(), count(1_204_000).as_str()), ("0", "1,204,000"));
        assert_eq!((counted(1, "a", "b").as_str(), counted(0, "a", "b").as_str()), ("1 a", "0 b"));
    }
}
