//! What an invoice that is being typed comes to: the same arithmetic that stores it, written out for the page and for its
//! script.

use super::super::desk::Desk;
use super::super::entered::dotted;
use super::entered::{Entered, plan_of, replaced, terms};
use crate::billing::currency::Currency;
use crate::billing::due::Due;
use crate::billing::field::FieldError;
use crate::billing::invoice::Draft;
use crate::billing::line::{Line, TaxTotal, Totals, totals};
use crate::billing::money::Money;
use crate::billing::plan::{self, Part, Plan};
use crate::web::views::editor::{EditorTotals, TotalsAnswer, TotalsError, TotalsRow};
use crate::web::views::paper::{PlanRow, Tax};
use crate::web::{paper, plan as plan_rows};

/// The sums of what can be read so far.
pub struct Computed {
    /// One for each line of the form; empty where it cannot be computed.
    pub lines: Vec<String>,
    pub totals: EditorTotals,
    /// What the parts of the plan come to.
    pub parts: Vec<PlanRow>,
    pub errors: Vec<FieldError>,
}

impl Computed {
    pub fn of(desk: &Desk, entered: &Entered, before: Option<&Draft>) -> Self {
        let (read, mut errors) = entered.read_lines(desk);
        let places: Vec<usize> = read.iter().map(|(place, _)| *place).collect();
        let lines: Vec<Line> = read.into_iter().map(|(_, line)| line).collect();
        let currency = entered.currency(desk);
        let sums =
            if lines.is_empty() { Ok(Totals::default()) } else { totals(&lines, currency, entered.prices_include_tax) };
        let sums = sums.unwrap_or_else(|found| {
            errors.extend(found.into_iter().map(|error| replaced(error, &places)));
            Totals::default()
        });
        let mut amounts = vec![String::new(); entered.lines.len()];
        for (place, sum) in places.iter().zip(&sums.lines) {
            if let Some(amount) = amounts.get_mut(*place) {
                *amount = desk.minor(if entered.prices_include_tax { sum.gross } else { sum.net }, currency);
            }
        }
        let parts = match planned(desk, entered, before, &sums) {
            Ok((plan, parts)) => {
                plan_rows::rows(&plan, &plan::asked(&parts, sums.total, desk.today), currency, &desk.words())
            }
            // While there is no total yet, that no plan fits it is not worth a word.
            Err(found) => {
                errors.extend(if sums.total > 0 { found } else { Vec::new() });
                Vec::new()
            }
        };
        let incomplete = errors.first().map(|error| error.detail.clone());
        Self { lines: amounts, totals: shown(desk, &sums, currency, incomplete), parts, errors }
    }

    /// The same for the script.
    pub fn told(self) -> TotalsAnswer {
        let row = |label: String, amount: String, strong| TotalsRow { label, amount, strong };
        let mut rows = vec![row("Subtotal".to_owned(), self.totals.subtotal, false)];
        let taxes = self.totals.taxes.into_iter();
        rows.extend(taxes.map(|tax| row(format!("{} on {}", tax.label, tax.base), tax.amount, false)));
        rows.push(row("Total".to_owned(), self.totals.total, true));
        let parts = self.parts.into_iter().map(|part| row(format!("{}, {}", part.label, part.due), part.amount, false));
        let parts = parts.collect();
        let errors = self.errors.into_iter();
        let errors = errors.map(|error| TotalsError { field: dotted(&error.field), detail: error.detail });
        TotalsAnswer { lines: self.lines, totals: rows, parts, errors: errors.collect() }
    }
}

/// The plan as far as it can be read, and its parts if it were issued today.
fn planned(
    desk: &Desk,
    entered: &Entered,
    before: Option<&Draft>,
    sums: &Totals,
) -> Result<(Plan, Vec<Part>), Vec<FieldError>> {
    let currency = entered.currency(desk);
    let plan = entered.plan.read(desk, currency, plan_of(before))?;
    let total = Money::new(sums.total, currency).unwrap_or(Money::zero(currency));
    let own = entered.due_date.parse().map_or_else(|_| terms(desk, before), Due::On);
    let due = plan.last_due(own).date(desk.today).unwrap_or(desk.today);
    let parts = plan.parts(total, desk.today, due);
    let parts = parts.map_err(|found| found.into_iter().map(|error| entered.plan.named(error)).collect::<Vec<_>>())?;
    Ok((plan, parts))
}

fn shown(desk: &Desk, sums: &Totals, currency: Currency, incomplete: Option<String>) -> EditorTotals {
    let tax = |tax: &TaxTotal| Tax {
        label: paper::tax_label(tax.rate, &desk.settings, &desk.words()),
        base: desk.minor(tax.base, currency),
        amount: desk.minor(tax.amount, currency),
    };
    EditorTotals {
        subtotal: desk.minor(sums.subtotal, currency),
        taxes: sums.taxes.iter().filter(|tax| !tax.rate.is_zero()).map(tax).collect(),
        total: desk.minor(sums.total, currency),
        incomplete,
    }
}

/// `14 days after issue`.
pub fn terms_words(due: Due) -> String {
    match due {
        Due::InDays(0) => "on receipt".to_owned(),
        Due::InDays(1) => "1 day after issue".to_owned(),
        Due::InDays(days) => format!("{days} days after issue"),
        Due::On(date) => date.to_string(),
    }
}
