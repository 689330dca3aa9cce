//! What the owner's pages add up: overdue is what should have been paid by now, and each currency stands by itself.

use quittance::actions::credit::{self, Wanted};
use quittance::actions::{Actor, issue};
use quittance::billing::credit_note::Settle;
use quittance::billing::credit_note::plan::What;
use quittance::billing::id::InvoiceId;
use quittance::demo::stripe::Card;
use serde_json::{Value, json};

use super::person::Person;
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
    let sheet = super::person::Sheet::read(&page, &path);
    let fields: Vec<(&str, &str)> = sheet.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let told = person.post(&address, &fields).await.json();
    assert_eq!(told["parts"][0]["label"], "Deposit, due 29 November 2026", "{told}");
    assert_eq!(told["parts"][1]["label"], "Rest, due 1 January 2027", "{told}");
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
