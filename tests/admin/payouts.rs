//! What a bookkeeper sees of the money that went to the bank: on the pages, in the table, and through the API.

use quittance::demo::stripe::Card;
use serde_json::json;

use super::person::{Person, leads_to};
use crate::support::{TestApp, until};

/// A business whose Stripe account was looked at while it was empty, and that has one payment paid out since.
async fn paid_out(app: &TestApp) -> (String, String) {
    let program = app.program().await;
    program.post("/reconciliations", json!({})).await.expect(201);
    let invoice = app.invoice("100").await;
    app.click_pay(&invoice).await;
    app.stand_in.pay(&app.session(&invoice), Card::Visa).unwrap();
    app.work_off().await;
    let payout = app.stand_in.pay_out().remove(0);
    app.stand_in.payout_arrives(&payout);
    app.work_off().await;
    (invoice.number.clone(), payout)
}

#[tokio::test]
async fn a_payout_has_a_page_with_every_line_and_a_table_of_them() {
    let app = TestApp::start().await;
    let (number, payout) = paid_out(&app).await;
    let person = Person::owner(&app).await;
    let overview = person.page("/admin/reconciliations").await;
    assert!(overview.contains("At Stripe") && overview.contains(&format!("/admin/payouts/{payout}")), "{overview}");
    assert!(person.page("/admin/payouts").await.contains("Paid out"));
    let page = person.page(&format!("/admin/payouts/{payout}")).await;
    for words in ["98.25", "100.00", "1.75", &number, "Arrived at the bank", "Payments"] {
        assert!(page.contains(words), "{words} is missing: {page}");
    }
    let table = person.get(&format!("/admin/payouts/{payout}.csv")).await;
    assert!(table.header("content-disposition").is_some_and(|value| value.contains(&format!("{payout}.csv"))));
    assert_eq!(table.header("content-security-policy"), Some("sandbox; default-src 'none'"), "it is no page");
    assert_eq!(table.header("referrer-policy"), Some("no-referrer"));
    let text = table.text();
    let rows: Vec<&str> = text.lines().collect();
    assert_eq!(rows.len(), 2, "{text}");
    assert!(rows[0].starts_with("payout,arrival_date,date,kind,customer,invoice,currency,gross,fee,net"), "{text}");
    assert!(rows[1].contains(&format!(",Payment,Anna Buyer,{number},EUR,100.00,1.75,98.25,ch_")), "{text}");
    for nowhere in ["/admin/payouts/po_none", "/admin/payouts/po_none.csv"] {
        assert_eq!(person.get(nowhere).await.status, 404, "{nowhere}");
    }
}

#[tokio::test]
async fn page_and_table_name_the_same_day() {
    let app = TestApp::start().await;
    app.program().await.patch("/settings", json!({"time_zone": "Europe/Berlin"})).await.expect(200);
    // Half past midnight on the 23rd in Berlin, and still the 22nd in UTC.
    app.clock.advance(11 * 3_600 + 1_800);
    let (_, payout) = paid_out(&app).await;
    let person = Person::owner(&app).await;
    let page = person.page(&format!("/admin/payouts/{payout}")).await;
    assert!(page.contains("23 Nov 2026"), "{page}");
    let table = person.page(&format!("/admin/payouts/{payout}.csv")).await;
    let line = table.lines().nth(1).unwrap();
    assert_eq!(line.split(',').nth(2), Some("2026-11-23"), "{line}");
}

#[tokio::test]
async fn programs_read_payouts_their_sums_and_their_lines() {
    let app = TestApp::start().await;
    let (_, payout) = paid_out(&app).await;
    let program = app.program().await;
    let list = program.get("/payouts").await.expect(200);
    let expected = json!({
        "id": payout, "amount": 9825, "currency": "EUR", "arrival_date": list["data"][0]["arrival_date"],
        "status": "paid", "automatic": true, "created_at": list["data"][0]["created_at"], "explained": 9825,
        "remainder": 0,
    });
    assert_eq!((&list["data"][0], &list["next"]), (&expected, &json!(null)));
    let full = program.get(&format!("/payouts/{payout}")).await.expect(200);
    assert_eq!(full["sums"], json!({ "payments": { "lines": 1, "amount": 10000, "fee": 175, "net": 9825 } }));
    let line = &full["lines"]["data"][0];
    assert_eq!((&line["of"], &line["category"], &line["fee"]), (&json!("payments"), &json!("charge"), &json!(175)));
    let payment = program.get("/payments").await.expect(200)["data"][0].clone();
    assert_eq!((&payment["payout"], &payment["id"]), (&json!(payout), &line["payment"]));
    program.get("/payouts/po_none").await.expect(404);
    let report = program.post("/reconciliations", json!({})).await.expect(201);
    assert_eq!(report["payouts"][0]["id"], json!(payout));
    assert_eq!((&report["payouts"][0]["explained"], &report["payouts"][0]["remainder"]), (&json!(9825), &json!(0)));
}

#[tokio::test]
async fn l10_the_owner_says_that_the_new_account_is_meant() {
    let app = TestApp::start().await;
    paid_out(&app).await;
    let person = Person::owner(&app).await;
    app.stand_in.set_account("acct_new");
    let report = app.program().await.post("/reconciliations", json!({})).await.expect(201);
    assert_eq!(report["differences"][0]["kind"], "stopped");
    assert!(person.page("/admin/reconciliations").await.contains("Go on with the new account"));
    let began = leads_to(&person.post("/admin/reconciliations/account", &[]).await);
    assert!(began.starts_with("/admin/reconciliations/rec_"), "{began}");
    until("the pass ends", async || person.page(&began).await.contains("took")).await;
    assert!(!person.page("/admin/reconciliations").await.contains("Go on with the new account"));
}
