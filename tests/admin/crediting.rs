//! The owner credits an invoice, corrects and reissues it, and uses a customer's credit.

use quittance::actions::Actor;
use quittance::actions::record_payment::{Recorded, record};
use quittance::billing::invoice::Invoice;
use quittance::billing::payment::Method;

use super::person::{EMAIL, Person, leads_to};
use crate::support::{TestApp, change, path};

async fn paid(app: &TestApp, invoice: &Invoice) {
    let (id, amount) = (invoice.id, invoice.totals.total);
    let seen = Recorded { amount, method: Method::Cash, received_on: None, reference: String::new() };
    change(app, move |w| record(w, id, &seen, &Actor::owner(EMAIL))).await;
}

#[tokio::test]
async fn an_invoice_is_credited_after_a_look_at_the_note() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let invoice = app.invoice("119").await;
    let page = format!("/admin/invoices/{}", invoice.id);
    let action = format!("{page}/credit");
    assert!(person.page(&page).await.contains(&action));
    let sheet = person.sheet(&action, &action).await;

    let computed = person.post(&format!("{action}/preview"), &[("mode", "amount"), ("amount", "19")]).await.text();
    assert!(computed.contains("Total credited") && computed.contains("19.00"), "{computed}");
    let computed = person.post(&format!("{action}/preview"), &[("mode", "amount"), ("amount", "200")]).await.text();
    assert!(computed.contains("At most 119.00 EUR"), "{computed}");

    let wrong = person.send(&sheet, &[("mode", "amount"), ("amount", "200"), ("do", "review")]).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text().contains("At most 119.00 EUR"), "{}", wrong.text());
    let part = [("mode", "amount"), ("amount", "19"), ("reason", "Late by a week"), ("do", "review")];
    let review = person.send(&sheet, &part).await.text();
    assert!(review.contains("Issue credit note TEST-CN-2026-0001?"), "{review}");
    assert!(
        review.contains("falls by") && review.contains("Late by a week") && review.contains("Credited to"),
        "{review}"
    );

    let part = [("mode", "amount"), ("amount", "19"), ("reason", "Late by a week"), ("do", "issue")];
    let done = person.send(&sheet, &part).await;
    assert!(leads_to(&done).starts_with(&page), "{}", leads_to(&done));
    let shown = person.follow(&done).await;
    assert!(shown.contains("TEST-CN-2026-0001") && shown.contains("Partly credited"), "{shown}");
    assert_eq!(person.send(&sheet, &part).await.status, 409, "the same form twice issues one note");

    let public = app.get(&path(&invoice, "")).await.text();
    assert!(public.contains("Credit note TEST-CN-2026-0001") && public.contains("100.00"), "{public}");
    let note = app.get(&path(&invoice, "/credit/1")).await.text();
    assert!(note.contains("Late by a week") && note.contains("Total credited"), "{note}");
    assert_eq!(app.get(&path(&invoice, "/credit/2")).await.status, 404);
    assert!(person.page("/admin/credit-notes").await.contains("TEST-CN-2026-0001"));
}

#[tokio::test]
async fn what_was_credited_in_full_and_never_paid_is_called_credited() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let invoice = app.invoice("119").await;
    let page = format!("/admin/invoices/{}", invoice.id);
    let action = format!("{page}/credit");
    let sheet = person.sheet(&action, &action).await;
    person.send(&sheet, &[("do", "issue")]).await;
    let shown = person.page(&page).await;
    assert!(shown.contains(">Credited<") && !shown.contains(">Paid</span>"), "{shown}");
    assert_eq!(app.status(&invoice).await, "paid", "for a program nothing is due");
    let public = app.get(&path(&invoice, "")).await.text();
    assert!(public.contains("taken back by a credit note") && !public.contains("Thank you. This page"), "{public}");
    assert_eq!(person.get(&action).await.status, 200);
    assert_eq!(person.send(&sheet, &[("do", "issue")]).await.status, 422, "nothing is left");
}

#[tokio::test]
async fn an_invoice_is_corrected_and_reissued_and_what_was_paid_pays_the_new_one() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let invoice = app.invoice("119").await;
    paid(&app, &invoice).await;
    let action = format!("/admin/invoices/{}/reissue", invoice.id);
    let sheet = person.sheet(&action, &action).await;
    let done = person.send(&sheet, &[("reason", "Wrong address")]).await;
    let edit = leads_to(&done);
    let draft = person.follow(&done).await;
    assert!(draft.contains(&format!("Replaces invoice {}", invoice.number)), "{draft}");

    let page = edit.split("/edit").next().unwrap().to_owned();
    let issued = person.post(&format!("{page}/issue"), &[]).await;
    let shown = person.follow(&issued).await;
    assert!(shown.contains("Use €119.00 of credit"), "{shown}");
    let used = person.post(&format!("{page}/apply-credit"), &[("amount", "119.00")]).await;
    let shown = person.follow(&used).await;
    assert!(shown.contains("Credit used.") && shown.contains(">Paid</span>"), "{shown}");
    assert_eq!(person.post(&format!("{page}/apply-credit"), &[("amount", "119.00")]).await.status, 409);
}
