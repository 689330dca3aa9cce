//! The webhook endpoint is set up by the appliance itself, survives lost answers and upgrades, and what is wrong with it is
//! told.

use quittance::billing::endpoint::Endpoint;
use quittance::billing::log::Channel;
use quittance::demo::stripe::{Card, DeliveryMode, Fault, Operation};
use quittance::payments::endpoints::{self, SetUp};
use quittance::payments::notices::{self, Notice};
use quittance::payments::reconcile::{EVENT_TYPES, Extent};
use quittance::payments::{API_VERSION, permissions};
use quittance::trials;
use serde_json::{Value, json};

use super::person::{Person, leads_to};
use crate::support::{STRIPE_KEY, TestApp, WEBHOOK_SECRET, change};

const FORM: &str = "/admin/settings/payments";
const WIZARD: &str = "/admin/setup/payments";
const SETUP_KEY: &str = "rk_test_only_for_setting_up_0123456789";
const SECRETS: &str = "stripe.webhook_secrets";

/// A key is in use, nothing is set up at Stripe.
async fn bare() -> TestApp {
    let app = TestApp::start_with(|config| config.stripe.webhook_secrets.clear()).await;
    app.stand_in.remove_webhooks();
    app
}

fn url(app: &TestApp) -> String {
    format!("{}/webhooks/stripe", app.base)
}

/// The endpoints at Stripe.
fn at_stripe(app: &TestApp) -> Vec<Value> {
    app.stand_in.webhook_endpoints()
}

fn secrets(app: &TestApp) -> usize {
    app.app.connections().webhook_secrets.len()
}

fn notices(app: &TestApp) -> Vec<Notice> {
    let standing = app.app.store.read(|r| notices::standing(&r, app.clock.now())).unwrap();
    standing.into_iter().map(|(notice, _)| notice).collect()
}

/// The owner deletes every endpoint at Stripe.
async fn delete_all(app: &TestApp) {
    for endpoint in at_stripe(app) {
        endpoints::delete(&app.app.till().unwrap(), endpoint["id"].as_str().unwrap()).await.unwrap();
    }
}

/// Presses the button of the settings.
async fn press(person: &Person<'_>, button: &str) -> (u16, String) {
    let answer = person.post(FORM, &[("do", button)]).await;
    (answer.status, answer.text())
}

/// A payment, whose events Stripe sends where it was told to.
async fn pay(app: &TestApp) -> quittance::billing::invoice::Invoice {
    let invoice = app.invoice("119").await;
    assert_eq!(app.click_pay(&invoice).await.status, 303);
    app.stand_in.pay(&app.session(&invoice), Card::Visa).unwrap();
    app.stand_in.delivered().await;
    invoice
}

#[tokio::test]
async fn f3_11_the_wizard_sets_the_endpoint_up_and_a_payment_comes_through_it() {
    let app = TestApp::start_with(|config| {
        config.stripe.webhook_secrets.clear();
        config.stripe.secret_key = None;
    })
    .await;
    app.stand_in.remove_webhooks();
    let person = Person::owner(&app).await;
    let sheet = person.sheet(WIZARD, WIZARD).await;
    assert_eq!(sheet.value("register"), Some("yes"), "it is proposed");
    let answer = person.send(&sheet, &[("secret_key", STRIPE_KEY), ("do", "save")]).await;
    assert_eq!(leads_to(&answer), "/admin/setup/finish");

    let made = at_stripe(&app);
    let [endpoint] = made.as_slice() else { panic!("{made:?}") };
    assert_eq!((&endpoint["url"], &endpoint["api_version"]), (&json!(url(&app)), &json!(API_VERSION)));
    assert_eq!(endpoint["enabled_events"], json!(EVENT_TYPES));
    assert_eq!(endpoint["metadata"], json!({"app": app.app.appliance}));
    assert_eq!(secrets(&app), 1, "in force without a restart");

    let invoice = pay(&app).await;
    app.work_off().await;
    assert_eq!(app.status(&invoice).await, "paid");
    assert!(app.app.store.read(|r| r.last_event_at()).unwrap().is_some());
    let page = person.page(FORM).await;
    assert!(page.contains("Complete") && page.contains("Last event"), "{page}");
    assert!(!page.contains("name=\"register\""), "it is not proposed twice");
    let secret = app.app.connections().webhook_secrets[0].expose().to_owned();
    assert!(!page.contains(&secret), "a secret is never shown");
}

#[tokio::test]
async fn f3_11_pressed_again_nothing_is_made_twice() {
    let app = bare().await;
    let person = Person::owner(&app).await;
    let (status, page) = press(&person, "register").await;
    assert!(status == 200 && page.contains("The webhook is set up at Stripe"), "{page}");
    let (_, page) = press(&person, "register").await;
    assert!(page.contains("as it should be"), "{page}");
    assert_eq!((at_stripe(&app).len(), secrets(&app)), (1, 1));
}

#[tokio::test]
async fn f3_11_a_lost_answer_is_asked_for_again() {
    let app = bare().await;
    let person = Person::owner(&app).await;
    app.stand_in.fault_always(Operation::CreateWebhook, Fault::DropAfterEffect);
    let (status, page) = press(&person, "register").await;
    assert!(status == 422 && page.contains("broke off"), "{page}");
    assert_eq!((at_stripe(&app).len(), secrets(&app)), (1, 0), "Stripe made it and its secret was lost");
    app.stand_in.clear_faults();
    assert_eq!(press(&person, "register").await.0, 200);
    assert_eq!((at_stripe(&app).len(), secrets(&app)), (1, 1), "the same answer came again");
    pay(&app).await;
    assert!(app.app.store.read(|r| r.last_event_at()).unwrap().is_some(), "the secret is the right one");
}

#[tokio::test]
async fn f3_11_an_endpoint_whose_secret_nobody_knows_is_deleted_and_made_anew() {
    for (fault, later) in [(Fault::DropAfterEffect, 24 * 3600), (Fault::Cached500AfterEffect, 0)] {
        let app = bare().await;
        let person = Person::owner(&app).await;
        app.stand_in.fault_always(Operation::CreateWebhook, fault);
        assert_eq!(press(&person, "register").await.0, 422);
        let lost = at_stripe(&app)[0]["id"].clone();
        app.stand_in.clear_faults();
        app.clock.advance(later);
        // The owner is signed out by then.
        let done = app.app.set_up_endpoint(&app.app.till().unwrap()).await.unwrap();
        assert_eq!(done, SetUp::Made, "{fault:?}");
        let left = at_stripe(&app);
        assert!(left.len() == 1 && left[0]["id"] != lost && secrets(&app) == 1, "{fault:?} {left:?}");
    }
}

#[tokio::test]
async fn f3_11_a_key_that_is_there_for_setting_up_is_used_once_and_kept_nowhere() {
    let app = bare().await;
    let person = Person::owner(&app).await;
    app.stand_in.withhold(Operation::CreateWebhook);
    app.stand_in.withhold(Operation::ListWebhooks);
    let (status, page) = press(&person, "register").await;
    assert!(status == 422 && page.contains("may not set up webhooks"), "{page}");
    assert!(page.contains(API_VERSION) && page.contains("By hand"), "what to paste is there");
    app.stand_in.add_restricted_key(SETUP_KEY, &[Operation::CreateWebhook, Operation::ListWebhooks]);
    let other_mode = person.post(FORM, &[("setup_key", "rk_live_another_mode_0123456789"), ("do", "register")]).await;
    assert!(other_mode.status == 422 && other_mode.text().contains("same mode"), "{}", other_mode.text());
    let done = person.post(FORM, &[("setup_key", SETUP_KEY), ("do", "register")]).await;
    assert!(done.status == 200 && done.text().contains("set up at Stripe"), "{}", done.text());
    assert!(!done.text().contains(SETUP_KEY));
    assert_eq!((at_stripe(&app).len(), secrets(&app)), (1, 1));
    let key = app.app.connections().stripe_key.as_ref().unwrap().expose().to_owned();
    assert_eq!(key, STRIPE_KEY, "payments are taken with the key that was there");
    let kept = app.app.store.read(|r| r.secret(&app.app.vault, "stripe.secret_key")).unwrap();
    assert_eq!(kept, None);
}

#[tokio::test]
async fn f3_11_after_an_upgrade_ours_gets_the_new_events() {
    let app = bare().await;
    let person = Person::owner(&app).await;
    press(&person, "register").await;
    app.stand_in.set_webhook_types(&url(&app), &["checkout.session.completed"]);
    let (_, page) = press(&person, "look").await;
    assert!(page.contains("Incomplete") && page.contains("checkout.session.expired"), "{page}");
    assert_eq!(notices(&app), [Notice::EndpointLacksEvents]);
    app.app.tend_endpoint().await.unwrap();
    assert_eq!(at_stripe(&app)[0]["enabled_events"], json!(EVENT_TYPES));
    assert_eq!((at_stripe(&app).len(), notices(&app)), (1, vec![]));
}

/// The secret stands in the configuration, and what was kept here cannot be read any more: no other may be made.
#[tokio::test]
async fn f3_11_an_endpoint_whose_secret_is_the_configurations_only_gets_the_new_events() {
    let app = TestApp::start().await;
    app.stand_in.remove_webhooks();
    app.app.set_up_endpoint(&app.app.till().unwrap()).await.unwrap();
    change(&app, |w| Ok(w.remove_secret(SECRETS)?)).await;
    let made = at_stripe(&app)[0]["id"].clone();
    app.stand_in.set_webhook_types(&url(&app), &["checkout.session.completed"]);
    app.app.tend_endpoint().await.unwrap();
    let now = at_stripe(&app);
    assert_eq!((now.len(), &now[0]["id"], &now[0]["enabled_events"]), (1, &made, &json!(EVENT_TYPES)));
}

#[tokio::test]
async fn e11_f3_11_the_endpoint_follows_when_the_key_is_of_the_other_mode() {
    for by_form in [true, false] {
        let app = bare().await;
        let person = Person::owner(&app).await;
        if by_form {
            person.post(FORM, &[("secret_key", STRIPE_KEY), ("do", "save")]).await;
        } else {
            app.app.tend_endpoint().await.unwrap();
        }
        assert_eq!(at_stripe(&app).len(), 0, "nobody wished for one");
        press(&person, "register").await;
        // It was made with the key of the other mode: with this one, Stripe shows nothing of it.
        change(&app, |w| {
            for made in w.endpoints()? {
                w.put_endpoint(&Endpoint { livemode: !made.livemode, ..made })?;
            }
            Ok(())
        })
        .await;
        delete_all(&app).await;
        if by_form {
            let answer = person.post(FORM, &[("secret_key", STRIPE_KEY), ("do", "save")]).await;
            assert_eq!(answer.status, 303, "{}", answer.text());
        } else {
            app.app.tend_endpoint().await.unwrap();
        }
        assert_eq!((at_stripe(&app).len(), secrets(&app)), (1, 2), "one for each mode");
        let invoice = pay(&app).await;
        app.work_off().await;
        assert_eq!(app.status(&invoice).await, "paid");
        // The owner deleted it at Stripe: it is not made again by itself.
        delete_all(&app).await;
        app.app.tend_endpoint().await.unwrap();
        assert_eq!(at_stripe(&app).len(), 0);
    }
}

#[tokio::test]
async fn c18_f3_11_an_endpoint_of_an_older_version_is_followed_by_one_of_ours_and_goes_when_that_has_delivered() {
    let app = bare().await;
    let person = Person::owner(&app).await;
    press(&person, "register").await;
    let old = at_stripe(&app)[0]["id"].clone();
    app.stand_in.set_webhook_version(&url(&app), "2025-03-31.basil");
    change(&app, |w| {
        for endpoint in w.endpoints()? {
            w.put_endpoint(&Endpoint { api_version: "2025-03-31.basil".into(), ..endpoint })?;
        }
        Ok(())
    })
    .await;
    app.app.tend_endpoint().await.unwrap();
    assert_eq!((at_stripe(&app).len(), secrets(&app)), (2, 2), "both are accepted");
    app.app.tend_endpoint().await.unwrap();
    assert_eq!(at_stripe(&app).len(), 2, "the new one has delivered nothing yet");
    let invoice = pay(&app).await;
    app.work_off().await;
    assert_eq!(app.status(&invoice).await, "paid");
    assert!(app.stand_in.deliveries().iter().all(|delivery| delivery.tries.iter().all(|one| one.status == Some(200))));
    app.app.tend_endpoint().await.unwrap();
    let left = at_stripe(&app);
    assert!(left.len() == 1 && left[0]["id"] != old && left[0]["api_version"] == API_VERSION, "{left:?}");
    assert_eq!(secrets(&app), 1, "the secret of the old one went with it");
}

#[tokio::test]
async fn f3_11_what_is_wrong_with_the_endpoints_at_stripe_is_told() {
    let app = bare().await;
    let person = Person::owner(&app).await;
    press(&person, "register").await;
    app.stand_in.enable_webhook(&url(&app), false);
    press(&person, "look").await;
    assert_eq!(notices(&app), [Notice::EndpointDisabled]);
    assert!(person.page("/admin").await.contains("switched off at Stripe"));
    press(&person, "register").await;
    assert_eq!((at_stripe(&app)[0]["status"].as_str(), notices(&app)), (Some("enabled"), vec![]));

    // Ours was made while the installation had another address.
    let fields = [
        ("url", "https://old.example/webhooks/stripe"),
        ("enabled_events[0]", "checkout.session.completed"),
        ("api_version", API_VERSION),
        ("metadata[app]", app.app.appliance.as_str()),
    ];
    let body: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let till = app.app.till().unwrap();
    till.client.create_webhook_endpoint(&body.join("&"), "old").await.unwrap();
    let (_, page) = press(&person, "look").await;
    assert!(page.contains("https://old.example/webhooks/stripe") && page.contains("Another address"), "{page}");
    assert_eq!(notices(&app), [Notice::EndpointElsewhere]);
    let id = at_stripe(&app)[0]["id"].as_str().unwrap().to_owned();
    let remove = format!("{FORM}/endpoint-{id}/remove");
    assert!(page.contains(&remove) && person.page(&remove).await.contains("another address"));
    assert_eq!(leads_to(&person.post(&remove, &[]).await), "/admin/settings/payments?done=removed");
    assert_eq!((at_stripe(&app).len(), notices(&app)), (1, vec![]));
    let own = at_stripe(&app)[0]["id"].as_str().unwrap().to_owned();
    let refused = person.post(&format!("{FORM}/endpoint-{own}/remove"), &[]).await;
    assert_eq!(refused.status, 404, "the one in use is not deleted by this");

    till.client.delete_webhook_endpoint(&own).await.unwrap();
    press(&person, "look").await;
    assert_eq!(notices(&app), [Notice::EndpointMissing]);
    press(&person, "register").await;
    assert_eq!((at_stripe(&app).len(), notices(&app)), (1, vec![]));
}

#[tokio::test]
async fn c3_a_second_endpoint_whose_secret_is_not_known_is_told_until_it_is() {
    let app = bare().await;
    let person = Person::owner(&app).await;
    press(&person, "register").await;
    let body = format!("url={}&enabled_events[0]=checkout.session.completed&api_version={API_VERSION}", url(&app));
    let made = app.app.till().unwrap().client.create_webhook_endpoint(&body, "theirs").await.unwrap().value;
    press(&person, "look").await;
    assert_eq!(notices(&app), [Notice::EndpointUnknown]);
    assert!(person.page("/admin").await.contains("A second webhook endpoint at Stripe leads here"));
    app.app.add_webhook_secret(made.secret.unwrap().reveal().parse().unwrap(), "a test".to_owned()).await.unwrap();
    press(&person, "look").await;
    assert_eq!(notices(&app), []);
}

#[tokio::test]
async fn c10_f3_11_while_a_secret_is_rolled_both_are_accepted_and_the_old_one_can_be_removed() {
    let app = TestApp::start_with(|config| config.stripe.webhook_secrets.clear()).await;
    let person = Person::owner(&app).await;
    let second = "whsec_the_rolled_one_0123456789";
    for secret in [WEBHOOK_SECRET, second] {
        let saved = person.post(FORM, &[("webhook_secret", secret), ("do", "save")]).await;
        assert_eq!(leads_to(&saved), "/admin/settings/payments?done=saved");
    }
    assert_eq!(secrets(&app), 2);
    pay(&app).await;
    let page = person.page(FORM).await;
    assert!(page.contains("all of them are accepted") && page.contains("has signed nothing yet"), "{page}");
    app.stand_in.roll_secret(&url(&app), second);
    app.stand_in.finish_roll(&url(&app));
    pay(&app).await;
    assert!(!person.page(FORM).await.contains("has signed nothing yet"));
    let marks: Vec<_> = person.page(FORM).await.match_indices("/webhook-").map(|(at, _)| at).collect();
    let page = person.page(FORM).await;
    let old = &page[*marks.last().unwrap()..];
    let remove = format!("{FORM}{}", &old[..old.find('"').unwrap()]);
    assert_eq!(leads_to(&person.post(&remove, &[]).await), "/admin/settings/payments?done=removed");
    assert_eq!(app.app.connections().webhook_secrets[0].expose(), second, "the newest comes first and stays");
    assert_eq!(secrets(&app), 1);
    assert_eq!(app.app.store.read(|r| r.secret(&app.app.vault, SECRETS)).unwrap().as_deref(), Some(second));
}

#[tokio::test]
async fn f3_11_where_stripe_cannot_come_the_owner_is_told_how_to_listen() {
    let app = TestApp::start_with(|config| {
        config.stripe.webhook_secrets.clear();
        config.stripe.api_base = None;
    })
    .await;
    let person = Person::owner(&app).await;
    let page = person.page(FORM).await;
    assert!(page.contains("stripe listen --forward-to"), "{page}");
    assert!(!page.contains("name=\"register\"") && !page.contains("value=\"register\""), "{page}");
}

#[tokio::test]
async fn f3_11_payments_of_which_no_webhook_tells_are_noticed() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    app.stand_in.set_delivery_mode(DeliveryMode::Lose);
    let invoice = pay(&app).await;
    app.app.reconcile(Extent::Short, Channel::Schedule).await.unwrap();
    assert_eq!(app.status(&invoice).await, "paid");
    assert_eq!(notices(&app), [], "an event may still come");
    app.clock.advance(3 * 3600);
    app.app.reconcile(Extent::Short, Channel::Schedule).await.unwrap();
    assert_eq!(notices(&app), [Notice::WebhooksSilent]);
    assert!(person.page("/admin").await.contains("no webhook told of them"));
    app.stand_in.resend_all().await;
    assert_eq!(notices(&app), []);
    app.app.reconcile(Extent::Short, Channel::Schedule).await.unwrap();
    assert_eq!(notices(&app), [], "what came in the end was told");
}

#[tokio::test]
async fn a13_f3_11_the_check_proves_each_permission_and_names_what_to_switch_on() {
    let app = TestApp::start().await;
    app.stand_in.withhold(Operation::CreateRefund);
    app.stand_in.withhold(Operation::CreateWebhook);
    let findings = trials::ways_out(&app.app).await;
    let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
    let line = |subject: &str| {
        lines.iter().find(|line| line.contains(subject)).unwrap_or_else(|| panic!("{subject}: {lines:?}")).as_str()
    };
    for permission in permissions::ALL {
        line(&format!("stripe: {}, {}", permission.name, permission.right.word().to_lowercase()));
    }
    assert!(line("stripe: Checkout Sessions, write").starts_with("ok"), "{lines:?}");
    let refunds = line("stripe: Charges and Refunds, write");
    assert!(refunds.starts_with("fail") && refunds.contains("set Charges and Refunds to Write"), "{refunds}");
    let webhooks = line("stripe: Webhook Endpoints, write");
    assert!(webhooks.starts_with("warn") && webhooks.contains("setting the webhook up by itself"), "{webhooks}");
    let asked = app.stand_in.requests();
    let writes = asked.iter().filter(|logged| logged.method == "POST");
    assert!(
        writes.into_iter().all(|logged| matches!(logged.status, Some(400 | 403 | 404))),
        "nothing is made by trying"
    );
    assert!(at_stripe(&app).is_empty());
}
