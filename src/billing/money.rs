//! An amount of money: whole minor units of one currency.
//!
//! Sums never wrap and never mix currencies. Rounding lives in `rounding`; scaling for a payment provider in
//! `payments`.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::currency::Currency;
use super::decimal::{DecimalSeparator, NumberError, Plain};
use super::rounding::{Denominator, share_out};

/// The largest amount in minor units, and with a minus the smallest: ten million million euros. Even in the weakest
/// currency that is millions of dollars; it is below 2^53, so that every JSON reader keeps it exact; and nine
/// thousand such amounts still add up within `i64`.
pub const MINOR_MAX: i64 = 1_000_000_000_000_000;

/// Digits of [`MINOR_MAX`].
const MINOR_DIGITS_MAX: u32 = 16;

/// Whether a record can leave a sum out: older ones were written, and sealed, without it.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
pub(super) fn is_nothing(minor: &i64) -> bool {
    *minor == 0
}

/// An amount within ±[`MINOR_MAX`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Money {
    minor: i64,
    currency: Currency,
}

/// Why two amounts have no sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    #[error("This amount is too large to be written on an invoice.")]
    Overflow,
    #[error("An amount in {0} and one in {1} cannot be added. Use one currency.")]
    CurrencyMismatch(Currency, Currency),
}

impl Money {
    /// `minor` in the currency's ISO 4217 minor unit: 11900 EUR is 119.00, 500 JPY is 500.
    pub fn new(minor: i64, currency: Currency) -> Result<Self, MoneyError> {
        if minor.unsigned_abs() > MINOR_MAX.unsigned_abs() {
            return Err(MoneyError::Overflow);
        }
        Ok(Self { minor, currency })
    }

    #[must_use]
    pub const fn zero(currency: Currency) -> Self {
        Self { minor: 0, currency }
    }

    #[must_use]
    pub const fn minor(self) -> i64 {
        self.minor
    }

    #[must_use]
    pub const fn currency(self) -> Currency {
        self.currency
    }

    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.minor == 0
    }

    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.minor < 0
    }

    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::CurrencyMismatch(self.currency, other.currency));
        }
        Self::new(self.minor.checked_add(other.minor).ok_or(MoneyError::Overflow)?, self.currency)
    }

    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        self.checked_add(other.negated())
    }

    /// Always possible: the range is the same on both sides of zero.
    #[must_use]
    pub const fn negated(self) -> Self {
        Self { minor: -self.minor, currency: self.currency }
    }

    /// Shares the amount out in proportion to `weights`; the parts add up to it exactly. What cannot be divided goes
    /// to the largest remainders, the first of equals. None if no weight is above zero.
    #[must_use]
    pub fn allocate(self, weights: &[u64]) -> Option<Vec<Self>> {
        let sum: i128 = weights.iter().map(|w| i128::from(*w)).sum();
        let numerators: Vec<i128> = weights.iter().map(|w| i128::from(self.minor) * i128::from(*w)).collect();
        let shares = share_out(&numerators, Denominator::new(sum)?)?;
        let part = |minor: i128| i64::try_from(minor).ok().map(|minor| Self { minor, ..self });
        shares.parts.into_iter().map(part).collect()
    }

    /// `119.00`, `500`, `12.345`, `-0.05`: a point, as many decimals as the currency has, no groups.
    #[must_use]
    pub fn to_decimal_string(self) -> String {
        let sign = if self.minor < 0 { "-" } else { "" };
        let (whole, fraction) = self.digits();
        if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
    }

    /// Digits before and after the decimal point, without sign.
    fn digits(self) -> (String, String) {
        let width = usize::try_from(self.currency.exponent()).unwrap_or(0);
        let digits = format!("{:0>1$}", self.minor.unsigned_abs(), width + 1);
        let (whole, fraction) = digits.split_at(digits.len() - width);
        (whole.to_owned(), fraction.to_owned())
    }

    /// Reads `119.00`, strictly: a point, no groups, at most the currency's decimals.
    pub fn from_decimal_str(text: &str, currency: Currency) -> Result<Self, NumberError> {
        Self::from_plain(&Plain::parse(text)?, currency)
    }

    /// Reads what an owner types, with or without the currency's code or sign; [`Plain::parse_typed`] has the rule.
    pub fn parse_typed(text: &str, currency: Currency, separator: DecimalSeparator) -> Result<Self, NumberError> {
        Self::from_plain(&Plain::parse_amount(text, currency, separator)?, currency)
    }

    fn from_plain(plain: &Plain, currency: Currency) -> Result<Self, NumberError> {
        let too_large = NumberError::TooLarge;
        let minor = plain.scaled(MINOR_DIGITS_MAX, currency.exponent()).map_err(|error| match error {
            NumberError::TooManyDigits(_) => too_large,
            other => other,
        })?;
        Self::new(i64::try_from(minor).map_err(|_| too_large)?, currency).map_err(|_| too_large)
    }
}

/// `119.00 EUR`, for logs and sentences; the room `words` writes for readers.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.to_decimal_string(), self.currency)
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// How an amount lies on disk; reading it back checks the range.
#[derive(Serialize, Deserialize)]
struct Stored {
    minor: i64,
    currency: Currency,
}

impl From<Money> for Stored {
    fn from(money: Money) -> Self {
        Self { minor: money.minor, currency: money.currency }
    }
}

impl TryFrom<Stored> for Money {
    type Error = MoneyError;

    fn try_from(stored: Stored) -> Result<Self, MoneyError> {
        Self::new(stored.minor, stored.currency)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::{MINOR_MAX, Money, MoneyError};
    use crate::billing::currency::Currency;
    use crate::billing::decimal::DecimalSeparator::{Comma, Point};
    use crate::billing::decimal::NumberError;

    fn money(minor: i64, currency: Currency) -> Money {
        Money::new(minor, currency).unwrap()
    }

    #[test]
    fn the_decimal_string_follows_the_exponent() {
        let table = [
            (11900, Currency::EUR, "119.00"),
            (5, Currency::EUR, "0.05"),
            (0, Currency::EUR, "0.00"),
            (-5, Currency::EUR, "-0.05"),
            (-12345, Currency::EUR, "-123.45"),
            (500, Currency::JPY, "500"),
            (0, Currency::JPY, "0"),
            (5000, Currency::ISK, "5000"),
            (5000, Currency::UGX, "5000"),
            (12345, Currency::KWD, "12.345"),
            (45, Currency::KWD, "0.045"),
            (MINOR_MAX, Currency::EUR, "10000000000000.00"),
        ];
        for (minor, currency, expected) in table {
            assert_eq!(money(minor, currency).to_decimal_string(), expected);
            assert_eq!(Money::from_decimal_str(expected, currency), Ok(money(minor, currency)), "{expected}");
        }
        assert_eq!(money(11900, Currency::EUR).to_string(), "119.00 EUR");
    }

    #[test]
    fn the_strict_form_fills_decimals_up_but_never_cuts_them() {
        let read = |text| Money::from_decimal_str(text, Currency::EUR).map(Money::minor);
        assert_eq!(read("119"), Ok(11900));
        assert_eq!(read("119.5"), Ok(11950));
        assert_eq!(read("119.000"), Err(NumberError::TooManyDecimals(2)));
        assert_eq!(read("119,00"), Err(NumberError::Unreadable));
        assert_eq!(read("1 EUR"), Err(NumberError::Unreadable));
        assert_eq!(read("10000000000000.01"), Err(NumberError::TooLarge));
        assert_eq!(read("99999999999999999999999999"), Err(NumberError::TooLarge));
        assert_eq!(Money::from_decimal_str("5.0", Currency::ISK), Err(NumberError::NoDecimals));
    }

    #[test]
    fn owners_may_type_the_sign_or_code_of_the_currency_and_no_other() {
        let table = [
            ("1.234,50 €", Currency::EUR, Comma, Ok(123_450)),
            ("1.234", Currency::EUR, Comma, Ok(123_400)),
            ("1.234", Currency::EUR, Point, Err(NumberError::TooManyDecimals(2))),
            ("1.234", Currency::KWD, Point, Ok(1234)),
            ("1,234", Currency::JPY, Point, Ok(1234)),
            ("1,5", Currency::JPY, Point, Err(NumberError::NoDecimals)),
            ("$ 12", Currency::USD, Point, Ok(1200)),
            ("$ 12", Currency::CAD, Point, Ok(1200)),
            ("12 kr", Currency::SEK, Comma, Ok(1200)),
            ("chf 1'234.5", Currency::CHF, Point, Ok(123_450)),
            ("$ 12", Currency::EUR, Point, Err(NumberError::UnreadableAmount(Currency::EUR))),
            ("12 USD", Currency::EUR, Point, Err(NumberError::UnreadableAmount(Currency::EUR))),
            ("", Currency::EUR, Point, Err(NumberError::Empty)),
        ];
        for (text, currency, separator, expected) in table {
            assert_eq!(Money::parse_typed(text, currency, separator).map(Money::minor), expected, "{text}");
        }
    }

    #[test]
    fn sums_stay_in_range_and_in_one_currency() {
        let (one, most) = (money(1, Currency::EUR), money(MINOR_MAX, Currency::EUR));
        assert_eq!(one.checked_add(one), Ok(money(2, Currency::EUR)));
        assert_eq!(one.checked_sub(most), Ok(money(1 - MINOR_MAX, Currency::EUR)));
        assert_eq!(most.checked_add(one), Err(MoneyError::Overflow));
        assert_eq!(most.negated().checked_sub(one), Err(MoneyError::Overflow));
        assert_eq!(Money::new(i64::MIN, Currency::EUR), Err(MoneyError::Overflow));
        let mixed = one.checked_add(money(1, Currency::USD));
        assert_eq!(mixed, Err(MoneyError::CurrencyMismatch(Currency::EUR, Currency::USD)));
    }

    #[test]
    fn an_amount_is_shared_out_to_the_last_cent() {
        let table: [(i64, &[u64], &[i64]); 7] = [
            (100, &[1, 1, 1], &[34, 33, 33]),
            (-100, &[1, 1, 1], &[-34, -33, -33]),
            (5, &[3, 7], &[2, 3]),
            (10, &[0, 1], &[0, 10]),
            (1, &[1, 1, 1], &[1, 0, 0]),
            (0, &[1, 2], &[0, 0]),
            (MINOR_MAX, &[u64::MAX, u64::MAX], &[MINOR_MAX / 2, MINOR_MAX / 2]),
        ];
        for (minor, weights, expected) in table {
            let parts = money(minor, Currency::EUR).allocate(weights).unwrap();
            assert_eq!(parts.into_iter().map(Money::minor).collect::<Vec<_>>(), expected, "{minor} by {weights:?}");
        }
        assert_eq!(money(1, Currency::EUR).allocate(&[]), None);
        assert_eq!(money(1, Currency::EUR).allocate(&[0, 0]), None);
    }

    #[test]
    fn json_is_minor_units_and_code_and_the_range_is_checked() {
        let json = serde_json::to_string(&money(11900, Currency::EUR)).unwrap();
        assert_eq!(json, r#"{"minor":11900,"currency":"EUR"}"#);
        assert_eq!(serde_json::from_str::<Money>(&json).unwrap(), money(11900, Currency::EUR));
        assert!(serde_json::from_str::<Money>(r#"{"minor":1000000000000001,"currency":"EUR"}"#).is_err());
        assert!(serde_json::from_str::<Money>(r#"{"minor":1.5,"currency":"EUR"}"#).is_err());
    }
}
