//! What Stripe meets at `/webhooks/stripe`. Which signatures are right is played beside the verifier; here is what is
//! answered and what is on disk afterwards. Names begin with the row of the table of cases that they play.

#![expect(clippy::unwrap_used, reason = "a failed assumption should fail the test")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use quittance::actions::reviews::{self, Case};
use quittance::billing::event::{Event, Handling};
use quittance::billing::review::Reason;
use quittance::demo::stripe::{Card, DeliveryMode, Fault, Operation};
use quittance::jobs;
use quittance::payments::notices::{self, Notice};
use quittance::store::{self, Scope};
use serde_json::{Value, json};

use crate::support::{Answer, PATIENCE, TestApp, WEBHOOK_SECRET, change};

const HOOK: &str = "/webhooks/stripe";
/// How long a change waits for a place at the writer.
const PLACE_WAIT: Duration = Duration::from_secs(5);
/// More than may wait for the disk.
const CHANGES: usize = 1_100;

fn event(id: &str) -> Value {
    json!({
        "id": id, "object": "event", "type": "checkout.session.completed", "livemode": false,
        "api_version": "2026-05-27.dahlia", "created": 1_795_348_800,
        "data": {"object": {"id": "cs_test_1", "object": "checkout.session"}},
    })
}

async fn send(app: &TestApp, payload: &str, signature: &str) -> Answer {
    app.ask("POST", HOOK)
        .header("stripe-signature", signature)
        .body("application/json", payload.to_owned())
        .send()
        .await
}

/// Sends as Stripe does.
async fn deliver(app: &TestApp, payload: &str) -> Answer {
    send(app, payload, &app.stand_in.sign(payload, &[WEBHOOK_SECRET.to_owned()])).await
}

fn stored(app: &TestApp, id: &str) -> Option<Event> {
    app.app.store.read(|r| r.event(id)).unwrap()
}

fn count(app: &TestApp) -> usize {
    app.app.store.read(|r| r.latest_events(100)).unwrap().len()
}

/// What the owner is told.
fn notices(app: &TestApp) -> Vec<Notice> {
    let standing = app.app.store.read(|r| notices::standing(&r, app.clock.now())).unwrap();
    standing.into_iter().map(|(notice, _)| notice).collect()
}

#[tokio::test]
async fn b20_v9_an_event_is_on_disk_when_it_is_acknowledged_and_stripe_was_not_asked() {
    let app = TestApp::start().await;
    app.stand_in.fault_always(None, Fault::Hang);
    let payload = event("evt_1").to_string();
    assert_eq!(deliver(&app, &payload).await.status, 200);
    let event = stored(&app, "evt_1").unwrap();
    assert!(matches!(event.state, Handling::Pending { .. }), "{:?}", event.state);
    assert_eq!((event.payload.as_str(), event.object_id.as_str()), (payload.as_str(), "cs_test_1"));
    assert!(app.stand_in.requests().is_empty());
}

#[tokio::test]
async fn an_arrival_wakes_the_inbox() {
    let app = TestApp::start().await;
    assert_eq!(deliver(&app, &event("evt_1").to_string()).await.status, 200);
    let woken = tokio::time::timeout(PATIENCE, app.app.store.signals().inbox.notified()).await;
    assert!(woken.is_ok());
}

#[tokio::test]
async fn c1_the_same_event_twice_changes_nothing() {
    let app = TestApp::start().await;
    let first = deliver(&app, &event("evt_1").to_string()).await;
    let kept = stored(&app, "evt_1");
    app.clock.advance(60);
    let second = deliver(&app, &event("evt_1").to_string()).await;
    assert_eq!((first.status, second.status), (200, 200));
    assert_eq!(stored(&app, "evt_1"), kept);
}

#[tokio::test]
async fn c2_k6_two_events_about_one_payment_book_it_once() {
    let app = TestApp::start().await;
    app.stand_in.set_delivery_mode(DeliveryMode::Duplicate);
    let invoice = app.invoice("119").await;
    assert_eq!(app.click_pay(&invoice).await.status, 303);
    app.stand_in.pay(&app.session(&invoice), Card::Visa).unwrap();
    app.work_off().await;
    assert!(count(&app) > 1, "Stripe tells of one payment in several events");
    assert_eq!(app.app.store.read(|r| r.payments_of_invoice(invoice.id)).unwrap().len(), 1);
}

#[tokio::test]
async fn c3_c10_every_configured_secret_is_tried_against_every_signature() {
    let second = "whsec_second_endpoint_0123456789";
    let app = TestApp::start_with(|config| {
        config.stripe.webhook_secrets.push("whsec_second_endpoint_0123456789".parse().unwrap());
    })
    .await;
    let unknown = "whsec_unknown_0123456789".to_owned();
    for (place, secrets, status) in [
        (1, vec![WEBHOOK_SECRET.to_owned()], 200),
        (2, vec![second.to_owned()], 200),
        (3, vec![unknown.clone(), second.to_owned()], 200),
        (4, vec![unknown], 400),
    ] {
        let payload = event(&format!("evt_{place}")).to_string();
        let signature = app.stand_in.sign(&payload, &secrets);
        assert_eq!(send(&app, &payload, &signature).await.status, status, "{place}");
    }
    assert_eq!(count(&app), 3);
}

#[tokio::test]
async fn c4_events_in_any_order_end_the_same() {
    let app = TestApp::start().await;
    app.stand_in.set_delivery_mode(DeliveryMode::Reorder);
    let invoice = app.invoice("119").await;
    assert_eq!(app.click_pay(&invoice).await.status, 303);
    app.stand_in.pay(&app.session(&invoice), Card::Visa).unwrap();
    app.work_off().await;
    assert_eq!(app.status(&invoice).await, "paid");
}

#[tokio::test]
async fn b13_b15_what_quittance_has_no_part_in_is_kept_and_moves_nothing() {
    let app = TestApp::start().await;
    for (id, kind, object) in [
        ("evt_1", "payment_intent.partially_funded", "payment_intent"),
        ("evt_2", "review.opened", "review"),
        ("evt_3", "review.closed", "review"),
    ] {
        let mut payload = event(id);
        payload["type"] = json!(kind);
        payload["data"]["object"] = json!({"id": "x_1", "object": object});
        assert_eq!(deliver(&app, &payload.to_string()).await.status, 200, "{kind}");
        assert!(matches!(stored(&app, id).unwrap().state, Handling::Ignored { .. }), "{kind}");
    }
    assert!(app.stand_in.requests().is_empty());
    let notices = app.app.store.read(|r| notices::standing(&r, app.clock.now())).unwrap();
    assert!(notices.iter().any(|(notice, _)| *notice == Notice::PartlyFunded), "the owner hears of it");
}

#[tokio::test]
async fn c7_the_same_event_ten_times_at_once_is_acknowledged_ten_times() {
    let app = TestApp::start().await;
    let payload = event("evt_1").to_string();
    let answers = futures_util::future::join_all((0..10).map(|_| deliver(&app, &payload))).await;
    assert!(answers.iter().all(|answer| answer.status == 200));
    assert_eq!(count(&app), 1);
}

#[tokio::test]
async fn c8_c9_what_stripe_did_not_sign_leaves_no_trace() {
    let app = TestApp::start().await;
    let payload = event("evt_1").to_string();
    let signature = app.stand_in.sign(&payload, &[WEBHOOK_SECRET.to_owned()]);
    let spaced = payload.replace(':', ": ");
    for (body, signature) in [
        (payload.as_str(), ""),
        (payload.as_str(), "t=1,v1=00"),
        (payload.as_str(), "nonsense"),
        (spaced.as_str(), signature.as_str()),
        ("", signature.as_str()),
    ] {
        let answer = send(&app, body, signature).await;
        assert_eq!(answer.status, 400, "{body} {signature}");
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    }
    let unsigned = app.ask("POST", HOOK).body("application/json", payload).send().await;
    assert_eq!((unsigned.status, count(&app)), (400, 0));
    let token = app.token(Scope::Read).await;
    let figures = app.ask("GET", "/metrics").header("authorization", &format!("Bearer {token}")).send().await.text();
    let counted = "quittance_webhooks_total{outcome=\"bad_signature\"} 6";
    assert!(figures.lines().any(|line| line == counted), "{figures}");
}

#[tokio::test]
async fn without_a_secret_nothing_can_be_verified() {
    let app = TestApp::start_with(|config| config.stripe.webhook_secrets.clear()).await;
    let answer = deliver(&app, &event("evt_1").to_string()).await;
    assert_eq!((answer.status, count(&app)), (400, 0));
    assert!(answer.text().contains("stripe.webhook_secrets"), "{}", answer.text());
}

#[tokio::test]
async fn c12_c13_an_old_signature_is_refused_and_one_from_the_future_is_noted() {
    let app = TestApp::start().await;
    app.stand_in.set_skew(-301);
    assert_eq!(deliver(&app, &event("evt_1").to_string()).await.status, 400);
    app.stand_in.set_skew(300);
    assert_eq!(deliver(&app, &event("evt_2").to_string()).await.status, 200);
    assert_eq!(notices(&app), []);
    app.stand_in.set_skew(301);
    assert_eq!(deliver(&app, &event("evt_3").to_string()).await.status, 200);
    assert_eq!(notices(&app), [Notice::ClockWrong]);
}

#[tokio::test]
async fn c14_c15_c19_c20_what_cannot_be_acted_on_is_kept_with_the_reason() {
    let app = TestApp::start().await;
    let (mut unknown, mut live, mut connect, mut bare) =
        (event("evt_1"), event("evt_2"), event("evt_3"), event("evt_5"));
    unknown["type"] = json!("invoice.finalized");
    live["livemode"] = json!(true);
    connect["account"] = json!("acct_other");
    bare["data"]["object"] = json!({});
    let thin = json!({
        "id": "evt_4", "object": "v2.core.event", "type": "v1.checkout.session.completed", "livemode": false,
        "created": "2026-11-22T12:00:00Z", "related_object": {"id": "cs_test_1", "type": "checkout.session"},
    });
    assert_eq!(deliver(&app, &live.to_string()).await.status, 200);
    let of_live = stored(&app, live["id"].as_str().unwrap()).unwrap();
    assert_eq!(of_live.state, Handling::OtherMode, "it waits for a key of its mode");
    for (payload, word) in [(unknown, "type"), (connect, "connected"), (bare, "object"), (thin, "thin")] {
        let answer = deliver(&app, &payload.to_string()).await;
        assert_eq!(answer.status, 200, "{payload}");
        let event = stored(&app, payload["id"].as_str().unwrap()).unwrap();
        let Handling::Ignored { reason } = event.state else { panic!("{payload}: {:?}", event.state) };
        assert!(reason.contains(word), "{reason}");
    }
    assert_eq!(notices(&app), [Notice::ThinEvents, Notice::OtherMode, Notice::ConnectEvents]);
    assert_eq!(app.app.store.read(|r| r.count_pending_events()).unwrap(), 0);
}

#[tokio::test]
async fn c16_an_event_of_another_program_is_acknowledged_and_left_alone() {
    let app = TestApp::start().await;
    let fields = [
        ("mode", "payment"),
        ("line_items[0][quantity]", "1"),
        ("line_items[0][price_data][currency]", "eur"),
        ("line_items[0][price_data][unit_amount]", "500"),
        ("line_items[0][price_data][product_data][name]", "Coffee"),
        ("success_url", "https://shop.example/thanks"),
    ];
    let session = app.stand_in.create_session(&fields).unwrap();
    app.stand_in.pay(session["id"].as_str().unwrap(), Card::Visa).unwrap();
    app.work_off().await;
    let states: Vec<Handling> =
        app.app.store.read(|r| r.latest_events(100)).unwrap().into_iter().map(|event| event.state).collect();
    assert!(states.contains(&Handling::Foreign), "{states:?}");
    assert!(states.iter().all(|state| matches!(state, Handling::Foreign | Handling::Ignored { .. })), "{states:?}");
    assert!(app.stand_in.deliveries().iter().all(|delivery| delivery.tries.iter().all(|one| one.status == Some(200))));
}

#[tokio::test]
async fn c18_a_picture_in_another_version_is_only_a_hint() {
    let app = TestApp::start().await;
    app.stand_in.set_delivery_mode(DeliveryMode::Lose);
    let invoice = app.invoice("119").await;
    assert_eq!(app.click_pay(&invoice).await.status, 303);
    app.stand_in.pay(&app.session(&invoice), Card::Visa).unwrap();
    let mut old = event("evt_old");
    old["api_version"] = json!("2019-02-19");
    old["data"]["object"] = json!({"id": app.session(&invoice), "object": "checkout.session", "amount_total": 1});
    assert_eq!(deliver(&app, &old.to_string()).await.status, 200);
    app.stand_in.clear_requests();
    app.work_off().await;
    assert_eq!(app.status(&invoice).await, "paid");
    assert_eq!(app.stand_in.count(Operation::GetSession), 1, "Stripe itself was asked");
}

#[tokio::test]
async fn c21_a_megabyte_is_enough() {
    let app = TestApp::start().await;
    let sized = |bytes: usize| {
        let mut event = event("evt_1");
        event["padding"] = json!("");
        let rest = bytes - event.to_string().len();
        event["padding"] = json!("x".repeat(rest));
        event.to_string()
    };
    assert_eq!(deliver(&app, &sized((1 << 20) + 1)).await.status, 413);
    assert_eq!(count(&app), 0);
    assert_eq!(deliver(&app, &sized(1 << 20)).await.status, 200);
}

#[tokio::test]
async fn what_is_signed_and_no_event_is_refused() {
    let app = TestApp::start().await;
    for payload in ["", "{", "[]", "{}", "null", r#"{"object":"event"}"#, r#"{"object":"charge","id":"ch_1"}"#] {
        assert_eq!(deliver(&app, payload).await.status, 400, "{payload}");
    }
    assert_eq!(count(&app), 0);
}

#[tokio::test]
async fn c22_j5_what_finds_no_place_at_the_writer_in_five_seconds_is_to_be_sent_again() {
    let app = TestApp::start().await;
    let (is_blocked, writer) = (Arc::new(AtomicBool::new(true)), app.app.store.clone());
    let theirs = Arc::clone(&is_blocked);
    let hold = move |_: &mut store::Writer<'_>| {
        while theirs.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok::<_, store::Error>(())
    };
    drop(writer.write(hold).now_or_never());
    for _ in 0..CHANGES {
        drop(writer.write(|_| Ok::<_, store::Error>(())).now_or_never());
    }
    let began = Instant::now();
    let answer = deliver(&app, &event("evt_1").to_string()).await;
    let waited = began.elapsed();
    let ready = app.get("/readyz").await;
    is_blocked.store(false, Ordering::SeqCst);
    assert!(waited >= PLACE_WAIT, "a place is worth waiting for: {waited:?}");
    assert_eq!((answer.status, ready.status), (503, 503));
    assert!(answer.header("retry-after").is_some());
    writer.write(|_| Ok::<_, store::Error>(())).await.ok();
    let again = tokio::time::timeout(PATIENCE, async {
        while deliver(&app, &event("evt_1").to_string()).await.status != 200 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    assert!(again.await.is_ok());
    assert!(stored(&app, "evt_1").is_some());
}

#[tokio::test]
async fn the_hook_answers_on_any_host_and_to_posts_only() {
    let app = TestApp::start().await;
    let payload = event("evt_1").to_string();
    let signature = app.stand_in.sign(&payload, &[WEBHOOK_SECRET.to_owned()]);
    let elsewhere = app.ask_host("POST", HOOK, "hooks.example").header("stripe-signature", &signature);
    assert_eq!(elsewhere.body("application/json", payload).send().await.status, 200);
    assert_eq!(notices(&app), [Notice::OldAddress], "an event that came to another name is noted");
    let old = app.app.store.read(|r| r.old_host()).unwrap().unwrap();
    assert_eq!(old.host, "hooks.example");
    assert_eq!(app.ask_host("GET", "/", "hooks.example").send().await.status, 421);
    assert_eq!(app.get(HOOK).await.status, 405);
}

#[tokio::test]
async fn c8_more_than_twenty_wrong_signatures_an_hour_are_told_to_the_owner_for_a_day() {
    let app = TestApp::start().await;
    let payload = event("evt_1").to_string();
    let knock = async |times: usize| {
        let wrong = app.stand_in.sign(&payload, &["whsec_of_another_endpoint_0123456789".to_owned()]);
        for _ in 0..times {
            assert_eq!(send(&app, &payload, &wrong).await.status, 400);
        }
    };
    knock(20).await;
    app.clock.advance(3600);
    knock(1).await;
    assert_eq!(notices(&app), [], "twenty in one hour and one in the next");
    for _ in 0..30 {
        send(&app, &payload, "not written as Stripe writes").await;
    }
    assert_eq!(notices(&app), []);
    knock(20).await;
    assert_eq!(notices(&app), [Notice::WebhooksRefused]);
    app.clock.advance(24 * 3600);
    assert_eq!((notices(&app), count(&app)), (vec![], 0));
}

#[tokio::test]
async fn c12_j7_many_old_signatures_tell_of_a_clock_that_is_ahead() {
    let app = TestApp::start().await;
    app.stand_in.set_skew(-400);
    for n in 0..21 {
        assert_eq!(deliver(&app, &event(&format!("evt_{n}")).to_string()).await.status, 400);
    }
    assert_eq!(notices(&app), [Notice::ClockWrong]);
}

#[tokio::test]
async fn c18_an_endpoint_in_another_version_is_told_until_it_speaks_ours() {
    let app = TestApp::start().await;
    let mut old = event("evt_1");
    old["api_version"] = json!("2022-11-15");
    assert_eq!(deliver(&app, &old.to_string()).await.status, 200);
    assert!(matches!(stored(&app, "evt_1").unwrap().state, Handling::Pending { .. }), "it is a hint like any other");
    assert_eq!(notices(&app), [Notice::OtherVersion]);
    deliver(&app, &event("evt_2").to_string()).await;
    assert_eq!(notices(&app), []);
}

/// More than one transaction forgets.
const MANY: usize = 450;
const DAY_SECONDS: i64 = 86_400;

#[tokio::test]
async fn events_are_forgotten_once_stripe_cannot_send_them_again() {
    let app = TestApp::start().await;
    let unasked = |id: &str| {
        let mut event = event(id);
        event["type"] = json!("customer.created");
        event.to_string()
    };
    assert_eq!(deliver(&app, &unasked("evt_old")).await.status, 200);
    let old = stored(&app, "evt_old").unwrap();
    assert!(matches!(old.state, Handling::Ignored { .. }), "{:?}", old.state);
    let now = app.clock.now();
    change(&app, move |w| {
        w.put_event(&Event { id: "evt_dead".into(), state: Handling::Dead { at: now }, ..old.clone() })?;
        reviews::open(w, Case::new(Reason::UnknownPayment, "evt_dead", "It could not be worked off."))?;
        w.put_event(&Event { id: "evt_not_ours".into(), state: Handling::Foreign, ..old.clone() })?;
        for n in 0..MANY {
            w.put_event(&Event { id: format!("evt_{n}"), state: Handling::Done { at: now }, ..old.clone() })?;
        }
        Ok(())
    })
    .await;
    app.clock.advance(5 * DAY_SECONDS);
    assert_eq!(deliver(&app, &unasked("evt_young")).await.status, 200);
    // By default their words are kept for 90 days, which is longer than Stripe may send them again.
    app.clock.advance(86 * DAY_SECONDS);

    let jobs = jobs::start(&app.app);
    let began = Instant::now();
    while app.app.store.read(|r| r.latest_events(MANY * 2)).unwrap().len() > 2 {
        assert!(began.elapsed() < PATIENCE, "the old ones are still there");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    jobs.stop().await;
    assert!(stored(&app, "evt_dead").is_some(), "a person has not looked at it yet");
    let again = deliver(&app, &unasked("evt_young")).await;
    assert_eq!((again.status, again.text().as_str()), (200, "known already\n"), "Stripe's list reaches back 30 days");
}
