//! Disputes, and the review of each, as programs see them.

use serde_json::json;

use super::{names, text};
use crate::support::TestApp;
use quittance::demo::stripe::{Card, DisputeOrder};

#[tokio::test]
async fn g1_a_dispute_is_listed_and_its_invoice_stays_paid_until_it_is_over() {
    let app = TestApp::start().await;
    let program = app.program().await;
    assert_eq!(program.get("/disputes").await.expect(200), json!({ "data": [], "next": null }));
    let invoice = app.invoice("119.00").await;
    app.click_pay(&invoice).await;
    app.stand_in.pay(&app.session(&invoice), Card::Disputed).unwrap();
    app.work_off().await;

    let answer = program.get("/disputes").await;
    let dispute = answer.expect(200)["data"][0].clone();
    let payment = program.get("/payments").await.expect(200)["data"][0].clone();
    let expected = json!({
        "id": dispute["id"], "payment": payment["id"], "invoice": invoice.id.to_string(), "amount": 11900,
        "currency": "EUR", "status": "needs_response", "reason": "fraudulent", "respond_by": "2026-12-12T12:00:00.000Z",
        "stripe_dispute": dispute["stripe_dispute"], "opened_at": "2026-11-22T12:00:00.000Z",
    });
    assert_eq!(dispute, expected);
    assert!(text(&dispute, "id").starts_with("dsp_") && text(&dispute, "stripe_dispute").starts_with("dp_"));

    let shown = program.invoice(&invoice.id.to_string()).await;
    assert_eq!((&shown["status"], &shown["amount_paid"]), (&json!("paid"), &json!(11900)));
    assert_eq!(shown["flags"], json!(["disputed", "needs_review"]));
    assert_eq!(app.status(&invoice).await, "paid", "the customer sees no quarrel");
    let review = program.get("/reviews?status=open").await.expect(200)["data"][0].clone();
    assert_eq!(
        (&review["reason"], &review["evidence"]["respond_by"]),
        (&json!("dispute"), &json!("2026-12-12T12:00:00.000Z"))
    );
    assert_eq!(names(&review["evidence"]["amount"].to_string()), ["stripe", "books"]);

    let name = text(&dispute, "stripe_dispute");
    app.stand_in.close_dispute(&name, "won").unwrap();
    app.stand_in.reinstate_dispute(&name).unwrap();
    app.work_off().await;
    assert_eq!(program.get("/disputes").await.expect(200)["data"][0]["status"], "won");
    assert_eq!(program.invoice(&invoice.id.to_string()).await["flags"], json!([]));
    let kinds: Vec<String> =
        program.all(&format!("/invoices/{}/log", invoice.id)).await.iter().map(|line| text(line, "kind")).collect();
    assert!(kinds.contains(&"dispute_opened".to_owned()) && kinds.contains(&"dispute_won".to_owned()), "{kinds:?}");
}

#[tokio::test]
async fn g3_the_review_of_a_dispute_that_cannot_be_answered_has_no_deadline() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let invoice = app.invoice("119.00").await;
    app.click_pay(&invoice).await;
    app.stand_in.pay(&app.session(&invoice), Card::Visa).unwrap();
    app.work_off().await;
    let payment = program.get("/payments").await.expect(200)["data"][0].clone();
    let order = DisputeOrder { has_deadline: false, ..DisputeOrder::chargeback() };
    app.stand_in.dispute(&text(&payment, "stripe_payment_intent"), &order).unwrap();
    app.work_off().await;
    assert_eq!(program.get("/disputes").await.expect(200)["data"][0]["respond_by"], json!(null));
    let review = program.get("/reviews").await.expect(200)["data"][0].clone();
    assert_eq!(review["evidence"]["respond_by"], json!(null));
}
