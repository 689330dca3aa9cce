//! What the owner thinks better of: a payment that was recorded by mistake, an invoice that waits for a bank payment.

use quittance::actions::Actor;
use quittance::actions::record_payment::{Recorded, record};
use quittance::billing::invoice::Invoice;
use quittance::billing::payment::Method;

use super::person::{EMAIL, Person, leads_to};
use crate::support::{TestApp, change, path};

async fn recorded(app: &TestApp, invoice: &Invoice) -> String {
    let (id, amount) = (invoice.id, invoice.totals.total);
    let seen = Recorded { amount, method: Method::Cash, received_on: None, reference: String::new() };
    let payment = change(app, move |w| record(w, id, &seen, &Actor::owner(EMAIL))).await;
    format!("/admin/payments/{}/take-back", payment.id)
}

#[tokio::test]
async fn e9_a_payment_is_taken_back_on_the_invoices_page_with_a_reason() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let invoice = app.invoice("119").await;
    let action = recorded(&app, &invoice).await;
    let page = format!("/admin/invoices/{}", invoice.id);
    assert!(person.page(&page).await.contains(&action));
    assert_eq!(app.get(&path(&invoice, "/receipt/1")).await.status, 200);

    let sheet = person.sheet(&action, &action).await;
    let refused = person.send(&sheet, &[("reason", "  ")]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("Say why"), "{}", refused.text());
    let done = person.send(&sheet, &[("reason", "the other customer's money")]).await;
    assert_eq!(leads_to(&done), format!("{page}?done=taken-back"));
    let shown = person.follow(&done).await;
    assert!(
        shown.contains("Taken back") && shown.contains("the other customer") && !shown.contains(&action),
        "{shown}"
    );
    assert!(person.page("/admin/payments").await.contains("Taken back"));

    // The customer is asked again, and nothing confirms what never was.
    assert_eq!(app.status(&invoice).await, "unpaid");
    assert_eq!(app.get(&path(&invoice, "/receipt/1")).await.status, 404);
    let again = person.send(&sheet, &[("reason", "twice")]).await;
    assert_eq!(again.status, 409);
}

#[tokio::test]
async fn b12_an_invoice_that_waits_for_the_bank_is_opened_again_after_a_question() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let invoice = app.invoice("119").await;
    let (page, action) = (format!("/admin/invoices/{}", invoice.id), format!("/admin/invoices/{}/let-go", invoice.id));
    assert!(!person.page(&page).await.contains(&action));
    app.click_pay(&invoice).await;
    app.stand_in.pay_delayed(&app.session(&invoice)).unwrap();
    app.work_off().await;
    assert_eq!((app.status(&invoice).await.as_str(), app.click_pay(&invoice).await.status), ("processing", 409));
    assert!(person.page(&page).await.contains(&action));
    let sheet = person.sheet(&action, &action).await;
    assert_eq!(leads_to(&person.send(&sheet, &[]).await), format!("{page}?done=let-go"));
    assert_eq!((app.status(&invoice).await.as_str(), app.click_pay(&invoice).await.status), ("unpaid", 303));
    assert_eq!(person.send(&sheet, &[]).await.status, 409);
}
