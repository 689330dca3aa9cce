//! I and J: what goes wrong between Stripe and us, and with us.

use quittance::billing::event::Handling;
use quittance::billing::log::Channel;
use quittance::billing::review::Reason;
use quittance::billing::standing::Status;
use quittance::demo::stripe::{Fault, Operation};
use quittance::payments::inbox;
use quittance::payments::reconcile::Extent;
use quittance::payments::side::Step;
use quittance::payments::till::Thrift;
use serde_json::json;

use super::stage::{Stage, session};

#[tokio::test]
async fn i1_i2_i4_reads_and_closings_meet_every_fault_and_end_well() {
    let stage = Stage::set().await;
    for fault in [Fault::Status(409), Fault::Status(429), Fault::LockTimeout, Fault::CutBody, Fault::DropBeforeEffect] {
        let invoice = stage.invoice("10").await;
        let attempt = stage.start_and_pay(&invoice).await;
        stage.stripe.fault_next(Operation::GetSession, fault);
        stage.look(&attempt).await;
        stage.assert_paid_once(&invoice);
    }
}

#[tokio::test]
async fn i3_a_word_that_nobody_knows_is_no_yes() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    let attempt = stage.start(&invoice).await;
    stage.stripe.mutate_session(session(&attempt), |made| made["status"] = json!("frozen"));
    stage.look(&attempt).await;
    stage.stripe.mutate_session(session(&attempt), |made| {
        made["status"] = json!("complete");
        made["payment_status"] = json!("half_paid");
    });
    stage.look(&attempt).await;
    assert_eq!((stage.status(&invoice), stage.all_payments().len()), (Status::Open, 0));
}

#[tokio::test]
async fn i6_what_is_asked_on_a_schedule_is_shed_the_least_important_first() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    stage.start_and_pay(&invoice).await;
    let report = stage.reconcile().await;
    assert!(report.requests > 0);
    assert_eq!(report.compared["reads_this_month"], stage.till.reads_this_month().unwrap());
    let deep = |stage: &Stage| stage.reached(Step::Deep);
    for (used, is_deep) in [(8_000, true), (9_000, false), (12_000, false)] {
        let more = used - stage.till.reads_this_month().unwrap();
        stage.app.store.write(move |w| w.add_to_counter("stripe_reads:2026-11", more)).await.unwrap();
        stage.advance(60);
        stage.stripe.clear_requests();
        let report = stage.reconcile_as(Channel::Schedule, Extent::Short).await;
        assert!(report.error.unwrap().contains("Most of the reads"), "a short pass is the first to go");
        let before = deep(&stage);
        let report = stage.reconcile_as(Channel::Schedule, Extent::whole()).await;
        assert_eq!(report.error, None, "{used}: the last days are always compared");
        assert_eq!((stage.asked(Operation::ListEvents), stage.asked(Operation::ListSessions) > 0), (0, true));
        assert_eq!(deep(&stage) != before, is_deep, "{used}");
    }
    assert_eq!(stage.reconcile().await.error, None, "who asks for it gets it");
    assert!(stage.asked(Operation::ListEvents) > 0);
    stage.advance(10 * 24 * 3600);
    assert_eq!(stage.reconcile_as(Channel::Schedule, Extent::Short).await.error, None, "a new month");
}

#[tokio::test]
async fn i6_who_is_paid_more_may_read_more() {
    let stage = Stage::set().await;
    for _ in 0..30 {
        stage.paid("10").await;
    }
    assert_eq!(stage.till.ration().unwrap(), 15_000);
    let thrift = |used| Thrift::after(used, stage.till.ration().unwrap());
    assert_eq!([thrift(11_999), thrift(12_000), thrift(13_500)], [Thrift::None, Thrift::NoEvents, Thrift::LastDays]);
    stage.advance(30 * 24 * 3600);
    assert_eq!(stage.till.ration().unwrap(), 15_000, "it goes by thirty days, not by the first of the month");
    stage.advance(31 * 24 * 3600);
    assert_eq!(stage.till.ration().unwrap(), 10_000);
}

#[tokio::test]
async fn j1_an_event_that_was_acknowledged_is_worked_off_after_a_restart() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    stage.start_and_pay(&invoice).await;
    stage.receive().await;
    let stage = stage.reopened();
    assert_eq!(stage.status(&invoice), Status::Open);
    stage.work_off().await;
    stage.assert_paid_once(&invoice);
    assert_eq!(stage.app.store.read(|r| r.count_pending_events()).unwrap(), 0);
}

#[tokio::test]
async fn c25_j9_an_event_that_cannot_be_worked_off_waits_and_lets_others_pass() {
    let stage = Stage::set().await;
    let (stuck, other) = (stage.invoice("10").await, stage.invoice("20").await);
    let attempt = stage.start_and_pay(&stuck).await;
    stage.receive().await;
    stage.stripe.fault_always(None, Fault::Status(500));
    stage.work_off().await;
    assert!(stage.app.store.read(|r| r.count_pending_events()).unwrap() > 0);
    stage.stripe.clear_faults();
    stage.start_and_pay(&other).await;
    stage.deliver().await;
    stage.assert_paid_once(&other);
    assert_eq!(stage.status(&stuck), Status::Open);
    stage.advance(2);
    stage.work_off().await;
    stage.assert_paid_once(&stuck);
    stage.look(&attempt).await;
}

#[tokio::test]
async fn c25_an_event_that_fails_for_two_days_is_shown_and_worked_off_when_the_owner_says_so() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    stage.start_and_pay(&invoice).await;
    let told = stage.stripe.events().into_iter().find(|event| event["type"] == "checkout.session.completed").unwrap();
    stage.receive_one(&told).await;
    let id = told["id"].as_str().unwrap().to_owned();
    let kept = || stage.app.store.read(|r| r.event(&id)).unwrap().unwrap();
    stage.stripe.fault_always(None, Fault::Status(500));
    stage.work_off().await;
    for hour in 1..=48 {
        stage.advance(3600);
        stage.work_off().await;
        assert!(matches!(kept().state, Handling::Pending { .. }), "after {hour} hours: {:?}", kept());
    }
    assert!(stage.reviews().is_empty());
    stage.advance(3600);
    stage.work_off().await;
    assert!(matches!(kept().state, Handling::Dead { .. }), "{:?}", kept());
    assert_eq!((stage.reasons(), stage.mails("owner_alert")), (vec![Reason::UnknownPayment], 1));
    assert_eq!(stage.status(&invoice), Status::Open);
    stage.stripe.clear_faults();
    let again = id.clone();
    assert!(stage.app.store.write(move |w| inbox::try_again(w, &again)).await.unwrap());
    stage.work_off().await;
    stage.assert_paid_once(&invoice);
}

#[tokio::test]
async fn c27_an_object_that_stripe_does_not_know_is_given_up_after_an_hour_and_shown() {
    let stage = Stage::set().await;
    let event = json!({
        "id": "evt_elsewhere", "object": "event", "type": "checkout.session.completed", "livemode": false,
        "created": stage.stripe.now(), "data": { "object": { "id": "cs_elsewhere", "object": "checkout.session" } },
    });
    stage.receive_one(&event).await;
    for _ in 0..12 {
        stage.work_off().await;
        stage.advance(900);
    }
    let kept = stage.app.store.read(|r| r.event("evt_elsewhere")).unwrap().unwrap();
    assert!(matches!(kept.state, Handling::Dead { .. }), "{kept:?}");
    assert_eq!((stage.reasons(), stage.mails("owner_alert")), (vec![Reason::UnknownPayment], 1));
}

#[tokio::test]
async fn j7_a_clock_that_is_wrong_by_hours_costs_nobody_a_session() {
    for skew in [-3 * 3600, 3 * 3600] {
        let stage = Stage::set().await;
        stage.stripe.set_skew(skew);
        let invoice = stage.invoice("10").await;
        let attempt = stage.start(&invoice).await;
        let made = stage.stripe.session(session(&attempt)).unwrap();
        assert_eq!(made["expires_at"].as_i64(), Some(attempt.expires_at.as_second()));
        // From the first answer on, it is Stripe's time that counts.
        let next = stage.start(&stage.invoice("20").await).await;
        assert_eq!(next.expires_at.as_second(), stage.stripe.now() + 7200);
        stage.stripe.pay(session(&attempt), quittance::demo::stripe::Card::Visa).unwrap();
        stage.deliver().await;
        stage.assert_paid_once(&invoice);
        assert!(stage.payments(&invoice)[0].received_at <= stage.clock.now());
    }
}

#[tokio::test]
async fn j11_a_pass_that_was_cut_off_is_run_again_and_finds_the_rest() {
    let stage = Stage::set().await;
    for price in ["10", "20", "30"] {
        let invoice = stage.invoice(price).await;
        stage.start_and_pay(&invoice).await;
    }
    stage.stripe.fault_always(Operation::GetSession, Fault::Status(500));
    let report = stage.reconcile().await;
    assert_eq!(stage.all_payments().len(), 0);
    assert!(report.finished_at.is_some());
    stage.stripe.clear_faults();
    stage.advance(3600);
    let report = stage.reconcile().await;
    assert_eq!((report.error, stage.all_payments().len()), (None, 3));
    let again = stage.reconcile().await;
    assert_eq!((again.repaired.len(), again.differences.len()), (0, 0));
}

#[tokio::test]
async fn j12_a_process_that_slept_for_hours_finds_everything_as_it_was_left() {
    let stage = Stage::set().await;
    let (paid, left) = (stage.invoice("10").await, stage.invoice("20").await);
    stage.start_and_pay(&paid).await;
    let attempt = stage.start(&left).await;
    stage.advance(30 * 3600);
    stage.sweep().await;
    stage.assert_paid_once(&paid);
    assert!(!stage.attempt(attempt.id).is_live());
}

#[tokio::test]
async fn j12_an_event_that_slept_for_days_with_the_machine_has_all_its_tries_before_it() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    stage.start_and_pay(&invoice).await;
    stage.receive().await;
    stage.advance(3 * 24 * 3600);
    stage.stripe.fault_always(Operation::GetSession, Fault::Status(503));
    stage.work_off().await;
    assert!(stage.reviews().is_empty(), "one try is not two days of trying");
    stage.stripe.clear_faults();
    stage.advance(2);
    stage.work_off().await;
    stage.assert_paid_once(&invoice);
}
