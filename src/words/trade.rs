//! What things of the books are called, and where a payer stands: sentences that are chosen, not only filled in.

use std::time::Duration;

use jiff::civil::Date;

use super::Words;
use super::numbers::NO_BREAK_SPACE;
use crate::billing::currency::Currency;
use crate::billing::fee_invoice::FeeInvoice;
use crate::billing::money::Money;
use crate::billing::payment::{Card, Method, StripeReceipt, brand_name, method_name, working_days_max};
use crate::billing::plan::Plan;
use crate::billing::quantity::{Quantity, TaxRate, UnitPrice};
use crate::billing::tax::TaxCategory;

impl Words {
    /// An amount with its currency.
    #[must_use]
    pub fn money(&self, money: Money) -> String {
        self.numbers.money(money)
    }

    /// As [`Self::money`], from minor units. Sums within one invoice are always in range.
    #[must_use]
    pub fn minor(&self, minor: i64, currency: Currency) -> String {
        self.money(Money::new(minor, currency).unwrap_or(Money::zero(currency)))
    }

    /// A price for one: as money, or with all its decimals if it has more than the currency.
    #[must_use]
    pub fn unit_price(&self, price: UnitPrice, currency: Currency) -> String {
        let exact = price.normalised().to_string();
        match Money::from_decimal_str(&exact, currency) {
            Ok(amount) => self.money(amount),
            Err(_) => self.numbers.price(&exact, currency),
        }
    }

    /// `12.5 h`: a number and its unit, if it has one.
    #[must_use]
    pub fn quantity_of(&self, quantity: Quantity, unit: &str) -> String {
        let number = self.numbers.decimal(&quantity.normalised().to_string());
        if unit.is_empty() { number } else { format!("{number}{NO_BREAK_SPACE}{unit}") }
    }

    /// `19 %`.
    #[must_use]
    pub fn rate(&self, rate: TaxRate) -> String {
        self.numbers.percent(&rate.normalised().to_string())
    }

    /// Where an invoice stands that is due on a day, neutrally: `Due 6 December 2026, in 3 days`.
    #[must_use]
    pub fn due_on_day(&self, due: Date, today: Date) -> String {
        let date = self.date(due);
        match (due - today).get_days() {
            0 => self.due_today(date),
            1 => self.due_tomorrow(date),
            days => match u32::try_from(days) {
                Ok(days) => self.due_in(date, days),
                Err(_) => self.was_due(date),
            },
        }
    }

    /// When to try again: `in a minute`, `in about 5 minutes`.
    #[must_use]
    pub fn again(&self, wait: Duration) -> String {
        match u32::try_from(wait.as_secs().div_ceil(60)) {
            Ok(0 | 1) => self.again_minute(),
            Ok(minutes @ 2..=59) => self.again_minutes(minutes),
            _ => self.again_hour(),
        }
    }

    /// In words that a payer knows: `Visa ending 4242`.
    #[must_use]
    pub fn method(&self, method: &Method) -> String {
        match method {
            Method::BankTransfer => self.bank_transfer(),
            Method::Cash => self.cash(),
            Method::Check => self.check(),
            Method::Other => self.other(),
            Method::Stripe(StripeReceipt { card: Some(Card { brand, last4 }), .. }) => {
                let brand = brand_name(brand).map_or_else(|| self.card(), str::to_owned);
                self.card_ending(brand, last4)
            }
            Method::Stripe(receipt) => self.kind_of_payment(&receipt.kind),
        }
    }

    /// Stripe's word for a method as a payer knows it. Names of products are the same in every language.
    #[must_use]
    pub fn kind_of_payment(&self, kind: &str) -> String {
        match kind {
            "card" => self.card(),
            "sepa_debit" => self.sepa_debit(),
            "us_bank_account" => self.bank_debit(),
            "bacs_debit" => self.bacs_debit(),
            "acss_debit" => self.acss_debit(),
            "au_becs_debit" => self.becs_debit(),
            other => method_name(other),
        }
    }

    /// How long the money of a method may take; `kind` is Stripe's word for it, if it is known.
    #[must_use]
    pub fn wait(&self, kind: Option<&str>) -> String {
        let days = u32::from(working_days_max(kind));
        kind.map_or_else(|| self.wait_bank(days), |kind| self.wait_method(self.kind_of_payment(kind), days))
    }

    /// What a part of a plan is called, which has `count` of them.
    #[must_use]
    pub fn part_name(&self, plan: &Plan, place: usize, count: usize) -> String {
        match (plan, place) {
            (Plan::Deposit(_), 0) => self.deposit(),
            (Plan::Deposit(_), _) => self.rest(),
            _ => self.instalment(place.saturating_add(1).to_string(), count.to_string()),
        }
    }

    /// Why no tax is charged, where the law wants it said.
    #[must_use]
    pub fn exemption_reason(&self, category: TaxCategory) -> Option<String> {
        match category {
            TaxCategory::S | TaxCategory::Z => None,
            TaxCategory::E => Some(self.exempt()),
            TaxCategory::AE => Some(self.reverse_charge()),
            TaxCategory::K => Some(self.supply_within_eu()),
            TaxCategory::G => Some(self.export()),
            TaxCategory::O => Some(self.not_taxable()),
        }
    }

    /// What the document of a fee charges; `invoice` is the number of the invoice that was paid.
    #[must_use]
    pub fn fee_description(&self, document: &FeeInvoice, invoice: &str) -> String {
        match &document.corrects {
            None => self.fee_line(invoice),
            Some(of) => self.fee_correction_line(&of.number, invoice),
        }
    }
}
