//! Properties of money: what must hold for every amount, line and number, not only for the examples beside the code.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::HashSet;

use jiff::ToSpan;
use jiff::civil::{Date, date};
use proptest::collection::vec;
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};
use proptest::sample::select;
use quittance::billing::bank::{Bic, Iban};
use quittance::billing::credit_note::plan::{HowMuch, LineCredit, What, plan};
use quittance::billing::credit_note::{CreditNote, Rest, Settle};
use quittance::billing::currency::Currency;
use quittance::billing::decimal::DecimalSeparator;
use quittance::billing::due::Due;
use quittance::billing::field::FieldError;
use quittance::billing::id::{CreditNoteId, CustomerId, InvoiceId};
use quittance::billing::invoice::{Content, Invoice, PublicLink};
use quittance::billing::ledger::Book;
use quittance::billing::line::{Line, Totals, totals};
use quittance::billing::money::{MINOR_MAX, Money};
use quittance::billing::number::{Pattern, Series};
use quittance::billing::party::Party;
use quittance::billing::plan::{Asked, Instalment, Part, Plan, Share, asked};
use quittance::billing::quantity::{Percent, Quantity, TaxRate, UnitPrice};
use quittance::billing::rounding::{Denominator, round_half_away, share_out};
use quittance::words::numbers::Numbers;

/// Enough to find what is wrong, few enough to run on every change.
const CASES: u32 = 256;

/// One of each way to write numbers.
const TAGS: [&str; 17] = [
    "en", "de", "de-AT", "de-CH", "fr", "fr-CA", "es", "es-AR", "es-MX", "it", "nl", "ja", "ar", "ar-EG", "ar-MA",
    "sv", "da",
];
const SEPARATORS: [DecimalSeparator; 2] = [DecimalSeparator::Point, DecimalSeparator::Comma];
const RATES: [&str; 8] = ["0", "5.5", "7", "7.7", "19", "19.00", "20", "8.875"];
const PATTERNS: [&str; 6] =
    ["{SEQ}", "{YYYY}-{SEQ:4}", "{SEQ:2}{MM}", "{YYYY}{MM}{SEQ:3}", "R{SEQ}/{YYYY}", "{MM}.{SEQ}.{YYYY}"];

fn currencies() -> impl Strategy<Value = Currency> {
    select(vec![
        Currency::EUR,
        Currency::USD,
        Currency::CHF,
        Currency::JPY,
        Currency::ISK,
        Currency::UGX,
        Currency::KWD,
    ])
}

fn amounts() -> impl Strategy<Value = Money> {
    let minor = prop_oneof![-2000..=2000_i64, -MINOR_MAX..=MINOR_MAX];
    (minor, currencies()).prop_map(|(minor, currency)| Money::new(minor, currency).unwrap())
}

fn decimal(units: i64, scale: usize) -> String {
    let sign = if units < 0 { "-" } else { "" };
    let digits = format!("{:0>1$}", units.unsigned_abs(), scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    if scale == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

/// Lines as businesses write them, returns and deductions among them.
fn lines() -> impl Strategy<Value = Vec<Line>> {
    let quantity = (-30_i64..1000, 0..=3_usize).prop_map(|(units, scale)| decimal(units, scale));
    let price = (-2000_i64..1_000_000, 0..=6_usize).prop_map(|(units, scale)| decimal(units, scale));
    let discount = prop_oneof![Just("0".to_owned()), (0..=10_000_i64).prop_map(|units| decimal(units, 2))];
    let line = (quantity, price, discount, select(RATES.to_vec()), any::<bool>(), any::<bool>());
    let line = line.prop_map(|(quantity, price, discount, rate, optional, selected)| Line {
        quantity: Quantity::parse(&quantity).unwrap(),
        unit_price: UnitPrice::parse(&price).unwrap(),
        discount: Percent::parse(&discount).unwrap(),
        tax_rate: TaxRate::parse(rate).unwrap(),
        optional,
        selected,
        ..Line::default()
    });
    vec(line, 1..30)
}

fn sum(values: impl Iterator<Item = i64>) -> i64 {
    values.sum()
}

/// Dates that move forward and sometimes back, over a few years.
fn dates() -> impl Strategy<Value = Vec<Date>> {
    vec(-40..70_i32, 1..80).prop_map(|steps| {
        let mut day = date(2026, 11, 22);
        steps
            .into_iter()
            .map(|step| {
                day = day.saturating_add(step.days());
                day
            })
            .collect()
    })
}

fn assert_sums_agree(lines: &[Line], sums: &Totals) {
    for line in &sums.lines {
        assert_eq!(line.net + line.tax, line.gross);
    }
    for tax in &sums.taxes {
        let members = lines.iter().zip(&sums.lines).filter(|(line, _)| line.counts() && line.tax_rate == tax.rate);
        let members: Vec<_> = members.map(|(_, total)| total).collect();
        assert_eq!(sum(members.iter().map(|line| line.net)), tax.base);
        assert_eq!(sum(members.iter().map(|line| line.tax)), tax.amount);
    }
    assert_eq!(sum(sums.taxes.iter().map(|tax| tax.base)), sums.subtotal);
    assert_eq!(sum(sums.taxes.iter().map(|tax| tax.amount)), sums.tax);
    assert_eq!(sums.subtotal + sums.tax, sums.total);
    assert!(sums.total >= 0);
}

/// An invoice over these lines; none if they make none.
fn invoice(lines: Vec<Line>, currency: Currency, prices_include_tax: bool) -> Option<Invoice> {
    let lines = lines.into_iter().enumerate().map(|(i, line)| Line { id: i.to_string(), ..line }).collect();
    let content = Content {
        lines,
        prices_include_tax,
        ..Content::blank(CustomerId::from_parts(1, 1), currency, Due::InDays(14))
    };
    let totals = totals(&content.lines, currency, prices_include_tax).ok()?;
    Some(Invoice {
        id: InvoiceId::from_parts(1, 1),
        number: "2026-0001".to_owned(),
        book: Book::Live,
        created_at: jiff::Timestamp::UNIX_EPOCH,
        issued_at: jiff::Timestamp::UNIX_EPOCH,
        issue_date: date(2026, 11, 22),
        due_date: date(2026, 12, 6),
        content,
        totals,
        seller: Party::default(),
        buyer: Party::default(),
        void: None,
        link: PublicLink::from_entropy(1),
    })
}

/// That no line, no rate and no total is credited beyond itself.
fn assert_within(invoice: &Invoice, notes: &[CreditNote]) {
    let within = |part: i64, whole: i64| part.abs() <= whole.abs() && part.signum() * whole.signum() >= 0;
    assert!(sum(notes.iter().map(|note| note.totals.total)) <= invoice.totals.total);
    for (line, total) in invoice.content.lines.iter().zip(&invoice.totals.lines) {
        let whole = if invoice.content.prices_include_tax { total.gross } else { total.net };
        let taken = notes.iter().flat_map(|note| &note.taken).filter(|taken| taken.line == line.id);
        let taken = sum(taken.map(|taken| taken.amount));
        assert!(within(taken, whole), "line {}: {taken} of {whole}", line.id);
    }
    for tax in &invoice.totals.taxes {
        let of_rate = notes.iter().flat_map(|note| &note.totals.taxes);
        let of_rate: Vec<_> = of_rate.filter(|of| of.rate == tax.rate && of.category == tax.category).collect();
        assert!(within(sum(of_rate.iter().map(|of| of.base)), tax.base), "{tax:?} {of_rate:?}");
        assert!(within(sum(of_rate.iter().map(|of| of.amount)), tax.amount), "{tax:?} {of_rate:?}");
    }
}

/// The note that follows, as it would be stored.
fn credited(invoice: &Invoice, earlier: &[CreditNote], what: &What) -> Result<CreditNote, Vec<FieldError>> {
    let plan = plan(invoice, earlier, what)?;
    let ordinal = u64::try_from(earlier.len()).unwrap() + 1;
    Ok(CreditNote {
        id: CreditNoteId::from_parts(ordinal, 1),
        number: format!("CN-{ordinal}"),
        invoice: invoice.id,
        customer: invoice.content.customer,
        book: invoice.book,
        ordinal,
        issued_at: invoice.issued_at,
        issue_date: invoice.issue_date,
        currency: invoice.content.currency,
        prices_include_tax: invoice.content.prices_include_tax,
        lines: plan.lines,
        totals: plan.totals,
        taken: plan.taken,
        reason: String::new(),
        settle: Settle::CustomerCredit,
        applied: 0,
        taken_over: 0,
        seller: Party::default(),
        buyer: Party::default(),
    })
}

/// What somebody might credit next: an amount, a line by amount or quantity, or lines as a whole. `dice` is between 0 and 1000.
fn whim(invoice: &Invoice, earlier: &[CreditNote], kind: u8, dice: i64) -> What {
    let rest = Rest::of(invoice, earlier);
    let place = usize::try_from(dice).unwrap() % invoice.content.lines.len();
    let (line, left) = (&invoice.content.lines[place], rest.lines()[place]);
    let part = |whole: i64| i64::try_from(i128::from(whole) * i128::from(dice) / 1000).unwrap();
    let one = |how_much| What::Lines(vec![LineCredit { line: line.id.clone(), how_much }]);
    match kind {
        0 => What::Amount(part(rest.total())),
        1 => one(HowMuch::Amount(part(left.amount))),
        2 => one(HowMuch::Quantity(line.quantity)),
        3 => one(HowMuch::Quantity(Quantity::parse("0.5").unwrap())),
        _ => one(HowMuch::Rest),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_amount_survives_its_own_text(money in amounts()) {
        prop_assert_eq!(Money::from_decimal_str(&money.to_decimal_string(), money.currency()), Ok(money));
        for tag in TAGS {
            let numbers = Numbers::of(tag);
            let shown = numbers.money(money);
            let typed = numbers.typed(&shown, money.currency());
            prop_assert_eq!(Money::parse_typed(&typed, money.currency(), numbers.separator()), Ok(money), "{}", shown);
        }
        let json = serde_json::to_string(&money).unwrap();
        prop_assert_eq!(serde_json::from_str::<Money>(&json).unwrap(), money);
    }

    #[test]
    fn every_decimal_survives_its_own_text(units in any::<i64>()) {
        let text = decimal(units % 1_000_000_000_000_000_000, 6);
        let quantity = Quantity::parse(&text).unwrap();
        prop_assert_eq!(Quantity::parse(&quantity.to_string()), Ok(quantity));
        prop_assert!(quantity.is_zero() || quantity.to_string() == text);
        for separator in SEPARATORS {
            // With six decimals nothing is ambiguous.
            prop_assert_eq!(Quantity::parse_typed(&text, separator), Ok(quantity));
            prop_assert_eq!(Quantity::parse_typed(&text.replace('.', ","), separator), Ok(quantity));
        }
        let json = serde_json::to_string(&quantity).unwrap();
        prop_assert_eq!(serde_json::from_str::<Quantity>(&json).unwrap(), quantity);
    }

    #[test]
    fn nothing_that_is_typed_panics(text in r"[0-9.,' €$%eE+-]{0,24}|\PC{0,24}|(?s).{0,80}") {
        for separator in SEPARATORS {
            for currency in [Currency::EUR, Currency::JPY, Currency::KWD] {
                // What is accepted is in range and has a strict form that means the same.
                if let Ok(money) = Money::parse_typed(&text, currency, separator) {
                    prop_assert!(money.minor().abs() <= MINOR_MAX);
                    prop_assert_eq!(Money::from_decimal_str(&money.to_decimal_string(), currency), Ok(money));
                }
            }
            if let Ok(price) = UnitPrice::parse_amount(&text, Currency::USD, separator) {
                prop_assert_eq!(UnitPrice::parse(&price.to_string()), Ok(price));
            }
            let _ = Quantity::parse_typed(&text, separator);
            let _ = TaxRate::parse_typed(&text, separator);
        }
        let _ = (Currency::parse(&text), Pattern::parse(&text), Iban::parse(&text), Bic::parse(&text));
        let (name, email, language) = (text.clone(), text.clone(), text.clone());
        let _ = Party { name, email, language, website: text, ..Party::default() }.tidied().validate("");
    }

    #[test]
    fn what_the_strict_form_accepts_the_lenient_one_reads_the_same(units in any::<i32>(), scale in 0..=6_usize) {
        let text = decimal(units.into(), scale);
        prop_assert_eq!(Quantity::parse_typed(&text, DecimalSeparator::Point), Quantity::parse(&text));
    }

    #[test]
    fn sums_stay_exact_or_are_refused(a in amounts(), b in amounts()) {
        let exact = i128::from(a.minor()) + i128::from(b.minor());
        match a.checked_add(b) {
            Ok(sum) => {
                prop_assert_eq!(i128::from(sum.minor()), exact);
                prop_assert_eq!(sum.checked_sub(b), Ok(a));
            }
            Err(_) => prop_assert!(a.currency() != b.currency() || exact.abs() > i128::from(MINOR_MAX)),
        }
    }

    #[test]
    fn an_allocation_adds_up_and_is_fair(
        money in amounts(),
        weights in vec(prop_oneof![0..20_u64, any::<u64>()], 1..20),
    ) {
        let whole: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
        let parts = money.allocate(&weights);
        prop_assert_eq!(parts.is_none(), whole == 0);
        let Some(parts) = parts else { return Ok(()) };
        prop_assert_eq!(sum(parts.iter().map(|part| part.minor())), money.minor());
        for (part, weight) in parts.iter().zip(&weights) {
            // Less than one unit from the exact share.
            let off = i128::from(part.minor()) * whole - i128::from(money.minor()) * i128::from(*weight);
            prop_assert!(off.abs() < whole);
        }
        let mirrored: Vec<Money> = parts.into_iter().map(Money::negated).collect();
        prop_assert_eq!(money.negated().allocate(&weights), Some(mirrored));
    }

    #[test]
    fn rounding_is_to_the_nearest_and_symmetric(numerator in any::<i64>(), denominator in 1..=i64::MAX) {
        let (n, d) = (i128::from(numerator), i128::from(denominator));
        let rounded = round_half_away(n, Denominator::new(d).unwrap());
        let off = rounded * d - n;
        prop_assert!(2 * off.abs() <= d);
        prop_assert!(2 * off.abs() < d || off.signum() == n.signum(), "a half goes away from zero");
        prop_assert_eq!(round_half_away(-n, Denominator::new(d).unwrap()), -rounded);
    }

    #[test]
    fn shares_add_up_whatever_their_signs(
        numerators in vec(-100_000..100_000_i128, 0..40),
        denominator in 1..5000_i128,
    ) {
        let parts_of = Denominator::new(denominator).unwrap();
        let shares = share_out(&numerators, parts_of).unwrap();
        prop_assert_eq!(shares.total, round_half_away(numerators.iter().sum(), parts_of));
        prop_assert_eq!(shares.parts.iter().sum::<i128>(), shares.total);
        for (part, numerator) in shares.parts.iter().zip(&numerators) {
            prop_assert!((part * denominator - numerator).abs() < denominator);
            prop_assert!(part.signum() * numerator.signum() >= 0);
        }
    }

    #[test]
    fn totals_agree_with_each_other(lines in lines(), currency in currencies(), prices_include_tax in any::<bool>()) {
        match totals(&lines, currency, prices_include_tax) {
            Ok(sums) => assert_sums_agree(&lines, &sums),
            Err(errors) => prop_assert!(errors[0].detail.contains("may not be negative"), "{:?}", errors),
        }
    }

    #[test]
    fn any_series_of_credit_notes_ends_at_nothing_and_never_goes_beyond(
        lines in lines(),
        currency in currencies(),
        prices_include_tax in any::<bool>(),
        whims in vec((0..5_u8, 0..=1000_i64), 0..12),
    ) {
        let Some(invoice) = invoice(lines, currency, prices_include_tax) else { return Ok(()) };
        let mut notes: Vec<CreditNote> = Vec::new();
        for (kind, dice) in whims {
            if let Ok(note) = credited(&invoice, &notes, &whim(&invoice, &notes, kind, dice)) {
                assert_sums_agree(&note.lines, &note.totals);
                notes.push(note);
            }
            assert_within(&invoice, &notes);
        }
        let left = Rest::of(&invoice, &notes).total();
        match credited(&invoice, &notes, &What::Rest) {
            Ok(note) => {
                prop_assert_eq!(note.totals.total, left);
                notes.push(note);
            }
            Err(_) => prop_assert_eq!(left, 0, "whatever is left can be credited"),
        }
        assert_within(&invoice, &notes);
        prop_assert_eq!(sum(notes.iter().map(|note| note.totals.total)), invoice.totals.total);
        if invoice.totals.taxes.iter().all(|tax| tax.base >= 0) {
            for tax in &invoice.totals.taxes {
                let of_rate = notes.iter().flat_map(|note| &note.totals.taxes).filter(|of| of.rate == tax.rate && of.category == tax.category);
                let (base, amount) = of_rate.fold((0, 0), |(base, amount), of| (base + of.base, amount + of.amount));
                prop_assert_eq!((base, amount), (tax.base, tax.amount), "net and tax end at nothing at {} %", tax.rate);
            }
        }
    }

    #[test]
    fn the_order_of_lines_changes_no_sum(lines in lines(), prices_include_tax in any::<bool>()) {
        let reversed: Vec<Line> = lines.iter().rev().cloned().collect();
        let sums = |lines: &[Line]| {
            let totals = totals(lines, Currency::EUR, prices_include_tax)?;
            Ok::<_, Vec<FieldError>>((totals.subtotal, totals.taxes, totals.tax, totals.total))
        };
        prop_assert_eq!(sums(&lines), sums(&reversed));
    }

    #[test]
    fn prices_with_tax_and_the_nets_they_give_agree_within_a_cent(
        gross in 0..10_000_000_i64,
        rate in select(RATES.to_vec()),
    ) {
        let priced = |minor: i64| Line {
            unit_price: UnitPrice::parse(&decimal(minor, 2)).unwrap(),
            tax_rate: TaxRate::parse(rate).unwrap(),
            ..Line::default()
        };
        let inclusive = totals(&[priced(gross)], Currency::EUR, true).unwrap();
        prop_assert_eq!(inclusive.total, gross);
        let exclusive = totals(&[priced(inclusive.subtotal)], Currency::EUR, false).unwrap();
        prop_assert!((exclusive.tax - inclusive.tax).abs() <= 1, "{:?} {:?}", exclusive, inclusive);
        // The other way round nothing is lost at all: a net of whole cents comes back out of its gross.
        let net = totals(&[priced(gross)], Currency::EUR, false).unwrap();
        let back = totals(&[priced(net.total)], Currency::EUR, true).unwrap();
        prop_assert_eq!((back.subtotal, back.tax), (net.subtotal, net.tax));
    }

    #[test]
    fn extreme_lines_are_added_or_refused_but_never_wrap(
        numbers in vec((any::<i64>(), any::<i64>(), 0..=1_000_000_i64, any::<bool>()), 1..6),
        currency in currencies(),
        prices_include_tax in any::<bool>(),
    ) {
        let limit = 1_000_000_000_000_000_000;
        let lines: Vec<Line> = numbers
            .into_iter()
            .map(|(quantity, price, rate, small)| Line {
                quantity: Quantity::parse(&decimal(if small { quantity % 1000 } else { quantity % limit }, 6)).unwrap(),
                unit_price: UnitPrice::parse(&decimal(price % limit, 6)).unwrap(),
                tax_rate: TaxRate::parse(&decimal(rate, 4)).unwrap(),
                ..Line::default()
            })
            .collect();
        match totals(&lines, currency, prices_include_tax) {
            Ok(sums) => assert_sums_agree(&lines, &sums),
            Err(errors) => prop_assert!(!errors.is_empty()),
        }
    }

    #[test]
    fn no_number_is_given_twice_and_none_is_left_out(
        dates in dates(),
        pattern in select(PATTERNS.to_vec()),
        start in 1..2000_u64,
    ) {
        let (yearly, monthly) = (pattern.contains("YYYY"), pattern.contains("YYYY") && pattern.contains("MM"));
        let mut series = Series::new(Pattern::parse(pattern).unwrap()).starting_at(start, dates[0]).unwrap();
        let mut given = HashSet::new();
        let mut expected = start;
        let mut latest = (dates[0].year(), dates[0].month());
        for date in dates {
            let month = (date.year(), date.month());
            if (yearly && month.0 > latest.0) || (monthly && month > latest) {
                expected = 1;
            }
            latest = latest.max(month);
            prop_assert_eq!(series.next(date), expected);
            let (number, after) = series.take(date).unwrap();
            prop_assert!(given.insert(number.clone()), "{} twice", number);
            expected += 1;
            series = serde_json::from_str(&serde_json::to_string(&after).unwrap()).unwrap();
        }
    }

    #[test]
    fn a_due_date_is_that_many_days_later(
        days in prop_oneof![0..=400_u16, any::<u16>()],
        year in -9999..=9999_i16,
        month in 1..=12_i8,
        day in 1..=28_i8,
    ) {
        let issued = date(year, month, day);
        match Due::InDays(days).date(issued) {
            Ok(due) => prop_assert_eq!((due - issued).get_days(), i32::from(days)),
            Err(_) => prop_assert!(days > 365 || year == 9999),
        }
    }
}

/// Percentages with one decimal that come to 100.
fn percentages() -> impl Strategy<Value = Vec<Percent>> {
    vec(1..=900_u32, 1..6).prop_map(|weights| {
        let mut left = 1_000;
        let mut tenths = Vec::new();
        for weight in weights {
            let taken = weight.min(left - 1).max(1).min(left);
            if left > taken {
                tenths.push(taken);
                left -= taken;
            }
        }
        tenths.push(left);
        tenths.into_iter().map(|tenth| Percent::parse(&format!("{}.{}", tenth / 10, tenth % 10)).unwrap()).collect()
    })
}

const ISSUED: Date = date(2026, 11, 22);

/// The parts of a total that is large enough for each percentage to be something.
fn parts() -> impl Strategy<Value = (Money, Vec<Part>)> {
    (percentages(), 10_000..MINOR_MAX).prop_filter_map("one part is no plan", |(percentages, minor)| {
        let total = Money::new(minor, Currency::EUR).unwrap();
        let instalment = |(place, percent): (u16, &Percent)| Instalment {
            share: Share::Percent(*percent),
            due: Due::InDays(place * 10),
        };
        let instalments = (0..).zip(&percentages).map(instalment).collect();
        let parts = Plan::Instalments { instalments }.parts(total, ISSUED, ISSUED).ok()?;
        Some((total, parts))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(CASES))]

    #[test]
    fn parts_come_to_the_total_and_what_is_due_now_is_never_more_than_what_is_due(
        (total, parts) in parts(),
        comings in vec(-2_000_000..=MINOR_MAX, 0..8),
        days in vec(0..100_i64, 1..4),
    ) {
        prop_assert_eq!(parts.iter().map(|part| part.amount).sum::<i64>(), total.minor());
        prop_assert!(parts.iter().all(|part| part.amount > 0));
        let mut due = total.minor();
        for coming in comings {
            // Payments and credits take away, what is taken back adds; never more than the total, never less than nothing.
            due = due.saturating_sub(coming).clamp(0, total.minor());
            let mut before = 0;
            for day in days.iter().copied().collect::<std::collections::BTreeSet<_>>() {
                let Asked { now, all, by, next, parts: shown } = asked(&parts, due, ISSUED + day.days());
                prop_assert_eq!(all, due);
                prop_assert!((0..=due).contains(&now) && (now > 0) == (due > 0));
                prop_assert_eq!(shown.iter().map(|part| part.open).sum::<i64>(), due);
                prop_assert_eq!(shown.iter().filter(|part| part.now).map(|part| part.open).sum::<i64>(), now);
                prop_assert_eq!(next.is_some(), now < due);
                prop_assert!(next.is_none_or(|next| Some(next.due) > by));
                // What was paid fills the parts from the first one on.
                let first_open = shown.iter().position(|part| part.open > 0).unwrap_or(shown.len());
                prop_assert!(shown.iter().skip(first_open + 1).all(|part| part.open == part.amount));
                prop_assert!(now >= before, "time never takes away from what is due");
                before = now;
            }
        }
    }
}
