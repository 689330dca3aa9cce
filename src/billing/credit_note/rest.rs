//! What of an invoice has not been credited yet, per line and per tax rate.
//!
//! The tax of a rate is counted up: after each note, the tax credited so far is the tax on what was credited so far, by the
//! same rounding as the invoice's. So the first note states the tax that its own amounts make, no cent is credited
//! twice, and when nothing of the net is left, nothing of the tax is.

use rust_decimal::Decimal;

use super::CreditNote;
use crate::billing::invoice::Invoice;
use crate::billing::line::{Line, LineTotal, TaxTotal, amount_of};
use crate::billing::quantity::{Quantity, TaxRate};
use crate::billing::rounding::{Denominator, round_half_away};
use crate::billing::tax::TaxCategory;

/// What of an invoice can still be credited.
#[derive(Clone, Debug)]
pub struct Rest<'i> {
    pub(super) invoice: &'i Invoice,
    /// One for each line of the invoice, in its order.
    pub(super) lines: Vec<LineRest>,
    /// One for each tax of the invoice, in its order.
    pub(super) rates: Vec<RateRest>,
    pub(super) is_whole: bool,
}

/// What is left of one line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineRest {
    /// Minor units: net, or gross if prices include tax. Nothing for a line that is not part of the sums.
    pub amount: i64,
    /// How much of the quantity was credited as such.
    pub credited: Decimal,
    /// Whether only quantities were credited, if anything was.
    pub by_quantity: bool,
    /// Its place among the invoice's taxes.
    pub(super) rate: usize,
}

/// What is left of one tax rate; `done` was credited already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RateRest {
    pub(super) rate: TaxRate,
    pub(super) category: TaxCategory,
    pub(super) left: Sum,
    done: Sum,
}

/// A net and its tax, in minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sum {
    pub base: i64,
    pub tax: i64,
}

impl Sum {
    pub(super) fn gross(self) -> i64 {
        self.base.saturating_add(self.tax)
    }

    fn times(self, sign: i64) -> Self {
        Self { base: self.base * sign, tax: self.tax * sign }
    }
}

impl<'i> Rest<'i> {
    /// What the notes before leave of the invoice.
    #[must_use]
    pub fn of(invoice: &'i Invoice, earlier: &[CreditNote]) -> Self {
        let rates = invoice.totals.taxes.iter().map(|tax| RateRest::of(tax, earlier)).collect();
        let lines = invoice.content.lines.iter().zip(&invoice.totals.lines);
        let lines = lines.map(|(line, total)| line_rest(invoice, line, *total, earlier)).collect();
        Self { invoice, lines, rates, is_whole: earlier.is_empty() }
    }

    /// What can still be credited in all, tax included.
    #[must_use]
    pub fn total(&self) -> i64 {
        self.rates.iter().map(|rate| rate.left.gross()).sum()
    }

    /// What is left of each line of the invoice, in its order.
    #[must_use]
    pub fn lines(&self) -> &[LineRest] {
        &self.lines
    }

    /// The quantity of a line that can still be credited as such.
    #[must_use]
    pub fn quantity(&self, place: usize) -> Option<Quantity> {
        let (line, rest) = (self.invoice.content.lines.get(place)?, self.lines.get(place)?);
        let left = line.quantity.decimal().checked_sub(rest.credited)?;
        Quantity::parse(&left.to_string()).ok().filter(|left| rest.by_quantity && !left.is_zero())
    }
}

/// A line's amount as its price means it: gross if prices include tax, else net.
fn priced(invoice: &Invoice, total: LineTotal) -> i64 {
    if invoice.content.prices_include_tax { total.gross } else { total.net }
}

fn line_rest(invoice: &Invoice, line: &Line, total: LineTotal, earlier: &[CreditNote]) -> LineRest {
    let rate = invoice
        .totals
        .taxes
        .iter()
        .position(|tax| line.counts() && tax.category == line.tax_category && tax.rate == line.tax_rate);
    let Some(rate) = rate else { return LineRest::default() };
    let taken = earlier.iter().flat_map(|note| &note.taken).filter(|taken| taken.line == line.id);
    let (mut amount, mut credited) = (0_i64, Decimal::ZERO);
    for taken in taken {
        amount = amount.saturating_add(taken.amount);
        credited = credited.saturating_add(taken.quantity.decimal());
    }
    let so_far = Quantity::parse(&credited.to_string()).ok();
    let by_quantity = so_far.and_then(|quantity| amount_of(line, quantity, invoice.content.currency)) == Some(amount);
    LineRest { amount: priced(invoice, total).saturating_sub(amount), credited, by_quantity, rate }
}

impl RateRest {
    fn of(tax: &TaxTotal, earlier: &[CreditNote]) -> Self {
        let credited = earlier.iter().flat_map(|note| &note.totals.taxes);
        let mut done = Sum::default();
        for note in credited.filter(|note| note.category == tax.category && note.rate == tax.rate) {
            done = Sum { base: done.base.saturating_add(note.base), tax: done.tax.saturating_add(note.amount) };
        }
        let left = Sum { base: tax.base.saturating_sub(done.base), tax: tax.amount.saturating_sub(done.tax) };
        Self { rate: tax.rate, category: tax.category, left, done }
    }

    /// Deductions at a rate of their own make a rate negative; it is credited as its mirror image.
    fn sign(&self) -> i64 {
        if self.left.gross() < 0 { -1 } else { 1 }
    }

    /// The net and tax of a gross amount. None if it is more than is left.
    pub(super) fn of_gross(&self, gross: i64) -> Option<Sum> {
        let sign = self.sign();
        let (gross, left, done) = (gross * sign, self.left.times(sign), self.done.times(sign));
        if !(0..=left.gross()).contains(&gross) {
            return None;
        }
        let so_far = self.tax_on(i128::from(done.gross()) + i128::from(gross), Tax::Within)? - i128::from(done.tax);
        // What one side cannot take the other must: both end at nothing together.
        let (least, most) = ((gross - left.base).max(0), gross.min(left.tax));
        let tax = i64::try_from(so_far).ok()?.max(least).min(most);
        Some(Sum { base: gross - tax, tax }.times(sign))
    }

    /// The net and tax of a net amount. None if it is more than is left.
    pub(super) fn of_net(&self, base: i64) -> Option<Sum> {
        let sign = self.sign();
        let (base, left, done) = (base * sign, self.left.times(sign), self.done.times(sign));
        if !(0..=left.base).contains(&base) {
            return None;
        }
        if base == left.base {
            return Some(self.left);
        }
        let so_far = self.tax_on(i128::from(done.base) + i128::from(base), Tax::OnTop)? - i128::from(done.tax);
        let tax = i64::try_from(so_far).ok()?.max(0).min(left.tax);
        Some(Sum { base, tax }.times(sign))
    }

    fn tax_on(&self, amount: i128, tax: Tax) -> Option<i128> {
        let (units, scale) = self.rate.units_and_scale();
        let hundred = 10_i128.checked_pow(scale.checked_add(2)?)?;
        let whole = match tax {
            Tax::OnTop => hundred,
            Tax::Within => hundred + units,
        };
        Some(round_half_away(amount.checked_mul(units)?, Denominator::new(whole)?))
    }
}

#[derive(Clone, Copy)]
enum Tax {
    /// Of an amount without tax.
    OnTop,
    /// Of an amount with tax.
    Within,
}
