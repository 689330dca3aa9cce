//! The parts of an invoice that is paid in parts, as rows for the payer's page and the owner's, in the words of either.

use jiff::civil::Date;

use super::views::paper::PlanRow;
use super::views::parts::{Tag, Tone};
use crate::billing::currency::Currency;
use crate::billing::plan::{Asked, OpenPart, Plan};
use crate::words::Words;

/// One row a part; none for an invoice that is paid at once.
#[must_use]
pub fn rows(plan: &Plan, asked: &Asked, currency: Currency, t: &Words) -> Vec<PlanRow> {
    if asked.parts.len() < 2 {
        return Vec::new();
    }
    let count = asked.parts.len();
    let row = |(place, part): (usize, &OpenPart)| PlanRow {
        label: t.part_name(plan, place, count),
        due: t.part_due(t.date(part.due)),
        amount: t.minor(part.amount, currency),
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
    t: &Words,
    today: Date,
) -> Vec<PlanRow> {
    let rows = rows(plan, asked, currency, t).into_iter().zip(&asked.parts);
    let mut money = paid;
    rows.map(|(row, part)| {
        let tag = tag(part, money, currency, t, today);
        money = money.saturating_sub(part.amount);
        PlanRow { tag: Some(tag), ..row }
    })
    .collect()
}

/// `money` is what came and was not counted against an earlier part.
fn tag(part: &OpenPart, money: i64, currency: Currency, t: &Words, today: Date) -> Tag {
    match money {
        _ if part.open > 0 => {}
        money if money >= part.amount => return Tag::new(t.tag_paid(), Tone::Good),
        money if money > 0 => return Tag::new(t.paid_and_credited(), Tone::Good),
        _ => return Tag::new(t.tag_credited(), Tone::Plain),
    }
    let open = t.minor(part.open, currency);
    match (part.open < part.amount, part.now) {
        (true, _) => Tag::new(t.part_open(open), if part.due < today { Tone::Warn } else { Tone::Info }),
        (false, true) if part.due < today => Tag::new(t.part_was_due(), Tone::Warn),
        (false, true) => Tag::new(t.due_now(), Tone::Info),
        (false, false) => Tag::new(t.later(), Tone::Plain),
    }
}
