//! What is looked after: reviews, mails, reconciliations, questions and errors.

use super::{Page, at, field, page, shell, tag, texts};
use crate::web::views::confirm::{ConfirmPage, Elsewhere, ErrorPage, Reason};
use crate::web::views::outbox::{MailRow, OutboxPage};
use crate::web::views::parts::{Field, Link, Pager, Tab, Tone};
use crate::web::views::payouts::{LineRow, PayoutListRow, PayoutPage, PayoutsPage, SumRow};
use crate::web::views::reconciliations::{
    BalanceRow, Count, PassRow, PayoutRow, ReconciliationPage, ReconciliationsPage, ReportLine,
};
use crate::web::views::reviews::{
    Case, CaseAction, Comparison, Evidence, Resolution, ReviewPage, ReviewsPage, Undo, Undone,
};
use crate::web::views::shell::{Section, Shell};

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
        detail: "A second card payment arrived for an invoice that was already paid. The money is booked \
            as the customer’s credit. Usually it is given back."
            .into(),
        opened: at("2 hours ago"),
        invoice: Some(Link::new("2026-0007", "/admin/invoices/inv_7")),
        customer: Some(Link::new("Café Sonnenschein", "/admin/customers/cus_2")),
        is_elsewhere: false,
        comparison: vec![
            compare("Received", "238.00 €", "119.00 €", true),
            compare("Due", "–", "0.00 €", false),
            compare("Payment", "pi_3QFz1nLkdIwHu7ix0Vp4mCcd", "pi_3QFz0aLkdIwHu7ix1Xy2nBbc", true),
        ],
        actions: vec![
            action("refund", "Refund 119.00 €", "to the card that paid", false),
            action("keep_credit", "Keep as credit", "for the next invoice of this customer", false),
            action("link", "Apply to another invoice", "whose number you enter beside it.", true),
            action("ignore", "Leave as it is", "with a note that says why", false),
        ],
        note: String::new(),
        other_invoice: String::new(),
        undo_note: String::new(),
        respond_by: None,
        next: None,
        refund_url: None,
        resolution: None,
        undone: vec![],
        undo: None,
    }
}

fn dispute() -> Case {
    Case {
        url: "/admin/review/rev_2".into(),
        id: "rev_2".into(),
        tone: Tone::Warn,
        title: "Payment disputed".into(),
        detail: "The customer’s bank has taken the money back and asks for evidence. Answer at Stripe; \
            the outcome is booked here by itself."
            .into(),
        note: String::new(),
        other_invoice: String::new(),
        respond_by: Some("2 December 2026, 23:59 UTC".into()),
        next: Some(Link::new("Answer the bank", "/admin/disputes/dsp_1")),
        refund_url: Some("/admin/payments/pay_1/refund".into()),
        comparison: twice().comparison[..1].to_vec(),
        actions: vec![CaseAction {
            value: "ignore".into(),
            label: "Mark as handled".into(),
            hint: "once you have answered".into(),
            needs_invoice: false,
        }],
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
        undone: vec![Undone {
            decision: Resolution {
                action: "Apply to another invoice".into(),
                by: "anna.lindqvist@atelier-lindqvist.example".into(),
                at: at("today at 14:52"),
                note: "For 2026-0043".into(),
            },
            by: "anna.lindqvist@atelier-lindqvist.example".into(),
            at: at("today at 15:02"),
            note: String::new(),
        }],
        undo: Some(Undo::Possible),
        ..twice()
    };
    let fact = |name: &str, value: &str| Evidence { name: name.into(), value: value.into() };
    ReviewPage {
        shell: shell(Section::Review),
        case,
        evidence: vec![
            fact("At Stripe", "pi_3QFz1nLkdIwHu7ix0Vp4mCcd"),
            fact("Checkout", "cs_test_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0u1V2w3X4y5Z6"),
            fact("Received", "119.00 €"),
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
        answered: answer.map(Into::into),
        reason: (kind == "Receipt").then(|| "the payment was taken back".into()),
        about: Some(Link::new("2026-0042", "/admin/invoices/inv_1")),
        can_retry: state.0 != "Sent",
        can_cancel: state.0 == "Queued",
        another: Field { value: "bjork@".into(), error: Some("Check the address.".into()) },
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
                    "550 5.1.1 <bjork@olafsdottir.example>: Recipient address rejected: User \
                        unknown in virtual mailbox table",
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
        compared: "212 records".into(),
        tag: tag(state.0, state.1),
    };
    ReconciliationsPage {
        shell: shell(Section::Reconciliation),
        schedule: Some("every 15 minutes".into()),
        blocked: None,
        running: false,
        other_account: None,
        balances: vec![BalanceRow {
            currency: "EUR".into(),
            books: "1,412.60 €".into(),
            waiting: Some("−119.00 €".into()),
            stripe: "1,290.60 €".into(),
            difference: Some("−3.00 €".into()),
            compared: at("22 Nov 2026, 14:15"),
        }],
        payouts: payouts().rows,
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
        link: Link::new("po_1QFz1oLkdIwHu7ixabcdEFGH", "/admin/payouts/po_1QFz1oLkdIwHu7ixabcdEFGH"),
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
        unseen: vec!["Stripe's list of disputes was cut short, so not all of them were compared.".into()],
        compared: vec![
            count("Checkout sessions", "41"),
            count("Charges", "38"),
            count("Events", "133"),
            count("Payouts", "2"),
        ],
        repaired: vec![line("1,190.00 € was paid while this server was off, and is booked now:", "2026-0040")],
        differences: vec![line("Stripe has no charge for a payment in the books:", "2026-0031")],
        classes: vec![count("Both sides agree", "37"), count("A fee that Stripe has booked since", "4")],
        payouts: vec![payout(None), payout(Some("3.20 €"))],
        requests: "14 questions to Stripe".into(),
    }
}

fn payouts() -> PayoutsPage {
    let payout = |arrival: &str, lines: &str, amount: &str, state: (&str, Tone)| PayoutListRow {
        url: "/admin/payouts/po_1".into(),
        arrival: at(arrival),
        lines: lines.into(),
        amount: amount.into(),
        tag: tag(state.0, state.1),
    };
    PayoutsPage {
        shell: shell(Section::Reconciliation),
        rows: vec![
            payout("24 Nov 2026", "12 lines", "1,054.09 €", ("On its way", Tone::Info)),
            payout("17 Nov 2026", "9 lines", "871.20 €", ("Does not add up", Tone::Bad)),
            payout("10 Nov 2026", "ordered by hand", "500.00 €", ("Paid out", Tone::Good)),
        ],
        pager: Pager::default(),
    }
}

fn payout() -> PayoutPage {
    let sum = |label: &str, lines: &str, gross: &str, fee: Option<&str>, net: &str| SumRow {
        label: label.into(),
        lines: lines.into(),
        gross: gross.into(),
        fee: fee.map(Into::into),
        net: net.into(),
        is_odd: label == "Not explained",
    };
    let line = |what: &str, customer: &str, invoice: Option<&str>, gross: &str, net: &str| LineRow {
        at: at("20 Nov 2026"),
        what: what.into(),
        customer: customer.into(),
        invoice: invoice.map(|number| Link::new(number, "/admin/invoices/inv_1")),
        gross: gross.into(),
        fee: Some("−18.10 €".into()),
        net: net.into(),
    };
    PayoutPage {
        shell: shell(Section::Reconciliation),
        id: "po_1QFz1oLkdIwHu7ixabcdEFGH".into(),
        amount: "1,054.09 €".into(),
        arrival: at("24 Nov 2026"),
        tag: tag("Does not add up", Tone::Bad),
        words: Some("3.20 € of it is not explained by its lines.".into()),
        sums: vec![
            sum("Payments", "2 lines", "1,190.00 €", Some("−18.10 €"), "1,171.90 €"),
            sum("Refunds", "1 line", "−121.01 €", None, "−121.01 €"),
            sum("Not explained", "", "", None, "3.20 €"),
        ],
        total: "Arrives at the bank".into(),
        fees: "18.10 €".into(),
        rows: vec![
            line("Payment", "Donaudampfschifffahrtsgesellschaft mbH", Some("2026-0040"), "1,190.00 €", "1,171.90 €"),
            line("Refund", "Café Sonnenschein", Some("2026-0031"), "−121.01 €", "−121.01 €"),
            line("Payment", "Not from Quittance", None, "10.00 €", "9.60 €"),
        ],
        csv_url: Some("/admin/payouts/po_1.csv".into()),
        pager: Pager::default(),
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

fn typed() -> Shell {
    Shell { typed: vec![("Reason".into(), "It went to the wrong customer.".into())], ..shell(Section::Invoices) }
}

fn changed() -> ErrorPage {
    ErrorPage {
        shell: shell(Section::Invoices),
        title: "This invoice was changed meanwhile".into(),
        text: "Somebody saved it in another window after you had opened it. Nothing was overwritten. \
            Open it again and make your change there."
            .into(),
        link: Some(Link::new("Open the invoice", "/admin/invoices/inv_1")),
        typed: vec![("Notes".into(), "Thank you for your order.\nWe deliver on Friday.".into())],
        elsewhere: Some(Elsewhere {
            action: "/admin/invoices".into(),
            button: "Make a new draft with this text".into(),
            fields: vec![("notes".into(), "Thank you for your order.".into())],
        }),
    }
}

pub(super) fn pages() -> Vec<Page> {
    let open_case = ReviewPage { case: twice(), ..decided() };
    let unfinished = ReconciliationsPage {
        rows: vec![],
        schedule: None,
        blocked: Some("Enter a Stripe key under Settings first.".into()),
        other_account: Some("The key belongs to another Stripe account.".into()),
        balances: vec![],
        payouts: vec![],
        ..passes()
    };
    vec![
        page("reviews", &reviews()),
        page("reviews-none", &ReviewsPage { cases: vec![], ..reviews() }),
        page("review", &open_case),
        page("review-decided", &decided()),
        page("outbox", &outbox()),
        page("outbox-none", &OutboxPage { none_at_all: true, ..outbox() }),
        page("reconciliations", &passes()),
        page("reconciliations-none", &unfinished),
        page("reconciliation", &report()),
        page("payouts", &payouts()),
        page("payouts-none", &PayoutsPage { rows: vec![], ..payouts() }),
        page("payout", &payout()),
        page("confirm-void", &void()),
        page("confirm-void-typed", &ConfirmPage { shell: typed(), ..void() }),
        page("admin-error", &changed()),
    ]
}
