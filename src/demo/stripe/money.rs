//! Which amounts Stripe takes, on the wire's own scale (docs.stripe.com/currencies). The table is written by hand and
//! on purpose apart from the product's: a wrong scale that agrees with itself would prove nothing.

use super::refusal::Refusal;

/// Eight digits, whatever the currency (Stripe's text on `PaymentIntent.amount`).
const AMOUNT_MAX: i64 = 99_999_999;

/// How one currency is written on the wire.
#[derive(Clone, Copy)]
struct Scale {
    code: &'static str,
    /// Digits behind the point.
    decimals: usize,
    /// Amounts must be a multiple of this.
    step: i64,
    /// The smallest charge.
    minimum: i64,
}

const fn scale(code: &'static str, decimals: usize, step: i64, minimum: i64) -> Scale {
    Scale { code, decimals, step, minimum }
}

#[rustfmt::skip]
const SCALES: &[Scale] = &[
    scale("usd", 2, 1, 50), scale("eur", 2, 1, 50), scale("gbp", 2, 1, 30), scale("chf", 2, 1, 50), scale("cad", 2, 1, 50),
    scale("aud", 2, 1, 50), scale("nzd", 2, 1, 50), scale("sek", 2, 1, 300), scale("nok", 2, 1, 300), scale("dkk", 2, 1, 250),
    scale("pln", 2, 1, 200), scale("czk", 2, 1, 1500), scale("ron", 2, 1, 200), scale("huf", 2, 1, 17_500), scale("bgn", 2, 1, 100),
    scale("sgd", 2, 1, 50), scale("hkd", 2, 1, 400), scale("zar", 2, 1, 50), scale("ils", 2, 1, 1), scale("mxn", 2, 1, 1000),
    scale("brl", 2, 1, 50), scale("inr", 2, 1, 50), scale("thb", 2, 1, 1000), scale("myr", 2, 1, 200), scale("php", 2, 1, 1),
    scale("try", 2, 1, 1), scale("aed", 2, 1, 200), scale("sar", 2, 1, 1), scale("twd", 2, 1, 1),
    scale("jpy", 0, 1, 50), scale("krw", 0, 1, 50), scale("bif", 0, 1, 1), scale("clp", 0, 1, 1), scale("djf", 0, 1, 1),
    scale("gnf", 0, 1, 1), scale("kmf", 0, 1, 1), scale("mga", 0, 1, 1), scale("pyg", 0, 1, 1), scale("rwf", 0, 1, 1),
    scale("vnd", 0, 1, 1), scale("vuv", 0, 1, 1), scale("xaf", 0, 1, 1), scale("xof", 0, 1, 1), scale("xpf", 0, 1, 1),
    scale("isk", 2, 100, 100), scale("ugx", 2, 100, 100),
    scale("bhd", 3, 10, 10), scale("jod", 3, 10, 10), scale("kwd", 3, 10, 10), scale("omr", 3, 10, 10), scale("tnd", 3, 10, 10),
];

fn find(currency: &str) -> Option<Scale> {
    SCALES.iter().find(|scale| scale.code == currency).copied()
}

/// Refuses a currency that Stripe does not know. Capitals are taken, as Stripe takes them.
pub(super) fn currency(code: &str, param: &str) -> Result<String, Refusal> {
    let lower = code.to_ascii_lowercase();
    if find(&lower).is_some() {
        return Ok(lower);
    }
    let known: Vec<&str> = SCALES.iter().map(|scale| scale.code).collect();
    Err(Refusal::invalid(format!(
        "Invalid currency: {lower}. Stripe currently supports these currencies: {}",
        known.join(", ")
    ))
    .param(param))
}

/// Refuses what Stripe would not charge. `currency` is known already.
pub(super) fn chargeable(amount: i64, currency: &str) -> Result<(), Refusal> {
    let Some(scale) = find(currency) else { return Ok(()) };
    if amount < scale.minimum {
        let least = plain(scale.minimum, currency);
        return Err(Refusal::invalid(format!(
            "The Checkout Session's total amount due must add up to at least {least} {currency}"
        ))
        .code("amount_too_small"));
    }
    if amount > AMOUNT_MAX {
        let most = plain(AMOUNT_MAX, currency);
        return Err(Refusal::invalid(format!(
            "The Checkout Session's total amount due must be no more than {most} {currency}"
        ))
        .code("amount_too_large"));
    }
    whole_steps(amount, currency)
}

/// Refuses ISK with a fraction and the last digit of three-decimal currencies, for charges and refunds alike.
pub(super) fn whole_steps(amount: i64, currency: &str) -> Result<(), Refusal> {
    match find(currency) {
        Some(scale) if amount % scale.step != 0 => Err(Refusal::invalid(format!(
            "Invalid amount. Amounts in {currency} must be evenly divisible by {}.",
            scale.step
        ))
        .code("invalid_charge_amount_no_decimal_compatible")
        .param("amount")),
        _ => Ok(()),
    }
}

/// What Stripe keeps of a charge in the demo: 1.5 % and 25 of the smallest unit, half a unit rounded up, in amounts that
/// the currency has.
pub(super) fn fee(amount: i64, currency: &str) -> i64 {
    let fee = (amount.saturating_mul(15).saturating_add(500)) / 1000 + 25;
    let step = find(currency).map_or(1, |scale| scale.step);
    (fee + step - 1) / step * step
}

/// `1,190.00`: for people, grouped.
pub(super) fn plain(amount: i64, currency: &str) -> String {
    let decimals = find(currency).map_or(2, |scale| scale.decimals);
    let digits = format!("{:0>width$}", amount.unsigned_abs(), width = decimals + 1);
    let (whole, fraction) = digits.split_at(digits.len() - decimals);
    let mut grouped = if amount < 0 { "-".to_owned() } else { String::new() };
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if decimals > 0 { format!("{grouped}.{fraction}") } else { grouped }
}

/// `€1,190.00`, or `CHF 1,190.00` where the sign is not familiar.
pub(super) fn shown(amount: i64, currency: &str) -> String {
    let sign = match currency {
        "eur" => "€",
        "usd" => "$",
        "gbp" => "£",
        "jpy" => "¥",
        other => return format!("{}\u{a0}{}", other.to_ascii_uppercase(), plain(amount, currency)),
    };
    format!("{sign}{}", plain(amount, currency))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop where it fails")]
mod tests {
    use super::{chargeable, fee, shown};

    #[test]
    fn amounts_are_shown_on_the_currencys_scale() {
        for (amount, currency, text) in [
            (119_000, "eur", "€1,190.00"),
            (5, "usd", "$0.05"),
            (1_234_567, "jpy", "¥1,234,567"),
            (500_000, "isk", "ISK\u{a0}5,000.00"),
            (12_340, "kwd", "KWD\u{a0}12.340"),
        ] {
            assert_eq!(shown(amount, currency), text);
        }
    }

    #[test]
    fn a10_a11_f17_amounts_that_stripe_would_not_charge() {
        for (amount, currency, code) in [
            (49, "eur", "amount_too_small"),
            (49, "jpy", "amount_too_small"),
            (100_000_000, "eur", "amount_too_large"),
            (500_050, "isk", "invalid_charge_amount_no_decimal_compatible"),
            (12_345, "kwd", "invalid_charge_amount_no_decimal_compatible"),
        ] {
            assert_eq!(chargeable(amount, currency).unwrap_err().code, Some(code), "{amount} {currency}");
        }
        assert!(chargeable(50, "eur").is_ok() && chargeable(500_000, "isk").is_ok());
    }

    #[test]
    fn the_fee_rounds_half_up() {
        assert_eq!((fee(10_000, "eur"), fee(100, "eur"), fee(99_999, "eur")), (175, 27, 1525));
        assert_eq!(fee(500_000, "isk"), 7_600);
    }
}
