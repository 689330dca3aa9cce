//! A: starting a checkout.

use quittance::actions::Refusal;
use quittance::billing::attempt::{Attempt, State};
use quittance::billing::currency::Currency;
use quittance::billing::log::{Channel, Happening};
use quittance::billing::review::Reason;
use quittance::billing::standing::Status;
use quittance::demo::stripe::{Card, Fault, Operation};
use quittance::payments::checkout::obstacle;
use quittance::payments::notices::{self, Notice};

use super::stage::{Stage, is_paid, session};

#[expect(clippy::needless_pass_by_value, reason = "an answer is judged where it is given")]
fn unavailable<T: std::fmt::Debug>(answer: Result<T, Refusal>) {
    assert!(matches!(answer, Err(Refusal::Unavailable(_))), "{answer:?}");
}

#[expect(clippy::needless_pass_by_value, reason = "an answer is judged where it is given")]
fn conflict<T: std::fmt::Debug>(answer: Result<T, Refusal>) {
    assert!(matches!(answer, Err(Refusal::Conflict(_))), "{answer:?}");
}

#[tokio::test]
async fn a1_a_click_on_pay_opens_one_session_for_exactly_what_is_due() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("190.40").await;
    let attempt = stage.start(&invoice).await;
    let made = stage.stripe.session(session(&attempt)).unwrap();
    assert_eq!((made["amount_total"].as_i64(), made["currency"].as_str()), (Some(19_040), Some("eur")));
    assert_eq!(made["client_reference_id"], attempt.id.to_string());
    assert_eq!(made["metadata"]["invoice"], invoice.id.to_string());
    assert_eq!(made["url"].as_str(), attempt.open_url());
    assert_eq!(stage.status(&invoice), Status::Open);
    let begun: Vec<_> =
        stage.log(&invoice).into_iter().filter(|line| line.kind == Happening::CheckoutStarted).collect();
    assert_eq!((begun.len(), begun[0].detail.as_deref()), (1, None));
    assert!(stage.letters().is_empty());
}

#[tokio::test]
async fn a3_two_clicks_in_one_moment_get_the_same_session() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    let clicks = tokio::join!(stage.try_start(&invoice), stage.try_start(&invoice), stage.try_start(&invoice));
    let sessions = [clicks.0, clicks.1, clicks.2].map(|click| click.unwrap().session);
    assert!(sessions.iter().all(|one| *one == sessions[0]), "{sessions:?}");
    assert_eq!(stage.stripe.sessions().len(), 1);
    assert_eq!(stage.attempts(&invoice).len(), 1);
}

#[tokio::test]
async fn a4_two_tabs_share_a_session_that_can_be_paid_once() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    let (first, second) = (stage.start(&invoice).await, stage.start(&invoice).await);
    assert_eq!(first.session, second.session);
    stage.stripe.pay(session(&first), Card::Visa).unwrap();
    assert!(stage.stripe.pay(session(&second), Card::Visa).is_err());
    // The second tab's owner clicks Pay again before any webhook came: Stripe is asked, and nothing is due.
    conflict(stage.try_start(&invoice).await);
    stage.deliver().await;
    stage.assert_paid_once(&invoice);
}

#[tokio::test]
async fn a5_a_lost_answer_brings_the_same_session_again() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    stage.stripe.fault_always(Operation::CreateSession, Fault::DropAfterEffect);
    unavailable(stage.try_start(&invoice).await);
    assert!(matches!(stage.attempts(&invoice)[0].state, State::CreateUnknown { .. }));
    stage.stripe.clear_faults();
    stage.advance(6);
    stage.sweep().await;
    let attempt = stage.attempts(&invoice).remove(0);
    assert_eq!(attempt.state, State::Open);
    assert_eq!(stage.stripe.sessions().len(), 1);
    assert_eq!(stage.start(&invoice).await.session, attempt.session);
}

#[tokio::test]
async fn a5_the_payer_who_comes_back_need_not_wait_for_the_sweep() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    stage.stripe.fault_always(Operation::CreateSession, Fault::CutBody);
    unavailable(stage.try_start(&invoice).await);
    stage.stripe.clear_faults();
    stage.start(&invoice).await;
    assert_eq!(stage.stripe.sessions().len(), 1);
}

#[tokio::test]
async fn a6_what_is_sent_again_is_the_same_to_the_byte_whatever_changed_meanwhile() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    stage.stripe.fault_always(Operation::CreateSession, Fault::Status(503));
    unavailable(stage.try_start(&invoice).await);
    let customer = stage.app.store.read(|r| r.customer(invoice.content.customer)).unwrap().unwrap();
    let mut party = customer.party.clone();
    party.email = "moved@example.com".into();
    stage
        .app
        .store
        .write(move |w| quittance::actions::customers::update(w, customer.id, party.clone()).map(drop))
        .await
        .unwrap();
    stage.stripe.clear_faults();
    stage.advance(6);
    stage.sweep().await;
    let sent = stage.stripe.requests();
    let bodies: Vec<_> = sent.iter().filter(|one| one.operation == Some(Operation::CreateSession)).collect();
    assert!(bodies.len() >= 3);
    assert!(bodies.iter().all(|one| one.body == bodies[0].body && one.headers == bodies[0].headers));
    assert_eq!(stage.attempts(&invoice)[0].state, State::Open);
}

#[tokio::test]
async fn a6_bytes_that_changed_after_all_open_nothing_and_the_owner_is_told() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    stage.stripe.fault_always(Operation::CreateSession, Fault::DropAfterEffect);
    unavailable(stage.try_start(&invoice).await);
    stage.stripe.clear_faults();
    let lost = stage.attempts(&invoice).remove(0);
    let changed = Attempt { body: lost.body.replace("payer%40example.com", "moved%40example.com"), ..lost.clone() };
    assert_ne!(changed.body, lost.body);
    stage.app.store.write(move |w| w.put_attempt(&changed)).await.unwrap();
    stage.advance(6);
    stage.sweep().await;
    let State::CreateFailed { reason } = stage.attempt(lost.id).state else { panic!("{:?}", stage.attempt(lost.id)) };
    assert!(reason.contains("with other content"), "{reason}");
    let told = |stage: &Stage| stage.app.store.read(|r| notices::standing(&r, stage.clock.now())).unwrap();
    assert_eq!(told(&stage).into_iter().map(|(notice, _)| notice).collect::<Vec<_>>(), [Notice::CheckoutRefused]);
    // Nobody was sent to the session of the first bytes; the next click has bytes and a key of its own.
    let next = stage.start(&invoice).await;
    assert_ne!(next.idempotency_key, lost.idempotency_key);
    assert_eq!((told(&stage), stage.stripe.sessions().len()), (vec![], 2));
}

#[tokio::test]
async fn a7_a_new_attempt_has_a_new_key() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    let first = stage.start(&invoice).await;
    stage.stripe.expire(session(&first)).unwrap();
    stage.deliver().await;
    let second = stage.start(&invoice).await;
    assert_ne!(first.idempotency_key, second.idempotency_key);
    assert_ne!(first.session, second.session);
}

#[tokio::test]
async fn a8_a18_after_a_day_off_the_key_is_not_used_again_and_the_list_is_searched() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    stage.stripe.fault_always(Operation::CreateSession, Fault::DropAfterEffect);
    unavailable(stage.try_start(&invoice).await);
    stage.stripe.clear_faults();
    stage.advance(25 * 3600);
    stage.stripe.clear_requests();
    stage.sweep().await;
    assert_eq!(stage.asked(Operation::CreateSession), 0);
    let attempt = stage.attempts(&invoice).remove(0);
    assert_eq!(attempt.state, State::Expired);
    assert!(attempt.session.is_some(), "it was put on record");
    assert_eq!(stage.stripe.sessions().len(), 1);
}

#[tokio::test]
async fn a18_a_session_that_stripe_never_made_is_given_up() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    stage.stripe.fault_always(Operation::CreateSession, Fault::DropBeforeEffect);
    unavailable(stage.try_start(&invoice).await);
    stage.stripe.clear_faults();
    stage.advance(25 * 3600);
    stage.sweep().await;
    assert_eq!(stage.attempts(&invoice)[0].state, State::Abandoned);
    let line = stage.log(&invoice).into_iter().find(|line| line.kind == Happening::CheckoutCanceled).unwrap();
    assert_eq!(line.source, Channel::ReturnPage, "the payer began it");
    stage.advance(3 * 3600);
    stage.sweep().await;
    assert_eq!(stage.attempts(&invoice)[0].next_look, None);
    stage.start(&invoice).await;
}

#[tokio::test]
async fn a9_j7_a_slow_clock_costs_one_refusal_and_no_payer() {
    let stage = Stage::set().await;
    stage.stripe.set_skew(100 * 60);
    let invoice = stage.invoice("10").await;
    let attempt = stage.start(&invoice).await;
    assert_eq!(stage.attempts(&invoice).len(), 2);
    assert!(matches!(stage.attempts(&invoice)[1].state, State::CreateFailed { .. }));
    assert_eq!(attempt.expires_at.as_second(), stage.stripe.now() + 7200);
}

#[tokio::test]
async fn a10_a11_amounts_that_stripe_does_not_take_are_for_bank_transfer() {
    let stage = Stage::set().await;
    for price in ["0.49", "1000000"] {
        let invoice = stage.invoice(price).await;
        assert!(obstacle(&stage.till, &invoice, invoice.total()).is_some(), "{price}");
        unavailable(stage.try_start(&invoice).await);
        assert!(stage.attempts(&invoice).is_empty());
    }
    assert_eq!(stage.asked(Operation::CreateSession), 0);
}

#[tokio::test]
async fn a12_an_address_that_stripe_does_not_like_is_left_to_the_payer() {
    let stage = Stage::set().await;
    let invoice = stage.invoice_in(Currency::EUR, "10", "payer@localhost").await;
    let attempt = stage.start(&invoice).await;
    let made = stage.stripe.session(session(&attempt)).unwrap();
    assert!(made["customer_email"].is_null());
    assert_eq!(stage.attempts(&invoice).len(), 2);
}

#[tokio::test]
async fn a13_a_wrong_key_or_a_missing_permission_is_calm_and_recovers() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    stage.stripe.withhold(Operation::CreateSession);
    unavailable(stage.try_start(&invoice).await);
    assert_eq!(stage.asked(Operation::CreateSession), 1, "no storm");
    stage.stripe.grant_all();
    stage.stripe.set_secret_key("sk_test_another");
    stage.advance(6);
    assert_eq!(stage.sweep().await.failed, 1);
    assert!(matches!(stage.attempts(&invoice)[0].state, State::CreateUnknown { .. }), "an earlier try is still open");
    stage.stripe.set_secret_key("sk_test_quittance_demo");
    stage.advance(31);
    stage.sweep().await;
    assert_eq!(stage.attempts(&invoice)[0].state, State::Open);
}

#[tokio::test]
async fn a13_a_key_revoked_after_a_lost_answer_does_not_make_a_second_session() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    stage.stripe.fault_always(Operation::CreateSession, Fault::DropAfterEffect);
    unavailable(stage.try_start(&invoice).await);
    stage.stripe.clear_faults();
    stage.stripe.set_secret_key("sk_test_another");
    unavailable(stage.try_start(&invoice).await);
    stage.stripe.set_secret_key("sk_test_quittance_demo");
    stage.start(&invoice).await;
    assert_eq!(stage.stripe.sessions().len(), 1);
    assert_eq!(stage.attempts(&invoice).len(), 1);
}

#[tokio::test]
async fn a14_a15_limits_and_faults_are_tried_again_with_the_same_key() {
    let stage = Stage::set().await;
    for fault in [Fault::Status(429), Fault::Status(503), Fault::Status(409), Fault::LockTimeout, Fault::CutBody] {
        let invoice = stage.invoice("10").await;
        stage.stripe.fault_next(Operation::CreateSession, fault);
        let attempt = stage.start(&invoice).await;
        assert_eq!(attempt.state, State::Open, "{fault:?}");
        assert_eq!(stage.attempts(&invoice).len(), 1, "{fault:?}");
    }
    assert_eq!(stage.stripe.sessions().len(), 5);
}

#[tokio::test]
async fn a16_a_fault_that_the_key_replays_is_given_up_and_its_orphan_put_on_record() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    stage.stripe.fault_next(Operation::CreateSession, Fault::Cached500AfterEffect);
    unavailable(stage.try_start(&invoice).await);
    for _ in 0..5 {
        stage.advance(31);
        stage.sweep().await;
    }
    let first = stage.attempts(&invoice).remove(0);
    assert_eq!(first.state, State::Abandoned);
    let second = stage.start_and_pay(&invoice).await;
    assert_ne!(second.id, first.id);
    stage.deliver().await;
    stage.assert_paid_once(&invoice);
    stage.advance(3 * 3600);
    stage.sweep().await;
    let first = stage.attempt(first.id);
    assert!(first.session.is_some() && first.session != second.session);
    assert_eq!((first.state, first.next_look), (State::Abandoned, None));
}

#[tokio::test]
async fn a16_an_orphan_that_is_open_still_is_closed_at_stripe() {
    let stage = Stage::set().await;
    // Stripe's clock is behind: its sessions end later than we reckon.
    stage.stripe.set_skew(-30 * 60);
    let invoice = stage.invoice("10").await;
    stage.stripe.fault_next(Operation::CreateSession, Fault::Cached500AfterEffect);
    unavailable(stage.try_start(&invoice).await);
    for _ in 0..5 {
        stage.advance(31);
        stage.sweep().await;
    }
    let attempt = stage.attempts(&invoice).remove(0);
    assert_eq!(attempt.state, State::Abandoned);
    let given_up = stage.log(&invoice).into_iter().find(|line| line.kind == Happening::CheckoutCanceled).unwrap();
    assert!(given_up.detail.unwrap().starts_with("Nobody was sent to a checkout, and it was given up"));
    stage.advance(2 * 3600 + 11 * 60);
    assert_eq!(stage.stripe.sessions()[0]["status"], "open");
    stage.sweep().await;
    assert_eq!(stage.stripe.sessions()[0]["status"], "expired");
    let attempt = stage.attempt(attempt.id);
    assert_eq!((attempt.session.is_some(), attempt.next_look), (true, None), "{attempt:?}");
    assert_eq!(stage.count_of(&invoice, Happening::CheckoutStarted), 0);
}

#[tokio::test]
async fn a17_an_attempt_that_a_crash_left_is_created_by_the_sweep() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    stage.stripe.fault_next(Operation::CreateSession, Fault::Hang);
    tokio::select! {
        started = stage.try_start(&invoice) => panic!("Stripe has not answered: {started:?}"),
        () = stage.hears(Operation::CreateSession) => {}
    }
    let stage = stage.reopened();
    assert_eq!(stage.attempts(&invoice)[0].state, State::Creating);
    stage.advance(31);
    stage.sweep().await;
    assert_eq!(stage.attempts(&invoice)[0].state, State::Open);
    assert_eq!(stage.stripe.sessions().len(), 1);
    let opened = stage.log(&invoice).into_iter().find(|line| line.kind == Happening::CheckoutStarted).unwrap();
    assert!(opened.detail.unwrap().contains("lost at first"), "the log tells that it was recovered");
}

#[tokio::test]
async fn a20_what_is_voided_while_stripe_is_asked_sends_nobody_there() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    stage.stripe.fault_next(Operation::CreateSession, Fault::Slow(std::time::Duration::from_secs(2)));
    let (click, voided) = tokio::join!(stage.try_start(&invoice), async {
        stage.hears(Operation::CreateSession).await;
        stage.void(&invoice).await
    });
    conflict(click);
    voided.unwrap();
    assert_eq!(stage.status(&invoice), Status::Void);
    let made = stage.stripe.sessions();
    assert_eq!((made.len(), made[0]["status"].as_str()), (1, Some("expired")));
}

#[tokio::test]
async fn a20_a_part_paid_while_stripe_is_asked_brings_a_session_for_the_rest() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    stage.stripe.fault_next(Operation::CreateSession, Fault::Slow(std::time::Duration::from_secs(2)));
    let (click, _) = tokio::join!(stage.try_start(&invoice), async {
        stage.hears(Operation::CreateSession).await;
        stage.bank_transfer(&invoice, 400).await
    });
    let attempt = click.unwrap();
    assert_eq!(attempt.amount.minor(), 600);
    let open: Vec<_> = stage.stripe.sessions().into_iter().filter(|one| one["status"] == "open").collect();
    assert_eq!((open.len(), open[0]["amount_total"].as_i64()), (1, Some(600)));
}

#[tokio::test]
async fn a21_an_invoice_over_nothing_never_meets_stripe() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("0").await;
    assert_eq!(stage.status(&invoice), Status::Paid);
    conflict(stage.try_start(&invoice).await);
    assert_eq!(stage.stripe.requests().len(), 0);
}

#[tokio::test]
async fn a21_no_payment_required_for_money_that_is_due_is_a_case_and_no_payment() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    let attempt = stage.start(&invoice).await;
    stage.stripe.mutate_session(session(&attempt), |made| {
        made["status"] = "complete".into();
        made["payment_status"] = "no_payment_required".into();
    });
    stage.look(&attempt).await;
    let before = stage.fingerprint();
    stage.look(&attempt).await;
    assert_eq!(stage.fingerprint(), before);
    assert_eq!((stage.status(&invoice), stage.reasons()), (Status::Open, vec![Reason::AmountMismatch]));
    assert!(stage.all_payments().is_empty());
    stage.start(&invoice).await;
}

#[tokio::test]
async fn a22_an_invoice_starts_few_sessions_an_hour() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    for _ in 0..5 {
        let attempt = stage.start(&invoice).await;
        stage.stripe.expire(session(&attempt)).unwrap();
        stage.deliver().await;
    }
    unavailable(stage.try_start(&invoice).await);
    stage.advance(3601);
    stage.start(&invoice).await;
}

#[tokio::test]
async fn a22_k7_each_decline_is_a_line_the_owner_has_one_mail_an_hour_and_the_tenth_is_told_at_once() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    let attempt = stage.start(&invoice).await;
    for count in 1..=9 {
        stage.stripe.decline(session(&attempt), "insufficient_funds").unwrap();
        stage.deliver().await;
        assert_eq!(stage.count_of(&invoice, Happening::PaymentFailed), count);
    }
    assert_eq!(stage.mails("owner_declines"), 1);
    assert!(stage.letters()[0].not_before > stage.clock.now(), "a digest waits for the hour to end");
    stage.stripe.decline(session(&attempt), "insufficient_funds").unwrap();
    stage.deliver().await;
    assert_eq!(stage.letters()[0].not_before, stage.clock.now());
    let last = stage.log(&invoice).pop().unwrap().detail.unwrap();
    assert!(last.contains("stolen cards"), "{last}");
    assert_eq!(stage.mails("owner_declines"), 1);
    stage.advance(3600);
    stage.stripe.decline(session(&attempt), "expired_card").unwrap();
    stage.deliver().await;
    assert_eq!(stage.mails("owner_declines"), 2);
    assert_eq!((stage.status(&invoice), stage.letters().len()), (Status::Open, 2));
}

#[tokio::test]
async fn a24_h4_a_currency_that_stripe_does_not_take_is_for_bank_transfer() {
    let stage = Stage::set().await;
    for code in ["KWD", "UGX"] {
        let invoice = stage.invoice_in(Currency::parse(code).unwrap(), "5000", "payer@example.com").await;
        assert!(obstacle(&stage.till, &invoice, invoice.total()).is_some(), "{code}");
        unavailable(stage.try_start(&invoice).await);
    }
}

#[tokio::test]
async fn a26_what_is_asked_for_is_what_is_still_due() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("100").await;
    stage.bank_transfer(&invoice, 2_500).await;
    let attempt = stage.start(&invoice).await;
    assert_eq!(stage.stripe.session(session(&attempt)).unwrap()["amount_total"], 7_500);
    stage.stripe.pay(session(&attempt), Card::Visa).unwrap();
    stage.deliver().await;
    assert!(is_paid(&stage.attempt(attempt.id)));
    assert_eq!((stage.status(&invoice), stage.standing(&invoice).credit), (Status::Paid, 0));
}

#[tokio::test]
async fn a26_a_session_that_asks_for_the_old_sum_is_closed_before_another_is_opened() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("100").await;
    let first = stage.start(&invoice).await;
    stage.stripe.fault_always(Operation::ExpireSession, Fault::Status(503));
    stage.bank_transfer(&invoice, 2_500).await;
    unavailable(stage.try_start(&invoice).await);
    stage.stripe.clear_faults();
    stage.sweep().await;
    let second = stage.start(&invoice).await;
    assert_eq!(second.amount.minor(), 7_500);
    assert_eq!(stage.stripe.session(session(&first)).unwrap()["status"], "expired");
}

#[tokio::test]
async fn another_session_than_was_asked_for_is_nobodys_to_pay_and_a_case() {
    let stage = Stage::set().await;
    let mut till = stage.till.clone();
    till.checkout_origins = vec!["https://checkout.stripe.com".into()];
    let invoice = stage.invoice("10").await;
    let payer = quittance::actions::Actor::owner("pat@example.com");
    unavailable(quittance::payments::checkout::start(&till, &invoice, &payer).await);
    assert!(matches!(stage.attempts(&invoice)[0].state, State::CreateFailed { .. }));
    assert_eq!(stage.stripe.sessions()[0]["status"], "expired");
    assert_eq!((stage.reasons(), stage.mails("owner_alert")), (vec![Reason::ReferenceMismatch], 1));
}

#[tokio::test]
async fn a5_a_session_that_ended_before_its_lost_answer_came_again_is_handed_to_nobody() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    stage.stripe.fault_always(None, Fault::DropAfterEffect);
    unavailable(stage.try_start(&invoice).await);
    stage.stripe.clear_faults();
    // The machine was off until the session had run out; the key still brings the answer of then.
    stage.advance(3 * 3600);
    let attempt = stage.start(&invoice).await;
    let made = stage.stripe.session(session(&attempt)).unwrap();
    assert_eq!(made["status"], "open", "the payer would stand before a closed door");
    let states: Vec<_> = stage.attempts(&invoice).into_iter().map(|attempt| attempt.state).collect();
    assert_eq!(states, [State::Open, State::Expired]);
}

#[tokio::test]
async fn a25_i7_every_call_names_our_version_and_none_searches() {
    let stage = Stage::set().await;
    stage.paid("10").await;
    let left = stage.invoice("20").await;
    stage.start(&left).await;
    stage.void(&left).await.unwrap();
    stage.reconcile().await;
    let asked = stage.stripe.requests();
    assert!(asked.len() > 5);
    for request in asked {
        assert_eq!(request.headers["stripe-version"], quittance::payments::API_VERSION, "{}", request.path);
        assert!(!request.path.contains("search"), "{}", request.path);
    }
}
