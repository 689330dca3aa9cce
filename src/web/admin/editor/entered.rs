//! An invoice as it was typed: text that may be wrong, and what it means where it is right.
//!
//! What is read here never leaves anything out silently: what cannot be read is named with its field, and the rest is
//! added up without it. Left to others: what an invoice comes to, which `billing::line` alone knows.

use jiff::civil::Date;

use super::super::desk::Desk;
use super::super::entered::dotted;
use super::super::fee_choice::EnteredFee;
use super::plan::EnteredPlan;
use crate::actions::drafts;
use crate::billing::currency::Currency;
use crate::billing::due::Due;
use crate::billing::field::FieldError;
use crate::billing::id::CustomerId;
use crate::billing::invoice::{Content, Draft};
use crate::billing::line::Line;
use crate::billing::passthrough::{Choice, FIELD};
use crate::billing::plan::Plan;
use crate::billing::quantity::{Percent, Quantity, TaxRate, UnitPrice};
use crate::billing::tax::TaxCategory;
use crate::web::form::Form;

/// The entry of the customer list that opens the fields of a new one.
pub const NEW_CUSTOMER: &str = "new";
/// Lines up to which the page offers another; longer invoices are for programs.
pub const LINES_SHOWN_MAX: usize = 200;

/// What stands in the form.
#[derive(Clone, Debug, Default)]
pub struct Entered {
    pub customer: String,
    /// The fields of a new customer.
    pub new: Form,
    pub currency: String,
    pub due_date: String,
    pub delivery_date: String,
    pub reference: String,
    pub cc: String,
    pub notes: String,
    pub prices_include_tax: bool,
    pub revision: String,
    /// The id that a new invoice will have; it makes a form one invoice, however often it is sent.
    pub once: String,
    pub lines: Vec<EnteredLine>,
    pub plan: EnteredPlan,
    pub fee: EnteredFee,
}

/// One line of the form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EnteredLine {
    /// Of the stored line that it was made from, if any.
    pub id: String,
    pub description: String,
    pub quantity: String,
    pub unit: String,
    pub unit_price: String,
    pub discount: String,
    /// `19`, or a rate and its category: `0:AE`.
    pub tax: String,
}

impl Entered {
    /// A new invoice, with the usual choices made.
    pub fn blank(desk: &Desk, customer: &str) -> Self {
        Self {
            customer: customer.to_owned(),
            currency: desk.settings.currency.code().to_owned(),
            prices_include_tax: desk.settings.prices_include_tax,
            lines: vec![EnteredLine::blank(desk)],
            plan: EnteredPlan::of(desk, &Plan::AtOnce, desk.settings.currency),
            fee: EnteredFee::of(desk, Choice::Inherit, desk.settings.currency),
            ..Self::default()
        }
    }

    /// A draft, as it would have been typed.
    pub fn of_draft(desk: &Desk, draft: &Draft) -> Self {
        let content = &draft.content;
        let dated = match content.due {
            Due::On(date) => date.to_string(),
            Due::InDays(_) => String::new(),
        };
        Self {
            customer: content.customer.to_string(),
            new: Form::default(),
            currency: content.currency.code().to_owned(),
            due_date: dated,
            delivery_date: content.delivery_date.map(|date| date.to_string()).unwrap_or_default(),
            reference: content.reference.clone(),
            cc: content.cc.join(", "),
            notes: content.notes.clone(),
            prices_include_tax: content.prices_include_tax,
            revision: draft.revision.to_string(),
            once: String::new(),
            lines: content.lines.iter().map(|line| EnteredLine::of_line(desk, line)).collect(),
            plan: EnteredPlan::of(desk, &content.plan, content.currency),
            fee: EnteredFee::of(desk, content.fee, content.currency),
        }
    }

    pub fn of_form(form: &Form) -> Self {
        let text = |name: &str| form.text(name).to_owned();
        Self {
            customer: text("customer"),
            new: form.section("new"),
            currency: text("currency"),
            due_date: text("due_date"),
            delivery_date: text("delivery_date"),
            reference: text("reference"),
            cc: text("cc"),
            notes: form.text("notes").replace("\r\n", "\n"),
            prices_include_tax: form.get("prices_include_tax").is_some(),
            revision: text("revision"),
            once: text("once"),
            lines: form.rows("lines").iter().map(EnteredLine::of_form).collect(),
            plan: EnteredPlan::of_form(form),
            fee: EnteredFee::of_form(form, FIELD),
        }
    }

    /// Does what a button says: `add`, `up.N`, `down.N`, `remove.N`, `add_instalment`. `false` if the button is none of these.
    pub fn rearrange(&mut self, desk: &Desk, button: &str) -> bool {
        let (verb, place) = button.split_once('.').unwrap_or((button, ""));
        let (place, count) = (place.parse().unwrap_or(usize::MAX), self.lines.len());
        match verb {
            "add" if count < LINES_SHOWN_MAX => {
                let tax = self.lines.last().map(|line| line.tax.clone());
                let blank = EnteredLine::blank(desk);
                self.lines.push(EnteredLine { tax: tax.unwrap_or(blank.tax.clone()), ..blank });
            }
            "up" if place > 0 && place < count => self.lines.swap(place, place - 1),
            "down" if place < count.saturating_sub(1) => self.lines.swap(place, place + 1),
            "remove" if place < count => drop(self.lines.remove(place)),
            "add_instalment" => self.plan.add_row(),
            "add" | "up" | "down" | "remove" | "totals" => {}
            _ => return false,
        }
        if self.lines.is_empty() {
            self.lines.push(EnteredLine::blank(desk));
        }
        true
    }

    /// The currency; until a readable one is chosen, the business's own.
    pub fn currency(&self, desk: &Desk) -> Currency {
        Currency::parse(&self.currency).unwrap_or(desk.settings.currency)
    }

    /// The lines that can be read, each with its place in the form, and what is wrong with the others. Lines that
    /// nobody wrote anything in are left out.
    pub fn read_lines(&self, desk: &Desk) -> (Vec<(usize, Line)>, Vec<FieldError>) {
        let (mut lines, mut errors) = (Vec::new(), Vec::new());
        for (place, line, found) in self.written(desk) {
            if found.is_empty() {
                lines.push((place, line));
            }
            errors.extend(found);
        }
        (lines, errors)
    }

    /// Every line that somebody wrote something in, with its place and what of it cannot be read.
    fn written(&self, desk: &Desk) -> impl Iterator<Item = (usize, Line, Vec<FieldError>)> {
        let lines = self.lines.iter().enumerate().filter(|(_, line)| !line.is_blank());
        lines.map(|(place, entered)| {
            let (line, errors) = entered.read(desk, self.currency(desk), place);
            (place, line, errors)
        })
    }

    /// What is to be stored, for a customer who is known. `before` is the draft that is changed, if one is.
    pub fn content(
        &self,
        desk: &Desk,
        customer: CustomerId,
        before: Option<&Draft>,
    ) -> Result<Content, Vec<FieldError>> {
        let (mut places, mut lines, mut errors) = (Vec::new(), Vec::new(), Vec::new());
        for (place, line, found) in self.written(desk) {
            places.push(place);
            lines.push(kept(line, before));
            errors.extend(found);
        }
        if lines.is_empty() {
            errors.push(FieldError::new("lines.0.description", "Describe what this line is for."));
        }
        let currency = Currency::parse(&self.currency);
        if let Err(error) = &currency {
            errors.push(FieldError::new("currency", error));
        }
        let due_date = read_date(&self.due_date, "due_date", &mut errors);
        let delivery_date = read_date(&self.delivery_date, "delivery_date", &mut errors);
        let plan = self.plan.read(desk, self.currency(desk), plan_of(before));
        let plan = plan.map_err(|found| errors.extend(found)).unwrap_or_default();
        let fee =
            self.fee.read(desk, self.currency(desk), FIELD).map_err(|error| errors.push(error)).unwrap_or_default();
        let content = Content {
            customer,
            currency: self.currency(desk),
            lines,
            prices_include_tax: self.prices_include_tax,
            due: due_date.map_or(terms(desk, before), Due::On),
            notes: self.notes.clone(),
            reference: self.reference.clone(),
            delivery_date,
            cc: addresses(&self.cc),
            plan,
            fee,
        };
        // What was typed means something only if it can be read; its words can always be looked at.
        let found = if errors.is_empty() {
            drafts::examine(&content, desk.today).err().unwrap_or_default()
        } else {
            drafts::each(&content)
        };
        errors.extend(found.into_iter().map(|error| self.named(error, &places)));
        if errors.is_empty() { Ok(content) } else { Err(errors) }
    }

    /// The places in the form of the lines that are stored, so that what is said of the n-th line finds its field.
    pub fn places(&self, desk: &Desk) -> Vec<usize> {
        self.written(desk).map(|(place, _, _)| place).collect()
    }

    /// A finding of the actions under the form's own name.
    pub fn named(&self, error: FieldError, places: &[usize]) -> FieldError {
        let error = self.plan.named(replaced(error, places));
        if error.field.starts_with("cc.") { FieldError { field: "cc".to_owned(), ..error } } else { error }
    }
}

/// Addresses as people list them.
fn addresses(list: &str) -> Vec<String> {
    list.split([',', ';', ' ']).map(str::trim).filter(|address| !address.is_empty()).map(str::to_owned).collect()
}

/// The terms that hold when no date is chosen: those of the draft, or the business's own.
pub fn terms(desk: &Desk, before: Option<&Draft>) -> Due {
    match before.map(|draft| draft.content.due) {
        Some(terms @ Due::InDays(_)) => terms,
        _ => Due::InDays(desk.settings.terms_days),
    }
}

/// The plan that is stored.
pub fn plan_of(before: Option<&Draft>) -> &Plan {
    before.map_or(&Plan::AtOnce, |draft| &draft.content.plan)
}

/// What the form does not show of a stored line stays as it was.
fn kept(line: Line, before: Option<&Draft>) -> Line {
    let stored = before.and_then(|draft| draft.content.lines.iter().find(|stored| stored.id == line.id));
    match stored.filter(|stored| !stored.id.is_empty()) {
        Some(stored) => Line { optional: stored.optional, selected: stored.selected, ..line },
        None => Line { id: String::new(), ..line },
    }
}

fn read_date(text: &str, field: &str, errors: &mut Vec<FieldError>) -> Option<Date> {
    if text.is_empty() {
        return None;
    }
    let read = text.parse::<Date>().ok();
    if read.is_none() {
        errors.push(FieldError::new(field, "Enter a date such as 2026-12-06."));
    }
    read
}

/// A finding about the n-th line that was read, under the place of that line in the form.
pub fn replaced(error: FieldError, places: &[usize]) -> FieldError {
    let path = dotted(&error.field);
    let renamed = path.strip_prefix("lines.").and_then(|rest| {
        let (number, field) = rest.split_once('.')?;
        let place = places.get(number.parse::<usize>().ok()?)?;
        Some(format!("lines.{place}.{}", if field == "tax_rate" { "tax" } else { field }))
    });
    FieldError { field: renamed.unwrap_or(path), ..error }
}

impl EnteredLine {
    /// One of something, at the rate that is named first.
    pub fn blank(desk: &Desk) -> Self {
        let tax = desk.settings.tax_rates.first().map_or("0".to_owned(), |named| named.rate.normalised().to_string());
        Self { quantity: "1".to_owned(), tax, ..Self::default() }
    }

    fn of_line(desk: &Desk, line: &Line) -> Self {
        let discount = if line.discount.is_zero() { String::new() } else { desk.typed(&line.discount.to_string()) };
        Self {
            id: line.id.clone(),
            description: line.description.clone(),
            quantity: desk.typed(&line.quantity.to_string()),
            unit: line.unit.clone(),
            unit_price: desk.typed(&line.unit_price.to_string()),
            discount,
            tax: tax_value(line.tax_rate, line.tax_category),
        }
    }

    fn of_form(row: &Form) -> Self {
        let text = |name: &str| row.text(name).to_owned();
        Self {
            id: text("id"),
            description: row.text("description").replace("\r\n", "\n"),
            quantity: text("quantity"),
            unit: text("unit"),
            unit_price: text("unit_price"),
            discount: text("discount"),
            tax: text("tax"),
        }
    }

    fn is_blank(&self) -> bool {
        self.description.is_empty() && self.unit_price.is_empty()
    }

    /// The line, with the usual values in the place of what cannot be read; and what cannot.
    fn read(&self, desk: &Desk, currency: Currency, place: usize) -> (Line, Vec<FieldError>) {
        let separator = desk.separator();
        let mut errors = Vec::new();
        let mut note = |field: &str, error: &dyn std::fmt::Display| {
            errors.push(FieldError::new(format!("lines.{place}.{field}"), format_args!("Line {}: {error}", place + 1)));
        };
        let quantity = Quantity::parse_typed(&self.quantity, separator);
        let unit_price = UnitPrice::parse_amount(&self.unit_price, currency, separator);
        let discount = match self.discount.as_str() {
            "" => Ok(Percent::ZERO),
            typed => Percent::parse_typed(typed, separator),
        };
        let tax = read_tax(&self.tax);
        if let Err(error) = &quantity {
            note("quantity", error);
        }
        if let Err(error) = &unit_price {
            note("unit_price", error);
        }
        if let Err(error) = &discount {
            note("discount", error);
        }
        if tax.is_none() {
            note("tax", &"Choose a tax rate.");
        }
        let usual = Line::default();
        let (tax_rate, tax_category) = tax.unwrap_or((usual.tax_rate, usual.tax_category));
        let line = Line {
            id: self.id.clone(),
            description: self.description.clone(),
            quantity: quantity.unwrap_or(usual.quantity),
            unit: self.unit.clone(),
            unit_price: unit_price.unwrap_or(usual.unit_price),
            discount: discount.unwrap_or(usual.discount),
            tax_rate,
            tax_category,
            ..usual
        };
        (line, errors)
    }
}

/// The value of the tax list: the rate, and its category unless that is the standard one.
pub fn tax_value(rate: TaxRate, category: TaxCategory) -> String {
    let rate = rate.normalised();
    if category == TaxCategory::S { rate.to_string() } else { format!("{rate}:{}", category.code()) }
}

pub fn read_tax(value: &str) -> Option<(TaxRate, TaxCategory)> {
    let (rate, code) = value.split_once(':').unwrap_or((value, TaxCategory::S.code()));
    let category = TaxCategory::ALL.into_iter().find(|category| category.code() == code)?;
    Some((TaxRate::parse(rate).ok()?, category))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tax_choice_is_read_as_it_is_written() {
        for value in ["19", "5.5", "0", "0:AE", "0:E"] {
            let read = read_tax(value).map(|(rate, category)| tax_value(rate, category));
            assert_eq!(read.as_deref(), Some(value));
        }
        for wrong in ["", "x", "0:ZZ", "-1", "101"] {
            assert_eq!(read_tax(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_finding_about_a_stored_line_is_shown_at_its_place_in_the_form() {
        for (path, expected) in [
            ("lines[1].unit_price", "lines.4.unit_price"),
            ("lines[0].tax_rate", "lines.2.tax"),
            ("lines", "lines"),
            ("cc[0]", "cc.0"),
        ] {
            assert_eq!(replaced(FieldError::new(path, "x"), &[2, 4]).field, expected);
        }
    }
}
