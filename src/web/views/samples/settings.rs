//! Settings.

use super::setup::{business, fixed_mail, fixed_stripe, mail, numbering, stripe_in_use};
use super::{Page, at, field, page, select, shell};
use crate::web::views::forms::{FeeFields, FeeForm};
use crate::web::views::health::{HealthGroup, HealthPage, HealthRow};
use crate::web::views::parts::{Link, Select, Tag, Tone};
use crate::web::views::people::{Invitation, PeopleSettings, PersonRow};
use crate::web::views::second_step::{SecondStepSettings, Standing};
use crate::web::views::settings::{
    AccountSettings, BackupRow, BackupSettings, BusinessSettings, MailSettings, NotificationSettings,
    NumberingSettings, PaymentSettings, RetentionSettings, SessionRow, TokenRow, TokenSettings,
};
use crate::web::views::shell::Section;

fn tokens() -> TokenSettings {
    let row = |name: &str, used: Option<&str>| TokenRow {
        path: "/admin/settings/tokens/tok_1".into(),
        name: name.into(),
        scope: "Read and write".into(),
        created: at("2 Nov 2026"),
        last_used: used.map(at),
    };
    TokenSettings {
        shell: shell(Section::Settings),
        problems: vec![],
        name: field(""),
        scope: select(&[("read", "Read only"), ("write", "Read and write")], "write"),
        created: Some("qt_4f7a2b9c1d8e3f6a5b0c7d2e9f4a1b8c".into()),
        rows: vec![row("Web shop", Some("2 minutes ago")), row("Bookkeeping export of the tax adviser", None)],
    }
}

fn backups() -> BackupSettings {
    let row = |made: &str, errors: Vec<String>| BackupRow {
        made: at(made),
        name: "quittance-1f2e3d4c-20261123T013652Z.backup.age".into(),
        size: "3.4 MB".into(),
        good: errors.is_empty(),
        is_here: made.contains("hours"),
        errors,
    };
    let refused =
        "s3: the store refused it (AccessDenied); give the key permission to list, read, write and delete there";
    BackupSettings {
        shell: shell(Section::Settings),
        running: None,
        last_good: Some(at("8 hours ago")),
        last_size: Some("3.4 MB".into()),
        schedule: Some("02:30".into()),
        places: vec![
            "/var/lib/quittance/backups".into(),
            "/mnt/backup/quittance".into(),
            "example-backups at s3.eu-central-1.amazonaws.com".into(),
        ],
        keys: Some("2 keys".into()),
        kept: "7 days, 5 weeks, 12 months".into(),
        rows: vec![row("8 hours ago", vec![]), row("yesterday", vec![refused.into()])],
    }
}

fn first_backup() -> BackupSettings {
    let places = vec!["/var/lib/quittance/backups".into()];
    BackupSettings { last_good: None, last_size: None, keys: None, rows: vec![], places, ..backups() }
}

fn health() -> HealthPage {
    let row = |code: &str, title: &str, tag: (&str, Tone), detail: &str, remedy: Option<&str>| HealthRow {
        code: Some(code.into()),
        title: title.into(),
        tag: Tag::new(tag.0, tag.1),
        detail: detail.into(),
        remedy: remedy.map(Into::into),
        meaning: crate::doctor::explanation(code),
    };
    let (well, better) = (("Well", Tone::Good), ("Could be better", Tone::Warn));
    HealthPage {
        shell: shell(Section::Settings),
        progress: None,
        looked: Some(at("2 minutes ago")),
        tone: Tone::Bad,
        verdict: "1 thing should be mended, and 1 thing could be better.".into(),
        wrong: vec![Link::new("The clock", "#clock"), Link::new("SPF", "#spf")],
        groups: vec![
            HealthGroup {
                title: "Stripe",
                rows: vec![
                    row(
                        "clock",
                        "The clock",
                        ("To be mended", Tone::Bad),
                        "This machine's clock and Stripe's differ by 400 s.",
                        Some("Set it, and let it be kept by NTP (timedatectl set-ntp true)."),
                    ),
                    row("inbox", "Events to be worked off", well, "No event is waiting.", None),
                ],
            },
            HealthGroup {
                title: "Mail",
                rows: vec![
                    row(
                        "spf",
                        "SPF",
                        better,
                        "atelier-lindqvist.example does not say who may send mail for it, so that mails may land among the \
                         unwanted.",
                        Some(
                            "Add the TXT record that your mail provider names (v=spf1 …) to atelier-lindqvist.example.",
                        ),
                    ),
                    row(
                        "dkim",
                        "DKIM",
                        ("Not looked at", Tone::Plain),
                        "Not looked at: the name of the key is known to the mail server alone.",
                        None,
                    ),
                ],
            },
        ],
    }
}

fn retention() -> RetentionSettings {
    RetentionSettings {
        shell: shell(Section::Settings),
        problems: vec![],
        seen: String::new(),
        mail_months: field("24"),
        event_days: field("90"),
        forgotten_mails: "412 mails".into(),
        forgotten_events: "18,204 messages".into(),
    }
}

fn account() -> AccountSettings {
    let session = |device: &str, current| SessionRow {
        path: "/admin/settings/sessions/ses_1".into(),
        device: device.into(),
        since: at("2 Nov 2026"),
        last_seen: at("just now"),
        current,
    };
    AccountSettings {
        shell: shell(Section::Settings),
        problems: vec![],
        current_error: None,
        password_error: None,
        second_step: Some(at("2 Nov 2026")),
        sessions: vec![session("Firefox on Linux", true), session("Safari on iPhone", false)],
    }
}

fn second_step(standing: Standing) -> SecondStepSettings {
    SecondStepSettings { shell: shell(Section::Settings), standing, ..SecondStepSettings::default() }
}

fn begun() -> Standing {
    let address = "otpauth://totp/Atelier:anna%40example%2Ecom?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Atelier";
    Standing::Begun {
        qr: crate::web::qr::address(address),
        secret: "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ".into(),
        address: address.into(),
    }
}

fn codes() -> Standing {
    let codes = vec!["q2ab-7xkd-m3pl-ozuf".into(); 10];
    Standing::On { since: at("today"), left: 10, codes }
}

fn people() -> PeopleSettings {
    let roles = select(&[("owner", "Owner: everything"), ("staff", "Staff: no settings")], "staff");
    let row = |email: &str, is_you| PersonRow {
        path: format!("/admin/settings/people/{}", email.len()),
        email: email.into(),
        is_you,
        added: at("2 Nov 2026"),
        role: "Staff".into(),
        roles: roles.choices.clone(),
        ..PersonRow::default()
    };
    let invited = PersonRow { is_invited: true, invited_until: Some(at("9 Nov 2026")), ..row("b@x.example", false) };
    PeopleSettings {
        shell: shell(Section::Settings),
        role: roles.clone(),
        invited: Some(Invitation {
            email: "b@x.example".into(),
            address: "https://pay.example/admin/access/7Qm4tq2f0cXv9bJ1".into(),
        }),
        rows: vec![row("anna.lindqvist@atelier-lindqvist.example", true), invited],
        ..PeopleSettings::default()
    }
}

fn methods() -> Select {
    select(&[("card", "Cards only"), ("all", "Everything that is turned on at Stripe")], "all")
}

fn fee() -> FeeForm {
    let fields = |kind: &str, percent: &str, fixed: &str| FeeFields {
        kind: select(&[("inherit", "As usual"), ("off", "No fee"), ("rate", "A fee on top")], kind),
        percent: field(percent),
        fixed: field(fixed),
    };
    FeeForm {
        seen: String::new(),
        problems: vec![],
        usual: fields("rate", "2.9", "0.30"),
        of_account: fields("inherit", "", ""),
        account: Some("acct_1QuittanceDemo".into()),
        off_in: field("AT, BE, BG, CY, CZ, DE, DK, EE, ES, FI, FR, GB, GR, HR, HU, IE, IS, IT, LI, LT, LU, LV, MT"),
        currency: "EUR".into(),
        example: Some(
            "At 2.9 % + 0.30 €: on an invoice of 100.00 € whoever pays by card pays 103.30 €. Stripe keeps about 3.30 €; \
             you receive 100.00 €."
                .into(),
        ),
    }
}

pub(super) fn pages() -> Vec<Page> {
    let shell = || shell(Section::Settings);
    let notices = NotificationSettings {
        shell: shell(),
        problems: vec![],
        seen: String::new(),
        to: vec!["anna.lindqvist@atelier-lindqvist.example".into()],
        on_payment: true,
        on_review: true,
        on_declines: true,
        on_mails: true,
        on_stripe: true,
        on_reads: false,
    };
    vec![
        page("settings-business", &BusinessSettings { shell: shell(), business: business() }),
        page("settings-numbering", &NumberingSettings { shell: shell(), numbering: numbering() }),
        page(
            "settings-payments",
            &PaymentSettings {
                shell: shell(),
                stripe: stripe_in_use(),
                methods: methods(),
                seen: String::new(),
                fee: fee(),
            },
        ),
        page(
            "settings-payments-fixed",
            &PaymentSettings {
                shell: shell(),
                stripe: fixed_stripe(),
                methods: methods(),
                seen: String::new(),
                fee: FeeForm::default(),
            },
        ),
        page("settings-mail", &MailSettings { shell: shell(), mail: mail() }),
        page("settings-mail-fixed", &MailSettings { shell: shell(), mail: fixed_mail() }),
        page("settings-notifications", &notices),
        page("settings-tokens", &tokens()),
        page("settings-tokens-none", &TokenSettings { rows: vec![], created: None, ..tokens() }),
        page("settings-retention", &retention()),
        page("settings-backups", &backups()),
        page("settings-backups-none", &first_backup()),
        page(
            "settings-backups-running",
            &BackupSettings {
                running: Some("The backup is stored. What was put back of it is being proven, entry by entry.".into()),
                ..first_backup()
            },
        ),
        page("settings-health", &health()),
        page(
            "settings-health-running",
            &HealthPage {
                looked: None,
                progress: Some("31 of 36 things were looked at; now: The mail server, SPF, DKIM …".into()),
                ..health()
            },
        ),
        page("settings-people", &people()),
        page("settings-account", &account()),
        page("settings-second-step", &second_step(Standing::Off)),
        page("settings-second-step-begun", &second_step(begun())),
        page("settings-second-step-on", &second_step(Standing::On { since: at("2 Nov 2026"), left: 7, codes: vec![] })),
        page("settings-second-step-codes", &second_step(codes())),
    ]
}
