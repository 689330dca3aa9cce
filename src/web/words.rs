//! Amounts, dates and spans of time as a reader knows them, for the pages of payers and of the owner alike.
//!
//! The rule: nothing else in this room formats one. The language (a BCP 47 tag) decides how numbers are written; the
//! words themselves are English for now.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::views::parts::When;
use crate::billing::amount::{DecimalStyle, format_amount, format_decimal, format_price};
use crate::billing::currency::Currency;
use crate::billing::decimal::DecimalSeparator;
use crate::billing::money::Money;
use crate::billing::party::Party;
use crate::billing::quantity::{Quantity, TaxRate, UnitPrice};
use crate::billing::settings::Settings;

/// No line may break between a number and what it counts.
const NO_BREAK_SPACE: char = '\u{a0}';

/// The language that a customer is addressed in: their own if it is known, else the business's.
#[must_use]
pub fn language<'a>(customer: &'a Party, settings: &'a Settings) -> &'a str {
    if customer.language.is_empty() { &settings.language } else { &customer.language }
}

/// `€9,044.00` for readers of English, `9.044,00 €` for readers of German.
#[must_use]
pub fn money(money: Money, language: &str) -> String {
    format_amount(money, style(language, money.currency()))
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

/// A price for one: as money, or with all its decimals if it has more than the currency.
#[must_use]
pub fn price(price: UnitPrice, currency: Currency, language: &str) -> String {
    let exact = price.normalised().to_string();
    match Money::from_decimal_str(&exact, currency) {
        Ok(amount) => money(amount, language),
        Err(_) => format_price(&exact, currency, style(language, currency)),
    }
}

/// `12.5 h`: a number and its unit, if it has one.
#[must_use]
pub fn quantity(quantity: Quantity, unit: &str, language: &str) -> String {
    let number = decimal(&quantity.normalised().to_string(), language);
    if unit.is_empty() { number } else { format!("{number}{NO_BREAK_SPACE}{unit}") }
}

/// `19 %`.
#[must_use]
pub fn rate(rate: TaxRate, language: &str) -> String {
    percent(&rate.normalised().to_string(), language)
}

/// `10 %`, from the strict form of the number.
#[must_use]
pub fn percent(number: &str, language: &str) -> String {
    format!("{}{NO_BREAK_SPACE}%", decimal(number, language))
}

/// The strict form `-1234.5` with the reader's marks and a minus as wide as a digit.
fn decimal(strict: &str, language: &str) -> String {
    format_decimal(strict, style_of(language))
}

fn style(language: &str, currency: Currency) -> DecimalStyle {
    let has_region = language.contains('-');
    if currency.code() == "CHF" && !has_region { DecimalStyle::ApostrophePoint } else { style_of(language) }
}

/// What a reader of the language types before decimals.
#[must_use]
pub fn separator(language: &str) -> DecimalSeparator {
    style_of(language).separator()
}

/// CLDR's habits, as far as the four styles tell them apart.
fn style_of(language: &str) -> DecimalStyle {
    let mut subtags = language.split('-');
    let base = subtags.next().unwrap_or_default().to_ascii_lowercase();
    let region = subtags.find(|subtag| subtag.len() == 2).unwrap_or_default().to_ascii_uppercase();
    match (base.as_str(), region.as_str()) {
        ("de" | "fr" | "it" | "rm" | "en", "CH" | "LI") => DecimalStyle::ApostrophePoint,
        ("es", "MX" | "US" | "PR" | "DO" | "GT" | "HN" | "NI" | "PA" | "PE" | "SV") => DecimalStyle::CommaPoint,
        ("de" | "es" | "it" | "nl" | "da" | "id" | "tr" | "el" | "hr" | "sl" | "sr" | "ro" | "ca" | "is" | "vi", _)
        | ("pt", "BR") => DecimalStyle::PointComma,
        (
            "fr" | "pt" | "pl" | "sv" | "nb" | "nn" | "no" | "fi" | "cs" | "sk" | "uk" | "ru" | "be" | "bg" | "hu"
            | "et" | "lv" | "lt",
            _,
        ) => DecimalStyle::SpaceComma,
        _ => DecimalStyle::CommaPoint,
    }
}

/// `6 December 2026`, and `December 6, 2026` for readers in the United States.
#[must_use]
pub fn date(date: Date, language: &str) -> String {
    let month = month(date);
    if is_american(language) {
        format!("{month} {}, {}", date.day(), date.year())
    } else {
        format!("{} {month} {}", date.day(), date.year())
    }
}

/// `6 Dec 2026`, where space is short.
#[must_use]
pub fn short_date(date: Date, language: &str) -> String {
    let month = month(date).get(..3).unwrap_or_default();
    if is_american(language) {
        format!("{month} {}, {}", date.day(), date.year())
    } else {
        format!("{} {month} {}", date.day(), date.year())
    }
}

fn is_american(language: &str) -> bool {
    language.eq_ignore_ascii_case("en-US")
}

fn month(date: Date) -> &'static str {
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
    usize::try_from(date.month() - 1).ok().and_then(|place| MONTHS.get(place)).copied().unwrap_or_default()
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

/// The same for the payer, neutrally and with the date: `Due 6 December 2026, in 3 days`, `Was due 10 November 2026`.
#[must_use]
pub fn due_for_payer(due: Date, today: Date, language: &str) -> String {
    let date = date(due, language);
    match days_until(due, today) {
        0 => format!("Due today, {date}"),
        1 => format!("Due tomorrow, {date}"),
        days if days > 0 => format!("Due {date}, in {days} days"),
        _ => format!("Was due {date}"),
    }
}

fn days_until(due: Date, today: Date) -> i32 {
    (due - today).get_days()
}

/// When to try again: `in a minute`, `in about 5 minutes`.
#[must_use]
pub fn again(wait: Duration) -> String {
    match wait.as_secs().div_ceil(60) {
        0 | 1 => "in a minute".to_owned(),
        minutes @ 2..=59 => format!("in about {minutes} minutes"),
        _ => "in about an hour".to_owned(),
    }
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
        Currency, Duration, Money, Quantity, TaxRate, Timestamp, UnitPrice, again, date, due, due_for_payer, masked,
        moment, money, price, quantity, rate, with_amounts,
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
    fn numbers_are_written_as_the_language_does() {
        for (minor, code, language, expected) in [
            (904_400, "EUR", "en", "€9,044.00"),
            (904_400, "EUR", "de", "9.044,00\u{a0}€"),
            (904_400, "EUR", "de-AT", "9.044,00\u{a0}€"),
            (904_400, "EUR", "de-CH", "€\u{a0}9’044.00"),
            (904_400, "CHF", "de", "CHF\u{a0}9’044.00"),
            (904_400, "CHF", "en-GB", "CHF\u{a0}9,044.00"),
            (904_400, "EUR", "fr", "9\u{202f}044,00\u{a0}€"),
            (904_400, "MXN", "es-MX", "MXN\u{a0}9,044.00"),
            (904_400, "USD", "zh-Hant-TW", "$9,044.00"),
            (500, "JPY", "", "¥500"),
        ] {
            assert_eq!(money(Money::new(minor, currency(code)).unwrap(), language), expected, "{code} {language}");
        }
    }

    #[test]
    fn a_price_keeps_decimals_that_the_currency_lacks() {
        let of = |text, language| price(UnitPrice::parse(text).unwrap(), Currency::EUR, language);
        assert_eq!(of("80.00", "en"), "€80.00");
        assert_eq!(of("80", "de"), "80,00\u{a0}€");
        assert_eq!(of("0.1234", "de"), "0,1234\u{a0}€");
        assert_eq!(of("1234.5678", "en"), "€1,234.5678");
        assert_eq!(of("0.1200", "en"), "€0.12");
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
        for (day, owner, payer) in [
            (civil::date(2026, 12, 9), "due in 3 days", "Due 9 December 2026, in 3 days"),
            (civil::date(2026, 12, 7), "due tomorrow", "Due tomorrow, 7 December 2026"),
            (today, "due today", "Due today, 6 December 2026"),
            (civil::date(2026, 12, 5), "1 day overdue", "Was due 5 December 2026"),
            (civil::date(2026, 11, 24), "12 days overdue", "Was due 24 November 2026"),
        ] {
            assert_eq!((due(day, today).as_str(), due_for_payer(day, today, "en").as_str()), (owner, payer));
        }
    }

    #[test]
    fn a_wait_is_rounded_up_and_an_address_is_hidden() {
        for (seconds, expected) in [(1, "in a minute"), (61, "in about 2 minutes"), (7200, "in about an hour")] {
            assert_eq!(again(Duration::from_secs(seconds)), expected);
        }
        assert_eq!(masked("anna@example.com"), "a…@example.com");
        assert_eq!(masked("nobody"), "…");
    }
}
