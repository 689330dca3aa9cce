//! What a program writes into an invoice: read field by field, and laid over what was there.

#![expect(
    clippy::option_option,
    reason = "a field that is absent, one that is null and one with a value are three things"
)]

use jiff::civil::Date;

use super::fee::{self, GivenChoice};
use super::fields::Fields;
use super::plan;
use crate::billing::currency::Currency;
use crate::billing::due::{Due, DueError, TERMS_DAYS_MAX};
use crate::billing::id::CustomerId;
use crate::billing::invoice::Content;
use crate::billing::line::Line;
use crate::billing::plan::Plan;
use crate::billing::quantity::{Percent, Quantity, TaxRate, UnitPrice};
use crate::billing::settings::Settings;
use crate::billing::tax::TaxCategory;

/// What of an invoice was given.
#[derive(Clone)]
pub(super) struct Given {
    pub customer: Option<CustomerId>,
    pub lines: Option<Vec<Line>>,
    currency: Option<Currency>,
    due: Option<Due>,
    prices_include_tax: Option<bool>,
    notes: Option<String>,
    reference: Option<String>,
    /// `Some(None)` takes it away.
    delivery_date: Option<Option<Date>>,
    cc: Option<Vec<String>>,
    plan: Option<Plan>,
    fee: Option<GivenChoice>,
}

impl Given {
    pub(super) fn read(fields: &mut Fields) -> Self {
        Self {
            customer: fields.get("customer"),
            currency: fields.get("currency"),
            lines: fields.rows("lines", line),
            due: due(fields),
            prices_include_tax: fields.get("prices_include_tax"),
            notes: fields.text("notes"),
            reference: fields.text("reference"),
            delivery_date: fields.date("delivery_date"),
            cc: fields.get("cc"),
            plan: plan::read(fields),
            fee: fee::read(fields),
        }
    }

    /// The content of a new draft for `customer`, with the owner's settings for what was not given.
    pub(super) fn with_defaults(self, customer: CustomerId, settings: &Settings) -> Content {
        self.over(Content::blank(customer, settings.currency, Due::InDays(settings.terms_days)))
    }

    /// `content` with what was given in the place of what it had.
    pub(super) fn over(self, content: Content) -> Content {
        let currency = self.currency.unwrap_or(content.currency);
        Content {
            customer: self.customer.unwrap_or(content.customer),
            currency,
            lines: self.lines.unwrap_or(content.lines),
            prices_include_tax: self.prices_include_tax.unwrap_or(content.prices_include_tax),
            due: self.due.unwrap_or(content.due),
            notes: self.notes.unwrap_or(content.notes),
            reference: self.reference.unwrap_or(content.reference),
            delivery_date: self.delivery_date.unwrap_or(content.delivery_date),
            cc: self.cc.unwrap_or(content.cc),
            plan: self.plan.unwrap_or(content.plan),
            fee: self.fee.map_or(content.fee, |choice| choice.within(currency)),
        }
    }
}

/// `due_date` or `terms_days`.
pub(super) fn due(fields: &mut Fields) -> Option<Due> {
    let date = fields.date("due_date").flatten();
    let days = if fields.is_null("terms_days") { None } else { terms_days(fields) };
    if date.is_some() && days.is_some() {
        fields.add("terms_days", "Give due_date or terms_days, not both.");
    }
    date.map(Due::On).or(days.map(Due::InDays))
}

/// Days from issue to due; the settings have such a field too.
pub(super) fn terms_days(fields: &mut Fields) -> Option<u16> {
    let days = fields.whole("terms_days")?;
    let days = u16::try_from(days).ok().filter(|days| *days <= TERMS_DAYS_MAX);
    if days.is_none() {
        fields.add("terms_days", DueError::TooLate);
    }
    days
}

/// Description, quantity and price are needed, everything else has a usual value.
fn line(fields: &mut Fields) -> Line {
    let usual = Line::default();
    let description = fields.get("description");
    fields.require("description", description.as_ref());
    let quantity: Option<Quantity> = fields.get("quantity");
    fields.require("quantity", quantity.as_ref());
    let unit_price: Option<UnitPrice> = fields.get("unit_price");
    fields.require("unit_price", unit_price.as_ref());
    Line {
        id: fields.text("id").unwrap_or_default(),
        description: description.unwrap_or_default(),
        quantity: quantity.unwrap_or(usual.quantity),
        unit: fields.text("unit").unwrap_or_default(),
        unit_price: unit_price.unwrap_or(usual.unit_price),
        discount: fields.get::<Percent>("discount").unwrap_or(usual.discount),
        tax_rate: fields.get::<TaxRate>("tax_rate").unwrap_or(usual.tax_rate),
        tax_category: fields.get::<TaxCategory>("tax_category").unwrap_or(usual.tax_category),
        optional: fields.get("optional").unwrap_or(usual.optional),
        selected: fields.get("selected").unwrap_or(usual.selected),
    }
}
