//! The only place where money is rounded: half away from zero, and what was rounded once is shared out exactly.
//!
//! Everything is an integer fraction in `i128`, so nothing is lost before the one rounding.
//! `rust_decimal` products silently round beyond 28 digits and are therefore not used for sums.

use std::cmp::Reverse;

/// The lower half of a fraction: always above zero.
#[derive(Clone, Copy, Debug)]
pub struct Denominator(i128);

impl Denominator {
    /// None unless `value` is above zero.
    #[must_use]
    pub fn new(value: i128) -> Option<Self> {
        (value > 0).then_some(Self(value))
    }

    /// 10 to the `scale`; none above 10^38, which `i128` cannot hold.
    #[must_use]
    pub fn power_of_ten(scale: u32) -> Option<Self> {
        10_i128.checked_pow(scale).map(Self)
    }
}

/// The nearest whole number; a half goes away from zero (2.5 → 3, −2.5 → −3), as EN 16931 and tax offices round.
#[must_use]
pub fn round_half_away(numerator: i128, Denominator(denominator): Denominator) -> i128 {
    let (whole, rest) = (numerator / denominator, (numerator % denominator).abs());
    if rest >= denominator - rest { whole + numerator.signum() } else { whole }
}

/// A sum that was rounded once, and the parts that add up to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shares {
    pub total: i128,
    pub parts: Vec<i128>,
}

/// Rounds the sum of `numerators / denominator` once and shares it out by largest remainder.
///
/// Every part is less than one unit from its exact value and never changes sign; equal remainders
/// are served in the order given; negating all numerators negates all parts, so that a
/// credit note mirrors its invoice. None if the sum overflows `i128`.
#[must_use]
pub fn share_out(numerators: &[i128], denominator: Denominator) -> Option<Shares> {
    let sum = numerators.iter().try_fold(0_i128, |sum, n| sum.checked_add(*n))?;
    let total = round_half_away(sum, denominator);
    let mut parts: Vec<i128> = numerators.iter().map(|n| n / denominator.0).collect();
    let missing = total - parts.iter().sum::<i128>();

    let step = missing.signum();
    let mut order: Vec<usize> = (0..numerators.len()).collect();
    order.sort_by_key(|i| Reverse((numerators[*i] % denominator.0) * step));
    // As many units are missing as there are remainders on that side, at most: the sum of the
    // remainders differs from `missing` by no more than one half.
    let units = usize::try_from(missing.unsigned_abs()).ok()?;
    for i in order.into_iter().take(units) {
        parts[i] += step;
    }
    Some(Shares { total, parts })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::{Denominator, Shares, round_half_away, share_out};

    fn rounded(numerator: i128, denominator: i128) -> i128 {
        round_half_away(numerator, Denominator::new(denominator).unwrap())
    }

    fn shared(numerators: &[i128], denominator: i128) -> Vec<i128> {
        let Shares { total, parts } = share_out(numerators, Denominator::new(denominator).unwrap()).unwrap();
        assert_eq!(parts.iter().sum::<i128>(), total);
        parts
    }

    #[test]
    fn halves_go_away_from_zero() {
        let table = [
            (0, 10, 0),
            (4, 10, 0),
            (5, 10, 1),
            (14, 10, 1),
            (15, 10, 2),
            (25, 10, 3),
            (26, 10, 3),
            (-4, 10, 0),
            (-5, 10, -1),
            (-15, 10, -2),
            (-25, 10, -3),
            (1, 3, 0),
            (2, 3, 1),
            (3, 2, 2),
            (-3, 2, -2),
            (7, 1, 7),
            (i128::MAX, 1, i128::MAX),
            (i128::MIN, 1, i128::MIN),
            (i128::MAX, i128::MAX, 1),
            (i128::MAX / 2, i128::MAX, 0),
            (i128::MAX / 2 + 1, i128::MAX, 1),
        ];
        for (numerator, denominator, expected) in table {
            assert_eq!(rounded(numerator, denominator), expected, "{numerator}/{denominator}");
        }
    }

    #[test]
    fn a_denominator_is_above_zero() {
        assert!(Denominator::new(0).is_none());
        assert!(Denominator::new(-1).is_none());
        assert!(Denominator::power_of_ten(38).is_some());
        assert!(Denominator::power_of_ten(39).is_none());
    }

    #[test]
    fn the_largest_remainder_is_served_first_and_ties_in_order() {
        let table: [(&[i128], i128, &[i128]); 9] = [
            (&[], 10, &[]),
            (&[10, 20], 10, &[1, 2]),
            (&[4, 4, 4], 10, &[1, 0, 0]),
            (&[33, 33, 34], 10, &[3, 3, 4]),
            (&[5, 5], 10, &[1, 0]),
            (&[-5, -5], 10, &[-1, 0]),
            (&[9, -9], 10, &[0, 0]),
            (&[19, -4], 10, &[2, 0]),
            (&[-19, 4], 10, &[-2, 0]),
        ];
        for (numerators, denominator, expected) in table {
            assert_eq!(shared(numerators, denominator), expected, "{numerators:?}");
        }
    }

    #[test]
    fn a_sum_that_does_not_fit_is_refused() {
        assert_eq!(share_out(&[i128::MAX, 1], Denominator::new(1).unwrap()), None);
    }
}
