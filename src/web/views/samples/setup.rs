//! Signing in and the first run.

use super::{Page, field, page, select, texts};
use crate::web::views::entry::{AccessPage, CodePage, Kept, LoginPage, ProofPage, SendAgainPage};
use crate::web::views::forms::{
    AddressFields, BusinessForm, EndpointRow, LastEvent, MailForm, Mode, NumberingForm, RateRow, SecretRow, StripeForm,
    WebhookView,
};
use crate::web::views::parts::{Field, Origin, Problem, Select, Tone, Trial};
use crate::web::views::setup::{
    BusinessStep, Finding, FinishStep, MailStep, NumberingStep, OwnerStep, PaymentsStep, Progress, SetupExpired, Step,
    StepState,
};

const STEPS: [&str; 6] = ["Your account", "Your business", "Numbers and taxes", "Mail", "Card payments", "Ready"];

fn progress(current: usize) -> Progress {
    let state = |n: usize| match n.cmp(&current) {
        std::cmp::Ordering::Less => StepState::Done,
        std::cmp::Ordering::Equal => StepState::Current,
        std::cmp::Ordering::Greater => StepState::Ahead,
    };
    let step = |(n, text): (usize, &&str)| Step {
        text: (*text).into(),
        state: state(n),
        url: (n > 0 && n < current).then(|| format!("/setup/{n}")),
    };
    Progress {
        steps: STEPS.iter().enumerate().map(step).collect(),
        position: format!("Step {} of {}", current + 1, STEPS.len()),
    }
}

pub(super) fn countries() -> Select {
    select(&[("AT", "Austria"), ("DE", "Germany"), ("GB", "United Kingdom"), ("US", "United States of America")], "DE")
}

pub(super) fn business() -> BusinessForm {
    BusinessForm {
        seen: String::new(),
        problems: vec![],
        name: field("Atelier Lindqvist & Söhne"),
        address: AddressFields {
            line1: field("Lange Reihe 112"),
            line2: field(""),
            postal_code: field("20099"),
            city: field("Hamburg"),
            state: field(""),
            country: countries(),
        },
        tax_id: field("DE298765432"),
        email: field("rechnung@atelier-lindqvist.example"),
        phone: field("+49 40 1234567"),
        website: field("https://atelier-lindqvist.example"),
        iban: field("DE89 3704 0044 0532 0130 00"),
        bic: field("COBADEFFXXX"),
        currency: select(&[("EUR", "EUR – Euro"), ("USD", "USD – US dollar")], "EUR"),
        time_zone: select(&[("Europe/Berlin", "Europe/Berlin"), ("UTC", "UTC")], "Europe/Berlin"),
        language: select(&[("en", "English (1,234.56)"), ("de", "German (1.234,56)")], "en"),
    }
}

fn wrong_business() -> BusinessForm {
    BusinessForm {
        seen: String::new(),
        problems: vec![
            Problem::new("name", "Enter the legal name of your business."),
            Problem::new("iban", "Check the IBAN: its check digits do not fit."),
        ],
        name: Field::wrong("", "Enter the legal name of your business."),
        iban: Field::wrong("DE88 3704 0044 0532 0130 00", "Check the IBAN: its check digits do not fit."),
        ..business()
    }
}

pub(super) fn numbering() -> NumberingForm {
    let rate = |name: &str, rate: &str| RateRow { name: field(name), rate: field(rate) };
    NumberingForm {
        seen: String::new(),
        problems: vec![],
        pattern: field("{YYYY}-{SEQ:4}"),
        next: field("43"),
        sample: "2026-0043, 2026-0044, 2026-0045".into(),
        credit_pattern: field("CN-{YYYY}-{SEQ:4}"),
        credit_next: field("3"),
        credit_sample: "CN-2026-0003, CN-2026-0004, CN-2026-0005".into(),
        fee_pattern: field("FEE-{YYYY}-{SEQ:4}"),
        fee_next: field("8"),
        fee_sample: "FEE-2026-0008, FEE-2026-0009, FEE-2026-0010".into(),
        terms_days: field("14"),
        rates: vec![rate("VAT", "19"), rate("VAT reduced", "7"), rate("", "")],
        prices_include_tax: false,
    }
}

pub(super) fn mail() -> MailForm {
    MailForm {
        seen: String::new(),
        lost: None,
        origin: None,
        from_origin: None,
        problems: vec![],
        host: field("smtp.atelier-lindqvist.example"),
        port: field("587"),
        security: select(
            &[
                ("starttls", "STARTTLS (usual, port 587)"),
                ("tls", "TLS (port 465)"),
                ("none", "None (this machine only)"),
            ],
            "starttls",
        ),
        username: field("rechnung@atelier-lindqvist.example"),
        has_password: true,
        password_error: None,
        from: field("Atelier Lindqvist <rechnung@atelier-lindqvist.example>"),
        test_to: field("anna.lindqvist@atelier-lindqvist.example"),
        trial: None,
    }
}

pub(super) fn refused_mail() -> MailForm {
    let lines = texts(&[
        "← 220 smtp.atelier-lindqvist.example ESMTP Postfix",
        "→ EHLO rechnung.atelier-lindqvist.example",
        "← 250-STARTTLS",
        "→ STARTTLS",
        "← 220 2.0.0 Ready to start TLS",
        "→ AUTH PLAIN ••••••",
        "← 535 5.7.8 Error: authentication failed: UGFzc3dvcmQ6, the account is locked until the password is changed",
    ]);
    let summary = "The server refused the user name or password. Check both, then test again.".into();
    MailForm { trial: Some(Trial { ok: false, summary, lines }), ..mail() }
}

pub(super) fn fixed_mail() -> MailForm {
    let summary = "The server accepted the mail for anna.lindqvist@atelier-lindqvist.example.".into();
    MailForm {
        seen: String::new(),
        origin: Some(Origin { text: "the environment (QUITTANCE_MAIL__SMTP)".into() }),
        trial: Some(Trial { ok: true, summary, lines: texts(&["→ DATA", "← 250 2.0.0 Ok: queued as 4F2k9x1"]) }),
        ..mail()
    }
}

pub(super) fn stripe() -> StripeForm {
    StripeForm {
        webhook_url: "https://rechnung.atelier-lindqvist.example/webhooks/stripe".into(),
        webhook_reachable: true,
        events: texts(&["checkout.session.completed", "checkout.session.expired", "payment_intent.payment_failed"]),
        webhook: WebhookView {
            can_set_up: true,
            proposes: true,
            version: "2026-05-27.dahlia".into(),
            ..WebhookView::default()
        },
        ..StripeForm::default()
    }
}

/// A secret is being rolled, and an endpoint was forgotten at an old address.
fn webhook_in_use() -> WebhookView {
    let secret = |used: Option<&str>, remove: &str| SecretRow {
        used: used.map(super::at),
        remove_url: Some(format!("/admin/settings/payments/webhook-{remove}/remove")),
    };
    let endpoint = |url: &str, tag, words: &str, delete: Option<&str>| EndpointRow {
        id: "we_1".into(),
        url: url.into(),
        tag,
        words: words.into(),
        delete_url: delete.map(Into::into),
    };
    WebhookView {
        can_set_up: true,
        proposes: false,
        version: "2026-05-27.dahlia".into(),
        trial: Some(Trial {
            ok: true,
            summary: "The webhook was there. It now sends everything, and is switched on.".into(),
            lines: vec![],
        }),
        secrets: vec![secret(None, "1"), secret(Some("2 minutes ago"), "2")],
        endpoints: vec![
            endpoint(
                "https://rechnung.atelier-lindqvist.example/webhooks/stripe",
                super::tag("Complete", Tone::Good),
                "",
                None,
            ),
            endpoint(
                "https://alte-rechnungsverwaltung.atelier-lindqvist.example/webhooks/stripe",
                super::tag("Another address", Tone::Warn),
                "What is sent there does not arrive here.",
                Some("/admin/settings/payments/endpoint-we_2/remove"),
            ),
        ],
        looked: Some(super::at("2 minutes ago")),
        old_host: Some("alte-rechnungsverwaltung.atelier-lindqvist.example, 2 hours ago".into()),
        ..WebhookView::default()
    }
}

pub(super) fn stripe_in_use() -> StripeForm {
    StripeForm {
        key_hint: Some("sk_test_…4242".into()),
        webhook_hint: Some("whsec_… (2 secrets)".into()),
        webhook: webhook_in_use(),
        mode: Some(Mode::Test),
        last_event: Some(LastEvent { kind: "checkout.session.completed".into(), at: super::at("22 Nov 2026, 14:02") }),
        trial: Some(Trial {
            ok: true,
            summary: "The key works. Account: Atelier Lindqvist (DE).".into(),
            lines: vec![],
        }),
        ..stripe()
    }
}

pub(super) fn fixed_stripe() -> StripeForm {
    StripeForm {
        key_origin: Some(Origin { text: "the environment (QUITTANCE_STRIPE__SECRET_KEY)".into() }),
        webhook_origin: Some(Origin { text: "config.toml, line 14".into() }),
        webhook_url: "http://127.0.0.1:8080/webhooks/stripe".into(),
        webhook_reachable: false,
        webhook: WebhookView::default(),
        mode: Some(Mode::Live),
        key_hint: Some("sk_live_…77aQ".into()),
        trial: None,
        last_event: None,
        ..stripe_in_use()
    }
}

fn findings() -> Vec<Finding> {
    let finding = |ok, text: &str, url: Option<&str>| Finding { ok, text: text.into(), url: url.map(Into::into) };
    vec![
        finding(true, "Your business stands on every invoice", None),
        finding(true, "Invoices are numbered 2026-0043, 2026-0044, …", None),
        finding(true, "Mail leaves through smtp.atelier-lindqvist.example", None),
        finding(false, "Cards cannot be taken yet: invoices offer bank transfer", Some("/admin/settings/payments")),
    ]
}

pub(super) fn pages() -> Vec<Page> {
    let login =
        LoginPage { business: "Atelier Lindqvist & Söhne".into(), next: "/admin".into(), ..LoginPage::default() };
    let refused = LoginPage {
        email: field("anna@atelier-lindqvist.example"),
        refusal: Some("That e-mail and password do not match. Please try again.".into()),
        ..login.clone()
    };
    let fields: Vec<(String, String)> = vec![
        ("name".into(), "Müller & Söhne".into()),
        ("notes".into(), "Delivered to the back door.\nSigned for by Ms Kim.".into()),
    ];
    let kept = Kept { path: "/admin/customers".into(), fields: fields.clone(), ..Kept::default() };
    let interrupted = LoginPage { kept: Some(kept.clone()), ..login.clone() };
    let too_large = LoginPage { kept: Some(Kept { is_lost: true, ..Kept::default() }), ..login.clone() };
    let again = SendAgainPage { owner: "anna@atelier-lindqvist.example".into(), rows: fields, kept: kept.clone() };
    let proof = ProofPage {
        owner: "anna@atelier-lindqvist.example".into(),
        action: "/admin/settings/business".into(),
        rows: vec![("IBAN".into(), "DE89 3704 0044 0532 0130 00".into()), ("BIC".into(), "COBADEFFXXX".into())],
        fields: vec![("iban".into(), "DE89370400440532013000".into())],
        error: None,
    };
    let wrong_proof = ProofPage { error: Some("This is not your password. Please try again.".into()), ..proof.clone() };
    let code = CodePage { ticket: "own_1.1795000000.5f".into(), next: "/admin".into(), ..CodePage::default() };
    let wrong_code = CodePage {
        refusal: Some("That code does not open. Please wait for the next one and try again.".into()),
        is_unreadable: true,
        kept: Some(kept.clone()),
        ..code.clone()
    };
    let access = AccessPage {
        email: "anna@atelier-lindqvist.example".into(),
        problems: vec![Problem::new("password", "Choose a password of at least 8 characters.")],
        password_error: Some("Choose a password of at least 8 characters.".into()),
        action: "/admin/access/7Qm4tq2f0cXv9bJ1".into(),
    };
    let owner = OwnerStep {
        progress: progress(0),
        action: "/setup/7Qm4tq2f0cXv9bJ1".into(),
        problems: vec![Problem::new("password", "Choose a password of at least 8 characters.")],
        email: field("anna@atelier-lindqvist.example"),
        password_error: Some("Choose a password of at least 8 characters.".into()),
    };
    let step = |business| BusinessStep {
        progress: progress(1),
        action: "/setup/1".into(),
        skip_url: "/setup/2".into(),
        business,
    };
    let numbers = NumberingStep {
        progress: progress(2),
        action: "/setup/2".into(),
        skip_url: "/setup/3".into(),
        numbering: numbering(),
    };
    let mails = |mail| MailStep { progress: progress(3), action: "/setup/3".into(), skip_url: "/setup/4".into(), mail };
    let cards =
        |stripe| PaymentsStep { progress: progress(4), action: "/setup/4".into(), skip_url: "/setup/5".into(), stripe };
    vec![
        page("login", &login),
        page("login-refused", &refused),
        page("login-interrupted", &interrupted),
        page("login-too-large", &too_large),
        page("send-again", &again),
        page("proof", &proof),
        page("proof-wrong", &wrong_proof),
        page("code", &code),
        page("code-refused", &wrong_code),
        page("access", &access),
        page("setup-1-owner", &owner),
        page("setup-1-expired", &SetupExpired),
        page("setup-2-business", &step(business())),
        page("setup-2-business-wrong", &step(wrong_business())),
        page("setup-3-numbering", &numbers),
        page("setup-4-mail", &mails(mail())),
        page("setup-4-mail-refused", &mails(refused_mail())),
        page("setup-4-mail-fixed", &mails(fixed_mail())),
        page("setup-5-payments", &cards(stripe())),
        page("setup-5-payments-tested", &cards(stripe_in_use())),
        page("setup-5-payments-fixed", &cards(fixed_stripe())),
        page("setup-6-finish", &FinishStep { progress: progress(5), findings: findings() }),
    ]
}
