//! What the owner's pages add up: overdue is what should have been paid by now, and each currency stands by itself.

use quittance::actions::credit::{self, Wanted};
use quittance::actions::{Actor, issue};
use quittance::billing::credit_note::Settle;
use quittance::billing::credit_note::plan::What;
use quittance::billing::due::Due;
use quittance::billing::id::InvoiceId;
use quittance::billing::plan::Plan;
use quittance::demo::stripe::Card;
use serde_json::{Value, json};

use super::person::{Person, Sheet, leads_to};
use crate::support::{TestApp, change};

const DAY_SECONDS: i64 = 24 * 3600;

/// A draft of 100 in this currency with this plan.
async fn draft(app: &TestApp, currency: &str, plan: Value) -> (String, InvoiceId) {
    let program = app.program().await;
    let anna = json!({"name": "Anna Buyer", "email": "anna@example.com"});
    let customer = program.post("/customers", anna).await.expect(201)["id"].as_str().unwrap().to_owned();
    let line = json!({"description": "Design", "quantity": "1", "unit_price": "100"});
    let body =
        json!({"customer": customer, "currency": currency, "lines": [line], "terms_days": 40, "payment_plan": plan});
    let id = program.post("/invoices", body).await.expect(201)["id"].as_str().unwrap().parse().unwrap();
    (customer, id)
}

pub(super) async fn issued(app: &TestApp, currency: &str, plan: Value) -> (String, InvoiceId) {
    let (customer, id) = draft(app, currency, plan).await;
    let book = app.app.book();
    change(app, move |w| issue::issue(w, id, book, &Actor::owner("pat@example.com"))).await;
    (customer, id)
}

pub(super) fn deposit() -> Value {
    json!({"kind": "deposit", "percent": "30", "terms_days": 7})
}

#[tokio::test]
async fn overdue_is_what_should_have_been_paid_by_now() {
    let app = TestApp::start().await;
    let (customer, id) = issued(&app, "EUR", deposit()).await;
    issued(&app, "CHF", Value::Null).await;
    app.clock.advance(12 * DAY_SECONDS);
    let person = Person::owner(&app).await;
    let today = person.page("/admin").await;
    assert!(today.contains("€30.00 from Anna Buyer is 5 days overdue"), "{today}");
    assert!(today.contains("<span class=\"value\">€30.00</span>"), "not all of it: {today}");
    assert!(today.contains("<span class=\"value\">€100.00</span>") && today.contains("Other currencies"), "{today}");
    let customers = person.page("/admin/customers").await;
    assert!(customers.contains("<span class=\"block late\">€30.00</span>"), "{customers}");
    let page = person.page(&format!("/admin/customers/{customer}")).await;
    assert!(page.contains("<span class=\"value\">€30.00</span>"), "{page}");

    let wanted = Wanted { what: What::Amount(3_000), reason: "Late".to_owned(), settle: Settle::Invoice };
    change(&app, move |w| credit::credit(w, id, &wanted, &Actor::owner("pat@example.com"))).await;
    let page = person.page(&format!("/admin/invoices/{id}")).await;
    assert!(page.contains(">Credited</span>") && !page.contains(">Paid</span>"), "no money came: {page}");
    assert!(!person.page("/admin").await.contains("5 days overdue"));
}

#[tokio::test]
async fn the_script_is_told_the_terms_that_the_draft_has() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let (_, id) = draft(&app, "EUR", deposit()).await;
    let path = format!("/admin/invoices/{id}");
    let page = person.page(&format!("{path}/edit")).await;
    let address = format!("/admin/invoices/preview?draft={id}");
    assert!(page.contains(&format!("data-totals=\"{address}\"")), "{page}");
    let sheet = Sheet::read(&page, &path);
    let fields: Vec<(&str, &str)> = sheet.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let told = person.post(&address, &fields).await.json();
    assert_eq!(told["parts"][0]["label"], "Deposit, due 29 November 2026", "{told}");
    assert_eq!(told["parts"][1]["label"], "Rest, due 1 January 2027", "{told}");
}

/// Twenty percent at once, thirty after 30 days, fifty after 60: the terms of days have no field in the editor.
fn in_three() -> Value {
    let part = |percent: &str, days: u16| json!({"percent": percent, "terms_days": days});
    json!({"kind": "instalments", "instalments": [part("20", 0), part("30", 30), part("50", 60)]})
}

#[tokio::test]
async fn an_instalment_that_is_left_without_a_date_is_due_as_stands_beside_it() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let (_, id) = draft(&app, "EUR", in_three()).await;
    let path = format!("/admin/invoices/{id}");
    let page = person.page(&format!("{path}/edit")).await;
    let hint = |n: usize, words: &str| format!("id=\"payment_plan.instalments.{n}.due-hint\">{words} if left empty");
    assert!(page.contains(&hint(1, "30 days after issue")) && page.contains(&hint(2, "60 days after issue")), "{page}");
    let emptied = [("payment_plan.instalments.0.share", ""), ("payment_plan.instalments.1.share", "50 %")];
    leads_to(&person.send(&Sheet::read(&page, &path), &[&emptied[..], &[("do", "save")]].concat()).await);
    let stored = app.app.store.read(|r| r.document(id)).unwrap().unwrap();
    let Plan::Instalments { instalments } = &stored.content().plan else { panic!("{stored:?}") };
    let due: Vec<Due> = instalments.iter().map(|part| part.due).collect();
    assert_eq!(due, [Due::InDays(30), Due::InDays(60)]);
}

#[tokio::test]
async fn a_row_too_many_is_named_and_kept() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let (_, id) = draft(&app, "EUR", in_three()).await;
    let path = format!("/admin/invoices/{id}");
    let sheet = person.sheet(&format!("{path}/edit"), &path).await;
    let names: Vec<String> = (3..37).map(|n| format!("payment_plan.instalments.{n}.share")).collect();
    let mut typed: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "1.00")).collect();
    typed.push(("do", "save"));
    let refused = person.send(&sheet, &typed).await;
    assert_eq!(refused.status, 422);
    let page = refused.text();
    assert!(page.contains("Write 2 to 36 instalments."), "{page}");
    assert_eq!(Sheet::read(&page, &path).value("payment_plan.instalments.36.share"), Some("1.00"));
    assert!(page.contains("value=\"add_instalment\" hidden"), "there is no room for another: {page}");
}

#[tokio::test]
async fn a_long_draft_loses_no_line_in_the_editor() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let program = app.program().await;
    let customer = program.post("/customers", json!({"name": "Anna Buyer"})).await.expect(201)["id"].clone();
    let lines: Vec<Value> =
        (0..250).map(|n| json!({"description": format!("Poster {n}"), "quantity": "1", "unit_price": "1"})).collect();
    let body = json!({"customer": customer, "currency": "EUR", "lines": lines, "terms_days": 14});
    let id = program.post("/invoices", body).await.expect(201)["id"].as_str().unwrap().to_owned();
    let path = format!("/admin/invoices/{id}");
    let sheet = person.sheet(&format!("{path}/edit"), &path).await;
    leads_to(&person.send(&sheet, &[("reference", "PO 7"), ("do", "save")]).await);
    let kept = program.get(&format!("/invoices/{id}")).await.expect(200);
    assert_eq!((kept["lines"].as_array().unwrap().len(), &kept["reference"]), (250, &json!("PO 7")));
}

#[tokio::test]
async fn fee_and_net_are_shown_once_they_are_known() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let invoice = app.invoice("119.00").await;
    app.click_pay(&invoice).await;
    app.stand_in.set_transactions_late(true);
    app.stand_in.pay(&app.session(&invoice), Card::Visa).unwrap();
    app.work_off().await;
    let path = format!("/admin/invoices/{}", invoice.id);
    assert!(!person.page(&path).await.contains("Stripe’s fee"));
    let charge = app.stand_in.charges_without_transaction().remove(0);
    app.stand_in.book_transaction(&charge);
    app.work_off().await;
    let page = person.page(&path).await;
    let payment = app.program().await.get("/payments").await.expect(200)["data"][0].clone();
    let written =
        |name: &str| format!("€{}.{:02}", payment[name].as_i64().unwrap() / 100, payment[name].as_i64().unwrap() % 100);
    let words = format!("Stripe’s fee {}, net {}", written("fee"), written("net"));
    assert!(page.contains(&words), "{words}: {page}");
    let list = person.page("/admin/payments").await;
    assert!(list.contains(&written("fee")) && list.contains(&written("net")), "{list}");
}
