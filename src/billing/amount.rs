//! How an amount is written for a reader: groups, decimal separator, and where the currency stands.
//!
//! A style is a habit of writing, not a language; choosing one for a reader belongs to the rooms that know the reader.

use serde::{Deserialize, Serialize};

use super::currency::Currency;
use super::decimal::DecimalSeparator;
use super::money::Money;

/// No line may break between a number and its currency, or between groups of digits.
const NO_BREAK_SPACE: char = '\u{a0}';
const NARROW_NO_BREAK_SPACE: char = '\u{202f}';
/// The minus of typography: as wide as a digit, read aloud as "minus", and no line breaks after it.
const MINUS: char = '\u{2212}';

/// A habit of writing numbers, named by its group separator and its decimal separator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecimalStyle {
    /// `$1,234.50`, as in English.
    #[default]
    CommaPoint,
    /// `1.234,50 €`, as in German, Italian, Spanish or Dutch.
    PointComma,
    /// `CHF 1’234.50`, as in Switzerland.
    ApostrophePoint,
    /// `1 234,50 €` with thin spaces that do not break, as in French, Polish or Swedish.
    SpaceComma,
}

impl DecimalStyle {
    /// What an owner who reads this style types before decimals.
    #[must_use]
    pub const fn separator(self) -> DecimalSeparator {
        match self {
            Self::CommaPoint | Self::ApostrophePoint => DecimalSeparator::Point,
            Self::PointComma | Self::SpaceComma => DecimalSeparator::Comma,
        }
    }

    const fn marks(self) -> (char, char) {
        match self {
            Self::CommaPoint => (',', '.'),
            Self::PointComma => ('.', ','),
            Self::ApostrophePoint => ('\u{2019}', '.'),
            Self::SpaceComma => (NARROW_NO_BREAK_SPACE, ','),
        }
    }
}

/// `9.044,00 €`, `$1,234.50`, `CHF 1’234.50`, `KWD 12.345`, `−5,00 €`.
///
/// Styles with a decimal comma put the currency behind the number, the others before it. Euro, dollar, pound and yen
/// have signs, every other currency its code: a code is never mistaken for another country's currency.
#[must_use]
pub fn format_amount(money: Money, style: DecimalStyle) -> String {
    let (whole, fraction) = money.digits();
    with_currency(&format_number(&whole, &fraction, style), money.is_negative(), money.currency(), style)
}

/// As [`format_amount`], of a price that may have more decimals than its currency: `0,1234 €`. `strict` is a plain
/// decimal such as `-1234.5`.
#[must_use]
pub fn format_price(strict: &str, currency: Currency, style: DecimalStyle) -> String {
    let digits = strict.trim_start_matches('-');
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    with_currency(&format_number(whole, fraction, style), strict.starts_with('-'), currency, style)
}

/// A plain decimal such as `-1234.5` as a reader knows it, without a currency.
#[must_use]
pub fn format_decimal(strict: &str, style: DecimalStyle) -> String {
    let digits = strict.trim_start_matches('-');
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let number = format_number(whole, fraction, style);
    if strict.starts_with('-') { format!("{MINUS}{number}") } else { number }
}

fn with_currency(number: &str, is_negative: bool, currency: Currency, style: DecimalStyle) -> String {
    let sign = if is_negative { MINUS.to_string() } else { String::new() };
    let mark = currency.symbol().unwrap_or_else(|| currency.code());
    let touches = currency.symbol().is_some() && style == DecimalStyle::CommaPoint;
    match style.separator() {
        DecimalSeparator::Comma => format!("{sign}{number}{NO_BREAK_SPACE}{mark}"),
        DecimalSeparator::Point if touches => format!("{sign}{mark}{number}"),
        DecimalSeparator::Point => format!("{sign}{mark}{NO_BREAK_SPACE}{number}"),
    }
}

/// The digits without sign and currency: `9.044,00`.
fn format_number(whole: &str, fraction: &str, style: DecimalStyle) -> String {
    let (group, decimal) = style.marks();
    let mut number = String::with_capacity(whole.len() * 2);
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            number.push(group);
        }
        number.push(digit);
    }
    if !fraction.is_empty() {
        number.push(decimal);
        number.push_str(fraction);
    }
    number
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::DecimalStyle::{ApostrophePoint, CommaPoint, PointComma, SpaceComma};
    use super::format_amount;
    use crate::billing::currency::Currency;
    use crate::billing::money::Money;

    #[test]
    fn amounts_are_written_as_readers_know_them() {
        let table = [
            (904_400, Currency::EUR, PointComma, "9.044,00\u{a0}€"),
            (123_450, Currency::USD, CommaPoint, "$1,234.50"),
            (123_450, Currency::EUR, CommaPoint, "€1,234.50"),
            (123_450, Currency::GBP, CommaPoint, "£1,234.50"),
            (123_450, Currency::CHF, ApostrophePoint, "CHF\u{a0}1’234.50"),
            (123_450, Currency::EUR, ApostrophePoint, "€\u{a0}1’234.50"),
            (123_450, Currency::EUR, SpaceComma, "1\u{202f}234,50\u{a0}€"),
            (12_345, Currency::KWD, CommaPoint, "KWD\u{a0}12.345"),
            (12_345, Currency::KWD, PointComma, "12,345\u{a0}KWD"),
            (1_234_567, Currency::JPY, CommaPoint, "¥1,234,567"),
            (5000, Currency::ISK, PointComma, "5.000\u{a0}ISK"),
            (100, Currency::JPY, CommaPoint, "¥100"),
            (0, Currency::EUR, PointComma, "0,00\u{a0}€"),
            (-500, Currency::EUR, PointComma, "−5,00\u{a0}€"),
            (-123_450, Currency::USD, CommaPoint, "−$1,234.50"),
            (-5, Currency::CHF, ApostrophePoint, "−CHF\u{a0}0.05"),
        ];
        for (minor, currency, style, expected) in table {
            assert_eq!(format_amount(Money::new(minor, currency).unwrap(), style), expected);
        }
    }
}
