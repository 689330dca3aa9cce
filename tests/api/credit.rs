//! Credit notes and customers' credit, as programs meet them.

use serde_json::{Value, json};

use super::{Program, design, names, text};
use crate::support::TestApp;
use quittance::demo::stripe::{Card, DisputeOrder, Fault, Operation};

impl Program<'_> {
    /// Records a bank transfer.
    async fn paid(&self, invoice: &str, amount: i64) {
        let body = json!({"amount": amount, "method": "bank_transfer"});
        self.post(&format!("/invoices/{invoice}/payments"), body).await.expect(201);
    }

    async fn credit(&self, invoice: &str, body: Value) -> crate::support::Answer {
        self.post(&format!("/invoices/{invoice}/credit_notes"), body).await
    }
}

#[tokio::test]
async fn a_credit_note_says_what_it_takes_back_and_what_becomes_of_it() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let id = program.issued().await;
    let invoice = program.invoice(&id).await;
    let answer = program.credit(&id, json!({"amount": 1190, "reason": "Late"})).await;
    let expected = [
        "id",
        "number",
        "invoice",
        "customer",
        "currency",
        "prices_include_tax",
        "lines",
        "subtotal",
        "taxes",
        "tax",
        "total",
        "reason",
        "settle",
        "settled",
        "credit_left",
        "refunds",
        "issued_at",
    ];
    assert_eq!(names(&answer.text()), expected);
    let first = answer.expect(201);
    assert_eq!(
        (&first["number"], &first["subtotal"], &first["tax"], &first["total"], &first["reason"], &first["settle"]),
        (&json!("TEST-CN-2026-0001"), &json!(1000), &json!(190), &json!(1190), &json!("Late"), &json!("invoice"))
    );
    assert_eq!(first["taxes"], json!([{"rate": "19", "base": 1000, "amount": 190}]));
    assert_eq!(first["settled"], json!({"invoice": 1190, "customer_credit": 0, "refund": 0, "taken_back": 0}));
    let now = program.invoice(&id).await;
    assert_eq!(
        (&now["total"], &now["amount_due"], &now["status"], &now["amount_credited"]),
        (&invoice["total"], &json!(17850), &json!("open"), &json!(1190))
    );

    let line = text(&invoice["lines"][0], "id");
    let half = program.credit(&id, json!({"lines": [{"id": line, "quantity": "1"}]})).await.expect(201);
    assert_eq!((&half["subtotal"], &half["lines"][0]["quantity"]), (&json!(8000), &json!("1")));
    let rest = program.credit(&id, json!({"lines": [{"id": line}]})).await.expect(201);
    assert_eq!((&rest["total"], &rest["number"]), (&json!(19040 - 1190 - 9520), &json!("TEST-CN-2026-0003")));
    let now = program.invoice(&id).await;
    assert_eq!((&now["status"], &now["amount_due"], &now["amount_paid"]), (&json!("paid"), &json!(0), &json!(0)));

    let all = program.all(&format!("/invoices/{id}/credit_notes")).await;
    assert_eq!(all, [rest.clone(), half.clone(), first.clone()], "newest first");
    assert_eq!(program.all("/credit_notes").await, all);
    let page =
        program.get(&format!("/invoices/{id}/credit_notes?limit=1&after={}", text(&rest, "id"))).await.expect(200);
    assert_eq!((&page["data"][0], &page["next"]), (&half, &half["id"]));
    assert_eq!(program.get(&format!("/credit_notes/{}", text(&first, "id"))).await.expect(200), first);
    program.get("/credit_notes/crn_00000000000000000000000000").await.expect(404);
}

#[tokio::test]
async fn what_cannot_be_credited_is_refused_with_what_can() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let draft = program.draft().await;
    program.credit(&draft, json!({"amount": 1})).await.expect(409);
    let id = program.issued().await;
    for (body, field) in [
        (json!({}), "amount"),
        (json!({"amount": 0}), "amount"),
        (json!({"amount": 19041}), "amount"),
        (json!({"amount": 1.5}), "amount"),
        (json!({"amount": 1, "lines": []}), "amount"),
        (json!({"lines": []}), "lines"),
        (json!({"lines": [{"id": "9"}]}), "lines[0].id"),
        (json!({"lines": [{"quantity": "1"}]}), "lines[0].id"),
        (json!({"lines": [{"id": "1", "quantity": "3"}]}), "lines[0].quantity"),
        (json!({"lines": [{"id": "1", "amount": 16001}]}), "lines[0].amount"),
        (json!({"lines": [{"id": "1", "amount": 1, "quantity": "1"}]}), "lines[0].amount"),
        (json!({"amount": 1, "settle": "cash"}), "settle"),
        (json!({"amount": 1, "why": "x"}), "why"),
    ] {
        assert_eq!(program.credit(&id, body.clone()).await.fields(), [field], "{body}");
    }
    let answer = program.credit(&id, json!({"amount": 19041})).await;
    assert!(answer.text().contains("At most 190.40 EUR"), "{}", answer.text());

    program.paid(&id, 19040).await;
    let answer = program.credit(&id, json!({"amount": 100, "settle": "invoice"})).await;
    assert_eq!(answer.fields(), ["settle"]);
    assert!(answer.text().contains("Only 0.00 EUR is due"), "{}", answer.text());
    program.act(&format!("/invoices/{id}/void")).await.expect(409);

    let void = program.issued().await;
    program.act(&format!("/invoices/{void}/void")).await.expect(200);
    program.credit(&void, json!({"amount": 1})).await.expect(409);
}

#[tokio::test]
async fn credit_of_a_customer_pays_another_invoice() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let first = program.issued().await;
    let customer = text(&program.invoice(&first).await, "customer");
    let body = json!({"customer": customer, "currency": "EUR", "lines": [design()]});
    let second = text(&program.post("/invoices", body).await.expect(201), "id");
    program.act(&format!("/invoices/{second}/issue")).await.expect(200);
    program.paid(&first, 19040).await;
    let note = program.credit(&first, json!({"amount": 2000, "settle": "customer_credit"})).await.expect(201);
    assert_eq!(note["settled"], json!({"invoice": 0, "customer_credit": 2000, "refund": 0, "taken_back": 0}));
    let customer = format!("/customers/{}", text(&note, "customer"));
    assert_eq!(program.get(&customer).await.expect(200)["credit"], json!([{"currency": "EUR", "amount": 2000}]));

    let use_credit = format!("/invoices/{second}/apply_credit");
    assert_eq!(program.post(&use_credit, json!({"amount": 2001})).await.fields(), ["amount"]);
    assert_eq!(program.post(&use_credit, json!({"amount": 0})).await.fields(), ["amount"]);
    assert_eq!(program.post(&use_credit, json!({})).await.fields(), ["amount"]);
    let invoice = program.post(&use_credit, json!({"amount": 1500})).await.expect(200);
    assert_eq!((&invoice["amount_due"], &invoice["amount_paid"]), (&json!(17540), &json!(1500)));
    assert_eq!(program.get(&customer).await.expect(200)["credit"], json!([{"currency": "EUR", "amount": 500}]));
    let log = program.all(&format!("/invoices/{second}/log")).await;
    let last = log.last().unwrap();
    assert_eq!((text(last, "kind"), &last["amount"]), ("payment_recorded".to_owned(), &json!(1500)));
    assert_eq!(last["about"], "credit_applied", "it is no new money");
    assert!(text(last, "detail").contains("from credit note TEST-CN-2026-0001"), "{last}");
    program.post(&format!("/invoices/{first}/apply_credit"), json!({"amount": 1})).await.expect(409);
}

#[tokio::test]
async fn what_a_note_pays_back_is_refunded_with_it_and_the_rest_later() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let id = program.issued().await;
    program.paid(&id, 19040).await;
    let body = json!({"amount": 1190, "settle": "refund", "method": "cash"});
    let note = program.credit(&id, body).await.expect(201);
    assert_eq!(note["settled"], json!({"invoice": 0, "customer_credit": 0, "refund": 1190, "taken_back": 0}));
    let refunds = program.all("/refunds").await;
    assert_eq!(note["refunds"], json!([refunds[0]["id"]]));
    assert_eq!(
        (&refunds[0]["amount"], &refunds[0]["status"], &refunds[0]["credit_note"]),
        (&json!(1190), &json!("succeeded"), &note["id"])
    );

    let kept = program.credit(&id, json!({"amount": 2380, "settle": "customer_credit"})).await.expect(201);
    let back = format!("/invoices/{id}/refunds");
    let too_much = program.post(&back, json!({"amount": 2381, "credit_note": kept["id"]})).await;
    assert_eq!(too_much.fields(), ["amount"]);
    program
        .post(&back, json!({"amount": 2000, "credit_note": kept["id"], "method": "bank_transfer"}))
        .await
        .expect(201);
    let kept = program.get(&format!("/credit_notes/{}", text(&kept, "id"))).await.expect(200);
    assert_eq!((&kept["settled"]["refund"], &kept["credit_left"]), (&json!(2000), &json!(380)));
    let other = program.issued().await;
    let wrong =
        program.post(&format!("/invoices/{other}/refunds"), json!({"amount": 1, "credit_note": kept["id"]})).await;
    assert_eq!(wrong.fields(), ["credit_note"]);
    assert_eq!(program.invoice(&id).await["amount_refunded"], 3190);
}

#[tokio::test]
async fn more_than_was_paid_is_not_paid_back_and_no_note_is_issued() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let id = program.issued().await;
    let other = program.issued().await;
    program.paid(&other, 19040).await;
    let note = program.credit(&other, json!({"amount": 1000, "settle": "customer_credit"})).await.expect(201);
    // What paid this invoice was never paid for it as money, so there is no payment to give back.
    let customer = text(&note, "customer");
    let body = json!({"customer": customer, "currency": "EUR", "lines": [design()]});
    let second = text(&program.post("/invoices", body).await.expect(201), "id");
    program.act(&format!("/invoices/{second}/issue")).await.expect(200);
    program.post(&format!("/invoices/{second}/apply_credit"), json!({"amount": 1000})).await.expect(200);
    let refused = program.credit(&second, json!({"amount": 19040, "settle": "refund"})).await;
    refused.expect(409);
    program.credit(&id, json!({"amount": 1000, "settle": "refund"})).await.expect(201);
    assert_eq!(program.all("/refunds").await.len(), 0, "what was due was reduced, and nothing was paid back");
}

#[tokio::test]
async fn an_invoice_is_corrected_and_reissued_in_one_step() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let id = program.issued().await;
    program.paid(&id, 19040).await;
    let made = program.post(&format!("/invoices/{id}/reissue"), json!({"reason": "Wrong address"})).await.expect(201);
    assert_eq!(
        (&made["credit_note"]["total"], &made["credit_note"]["reason"]),
        (&json!(19040), &json!("Wrong address"))
    );
    let draft = text(&made["invoice"], "id");
    assert_eq!((&made["invoice"]["status"], &made["invoice"]["total"]), (&json!("draft"), &json!(19040)));
    assert!(text(&made["invoice"], "notes").starts_with("Replaces invoice TEST-"), "{made}");
    program.act(&format!("/invoices/{draft}/issue")).await.expect(200);
    let paid = program.post(&format!("/invoices/{draft}/apply_credit"), json!({"amount": 19040})).await.expect(200);
    assert_eq!(paid["status"], "paid");
    program.post(&format!("/invoices/{id}/reissue"), json!({})).await.expect(422);
    let draft = program.draft().await;
    program.post(&format!("/invoices/{draft}/reissue"), json!({})).await.expect(409);
}

#[tokio::test]
async fn e2_an_open_checkout_is_closed_before_what_is_due_changes() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let id = program.issued().await;
    program.act(&format!("/invoices/{id}/checkout")).await.expect(201);
    app.stand_in.fault_always(Operation::ExpireSession, Fault::Status(503));
    program.credit(&id, json!({"amount": 100})).await.expect(503);
    assert!(program.all("/credit_notes").await.is_empty());
    app.stand_in.clear_faults();
    program.credit(&id, json!({"amount": 100})).await.expect(201);
    let attempt = program.act(&format!("/invoices/{id}/checkout")).await.expect(201);
    let attempt = program.get(&format!("/attempts/{}", text(&attempt, "attempt"))).await.expect(200);
    assert_eq!(attempt["amount"], 18940, "the next one asks for what is due now");
}

#[tokio::test]
async fn the_same_request_twice_credits_once_and_may_mail_the_note() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let id = program.issued().await;
    let body = json!({"amount": 1190, "send": true});
    let ask = || {
        program.ask("POST", &format!("/invoices/{id}/credit_notes")).header("idempotency-key", "one").json(&body).send()
    };
    let first = ask().await.expect(201);
    assert_eq!(ask().await.expect(201), first);
    assert_eq!(program.all("/credit_notes").await, [first]);
    let mails = program.all("/outbox").await;
    assert_eq!(mails.iter().filter(|mail| mail["kind"] == "credit_note").count(), 1);
}

#[tokio::test]
async fn the_series_of_credit_notes_is_set_like_that_of_invoices() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let usual = program.get("/settings").await.expect(200);
    assert_eq!(usual["credit_note_numbering"], json!({"pattern": "CN-{YYYY}-{SEQ:4}", "next": 1}));
    let body = json!({"credit_note_numbering": {"pattern": "G{SEQ:3}", "next": 40}});
    let set = program.patch("/settings", body).await.expect(200);
    assert_eq!(set["credit_note_numbering"], json!({"pattern": "G{SEQ:3}", "next": 40}));
    assert_eq!(set["numbering"], usual["numbering"]);
    for (body, field) in [
        (json!({"credit_note_numbering": {"pattern": "{YYYY}"}}), "credit_note_numbering.pattern"),
        (json!({"credit_note_numbering": {"next": 0}}), "credit_note_numbering.next"),
        (json!({"credit_note_numbering": {"prefix": "x"}}), "credit_note_numbering.prefix"),
        (json!({"credit_note_numbering": {"pattern": usual["numbering"]["pattern"]}}), "credit_note_numbering.pattern"),
        (json!({"numbering": {"pattern": "G{SEQ:3}"}}), "credit_note_numbering.pattern"),
    ] {
        assert_eq!(program.patch("/settings", body.clone()).await.fields(), [field], "{body}");
    }
    let id = program.issued().await;
    let note = program.credit(&id, json!({"amount": 100})).await.expect(201);
    assert_eq!(note["number"], "TEST-G040");
    let refused = program.patch("/settings", json!({"credit_note_numbering": {"next": 40}})).await;
    assert_eq!(refused.fields(), ["credit_note_numbering.next"]);
}

#[tokio::test]
async fn what_a_bank_took_back_is_nothing_that_a_note_refunds() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let invoice = app.invoice("119.00").await;
    app.click_pay(&invoice).await;
    app.stand_in.pay(&app.session(&invoice), Card::Visa).unwrap();
    app.work_off().await;
    let intent = text(&program.all("/payments").await[0], "stripe_payment_intent");
    let dispute = app.stand_in.dispute(&intent, &DisputeOrder::chargeback()).unwrap();
    app.stand_in.close_dispute(dispute["id"].as_str().unwrap(), "lost").unwrap();
    app.work_off().await;
    let id = invoice.id.to_string();
    let note = program.credit(&id, json!({"amount": 10_000, "settle": "customer_credit"})).await.expect(201);
    let settled = json!({"invoice": 0, "customer_credit": 0, "refund": 0, "taken_back": 10_000});
    assert_eq!((&note["settled"], &note["refunds"], &note["credit_left"]), (&settled, &json!([]), &json!(0)));
}
