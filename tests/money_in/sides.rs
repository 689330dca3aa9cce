//! One store, several sides at Stripe: the modes test and live of one account, other accounts, and keys that were rolled.
//! What was seen on one side says nothing of another, and what one account holds is the same whichever key opens it.

use quittance::billing::attempt::State as Attempt;
use quittance::billing::event::Handling;
use quittance::billing::ledger::{Account, Book};
use quittance::billing::log::Channel;
use quittance::billing::refund::{State, Status};
use quittance::billing::report::Run;
use quittance::billing::review::Reason;
use quittance::demo::stripe::{DisputeOrder, Fault, Operation, Options, RefundFate};
use quittance::payments::reconcile::{Extent, NIGHTLY_WINDOW, accept_account, is_other_account};
use quittance::payments::side::Step;
use serde_json::json;

use super::stage::Stage;

const DAY: i64 = 24 * 3600;
const LIVE_KEY: &str = "sk_live_quittance_story";

impl Stage {
    /// The same books with the live key of the same account, as in Stripe's classic test mode.
    async fn live(&self) -> Self {
        self.with_key(LIVE_KEY, Options { livemode: true, ..Options::new(self.clock.clone()) }).await
    }

    /// A pass that saw everything and found nothing to do, and what Stripe holds is what the books have.
    async fn clear_pass(&self) -> Run {
        self.assert_clear_as(Extent::whole()).await
    }

    async fn assert_clear_as(&self, extent: Extent) -> Run {
        let report = self.reconcile_as(Channel::Schedule, extent).await;
        assert_eq!((report.error.as_deref(), report.unseen.len()), (None, 0), "{report:?}");
        assert_eq!((report.repaired.len(), report.differences.len()), (0, 0), "{report:?}");
        self.assert_clear(&report);
        let held = self.stripe.transactions().iter().map(|moved| moved["net"].as_i64().unwrap()).sum::<i64>();
        let waiting = report.balances.iter().map(|balance| balance.waiting).sum::<i64>();
        assert_eq!(self.balance(Account::StripeClearing), held + waiting);
        assert_eq!(self.reached(Step::Clean), Some(self.clock.now()));
        report
    }

    /// Clear passes after three, eight and forty days.
    async fn stays_clear(&self) {
        let before = self.open_reasons();
        for days in [3, 5, 32] {
            self.advance(days * DAY);
            self.clear_pass().await;
        }
        assert_eq!(self.open_reasons(), before);
    }

    fn behind(&self, book: Book) -> bool {
        self.app.store.read(|r| r.behind_since(book)).unwrap().is_some()
    }
}

#[tokio::test]
async fn test_then_live_each_mode_has_an_opening_balance_and_proofs_of_its_own() {
    let test = Stage::set().await;
    test.another_program_is_paid();
    test.clear_pass().await;
    let (invoice, _) = test.paid("100").await;
    test.clear_pass().await;
    // A refund that the test key's next full pass would have brought the movement of.
    test.refund(&invoice, 1_000).await;

    let live = test.live().await;
    assert_eq!(live.reached(Step::Clean), None, "nobody has looked at the live account yet");
    live.another_program_is_paid();
    live.another_program_is_paid();
    live.clear_pass().await;
    assert_eq!((live.balance(Account::Foreign), test.balance(Account::Foreign)), (-1_920, -960));
    let (sold, _) = live.paid("200").await;
    live.assert_paid_once(&sold);
    live.stays_clear().await;

    // Back to the test key: what it left is as it was.
    test.stays_clear().await;
    live.stays_clear().await;
}

#[tokio::test]
async fn test_then_live_a_copy_waits_until_its_own_book_was_compared() {
    let test = Stage::set().await;
    let live = test.live().await;
    test.app.store.write(|w| w.fall_behind(w.now())).await.unwrap();
    assert!(test.app.payments_held().is_some());
    test.clear_pass().await;
    assert_eq!((test.behind(Book::Test), test.behind(Book::Live)), (false, true));
    assert!(test.app.payments_held().is_none(), "with a test key nothing is held any more");
    live.stripe.fault_next(Operation::ListRefunds, Fault::CutList);
    let report = live.reconcile_as(Channel::Schedule, Extent::Short).await;
    assert_eq!((report.error.as_deref(), report.full, live.behind(Book::Live)), (None, true, true));
    live.clear_pass().await;
    assert!(!live.behind(Book::Live));
}

#[tokio::test]
async fn j6_a_mark_of_an_older_version_holds_both_books() {
    let test = Stage::set().await;
    test.app.store.write(|w| w.put_mark("books.behind", w.now())).await.unwrap();
    assert!(test.behind(Book::Test) && test.behind(Book::Live));
    test.clear_pass().await;
    assert_eq!((test.behind(Book::Test), test.behind(Book::Live)), (false, true));
}

#[tokio::test]
async fn f5_a_lost_live_refund_is_never_given_up_by_a_test_key() {
    let test = Stage::set().await;
    let live = test.live().await;
    live.clear_pass().await;
    let (invoice, _) = live.paid("10").await;
    live.stripe.fault_next(Operation::CreateRefund, Fault::Cached500AfterEffect);
    let refund = live.refund(&invoice, 1_000).await;
    assert_eq!(live.stripe.refunds().len(), 1, "Stripe made it, and its answer was lost");
    for _ in 0..3 {
        test.advance(DAY);
        test.reconcile().await;
        test.look_at_refunds().await;
        test.advance(2 * 3600);
        test.look_at_refunds().await;
    }
    assert_eq!(live.refunds(&invoice)[0].status(), Status::Requested, "nobody who can know was asked");
    let report = live.reconcile().await;
    assert_eq!(report.error, None);
    let found = live.refunds(&invoice).remove(0);
    assert_eq!((found.id, found.state, live.stripe.refunds().len()), (refund.id, State::Succeeded, 1));
    live.stays_clear().await;
}

#[tokio::test]
async fn c15_events_of_the_other_mode_are_taken_up_when_its_key_is_back() {
    let test = Stage::set().await;
    let live = test.live().await;
    live.reconcile_as(Channel::Schedule, Extent::Short).await;
    let (invoice, attempt) = live.paid("10").await;
    live.reconcile_as(Channel::Schedule, Extent::Short).await;

    // Ten days with the test key: what comes from the live account is kept.
    live.advance(DAY);
    live.stripe.warn_of_fraud(attempt.payment_intent.as_deref().unwrap()).unwrap();
    live.receive().await;
    for _ in 0..10 {
        test.work_off().await;
        test.advance(DAY);
        test.reconcile_as(Channel::Schedule, Extent::Short).await;
    }
    let of_live = |state: &Handling| {
        let events = test.app.store.read(|r| r.latest_events(100)).unwrap();
        events.iter().filter(|event| event.livemode && event.state == *state).count()
    };
    assert_eq!((of_live(&Handling::OtherMode), live.reasons()), (1, vec![]));

    // Another, which no webhook brought.
    let second = live.invoice("20").await;
    live.start_and_pay(&second).await;
    let report = live.reconcile_as(Channel::Schedule, Extent::Short).await;
    assert_eq!(report.error, None);
    assert_eq!((of_live(&Handling::OtherMode), live.reasons()), (0, vec![Reason::Dispute]));
    live.assert_paid_once(&second);
    live.assert_paid_once(&invoice);
}

#[tokio::test]
async fn rolled_key_what_the_former_key_took_is_looked_for_all_the_same() {
    let stage = Stage::set().await;
    stage.clear_pass().await;
    let (gone, attempt) = stage.paid("10").await;
    let (kept, _) = stage.paid("20").await;
    stage.bank_transfer(&stage.invoice("30").await, 3_000).await;
    let disputed = stage.payments(&kept)[0].method.stripe().unwrap().payment_intent.clone();
    let dispute = stage.stripe.dispute(&disputed, &DisputeOrder::chargeback()).unwrap();
    stage.deliver().await;
    let rolled = stage.rolled("sk_test_rolled");
    let report = rolled.clear_pass().await;
    assert_eq!(report.compared["payments"], 2, "what did not come through Stripe was not looked for there");
    // The dispute ends, and no event of it is listed any more when somebody asks.
    rolled.advance(40 * DAY);
    rolled.stripe.close_dispute(dispute["id"].as_str().unwrap(), "lost").unwrap();
    for event in rolled.stripe.events() {
        rolled.stripe.mutate_event(event["id"].as_str().unwrap(), |made| made["created"] = json!(0));
    }
    let report = rolled.reconcile().await;
    assert_eq!((report.error, report.repaired.len()), (None, 1), "{:?}", report.repaired);
    rolled.stays_clear().await;

    let again = rolled.rolled("sk_test_rolled_again");
    let (last, _) = again.paid("40").await;
    again.stays_clear().await;
    assert_eq!(again.payments(&last).len(), 1);

    // A payment of the last weeks is gone, and was made with a key that is not in use any more.
    let (newer, later) = again.paid("50").await;
    let third = again.rolled("sk_test_third");
    third.clear_pass().await;
    let charge = Stage::charge(&third.payments(&newer)[0]);
    third.stripe.mutate_charge(&charge, |made| made["status"] = json!("failed"));
    third.stripe.mutate_intent(later.payment_intent.as_deref().unwrap(), |made| made["status"] = json!("canceled"));
    let report = third.reconcile().await;
    assert!(report.differences.iter().any(|found| found.kind == "missing_at_stripe"), "{report:?}");
    assert!(third.open_reasons().contains(&Reason::MissingAtStripe));
    assert_eq!((third.payments(&gone).len(), attempt.payment_intent.is_some()), (1, true));
}

#[tokio::test]
async fn rolled_key_one_that_may_not_name_its_account_is_known_by_what_it_lists() {
    let stage = Stage::set().await;
    stage.stripe.withhold(Operation::GetAccount);
    stage.clear_pass().await;
    let (gone, attempt) = stage.paid("10").await;
    stage.paid("20").await;
    let rolled = stage.rolled("sk_test_rolled");
    let report = rolled.clear_pass().await;
    assert_eq!(report.compared["payments"], 2);
    let charge = Stage::charge(&rolled.payments(&gone)[0]);
    rolled.stripe.mutate_charge(&charge, |made| made["status"] = json!("failed"));
    rolled.stripe.mutate_intent(attempt.payment_intent.as_deref().unwrap(), |made| made["status"] = json!("canceled"));
    let report = rolled.reconcile().await;
    assert_eq!((report.error, rolled.open_reasons()), (None, vec![Reason::MissingAtStripe]));
}

#[tokio::test]
async fn l10_an_account_that_is_gone_back_to_is_opened_anew_and_its_payments_are_only_its_own() {
    let first = Stage::set().await;
    first.another_program_is_paid();
    first.clear_pass().await;
    first.paid("100").await;
    let options = Options { account_id: "acct_second".into(), ..Options::new(first.clock.clone()) };
    let second = first.with_key("sk_test_second", options).await;
    second.another_program_is_paid();
    for (from, to) in [(&first, &second), (&second, &first), (&first, &second)] {
        from.stays_clear().await;
        let stopped = to.reconcile().await;
        assert!(stopped.error.is_some_and(|words| is_other_account(&words)));
        accept_account(&to.till).await.unwrap();
        let report = to.clear_pass().await;
        assert_eq!(
            report.compared.get("payments").copied().unwrap_or(0),
            0,
            "none of the last weeks is of this account"
        );
        to.another_program_is_paid();
        to.stays_clear().await;
    }
}

#[tokio::test]
async fn v13_a_refund_that_waits_for_money_is_no_difference_however_long_it_waits() {
    let stage = Stage::set().await;
    stage.clear_pass().await;
    let (invoice, _) = stage.paid("10").await;
    stage.stripe.next_refund(RefundFate::Unfunded);
    let refund = stage.refund(&invoice, 1_000).await;
    for night in 1..=9 {
        stage.advance(DAY);
        let extent = if night == 7 { Extent::whole() } else { Extent::Full(NIGHTLY_WINDOW) };
        let report = stage.assert_clear_as(extent).await;
        assert_eq!(report.balances[0].waiting, -1_000, "night {night}");
    }
    stage.advance(40 * DAY);
    stage.assert_clear_as(Extent::Full(NIGHTLY_WINDOW)).await;
    stage.stripe.succeed_refund(refund.stripe_refund.as_deref().unwrap()).unwrap();
    stage.deliver().await;
    let report = stage.assert_clear_as(Extent::Full(NIGHTLY_WINDOW)).await;
    assert_eq!(report.balances[0].waiting, 0);
    assert_eq!(stage.reviews(), []);
}

#[tokio::test]
async fn e10_an_attempt_of_the_other_mode_waits_for_its_own_key() {
    let test = Stage::set().await;
    let (paid, left) = (test.invoice("10").await, test.invoice("20").await);
    let (attempt, other) = (test.start_and_pay(&paid).await, test.start(&left).await);
    let live = test.live().await;
    live.advance(2 * DAY);
    live.sweep().await;
    assert_eq!((live.attempt(attempt.id).state, live.reasons()), (Attempt::Open, vec![]), "nobody could know it there");
    assert_eq!(live.asked(Operation::GetSession), 0);
    // Its key is back.
    test.advance(3600);
    test.sweep().await;
    test.assert_paid_once(&paid);
    // Or it never is: then it holds its invoice up for a month.
    assert_eq!(test.attempt(other.id).state, Attempt::Expired);
    let held = test.start(&left).await;
    for (days, state) in [(29, Attempt::Open), (2, Attempt::Expired)] {
        live.advance(days * DAY);
        live.sweep().await;
        assert_eq!(live.attempt(held.id).state, state, "after {days}");
    }
    assert_eq!(live.reasons(), [Reason::UnknownSession]);
}
