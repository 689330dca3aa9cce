//! Quantities, prices and rates: exact decimals with limits, kept as they were written.
//!
//! In JSON they are strings, because a JSON number passes through binary fractions in half of all programs.
//! `80.00` stays `80.00`; leading zeros go; zero is `0`. Comparison is by value: `19` equals `19.00`.

use std::fmt;
use std::marker::PhantomData;

use rust_decimal::Decimal;
use serde::de::{Deserializer, Error, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use super::currency::Currency;
use super::decimal::{DecimalSeparator, NumberError, Plain};

/// Digits before the point of a quantity or price. More could not be paid: see `money::MINOR_MAX`.
const WHOLE_DIGITS_MAX: u32 = 12;
/// Decimals of a quantity or price: enough for milligrams per kilogram and prices per kilowatt-hour, and small
/// enough that quantity × price × discount stays exact in `i128`.
const DECIMALS_MAX: u32 = 6;
/// Decimals of a rate: tax rates have three at most (New York's 8.875 %), discounts are typed.
const RATE_DECIMALS_MAX: u32 = 4;
/// Rates run from 0 to 100, which has three digits.
const RATE_DIGITS_MAX: u32 = 3;

/// How many of something; negative for returns and deductions.
pub type Quantity = Exact<OfQuantity>;
/// The price of one, in major units (euros, not cents), with more decimals than the currency if needed; negative for
/// deductions.
pub type UnitPrice = Exact<OfPrice>;
/// A discount in percent, 0 to 100.
pub type Percent = Exact<OfPercent>;
/// A tax rate in percent, 0 to 100.
pub type TaxRate = Exact<OfTaxRate>;

/// What a kind of number may be.
pub trait Kind {
    const WHOLE_DIGITS_MAX: u32;
    const DECIMALS_MAX: u32;
    /// Whether only 0 to 100 is allowed.
    const IS_PERCENTAGE: bool;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OfQuantity {}
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OfPrice {}
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OfPercent {}
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OfTaxRate {}

impl Kind for OfQuantity {
    const WHOLE_DIGITS_MAX: u32 = WHOLE_DIGITS_MAX;
    const DECIMALS_MAX: u32 = DECIMALS_MAX;
    const IS_PERCENTAGE: bool = false;
}

impl Kind for OfPrice {
    const WHOLE_DIGITS_MAX: u32 = WHOLE_DIGITS_MAX;
    const DECIMALS_MAX: u32 = DECIMALS_MAX;
    const IS_PERCENTAGE: bool = false;
}

impl Kind for OfPercent {
    const WHOLE_DIGITS_MAX: u32 = RATE_DIGITS_MAX;
    const DECIMALS_MAX: u32 = RATE_DECIMALS_MAX;
    const IS_PERCENTAGE: bool = true;
}

impl Kind for OfTaxRate {
    const WHOLE_DIGITS_MAX: u32 = RATE_DIGITS_MAX;
    const DECIMALS_MAX: u32 = RATE_DECIMALS_MAX;
    const IS_PERCENTAGE: bool = true;
}

/// An exact decimal of one kind, within that kind's limits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Exact<K> {
    value: Decimal,
    kind: PhantomData<K>,
}

impl Quantity {
    pub const ONE: Self = Self { value: Decimal::ONE, kind: PhantomData };
}

impl UnitPrice {
    /// [`Exact::parse_typed`], with or without the currency's code or sign.
    pub fn parse_amount(text: &str, currency: Currency, separator: DecimalSeparator) -> Result<Self, NumberError> {
        Self::from_plain(&Plain::parse_amount(text, currency, separator)?)
    }
}

impl<K: Kind> Exact<K> {
    pub const ZERO: Self = Self { value: Decimal::ZERO, kind: PhantomData };

    /// Reads the strict form, `80.00`.
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        Self::from_plain(&Plain::parse(text)?)
    }

    /// Reads what an owner types; [`Plain::parse_typed`] has the rule. A percentage may have its `%`.
    pub fn parse_typed(text: &str, separator: DecimalSeparator) -> Result<Self, NumberError> {
        let marks: &[&str] = if K::IS_PERCENTAGE { &["%"] } else { &[] };
        Self::from_plain(&Plain::parse_typed(text, marks, separator)?)
    }

    fn from_plain(plain: &Plain) -> Result<Self, NumberError> {
        // Checks the digits against the limits first: what passes has at most 18 and fits a Decimal.
        plain.scaled(K::WHOLE_DIGITS_MAX, K::DECIMALS_MAX)?;
        let decimals = plain.decimals()?;
        let units = plain.scaled(K::WHOLE_DIGITS_MAX, decimals)?;
        let written = Decimal::try_from_i128_with_scale(units, decimals).map_err(|_| NumberError::TooLarge)?;
        let value = if written.is_zero() { Decimal::ZERO } else { written };
        if K::IS_PERCENTAGE && !(Decimal::ZERO..=Decimal::ONE_HUNDRED).contains(&value) {
            return Err(NumberError::NotAPercentage);
        }
        Ok(Self { value, kind: PhantomData })
    }

    #[must_use]
    pub const fn decimal(self) -> Decimal {
        self.value
    }

    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.value.is_zero()
    }

    #[must_use]
    pub fn is_negative(self) -> bool {
        self.value.is_sign_negative()
    }

    /// The same number without trailing zeros: `19.00` becomes `19`.
    #[must_use]
    pub fn normalised(self) -> Self {
        Self { value: self.value.normalize(), kind: PhantomData }
    }

    /// The number as `units / 10^scale`.
    pub(super) const fn units_and_scale(self) -> (i128, u32) {
        (self.value.mantissa(), self.value.scale())
    }
}

impl<K> fmt::Display for Exact<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.value, f)
    }
}

impl<K> fmt::Debug for Exact<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.value, f)
    }
}

impl<K> Serialize for Exact<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.value)
    }
}

impl<'de, K: Kind> Deserialize<'de> for Exact<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(FromText(PhantomData))
    }
}

struct FromText<K>(PhantomData<K>);

impl<K: Kind> Visitor<'_> for FromText<K> {
    type Value = Exact<K>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a decimal number written as text, such as \"12.50\"")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Exact<K>, E> {
        Exact::parse(text).map_err(E::custom)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::{Percent, Quantity, TaxRate, UnitPrice};
    use crate::billing::currency::Currency;
    use crate::billing::decimal::DecimalSeparator::{Comma, Point};
    use crate::billing::decimal::NumberError;

    #[test]
    fn what_was_typed_is_kept_without_noise() {
        let table = [
            ("2", "2"),
            ("80.00", "80.00"),
            ("0.5", "0.5"),
            ("007.50", "7.50"),
            ("0", "0"),
            ("0.00", "0"),
            ("-0", "0"),
            ("-0.000", "0"),
            ("-3.250", "-3.250"),
            ("999999999999.999999", "999999999999.999999"),
            ("0.000001", "0.000001"),
        ];
        for (text, expected) in table {
            assert_eq!(Quantity::parse(text).unwrap().to_string(), expected);
            assert_eq!(UnitPrice::parse(text).unwrap().to_string(), expected);
        }
        assert_eq!(TaxRate::parse("19.00").unwrap().normalised().to_string(), "19");
        assert_eq!(TaxRate::parse("19.00"), TaxRate::parse("19"));
    }

    #[test]
    fn limits_are_kept() {
        assert_eq!(Quantity::parse("1000000000000"), Err(NumberError::TooManyDigits(12)));
        assert_eq!(Quantity::parse("0.0000001"), Err(NumberError::TooManyDecimals(6)));
        assert_eq!(UnitPrice::parse("1e3"), Err(NumberError::Unreadable));
        for (text, expected) in [("100", Ok("100")), ("0", Ok("0")), ("8.8750", Ok("8.8750"))] {
            assert_eq!(TaxRate::parse(text).map(|rate| rate.to_string()), expected.map(str::to_owned));
            assert_eq!(Percent::parse(text).map(|rate| rate.to_string()), expected.map(str::to_owned));
        }
        for text in ["-1", "100.0001", "101", "-0.0001"] {
            assert_eq!(TaxRate::parse(text), Err(NumberError::NotAPercentage), "{text}");
            assert_eq!(Percent::parse(text), Err(NumberError::NotAPercentage), "{text}");
        }
        assert_eq!(TaxRate::parse("1.00001"), Err(NumberError::TooManyDecimals(4)));
    }

    #[test]
    fn owners_type_as_they_write() {
        let price = |text, separator| UnitPrice::parse_amount(text, Currency::EUR, separator).map(|p| p.to_string());
        assert_eq!(price("1.234,50 €", Comma), Ok("1234.50".to_owned()));
        assert_eq!(price("1,234", Comma), Ok("1.234".to_owned()));
        assert_eq!(price("1,234", Point), Ok("1234".to_owned()));
        assert_eq!(price("-80", Point), Ok("-80".to_owned()));
        let rate = |text| TaxRate::parse_typed(text, Comma).map(|r| r.to_string());
        assert_eq!(rate("19 %"), Ok("19".to_owned()));
        assert_eq!(rate("8,1%"), Ok("8.1".to_owned()));
        assert_eq!(rate("-1 %"), Err(NumberError::NotAPercentage));
        assert_eq!(Quantity::parse_typed("5 %", Comma), Err(NumberError::Unreadable));
    }

    #[test]
    fn json_holds_text_and_never_a_number() {
        let price: UnitPrice = serde_json::from_str(r#""80.00""#).unwrap();
        assert_eq!(serde_json::to_string(&price).unwrap(), r#""80.00""#);
        for json in ["80", "80.0", "null", r#""""#, r#""80,00""#, r#"" 80""#, r#"["80"]"#] {
            assert!(serde_json::from_str::<UnitPrice>(json).is_err(), "{json}");
        }
        let refusal = serde_json::from_str::<UnitPrice>("80").unwrap_err().to_string();
        assert!(refusal.contains("a decimal number written as text"), "{refusal}");
    }
}
