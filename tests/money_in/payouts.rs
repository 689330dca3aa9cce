//! Money on its way to the bank, and whether what Stripe holds is what the books say.

use quittance::billing::currency::Currency;
use quittance::billing::ledger::{Account, Book};
use quittance::billing::log::Channel;
use quittance::billing::movement::Belongs;
use quittance::billing::payout::{PayoutRecord, PayoutStatus};
use quittance::billing::report::Run;
use quittance::billing::review::{Reason, Review};
use quittance::billing::standing::Status;
use quittance::demo::stripe::{Card, DisputeOrder, Operation};
use quittance::payments::reconcile::{Extent, accept_account};
use serde_json::json;

use super::stage::{CUSTOMER, Stage};

const DAY: i64 = 24 * 3600;

impl Stage {
    pub fn payout(&self, id: &str) -> PayoutRecord {
        self.app.store.read(|r| r.payout(id)).unwrap().unwrap()
    }

    /// Stripe pays everything out; the payout in euros.
    pub fn pays_out(&self) -> String {
        self.stripe.pay_out().into_iter().next().unwrap()
    }

    /// A pass that must have come to its end; what it found is looked at by the test.
    pub async fn pass(&self) -> Run {
        let report = self.reconcile().await;
        assert_eq!(report.error, None);
        report
    }

    /// Another program on the same account takes 10 EUR.
    pub fn another_program_is_paid(&self) {
        let fields = [
            ("mode", "payment"),
            ("line_items[0][quantity]", "1"),
            ("line_items[0][price_data][currency]", "eur"),
            ("line_items[0][price_data][unit_amount]", "1000"),
            ("line_items[0][price_data][product_data][name]", "Coffee"),
            ("success_url", "http://127.0.0.1/x"),
        ];
        let made = self.stripe.create_session(&fields).unwrap();
        self.stripe.pay(made["id"].as_str().unwrap(), Card::Visa).unwrap();
    }

    pub fn differences(report: &Run) -> Vec<String> {
        report.differences.iter().map(|found| found.kind.clone()).collect()
    }

    pub fn open_reasons(&self) -> Vec<Reason> {
        self.reviews().into_iter().filter(Review::is_open).map(|review| review.reason).collect()
    }

    /// Every currency: what Stripe has is what the books have.
    pub fn assert_clear(&self, report: &Run) {
        assert!(!report.balances.is_empty() || self.all_payments().is_empty(), "nothing was compared");
        for balance in &report.balances {
            assert_eq!(balance.difference, 0, "{balance:?}");
        }
    }
}

#[tokio::test]
async fn a_payout_is_matched_line_by_line_and_its_payments_name_it() {
    let stage = Stage::set().await;
    stage.pass().await;
    let (first, _) = stage.paid("100").await;
    let (second, _) = stage.paid("50").await;
    let id = stage.pays_out();
    stage.deliver().await;
    let payout = stage.payout(&id);
    let fees = 175 + 100;
    assert_eq!((payout.amount.minor(), payout.status.clone()), (15_000 - fees, PayoutStatus::InTransit));
    assert_eq!(payout.sum.map(|sum| (sum.lines, sum.explained, sum.remainder)), Some((2, 15_000 - fees, 0)));
    for invoice in [&first, &second] {
        assert_eq!(stage.proceeds(&stage.payments(invoice)[0]).payout, Some(id.clone()));
    }
    assert_eq!(stage.cents(Account::StripeClearing), 0);
    assert_eq!(stage.cents(Account::PayoutsInTransit), 15_000 - fees);
    stage.stripe.payout_arrives(&id);
    stage.deliver().await;
    assert_eq!((stage.cents(Account::PayoutsInTransit), stage.cents(Account::Bank)), (0, 15_000 - fees));
    let report = stage.pass().await;
    stage.assert_clear(&report);
    let shown = &report.payouts[0];
    assert_eq!((shown.id.clone(), shown.amount, shown.explained, shown.remainder), (id, 14_725, 14_725, 0));
    assert_eq!(stage.reviews(), []);
    let before = stage.fingerprint();
    stage.deliver().await;
    stage.pass().await;
    assert_eq!(stage.fingerprint(), before);
}

#[tokio::test]
async fn r4_a_payout_whose_events_were_all_lost_is_found_by_a_pass() {
    let stage = Stage::set().await;
    stage.pass().await;
    stage.paid("100").await;
    let id = stage.pays_out();
    stage.stripe.payout_arrives(&id);
    stage.advance(31 * DAY);
    stage.pass().await;
    assert_eq!(stage.payout(&id).status, PayoutStatus::Paid);
    assert_eq!(stage.cents(Account::Bank), 10_000 - 175);
}

#[tokio::test]
async fn l4_a_payout_that_does_not_add_up_names_the_cents_and_is_never_forced() {
    let stage = Stage::set().await;
    stage.pass().await;
    stage.paid("100").await;
    let id = stage.pays_out();
    stage.stripe.mutate_payout(&id, |made| made["amount"] = json!(9_828));
    stage.deliver().await;
    let payout = stage.payout(&id);
    assert_eq!(payout.sum.map(|sum| (sum.explained, sum.remainder)), Some((9_825, 3)));
    let review = stage.reviews().into_iter().find(|review| review.reason == Reason::PayoutMismatch).unwrap();
    assert!(review.detail.contains("0.03"), "{}", review.detail);
    let report = stage.pass().await;
    assert!(Stage::differences(&report).contains(&"payout_mismatch".to_owned()));
    assert_eq!((report.payouts[0].explained, report.payouts[0].remainder), (9_825, 3));
}

#[tokio::test]
async fn l4_a_mismatch_closes_itself_when_the_missing_line_comes() {
    let stage = Stage::set().await;
    stage.pass().await;
    stage.paid("100").await;
    let id = stage.pays_out();
    let transaction = stage.stripe.object(&id).unwrap()["balance_transaction"].as_str().unwrap().to_owned();
    let line = stage.movement(&stage.all_payments()[0]).unwrap().id;
    // Stripe's list lacks a part of what the payout carried, for a while.
    stage.stripe.mutate_transaction(&line, |made| made["net"] = json!(9_820));
    stage.deliver().await;
    assert_eq!(stage.open_reasons(), [Reason::PayoutMismatch]);
    stage.stripe.mutate_transaction(&line, |made| made["net"] = json!(9_825));
    let report = stage.pass().await;
    assert_eq!((stage.open_reasons(), report.payouts[0].remainder), (Vec::new(), 0), "{transaction}");
}

#[tokio::test]
async fn l5_m12_an_unknown_category_waits_in_suspense_and_the_payout_still_adds_up() {
    let stage = Stage::set().await;
    stage.pass().await;
    stage.paid("100").await;
    stage.stripe.move_balance("contribution", "climate_contribution", -150, "eur");
    let id = stage.pays_out();
    stage.deliver().await;
    assert_eq!(stage.cents(Account::Suspense), 150);
    assert_eq!(stage.payout(&id).sum.map(|sum| (sum.lines, sum.remainder)), Some((2, 0)));
    let case = &stage.reviews()[0];
    assert!(case.reason == Reason::UnknownPayment && case.detail.contains("climate_contribution"), "{case:?}");
    // The sort is shown once, however often it moves.
    stage.stripe.move_balance("contribution", "climate_contribution", -70, "eur");
    stage.stripe.pay_out_by_hand("eur", 0);
    let report = stage.pass().await;
    stage.assert_clear(&report);
    assert_eq!((stage.cents(Account::Suspense), stage.reviews().len()), (220, 1));
}

#[tokio::test]
async fn l6_a_bank_debit_is_a_payment_by_its_reporting_category() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("100").await;
    let attempt = stage.start(&invoice).await;
    let session = attempt.session.unwrap();
    stage.stripe.pay_delayed(&session).unwrap();
    let intent = stage.stripe.session(&session).unwrap()["payment_intent"].as_str().unwrap().to_owned();
    stage.advance(5 * DAY);
    stage.stripe.clear_delayed(&intent).unwrap();
    stage.deliver().await;
    let movement = stage.movement(&stage.payments(&invoice)[0]).unwrap();
    assert_eq!((movement.kind.as_str(), movement.category.name()), ("payment", "charge"));
}

#[tokio::test]
async fn l7_a_manual_payout_has_no_lines_and_the_balance_is_rolled_forward() {
    let stage = Stage::set().await;
    stage.pass().await;
    stage.paid("100").await;
    let id = stage.stripe.pay_out_by_hand("eur", 5_000);
    stage.advance(31 * DAY);
    let report = stage.pass().await;
    assert_eq!((stage.payout(&id).automatic, stage.payout(&id).sum), (false, None));
    assert_eq!(stage.cents(Account::StripeClearing), 10_000 - 175 - 5_000);
    stage.assert_clear(&report);
    assert_eq!(report.balances[0].stripe, 4_825);
}

#[tokio::test]
async fn l8_a_payout_that_was_paid_and_comes_back_is_booked_back_and_shown() {
    for paid_first in [true, false] {
        let stage = Stage::set().await;
        stage.pass().await;
        stage.paid("100").await;
        let id = stage.pays_out();
        if paid_first {
            stage.stripe.payout_arrives(&id);
            stage.deliver().await;
            assert_eq!(stage.cents(Account::Bank), 9_825);
        }
        stage.advance(4 * DAY);
        stage.stripe.payout_fails(&id);
        stage.deliver().await;
        assert_eq!(stage.payout(&id).status, PayoutStatus::Failed);
        assert_eq!((stage.cents(Account::Bank), stage.cents(Account::PayoutsInTransit)), (0, 0));
        assert_eq!(stage.cents(Account::StripeClearing), 9_825);
        let review = &stage.reviews()[0];
        assert!(review.reason == Reason::PayoutMismatch && review.detail.contains("has been closed"), "{review:?}");
        assert_eq!(review.title(), "A payout came back", "it adds up");
        let payment = stage.all_payments().remove(0);
        assert_eq!(stage.proceeds(&payment).payout, None, "it carried nothing");
        let report = stage.pass().await;
        stage.assert_clear(&report);
        assert_eq!(stage.reviews().len(), 1);
        let second = stage.pays_out();
        stage.deliver().await;
        assert_eq!(stage.proceeds(&payment).payout, Some(second));
    }
}

#[tokio::test]
async fn l9_m13_another_programs_money_is_counted_and_left_alone() {
    let stage = Stage::set().await;
    stage.pass().await;
    stage.another_program_is_paid();
    stage.paid("100").await;
    let foreign = 1_000 - 40;
    let report = stage.pass().await;
    assert_eq!((report.repaired.len(), report.differences.len()), (0, 0), "{report:?}");
    assert!(report.classes["M13"] >= 1 && report.compared["foreign"] == 1);
    assert_eq!(stage.cents(Account::Foreign), -foreign);
    stage.assert_clear(&report);
    let id = stage.pays_out();
    stage.deliver().await;
    assert_eq!(stage.payout(&id).sum.map(|sum| (sum.lines, sum.remainder)), Some((2, 0)));
    assert_eq!((stage.all_payments().len(), stage.reviews().len()), (1, 0));
}

#[tokio::test]
async fn what_stripe_held_before_the_first_look_is_the_opening_balance() {
    let stage = Stage::set().await;
    stage.another_program_is_paid();
    stage.stripe.move_balance("reserved_funds", "risk_reserved_funds", -100, "eur");
    stage.paid("100").await;
    stage.advance(3 * DAY);
    let report = stage.pass().await;
    stage.assert_clear(&report);
    assert_eq!((stage.cents(Account::Foreign), stage.cents(Account::Reserve)), (-860, 0));
    let id = stage.pays_out();
    stage.deliver().await;
    assert_eq!(stage.payout(&id).sum.map(|sum| sum.remainder), Some(0));
    let report = stage.pass().await;
    stage.assert_clear(&report);
    assert_eq!(stage.cents(Account::StripeClearing), 0);
}

#[tokio::test]
async fn a_reserve_that_stripe_holds_back_is_on_an_account_of_its_own() {
    let stage = Stage::set().await;
    stage.pass().await;
    stage.paid("100").await;
    stage.stripe.move_balance("reserved_funds", "risk_reserved_funds", -2_000, "eur");
    let report = stage.pass().await;
    stage.assert_clear(&report);
    assert_eq!((stage.cents(Account::Reserve), stage.reviews().len()), (2_000, 0));
}

#[tokio::test]
async fn l10_a_key_of_another_account_stops_the_pass_until_the_owner_means_it() {
    let stage = Stage::set().await;
    stage.pass().await;
    stage.paid("100").await;
    stage.stripe.set_account("acct_other");
    stage.another_program_is_paid();
    let report = stage.reconcile().await;
    assert!(report.error.unwrap().contains("acct_other"));
    assert_eq!((report.repaired.len(), report.differences.len(), report.classes.len()), (0, 0, 0));
    accept_account(&stage.till).await.unwrap();
    stage.pass().await;
}

#[tokio::test]
async fn h7_a_payment_that_is_settled_in_another_currency() {
    let stage = Stage::set().await;
    stage.pass().await;
    stage.stripe.settle_in("chf", "eur", 1_050_000);
    let invoice = stage.invoice_in(Currency::CHF, "100", CUSTOMER).await;
    stage.start_and_pay(&invoice).await;
    stage.deliver().await;
    stage.assert_paid_once(&invoice);
    let proceeds = stage.proceeds(&stage.payments(&invoice)[0]);
    let settled = proceeds.settlement.unwrap();
    assert_eq!((proceeds.fee, proceeds.net), (None, None));
    assert_eq!((settled.currency, settled.amount, settled.fee, settled.net), (Currency::EUR, 10_500, 183, 10_317));
    assert_eq!(settled.exchange_rate.as_deref(), Some("1.05"));
    let francs = stage.app.store.read(|r| r.balance(Book::Test, Currency::CHF, Account::StripeClearing)).unwrap();
    assert_eq!((francs, stage.cents(Account::StripeClearing)), (0, 10_317));
    let id = stage.pays_out();
    stage.deliver().await;
    assert_eq!(stage.payout(&id).sum.map(|sum| sum.remainder), Some(0));
    let report = stage.pass().await;
    stage.assert_clear(&report);
}

#[tokio::test]
async fn h5_what_is_left_of_a_forint_is_carried_over_and_no_difference() {
    let stage = Stage::set().await;
    stage.pass().await;
    let huf = Currency::parse("HUF").unwrap();
    let invoice = stage.invoice_in(huf, "12345.67", CUSTOMER).await;
    stage.start_and_pay(&invoice).await;
    stage.deliver().await;
    let id = stage.pays_out();
    stage.deliver().await;
    let payout = stage.payout(&id);
    let remainder = payout.sum.unwrap().remainder;
    assert!((-99..0).contains(&remainder) && payout.amount.minor() % 100 == 0 && payout.adds_up(), "{payout:?}");
    let report = stage.pass().await;
    stage.assert_clear(&report);
    assert_eq!((report.differences.len(), stage.reviews().len()), (0, 0));
}

#[tokio::test]
async fn v13_a_balance_that_differs_is_named_to_the_cent_and_closes_itself() {
    let stage = Stage::set().await;
    stage.pass().await;
    stage.paid("100").await;
    let line = stage.movement(&stage.all_payments()[0]).unwrap().id;
    let moves = |made: &mut serde_json::Value, amount: i64| {
        made["amount"] = json!(amount);
        made["net"] = json!(amount - 175);
    };
    stage.stripe.mutate_transaction(&line, |made| moves(made, 10_050));
    for _ in 0..2 {
        let report = stage.pass().await;
        assert_eq!(report.balances[0].difference, 50);
        assert!(Stage::differences(&report).contains(&"payout_mismatch".to_owned()));
    }
    let case = stage.reviews().into_iter().find(|review| review.reason == Reason::PayoutMismatch).unwrap();
    assert!(case.detail.contains("0.50") && case.is_open(), "{case:?}");
    stage.stripe.mutate_transaction(&line, |made| moves(made, 10_000));
    stage.pass().await;
    assert_eq!(stage.open_reasons(), []);
    stage.stripe.mutate_transaction(&line, |made| moves(made, 9_975));
    stage.pass().await;
    assert!(stage.open_reasons().contains(&Reason::PayoutMismatch), "the same matter opens a case anew");
}

#[tokio::test]
async fn v13_what_stripe_has_not_booked_yet_is_named_and_no_difference() {
    let stage = Stage::set().await;
    stage.pass().await;
    stage.stripe.set_transactions_late(true);
    stage.paid("100").await;
    let report = stage.pass().await;
    let euros = &report.balances[0];
    assert_eq!((euros.stripe, euros.books, euros.waiting, euros.difference), (0, 10_000, 10_000, 0));
}

#[tokio::test]
async fn m3_a_case_closes_itself_when_stripe_knows_the_payment_after_all() {
    let stage = Stage::set().await;
    let (invoice, attempt) = stage.paid("10").await;
    let (intent, charge) = (attempt.payment_intent.unwrap(), Stage::charge(&stage.payments(&invoice)[0]));
    stage.stripe.mutate_charge(&charge, |made| made["status"] = json!("failed"));
    stage.stripe.mutate_intent(&intent, |made| made["status"] = json!("canceled"));
    stage.pass().await;
    assert_eq!(stage.open_reasons(), [Reason::MissingAtStripe]);
    stage.stripe.mutate_charge(&charge, |made| made["status"] = json!("succeeded"));
    stage.pass().await;
    assert_eq!(stage.open_reasons(), []);
}

#[tokio::test]
async fn m10_a_fee_that_no_event_told_of_is_booked_by_a_pass() {
    let stage = Stage::set().await;
    stage.stripe.set_transactions_late(true);
    let (invoice, _) = stage.paid("100").await;
    let payment = &stage.payments(&invoice)[0];
    stage.stripe.book_transaction(&Stage::charge(payment));
    stage.advance(31 * DAY);
    let report = stage.pass().await;
    assert_eq!((stage.proceeds(payment).fee, report.classes["M10"]), (Some(175), 1));
    assert_eq!((report.repaired.len(), report.differences.len()), (1, 0));
    let found = &report.repaired[0];
    assert_eq!((found.kind.as_str(), found.invoice), ("missed_fee", Some(invoice.id)), "{found:?}");
    assert!(found.detail.contains("100.00 EUR") && found.detail.contains("1.75 EUR"), "{found:?}");
    stage.assert_clear(&report);
}

#[tokio::test]
async fn m11_a_movement_with_other_figures_than_were_booked_is_a_case_and_stays() {
    let stage = Stage::set().await;
    stage.pass().await;
    stage.paid("100").await;
    let payment = &stage.all_payments()[0];
    let line = stage.movement(payment).unwrap().id;
    stage.stripe.mutate_transaction(&line, |made| {
        made["fee"] = json!(200);
        made["net"] = json!(9_800);
    });
    let report = stage.pass().await;
    assert!(Stage::differences(&report).contains(&"movement_mismatch".to_owned()), "{report:?}");
    assert_eq!((stage.proceeds(payment).fee, stage.cents(Account::StripeFees)), (Some(175), 175));
    assert!(stage.open_reasons().contains(&Reason::AmountMismatch));
    stage.stripe.mutate_transaction(&line, |made| {
        made["fee"] = json!(175);
        made["net"] = json!(9_825);
    });
    stage.pass().await;
    assert_eq!(stage.open_reasons(), []);
}

#[tokio::test]
async fn m15_a_second_payment_of_an_invoice_is_a_case() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    stage.start_and_pay(&invoice).await;
    stage.bank_transfer(&invoice, 1_000).await;
    let report = stage.pass().await;
    assert_eq!((report.repaired.len(), report.differences.len()), (0, 0));
    assert_eq!(stage.open_reasons(), [Reason::DuplicatePayment]);
}

#[tokio::test]
async fn money_that_was_taken_for_anothers_is_ours_once_it_is_known() {
    let stage = Stage::set().await;
    stage.pass().await;
    let invoice = stage.invoice("100").await;
    stage.start_and_pay(&invoice).await;
    // The payout's lines are read before anybody has told of the payment.
    let id = stage.pays_out();
    let told = stage.stripe.events().into_iter().find(|event| event["type"] == "payout.reconciliation_completed");
    stage.receive_one(&told.unwrap()).await;
    stage.work_off().await;
    assert_eq!(stage.cents(Account::Foreign), -9_825);
    stage.deliver().await;
    assert_eq!((stage.cents(Account::Foreign), stage.cents(Account::StripeFees)), (0, 175));
    let movement = stage.movement(&stage.payments(&invoice)[0]).unwrap();
    assert_eq!((movement.taken_for, movement.payout), (Some(Belongs::Foreign), Some(id)));
    let report = stage.pass().await;
    stage.assert_clear(&report);
}

#[tokio::test]
async fn b14_l6_a_debit_that_the_bank_took_back_without_a_dispute_is_booked_as_a_loss_and_shown() {
    let stage = Stage::set().await;
    stage.pass().await;
    let (invoice, _) = stage.paid("100").await;
    let charge = Stage::charge(&stage.all_payments()[0]);
    let move_charge = |amount| {
        let id = stage.stripe.move_balance("payment_failure_refund", "charge_failure", amount, "eur");
        stage.stripe.mutate_transaction(&id, |made| made["source"] = json!(charge));
    };
    move_charge(-10_000);
    let report = stage.pass().await;
    stage.assert_clear(&report);
    assert_eq!((stage.cents(Account::Suspense), stage.cents(Account::DisputeLosses)), (0, 10_000));
    assert_eq!((stage.status(&invoice), stage.reasons()), (Status::Paid, vec![Reason::UnknownPayment]));
    assert_eq!(stage.reviews()[0].invoice, Some(invoice.id));
    let refused = stage.try_refund(&invoice, 10_000).await.unwrap_err();
    assert!(refused.to_string().contains("taken this payment back"), "{refused}");

    move_charge(10_000);
    let report = stage.pass().await;
    stage.assert_clear(&report);
    assert_eq!((stage.cents(Account::DisputeLosses), stage.reasons().len()), (0, 1), "the bank thought better of it");
    assert!(stage.try_refund(&invoice, 100).await.is_ok());
}

#[tokio::test]
async fn v13_what_stripe_holds_is_what_the_books_say_through_a_lost_and_a_won_dispute() {
    let stage = Stage::set().await;
    stage.pass().await;
    for (outcome, lost) in [("lost", 10_000), ("won", 0)] {
        let (invoice, _) = stage.paid("100").await;
        let payment = stage.payments(&invoice).remove(0);
        let intent = payment.method.stripe().unwrap().payment_intent.clone();
        let name = stage.stripe.dispute(&intent, &DisputeOrder::chargeback()).unwrap()["id"].clone();
        let report = stage.pass().await;
        stage.assert_clear(&report);
        assert_eq!(stage.cents(Account::DisputesHeld), 10_000);
        stage.stripe.close_dispute(name.as_str().unwrap(), outcome).unwrap();
        if outcome == "won" {
            stage.stripe.reinstate_dispute(name.as_str().unwrap()).unwrap();
        }
        let before = stage.cents(Account::DisputeLosses);
        let report = stage.pass().await;
        stage.assert_clear(&report);
        assert_eq!(stage.cents(Account::DisputesHeld), 0);
        assert_eq!(stage.cents(Account::DisputeLosses) - before, lost, "{outcome}");
        assert_eq!(stage.status(&invoice), Status::Paid);
    }
    stage.pays_out();
    stage.deliver().await;
    let report = stage.pass().await;
    stage.assert_clear(&report);
    assert_eq!((stage.cents(Account::StripeClearing), stage.cents(Account::Suspense)), (0, 0));
}

#[tokio::test]
async fn g9_h7_a_dispute_that_is_settled_in_another_currency_is_held_and_lost_in_that() {
    let stage = Stage::set().await;
    stage.pass().await;
    stage.stripe.settle_in("chf", "eur", 1_050_000);
    let invoice = stage.invoice_in(Currency::CHF, "100", CUSTOMER).await;
    stage.start_and_pay(&invoice).await;
    stage.deliver().await;
    let intent = stage.all_payments()[0].method.stripe().unwrap().payment_intent.clone();
    let name = stage.stripe.dispute(&intent, &DisputeOrder::chargeback()).unwrap()["id"].clone();
    let name = name.as_str().unwrap();
    stage.deliver().await;
    assert_eq!(stage.cents(Account::DisputesHeld), 10_500);
    for (outcome, held, lost) in [("lost", 0, 10_500), ("won", 10_500, 0)] {
        stage.stripe.close_dispute(name, outcome).unwrap();
        let report = stage.pass().await;
        stage.assert_clear(&report);
        assert_eq!((stage.cents(Account::DisputesHeld), stage.cents(Account::DisputeLosses)), (held, lost));
    }
    stage.stripe.reinstate_dispute(name).unwrap();
    let report = stage.pass().await;
    stage.assert_clear(&report);
    assert_eq!((stage.cents(Account::DisputesHeld), stage.cents(Account::DisputeLosses)), (0, 0));
    let francs = |account| stage.app.store.read(|r| r.balance(Book::Test, Currency::CHF, account)).unwrap();
    assert_eq!((francs(Account::StripeClearing), francs(Account::DisputesHeld)), (0, 0));
}

#[tokio::test]
async fn j11_a_pass_that_is_cut_off_goes_on_where_it_was() {
    let stage = Stage::set().await;
    stage.pass().await;
    stage.paid("100").await;
    stage.pays_out();
    stage.stripe.fault_next(Operation::ListPayouts, quittance::demo::stripe::Fault::Status(401));
    let report = stage.reconcile_as(Channel::Owner, Extent::whole()).await;
    assert!(report.error.is_some() && report.balances.is_empty());
    let report = stage.pass().await;
    stage.assert_clear(&report);
}

#[tokio::test]
async fn f18_a_refund_after_the_payout_leaves_the_account_at_stripe_below_nothing() {
    let stage = Stage::set().await;
    stage.pass().await;
    let (invoice, _) = stage.paid("100").await;
    let id = stage.pays_out();
    stage.stripe.payout_arrives(&id);
    stage.deliver().await;
    assert_eq!(stage.cents(Account::StripeClearing), 0);
    stage.refund(&invoice, 10_000).await;
    stage.deliver().await;
    assert_eq!(stage.cents(Account::StripeClearing), -10_000, "Stripe takes it from what comes next, or from the bank");
    let report = stage.pass().await;
    stage.assert_clear(&report);
    assert_eq!((Stage::differences(&report), stage.open_reasons()), (Vec::<String>::new(), Vec::new()));
    // The next payments make up for it, and the payout after them says so line by line.
    stage.paid("200").await;
    let next = stage.pays_out();
    stage.deliver().await;
    let payout = stage.payout(&next);
    assert_eq!(payout.sum.map(|sum| (sum.lines, sum.remainder)), Some((2, 0)));
    assert_eq!((stage.cents(Account::StripeClearing), payout.amount.minor()), (0, 20_000 - 325 - 10_000));
}

#[tokio::test]
async fn f19_stripe_keeps_the_fee_of_what_is_refunded_unless_a_movement_says_otherwise() {
    let stage = Stage::set().await;
    stage.pass().await;
    let (invoice, _) = stage.paid("100").await;
    let fee = stage.cents(Account::StripeFees);
    assert!(fee > 0);
    stage.refund(&invoice, 10_000).await;
    stage.deliver().await;
    let report = stage.pass().await;
    stage.assert_clear(&report);
    assert_eq!((stage.cents(Account::StripeFees), stage.cents(Account::StripeClearing)), (fee, -fee));

    // Here Stripe gives the fee back with the refund: its movement has a fee below nothing.
    let (second, _) = stage.paid("100").await;
    let refund = stage.refund(&second, 10_000).await;
    let name = refund.stripe_refund.unwrap();
    let moved = stage.stripe.object(&name).unwrap()["balance_transaction"].as_str().unwrap().to_owned();
    stage.stripe.mutate_transaction(&moved, |made| {
        made["fee"] = json!(-fee);
        made["net"] = json!(fee - 10_000);
    });
    stage.deliver().await;
    stage.pass().await;
    assert_eq!(
        stage.cents(Account::StripeFees),
        fee,
        "the fee of the second payment came back, that of the first did not"
    );
}

/// Only the payout is heard of: its lines are nobody's until the payment and its refund are in the books.
#[tokio::test]
async fn d7_a_refund_that_a_payout_carried_before_anything_was_known_of_it_is_ours_after_all() {
    let stage = Stage::set().await;
    stage.pass().await;
    let invoice = stage.invoice("100").await;
    let attempt = stage.start_and_pay(&invoice).await;
    let session = stage.stripe.session(attempt.session.as_deref().unwrap()).unwrap();
    stage.stripe.refund(session["payment_intent"].as_str().unwrap(), 4_000).unwrap();
    stage.pays_out();
    for event in stage.stripe.events().into_iter().filter(|event| event["type"].as_str().unwrap().starts_with("payout"))
    {
        stage.receive_one(&event).await;
    }
    stage.work_off().await;
    assert_ne!(stage.cents(Account::Foreign), 0, "nobody here knows of it yet");
    stage.pass().await;
    let report = stage.pass().await;
    stage.assert_clear(&report);
    assert_eq!((stage.cents(Account::Foreign), stage.standing(&invoice).refunded), (0, 4_000));
}
