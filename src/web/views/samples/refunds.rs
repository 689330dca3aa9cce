//! Samples of giving money back.

use super::{Page, page, shell};
use crate::web::views::parts::{Choice, Field, Problem, Select};
use crate::web::views::refunds::{Question, RefundPage};
use crate::web::views::shell::Section;

fn refund() -> RefundPage {
    RefundPage {
        shell: shell(Section::Invoices),
        action: "/admin/payments/pay_1/refund".into(),
        number: "2026-0042".into(),
        method: "Visa ending 4242".into(),
        paid: "9,044.00 €".into(),
        most: "9,000.00 €".into(),
        shares: None,
        refused: None,
        nonce: "1".into(),
        problems: vec![],
        amount: Field::new("9,000.00"),
        reason: Select {
            choices: vec![
                Choice::new("requested_by_customer", "The customer asked for it", true),
                Choice::new("duplicate", "Paid twice", false),
            ],
            error: None,
        },
        question: None,
        cancel_url: "/admin/invoices/inv_1".into(),
    }
}

fn refund_too_much() -> RefundPage {
    let words = "At most 9,000.00 € can be refunded.";
    RefundPage { amount: Field::wrong("12,000.00", words), problems: vec![Problem::new("amount", words)], ..refund() }
}

fn refund_question() -> RefundPage {
    let question = Question {
        amount: "9,000.00 €".into(),
        text: vec![
            "Stripe sends the money back the way it came; banks usually take 5 to 10 business days.".into(),
            "Your customer gets one mail about it. A refund cannot be taken back.".into(),
        ],
        reason: "duplicate".into(),
    };
    RefundPage { question: Some(question), ..refund() }
}

fn refund_refused() -> RefundPage {
    let why = "All that was paid on this payment went back already, or is on its way.";
    RefundPage { refused: Some(why.into()), ..refund() }
}

pub(super) fn pages() -> Vec<Page> {
    vec![
        page("refund", &refund()),
        page("refund-too-much", &refund_too_much()),
        page("refund-question", &refund_question()),
        page("refund-refused", &refund_refused()),
    ]
}
