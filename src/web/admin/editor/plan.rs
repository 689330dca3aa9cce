//! How the invoice may be paid, as it was typed: at once, a deposit first, in instalments, or from a minimum on.
//!
//! What belongs to another choice than the chosen one stays in the form and means nothing.

use jiff::civil::Date;

use super::super::desk::Desk;
use super::super::entered::{Wrong, dotted};
use super::computed::terms_words;
use crate::billing::currency::Currency;
use crate::billing::due::Due;
use crate::billing::field::FieldError;
use crate::billing::money::Money;
use crate::billing::plan::{self, INSTALMENTS_MAX, Instalment, Plan, Share};
use crate::billing::quantity::Percent;
use crate::web::form::Form;
use crate::web::views::editor::{InstalmentForm, PlanForm};
use crate::web::views::parts::Choice;

/// Rows that are offered to begin with: two is the least that can be filled in.
const ROWS_MIN: usize = 2;

const KINDS: [(&str, &str); 4] = [
    ("at_once", "All at once"),
    ("deposit", "A deposit first, then the rest"),
    ("instalments", "In instalments"),
    ("minimum", "Any amount above a minimum"),
];

/// What stands in the form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EnteredPlan {
    pub kind: String,
    pub deposit: EnteredPart,
    pub minimum: String,
    pub instalments: Vec<EnteredPart>,
}

/// A part: `30 %` or `300.00`, and the day on which it is due.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EnteredPart {
    pub share: String,
    pub due: String,
}

impl EnteredPlan {
    /// As it would have been typed.
    pub fn of(desk: &Desk, plan: &Plan, currency: Currency) -> Self {
        let part = |instalment: &Instalment| EnteredPart::of(desk, instalment, currency);
        let usual = Self { kind: KINDS[0].0.to_owned(), ..Self::default() };
        let entered = match plan {
            Plan::AtOnce => usual,
            Plan::Deposit(deposit) => Self { kind: "deposit".to_owned(), deposit: part(deposit), ..usual },
            Plan::Instalments { instalments } => {
                Self { kind: "instalments".to_owned(), instalments: instalments.iter().map(part).collect(), ..usual }
            }
            Plan::Minimum { amount } => {
                Self { kind: "minimum".to_owned(), minimum: typed(desk, *amount, currency), ..usual }
            }
        };
        entered.with_rows()
    }

    pub fn of_form(form: &Form) -> Self {
        let text = |name: &str| form.text(name).to_owned();
        let rows = form.rows(&format!("{}.instalments", plan::FIELD));
        let row = |row: &Form| EnteredPart { share: row.text("share").to_owned(), due: row.text("due").to_owned() };
        let entered = Self {
            kind: text("payment_plan.kind"),
            deposit: EnteredPart { share: text("payment_plan.deposit"), due: text("payment_plan.deposit_due") },
            minimum: text("payment_plan.minimum"),
            instalments: rows.iter().map(row).collect(),
        };
        entered.with_rows()
    }

    fn with_rows(mut self) -> Self {
        while self.instalments.len() < ROWS_MIN {
            self.instalments.push(EnteredPart::default());
        }
        self
    }

    /// One more row for an instalment.
    pub fn add_row(&mut self) {
        if self.instalments.len() < INSTALMENTS_MAX {
            self.instalments.push(EnteredPart::default());
        }
    }

    /// What it means. `before` is the plan of the stored draft: days that count from the issue have no field, and stay
    /// where none is typed.
    pub fn read(&self, desk: &Desk, currency: Currency, before: &Plan) -> Result<Plan, Vec<FieldError>> {
        let mut errors = Vec::new();
        let plan = match self.kind.as_str() {
            "deposit" => {
                let stored = match before {
                    Plan::Deposit(deposit) => Some(deposit.due),
                    _ => None,
                };
                let names = ("payment_plan.deposit".to_owned(), "payment_plan.deposit_due".to_owned());
                self.deposit.read(desk, currency, names, stored, &mut errors).map(Plan::Deposit)
            }
            "instalments" => Some(Plan::Instalments { instalments: self.rows(desk, currency, before, &mut errors) }),
            "minimum" => {
                let amount = Money::parse_typed(&self.minimum, currency, desk.separator());
                let amount = amount.map_err(|error| errors.push(FieldError::new("payment_plan.minimum", error)));
                amount.ok().map(|amount| Plan::Minimum { amount: amount.minor() })
            }
            _ => Some(Plan::AtOnce),
        };
        match plan {
            Some(plan) if errors.is_empty() => Ok(plan),
            _ => Err(errors),
        }
    }

    fn rows(&self, desk: &Desk, currency: Currency, before: &Plan, errors: &mut Vec<FieldError>) -> Vec<Instalment> {
        let stored: &[Instalment] = match before {
            Plan::Instalments { instalments } => instalments,
            _ => &[],
        };
        let mut read = Vec::new();
        for place in self.places() {
            let part = &self.instalments[place];
            let name = |field: &str| format!("payment_plan.instalments.{place}.{field}");
            let due = stored.get(place).map(|instalment| instalment.due);
            read.extend(part.read(desk, currency, (name("share"), name("due")), due, errors));
        }
        read
    }

    /// The rows that somebody wrote something in.
    fn places(&self) -> Vec<usize> {
        let written = self.instalments.iter().enumerate().filter(|(_, part)| **part != EnteredPart::default());
        written.map(|(place, _)| place).collect()
    }

    /// A finding about the plan under the form's own name of the field.
    pub fn named(&self, error: FieldError) -> FieldError {
        let path = dotted(&error.field);
        let Some(rest) = path.strip_prefix("payment_plan.") else { return error };
        let field = match (self.kind.as_str(), rest) {
            ("deposit", "amount" | "percent") => "deposit".to_owned(),
            ("deposit", "due_date" | "terms_days") => "deposit_due".to_owned(),
            ("minimum", "amount") => "minimum".to_owned(),
            ("instalments", "instalments") => "instalments.0.share".to_owned(),
            (_, rest) => self.row_field(rest),
        };
        FieldError { field: format!("payment_plan.{field}"), ..error }
    }

    fn row_field(&self, rest: &str) -> String {
        let found = rest.strip_prefix("instalments.").and_then(|rest| {
            let (number, field) = rest.split_once('.')?;
            let place = *self.places().get(number.parse::<usize>().ok()?)?;
            let field = if matches!(field, "amount" | "percent" | "share") { "share" } else { "due" };
            Some(format!("instalments.{place}.{field}"))
        });
        found.unwrap_or_else(|| "kind".to_owned())
    }

    /// The section of the page.
    pub fn form(&self, wrong: &Wrong, before: &Plan) -> PlanForm {
        let field = |name: &str, value: &str| wrong.field(&format!("payment_plan.{name}"), value);
        let chosen = |(name, text): &(&str, &str)| Choice::new(*name, *text, *name == self.kind);
        let terms = |due: Option<Due>| match due {
            Some(due @ Due::InDays(_)) => format!("{} if left empty", terms_words(due)),
            _ => "On receipt if left empty".to_owned(),
        };
        let (deposit_due, stored) = match before {
            Plan::Deposit(deposit) => (Some(deposit.due), Vec::new()),
            Plan::Instalments { instalments } => (None, instalments.clone()),
            Plan::AtOnce | Plan::Minimum { .. } => (None, Vec::new()),
        };
        let rows = self.instalments.iter().enumerate().map(|(place, part)| InstalmentForm {
            share: field(&format!("instalments.{place}.share"), &part.share),
            due: field(&format!("instalments.{place}.due"), &part.due),
            terms: terms(stored.get(place).map(|instalment| instalment.due)),
        });
        PlanForm {
            kind: wrong.select("payment_plan.kind", KINDS.iter().map(chosen).collect()),
            deposit: field("deposit", &self.deposit.share),
            deposit_due: field("deposit_due", &self.deposit.due),
            deposit_terms: terms(deposit_due),
            minimum: field("minimum", &self.minimum),
            instalments: rows.collect(),
            most: INSTALMENTS_MAX,
        }
    }
}

impl EnteredPart {
    fn of(desk: &Desk, instalment: &Instalment, currency: Currency) -> Self {
        let share = match instalment.share {
            Share::Amount(amount) => typed(desk, amount, currency),
            Share::Percent(percent) => format!("{} %", desk.typed(&percent.normalised().to_string())),
        };
        let due = match instalment.due {
            Due::On(date) => date.to_string(),
            Due::InDays(_) => String::new(),
        };
        Self { share, due }
    }

    fn read(
        &self,
        desk: &Desk,
        currency: Currency,
        (share_name, due_name): (String, String),
        stored: Option<Due>,
        errors: &mut Vec<FieldError>,
    ) -> Option<Instalment> {
        let separator = desk.separator();
        let share = if self.share.contains('%') {
            Percent::parse_typed(&self.share, separator).map(Share::Percent)
        } else {
            Money::parse_typed(&self.share, currency, separator).map(|amount| Share::Amount(amount.minor()))
        };
        let share = share.map_err(|error| errors.push(FieldError::new(share_name, error))).ok();
        let due = match self.due.as_str() {
            "" => Some(stored.filter(|due| matches!(due, Due::InDays(_))).unwrap_or(Due::InDays(0))),
            text => text.parse::<Date>().ok().map(Due::On),
        };
        if due.is_none() {
            errors.push(FieldError::new(due_name, "Enter a date such as 2026-12-06."));
        }
        Some(Instalment { share: share?, due: due? })
    }
}

fn typed(desk: &Desk, minor: i64, currency: Currency) -> String {
    let amount = Money::new(minor, currency).unwrap_or(Money::zero(currency));
    desk.typed(&amount.to_decimal_string())
}

#[cfg(test)]
mod tests {
    use super::{EnteredPart, EnteredPlan, FieldError};

    #[test]
    fn a_finding_about_the_plan_is_shown_where_it_was_written() {
        let part = |share: &str| EnteredPart { share: share.to_owned(), due: String::new() };
        let plan = |kind: &str| EnteredPlan {
            kind: kind.to_owned(),
            instalments: vec![part("50 %"), part(""), part("50 %")],
            ..EnteredPlan::default()
        };
        for (kind, path, expected) in [
            ("deposit", "payment_plan.percent", "payment_plan.deposit"),
            ("deposit", "payment_plan.terms_days", "payment_plan.deposit_due"),
            ("minimum", "payment_plan.amount", "payment_plan.minimum"),
            ("instalments", "payment_plan.instalments", "payment_plan.instalments.0.share"),
            ("instalments", "payment_plan.instalments[1].percent", "payment_plan.instalments.2.share"),
            ("instalments", "payment_plan.instalments[1].due_date", "payment_plan.instalments.2.due"),
            ("deposit", "payment_plan.kind", "payment_plan.kind"),
            ("deposit", "cc[0]", "cc[0]"),
        ] {
            assert_eq!(plan(kind).named(FieldError::new(path, "x")).field, expected, "{kind} {path}");
        }
    }
}
