//! The owner gives money back: the form, the question, the double click, and what the pages say afterwards.

use quittance::billing::id::PaymentId;
use quittance::billing::invoice::Invoice;
use quittance::billing::log::Channel;
use quittance::demo::stripe::{Card, DisputeOrder, Fault, Operation, RefundFate};
use quittance::payments::checkout::{start, sync_session};
use quittance::payments::client::Patience;

use super::person::{Person, Sheet, leads_to};
use super::sums;
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
    let question = Sheet::read(&asked.text(), &path);
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
    leads_to(&person.send(&Sheet::read(&asked.text(), &path), &[]).await);
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
    let answer = person.send(&Sheet::read(&asked.text(), &path), &[]).await;
    assert_eq!(leads_to(&answer), format!("/admin/invoices/{}?done=refund-asked", invoice.id));
    let page = person.follow(&answer).await;
    for says in ["Waiting for Stripe", "has not answered yet", "Nothing needs to be done twice"] {
        assert!(page.contains(says), "{says}");
    }
    app.stand_in.clear_faults();
}

#[tokio::test]
async fn a_warning_of_fraud_leads_to_the_refund_and_is_closed_with_a_reason() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let (invoice, payment) = paid(&app).await;
    let intent = app.app.store.read(|r| r.payment(payment)).unwrap().unwrap();
    app.stand_in.warn_of_fraud(&intent.method.stripe().unwrap().payment_intent).unwrap();
    app.work_off().await;
    let queue = person.page("/admin/review").await;
    assert!(queue.contains("Stripe warns of fraud"), "{queue}");
    assert!(queue.contains(&format!("href=\"/admin/payments/{payment}/refund\"")), "{queue}");
    let case = app.app.store.read(|r| r.reviews_of_invoice(invoice.id)).unwrap().remove(0).id;
    let note = [("action", "ignore"), ("note", "The customer is known to us")];
    leads_to(&person.post(&format!("/admin/review/{case}/resolve"), &note).await);
    let shown = person.page(&format!("/admin/review/{case}")).await;
    assert!(shown.contains("The customer is known to us") && shown.contains("/undo\""), "{shown}");
    assert!(!shown.contains("Refund the payment"), "{shown}");
    leads_to(&person.post(&format!("/admin/review/{case}/undo"), &[]).await);
    assert!(person.page("/admin/review").await.contains("Stripe warns of fraud"));
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

#[tokio::test]
async fn f12_what_stripe_refused_can_be_typed_less_of_and_sent_again() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let (invoice, payment) = paid(&app).await;
    let path = format!("/admin/payments/{payment}/refund");
    let form = person.sheet(&path, &path).await;
    let asked = person.send(&form, &[("amount", "4.00"), ("reason", "duplicate")]).await;
    app.stand_in.next_refund(RefundFate::Refused);
    let refused = person.send(&Sheet::read(&asked.text(), &path), &[]).await;
    assert_eq!(refused.status, 409, "{}", refused.text());
    assert!(refused.text().contains("Stripe balance") && !refused.text().contains("Nothing to refund"));
    let again = Sheet::read(&refused.text(), &path);
    assert_eq!((again.value("amount"), again.value("reason")), (Some("4.00"), Some("duplicate")));

    // The balance is still low: Stripe takes the next one and waits.
    app.stand_in.next_refund(RefundFate::Unfunded);
    let asked = person.send(&again, &[("amount", "3.00")]).await;
    let sent = person.send(&Sheet::read(&asked.text(), &path), &[]).await;
    assert_eq!(leads_to(&sent), format!("/admin/invoices/{}?done=refund-pending", invoice.id));
    assert!(person.follow(&sent).await.contains("The refund is made and waits at Stripe"));
}

#[tokio::test]
async fn a_refund_over_two_cards_of_which_one_failed_is_not_called_refunded() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let (_, id) = sums::issued(&app, "EUR", sums::deposit()).await;
    let invoice = app.app.store.read(|r| r.invoice(id)).unwrap().unwrap();
    for _ in 0..2 {
        assert_eq!(app.click_pay(&invoice).await.status, 303);
        app.stand_in.pay(&app.session(&invoice), Card::Visa).unwrap();
        app.work_off().await;
    }
    let action = format!("/admin/invoices/{id}/credit");
    let sheet = person.sheet(&action, &action).await;
    leads_to(&person.send(&sheet, &[("settle", "customer_credit"), ("do", "issue")]).await);
    let note = app.app.store.read(|r| r.credit_notes_of_invoice(id)).unwrap().remove(0);
    let note = format!("/admin/credit-notes/{}", note.id);
    let back = format!("{note}/refund");
    let asked = person.send(&person.sheet(&back, &back).await, &[]).await;
    app.stand_in.next_refund(RefundFate::Processing);
    app.stand_in.next_refund(RefundFate::Refused);
    let sent = person.send(&Sheet::read(&asked.text(), &back), &[]).await;
    assert_eq!(leads_to(&sent), format!("{note}?done=refund-failed"));
    let page = person.follow(&sent).await;
    assert!(page.contains("toast bad") && page.contains("not all of it") && page.contains(">Failed<"), "{page}");
}
