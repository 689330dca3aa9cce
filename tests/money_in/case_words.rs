//! An open case advises by what is so now: a refund that failed and went another way, money that a bank has, credit that
//! is held no more.

use quittance::actions::case_words::words;
use quittance::billing::invoice::Invoice;
use quittance::billing::review::{Action, Reason, Review};
use quittance::demo::stripe::DisputeOrder;

use super::stage::Stage;

impl Stage {
    /// An invoice over 10 EUR whose refund failed after Stripe had made it.
    async fn refund_failed(&self, amount: i64) -> (Invoice, String) {
        let (invoice, _) = self.paid("10").await;
        let refund = self.refund(&invoice, amount).await;
        self.stripe.fail_refund(refund.stripe_refund.as_deref().unwrap(), "lost_or_stolen_card").unwrap();
        self.deliver().await;
        let intent = self.payments(&invoice)[0].method.stripe().unwrap().payment_intent.clone();
        (invoice, intent)
    }

    fn case(&self, reason: Reason) -> Review {
        self.reviews().into_iter().find(|case| case.reason == reason).unwrap()
    }

    fn said(&self, reason: Reason) -> String {
        let case = self.case(reason);
        self.app.store.read(|r| words(&r, &case)).unwrap()
    }
}

#[tokio::test]
async fn f10_a_failed_refund_is_nothing_to_decide_about_once_the_money_went_back_otherwise() {
    // The owner tries again on the invoice, or does it at Stripe.
    for at_stripe in [false, true] {
        let stage = Stage::set().await;
        let (invoice, intent) = stage.refund_failed(1_000).await;
        assert!(stage.said(Reason::RefundFailed).ends_with("Pay your customer another way, or try again."));
        if at_stripe {
            stage.stripe.refund(&intent, 400).unwrap();
            stage.deliver().await;
            let said = stage.said(Reason::RefundFailed);
            assert!(said.contains("Since then 4.00 EUR") && !said.contains("Pay your customer"), "{said}");
            stage.stripe.refund(&intent, 600).unwrap();
            stage.deliver().await;
        } else {
            stage.refund(&invoice, 1_000).await;
        }
        let case = stage.case(Reason::RefundFailed);
        assert!(!case.is_open(), "{at_stripe}: {case:?}");
        assert_eq!(stage.standing(&invoice).refunded, 1_000);
    }
}

#[tokio::test]
async fn f10_whoever_has_a_dispute_is_not_paid_another_way_as_well() {
    let stage = Stage::set().await;
    let (_, intent) = stage.refund_failed(1_000).await;
    let dispute = stage.stripe.dispute(&intent, &DisputeOrder::chargeback()).unwrap();
    stage.deliver().await;
    let said = stage.said(Reason::RefundFailed);
    assert!(said.contains("disputes this payment") && said.contains("Do not pay"), "{said}");
    assert!(!said.contains("or try again"), "{said}");
    stage.stripe.close_dispute(dispute["id"].as_str().unwrap(), "lost").unwrap();
    stage.deliver().await;
    assert!(!stage.case(Reason::RefundFailed).is_open(), "the bank has paid the customer");
}

#[tokio::test]
async fn l3_a_case_about_held_money_says_what_is_held_now() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    stage.bank_transfer(&invoice, 1_300).await;
    let at_first = stage.said(Reason::Overpayment);
    assert!(at_first.ends_with("3.00 EUR is held until you decide."), "{at_first}");
    stage.refund(&invoice, 100).await;
    assert!(stage.said(Reason::Overpayment).ends_with("Now 2.00 EUR of it is held."));
    let case = stage.case(Reason::Overpayment);
    let decided = stage.decide(case.id, Action::KeepCredit, None).await.unwrap();
    let said = stage.app.store.read(|r| words(&r, &decided)).unwrap();
    assert_eq!(said, decided.detail, "what was decided is shown as it was");
}
