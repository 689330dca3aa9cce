//! `POST /invoices/{id}/refunds` and `GET /refunds`.

use serde_json::{Value, json};

use super::{ids, names, text};
use crate::support::{Program, TestApp};
use quittance::billing::log::Channel;
use quittance::demo::stripe::{Card, DisputeOrder, Fault, Operation};
use quittance::payments::checkout::sync_session;
use quittance::payments::client::Patience;
use quittance::payments::refunds::look::look;

/// An invoice over 190.40 EUR that was paid by card, and the path of its refunds.
async fn paid(program: &Program<'_>) -> (String, String) {
    let id = program.issued().await;
    let attempt = program.act(&format!("/invoices/{id}/checkout")).await.expect(201);
    let attempt = program.get(&format!("/attempts/{}", text(&attempt, "attempt"))).await.expect(200);
    let session = text(&attempt, "session");
    program.app.stand_in.pay(&session, Card::Visa).unwrap();
    let till = program.app.app.till().unwrap();
    sync_session(&till, &session, Channel::Webhook, Some("evt_1"), Patience::Request).await.unwrap();
    let path = format!("/invoices/{id}/refunds");
    (id, path)
}

#[tokio::test]
async fn a_refund_is_made_shown_and_listed() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let (id, path) = paid(&program).await;
    let answer = program.post(&path, json!({"amount": 4040, "reason": "requested_by_customer"})).await;
    let shape =
        ["id", "payment", "invoice", "amount", "currency", "status", "reason", "source", "stripe_refund", "created_at"];
    assert_eq!(names(&answer.text()), shape);
    let part = answer.expect(201);
    assert_eq!(
        (&part["invoice"], &part["amount"], &part["currency"], &part["status"], &part["source"]),
        (&json!(id), &json!(4040), &json!("EUR"), &json!("succeeded"), &json!("owner"))
    );
    assert!(text(&part, "id").starts_with("rfd_") && text(&part, "stripe_refund").starts_with("re_"), "{part}");
    let invoice = program.invoice(&id).await;
    assert_eq!(
        (&invoice["status"], &invoice["flags"], &invoice["amount_paid"], &invoice["amount_refunded"]),
        (&json!("paid"), &json!(["partially_refunded"]), &json!(19040), &json!(4040))
    );
    let rest = program.post(&path, json!({"amount": 15000})).await.expect(201);
    assert_eq!(rest["reason"], Value::Null);
    assert_eq!(program.invoice(&id).await["flags"], json!(["refunded"]));
    let link = text(&program.invoice(&id).await, "public_url");
    let status = app.get(&format!("{}/status", link.trim_start_matches(&app.base))).await.json();
    assert_eq!((&status["status"], &status["amount_due"]), (&json!("refunded"), &json!(0)));
    assert_eq!(program.all("/payments").await[0]["refunded"], 19040);
    let page = program.get("/refunds?limit=1").await.expect(200);
    assert_eq!((&page["data"][0], &page["next"]), (&rest, &rest["id"]));
    assert_eq!(ids(&program.all("/refunds").await), [text(&rest, "id"), text(&part, "id")]);
    let log = program.all(&format!("/invoices/{id}/log")).await;
    let kinds: Vec<String> = log.iter().map(|line| text(line, "kind")).collect();
    assert_eq!(kinds[4..], ["refund_created", "refund_succeeded", "mail_queued"].repeat(2));
    let refused = program.post(&path, json!({"amount": 1})).await.expect(409);
    assert!(text(&refused, "detail").contains("went back already"), "{refused}");
    assert_eq!(program.all("/outbox").await.iter().filter(|mail| mail["kind"] == "refund_issued").count(), 2);
}

#[tokio::test]
async fn what_is_wrong_is_refused_with_what_is_possible() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let (_, path) = paid(&program).await;
    for (body, field) in [
        (json!({"amount": 0}), "amount"),
        (json!({"amount": -1}), "amount"),
        (json!({"amount": 19041}), "amount"),
        (json!({"amount": 1, "currency": "USD"}), "currency"),
    ] {
        let answer = program.post(&path, body.clone()).await;
        let problem = answer.expect(422);
        assert_eq!(problem["errors"][0]["field"], field, "{body}");
        assert!(problem["errors"][0]["detail"].as_str().unwrap().contains("190.40 EUR"), "{problem}");
    }
    let (_, other) = paid(&program).await;
    let payment = program.all("/payments").await[0]["id"].clone();
    for (body, field) in [
        (json!({}), "amount"),
        (json!({"amount": 1.5}), "amount"),
        (json!({"amount": "1"}), "amount"),
        (json!({"amount": 1, "reason": "because"}), "reason"),
        (json!({"amount": 1, "payment": payment}), "payment"),
        (json!({"amount": 1, "amuont": 1}), "amuont"),
    ] {
        assert_eq!(program.post(&path, body.clone()).await.fields(), [field], "{body}");
    }
    program.post(&other, json!({"amount": 1, "payment": payment, "currency": "EUR"})).await.expect(201);
    let unpaid = program.issued().await;
    let refused = program.post(&format!("/invoices/{unpaid}/refunds"), json!({"amount": 1})).await.expect(409);
    assert!(text(&refused, "detail").contains("nothing to refund"), "{refused}");
    let draft = program.draft().await;
    program.post(&format!("/invoices/{draft}/refunds"), json!({"amount": 1})).await.expect(409);
    program.post("/invoices/inv_00000000000000000000000000/refunds", json!({"amount": 1})).await.expect(404);
    assert_eq!(app.stand_in.refunds().len(), 1);
}

#[tokio::test]
async fn while_stripe_does_not_answer_it_is_202_and_asked_again_by_itself() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let (id, path) = paid(&program).await;
    app.stand_in.fault_always(Operation::CreateRefund, Fault::DropAfterEffect);
    let asked = program.post(&path, json!({"amount": 19040})).await.expect(202);
    assert_eq!((&asked["status"], &asked["stripe_refund"]), (&json!("requested"), &Value::Null));
    assert_eq!(program.invoice(&id).await["amount_refunded"], 0);
    assert!(text(&program.post(&path, json!({"amount": 1})).await.expect(409), "detail").contains("on its way"));
    app.stand_in.clear_faults();
    app.clock.advance(6);
    look(&app.app.till().unwrap(), Channel::Schedule, false).await.unwrap();
    let made = program.all("/refunds").await.remove(0);
    assert_eq!((&made["id"], &made["status"]), (&asked["id"], &json!("succeeded")));
    assert_eq!((program.all("/refunds").await.len(), app.stand_in.refunds().len()), (1, 1));
    assert_eq!(program.invoice(&id).await["amount_refunded"], 19040);
}

#[tokio::test]
async fn f3_the_same_key_refunds_once_and_a_second_request_refunds_again() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let (_, path) = paid(&program).await;
    let ask = |amount: i64| {
        program.ask("POST", &path).header("idempotency-key", "k1").json(&json!({"amount": amount})).send()
    };
    let first = ask(1000).await.expect(201);
    assert_eq!(ask(1000).await.expect(201), first);
    ask(2000).await.expect(409);
    assert_eq!(app.stand_in.refunds().len(), 1);
    // The remembered answer is gone, as after a crash before it was stored: the decision is still known.
    let nonce_is_kept = program.all("/refunds").await.len();
    program.post(&path, json!({"amount": 1000})).await.expect(201);
    assert_eq!((nonce_is_kept, app.stand_in.refunds().len()), (1, 2));
    let read = app.token(quittance::store::Scope::Read).await;
    let reader = Program { app: &app, token: read };
    reader.post(&path, json!({"amount": 1})).await.expect(403);
    assert_eq!(reader.all("/refunds").await.len(), 2);
}

#[tokio::test]
async fn a_recorded_payment_is_refunded_without_stripe_and_an_amount_over_two_says_both() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let id = program.issued().await;
    for amount in [10000, 9040] {
        let body = json!({"amount": amount, "method": "bank_transfer"});
        program.post(&format!("/invoices/{id}/payments"), body).await.expect(201);
    }
    let made = program.post(&format!("/invoices/{id}/refunds"), json!({"amount": 12000})).await.expect(201);
    assert_eq!((&made["amount"], &made["stripe_refund"]), (&json!(9040), &Value::Null));
    assert_eq!(made["further"][0]["amount"], 2960);
    assert_eq!(program.invoice(&id).await["amount_refunded"], 12000);
    assert_eq!(app.stand_in.count(Operation::CreateRefund), 0);
}

#[tokio::test]
async fn a_case_is_decided_by_a_refund() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let (id, _) = paid(&program).await;
    let body = json!({"amount": 19040, "method": "cash"});
    program.post(&format!("/invoices/{id}/payments"), body).await.expect(201);
    let review = program.all("/reviews?status=open").await.remove(0);
    assert_eq!(review["actions"], json!(["keep_credit", "refund", "ignore"]), "{review}");
    let path = format!("/reviews/{}/resolve", text(&review, "id"));
    let decided = program.post(&path, json!({"action": "refund", "note": "Paid twice"})).await.expect(200);
    assert_eq!((&decided["status"], &decided["resolution"]["action"]), (&json!("resolved"), &json!("refund")));
    let invoice = program.invoice(&id).await;
    assert_eq!((&invoice["status"], &invoice["flags"]), (&json!("paid"), &json!([])));
    let refund = program.all("/refunds").await.remove(0);
    assert_eq!((&refund["amount"], &refund["reason"]), (&json!(19040), &json!("duplicate")));
    program.post(&path, json!({"action": "refund"})).await.expect(409);
}

#[tokio::test]
async fn what_stripe_says_a_bank_disputes_is_looked_up_at_once_and_nothing_else_is_offered() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let (id, path) = paid(&program).await;
    let intent = text(&program.all("/payments").await[0], "stripe_payment_intent");
    app.stand_in.dispute(&intent, &DisputeOrder::chargeback()).unwrap();
    assert!(program.all("/disputes").await.is_empty(), "the event is not worked on yet");
    let refused = program.post(&path, json!({"amount": 1_000})).await.expect(409);
    assert_eq!(
        text(&refused, "detail"),
        "The customer's bank disputes this payment, so Stripe does not refund it.",
        "no amount is named that could not be refunded either"
    );
    let disputes = program.all("/disputes").await;
    assert_eq!((disputes.len(), &disputes[0]["invoice"]), (1, &json!(id)));
    assert!(program.invoice(&id).await["flags"].as_array().unwrap().contains(&json!("disputed")));

    // The second try is refused by the books, and what arrives late books nothing twice.
    let asked = app.stand_in.count(Operation::CreateRefund);
    program.post(&path, json!({"amount": 1_000})).await.expect(409);
    assert_eq!(app.stand_in.count(Operation::CreateRefund), asked);
    app.work_off().await;
    assert_eq!(program.all("/disputes").await, disputes);
}
