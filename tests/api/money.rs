//! Money that comes: checkouts, attempts, payments, the log, and what needs a decision.

use serde_json::{Value, json};

use super::{design, names, text};
use crate::support::TestApp;
use quittance::billing::log::Channel;
use quittance::demo::stripe::{Card, Fault, Operation};
use quittance::payments::checkout::sync_session;
use quittance::payments::client::Patience;

/// Stripe's news arrives, as by webhook.
async fn news(app: &TestApp, session: &str) {
    let till = app.app.till().unwrap();
    sync_session(&till, session, Channel::Webhook, Some("evt_1"), Patience::Request).await.unwrap();
}

#[tokio::test]
async fn a_checkout_is_started_once_and_found_by_its_session() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let id = program.issued().await;
    let path = format!("/invoices/{id}/checkout");
    let answer = program.act(&path).await;
    assert_eq!(names(&answer.text()), ["attempt", "checkout_url", "expires_at"]);
    let first = answer.expect(201);
    assert!(text(&first, "checkout_url").starts_with(&app.stand_in.public_base()));
    assert_eq!(program.act(&path).await.expect(200), first, "the same live attempt");

    let answer = program.get(&format!("/attempts/{}", text(&first, "attempt"))).await;
    assert_eq!(names(&answer.text()), ["id", "invoice", "session", "status", "amount", "currency", "created_at"]);
    let attempt = answer.expect(200);
    assert_eq!(
        (&attempt["invoice"], &attempt["status"], &attempt["amount"], &attempt["currency"]),
        (&json!(id), &json!("pending"), &json!(19040), &json!("EUR"))
    );
    let session = text(&attempt, "session");
    assert_eq!(program.get(&format!("/attempts?session_id={session}")).await.expect(200), attempt);
    program.get("/attempts?session_id=cs_test_unknown").await.expect(404);
    assert_eq!(program.get("/attempts").await.fields(), ["session_id"]);

    app.stand_in.pay(&session, Card::Visa).unwrap();
    news(&app, &session).await;
    assert_eq!(program.get(&format!("/attempts?session_id={session}")).await.expect(200)["status"], "paid");
    let invoice = program.invoice(&id).await;
    assert_eq!(
        (&invoice["status"], &invoice["amount_paid"], &invoice["amount_due"], &invoice["paid_at"]),
        (&json!("paid"), &json!(19040), &json!(0), &json!("2026-11-22T12:00:00.000Z"))
    );
    program.act(&path).await.expect(409);
    program.act(&format!("/invoices/{id}/void")).await.expect(409);

    let answer = program.get("/payments").await;
    let payment = answer.expect(200)["data"][0].clone();
    let expected = json!({
        "id": payment["id"], "invoice": id, "customer": invoice["customer"], "method": "card", "amount": 19040,
        "currency": "EUR", "applied": 19040, "refunded": 0, "fee": 311, "net": 18729, "held": 0,
        "status": "received", "taken_back_at": null,
        "received_at": payment["received_at"], "stripe_payment_intent": payment["stripe_payment_intent"],
        "stripe_charge": payment["stripe_charge"], "payout": null,
    });
    assert_eq!(payment, expected);
    assert!(text(&payment, "stripe_payment_intent").starts_with("pi_"));
    assert!(text(&payment, "stripe_charge").starts_with("ch_"));
    let log = program.all(&format!("/invoices/{id}/log")).await;
    let kinds: Vec<_> = log.iter().map(|line| (text(line, "kind"), text(line, "source"))).collect();
    let expected =
        [("issued", "api"), ("checkout_started", "api"), ("payment_succeeded", "webhook"), ("mail_queued", "webhook")];
    assert_eq!(kinds, expected.map(|(kind, source)| (kind.to_owned(), source.to_owned())));
    assert_eq!((&log[1]["stripe_session"], &log[2]["stripe_session"]), (&json!(session), &json!(session)));
}

#[tokio::test]
async fn a_log_is_read_from_the_oldest_line_on() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let id = program.issued().await;
    program.act(&format!("/invoices/{id}/send")).await.expect(200);
    let answer = program.get(&format!("/invoices/{id}/log?limit=1")).await;
    let first = answer.expect(200);
    let line = json!({
        "seq": 1, "at": "2026-11-22T12:00:00.000Z", "kind": "issued", "source": "api", "amount": 19040, "currency": "EUR",
        "stripe_event": null, "stripe_session": null, "stripe_payment_intent": null,
        "detail": "Issued as TEST-2026-0001",
    });
    assert_eq!(first, json!({"data": [line], "next": 1}));
    let rest = program.get(&format!("/invoices/{id}/log?after=1")).await.expect(200);
    assert_eq!((&rest["data"][0]["seq"], &rest["next"]), (&json!(2), &Value::Null));
    assert_eq!((&rest["data"][0]["amount"], &rest["data"][0]["currency"]), (&Value::Null, &Value::Null));
    program.get("/invoices/inv_00000000000000000000000000/log").await.expect(404);
}

#[tokio::test]
async fn a_checkout_that_cannot_be_is_refused_for_its_reason() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let customer = program.anna().await;
    // Under Stripe's minimum, and in a currency that it does not take.
    for (currency, price) in [("EUR", "0.10"), ("KPW", "500")] {
        let line = json!({"description": "A", "quantity": "1", "unit_price": price});
        let body = json!({"customer": customer, "currency": currency, "lines": [line]});
        let id = text(&program.post("/invoices", body).await.expect(201), "id");
        program.act(&format!("/invoices/{id}/issue")).await.expect(200);
        program.act(&format!("/invoices/{id}/checkout")).await.expect(409);
    }
    let id = program.issued().await;
    app.stand_in.fault_always(Operation::CreateSession, Fault::Status(500));
    let answer = program.act(&format!("/invoices/{id}/checkout")).await;
    answer.expect(503);
    assert!(answer.header("retry-after").is_some());
    app.stand_in.clear_faults();
}

#[tokio::test]
async fn without_a_key_there_is_no_checkout() {
    let app = TestApp::start_with(|config| config.stripe.secret_key = None).await;
    let program = app.program().await;
    let id = program.issued().await;
    assert_eq!(program.invoice(&id).await["number"], "2026-0001", "no test key, no test number");
    program.act(&format!("/invoices/{id}/checkout")).await.expect(409);
    program.act("/reconciliations").await.expect(409);
}

#[tokio::test]
async fn a_live_key_waits_for_https() {
    let key = "sk_live_quittance_test_0123456789";
    let app = TestApp::start_with(|config| config.stripe.secret_key = Some(key.parse().unwrap())).await;
    let program = app.program().await;
    let draft = program.draft().await;
    let refused = program.act(&format!("/invoices/{draft}/send")).await.expect(409);
    assert!(text(&refused, "detail").contains("https://"), "{refused}");
    assert_eq!(program.invoice(&draft).await["status"], "draft");
    program.act(&format!("/invoices/{draft}/issue")).await.expect(200);
    for act in ["remind", "checkout"] {
        program.act(&format!("/invoices/{draft}/{act}")).await.expect(409);
    }
}

#[tokio::test]
async fn money_received_elsewhere_is_recorded() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let id = program.issued().await;
    let path = format!("/invoices/{id}/payments");
    let body = json!({"amount": 9000, "method": "bank_transfer", "received_on": "2026-11-20", "reference": "RF18"});
    let payment = program.post(&path, body.clone()).await.expect(201);
    let again = program.post(&path, body).await;
    let said = again.expect(409);
    assert!(said["detail"].as_str().unwrap().contains("RF18” is recorded already"), "a statement read twice: {said}");
    let expected = json!({
        "id": payment["id"], "invoice": id, "customer": program.invoice(&id).await["customer"],
        "method": "bank_transfer", "amount": 9000, "currency": "EUR", "applied": 9000, "refunded": 0, "fee": 0,
        "held": 0, "status": "received", "taken_back_at": null,
        "net": 9000, "received_at": "2026-11-20T00:00:00.000Z", "stripe_payment_intent": null, "stripe_charge": null,
        "payout": null,
    });
    assert_eq!(payment, expected);
    let log = program.all(&format!("/invoices/{id}/log")).await;
    assert_eq!(text(&log[1], "detail"), "Bank transfer, received on 2026-11-20, reference RF18");
    let invoice = program.invoice(&id).await;
    assert_eq!(
        (&invoice["status"], &invoice["flags"], &invoice["amount_due"]),
        (&json!("open"), &json!(["partially_paid"]), &json!(10040))
    );
    for (body, fields) in [
        (json!({}), vec!["amount", "method"]),
        (json!({"amount": 0, "method": "cash"}), vec!["amount"]),
        (json!({"amount": -5, "method": "cash"}), vec!["amount"]),
        (json!({"amount": 10.5, "method": "cash"}), vec!["amount"]),
        (json!({"amount": "100", "method": "cash"}), vec!["amount"]),
        (json!({"amount": i64::MAX, "method": "cash"}), vec!["amount"]),
        (json!({"amount": u64::MAX, "method": "cash"}), vec!["amount"]),
        (json!({"amount": 1, "method": "card"}), vec!["method"]),
        (json!({"amount": 1, "method": "stripe"}), vec!["method"]),
        (json!({"amount": 1, "method": "cash", "received_on": "2026-11-23"}), vec!["received_on"]),
        (json!({"amount": 1, "method": "cash", "received_on": "2025-11-21"}), vec!["received_on"]),
        (json!({"amount": 1, "method": "cash", "received_on": "1900-01-01"}), vec!["received_on"]),
        (
            json!({"amount": 1, "method": "cash", "received_on": "x", "currency": "EUR"}),
            vec!["received_on", "currency"],
        ),
    ] {
        assert_eq!(program.post(&path, body.clone()).await.fields(), fields, "{body}");
    }
    assert_eq!(program.invoice(&id).await, invoice);
    let draft = program.draft().await;
    let body = json!({"amount": 1, "method": "cash"});
    program.post(&format!("/invoices/{draft}/payments"), body).await.expect(409);
}

#[tokio::test]
async fn money_beyond_what_is_due_is_decided_by_review() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let (paid, other) = (program.issued().await, program.issued().await);
    let body = json!({"amount": 20000, "method": "cash"});
    let payment = program.post(&format!("/invoices/{paid}/payments"), body).await.expect(201);
    assert_eq!(payment["applied"], 19040);
    let answer = program.get("/reviews?status=open").await;
    let review = answer.expect(200)["data"][0].clone();
    let expected = json!({
        "id": review["id"], "invoice": paid, "reason": "overpayment", "status": "open",
        "opened_at": "2026-11-22T12:00:00.000Z", "detail": review["detail"], "actions": ["keep_credit", "refund", "link", "ignore"],
        "evidence": {"amount": {"cash": "200.00 EUR", "books": "190.40 EUR"}}, "resolution": null,
    });
    assert_eq!(review, expected);
    let flags = json!(["overpaid", "needs_review"]);
    assert_eq!(program.invoice(&paid).await["flags"], flags);

    let path = format!("/reviews/{}/resolve", text(&review, "id"));
    assert_eq!(program.post(&path, json!({})).await.fields(), ["action"]);
    assert_eq!(program.post(&path, json!({"action": "explode"})).await.fields(), ["action"]);
    assert_eq!(program.post(&path, json!({"action": "apply"})).await.fields(), ["action"]);
    assert_eq!(program.post(&path, json!({"action": "link"})).await.fields(), ["invoice"]);
    let body = json!({"action": "link", "note": "Same customer", "invoice": other});
    let resolved = program.post(&path, body.clone()).await.expect(200);
    assert_eq!((&resolved["status"], &resolved["actions"]), (&json!("resolved"), &json!([])));
    let resolution = json!({"action": "link", "note": "Same customer", "at": "2026-11-22T12:00:00.000Z", "by": "test"});
    assert_eq!(resolved["resolution"], resolution);
    let log = program.all(&format!("/invoices/{other}/log")).await;
    let line = log.last().unwrap();
    assert_eq!((&line["kind"], &line["amount"]), (&json!("payment_recorded"), &json!(960)));
    assert_eq!(line["about"], "credit_applied", "it is no new money");
    assert_eq!(text(line, "detail"), "9.60 EUR of the money that was held was applied by test");
    program.post(&path, body).await.expect(409);
    assert_eq!(program.invoice(&other).await["amount_paid"], 960);
    assert_eq!(program.all("/payments").await[0]["applied"], 20000);
    assert_eq!(program.all("/reviews?status=open").await.len(), 0);
    assert_eq!(program.all("/reviews?status=resolved").await, [resolved]);
    assert_eq!(program.get("/reviews?status=done").await.fields(), ["status"]);
}

#[tokio::test]
async fn a_backdated_payment_counts_from_its_day_in_the_business_zone() {
    let app = TestApp::start().await;
    let program = app.program().await;
    program.patch("/settings", json!({"time_zone": "America/New_York"})).await.expect(200);
    let id = program.issued().await;
    let path = format!("/invoices/{id}/payments");
    for (day, at) in [
        (json!("2026-07-01"), "2026-07-01T04:00:00.000Z"),
        (json!("2026-11-22"), "2026-11-22T05:00:00.000Z"),
        (Value::Null, "2026-11-22T12:00:00.000Z"),
    ] {
        let body = json!({"amount": 1, "method": "cash", "received_on": day});
        assert_eq!(program.post(&path, body).await.expect(201)["received_at"], at, "{day}");
    }
    let rest = json!({"amount": 19037, "method": "cash", "received_on": "2026-07-01"});
    program.post(&path, rest).await.expect(201);
    let invoice = program.invoice(&id).await;
    assert_eq!((&invoice["status"], &invoice["paid_at"]), (&json!("paid"), &invoice["issued_at"]));
}

#[tokio::test]
async fn money_that_is_held_is_not_asked_for_again() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let id = program.issued().await;
    let checkout = format!("/invoices/{id}/checkout");
    program.act(&checkout).await.expect(201);
    let attempt = app.app.store.read(|r| r.attempts(None, 1)).unwrap().remove(0);
    let session = attempt.session.unwrap();
    app.stand_in.pay(&session, Card::Visa).unwrap();
    app.stand_in.mutate_amount(&session, 9000);
    news(&app, &session).await;
    let refused = program.act(&checkout).await.expect(409);
    assert!(text(&refused, "detail").contains("has arrived and is held"), "{refused}");
    program.act(&format!("/invoices/{id}/remind")).await.expect(409);
    let review = program.all("/reviews").await.remove(0);
    assert_eq!(review["actions"], json!(["apply", "write_off", "keep_credit", "refund", "link", "ignore"]));

    // What is paid otherwise meanwhile changes what can be decided, whatever was offered.
    let resolve = format!("/reviews/{}/resolve", text(&review, "id"));
    let body = json!({"amount": 19040, "method": "cash"});
    program.post(&format!("/invoices/{id}/payments"), body).await.expect(201);
    let review = program.all("/reviews").await.remove(0);
    assert_eq!(review["actions"], json!(["keep_credit", "refund", "ignore"]));
    for action in ["apply", "write_off"] {
        program.post(&resolve, json!({ "action": action })).await.expect(409);
    }
    program.post(&resolve, json!({"action": "keep_credit"})).await.expect(200);

    let undo = format!("/reviews/{}/undo", text(&review, "id"));
    let open = program.post(&undo, json!({"note": "a slip"})).await.expect(200);
    assert_eq!(
        (&open["status"], &open["resolution"], &open["actions"]),
        (&json!("open"), &Value::Null, &review["actions"])
    );
    program.act(&undo).await.expect(409);
    program.post(&undo, json!({"why": "x"})).await.expect(422);
    program.act("/reviews/rev_00000000000000000000000000/undo").await.expect(404);
    program.post(&resolve, json!({"action": "keep_credit"})).await.expect(200);
}

#[tokio::test]
async fn a_small_difference_is_written_off_and_the_invoice_is_paid() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let id = program.issued().await;
    program.act(&format!("/invoices/{id}/checkout")).await.expect(201);
    let session = app.app.store.read(|r| r.attempts(None, 1)).unwrap().remove(0).session.unwrap();
    app.stand_in.pay(&session, Card::Visa).unwrap();
    app.stand_in.mutate_amount(&session, 19_000);
    news(&app, &session).await;
    let review = program.all("/reviews").await.remove(0);
    let resolve = format!("/reviews/{}/resolve", text(&review, "id"));
    program.post(&resolve, json!({"action": "write_off", "note": "bank charges"})).await.expect(200);
    let invoice = program.invoice(&id).await;
    assert_eq!(
        (&invoice["status"], &invoice["amount_due"], &invoice["amount_paid"]),
        (&json!("paid"), &json!(0), &json!(19_000))
    );
}

#[tokio::test]
async fn what_a_program_closes_is_logged_as_its_doing() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let id = program.issued().await;
    program.act(&format!("/invoices/{id}/checkout")).await.expect(201);
    program.act(&format!("/invoices/{id}/void")).await.expect(200);
    let log = program.all(&format!("/invoices/{id}/log")).await;
    let kinds: Vec<_> = log.iter().map(|line| (text(line, "kind"), text(line, "source"))).collect();
    let expected = ["issued", "checkout_started", "checkout_canceled", "voided"];
    assert_eq!(kinds, expected.map(|kind| (kind.to_owned(), "api".to_owned())));
}

#[tokio::test]
async fn lists_of_nothing_know_no_place_to_go_on_from() {
    let app = TestApp::start().await;
    let program = app.program().await;
    for list in ["/refunds", "/disputes"] {
        assert_eq!(program.all(list).await.len(), 0);
        assert_eq!(program.get(&format!("{list}?after=zzz")).await.fields(), ["after"]);
    }
}

#[tokio::test]
async fn amounts_are_iso_minor_units_in_every_currency() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let customer = program.anna().await;
    for (currency, price, total) in
        [("JPY", "500", 500), ("ISK", "5000", 5000), ("KWD", "12.345", 12345), ("EUR", "119", 11900)]
    {
        let line = json!({"description": "A", "quantity": "1", "unit_price": price});
        let body = json!({"customer": customer, "currency": currency, "lines": [line]});
        let id = text(&program.post("/invoices", body).await.expect(201), "id");
        let invoice = program.act(&format!("/invoices/{id}/issue")).await.expect(200);
        assert_eq!((&invoice["currency"], &invoice["total"]), (&json!(currency), &json!(total)));
    }
    let body = json!({"customer": customer, "lines": [design()]});
    assert_eq!(program.post("/invoices", body).await.expect(201)["currency"], "EUR", "as the settings say");
}

#[tokio::test]
async fn an_amount_without_its_decimal_mark_is_noticed() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let id = program.issued().await;
    let path = format!("/invoices/{id}/payments");
    let body = json!({"amount": 19_040 * 100 + 1, "method": "cash"});
    assert_eq!(program.post(&path, body).await.fields(), ["amount"]);
    assert_eq!(program.invoice(&id).await["amount_paid"], 0);
}
