//! B: while the customer is at Stripe.

use quittance::actions::{Actor, Refusal, checkout};
use quittance::billing::attempt::{Outcome, State};
use quittance::billing::log::Happening;
use quittance::billing::review::Reason;
use quittance::billing::standing::Status;
use quittance::demo::stripe::{Card, Operation, Payer};
use quittance::payments::fraud_review;
use serde_json::json;

use super::stage::{OWNER, Stage, is_paid, session};

#[tokio::test]
async fn b1_who_goes_back_and_returns_gets_the_same_session() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    let first = stage.start(&invoice).await;
    stage.advance(3600);
    assert_eq!(stage.start(&invoice).await.session, first.session);
    stage.advance(3600 - 500);
    assert_ne!(stage.start(&invoice).await.session, first.session, "one that is about to end is not handed out");
    assert_eq!(stage.stripe.session(session(&first)).unwrap()["status"], "expired");
}

#[tokio::test]
async fn b2_a_decline_and_then_a_success_in_one_session() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    let attempt = stage.start(&invoice).await;
    stage.stripe.pay(session(&attempt), Card::InsufficientFunds).unwrap();
    stage.deliver().await;
    assert_eq!((stage.status(&invoice), stage.count_of(&invoice, Happening::PaymentFailed)), (Status::Open, 1));
    let line = stage.log(&invoice).pop().unwrap();
    assert_eq!(line.detail.as_deref(), Some("The bank declined: not enough money in the account"));
    assert!(line.stripe_event.is_some() && line.stripe_payment_intent.is_some());
    assert_eq!(stage.attempt(attempt.id).outcome(), Outcome::Pending);
    assert_eq!(stage.start(&invoice).await.session, attempt.session, "the payer may try again there");
    stage.stripe.pay(session(&attempt), Card::Visa).unwrap();
    stage.deliver().await;
    stage.assert_paid_once(&invoice);
    assert!(stage.reviews().is_empty());
}

#[tokio::test]
async fn b3_b4_a_failure_that_arrives_after_the_success_changes_nothing() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    let attempt = stage.start(&invoice).await;
    stage.stripe.pay(session(&attempt), Card::Declined).unwrap();
    stage.stripe.pay(session(&attempt), Card::Visa).unwrap();
    let (failed, others): (Vec<_>, Vec<_>) =
        stage.stripe.events().into_iter().partition(|event| event["type"] == "payment_intent.payment_failed");
    for event in &others {
        stage.receive_one(event).await;
    }
    stage.work_off().await;
    let before = stage.fingerprint();
    assert_eq!(failed.len(), 1);
    stage.receive_one(&failed[0]).await;
    stage.work_off().await;
    assert_eq!(stage.fingerprint(), before);
    stage.assert_paid_once(&invoice);
}

#[tokio::test]
async fn b5_b6_three_d_secure_is_waited_for_and_its_abandonment_is_an_expiry() {
    let stage = Stage::set().await;
    let (agreed, left) = (stage.invoice("10").await, stage.invoice("20").await);
    let first = stage.start(&agreed).await;
    stage.stripe.pay(session(&first), Card::Secure).unwrap();
    stage.deliver().await;
    assert_eq!(stage.attempt(first.id).state, State::Open);
    stage.stripe.confirm(session(&first), true).unwrap();
    let second = stage.start(&left).await;
    stage.stripe.pay(session(&second), Card::Secure).unwrap();
    stage.advance(2 * 3600 + 1);
    stage.deliver().await;
    stage.assert_paid_once(&agreed);
    assert_eq!((stage.attempt(second.id).state, stage.status(&left)), (State::Expired, Status::Open));
}

#[tokio::test]
async fn b7_a_session_that_times_out_leaves_the_invoice_payable() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    let attempt = stage.start(&invoice).await;
    stage.advance(2 * 3600 + 61);
    stage.sweep().await;
    assert_eq!(stage.attempt(attempt.id).outcome(), Outcome::Canceled);
    assert_eq!(stage.count_of(&invoice, Happening::CheckoutExpired), 1);
    let before = stage.fingerprint();
    stage.deliver().await;
    stage.sweep().await;
    assert_eq!(stage.fingerprint(), before, "the webhook says nothing new");
    stage.start(&invoice).await;
    assert!(stage.letters().is_empty());
}

#[tokio::test]
async fn b8_the_expiry_of_an_old_attempt_after_a_newer_one_was_paid_touches_the_old_one_only() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    let first = stage.start(&invoice).await;
    stage.stripe.expire(session(&first)).unwrap();
    let late: Vec<_> = stage.stripe.events();
    stage.advance(2 * 3600 + 61);
    stage.sweep().await;
    let second = stage.start_and_pay(&invoice).await;
    stage.look(&second).await;
    for event in &late {
        stage.receive_one(event).await;
    }
    stage.work_off().await;
    stage.assert_paid_once(&invoice);
    assert_eq!(stage.attempt(first.id).state, State::Expired);
}

#[tokio::test]
async fn b9_b10_b12_a_bank_payment_is_under_way_for_days_and_then_paid() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    let attempt = stage.start(&invoice).await;
    stage
        .stripe
        .mutate_session(session(&attempt), |made| made["payment_method_types"] = vec!["card", "sepa_debit"].into());
    stage.stripe.pay_delayed(session(&attempt)).unwrap();
    stage.deliver().await;
    let now = stage.attempt(attempt.id);
    assert_eq!((now.state.clone(), stage.status(&invoice)), (State::Processing, Status::Open));
    assert!(stage.standing(&invoice).processing);
    assert_eq!((stage.mails("receipt"), stage.mails("instruction_received")), (0, 1));
    assert!(stage.try_start(&invoice).await.is_err(), "nobody pays twice");
    assert!(stage.void(&invoice).await.is_err());
    let before = stage.fingerprint();
    stage.look(&attempt).await;
    assert_eq!(stage.fingerprint(), before);
    stage.advance(14 * 24 * 3600);
    stage.stripe.clear_delayed(now.payment_intent.as_deref().unwrap()).unwrap();
    stage.deliver().await;
    stage.assert_paid_once(&invoice);
    let payment = stage.payments(&invoice).remove(0);
    assert_eq!(payment.received_at, stage.clock.now(), "it was received when it arrived, not when it was ordered");
}

#[tokio::test]
async fn b10_a_bank_payment_whose_webhooks_were_lost_is_found_by_the_daily_look() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    let attempt = stage.start(&invoice).await;
    stage.stripe.pay_delayed(session(&attempt)).unwrap();
    stage.look(&attempt).await;
    stage.advance(3 * 24 * 3600);
    stage.stripe.clear_delayed(stage.attempt(attempt.id).payment_intent.as_deref().unwrap()).unwrap();
    stage.sweep().await;
    stage.assert_paid_once(&invoice);
}

#[tokio::test]
async fn b11_a_bank_payment_that_fails_leaves_the_invoice_payable_and_tells_both_sides() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    let attempt = stage.start(&invoice).await;
    stage.stripe.pay_delayed(session(&attempt)).unwrap();
    stage.deliver().await;
    stage.stripe.fail_delayed(stage.attempt(attempt.id).payment_intent.as_deref().unwrap()).unwrap();
    stage.deliver().await;
    let now = stage.attempt(attempt.id);
    assert_eq!((now.state.clone(), now.outcome()), (State::FailedDelayed, Outcome::Failed));
    assert_eq!((stage.mails("payment_failed"), stage.mails("owner_declines"), stage.mails("receipt")), (1, 1, 0));
    assert_eq!(stage.count_of(&invoice, Happening::PaymentFailed), 1);
    stage.start_and_pay(&invoice).await;
    stage.deliver().await;
    stage.assert_paid_once(&invoice);
}

#[tokio::test]
async fn b11_a_failure_that_is_heard_of_first_promises_nothing() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    let attempt = stage.start(&invoice).await;
    stage.stripe.pay_delayed(session(&attempt)).unwrap();
    let intent = stage.stripe.session(session(&attempt)).unwrap()["payment_intent"].as_str().unwrap().to_owned();
    stage.stripe.fail_delayed(&intent).unwrap();
    stage.deliver().await;
    assert_eq!(stage.attempt(attempt.id).state, State::FailedDelayed);
    assert_eq!((stage.mails("instruction_received"), stage.mails("payment_failed")), (0, 1));
}

#[tokio::test]
async fn a23_b16_the_receipt_goes_to_the_customer_and_the_payers_address_into_the_log() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    let attempt = stage.start(&invoice).await;
    let payer = Payer { email: "Else@Example.org".into(), name: "Else".into() };
    stage.stripe.pay_as(session(&attempt), Card::Mastercard, &payer).unwrap();
    stage.deliver().await;
    stage.assert_paid_once(&invoice);
    let payment = stage.payments(&invoice).remove(0);
    assert_eq!(payment.payer_email.as_deref(), Some("else@example.org"));
    let receipt = stage.letters().into_iter().find(|letter| letter.subject_matter.kind() == "receipt").unwrap();
    assert_eq!(receipt.to, [super::stage::CUSTOMER]);
    let customer = stage.app.store.read(|r| r.customer(invoice.content.customer)).unwrap().unwrap();
    assert_eq!(customer.party.email, super::stage::CUSTOMER);
    let line = stage.log(&invoice).into_iter().find(|line| line.kind == Happening::PaymentSucceeded).unwrap();
    assert!(line.detail.unwrap().contains("else@example.org"));
}

#[tokio::test]
async fn b17_what_the_payer_was_shown_does_not_change_what_was_paid() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    let attempt = stage.start_and_pay(&invoice).await;
    stage.stripe.mutate_session(session(&attempt), |made| {
        made["presentment_details"] = serde_json::json!({ "presentment_amount": 1_200, "presentment_currency": "usd" });
    });
    stage.deliver().await;
    stage.assert_paid_once(&invoice);
    let line = stage.log(&invoice).into_iter().find(|line| line.kind == Happening::PaymentSucceeded).unwrap();
    assert!(line.detail.unwrap().contains("USD"));
}

#[tokio::test]
async fn b20_the_return_page_may_be_first_and_the_webhook_says_nothing_new() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    let attempt = stage.start_and_pay(&invoice).await;
    stage.look(&attempt).await;
    stage.assert_paid_once(&invoice);
    let before = stage.fingerprint();
    for _ in 0..10 {
        stage.look(&attempt).await;
    }
    stage.stripe.clear_requests();
    stage.deliver().await;
    assert_eq!(stage.fingerprint(), before);
    assert_eq!(stage.asked(Operation::GetSession), 0, "what is booked is not asked for again");
}

#[tokio::test]
async fn b21_the_customer_never_returns() {
    let stage = Stage::set().await;
    let (invoice, attempt) = stage.paid("10").await;
    assert!(is_paid(&attempt));
    stage.assert_paid_once(&invoice);
    assert_eq!(stage.mails("owner_payment"), 1);
    assert_eq!(stage.payments(&invoice)[0].method.words(), "Visa ending 4242");
}

#[tokio::test]
async fn b12_the_owner_may_let_an_invoice_be_paid_while_a_bank_payment_is_under_way() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    let slow = stage.start(&invoice).await;
    stage.stripe.pay_delayed(session(&slow)).unwrap();
    stage.deliver().await;
    assert!(stage.try_start(&invoice).await.is_err());
    let (id, owner) = (invoice.id, Actor::owner(OWNER));
    stage.app.store.write(move |w| checkout::let_go(w, id, &owner)).await.unwrap();
    assert!(!stage.standing(&invoice).processing);
    stage.start_and_pay(&invoice).await;
    stage.deliver().await;
    assert_eq!(stage.status(&invoice), Status::Paid);
    // The daily look finds that the bank payment arrived as well.
    stage.stripe.clear_delayed(stage.attempt(slow.id).payment_intent.as_deref().unwrap()).unwrap();
    stage.advance(24 * 3600 + 1);
    stage.sweep().await;
    assert!(is_paid(&stage.attempt(slow.id)));
    assert_eq!((stage.reasons(), stage.standing(&invoice).credit), (vec![Reason::DuplicatePayment], 1_000));
}

#[tokio::test]
async fn b12_a_bank_payment_that_was_let_go_and_fails_asks_nobody_who_has_paid() {
    for pays in [true, false] {
        let stage = Stage::set().await;
        let invoice = stage.invoice("10").await;
        let slow = stage.start(&invoice).await;
        stage.stripe.pay_delayed(session(&slow)).unwrap();
        stage.deliver().await;
        let (id, owner) = (invoice.id, Actor::owner(OWNER));
        let again = Actor::owner(OWNER);
        stage.app.store.write(move |w| checkout::let_go(w, id, &owner)).await.unwrap();
        let twice = stage.app.store.write(move |w| checkout::let_go(w, id, &again)).await;
        assert!(matches!(twice, Err(Refusal::Conflict(_))));
        if pays {
            stage.start_and_pay(&invoice).await;
            stage.deliver().await;
        }
        stage.stripe.fail_delayed(stage.attempt(slow.id).payment_intent.as_deref().unwrap()).unwrap();
        stage.deliver().await;
        assert_eq!(stage.attempt(slow.id).state, State::FailedDelayed);
        assert_eq!(stage.mails("payment_failed"), usize::from(!pays));
        assert_eq!(stage.status(&invoice), if pays { Status::Paid } else { Status::Open });
    }
}

#[tokio::test]
async fn b15_a_payment_that_stripe_has_doubts_about_is_booked_and_the_doubt_noted() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    let attempt = stage.start_and_pay(&invoice).await;
    let made = stage.stripe.session(session(&attempt)).unwrap();
    let intent = stage.stripe.object(made["payment_intent"].as_str().unwrap()).unwrap();
    let charge = intent["latest_charge"].as_str().unwrap().to_owned();
    stage.stripe.mutate_charge(&charge, |charge| charge["outcome"] = json!({"type": "manual_review"}));
    stage.deliver().await;
    stage.assert_paid_once(&invoice);
    let payment = stage.payments(&invoice)[0].id;
    let asked = || stage.app.store.read(|r| fraud_review::asked_since(&r, payment, stage.clock.now())).unwrap();
    assert!(asked().is_some());
    stage.advance(4 * 24 * 3600);
    assert_eq!(asked(), None, "for some days");
    let log = stage.log(&invoice);
    let line = log.iter().find(|line| line.kind == Happening::PaymentSucceeded).unwrap();
    assert!(line.detail.as_deref().unwrap().contains("fraud check"), "{line:?}");
}

#[tokio::test]
async fn i8_c5_what_an_event_says_of_its_object_and_when_it_was_made_decide_nothing() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    stage.start_and_pay(&invoice).await;
    // All made in one second, the newest first, each with a picture of an unpaid session.
    for mut event in stage.stripe.events().into_iter().rev() {
        event["created"] = json!(1_795_348_800);
        event["data"]["object"]["status"] = json!("open");
        event["data"]["object"]["payment_status"] = json!("unpaid");
        stage.receive_one(&event).await;
    }
    stage.work_off().await;
    stage.assert_paid_once(&invoice);
}
