//! The same request twice, done once.

use serde_json::json;

use super::text;
use crate::support::{Answer, Program, TestApp};
use quittance::credentials::ApiKey;
use quittance::demo::stripe::{Fault, Operation};
use quittance::store::Error;

async fn keyed(program: &Program<'_>, key: &str, path: &str, body: &serde_json::Value) -> Answer {
    program.ask("POST", path).header("idempotency-key", key).json(body).send().await
}

#[tokio::test]
async fn the_same_key_and_body_get_the_first_answer_again() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let id = program.issued().await;
    let path = format!("/invoices/{id}/payments");
    let body = json!({"amount": 100, "method": "cash"});
    let first = keyed(&program, "k-1", &path, &body).await;
    assert_eq!((first.status, first.header("idempotent-replayed")), (201, None));
    let again = keyed(&program, "k-1", &path, &body).await;
    assert_eq!((again.status, again.header("idempotent-replayed")), (201, Some("true")));
    assert_eq!(again.body, first.body);
    assert_eq!(again.header("content-type"), first.header("content-type"));
    assert_eq!(program.all("/payments").await.len(), 1);

    keyed(&program, "k-1", &path, &json!({"amount": 200, "method": "cash"})).await.expect(409);
    keyed(&program, "k-1", "/customers", &body).await.expect(409);
    keyed(&program, "k-2", &path, &body).await.expect(201);
    let other = app.program().await;
    keyed(&other, "k-1", &path, &body).await.expect(201);
    assert_eq!(program.all("/payments").await.len(), 3);

    app.clock.advance(24 * 3600 + 1);
    let later = keyed(&program, "k-1", &path, &body).await;
    assert_eq!((later.status, later.header("idempotent-replayed")), (201, None), "forgotten after a day");
}

#[tokio::test]
async fn a_refusal_is_remembered_and_a_failure_is_not() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let wrong = keyed(&program, "k", "/customers", &json!({"nmae": "Anna"})).await;
    let again = keyed(&program, "k", "/customers", &json!({"nmae": "Anna"})).await;
    assert_eq!((again.status, &again.body, again.header("idempotent-replayed")), (422, &wrong.body, Some("true")));
    let kind = again.headers["content-type"].to_str().unwrap();
    assert_eq!(kind, "application/problem+json");

    let id = program.issued().await;
    let path = format!("/invoices/{id}/checkout");
    app.stand_in.fault_always(Operation::CreateSession, Fault::Status(400));
    keyed(&program, "c", &path, &json!({})).await.expect(503);
    app.stand_in.clear_faults();
    let answer = keyed(&program, "c", &path, &json!({})).await;
    assert_eq!(answer.header("idempotent-replayed"), None);
    text(&answer.expect(201), "checkout_url");
}

#[tokio::test]
async fn a_request_that_is_under_way_is_waited_for() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let id = program.issued().await;
    let path = format!("/invoices/{id}/payments");
    let body = json!({"amount": 100, "method": "cash"});
    let all = futures_util::future::join_all((0..8).map(|_| keyed(&program, "k", &path, &body))).await;
    for answer in &all {
        assert_eq!((answer.status, answer.text()), (201, all[0].text()));
    }
    assert_eq!(program.all("/payments").await.len(), 1);
}

#[tokio::test]
async fn the_answer_is_stored_with_what_it_tells_of() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let id = program.issued().await;
    program.act(&format!("/invoices/{id}/checkout")).await.expect(201);
    // Stripe does not answer, so the request goes on after the payment was booked.
    app.stand_in.fault_always(Operation::ExpireSession, Fault::Hang);
    let (path, body) = (format!("/invoices/{id}/payments"), json!({"amount": 100, "method": "cash"}));
    let token = program.token.parse::<ApiKey>().unwrap().token;
    let look = async {
        loop {
            let (booked, answer) = app
                .app
                .store
                .read(|r| Ok::<_, Error>((r.payments(None, 1)?.pop(), r.remembered(token, "k")?)))
                .unwrap();
            if let Some(payment) = booked {
                return (payment, answer);
            }
            tokio::task::yield_now().await;
        }
    };
    let (first, (payment, stored)) = tokio::join!(keyed(&program, "k", &path, &body), look);
    let stored = stored.expect("whoever sees the payment sees the answer");
    assert_eq!((stored.status, stored.body), (201, first.text()));
    assert_eq!(text(&first.expect(201), "id"), payment.id.to_string());
    app.stand_in.clear_faults();
}

#[tokio::test]
async fn a_program_can_tell_a_key_of_another_request_from_other_conflicts() {
    let app = TestApp::start().await;
    let program = app.program().await;
    keyed(&program, "k", "/customers", &json!({"name": "Anna"})).await.expect(201);
    let problem = keyed(&program, "k", "/customers", &json!({"name": "Berta"})).await.expect(409);
    assert_eq!(
        (text(&problem, "type").as_str(), text(&problem, "title").as_str()),
        ("/problems/idempotency-key-reused", "Idempotency key reused")
    );
    let id = program.issued().await;
    let conflict = program.act(&format!("/invoices/{id}/issue")).await.expect(409);
    assert_eq!(text(&conflict, "type"), "about:blank");
}

#[tokio::test]
async fn a_key_is_short_printable_and_one() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let ask = |key: &str| program.ask("POST", "/customers").json(&json!({"name": "A"})).header("idempotency-key", key);
    for key in ["", &"k".repeat(256), "schlüssel"] {
        ask(key).send().await.expect(400);
    }
    ask("one").header("idempotency-key", "two").send().await.expect(400);
    ask(&"k".repeat(255)).send().await.expect(201);
}
