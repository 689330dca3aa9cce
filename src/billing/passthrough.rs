//! The fee for paying by card, passed on to whoever pays so: whether it is taken, at which rate, and who said so.
//!
//! Off unless the owner turns it on. The invoice's own choice counts first, then that of the Stripe account in use, then
//! the owner's usual one; above all of them stand the countries whose customers are never asked for it. What it comes to is
//! reckoned in [`gross_up`], so that the business receives what the invoice says. Its document is in
//! [`super::fee_invoice`].

mod gross_up;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::line::TaxTotal;
use super::money::Money;
use super::quantity::Percent;
pub use gross_up::Fee;

/// The name of the owner's choices in forms and in the API, under which their fields are.
pub const FIELD: &str = "fee_passthrough";
/// No card costs as much: a larger figure is a slip of the keyboard.
const PERCENT_MAX: i64 = 10;
/// Minor units of a fixed part: a hundred euros, ten thousand yen.
const FIXED_MAX: i64 = 10_000;

/// Where a surcharge on a consumer's card is unlawful: the countries of the European Union with those of their parts that
/// have codes of their own, and of the European Economic Area (directive (EU) 2015/2366, article 62 (4)); the United
/// Kingdom (Consumer Rights (Payment Surcharges) Regulations 2012, regulation 6A).
const UNLAWFUL_IN: [&str; 38] = [
    "AT", "AX", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GF", "GP", "GR", "HR", "HU", "IE",
    "IS", "IT", "LI", "LT", "LU", "LV", "MF", "MQ", "MT", "NL", "NO", "PL", "PT", "RE", "RO", "SE", "SI", "SK", "YT",
];

/// What the card company keeps of each payment, and what the payer is asked for in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written")]
pub struct Rate {
    percent: Percent,
    #[serde(skip_serializing_if = "Option::is_none")]
    fixed: Option<Money>,
}

/// How a rate lies on disk; reading it back checks it.
#[derive(Deserialize)]
struct Written {
    percent: Percent,
    #[serde(default)]
    fixed: Option<Money>,
}

/// Why figures are no rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoRate {
    #[error("Write at most {PERCENT_MAX} percent.")]
    PercentTooLarge,
    #[error("Write a fixed part that is not negative, and at most {0}.")]
    FixedTooLarge(Money),
    #[error("Write a percentage or a fixed amount of more than nothing, or take no fee.")]
    Nothing,
}

impl NoRate {
    /// The field that it is about.
    #[must_use]
    pub const fn field(self) -> &'static str {
        match self {
            Self::PercentTooLarge | Self::Nothing => "percent",
            Self::FixedTooLarge(_) => "fixed",
        }
    }
}

impl Rate {
    /// # Errors
    /// It is nothing, or more than any card costs.
    pub fn new(percent: Percent, fixed: Option<Money>) -> Result<Self, NoRate> {
        let fixed = fixed.filter(|fixed| !fixed.is_zero());
        if percent.decimal() > PERCENT_MAX.into() {
            return Err(NoRate::PercentTooLarge);
        }
        if let Some(fixed) = fixed.filter(|fixed| !(1..=FIXED_MAX).contains(&fixed.minor())) {
            let most = Money::new(FIXED_MAX, fixed.currency()).unwrap_or(fixed);
            return Err(NoRate::FixedTooLarge(most));
        }
        if percent.is_zero() && fixed.is_none() {
            return Err(NoRate::Nothing);
        }
        Ok(Self { percent: percent.normalised(), fixed })
    }

    #[must_use]
    pub const fn percent(&self) -> Percent {
        self.percent
    }

    #[must_use]
    pub const fn fixed(&self) -> Option<Money> {
        self.fixed
    }
}

impl TryFrom<Written> for Rate {
    type Error = NoRate;

    fn try_from(written: Written) -> Result<Self, NoRate> {
        Self::new(written.percent, written.fixed)
    }
}

/// What one level says about the fee.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Choice {
    /// Nothing: the level above decides. At the highest level: no fee.
    #[default]
    Inherit,
    Off,
    Rate(Rate),
}

impl Choice {
    #[must_use]
    pub fn is_inherited(&self) -> bool {
        *self == Self::Inherit
    }
}

/// Whose choice counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    Invoice,
    Account,
    Settings,
}

impl Origin {
    /// In words that follow upon "as set" or "the rate".
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Invoice => "from this invoice",
            Self::Account => "from the Stripe account",
            Self::Settings => "from the settings",
        }
    }
}

/// The owner's choices, invoices aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Passthrough {
    /// Where nothing else is said.
    pub usual: Choice,
    /// By Stripe's id of the account, `acct_…`.
    pub accounts: BTreeMap<String, Choice>,
    /// Countries whose customers are never asked for a fee, as ISO 3166 codes.
    pub off_in: BTreeSet<String>,
}

/// Off; and once it is turned on, off where it is unlawful towards consumers until the owner says otherwise.
impl Default for Passthrough {
    fn default() -> Self {
        Self { usual: Choice::Inherit, accounts: BTreeMap::new(), off_in: unlawful().map(str::to_owned).collect() }
    }
}

/// The countries where surcharges on consumer cards are unlawful.
pub fn unlawful() -> impl Iterator<Item = &'static str> {
    UNLAWFUL_IN.into_iter()
}

#[must_use]
pub fn is_unlawful_in(country: &str) -> bool {
    UNLAWFUL_IN.contains(&country)
}

/// Why no fee is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoFee {
    /// Nobody turned it on, or whoever decides turned it off.
    Off,
    /// The customer is in a country where the owner takes none.
    OffIn(String),
    /// Where the customer is at home is not known, so neither is whether it would be lawful.
    UnknownCountry,
    /// The fixed part is in another currency than the invoice.
    OtherCurrency(Money),
    /// With the fee the sum could not be charged, or the fee cannot be reckoned.
    NotChargeable,
}

impl NoFee {
    /// For the owner; nothing where there is nothing to explain.
    #[must_use]
    pub fn words(&self) -> Option<String> {
        Some(match self {
            Self::Off => return None,
            Self::OffIn(country) => format!("No fee is taken: you take none from customers in {country}."),
            Self::UnknownCountry => {
                "No fee is taken: the customer's address names no country, so it is not known whether a fee is lawful."
                    .to_owned()
            }
            Self::OtherCurrency(fixed) => {
                format!("No fee is taken: its fixed part of {fixed} is in another currency than the invoice.")
            }
            Self::NotChargeable => "No fee is taken: with it, the amount could not be charged.".to_owned(),
        })
    }
}

/// What counts for one invoice at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    pub origin: Origin,
    rate: Result<Rate, NoFee>,
}

impl Passthrough {
    /// Whose choice counts: the `invoice`'s own, else that of the `account` in use, else the usual one.
    #[must_use]
    pub fn said(&self, invoice: Choice, account: Option<&str>) -> (Choice, Origin) {
        let of_account = account.and_then(|account| self.accounts.get(account)).copied().unwrap_or_default();
        let levels = [(invoice, Origin::Invoice), (of_account, Origin::Account), (self.usual, Origin::Settings)];
        levels.into_iter().find(|(choice, _)| !choice.is_inherited()).unwrap_or((Choice::Off, Origin::Settings))
    }

    /// Which rate counts; none for a customer in a `country` where the owner takes none, or in none that is known.
    #[must_use]
    pub fn terms(&self, invoice: Choice, account: Option<&str>, country: &str) -> Terms {
        let (choice, origin) = self.said(invoice, account);
        let rate = match choice {
            Choice::Inherit | Choice::Off => Err(NoFee::Off),
            Choice::Rate(_) if country.is_empty() => Err(NoFee::UnknownCountry),
            Choice::Rate(_) if self.off_in.contains(country) => Err(NoFee::OffIn(country.to_owned())),
            Choice::Rate(rate) => Ok(rate),
        };
        Terms { origin, rate }
    }
}

impl Terms {
    /// The rate that counts, if any does.
    #[must_use]
    pub fn rate(&self) -> Option<Rate> {
        self.rate.as_ref().ok().copied()
    }

    /// The fee for paying `principal` of a document with these taxes.
    ///
    /// # Errors
    /// None is taken, and why.
    pub fn fee(&self, principal: Money, taxes: &[TaxTotal]) -> Result<Fee, NoFee> {
        let rate = self.rate.clone()?;
        if let Some(fixed) = rate.fixed.filter(|fixed| fixed.currency() != principal.currency()) {
            return Err(NoFee::OtherCurrency(fixed));
        }
        gross_up::fee(principal, rate, self.origin, taxes).ok_or(NoFee::NotChargeable)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;
    use crate::billing::currency::Currency;

    fn rate(percent: &str) -> Choice {
        Choice::Rate(Rate::new(Percent::parse(percent).unwrap(), None).unwrap())
    }

    fn euros(minor: i64) -> Money {
        Money::new(minor, Currency::EUR).unwrap()
    }

    #[test]
    fn the_invoice_counts_before_the_account_and_the_account_before_the_settings() {
        let (one, two, three) = (rate("1"), rate("2"), rate("3"));
        let inherit = Choice::Inherit;
        for (invoice, account, usual, percent, origin) in [
            (inherit, inherit, inherit, None, Origin::Settings),
            (inherit, inherit, three, Some("3"), Origin::Settings),
            (inherit, two, three, Some("2"), Origin::Account),
            (one, two, three, Some("1"), Origin::Invoice),
            (one, inherit, inherit, Some("1"), Origin::Invoice),
            (Choice::Off, two, three, None, Origin::Invoice),
            (inherit, Choice::Off, three, None, Origin::Account),
            (inherit, inherit, Choice::Off, None, Origin::Settings),
        ] {
            let accounts = BTreeMap::from([("acct_1".to_owned(), account)]);
            let said = Passthrough { usual, accounts, off_in: BTreeSet::new() };
            let terms = said.terms(invoice, Some("acct_1"), "US");
            let found = terms.rate().map(|rate| rate.percent().to_string());
            assert_eq!((found.as_deref(), terms.origin), (percent, origin), "{invoice:?} {account:?} {usual:?}");
        }
        let accounts = BTreeMap::from([("acct_1".to_owned(), two)]);
        let said = Passthrough { usual: three, accounts, off_in: BTreeSet::new() };
        for account in [None, Some("acct_2")] {
            assert_eq!(said.terms(inherit, account, "US").origin, Origin::Settings, "another account says nothing");
        }
    }

    #[test]
    fn a_country_switches_it_off_whoever_turned_it_on() {
        let said = Passthrough { usual: rate("2.9"), ..Passthrough::default() };
        let why = |country: &str| said.terms(rate("1"), None, country).fee(euros(100), &[]).unwrap_err();
        assert_eq!(why("DE"), NoFee::OffIn("DE".to_owned()));
        assert_eq!(why("GB"), NoFee::OffIn("GB".to_owned()));
        assert_eq!(why(""), NoFee::UnknownCountry, "where it may be unlawful it is not taken");
        assert!(said.terms(Choice::Inherit, None, "US").rate().is_some());
        let everywhere = Passthrough { off_in: BTreeSet::new(), ..said };
        assert!(everywhere.terms(Choice::Inherit, None, "DE").rate().is_some(), "the owner may know better");
    }

    #[test]
    fn it_is_off_by_default_and_knows_where_it_is_unlawful() {
        let usual = Passthrough::default();
        assert_eq!(usual.terms(Choice::Inherit, None, "US").fee(euros(100), &[]), Err(NoFee::Off));
        assert!(["DE", "NO", "IS", "LI", "GB", "HR", "RE"].into_iter().all(is_unlawful_in));
        assert!(!["US", "CH", "AU", "CA", ""].into_iter().any(is_unlawful_in));
        assert!(UNLAWFUL_IN.is_sorted());
        assert!(unlawful().all(|code| crate::billing::party::countries().iter().any(|(known, _)| known == code)));
    }

    #[test]
    fn a_rate_is_more_than_nothing_and_no_slip_of_the_keyboard() {
        let percent = |text: &str| Percent::parse(text).unwrap();
        assert_eq!(Rate::new(percent("0"), None), Err(NoRate::Nothing));
        assert_eq!(Rate::new(percent("0"), Some(euros(0))), Err(NoRate::Nothing));
        assert_eq!(Rate::new(percent("10.0001"), None), Err(NoRate::PercentTooLarge));
        assert_eq!(Rate::new(percent("1"), Some(euros(-1))), Err(NoRate::FixedTooLarge(euros(FIXED_MAX))));
        assert_eq!(Rate::new(percent("1"), Some(euros(10_001))), Err(NoRate::FixedTooLarge(euros(FIXED_MAX))));
        assert!(Rate::new(percent("10"), None).is_ok() && Rate::new(percent("0"), Some(euros(30))).is_ok());
        let stored = r#"{"kind":"rate","percent":"2.9","fixed":{"minor":30,"currency":"EUR"}}"#;
        let read: Choice = serde_json::from_str(stored).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), stored);
        assert!(serde_json::from_str::<Choice>(r#"{"kind":"rate","percent":"29"}"#).is_err());
    }

    #[test]
    fn a_fixed_part_in_another_currency_means_no_fee() {
        let dollars = Money::new(30, Currency::USD).unwrap();
        let choice = Choice::Rate(Rate::new(Percent::parse("2.9").unwrap(), Some(dollars)).unwrap());
        let said = Passthrough { usual: choice, ..Passthrough::default() };
        let refused = said.terms(Choice::Inherit, None, "US").fee(euros(100), &[]).unwrap_err();
        assert_eq!(refused, NoFee::OtherCurrency(dollars));
        assert!(refused.words().unwrap().contains("0.30 USD"));
    }
}
