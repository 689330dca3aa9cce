//! The lines of a document and what they add up to. What is shown, printed, exported and charged comes from [`totals`].
//!
//! Rounding as EN 16931 asks (BR-CO-10 to 17): each line once, the tax once per group of equal category and rate,
//! always half away from zero. Line amounts add up to the group's base and line taxes to the group's tax, to the last
//! cent.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::currency::Currency;
use super::field::{FieldError, Findings, Lines};
use super::money::{MINOR_MAX, Money};
use super::quantity::{Percent, Quantity, TaxRate, UnitPrice};
use super::rounding::{Denominator, Shares, round_half_away, share_out};
use super::tax::TaxCategory;

/// A document of more lines is a report; it would take pages to print and seconds to read.
pub const LINES_MAX: usize = 2000;
/// About a page of text: a line says what was delivered, an attachment says the rest.
pub const DESCRIPTION_CHARS_MAX: usize = 2000;
/// A unit is a word: `h`, `kg`, `working day`.
pub const UNIT_CHARS_MAX: usize = 40;
/// A line's id is a counter or a key of the program that made it.
pub const LINE_ID_CHARS_MAX: usize = 40;

/// One line, as stored and as given by forms and API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Line {
    /// Unique within its document; empty until the document gives it one.
    pub id: String,
    pub description: String,
    pub quantity: Quantity,
    pub unit: String,
    pub unit_price: UnitPrice,
    pub discount: Percent,
    pub tax_rate: TaxRate,
    pub tax_category: TaxCategory,
    /// Offered, and counted only if `selected`.
    pub optional: bool,
    /// Means something only for an optional line.
    pub selected: bool,
}

impl Default for Line {
    fn default() -> Self {
        Self {
            id: String::new(),
            description: String::new(),
            quantity: Quantity::ONE,
            unit: String::new(),
            unit_price: UnitPrice::ZERO,
            discount: Percent::ZERO,
            tax_rate: TaxRate::ZERO,
            tax_category: TaxCategory::S,
            optional: false,
            selected: true,
        }
    }
}

impl Line {
    /// Whether the line is part of the sums.
    #[must_use]
    pub const fn counts(&self) -> bool {
        !self.optional || self.selected
    }
}

/// A line's amounts in minor units; `net + tax = gross`. A line that does not count has the amounts it would have
/// alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LineTotal {
    pub net: i64,
    /// Its share of the group's tax.
    pub tax: i64,
    pub gross: i64,
}

/// One group of equal category and rate: BG-23 of EN 16931.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxTotal {
    /// Without trailing zeros.
    pub rate: TaxRate,
    pub category: TaxCategory,
    /// The sum of the nets, BT-116.
    pub base: i64,
    /// BT-117.
    pub amount: i64,
}

/// A document's sums in minor units; `subtotal + tax = total`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Totals {
    /// One for each line, in the order of the lines.
    pub lines: Vec<LineTotal>,
    pub subtotal: i64,
    /// By category, the highest rate first.
    pub taxes: Vec<TaxTotal>,
    pub tax: i64,
    /// Never negative.
    pub total: i64,
}

/// What is wrong with the lines' texts: a document can be shown and added up without this, but not saved.
#[must_use]
pub fn validate(lines: &[Line]) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let mut first_with = BTreeMap::new();
    for (i, line) in lines.iter().enumerate() {
        let mut found = Findings::under(&format!("lines[{i}]"));
        if line.description.trim().is_empty() {
            found.add("description", "Describe what this line is for.");
        }
        found.text("description", &line.description, DESCRIPTION_CHARS_MAX, Lines::Many);
        found.text("unit", &line.unit, UNIT_CHARS_MAX, Lines::One);
        found.text("id", &line.id, LINE_ID_CHARS_MAX, Lines::One);
        if !line.selected && !line.optional {
            found.add("selected", "Only an optional line can be left out. Make it optional, or leave it away.");
        }
        let first = *first_with.entry(line.id.as_str()).or_insert(i);
        if first != i && !line.id.is_empty() {
            found.add("id", format_args!("Line {} has the same id. Give every line its own.", first + 1));
        }
        errors.extend(found.into_errors());
    }
    errors
}

/// What is wrong with the numbers of single lines, whatever they add up to.
#[must_use]
pub fn validate_numbers(lines: &[Line], currency: Currency) -> Vec<FieldError> {
    line_amounts(lines, currency).err().unwrap_or_default()
}

/// Adds the lines up, or says which fields stand in the way.
///
/// Prices without tax: a line's net is `quantity × price × (1 − discount)`, rounded; a group's base is the sum of its
/// nets and its tax is `base × rate`, rounded. Prices with tax: the line's gross is rounded, a group's tax is `gross
/// × rate / (100 + rate)`, rounded, and the base is what remains. In both, the tax is shared out to the lines by
/// largest remainder.
pub fn totals(lines: &[Line], currency: Currency, prices_include_tax: bool) -> Result<Totals, Vec<FieldError>> {
    if lines.is_empty() {
        return Err(vec![FieldError::new("lines", "Add at least one line.")]);
    }
    if lines.len() > LINES_MAX {
        return Err(vec![FieldError::new("lines", format_args!("Use at most {LINES_MAX} lines."))]);
    }
    let amounts = line_amounts(lines, currency)?;
    let prices = if prices_include_tax { Prices::WithTax } else { Prices::WithoutTax };
    add_up(lines, &amounts, prices).map_err(|sum| vec![FieldError::new("lines", sum.detail(currency))])
}

#[derive(Clone, Copy)]
enum Prices {
    WithTax,
    WithoutTax,
}

/// A sum that no document may have.
enum SumRefused {
    TooLarge,
    Negative,
}

impl SumRefused {
    fn detail(&self, currency: Currency) -> String {
        match self {
            Self::TooLarge => too_large(currency),
            Self::Negative => "The total may not be negative. Lower the deductions, or write a credit note.".to_owned(),
        }
    }
}

fn too_large(currency: Currency) -> String {
    match Money::new(MINOR_MAX, currency) {
        Ok(most) => format!("The amount is too large. An invoice may come to {most} at most."),
        Err(error) => error.to_string(),
    }
}

/// Every line's amount, rounded once: its net if prices are without tax, else its gross.
fn line_amounts(lines: &[Line], currency: Currency) -> Result<Vec<i64>, Vec<FieldError>> {
    let mut errors = Vec::new();
    let mut amounts = Vec::with_capacity(lines.len());
    for (i, line) in lines.iter().enumerate() {
        let mut found = Findings::under(&format!("lines[{i}]"));
        found.check("tax_rate", line.tax_category.check_rate(line.tax_rate));
        match line_amount(line, currency.exponent()) {
            Some(amount) => amounts.push(amount),
            None => found.add("unit_price", too_large(currency)),
        }
        errors.extend(found.into_errors());
    }
    if errors.is_empty() { Ok(amounts) } else { Err(errors) }
}

/// What another quantity of a line comes to, rounded as the line is. None if that is beyond [`MINOR_MAX`].
#[must_use]
pub fn amount_of(line: &Line, quantity: Quantity, currency: Currency) -> Option<i64> {
    line_amount(&Line { quantity, ..line.clone() }, currency.exponent())
}

/// None if the amount is beyond [`MINOR_MAX`]. A product too large for `i128` always is: it has 18 decimals at most,
/// so it is more than 10^20 minor units.
fn line_amount(line: &Line, exponent: u32) -> Option<i64> {
    let (quantity, quantity_scale) = line.quantity.units_and_scale();
    let (price, price_scale) = line.unit_price.units_and_scale();
    let paid = Decimal::ONE_HUNDRED.checked_sub(line.discount.decimal())?;
    let product = quantity.checked_mul(price)?.checked_mul(paid.mantissa())?;
    let numerator = product.checked_mul(10_i128.checked_pow(exponent)?)?;
    // Two more for the percent.
    let denominator = Denominator::power_of_ten(quantity_scale + price_scale + paid.scale() + 2)?;
    in_range(round_half_away(numerator, denominator))
}

fn in_range(minor: i128) -> Option<i64> {
    i64::try_from(minor).ok().filter(|minor| minor.unsigned_abs() <= MINOR_MAX.unsigned_abs())
}

fn add_up(lines: &[Line], amounts: &[i64], prices: Prices) -> Result<Totals, SumRefused> {
    let mut totals = Totals { lines: vec![LineTotal::default(); lines.len()], ..Totals::default() };
    for (i, line) in lines.iter().enumerate().filter(|(_, line)| !line.counts()) {
        let alone = taxed(line.tax_rate, &amounts[i..=i], prices).ok_or(SumRefused::TooLarge)?;
        totals.lines[i] = *alone.lines.first().ok_or(SumRefused::TooLarge)?;
    }
    let (mut subtotal, mut tax) = (0_i128, 0_i128);
    for ((category, Reverse(rate)), members) in groups(lines) {
        let amounts: Vec<i64> = members.iter().map(|i| amounts[*i]).collect();
        let group = taxed(rate, &amounts, prices).ok_or(SumRefused::TooLarge)?;
        for (i, line) in members.into_iter().zip(group.lines) {
            totals.lines[i] = line;
        }
        totals.taxes.push(TaxTotal { rate: rate.normalised(), category, base: group.base, amount: group.tax });
        subtotal += i128::from(group.base);
        tax += i128::from(group.tax);
    }
    totals.subtotal = in_range(subtotal).ok_or(SumRefused::TooLarge)?;
    totals.tax = in_range(tax).ok_or(SumRefused::TooLarge)?;
    totals.total = in_range(subtotal + tax).ok_or(SumRefused::TooLarge)?;
    if totals.total < 0 { Err(SumRefused::Negative) } else { Ok(totals) }
}

/// The lines that count, by category and rate; a rate is the same however it is written.
fn groups(lines: &[Line]) -> BTreeMap<(TaxCategory, Reverse<TaxRate>), Vec<usize>> {
    let mut groups: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (i, line) in lines.iter().enumerate().filter(|(_, line)| line.counts()) {
        groups.entry((line.tax_category, Reverse(line.tax_rate))).or_default().push(i);
    }
    groups
}

struct Group {
    base: i64,
    tax: i64,
    lines: Vec<LineTotal>,
}

/// The tax on a group of amounts, rounded once and shared out. None if a sum is beyond [`MINOR_MAX`].
fn taxed(rate: TaxRate, amounts: &[i64], prices: Prices) -> Option<Group> {
    let (units, scale) = rate.units_and_scale();
    let hundred = 10_i128.checked_pow(scale.checked_add(2)?)?;
    let denominator = match prices {
        Prices::WithoutTax => hundred,
        Prices::WithTax => hundred + units,
    };
    let numerators: Vec<i128> = amounts.iter().map(|amount| i128::from(*amount) * units).collect();
    let Shares { total: tax, parts } = share_out(&numerators, Denominator::new(denominator)?)?;

    let lines = amounts.iter().zip(parts).map(|(amount, tax)| line_total(*amount, tax, prices));
    let sum: i128 = amounts.iter().map(|amount| i128::from(*amount)).sum();
    let base = match prices {
        Prices::WithoutTax => sum,
        Prices::WithTax => sum - tax,
    };
    Some(Group { base: in_range(base)?, tax: in_range(tax)?, lines: lines.collect::<Option<_>>()? })
}

fn line_total(amount: i64, tax: i128, prices: Prices) -> Option<LineTotal> {
    let tax = i64::try_from(tax).ok()?;
    match prices {
        Prices::WithoutTax => Some(LineTotal { net: amount, tax, gross: amount.checked_add(tax)? }),
        Prices::WithTax => Some(LineTotal { net: amount.checked_sub(tax)?, tax, gross: amount }),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::{DESCRIPTION_CHARS_MAX, LINES_MAX, Line, LineTotal, TaxTotal, Totals, totals, validate};
    use crate::billing::currency::Currency;
    use crate::billing::field::FieldError;
    use crate::billing::quantity::{Percent, Quantity, TaxRate, UnitPrice};
    use crate::billing::tax::TaxCategory;

    const EXCLUSIVE: bool = false;
    const INCLUSIVE: bool = true;

    fn line(quantity: &str, unit_price: &str, tax_rate: &str) -> Line {
        Line {
            description: "Design".to_owned(),
            quantity: Quantity::parse(quantity).unwrap(),
            unit_price: UnitPrice::parse(unit_price).unwrap(),
            tax_rate: TaxRate::parse(tax_rate).unwrap(),
            ..Line::default()
        }
    }

    fn discounted(quantity: &str, unit_price: &str, discount: &str) -> Line {
        Line { discount: Percent::parse(discount).unwrap(), ..line(quantity, unit_price, "0") }
    }

    fn optional(line: Line, selected: bool) -> Line {
        Line { optional: true, selected, ..line }
    }

    fn sums(lines: &[Line], prices_include_tax: bool) -> Totals {
        totals(lines, Currency::EUR, prices_include_tax).unwrap()
    }

    fn taxes(totals: &Totals) -> Vec<(String, i64, i64)> {
        totals.taxes.iter().map(|tax| (tax.rate.to_string(), tax.base, tax.amount)).collect()
    }

    fn refusal(lines: &[Line]) -> Vec<(String, String)> {
        let errors = totals(lines, Currency::EUR, EXCLUSIVE).unwrap_err();
        errors.into_iter().map(|FieldError { field, detail }| (field, detail)).collect()
    }

    fn refused_fields(lines: &[Line]) -> Vec<String> {
        refusal(lines).into_iter().map(|(field, _)| field).collect()
    }

    #[test]
    fn the_contracts_example_adds_up() {
        let nineteen = TaxRate::parse("19").unwrap();
        let expected = Totals {
            lines: vec![LineTotal { net: 16000, tax: 3040, gross: 19040 }],
            subtotal: 16000,
            taxes: vec![TaxTotal { rate: nineteen, category: TaxCategory::S, base: 16000, amount: 3040 }],
            tax: 3040,
            total: 19040,
        };
        assert_eq!(sums(&[line("2", "80.00", "19")], EXCLUSIVE), expected);
    }

    #[test]
    fn a_line_is_rounded_once_half_away_from_zero_in_its_currency() {
        let table = [
            ("1", "0.004", Currency::EUR, 0),
            ("1", "0.005", Currency::EUR, 1),
            ("1", "0.015", Currency::EUR, 2),
            ("3", "0.333333", Currency::EUR, 100),
            ("0.5", "0.01", Currency::EUR, 1),
            ("2.5", "1", Currency::JPY, 3),
            ("1", "1499.5", Currency::ISK, 1500),
            ("1", "1499.499999", Currency::UGX, 1499),
            ("1", "0.0005", Currency::KWD, 1),
            ("1", "12.3454", Currency::KWD, 12345),
            ("0.000001", "999999999999.999999", Currency::EUR, 100_000_000),
            ("999999999999", "0.000001", Currency::JPY, 1_000_000),
            ("0", "5", Currency::EUR, 0),
        ];
        for (quantity, price, currency, expected) in table {
            let sums = totals(&[line(quantity, price, "0")], currency, EXCLUSIVE).unwrap();
            assert_eq!(sums.total, expected, "{quantity} × {price} {currency}");
            let pair = [line(quantity, price, "0"), line(&format!("-{quantity}"), price, "0")];
            let sums = totals(&pair, currency, EXCLUSIVE).unwrap();
            assert_eq!(sums.lines[1].net, -expected, "a return mirrors its sale");
            assert_eq!(sums.total, 0);
        }
    }

    #[test]
    fn a_discount_is_taken_before_the_rounding() {
        let table = [
            ("1", "100.00", "10", 9000),
            ("3", "33.33", "12.5", 8749),
            ("1", "0.01", "50", 1),
            ("1", "0.01", "50.0001", 0),
            ("1", "99.99", "33.3333", 6666),
            ("7", "80.00", "100", 0),
            ("7", "80.00", "0.00", 56000),
            ("-1", "0.01", "50", -1),
        ];
        for (quantity, price, discount, expected) in table {
            let lines = [discounted(quantity, price, discount), line("1", "1", "0")];
            assert_eq!(sums(&lines, EXCLUSIVE).lines[0].net, expected, "{quantity} × {price} − {discount} %");
        }
    }

    #[test]
    fn tax_is_rounded_once_for_each_rate_however_it_is_written() {
        // Three times 0.13 at 19 % is 0.0741: rounded line by line it would be 0.06.
        let thrice = sums(&[line("1", "0.13", "19"), line("1", "0.13", "19.00"), line("1", "0.13", "19.0")], EXCLUSIVE);
        assert_eq!(taxes(&thrice), [("19".to_owned(), 39, 7)]);
        assert_eq!(thrice.lines.iter().map(|line| line.tax).collect::<Vec<_>>(), [3, 2, 2]);
        assert_eq!(thrice.total, 46);

        let mixed =
            sums(&[line("1", "10", "7"), line("1", "10", "19"), line("1", "5", "7"), line("1", "1", "0")], EXCLUSIVE);
        let expected = [("19", 1000, 190), ("7", 1500, 105), ("0", 100, 0)];
        assert_eq!(taxes(&mixed), expected.map(|(rate, base, tax)| (rate.to_owned(), base, tax)));
        assert_eq!((mixed.subtotal, mixed.tax, mixed.total), (2600, 295, 2895));
    }

    #[test]
    fn half_a_cent_of_tax_goes_up() {
        for (price, rate, tax) in
            [("0.50", "1", 1), ("0.49", "1", 0), ("1.50", "5", 8), ("0.10", "5", 1), ("4.00", "8.8750", 36)]
        {
            assert_eq!(sums(&[line("1", price, rate)], EXCLUSIVE).tax, tax, "{price} at {rate} %");
        }
    }

    #[test]
    fn prices_with_tax_keep_the_gross_and_take_the_tax_out_of_it() {
        let table = [
            ("119.00", "19", 10000, 1900),
            ("1.00", "19", 84, 16),
            ("0.01", "19", 1, 0),
            ("0.03", "20", 2, 1),
            ("10.00", "7.7", 929, 71),
            ("5.00", "100", 250, 250),
            ("5.00", "0", 500, 0),
        ];
        for (price, rate, base, tax) in table {
            let sums = sums(&[line("1", price, rate)], INCLUSIVE);
            assert_eq!((sums.subtotal, sums.tax), (base, tax), "{price} with {rate} %");
            assert_eq!(sums.total, base + tax);
        }
    }

    #[test]
    fn line_taxes_with_prices_with_tax_are_shares_of_the_groups_tax() {
        let equal = sums(&[line("1", "1.00", "19"), line("1", "1.00", "19"), line("1", "1.00", "19")], INCLUSIVE);
        assert_eq!(equal.lines, [LineTotal { net: 84, tax: 16, gross: 100 }; 3]);
        assert_eq!(taxes(&equal), [("19".to_owned(), 252, 48)]);

        // Alone, each would hold 0.02 of tax; together they hold 0.16, so four of them bear one cent.
        let ten = sums(&vec![line("1", "0.10", "19"); 10], INCLUSIVE);
        assert_eq!(ten.lines.iter().map(|line| line.tax).collect::<Vec<_>>(), [2, 2, 2, 2, 2, 2, 1, 1, 1, 1]);
        assert_eq!((ten.subtotal, ten.tax, ten.total), (84, 16, 100));
    }

    #[test]
    fn deductions_lower_their_own_rates_group() {
        let lines = [line("1", "100", "19"), line("1", "-40", "19"), line("-1", "10", "7")];
        let exclusive = sums(&lines, EXCLUSIVE);
        assert_eq!(taxes(&exclusive), [("19".to_owned(), 6000, 1140), ("7".to_owned(), -1000, -70)]);
        assert_eq!((exclusive.subtotal, exclusive.tax, exclusive.total), (5000, 1070, 6070));
        assert_eq!(exclusive.lines[1], LineTotal { net: -4000, tax: -760, gross: -4760 });
        assert_eq!(sums(&lines, INCLUSIVE).total, 5000);
    }

    #[test]
    fn an_optional_line_counts_when_selected_and_shows_its_amounts_anyway() {
        let extra = line("1", "50", "19");
        let with = sums(&[line("1", "100", "19"), optional(extra.clone(), true)], EXCLUSIVE);
        assert_eq!((with.subtotal, with.total), (15000, 17850));

        let without = sums(&[line("1", "100", "19"), optional(extra, false)], EXCLUSIVE);
        assert_eq!((without.subtotal, without.total), (10000, 11900));
        assert_eq!(without.lines[1], LineTotal { net: 5000, tax: 950, gross: 5950 });

        let nothing = sums(&[optional(line("1", "100", "19"), false)], INCLUSIVE);
        assert_eq!((nothing.taxes.len(), nothing.total), (0, 0));
        let not_optional = Line { selected: false, ..line("1", "100", "19") };
        assert_eq!(sums(&[not_optional], EXCLUSIVE).total, 11900);
    }

    #[test]
    fn categories_stand_apart_even_at_the_same_rate() {
        let exempt = Line { tax_category: TaxCategory::E, ..line("1", "20", "0") };
        let sums = sums(&[exempt, line("1", "10", "0"), line("1", "5", "0")], EXCLUSIVE);
        let groups: Vec<_> = sums.taxes.iter().map(|tax| (tax.category, tax.base, tax.amount)).collect();
        assert_eq!(groups, [(TaxCategory::S, 1500, 0), (TaxCategory::E, 2000, 0)]);
    }

    #[test]
    fn a_rate_that_the_category_forbids_is_refused() {
        let wrong = Line { tax_category: TaxCategory::AE, ..line("1", "20", "19") };
        assert_eq!(refused_fields(&[line("1", "1", "19"), wrong]), ["lines[1].tax_rate"]);
    }

    #[test]
    fn what_does_not_fit_is_refused_and_named() {
        let most = "999999999999.999999";
        assert_eq!(refused_fields(&[line("1", "1", "0"), line(most, most, "0")]), ["lines[1].unit_price"]);
        assert_eq!(refused_fields(&[line(most, "-20", "0"), line("1", "1", "0")]), ["lines[0].unit_price"]);
        let hidden = optional(line(most, most, "0"), false);
        assert_eq!(refused_fields(&[line("1", "1", "0"), hidden]), ["lines[1].unit_price"]);

        assert!(totals(&[line("10", "999999999999", "0")], Currency::EUR, EXCLUSIVE).is_ok());
        let taxed_beyond = refusal(&[line("10", "999999999999", "19")]);
        let expected = "The amount is too large. An invoice may come to 10000000000000.00 EUR at most.";
        assert_eq!(taxed_beyond, [("lines".to_owned(), expected.to_owned())]);
        assert_eq!(refused_fields(&vec![line("10", "999999999999", "0"); LINES_MAX]), ["lines"]);
    }

    #[test]
    fn a_total_is_not_negative() {
        let (field, detail) = refusal(&[line("1", "10", "19"), line("1", "-10.01", "19")]).remove(0);
        assert_eq!(field, "lines");
        assert!(detail.contains("may not be negative"), "{detail}");
        assert_eq!(sums(&[line("1", "10", "19"), line("-1", "10", "19")], EXCLUSIVE).total, 0);
    }

    #[test]
    fn there_is_at_least_one_line_and_no_more_than_two_thousand() {
        assert_eq!(refused_fields(&[]), ["lines"]);
        assert_eq!(sums(&vec![line("1", "1", "0"); LINES_MAX], EXCLUSIVE).total, 200_000);
        assert_eq!(refused_fields(&vec![line("1", "1", "0"); LINES_MAX + 1]), ["lines"]);
    }

    #[test]
    fn texts_are_checked_before_a_document_is_saved() {
        let named = |id: &str| Line { id: id.to_owned(), ..line("1", "1", "0") };
        assert_eq!(validate(&[named("1"), named("2")]), []);
        let lines = [
            named("1"),
            Line { description: " \n".to_owned(), ..named("2") },
            Line { description: "x".repeat(DESCRIPTION_CHARS_MAX + 1), ..named("3") },
            Line { unit: "a\nb".to_owned(), ..named("1") },
        ];
        let fields: Vec<String> = validate(&lines).into_iter().map(|error| error.field).collect();
        assert_eq!(fields, ["lines[1].description", "lines[2].description", "lines[3].unit", "lines[3].id"]);
    }

    #[test]
    fn a_stored_line_may_lack_what_was_added_later() {
        let stored: Line =
            serde_json::from_str(r#"{"description":"Design","unit_price":"80.00","added_later":1}"#).unwrap();
        let expected = Line { description: "Design".to_owned(), ..line("1", "80.00", "0") };
        assert_eq!(stored, expected);
        let json = serde_json::to_string(&expected).unwrap();
        assert_eq!(serde_json::from_str::<Line>(&json).unwrap(), expected);
    }
}
