//! Whether a fee is asked for on top, as it is typed: on an invoice, for a Stripe account, in the settings.
//!
//! What belongs to another choice than the chosen one stays in the form and means nothing.

use super::desk::Desk;
use super::entered::Wrong;
use crate::billing::currency::Currency;
use crate::billing::field::FieldError;
use crate::billing::invoice::Content;
use crate::billing::line::TaxTotal;
use crate::billing::money::Money;
use crate::billing::party::countries;
use crate::billing::passthrough::{Choice, Origin, Rate, Terms, is_unlawful_in};
use crate::billing::quantity::Percent;
use crate::payments::{accounts, surcharge};
use crate::store::Error as StoreError;
use crate::web::form::Form;
use crate::web::views::forms::FeeFields;
use crate::web::views::parts;

/// What stands in the form, under one name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EnteredFee {
    pub kind: String,
    pub percent: String,
    pub fixed: String,
}

impl EnteredFee {
    /// As it would have been typed; a fixed part in another currency than the `usual` one names it.
    pub fn of(desk: &Desk, choice: Choice, usual: Currency) -> Self {
        let kind = match choice {
            Choice::Inherit => "inherit",
            Choice::Off => "off",
            Choice::Rate(_) => "rate",
        };
        let Choice::Rate(rate) = choice else { return Self { kind: kind.to_owned(), ..Self::default() } };
        let fixed = rate.fixed().map(|fixed| {
            let typed = desk.typed(&fixed.to_decimal_string());
            if fixed.currency() == usual { typed } else { format!("{typed} {}", fixed.currency()) }
        });
        let percent = desk.typed(&rate.percent().to_string());
        Self { kind: kind.to_owned(), percent, fixed: fixed.unwrap_or_default() }
    }

    pub fn of_form(form: &Form, prefix: &str) -> Self {
        let text = |name: &str| form.text(&format!("{prefix}.{name}")).to_owned();
        Self { kind: text("kind"), percent: text("percent"), fixed: text("fixed") }
    }

    /// What it means; a fixed part without a currency is in the `usual` one.
    pub fn read(&self, desk: &Desk, usual: Currency, prefix: &str) -> Result<Choice, FieldError> {
        let at = |name: &str, words: String| FieldError::new(format!("{prefix}.{name}"), words);
        match self.kind.as_str() {
            "off" => return Ok(Choice::Off),
            "rate" => {}
            _ => return Ok(Choice::Inherit),
        }
        let percent = match self.percent.trim() {
            "" => Percent::ZERO,
            typed => Percent::parse_typed(typed, desk.separator()).map_err(|error| at("percent", error.to_string()))?,
        };
        let named = self.fixed.split_whitespace().last().and_then(|word| Currency::parse(word).ok());
        let fixed = match self.fixed.trim() {
            "" => None,
            typed => {
                let read = Money::parse_typed(typed, named.unwrap_or(usual), desk.separator());
                Some(read.map_err(|error| at("fixed", error.to_string()))?)
            }
        };
        let rate = Rate::new(percent, fixed).map_err(|refused| at(refused.field(), refused.to_string()))?;
        Ok(Choice::Rate(rate))
    }

    /// The fields of the form; `kinds` are the choices that are offered.
    pub fn fields(&self, wrong: &Wrong, prefix: &str, kinds: &[(&str, &str)]) -> FeeFields {
        let name = |field: &str| format!("{prefix}.{field}");
        let chosen = |(value, text): &(&str, &str)| parts::Choice::new(*value, *text, *value == self.kind);
        FeeFields {
            kind: wrong.select(&name("kind"), kinds.iter().map(chosen).collect()),
            percent: wrong.field(&name("percent"), self.percent.as_str()),
            fixed: wrong.field(&name("fixed"), self.fixed.as_str()),
        }
    }
}

/// `2.9 % + €0.30`
pub fn rate_words(desk: &Desk, rate: Rate) -> String {
    let percent = crate::web::words::percent(&rate.percent().to_string(), &desk.settings.language);
    match rate.fixed().map(|fixed| desk.money(fixed)) {
        Some(fixed) if rate.percent().is_zero() => fixed,
        Some(fixed) => format!("{percent} + {fixed}"),
        None => percent,
    }
}

/// What the levels above an invoice say: `a fee of 2.9 % + €0.30 (from the settings)`.
pub fn above(desk: &Desk) -> Result<String, StoreError> {
    let account = account(desk)?;
    let (choice, origin) = desk.settings.fee_passthrough.said(Choice::Inherit, account.as_deref());
    Ok(match choice {
        Choice::Rate(rate) => format!("a fee of {} ({})", rate_words(desk, rate), origin.words()),
        Choice::Inherit | Choice::Off => "no fee".to_owned(),
    })
}

/// Stripe's id of the account in use, once it is known.
pub fn account(desk: &Desk) -> Result<Option<String>, StoreError> {
    let Some(till) = desk.app.till() else { return Ok(None) };
    desk.app.store.read(|r| accounts::of_key(&r, &till.account))
}

/// What counts for a document and a customer in `country`.
pub fn terms(desk: &Desk, content: &Content, country: &str) -> Result<Terms, StoreError> {
    desk.app.store.read(|r| surcharge::terms(&r, desk.app.till().as_ref(), content, country))
}

/// What whoever pays `amount` by card pays on top, and who said so; why nothing, where that needs a word.
pub fn note(desk: &Desk, terms: &Terms, amount: Money, taxes: &[TaxTotal]) -> Option<String> {
    match (surcharge::fee(terms, amount, taxes), terms.rate()) {
        (Ok(fee), Some(rate)) => {
            let (added, rate) = (desk.minor(fee.total, amount.currency()), rate_words(desk, rate));
            Some(format!("By card, a payment fee of {added} is added: {rate}, {}.", terms.origin.words()))
        }
        (Err(why), _) => why.words().or_else(|| {
            let is_own = terms.origin == Origin::Invoice;
            is_own.then(|| "No payment fee is taken on this invoice.".to_owned())
        }),
        (Ok(_), None) => None,
    }
}

/// What must be known before a fee is taken from a customer in `country`, if it is.
pub fn warning(terms: &Terms, country: &str) -> Option<String> {
    let is_unlawful = terms.rate().is_some() && is_unlawful_in(country);
    is_unlawful.then(|| {
        format!(
            "A fee on a consumer’s card is unlawful in {}. Take it only from a business that pays with a company card.",
            country_name(country)
        )
    })
}

fn country_name(code: &str) -> &str {
    countries().into_iter().find(|(known, _)| known == code).map_or(code, |(_, name)| name)
}
