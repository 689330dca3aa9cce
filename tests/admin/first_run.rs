//! From an empty data folder to a business that sends mail and takes cards.

use quittance::demo::mailbox::Login;

use super::person::{EMAIL, PASSWORD, Person, Sheet, leads_to};
use crate::support::TestApp;

const KEY: &str = "sk_test_quittance_test_0123456789";

/// An appliance whose configuration says nothing about mail and Stripe.
async fn bare() -> TestApp {
    TestApp::start_with(|config| {
        config.stripe.secret_key = None;
        config.stripe.webhook_secrets = Vec::new();
        config.mail.smtp = None;
        config.mail.from = None;
    })
    .await
}

#[tokio::test]
async fn a_whole_first_run_by_plain_forms() {
    let app = bare().await;
    let person = Person::owner(&app).await;

    let step = person.sheet("/admin/setup/business", "/admin/setup/business").await;
    let business = [
        ("name", "Studio Example"),
        ("line1", "Hafenstraße 1"),
        ("city", "Hamburg"),
        ("country", "DE"),
        ("tax_id", "DE298765432"),
    ];
    let answer = person.send(&step, &business).await;
    assert_eq!(leads_to(&answer), "/admin/setup/numbering");

    let page = person.page("/admin/setup/numbering").await;
    let step = Sheet::read(&page, "/admin/setup/numbering");
    assert_eq!((step.value("rates.0.name"), step.value("rates.0.rate")), (Some("VAT"), Some("19")));
    let answer = person.send(&step, &[("pattern", "R{YYYY}/{SEQ:3}"), ("next", "7"), ("do", "sample")]).await;
    assert!(answer.text().contains("R2026/007, R2026/008, R2026/009"), "{}", answer.text());
    let answer = person.send(&step, &[("pattern", "R{YYYY}/{SEQ:3}"), ("next", "7"), ("do", "save")]).await;
    assert_eq!(leads_to(&answer), "/admin/setup/mail");

    let port = app.mailbox.address().port().to_string();
    let mail =
        [("host", "127.0.0.1"), ("port", port.as_str()), ("security", "none"), ("from", "Studio <s@example.com>")];
    let step = person.sheet("/admin/setup/mail", "/admin/setup/mail").await;
    assert_eq!(step.value("test_to"), Some(EMAIL));
    let tested = person.send(&step, &[&mail[..], &[("do", "test")]].concat()).await.text();
    assert!(tested.contains("The server accepted the mail for pat@example.com."), "{tested}");
    assert!(tested.contains("250"), "the server's own words are shown");
    app.mailbox.arrived(1).await;
    assert!(app.app.connections().post.is_some(), "in force without a restart");
    let answer = person.send(&step, &[&mail[..], &[("do", "save")]].concat()).await;
    assert_eq!(leads_to(&answer), "/admin/setup/payments");

    let page = person.page("/admin/setup/payments").await;
    assert!(
        page.contains("/webhooks/stripe") && page.contains("checkout.session.completed"),
        "what to paste at Stripe"
    );
    let step = Sheet::read(&page, "/admin/setup/payments");
    let answer =
        person.send(&step, &[("secret_key", KEY), ("webhook_secret", "whsec_first_run"), ("do", "test")]).await;
    assert!(answer.text().contains("The key works."), "{}", answer.text());
    assert!(app.app.till().is_some() && app.app.connections().webhook_secrets.len() == 1, "in force without a restart");
    let answer = person.send(&step, &[("do", "save")]).await;
    let ready = person.follow(&answer).await;
    for sentence in
        ["You are ready", "Studio Example stands on every invoice", "TEST-R2026/007", "Mail leaves through 127.0.0.1"]
    {
        assert!(ready.contains(sentence), "{sentence}: {ready}");
    }
    assert!(ready.contains("To do: </span>Stripe&#39;s events are expected; none has arrived yet"), "{ready}");
    secrets_are_nowhere(&person).await;
}

#[tokio::test]
async fn k5_whoever_enters_a_key_is_told_to_turn_stripes_own_receipts_off() {
    let app = bare().await;
    let person = Person::owner(&app).await;
    for path in ["/admin/setup/payments", "/admin/settings/payments"] {
        assert!(person.page(path).await.contains("turn “Successful payments” off"), "{path}");
    }
}

#[tokio::test]
async fn the_checklist_goes_by_what_happened() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let page = person.page("/admin").await;
    for sentence in ["To do: </span><span>127.0.0.1 has not accepted a mail yet", "To do: </span><span>Stripe"] {
        assert!(page.contains(sentence), "{sentence}: {page}");
    }
    let form = person.sheet("/admin/settings/mail", "/admin/settings/mail").await;
    let tried = person.send(&form, &[("do", "test")]).await.text();
    assert!(tried.contains("The server accepted the mail"), "{tried}");
    app.app.store.write(|w| w.put_first_mark(quittance::store::EVENT_ARRIVED)).await.unwrap();
    let page = person.page("/admin").await;
    for sentence in ["Done: </span><span>Mail leaves through 127.0.0.1", "Done: </span><span>Stripe"] {
        assert!(page.contains(sentence), "{sentence}: {page}");
    }
}

#[tokio::test]
async fn what_the_configuration_says_is_not_saved_over() {
    let (folder, variables) = (
        tempfile::tempdir().unwrap(),
        [
            ("QUITTANCE_STRIPE__SECRET_KEY", KEY),
            ("QUITTANCE_STRIPE__WEBHOOK_SECRETS", "whsec_configured"),
            ("QUITTANCE_MAIL__SMTP", "smtp+plain://127.0.0.1:2525"),
            ("QUITTANCE_MAIL__FROM", "s@example.com"),
        ],
    );
    let variables = variables.map(|(name, value)| (name.into(), value.into())).to_vec();
    let around = quittance::config::Surroundings { variables, folder: folder.path().to_owned() };
    let fixed = quittance::config::Config::load_from(&around, None, None).unwrap();
    let app = TestApp::start_with(|config| {
        let kept = (config.data_dir.clone(), config.server.clone(), config.stripe.api_base.clone());
        *config = fixed;
        (config.data_dir, config.server, config.stripe.api_base) = kept;
    })
    .await;
    let person = Person::owner(&app).await;
    for (path, field, value) in [
        ("/admin/settings/payments", "secret_key", "sk_test_another_key_0123456789"),
        ("/admin/settings/payments", "webhook_secret", "whsec_another"),
        ("/admin/settings/mail", "host", "smtp.example.com"),
        ("/admin/settings/mail", "password", "another"),
        ("/admin/settings/mail", "from", "other@example.com"),
    ] {
        let answer = person.post(path, &[(field, value), ("do", "save")]).await;
        assert_eq!(answer.status, 422, "{field}");
        assert!(answer.text().contains("environment variable QUITTANCE_"), "{field}: {}", answer.text());
    }
    assert!(!app.app.store.read(|r| r.has_secrets()).unwrap(), "nothing was stored");
}

#[tokio::test]
async fn secrets_that_cannot_be_read_any_more_are_asked_for_again() {
    let app = bare().await;
    let person = Person::owner(&app).await;
    let lost = quittance::store::vault::Vault::under(&[7; 32]).unwrap();
    app.app.store.write(move |w| w.put_secret(&lost, "stripe.secret_key", KEY)).await.unwrap();
    for path in ["/admin", "/admin/settings/payments"] {
        let page = person.page(path).await;
        assert!(page.contains("master.key is gone") && page.contains("put the file back"), "{path}: {page}");
    }
    assert!(!person.page("/admin/settings/mail").await.contains("master.key"));
    let typed = [("secret_key", KEY), ("webhook_secret", "whsec_again"), ("do", "save")];
    assert_eq!(person.post("/admin/settings/payments", &typed).await.status, 303);
    assert!(!person.page("/admin").await.contains("master.key"));
}

#[tokio::test]
async fn the_stripe_key_and_its_signing_secret_can_be_taken_away_again() {
    let app = bare().await;
    let person = Person::owner(&app).await;
    let form = "/admin/settings/payments";
    let secrets = [("secret_key", KEY), ("webhook_secret", "whsec_to_be_removed"), ("do", "save")];
    assert_eq!(leads_to(&person.post(form, &secrets).await), "/admin/settings/payments?done=saved");
    for (secret, follows) in [("key", "bank transfer only"), ("webhook", "is then refused")] {
        let remove = format!("{form}/{secret}/remove");
        assert!(person.page(form).await.contains(&format!("href=\"{remove}\"")), "{secret} is offered for removal");
        assert!(person.page(&remove).await.contains(follows), "what follows is said before {secret} is removed");
        assert_eq!(leads_to(&person.post(&remove, &[]).await), "/admin/settings/payments?done=removed");
        assert_eq!(person.post(&remove, &[]).await.status, 404, "{secret} is gone");
    }
    let connections = app.app.connections();
    assert!(connections.stripe_key.is_none() && connections.webhook_secrets.is_empty(), "without a restart");
    assert!(app.app.till().is_none());
}

#[tokio::test]
async fn the_next_numbers_are_told_while_the_pattern_is_typed() {
    let app = bare().await;
    let person = Person::owner(&app).await;
    for (pattern, next, expected) in [
        ("R{YYYY}/{SEQ:3}", "9", "{\"sample\":\"R2026/009, R2026/010, R2026/011\","),
        ("R{YYYY}", "9", "{\"sample\":\""),
        // What could not be stored is not shown as if it could.
        ("{SEQ:4}", "x", "{\"sample\":\"Enter the counter"),
        ("{SEQ:4}", "-1", "{\"sample\":\"Enter the counter"),
        ("{SEQ:4}", "0", "{\"sample\":\""),
        ("{SEQ:4}", "99999999999999999999", "{\"sample\":\"Enter the counter"),
    ] {
        let answer = person.post("/admin/settings/numbering/sample", &[("pattern", pattern), ("next", next)]).await;
        assert_eq!(answer.status, 200);
        assert!(answer.text().starts_with(expected), "{pattern}: {}", answer.text());
        assert!(next != "0" || !answer.text().contains("0000"), "{}", answer.text());
    }
    let typed = [("credit_pattern", "C{SEQ:2}"), ("credit_next", "4"), ("fee_pattern", "F{SEQ:2}"), ("fee_next", "6")];
    let answer = person.post("/admin/settings/numbering/sample", &typed).await.text();
    assert!(answer.contains("\"credit_sample\":\"C04, C05, C06\""), "{answer}");
    assert!(answer.contains("\"fee_sample\":\"F06, F07, F08\""), "{answer}");
}

/// No page shows what was typed as a secret, not even in a hidden field.
async fn secrets_are_nowhere(person: &Person<'_>) {
    for path in
        ["/admin/settings/payments", "/admin/settings/mail", "/admin/setup/payments", "/admin/setup/mail", "/admin"]
    {
        let page = person.page(path).await;
        for secret in [KEY, "whsec_first_run", PASSWORD] {
            assert!(!page.contains(secret), "{path} shows {secret}");
        }
    }
    assert!(
        person.page("/admin/settings/payments").await.contains("sk_test_…6789"),
        "only enough to recognise the key by"
    );
}

#[tokio::test]
async fn the_setup_address_works_once_and_for_whoever_has_it() {
    let app = bare().await;
    let person = Person::new(&app);
    assert_eq!(leads_to(&person.get("/admin").await), "/admin/login");
    assert_eq!(leads_to(&person.get("/admin/login").await), "/admin/setup");
    assert_eq!(person.get("/admin/setup").await.status, 404);
    assert_eq!(leads_to(&person.get("/admin/setup/wrong").await), "/admin/setup");
    assert_eq!(
        leads_to(&person.post("/admin/setup/wrong", &[("email", EMAIL), ("password", PASSWORD)]).await),
        "/admin/setup"
    );
    assert!(app.app.store.read(|r| r.owners()).unwrap().is_empty());

    let setup = format!("/admin/setup/{}", app.app.setup_secret().unwrap().unwrap());
    let sheet = person.sheet(&setup, &setup).await;
    let refused = person.send(&sheet, &[("email", "pat@example.com"), ("password", "short")]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("value=\"pat@example.com\""), "what was typed is kept");
    assert!(!refused.text().contains("value=\"short\""), "a password never is");
    assert!(app.app.store.read(|r| r.owners()).unwrap().is_empty());

    assert_eq!(
        leads_to(&person.send(&sheet, &[("email", EMAIL), ("password", PASSWORD)]).await),
        "/admin/setup/business"
    );
    let late = Person::new(&app);
    assert_eq!(leads_to(&late.get(&setup).await), "/admin/login");
    assert_eq!(
        leads_to(&late.send(&sheet, &[("email", "eve@example.com"), ("password", PASSWORD)]).await),
        "/admin/login"
    );
    assert_eq!(app.app.store.read(|r| r.owners()).unwrap().len(), 1);
}

#[tokio::test]
async fn the_setup_address_ends_after_a_day() {
    let app = bare().await;
    let person = Person::new(&app);
    let (first, until) = app.app.setup_link().unwrap().unwrap();
    assert_eq!(until.duration_since(app.clock.now()).as_hours(), 24);
    app.clock.advance(24 * 3600 - 1);
    assert_eq!(person.get(&first).await.status, 200);
    app.clock.advance(1);
    assert_eq!(leads_to(&person.get(&first).await), "/admin/setup");
    let (second, _) = app.app.setup_link().unwrap().unwrap();
    assert_ne!(first, second);
    assert_eq!(person.get(&second).await.status, 200);
}

#[tokio::test]
async fn every_step_can_be_skipped_and_mistakes_are_named_beside_what_was_typed() {
    let app = bare().await;
    let person = Person::owner(&app).await;
    let page = person.page("/admin/setup/business").await;
    let step = Sheet::read(&page, "/admin/setup/business");
    assert!(page.contains("href=\"/admin/setup/numbering\""), "skip");
    let wrong = person.send(&step, &[("name", ""), ("iban", "DE88 3704"), ("city", "Köln & Bonn")]).await;
    assert_eq!(wrong.status, 422);
    assert!(
        wrong.text().contains("Enter the legal name") && wrong.text().contains("Köln &#38; Bonn"),
        "{}",
        wrong.text()
    );

    let step = person.sheet("/admin/setup/numbering", "/admin/setup/numbering").await;
    let wrong = person.send(&step, &[("pattern", "{YEAR}"), ("terms_days", "soon"), ("do", "save")]).await;
    let text = wrong.text();
    assert_eq!(wrong.status, 422);
    assert!(
        text.contains("{YEAR} is unknown") && text.contains("value=\"soon\"") && text.contains("aria-invalid"),
        "{text}"
    );
    let more = person.send(&step, &[("rates.0.name", "VAT"), ("rates.0.rate", "19"), ("do", "rate")]).await;
    assert_eq!(Sheet::read(&more.text(), "/admin/setup/numbering").value("rates.1.name"), Some(""));

    let step = person.sheet("/admin/setup/mail", "/admin/setup/mail").await;
    let wrong =
        person.send(&step, &[("host", "smtp.example.com"), ("security", "none"), ("from", "x"), ("do", "save")]).await;
    assert!(wrong.status == 422 && wrong.text().contains("Only a mail server on this machine"), "{}", wrong.text());
    let step = person.sheet("/admin/setup/payments", "/admin/setup/payments").await;
    let wrong = person.send(&step, &[("secret_key", "pk_test_publishable0000"), ("do", "save")]).await;
    assert!(wrong.status == 422 && wrong.text().contains("publishable key"), "{}", wrong.text());
    let wrong = person.send(&step, &[("secret_key", "sk_test_a_key_that_nobody_knows"), ("do", "save")]).await;
    assert!(wrong.status == 422 && wrong.text().contains("Stripe does not accept the secret key"), "{}", wrong.text());
    assert!(app.app.till().is_none());
    assert!(person.page("/admin/setup/finish").await.contains("Mail is not set up"));
    assert!(person.page("/admin").await.contains("Finish setting up"));
}

#[tokio::test]
async fn a_mail_server_that_refuses_is_quoted_and_not_put_in_force() {
    let app = bare().await;
    let login = Login { user: "pat".into(), password: "right-password".into() };
    let strict = quittance::demo::mailbox::Mailbox::start_with(([127, 0, 0, 1], 0).into(), Some(login)).await.unwrap();
    let person = Person::owner(&app).await;
    let port = strict.address().port().to_string();
    let typed = |password: &'static str| {
        [
            ("host", "127.0.0.1"),
            ("port", port.as_str()),
            ("security", "none"),
            ("username", "pat"),
            ("password", password),
            ("from", "s@example.com"),
            ("test_to", "pat@example.com"),
            ("do", "test"),
        ]
    };
    let refused = person.post("/admin/settings/mail", &typed("wrong-password")).await.text();
    assert!(refused.contains("refused the login") && refused.contains("535"), "{refused}");
    assert!(app.app.connections().post.is_none() && !refused.contains("wrong-password"));
    let accepted = person.post("/admin/settings/mail", &typed("right-password")).await.text();
    assert!(accepted.contains("The server accepted the mail") && !accepted.contains("right-password"), "{accepted}");
    // The password stays when the field is left empty.
    let answer = person.post("/admin/settings/mail", &[&typed("")[..7], &[("do", "save")]].concat()).await;
    assert_eq!(leads_to(&answer), "/admin/settings/mail?done=saved");
    let kept = app.app.connections().post.as_ref().unwrap().address.password.clone();
    assert_eq!(kept.unwrap().expose(), "right-password");
    // It is sent to this server alone.
    let other = quittance::demo::mailbox::Mailbox::start(([127, 0, 0, 1], 0).into()).await.unwrap();
    let elsewhere = other.address().port().to_string();
    for (name, value) in
        [("port", elsewhere.as_str()), ("host", "mail.example.com"), ("security", "starttls"), ("username", "eve")]
    {
        let fields = typed("").map(|(field, typed)| (field, if field == name { value } else { typed }));
        let refused = person.post("/admin/settings/mail", &fields).await;
        assert_eq!(refused.status, 422, "{name}");
        assert!(refused.text().contains("Enter the password of this user."), "{name}: {}", refused.text());
    }
}
