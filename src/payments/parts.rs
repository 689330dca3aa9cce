//! Whether Stripe can take an invoice in the parts that its plan names: a part that nobody could pay by card is refused
//! when the plan is written, not when the payer clicks.
//!
//! In a currency that Stripe does not take at all a plan is a plan for bank transfers, and nothing is refused.

use jiff::civil::Date;

use super::scale::{self, WhyNot};
use crate::actions::Refusal;
use crate::billing::field::FieldError;
use crate::billing::invoice::Draft;
use crate::billing::money::Money;
use crate::billing::plan::{FIELD, Plan, Share};

/// Looks at the parts of a draft as they would be if it were issued `today`.
///
/// # Errors
/// The fields of the parts that Stripe would refuse.
pub fn check(draft: &Draft, today: Date) -> Result<(), Refusal> {
    let errors = refused(draft, today);
    if errors.is_empty() { Ok(()) } else { Err(Refusal::Invalid(errors)) }
}

fn refused(draft: &Draft, today: Date) -> Vec<FieldError> {
    let content = &draft.content;
    if let Plan::Minimum { amount } = content.plan {
        let refused = Money::new(amount, content.currency).ok().and_then(too_small);
        return refused.map(|why| vec![named("amount", &why)]).unwrap_or_default();
    }
    let Ok(total) = Money::new(draft.totals.total, content.currency) else { return Vec::new() };
    let due = content.due_date(today).unwrap_or(today);
    let parts =
        if content.plan.is_at_once() { Vec::new() } else { content.plan.parts(total, today, due).unwrap_or_default() };
    let each = parts.iter().enumerate().filter_map(|(place, part)| {
        let why = too_small(Money::new(part.amount, content.currency).ok()?)?;
        Some(named(&field_of(&content.plan, place), &why))
    });
    each.collect()
}

fn named(field: &str, detail: &str) -> FieldError {
    FieldError::new(format!("{FIELD}.{field}"), detail)
}

/// The field that decides how much the part at `place` is; the rest after a deposit is decided by the deposit.
fn field_of(plan: &Plan, place: usize) -> String {
    let name = |share: Share| if matches!(share, Share::Percent(_)) { "percent" } else { "amount" };
    match plan {
        Plan::Deposit(deposit) => name(deposit.share).to_owned(),
        Plan::Instalments { instalments } => {
            let share = instalments.get(place).map_or(Share::Amount(0), |instalment| instalment.share);
            format!("instalments[{place}].{}", name(share))
        }
        Plan::AtOnce | Plan::Minimum { .. } => "amount".to_owned(),
    }
}

/// Why a part cannot be paid by card although its currency can; `None` if it can.
fn too_small(part: Money) -> Option<String> {
    match scale::chargeable(part.minor(), part.currency().code()) {
        Err(WhyNot::TooSmall { minimum }) => {
            Some(format!("A part would come to {part}, and Stripe takes no payment under {minimum}."))
        }
        Err(WhyNot::NotWhole { code }) => {
            Some(format!("A part would come to {part}, and Stripe takes whole {code} only."))
        }
        _ => None,
    }
}

/// What would be left if a payer chose to pay `amount` of what is `due`, if that is something, but too little for a card.
#[must_use]
pub fn too_little_left(amount: Money, due: Money) -> Option<Money> {
    let rest = due.checked_sub(amount).ok()?;
    (rest.minor() > 0 && too_small(rest).is_some()).then_some(rest)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::{Draft, Money, Plan, Refusal, Share, check, too_little_left};
    use crate::billing::currency::Currency;
    use crate::billing::due::Due;
    use crate::billing::id::{CustomerId, InvoiceId};
    use crate::billing::invoice::Content;
    use crate::billing::line::{Line, totals};
    use crate::billing::plan::Instalment;
    use crate::billing::quantity::{Percent, UnitPrice};
    use jiff::civil::date;

    fn draft(currency: Currency, price: &str, plan: Plan) -> Draft {
        let line = Line { unit_price: UnitPrice::parse(price).unwrap(), description: "Work".into(), ..Line::default() };
        let content = Content {
            lines: vec![line],
            plan,
            ..Content::blank(CustomerId::from_parts(1, 1), currency, Due::InDays(14))
        };
        let totals = totals(&content.lines, currency, false).unwrap();
        let at = "2026-11-22T12:00:00Z".parse().unwrap();
        Draft { id: InvoiceId::from_parts(1, 1), revision: 1, created_at: at, content, totals }
    }

    fn deposit(share: Share) -> Plan {
        Plan::Deposit(Instalment { share, due: Due::InDays(7) })
    }

    #[test]
    fn a10_parts_that_stripe_cannot_take_are_refused_when_the_plan_is_written() {
        let percent = |text| Share::Percent(Percent::parse(text).unwrap());
        let instalments = |amounts: [i64; 2]| Plan::Instalments {
            instalments: std::iter::zip(amounts, [7, 14])
                .map(|(amount, days)| Instalment { share: Share::Amount(amount), due: Due::InDays(days) })
                .collect(),
        };
        let table: Vec<(Currency, &str, Plan, &[&str])> = vec![
            (Currency::EUR, "100", deposit(Share::Amount(49)), &["payment_plan.amount"]),
            (Currency::EUR, "100", deposit(Share::Amount(50)), &[]),
            (Currency::EUR, "100", deposit(Share::Amount(9_950)), &[]),
            (Currency::EUR, "100", deposit(Share::Amount(9_951)), &["payment_plan.amount"]),
            (Currency::EUR, "1", deposit(percent("30")), &["payment_plan.percent"]),
            (Currency::EUR, "100", instalments([9_960, 40]), &["payment_plan.instalments[1].amount"]),
            (Currency::EUR, "100", Plan::Minimum { amount: 49 }, &["payment_plan.amount"]),
            (Currency::EUR, "100", Plan::Minimum { amount: 50 }, &[]),
            (Currency::SEK, "100", Plan::Minimum { amount: 299 }, &["payment_plan.amount"]),
            (Currency::KWD, "100", Plan::Minimum { amount: 1 }, &[]),
            (Currency::EUR, "0.40", Plan::AtOnce, &[]),
        ];
        for (currency, price, plan, expected) in table {
            let fields = match check(&draft(currency, price, plan.clone()), date(2026, 11, 22)) {
                Ok(()) => Vec::new(),
                Err(Refusal::Invalid(errors)) => errors.into_iter().map(|error| error.field).collect(),
                Err(other) => panic!("{other}"),
            };
            assert_eq!(fields, expected, "{plan:?}");
        }
    }

    #[test]
    fn a_choice_leaves_nothing_or_enough_for_another_payment() {
        let money = |minor| Money::new(minor, Currency::EUR).unwrap();
        for (amount, fits) in [(1_000, true), (950, true), (951, false), (999, false), (100, true)] {
            assert_eq!(too_little_left(money(amount), money(1_000)).is_none(), fits, "{amount}");
        }
    }
}
