//! How Stripe counts money, per currency, and what it takes.
//!
//! The rule it keeps: the table is written out, from Stripe's page "Supported currencies"
//! (docs.stripe.com/currencies), because no ISO 4217 or CLDR table agrees with it. What is not on the table cannot be
//! charged, and no conversion ever rounds: an amount that Stripe cannot hold exactly is refused.
//!
//! Left to others: amounts in ISO 4217 minor units, which is what the whole program outside `payments` speaks.

use crate::billing::currency::Currency;
use crate::billing::money::Money;

/// The largest amount that every payment method takes: eight digits in Stripe's own scaling.
const WIRE_MAX: i64 = 99_999_999;

/// How an amount in ISO minor units becomes Stripe's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    /// Stripe counts in the ISO minor unit.
    Same,
    /// Stripe kept two decimals for a currency that has none, and refuses anything but zeros in them.
    Hundredfold,
    /// Stripe has no decimals for a currency whose ISO entry has two.
    WholeUnits,
}

/// One line of the table.
#[derive(Debug, PartialEq, Eq)]
struct Row {
    code: &'static str,
    rule: Rule,
    /// Decimals of Stripe's amounts, for showing them.
    decimals: usize,
    /// The smallest amount Stripe takes, in its own scaling; absent where Stripe's page names none.
    wire_min: Option<i64>,
}

const fn two(code: &'static str, wire_min: Option<i64>) -> Row {
    Row { code, rule: Rule::Same, decimals: 2, wire_min }
}

const fn zero(code: &'static str, wire_min: Option<i64>) -> Row {
    Row { code, rule: Rule::Same, decimals: 0, wire_min }
}

/// UGX is absent because Stripe's page contradicts itself about it; the currencies with three decimals because it no
/// longer says which of their amounts it takes.
const TABLE: [Row; 45] = [
    two("usd", Some(50)),
    two("eur", Some(50)),
    two("gbp", Some(30)),
    two("chf", Some(50)),
    two("cad", Some(50)),
    two("aud", Some(50)),
    two("nzd", Some(50)),
    two("sek", Some(300)),
    two("nok", Some(300)),
    two("dkk", Some(250)),
    two("pln", Some(200)),
    two("czk", Some(1500)),
    two("ron", Some(200)),
    two("huf", Some(17_500)),
    two("bgn", None),
    two("sgd", Some(50)),
    two("hkd", Some(400)),
    two("zar", Some(50)),
    two("ils", None),
    two("mxn", Some(1000)),
    two("brl", Some(50)),
    two("inr", Some(50)),
    two("thb", Some(1000)),
    two("myr", Some(200)),
    two("php", None),
    two("try", None),
    two("aed", Some(200)),
    two("sar", None),
    two("twd", None),
    zero("bif", None),
    zero("clp", None),
    zero("djf", None),
    zero("gnf", None),
    zero("jpy", Some(50)),
    zero("kmf", None),
    zero("krw", Some(50)),
    zero("pyg", None),
    zero("rwf", None),
    zero("vnd", None),
    zero("vuv", None),
    zero("xaf", None),
    zero("xof", None),
    zero("xpf", None),
    Row { code: "mga", rule: Rule::WholeUnits, decimals: 0, wire_min: None },
    Row { code: "isk", rule: Rule::Hundredfold, decimals: 2, wire_min: None },
];

/// The scaling of one currency that Stripe takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale(&'static Row);

/// Why an amount does not exist in the other scaling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScaleError {
    #[error("Stripe knows only whole units of this currency")]
    NotWhole,
    #[error("the amount is too large to be counted")]
    TooLarge,
}

/// The scaling of the currency with this ISO 4217 code, in either case; `None` if it cannot be charged through Stripe.
pub fn scale(code: &str) -> Option<Scale> {
    TABLE.iter().find(|row| row.code.eq_ignore_ascii_case(code)).map(Scale)
}

/// An amount of Stripe's in ISO minor units; `None` if it does not exist there, or Stripe does not take the currency.
pub fn minor(wire: i64, code: &str) -> Option<i64> {
    scale(code)?.from_stripe(wire).ok()
}

/// An amount of Stripe's with its currency, as the books write it; `None` if either is missing, or the books cannot hold it.
pub fn money(wire: Option<i64>, code: Option<&str>) -> Option<Money> {
    let currency = Currency::parse(code?).ok()?;
    Money::new(minor(wire?, currency.code())?, currency).ok()
}

impl Scale {
    /// The code as Stripe writes it, in small letters.
    pub fn code(self) -> &'static str {
        self.0.code
    }

    /// ISO minor units into the integer that Stripe is given.
    pub fn to_stripe(self, iso_minor: i64) -> Result<i64, ScaleError> {
        match self.0.rule {
            Rule::Same => Ok(iso_minor),
            Rule::Hundredfold => hundredfold(iso_minor),
            Rule::WholeUnits => hundredth(iso_minor),
        }
    }

    /// The integer that Stripe gave into ISO minor units.
    pub fn from_stripe(self, wire: i64) -> Result<i64, ScaleError> {
        match self.0.rule {
            Rule::Same => Ok(wire),
            Rule::Hundredfold => hundredth(wire),
            Rule::WholeUnits => hundredfold(wire),
        }
    }

    /// `wire` for people, as in `0.50 EUR`.
    fn shown(self, wire: i64) -> String {
        let code = self.0.code.to_ascii_uppercase();
        match self.0.decimals {
            0 => format!("{wire} {code}"),
            _ => format!("{}.{:02} {code}", wire / 100, wire % 100),
        }
    }
}

/// An amount that Stripe gave, as the books would write it in this currency.
#[must_use]
pub fn in_words(wire: i64, currency: Currency) -> String {
    match money(Some(wire), Some(currency.code())) {
        Some(money) => money.to_string(),
        None => format!("{wire} in Stripe's units"),
    }
}

fn hundredfold(amount: i64) -> Result<i64, ScaleError> {
    amount.checked_mul(100).ok_or(ScaleError::TooLarge)
}

fn hundredth(amount: i64) -> Result<i64, ScaleError> {
    if amount % 100 == 0 { Ok(amount / 100) } else { Err(ScaleError::NotWhole) }
}

/// Why an amount cannot be paid through Stripe. The invoice can still be issued and paid by bank transfer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WhyNot {
    #[error("card payment is not available in {code}; bank transfer is")]
    CurrencyNotTaken { code: String },
    #[error("there is nothing to pay")]
    NothingDue,
    #[error("Stripe takes whole {code} only; this amount can be paid by bank transfer")]
    NotWhole { code: String },
    #[error("Stripe takes no payment under {minimum}; this amount can be paid by bank transfer")]
    TooSmall { minimum: String },
    #[error("Stripe takes no payment over {maximum}; this amount can be paid by bank transfer")]
    TooLarge { maximum: String },
}

/// Whether `iso_minor` of the currency `code` can be charged through Stripe.
///
/// The minimum is that of the invoice's own currency. Stripe applies the minimum of the currency it pays out in, after
/// its own conversion: where the two differ, it may still refuse a very small amount.
pub fn chargeable(iso_minor: i64, code: &str) -> Result<(), WhyNot> {
    let Some(scale) = scale(code) else {
        return Err(WhyNot::CurrencyNotTaken { code: code.to_ascii_uppercase() });
    };
    if iso_minor <= 0 {
        return Err(WhyNot::NothingDue);
    }
    let too_large = || WhyNot::TooLarge { maximum: scale.shown(WIRE_MAX) };
    let wire = scale.to_stripe(iso_minor).map_err(|error| match error {
        ScaleError::NotWhole => WhyNot::NotWhole { code: code.to_ascii_uppercase() },
        ScaleError::TooLarge => too_large(),
    })?;
    match scale.0.wire_min {
        Some(minimum) if wire < minimum => Err(WhyNot::TooSmall { minimum: scale.shown(minimum) }),
        _ if wire > WIRE_MAX => Err(too_large()),
        _ => Ok(()),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop where it fails")]
mod tests {
    use super::*;

    /// Written by hand, apart from the table above: what one ISO minor-unit amount is at Stripe.
    const BY_HAND: [(&str, i64, i64); 45] = [
        ("AED", 1999, 1999),
        ("AUD", 1999, 1999),
        ("BGN", 1999, 1999),
        ("BIF", 1999, 1999),
        ("BRL", 1999, 1999),
        ("CAD", 1999, 1999),
        ("CHF", 1999, 1999),
        ("CLP", 1999, 1999),
        ("CZK", 1999, 1999),
        ("DJF", 1999, 1999),
        ("DKK", 1999, 1999),
        ("EUR", 1999, 1999),
        ("GBP", 1999, 1999),
        ("GNF", 1999, 1999),
        ("HKD", 1999, 1999),
        ("HUF", 1999, 1999),
        ("ILS", 1999, 1999),
        ("INR", 1999, 1999),
        ("ISK", 1999, 199_900),
        ("JPY", 1999, 1999),
        ("KMF", 1999, 1999),
        ("KRW", 1999, 1999),
        ("MGA", 1900, 19),
        ("MXN", 1999, 1999),
        ("MYR", 1999, 1999),
        ("NOK", 1999, 1999),
        ("NZD", 1999, 1999),
        ("PHP", 1999, 1999),
        ("PLN", 1999, 1999),
        ("PYG", 1999, 1999),
        ("RON", 1999, 1999),
        ("RWF", 1999, 1999),
        ("SAR", 1999, 1999),
        ("SEK", 1999, 1999),
        ("SGD", 1999, 1999),
        ("THB", 1999, 1999),
        ("TRY", 1999, 1999),
        ("TWD", 1999, 1999),
        ("USD", 1999, 1999),
        ("VND", 1999, 1999),
        ("VUV", 1999, 1999),
        ("XAF", 1999, 1999),
        ("XOF", 1999, 1999),
        ("XPF", 1999, 1999),
        ("ZAR", 1999, 1999),
    ];

    #[test]
    fn d6_both_directions_agree_with_a_table_written_by_hand() {
        for (code, iso, wire) in BY_HAND {
            let scale = scale(code).unwrap();
            assert_eq!(scale.to_stripe(iso), Ok(wire), "{code} out");
            assert_eq!(scale.from_stripe(wire), Ok(iso), "{code} back");
            assert_eq!(scale.code(), code.to_lowercase());
        }
        assert_eq!(TABLE.len(), BY_HAND.len(), "a currency is on one table only");
    }

    #[test]
    fn h1_a_yen_invoice_is_not_charged_a_hundredfold() {
        assert_eq!(scale("JPY").unwrap().to_stripe(500), Ok(500));
        assert_eq!(chargeable(50, "JPY"), Ok(()));
        assert_eq!(
            chargeable(49, "JPY").unwrap_err().to_string(),
            "Stripe takes no payment under 50 JPY; this amount can be paid by bank transfer"
        );
    }

    #[test]
    fn h2_kronur_are_hundredfold_at_stripe_and_shillings_of_uganda_are_refused() {
        let isk = scale("ISK").unwrap();
        assert_eq!(isk.to_stripe(5000), Ok(500_000));
        assert_eq!(isk.from_stripe(500_000), Ok(5000));
        assert_eq!(isk.from_stripe(500_050), Err(ScaleError::NotWhole));
        assert_eq!(chargeable(999_999, "ISK"), Ok(()));
        let refused = chargeable(1_000_000, "ISK").unwrap_err();
        assert_eq!(refused, WhyNot::TooLarge { maximum: "999999.99 ISK".into() });
        assert_eq!(chargeable(i64::MAX, "ISK"), Err(refused));
        assert_eq!(chargeable(5000, "UGX"), Err(WhyNot::CurrencyNotTaken { code: "UGX".into() }));
    }

    #[test]
    fn h3_ariary_go_to_stripe_in_whole_units_only() {
        let mga = scale("MGA").unwrap();
        assert_eq!(mga.to_stripe(123_400), Ok(1234));
        assert_eq!(mga.to_stripe(123_420), Err(ScaleError::NotWhole));
        assert_eq!(mga.from_stripe(1234), Ok(123_400));
        assert_eq!(mga.from_stripe(i64::MAX), Err(ScaleError::TooLarge));
        assert_eq!(chargeable(123_420, "MGA"), Err(WhyNot::NotWhole { code: "MGA".into() }));
    }

    #[test]
    fn h4_three_decimals_and_unknown_currencies_are_refused() {
        for code in ["BHD", "JOD", "KWD", "OMR", "TND", "XYZ", "", "EU", "EURO"] {
            assert_eq!(scale(code), None, "{code}");
            assert!(matches!(chargeable(10_000, code), Err(WhyNot::CurrencyNotTaken { .. })), "{code}");
        }
    }

    #[test]
    fn h5_forint_and_taiwan_dollars_are_charged_to_the_cent() {
        for code in ["HUF", "TWD"] {
            assert_eq!(scale(code).unwrap().to_stripe(123_456), Ok(123_456), "{code}");
            assert_eq!(chargeable(123_456, code), Ok(()), "{code}");
        }
        assert_eq!(chargeable(17_499, "HUF"), Err(WhyNot::TooSmall { minimum: "175.00 HUF".into() }));
    }

    #[test]
    fn the_smallest_and_largest_amounts_are_exact() {
        // Stripe's page, "Minimum and maximum charge amounts", in ISO minor units.
        let smallest = [
            ("USD", 50),
            ("AED", 200),
            ("AUD", 50),
            ("BRL", 50),
            ("CAD", 50),
            ("CHF", 50),
            ("CZK", 1500),
            ("DKK", 250),
            ("EUR", 50),
            ("GBP", 30),
            ("HKD", 400),
            ("HUF", 17_500),
            ("INR", 50),
            ("JPY", 50),
            ("KRW", 50),
            ("MXN", 1000),
            ("MYR", 200),
            ("NOK", 300),
            ("NZD", 50),
            ("PLN", 200),
            ("RON", 200),
            ("SEK", 300),
            ("SGD", 50),
            ("THB", 1000),
            ("ZAR", 50),
        ];
        for (code, minimum) in smallest {
            assert_eq!(chargeable(minimum, code), Ok(()), "{code}");
            assert!(matches!(chargeable(minimum - 1, code), Err(WhyNot::TooSmall { .. })), "{code}");
        }
        assert_eq!(TABLE.iter().filter(|row| row.wire_min.is_some()).count(), smallest.len());
        for (code, ..) in BY_HAND.iter().filter(|(code, ..)| !["ISK", "MGA"].contains(code)) {
            assert_eq!(chargeable(99_999_999, code), Ok(()), "{code}");
            assert!(matches!(chargeable(100_000_000, code), Err(WhyNot::TooLarge { .. })), "{code}");
        }
        assert_eq!(chargeable(9_999_999_900, "MGA"), Ok(()));
        assert_eq!(chargeable(10_000_000_000, "MGA"), Err(WhyNot::TooLarge { maximum: "99999999 MGA".into() }));
    }

    #[test]
    fn nothing_and_less_than_nothing_are_never_charged() {
        for amount in [0, -1, i64::MIN] {
            assert_eq!(chargeable(amount, "EUR"), Err(WhyNot::NothingDue));
        }
    }
}
