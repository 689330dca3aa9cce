//! E: what the owner does while somebody may be paying.

use quittance::actions::{Actor, Refusal, drafts};
use quittance::billing::attempt::State;
use quittance::billing::log::Happening;
use quittance::billing::review::Reason;
use quittance::billing::standing::Status;
use quittance::demo::stripe::{Fault, Operation};
use quittance::payments::notices::Notice;
use quittance::payments::till::Till;
use quittance::payments::{checkout, key_change, owner_acts};

use super::stage::{HURRY, OWNER, Stage, hurried, is_paid, session};

#[tokio::test]
async fn e2_e6_a_void_closes_the_session_first_and_looks_once_more() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    let attempt = stage.start(&invoice).await;
    stage.void(&invoice).await.unwrap();
    assert_eq!(stage.stripe.session(session(&attempt)).unwrap()["status"], "expired");
    assert_eq!((stage.status(&invoice), stage.attempt(attempt.id).state), (Status::Void, State::Expired));
    assert_eq!(stage.count_of(&invoice, Happening::CheckoutCanceled), 1);
    stage.stripe.clear_requests();
    stage.advance(61);
    stage.sweep().await;
    assert_eq!(stage.asked(Operation::GetSession), 1);
    assert_eq!(stage.attempt(attempt.id).next_look, None);
}

#[tokio::test]
async fn e2_while_stripe_cannot_be_asked_nothing_is_voided_and_the_session_stays_payable() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    let attempt = stage.start(&invoice).await;
    stage.stripe.fault_always(Operation::ExpireSession, Fault::Status(503));
    assert!(matches!(stage.void(&invoice).await, Err(Refusal::Unavailable(_))));
    assert_eq!((stage.status(&invoice), stage.attempt(attempt.id).state), (Status::Open, State::Open));
    assert!(stage.attempt(attempt.id).next_look.is_some(), "its end will still be looked at");
    assert_eq!(stage.start(&invoice).await.session, attempt.session);
    stage.stripe.clear_faults();
    stage.void(&invoice).await.unwrap();
}

#[tokio::test]
async fn e2_a_cached_fault_of_one_void_does_not_stick_to_the_next() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    stage.start(&invoice).await;
    stage.stripe.fault_next(Operation::ExpireSession, Fault::Cached500);
    assert!(stage.void(&invoice).await.is_err());
    stage.advance(1);
    stage.void(&invoice).await.unwrap();
}

#[tokio::test]
async fn e2_an_invoice_whose_session_was_never_heard_of_can_be_voided_with_stripe_down() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    stage.stripe.fault_always(None, Fault::DropAfterEffect);
    assert!(stage.try_start(&invoice).await.is_err());
    stage.void(&invoice).await.unwrap();
    assert_eq!((stage.status(&invoice), stage.attempts(&invoice)[0].state.clone()), (Status::Void, State::Abandoned));
    stage.stripe.clear_faults();
    stage.advance(3 * 3600);
    stage.sweep().await;
    assert!(stage.attempts(&invoice)[0].session.is_some(), "the orphan is on record");
}

#[tokio::test]
async fn e4_a_payment_seen_at_the_bank_is_recorded_with_stripe_down_and_the_session_closed_later() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    let attempt = stage.start(&invoice).await;
    stage.stripe.fault_always(None, Fault::DropBeforeEffect);
    stage.bank_transfer(&invoice, 1_000).await;
    assert_eq!(stage.status(&invoice), Status::Paid);
    assert!(matches!(stage.attempt(attempt.id).state, State::Revoking { .. }));
    assert!(stage.stands(Notice::CheckoutStaysOpen), "somebody may still pay there");
    for _ in 0..3 {
        stage.advance(61);
        assert_eq!(stage.sweep().await.failed, 1);
        assert!(matches!(stage.attempt(attempt.id).state, State::Revoking { .. }), "it goes on trying");
        assert!(stage.stands(Notice::CheckoutStaysOpen));
    }
    stage.stripe.clear_faults();
    stage.advance(61);
    stage.sweep().await;
    assert_eq!(stage.attempt(attempt.id).state, State::Expired);
    assert_eq!(stage.stripe.session(session(&attempt)).unwrap()["status"], "expired");
    assert!(stage.reviews().is_empty() && !stage.stands(Notice::CheckoutStaysOpen));
}

#[tokio::test]
async fn e4_d8_a_card_that_was_faster_than_the_closing_becomes_credit_and_a_case() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    let attempt = stage.start(&invoice).await;
    stage.stripe.fault_always(None, Fault::Status(503));
    stage.bank_transfer(&invoice, 1_000).await;
    stage.stripe.pay(session(&attempt), quittance::demo::stripe::Card::Visa).unwrap();
    stage.stripe.clear_faults();
    stage.advance(61);
    stage.sweep().await;
    assert!(is_paid(&stage.attempt(attempt.id)));
    assert_eq!((stage.reasons(), stage.standing(&invoice).credit), (vec![Reason::DuplicatePayment], 1_000));
    assert_eq!((stage.status(&invoice), stage.mails("credit_received")), (Status::Paid, 1));
}

#[tokio::test]
async fn e4_a_silent_stripe_does_not_keep_the_owner_waiting() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    stage.start(&invoice).await;
    stage.stripe.fault_always(None, Fault::Hang);
    let began = std::time::Instant::now();
    stage.bank_transfer(&invoice, 1_000).await;
    assert!(began.elapsed() < HURRY.request, "{:?}", began.elapsed());
}

#[tokio::test]
async fn e5_a_customer_who_was_faster_wins_and_the_void_is_refused() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    stage.start_and_pay(&invoice).await;
    assert!(matches!(stage.void(&invoice).await, Err(Refusal::Conflict(_))));
    stage.assert_paid_once(&invoice);
}

#[tokio::test]
async fn e5_a_session_that_ended_by_itself_is_no_obstacle() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    let attempt = stage.start(&invoice).await;
    stage.stripe.expire(session(&attempt)).unwrap();
    stage.void(&invoice).await.unwrap();
}

#[tokio::test]
async fn e8_a_new_link_closes_the_session_that_returns_to_the_old_one() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    let attempt = stage.start(&invoice).await;
    stage.stripe.fault_next(Operation::ExpireSession, Fault::Cached500);
    assert!(owner_acts::rotate_link(&stage.app.store, Some(&stage.till), invoice.id).await.is_err());
    assert_eq!(stage.invoice_now(&invoice).link, invoice.link);
    stage.advance(1);
    let rotated = owner_acts::rotate_link(&stage.app.store, Some(&stage.till), invoice.id).await.unwrap();
    assert_ne!(rotated.link, invoice.link);
    assert_eq!(stage.stripe.session(session(&attempt)).unwrap()["status"], "expired");
    let next = stage.start(&rotated).await;
    let made = stage.stripe.session(session(&next)).unwrap();
    assert!(made["success_url"].as_str().unwrap().contains(rotated.link.token()));
}

#[tokio::test]
async fn e10_a_key_is_not_changed_under_open_checkouts_without_a_word() {
    let (stage, elsewhere) = (Stage::set().await, Stage::set().await);
    let invoice = stage.invoice("10").await;
    // A key of another account, which knows none of the sessions.
    let other = Till { account: "another".into(), ..elsewhere.till.clone() };
    assert_eq!(key_change::obstacle(&stage.till, &other).await.unwrap(), None);
    let attempt = stage.start(&invoice).await;
    let words = key_change::obstacle(&stage.till, &other).await.unwrap().unwrap();
    assert!(words.starts_with("One checkout is open"), "{words}");
    stage.stripe.expire(session(&attempt)).unwrap();
    stage.deliver().await;
    assert_eq!(key_change::obstacle(&stage.till, &other).await.unwrap(), None);
}

#[tokio::test]
async fn e10_a_rolled_key_is_changed_without_a_word_and_one_that_cannot_be_asked_is_not() {
    let stage = Stage::set().await;
    stage.start(&stage.invoice("10").await).await;
    let rolled = Till { account: "rolled".into(), ..stage.till.clone() };
    assert_eq!(key_change::obstacle(&stage.till, &rolled).await.unwrap(), None);
    stage.stripe.fault_always(Operation::GetSession, Fault::Status(503));
    assert!(key_change::obstacle(&stage.till, &rolled).await.unwrap().is_some());
}

#[tokio::test]
async fn e10_open_checkouts_are_closed_with_the_key_that_goes_and_what_was_paid_is_booked() {
    let stage = Stage::set().await;
    let (paid, open, stuck) = (stage.invoice("10").await, stage.invoice("20").await, stage.invoice("30").await);
    stage.start_and_pay(&paid).await;
    let (closed, left) = (stage.start(&open).await, stage.start(&stuck).await);
    stage.stripe.expire(session(&left)).unwrap();
    key_change::close_all(&stage.till).await.unwrap();
    stage.assert_paid_once(&paid);
    assert_eq!(stage.attempt(closed.id).state, State::Expired);
    assert_eq!(stage.stripe.session(session(&closed)).unwrap()["status"], "expired");
    assert_eq!(stage.attempt(left.id).state, State::Expired);
}

#[tokio::test]
async fn e10_a_rolled_key_of_the_same_account_goes_on_where_the_old_one_stopped() {
    let mut stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    let attempt = stage.start_and_pay(&invoice).await;
    stage.stripe.set_secret_key("sk_test_rolled");
    stage.till = hurried(&stage.app, "sk_test_rolled", HURRY);
    assert_ne!(stage.till.account, attempt.account);
    stage.advance(2 * 3600 + 61);
    stage.sweep().await;
    stage.assert_paid_once(&invoice);
    assert_eq!(stage.attempt(attempt.id).account, stage.till.account);
}

#[tokio::test]
async fn e10_an_attempt_in_an_account_that_is_out_of_reach_holds_the_invoice_up_for_hours_not_for_ever() {
    let mut stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    let attempt = stage.start(&invoice).await;
    let elsewhere = Stage::set().await;
    // The same books with a key of another account, which knows none of the sessions.
    let till = hurried(&elsewhere.app, "sk_test_quittance_demo", HURRY);
    let account = "another".to_owned();
    stage.till = quittance::payments::till::Till { client: till.client.clone(), account, ..stage.till.clone() };
    assert!(matches!(stage.void(&invoice).await, Err(Refusal::Unavailable(_))));
    stage.advance(2 * 3600 + 61);
    stage.sweep().await;
    assert_eq!(stage.attempt(attempt.id).state, State::Open);
    stage.advance(2 * 3600);
    stage.sweep().await;
    assert_eq!(stage.attempt(attempt.id).state, State::Expired);
    assert_eq!((stage.reasons(), stage.mails("owner_alert")), (vec![Reason::UnknownSession], 1));
    stage.void(&invoice).await.unwrap();
}

#[tokio::test]
async fn e12_an_overdue_invoice_is_paid_like_any_other() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    stage.advance(40 * 24 * 3600);
    stage.start_and_pay(&invoice).await;
    stage.deliver().await;
    stage.assert_paid_once(&invoice);
}

#[tokio::test]
async fn money_reopens_an_invoice_that_was_given_up() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    owner_acts::write_off(&stage.app.store, invoice.id).await.unwrap();
    assert_eq!(stage.status(&invoice), Status::Uncollectible);
    stage.start_and_pay(&invoice).await;
    stage.deliver().await;
    stage.assert_paid_once(&invoice);
}

#[tokio::test]
async fn a_bank_payment_that_is_under_way_is_not_closed_by_a_recorded_one() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    let attempt = stage.start(&invoice).await;
    stage.stripe.pay_delayed(session(&attempt)).unwrap();
    stage.deliver().await;
    stage.stripe.clear_requests();
    stage.bank_transfer(&invoice, 1_000).await;
    assert_eq!(stage.asked(Operation::ExpireSession), 0);
    stage.stripe.clear_delayed(stage.attempt(attempt.id).payment_intent.as_deref().unwrap()).unwrap();
    stage.deliver().await;
    assert_eq!(stage.reasons(), [Reason::DuplicatePayment]);
}

#[tokio::test]
async fn e1_an_issued_invoice_is_not_edited_whether_or_not_somebody_is_paying() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    let attempt = stage.start(&invoice).await;
    let (id, content) = (invoice.id, invoice.content.clone());
    let edited = stage.app.store.write(move |w| drafts::update(w, id, content.clone(), None)).await;
    assert!(matches!(edited, Err(Refusal::Conflict(_))), "{edited:?}");
    assert_eq!((stage.invoice_now(&invoice), stage.attempt(attempt.id)), (invoice, attempt));
}

#[tokio::test]
async fn e7_a_checkout_is_ended_by_its_session_and_never_by_its_payment() {
    let stage = Stage::set().await;
    let (voided, paid) = (stage.invoice("10").await, stage.invoice("20").await);
    let attempt = stage.start(&voided).await;
    stage.stripe.decline(session(&attempt), "insufficient_funds").unwrap();
    stage.deliver().await;
    stage.void(&voided).await.unwrap();
    stage.start(&paid).await;
    stage.bank_transfer(&paid, 2_000).await;
    assert_eq!(stage.asked(Operation::ExpireSession), 2);
    assert!(stage.stripe.requests().iter().all(|asked| !asked.path.contains("/cancel")));
}

#[tokio::test]
async fn e11_an_attempt_of_the_other_mode_is_not_sent_again_with_this_key() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    stage.stripe.fault_always(None, Fault::DropBeforeEffect);
    assert!(stage.try_start(&invoice).await.is_err());
    stage.stripe.clear_faults();
    stage.stripe.clear_requests();
    let live = Till { livemode: true, account: "live".into(), ..stage.till.clone() };
    let refused = checkout::start(&live, &invoice, &Actor::owner(OWNER)).await;
    assert!(matches!(refused, Err(Refusal::Unavailable(_))));
    assert_eq!(stage.asked(Operation::CreateSession), 0);
}
