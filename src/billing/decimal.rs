//! Decimal numbers as text: the strict form that programs exchange and the forms that people type.
//!
//! Both end in [`Plain`], digits before and after the point, from which `money` and `quantity` make values.
//! Nothing here rounds or guesses: what can be read in two ways is decided by the owner's own decimal
//! separator, and what cannot be read is refused.

use serde::{Deserialize, Serialize};

use super::currency::Currency;

/// The longest text looked at, in bytes. The longest number we accept, with groups, sign and currency,
/// has about forty; anything longer is a mistake and need not be searched.
const TEXT_BYTES_MAX: usize = 64;

/// Why a text is not a number that can be used here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    #[error("Enter a number.")]
    Empty,
    #[error("This is not a number that can be read. Write it like 1234.50.")]
    Unreadable,
    #[error("This is not an amount that can be read. Write it like 1234.50, in {0} or without a currency.")]
    UnreadableAmount(Currency),
    #[error("This number is too large. Use at most {0} digits before the decimal point.")]
    TooManyDigits(u32),
    #[error("Whole numbers only, without decimals.")]
    NoDecimals,
    #[error("Use at most {0} decimals.")]
    TooManyDecimals(u32),
    #[error("This amount is too large to be written on an invoice.")]
    TooLarge,
    #[error("Enter a number between 0 and 100.")]
    NotAPercentage,
}

/// The character that an owner writes before the decimals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecimalSeparator {
    #[default]
    Point,
    Comma,
}

impl DecimalSeparator {
    fn as_char(self) -> char {
        match self {
            Self::Point => '.',
            Self::Comma => ',',
        }
    }
}

/// A number taken apart: ASCII digits only, no leading zeros in `whole` (which may be empty), `fraction` as given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plain {
    negative: bool,
    whole: String,
    fraction: String,
}

impl Plain {
    /// Reads the strict form, `-?digits[.digits]`: no spaces, no groups, no plus sign, no exponent.
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        if text.is_empty() {
            return Err(NumberError::Empty);
        }
        if text.len() > TEXT_BYTES_MAX {
            return Err(NumberError::Unreadable);
        }
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
        let (whole, fraction) = match digits.split_once('.') {
            Some((_, "")) => return Err(NumberError::Unreadable),
            Some(parts) => parts,
            None => (digits, ""),
        };
        if whole.is_empty() {
            return Err(NumberError::Unreadable);
        }
        Self::from_digits(negative, whole, fraction)
    }

    /// Reads what an owner types: `1.234,50`, `1,234.50`, `1234,5`, `1 234.50`, `1'234.50`, `12,34,567`, `- 3`, `.5`,
    /// `12.`.
    ///
    /// `marks` (currency codes and signs, `%`) may stand once before or after the number.
    /// Of points and commas the last kind to appear separates the decimals and the other one groups; one that
    /// appears several times groups. **One alone, before exactly three digits** (`1.234` or `1,234`),
    /// could be either: it is taken as decimal if it is the owner's own `separator`, else as grouping.
    /// Spaces and apostrophes only ever group.
    pub fn parse_typed(text: &str, marks: &[&str], separator: DecimalSeparator) -> Result<Self, NumberError> {
        if text.len() > TEXT_BYTES_MAX {
            return Err(NumberError::Unreadable);
        }
        let text: String = text.chars().map(typewriter).collect();
        let text = text.trim();
        if text.is_empty() {
            return Err(NumberError::Empty);
        }
        let (signed_outside, text) = strip_sign(text);
        let (signed_inside, body) = strip_sign(strip_mark(text, marks));
        if signed_outside.is_some() && signed_inside.is_some() {
            return Err(NumberError::Unreadable);
        }
        let negative = signed_outside.or(signed_inside) == Some(Sign::Minus);
        let (whole, fraction) = match decimal_mark(body, separator) {
            Some(mark) => body.rsplit_once(mark).unwrap_or((body, "")),
            None => (body, ""),
        };
        if whole.is_empty() && fraction.is_empty() {
            return Err(NumberError::Unreadable);
        }
        Self::from_digits(negative, &ungrouped(whole)?, fraction)
    }

    /// [`Self::parse_typed`] for an amount in `currency`, whose code or sign may stand beside it.
    pub fn parse_amount(text: &str, currency: Currency, separator: DecimalSeparator) -> Result<Self, NumberError> {
        let marks = currency.typed_marks();
        Self::parse_typed(text, &marks.each_ref().map(String::as_str), separator).map_err(|error| match error {
            NumberError::Unreadable => NumberError::UnreadableAmount(currency),
            other => other,
        })
    }

    fn from_digits(negative: bool, whole: &str, fraction: &str) -> Result<Self, NumberError> {
        let is_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if !is_digits(whole) || !is_digits(fraction) {
            return Err(NumberError::Unreadable);
        }
        let whole = whole.trim_start_matches('0');
        Ok(Self { negative, whole: whole.to_owned(), fraction: fraction.to_owned() })
    }

    /// The digits as one whole number of `10^-decimals` units. Refused when there are more decimals than that,
    /// or more than `digits_max` digits before the point.
    pub fn scaled(&self, digits_max: u32, decimals: u32) -> Result<i128, NumberError> {
        let written = self.decimals()?;
        if written > decimals {
            return Err(if decimals == 0 { NumberError::NoDecimals } else { NumberError::TooManyDecimals(decimals) });
        }
        let too_large = NumberError::TooManyDigits(digits_max);
        if u32::try_from(self.whole.len()).map_err(|_| too_large)? > digits_max {
            return Err(too_large);
        }
        let digits: i128 = format!("0{}{}", self.whole, self.fraction).parse().map_err(|_| too_large)?;
        let padding = 10_i128.checked_pow(decimals - written).ok_or(too_large)?;
        let units = digits.checked_mul(padding).ok_or(too_large)?;
        Ok(if self.negative { -units } else { units })
    }

    /// How many decimals were written.
    pub fn decimals(&self) -> Result<u32, NumberError> {
        u32::try_from(self.fraction.len()).map_err(|_| NumberError::Unreadable)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sign {
    Plus,
    Minus,
}

/// Typographic spaces, apostrophes and minus signs, as copied from documents, become those of a keyboard.
fn typewriter(c: char) -> char {
    match c {
        '\u{a0}' | '\u{2007}' | '\u{2009}' | '\u{202f}' => ' ',
        '\u{2019}' => '\'',
        '\u{2212}' => '-',
        other => other,
    }
}

fn strip_sign(text: &str) -> (Option<Sign>, &str) {
    match text.split_at_checked(1) {
        Some(("-", rest)) => (Some(Sign::Minus), rest.trim_start()),
        Some(("+", rest)) => (Some(Sign::Plus), rest.trim_start()),
        _ => (None, text),
    }
}

fn strip_mark<'a>(text: &'a str, marks: &[&str]) -> &'a str {
    for mark in marks.iter().filter(|mark| !mark.is_empty()) {
        if let Some((head, rest)) = text.split_at_checked(mark.len())
            && head.eq_ignore_ascii_case(mark)
        {
            return rest.trim_start();
        }
        if let Some((rest, tail)) = text.len().checked_sub(mark.len()).and_then(|at| text.split_at_checked(at))
            && tail.eq_ignore_ascii_case(mark)
        {
            return rest.trim_end();
        }
    }
    text
}

fn decimal_mark(body: &str, separator: DecimalSeparator) -> Option<char> {
    let last = body.chars().rev().find(|c| matches!(c, '.' | ','))?;
    let times = body.matches(last).count();
    let alone = body.matches(['.', ',']).count() == 1;
    if alone && could_group(body, last) && last != separator.as_char() {
        return None;
    }
    // A repeated last mark groups; if another mark stands before it too, `ungrouped` refuses the mixture.
    (times == 1).then_some(last)
}

/// `1.234`: one to three digits that do not begin with zero, the mark, exactly three digits.
fn could_group(body: &str, mark: char) -> bool {
    let is_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    body.split_once(mark).is_some_and(|(before, after)| {
        (1..=3).contains(&before.len())
            && !before.starts_with('0')
            && after.len() == 3
            && is_digits(before)
            && is_digits(after)
    })
}

/// Removes grouping of one kind: by thousands, or the Indian way (`12,34,567`).
fn ungrouped(whole: &str) -> Result<String, NumberError> {
    let Some(mark) = whole.chars().find(|c| !c.is_ascii_digit()) else {
        return Ok(whole.to_owned());
    };
    let groups: Vec<&str> = whole.split(mark).collect();
    let [first, middle @ .., last] = groups.as_slice() else {
        return Err(NumberError::Unreadable);
    };
    let by_thousands = first.len() <= 3 && middle.iter().all(|group| group.len() == 3);
    let indian = mark == ',' && first.len() <= 2 && middle.iter().all(|group| group.len() == 2);
    let is_grouping = matches!(mark, '.' | ',' | '\'' | ' ') && last.len() == 3 && (by_thousands || indian);
    if !is_grouping || first.is_empty() || first.starts_with('0') {
        return Err(NumberError::Unreadable);
    }
    Ok(groups.concat())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::DecimalSeparator::{Comma, Point};
    use super::{DecimalSeparator, NumberError, Plain};

    /// In ten-thousandths.
    fn strict(text: &str) -> Result<i128, NumberError> {
        Plain::parse(text)?.scaled(12, 4)
    }

    fn typed(text: &str, separator: DecimalSeparator) -> Result<i128, NumberError> {
        Plain::parse_typed(text, &["EUR", "€"], separator)?.scaled(12, 4)
    }

    #[test]
    fn the_strict_form_has_one_spelling_of_everything() {
        let table = [
            ("0", 0),
            ("-0", 0),
            ("1", 10_000),
            ("007", 70_000),
            ("-2.5", -25_000),
            ("119.00", 1_190_000),
            ("999999999999.9999", 9_999_999_999_999_999),
        ];
        for (text, expected) in table {
            assert_eq!(strict(text), Ok(expected), "{text}");
        }
        for text in [" 1", "1 ", "+1", "1.", ".5", "-", ".", "1,5", "1.2.3", "1e5", "0x1", "NaN", "١", "--1", "1\0"] {
            assert_eq!(strict(text), Err(NumberError::Unreadable), "{text}");
        }
        assert_eq!(strict(""), Err(NumberError::Empty));
        assert_eq!(strict("1000000000000"), Err(NumberError::TooManyDigits(12)));
        assert_eq!(strict("1.00000"), Err(NumberError::TooManyDecimals(4)));
        assert_eq!(Plain::parse("1.0").unwrap().scaled(12, 0), Err(NumberError::NoDecimals));
        assert_eq!(strict(&"1".repeat(65)), Err(NumberError::Unreadable));
    }

    #[test]
    fn what_owners_type_is_read_whatever_their_separator_when_it_is_plain() {
        let table = [
            ("1.234,50", 12_345_000),
            ("1,234.50", 12_345_000),
            ("1234,5", 12_345_000),
            ("1234.5", 12_345_000),
            ("1 234.50", 12_345_000),
            ("1'234.50", 12_345_000),
            ("1’234.50", 12_345_000),
            ("1\u{202f}234,50", 12_345_000),
            ("1.234.567", 12_345_670_000),
            ("1,234,567.8", 12_345_678_000),
            ("12,34,567.8", 12_345_678_000),
            ("1'234.567", 12_345_670),
            ("1 234,567", 12_345_670),
            ("1234.567", 12_345_670),
            ("0,234", 2_340),
            ("0.234", 2_340),
            (",5", 5_000),
            (".5", 5_000),
            ("12.", 120_000),
            ("12,", 120_000),
            ("+7", 70_000),
            (" - 7,25 ", -72_500),
            ("\u{2212}7", -70_000),
            ("€ 12", 120_000),
            ("€12", 120_000),
            ("12 €", 120_000),
            ("12,50 eur", 125_000),
            ("EUR 12.50", 125_000),
            ("-€ 12", -120_000),
            ("€ -12", -120_000),
            ("-12 €", -120_000),
            ("007", 70_000),
        ];
        for (text, expected) in table {
            for separator in [Point, Comma] {
                assert_eq!(typed(text, separator), Ok(expected), "{text} with {separator:?}");
            }
        }
    }

    #[test]
    fn one_mark_before_three_digits_is_decided_by_the_owners_separator() {
        let table = [
            ("1.234", Comma, 12_340_000),
            ("1.234", Point, 12_340),
            ("1,234", Comma, 12_340),
            ("1,234", Point, 12_340_000),
            ("-123,456 €", Comma, -1_234_560),
            ("-123,456 €", Point, -1_234_560_000),
        ];
        for (text, separator, expected) in table {
            assert_eq!(typed(text, separator), Ok(expected), "{text} with {separator:?}");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        let table = [
            "abc",
            "€",
            "-",
            "--1",
            "-€-1",
            "+-1",
            "1-",
            "1 2",
            "1 23",
            "12 3456",
            "1,2,3",
            "1.2.3",
            "1.23.456,7",
            "0.123.456",
            "0 123",
            "1,234.567,8",
            "1.234,567.8",
            "1'234,567.8",
            "1..2",
            "1,,2",
            ",",
            ".",
            "1e5",
            "$5",
            "5 $",
            "€5€",
            "€€5",
            "5 USD",
            "１２",
            "١٢",
            "1/2",
            "1:30",
            "=1+1",
            "1\n2",
        ];
        for text in table {
            for separator in [Point, Comma] {
                assert_eq!(typed(text, separator), Err(NumberError::Unreadable), "{text} with {separator:?}");
            }
        }
        assert_eq!(typed("  ", Point), Err(NumberError::Empty));
        assert_eq!(typed(&"1".repeat(65), Point), Err(NumberError::Unreadable));
    }
}
