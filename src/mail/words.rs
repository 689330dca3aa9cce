//! Amounts, dates and addresses as letters to the owner write them.
//!
//! Letters to the owner are in English, and so are their amounts: `€1,234.50`.

use jiff::civil::Date;

use crate::billing::currency::Currency;
use crate::billing::money::Money;
use crate::billing::party::Party;
use crate::words::Words;

/// `€1,234.50`.
#[must_use]
pub fn money(amount: Money) -> String {
    Words::default().money(amount)
}

/// Minor units of a currency, written as [`money`]; nothing if there are none.
#[must_use]
pub fn remaining(minor: i64, currency: Currency) -> Option<String> {
    Money::new(minor, currency).ok().filter(|_| minor > 0).map(money)
}

/// `6 December 2026`.
#[must_use]
pub fn day(date: Date) -> String {
    Words::default().date(date)
}

/// Postal address, phone and website of a business, a line each, as far as they are known.
#[must_use]
pub fn details(business: &Party) -> Vec<String> {
    let address = &business.address;
    let city = joined(&[&address.postal_code, &address.city], " ");
    let postal = joined(&[&address.line1, &address.line2, &city, &address.state], ", ");
    [postal, business.phone.clone(), business.website.clone()].into_iter().filter(|line| !line.is_empty()).collect()
}

fn joined(parts: &[&str], between: &str) -> String {
    let known: Vec<&str> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
    known.join(between)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use jiff::civil::date;

    use super::{Currency, Money, Party, day, details, money, remaining};

    #[test]
    fn amounts_and_days_read_like_prose() {
        assert_eq!(money(Money::new(123_450, Currency::EUR).unwrap()), "€1,234.50");
        assert_eq!(remaining(500, Currency::JPY).unwrap(), "¥500");
        assert_eq!((remaining(0, Currency::EUR), remaining(-1, Currency::EUR)), (None, None));
        assert_eq!(day(date(2026, 12, 6)), "6 December 2026");
    }

    #[test]
    fn a_business_is_described_as_far_as_it_is_known() {
        let mut business = Party { phone: "+49 40 1234".into(), ..Party::default() };
        assert_eq!(details(&business), ["+49 40 1234"]);
        business.address.line1 = "Hauptstraße 1".into();
        business.address.postal_code = "10115".into();
        business.address.city = "Berlin".into();
        assert_eq!(details(&business), ["Hauptstraße 1, 10115 Berlin", "+49 40 1234"]);
    }
}
