//! Credit notes: the form, the question, the list, one of them, and the customer's page.

use super::public::paper;
use super::{LONG, Page, at, field, page, select, shell, tag, texts};
use crate::web::views::credit::{CreditForm, CreditLine, CreditNotePage, CreditNoteRow, CreditNotesPage, CreditReview};
use crate::web::views::editor::TotalsRow;
use crate::web::views::invoice::RefundRow;
use crate::web::views::paper::Paper;
use crate::web::views::parts::{Field, Link, Problem, Tone};
use crate::web::views::public::CreditPage;
use crate::web::views::shell::Section;
use crate::words::Words;

pub(super) fn pages() -> Vec<Page> {
    vec![
        page("invoice-credit", &form()),
        page("invoice-credit-wrong", &wrong()),
        page("invoice-credit-review", &review()),
        page("credit-notes", &list()),
        page("credit-notes-empty", &CreditNotesPage { rows: Vec::new(), none_at_all: true, ..list() }),
        page("credit-note", &note()),
        page("public-credit", &public()),
    ]
}

pub(super) fn rows() -> Vec<CreditNoteRow> {
    vec![CreditNoteRow {
        url: "/admin/credit-notes/crn_1".into(),
        number: "CN-2026-0002".into(),
        customer: LONG.into(),
        invoice: Some(Link::new("2026-0042", "/admin/invoices/inv_1")),
        at: at("24 Nov 2026"),
        amount: "119.00 €".into(),
        tag: Some(tag("20.00 € kept as credit", Tone::Info)),
    }]
}

fn credit_paper() -> Paper {
    Paper { credits: Some("2026-0042".into()), number: Some("CN-2026-0002".into()), ..paper() }
}

fn form() -> CreditForm {
    let line = |description: &str, left: &str, done| CreditLine {
        id: "1".into(),
        description: description.into(),
        left: left.into(),
        done,
        quantity: field("2"),
        amount: field(""),
    };
    let row = |label: &str, amount: &str, strong| TotalsRow { label: label.into(), amount: amount.into(), strong };
    CreditForm {
        shell: shell(Section::Invoices),
        path: "/admin/invoices/inv_1".into(),
        number: "2026-0042".into(),
        problems: vec![],
        left: "9,044.00 €".into(),
        due: Some("5,044.00 €".into()),
        mode: select(
            &[("rest", "All that is left of the invoice"), ("lines", "Certain lines"), ("amount", "An amount")],
            "lines",
        ),
        amount: field(""),
        prices_include_tax: false,
        lines: vec![
            line("Oak veneer panels, oiled, 2,600 × 600 mm, cut to measure", "14 pcs · 2,230.00 €", false),
            line("Site supervision", "0.00 €", true),
        ],
        settle: Some(select(
            &[("customer_credit", "Keep it as the customer’s credit"), ("refund", "Pay it back to the customer")],
            "refund",
        )),
        refunded: Some("119.00 €".into()),
        through: Some(select(&[("bank_transfer", "Bank transfer"), ("cash", "Cash")], "cash")),
        reason: field("Two panels came scratched."),
        send_to: Some("einkauf@donaudampfschifffahrt.example".into()),
        send: true,
        totals: vec![
            row("Subtotal", "318.58 €", false),
            row("VAT 19 % on 318.58 €", "60.53 €", false),
            row("Total credited", "379.11 €", true),
        ],
        incomplete: None,
        nonce: "1".into(),
    }
}

fn wrong() -> CreditForm {
    let mut page = form();
    let words = "At most 14 of this line can still be credited, and 2230.00 EUR.";
    page.problems = vec![Problem::new("lines.0.quantity", words)];
    page.lines[0].quantity = Field::wrong("15", words);
    page.totals = Vec::new();
    page.incomplete = Some(words.into());
    page.send_to = None;
    page
}

fn review() -> CreditReview {
    CreditReview {
        shell: shell(Section::Invoices),
        path: "/admin/invoices/inv_1".into(),
        title: "Issue credit note CN-2026-0002?".into(),
        text: texts(&["The amount due falls by 119.00 € to 0.00 €.", "A credit note cannot be changed afterwards."]),
        paper: credit_paper(),
        hidden: vec![("mode".into(), "rest".into())],
    }
}

fn list() -> CreditNotesPage {
    CreditNotesPage { shell: shell(Section::Invoices), rows: rows(), ..CreditNotesPage::default() }
}

fn note() -> CreditNotePage {
    CreditNotePage {
        shell: shell(Section::Invoices),
        path: "/admin/credit-notes/crn_1".into(),
        number: "CN-2026-0002".into(),
        customer: Link::new(LONG, "/admin/customers/cus_1"),
        invoice: Link::new("2026-0042", "/admin/invoices/inv_1"),
        amount: "119.00 €".into(),
        settled: vec![("Off the invoice".into(), "99.00 €".into()), ("Kept as credit".into(), "20.00 €".into())],
        reason: Some("Two panels came scratched.".into()),
        public_url: "/i/7Qm4tq2f0cXv9bJ1/credit/1".into(),
        refunds: vec![RefundRow {
            at: at("24 Nov 2026, 14:02"),
            amount: "20.00 €".into(),
            tag: tag("Failed", Tone::Bad),
            detail: Some("The card was lost or stolen.".into()),
        }],
        refund: Some(Link::new("Pay back 20.00 €…", "/admin/credit-notes/crn_1/refund")),
        can_send: true,
        paper: credit_paper(),
    }
}

fn public() -> CreditPage {
    CreditPage {
        t: Words::default(),
        switch: super::public::switch(),
        path: "/i/7Qm4tq2f0cXv9bJ1".into(),
        test_mode: false,
        number: "CN-2026-0002".into(),
        invoice: "2026-0042".into(),
        amount: "119.00 €".into(),
        on: "on 24 November 2026".into(),
        outcome: texts(&["99.00 € less is to be paid on the invoice.", "20.00 € is kept for you as a credit."]),
        paper: credit_paper(),
        question_url: Some("mailto:rechnung@atelier-lindqvist.example".into()),
    }
}
