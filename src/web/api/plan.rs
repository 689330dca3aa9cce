//! `payment_plan` of an invoice: how a program writes it, and how it is shown; the two are the same.
//!
//! `null` is paid at once. Otherwise one of
//! `{"kind": "deposit", "percent": "30", "terms_days": 7}`,
//! `{"kind": "instalments", "instalments": [{"amount": 50000, "due_date": "2026-12-06"}, …]}`,
//! `{"kind": "minimum", "amount": 5000}`.

use jiff::civil::Date;
use serde::Serialize;

use super::content;
use super::fields::Fields;
use crate::billing::due::Due;
use crate::billing::plan::{self, Asked, Instalment, OpenPart, Plan, Share};
use crate::billing::quantity::Percent;

/// The plan that was given, if one was.
pub(super) fn read(fields: &mut Fields) -> Option<Plan> {
    if fields.is_null(plan::FIELD) {
        return Some(Plan::AtOnce);
    }
    fields.within(plan::FIELD, of_kind).flatten()
}

fn of_kind(fields: &mut Fields) -> Option<Plan> {
    let kind: Option<String> = fields.get("kind");
    fields.require("kind", kind.as_ref());
    match kind?.as_str() {
        "deposit" => instalment(fields).map(Plan::Deposit),
        "instalments" => {
            let instalments = fields.rows("instalments", instalment);
            fields.require("instalments", instalments.as_ref());
            let instalments = instalments?.into_iter().collect::<Option<Vec<_>>>()?;
            Some(Plan::Instalments { instalments })
        }
        "minimum" => {
            let amount = fields.whole("amount");
            fields.require("amount", amount.as_ref());
            amount.map(|amount| Plan::Minimum { amount })
        }
        _ => {
            fields.add("kind", "This must be one of deposit, instalments, minimum.");
            None
        }
    }
}

fn instalment(fields: &mut Fields) -> Option<Instalment> {
    let is_given = fields.has("amount") || fields.has("percent");
    let (amount, percent) = (fields.whole("amount"), fields.get::<Percent>("percent"));
    let share = match (amount, percent) {
        (Some(_), Some(_)) => {
            fields.add("percent", "Give amount or percent, not both.");
            None
        }
        (amount, percent) => amount.map(Share::Amount).or(percent.map(Share::Percent)),
    };
    if !is_given {
        fields.require::<Share>("amount", None);
    }
    let due = content::due(fields);
    fields.require("due_date", due.as_ref());
    Some(Instalment { share: share?, due: due? })
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum PlanShape {
    Deposit(InstalmentShape),
    Instalments { instalments: Vec<InstalmentShape> },
    Minimum { amount: i64 },
}

/// Only what was written, so that it can be sent back as it is.
#[derive(Serialize)]
pub(super) struct InstalmentShape {
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    percent: Option<Percent>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_date: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    terms_days: Option<u16>,
}

/// A part of the total with its day, and what of it is still due.
#[derive(Serialize)]
pub(super) struct PartShape {
    amount: i64,
    due_date: Date,
    amount_due: i64,
}

/// The plan as it was written.
pub(super) fn shape(plan: &Plan) -> Option<PlanShape> {
    Some(match plan {
        Plan::AtOnce => return None,
        Plan::Deposit(deposit) => PlanShape::Deposit(instalment_shape(deposit)),
        Plan::Instalments { instalments } => {
            PlanShape::Instalments { instalments: instalments.iter().map(instalment_shape).collect() }
        }
        Plan::Minimum { amount } => PlanShape::Minimum { amount: *amount },
    })
}

fn instalment_shape(instalment: &Instalment) -> InstalmentShape {
    let (amount, percent) = match instalment.share {
        Share::Amount(amount) => (Some(amount), None),
        Share::Percent(percent) => (None, Some(percent)),
    };
    let (due_date, terms_days) = match instalment.due {
        Due::On(date) => (Some(date), None),
        Due::InDays(days) => (None, Some(days)),
    };
    InstalmentShape { amount, percent, due_date, terms_days }
}

/// What the plan comes to.
pub(super) fn parts(asked: &Asked) -> Vec<PartShape> {
    let shape = |part: &OpenPart| PartShape { amount: part.amount, due_date: part.due, amount_due: part.open };
    asked.parts.iter().map(shape).collect()
}
