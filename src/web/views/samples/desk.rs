//! The owner's desk: today, customers, payments.

use super::{LONG, Page, at, busy_shell, field, page, select, shell, tag, texts};
use crate::web::views::customers::{Balance, CustomerFormPage, CustomerPage, CustomerRow, CustomersPage, HeldRow};
use crate::web::views::forms::AddressFields;
use crate::web::views::parts::{Field, Link, Pager, Problem, Tone};
use crate::web::views::payments::{Brought, PaymentListRow, PaymentsPage};
use crate::web::views::setup::Finding;
use crate::web::views::shell::Section;
use crate::web::views::today::{Figure, Figures, Need, Recent, TodayPage};

fn figure(value: &str, detail: &str) -> Figure {
    Figure { value: value.into(), detail: detail.into(), url: "/admin/invoices?s=open".into() }
}

fn today() -> TodayPage {
    let need = |tone, title: &str, detail: &str, action: &str| Need {
        tone,
        title: title.into(),
        detail: detail.into(),
        url: "/admin/review/rev_1".into(),
        action: action.into(),
    };
    let recent = |customer: &str, invoice: Option<&str>, amount: &str, method: &str, at: &str| Recent {
        customer: customer.into(),
        invoice: invoice.map(|number| Link::new(number, "/admin/invoices/inv_1")),
        amount: amount.into(),
        method: method.into(),
        at: at.into(),
        tag: None,
    };
    TodayPage {
        shell: busy_shell(Section::Today),
        date: "Sunday, 22 November 2026".into(),
        backup: "Last backup 8 hours ago".into(),
        needs: vec![
            need(Tone::Bad, "119.00 € arrived twice for 2026-0007", "Café Sonnenschein · 2 hours ago", "Decide"),
            need(
                Tone::Bad,
                "A mail was refused by the server",
                "Receipt for 2026-0040 to bjork@olafsdottir.example · mailbox unavailable",
                "Look",
            ),
            need(Tone::Warn, "2026-0041 is 12 days overdue", &format!("{LONG} · 2,310,184.45 €"), "Remind"),
            need(
                Tone::Info,
                "A draft has waited for 3 days",
                "Muster & Partner Steuerberatungsgesellschaft · 1,250.00 €",
                "Continue",
            ),
        ],
        figures: vec![
            Figures {
                currency: "EUR".into(),
                is_overdue: true,
                overdue: figure("2,310,735.25 €", "3 invoices"),
                open: figure("11,538.45 €", "12 invoices"),
                paid_30_days: figure("48,902.10 €", "31 payments"),
                days_to_pay: figure("18 days", "on average"),
            },
            Figures {
                currency: "JPY".into(),
                is_overdue: false,
                overdue: figure("¥0", "none"),
                open: figure("¥1,234,567", "1 invoice"),
                paid_30_days: figure("¥0", "none"),
                days_to_pay: figure("–", "no payment yet"),
            },
        ],
        checklist: vec![],
        recent: vec![
            recent("Björk Ólafsdóttir", Some("2026-0040"), "1,190.00 €", "Card", "today at 09:31"),
            recent(LONG, Some("2026-0036"), "12,000.00 €", "Bank transfer", "yesterday"),
            recent("Café Sonnenschein", None, "119.00 €", "Card", "20 Nov 2026"),
        ],
        no_invoices: false,
    }
}

fn first_day() -> TodayPage {
    let finding = |ok, text: &str, url: Option<&str>| Finding { ok, text: text.into(), url: url.map(Into::into) };
    TodayPage {
        shell: super::Shell { reviews: None, ..shell(Section::Today) },
        date: "Sunday, 22 November 2026".into(),
        backup: "Last backup 8 hours ago".into(),
        checklist: vec![
            finding(true, "Your business", None),
            finding(true, "Numbers and taxes", None),
            finding(false, "Mail is not set up: invoices wait in the outbox", Some("/admin/settings/mail")),
            finding(false, "Cards cannot be taken yet: invoices offer bank transfer", Some("/admin/settings/payments")),
        ],
        no_invoices: true,
        ..TodayPage::default()
    }
}

fn customers() -> CustomersPage {
    let row = |name: &str, email: Option<&str>, open: &[&str], overdue: &[&str]| CustomerRow {
        url: "/admin/customers/cus_1".into(),
        name: name.into(),
        email: email.map(Into::into),
        open: texts(open),
        overdue: texts(overdue),
        last_paid: Some("3 Nov 2026".into()),
    };
    CustomersPage {
        shell: shell(Section::Customers),
        query: String::new(),
        rows: vec![
            row("Björk Ólafsdóttir", Some("bjork@olafsdottir.example"), &[], &[]),
            row("Café Sonnenschein", None, &["184.45 €"], &["184.45 €"]),
            row(
                LONG,
                Some("rechnungseingang.zentrale@donaudampfschifffahrtselektrizitaeten.example"),
                &["2,310,550.80 €", "¥1,234,567", "£95.00", "and 3 more"],
                &["2,310,550.80 €"],
            ),
        ],
        pager: Pager::default(),
        none_at_all: false,
    }
}

fn customer() -> CustomerPage {
    CustomerPage {
        shell: shell(Section::Customers),
        path: "/admin/customers/cus_1".into(),
        name: LONG.into(),
        email: Some("rechnungseingang.zentrale@donaudampfschifffahrtselektrizitaeten.example".into()),
        email_doubted: false,
        address: texts(&["Handelskai 265", "1020 Wien", "Austria"]),
        tax_id: Some("ATU12345678".into()),
        language: "German".into(),
        buyer_reference: Some("04011000-1234512345-35".into()),
        endpoint: Some("0088:4012345000009".into()),
        balances: vec![Balance {
            currency: "EUR".into(),
            open: "11,354.00 €".into(),
            overdue: "2,310,550.80 €".into(),
            paid: "48,902.10 €".into(),
            credit: Some("20.00 €".into()),
        }],
        new_invoice_url: "/admin/invoices/new?customer=cus_1".into(),
        invoices: super::invoices::rows(),
        pager: Pager::default(),
        held: vec![HeldRow {
            amount: "20.00 €".into(),
            from: Link::new("Credit note CN-2026-0002", "/admin/credit-notes/crn_1"),
            refund_url: Some("/admin/credit-notes/crn_1/refund".into()),
        }],
        credit_notes: super::credit::rows(),
    }
}

fn customer_form() -> CustomerFormPage {
    CustomerFormPage {
        shell: shell(Section::Customers),
        action: "/admin/customers".into(),
        back_url: "/admin/customers".into(),
        is_new: true,
        seen: String::new(),
        once: "cus_01k".into(),
        problems: vec![Problem::new("email", "Enter a complete e-mail address, such as anna@example.com.")],
        name: field(LONG),
        email: Field::wrong("einkauf@", "Enter a complete e-mail address, such as anna@example.com."),
        address: AddressFields { country: super::setup::countries(), ..AddressFields::default() },
        language: select(&[("en", "English"), ("de", "German")], "de"),
        ..CustomerFormPage::default()
    }
}

fn payments() -> PaymentsPage {
    let row = |customer: &str, invoice: Option<&str>, method: &str, amount: &str| PaymentListRow {
        at: at("22 Nov 2026, 14:02"),
        customer: customer.into(),
        invoice: invoice.map(|number| Link::new(number, "/admin/invoices/inv_1")),
        method: method.into(),
        amount: amount.into(),
        brought: invoice.is_some().then(|| Brought { fee: "18.10 €".into(), net: "1,171.90 €".into() }),
        tag: invoice.is_none().then(|| tag("Unapplied", Tone::Bad)),
    };
    PaymentsPage {
        shell: shell(Section::Payments),
        query: String::new(),
        rows: vec![
            row("Café Sonnenschein", None, "Card, Visa ending in 4242", "119.00 €"),
            row(LONG, Some("2026-0036"), "Bank transfer", "2,310,550.80 €"),
            row("Björk Ólafsdóttir", Some("2026-0040"), "Card, Mastercard ending in 4444", "1,190.00 €"),
        ],
        pager: Pager {
            first_url: Some("/admin/payments".into()),
            next_url: Some("/admin/payments?after=pay_1".into()),
        },
        none_at_all: false,
    }
}

pub(super) fn pages() -> Vec<Page> {
    let calm = TodayPage { needs: vec![], ..today() };
    vec![
        page("today", &today()),
        page("today-calm", &calm),
        page("today-first", &first_day()),
        page("customers", &customers()),
        page("customers-none", &CustomersPage { none_at_all: true, ..customers() }),
        page("customers-filtered-empty", &CustomersPage { rows: vec![], query: "Sonnenblume".into(), ..customers() }),
        page("customer", &customer()),
        page("customer-form", &customer_form()),
        page("payments", &payments()),
        page("payments-none", &PaymentsPage { none_at_all: true, ..payments() }),
    ]
}
