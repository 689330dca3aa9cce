//! Today, customers, payments, reviews, mails, reconciliations, questions and errors.

use super::{Page, at, busy_shell, field, page, select, shell, tag, texts};
use crate::web::views::confirm::{ConfirmPage, ErrorPage, Reason};
use crate::web::views::customers::{Balance, CustomerFormPage, CustomerPage, CustomerRow, CustomersPage};
use crate::web::views::outbox::{MailRow, OutboxPage};
use crate::web::views::parts::{Field, Link, Pager, Problem, Tab, Tone};
use crate::web::views::payments::{PaymentListRow, PaymentsPage};
use crate::web::views::reconciliations::{
    Count, PassRow, PayoutRow, ReconciliationPage, ReconciliationsPage, ReportLine,
};
use crate::web::views::reviews::{Case, CaseAction, Comparison, Evidence, Resolution, ReviewPage, ReviewsPage};
use crate::web::views::setup::Finding;
use crate::web::views::shell::Section;
use crate::web::views::today::{Figure, Figures, Need, Recent, TodayPage};

const LONG: &str = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft mbH";

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
                overdue: figure("2,310,735.25 €", "3 invoices"),
                open: figure("11,538.45 €", "12 invoices"),
                paid_30_days: figure("48,902.10 €", "31 payments"),
                days_to_pay: figure("18 days", "on average"),
            },
            Figures {
                currency: "JPY".into(),
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
    let row = |name: &str, email: Option<&str>, open: Option<&str>, overdue: Option<&str>| CustomerRow {
        url: "/admin/customers/cus_1".into(),
        name: name.into(),
        email: email.map(Into::into),
        open: open.map(Into::into),
        overdue: overdue.map(Into::into),
        last_paid: Some("3 Nov 2026".into()),
    };
    CustomersPage {
        shell: shell(Section::Customers),
        query: String::new(),
        rows: vec![
            row("Björk Ólafsdóttir", Some("bjork@olafsdottir.example"), None, None),
            row("Café Sonnenschein", None, Some("184.45 €"), Some("184.45 €")),
            row(
                LONG,
                Some("rechnungseingang.zentrale@donaudampfschifffahrtselektrizitaeten.example"),
                Some("2,310,550.80 €"),
                Some("2,310,550.80 €"),
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
        }],
        new_invoice_url: "/admin/invoices/new?customer=cus_1".into(),
        invoices: super::invoices::rows(),
        pager: Pager::default(),
    }
}

fn customer_form() -> CustomerFormPage {
    CustomerFormPage {
        shell: shell(Section::Customers),
        action: "/admin/customers".into(),
        back_url: "/admin/customers".into(),
        is_new: true,
        revision: String::new(),
        problems: vec![Problem::new("email", "Enter a complete e-mail address, such as anna@example.com.")],
        name: field(LONG),
        email: Field::wrong("einkauf@", "Enter a complete e-mail address, such as anna@example.com."),
        country: super::setup::countries(),
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
        fee: Some("2.05 €".into()),
        net: Some("116.95 €".into()),
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

fn twice() -> Case {
    let compare = |label: &str, stripe: &str, books: &str, differs| Comparison {
        label: label.into(),
        stripe: stripe.into(),
        books: books.into(),
        differs,
    };
    let action = |value: &str, label: &str, hint: &str, needs_invoice| CaseAction {
        value: value.into(),
        label: label.into(),
        hint: hint.into(),
        needs_invoice,
    };
    Case {
        url: "/admin/review/rev_1".into(),
        id: "rev_1".into(),
        tone: Tone::Bad,
        title: "Paid twice".into(),
        detail: "A second card payment arrived for an invoice that was already paid. The money is booked as the customer’s credit. Usually it is given back.".into(),
        opened: at("2 hours ago"),
        tags: vec![],
        invoice: Some(Link::new("2026-0007", "/admin/invoices/inv_7")),
        customer: Some(Link::new("Café Sonnenschein", "/admin/customers/cus_2")),
        comparison: vec![
            compare("Received", "238.00 €", "119.00 €", true),
            compare("Due", "–", "0.00 €", false),
            compare("Payment", "pi_3QFz1nLkdIwHu7ix0Vp4mCcd", "pi_3QFz0aLkdIwHu7ix1Xy2nBbc", true),
        ],
        actions: vec![
            action("refund", "Refund 119.00 €", "to the card that paid", false),
            action("keep_credit", "Keep as credit", "for the next invoice of this customer", false),
            action("link", "Apply to another invoice", "give its number above", true),
            action("ignore", "Leave as it is", "with a note that says why", false),
        ],
        respond_by: None,
        resolution: None,
    }
}

fn dispute() -> Case {
    Case {
        url: "/admin/review/rev_2".into(),
        id: "rev_2".into(),
        tone: Tone::Warn,
        title: "Payment disputed".into(),
        detail: "The customer’s bank has taken the money back and asks for evidence. Answer at Stripe; the outcome is booked here by itself.".into(),
        respond_by: Some("2 December 2026, 23:59 UTC".into()),
        comparison: twice().comparison[..1].to_vec(),
        actions: vec![CaseAction { value: "ignore".into(), label: "Mark as handled".into(), hint: "once you have answered".into(), needs_invoice: false }],
        ..twice()
    }
}

fn reviews() -> ReviewsPage {
    let tab = |text: &str, count: Option<&str>, current| Tab {
        text: text.into(),
        url: "/admin/review".into(),
        count: count.map(Into::into),
        current,
    };
    ReviewsPage {
        shell: shell(Section::Review),
        tabs: vec![tab("Open", Some("2"), true), tab("Decided", None, false)],
        shows_open: true,
        cases: vec![twice(), dispute()],
        pager: Pager::default(),
    }
}

fn decided() -> ReviewPage {
    let case = Case {
        actions: vec![],
        resolution: Some(Resolution {
            action: "Refunded 119.00 €".into(),
            by: "anna.lindqvist@atelier-lindqvist.example".into(),
            at: at("today at 15:10"),
            note: "Customer called, wanted it back.".into(),
        }),
        ..twice()
    };
    let fact = |name: &str, value: &str| Evidence { name: name.into(), value: value.into() };
    ReviewPage {
        shell: shell(Section::Review),
        case,
        evidence: vec![
            fact("stripe_payment_intent", "pi_3QFz1nLkdIwHu7ix0Vp4mCcd"),
            fact("stripe_session", "cs_test_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0u1V2w3X4y5Z6"),
            fact("amount", "11900"),
        ],
    }
}

fn outbox() -> OutboxPage {
    let mail = |subject: &str, to: &str, kind: &str, state: (&str, Tone), answer: Option<&str>| MailRow {
        path: "/admin/outbox/mail_1".into(),
        to: to.into(),
        subject: subject.into(),
        kind: kind.into(),
        tag: tag(state.0, state.1),
        at: at("22 Nov 2026, 14:02"),
        attempts: "3 attempts".into(),
        next: (state.0 == "Queued").then(|| "in 4 minutes".into()),
        answer: answer.map(Into::into),
        about: Some(Link::new("2026-0042", "/admin/invoices/inv_1")),
        can_retry: state.0 != "Sent",
        can_cancel: state.0 == "Queued",
    };
    let tab = |text: &str, count: Option<&str>, current| Tab {
        text: text.into(),
        url: "/admin/outbox".into(),
        count: count.map(Into::into),
        current,
    };
    OutboxPage {
        shell: shell(Section::Outbox),
        tabs: vec![
            tab("All", None, true),
            tab("Waiting", Some("1"), false),
            tab("Failed", Some("1"), false),
            tab("Sent", Some("1,204"), false),
        ],
        rows: vec![
            mail(
                "Invoice 2026-0042 from Atelier Lindqvist & Söhne",
                "einkauf@donaudampfschifffahrt.example",
                "Invoice",
                ("Queued", Tone::Info),
                Some("451 4.7.1 Greylisted, please try again later"),
            ),
            mail(
                "Receipt for invoice 2026-0040",
                "bjork@olafsdottir.example",
                "Receipt",
                ("Failed", Tone::Bad),
                Some(
                    "550 5.1.1 <bjork@olafsdottir.example>: Recipient address rejected: User unknown in virtual mailbox table",
                ),
            ),
            mail(
                "Reminder: invoice 2026-0041",
                "hallo@cafe-sonnenschein.example",
                "Reminder",
                ("Sent", Tone::Good),
                Some("250 2.0.0 Ok: queued as 4F2k9x1Lz0"),
            ),
        ],
        pager: Pager::default(),
        none_at_all: false,
    }
}

fn passes() -> ReconciliationsPage {
    let pass = |started: &str, source: &str, state: (&str, Tone)| PassRow {
        url: "/admin/reconciliations/rec_1".into(),
        started: at(started),
        took: "4 s".into(),
        source: source.into(),
        compared: "212 objects".into(),
        tag: tag(state.0, state.1),
    };
    ReconciliationsPage {
        shell: shell(Section::Reconciliation),
        schedule: Some("every 15 minutes".into()),
        blocked: None,
        running: false,
        rows: vec![
            pass("22 Nov 2026, 14:15", "You", ("Put right: 1", Tone::Info)),
            pass("22 Nov 2026, 14:00", "Schedule", ("Agrees", Tone::Good)),
            pass("22 Nov 2026, 13:45", "Schedule", ("Differences: 2", Tone::Bad)),
        ],
        pager: Pager::default(),
    }
}

fn report() -> ReconciliationPage {
    let count = |label: &str, value: &str| Count { label: label.into(), value: value.into() };
    let line =
        |text: &str, link: &str| ReportLine { text: text.into(), link: Some(Link::new(link, "/admin/invoices/inv_1")) };
    let payout = |rest: Option<&str>| PayoutRow {
        id: "po_1QFz1oLkdIwHu7ixabcdEFGH".into(),
        arrival: "24 Nov 2026".into(),
        amount: "1,054.09 €".into(),
        explained: "1,054.09 €".into(),
        remainder: rest.map(Into::into),
    };
    ReconciliationPage {
        shell: shell(Section::Reconciliation),
        started: at("22 Nov 2026, 14:15"),
        finished: Some(at("22 Nov 2026, 14:15")),
        took: "4 s".into(),
        source: "You".into(),
        tone: Tone::Warn,
        verdict: "One payment was missing and has been booked. One difference is left for you.".into(),
        compared: vec![
            count("Checkout sessions", "41"),
            count("Charges", "38"),
            count("Events", "133"),
            count("Payouts", "2"),
        ],
        repaired: vec![line("1,190.00 € was paid while this server was off, and is booked now:", "2026-0040")],
        differences: vec![line("Stripe has no charge for a payment in the books:", "2026-0031")],
        payouts: vec![payout(None), payout(Some("3.20 €"))],
        requests: "14".into(),
    }
}

fn void() -> ConfirmPage {
    ConfirmPage {
        shell: shell(Section::Invoices),
        title: "Void invoice 2026-0042?".into(),
        text: texts(&[
            "The customer can no longer pay it, and any open checkout is closed first.",
            "Its number stays used. This cannot be undone.",
        ]),
        action: "/admin/invoices/inv_1/void".into(),
        button: "Void invoice".into(),
        tone: Tone::Bad,
        reason: Some(Reason {
            label: "Reason".into(),
            hint: "Kept with the invoice, not shown to the customer.".into(),
            field: field(""),
        }),
        cancel_url: "/admin/invoices/inv_1".into(),
    }
}

fn changed() -> ErrorPage {
    ErrorPage {
        shell: shell(Section::Invoices),
        title: "This invoice was changed meanwhile".into(),
        text: "Somebody saved it in another window after you had opened it. Nothing was overwritten. Open it again and make your change there.".into(),
        link: Some(Link::new("Open the invoice", "/admin/invoices/inv_1")),
        reference: Some("req_7f3a91".into()),
    }
}

pub(super) fn pages() -> Vec<Page> {
    let calm = TodayPage { needs: vec![], ..today() };
    let open_case = ReviewPage { case: twice(), ..decided() };
    let unfinished = ReconciliationsPage {
        rows: vec![],
        schedule: None,
        blocked: Some("Enter a Stripe key under Settings first.".into()),
        ..passes()
    };
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
        page("reviews", &reviews()),
        page("reviews-none", &ReviewsPage { cases: vec![], ..reviews() }),
        page("review", &open_case),
        page("review-decided", &decided()),
        page("outbox", &outbox()),
        page("outbox-none", &OutboxPage { none_at_all: true, ..outbox() }),
        page("reconciliations", &passes()),
        page("reconciliations-none", &unfinished),
        page("reconciliation", &report()),
        page("confirm-void", &void()),
        page("admin-error", &changed()),
    ]
}
