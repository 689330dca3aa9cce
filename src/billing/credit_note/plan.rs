//! What a credit note says: its lines, taxes and totals, worked out from the invoice and the notes before it.
//!
//! An amount is gross: it is shared out over the tax rates, and within a rate over the lines, in proportion to what is
//! left of each, so that every note says what it takes from each line. A part of a signed whole always lies between
//! nothing and that whole, so no line and no rate is credited beyond itself.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::rest::{LineRest, RateRest, Sum};
use super::{CreditNote, Rest, Taken};
use crate::billing::currency::Currency;
use crate::billing::field::FieldError;
use crate::billing::invoice::Invoice;
use crate::billing::line::{Line, LineTotal, TaxTotal, Totals, amount_of};
use crate::billing::money::Money;
use crate::billing::quantity::{Percent, Quantity, UnitPrice};
use crate::billing::rounding::{Denominator, share_out};

/// What is to be credited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// All that is left of the invoice.
    Rest,
    /// Minor units, tax included.
    Amount(i64),
    Lines(Vec<LineCredit>),
}

/// What is to be credited of one line of the invoice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineCredit {
    /// The line's id.
    pub line: String,
    pub how_much: HowMuch,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HowMuch {
    /// All that is left of it.
    Rest,
    Quantity(Quantity),
    /// Minor units: net, or gross if prices include tax.
    Amount(i64),
}

/// What the note says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    pub lines: Vec<Line>,
    pub totals: Totals,
    pub taken: Vec<Taken>,
}

/// A line of the note before its tax is known.
struct Part {
    line: Line,
    /// As prices are: net, or gross if they include tax.
    amount: i64,
    /// The place of its tax rate.
    rate: usize,
}

/// What is credited at each tax rate, in the invoice's order.
type Sums = Vec<Option<Sum>>;

/// Works the note out.
///
/// # Errors
/// More is asked for than is left, or something that is not there; the findings say what is possible.
pub fn plan(invoice: &Invoice, earlier: &[CreditNote], what: &What) -> Result<Plan, Vec<FieldError>> {
    let rest = Rest::of(invoice, earlier);
    let left = rest.total();
    if left <= 0 && invoice.totals.total == 0 {
        return Err(refused(
            "amount",
            format!("Invoice {} is over nothing, so there is nothing to credit.", invoice.number),
        ));
    }
    if left <= 0 {
        return Err(refused("amount", format!("All of invoice {} has been credited already.", invoice.number)));
    }
    let (parts, sums, taken) = match what {
        What::Rest => rest_of_everything(&rest)?,
        What::Amount(amount) => over_the_rates(&rest, *amount)?,
        What::Lines(lines) => line_by_line(&rest, lines)?,
    };
    let (totals, lines) = add_up(&rest, parts, &sums).ok_or_else(|| refused("amount", "The amount is too large."))?;
    let field = if matches!(what, What::Lines(_)) { "lines" } else { "amount" };
    match totals.total {
        ..=0 => Err(refused(field, "This adds up to nothing. A credit note is over more than nothing.")),
        total if total > left => Err(refused(field, at_most(invoice, left))),
        _ => Ok(Plan { lines, totals, taken }),
    }
}

fn refused(field: impl Into<String>, detail: impl std::fmt::Display) -> Vec<FieldError> {
    vec![FieldError::new(field, detail)]
}

fn at_most(invoice: &Invoice, left: i64) -> String {
    format!("At most {} of invoice {} can still be credited.", money(left, invoice.content.currency), invoice.number)
}

fn money(minor: i64, currency: Currency) -> Money {
    Money::new(minor, currency).unwrap_or(Money::zero(currency))
}

fn rest_of_everything(rest: &Rest<'_>) -> Result<(Vec<Part>, Sums, Vec<Taken>), Vec<FieldError>> {
    let sums: Sums = rest.rates.iter().map(|rate| Some(rate.left)).collect();
    let (mut parts, mut taken) = (Vec::new(), Vec::new());
    for (place, (line, left)) in rest.invoice.content.lines.iter().zip(&rest.lines).enumerate() {
        if left.amount != 0 || (rest.is_whole && line.counts()) {
            let (part, what) = rest_of_line(rest, place)?;
            parts.push(part);
            taken.push(what);
        }
    }
    // A cent of tax whose net is all credited stands alone.
    for (place, rate) in rest.rates.iter().enumerate() {
        if rate.left != Sum::default() && !parts.iter().any(|part| part.rate == place) {
            parts.push(for_the_rate(rest, place, rate.left)?);
        }
    }
    Ok((parts, sums, taken))
}

fn over_the_rates(rest: &Rest<'_>, amount: i64) -> Result<(Vec<Part>, Sums, Vec<Taken>), Vec<FieldError>> {
    if amount <= 0 {
        return Err(refused("amount", "Write an amount of more than nothing."));
    }
    let left: Vec<i64> = rest.rates.iter().map(|rate| rate.left.gross()).collect();
    let too_much = || refused("amount", at_most(rest.invoice, rest.total()));
    let shares = shared(amount, &left).ok_or_else(too_much)?;
    let (mut parts, mut sums, mut taken) = (Vec::new(), Sums::new(), Vec::new());
    for (place, (rate, gross)) in rest.rates.iter().zip(shares).enumerate() {
        let sum = rate.of_gross(gross).ok_or_else(too_much)?;
        sums.push(Some(sum).filter(|sum| *sum != Sum::default()));
        if sum != Sum::default() {
            parts.push(for_the_rate(rest, place, sum)?);
            taken.extend(from_the_lines(rest, place, priced(rest, sum)).ok_or_else(too_much)?);
        }
    }
    Ok((parts, sums, taken))
}

fn line_by_line(rest: &Rest<'_>, wanted: &[LineCredit]) -> Result<(Vec<Part>, Sums, Vec<Taken>), Vec<FieldError>> {
    if wanted.is_empty() {
        return Err(refused("lines", "Name at least one line, or give an amount."));
    }
    let (mut parts, mut taken, mut errors, mut seen) = (Vec::new(), Vec::new(), Vec::new(), BTreeSet::new());
    for (i, credit) in wanted.iter().enumerate() {
        match one_line(rest, credit, &format!("lines[{i}]"), seen.insert(credit.line.as_str())) {
            Ok((part, what)) => {
                parts.push(part);
                taken.push(what);
            }
            Err(found) => errors.extend(found),
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let sums = rest.rates.iter().enumerate().map(|(place, rate)| at_rate(rest, place, *rate, &parts));
    let sums = sums.collect::<Result<_, _>>()?;
    Ok((parts, sums, taken))
}

/// What the lines of one rate come to; together they may not credit more than the rate has left.
fn at_rate(rest: &Rest<'_>, place: usize, rate: RateRest, parts: &[Part]) -> Result<Option<Sum>, Vec<FieldError>> {
    let amounts: Vec<i64> = parts.iter().filter(|part| part.rate == place).map(|part| part.amount).collect();
    if amounts.is_empty() {
        return Ok(None);
    }
    let amount = amounts.iter().sum();
    let sum = if rest.invoice.content.prices_include_tax { rate.of_gross(amount) } else { rate.of_net(amount) };
    sum.map(Some).ok_or_else(|| {
        let most = money(priced(rest, rate.left), rest.invoice.content.currency);
        let detail = format!(
            "At {} % tax the invoice has {most} left, because another line of it takes something away. Credit that line, too.",
            rate.rate
        );
        refused("lines", detail)
    })
}

fn one_line(
    rest: &Rest<'_>,
    wanted: &LineCredit,
    field: &str,
    is_first: bool,
) -> Result<(Part, Taken), Vec<FieldError>> {
    let id = format!("{field}.id");
    let lines = &rest.invoice.content.lines;
    let Some(place) = lines.iter().position(|line| line.id == wanted.line) else {
        let known: Vec<&str> = lines.iter().map(|line| line.id.as_str()).take(KNOWN_MAX).collect();
        return Err(refused(id, format!("The invoice has no such line. Its lines are {}.", known.join(", "))));
    };
    if !is_first {
        return Err(refused(id, "This line is named twice. Name it once."));
    }
    if !lines[place].counts() {
        return Err(refused(id, "This line was offered and not chosen, so there is nothing to credit."));
    }
    match wanted.how_much {
        HowMuch::Rest if rest.lines[place].amount == 0 => {
            Err(refused(id, "All of this line has been credited already."))
        }
        HowMuch::Rest => rest_of_line(rest, place),
        HowMuch::Quantity(quantity) => by_quantity(rest, place, quantity, field),
        HowMuch::Amount(amount) => by_amount(rest, place, amount, field),
    }
}

/// Lines that a refusal names.
const KNOWN_MAX: usize = 20;

fn rest_of_line(rest: &Rest<'_>, place: usize) -> Result<(Part, Taken), Vec<FieldError>> {
    let (line, left) = (&rest.invoice.content.lines[place], rest.lines[place]);
    if left.credited.is_zero() && left.by_quantity {
        return Ok(credited(line, left, line.clone(), left.amount, line.quantity));
    }
    if let Some(quantity) = rest.quantity(place) {
        return Ok(credited(line, left, Line { quantity, ..line.clone() }, left.amount, quantity));
    }
    let lump = lump(line.clone(), left.amount, rest.invoice.content.currency)?;
    Ok(credited(line, left, lump, left.amount, Quantity::ZERO))
}

fn by_quantity(
    rest: &Rest<'_>,
    place: usize,
    quantity: Quantity,
    field: &str,
) -> Result<(Part, Taken), Vec<FieldError>> {
    let (line, left, currency) = (&rest.invoice.content.lines[place], rest.lines[place], rest.invoice.content.currency);
    let field = format!("{field}.quantity");
    let whole = line.quantity.decimal();
    if quantity.is_zero() || quantity.is_negative() != line.quantity.is_negative() {
        return Err(refused(field, format!("Write a quantity up to {}.", whole - left.credited)));
    }
    let so_far: Option<Quantity> =
        left.credited.checked_add(quantity.decimal()).and_then(|sum| Quantity::parse(&sum.to_string()).ok());
    let amount_at = |quantity: Decimal| {
        Quantity::parse(&quantity.to_string()).ok().and_then(|quantity| amount_of(line, quantity, currency))
    };
    // Counted up like the tax: three thirds of a line are the line.
    let amount = so_far
        .filter(|so_far| so_far.decimal().abs() <= whole.abs())
        .and_then(|so_far| amount_at(so_far.decimal())?.checked_sub(amount_at(left.credited)?));
    match amount.filter(|amount| is_part(*amount, left.amount)) {
        Some(amount) => Ok(credited(line, left, Line { quantity, ..line.clone() }, amount, quantity)),
        None => {
            let (most, worth) = (whole - left.credited, money(left.amount, currency));
            Err(refused(field, format!("At most {most} of this line can still be credited, and {worth}.")))
        }
    }
}

fn by_amount(rest: &Rest<'_>, place: usize, amount: i64, field: &str) -> Result<(Part, Taken), Vec<FieldError>> {
    let (line, left, currency) = (&rest.invoice.content.lines[place], rest.lines[place], rest.invoice.content.currency);
    let field = format!("{field}.amount");
    if amount == 0 || !is_part(amount, left.amount) {
        let worth = money(left.amount, currency);
        return Err(refused(field, format!("At most {worth} of this line can still be credited.")));
    }
    let lump = lump(line.clone(), amount, currency)?;
    Ok(credited(line, left, lump, amount, Quantity::ZERO))
}

/// Whether `part` lies between nothing and `whole`, both included.
fn is_part(part: i64, whole: i64) -> bool {
    (whole.min(0)..=whole.max(0)).contains(&part)
}

fn credited(line: &Line, left: LineRest, shown: Line, amount: i64, quantity: Quantity) -> (Part, Taken) {
    // What was offered and chosen is simply a line.
    let shown = Line { optional: false, selected: true, ..shown };
    (Part { line: shown, amount, rate: left.rate }, Taken { line: line.id.clone(), amount, quantity })
}

/// A line over one amount.
fn lump(line: Line, amount: i64, currency: Currency) -> Result<Line, Vec<FieldError>> {
    let unit_price = UnitPrice::parse(&money(amount, currency).to_decimal_string())
        .map_err(|_| refused("amount", "The amount is too large for one line. Credit the line as a whole."))?;
    Ok(Line { quantity: Quantity::ONE, unit: String::new(), unit_price, discount: Percent::ZERO, ..line })
}

/// The line that stands for all lines of a rate.
fn for_the_rate(rest: &Rest<'_>, place: usize, sum: Sum) -> Result<Part, Vec<FieldError>> {
    let (rate, amount) = (rest.rates[place], priced(rest, sum));
    let line = Line {
        description: format!("Credit on invoice {}", rest.invoice.number),
        tax_rate: rate.rate,
        tax_category: rate.category,
        ..Line::default()
    };
    Ok(Part { line: lump(line, amount, rest.invoice.content.currency)?, amount, rate: place })
}

fn from_the_lines(rest: &Rest<'_>, rate: usize, amount: i64) -> Option<Vec<Taken>> {
    let lines = rest.invoice.content.lines.iter().zip(&rest.lines);
    let (ids, left): (Vec<&str>, Vec<i64>) = lines
        .filter(|(_, left)| left.rate == rate && left.amount != 0)
        .map(|(line, left)| (line.id.as_str(), left.amount))
        .unzip();
    let taken = ids.into_iter().zip(shared(amount, &left)?).filter(|(_, amount)| *amount != 0);
    Some(taken.map(|(line, amount)| Taken { line: line.to_owned(), amount, quantity: Quantity::ZERO }).collect())
}

/// Shares `amount` out in proportion to `wholes`, of which some may be negative. None if it is more than their sum.
fn shared(amount: i64, wholes: &[i64]) -> Option<Vec<i64>> {
    let sum: i128 = wholes.iter().map(|whole| i128::from(*whole)).sum();
    if amount == 0 {
        return Some(vec![0; wholes.len()]);
    }
    let sign = sum.signum();
    if i128::from(amount).signum() != sign || i128::from(amount).abs() > sum.abs() {
        return None;
    }
    let numerators: Vec<i128> = wholes.iter().map(|whole| i128::from(amount) * i128::from(*whole) * sign).collect();
    let parts = share_out(&numerators, Denominator::new(sum.abs())?)?.parts;
    parts.into_iter().map(|part| i64::try_from(part).ok()).collect()
}

fn priced(rest: &Rest<'_>, sum: Sum) -> i64 {
    if rest.invoice.content.prices_include_tax { sum.gross() } else { sum.base }
}

/// The totals and the lines in their order. None if a sum does not fit.
fn add_up(rest: &Rest<'_>, parts: Vec<Part>, sums: &Sums) -> Option<(Totals, Vec<Line>)> {
    let mut totals = Totals { lines: vec![LineTotal::default(); parts.len()], ..Totals::default() };
    for (place, (rate, sum)) in rest.rates.iter().zip(sums).enumerate() {
        let members: Vec<usize> = (0..parts.len()).filter(|i| parts[*i].rate == place).collect();
        let Some(sum) = sum.filter(|_| !members.is_empty()) else { continue };
        let amounts: Vec<i64> = members.iter().map(|i| parts[*i].amount).collect();
        for ((i, amount), tax) in members.iter().zip(&amounts).zip(taxes_of(&amounts, sum.tax)?) {
            let net = if rest.invoice.content.prices_include_tax { amount.checked_sub(tax)? } else { *amount };
            totals.lines[*i] = LineTotal { net, tax, gross: net.checked_add(tax)? };
        }
        totals.taxes.push(TaxTotal { rate: rate.rate, category: rate.category, base: sum.base, amount: sum.tax });
        totals.subtotal = totals.subtotal.checked_add(sum.base)?;
        totals.tax = totals.tax.checked_add(sum.tax)?;
    }
    totals.total = totals.subtotal.checked_add(totals.tax)?;
    Some((totals, parts.into_iter().map(|part| part.line).collect()))
}

/// A rate's tax, shared out to the lines by their amounts.
fn taxes_of(amounts: &[i64], tax: i64) -> Option<Vec<i64>> {
    let sum: i128 = amounts.iter().map(|amount| i128::from(*amount)).sum();
    let Some(whole) = Denominator::new(sum.abs()) else {
        return Some((0..amounts.len()).map(|i| if i == 0 { tax } else { 0 }).collect());
    };
    let numerators: Vec<i128> =
        amounts.iter().map(|amount| i128::from(*amount) * i128::from(tax) * sum.signum()).collect();
    share_out(&numerators, whole)?.parts.into_iter().map(|part| i64::try_from(part).ok()).collect()
}
