//! What a payer pays on top, so that after the card company has taken its share of the whole the business still has what
//! the invoice says.
//!
//! The share is taken of everything: of the invoice, of the fee, and of the tax on the fee, which the business owes to the
//! tax office. The fee is the smallest whole number of minor units that covers the share rounded up. It bears the tax of
//! what is paid for: it belongs to that supply, so it is split over the invoice's rates as the supply is.

use serde::{Deserialize, Serialize};

use super::{Origin, Rate};
use crate::billing::line::TaxTotal;
use crate::billing::money::Money;
use crate::billing::rounding::{Denominator, Shares, round_half_away, share_out};

/// Rounds until the share of the whole is found. Each moves it by at most a fifth of what the one before did (a tenth of
/// the whole, twice with a tax of 100 %), so that 64 would be enough for far larger numbers than money is.
const ROUNDS_MAX: usize = 64;

/// A fee, reckoned for one payment. Minor units of the invoice's currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fee {
    pub rate: Rate,
    pub origin: Origin,
    /// What of the invoice is paid; the fee comes on top of it.
    pub principal: i64,
    /// Without tax.
    pub net: i64,
    /// The tax, by rate.
    pub taxes: Vec<TaxTotal>,
    /// With tax.
    pub total: i64,
}

impl Fee {
    /// What is paid in all: the part of the invoice and the fee. `None` beyond what numbers hold.
    #[must_use]
    pub fn sum(&self) -> Option<i64> {
        self.principal.checked_add(self.total)
    }

    #[must_use]
    pub fn tax(&self) -> i64 {
        self.total.saturating_sub(self.net)
    }

    /// What of the fee is in the first `minor` units of it: each rate's share, and the tax within that by its own rounding.
    /// Two such parts differ by what lies between, so that all corrections together take back exactly the fee.
    fn first(&self, minor: i64) -> Option<Self> {
        let whole = Denominator::new(i128::from(self.total))?;
        let grosses = self.taxes.iter().map(|tax| i128::from(tax.base) + i128::from(tax.amount));
        let shares = share_out(&grosses.map(|gross| gross * i128::from(minor)).collect::<Vec<_>>(), whole)?;
        let mut taxes = Vec::new();
        for (tax, gross) in self.taxes.iter().zip(shares.parts) {
            let within = Denominator::new(i128::from(tax.base) + i128::from(tax.amount));
            let amount = within.map_or(0, |within| round_half_away(gross * i128::from(tax.amount), within));
            taxes.push(TaxTotal {
                base: i64::try_from(gross - amount).ok()?,
                amount: i64::try_from(amount).ok()?,
                ..*tax
            });
        }
        let net = taxes.iter().map(|tax| tax.base).sum();
        Some(Self { principal: 0, net, taxes, total: minor, ..self.clone() })
    }

    /// What a correction says that takes `minor` back after `before` had been: everything below nothing. `None` if that is
    /// more than the fee was.
    #[must_use]
    pub fn taken_back(&self, before: i64, minor: i64) -> Option<Self> {
        let after = before.checked_add(minor).filter(|after| (0..=self.total).contains(after))?;
        let (before, after) = (self.first(before)?, self.first(after)?);
        let taxes = before.taxes.iter().zip(&after.taxes).map(|(before, after)| TaxTotal {
            base: before.base - after.base,
            amount: before.amount - after.amount,
            ..*after
        });
        Some(Self { net: before.net - after.net, total: -minor, taxes: taxes.collect(), ..after.clone() })
    }

    /// What the card company is expected to keep of the whole, rounded up.
    #[must_use]
    pub fn expected_share(&self) -> i64 {
        self.sum().and_then(|sum| share(sum, self.rate)).unwrap_or(0)
    }
}

/// The smallest fee with which the business is left with `principal`; `None` if there is no such number.
pub(super) fn fee(principal: Money, rate: Rate, origin: Origin, taxes: &[TaxTotal]) -> Option<Fee> {
    let principal_minor = principal.minor();
    if principal_minor <= 0 {
        return None;
    }
    let needed = |net: i64| share(sum(principal_minor, net, taxes)?, rate);
    let mut net = share(principal_minor, rate)?;
    for _ in 0..ROUNDS_MAX {
        match needed(net)? {
            more if more > net => net = more,
            _ => break,
        }
    }
    // Tax that is rounded at several rates may fall by a unit as the fee grows, so the first number that is enough need not
    // be the smallest.
    while net > 0 && needed(net - 1)? < net {
        net -= 1;
    }
    if needed(net)? > net {
        return None;
    }
    let taxes = split(net, taxes)?;
    let total = taxes.iter().try_fold(net, |sum, tax| sum.checked_add(tax.amount))?;
    Money::new(principal_minor.checked_add(total)?, principal.currency()).ok()?;
    Some(Fee { rate, origin, principal: principal_minor, net, taxes, total })
}

/// What the card company keeps of a sum: percent and fixed part, rounded up. `None` beyond what numbers hold.
fn share(sum: i64, rate: Rate) -> Option<i64> {
    let (units, scale) = rate.percent.units_and_scale();
    let hundred = 10_i128.checked_pow(scale.checked_add(2)?)?;
    let product = i128::from(sum).checked_mul(units)?;
    let percentage = product.checked_add(hundred - 1)?.checked_div(hundred)?;
    i64::try_from(percentage).ok()?.checked_add(rate.fixed.map_or(0, Money::minor))
}

fn sum(principal: i64, net: i64, taxes: &[TaxTotal]) -> Option<i64> {
    split(net, taxes)?.iter().try_fold(principal.checked_add(net)?, |sum, tax| sum.checked_add(tax.amount))
}

/// `net` over the rates of a document in proportion to their bases, with the tax of each part. A rate at which more was
/// taken off than charged bears none of it.
fn split(net: i64, taxes: &[TaxTotal]) -> Option<Vec<TaxTotal>> {
    let charged: Vec<&TaxTotal> = taxes.iter().filter(|tax| tax.base > 0).collect();
    let all: i128 = charged.iter().map(|tax| i128::from(tax.base)).sum();
    let numerators: Option<Vec<i128>> =
        charged.iter().map(|tax| i128::from(net).checked_mul(i128::from(tax.base))).collect();
    let Shares { parts, .. } = share_out(&numerators?, Denominator::new(all)?)?;
    charged.into_iter().zip(parts).map(|(tax, base)| taxed(tax, i64::try_from(base).ok()?)).collect()
}

fn taxed(like: &TaxTotal, base: i64) -> Option<TaxTotal> {
    let (units, scale) = like.rate.units_and_scale();
    let hundred = Denominator::power_of_ten(scale.checked_add(2)?)?;
    let amount = i64::try_from(round_half_away(i128::from(base).checked_mul(units)?, hundred)).ok()?;
    Some(TaxTotal { rate: like.rate, category: like.category, base, amount })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::billing::currency::Currency;
    use crate::billing::quantity::{Percent, TaxRate};
    use crate::billing::tax::TaxCategory;

    fn euros(minor: i64) -> Money {
        Money::new(minor, Currency::EUR).unwrap()
    }

    fn rate(percent: &str, fixed: i64) -> Rate {
        Rate::new(Percent::parse(percent).unwrap(), Some(euros(fixed))).unwrap()
    }

    fn tax(rate: &str, base: i64) -> TaxTotal {
        TaxTotal { rate: TaxRate::parse(rate).unwrap(), category: TaxCategory::S, base, amount: 0 }
    }

    fn reckoned(principal: i64, rate: Rate, taxes: &[TaxTotal]) -> Fee {
        fee(euros(principal), rate, Origin::Settings, taxes).unwrap()
    }

    #[test]
    fn the_share_of_the_whole_is_covered() {
        // principal, percent, fixed, tax, -> net, tax of it, total
        for (principal, percent, fixed, at, expected) in [
            (10_000, "2.9", 30, "0", (330, 0, 330)),
            (10_000, "2.9", 30, "19", (332, 63, 395)),
            (10_000, "10", 0, "0", (1_112, 0, 1_112)),
            (10_000, "0", 30, "20", (30, 6, 36)),
            (1, "1.5", 25, "0", (26, 0, 26)),
            (50, "0.0001", 0, "0", (1, 0, 1)),
        ] {
            let found = reckoned(principal, rate(percent, fixed), &[tax(at, 100)]);
            assert_eq!((found.net, found.tax(), found.total), expected, "{principal} at {percent} + {fixed}");
        }
        let found = reckoned(10_000, rate("2.9", 30), &[tax("0", 100)]);
        assert_eq!((found.sum(), found.expected_share()), (Some(10_330), 330));
    }

    #[test]
    fn it_bears_the_taxes_of_what_is_paid_for() {
        let taxes = [tax("19", 7_500), tax("7", 2_500), tax("0", -500)];
        let found = reckoned(100_000, rate("2.9", 30), &taxes);
        let bases: Vec<i64> = found.taxes.iter().map(|tax| tax.base).collect();
        assert_eq!((bases.iter().sum::<i64>(), bases.len()), (found.net, 2), "a deduction bears nothing");
        assert_eq!(bases[0], found.net - found.net / 4);
        assert_eq!(found.tax(), found.taxes.iter().map(|tax| tax.amount).sum::<i64>());
    }

    #[test]
    fn what_cannot_be_reckoned_is_no_fee() {
        let any = rate("2.9", 30);
        assert_eq!(fee(euros(0), any, Origin::Invoice, &[tax("19", 1)]), None);
        assert_eq!(fee(euros(-5), any, Origin::Invoice, &[tax("19", 1)]), None);
        assert_eq!(fee(euros(100), any, Origin::Invoice, &[]), None, "nothing to share the tax by");
        let most = euros(crate::billing::money::MINOR_MAX);
        assert_eq!(fee(most, any, Origin::Invoice, &[tax("19", 1)]), None, "more than an amount may be");
    }

    fn any_rate() -> impl Strategy<Value = Rate> {
        (0_u32..=100_000, 0_i64..=10_000).prop_filter_map("a rate of nothing", |(units, fixed)| {
            let percent = Percent::parse(&format!("{}.{:04}", units / 10_000, units % 10_000)).ok()?;
            Rate::new(percent, Some(euros(fixed))).ok()
        })
    }

    fn any_taxes() -> impl Strategy<Value = Vec<TaxTotal>> {
        let one = (0_u32..=1_000_000, 1_i64..=1_000_000_000).prop_map(|(units, base)| {
            let percent = format!("{}.{:04}", units / 10_000, units % 10_000);
            tax(&percent, base)
        });
        prop::collection::vec(one, 1..5)
    }

    proptest! {
        #[test]
        fn the_business_is_left_with_the_invoice_and_no_payer_pays_a_unit_too_much(
            principal in 1_i64..=10_000_000_000_000,
            rate in any_rate(),
            taxes in any_taxes(),
        ) {
            let found = reckoned(principal, rate, &taxes);
            let whole = found.sum().unwrap();
            let kept = share(whole, rate).unwrap();
            prop_assert!(whole - kept - found.tax() >= principal);
            prop_assert_eq!(found.taxes.iter().map(|tax| tax.base).sum::<i64>(), found.net);
            let less = found.net - 1;
            let whole = sum(principal, less, &taxes).unwrap();
            prop_assert!(share(whole, rate).unwrap() > less, "one unit less would not do");
        }
    }
}
