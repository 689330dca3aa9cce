//! A currency that an invoice can be written in: an ISO 4217 code with a minor unit.
//!
//! Existence and exponent come from `iso_currency`, which agrees with ISO where other tables do not (HUF, MGA, MRU).
//! Payment providers scale some currencies differently (ISK, UGX); that belongs to `payments`.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};

/// Serialised as its code, `"EUR"`. Ordered by code.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency(iso_currency::Currency);

/// Why a text names no currency that money can be owed in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CurrencyError {
    #[error("Unknown currency. Write its three-letter ISO 4217 code, such as EUR or USD.")]
    Unknown,
    /// Metals, funds, units of account and test codes: nobody pays in them.
    #[error("{0} is not a currency that can be paid in. Choose a national currency, such as EUR or USD.")]
    NotPayable(String),
}

impl Currency {
    pub const AUD: Self = Self(iso_currency::Currency::AUD);
    pub const CAD: Self = Self(iso_currency::Currency::CAD);
    pub const CHF: Self = Self(iso_currency::Currency::CHF);
    pub const EUR: Self = Self(iso_currency::Currency::EUR);
    pub const GBP: Self = Self(iso_currency::Currency::GBP);
    pub const INR: Self = Self(iso_currency::Currency::INR);
    pub const ISK: Self = Self(iso_currency::Currency::ISK);
    pub const JPY: Self = Self(iso_currency::Currency::JPY);
    pub const KWD: Self = Self(iso_currency::Currency::KWD);
    pub const SEK: Self = Self(iso_currency::Currency::SEK);
    pub const UGX: Self = Self(iso_currency::Currency::UGX);
    pub const USD: Self = Self(iso_currency::Currency::USD);

    /// Reads a code in any case. Withdrawn codes (HRK, BGN) stay readable: a book outlives a currency.
    pub fn parse(text: &str) -> Result<Self, CurrencyError> {
        let known = iso_currency::Currency::from_code(&text.to_ascii_uppercase()).ok_or(CurrencyError::Unknown)?;
        Self::payable(known).ok_or_else(|| CurrencyError::NotPayable(known.code().to_owned()))
    }

    fn payable(known: iso_currency::Currency) -> Option<Self> {
        let payable = known.exponent().is_some() && !known.is_fund() && !known.is_special();
        payable.then_some(Self(known))
    }

    /// Every currency there is, by code; for a list to choose from.
    #[must_use]
    pub fn all() -> Vec<Self> {
        // ISO 4217 numeric codes have three digits.
        let mut all: Vec<Self> =
            (0..=999).filter_map(iso_currency::Currency::from_numeric).filter_map(Self::payable).collect();
        all.sort_unstable();
        all
    }

    /// `EUR`
    #[must_use]
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// The English name: `Euro`.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.name()
    }

    /// Digits after the decimal point in ISO 4217: 0, 2 or 3.
    #[must_use]
    pub fn exponent(self) -> u32 {
        self.0.exponent().map_or(0, u32::from)
    }

    /// The sign that stands for the code on screen, where readers of any country know it.
    #[must_use]
    pub fn symbol(self) -> Option<&'static str> {
        match self {
            Self::EUR => Some("€"),
            Self::USD => Some("$"),
            Self::GBP => Some("£"),
            Self::JPY => Some("¥"),
            _ => None,
        }
    }

    /// What may stand beside a typed amount: the code, the sign, and the sign that people who live with the
    /// currency use (`kr`, `zł`, `$` for CAD).
    pub(super) fn typed_marks(self) -> [String; 3] {
        [self.code().to_owned(), self.symbol().unwrap_or_default().to_owned(), self.0.symbol().symbol]
    }
}

impl PartialOrd for Currency {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Currency {
    fn cmp(&self, other: &Self) -> Ordering {
        self.code().cmp(other.code())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl TryFrom<String> for Currency {
    type Error = CurrencyError;

    fn try_from(text: String) -> Result<Self, CurrencyError> {
        Self::parse(&text)
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.code().to_owned()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::{Currency, CurrencyError};

    #[test]
    fn exponents_are_those_of_iso_4217() {
        let table = [
            ("EUR", 2),
            ("USD", 2),
            ("CHF", 2),
            ("HUF", 2),
            ("MGA", 2),
            ("MRU", 2),
            ("TWD", 2),
            ("JPY", 0),
            ("ISK", 0),
            ("UGX", 0),
            ("KRW", 0),
            ("XOF", 0),
            ("KWD", 3),
            ("BHD", 3),
            ("TND", 3),
        ];
        for (code, exponent) in table {
            assert_eq!(Currency::parse(code).map(Currency::exponent), Ok(exponent), "{code}");
        }
    }

    #[test]
    fn a_code_is_read_in_any_case_and_nothing_else_is() {
        assert_eq!(Currency::parse("eUr"), Ok(Currency::EUR));
        for text in ["", "EU", "EURO", " EUR", "AAA", "€", "978", "ﬀ"] {
            assert_eq!(Currency::parse(text), Err(CurrencyError::Unknown), "{text}");
        }
    }

    #[test]
    fn nobody_pays_in_metals_funds_or_test_codes() {
        for code in ["XAU", "XAG", "XXX", "XTS", "XDR", "XAD", "CLF", "CHE", "USN", "UYW"] {
            assert_eq!(Currency::parse(code), Err(CurrencyError::NotPayable(code.to_owned())));
        }
    }

    #[test]
    fn the_list_is_sorted_and_every_entry_reads_back() {
        let all = Currency::all();
        assert!(all.len() > 150, "{}", all.len());
        assert!(all.is_sorted_by(|a, b| a.code() < b.code()));
        assert!(all.iter().all(|c| Currency::parse(c.code()) == Ok(*c) && c.exponent() <= 3));
    }

    #[test]
    fn json_is_the_code() {
        assert_eq!(serde_json::to_string(&Currency::KWD).unwrap(), r#""KWD""#);
        assert_eq!(serde_json::from_str::<Currency>(r#""kwd""#).unwrap(), Currency::KWD);
        assert!(serde_json::from_str::<Currency>(r#""XXX""#).is_err());
        assert!(serde_json::from_str::<Currency>("978").is_err());
    }
}
