//! What a payer of an invoice in parts sees and may press: over real HTTP, without a script.

#![expect(clippy::unwrap_used, reason = "a failed assumption should fail the test")]

use quittance::actions::{Actor, issue};
use quittance::billing::id::InvoiceId;
use quittance::billing::invoice::Invoice;
use quittance::billing::settings::{PaymentMethods, Settings};
use quittance::demo::stripe::Card;
use serde_json::{Value, json};

use crate::admin::person::Person;
use crate::support::{Answer, TestApp, change, path};

/// A draft of 100 EUR with this plan.
async fn draft(app: &TestApp, plan: Value) -> InvoiceId {
    let program = app.program().await;
    let anna = json!({"name": "Anna Buyer", "email": "anna@example.com"});
    let customer = program.post("/customers", anna).await.expect(201)["id"].clone();
    let line = json!({"description": "Design", "quantity": "1", "unit_price": "100"});
    let body =
        json!({"customer": customer, "currency": "EUR", "lines": [line], "terms_days": 14, "payment_plan": plan});
    let draft = program.post("/invoices", body).await.expect(201);
    draft["id"].as_str().unwrap().parse().unwrap()
}

async fn issued(app: &TestApp, id: InvoiceId) -> Invoice {
    let book = app.app.book();
    change(app, move |w| issue::issue(w, id, book, &Actor::owner("pat@example.com"))).await
}

/// An issued invoice of 100 EUR with this plan.
async fn invoice(app: &TestApp, plan: Value) -> Invoice {
    let draft = draft(app, plan).await;
    issued(app, draft).await
}

fn deposit() -> Value {
    json!({"kind": "deposit", "percent": "30", "terms_days": 7})
}

async fn page(app: &TestApp, invoice: &Invoice) -> String {
    app.get(&path(invoice, "")).await.text()
}

async fn press(app: &TestApp, invoice: &Invoice, button: &str, form: &str) -> Answer {
    app.ask("POST", &path(invoice, button)).form(form).send().await
}

fn asked(app: &TestApp, invoice: &Invoice) -> i64 {
    app.stand_in.session(&app.session(invoice)).unwrap()["amount_total"].as_i64().unwrap()
}

#[tokio::test]
async fn the_page_asks_for_the_deposit_and_says_what_comes_next() {
    let app = TestApp::start().await;
    let invoice = invoice(&app, deposit()).await;
    let shown = page(&app, &invoice).await;
    for expected in
        ["Pay €30.00", "Pay all €100.00 now", "Then €70.00, due 6 December 2026", "Deposit", "Due 29 November 2026"]
    {
        assert!(shown.contains(expected), "{expected}: {shown}");
    }
    let status = app.get(&path(&invoice, "/status")).await.expect(200);
    assert_eq!(status["amount_due"], 10_000, "all that is due, also what is due later");

    assert_eq!(press(&app, &invoice, "/checkout", "amount=1").await.status, 303);
    assert_eq!(asked(&app, &invoice), 3_000, "nothing that the browser sends sets the amount");
    app.stand_in.pay(&app.session(&invoice), Card::Visa).unwrap();
    let landed = app.get(&path(&invoice, "/return?session_id=x")).await.text();
    assert!(landed.contains("your payment has arrived") && landed.contains("Next: €70.00"), "{landed}");
    let shown = page(&app, &invoice).await;
    assert!(shown.contains("Pay €70.00") && shown.contains("€30.00 of €100.00 has been paid"), "{shown}");
    assert!(!shown.contains("Pay all"), "all that is due is what is due now");
    let receipt = app.get(&path(&invoice, "/receipt/1")).await.text();
    assert!(receipt.contains("Next, due 6 December 2026") && receipt.contains("€70.00"), "{receipt}");
    app.work_off().await;
}

#[tokio::test]
async fn the_preview_of_a_draft_offers_what_the_payer_will_be_offered() {
    let app = TestApp::start().await;
    let owner = Person::owner(&app).await;
    for (plan, offers) in [
        (Value::Null, &["Pay €100.00"][..]),
        (deposit(), &["Pay €30.00", "Pay all €100.00 now"]),
        (json!({"kind": "minimum", "amount": 2_500}), &["Pay €100.00", "From €25.00 to €100.00.", "Pay this part"]),
    ] {
        let draft = draft(&app, plan.clone()).await;
        let preview = owner.page(&format!("/admin/invoices/{draft}/preview")).await;
        let issued = page(&app, &issued(&app, draft).await).await;
        for words in offers {
            assert!(preview.contains(words) && issued.contains(words), "{plan} {words}:\n{preview}\n{issued}");
        }
        let (buttons, off) =
            (preview.matches("type=\"submit\"").count(), preview.matches("type=\"submit\" disabled").count());
        assert_eq!((buttons, issued.matches(" disabled").count()), (off, 0), "a preview has nothing to press");
    }
}

#[tokio::test]
async fn all_of_it_may_be_paid_early() {
    let app = TestApp::start().await;
    let invoice = invoice(&app, deposit()).await;
    assert_eq!(app.click_pay(&invoice).await.status, 303);
    assert_eq!(press(&app, &invoice, "/checkout/all", "").await.status, 303);
    assert_eq!(asked(&app, &invoice), 10_000);
    app.stand_in.pay(&app.session(&invoice), Card::Visa).unwrap();
    app.work_off().await;
    assert_eq!(app.status(&invoice).await, "paid");
    assert_eq!(press(&app, &invoice, "/checkout/all", "").await.status, 409);
}

#[tokio::test]
async fn an_amount_of_ones_own_is_read_strictly_and_checked() {
    let app = TestApp::start().await;
    let invoice = invoice(&app, json!({"kind": "minimum", "amount": 2_500})).await;
    assert!(page(&app, &invoice).await.contains("From €25.00 to €100.00."));
    for (typed, sentence) in [
        ("24.99", "Choose an amount from €25.00 to €100.00."),
        ("100.01", "Choose an amount from €25.00 to €100.00."),
        ("-30", "Choose an amount from €25.00 to €100.00."),
        ("99.80", "would be left"),
        ("30 or so", "Enter an amount in digits."),
        ("30.001", "Enter an amount in digits."),
        ("1e2", "Enter an amount in digits."),
        ("", "Enter an amount in digits."),
    ] {
        let answer = press(&app, &invoice, "/checkout/part", &format!("amount={}", typed.replace(' ', "+"))).await;
        assert_eq!(answer.status, 422, "{typed}");
        let shown = answer.text();
        assert!(shown.contains(sentence) && shown.contains(&format!("value=\"{typed}\"")), "{typed}: {shown}");
    }
    assert!(app.stand_in.sessions().is_empty());
    assert_eq!(press(&app, &invoice, "/checkout/part", "amount=40.50").await.status, 303);
    assert_eq!(asked(&app, &invoice), 4_050);
    let foreign = app.ask("POST", &path(&invoice, "/checkout/part")).header("sec-fetch-site", "cross-site");
    assert_eq!(foreign.form("amount=50").send().await.status, 403);
    app.work_off().await;
}

#[tokio::test]
async fn where_there_is_no_choice_no_amount_is_taken() {
    let app = TestApp::start().await;
    let invoice = invoice(&app, deposit()).await;
    assert_eq!(press(&app, &invoice, "/checkout/part", "amount=50").await.status, 409);
    assert!(app.stand_in.sessions().is_empty());
}

#[tokio::test]
async fn b9_the_owner_chooses_whether_methods_that_take_days_are_offered() {
    let app = TestApp::start().await;
    let methods =
        |invoice: &Invoice| app.stand_in.session(&app.session(invoice)).unwrap()["payment_method_types"].clone();
    let cards = app.invoice("119").await;
    assert_eq!(app.click_pay(&cards).await.status, 303);
    assert_eq!(methods(&cards), json!(["card"]));
    change(&app, |w| {
        let settings = Settings { payment_methods: PaymentMethods::All, ..w.settings()? };
        Ok(w.put_settings(&settings)?)
    })
    .await;
    let all = app.invoice("119").await;
    assert_eq!(app.click_pay(&all).await.status, 303);
    assert_eq!(methods(&all), json!(["card", "sepa_debit"]));
    app.stand_in.pay_delayed(&app.session(&all)).unwrap();
    app.work_off().await;
    let shown = page(&app, &all).await;
    let words = "Payments by SEPA direct debit can take up to 14 working days";
    assert!(shown.contains("since 22 November 2026") && shown.contains(words), "{shown}");
}

#[tokio::test]
async fn b10_b12_a_deposit_by_debit_closes_pay_until_it_has_come() {
    let app = TestApp::start().await;
    let invoice = invoice(&app, deposit()).await;
    app.click_pay(&invoice).await;
    app.stand_in.pay_delayed(&app.session(&invoice)).unwrap();
    app.work_off().await;
    let shown = page(&app, &invoice).await;
    assert!(shown.contains("Your payment of €30.00 has been started") && !shown.contains("/checkout"), "{shown}");
    for button in ["/checkout", "/checkout/all"] {
        assert_eq!(press(&app, &invoice, button, "").await.status, 409, "{button}");
    }
    app.stand_in.clear_delayed(&app.attempt(&invoice).payment_intent.unwrap()).unwrap();
    app.work_off().await;
    assert_eq!(app.status(&invoice).await, "unpaid");
    assert!(page(&app, &invoice).await.contains("Pay €70.00"));
}
