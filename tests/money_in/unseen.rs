//! A pass says what it did not see, and what differs as long as it differs: it never calls right what it has not looked at.

use std::time::Duration;

use quittance::billing::ledger::Account;
use quittance::billing::log::Channel;
use quittance::billing::report::Run;
use quittance::billing::review::{Action, Reason, Review};
use quittance::demo::stripe::{Fault, Operation};
use quittance::payments::notices::Notice;
use quittance::payments::reconcile::Extent;
use quittance::payments::side::Step;
use serde_json::json;

use super::stage::{Stage, session};

const DAY: i64 = 24 * 3600;

impl Stage {
    fn open_cases(&self, reason: Reason) -> Vec<Review> {
        self.reviews().into_iter().filter(|case| case.reason == reason && case.is_open()).collect()
    }

    /// Stripe's own books show this for the fee of a movement.
    fn fee_is(&self, line: &str, fee: i64, net: i64) {
        self.stripe.mutate_transaction(line, |made| {
            made["fee"] = json!(fee);
            made["net"] = json!(net);
        });
    }
}

fn proves_nothing(stage: &Stage, report: &Run, word: &str) {
    assert_eq!(report.error, None);
    assert!(
        !report.is_whole() && report.unseen.iter().any(|words| words.contains(word)),
        "{word}: {:?}",
        report.unseen
    );
    assert!(report.balances.is_empty(), "{word}: what waits is not known");
    assert_ne!(stage.reached(Step::Clean), Some(stage.clock.now()), "{word}");
    assert_ne!(stage.reached(Step::Deep), Some(stage.clock.now()), "{word}");
    assert_eq!(stage.reached(Step::Full), Some(stage.clock.now()), "{word}");
}

#[tokio::test]
async fn a_pass_with_a_list_that_is_cut_short_proves_nothing_and_says_so() {
    let stage = Stage::set().await;
    stage.pass().await;
    let clean = stage.reached(Step::Clean);
    stage.paid("10").await;
    for (operation, word) in [
        (Operation::ListCharges, "charges"),
        (Operation::ListSessions, "checkout sessions"),
        (Operation::ListRefunds, "refunds"),
        (Operation::ListDisputes, "disputes"),
        (Operation::ListTransactions, "movements"),
        (Operation::ListPayouts, "payouts"),
    ] {
        stage.advance(60);
        stage.stripe.fault_always(operation, Fault::CutList);
        let report = stage.reconcile().await;
        proves_nothing(&stage, &report, word);
        assert_eq!(stage.reached(Step::Clean), clean);
        stage.stripe.clear_faults();
    }
    let report = stage.pass().await;
    assert!(report.is_whole() && !report.balances.is_empty());
    assert_eq!(stage.reached(Step::Clean), Some(stage.clock.now()));
}

#[tokio::test]
async fn c24_a_list_of_events_that_never_ends_is_made_up_for_by_the_objects() {
    let stage = Stage::set().await;
    stage.reconcile_as(Channel::Schedule, Extent::Short).await;
    let invoice = stage.invoice("10").await;
    stage.start_and_pay(&invoice).await;
    stage.advance(600);
    stage.stripe.fault_next(Operation::ListEvents, Fault::CutList);
    let report = stage.reconcile_as(Channel::Schedule, Extent::Short).await;
    assert_eq!((report.error.as_deref(), report.full, stage.stands(Notice::EventsLost)), (None, true, true));
    stage.assert_paid_once(&invoice);
    assert_eq!(stage.reached(Step::Events), Some(stage.clock.now()), "it is not begun anew every time");
}

#[tokio::test]
async fn v13_a_balance_that_moves_while_it_is_read_is_read_again_at_once() {
    let stage = Stage::set().await;
    stage.pass().await;
    stage.stripe.clear_requests();
    stage.stripe.fault_next(Operation::ListTransactions, Fault::Slow(Duration::from_millis(50)));
    let moving = async {
        stage.hears(Operation::ListTransactions).await;
        stage.another_program_is_paid();
    };
    let (report, ()) = tokio::join!(stage.pass(), moving);
    assert!(report.is_whole(), "{:?}", report.unseen);
    stage.assert_clear(&report);
    assert_eq!((report.balances[0].stripe, stage.balance(Account::StripeClearing)), (960, 960));
    assert_eq!(stage.asked(Operation::GetBalance), 3);
}

#[tokio::test]
async fn v13_what_was_decided_of_one_difference_says_nothing_of_another() {
    let stage = Stage::set().await;
    stage.pass().await;
    stage.paid("100").await;
    let line = stage.movement(&stage.all_payments()[0]).unwrap().id;
    // It counts for the balance and not as other figures, because it is too old to be listed.
    let off_by = |net: i64| stage.stripe.mutate_transaction(&line, |made| made["net"] = json!(net));
    for _ in 0..2 {
        stage.advance(20 * DAY);
        stage.pass().await;
    }
    off_by(9_795);
    stage.pass().await;
    let small = stage.open_cases(Reason::PayoutMismatch).remove(0);
    assert!(small.detail.contains("0.30"), "{small:?}");
    stage.decide(small.id, Action::Ignore, None).await.unwrap();
    stage.pass().await;
    assert_eq!((stage.open_cases(Reason::PayoutMismatch).len(), stage.reviews().len()), (0, 1), "it was decided");
    let mails = stage.mails("owner_alert");
    off_by(9_825 - 5_000);
    stage.pass().await;
    let large = stage.open_cases(Reason::PayoutMismatch).remove(0);
    assert!(large.detail.contains("50.00") && stage.mails("owner_alert") == mails + 1, "{large:?}");
    // While it is open the figure changes: the case that is open is always of the present one.
    off_by(9_825 - 6_000);
    let report = stage.pass().await;
    let open = stage.open_cases(Reason::PayoutMismatch);
    assert!(open.len() == 1 && open[0].detail.contains("60.00") && open[0].id != large.id, "{open:?}");
    assert_eq!(report.differences.iter().filter(|found| found.kind == "payout_mismatch").count(), 1);
    off_by(9_825);
    let report = stage.pass().await;
    assert_eq!((stage.open_cases(Reason::PayoutMismatch).len(), report.differences.len()), (0, 0));
}

#[tokio::test]
async fn m4_m14_what_was_decided_of_one_amount_says_nothing_of_another() {
    let stage = Stage::set().await;
    let (invoice, _) = stage.paid("10").await;
    let charge = Stage::charge(&stage.payments(&invoice)[0]);
    for (amount, refunded) in [(900, 0), (100, 0), (1_000, 200), (1_000, 700)] {
        stage.stripe.mutate_charge(&charge, |made| {
            made["amount_captured"] = json!(amount);
            made["amount_refunded"] = json!(refunded);
        });
        for _ in 0..2 {
            assert_eq!(stage.reconcile().await.differences.len(), 1, "{amount} {refunded}");
        }
        let open: Vec<_> = stage.reviews().into_iter().filter(Review::is_open).collect();
        assert_eq!(open.len(), 1, "{amount} {refunded}");
        stage.decide(open[0].id, Action::Ignore, None).await.unwrap();
    }
}

#[tokio::test]
async fn m9_what_a_pass_cannot_cure_stays_in_its_report_and_stops_no_later_one() {
    let stage = Stage::set().await;
    let mut sessions = Vec::new();
    for _ in 0..22 {
        let invoice = stage.invoice("10").await;
        let attempt = stage.start(&invoice).await;
        stage.stripe.pay_delayed(session(&attempt)).unwrap();
        // Stripe calls it paid, and nothing was received.
        stage.stripe.mutate_session(session(&attempt), |made| made["payment_status"] = json!("paid"));
        sessions.push(session(&attempt).to_owned());
    }
    stage.deliver().await;
    assert_eq!(stage.reviews().len(), 22);
    let report = stage.pass().await;
    let mut named: Vec<_> = report.differences.iter().map(|found| found.object.clone()).collect();
    named.sort();
    sessions.sort();
    assert_eq!(named, sessions, "what is open is in the report");
    assert!(report.differences.iter().all(|found| found.review.is_some()));
    for case in stage.reviews() {
        stage.decide(case.id, Action::Ignore, None).await.unwrap();
    }
    assert_eq!(stage.pass().await.differences.len(), 0, "what was decided is not asked again");
}

#[tokio::test]
async fn h1_money_that_the_books_cannot_hold_is_one_case_and_compared_with_nothing() {
    let stage = Stage::set().await;
    stage.pass().await;
    for _ in 0..3 {
        stage.stripe.move_balance("adjustment", "other_adjustment", 1_234, "kwd");
        stage.stripe.move_balance("adjustment", "other_adjustment", 150, "isk");
    }
    stage.paid("100").await;
    for _ in 0..2 {
        let report = stage.pass().await;
        let kinds: Vec<_> = report.differences.iter().map(|found| found.object.as_str()).collect();
        assert_eq!(kinds, ["currency:ISK", "currency:KWD"], "{report:?}");
        assert_eq!((report.compared["unreadable"], report.balances.len()), (6, 1), "{report:?}");
        assert!(report.is_whole() && report.balances[0].difference == 0);
    }
    assert_eq!(stage.reasons(), [Reason::UnknownPayment; 2]);
}

#[tokio::test]
async fn m11_figures_that_cannot_be_brought_with_a_payment_are_a_case() {
    let stage = Stage::set().await;
    stage.pass().await;
    let invoice = stage.invoice("100").await;
    let attempt = stage.start_and_pay(&invoice).await;
    let line = stage.stripe.transactions()[0]["id"].as_str().unwrap().to_owned();
    stage.fee_is(&line, 175, 1);
    stage.look(&attempt).await;
    stage.assert_paid_once(&invoice);
    assert_eq!((stage.balance(Account::StripeFees), stage.reasons()), (0, vec![Reason::UnknownPayment]));
    assert!(stage.reviews()[0].detail.contains("EUR"));

    // Booked, and then another figure than was booked comes with the same payment.
    stage.fee_is(&line, 175, 9_825);
    stage.deliver().await;
    assert_eq!(stage.balance(Account::StripeFees), 175);
    stage.fee_is(&line, 200, 9_800);
    stage.look(&attempt).await;
    assert!(stage.open_reasons().contains(&Reason::AmountMismatch), "{:?}", stage.reviews());
    assert_eq!(stage.balance(Account::StripeFees), 175);
}

#[tokio::test]
async fn l10_figures_of_movements_count_together_wherever_they_were_listed() {
    let stage = Stage::set().await;
    stage.pass().await;
    let mut lines = Vec::new();
    for _ in 0..11 {
        stage.paid("10").await;
    }
    stage.advance(36 * DAY);
    let payout = stage.stripe.pay_out().remove(0);
    for _ in 0..11 {
        stage.paid("10").await;
    }
    for payment in stage.all_payments() {
        lines.push(stage.movement(&payment).unwrap());
    }
    for line in &lines {
        stage.fee_is(&line.id, line.fee + 1, line.net - 1);
    }
    let report = stage.reconcile().await;
    assert!(report.error.as_ref().is_some_and(|words| words.starts_with("22 differences")), "{report:?}");
    assert_eq!((stage.open_cases(Reason::AmountMismatch).len(), payout.is_empty()), (0, false));
}

#[tokio::test]
async fn a_full_pass_that_failed_does_not_count_as_made() {
    let stage = Stage::set().await;
    stage.pass().await;
    let made = stage.reached(Step::Full);
    stage.advance(DAY);
    stage.stripe.fault_always(Operation::ListCharges, Fault::Status(503));
    assert!(stage.reconcile().await.error.is_some());
    assert_eq!((stage.reached(Step::Full), stage.reached(Step::Tried)), (made, Some(stage.clock.now())));
    stage.stripe.clear_faults();
    stage.pass().await;
    assert_eq!(stage.reached(Step::Full), Some(stage.clock.now()));
}
