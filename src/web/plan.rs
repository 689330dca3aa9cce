//! The parts of an invoice that is paid in parts, as rows for the payer's page and the owner's.

use jiff::civil::Date;

use super::views::paper::PlanRow;
use super::views::parts::{Tag, Tone};
use super::words;
use crate::billing::currency::Currency;
use crate::billing::plan::{Asked, OpenPart, Plan};

/// One row a part; none for an invoice that is paid at once.
#[must_use]
pub fn rows(plan: &Plan, asked: &Asked, currency: Currency, language: &str) -> Vec<PlanRow> {
    if asked.parts.len() < 2 {
        return Vec::new();
    }
    let count = asked.parts.len();
    let row = |(place, part): (usize, &OpenPart)| PlanRow {
        label: plan.part_name(place, count),
        due: format!("due {}", words::date(part.due, language)),
        amount: words::minor(part.amount, currency, language),
        tag: None,
    };
    asked.parts.iter().enumerate().map(row).collect()
}

/// The same with where each part stands on `today`; `paid` is the money that came, in minor units.
#[must_use]
pub fn standing_rows(
    plan: &Plan,
    asked: &Asked,
    paid: i64,
    currency: Currency,
    language: &str,
    today: Date,
) -> Vec<PlanRow> {
    let rows = rows(plan, asked, currency, language).into_iter().zip(&asked.parts);
    let mut money = paid;
    rows.map(|(row, part)| {
        let tag = tag(part, money, currency, language, today);
        money = money.saturating_sub(part.amount);
        PlanRow { tag: Some(tag), ..row }
    })
    .collect()
}

/// `money` is what came and was not counted against an earlier part.
fn tag(part: &OpenPart, money: i64, currency: Currency, language: &str, today: Date) -> Tag {
    match money {
        _ if part.open > 0 => {}
        money if money >= part.amount => return Tag::new("Paid", Tone::Good),
        money if money > 0 => return Tag::new("Paid and credited", Tone::Good),
        _ => return Tag::new("Credited", Tone::Plain),
    }
    let open = words::minor(part.open, currency, language);
    match (part.open < part.amount, part.now) {
        (true, _) => Tag::new(format!("{open} open"), if part.due < today { Tone::Warn } else { Tone::Info }),
        (false, true) if part.due < today => Tag::new("Was due", Tone::Warn),
        (false, true) => Tag::new("Due now", Tone::Info),
        (false, false) => Tag::new("Later", Tone::Plain),
    }
}
