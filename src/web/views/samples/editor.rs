//! Writing an invoice.

use super::{LONG, Page, at, field, page, select, shell, texts};
use crate::web::views::editor::{EditorPage, EditorTotals, InstalmentForm, LineForm, NewCustomer, PlanForm};
use crate::web::views::forms::FeeFields;
use crate::web::views::paper::{PlanRow, Tax};
use crate::web::views::parts::{Field, Problem};
use crate::web::views::shell::Section;

fn line(description: &str, quantity: &str, unit: &str, price: &str, amount: &str) -> LineForm {
    LineForm {
        id: String::new(),
        description: field(description),
        quantity: field(quantity),
        unit: field(unit),
        unit_price: field(price),
        discount: field("0"),
        tax: select(&[("19", "VAT 19 %"), ("7", "VAT reduced 7 %"), ("0:AE", "0 %, reverse charge")], "19"),
        amount: amount.into(),
    }
}

fn editor() -> EditorPage {
    EditorPage {
        shell: shell(Section::Invoices),
        action: "/admin/invoices/inv_1".into(),
        back_url: "/admin/invoices/inv_1".into(),
        totals_url: "/admin/invoices/preview?draft=inv_1".into(),
        is_new: false,
        revision: "4".into(),
        once: String::new(),
        saved: Some(at("14:02")),
        problems: vec![],
        warnings: vec![],
        customer: select(
            &[("", "Choose a customer"), ("new", "New customer…"), ("cus_1", LONG), ("cus_2", "Café Sonnenschein")],
            "cus_1",
        ),
        new: NewCustomer { country: super::setup::countries(), ..NewCustomer::default() },
        currency: select(&[("EUR", "EUR – Euro"), ("USD", "USD – US dollar")], "EUR"),
        due_date: field(""),
        terms: "14 days after issue if left empty".into(),
        delivery_date: field("2026-11-18"),
        reference: field("PO 77-4411"),
        cc: field(""),
        notes: field("Thank you for your order."),
        prices_include_tax: false,
        lines: vec![
            line("Interior design, ground floor", "46", "h", "95.00", "4,370.00 €"),
            line("Site supervision", "12.5", "h", "80.00", "1,000.00 €"),
            line(
                "Oak veneer panels, oiled, 2,600 × 600 mm, cut to measure and delivered",
                "14",
                "pcs",
                "159.2857",
                "2,230.00 €",
            ),
        ],
        totals: EditorTotals {
            subtotal: "7,600.00 €".into(),
            taxes: vec![Tax { label: "VAT 19 %".into(), base: "7,600.00 €".into(), amount: "1,444.00 €".into() }],
            total: "9,044.00 €".into(),
            incomplete: None,
        },
        plan: plan("at_once"),
        parts: vec![],
        fee: FeeFields {
            kind: select(
                &[("inherit", "As in your settings"), ("off", "No fee"), ("rate", "A fee of its own")],
                "inherit",
            ),
            ..FeeFields::default()
        },
        fee_hint: "Your settings say: no fee.".into(),
        newer: None,
    }
}

fn plan(kind: &str) -> PlanForm {
    let row = |share: &str, due: &str| InstalmentForm {
        share: field(share),
        due: field(due),
        terms: "On receipt if left empty".into(),
    };
    PlanForm {
        kind: select(
            &[
                ("at_once", "All at once"),
                ("deposit", "A deposit first, then the rest"),
                ("instalments", "In instalments"),
                ("minimum", "Any amount above a minimum"),
            ],
            kind,
        ),
        deposit: field("30 %"),
        deposit_due: field(""),
        deposit_terms: "7 days after issue if left empty".into(),
        minimum: field("500.00"),
        instalments: vec![row("50 %", "2026-12-06"), row("25 %", "2027-01-06"), row("25 %", "2027-02-06")],
        most: 36,
    }
}

fn with_plan(kind: &str, parts: Vec<PlanRow>) -> EditorPage {
    EditorPage { plan: plan(kind), parts, ..editor() }
}

fn wrong_editor() -> EditorPage {
    let mut page = editor();
    page.is_new = true;
    page.customer = select(&[("", "Choose a customer"), ("new", "New customer…")], "new");
    page.new.name = Field::wrong("", "Enter a name.");
    page.lines[1].quantity = Field::wrong("twelve", "Enter a number, such as 12.5.");
    page.lines[1].amount = String::new();
    page.totals.incomplete = Some("Line 2 is left out until it is complete.".into());
    page.problems = vec![
        Problem::new("new.name", "Enter the customer’s name."),
        Problem::new("lines.1.quantity", "Line 2: enter the quantity as a number, such as 12.5."),
    ];
    page.warnings = texts(&["It would be due on 10 November 2026, before it is issued on 22 November 2026."]);
    page
}

pub(super) fn pages() -> Vec<Page> {
    vec![
        page("editor", &editor()),
        page("editor-wrong", &wrong_editor()),
        page("editor-instalments", &with_plan("instalments", super::public::instalments())),
        page("editor-deposit", &with_plan("deposit", super::public::deposit_rows())),
    ]
}
