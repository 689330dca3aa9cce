//! `payment_plan`: written, shown, refused field by field, and frozen at issue.

use serde_json::{Value, json};

use super::{design, text};
use crate::support::TestApp;

fn with(customer: &str, plan: &Value) -> Value {
    json!({"customer": customer, "currency": "EUR", "lines": [design()], "due_date": "2026-12-06", "payment_plan": plan})
}

#[tokio::test]
async fn a_plan_is_shown_as_it_was_written_with_what_it_comes_to() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let customer = program.anna().await;
    let deposit = json!({"kind": "deposit", "percent": "30", "due_date": "2026-11-29"});
    let draft = program.post("/invoices", with(&customer, &deposit)).await.expect(201);
    let id = text(&draft, "id");
    let parts = json!([
        {"amount": 5_712, "due_date": "2026-11-29", "amount_due": 5_712},
        {"amount": 13_328, "due_date": "2026-12-06", "amount_due": 13_328},
    ]);
    assert_eq!((&draft["payment_plan"], &draft["parts"], &draft["due_now"]), (&deposit, &parts, &json!(5_712)));

    let instalments = json!({"kind": "instalments", "instalments": [
        {"amount": 9_040, "terms_days": 0}, {"percent": "0", "terms_days": 30},
    ]});
    let refused = program.patch(&format!("/invoices/{id}"), json!({"payment_plan": instalments})).await;
    assert_eq!(refused.fields(), ["payment_plan.instalments", "payment_plan.instalments[1].percent"]);
    let instalments = json!({"kind": "instalments", "instalments": [
        {"amount": 9_040, "terms_days": 0}, {"amount": 10_000, "terms_days": 30},
    ]});
    let changed = program.patch(&format!("/invoices/{id}"), json!({"payment_plan": instalments})).await.expect(200);
    assert_eq!((&changed["payment_plan"], &changed["due_date"]), (&instalments, &json!("2026-12-22")));
    let minimum = json!({"kind": "minimum", "amount": 1_000});
    let changed = program.patch(&format!("/invoices/{id}"), json!({"payment_plan": minimum})).await.expect(200);
    assert_eq!((&changed["payment_plan"], &changed["due_now"]), (&minimum, &json!(19_040)));
    let changed = program.patch(&format!("/invoices/{id}"), json!({"payment_plan": null})).await.expect(200);
    assert_eq!((&changed["payment_plan"], &changed["due_date"]), (&Value::Null, &json!("2026-12-06")));
}

#[tokio::test]
async fn what_is_due_moves_on_as_parts_are_paid_and_days_pass() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let customer = program.anna().await;
    let deposit = json!({"kind": "deposit", "amount": 4_040, "terms_days": 7});
    let id = text(&program.post("/invoices", with(&customer, &deposit)).await.expect(201), "id");
    program.act(&format!("/invoices/{id}/issue")).await.expect(200);
    program.patch(&format!("/invoices/{id}"), json!({"payment_plan": null})).await.expect(409);
    app.clock.advance(8 * 24 * 3600);
    let invoice = program.invoice(&id).await;
    assert_eq!((&invoice["flags"], &invoice["due_now"]), (&json!(["overdue"]), &json!(4_040)));
    let payment = json!({"amount": 5_000, "method": "bank_transfer"});
    program.post(&format!("/invoices/{id}/payments"), payment).await.expect(201);
    let invoice = program.invoice(&id).await;
    assert_eq!((&invoice["flags"], &invoice["status"]), (&json!(["partially_paid"]), &json!("open")));
    assert_eq!((&invoice["amount_due"], &invoice["due_now"]), (&json!(14_040), &json!(14_040)));
    let open: Vec<_> = invoice["parts"].as_array().unwrap().iter().map(|part| part["amount_due"].clone()).collect();
    assert_eq!(open, [json!(0), json!(14_040)]);
    let checkout = program.act(&format!("/invoices/{id}/checkout")).await.expect(201);
    let attempt = program.get(&format!("/attempts/{}", text(&checkout, "attempt"))).await.expect(200);
    assert_eq!(attempt["amount"], json!(14_040));
}

#[tokio::test]
async fn a_plan_that_cannot_be_is_refused_by_its_fields() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let customer = program.anna().await;
    let table: Vec<(Value, &[&str])> = vec![
        (json!(5), &["payment_plan"]),
        (json!({}), &["payment_plan.kind"]),
        (json!({"kind": "sometimes"}), &["payment_plan.kind"]),
        (json!({"kind": "deposit"}), &["payment_plan.amount", "payment_plan.due_date"]),
        (
            json!({"kind": "deposit", "amount": 1, "percent": "5", "terms_days": 1, "colour": "red"}),
            &["payment_plan.percent", "payment_plan.colour"],
        ),
        (json!({"kind": "deposit", "amount": 30, "terms_days": 1}), &["payment_plan.amount"]),
        (json!({"kind": "deposit", "amount": 19_000, "terms_days": 1}), &["payment_plan.amount"]),
        (json!({"kind": "deposit", "amount": 1.5, "terms_days": 1}), &["payment_plan.amount"]),
        (json!({"kind": "deposit", "percent": "120", "terms_days": 1}), &["payment_plan.percent"]),
        (json!({"kind": "deposit", "percent": "50", "terms_days": 20}), &["payment_plan.terms_days"]),
        (json!({"kind": "minimum", "amount": 19_040}), &["payment_plan.amount"]),
        (json!({"kind": "instalments"}), &["payment_plan.instalments"]),
        (json!({"kind": "instalments", "instalments": []}), &["payment_plan.instalments"]),
        (
            json!({"kind": "instalments", "instalments": [
                {"amount": 19_010, "due_date": "2026-12-01"}, {"amount": 30, "due_date": "2027-01-01"},
            ]}),
            &["payment_plan.instalments[1].amount"],
        ),
        (
            json!({"kind": "instalments", "instalments": [
                {"percent": "50", "due_date": "2026-12-02"}, {"percent": "50", "due_date": "2026-12-01"},
            ]}),
            &["payment_plan.instalments[1].due_date"],
        ),
    ];
    for (plan, fields) in table {
        assert_eq!(program.post("/invoices", with(&customer, &plan)).await.fields(), fields, "{plan}");
    }
    assert!(program.get("/invoices").await.expect(200)["data"].as_array().unwrap().is_empty());
}
