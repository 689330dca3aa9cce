//! Disputes: the list, one to be answered, one with mistakes, one on its way, one that is lost.

use super::{LONG, Page, at, field, page, shell, tag};
use crate::web::views::disputes::{AnswerForm, DisputeListRow, DisputePage, DisputesPage, FileField, Told, UnderWay};
use crate::web::views::parts::{Field, Link, Pager, Problem, Tone};
use crate::web::views::reviews::Comparison;
use crate::web::views::shell::Section;

fn list() -> DisputesPage {
    let row = |customer: &str, state: (&str, Tone), deadline: Option<&str>, amount: &str| DisputeListRow {
        url: "/admin/disputes/dsp_1".into(),
        customer: customer.into(),
        invoice: "2026-0042".into(),
        opened: at("22 Nov 2026, 14:02"),
        tag: tag(state.0, state.1),
        deadline: deadline.map(Into::into),
        amount: amount.into(),
    };
    DisputesPage {
        shell: shell(Section::Review),
        rows: vec![
            row(LONG, ("Needs your answer", Tone::Bad), Some("answer by 12 Dec 2026, 23:59"), "119,040.00 €"),
            row("Café Sonnenschein", ("The bank looks at your evidence", Tone::Info), None, "119.00 €"),
            row("Anna Example", ("Won", Tone::Good), None, "19.00 €"),
        ],
        pager: Pager::default(),
    }
}

fn form() -> AnswerForm {
    let file = |name: &str, label: &str, stored: Option<&str>| FileField {
        name: name.into(),
        removal: format!("remove_{name}"),
        label: label.into(),
        stored: stored.map(Into::into),
        error: None,
    };
    AnswerForm {
        problems: vec![],
        is_proposed: true,
        product_description: field("Design of a poster; printing of 500 copies"),
        customer_name: field("Café Sonnenschein"),
        customer_email_address: field("einkauf@sonnenschein.example"),
        service_date: field("2026-11-02"),
        refund_policy_disclosure: field(""),
        uncategorized_text: field("Invoice 2026-0042 of 1 November 2026\nTotal: 119.00 €"),
        files: vec![
            file("receipt", "Receipt or invoice", Some("receipt.pdf, 120 KB")),
            file("service_documentation", "Proof of delivery or of the work", None),
            file("customer_communication", "Letters with the customer", None),
            file("uncategorized_file", "Anything else", None),
        ],
        files_error: None,
        place: "0".into(),
    }
}

fn waiting() -> DisputePage {
    let compare = |label: &str, stripe: &str, books: &str| Comparison {
        label: label.into(),
        stripe: stripe.into(),
        books: books.into(),
        differs: false,
    };
    DisputePage {
        shell: shell(Section::Review),
        path: "/admin/disputes/dsp_1".into(),
        amount: "119.00 €".into(),
        tags: vec![tag("Needs your answer", Tone::Bad)],
        invoice: Some(Link::new("2026-0042", "/admin/invoices/inv_1")),
        customer: "Café Sonnenschein".into(),
        opened: at("22 Nov 2026, 14:02"),
        reason: "The cardholder says that somebody else paid".into(),
        story: "The money is held until the bank has decided. Without an answer it is lost.".into(),
        tone: Tone::Bad,
        deadline: Some("12 Dec 2026, 23:59".into()),
        comparison: vec![
            compare("Disputed", "119.00 €", "of a payment of 1,119.00 €"),
            compare("Taken back, booked as held", "119.00 €", "119.00 €"),
        ],
        under_way: None,
        form: Some(form()),
        told: vec![],
        files: vec![],
        can_accept: true,
        refund_url: None,
        facts: vec![("At Stripe".into(), "dp_1QFz1nLkdIwHu7ix0Vp4mCcd".into())],
        external: Some(Link::new("The payment at Stripe", "https://dashboard.stripe.com/payments/pi_1")),
    }
}

fn mistaken() -> DisputePage {
    let error = "Choose a PDF, a PNG or a JPEG; the bank reads nothing else.";
    let mut form = AnswerForm {
        problems: vec![Problem::new("receipt", error), Problem::new("service_date", "Use at most 500 characters.")],
        is_proposed: false,
        service_date: Field::wrong("long", "Use at most 500 characters."),
        ..form()
    };
    form.files[0].error = Some(error.into());
    DisputePage { form: Some(form), ..waiting() }
}

fn under_way() -> DisputePage {
    DisputePage {
        form: None,
        can_accept: false,
        under_way: Some(UnderWay {
            tone: Tone::Warn,
            title: "Your evidence is on its way to Stripe".into(),
            text:
                "Stripe has not taken it yet: the connection broke off. It is kept here and sent again by itself, in \
                4 minutes. Nothing needs to be done twice."
                    .into(),
        }),
        told: vec![Told { label: "What was sold".into(), text: "Design of a poster".into() }],
        files: vec!["receipt.pdf, 120 KB".into()],
        ..waiting()
    }
}

pub(super) fn pages() -> Vec<Page> {
    vec![
        page("disputes", &list()),
        page("disputes-none", &DisputesPage { rows: vec![], ..list() }),
        page("dispute", &waiting()),
        page("dispute-mistaken", &mistaken()),
        page("dispute-under-way", &under_way()),
    ]
}
