//! An amount as somebody types it to find it: `119`, `1.190,00`, `€1,190`, `>100`, `<50`.

use super::currency::Currency;
use super::decimal::{DecimalSeparator, Plain};
use super::money::Money;

/// As many digits as an amount can have.
const DIGITS_MAX: u32 = 16;

/// Whether `word` means `amount`: the same amount, or a bound that it keeps. Decimals may be behind a point or a comma,
/// since a list does not know who is asking.
#[must_use]
pub fn amount(amount: Money, word: &str) -> bool {
    let (bound, typed) = match word.split_at_checked(1) {
        Some((sign @ (">" | "<"), rest)) => (Some(sign), rest),
        _ => (None, word),
    };
    let minor = i128::from(amount.minor());
    readings(typed, amount.currency()).any(|wanted| match bound {
        Some(">") => minor > wanted,
        Some(_) => minor < wanted,
        None => minor == wanted,
    })
}

/// Minor units; none for what is no number.
fn readings(typed: &str, currency: Currency) -> impl Iterator<Item = i128> {
    let typed = typed.to_uppercase();
    [DecimalSeparator::Point, DecimalSeparator::Comma].into_iter().filter_map(move |separator| {
        let number = Plain::parse_amount(&typed, currency, separator).ok()?;
        number.scaled(DIGITS_MAX, currency.exponent()).ok()
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed assumption should fail the test")]
mod tests {
    use super::{Currency, Money, amount};

    #[test]
    fn an_amount_is_found_as_people_type_it() {
        for (minor, currency, word, expected) in [
            (119_000, Currency::EUR, "1190", true),
            (119_000, Currency::EUR, "1190.00", true),
            (119_000, Currency::EUR, "1.190,00", true),
            (119_000, Currency::EUR, "1,190.00", true),
            (119_000, Currency::EUR, "1.190", true),
            (119_000, Currency::EUR, "€1190", true),
            (119_000, Currency::EUR, "119", false),
            (119_050, Currency::EUR, "1190", false),
            (119_050, Currency::EUR, "1190.00", false),
            (119_050, Currency::EUR, ">1190", true),
            (119_000, Currency::EUR, ">1190", false),
            (119_000, Currency::EUR, "<1190,01", true),
            (500, Currency::JPY, "500", true),
            (500, Currency::JPY, "500.5", false),
            (12_345, Currency::KWD, "12.345", true),
            (12_345, Currency::KWD, "12", false),
            (100, Currency::EUR, "", false),
            (100, Currency::EUR, ">", false),
            (100, Currency::EUR, ">many", false),
            (100, Currency::EUR, "anna", false),
            (100, Currency::EUR, "99999999999999999999999999999999999999999", false),
        ] {
            assert_eq!(amount(Money::new(minor, currency).unwrap(), word), expected, "{minor} {word:?}");
        }
    }
}
