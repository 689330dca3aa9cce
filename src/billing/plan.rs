//! How an invoice may be paid in parts: a deposit and the rest, instalments, or any amount above a minimum.
//!
//! The plan is written in the draft and frozen with it; what its parts come to follows from the total, and when they are
//! due from the day of issue. What of them is due today is never stored: [`asked`] derives it.

mod asked;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::due::Due;
use super::field::{FieldError, Findings};
use super::money::Money;
use super::quantity::Percent;
use super::rounding::{Denominator, round_half_away};
pub use asked::{Asked, OpenPart, asked};

/// The name of the plan in forms and in the API, under which its fields are.
pub const FIELD: &str = "payment_plan";
/// Three years of months; a longer schedule is a loan.
pub const INSTALMENTS_MAX: usize = 36;
const INSTALMENTS_MIN: usize = 2;

/// In which parts an invoice may be paid.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Plan {
    /// All at once, on the invoice's due date.
    #[default]
    AtOnce,
    /// A part first; the rest is due on the invoice's due date.
    Deposit(Instalment),
    /// Several parts that come to the total; the invoice is due when the last one is.
    Instalments { instalments: Vec<Instalment> },
    /// Any amount from this one on, in minor units, as often as the payer likes until the invoice's due date.
    Minimum { amount: i64 },
}

/// One part of a plan as it was agreed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instalment {
    pub share: Share,
    pub due: Due,
}

/// How much of the total a part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Share {
    /// Minor units of the invoice's currency.
    Amount(i64),
    Percent(Percent),
}

/// A part of the total, in minor units, and the day on which it is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    pub amount: i64,
    pub due: Date,
}

impl Plan {
    #[must_use]
    pub fn is_at_once(&self) -> bool {
        *self == Self::AtOnce
    }

    /// The parts of `total`, earliest first; they come to it exactly. `due` is the invoice's own due date.
    ///
    /// # Errors
    /// The fields that do not fit the total or the dates, named below [`FIELD`].
    pub fn parts(&self, total: Money, issued: Date, due: Date) -> Result<Vec<Part>, Vec<FieldError>> {
        let mut found = Findings::under(FIELD);
        let parts = match self {
            Self::AtOnce => whole(total, due),
            _ if total.minor() <= 0 => {
                found.add("kind", "There is nothing to pay in parts on this invoice.");
                Vec::new()
            }
            Self::Deposit(deposit) => deposit_and_rest(deposit, total, issued, due, &mut found),
            Self::Instalments { instalments } => schedule(instalments, total, issued, &mut found),
            Self::Minimum { amount } => {
                check_part(*amount, total, "amount", &mut found);
                whole(total, due)
            }
        };
        match found.into_errors() {
            errors if errors.is_empty() => Ok(parts),
            errors => Err(errors),
        }
    }

    /// The day on which the invoice is due: when its last instalment is, else `own`.
    #[must_use]
    pub fn last_due(&self, own: Due) -> Due {
        match self {
            Self::Instalments { instalments } => instalments.last().map_or(own, |last| last.due),
            _ => own,
        }
    }

    /// What the part at `place` of `count` is called.
    #[must_use]
    pub fn part_name(&self, place: usize, count: usize) -> String {
        match (self, place) {
            (Self::Deposit(_), 0) => "Deposit".to_owned(),
            (Self::Deposit(_), _) => "Rest".to_owned(),
            _ => format!("Instalment {} of {count}", place.saturating_add(1)),
        }
    }

    /// The smallest amount that a payer may choose when `due` is still due; `None` if there is no choice.
    #[must_use]
    pub fn least(&self, due: i64) -> Option<i64> {
        match self {
            Self::Minimum { amount } => Some((*amount).min(due)).filter(|_| due > 0),
            _ => None,
        }
    }
}

fn whole(total: Money, due: Date) -> Vec<Part> {
    vec![Part { amount: total.minor(), due }]
}

/// A part must leave something to pay: otherwise it is no part.
fn check_part(amount: i64, total: Money, field: &str, found: &mut Findings) {
    if amount <= 0 {
        found.add(field, "Write an amount of more than nothing.");
    } else if amount >= total.minor() {
        found.add(field, format_args!("This must be less than the total of {total}."));
    }
}

fn deposit_and_rest(deposit: &Instalment, total: Money, issued: Date, due: Date, found: &mut Findings) -> Vec<Part> {
    let amount = deposit.share.of(total);
    check_part(amount, total, deposit.share.field(), found);
    let first = match deposit.due.date(issued) {
        Ok(first) => first,
        Err(error) => {
            found.add(deposit.due_field(), error);
            due
        }
    };
    if first > due {
        found.add(deposit.due_field(), format_args!("The deposit must be due before the rest, which is due on {due}."));
    }
    vec![Part { amount, due: first }, Part { amount: total.minor().saturating_sub(amount), due }]
}

fn schedule(instalments: &[Instalment], total: Money, issued: Date, found: &mut Findings) -> Vec<Part> {
    if !(INSTALMENTS_MIN..=INSTALMENTS_MAX).contains(&instalments.len()) {
        found.add("instalments", format_args!("Write {INSTALMENTS_MIN} to {INSTALMENTS_MAX} instalments."));
        return Vec::new();
    }
    let amounts = amounts(instalments, total, found);
    let mut parts: Vec<Part> = Vec::with_capacity(instalments.len());
    for (place, (instalment, amount)) in instalments.iter().zip(amounts).enumerate() {
        let under = |field: &str| format!("instalments[{place}].{field}");
        check_part(amount, total, &under(instalment.share.field()), found);
        match instalment.due.date(issued) {
            Ok(due) if parts.last().is_some_and(|before| before.due >= due) => {
                found.add(&under(instalment.due_field()), "Each instalment must be due after the one before it.");
            }
            Ok(due) => parts.push(Part { amount, due }),
            Err(error) => found.add(&under(instalment.due_field()), error),
        }
    }
    parts
}

/// What each instalment comes to. Percentages of the whole are shared out, so that not a cent is missing; amounts must
/// come to the total by themselves.
fn amounts(instalments: &[Instalment], total: Money, found: &mut Findings) -> Vec<i64> {
    let weights: Option<Vec<u64>> = instalments.iter().map(|instalment| instalment.share.weight()).collect();
    if let Some(weights) = weights {
        let sum: u64 = weights.iter().sum();
        if sum == ALL
            && let Some(shares) = total.allocate(&weights)
        {
            return shares.into_iter().map(Money::minor).collect();
        }
        found.add("instalments", "The percentages of the instalments must come to 100.");
        return instalments.iter().map(|instalment| instalment.share.of(total)).collect();
    }
    let amounts: Vec<i64> = instalments.iter().map(|instalment| instalment.share.of(total)).collect();
    let sum = amounts.iter().fold(0_i64, |sum, amount| sum.saturating_add(*amount));
    let written = Money::new(sum, total.currency());
    match written {
        Ok(written) if written != total => {
            found.add("instalments", format_args!("The instalments come to {written}, but the total is {total}."));
        }
        Ok(_) => {}
        Err(error) => found.add("instalments", error),
    }
    amounts
}

/// Units of a percentage of 100, at the most decimals that one may have.
const ALL: u64 = 1_000_000;
const UNITS_PER_PERCENT: i128 = 10_000;

impl Share {
    /// What it is of `total`, rounded to a whole minor unit.
    fn of(self, total: Money) -> i64 {
        match self {
            Self::Amount(amount) => amount,
            Self::Percent(percent) => {
                let (units, scale) = percent.units_and_scale();
                let hundred = Denominator::power_of_ten(scale.saturating_add(2));
                let minor = hundred.map(|hundred| round_half_away(i128::from(total.minor()) * units, hundred));
                minor.and_then(|minor| i64::try_from(minor).ok()).unwrap_or(0)
            }
        }
    }

    /// A percentage in whole units; `None` for an amount.
    fn weight(self) -> Option<u64> {
        match self {
            Self::Amount(_) => None,
            Self::Percent(percent) => {
                let (units, scale) = percent.units_and_scale();
                let scaled = units.checked_mul(UNITS_PER_PERCENT)?.checked_div(10_i128.checked_pow(scale)?)?;
                u64::try_from(scaled).ok()
            }
        }
    }

    /// The field that it was written in.
    fn field(self) -> &'static str {
        match self {
            Self::Amount(_) => "amount",
            Self::Percent(_) => "percent",
        }
    }
}

impl Instalment {
    /// The field that its day was written in.
    fn due_field(&self) -> &'static str {
        match self.due {
            Due::On(_) => "due_date",
            Due::InDays(_) => "terms_days",
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use jiff::civil::{Date, date};

    use super::{Due, Instalment, Money, Part, Percent, Plan, Share};
    use crate::billing::currency::Currency;

    const ISSUED: Date = date(2026, 11, 22);
    const DUE: Date = date(2026, 12, 6);

    fn money(minor: i64) -> Money {
        Money::new(minor, Currency::EUR).unwrap()
    }

    fn percent(text: &str, days: u16) -> Instalment {
        Instalment { share: Share::Percent(Percent::parse(text).unwrap()), due: Due::InDays(days) }
    }

    fn amount(minor: i64, days: u16) -> Instalment {
        Instalment { share: Share::Amount(minor), due: Due::InDays(days) }
    }

    fn instalments(list: &[Instalment]) -> Plan {
        Plan::Instalments { instalments: list.to_vec() }
    }

    fn amounts(plan: &Plan, total: i64) -> Vec<i64> {
        plan.parts(money(total), ISSUED, DUE).unwrap().iter().map(|part| part.amount).collect()
    }

    fn wrong(plan: &Plan, total: i64) -> Vec<String> {
        let errors = plan.parts(money(total), ISSUED, DUE).unwrap_err();
        errors.into_iter().map(|error| format!("{}: {}", error.field, error.detail)).collect()
    }

    #[test]
    fn parts_come_to_the_total() {
        let thirds = instalments(&[percent("33.33", 0), percent("33.33", 30), percent("33.34", 60)]);
        let table = [
            (Plan::AtOnce, 10_000, vec![10_000]),
            (Plan::Minimum { amount: 1_000 }, 10_000, vec![10_000]),
            (Plan::Deposit(percent("30", 7)), 10_000, vec![3_000, 7_000]),
            (Plan::Deposit(percent("12.5", 7)), 101, vec![13, 88]),
            (Plan::Deposit(amount(1, 14)), 10_000, vec![1, 9_999]),
            (thirds.clone(), 10_000, vec![3_333, 3_333, 3_334]),
            (thirds, 100, vec![33, 33, 34]),
            (instalments(&[amount(4_000, 0), percent("60", 1)]), 10_000, vec![4_000, 6_000]),
            (instalments(&[percent("50", 1), percent("50", 2)]), 101, vec![51, 50]),
        ];
        for (plan, total, expected) in table {
            assert_eq!(amounts(&plan, total), expected, "{plan:?}");
        }
    }

    #[test]
    fn days_count_from_the_issue_and_the_rest_is_due_with_the_invoice() {
        let parts = Plan::Deposit(percent("50", 7)).parts(money(10_000), ISSUED, DUE).unwrap();
        let expected = [Part { amount: 5_000, due: date(2026, 11, 29) }, Part { amount: 5_000, due: DUE }];
        assert_eq!(parts, expected);
        let plan = instalments(&[amount(1, 7), amount(1, 40)]);
        assert_eq!(plan.last_due(Due::InDays(14)), Due::InDays(40));
        assert_eq!(Plan::AtOnce.last_due(Due::InDays(14)), Due::InDays(14));
    }

    #[test]
    fn what_does_not_fit_is_named_by_its_field() {
        let on = |day| Instalment { share: Share::Amount(5_000), due: Due::On(day) };
        let table: Vec<(Plan, &[&str])> = vec![
            (Plan::Minimum { amount: 0 }, &["payment_plan.amount: Write an amount of more than nothing."]),
            (
                Plan::Minimum { amount: 10_000 },
                &["payment_plan.amount: This must be less than the total of 100.00 EUR."],
            ),
            (
                Plan::Deposit(percent("100", 7)),
                &["payment_plan.percent: This must be less than the total of 100.00 EUR."],
            ),
            (
                Plan::Deposit(amount(1, 15)),
                &["payment_plan.terms_days: The deposit must be due before the rest, which is due on 2026-12-06."],
            ),
            (
                Plan::Deposit(on(date(2062, 1, 1))),
                &["payment_plan.due_date: The due date may lie at most 10 years from the date of issue."],
            ),
            (instalments(&[amount(10_000, 1)]), &["payment_plan.instalments: Write 2 to 36 instalments."]),
            (
                instalments(&[amount(5_000, 1), amount(4_999, 2)]),
                &["payment_plan.instalments: The instalments come to 99.99 EUR, but the total is 100.00 EUR."],
            ),
            (
                instalments(&[percent("50", 1), percent("49.9", 2)]),
                &["payment_plan.instalments: The percentages of the instalments must come to 100."],
            ),
            (
                instalments(&[amount(15_000, 1), amount(-5_000, 2)]),
                &[
                    "payment_plan.instalments[0].amount: This must be less than the total of 100.00 EUR.",
                    "payment_plan.instalments[1].amount: Write an amount of more than nothing.",
                ],
            ),
            (
                instalments(&[on(DUE), on(ISSUED)]),
                &["payment_plan.instalments[1].due_date: Each instalment must be due after the one before it."],
            ),
        ];
        for (plan, expected) in table {
            assert_eq!(wrong(&plan, 10_000), expected, "{plan:?}");
        }
        assert_eq!(
            wrong(&Plan::Minimum { amount: 1 }, 0),
            ["payment_plan.kind: There is nothing to pay in parts on this invoice."]
        );
    }

    #[test]
    fn a_payer_may_choose_from_the_minimum_on_and_pay_what_little_is_left() {
        let plan = Plan::Minimum { amount: 1_000 };
        assert_eq!((plan.least(10_000), plan.least(300), plan.least(0)), (Some(1_000), Some(300), None));
        assert_eq!(Plan::AtOnce.least(10_000), None);
    }

    #[test]
    fn it_is_stored_as_it_reads() {
        let plan = Plan::Deposit(percent("30", 7));
        let text = serde_json::to_string(&plan).unwrap();
        assert_eq!(text, r#"{"kind":"deposit","share":{"percent":"30"},"due":{"in_days":7}}"#);
        assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), plan);
        let plan = instalments(&[amount(1, 1), amount(2, 2)]);
        assert_eq!(serde_json::from_str::<Plan>(&serde_json::to_string(&plan).unwrap()).unwrap(), plan);
    }
}
