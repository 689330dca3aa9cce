//! L: what reconciliation finds.

use quittance::billing::log::{Channel, Happening};
use quittance::billing::review::Reason;
use quittance::billing::standing::Status;
use quittance::demo::stripe::Operation;
use quittance::payments::reconcile::Extent;
use serde_json::json;

use super::stage::{Stage, session};

#[tokio::test]
async fn l1_a_payment_whose_webhooks_were_all_lost_is_booked_by_a_pass() {
    for extent in [Extent::Short, Extent::whole()] {
        let stage = Stage::set().await;
        let invoice = stage.invoice("10").await;
        stage.start_and_pay(&invoice).await;
        stage.advance(600);
        let report = stage.reconcile_as(Channel::Owner, extent).await;
        stage.assert_paid_once(&invoice);
        assert_eq!((report.error.clone(), report.repaired.len()), (None, 1), "{report:?}");
        assert_eq!(report.repaired[0].invoice, Some(invoice.id));
        let line = stage.log(&invoice).into_iter().find(|line| line.kind == Happening::PaymentSucceeded).unwrap();
        assert_eq!(line.source, Channel::Reconciliation);
        let before = stage.fingerprint();
        let again = stage.reconcile_as(Channel::Owner, extent).await;
        assert_eq!((again.repaired.len(), again.differences.len()), (0, 0));
        stage.deliver().await;
        assert_eq!(stage.fingerprint(), before);
    }
}

#[tokio::test]
async fn l1_an_event_that_was_not_delivered_is_named_as_a_missed_webhook() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    stage.start_and_pay(&invoice).await;
    stage.advance(600);
    let report = stage.reconcile_as(Channel::Schedule, Extent::Short).await;
    let found = &report.repaired[0];
    assert_eq!((report.repaired.len(), found.kind.as_str(), found.invoice), (1, "missed_webhook", Some(invoice.id)));
}

#[tokio::test]
async fn l1_money_without_any_event_is_found_among_the_objects() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    let attempt = stage.start_and_pay(&invoice).await;
    // Stripe lists no event of it any more, and the attempt was given up here.
    stage.advance(31 * 24 * 3600);
    let id = attempt.id;
    stage
        .app
        .store
        .write(move |w| {
            let stored = w.attempt(id)?.unwrap();
            let expired = quittance::billing::attempt::State::Expired;
            w.put_attempt(&quittance::billing::attempt::Attempt { state: expired, next_look: None, ..stored })
        })
        .await
        .unwrap();
    let report = stage.reconcile().await;
    stage.assert_paid_once(&invoice);
    assert_eq!((report.error, report.repaired.len()), (None, 1));
}

#[tokio::test]
async fn c23_c24_after_a_month_off_the_objects_are_compared_although_only_events_were_asked_for() {
    let stage = Stage::set().await;
    stage.reconcile_as(Channel::Schedule, Extent::Short).await;
    let invoice = stage.invoice("10").await;
    stage.start_and_pay(&invoice).await;
    stage.advance(33 * 24 * 3600);
    let report = stage.reconcile_as(Channel::Schedule, Extent::Short).await;
    assert!(report.full && stage.asked(Operation::ListCharges) == 1);
    stage.assert_paid_once(&invoice);
}

#[tokio::test]
async fn l2_a_payment_that_stripe_does_not_know_is_a_case_and_stays() {
    let stage = Stage::set().await;
    let (invoice, attempt) = stage.paid("10").await;
    let intent = attempt.payment_intent.unwrap();
    let charge = stage.payments(&invoice)[0].method.stripe().unwrap().charge.clone().unwrap();
    stage.stripe.mutate_charge(&charge, |made| made["status"] = json!("failed"));
    stage.stripe.mutate_intent(&intent, |made| made["status"] = json!("canceled"));
    for _ in 0..2 {
        let report = stage.reconcile().await;
        assert_eq!((report.differences.len(), report.differences[0].kind.as_str()), (1, "missing_at_stripe"));
        assert_eq!(stage.reasons(), [Reason::MissingAtStripe]);
    }
    assert_eq!(stage.status(&invoice), Status::Paid);
}

#[tokio::test]
async fn m4_a_charge_of_another_amount_than_the_books_is_a_case() {
    let stage = Stage::set().await;
    let (invoice, _) = stage.paid("10").await;
    let charge = stage.payments(&invoice)[0].method.stripe().unwrap().charge.clone().unwrap();
    stage.stripe.mutate_charge(&charge, |made| made["amount_captured"] = json!(900));
    let report = stage.reconcile().await;
    assert_eq!((report.differences.len(), stage.reasons()), (1, vec![Reason::AmountMismatch]));
    assert_eq!(stage.status(&invoice), Status::Paid);
}

#[tokio::test]
async fn l10_more_differences_than_can_be_believed_are_not_touched() {
    let stage = Stage::set().await;
    for _ in 0..21 {
        stage.paid_elsewhere(&[]);
    }
    // Their events are too old to be listed.
    stage.advance(31 * 24 * 3600);
    let report = stage.reconcile().await;
    assert!(report.error.unwrap().starts_with("21 differences"));
    assert_eq!((stage.all_payments().len(), stage.reviews().len()), (0, 0));
}

#[tokio::test]
async fn d7_money_that_was_refunded_before_we_saw_it_is_booked_first() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    let attempt = stage.start_and_pay(&invoice).await;
    let intent = stage.stripe.session(session(&attempt)).unwrap()["payment_intent"].as_str().unwrap().to_owned();
    stage.stripe.refund(&intent, 400).unwrap();
    stage.deliver().await;
    stage.assert_paid_once(&invoice);
}

#[tokio::test]
async fn j6_an_older_copy_is_compared_from_before_it_was_made_whoever_asks() {
    let stage = Stage::set().await;
    let (kept, _) = stage.paid("10").await;
    let copy = stage.app.store.back_up(Vec::new()).unwrap();
    // More than a pass believes otherwise, and longer ago than Stripe lists events.
    for _ in 0..25 {
        stage.paid_elsewhere(&[("metadata[invoice]", &kept.id.to_string())]);
    }
    stage.advance(40 * 24 * 3600);
    let stage = stage.put_back(&copy);
    assert!(stage.app.payments_held().is_some());
    let report = stage.reconcile_as(Channel::Schedule, Extent::Short).await;
    assert_eq!((report.error.clone(), report.full, report.repaired.len()), (None, true, 25), "{report:?}");
    assert_eq!(stage.reasons(), vec![Reason::UnknownSession; 25]);
    assert_eq!(stage.app.payments_held(), None);
    assert_eq!(stage.reopened().app.payments_held(), None);
}
