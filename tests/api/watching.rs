//! What tells how things stand: reconciliations, and what there cannot be any of yet.

use serde_json::{Value, json};

use super::{names, text};
use crate::support::TestApp;
use quittance::demo::stripe::{Card, Fault};

#[tokio::test]
async fn a_pass_finds_the_payment_that_nobody_reported() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let id = program.issued().await;
    let attempt = program.act(&format!("/invoices/{id}/checkout")).await.expect(201);
    let attempt = program.get(&format!("/attempts/{}", text(&attempt, "attempt"))).await.expect(200);
    app.stand_in.pay(&text(&attempt, "session"), Card::Visa).unwrap();
    assert_eq!(program.invoice(&id).await["status"], "open");

    let answer = program.act("/reconciliations").await;
    let expected =
        ["id", "started_at", "finished_at", "source", "compared", "repaired", "differences", "payouts", "requests"];
    assert_eq!(names(&answer.text()), expected);
    let report = answer.expect(201);
    assert_eq!((&report["source"], &report["finished_at"]), (&json!("api"), &json!("2026-11-22T12:00:00Z")));
    assert_eq!(report["repaired"][0]["invoice"], id.as_str(), "{report}");
    assert_eq!((&report["differences"], &report["payouts"]), (&json!([]), &json!([])));
    assert!(report["requests"].as_u64() > Some(0) && report["compared"].is_object(), "{report}");
    assert_eq!(program.invoice(&id).await["status"], "paid");

    let second = program.act("/reconciliations").await.expect(201);
    assert_eq!(second["repaired"], json!([]), "nothing is left to repair");
    assert_eq!(program.all("/reconciliations").await, [second, report.clone()]);
    assert_eq!(program.get(&format!("/reconciliations/{}", text(&report, "id"))).await.expect(200), report);
    program.get("/reconciliations/rec_00000000000000000000000000").await.expect(404);
}

#[tokio::test]
async fn a_pass_that_stripe_stopped_says_so() {
    let app = TestApp::start().await;
    let program = app.program().await;
    app.stand_in.fault_always(None, Fault::Status(401));
    let report = program.act("/reconciliations").await.expect(201);
    assert_eq!(report["differences"][0]["kind"], "stopped", "{report}");
}

#[tokio::test]
async fn there_are_no_refunds_and_no_disputes() {
    let app = TestApp::start().await;
    let program = app.program().await;
    for path in ["/refunds", "/disputes"] {
        assert_eq!(program.get(path).await.expect(200), json!({"data": [], "next": Value::Null}));
        assert_eq!(program.get(&format!("{path}?limit=500")).await.fields(), ["limit"]);
    }
}
