//! What money or access depends on: whoever changes it shows the password again, and every owner is told by mail.

use quittance::actions::owners;
use quittance::billing::letter::{Letter, Matter};
use quittance::billing::sensitive::Sensitive;
use quittance::store::Scope;
use serde_json::json;

use super::person::{EMAIL, PASSWORD, Person, Sheet, leads_to};
use crate::support::{STRIPE_KEY, TestApp, WEBHOOK_SECRET, change};

const OTHER_IBAN: &str = "NL91ABNA0417164300";
const BUSINESS: &str = "/admin/settings/business";
const PAYMENTS: &str = "/admin/settings/payments";
const MAIL: &str = "/admin/settings/mail";
const TOKENS: &str = "/admin/settings/tokens";

/// Where the owner types in everything that the configuration does not say.
async fn empty_handed() -> TestApp {
    TestApp::start_with(|config| {
        config.stripe.secret_key = None;
        config.stripe.webhook_secrets = Vec::new();
        config.mail.smtp = None;
        config.mail.from = None;
    })
    .await
}

fn letters(app: &TestApp) -> Vec<Letter> {
    let mut letters = app.app.store.read(|r| r.letters(None, 100)).unwrap();
    letters.retain(|letter| matches!(letter.subject_matter, Matter::OwnerChange { .. }));
    letters.reverse();
    letters
}

/// What the owners were told since `before`, and by whom it was done.
fn told_since(app: &TestApp, before: usize) -> Vec<(Sensitive, String)> {
    let told = letters(app).into_iter().skip(before).map(|letter| match letter.subject_matter {
        Matter::OwnerChange { change, by, .. } => (change, by),
        other => panic!("{other:?}"),
    });
    told.collect()
}

fn mail_form(port: &str) -> [(&str, &str); 5] {
    [("host", "127.0.0.1"), ("port", port), ("security", "none"), ("from", "Pat <pat@example.com>"), ("do", "save")]
}

#[tokio::test]
async fn every_owner_is_told_what_was_changed_by_whom_and_with_what() {
    let app = empty_handed().await;
    let person = Person::owner(&app).await;
    app.invoice("119").await;
    let program = app.program().await;
    let port = app.mailbox.address().port().to_string();
    let here = format!("{EMAIL}, in Another program");
    let mut before = letters(&app).len();
    let mut expect = |what: &str, expected: &[(Sensitive, &str)]| {
        let told = told_since(&app, before);
        let expected: Vec<_> = expected.iter().map(|(change, by)| (change.clone(), (*by).to_owned())).collect();
        assert_eq!(told, expected, "{what}");
        before += told.len();
    };

    let sheet = person.sheet(BUSINESS, BUSINESS).await;
    leads_to(&person.send(&sheet, &[("phone", "+49 40 1234")]).await);
    expect("a phone number", &[]);
    let sheet = person.sheet(BUSINESS, BUSINESS).await;
    leads_to(&person.send(&sheet, &[("iban", OTHER_IBAN), ("bic", "ABNANL2A")]).await);
    expect("the bank details", &[(Sensitive::BankDetails, &here)]);
    app.clock.advance(1);
    program.patch("/settings", json!({"business": {"iban": "DE89370400440532013000"}})).await.expect(200);
    expect("the same by a program", &[(Sensitive::BankDetails, "the API token “test”")]);
    program.patch("/settings", json!({"terms_days": 30})).await.expect(200);
    expect("the terms", &[]);

    leads_to(&person.post(PAYMENTS, &[("do", "save"), ("secret_key", STRIPE_KEY)]).await);
    expect("a key", &[(Sensitive::StripeKey, &here)]);
    leads_to(&person.post(PAYMENTS, &[("do", "save"), ("webhook_secret", WEBHOOK_SECRET)]).await);
    expect("a signing secret", &[(Sensitive::WebhookSecret, &here)]);
    leads_to(&person.post(&format!("{PAYMENTS}/webhook/remove"), &[]).await);
    expect("no signing secret", &[(Sensitive::WebhookSecretRemoved, &here)]);
    leads_to(&person.post(&format!("{PAYMENTS}/key/remove"), &[]).await);
    expect("no key", &[(Sensitive::StripeKeyRemoved, &here)]);
    leads_to(&person.post(MAIL, &mail_form(&port)).await);
    expect("a mail server", &[(Sensitive::MailServer, &here)]);
    let sheet = person.sheet(MAIL, MAIL).await;
    leads_to(&person.send(&sheet, &[("do", "save")]).await);
    expect("the same mail server", &[]);

    assert_eq!(person.post(TOKENS, &[("name", "shop"), ("scope", "write")]).await.status, 200);
    expect("a token", &[(Sensitive::TokenMade { name: "shop".into() }, &here)]);
    let shop = app.app.store.read(|r| r.api_tokens()).unwrap().into_iter().find(|token| token.name == "shop").unwrap();
    leads_to(&person.post(&format!("{TOKENS}/{}/revoke", shop.id), &[]).await);
    expect("no token", &[(Sensitive::TokenRevoked { name: "shop".into() }, &here)]);

    change(&app, |w| owners::add(w, "eve@example.com", "no password", "a command")).await;
    expect("an owner", &[(Sensitive::OwnerAdded { email: "eve@example.com".into() }, "a command")]);
    assert_eq!(letters(&app).pop().unwrap().to, [EMAIL, "eve@example.com"], "all of them");
    let fields = [("current", PASSWORD), ("password", "the ledger sits on my cat")];
    leads_to(&person.post("/admin/settings/account/password", &fields).await);
    expect("a password", &[(Sensitive::Password { owner: EMAIL.into() }, &here)]);
}

#[tokio::test]
async fn setting_up_is_no_change_and_another_account_is() {
    let app = empty_handed().await;
    let person = Person::owner(&app).await;
    let sheet = person.sheet(BUSINESS, BUSINESS).await;
    leads_to(&person.send(&sheet, &[("name", "Studio"), ("iban", OTHER_IBAN)]).await);
    leads_to(&person.post(PAYMENTS, &[("do", "save"), ("secret_key", STRIPE_KEY)]).await);
    app.token(Scope::Write).await;
    assert_eq!(letters(&app).len(), 0, "{:?}", letters(&app));
    let sheet = person.sheet(BUSINESS, BUSINESS).await;
    leads_to(&person.send(&sheet, &[("iban", "DE89370400440532013000")]).await);
    assert_eq!(letters(&app).len(), 1);
    // Somebody who is in for the first time leaves a way in, before there is anything to be had.
    assert_eq!(person.post(TOKENS, &[("name", "shop"), ("scope", "write")]).await.status, 200);
    assert_eq!(letters(&app).len(), 2);
    let mails = app.program().await.get("/outbox").await.text();
    assert!(mails.contains("The API token “shop” was made"), "{mails}");
}

#[tokio::test]
async fn whoever_is_signed_in_cannot_keep_the_mail_from_the_owners() {
    let app = empty_handed().await;
    let person = Person::owner(&app).await;
    app.invoice("119").await;
    app.token(Scope::Write).await;
    let letter = letters(&app).pop().unwrap();
    let refused = person.post(&format!("/admin/outbox/{}/cancel", letter.id), &[]).await;
    assert!(refused.status == 409 && refused.text().contains("tells every owner"), "{}", refused.text());
    let elsewhere = person.post(&format!("/admin/outbox/{}/retry", letter.id), &[("to", "thief@example.com")]).await;
    assert_eq!(elsewhere.status, 409, "{}", elsewhere.text());
    assert_eq!(letters(&app).pop().unwrap(), letter);
    // Every notice of the settings switched off, and still.
    let mut sheet = person.sheet("/admin/settings/notifications", "/admin/settings/notifications").await;
    sheet.fields.retain(|(name, _)| name == "seen");
    leads_to(&person.send(&sheet, &[]).await);
    app.clock.advance(1);
    app.token(Scope::Read).await;
    assert_eq!(letters(&app).len(), 2);
}

/// Forms that decide where money and mail go, each with what it would change.
const DECISIVE: [(&str, &[(&str, &str)]); 6] = [
    (BUSINESS, &[("name", "Studio Sample"), ("iban", OTHER_IBAN), ("currency", "EUR"), ("time_zone", "UTC")]),
    (PAYMENTS, &[("do", "save"), ("secret_key", STRIPE_KEY)]),
    (PAYMENTS, &[("do", "save"), ("webhook_secret", WEBHOOK_SECRET)]),
    ("/admin/setup/payments", &[("do", "test"), ("secret_key", STRIPE_KEY)]),
    (
        MAIL,
        &[
            ("host", "mail.example.com"),
            ("port", "587"),
            ("security", "starttls"),
            ("username", "pat"),
            ("password", "x"),
        ],
    ),
    (TOKENS, &[("name", "shop"), ("scope", "write")]),
];

#[tokio::test]
async fn a_quarter_of_an_hour_after_the_password_it_is_asked_for_again() {
    let app = empty_handed().await;
    let person = Person::owner(&app).await;
    app.clock.advance(15 * 60);
    let changes = |app: &TestApp| {
        let kept = |r: quittance::store::Reader<'_>| {
            Ok::<_, quittance::store::Error>((r.settings()?, r.has_secrets()?, r.api_tokens()?.len()))
        };
        let (settings, has_secrets, tokens) = app.app.store.read(kept).unwrap();
        (settings.revision, has_secrets, tokens)
    };
    let untouched = changes(&app);
    for (path, fields) in DECISIVE {
        let asked = person.post(path, fields).await;
        assert_eq!((asked.status, asked.header("cache-control")), (401, Some("no-store")), "{path}");
        let sheet = Sheet::read(&asked.text(), path);
        for (name, value) in fields {
            assert_eq!(sheet.value(name), Some(*value), "{path}: what was typed is kept");
        }
        let refused = person.send(&sheet, &[("proof", "a guess")]).await;
        assert!(refused.status == 422 && refused.text().contains("not your password"), "{path}");
        app.app.sign_in_tries.forget(&format!("password {}", app.app.store.read(|r| r.owners()).unwrap()[0].id));
        assert_eq!(changes(&app), untouched, "{path}: nothing is done");
    }
    // Words that no money depends on are not asked about.
    let sheet = person.sheet(BUSINESS, BUSINESS).await;
    leads_to(&person.send(&sheet, &[("name", "Studio Sample"), ("phone", "+49 40 1234")]).await);

    let sheet = person.sheet(BUSINESS, BUSINESS).await;
    let asked = person.send(&sheet, &[("iban", OTHER_IBAN), ("bic", "ABNANL2A")]).await;
    assert!(asked.text().contains(OTHER_IBAN) && asked.text().contains("Nothing was changed yet"), "{}", asked.text());
    let sheet = Sheet::read(&asked.text(), BUSINESS);
    leads_to(&person.send(&sheet, &[("proof", PASSWORD)]).await);
    assert_eq!(app.app.store.read(|r| r.settings()).unwrap().business.iban, OTHER_IBAN);
    // And then not again for a quarter of an hour.
    leads_to(&person.post(PAYMENTS, &[("do", "save"), ("secret_key", STRIPE_KEY)]).await);
    app.clock.advance(15 * 60 - 1);
    assert_eq!(person.post(TOKENS, &[("name", "shop"), ("scope", "write")]).await.status, 200);
    app.clock.advance(1);
    assert_eq!(person.post(&format!("{PAYMENTS}/key/remove"), &[]).await.status, 401);
}

#[tokio::test]
async fn an_open_browser_does_not_let_the_password_be_tried_out_on_a_form() {
    let app = empty_handed().await;
    let person = Person::owner(&app).await;
    app.clock.advance(15 * 60);
    let token = |proof: &'static str| [("name", "shop"), ("scope", "write"), ("proof", proof)];
    for _ in 0..5 {
        assert_eq!(person.post(TOKENS, &token("a guess")).await.status, 422);
    }
    assert_eq!(person.post(TOKENS, &token(PASSWORD)).await.status, 429);
    assert_eq!(app.app.store.read(|r| r.api_tokens()).unwrap().len(), 0);
}
