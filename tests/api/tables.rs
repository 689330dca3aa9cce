//! What programs and spreadsheets read of the same money says the same: the API beside both exports.

use serde_json::{Value, json};

use super::{Program, design, text};
use crate::support::{TestApp, change};
use quittance::actions::{Actor, take_back};
use quittance::export::{self, Format, Part};

/// A file of the export.
fn exported(app: &TestApp, format: Format, name: &str) -> String {
    let (mut found, mut is_it) = (Vec::new(), false);
    let mut emit = |part: Part<'_>| {
        match part {
            Part::File(file) => is_it = file == name,
            Part::Data(bytes) if is_it => found.extend(bytes),
            Part::Data(_) => {}
        }
        Ok(())
    };
    app.app.store.read(|r| export::write(&r, format, &mut emit)).unwrap();
    String::from_utf8(found).unwrap()
}

/// A cell of the row that begins with `id`. No cell of these tables has a comma in it.
fn cell(table: &str, id: &str, column: &str) -> String {
    let place = table.lines().next().unwrap().split(',').position(|name| name == column).expect(column);
    let row = table.lines().find(|line| line.starts_with(id)).expect(id);
    row.split(',').nth(place).unwrap().to_owned()
}

impl Program<'_> {
    async fn receive(&self, invoice: &str, amount: i64) -> String {
        let body = json!({"amount": amount, "method": "bank_transfer"});
        text(&self.post(&format!("/invoices/{invoice}/payments"), body).await.expect(201), "id")
    }

    async fn payment(&self, id: &str) -> Value {
        self.all("/payments").await.into_iter().find(|payment| payment["id"] == id).expect(id)
    }
}

#[tokio::test]
async fn a_payment_that_was_taken_back_is_marked_and_no_money_anywhere() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let (invoice, other) = (program.issued().await, program.issued().await);
    let (mistake, held) = (program.receive(&invoice, 4_000).await, program.receive(&other, 20_000).await);
    let id = mistake.parse().unwrap();
    change(&app, move |w| take_back::take_back(w, id, "mistake", &Actor::owner("pat@example.com"))).await;
    let payment = program.payment(&mistake).await;
    let told = |name: &str| payment[name].clone();
    assert_eq!((told("status"), told("taken_back_at")), (json!("taken_back"), json!("2026-11-22T12:00:00.000Z")));
    assert_eq!(
        (told("amount"), told("applied"), told("net"), told("held")),
        (json!(4000), json!(0), json!(0), json!(0))
    );
    // What is held is money: the difference can be told.
    let payment = program.payment(&held).await;
    assert_eq!(
        (&payment["status"], &payment["held"], &payment["net"]),
        (&json!("received"), &json!(960), &json!(20000))
    );

    let table = exported(&app, Format::Csv, "payments.csv");
    for (column, expected) in
        [("status", "taken_back"), ("amount", "40.00"), ("applied", "0.00"), ("net", "0.00"), ("held", "0.00")]
    {
        assert_eq!(cell(&table, &mistake, column), expected, "{column}");
    }
    assert!(cell(&table, &mistake, "taken_back_at").starts_with("2026-11-22T12:00:00"));
    assert_eq!((cell(&table, &held, "status"), cell(&table, &held, "held")), ("received".into(), "9.60".into()));
    let records: Value = serde_json::from_str(&exported(&app, Format::Json, "payments.json")).unwrap();
    let record = records.as_array().unwrap().iter().find(|record| record["id"] == mistake.as_str()).unwrap();
    assert_eq!((&record["status"], &record["applied"], &record["net"]), (&json!("taken_back"), &json!(0), &json!(0)));
    assert_eq!(record["applied_when_booked"], 4000);
    for format in [Format::Csv, Format::Json] {
        let readme = exported(&app, format, "README.txt");
        assert!(readme.contains("taken_back") && !readme.contains("the rest is credit"), "{readme}");
    }
}

#[tokio::test]
async fn credit_that_paid_another_invoice_is_applied_in_every_table() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let (paid, other) = (program.issued().await, program.issued().await);
    let payment = program.receive(&paid, 20_000).await;
    let review = program.all("/reviews?status=open").await.remove(0);
    assert!(text(&review, "detail").ends_with("9.60 EUR is held until you decide."), "{review}");
    let body = json!({"action": "link", "note": "", "invoice": other});
    program.post(&format!("/reviews/{}/resolve", text(&review, "id")), body).await.expect(200);
    let told = program.payment(&payment).await;
    assert_eq!((&told["applied"], &told["held"]), (&json!(20000), &json!(0)));
    let table = exported(&app, Format::Csv, "payments.csv");
    assert_eq!((cell(&table, &payment, "applied"), cell(&table, &payment, "held")), ("200.00".into(), "0.00".into()));
}

#[tokio::test]
async fn the_table_of_invoices_adds_up_also_where_something_was_credited() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let (draft, open, paid) = (program.draft().await, program.issued().await, program.issued().await);
    program.receive(&open, 4_000).await;
    program.receive(&paid, 19_040).await;
    for (invoice, settle) in [(&open, "invoice"), (&paid, "customer_credit")] {
        let body = json!({"amount": 1190, "settle": settle});
        program.post(&format!("/invoices/{invoice}/credit_notes"), body).await.expect(201);
    }
    let table = exported(&app, Format::Csv, "invoices.csv");
    let minor = |id: &str, column: &str| cell(&table, id, column).replace('.', "").parse::<i64>().unwrap();
    for id in [&draft, &open, &paid] {
        let reduced = minor(id, "total") - minor(id, "paid") - minor(id, "credited") - minor(id, "not_asked");
        assert_eq!(reduced, minor(id, "due"), "{table}");
        assert_eq!(json!(minor(id, "due")), program.invoice(id).await["amount_due"]);
        assert_eq!(json!(minor(id, "credited_in_all")), program.invoice(id).await["amount_credited"]);
    }
    assert_eq!((minor(&open, "credited"), minor(&paid, "credited")), (1190, 0));
}

#[tokio::test]
async fn the_due_date_of_a_plan_is_the_same_in_the_table() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let plan = json!({"kind": "instalments", "instalments": [
        {"amount": 9040, "due_date": "2026-11-26"}, {"amount": 10000, "due_date": "2026-12-07"}]});
    let body = json!({"customer": program.anna().await, "currency": "EUR", "lines": [design()], "payment_plan": plan});
    let id = text(&program.post("/invoices", body).await.expect(201), "id");
    program.act(&format!("/invoices/{id}/issue")).await.expect(200);
    let told = text(&program.invoice(&id).await, "due_date");
    assert_eq!(cell(&exported(&app, Format::Csv, "invoices.csv"), &id, "due_date"), told);
}

#[tokio::test]
async fn a_line_that_was_not_chosen_is_in_no_sum() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let mut offered = design();
    offered["optional"] = json!(true);
    offered["selected"] = json!(false);
    let body = json!({"customer": program.anna().await, "currency": "EUR", "lines": [design(), offered]});
    let invoice = program.post("/invoices", body).await.expect(201);
    let nets: i64 = invoice["lines"].as_array().unwrap().iter().map(|line| line["net"].as_i64().unwrap()).sum();
    assert_eq!((json!(nets), &invoice["lines"][1]["tax"]), (invoice["subtotal"].clone(), &json!(0)));
    let lines = exported(&app, Format::Csv, "invoice_lines.csv");
    assert!(lines.lines().nth(2).unwrap().ends_with("true,false,EUR,0.00,0.00,0.00"), "{lines}");
}

#[tokio::test]
async fn the_tables_hold_payouts_and_movements_too() {
    let app = TestApp::start().await;
    for (file, head) in [("payouts.csv", "id,test,currency,amount"), ("movements.csv", "id,test,category,of,payment")] {
        assert!(exported(&app, Format::Csv, file).starts_with(head), "{file}");
    }
}

#[tokio::test]
async fn what_is_over_nothing_was_not_credited_already() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let line = json!({"description": "A gift", "quantity": "1", "unit_price": "0"});
    let body = json!({"customer": program.anna().await, "currency": "EUR", "lines": [line]});
    let id = text(&program.post("/invoices", body).await.expect(201), "id");
    program.act(&format!("/invoices/{id}/issue")).await.expect(200);
    let refused = program.post(&format!("/invoices/{id}/credit_notes"), json!({"amount": 1})).await.text();
    assert!(refused.contains("is over nothing, so there is nothing to credit"), "{refused}");
}

#[tokio::test]
async fn the_page_of_an_invoice_that_is_paid_in_part_says_what_went_back() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let id = program.issued().await;
    program.receive(&id, 3_000).await;
    program.post(&format!("/invoices/{id}/refunds"), json!({"amount": 3000})).await.expect(201);
    let url = text(&program.invoice(&id).await, "public_url");
    let page = app.get(url.strip_prefix(&app.base).unwrap()).await.text();
    assert!(page.contains("€30.00 of €190.40 has been paid, and €30.00 of that was refunded. Thank you."), "{page}");
}
