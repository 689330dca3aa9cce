//! F: refunds that somebody made at Stripe, and what Stripe says of any refund later.

use quittance::billing::invoice::Invoice;
use quittance::billing::ledger::Account;
use quittance::billing::letter::Delivery;
use quittance::billing::log::{Channel, Happening};
use quittance::billing::refund::{Origin, Refund, State, Status as Word};
use quittance::billing::review::{Action, Reason as Why};
use quittance::billing::standing::Status;
use quittance::demo::stripe::{Fault, Operation, RefundFate};
use quittance::payments::client::Patience;
use quittance::payments::reconcile::Extent;
use quittance::payments::sync::sync;
use serde_json::json;

use super::stage::Stage;

fn intent_of(stage: &Stage, invoice: &Invoice) -> String {
    stage.payments(invoice)[0].method.stripe().unwrap().payment_intent.clone()
}

fn name(refund: &serde_json::Value) -> String {
    refund["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn f8_f11_a_refund_in_the_dashboard_is_imported_and_told() {
    let stage = Stage::set().await;
    let (invoice, _) = stage.paid("10").await;
    let made = stage.stripe.refund(&intent_of(&stage, &invoice), 400).unwrap();
    stage.deliver().await;
    let refund = stage.refunds(&invoice).remove(0);
    assert_eq!((refund.origin, refund.status(), refund.amount.minor()), (Origin::Stripe, Word::Succeeded, 400));
    assert_eq!(refund.stripe_refund, Some(name(&made)));
    assert_eq!((stage.standing(&invoice).refunded, stage.balance(Account::Refunds)), (400, 400));
    assert_eq!((stage.mails("refund_issued"), stage.mails("owner_refund")), (1, 1));
    assert!(stage.reviews().is_empty());
    let line = stage.log(&invoice).into_iter().find(|line| line.kind == Happening::RefundSucceeded).unwrap();
    assert_eq!((line.source, line.stripe_event.is_some()), (Channel::Webhook, true));
}

#[tokio::test]
async fn f9_a_webhook_that_beats_our_own_commit_finds_the_row_by_its_id() {
    let stage = Stage::set().await;
    let (invoice, _) = stage.paid("10").await;
    stage.stripe.fault_always(Operation::CreateRefund, Fault::DropAfterEffect);
    let refund = stage.refund(&invoice, 1_000).await;
    assert_eq!(refund.status(), Word::Requested);
    stage.deliver().await;
    let found = stage.refunds(&invoice);
    assert_eq!((found.len(), found[0].id, found[0].status()), (1, refund.id, Word::Succeeded));
    assert_eq!((stage.mails("refund_issued"), stage.mails("owner_refund")), (1, 0));
    stage.stripe.clear_faults();
    let before = stage.fingerprint();
    stage.advance(60);
    stage.look_at_refunds().await;
    stage.deliver().await;
    assert_eq!(stage.fingerprint(), before);
}

#[tokio::test]
async fn f10_k6_older_news_and_news_told_twice_change_nothing() {
    let stage = Stage::set().await;
    let (invoice, _) = stage.paid("10").await;
    stage.stripe.refund(&intent_of(&stage, &invoice), 300).unwrap();
    stage.stripe.refund(&intent_of(&stage, &invoice), 300).unwrap();
    for mut event in stage.stripe.events().into_iter().rev() {
        stage.receive_one(&event).await;
        event["id"] = json!(format!("{}again", event["id"].as_str().unwrap()));
        stage.receive_one(&event).await;
    }
    stage.work_off().await;
    assert_eq!((stage.refunds(&invoice).len(), stage.standing(&invoice).refunded), (2, 600));
    assert_eq!((stage.mails("refund_issued"), stage.mails("owner_refund")), (2, 2));
}

#[tokio::test]
async fn c4_d7_a_refund_that_is_heard_of_before_its_payment_brings_it() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    stage.start_and_pay(&invoice).await;
    let intent = stage.stripe.refunds().len();
    assert_eq!(intent, 0);
    let paid = stage.stripe.events().into_iter().find(|event| event["type"] == "payment_intent.succeeded").unwrap();
    stage.stripe.refund(paid["data"]["object"]["id"].as_str().unwrap(), 1_000).unwrap();
    let refunded = stage.stripe.events().into_iter().find(|event| event["type"] == "refund.created").unwrap();
    stage.receive_one(&refunded).await;
    stage.work_off().await;
    assert_eq!((stage.status(&invoice), stage.standing(&invoice).refunded), (Status::Paid, 1_000));
    stage.deliver().await;
    assert_eq!((stage.refunds(&invoice).len(), stage.at_stripe()), (1, 0));
}

#[tokio::test]
async fn d7_money_that_was_refunded_before_it_was_first_seen_is_settled_then_refunded() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    let attempt = stage.start_and_pay(&invoice).await;
    let intent = stage.stripe.session(attempt.session.as_deref().unwrap()).unwrap()["payment_intent"].clone();
    stage.stripe.refund(intent.as_str().unwrap(), 1_000).unwrap();
    stage.look(&attempt).await;
    assert_eq!((stage.standing(&invoice).paid, stage.standing(&invoice).refunded), (1_000, 1_000));
}

#[tokio::test]
async fn f13_a_refund_that_fails_weeks_later_is_booked_back_and_shown() {
    let stage = Stage::set().await;
    let (invoice, _) = stage.paid("10").await;
    let refund = stage.refund(&invoice, 1_000).await;
    stage.deliver().await;
    stage.advance(21 * 24 * 3600);
    stage.stripe.fail_refund(refund.stripe_refund.as_deref().unwrap(), "lost_or_stolen_card").unwrap();
    stage.deliver().await;
    let failed = stage.refunds(&invoice).remove(0);
    assert_eq!((failed.status(), failed.why_not()), (Word::Failed, Some("The card was lost or stolen")));
    assert_eq!((stage.standing(&invoice).refunded, stage.balance(Account::Refunds)), (0, 0));
    assert_eq!(stage.at_stripe(), 1_000);
    assert_eq!(stage.count_of(&invoice, Happening::RefundFailed), 1);
    let case = stage.reviews().remove(0);
    assert_eq!((case.reason, case.actions), (Why::RefundFailed, vec![Action::Refund, Action::Ignore]));
    assert!(case.detail.contains("lost or stolen") && stage.mails("owner_alert") == 1);
    let notice = stage.letters().into_iter().find(|letter| letter.subject_matter.kind() == "refund_issued").unwrap();
    assert!(matches!(notice.state, Delivery::Withdrawn { .. }), "a mail that had not left must not say it");
    let before = stage.fingerprint();
    stage.deliver().await;
    assert_eq!(stage.fingerprint(), before);
    // The same money may be refunded again.
    stage.refund(&invoice, 1_000).await;
    assert_eq!(stage.standing(&invoice).refunded, 1_000);
}

#[tokio::test]
async fn f14_a_refund_that_asks_the_customer_is_shown_and_a_canceled_one_is_booked_back() {
    let stage = Stage::set().await;
    let (invoice, _) = stage.paid("10").await;
    stage.stripe.next_refund(RefundFate::RequiresAction);
    let refund = stage.refund(&invoice, 1_000).await;
    assert!(matches!(refund.state, State::Pending { .. }));
    assert_eq!(stage.balance(Account::Refunds), 1_000);
    stage.stripe.cancel_refund(refund.stripe_refund.as_deref().unwrap()).unwrap();
    stage.deliver().await;
    assert_eq!((stage.refunds(&invoice)[0].status(), stage.balance(Account::Refunds)), (Word::Canceled, 0));
    assert_eq!((stage.standing(&invoice).refunded, stage.reasons()), (0, vec![Why::RefundFailed]));
}

#[tokio::test]
async fn a_pending_refund_of_which_no_event_comes_is_asked_about() {
    let stage = Stage::set().await;
    let (invoice, _) = stage.paid("10").await;
    stage.stripe.next_refund(RefundFate::Processing);
    let refund = stage.refund(&invoice, 1_000).await;
    assert_eq!(refund.status(), Word::Pending);
    stage.stripe.succeed_refund(refund.stripe_refund.as_deref().unwrap()).unwrap();
    assert_eq!(stage.look_at_refunds().await.looked_at, 0);
    stage.advance(12 * 3600 + 1);
    stage.look_at_refunds().await;
    assert_eq!(stage.refunds(&invoice)[0].status(), Word::Succeeded);
}

#[tokio::test]
async fn m5_m6_m14_a_pass_imports_and_updates_what_no_event_told_of() {
    let stage = Stage::set().await;
    let (imported, _) = stage.paid("10").await;
    let (failed, _) = stage.paid("20").await;
    stage.stripe.refund(&intent_of(&stage, &imported), 400).unwrap();
    let refund = stage.refund(&failed, 2_000).await;
    stage.stripe.fail_refund(refund.stripe_refund.as_deref().unwrap(), "declined").unwrap();
    // Stripe lists these events no longer.
    stage.advance(31 * 24 * 3600);
    let report = stage.reconcile().await;
    assert_eq!((report.error.clone(), report.differences.len()), (None, 0), "{report:?}");
    assert_eq!(stage.standing(&imported).refunded, 400);
    assert_eq!((stage.refunds(&failed)[0].status(), stage.standing(&failed).refunded), (Word::Failed, 0));
    assert!(report.repaired.iter().any(|found| found.kind == "missed_refund"), "{report:?}");
    let before = stage.fingerprint();
    let again = stage.reconcile().await;
    assert_eq!((again.repaired.len(), again.differences.len()), (0, 0), "{again:?}");
    assert_eq!(stage.fingerprint(), before);
}

#[tokio::test]
async fn m7_a_pass_asks_again_for_what_was_never_answered() {
    let stage = Stage::set().await;
    let (invoice, _) = stage.paid("10").await;
    stage.stripe.fault_always(Operation::CreateRefund, Fault::DropAfterEffect);
    stage.refund(&invoice, 1_000).await;
    stage.stripe.clear_faults();
    let report = stage.reconcile_as(Channel::Owner, Extent::whole()).await;
    assert_eq!(report.error, None);
    assert_eq!((stage.refunds(&invoice)[0].status(), stage.stripe.refunds().len()), (Word::Succeeded, 1));
}

#[tokio::test]
async fn m14_a_sum_that_differs_still_is_shown_and_nothing_is_changed() {
    let stage = Stage::set().await;
    let (invoice, _) = stage.paid("10").await;
    let intent = intent_of(&stage, &invoice);
    let charge = stage.stripe.object(&intent).unwrap()["latest_charge"].as_str().unwrap().to_owned();
    stage.stripe.mutate_charge(&charge, |charge| charge["amount_refunded"] = json!(300));
    let report = stage.reconcile().await;
    assert_eq!((report.differences.len(), stage.reasons()), (1, vec![Why::UnknownRefund]), "{report:?}");
    let evidence = &stage.reviews()[0].evidence[0];
    assert_eq!((evidence.stripe.as_str(), evidence.books.as_str()), ("3.00 EUR", "0.00 EUR"));
    assert!(stage.refunds(&invoice).is_empty());
}

#[tokio::test]
async fn m5_a_refund_that_the_books_cannot_hold_is_a_case_and_one_of_another_program_is_not() {
    let stage = Stage::set().await;
    let (invoice, _) = stage.paid("10").await;
    let made = stage.stripe.refund(&intent_of(&stage, &invoice), 400).unwrap();
    stage.stripe.mutate_refund(&name(&made), |refund| refund["currency"] = json!("usd"));
    stage.deliver().await;
    assert_eq!((stage.reasons(), stage.refunds(&invoice).len()), (vec![Why::UnknownRefund], 0));
    let theirs = stage.stripe.refund(&intent_of(&stage, &invoice), 100).unwrap();
    stage.stripe.mutate_refund(&name(&theirs), |refund| refund["payment_intent"] = json!("pi_of_another_program"));
    stage.deliver().await;
    assert_eq!(stage.reviews().len(), 1);
    let ours = stage.stripe.refund(&intent_of(&stage, &invoice), 100).unwrap();
    let app = stage.app.appliance.clone();
    stage.stripe.mutate_refund(&name(&ours), |refund| {
        refund["payment_intent"] = json!("pi_of_another_program");
        refund["metadata"] = json!({"app": app});
    });
    stage.deliver().await;
    assert_eq!(stage.reasons(), [Why::UnknownRefund, Why::UnknownRefund]);
}

#[tokio::test]
async fn f8_what_was_asked_for_here_and_has_no_place_beside_a_dashboard_refund_was_not_made() {
    let stage = Stage::set().await;
    let (invoice, _) = stage.paid("10").await;
    stage.stripe.fault_always(Operation::CreateRefund, Fault::DropBeforeEffect);
    let asked = stage.refund(&invoice, 1_000).await;
    stage.stripe.refund(&intent_of(&stage, &invoice), 800).unwrap();
    stage.deliver().await;
    let states: Vec<(bool, Word)> =
        stage.refunds(&invoice).iter().map(|refund: &Refund| (refund.id == asked.id, refund.status())).collect();
    assert_eq!(states, [(true, Word::Failed), (false, Word::Succeeded)]);
    stage.stripe.clear_faults();
    stage.advance(60);
    stage.look_at_refunds().await;
    assert_eq!((stage.stripe.refunds().len(), stage.standing(&invoice).refunded), (1, 800));
}

/// The payment is booked; what went back of it before could not be asked for just then, and no webhook tells of it.
#[tokio::test]
async fn d7_what_went_back_before_is_asked_for_until_the_books_have_it() {
    for by_webhook in [true, false] {
        let stage = Stage::set().await;
        let invoice = stage.invoice("10").await;
        let attempt = stage.start_and_pay(&invoice).await;
        let session = stage.stripe.session(attempt.session.as_deref().unwrap()).unwrap();
        stage.stripe.refund(session["payment_intent"].as_str().unwrap(), 400).unwrap();
        stage.stripe.fault_always(Operation::ListRefunds, Fault::Status(500));
        if by_webhook {
            let told = stage.stripe.events().into_iter().find(|event| event["type"] == "checkout.session.completed");
            stage.receive_one(&told.unwrap()).await;
            stage.work_off().await;
        } else {
            let attempt = stage.attempt(attempt.id);
            let looked = sync(&stage.till, &attempt, Channel::ReturnPage, None, Patience::Request).await;
            assert!(looked.is_err());
        }
        assert_eq!((stage.standing(&invoice).paid, stage.standing(&invoice).refunded), (1_000, 0));
        stage.stripe.clear_faults();
        stage.advance(60);
        stage.work_off().await;
        stage.sweep().await;
        assert_eq!(stage.standing(&invoice).refunded, 400, "by webhook: {by_webhook}");
        stage.stripe.clear_requests();
        stage.sweep().await;
        assert_eq!(stage.asked(Operation::ListRefunds), 0, "what is known is not asked for again");
    }
}
