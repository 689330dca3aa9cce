//! Why a line bears the tax it bears: the VAT categories of EN 16931 (UNCL 5305).
//!
//! Every category but [`TaxCategory::S`] charges nothing. `S` may carry any rate, zero included, and is
//! then taken as given. What else a category needs (VAT ids, dates) is checked where an e-invoice is made.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::quantity::TaxRate;

/// Serialised as its code, `"AE"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum TaxCategory {
    /// A standard or reduced rate.
    #[default]
    S,
    /// Zero rated.
    Z,
    /// Exempt by law, a small business's exemption for example.
    E,
    /// Reverse charge.
    AE,
    /// Supply of goods within the European Union.
    K,
    /// Export.
    G,
    /// Outside the scope of tax.
    O,
}

/// A rate that its category does not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Category {0} charges no tax. Set the rate to 0, or choose category S.")]
pub struct RateNotAllowed(TaxCategory);

impl TaxCategory {
    pub const ALL: [Self; 7] = [Self::S, Self::Z, Self::E, Self::AE, Self::K, Self::G, Self::O];

    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::S => "S",
            Self::Z => "Z",
            Self::E => "E",
            Self::AE => "AE",
            Self::K => "K",
            Self::G => "G",
            Self::O => "O",
        }
    }

    /// What the category means, for the owner who chooses one.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::S => "Standard or reduced rate",
            Self::Z => "Zero rate",
            Self::E => "Exempt from tax",
            Self::AE => "Reverse charge: the customer pays the tax",
            Self::K => "Goods sent to a business in another EU country",
            Self::G => "Export out of the EU",
            Self::O => "Not subject to tax",
        }
    }

    /// The sentence that explains on the invoice why no tax is charged. EN 16931 wants none for `S` and `Z` (BR-S-10,
    /// BR-Z-10) and one for every other category (BR-E-10, BR-AE-10, BR-IC-10, BR-G-10, BR-O-10).
    #[must_use]
    pub const fn exemption_reason(self) -> Option<&'static str> {
        match self {
            Self::S | Self::Z => None,
            Self::E => Some("Exempt from tax."),
            Self::AE => Some("Reverse charge: the recipient owes the tax."),
            Self::K => Some("Tax-free supply of goods within the European Union."),
            Self::G => Some("Tax-free export."),
            Self::O => Some("Not subject to tax."),
        }
    }

    pub fn check_rate(self, rate: TaxRate) -> Result<(), RateNotAllowed> {
        if self == Self::S || rate.is_zero() { Ok(()) } else { Err(RateNotAllowed(self)) }
    }
}

impl fmt::Display for TaxCategory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::TaxCategory;
    use crate::billing::quantity::TaxRate;

    #[test]
    fn only_s_charges_tax_and_only_s_and_z_need_no_reason() {
        let nineteen = TaxRate::parse("19").unwrap();
        for category in TaxCategory::ALL {
            assert_eq!(category.check_rate(nineteen).is_ok(), category == TaxCategory::S);
            assert_eq!(category.check_rate(TaxRate::ZERO), Ok(()));
            let needs_reason = !matches!(category, TaxCategory::S | TaxCategory::Z);
            assert_eq!(category.exemption_reason().is_some(), needs_reason, "{category}");
        }
        let refusal = TaxCategory::AE.check_rate(nineteen).unwrap_err().to_string();
        assert_eq!(refusal, "Category AE charges no tax. Set the rate to 0, or choose category S.");
    }

    #[test]
    fn json_is_the_code() {
        for category in TaxCategory::ALL {
            let json = serde_json::to_string(&category).unwrap();
            assert_eq!(json, format!("\"{}\"", category.code()));
            assert_eq!(serde_json::from_str::<TaxCategory>(&json).unwrap(), category);
        }
        assert!(serde_json::from_str::<TaxCategory>(r#""ae""#).is_err());
    }
}
