//! Invoices as their owner sees them: list, detail, sending, taking a payment.

use super::public::paper;
use super::{LONG, Page, at, busy_shell, field, page, qr, select, shell, tag, texts};
use crate::web::views::invoice::{
    Amounts, Can, Decline, Happening, InvoiceDetail, LogRow, PaymentRow, Primary, ReceiptCopy, RecordPayment,
    RefundRow, SendPage, TakePayment, TakePaymentPage, UseCredit,
};
use crate::web::views::invoices::{InvoiceRow, InvoicesPage};
use crate::web::views::parts::{Field, Link, Pager, Problem, Tab, Tag, Tone};
use crate::web::views::payments::Brought;
use crate::web::views::public::{Added, InvoicePage, Standing};
use crate::web::views::shell::Section;

struct Row(&'static str, &'static str, &'static str, Tone, &'static str, &'static str, Option<&'static str>);

pub(super) fn rows() -> Vec<InvoiceRow> {
    let rows = [
        Row("Draft", LONG, "Draft", Tone::Plain, "", "1,250.00 €", None),
        Row(
            "2026-0042",
            "Muster & Partner Steuerberatungsgesellschaft",
            "Open",
            Tone::Info,
            "in 14 days",
            "9,044.00 €",
            Some("9,044.00 €"),
        ),
        Row("2026-0041", "Café Sonnenschein", "Overdue", Tone::Warn, "12 days overdue", "184.45 €", Some("184.45 €")),
        Row("2026-0040", "Björk Ólafsdóttir", "Paid", Tone::Good, "paid 3 days early", "1,190.00 €", None),
        Row("2026-0039", "Kyoto Design 株式会社", "Open", Tone::Info, "tomorrow", "¥1,234,567", Some("¥1,234,567")),
        Row(
            "2026-0038",
            "Hanse Immobilien Verwaltung Nord",
            "Uncollectible",
            Tone::Plain,
            "90 days overdue",
            "2,310,550.80 €",
            Some("2,310,550.80 €"),
        ),
        Row("2026-0037", "Bakery on the Corner Ltd", "Void", Tone::Plain, "", "£95.00", None),
    ];
    rows.iter().map(row).collect()
}

fn row(Row(number, customer, state, tone, due, total, open): &Row) -> InvoiceRow {
    let draft = *number == "Draft";
    let mut tags = vec![Tag::new(*state, *tone)];
    if *number == "2026-0042" {
        tags.push(tag("Partly paid", Tone::Plain));
    }
    InvoiceRow {
        url: "/admin/invoices/inv_1".into(),
        number: (*number).into(),
        customer: (*customer).into(),
        tags,
        issued: if draft { String::new() } else { "22 Nov 2026".into() },
        due: (*due).into(),
        due_on: if due.is_empty() { String::new() } else { "6 Dec 2026".into() },
        overdue: due.ends_with("overdue"),
        total: (*total).into(),
        open: open.map(Into::into),
    }
}

fn tabs() -> Vec<Tab> {
    let tab = |text: &str, count: Option<&str>, current| Tab {
        text: text.into(),
        url: format!("/admin/invoices?s={}", text.to_lowercase().replace(' ', "-")),
        count: count.map(Into::into),
        current,
    };
    vec![
        tab("Open", Some("12"), false),
        tab("Overdue", Some("3"), false),
        tab("Drafts", Some("1"), false),
        tab("Needs review", Some("2"), false),
        tab("Paid", Some("1,204"), false),
        tab("All", None, true),
    ]
}

fn list() -> InvoicesPage {
    InvoicesPage {
        shell: busy_shell(Section::Invoices),
        tabs: tabs(),
        tab: "all".into(),
        query: String::new(),
        clear_url: "/admin/invoices?s=all".into(),
        all_url: None,
        rows: rows(),
        pager: Pager { first_url: None, next_url: Some("/admin/invoices?s=all&after=inv_1".into()) },
        none_at_all: false,
    }
}

fn happening(title: &str, actor: &str, tone: Tone, when: &str, detail: Option<&str>) -> Happening {
    Happening {
        at: at(when),
        tone,
        title: title.into(),
        actor: actor.into(),
        detail: detail.map(Into::into),
        raw: None,
    }
}

fn log(seq: &str, kind: &str, tone: Tone, source: &str, amount: Option<&str>, ids: &[&str], detail: &str) -> LogRow {
    LogRow {
        seq: seq.into(),
        at: at("22 Nov 2026, 14:02:07"),
        kind: kind.into(),
        tone,
        source: source.into(),
        amount: amount.map(Into::into),
        ids: texts(ids),
        detail: detail.into(),
    }
}

fn open() -> InvoiceDetail {
    InvoiceDetail {
        shell: shell(Section::Invoices),
        path: "/admin/invoices/inv_1".into(),
        number: "2026-0042".into(),
        customer: Link::new(LONG, "/admin/customers/cus_1"),
        customer_email: Some("einkauf@donaudampfschifffahrt.example".into()),
        tags: vec![tag("Open", Tone::Info)],
        amount_due: "9,044.00 €".into(),
        due: "due in 14 days · 6 Dec 2026".into(),
        can: Can {
            preview: false,
            send: true,
            remind: true,
            record_payment: true,
            take_payment: true,
            void: true,
            credit: true,
            write_off: true,
            new_link: true,
            ..Can::default()
        },
        primary: Some(Primary::Remind),
        figures: Amounts {
            total: "9,044.00 €".into(),
            paid: "0.00 €".into(),
            refunded: None,
            credited: None,
            due: "9,044.00 €".into(),
        },
        not_by_card: None,
        awaited: vec![],
        due_now: None,
        plan: vec![],
        fee_note: Some("By card, a payment fee of 270.43 € is added: 2.9 % + 0.30 €, from the settings.".into()),
        plan_note: None,
        decline: Some(Decline {
            at: at("today at 13:58"),
            amount: "9,044.00 €".into(),
            reason: "The card has too little money on it.".into(),
            write_url: Some("mailto:einkauf@donaudampfschifffahrt.example?subject=Invoice%202026-0042".into()),
        }),
        disputes: vec![],
        reviews: vec![],
        public_url: Some("https://rechnung.atelier-lindqvist.example/i/7Qm4tq2f0cXv9bJ1pL8wZk".into()),
        paper: paper(),
        pdf_url: Some("/i/7Qm4tq2f0cXv9bJ1/pdf".into()),
        payments: vec![],
        credit_notes: vec![],
        use_credit: Some(UseCredit { amount: "20.00 €".into(), value: "20.00".into() }),
        record: RecordPayment {
            open: false,
            problems: vec![],
            amount: field("9,044.00"),
            method: select(
                &[
                    ("bank_transfer", "Bank transfer"),
                    ("cash", "Cash"),
                    ("check", "Check"),
                    ("other", "Something else"),
                ],
                "bank_transfer",
            ),
            received_on: field("2026-11-22"),
            reference: field(""),
            nonce: "n1".into(),
        },
        timeline: vec![
            happening(
                "Card declined",
                "Stripe",
                Tone::Warn,
                "22 Nov 2026, 13:58",
                Some("Not enough money on the card."),
            ),
            happening("Checkout started", "Customer", Tone::Plain, "22 Nov 2026, 13:55", None),
            happening(
                "Mail accepted",
                "Mail server",
                Tone::Good,
                "22 Nov 2026, 13:31",
                Some("250 2.0.0 Ok: queued as 4F2k9x1Lz0 (mx1.donaudampfschifffahrt.example)"),
            ),
            happening(
                "Sent to einkauf@donaudampfschifffahrt.example",
                "anna.lindqvist@atelier-lindqvist.example",
                Tone::Plain,
                "22 Nov 2026, 13:31",
                None,
            ),
            happening(
                "Issued as 2026-0042",
                "anna.lindqvist@atelier-lindqvist.example",
                Tone::Info,
                "22 Nov 2026, 13:30",
                None,
            ),
        ],
        log: vec![
            log("1", "Issued", Tone::Plain, "Owner", Some("9,044.00 €"), &[], ""),
            log(
                "2",
                "Checkout started",
                Tone::Plain,
                "Return page",
                Some("9,044.00 €"),
                &["cs_test_a1B2c3D4e5F6g7H8i9J0"],
                "",
            ),
            log(
                "3",
                "Payment failed",
                Tone::Warn,
                "Webhook",
                Some("9,044.00 €"),
                &["pi_3QFz1nLkdIwHu7ix0Vp4mCcd", "evt_1QFz1oLkdIwHu7ixabcdEFGH"],
                "insufficient_funds",
            ),
        ],
    }
}

fn paid() -> InvoiceDetail {
    let mut page = open();
    page.tags = vec![tag("Paid", Tone::Good), tag("Needs review", Tone::Bad)];
    page.amount_due = "0.00 €".into();
    page.due = "paid on 24 Nov 2026".into();
    page.can = Can { send: true, new_link: true, ..Can::default() };
    page.primary = None;
    page.decline = None;
    page.figures = Amounts {
        total: "9,044.00 €".into(),
        paid: "9,044.00 €".into(),
        refunded: Some("44.00 €".into()),
        credited: Some("119.00 €".into()),
        due: "0.00 €".into(),
    };
    page.reviews = vec![Link::new("9,044.00 € arrived twice", "/admin/review/rev_1")];
    let card = PaymentRow {
        at: at("24 Nov 2026, 09:31"),
        method: "Card, Visa ending in 4242".into(),
        amount: "9,044.00 €".into(),
        brought: Some(Brought { fee: "135.91 €".into(), net: "8,908.09 €".into() }),
        payout: Some(Link::new("Payout", "/admin/payouts/po_1")),
        fee: Some((Link::new("FEE-2026-0007", "/i/7Qm4tq2f0cXv9bJ1/fee/1"), "270.43 €".into())),
        tag: Some(tag("Partly refunded", Tone::Plain)),
        receipt_url: Some("/i/7Qm4tq2f0cXv9bJ1/receipt/1".into()),
        external: Some(Link::new(
            "At Stripe",
            "https://dashboard.stripe.com/test/payments/pi_3QFz1nLkdIwHu7ix0Vp4mCcd",
        )),
        copy: Some(ReceiptCopy {
            email: "buchhaltung@donaudampfschifffahrt.example".into(),
            action: "/admin/invoices/inv_1/payments/1/copy".into(),
        }),
        take_back_url: None,
        refund_url: Some("/admin/payments/pay_1/refund".into()),
        refunds: vec![
            RefundRow {
                at: at("25 Nov 2026, 10:02"),
                amount: "44.00 €".into(),
                tag: tag("On its way", Tone::Info),
                detail: Some("Stripe has taken the refund and waits for money on your Stripe balance.".into()),
            },
            RefundRow {
                at: at("25 Nov 2026, 09:58"),
                amount: "44.00 €".into(),
                tag: tag("Failed", Tone::Bad),
                detail: Some("The card was lost or stolen.".into()),
            },
        ],
    };
    let second = PaymentRow { tag: Some(tag("Unapplied", Tone::Bad)), copy: None, refunds: vec![], ..card.clone() };
    page.payments = vec![card, second];
    page.awaited = vec![
        "A refund of 44.00 € is stored, and Stripe has not answered yet. The same request is made again by itself, so the \
         money goes back once. Nothing needs to be done twice."
            .into(),
    ];
    page.credit_notes = super::credit::rows();
    page
}

fn draft() -> InvoiceDetail {
    let mut page = open();
    page.number = "Draft".into();
    page.tags = vec![tag("Draft", Tone::Plain)];
    page.due = "14 days after issue".into();
    page.can = Can { edit: true, delete: true, preview: true, issue: true, send: true, ..Can::default() };
    page.primary = Some(Primary::Send);
    page.decline = None;
    page.public_url = None;
    page.pdf_url = None;
    page.log = vec![];
    page.timeline.truncate(1);
    page.timeline[0] =
        happening("Draft written", "anna.lindqvist@atelier-lindqvist.example", Tone::Plain, "22 Nov 2026, 13:30", None);
    page.paper.number = None;
    page
}

fn in_parts() -> InvoiceDetail {
    let mut page = open();
    page.decline = None;
    page.due_now = Some("2,261.00 €".into());
    page.plan = super::public::instalments();
    page
}

fn recording() -> InvoiceDetail {
    let mut page = open();
    page.decline = None;
    page.primary = Some(Primary::RecordPayment);
    page.record.open = true;
    page.record.amount = Field::wrong("9.044,00,0", "Enter an amount such as 9,044.00.");
    page.record.problems = vec![Problem::new("amount", "Enter the amount as a number, such as 9,044.00.")];
    page
}

fn send() -> SendPage {
    SendPage {
        shell: shell(Section::Invoices),
        path: "/admin/invoices/inv_1".into(),
        title: "Send invoice 2026-0042".into(),
        issues: true,
        to: Some("einkauf@donaudampfschifffahrt.example".into()),
        customer_url: "/admin/customers/cus_1/edit".into(),
        cc: texts(&["buchhaltung@donaudampfschifffahrt.example", "projektleitung@donaudampfschifffahrt.example"]),
        subject: "Invoice 2026-0042 from Atelier Lindqvist & Söhne".into(),
        customer: LONG.into(),
        amount: "9,044.00 €".into(),
        due: "6 December 2026".into(),
        warnings: vec![],
        blocked: None,
    }
}

fn take(checkout: TakePayment) -> TakePaymentPage {
    TakePaymentPage {
        shell: shell(Section::Invoices),
        path: "/admin/invoices/inv_1".into(),
        number: "2026-0042".into(),
        customer: LONG.into(),
        amount: "9,044.00 €".into(),
        due: "904400".into(),
        status_url: "/i/7Qm4tq2f0cXv9bJ1/status".into(),
        checkout,
    }
}

pub(super) fn pages() -> Vec<Page> {
    let preview = InvoicePage {
        switch: crate::web::views::public::Switch::default(),
        standing: Standing::Preview { due: "Due 14 days after issue".into() },
        back_url: Some("/admin/invoices/inv_1/edit".into()),
        paper: draft().paper,
        ..super::public::open()
    };
    let blocked = SendPage {
        to: None,
        cc: vec![],
        warnings: texts(&["Your business has no tax number yet. The law asks for one on invoices."]),
        blocked: Some(
            "With a live Stripe key, mail is sent only when the public address is HTTPS. Set server.public_url first."
                .into(),
        ),
        ..send()
    };
    let filtered = InvoicesPage {
        query: "Sonnenblume".into(),
        all_url: Some("/admin/invoices?s=all&q=Sonnenblume".into()),
        rows: vec![],
        shell: shell(Section::Invoices),
        ..list()
    };
    let refused = take(TakePayment::Refused {
        reason: "Stripe does not take amounts this large. Ask for a bank transfer.".into(),
    });
    vec![
        page("invoices", &list()),
        page("invoices-filtered-empty", &filtered),
        page("invoices-tab-empty", &InvoicesPage { query: String::new(), ..filtered.clone() }),
        page("invoices-none", &InvoicesPage { none_at_all: true, ..filtered.clone() }),
        page("draft-preview", &preview),
        page("invoice-open", &open()),
        page("invoice-paid", &paid()),
        page("invoice-draft", &draft()),
        page("invoice-recording", &recording()),
        page("invoice-in-parts", &in_parts()),
        page("send", &send()),
        page("send-blocked", &blocked),
        page(
            "take-payment",
            &take(TakePayment::Open {
                url: "https://checkout.stripe.com/c/pay/x".into(),
                qr: qr(),
                until: "16:02".into(),
                added: Some(Added {
                    principal: "8,780.58 €".into(),
                    fee: "263.42 €".into(),
                    total: "9,044.00 €".into(),
                }),
            }),
        ),
        page("take-payment-paid", &take(TakePayment::Paid { on: "today at 14:02".into() })),
        page("take-payment-refused", &refused),
    ]
}
