//! Every letter, word for word, against `tests/golden/mail/`, and what must be true of all of them.
//!
//! To accept new words: `REWRITE_GOLDEN=1 cargo test --lib letters::`, then read the difference like any other change.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its scene should fail there")]

use std::path::PathBuf;

use jiff::Timestamp;

use super::{
    Arrives, Because, Content, CreditNote, CreditReceived, DisputeTurn, FeeShare, InstructionReceived, Invoice,
    Letterhead, OwnerAlert, OwnerDigest, OwnerDispute, OwnerPayment, Part, PayerCopy, PaymentFailedDelayed, Receipt,
    Received, RefundIssued, RefundedNote, Reminder, Test, Timing,
};
use crate::billing::language::Language;
use crate::mail::message::{Correspondent, Letter};
use crate::words::Words;

/// Gmail clips at 102 KB, and a phone on a train is slower than that.
const HTML_BYTES_MAX: usize = 25 * 1024;

const PAGE: &str = "https://pay.example.com/i/k3yk3yk3yk3yk3yk3yk3y";

/// What people typed in: the business's name and the customer's. The rest is the same in every letter.
struct Sample<'a> {
    t: Words,
    business: &'a str,
    customer: &'a str,
}

fn amount() -> String {
    "190.40 EUR".to_owned()
}

fn number() -> String {
    "2026-0001".to_owned()
}

fn day() -> String {
    "6 December 2026".to_owned()
}

fn card() -> String {
    "Visa ending 4242".to_owned()
}

fn debit() -> String {
    "SEPA Direct Debit ending 3000".to_owned()
}

impl Sample<'_> {
    fn business(&self) -> String {
        self.business.to_owned()
    }

    fn customer(&self) -> String {
        self.customer.to_owned()
    }

    fn letterhead(&self) -> Letterhead {
        let details = vec!["Hauptstraße 1, 10115 Berlin".to_owned(), "acme.example".to_owned()];
        Letterhead { t: self.t, name: self.business(), details }
    }

    fn invoice(&self, note: Option<String>) -> Content {
        let (letterhead, customer) = (self.letterhead(), self.customer());
        let (number, amount, due) = (number(), amount(), day());
        let (parts, least) = (Vec::new(), None);
        Invoice { letterhead, customer, number, amount, due, parts, least, note, is_settled: false, url: PAGE.into() }
            .render()
            .unwrap()
    }

    fn invoice_in_parts(&self) -> Content {
        let (letterhead, customer) = (self.letterhead(), self.customer());
        let (number, amount, due) = (number(), amount(), day());
        let part = |name: &str, amount: &str, due: &str| Part {
            name: name.to_owned(),
            amount: amount.to_owned(),
            due: due.to_owned(),
        };
        let parts =
            vec![part("Deposit", "57.12 EUR", "29 November 2026"), part("Rest", "133.28 EUR", "6 December 2026")];
        let (least, note) = (None, None);
        Invoice { letterhead, customer, number, amount, due, parts, least, note, is_settled: false, url: PAGE.into() }
            .render()
            .unwrap()
    }

    fn reminder(&self, timing: Timing, all: Option<&str>) -> Content {
        let (letterhead, customer) = (self.letterhead(), self.customer());
        let (number, amount, due) = (number(), amount(), day());
        let all = all.map(str::to_owned);
        Reminder { letterhead, customer, number, amount, all, due, timing, url: PAGE.into() }.render().unwrap()
    }

    fn received(&self) -> Received {
        let (customer, number, amount) = (self.customer(), number(), amount());
        Received { customer, number, amount, fee: None, received_on: day(), method: card() }
    }

    fn receipt(&self, remaining: Option<&str>, next: Option<&str>) -> Content {
        let receipt = Receipt {
            letterhead: self.letterhead(),
            received: self.received(),
            remaining: remaining.map(str::to_owned),
            next: next.map(str::to_owned),
            url: format!("{PAGE}/receipt/1"),
        };
        receipt.render().unwrap()
    }

    fn receipt_with_fee(&self) -> Content {
        let fee =
            FeeShare { principal: "184.80 EUR".into(), fee: "5.60 EUR".into(), number: "FEE-2026-0001".to_owned() };
        let received = Received { fee: Some(fee), ..self.received() };
        let url = format!("{PAGE}/receipt/1");
        Receipt { letterhead: self.letterhead(), received, remaining: None, next: None, url }.render().unwrap()
    }

    fn payer_copy(&self) -> Content {
        let copy =
            PayerCopy { letterhead: self.letterhead(), received: self.received(), url: format!("{PAGE}/receipt/1") };
        copy.render().unwrap()
    }

    fn credit(&self, because: Because) -> Content {
        let credit =
            CreditReceived { letterhead: self.letterhead(), received: self.received(), because, url: PAGE.into() };
        credit.render().unwrap()
    }

    fn refund(&self, method: String, arrives: Arrives) -> Content {
        let refund = RefundIssued {
            letterhead: self.letterhead(),
            customer: self.customer(),
            number: number(),
            amount: amount(),
            issued_on: day(),
            method,
            arrives,
            note: None,
            url: PAGE.into(),
        };
        refund.render().unwrap()
    }

    fn refund_of_note(&self, reason: Option<&str>) -> Content {
        let note = RefundedNote {
            number: "CN-2026-0001".into(),
            amount: amount(),
            reason: reason.map(str::to_owned),
            url: format!("{PAGE}/credit/1"),
        };
        let refund = RefundIssued {
            letterhead: self.letterhead(),
            customer: self.customer(),
            number: number(),
            amount: amount(),
            issued_on: day(),
            method: card(),
            arrives: Arrives::InDays,
            note: Some(note),
            url: PAGE.into(),
        };
        refund.render().unwrap()
    }

    fn credit_note(&self, reason: Option<&str>, remaining: Option<&str>, kept: bool) -> Content {
        let note = CreditNote {
            letterhead: self.letterhead(),
            customer: self.customer(),
            note: "CN-2026-0001".into(),
            number: number(),
            amount: amount(),
            reason: reason.map(str::to_owned),
            remaining: remaining.map(str::to_owned),
            refunded: None,
            kept: kept.then(|| "90.40 EUR".to_owned()),
            paid_back: (!kept && remaining.is_none()).then(|| "90.40 EUR".to_owned()),
            url: format!("{PAGE}/credit/1"),
        };
        note.render().unwrap()
    }

    fn instruction(&self) -> Content {
        let (letterhead, customer) = (self.letterhead(), self.customer());
        let (number, amount, method) = (number(), amount(), debit());
        InstructionReceived { letterhead, customer, number, amount, method, days_max: 14, url: PAGE.into() }
            .render()
            .unwrap()
    }

    fn failed(&self, reason: Option<String>) -> Content {
        let (letterhead, customer) = (self.letterhead(), self.customer());
        let (number, amount, method) = (number(), amount(), debit());
        PaymentFailedDelayed { letterhead, customer, number, amount, method, reason, url: PAGE.into() }
            .render()
            .unwrap()
    }

    fn owner_payment(&self, remaining: Option<&str>) -> Content {
        let payment = OwnerPayment {
            business: self.business(),
            customer: self.customer(),
            number: number(),
            amount: amount(),
            method: card(),
            remaining: remaining.map(str::to_owned),
            url: "https://pay.example.com/admin/invoices/inv_1".into(),
        };
        payment.render().unwrap()
    }

    fn owner_alert(&self) -> Content {
        let customer = self.customer;
        let alert = OwnerAlert {
            business: self.business(),
            headline: format!("A payment needs you: {customer}"),
            what_happened: format!("{customer} paid 200.00 EUR, but invoice 2026-0001 was for 190.40 EUR."),
            next_step: "Open the review and choose: keep the rest as a credit, or refund it.".into(),
            url: "https://pay.example.com/admin/review/rev_1".into(),
        };
        alert.render().unwrap()
    }

    fn owner_dispute(&self, turn: DisputeTurn, respond_by: Option<&str>) -> Content {
        let dispute = OwnerDispute {
            business: self.business(),
            turn,
            customer: self.customer(),
            number: Some(number()),
            amount: amount(),
            reason: "The cardholder says that somebody else paid".into(),
            respond_by: respond_by.map(str::to_owned),
            url: "https://pay.example.com/admin/disputes/dsp_1".into(),
        };
        dispute.render().unwrap()
    }

    fn owner_digest(&self, more: usize) -> Content {
        let customer = self.customer;
        let digest = OwnerDigest {
            business: self.business(),
            headline: "2 mails could not be delivered".into(),
            what_happened: "2 mails could not be delivered. This is what the mail server said:".into(),
            items: vec![
                format!("Invoice 2026-0001 for {customer}, to jane@example.com: 550 no such mailbox"),
                "Receipt for invoice 2026-0002, to joe@example.com: 552 mailbox full".into(),
            ],
            more,
            next_step: "Correct the address, or send it again once the mail server takes it.".into(),
            url: "https://pay.example.com/admin/outbox?s=failed".into(),
        };
        digest.render().unwrap()
    }

    fn test(&self) -> Content {
        let url = "https://pay.example.com/admin/settings/mail".into();
        Test { business: self.business(), server: "mail.example.com".into(), url }.render().unwrap()
    }
}

/// One letter of every kind and wording, from `business` to (or about) `customer`.
fn letters(business: &str, customer: &str) -> Vec<(&'static str, Content)> {
    letters_in(Words::default(), business, customer)
}

fn letters_in(t: Words, business: &str, customer: &str) -> Vec<(&'static str, Content)> {
    let sample = Sample { t, business, customer };
    let note = format!("Dear {customer},\nas agreed on the phone.");
    let reason = format!("{customer}: insufficient funds");
    let deadline = Some("6 December 2026, 23:59 CET");
    vec![
        ("invoice", sample.invoice(None)),
        ("invoice_with_note", sample.invoice(Some(note))),
        ("invoice_in_parts", sample.invoice_in_parts()),
        ("reminder_upcoming", sample.reminder(Timing::Upcoming, None)),
        ("reminder_overdue", sample.reminder(Timing::Overdue, None)),
        ("reminder_part", sample.reminder(Timing::Overdue, Some("476.00 EUR"))),
        ("receipt_full", sample.receipt(None, None)),
        ("receipt_partial", sample.receipt(Some("90.40 EUR"), None)),
        ("receipt_with_fee", sample.receipt_with_fee()),
        ("receipt_part", sample.receipt(Some("90.40 EUR"), Some("45.20 EUR, due on 6 January 2027"))),
        ("payer_copy", sample.payer_copy()),
        ("credit_received_paid", sample.credit(Because::AlreadyPaid)),
        ("credit_received_void", sample.credit(Because::Void)),
        ("credit_received_unclear", sample.credit(Because::Unclear)),
        ("refund_issued_card", sample.refund(card(), Arrives::InDays)),
        ("refund_issued_asked", sample.refund("Customer balance".into(), Arrives::WhenAnswered)),
        ("refund_issued_by_hand", sample.refund("Bank transfer".into(), Arrives::ByHand)),
        ("refund_issued_note", sample.refund_of_note(None)),
        ("refund_issued_note_reason", sample.refund_of_note(Some(customer))),
        ("credit_note_part", sample.credit_note(None, Some("100.00 EUR"), false)),
        ("credit_note_kept", sample.credit_note(Some(customer), None, true)),
        ("credit_note_paid_back", sample.credit_note(None, None, false)),
        ("instruction_received", sample.instruction()),
        ("payment_failed_delayed", sample.failed(None)),
        ("payment_failed_delayed_reason", sample.failed(Some(reason))),
        ("owner_payment_full", sample.owner_payment(None)),
        ("owner_payment_partial", sample.owner_payment(Some("90.40 EUR"))),
        ("owner_alert", sample.owner_alert()),
        ("owner_dispute_asked", sample.owner_dispute(DisputeTurn::Asked, deadline)),
        ("owner_dispute_opened", sample.owner_dispute(DisputeTurn::Opened, deadline)),
        ("owner_dispute_unanswerable", sample.owner_dispute(DisputeTurn::Opened, None)),
        ("owner_dispute_days_left", sample.owner_dispute(DisputeTurn::DaysLeft(3), deadline)),
        ("owner_dispute_last_day", sample.owner_dispute(DisputeTurn::DaysLeft(1), deadline)),
        ("owner_dispute_won", sample.owner_dispute(DisputeTurn::Won, deadline)),
        ("owner_dispute_lost", sample.owner_dispute(DisputeTurn::Lost, deadline)),
        ("owner_dispute_closed", sample.owner_dispute(DisputeTurn::Closed, deadline)),
        ("owner_digest", sample.owner_digest(0)),
        ("owner_digest_more", sample.owner_digest(7)),
        ("test", sample.test()),
    ]
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

/// In every language, and nothing of it in another one.
#[test]
fn letters_to_customers_are_in_one_language() {
    let english = letters("Acme", "Jane");
    for language in Language::ALL.into_iter().filter(|language| *language != Language::English) {
        let tag = language.tag();
        for ((name, content), (_, english)) in letters_in(Words::of(tag), "Acme", "Jane").into_iter().zip(&english) {
            if name.starts_with("owner") || name == "test" {
                assert!(content == *english, "{name} is for the owner, in English");
                continue;
            }
            let opening = format!("<html lang=\"{tag}\" dir=\"{}\">", Words::of(tag).dir());
            assert!(content.html.contains(&opening), "{tag} {name}");
            assert!(content.subject != english.subject, "{tag} {name}: {}", content.subject);
            assert!(!content.text.contains('!') && !content.text.contains("\n\n\n"), "{tag} {name}:\n{}", content.text);
            // What the owner wrote to the customer stays as it was written.
            let own = |line: &&str| line.ends_with(['.', ':', ',']) && name != "invoice_with_note";
            for line in english.text.lines().filter(own) {
                assert!(!content.text.contains(line), "{tag} {name}: {line}");
            }
        }
    }
}

#[test]
fn only_what_a_person_sent_is_not_automatic() {
    for (name, content) in letters("Acme", "Jane") {
        let is_sent_by_a_person = name.starts_with("invoice") || name.starts_with("credit_note");
        assert_eq!(content.automatic, !is_sent_by_a_person, "{name}");
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
