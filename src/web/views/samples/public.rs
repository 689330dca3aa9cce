//! The customer's pages.

use super::{Page, at, page, qr, texts};
use crate::web::views::message::{Failure, NotFound, TooMany, Unavailable};
use crate::web::views::paper::{Buyer, Line, Movement, Paper, PlanRow, Seller, Tax, Totals, Transfer};
use crate::web::views::parts::{Field, Link, Tag, Tone};
use crate::web::views::public::{
    Added, Choice, FeePage, FeeShare, InvoicePage, Outcome, Pay, PayerCopy, ReceiptPage, Remark, ReturnPage, Standing,
    Switch, Then,
};
use crate::words::Words;

pub(super) fn switch() -> Switch {
    Switch { here: "/i/7Qm4tq2f0cXv9bJ1".into(), kept: String::new() }
}

pub(super) fn seller() -> Seller {
    Seller {
        name: "Atelier Lindqvist & Söhne".into(),
        address: texts(&["Lange Reihe 112", "20099 Hamburg", "Germany"]),
        tax_id: Some("DE298765432".into()),
        email: Some("rechnung@atelier-lindqvist.example".into()),
        phone: Some("+49 40 1234567".into()),
        website: Some("https://atelier-lindqvist.example".into()),
    }
}

pub(super) fn buyer() -> Buyer {
    Buyer {
        name: "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft mbH".into(),
        address: texts(&["Handelskai 265", "1020 Wien", "Austria"]),
        tax_id: Some("ATU12345678".into()),
    }
}

fn line(description: &str, quantity: &str, unit_price: &str, amount: &str) -> Line {
    Line {
        description: description.into(),
        quantity: quantity.into(),
        unit_price: unit_price.into(),
        discount: None,
        tax: "19 %".into(),
        amount: amount.into(),
    }
}

pub(super) fn paper() -> Paper {
    let mut lines = vec![
        line("Interior design, ground floor", "46 h", "95.00 €", "4,370.00 €"),
        line("Site supervision", "12.5 h", "80.00 €", "1,000.00 €"),
        line(
            "Oak veneer panels, oiled, 2,600 × 600 mm, cut to measure and delivered",
            "14 pcs",
            "159.29 €",
            "2,230.00 €",
        ),
    ];
    lines[2].discount = Some("10 % discount".into());
    Paper {
        t: Words::default(),
        is_embedded: false,
        seller: seller(),
        buyer: buyer(),
        credits: None,
        paid_with: None,
        number: Some("2026-0042".into()),
        issued_on: "22 November 2026".into(),
        due_on: "6 December 2026".into(),
        delivered_on: Some("18 November 2026".into()),
        reference: Some("PO 77-4411".into()),
        lines,
        totals: Totals {
            prices_include_tax: false,
            subtotal: "7,600.00 €".into(),
            taxes: vec![Tax { label: "VAT 19 %".into(), base: "7,600.00 €".into(), amount: "1,444.00 €".into() }],
            total: "9,044.00 €".into(),
            movements: vec![],
            due: None,
        },
        notes: texts(&["Thank you for your order. We look forward to the second floor."]),
        tax_notes: vec![],
    }
}

fn transfer() -> Transfer {
    Transfer {
        account_name: "Atelier Lindqvist & Söhne".into(),
        iban: "DE89 3704 0044 0532 0130 00".into(),
        bic: Some("COBADEFFXXX".into()),
        reference: "2026-0042".into(),
        amount: "9,044.00 €".into(),
        amount_plain: "9044.00".into(),
        qr: Some(qr()),
    }
}

pub(super) fn open() -> InvoicePage {
    InvoicePage {
        t: Words::default(),
        switch: switch(),
        path: "/i/7Qm4tq2f0cXv9bJ1".into(),
        test_mode: false,
        remark: None,
        standing: Standing::Open { due: "Due 6 December 2026".into() },
        pay: Pay::Card { amount: "9,044.00 €".into() },
        amount: "9,044.00 €".into(),
        then: None,
        added: None,
        all: None,
        all_fee: None,
        choice: None,
        plan: vec![],
        paper: paper(),
        transfer: Some(transfer()),
        pdf_url: Some("/i/7Qm4tq2f0cXv9bJ1/pdf".into()),
        refunded: None,
        question_url: Some("mailto:rechnung@atelier-lindqvist.example?subject=Invoice%202026-0042".into()),
        receipt_url: None,
        credit_urls: Vec::new(),
        back_url: None,
    }
}

fn refunded() -> InvoicePage {
    let page = closed(Standing::Refunded { on: "on 30 November 2026".into() });
    InvoicePage { refunded: Some("9,044.00 €".into()), ..page }
}

fn processing() -> Standing {
    Standing::Processing {
        amount: "9,044.00 €".into(),
        since: Some("22 November 2026".into()),
        wait: "Payments by SEPA direct debit can take up to 14 working days.".into(),
    }
}

fn closed(standing: Standing) -> InvoicePage {
    InvoicePage { standing, pay: Pay::Nothing, transfer: None, ..open() }
}

fn with_payment(mut page: InvoicePage, label: &str, amount: &str, due: &str) -> InvoicePage {
    page.paper.totals.movements = vec![Movement {
        label: label.into(),
        amount: amount.into(),
        receipt_url: Some("/i/7Qm4tq2f0cXv9bJ1/receipt/1".into()),
    }];
    page.paper.totals.due = Some(due.into());
    page
}

fn part_paid() -> InvoicePage {
    let standing =
        Standing::PartPaid {
            due: "Due 6 December 2026".into(), paid: "4,000.00 €".into(), total: "9,044.00 €".into()
        };
    let page =
        InvoicePage {
            standing, amount: "5,044.00 €".into(), pay: Pay::Card { amount: "5,044.00 €".into() }, ..open()
        };
    with_payment(page, "Paid on 24 November 2026 by bank transfer", "−4,000.00 €", "5,044.00 €")
}

fn plan_row(label: &str, due: &str, amount: &str, tag: Tag) -> PlanRow {
    PlanRow { label: label.into(), due: due.into(), amount: amount.into(), tag: Some(tag) }
}

pub(super) fn deposit_rows() -> Vec<PlanRow> {
    vec![
        plan_row("Deposit", "due 29 November 2026", "2,713.20 €", Tag::new("Due now", Tone::Info)),
        plan_row("Rest", "due 6 December 2026", "6,330.80 €", Tag::new("Later", Tone::Plain)),
    ]
}

pub(super) fn instalments() -> Vec<PlanRow> {
    vec![
        plan_row("Instalment 1 of 3", "due 6 December 2026", "4,522.00 €", Tag::new("Paid", Tone::Good)),
        plan_row("Instalment 2 of 3", "due 6 January 2027", "2,261.00 €", Tag::new("1,261.00 € open", Tone::Warn)),
        plan_row("Instalment 3 of 3", "due 6 February 2027", "2,261.00 €", Tag::new("Later", Tone::Plain)),
    ]
}

fn deposit() -> InvoicePage {
    let mut page = open();
    page.standing = Standing::Open { due: "Due 29 November 2026, in 7 days".into() };
    page.amount = "2,713.20 €".into();
    page.pay = Pay::Card { amount: "2,713.20 €".into() };
    page.then = Some(then("6,330.80 €", "6 December 2026"));
    page.all = Some("9,044.00 €".into());
    page.plan = deposit_rows();
    page
}

fn then(amount: &str, due: &str) -> Then {
    Then { amount: amount.into(), due: due.into() }
}

fn in_instalments() -> InvoicePage {
    let mut page = with_payment(deposit(), "Paid on 6 December 2026 by card", "−5,522.00 €", "3,522.00 €");
    page.amount = "1,261.00 €".into();
    page.pay = Pay::Card { amount: "1,261.00 €".into() };
    page.then = Some(then("2,261.00 €", "6 February 2027"));
    page.all = Some("3,522.00 €".into());
    page.plan = instalments();
    page
}

fn choosing(error: Option<&str>) -> InvoicePage {
    let amount = match error {
        Some(words) => Field::wrong("5", words),
        None => Field::default(),
    };
    let choice = Choice { least: "500.00 €".into(), most: "9,044.00 €".into(), fees: None, amount };
    InvoicePage { choice: Some(choice), ..open() }
}

fn paid() -> InvoicePage {
    let mut page = closed(Standing::Paid { on: "on 24 November 2026".into() });
    page.receipt_url = Some("/i/7Qm4tq2f0cXv9bJ1/receipt/1".into());
    with_payment(page, "Paid on 24 November 2026 by card", "−9,044.00 €", "0.00 €")
}

fn long() -> InvoicePage {
    let mut page = open();
    page.amount = "12,345,678,901.00 IDR".into();
    page.pay = Pay::Card { amount: "12,345,678,901.00 IDR".into() };
    page.test_mode = true;
    page.paper.lines = (1..=30)
        .map(|n| {
            let text =
                format!("Position {n}: Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz, Beratung");
            line(&text, "1,234.567 kg", "1,234,567.8901 IDR", "411,522,630.00 IDR")
        })
        .collect();
    page.paper.totals.taxes.push(Tax {
        label: "VAT 7 % reduced rate".into(),
        base: "1,234,567,890.00 IDR".into(),
        amount: "86,419,752.00 IDR".into(),
    });
    page.paper.totals.total = "12,345,678,901.00 IDR".into();
    page.paper.tax_notes = texts(&["Reverse charge: the customer owes the tax (Article 196, Directive 2006/112/EC)."]);
    page
}

fn returned(outcome: Outcome) -> ReturnPage {
    ReturnPage {
        t: Words::default(),
        switch: switch(),
        path: "/i/7Qm4tq2f0cXv9bJ1".into(),
        test_mode: false,
        seller: seller(),
        number: "2026-0042".into(),
        amount: "9,044.00 €".into(),
        outcome,
        due: "904400".into(),
        rest: None,
        wait: "Payments by SEPA direct debit can take up to 14 working days.".into(),
        receipt_to: Some("einkauf@donaudampfschifffahrt.example".into()),
        receipt_url: (outcome == Outcome::Paid).then(|| "/i/7Qm4tq2f0cXv9bJ1/receipt/1".into()),
        question_url: open().question_url,
    }
}

fn with_fee() -> InvoicePage {
    let added = Added { principal: "9,044.00 €".into(), fee: "275.31 €".into(), total: "9,319.31 €".into() };
    InvoicePage { pay: Pay::Card { amount: "9,319.31 €".into() }, added: Some(added), ..open() }
}

fn share() -> FeeShare {
    let document = Link::new("FEE-2026-0007", "/i/7Qm4tq2f0cXv9bJ1/fee/1");
    FeeShare { principal: "8,768.69 €".into(), fee: "275.31 €".into(), document }
}

fn fee_document() -> FeePage {
    let number = "FEE-2026-0007".to_owned();
    FeePage {
        t: Words::default(),
        switch: switch(),
        path: "/i/7Qm4tq2f0cXv9bJ1".into(),
        test_mode: false,
        number: number.clone(),
        invoice: "2026-0042".into(),
        amount: "275.31 €".into(),
        on: "on 24 November 2026".into(),
        receipt_url: "/i/7Qm4tq2f0cXv9bJ1/receipt/1".into(),
        corrects: None,
        corrections: vec![Link::new("Correction FEE-2026-0009", "/i/7Qm4tq2f0cXv9bJ1/fee/1/correction/1")],
        paper: Paper { paid_with: Some("2026-0042".into()), number: Some(number), ..paper() },
        question_url: None,
    }
}

fn receipt() -> ReceiptPage {
    ReceiptPage {
        t: Words::default(),
        switch: switch(),
        path: "/i/7Qm4tq2f0cXv9bJ1".into(),
        test_mode: false,
        seller: seller(),
        buyer: buyer(),
        number: "2026-0042".into(),
        ordinal: "1".into(),
        received: at("24 November 2026, 09:31"),
        method: "Visa ending in 4242".into(),
        reference: Some("pi_3QFz1nLkdIwHu7ix0Vp4mCcd".into()),
        amount: "9,044.00 €".into(),
        invoice_total: "9,044.00 €".into(),
        fee: None,
        remaining: None,
        is_checked: false,
        surplus: None,
        next: None,
        refunded: None,
        copy: Some(PayerCopy::Offered { to: "b…@donaudampfschifffahrt.example".into() }),
        pdf_url: Some("/i/7Qm4tq2f0cXv9bJ1/receipt/1/pdf".into()),
        question_url: open().question_url,
    }
}

pub(super) fn pages() -> Vec<Page> {
    let overdue = Standing::Open { due: "Was due 10 November 2026".into() };
    let remark = |remark| InvoicePage { remark: Some(remark), ..open() };
    let failure = Failure {
        t: Words::default(),
        title: "This request came from another website".into(),
        text: "For your safety a payment can only be started on the invoice’s own page. Nothing was charged.".into(),
        wrong: vec!["Enter the amount.".into(), "Choose how it was received.".into()],
    };
    vec![
        page("public-open", &open()),
        page("public-overdue", &InvoicePage { standing: overdue, ..open() }),
        page("public-part-paid", &part_paid()),
        page("public-deposit", &deposit()),
        page("public-instalments", &in_instalments()),
        page("public-choice", &choosing(None)),
        page("public-choice-wrong", &choosing(Some("Choose an amount from 500.00 € to 9,044.00 €."))),
        page(
            "public-all-only",
            &InvoicePage { pay: Pay::All { amount: "3,522.00 €".into() }, all: None, ..in_instalments() },
        ),
        page(
            "return-part",
            &ReturnPage { rest: Some(then("6,330.80 €", "6 December 2026")), ..returned(Outcome::Paid) },
        ),
        page("public-processing", &closed(processing())),
        page("public-paid", &paid()),
        page("public-held", &closed(Standing::Held)),
        page("public-refunded", &refunded()),
        page("public-void", &closed(Standing::Void { on: "on 23 November 2026".into() })),
        page("public-uncollectible", &closed(Standing::Uncollectible)),
        page("public-transfer-only", &InvoicePage { pay: Pay::TransferOnly, ..open() }),
        page("public-card-down", &InvoicePage { pay: Pay::CardDown, ..open() }),
        page("public-no-way", &InvoicePage { pay: Pay::TransferOnly, transfer: None, ..open() }),
        page("public-canceled", &remark(Remark::Canceled)),
        page("public-failed", &remark(Remark::Failed)),
        page("public-nothing-left", &InvoicePage { remark: Some(Remark::AlreadyPaid), ..paid() }),
        page("public-long", &long()),
        page("return-checking", &returned(Outcome::Checking)),
        page("return-paid", &returned(Outcome::Paid)),
        page("return-processing", &returned(Outcome::Processing)),
        page("return-failed", &returned(Outcome::Failed)),
        page("return-canceled", &returned(Outcome::Canceled)),
        page("receipt", &receipt()),
        page(
            "receipt-part",
            &ReceiptPage {
                copy: None,
                remaining: Some("5,044.00 €".into()),
                next: Some(then("2,000.00 €", "6 January 2027")),
                amount: "4,000.00 €".into(),
                ..receipt()
            },
        ),
        page("public-fee", &with_fee()),
        page("fee", &fee_document()),
        page("receipt-fee", &ReceiptPage { copy: None, fee: Some(share()), ..receipt() }),
        page("receipt-checked", &ReceiptPage { copy: None, is_checked: true, ..receipt() }),
        page("receipt-surplus", &ReceiptPage { copy: None, surplus: Some("500.00 €".into()), ..receipt() }),
        page("not-found", &NotFound { t: Words::default() }),
        page("too-many", &TooMany { t: Words::default(), again: "in about 5 minutes".into() }),
        page("unavailable", &Unavailable { t: Words::default() }),
        page("error", &failure),
    ]
}
