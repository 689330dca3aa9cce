//! What tells how things stand: reconciliations, and what there cannot be any of yet.

use std::time::Duration;

use serde_json::{Value, json};

use super::{names, text};
use crate::support::TestApp;
use quittance::demo::stripe::{Card, Fault};

/// Longer than a caller is kept waiting for a report.
const LATE: Duration = Duration::from_secs(15);
/// A pass is through within this, whatever the machine is busy with.
const PATIENCE: Duration = Duration::from_mins(2);

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
    assert_eq!((&report["source"], &report["finished_at"]), (&json!("api"), &json!("2026-11-22T12:00:00.000Z")));
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
async fn a_pass_that_takes_long_goes_on_and_is_asked_for_by_its_id() {
    let app = TestApp::start().await;
    let program = app.program().await;
    app.stand_in.fault_next(None, Fault::Slow(LATE));
    // Both at once: the second waits for its turn, and its caller not longer than the first one's.
    let (one, other) = tokio::join!(program.act("/reconciliations"), program.act("/reconciliations"));
    let begun = [one.expect(202), other.expect(202)];
    assert_ne!(begun[0]["id"], begun[1]["id"]);
    for report in begun {
        assert_eq!((&report["source"], &report["finished_at"]), (&json!("api"), &Value::Null), "{report}");
        let path = format!("/reconciliations/{}", text(&report, "id"));
        let finished = async {
            while program.get(&path).await.expect(200)["finished_at"].is_null() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        assert!(tokio::time::timeout(PATIENCE, finished).await.is_ok(), "the pass went on without its caller");
        let report = program.get(&path).await.expect(200);
        assert_eq!(report["finished_at"], json!("2026-11-22T12:00:00.000Z"), "{report}");
    }
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
