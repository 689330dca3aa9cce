//! `/invoices`: from a draft to a document, and what may be done to either.

use serde_json::{Value, json};

use super::{design, ids, names, text};
use crate::support::TestApp;

/// CONTRACT.md's example, name by name.
const INVOICE: [&str; 30] = [
    "id",
    "number",
    "status",
    "flags",
    "customer",
    "currency",
    "issue_date",
    "due_date",
    "prices_include_tax",
    "notes",
    "reference",
    "lines",
    "subtotal",
    "taxes",
    "tax",
    "total",
    "amount_paid",
    "amount_refunded",
    "amount_due",
    "public_url",
    "created_at",
    "issued_at",
    "paid_at",
    // Beyond the example.
    "delivery_date",
    "cc",
    "due_now",
    "payment_plan",
    "parts",
    "fee_passthrough",
    "amount_credited",
];

#[tokio::test]
async fn an_invoice_looks_like_the_contracts_example() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let customer = program.anna().await;
    let body = json!({
        "customer": customer, "currency": "EUR", "lines": [design()], "due_date": "2026-12-06", "reference": "PO 77",
    });
    let draft = program.post("/invoices", body).await.expect(201);
    let id = text(&draft, "id");
    assert_eq!(draft["status"], "draft");
    for absent in ["number", "issue_date", "public_url", "issued_at", "paid_at"] {
        assert_eq!(draft[absent], Value::Null, "{absent}");
    }
    let answer = program.act(&format!("/invoices/{id}/issue")).await;
    assert_eq!(names(&answer.text()), INVOICE);
    let invoice = answer.expect(200);
    let url = text(&invoice, "public_url");
    assert!(url.starts_with(&format!("{}/i/", app.base)), "{url}");
    let expected = json!({
        "id": id, "number": "TEST-2026-0001", "status": "open", "flags": [],
        "customer": customer, "currency": "EUR", "issue_date": "2026-11-22", "due_date": "2026-12-06",
        "prices_include_tax": false, "notes": "", "reference": "PO 77",
        "lines": [{"id": "1", "description": "Design", "quantity": "2", "unit": "h", "unit_price": "80.00",
                   "discount": "0", "tax_rate": "19", "optional": false, "selected": true, "net": 16000, "tax": 3040,
                   "tax_category": "S"}],
        "delivery_date": null, "cc": [],
        "subtotal": 16000, "taxes": [{"rate": "19", "base": 16000, "amount": 3040}], "tax": 3040, "total": 19040,
        "amount_paid": 0, "amount_refunded": 0, "amount_due": 19040,
        "due_now": 19040, "payment_plan": null,
        "parts": [{"amount": 19040, "due_date": "2026-12-06", "amount_due": 19040}], "fee_passthrough": null,
        "amount_credited": 0,
        "public_url": url, "created_at": "2026-11-22T12:00:00.000Z", "issued_at": "2026-11-22T12:00:00.000Z", "paid_at": null,
    });
    assert_eq!(invoice, expected);
    let line = answer_line(&app, &program.token, &id).await;
    let line_names = [
        "id",
        "description",
        "quantity",
        "unit",
        "unit_price",
        "discount",
        "tax_rate",
        "optional",
        "selected",
        "net",
        "tax",
        // Beyond the example.
        "tax_category",
    ];
    assert_eq!(names(&line), line_names);

    app.clock.advance(15 * 86_400);
    assert_eq!(program.invoice(&id).await["flags"], json!(["overdue"]));
}

/// The bytes of an invoice's first line.
async fn answer_line(app: &TestApp, token: &str, id: &str) -> String {
    let ask = app.ask("GET", &format!("/api/v1/invoices/{id}")).header("authorization", &format!("Bearer {token}"));
    let text = ask.send().await.text();
    let lines = text.split_once(r#""lines":["#).unwrap().1;
    lines[..=lines.find('}').unwrap()].to_owned()
}

#[tokio::test]
async fn every_wrong_field_of_an_invoice_is_named_by_its_path() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let customer = program.anna().await;
    let with = |more: Value| {
        let mut body = json!({"customer": customer, "currency": "EUR", "lines": [design()]});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let line = |more: Value| {
        let mut line = design();
        line.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        with(json!({ "lines": [design(), line] }))
    };
    for (body, fields) in [
        (json!({}), vec!["customer", "lines"]),
        (with(json!({"lines": []})), vec!["lines"]),
        (with(json!({"lines": {}})), vec!["lines"]),
        (with(json!({"lines": [{}]})), vec!["lines[0].description", "lines[0].quantity", "lines[0].unit_price"]),
        (line(json!({"quantity": 2, "unit_price": 80.0})), vec!["lines[1].quantity", "lines[1].unit_price"]),
        (line(json!({"quantity": "1e3"})), vec!["lines[1].quantity"]),
        (line(json!({"tax_rate": "-19"})), vec!["lines[1].tax_rate"]),
        (line(json!({"tax_rate": "19", "tax_category": "AE"})), vec!["lines[1].tax_rate"]),
        (line(json!({"tax_category": "X"})), vec!["lines[1].tax_category"]),
        (line(json!({"discount": "100.01"})), vec!["lines[1].discount"]),
        (line(json!({"description": " "})), vec!["lines[1].description"]),
        (line(json!({"net": 1})), vec!["lines[1].net"]),
        (line(json!({"selected": false})), vec!["lines[1].selected"]),
        (line(json!({"unit_price": "999999999999", "quantity": "999999999999"})), vec!["lines[1].unit_price"]),
        (line(json!({"unit_price": "99999999999999999999"})), vec!["lines[1].unit_price"]),
        (line(json!({"unit_price": "-500"})), vec!["lines"]),
        (with(json!({"currency": "XXX"})), vec!["currency"]),
        (with(json!({"currency": "XAU"})), vec!["currency"]),
        (with(json!({"customer": "cus_00000000000000000000000000"})), vec!["customer"]),
        (with(json!({"customer": "anna"})), vec!["customer"]),
        (with(json!({"due_date": "2026-12-06", "terms_days": 14})), vec!["terms_days"]),
        (with(json!({"due_date": "06.12.2026"})), vec!["due_date"]),
        (with(json!({"due_date": "2126-12-06"})), vec!["due_date"]),
        (with(json!({"terms_days": -1})), vec!["terms_days"]),
        (with(json!({"terms_days": 366})), vec!["terms_days"]),
        (with(json!({"delivery_date": "soon"})), vec!["delivery_date"]),
        (with(json!({"cc": ["a@example.com", "b"]})), vec!["cc[1]"]),
        (with(json!({"cc": "a@example.com"})), vec!["cc"]),
        (with(json!({"notes": "x".repeat(5_001)})), vec!["notes"]),
        (with(json!({"prices_include_tax": "yes", "total": 1})), vec!["prices_include_tax", "total"]),
        (
            with(json!({"lines": [
                {"description": " ", "quantity": "x", "unit_price": "1"},
                {"description": "", "quantity": "1", "unit_price": "1", "tax_rate": "19", "tax_category": "AE"},
            ], "cc": ["b"], "due_date": "soon"})),
            vec![
                "lines[0].quantity",
                "due_date",
                "cc[0]",
                "lines[0].description",
                "lines[1].description",
                "lines[1].tax_rate",
            ],
        ),
        (with(json!({"notes": "x".repeat(5_001), "due_date": "2126-12-06"})), vec!["notes", "due_date"]),
    ] {
        assert_eq!(program.post("/invoices", body.clone()).await.fields(), fields, "{body}");
    }
    assert_eq!(program.all("/invoices").await.len(), 0, "nothing was stored");
}

#[tokio::test]
async fn a_draft_has_no_link_and_its_id_is_none() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let id = program.draft().await;
    assert_eq!(program.invoice(&id).await["public_url"], Value::Null);
    for (method, below) in [("GET", ""), ("GET", "/status"), ("GET", "/return"), ("POST", "/checkout")] {
        assert_eq!(app.ask(method, &format!("/i/{id}{below}")).send().await.status, 404, "{method} {below}");
    }
}

#[tokio::test]
async fn a_draft_changes_field_by_field_and_goes() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let id = program.draft().await;
    let path = format!("/invoices/{id}");
    assert_eq!(program.invoice(&id).await["due_date"], "2026-12-06", "fourteen days, as the settings say");
    let change = json!({
        "notes": "Thank you", "terms_days": 30, "delivery_date": "2026-11-20", "cc": ["books@example.com"],
    });
    let changed = program.patch(&path, change).await.expect(200);
    assert_eq!((&changed["delivery_date"], &changed["cc"]), (&json!("2026-11-20"), &json!(["books@example.com"])));
    assert_eq!(
        (&changed["notes"], &changed["due_date"], &changed["total"]),
        (&json!("Thank you"), &json!("2026-12-22"), &json!(19040))
    );
    let lines = json!([{"id": "7", "description": "A", "quantity": "1", "unit_price": "1.005", "tax_rate": "0"},
                       {"description": "B", "quantity": "0.5", "unit_price": "3", "discount": "50", "tax_rate": "7"}]);
    let changed = program.patch(&path, json!({"lines": lines, "prices_include_tax": true})).await.expect(200);
    assert_eq!(changed["notes"], "Thank you");
    assert_eq!(
        changed["lines"].as_array().unwrap().iter().map(|line| text(line, "id")).collect::<Vec<_>>(),
        ["7", "8"]
    );
    assert_eq!(
        (&changed["total"], &changed["lines"][1]["net"], &changed["lines"][1]["tax"]),
        (&json!(176), &json!(70), &json!(5))
    );
    assert_eq!(program.patch(&path, json!({"lines": []})).await.fields(), ["lines"]);
    assert_eq!(program.patch(&path, json!({"status": "paid"})).await.fields(), ["status"]);
    assert_eq!(program.invoice(&id).await, changed);

    let gone = program.delete(&path).await;
    assert_eq!((gone.status, gone.body.len()), (204, 0));
    program.get(&path).await.expect(404);
    program.delete(&path).await.expect(404);
}

#[tokio::test]
async fn an_issued_invoice_does_not_change() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let id = program.issued().await;
    let before = program.invoice(&id).await;
    let path = format!("/invoices/{id}");
    program.patch(&path, json!({"notes": "x"})).await.expect(409);
    program.delete(&path).await.expect(409);
    program.act(&format!("{path}/issue")).await.expect(409);
    assert_eq!(program.invoice(&id).await, before);
    assert_eq!(program.post(&format!("{path}/issue"), json!({"number": "1"})).await.fields(), ["number"]);
}

#[tokio::test]
async fn invoices_are_listed_by_status_customer_and_words() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let (draft, open, void) = (program.draft().await, program.issued().await, program.issued().await);
    program.post(&format!("/invoices/{void}/void"), json!({"reason": "Twice"})).await.expect(200);
    let customer = text(&program.invoice(&open).await, "customer");
    for (query, expected) in [
        ("", vec![&void, &open, &draft]),
        ("?status=draft", vec![&draft]),
        ("?status=open", vec![&open]),
        ("?status=void", vec![&void]),
        ("?status=paid", vec![]),
        ("?status=uncollectible", vec![]),
        (&format!("?customer={customer}"), vec![&open]),
        (&format!("?customer={customer}&status=void"), vec![]),
        ("?q=test-2026-0001", vec![&open]),
        ("?q=muster+190%2C40", vec![&void, &open, &draft]),
        ("?status=open&q=nothing", vec![]),
        ("?status=", vec![&void, &open, &draft]),
    ] {
        let listed = ids(&program.all(&format!("/invoices{query}")).await);
        assert_eq!(listed.iter().collect::<Vec<_>>(), expected, "{query}");
    }
    assert_eq!(program.all("/invoices?status=open").await[0], program.invoice(&open).await);
    for (query, field) in [("status=overdue", "status"), ("status=Open", "status"), ("customer=anna", "customer")] {
        assert_eq!(program.get(&format!("/invoices?{query}")).await.fields(), [field]);
    }
}

#[tokio::test]
async fn sending_issues_a_draft_and_queues_its_mail_or_does_neither() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let id = program.draft().await;
    let sent = program.act(&format!("/invoices/{id}/send")).await.expect(200);
    assert_eq!((&sent["status"], &sent["number"]), (&json!("open"), &json!("TEST-2026-0001")));
    let answer = program.get("/outbox").await;
    let mail = &answer.expect(200)["data"][0];
    assert_eq!(
        (&mail["to"], &mail["kind"], &mail["state"], &mail["attempts"], &mail["last_error"]),
        (&json!("anna@example.com"), &json!("invoice"), &json!("queued"), &json!(0), &Value::Null)
    );
    assert_eq!(mail["subject"], "Invoice TEST-2026-0001");
    let inner = answer.text();
    let inner = &inner[inner.find('[').unwrap() + 1..=inner.find('}').unwrap()];
    assert_eq!(names(inner), ["id", "to", "subject", "kind", "state", "attempts", "last_error"]);
    program.act(&format!("/invoices/{id}/send")).await.expect(409);

    let nobody = text(&program.post("/customers", json!({"name": "Bo"})).await.expect(201), "id");
    let body = json!({"customer": nobody, "currency": "EUR", "lines": [design()]});
    let id = text(&program.post("/invoices", body).await.expect(201), "id");
    program.act(&format!("/invoices/{id}/send")).await.expect(409);
    assert_eq!(program.invoice(&id).await["status"], "draft");
    program.act(&format!("/invoices/{id}/remind")).await.expect(409);
    let issued = program.act(&format!("/invoices/{id}/issue")).await.expect(200);
    assert_eq!(issued["number"], "TEST-2026-0002", "the refused one took no number");
}

#[tokio::test]
async fn an_open_invoice_is_reminded_of_written_off_relinked_and_voided() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let draft = program.draft().await;
    for act in ["remind", "void", "uncollectible", "link", "checkout"] {
        program.act(&format!("/invoices/{draft}/{act}")).await.expect(409);
    }
    let id = program.issued().await;
    let act = |name: &str| format!("/invoices/{id}/{name}");
    program.act(&act("remind")).await.expect(200);
    assert_eq!(program.all("/outbox").await[0]["kind"], "reminder");
    let link = text(&program.invoice(&id).await, "public_url");
    let relinked = program.act(&act("link")).await.expect(200);
    assert_ne!(relinked["public_url"], link.as_str());
    let given_up = program.act(&act("uncollectible")).await.expect(200);
    assert_eq!((&given_up["status"], &given_up["amount_due"]), (&json!("uncollectible"), &json!(19040)));
    program.act(&act("uncollectible")).await.expect(409);
    program.act(&act("remind")).await.expect(409);
    let void = program.post(&act("void"), json!({"reason": "Wrong customer"})).await.expect(200);
    assert_eq!((&void["status"], &void["amount_due"], &void["paid_at"]), (&json!("void"), &json!(0), &Value::Null));
    program.act(&act("void")).await.expect(409);
    program.act(&act("checkout")).await.expect(409);
    let log = program.all(&act("log")).await;
    let kinds: Vec<_> = log.iter().map(|line| text(line, "kind")).collect();
    assert_eq!(kinds, ["issued", "mail_queued", "voided"]);
    assert!(log.iter().all(|line| line["source"] == "api"), "{log:?}");
    assert_eq!(program.post(&act("void"), json!({"resaon": ""})).await.fields(), ["resaon"]);
}
