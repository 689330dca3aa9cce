//! Amounts, dates and spans of time as the owner knows them. What payers read is written by the room `words`.
//!
//! The owner's language (a BCP 47 tag) decides how numbers are written; the words themselves are English for now.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::views::parts::When;
use crate::billing::currency::Currency;
use crate::billing::decimal::DecimalSeparator;
use crate::billing::money::Money;
use crate::billing::quantity::{Quantity, TaxRate};
use crate::words::Words;
use crate::words::numbers::Numbers;

/// `€9,044.00` for readers of English, `9.044,00 €` for readers of German.
#[must_use]
pub fn money(money: Money, language: &str) -> String {
    Numbers::of(language).money(money)
}

/// As [`money`], from minor units. Sums within one invoice are always in range.
#[must_use]
pub fn minor(minor: i64, currency: Currency, language: &str) -> String {
    money(Money::new(minor, currency).unwrap_or(Money::zero(currency)), language)
}

/// A sentence of the books with its amounts as a reader writes them: `119.00 EUR` is `€119.00` for readers of English.
#[must_use]
pub fn with_amounts(text: &str, language: &str) -> String {
    let mut told: Vec<String> = Vec::new();
    for word in text.split(' ') {
        let amount = told.last().and_then(|number| amount_of(number, word, language));
        if let Some(amount) = amount {
            told.pop();
            told.push(amount);
        } else {
            told.push(word.to_owned());
        }
    }
    told.join(" ")
}

/// `number` and a currency's code, and what stands right behind the code; `None` if they are no amount.
fn amount_of(number: &str, word: &str, language: &str) -> Option<String> {
    let (code, rest) = word.split_at_checked(3)?;
    let amount = Money::from_decimal_str(number, Currency::parse(code).ok()?).ok()?;
    let is_whole = !rest.starts_with(char::is_alphanumeric) && amount.to_decimal_string() == number;
    is_whole.then(|| format!("{}{rest}", money(amount, language)))
}

/// `12.5 h`: a number and its unit, if it has one.
#[must_use]
pub fn quantity(quantity: Quantity, unit: &str, language: &str) -> String {
    Words::for_owner(language).quantity_of(quantity, unit)
}

/// `19 %`.
#[must_use]
pub fn rate(rate: TaxRate, language: &str) -> String {
    Words::for_owner(language).rate(rate)
}

/// `10 %`, from the strict form of the number.
#[must_use]
pub fn percent(number: &str, language: &str) -> String {
    Numbers::of(language).percent(number)
}

/// What a reader of the language types before decimals.
#[must_use]
pub fn separator(language: &str) -> DecimalSeparator {
    Numbers::of(language).separator()
}

/// `6 December 2026`, and `December 6, 2026` for readers in the United States.
#[must_use]
pub fn date(date: Date, language: &str) -> String {
    Words::for_owner(language).date(date)
}

/// `6 Dec 2026`, where space is short.
#[must_use]
pub fn short_date(date: Date, language: &str) -> String {
    Words::for_owner(language).short_date(date)
}

/// A date for machines and people.
#[must_use]
pub fn day(day: Date, language: &str) -> When {
    When::new(day.to_string(), date(day, language))
}

/// `22 Nov 2026, 14:02` in the business's time zone, for machines and people.
#[must_use]
pub fn moment(at: Timestamp, time_zone: &str, language: &str) -> When {
    let local = at.to_zoned(TimeZone::get(time_zone).unwrap_or(TimeZone::UTC));
    let text = format!("{}, {:02}:{:02}", short_date(local.date(), language), local.hour(), local.minute());
    When::new(at.to_string(), text)
}

/// `due in 3 days`, `due today`, `12 days overdue`.
#[must_use]
pub fn due(due: Date, today: Date) -> String {
    match days_until(due, today) {
        0 => "due today".to_owned(),
        1 => "due tomorrow".to_owned(),
        -1 => "1 day overdue".to_owned(),
        days if days > 0 => format!("due in {days} days"),
        days => format!("{} days overdue", days.unsigned_abs()),
    }
}

fn days_until(due: Date, today: Date) -> i32 {
    (due - today).get_days()
}

/// An address that its owner recognises and nobody else learns: `a…@example.com`.
#[must_use]
pub fn masked(address: &str) -> String {
    match (address.chars().next(), address.rsplit_once('@')) {
        (Some(first), Some((_, domain))) => format!("{first}…@{domain}"),
        _ => "…".to_owned(),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::{
        Currency, Money, Quantity, TaxRate, Timestamp, date, due, masked, moment, money, quantity, rate, with_amounts,
    };
    use jiff::civil;

    fn currency(code: &str) -> Currency {
        Currency::parse(code).unwrap()
    }

    #[test]
    fn amounts_in_a_sentence_are_written_as_the_language_does() {
        for (text, expected) in [
            ("119.00 EUR are held.", "€119.00 are held."),
            ("Answer about 1234.50 EUR, or refund 500 JPY.", "Answer about €1,234.50, or refund ¥500."),
            ("119.00 EUR, 20.00 USD", "€119.00, $20.00"),
            ("3 EURO, 1.5 EUR, 12 USB, EUR 5", "3 EURO, 1.5 EUR, 12 USB, EUR 5"),
            ("nothing", "nothing"),
            ("", ""),
        ] {
            assert_eq!(with_amounts(text, "en"), expected, "{text}");
        }
        assert_eq!(with_amounts("119.00 EUR are held.", "de"), format!("{} are held.", euros("119.00", "de")));
    }

    fn euros(text: &str, language: &str) -> String {
        money(Money::from_decimal_str(text, currency("EUR")).unwrap(), language)
    }

    #[test]
    fn quantities_and_rates_have_no_noise() {
        assert_eq!(quantity(Quantity::parse("12.50").unwrap(), "h", "en"), "12.5\u{a0}h");
        assert_eq!(quantity(Quantity::parse("-1.5").unwrap(), "", "de"), "−1,5");
        assert_eq!(quantity(Quantity::parse("12500.25").unwrap(), "kg", "de"), "12.500,25\u{a0}kg");
        assert_eq!(rate(TaxRate::parse("5.50").unwrap(), "fr"), "5,5\u{a0}%");
    }

    #[test]
    fn dates_are_words() {
        let day = civil::date(2026, 12, 6);
        assert_eq!(date(day, "en"), "6 December 2026");
        assert_eq!(date(day, "en-US"), "December 6, 2026");
        let at: Timestamp = "2026-11-22T23:05:00Z".parse().unwrap();
        let shown = moment(at, "Europe/Berlin", "en");
        assert_eq!((shown.iso.as_str(), shown.text.as_str()), ("2026-11-22T23:05:00Z", "23 Nov 2026, 00:05"));
        assert_eq!(moment(at, "Nowhere/At_All", "en").text, "22 Nov 2026, 23:05");
    }

    #[test]
    fn what_is_due_is_said_relative_to_today() {
        let today = civil::date(2026, 12, 6);
        for (day, expected) in [
            (civil::date(2026, 12, 9), "due in 3 days"),
            (civil::date(2026, 12, 7), "due tomorrow"),
            (today, "due today"),
            (civil::date(2026, 12, 5), "1 day overdue"),
            (civil::date(2026, 11, 24), "12 days overdue"),
        ] {
            assert_eq!(due(day, today), expected);
        }
    }

    #[test]
    fn an_address_is_hidden() {
        assert_eq!(masked("anna@example.com"), "a…@example.com");
        assert_eq!(masked("nobody"), "…");
    }
}
