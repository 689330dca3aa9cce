//! A disk that takes nothing more: whoever wants something stored is asked to come again, in so many words and with
//! `503`; whoever only looks sees everything; and nothing needs a restart.

#![expect(clippy::unwrap_used, reason = "a failed assumption should fail the test")]

use std::time::Duration;

use quittance::billing::event::Handling;
use serde_json::{Value, json};

use crate::admin::person::{EMAIL, PASSWORD, Person};
use crate::store::disk::{Disk, Fault};
use crate::support::{Answer, Program, TestApp, WEBHOOK_SECRET, path};

/// The disk is tried again every few milliseconds, on however busy a machine.
const PATIENCE: Duration = Duration::from_mins(1);

#[track_caller]
fn is_asked_to_come_again(answer: &Answer, what: &str) {
    assert_eq!(answer.status, 503, "{what}: {}", answer.text());
    let seconds: u64 = answer.header("retry-after").unwrap_or_default().parse().unwrap_or_default();
    assert!(seconds > 0, "{what}: it says when");
    assert!(!answer.text().contains("No space") && !answer.text().contains("redb"), "{what}: causes are for the log");
}

/// The id of what a program made.
async fn made(program: &Program<'_>, path: &str, body: Value) -> String {
    program.post(path, body).await.expect(201)["id"].as_str().unwrap().to_owned()
}

/// Everything that a program can have changed.
fn changes(customer: &str, draft: &str, open: &str) -> Vec<(&'static str, String, Value)> {
    let line = json!({"description": "Design", "quantity": "1", "unit_price": "10.00"});
    let content = json!({"customer": customer, "currency": "EUR", "lines": [line]});
    let payment = json!({"amount": 100, "method": "cash", "received_on": "2026-11-22"});
    let of = |id: &str, what: &str| format!("/invoices/{id}{what}");
    vec![
        ("POST", "/customers".to_owned(), json!({"name": "Grace"})),
        ("PATCH", format!("/customers/{customer}"), json!({"name": "Anna B."})),
        ("POST", "/invoices".to_owned(), content),
        ("PATCH", of(draft, ""), json!({"notes": "Thank you"})),
        ("DELETE", of(draft, ""), Value::Null),
        ("POST", of(draft, "/issue"), json!({})),
        ("POST", of(draft, "/send"), json!({})),
        ("POST", of(open, "/send"), json!({})),
        ("POST", of(open, "/remind"), json!({})),
        ("POST", of(open, "/void"), json!({"reason": "wrong"})),
        ("POST", of(open, "/uncollectible"), json!({})),
        ("POST", of(open, "/link"), json!({})),
        ("POST", of(open, "/checkout"), json!({})),
        ("POST", of(open, "/payments"), payment),
        ("POST", "/reconciliations".to_owned(), json!({})),
        ("PATCH", "/settings".to_owned(), json!({"terms_days": 30})),
    ]
}

#[tokio::test]
async fn j4_a_disk_that_takes_nothing_more_stops_who_writes_and_nobody_who_reads() {
    let disk = Disk::default();
    let app = TestApp::start_on(&disk).await;
    let (owner, program) = (Person::owner(&app).await, app.program().await);
    let invoice = app.invoice("119").await;
    let customer = made(&program, "/customers", json!({"name": "Anna", "email": "anna@example.com"})).await;
    let line = json!({"description": "Design", "quantity": "1", "unit_price": "10.00"});
    let draft = json!({"customer": customer, "currency": "EUR", "lines": [line]});
    let draft = made(&program, "/invoices", draft).await;
    let requests_before = app.stand_in.requests().len();

    disk.fail(Fault::WritesFrom(1));
    for (method, path, body) in changes(&customer, &draft, &invoice.id.to_string()) {
        let ask = program.ask(method, &path);
        let answer = if body.is_null() { ask.send().await } else { ask.json(&body).send().await };
        is_asked_to_come_again(&answer, &format!("{method} {path}"));
    }
    let keyed = program.ask("POST", "/customers").header("idempotency-key", "once").json(&json!({"name": "Grace"}));
    is_asked_to_come_again(&keyed.send().await, "with an idempotency key");
    is_asked_to_come_again(&app.click_pay(&invoice).await, "a payer's click");
    assert_eq!(app.stand_in.requests().len(), requests_before, "Stripe is not asked for what could not be noted");
    let event = json!({
        "id": "evt_1", "object": "event", "type": "checkout.session.completed", "livemode": false,
        "created": 1_795_348_800, "data": {"object": {"id": "cs_test_1", "object": "checkout.session"}},
    });
    let hook = || async {
        let payload = event.to_string();
        let signature = app.stand_in.sign(&payload, &[WEBHOOK_SECRET.to_owned()]);
        let ask = app.ask("POST", "/webhooks/stripe").header("stripe-signature", &signature);
        ask.body("application/json", payload).send().await
    };
    is_asked_to_come_again(&hook().await, "a webhook");
    let stranger = Person::new(&app);
    let login = stranger.sheet("/admin/login", "/admin/login").await;
    let signed_in = stranger.send(&login, &[("email", EMAIL), ("password", PASSWORD)]).await;
    is_asked_to_come_again(&signed_in, "signing in");
    is_asked_to_come_again(&owner.post(&format!("/admin/invoices/{draft}/issue"), &[]).await, "the owner's button");

    for page in ["", "/status"] {
        assert_eq!(app.get(&path(&invoice, page)).await.status, 200, "{page}");
    }
    for page in ["/admin", "/admin/invoices", "/admin/outbox", &format!("/admin/invoices/{}", invoice.id)] {
        let shown = owner.page(page).await;
        assert!(shown.contains("Nothing can be stored at the moment"), "the owner is told on {page}");
    }
    for list in ["/invoices", "/customers", "/payments", "/reviews", "/outbox", "/reconciliations", "/settings"] {
        program.get(list).await.expect(200);
    }
    assert_eq!(app.get("/healthz").await.status, 200, "the process is well");
    assert_eq!(app.get("/readyz").await.status, 503, "and cannot do what it is for");

    disk.repair();
    let ready = async {
        while app.get("/readyz").await.status != 200 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    assert!(tokio::time::timeout(PATIENCE, ready).await.is_ok(), "it goes on by itself");
    assert!(!owner.page("/admin").await.contains("Nothing can be stored"), "and says so no longer");
    assert_eq!(hook().await.status, 200, "Stripe sends it again");
    let event = app.app.store.read(|r| r.event("evt_1")).unwrap().unwrap();
    assert!(matches!(event.state, Handling::Pending { .. }), "{:?}", event.state);
    let again = program.ask("POST", "/customers").header("idempotency-key", "once").json(&json!({"name": "Grace"}));
    again.send().await.expect(201);
    assert_eq!(program.get("/customers").await.expect(200)["data"].as_array().unwrap().len(), 3, "Grace is there once");
}
