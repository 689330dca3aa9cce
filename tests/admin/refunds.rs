//! The owner gives money back: the form, the question, the double click, and what the pages say afterwards.

use quittance::billing::id::PaymentId;
use quittance::billing::invoice::Invoice;
use quittance::billing::log::Channel;
use quittance::demo::stripe::{Card, DisputeOrder, Fault, Operation};
use quittance::payments::checkout::{start, sync_session};
use quittance::payments::client::Patience;

use super::person::{Person, leads_to};
use crate::support::TestApp;

/// An invoice over 10 EUR that was paid by card, and its payment.
async fn paid(app: &TestApp) -> (Invoice, PaymentId) {
    let invoice = app.invoice("10").await;
    let till = app.app.till().unwrap();
    let attempt = start(&till, &invoice, &quittance::actions::Actor::owner("pat@example.com")).await.unwrap();
    let session = attempt.session.unwrap();
    app.stand_in.pay(&session, Card::Visa).unwrap();
    sync_session(&till, &session, Channel::Webhook, None, Patience::Request).await.unwrap();
    let payment = app.app.store.read(|r| r.payments_of_invoice(invoice.id)).unwrap().remove(0).id;
    (invoice, payment)
}

#[tokio::test]
async fn an_owner_refunds_a_payment_and_everybodys_pages_say_so() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let (invoice, payment) = paid(&app).await;
    let (page, path) = (format!("/admin/invoices/{}", invoice.id), format!("/admin/payments/{payment}/refund"));
    assert!(person.page(&page).await.contains(&format!("href=\"{path}\"")));
    let form = person.sheet(&path, &path).await;
    assert_eq!(form.value("amount"), Some("10.00"), "what can be refunded is filled in");
    for (amount, reason, says) in [
        ("0", "duplicate", "Write an amount of more than nothing, up to 10.00 EUR"),
        ("10.01", "duplicate", "At most 10.00 EUR can be refunded"),
        ("-3", "duplicate", "more than nothing"),
        ("ten", "duplicate", "amount"),
        ("10", "because", "Choose a reason"),
    ] {
        let answer = person.send(&form, &[("amount", amount), ("reason", reason)]).await;
        assert!(answer.status == 422 && answer.text().contains(says), "{amount}: {}", answer.text());
    }
    let asked = person.send(&form, &[("amount", "4.00"), ("reason", "duplicate")]).await;
    assert!(asked.status == 200 && asked.text().contains("Visa ending 4242"), "{}", asked.text());
    assert_eq!(app.stand_in.refunds().len(), 0, "a question is no refund");
    let question = super::person::Sheet::read(&asked.text(), &path);
    assert_eq!((question.value("confirmed"), question.value("amount")), (Some("yes"), Some("4.00")));
    for _ in 0..2 {
        let answer = person.send(&question, &[]).await;
        assert_eq!(leads_to(&answer), format!("{page}?done=refunded"), "clicked twice, done once");
    }
    assert_eq!(app.stand_in.refunds().len(), 1);
    let shown = person.page(&page).await;
    assert!(shown.contains("Partly refunded") && shown.contains("Refund succeeded"), "{shown}");
    assert!(person.page("/admin/payments").await.contains("Partly refunded"));
    let link = format!("/i/{}", invoice.link.token());
    assert!(app.get(&link).await.text().contains("of it was refunded"));
    assert!(app.get(&format!("{link}/receipt/1")).await.text().contains("Refunded since"));
    // The rest.
    let form = person.sheet(&path, &path).await;
    assert_eq!(form.value("amount"), Some("6.00"));
    let asked = person.send(&form, &[("reason", "requested_by_customer")]).await;
    leads_to(&person.send(&super::person::Sheet::read(&asked.text(), &path), &[]).await);
    assert!(app.get(&link).await.text().contains("Refunded"));
    assert!(!person.page(&page).await.contains(&format!("href=\"{path}\"")), "nothing is left to refund");
    let answer = person.get(&path).await;
    assert!(answer.status == 409 && answer.text().contains("went back already"), "{}", answer.text());
}

#[tokio::test]
async fn while_stripe_does_not_answer_the_page_says_what_is_known_and_that_nothing_is_to_be_done_twice() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let (invoice, payment) = paid(&app).await;
    let path = format!("/admin/payments/{payment}/refund");
    app.stand_in.fault_always(Operation::CreateRefund, Fault::DropAfterEffect);
    let form = person.sheet(&path, &path).await;
    let asked = person.send(&form, &[("reason", "duplicate")]).await;
    let answer = person.send(&super::person::Sheet::read(&asked.text(), &path), &[]).await;
    assert_eq!(leads_to(&answer), format!("/admin/invoices/{}?done=refund-asked", invoice.id));
    let page = person.follow(&answer).await;
    for says in ["Waiting for Stripe", "has not answered yet", "Nothing needs to be done twice"] {
        assert!(page.contains(says), "{says}");
    }
    app.stand_in.clear_faults();
}

#[tokio::test]
async fn f7_no_button_refunds_what_a_bank_disputes_and_an_inquiry_can_be_answered_by_a_refund() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    for (order, is_offered) in [(DisputeOrder::inquiry(), true), (DisputeOrder::chargeback(), false)] {
        let (invoice, payment) = paid(&app).await;
        let (page, path) = (format!("/admin/invoices/{}", invoice.id), format!("/admin/payments/{payment}/refund"));
        let offered = async || person.page(&page).await.contains(&format!("href=\"{path}\""));
        assert!(offered().await);
        let session = app.stand_in.session(&app.session(&invoice)).unwrap();
        app.stand_in.dispute(session["payment_intent"].as_str().unwrap(), &order).unwrap();
        app.work_off().await;
        assert_eq!(offered().await, is_offered, "{order:?}");
        let answer = person.get(&path).await;
        assert_eq!(answer.status, if is_offered { 200 } else { 409 }, "{order:?}: {}", answer.text());
        assert_eq!(answer.text().contains("disputes this payment"), !is_offered, "{order:?}");
    }
}
