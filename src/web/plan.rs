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

/// The same with where each part stands on `today`.
#[must_use]
pub fn standing_rows(plan: &Plan, asked: &Asked, currency: Currency, language: &str, today: Date) -> Vec<PlanRow> {
    let rows = rows(plan, asked, currency, language).into_iter().zip(&asked.parts);
    rows.map(|(row, part)| PlanRow { tag: Some(tag(part, currency, language, today)), ..row }).collect()
}

fn tag(part: &OpenPart, currency: Currency, language: &str, today: Date) -> Tag {
    if part.open == 0 {
        return Tag::new("Paid", Tone::Good);
    }
    let open = words::minor(part.open, currency, language);
    match (part.open < part.amount, part.now) {
        (true, _) => Tag::new(format!("{open} open"), if part.due < today { Tone::Warn } else { Tone::Info }),
        (false, true) if part.due < today => Tag::new("Was due", Tone::Warn),
        (false, true) => Tag::new("Due now", Tone::Info),
        (false, false) => Tag::new("Later", Tone::Plain),
    }
}
