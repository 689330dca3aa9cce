//! F: money goes back because the owner says so, once, however the answer gets lost.

use std::pin::pin;
use std::sync::Arc;

use futures_util::future::join_all;
use quittance::actions::refund::course::{Told, advance};
use quittance::actions::refund::{Of, Wanted};
use quittance::actions::resolve_review::possible;
use quittance::actions::{Actor, Refusal, take_back};
use quittance::billing::currency::Currency;
use quittance::billing::invoice::Invoice;
use quittance::billing::ledger::Account;
use quittance::billing::log::{Channel, Happening};
use quittance::billing::money::Money;
use quittance::billing::refund::{Reason, Refund, State, Status as Word};
use quittance::billing::review::{Action, Reason as Why};
use quittance::billing::standing::{Flag, Status, flags};
use quittance::demo::stripe::{DisputeOrder, Fault, Operation, RefundFate};
use quittance::payments::refunds;
use serde_json::json;

use super::crash::{POINTS_MAX, StopAfter};
use super::stage::{CUSTOMER, OWNER, Stage, hurried, session};

const HOUR: i64 = 3600;

fn flags_of(stage: &Stage, invoice: &Invoice) -> Vec<Flag> {
    let standing = stage.standing(invoice);
    flags(stage.status(invoice), Some(invoice.due_date), &standing, invoice.issue_date)
}

fn conflict(outcome: Result<Vec<Refund>, Refusal>) -> String {
    match outcome {
        Err(Refusal::Conflict(words)) => words,
        other => panic!("{other:?}"),
    }
}

/// One refund of 10 EUR, made once at Stripe and once in the books, told of once.
fn assert_refunded_once(stage: &Stage, invoice: &Invoice) {
    let made = stage.stripe.refunds();
    assert_eq!(made.len(), 1, "{made:?}");
    let refunds = stage.refunds(invoice);
    assert_eq!(refunds.len(), 1);
    assert_eq!((&refunds[0].state, refunds[0].stripe_refund.as_deref()), (&State::Succeeded, made[0]["id"].as_str()));
    assert_eq!((stage.at_stripe(), stage.balance(Account::Refunds)), (0, 1_000));
    assert_eq!(stage.standing(invoice).refunded, 1_000);
    assert_eq!(stage.mails("refund_issued"), 1);
    assert_eq!(stage.count_of(invoice, Happening::RefundSucceeded), 1);
}

#[tokio::test]
async fn f1_a_full_refund_is_made_booked_and_told_once() {
    let stage = Stage::set().await;
    let (invoice, _) = stage.paid("10").await;
    let refund = stage.refund(&invoice, 1_000).await;
    assert_eq!((refund.status(), refund.reason), (Word::Succeeded, Some(Reason::RequestedByCustomer)));
    assert_refunded_once(&stage, &invoice);
    let made = stage.stripe.refunds().remove(0);
    assert_eq!(made["metadata"], json!({"app": stage.app.appliance, "refund": refund.id.to_string()}));
    assert_eq!((&made["amount"], &made["reason"]), (&json!(1_000), &json!("requested_by_customer")));
    // The invoice was paid, and what was paid is gross.
    assert_eq!((stage.status(&invoice), stage.standing(&invoice).paid), (Status::Paid, 1_000));
    assert!(flags_of(&stage, &invoice).contains(&Flag::Refunded));
    let before = stage.fingerprint();
    stage.deliver().await;
    stage.deliver().await;
    let events = stage.stripe.events().iter().filter(|event| event["type"] == "refund.created").count();
    assert_eq!((events, stage.fingerprint()), (1, before));
    assert!(conflict(stage.try_refund(&invoice, 1).await).contains("went back already"));
}

#[tokio::test]
async fn f2_equal_parts_are_refunds_of_their_own() {
    let stage = Stage::set().await;
    let (invoice, _) = stage.paid("10").await;
    let (first, second) = (stage.refund(&invoice, 300).await, stage.refund(&invoice, 300).await);
    assert_ne!(first.stripe_refund, second.stripe_refund);
    assert_eq!((stage.stripe.refunds().len(), stage.standing(&invoice).refunded), (2, 600));
    assert!(flags_of(&stage, &invoice).contains(&Flag::PartiallyRefunded));
    stage.refund(&invoice, 400).await;
    assert!(flags_of(&stage, &invoice).contains(&Flag::Refunded));
    assert_eq!(stage.mails("refund_issued"), 3);
}

#[tokio::test]
async fn f6_nothing_wrong_is_asked_for_and_the_refusal_says_what_is_possible() {
    let stage = Stage::set().await;
    let (invoice, _) = stage.paid("10").await;
    stage.refund(&invoice, 400).await;
    for amount in [0, -1, 601, i64::MAX, i64::MIN] {
        match stage.try_refund(&invoice, amount).await {
            Err(Refusal::Invalid(errors)) => {
                assert_eq!(errors[0].field, "amount");
                assert!(errors[0].detail.contains("6.00 EUR"), "{errors:?}");
            }
            other => panic!("{amount}: {other:?}"),
        }
    }
    let unpaid = stage.invoice("10").await;
    assert!(conflict(stage.try_refund(&unpaid, 1).await).contains("No money has come"));
    assert_eq!(stage.stripe.refunds().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f3_a_double_click_refunds_once_even_sixteen_at_once() {
    let stage = Arc::new(Stage::set().await);
    let (invoice, _) = stage.paid("10").await;
    let clicks = (0..16).map(|_| {
        let (stage, id) = (Arc::clone(&stage), invoice.id);
        #[expect(clippy::disallowed_methods, reason = "the race is what is tested")]
        let click = tokio::spawn(async move {
            let wanted = Wanted {
                of: Of::Invoice(id),
                amount: 400,
                reason: None,
                credit_note: None,
                through: None,
                nonce: Some("form:0".to_owned()),
            };
            refunds::refund(&stage.app.store, Some(&stage.till), wanted, &Actor::owner(OWNER)).await
        });
        click
    });
    let made: Vec<_> = join_all(clicks).await.into_iter().map(|click| click.unwrap().unwrap().remove(0).id).collect();
    assert!(made.iter().all(|id| *id == made[0]), "{made:?}");
    assert_eq!((stage.stripe.refunds().len(), stage.refunds(&invoice).len()), (1, 1));
    let other = Wanted {
        of: Of::Invoice(invoice.id),
        amount: 500,
        reason: None,
        credit_note: None,
        through: None,
        nonce: Some("form:0".to_owned()),
    };
    let outcome = refunds::refund(&stage.app.store, Some(&stage.till), other, &Actor::owner(OWNER)).await;
    assert!(conflict(outcome).contains("since this page was opened"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f6_v5_sixteen_refunds_at_once_never_give_back_more_than_was_paid() {
    let stage = Arc::new(Stage::set().await);
    let (invoice, _) = stage.paid("10").await;
    let tries = (0..16).map(|_| {
        let (stage, invoice) = (Arc::clone(&stage), invoice.clone());
        #[expect(clippy::disallowed_methods, reason = "the race is what is tested")]
        let racer = tokio::spawn(async move { stage.try_refund(&invoice, 300).await.is_ok() });
        racer
    });
    let made = join_all(tries).await.into_iter().filter(|made| *made.as_ref().unwrap()).count();
    assert_eq!((made, stage.stripe.refunds().len(), stage.standing(&invoice).refunded), (3, 3, 900));
}

#[tokio::test]
async fn f4_a_lost_answer_is_asked_for_with_the_same_key_and_bytes() {
    for fault in [Fault::DropAfterEffect, Fault::CutBody, Fault::DropBeforeEffect, Fault::Status(409)] {
        let stage = Stage::set().await;
        let (invoice, _) = stage.paid("10").await;
        stage.stripe.fault_always(Operation::CreateRefund, fault);
        let refund = stage.refund(&invoice, 1_000).await;
        assert_eq!(refund.status(), Word::Requested, "{fault:?}");
        // What may be on its way back cannot be refunded a second time.
        assert!(conflict(stage.try_refund(&invoice, 1).await).contains("on its way"));
        stage.stripe.clear_faults();
        stage.advance(6);
        stage.look_at_refunds().await;
        assert_refunded_once(&stage, &invoice);
        assert!(stage.reviews().is_empty());
        let keys: std::collections::BTreeSet<_> = stage
            .stripe
            .requests()
            .into_iter()
            .filter(|request| request.operation == Some(Operation::CreateRefund))
            .map(|request| format!("{request:?}").contains(&refund.request().unwrap().idempotency_key))
            .collect();
        assert_eq!(keys, [true].into());
    }
}

#[tokio::test]
async fn f5_a_failure_that_stripe_remembers_is_looked_up_and_adopted() {
    let stage = Stage::set().await;
    let (invoice, _) = stage.paid("10").await;
    stage.stripe.fault_next(Operation::CreateRefund, Fault::Cached500AfterEffect);
    assert_eq!(stage.refund(&invoice, 1_000).await.status(), Word::Requested);
    stage.advance(6);
    stage.look_at_refunds().await;
    assert_refunded_once(&stage, &invoice);
}

#[tokio::test]
async fn f5_a_refund_that_stripe_never_made_is_lost_after_a_day_and_a_clean_pass() {
    let stage = Stage::set().await;
    let (invoice, _) = stage.paid("10").await;
    stage.stripe.fault_next(Operation::CreateRefund, Fault::Cached500);
    let refund = stage.refund(&invoice, 1_000).await;
    for _ in 0..25 {
        stage.advance(HOUR);
        stage.look_at_refunds().await;
        assert_eq!(stage.refunds(&invoice)[0].status(), Word::Requested);
    }
    // Its key may be forgotten by now, so it is not sent again.
    let asked = stage.asked(Operation::CreateRefund);
    stage.advance(HOUR);
    stage.look_at_refunds().await;
    assert_eq!(stage.asked(Operation::CreateRefund), asked);
    assert_eq!(stage.reconcile().await.error, None);
    stage.advance(2 * HOUR);
    stage.look_at_refunds().await;
    let lost = stage.refunds(&invoice).remove(0);
    assert!(matches!(lost.state, State::Lost { .. }), "{:?}", lost.state);
    assert_eq!((lost.id, lost.status(), stage.reasons()), (refund.id, Word::Failed, vec![Why::RefundFailed]));
    assert_eq!((stage.stripe.refunds().len(), stage.mails("owner_alert"), stage.mails("refund_issued")), (0, 1, 0));
    // A person tries again, as a refund of its own.
    let case = stage.reviews().remove(0);
    refunds::resolve_review(&stage.app.store, Some(&stage.till), case.id, "", &Actor::owner(OWNER)).await.unwrap();
    assert_eq!((stage.stripe.refunds().len(), stage.standing(&invoice).refunded), (1, 1_000));
}

#[tokio::test]
async fn f5_a_refund_that_was_given_up_and_turns_up_closes_its_case_and_is_not_made_twice() {
    let stage = Stage::set().await;
    let (invoice, _) = stage.paid("10").await;
    stage.stripe.fault_next(Operation::CreateRefund, Fault::Cached500);
    let refund = stage.refund(&invoice, 500).await;
    let told = || Told { channel: Channel::Reconciliation, event: None };
    let lost = State::Lost { reason: "Stripe has none".into() };
    let lost = stage.app.store.write(move |w| advance(w, &refund, lost.clone(), told())).await.unwrap();
    let case = stage.reviews().remove(0);
    assert!(stage.app.store.read(|r| possible(&r, &case)).unwrap().contains(&Action::Refund));
    let found = Refund { stripe_refund: Some("re_late".to_owned()), ..lost };
    stage.app.store.write(move |w| advance(w, &found, State::Succeeded, told())).await.unwrap();
    let case = stage.reviews().remove(0);
    assert!(case.closed_itself(), "{case:?}");
    let owner = Actor::owner(OWNER);
    let again = refunds::resolve_review(&stage.app.store, Some(&stage.till), case.id, "", &owner).await;
    assert!(matches!(again, Err(Refusal::Conflict(_))), "{again:?}");
    assert_eq!((stage.refunds(&invoice).len(), stage.standing(&invoice).refunded), (1, 500));
}

#[tokio::test]
async fn f6_more_than_is_left_at_stripe_is_refused_and_the_books_learn_why() {
    let stage = Stage::set().await;
    let (invoice, _) = stage.paid("10").await;
    let intent = stage.payments(&invoice)[0].method.stripe().unwrap().payment_intent.clone();
    stage.stripe.refund(&intent, 700).unwrap();
    let words = conflict(stage.try_refund(&invoice, 1_000).await);
    assert!(words.contains("At most 3.00 EUR can be refunded"), "{words}");
    let states: Vec<Word> = stage.refunds(&invoice).iter().map(Refund::status).collect();
    assert_eq!((states, stage.standing(&invoice).refunded), (vec![Word::Failed, Word::Succeeded], 700));
    assert!(stage.reviews().is_empty(), "whoever asked was told");
    stage.refund(&invoice, 300).await;
    assert_eq!(stage.at_stripe(), 0);
}

#[tokio::test]
async fn f7_a_disputed_payment_is_not_refunded() {
    let stage = Stage::set().await;
    let (invoice, attempt) = stage.paid("10").await;
    let intent = stage.stripe.session(session(&attempt)).unwrap()["payment_intent"].as_str().unwrap().to_owned();
    let charge = stage.stripe.object(&intent).unwrap()["latest_charge"].as_str().unwrap().to_owned();
    stage.stripe.mutate_charge(&charge, |charge| charge["disputed"] = json!(true));
    assert!(conflict(stage.try_refund(&invoice, 1_000).await).contains("disputes this payment"));
    assert_eq!((stage.refunds(&invoice)[0].status(), stage.balance(Account::Refunds)), (Word::Failed, 0));
    // Known here, Stripe is not even asked.
    let intent = stage.payments(&invoice)[0].method.stripe().unwrap().payment_intent.clone();
    stage.stripe.dispute(&intent, &DisputeOrder::chargeback()).unwrap();
    stage.deliver().await;
    let asked = stage.asked(Operation::CreateRefund);
    assert!(conflict(stage.try_refund(&invoice, 1_000).await).contains("disputes this payment"));
    assert_eq!(stage.asked(Operation::CreateRefund), asked);
}

#[tokio::test]
async fn f12_without_money_on_the_balance_stripe_may_refuse_or_wait() {
    let stage = Stage::set().await;
    let (invoice, _) = stage.paid("10").await;
    stage.stripe.next_refund(RefundFate::Refused);
    assert!(conflict(stage.try_refund(&invoice, 1_000).await).contains("Stripe balance"));
    stage.stripe.next_refund(RefundFate::Unfunded);
    let refund = stage.refund(&invoice, 1_000).await;
    assert_eq!(refund.status(), Word::Pending);
    let notices = || {
        let now = stage.clock.now();
        stage.app.store.read(|r| quittance::payments::notices::standing(&r, now)).unwrap().len()
    };
    assert_eq!((notices(), stage.mails("refund_issued"), stage.balance(Account::Refunds)), (1, 1, 1_000));
    stage.stripe.succeed_refund(refund.stripe_refund.as_deref().unwrap()).unwrap();
    stage.deliver().await;
    assert_eq!((notices(), stage.refunds(&invoice)[1].status()), (0, Word::Succeeded));
    let mut asked = stage.log(&invoice);
    asked.retain(|line| line.kind == Happening::RefundCreated);
    let sum: i64 = asked.iter().filter_map(|line| line.amount).map(Money::minor).sum();
    assert_eq!((asked.len(), sum), (3, 2_000), "asked for twice; that Stripe waits is no refund of its own: {asked:?}");
    assert_eq!((stage.mails("refund_issued"), stage.balance(Account::Refunds)), (1, 1_000));
}

#[tokio::test]
async fn f15_the_refund_of_a_payment_that_came_twice_leaves_the_invoice_paid() {
    let stage = Stage::set().await;
    let (invoice, _) = stage.paid("10").await;
    stage.bank_transfer(&invoice, 1_000).await;
    assert_eq!((stage.reasons(), stage.standing(&invoice).credit), (vec![Why::DuplicatePayment], 1_000));
    let refund = stage.refund(&invoice, 1_000).await;
    let twice = &stage.payments(&invoice)[1];
    assert_eq!((refund.payment, refund.status()), (twice.id, Word::Succeeded), "the money that is held goes first");
    let standing = stage.standing(&invoice);
    assert_eq!(
        (stage.status(&invoice), standing.paid, standing.refunded, standing.credit),
        (Status::Paid, 1_000, 0, 0)
    );
    assert!(!flags_of(&stage, &invoice).contains(&Flag::Refunded));
    assert_eq!((stage.balance(Account::Bank), stage.at_stripe()), (0, 1_000));
    let case = stage.reviews().remove(0);
    assert_eq!(case.resolved.unwrap().action, Action::Refund, "nothing is left to decide");
    // What is refunded now is what had paid the invoice.
    stage.refund(&invoice, 1_000).await;
    assert_eq!(stage.standing(&invoice).refunded, 1_000);
    assert!(flags_of(&stage, &invoice).contains(&Flag::Refunded));
}

#[tokio::test]
async fn f15_an_amount_over_several_payments_takes_the_credit_first_then_the_newest() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    stage.bank_transfer(&invoice, 400).await;
    stage.bank_transfer(&invoice, 900).await;
    // 300 of the second are credit.
    let made = stage.try_refund(&invoice, 1_000).await.unwrap();
    let payments = stage.payments(&invoice);
    let taken: Vec<_> = made.iter().map(|refund| (refund.payment, refund.amount.minor())).collect();
    assert_eq!(taken, [(payments[1].id, 900), (payments[0].id, 100)]);
    let standing = stage.standing(&invoice);
    assert_eq!((standing.refunded, standing.credit, stage.balance(Account::Bank)), (700, 0, 300));
    assert_eq!(stage.mails("refund_issued"), 2);
}

#[tokio::test]
async fn a_recorded_payment_goes_back_without_stripe_and_is_not_taken_back_after() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    let payment = stage.bank_transfer(&invoice, 1_000).await;
    let refund = stage.refund(&invoice, 250).await;
    assert_eq!((refund.status(), refund.stripe_refund), (Word::Succeeded, None));
    assert_eq!((stage.balance(Account::Bank), stage.balance(Account::Refunds)), (750, 250));
    assert_eq!((stage.asked(Operation::CreateRefund), stage.mails("refund_issued")), (0, 1));
    let taken =
        stage.app.store.write(move |w| take_back::take_back(w, payment.id, "by mistake", &Actor::owner(OWNER))).await;
    assert!(matches!(taken, Err(Refusal::Conflict(words)) if words.contains("given back")));
}

#[tokio::test]
async fn f17_steps_of_a_currency_hold_for_refunds_too() {
    let stage = Stage::set().await;
    let ariary = stage.invoice_in(Currency::parse("MGA").unwrap(), "5000", CUSTOMER).await;
    stage.start_and_pay(&ariary).await;
    stage.deliver().await;
    assert!(matches!(stage.try_refund(&ariary, 150).await, Err(Refusal::Invalid(_))), "Stripe knows whole ariary only");
    stage.refund(&ariary, 500_000).await;
    let krona = stage.invoice_in(Currency::parse("ISK").unwrap(), "5000", CUSTOMER).await;
    stage.start_and_pay(&krona).await;
    stage.deliver().await;
    stage.refund(&krona, 1_500).await;
    let wire: Vec<_> = stage.stripe.refunds().iter().map(|refund| refund["amount"].clone()).collect();
    assert_eq!(wire, [json!(150_000), json!(5_000)]);
}

#[tokio::test]
async fn a_decision_to_refund_gives_the_money_of_the_case_back() {
    let stage = Stage::set().await;
    let (invoice, _) = stage.paid("10").await;
    let void = stage.invoice("10").await;
    let attempt = stage.start(&void).await;
    stage.void(&void).await.unwrap();
    stage.stripe.pay_despite_expiry(session(&attempt)).unwrap();
    stage.deliver().await;
    let case = stage.reviews().remove(0);
    assert_eq!(case.reason, Why::PaidAfterVoid);
    assert!(stage.app.store.read(|r| possible(&r, &case)).unwrap().contains(&Action::Refund));
    let owner = Actor::owner(OWNER);
    let decided = refunds::resolve_review(&stage.app.store, Some(&stage.till), case.id, "sorry", &owner).await.unwrap();
    assert_eq!(decided.resolved.unwrap().action, Action::Refund);
    assert_eq!((stage.stripe.refunds().len(), stage.balance(Account::Refunds)), (1, 0), "it had paid nothing");
    assert_eq!((stage.at_stripe(), stage.standing(&void).refunded), (1_000, 0));
    assert_eq!(stage.status(&invoice), Status::Paid);
    let again = refunds::resolve_review(&stage.app.store, Some(&stage.till), case.id, "", &owner).await;
    assert!(matches!(again, Err(Refusal::Conflict(_))));
}

#[tokio::test]
async fn a_decision_whose_refund_stripe_refuses_becomes_another_case() {
    let stage = Stage::set().await;
    let (invoice, _) = stage.paid("10").await;
    let void = stage.invoice("10").await;
    let attempt = stage.start(&void).await;
    stage.void(&void).await.unwrap();
    stage.stripe.pay_despite_expiry(session(&attempt)).unwrap();
    stage.deliver().await;
    let case = stage.reviews().remove(0);
    stage.stripe.next_refund(RefundFate::Refused);
    let owner = Actor::owner(OWNER);
    refunds::resolve_review(&stage.app.store, Some(&stage.till), case.id, "", &owner).await.unwrap();
    let reasons = stage.reasons();
    assert_eq!(reasons, [Why::RefundFailed, Why::PaidAfterVoid]);
    assert_eq!((stage.standing(&void).credit, stage.status(&invoice)), (1_000, Status::Paid));
}

#[tokio::test]
async fn e10_a_payment_of_another_account_is_refused_in_words_and_one_of_a_rolled_key_is_not() {
    let stage = Stage::set().await;
    let (invoice, _) = stage.paid("10").await;
    let other = "sk_test_another_key_of_the_same_account";
    stage.stripe.set_secret_key(other);
    let till = hurried(&stage.app, other, super::stage::HURRY);
    assert_ne!(till.account, stage.till.account);
    let wanted = Wanted {
        of: Of::Invoice(invoice.id),
        amount: 100,
        reason: None,
        credit_note: None,
        through: None,
        nonce: None,
    };
    let owner = Actor::owner(OWNER);
    refunds::refund(&stage.app.store, Some(&till), wanted.clone(), &owner).await.unwrap();
    // Another account does not know the payment.
    let elsewhere = Stage::set().await;
    let stranger = quittance::payments::till::Till { client: elsewhere.till.client.clone(), ..till };
    let words = conflict(refunds::refund(&stage.app.store, Some(&stranger), wanted.clone(), &owner).await);
    assert!(words.contains("another Stripe account"), "{words}");
    let words = conflict(refunds::refund(&stage.app.store, None, wanted, &owner).await);
    assert!(words.contains("no Stripe key"), "{words}");
    assert_eq!(stage.stripe.refunds().len(), 1);
}

#[tokio::test]
async fn a13_a_key_that_may_not_refund_is_named_and_nothing_stays_open() {
    let stage = Stage::set().await;
    let (invoice, _) = stage.paid("10").await;
    stage.stripe.withhold(Operation::CreateRefund);
    let words = conflict(stage.try_refund(&invoice, 1_000).await);
    assert!(words.contains("permission") && words.contains("At most 10.00 EUR"), "{words}");
    stage.stripe.grant_all();
    stage.refund(&invoice, 1_000).await;
    assert_eq!(stage.standing(&invoice).refunded, 1_000);
}

async fn story(stage: &Stage, invoice: &Invoice) {
    let wanted = Wanted {
        of: Of::Invoice(invoice.id),
        amount: 1_000,
        reason: None,
        credit_note: None,
        through: None,
        nonce: Some("form:0".to_owned()),
    };
    drop(refunds::refund(&stage.app.store, Some(&stage.till), wanted, &Actor::owner(OWNER)).await);
    stage.deliver().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f16_a_crash_anywhere_refunds_once() {
    for points in 1..POINTS_MAX {
        let stage = Stage::set().await;
        let (invoice, _) = stage.paid("10").await;
        let ended = {
            let story = pin!(story(&stage, &invoice));
            StopAfter { future: story, left: points }.await.is_some()
        };
        let stage = stage.reopened();
        // What a start and the minute after it do; then the owner repeats what was sent.
        stage.advance(31);
        stage.look_at_refunds().await;
        story(&stage, &invoice).await;
        stage.reconcile().await;
        assert_refunded_once(&stage, &invoice);
        assert!(stage.reviews().is_empty());
        if ended {
            return;
        }
    }
    panic!("the story never ended");
}
