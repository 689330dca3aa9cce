//! Examples of what a credit note says; what holds for every one is in `tests/money.rs`.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use jiff::Timestamp;
use jiff::civil::date;

use super::plan::{HowMuch, LineCredit, Plan, What, plan};
use super::{CreditNote, Settle};
use crate::billing::currency::Currency;
use crate::billing::due::Due;
use crate::billing::id::{CreditNoteId, CustomerId, InvoiceId};
use crate::billing::invoice::{Content, Invoice, PublicLink};
use crate::billing::ledger::Book;
use crate::billing::line::{Line, totals};
use crate::billing::party::Party;
use crate::billing::quantity::{Percent, Quantity, TaxRate, UnitPrice};

const EXCLUSIVE: bool = false;
const INCLUSIVE: bool = true;

fn line(id: &str, quantity: &str, price: &str, discount: &str, rate: &str) -> Line {
    Line {
        id: id.to_owned(),
        description: format!("Line {id}"),
        quantity: Quantity::parse(quantity).unwrap(),
        unit_price: UnitPrice::parse(price).unwrap(),
        discount: Percent::parse(discount).unwrap(),
        tax_rate: TaxRate::parse(rate).unwrap(),
        ..Line::default()
    }
}

fn invoice(lines: &[Line], currency: Currency, prices_include_tax: bool) -> Invoice {
    let content = Content {
        lines: lines.to_vec(),
        prices_include_tax,
        ..Content::blank(CustomerId::from_parts(1, 1), currency, Due::InDays(14))
    };
    Invoice {
        id: InvoiceId::from_parts(1, 1),
        number: "2026-0001".to_owned(),
        book: Book::Live,
        created_at: Timestamp::UNIX_EPOCH,
        issued_at: Timestamp::UNIX_EPOCH,
        issue_date: date(2026, 11, 22),
        due_date: date(2026, 12, 6),
        totals: totals(&content.lines, currency, prices_include_tax).unwrap(),
        content,
        seller: Party::default(),
        buyer: Party::default(),
        void: None,
        link: PublicLink::from_entropy(1),
    }
}

fn stored(invoice: &Invoice, plan: Plan) -> CreditNote {
    CreditNote {
        id: CreditNoteId::from_parts(1, 1),
        number: "CN-2026-0001".to_owned(),
        invoice: invoice.id,
        customer: invoice.content.customer,
        book: invoice.book,
        ordinal: 1,
        issued_at: invoice.issued_at,
        issue_date: invoice.issue_date,
        currency: invoice.content.currency,
        prices_include_tax: invoice.content.prices_include_tax,
        lines: plan.lines,
        totals: plan.totals,
        taken: plan.taken,
        reason: String::new(),
        settle: Settle::Invoice,
        applied: 0,
        taken_over: 0,
        seller: Party::default(),
        buyer: Party::default(),
    }
}

/// Credits one thing after the other; answers each note's net, tax and total.
fn notes(invoice: &Invoice, steps: &[What]) -> Vec<(i64, i64, i64)> {
    let mut earlier = Vec::new();
    for what in steps {
        let plan = plan(invoice, &earlier, what).unwrap();
        earlier.push(stored(invoice, plan));
    }
    earlier.iter().map(|note| (note.totals.subtotal, note.totals.tax, note.totals.total)).collect()
}

fn of_line(line: &str, how_much: HowMuch) -> What {
    What::Lines(vec![LineCredit { line: line.to_owned(), how_much }])
}

fn pieces(line: &str, quantity: &str) -> What {
    of_line(line, HowMuch::Quantity(Quantity::parse(quantity).unwrap()))
}

/// A name, the invoice (lines, currency, whether prices include tax), what is credited step by step, and what each note
/// comes to.
type Example = (&'static str, Vec<Line>, Currency, bool, Vec<What>, Vec<(i64, i64, i64)>);

#[test]
fn each_note_says_its_own_tax_and_the_last_takes_what_the_rounding_left() {
    let one = |price, rate| vec![line("1", "1", price, "0", rate)];
    let table: [Example; 9] = [
        ("whole", one("160.00", "19"), Currency::EUR, EXCLUSIVE, vec![What::Rest], vec![(16_000, 3_040, 19_040)]),
        (
            "thirds of a net price",
            one("1.00", "19"),
            Currency::EUR,
            EXCLUSIVE,
            vec![of_line("1", HowMuch::Amount(33)), of_line("1", HowMuch::Amount(33)), What::Rest],
            vec![(33, 6, 39), (33, 7, 40), (34, 6, 40)],
        ),
        (
            "thirds of a price with tax",
            one("1.19", "19"),
            Currency::EUR,
            INCLUSIVE,
            vec![What::Amount(40), What::Amount(40), What::Rest],
            vec![(34, 6, 40), (33, 7, 40), (33, 6, 39)],
        ),
        (
            "amounts of a net price",
            one("1.00", "19"),
            Currency::EUR,
            EXCLUSIVE,
            vec![What::Amount(1), What::Amount(117), What::Rest],
            vec![(1, 0, 1), (98, 19, 117), (1, 0, 1)],
        ),
        (
            "a yen is not divided",
            one("100", "10"),
            Currency::JPY,
            EXCLUSIVE,
            vec![What::Amount(55), What::Amount(55)],
            vec![(50, 5, 55), (50, 5, 55)],
        ),
        (
            "a dinar has three decimals",
            one("10.001", "5"),
            Currency::KWD,
            INCLUSIVE,
            vec![What::Amount(3_333), What::Amount(3_333), What::Rest],
            vec![(3_174, 159, 3_333), (3_175, 158, 3_333), (3_176, 159, 3_335)],
        ),
        (
            "pieces of a discounted line are counted up",
            vec![line("1", "3", "0.335", "0.5", "0")],
            Currency::EUR,
            EXCLUSIVE,
            vec![pieces("1", "1"), pieces("1", "1"), pieces("1", "1")],
            vec![(33, 0, 33), (34, 0, 34), (33, 0, 33)],
        ),
        (
            "an amount is shared out over the rates by what they weigh",
            vec![
                line("1", "1", "100.00", "0", "19"),
                line("2", "1", "100.00", "0", "7"),
                line("3", "1", "10.00", "0", "0"),
            ],
            Currency::EUR,
            EXCLUSIVE,
            vec![What::Amount(11_800), What::Rest],
            vec![(10_500, 1_300, 11_800), (10_500, 1_300, 11_800)],
        ),
        (
            "a deduction at a rate of its own is shared out as well",
            vec![line("1", "1", "100.00", "0", "19"), line("2", "1", "-19.00", "0", "0")],
            Currency::EUR,
            EXCLUSIVE,
            vec![What::Amount(5_000), What::Rest],
            vec![(4_050, 950, 5_000), (4_050, 950, 5_000)],
        ),
    ];
    for (name, lines, currency, prices_include_tax, steps, expected) in table {
        assert_eq!(notes(&invoice(&lines, currency, prices_include_tax), &steps), expected, "{name}");
    }
}

#[test]
fn a_line_that_is_credited_as_a_whole_is_shown_as_it_was_and_a_part_as_an_amount() {
    let invoice = invoice(&[line("a", "4", "25.00", "10", "19")], Currency::EUR, EXCLUSIVE);
    let whole = plan(&invoice, &[], &What::Rest).unwrap();
    assert_eq!(whole.lines, invoice.content.lines);
    let two = plan(&invoice, &[], &pieces("a", "2")).unwrap();
    assert_eq!((two.lines[0].quantity.to_string(), two.totals.subtotal), ("2".to_owned(), 4_500));
    let rest = plan(&invoice, &[stored(&invoice, two)], &What::Rest).unwrap();
    assert_eq!((rest.lines[0].quantity.to_string(), rest.totals.subtotal), ("2".to_owned(), 4_500));
    let amount = plan(&invoice, &[], &of_line("a", HowMuch::Amount(1_234))).unwrap();
    let shown = &amount.lines[0];
    assert_eq!(
        (shown.quantity, shown.unit_price.to_string(), shown.discount),
        (Quantity::ONE, "12.34".to_owned(), Percent::ZERO)
    );
}

#[test]
fn what_is_not_there_is_refused_with_what_is_possible() {
    let lines = [
        line("1", "2", "50.00", "0", "19"),
        line("2", "1", "-20.00", "0", "19"),
        Line { optional: true, selected: false, ..line("3", "1", "9.00", "0", "19") },
    ];
    let invoice = invoice(&lines, Currency::EUR, EXCLUSIVE);
    let half = stored(&invoice, plan(&invoice, &[], &What::Amount(4_760)).unwrap());
    let table = [
        (What::Amount(0), "amount", "more than nothing"),
        (What::Amount(9_521), "amount", "At most 95.20 EUR of invoice 2026-0001"),
        (What::Lines(Vec::new()), "lines", "Name at least one line"),
        (of_line("9", HowMuch::Rest), "lines[0].id", "Its lines are 1, 2, 3."),
        (of_line("3", HowMuch::Rest), "lines[0].id", "was offered and not chosen"),
        (pieces("1", "2.5"), "lines[0].quantity", "At most 2 of this line"),
        (pieces("1", "-1"), "lines[0].quantity", "up to 2"),
        (of_line("1", HowMuch::Amount(10_001)), "lines[0].amount", "At most 100.00 EUR"),
        (of_line("1", HowMuch::Amount(-1)), "lines[0].amount", "At most 100.00 EUR"),
        (of_line("1", HowMuch::Rest), "lines", "At 19 % tax the invoice has 80.00 EUR left"),
        (of_line("2", HowMuch::Rest), "lines", "At 19 % tax"),
    ];
    for (what, field, words) in table {
        let refused = plan(&invoice, &[], &what).unwrap_err();
        assert_eq!(refused[0].field, field, "{what:?}");
        assert!(refused[0].detail.contains(words), "{what:?}: {}", refused[0].detail);
    }
    let rest = stored(&invoice, plan(&invoice, std::slice::from_ref(&half), &What::Rest).unwrap());
    let refused = plan(&invoice, &[half.clone(), rest], &What::Amount(1)).unwrap_err();
    assert_eq!(refused[0].detail, "All of invoice 2026-0001 has been credited already.");
    let refused = plan(&invoice, &[half], &What::Amount(4_761)).unwrap_err();
    assert_eq!(refused[0].detail, "At most 47.60 EUR of invoice 2026-0001 can still be credited.");
}

#[test]
fn a_line_named_twice_is_named_once() {
    let invoice = invoice(&[line("1", "2", "50.00", "0", "19")], Currency::EUR, EXCLUSIVE);
    let one = LineCredit { line: "1".to_owned(), how_much: HowMuch::Amount(100) };
    let refused = plan(&invoice, &[], &What::Lines(vec![one.clone(), one])).unwrap_err();
    assert_eq!(refused[0].field, "lines[1].id");
}
