//! The owner credits an invoice, corrects and reissues it, and uses a customer's credit.

use std::time::Duration;

use quittance::actions::Actor;
use quittance::actions::record_payment::{Recorded, record};
use quittance::billing::invoice::Invoice;
use quittance::billing::payment::Method;
use quittance::demo::stripe::{Fault, Operation};
use quittance::store::Error;

use super::person::{EMAIL, Person, Sheet, leads_to};
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
async fn what_a_note_pays_back_is_shown_on_it_and_what_is_kept_can_be_paid_back_later() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let invoice = app.invoice("119").await;
    paid(&app, &invoice).await;
    let page = format!("/admin/invoices/{}", invoice.id);
    let action = format!("{page}/credit");
    let sheet = person.sheet(&action, &action).await;
    assert_eq!(sheet.value("method"), Some("cash"), "as it had come");
    let pays = [("mode", "amount"), ("amount", "19.00"), ("settle", "refund"), ("method", "bank_transfer")];
    let asked = person.send(&sheet, &[&pays[..], &[("do", "review")]].concat()).await.text();
    assert!(asked.contains("19.00 is recorded as given back (Bank transfer)"), "{asked}");
    let shown = person.follow(&person.send(&sheet, &[&pays[..], &[("do", "issue")]].concat()).await).await;
    assert!(shown.contains("Paid back") && shown.contains(">Refunded<"), "{shown}");
    assert!(!shown.contains("Pay back €"), "nothing of it is left");

    let sheet = person.sheet(&action, &action).await;
    let keeps = [("mode", "amount"), ("amount", "50.00"), ("settle", "customer_credit"), ("do", "issue")];
    person.send(&sheet, &keeps).await;
    let notes = app.app.store.read(|r| r.credit_notes_of_invoice(invoice.id)).unwrap();
    let note = format!("/admin/credit-notes/{}", notes[1].id);
    assert!(person.page(&note).await.contains("Pay back €50.00…"));
    let back = format!("{note}/refund");
    let form = person.sheet(&back, &back).await;
    assert_eq!(form.value("amount"), Some("50.00"));
    let refused = person.send(&form, &[("amount", "50.01")]).await;
    assert!(refused.status == 422 && refused.text().contains("At most 50.00 EUR"), "{}", refused.text());
    let asked = person.send(&form, &[("amount", "30.00")]).await;
    let question = Sheet::read(&asked.text(), &back);
    for _ in 0..2 {
        let done = person.send(&question, &[]).await;
        assert_eq!(leads_to(&done), format!("{note}?done=refunded"), "clicked twice, done once");
    }
    let shown = person.page(&note).await;
    assert!(shown.contains("Pay back €20.00…") && shown.contains("Kept as credit"), "{shown}");
}

#[tokio::test]
async fn while_stripe_does_not_answer_the_note_says_what_is_known_and_that_nothing_is_to_be_done_twice() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let invoice = app.invoice("119").await;
    let till = app.app.till().unwrap();
    let owner = quittance::actions::Actor::owner("pat@example.com");
    let attempt = quittance::payments::checkout::start(&till, &invoice, &owner).await.unwrap();
    let session = attempt.session.unwrap();
    app.stand_in.pay(&session, quittance::demo::stripe::Card::Visa).unwrap();
    let (channel, patience) =
        (quittance::billing::log::Channel::Webhook, quittance::payments::client::Patience::Request);
    quittance::payments::checkout::sync_session(&till, &session, channel, None, patience).await.unwrap();
    let action = format!("/admin/invoices/{}/credit", invoice.id);
    let sheet = person.sheet(&action, &action).await;
    app.stand_in.fault_always(Operation::CreateRefund, Fault::Status(502));
    let done = person.send(&sheet, &[("settle", "refund"), ("do", "issue")]).await;
    let shown = person.follow(&done).await;
    for says in ["Waiting for Stripe", "has not answered yet", "Nothing needs to be done twice", "Being paid back"] {
        assert!(shown.contains(says), "{says}: {shown}");
    }
    assert!(!shown.contains("Pay back €"), "what may be on its way is not paid back once more");
    app.stand_in.clear_faults();
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

    // The money of the old invoice pays the new one: whoever refunds it is told.
    let payment = app.app.store.read(|r| r.payments_of_invoice(invoice.id)).unwrap().remove(0).id;
    let refund = format!("/admin/payments/{payment}/refund");
    let form = person.sheet(&refund, &refund).await;
    let asked = person.send(&form, &[("reason", "duplicate")]).await.text();
    assert!(asked.contains("€119.00 of invoice") && asked.contains("your customer gets twice"), "{asked}");
}

#[tokio::test]
async fn two_clicks_at_once_issue_one_note_and_one_refund() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let invoice = app.invoice("119").await;
    let (id, part) = (invoice.id, 10_900);
    let seen = Recorded { amount: part, method: Method::Cash, received_on: None, reference: String::new() };
    change(&app, move |w| record(w, id, &seen, &Actor::owner(EMAIL))).await;
    app.click_pay(&invoice).await;
    let action = format!("/admin/invoices/{id}/credit");
    let sheet = person.sheet(&action, &action).await;
    // Both have read the form's place before either has a number: closing the checkout takes Stripe a while.
    app.stand_in.fault_always(Operation::ExpireSession, Fault::Slow(Duration::from_millis(300)));
    let fields = [("mode", "amount"), ("amount", "50"), ("settle", "refund"), ("method", "cash"), ("do", "issue")];
    let (one, other) = tokio::join!(person.send(&sheet, &fields), person.send(&sheet, &fields));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 409], "{} {}", one.text(), other.text());
    let (notes, refunds) =
        app.app.store.read(|r| Ok::<_, Error>((r.credit_notes_of_invoice(id)?, r.refunds_of_invoice(id)?))).unwrap();
    assert_eq!((notes.len(), refunds.len()), (1, 1));
}

#[tokio::test]
async fn a_note_that_could_not_be_issued_is_not_lost() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let invoice = app.invoice("119").await;
    app.click_pay(&invoice).await;
    let action = format!("/admin/invoices/{}/credit", invoice.id);
    let sheet = person.sheet(&action, &action).await;
    for operation in [Operation::ExpireSession, Operation::GetSession] {
        app.stand_in.fault_always(operation, Fault::Status(502));
    }
    let fields = [("mode", "amount"), ("amount", "19"), ("reason", "Late by a week"), ("do", "issue")];
    let refused = person.send(&sheet, &fields).await;
    assert_eq!(refused.status, 503, "{}", refused.text());
    assert!(refused.header("retry-after").is_some());
    let again = Sheet::read(&refused.text(), &action);
    assert_eq!(
        (again.value("mode"), again.value("amount"), again.value("reason")),
        (Some("amount"), Some("19"), Some("Late by a week"))
    );
    app.stand_in.clear_faults();
    leads_to(&person.send(&again, &[("do", "issue")]).await);
}
