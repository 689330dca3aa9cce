//! Every letter, word for word, against `tests/golden/mail/`, and what must be true of all of them.
//!
//! To accept new words: `REWRITE_GOLDEN=1 cargo test --lib letters::`, then read the difference like any other change.

use std::path::PathBuf;

use jiff::Timestamp;

use super::{
    Because, Content, CreditReceived, InstructionReceived, Invoice, Letterhead, OwnerAlert, OwnerPayment, PayerCopy,
    PaymentFailedDelayed, Receipt, Reminder, Test, Timing,
};
use crate::mail::message::{Correspondent, Letter};

/// Gmail clips at 102 KB, and a phone on a train is slower than that.
const HTML_BYTES_MAX: usize = 25 * 1024;

/// One letter of every kind and wording, from `business` to (or about) `customer`.
fn letters(business: &str, customer: &str) -> Vec<(&'static str, Content)> {
    let owner = || business.to_owned();
    let name = || customer.to_owned();
    let details = vec!["Hauptstraße 1, 10115 Berlin".to_owned(), "acme.example".to_owned()];
    let head = || Letterhead { name: business.to_owned(), details: details.clone() };
    let amount = || "190.40 EUR".to_owned();
    let number = || "2026-0001".to_owned();
    let day = || "6 December 2026".to_owned();
    let page = || "https://pay.example.com/i/k3yk3yk3yk3yk3yk3yk3y".to_owned();
    let card = || "Visa ending 4242".to_owned();
    let debit = || "SEPA Direct Debit ending 3000".to_owned();
    let receipt = |remaining: Option<&str>| Receipt {
        letterhead: head(),
        customer: name(),
        number: number(),
        amount: amount(),
        received_on: day(),
        method: card(),
        remaining: remaining.map(str::to_owned),
        url: format!("{}/receipt/1", page()),
    };
    let invoice = |note: Option<String>| Invoice {
        letterhead: head(),
        customer: name(),
        number: number(),
        amount: amount(),
        due: day(),
        note,
        url: page(),
    };
    let reminder = |timing| Reminder {
        letterhead: head(),
        customer: name(),
        number: number(),
        amount: amount(),
        due: day(),
        timing,
        url: page(),
    };
    let credit = |because| CreditReceived {
        letterhead: head(),
        customer: name(),
        number: number(),
        amount: amount(),
        received_on: day(),
        method: card(),
        because,
        url: page(),
    };
    let failed = |reason: Option<String>| PaymentFailedDelayed {
        letterhead: head(),
        customer: name(),
        number: number(),
        amount: amount(),
        method: debit(),
        reason,
        url: page(),
    };
    let owner_payment = |remaining: Option<&str>| OwnerPayment {
        business: owner(),
        customer: name(),
        number: number(),
        amount: amount(),
        method: card(),
        remaining: remaining.map(str::to_owned),
        url: "https://pay.example.com/admin/invoices/inv_1".into(),
    };
    let instruction = InstructionReceived {
        letterhead: head(),
        customer: name(),
        number: number(),
        amount: amount(),
        method: debit(),
        url: page(),
    };
    let copy = PayerCopy {
        letterhead: head(),
        customer: name(),
        number: number(),
        amount: amount(),
        received_on: day(),
        method: card(),
        url: format!("{}/receipt/1", page()),
    };
    let alert = OwnerAlert {
        business: owner(),
        headline: format!("A payment needs you: {customer}"),
        what_happened: format!("{customer} paid 200.00 EUR, but invoice 2026-0001 was for 190.40 EUR."),
        next_step: "Open the review and choose: keep the rest as a credit, or refund it.".into(),
        url: "https://pay.example.com/admin/review/rev_1".into(),
    };
    let test = Test {
        business: owner(),
        server: "mail.example.com".into(),
        url: "https://pay.example.com/admin/settings/mail".into(),
    };
    let rendered = [
        ("invoice", invoice(None).render()),
        ("invoice_with_note", invoice(Some(format!("Dear {customer},\nas agreed on the phone."))).render()),
        ("reminder_upcoming", reminder(Timing::Upcoming).render()),
        ("reminder_overdue", reminder(Timing::Overdue).render()),
        ("receipt_full", receipt(None).render()),
        ("receipt_partial", receipt(Some("90.40 EUR")).render()),
        ("payer_copy", copy.render()),
        ("credit_received_paid", credit(Because::AlreadyPaid).render()),
        ("credit_received_void", credit(Because::Void).render()),
        ("instruction_received", instruction.render()),
        ("payment_failed_delayed", failed(None).render()),
        ("payment_failed_delayed_reason", failed(Some(format!("{customer}: insufficient funds"))).render()),
        ("owner_payment_full", owner_payment(None).render()),
        ("owner_payment_partial", owner_payment(Some("90.40 EUR")).render()),
        ("owner_alert", alert.render()),
        ("test", test.render()),
    ];
    rendered.into_iter().map(|(name, content)| (name, content.unwrap())).collect()
}

#[expect(clippy::disallowed_methods, reason = "a switch of this test, not of the program")]
fn rewriting() -> bool {
    std::env::var_os("REWRITE_GOLDEN").is_some()
}

fn compare(file: &str, actual: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/mail").join(file);
    if rewriting() {
        std::fs::write(&path, actual).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(expected == actual, "{file} differs; see the head of this file. It is now:\n{actual}");
}

#[test]
fn letters_say_exactly_this() {
    for (name, content) in letters("Acme & Söhne", "Jane Doe") {
        compare(&format!("{name}.txt"), &format!("Subject: {}\n\n{}\n", content.subject, content.text));
        compare(&format!("{name}.html"), &format!("{}\n", content.html));
    }
}

#[test]
fn words_are_calm_and_whole() {
    for (name, content) in letters("Acme", "Jane") {
        assert!(!content.text.contains('!') && !content.subject.contains('!'), "{name}");
        assert!(!content.text.contains("\n\n\n"), "{name} has a hole:\n{}", content.text);
        assert!(content.text.contains("https://pay.example.com/"), "{name} leads nowhere");
        assert_eq!(content.html.matches("<a ").count(), 1, "{name} has one button");
        assert!(content.text.lines().all(|line| line.trim_end() == line), "{name} has trailing spaces");
    }
}

#[test]
fn only_what_a_person_sent_is_not_automatic() {
    for (name, content) in letters("Acme", "Jane") {
        assert_eq!(content.automatic, !name.starts_with("invoice"), "{name}");
    }
}

#[test]
fn nothing_that_people_type_becomes_html() {
    let evil = "<script>alert(1)</script>\"' onload=\"x\" </title><style>*{display:none}</style>";
    let honest = letters("Acme", "Jane");
    for ((name, content), (_, honest)) in letters(evil, evil).into_iter().zip(honest) {
        for sign in ['<', '"', '\''] {
            assert_eq!(content.html.matches(sign).count(), honest.html.matches(sign).count(), "{name}: {sign}");
        }
    }
}

#[test]
fn subjects_stay_one_bounded_line() {
    let typed = format!("Acme\r\nBcc: x@example.com\t{}", "long ".repeat(200));
    for (name, content) in letters(&typed, &typed) {
        assert!(!content.subject.contains(char::is_control), "{name}");
        assert!(content.subject.chars().count() <= super::SUBJECT_CHARS_MAX, "{name}");
    }
}

#[test]
fn html_is_small_and_holds_only_what_mail_programs_know() {
    const KNOWN: &[&str] = &[
        "background-color",
        "border",
        "border-radius",
        "border-top",
        "border-width",
        "color",
        "display",
        "font",
        "font-size",
        "font-weight",
        "margin",
        "max-height",
        "max-width",
        "mso-hide",
        "overflow",
        "padding",
        "text-align",
        "text-decoration",
        "vertical-align",
    ];
    for (name, content) in letters("Acme", "Jane") {
        let html = &content.html;
        assert!(html.len() < HTML_BYTES_MAX, "{name}: {} bytes", html.len());
        for absent in ["<img", "<script", "<link", "url(", "@import", "position:", "flex", "grid", "http://"] {
            assert!(!html.contains(absent), "{name} contains {absent}");
        }
        assert_eq!(html.matches('{').count(), html.matches('}').count(), "{name}");
        for style in html.split("style=\"").skip(1).map(|rest| rest.split('"').next().unwrap()) {
            for declaration in style.split_terminator(';') {
                let (property, value) = declaration.split_once(':').unwrap_or_else(|| panic!("{name}: {declaration}"));
                assert!(KNOWN.contains(&property.trim()) && !value.trim().is_empty(), "{name}: {declaration}");
            }
        }
        for tag in ["table", "tr", "td", "p", "h1", "a", "div"] {
            let opened = html.matches(&format!("<{tag} ")).count() + html.matches(&format!("<{tag}>")).count();
            assert_eq!(opened, html.matches(&format!("</{tag}>")).count(), "{name}: <{tag}>");
        }
    }
}

#[test]
fn every_letter_becomes_a_message_with_short_lines() {
    for (name, content) in letters("Müller & Söhne ✓", "株式会社") {
        let expected = content.text.clone();
        let letter = Letter {
            from: Correspondent::parse("Müller & Söhne <billing@acme.example>").unwrap(),
            to: vec![Correspondent::parse("jane@example.com").unwrap()],
            cc: vec![],
            reply_to: None,
            content,
            message_id: "mail_1@pay.example.com".into(),
            date: Timestamp::UNIX_EPOCH,
            attachments: vec![],
        };
        let raw = letter.into_message().unwrap().formatted();
        assert!(raw.is_ascii() && raw.split(|byte| *byte == b'\n').all(|line| line.len() <= 998), "{name}");
        let parsed = mailparse::parse_mail(&raw).unwrap();
        let text = parsed.subparts[0].get_body().unwrap().replace("\r\n", "\n");
        assert_eq!(text.trim_end(), expected.trim_end(), "{name}");
    }
}
