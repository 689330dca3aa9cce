//! A fee for paying by card, as its payer, its owner and a program see it: over real HTTP, without a script.
//!
//! 119.00 EUR with 19 % tax at 2.9 % and 0.30 EUR: a fee of 3.89 with 0.74 tax, 123.63 in all.

#![expect(clippy::unwrap_used, reason = "a failed assumption should fail the test")]

use quittance::billing::id::InvoiceId;
use quittance::billing::invoice::Invoice;
use quittance::demo::stripe::Card;
use quittance::export::{self, Format, Part};
use serde_json::{Value, json};

use crate::admin::person::{Person, Sheet, leads_to};
use crate::support::{Program, TestApp, path};

const PAYMENTS: &str = "/admin/settings/payments";
const FEE: &str = "/admin/settings/payments/fee";

fn rate() -> Value {
    json!({"kind": "rate", "percent": "2.9", "fixed": 30, "currency": "EUR"})
}

async fn usual(program: &Program<'_>, choice: Value) {
    program.patch("/settings", json!({"fee_passthrough": {"usual": choice}})).await.expect(200);
}

/// A draft over 119.00 EUR for a customer in `country`.
async fn draft(program: &Program<'_>, country: &str, own: Value) -> String {
    let anna = json!({"name": "Anna Buyer", "email": "anna@example.com", "address": {"country": country}});
    let customer = program.post("/customers", anna).await.expect(201)["id"].clone();
    let line = json!({"description": "Design", "quantity": "1", "unit_price": "100", "tax_rate": "19"});
    let mut body = json!({"customer": customer, "currency": "EUR", "lines": [line], "terms_days": 14});
    for (name, value) in own.as_object().unwrap() {
        body[name] = value.clone();
    }
    program.post("/invoices", body).await.expect(201)["id"].as_str().unwrap().to_owned()
}

async fn issued(program: &Program<'_>, country: &str, own: Value) -> Invoice {
    let id = draft(program, country, own).await;
    program.act(&format!("/invoices/{id}/issue")).await.expect(200);
    let id: InvoiceId = id.parse().unwrap();
    program.app.app.store.read(|r| r.invoice(id)).unwrap().unwrap()
}

/// Paid by card, fee and all.
async fn paid(app: &TestApp, program: &Program<'_>) -> Invoice {
    usual(program, rate()).await;
    let invoice = issued(program, "US", json!({})).await;
    assert_eq!(app.click_pay(&invoice).await.status, 303);
    app.stand_in.pay(&app.session(&invoice), Card::Visa).unwrap();
    app.work_off().await;
    invoice
}

async fn page(app: &TestApp, invoice: &Invoice, below: &str) -> String {
    let answer = app.get(&path(invoice, below)).await;
    assert_eq!(answer.status, 200, "{below}");
    answer.text()
}

fn has(text: &str, expected: &[&str]) {
    for words in expected {
        assert!(text.contains(words), "{words} is not in {text}");
    }
}

#[tokio::test]
async fn a_payer_sees_the_fee_before_the_click_and_gets_a_document_of_it_afterwards() {
    let app = TestApp::start().await;
    let program = app.program().await;
    usual(&program, rate()).await;
    let invoice = issued(&program, "US", json!({})).await;
    let shown = page(&app, &invoice, "").await;
    has(&shown, &["Payment fee", "€4.63", "€119.00", "Pay €123.63"]);
    assert_eq!(app.click_pay(&invoice).await.status, 303);
    let session = app.stand_in.session(&app.session(&invoice)).unwrap();
    assert_eq!(session["amount_total"], 12_363);
    app.stand_in.pay(&app.session(&invoice), Card::Visa).unwrap();
    has(&page(&app, &invoice, "/return?session_id=x").await, &["€123.63"]);
    app.work_off().await;

    has(&page(&app, &invoice, "/receipt/1").await, &["€123.63", "€119.00", "€4.63", "TEST-FEE-2026-0001", "/fee/1"]);
    let document = page(&app, &invoice, "/fee/1").await;
    has(
        &document,
        &["Payment fee TEST-FEE-2026-0001", "€3.89", "€0.74", "€4.63", "Payment fee for invoice TEST-2026-0001"],
    );
    for wrong in ["/fee/2", "/fee/0", "/fee/x", "/fee/01", "/fee/+1"] {
        assert_eq!(app.get(&path(&invoice, wrong)).await.status, 404, "{wrong}");
    }
    let shown = page(&app, &invoice, "").await;
    assert!(!shown.contains("4.63") && !shown.contains("FEE-"), "the invoice stays as it is: {shown}");
}

#[tokio::test]
async fn who_scans_the_code_at_the_counter_sees_what_the_card_is_charged() {
    let app = TestApp::start().await;
    let (person, program) = (Person::owner(&app).await, app.program().await);
    usual(&program, rate()).await;
    let own = json!({"payment_plan": {"kind": "deposit", "amount": 5_000, "terms_days": 7}});
    let invoice = issued(&program, "US", own).await;
    let counter = format!("/admin/invoices/{}/checkout", invoice.id);
    leads_to(&person.post(&counter, &[]).await);
    // 2.9 % of 50.00 and 0.30 with tax, grossed up.
    has(&person.page(&counter).await, &["class=\"amount\">€52.17<", "€50.00 of the invoice and €2.17 payment fee"]);
    app.stand_in.pay(&app.session(&invoice), Card::Visa).unwrap();
    app.work_off().await;
    has(&person.page(&counter).await, &["class=\"amount\">€52.17<", ">Paid</span>"]);
}

#[tokio::test]
async fn a_preview_asks_for_a_fee_only_where_a_card_is_taken() {
    let app = TestApp::start_with(|config| config.stripe.secret_key = None).await;
    let (owner, program) = (Person::owner(&app).await, app.program().await);
    usual(&program, rate()).await;
    let draft = draft(&program, "US", json!({})).await;
    let preview = owner.page(&format!("/admin/invoices/{draft}/preview")).await;
    assert!(!preview.contains("Payment fee") && !preview.contains("By card"), "{preview}");
    let hints = owner.page(PAYMENTS).await;
    for hint in ["fee_off_in-hint\">Two-letter", "fee_passthrough.fixed-hint\">Such as 0.30. Without a currency"] {
        assert!(hints.contains(hint), "{hint}: {hints}");
    }
}

#[tokio::test]
async fn a_program_sets_the_fee_and_reads_what_was_paid() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let settings = program.get("/settings").await.expect(200);
    let passthrough = &settings["fee_passthrough"];
    assert_eq!((&passthrough["usual"], &passthrough["accounts"]), (&Value::Null, &json!([])));
    let off_in = passthrough["off_in"].as_array().unwrap();
    assert!(off_in.contains(&json!("DE")) && off_in.contains(&json!("GB")) && !off_in.contains(&json!("US")));
    assert_eq!(settings["fee_invoice_numbering"], json!({"pattern": "FEE-{YYYY}-{SEQ:4}", "next": 1}));

    let invoice = paid(&app, &program).await;
    let payment = program.get("/payments").await.expect(200)["data"][0].clone();
    assert_eq!((&payment["amount"], &payment["applied"]), (&json!(12_363), &json!(11_900)));
    let document = &payment["fee_document"];
    assert_eq!(
        (&document["number"], &document["net"], &document["tax"], &document["total"], &document["refunded"]),
        (&json!("TEST-FEE-2026-0001"), &json!(389), &json!(74), &json!(463), &json!(0))
    );
    assert_eq!(document["taxes"], json!([{"rate": "19", "base": 389, "amount": 74}]));
    let shown = program.get(&format!("/invoices/{}", invoice.id)).await.expect(200);
    assert_eq!(
        (&shown["status"], &shown["amount_paid"], &shown["total"]),
        (&json!("paid"), &json!(11_900), &json!(11_900))
    );
    let refund = json!({"amount": 12_363, "reason": "requested_by_customer"});
    let answer = program.post(&format!("/invoices/{}/refunds", invoice.id), refund).await;
    assert!([201, 202].contains(&answer.status), "{}", answer.text());
    app.work_off().await;
    let payment = program.get("/payments").await.expect(200)["data"][0].clone();
    assert_eq!((&payment["refunded"], &payment["fee_document"]["refunded"]), (&json!(12_363), &json!(463)));

    // The series by itself, newest first.
    let newest = program.get("/fee_invoices?limit=1").await.expect(200);
    let correction = &newest["data"][0];
    assert_eq!(
        (&correction["number"], &correction["total"], &correction["corrects"], &correction["invoice"]),
        (&json!("TEST-FEE-2026-0002"), &json!(-463), &json!("TEST-FEE-2026-0001"), &json!(invoice.id.to_string()))
    );
    assert!(correction["refund"].as_str().is_some_and(|id| id.starts_with("rfd_")), "{correction}");
    let after = newest["next"].as_str().unwrap();
    assert_eq!(correction["id"], after);
    let last = program.get(&format!("/fee_invoices?limit=1&after={after}")).await.expect(200);
    let fee = &last["data"][0];
    assert_eq!(
        (&fee["number"], &fee["total"], &fee["corrects"], &fee["refund"], &fee["payment"], &last["next"]),
        (&json!("TEST-FEE-2026-0001"), &json!(463), &Value::Null, &Value::Null, &payment["id"], &Value::Null)
    );
    assert_eq!(fee["id"], payment["fee_document"]["id"]);
    assert_eq!(program.get("/fee_invoices?limit=0").await.fields(), ["limit"]);

    let own = issued(&program, "US", json!({"fee_passthrough": {"kind": "off"}})).await;
    let answer = program.get(&format!("/invoices/{}", own.id)).await.expect(200);
    assert_eq!(answer["fee_passthrough"], json!({"kind": "off"}));
    assert!(!page(&app, &own, "").await.contains("Payment fee"));
    for (wrong, field) in [
        (json!({"kind": "rate", "percent": "11"}), "fee_passthrough.percent"),
        (json!({"kind": "rate", "percent": "0"}), "fee_passthrough.percent"),
        (json!({"kind": "rate", "percent": "1", "fixed": -1}), "fee_passthrough.fixed"),
        (json!({"kind": "rate"}), "fee_passthrough.percent"),
        (json!({"kind": "much"}), "fee_passthrough.kind"),
        (json!({"kind": "off", "percentage": "1"}), "fee_passthrough.percentage"),
    ] {
        let path = format!("/invoices/{}", draft(&program, "US", json!({})).await);
        let answer = program.patch(&path, json!({ "fee_passthrough": wrong })).await;
        assert_eq!((answer.status, answer.fields()), (422, vec![field.to_owned()]), "{}", answer.text());
    }
    for wrong in
        [json!({"off_in": ["EU"]}), json!({"accounts": [{"kind": "off"}]}), json!({"usual": {"kind": "inherit"}})]
    {
        assert_eq!(program.patch("/settings", json!({ "fee_passthrough": wrong })).await.status, 422, "{wrong}");
    }
}

#[tokio::test]
async fn the_export_tells_the_fee_apart() {
    let app = TestApp::start().await;
    let program = app.program().await;
    paid(&app, &program).await;
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    let mut emit = |part: Part<'_>| {
        match part {
            Part::File(name) => files.push((name.to_owned(), Vec::new())),
            Part::Data(bytes) => files.last_mut().unwrap().1.extend(bytes),
        }
        Ok(())
    };
    for format in [Format::Csv, Format::Json] {
        app.app.store.read(|r| export::write(&r, format, &mut emit)).unwrap();
    }
    let file = |name: &str| {
        let (_, bytes) = files.iter().find(|(known, _)| known == name).unwrap();
        String::from_utf8(bytes.clone()).unwrap()
    };
    has(&file("fee_invoices.csv"), &["TEST-FEE-2026-0001", ",3.89,0.74,4.63,2.9,0.30,settings,"]);
    has(&file("ledger.csv"), &["fees_charged,EUR,-3.89"]);
    has(&file("fee_invoices.json"), &["\"net\":389", "TEST-FEE-2026-0001"]);
}

#[tokio::test]
async fn an_owner_turns_the_fee_on_and_is_told_where_it_is_unlawful() {
    let app = TestApp::start().await;
    let owner = Person::owner(&app).await;
    let shown = owner.page(PAYMENTS).await;
    has(&shown, &["unlawful in the European Union", "2015/2366", "AT, AX, BE"]);
    let form = Sheet::read(&shown, FEE);
    assert_eq!(form.value("fee_passthrough.kind"), Some("off"), "off by default");
    for (changes, says) in [
        (vec![("fee_passthrough.kind", "rate"), ("fee_passthrough.percent", "12")], "Write at most 10 percent."),
        (vec![("fee_passthrough.kind", "rate"), ("fee_passthrough.percent", "")], "or take no fee"),
        (vec![("fee_passthrough.kind", "rate"), ("fee_passthrough.fixed", "101")], "at most 100.00 EUR"),
        (vec![("fee_off_in", "DE, EU")], "EU is no country"),
    ] {
        let answer = owner.send(&form, &changes).await;
        assert_eq!(answer.status, 422);
        has(&answer.text(), &[says]);
    }
    let typed =
        [("fee_passthrough.kind", "rate"), ("fee_passthrough.percent", "2.9"), ("fee_passthrough.fixed", "0.30")];
    assert_eq!(leads_to(&owner.send(&form, &typed).await), format!("{PAYMENTS}?done=saved"));
    has(&owner.page(PAYMENTS).await, &["pays €103.30", "Stripe keeps about €3.30; you receive €100.00"]);
    let stored = app.app.store.read(|r| r.settings()).unwrap().fee_passthrough;
    assert!(stored.off_in.contains("FR") && stored.accounts.is_empty());

    // The account has a rate of its own once it is known which one it is.
    let till = app.app.till().unwrap();
    let key = till.account.clone();
    let noted = app.app.store.write(move |w| quittance::payments::accounts::note(w, &key, Some("acct_1"))).await;
    noted.unwrap();
    let form = owner.sheet(PAYMENTS, FEE).await;
    let typed = [("fee_account.kind", "rate"), ("fee_account.percent", "1.5"), ("fee_account.fixed", "0.25")];
    leads_to(&owner.send(&form, &typed).await);
    let program = app.program().await;
    let invoice = issued(&program, "US", json!({})).await;
    has(&owner.page(&format!("/admin/invoices/{}", invoice.id)).await, &["1.5", "from the Stripe account"]);
    let unknown = issued(&program, "", json!({})).await;
    has(&owner.page(&format!("/admin/invoices/{}", unknown.id)).await, &["names no country"]);
    let german = issued(&program, "DE", json!({})).await;
    has(&owner.page(&format!("/admin/invoices/{}", german.id)).await, &["you take none from customers in DE"]);
}

#[tokio::test]
async fn an_invoice_of_its_own_choice_says_so_and_warns() {
    let app = TestApp::start().await;
    let (owner, program) = (Person::owner(&app).await, app.program().await);
    let id = draft(&program, "DE", json!({})).await;
    let (edit, action) = (format!("/admin/invoices/{id}/edit"), format!("/admin/invoices/{id}"));
    let form = owner.sheet(&edit, &action).await;
    assert_eq!(form.value("fee_passthrough.kind"), Some("inherit"));
    let typed = [("fee_passthrough.kind", "rate"), ("fee_passthrough.percent", "40"), ("do", "save")];
    let answer = owner.send(&form, &typed).await;
    assert_eq!(answer.status, 422);
    has(&answer.text(), &["Write at most 10 percent."]);
    let typed = [("fee_passthrough.kind", "rate"), ("fee_passthrough.percent", "3"), ("do", "save")];
    leads_to(&owner.send(&form, &typed).await);
    has(&owner.page(&edit).await, &["you take none from customers in DE"]);
    program.patch("/settings", json!({"fee_passthrough": {"off_in": []}})).await.expect(200);
    has(&owner.page(&edit).await, &["A fee on a consumer’s card is unlawful in Germany"]);
    has(&owner.page(&format!("/admin/invoices/{id}/send")).await, &["unlawful in Germany"]);
    has(&owner.page(&action).await, &["from this invoice"]);
    has(&owner.page(&format!("/admin/invoices/{id}/preview")).await, &["Payment fee", "Pay €12"]);
}

#[tokio::test]
async fn a_refund_says_how_much_of_it_is_invoice_and_how_much_fee() {
    let app = TestApp::start().await;
    let (owner, program) = (Person::owner(&app).await, app.program().await);
    let invoice = paid(&app, &program).await;
    let shown = owner.page(&format!("/admin/invoices/{}", invoice.id)).await;
    has(&shown, &["€4.63 of it payment fee", "TEST-FEE-2026-0001", "/fee/1"]);
    assert!(!shown.contains("held as credit"), "{shown}");
    let payment = app.app.store.read(|r| r.payments_of_invoice(invoice.id)).unwrap().remove(0).id;
    let refund = format!("/admin/payments/{payment}/refund");
    let form = owner.sheet(&refund, &refund).await;
    assert_eq!(form.value("amount"), Some("123.63"), "all of it can go back");
    has(&owner.page(&refund).await, &["€119.00 of the payment was for the invoice and €4.63 is the fee"]);
    for (amount, back) in
        [("123.63", Some("€4.63 of it takes")), ("120.00", Some("€1.00 of it takes")), ("119.00", None)]
    {
        let asked = owner.send(&form, &[("amount", amount), ("reason", "duplicate")]).await.text();
        assert_eq!(asked.contains("takes the payment fee back"), back.is_some(), "{amount}");
        has(&asked, &back.into_iter().collect::<Vec<_>>());
    }
    let refunds = format!("/invoices/{}/refunds", invoice.id);
    program.post(&refunds, json!({"amount": 12000})).await.expect(201);
    has(
        &owner.page(&format!("/admin/invoices/{}", invoice.id)).await,
        &["takes the payment fee back: TEST-FEE-2026-0002"],
    );
    has(&page(&app, &invoice, "/fee/1").await, &["Payment fee TEST-FEE-2026-0001", "/fee/1/correction/1"]);
    let correction = page(&app, &invoice, "/fee/1/correction/1").await;
    has(&correction, &["Correction TEST-FEE-2026-0002", "€1.00", "corrects the payment fee"]);
    assert_eq!(app.get(&path(&invoice, "/fee/1/correction/2")).await.status, 404);
    let document = program.get("/payments").await.expect(200)["data"][0]["fee_document"].clone();
    let told = &document["corrections"][0];
    // Of 4.63 with 0.74 tax: of the first 1.00 of it, 0.16.
    assert_eq!((&document["refunded"], &told["total"], &told["tax"]), (&json!(100), &json!(-100), &json!(-16)));
    program.post(&refunds, json!({"amount": 363})).await.expect(201);
    let document = program.get("/payments").await.expect(200)["data"][0]["fee_document"].clone();
    assert_eq!(document["corrections"][1]["tax"], -58, "the two take back exactly the tax of the fee");
}

#[tokio::test]
async fn whoever_chooses_the_amount_is_told_the_fee_on_either_end() {
    let app = TestApp::start().await;
    let program = app.program().await;
    usual(&program, json!({"kind": "rate", "percent": "0", "fixed": 100})).await;
    let invoice = issued(&program, "US", json!({"payment_plan": {"kind": "minimum", "amount": 2_500}})).await;
    has(&page(&app, &invoice, "").await, &["By card, a payment fee is added: €1.19 on €25.00, €1.19 on €119.00."]);
    let answer = app.ask("POST", &path(&invoice, "/checkout/part")).form("amount=50").send().await;
    assert_eq!(answer.status, 303);
    let session = app.stand_in.session(&app.session(&invoice)).unwrap();
    assert_eq!(session["amount_total"], 5_119);
}
