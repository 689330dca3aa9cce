//! F, G: what went back to the payer, by a bank or as credit that was spent, is owed to nobody a second time.

use quittance::actions::refund::{Of, Wanted};
use quittance::actions::resolve_review::resolve;
use quittance::actions::{Actor, drafts, issue};
use quittance::billing::credit_note::plan::What;
use quittance::billing::credit_note::{CreditNote, Settle};
use quittance::billing::invoice::Invoice;
use quittance::billing::ledger::Account;
use quittance::billing::log::{About, Happening};
use quittance::billing::money::Money;
use quittance::billing::review::Action;
use quittance::demo::stripe::DisputeOrder;
use quittance::payments::{owner_credit, refunds};

use super::stage::{OWNER, Stage};

impl Stage {
    /// Another invoice for the same customer, over the same.
    async fn another(&self, invoice: &Invoice) -> Invoice {
        let (content, actor) = (invoice.content.clone(), Actor::owner(OWNER));
        let book = invoice.book;
        let issued = self.app.store.write(move |w| {
            let draft = drafts::create(w, content.clone())?;
            issue::issue(w, draft.id, book, &actor)
        });
        issued.await.unwrap()
    }

    /// The payer's bank disputes all of the invoice's payment; Stripe's name of it.
    async fn disputed(&self, invoice: &Invoice) -> String {
        let intent = self.payments(invoice)[0].method.stripe().unwrap().payment_intent.clone();
        let made = self.stripe.dispute(&intent, &DisputeOrder::chargeback()).unwrap();
        self.deliver().await;
        made["id"].as_str().unwrap().to_owned()
    }

    async fn decided(&self, dispute: &str, outcome: &str) {
        self.stripe.close_dispute(dispute, outcome).unwrap();
        if outcome == "won" {
            self.stripe.reinstate_dispute(dispute).unwrap();
        }
        self.deliver().await;
    }

    async fn kept(&self, invoice: &Invoice) -> CreditNote {
        let what = What::Amount(invoice.totals.total);
        self.credit(invoice, what, Settle::CustomerCredit).await.unwrap()
    }

    /// The owner pays back what a note owes.
    async fn pay_back(&self, note: &CreditNote, amount: i64) {
        let of = Of::Invoice(note.invoice);
        let wanted = Wanted { of, amount, reason: None, credit_note: Some(note.id), through: None, nonce: None };
        refunds::refund(&self.app.store, Some(&self.till), wanted, &Actor::owner(OWNER)).await.unwrap();
    }

    fn spendable(&self, invoice: &Invoice) -> i64 {
        let held = self.app.store.read(|r| r.held_for(invoice.content.customer)).unwrap();
        held.iter().map(|held| held.amount.minor()).sum()
    }

    async fn spend(&self, invoice: &Invoice, amount: i64) {
        let (store, till) = (&self.app.store, Some(&self.till));
        owner_credit::apply_credit(store, till, invoice.id, amount, &Actor::owner(OWNER)).await.unwrap();
    }
}

#[tokio::test]
async fn g_a_credit_note_after_a_lost_dispute_gives_no_credit() {
    let stage = Stage::set().await;
    let (invoice, _) = stage.paid("100").await;
    let dispute = stage.disputed(&invoice).await;
    stage.decided(&dispute, "lost").await;
    assert_eq!(stage.balance(Account::DisputeLosses), 10_000);
    let note = stage.kept(&invoice).await;
    assert_eq!(stage.spendable(&invoice), 0, "the bank gave the customer all of it");
    let left = stage.app.store.read(|r| r.left_of_note(&note)).unwrap();
    // The sale is taken back, so that the loss is none any more.
    assert_eq!((left, stage.balance(Account::DisputeLosses), stage.balance(Account::Sales)), (0, 0, 0));
    let line = stage.log(&invoice).into_iter().rfind(|line| line.about == Some(About::CreditLost)).unwrap();
    assert_eq!((line.kind, line.amount.unwrap().minor()), (Happening::DisputeLost, 10_000));
}

#[tokio::test]
async fn g_credit_that_was_given_before_goes_with_the_money_and_comes_back_with_it() {
    let stage = Stage::set().await;
    let (invoice, _) = stage.paid("100").await;
    let other = stage.another(&invoice).await;
    let note = stage.kept(&invoice).await;
    stage.spend(&other, 3_000).await;
    let dispute = stage.disputed(&invoice).await;
    assert_eq!(stage.spendable(&invoice), 7_000, "nobody has lost yet");
    stage.decided(&dispute, "lost").await;
    assert_eq!(stage.spendable(&invoice), 0);
    assert_eq!(stage.balance(Account::DisputeLosses), 3_000, "what was spent is lost");
    // What the spent credit had paid is credited as well: that money is gone, too.
    stage.kept(&other).await;
    assert_eq!((stage.spendable(&invoice), stage.balance(Account::DisputeLosses)), (0, 0));
    stage.decided(&dispute, "won").await;
    let left = stage.app.store.read(|r| r.left_of_note(&note)).unwrap();
    assert_eq!((left, stage.spendable(&invoice), stage.balance(Account::DisputeLosses)), (7_000, 10_000, 0));
}

#[tokio::test]
async fn g_what_was_paid_too_much_and_kept_is_gone_with_a_lost_dispute() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("100").await;
    stage.start_and_pay(&invoice).await;
    stage.bank_transfer(&invoice, 4_000).await;
    stage.deliver().await;
    let card = stage.payments(&invoice).into_iter().find(|payment| payment.method.stripe().is_some()).unwrap();
    let case = stage.reviews().remove(0).id;
    let actor = Actor::owner(OWNER);
    stage.app.store.write(move |w| resolve(w, case, Action::KeepCredit, "", None, &actor)).await.unwrap();
    assert_eq!(stage.spendable(&invoice), 4_000);
    let made =
        stage.stripe.dispute(&card.method.stripe().unwrap().payment_intent, &DisputeOrder::chargeback()).unwrap();
    stage.decided(made["id"].as_str().unwrap(), "lost").await;
    assert_eq!((stage.spendable(&invoice), stage.balance(Account::DisputeLosses)), (0, 6_000));
}

#[tokio::test]
async fn f_an_invoice_that_credit_paid_is_given_back_by_its_note_out_of_the_payment_behind() {
    let stage = Stage::set().await;
    let (invoice, _) = stage.paid("100").await;
    let other = stage.another(&invoice).await;
    stage.kept(&invoice).await;
    stage.spend(&other, 3_000).await;
    let refused = stage.try_refund(&other, 3_000).await.unwrap_err().to_string();
    assert!(refused.contains("30.00 EUR of the credit of credit note TEST-CN-2026-0001"), "{refused}");
    assert!(refused.contains("settle: customer_credit"), "{refused}");
    // The way that it names leads there.
    let note = stage.kept(&other).await;
    stage.pay_back(&note, 3_000).await;
    stage.deliver().await;
    let refund = stage.refunds(&other).remove(0);
    assert_eq!((refund.amount.minor(), refund.credit_note), (3_000, Some(note.id)));
    assert_eq!((stage.standing(&other).refunded, stage.standing(&invoice).refunded), (3_000, 0));
    assert!(stage.try_refund(&invoice, 7_001).await.is_err());
    stage.refund(&invoice, 7_000).await;
    stage.deliver().await;
    assert_eq!((stage.spendable(&invoice), stage.balance(Account::Refunds)), (0, 0));
}

#[tokio::test]
async fn f_credit_that_was_spent_and_refunded_all_the_same_is_not_owed_by_what_it_had_paid() {
    for credited_first in [true, false] {
        let stage = Stage::set().await;
        let (invoice, _) = stage.paid("100").await;
        let other = stage.another(&invoice).await;
        stage.kept(&invoice).await;
        stage.spend(&other, 3_000).await;
        if credited_first {
            stage.kept(&other).await;
            assert_eq!(stage.spendable(&invoice), 10_000);
        }
        stage.refund(&invoice, 10_000).await;
        stage.deliver().await;
        if !credited_first {
            assert_eq!(stage.balance(Account::Refunds), 3_000, "the owner gave it all the same");
            stage.kept(&other).await;
        }
        assert_eq!((stage.spendable(&invoice), stage.balance(Account::Refunds)), (0, 0), "{credited_first}");
        let line = stage.log(&other).into_iter().rfind(|line| line.about == Some(About::CreditLost)).unwrap();
        assert_eq!(line.amount.unwrap().minor(), 3_000);
    }
}

#[tokio::test]
async fn f_an_invoice_that_linked_money_paid_says_where_that_came_and_hears_of_its_refund() {
    let stage = Stage::set().await;
    let (own, other) = (stage.invoice("100").await, stage.invoice("50").await);
    let payment = stage.bank_transfer(&own, 15_000).await;
    let (case, to, actor) = (stage.reviews().remove(0).id, Some(other.id), Actor::owner(OWNER));
    stage.app.store.write(move |w| resolve(w, case, Action::Link, "", to, &actor)).await.unwrap();
    let line = stage.log(&other).into_iter().rfind(|line| line.about == Some(About::CreditApplied)).unwrap();
    assert_eq!(line.amount.map(Money::minor), Some(5_000));
    let refused = stage.try_refund(&other, 5_000).await.unwrap_err().to_string();
    let own_number = &own.number;
    for part in [format!("50.00 EUR of the payment {}", payment.id), format!("for invoice {own_number}")] {
        assert!(refused.contains(&part), "{refused}");
    }
    stage.refund(&own, 15_000).await;
    let line = stage.log(&other).into_iter().rfind(|line| line.kind == Happening::RefundSucceeded).unwrap();
    assert_eq!(line.amount.map(Money::minor), Some(5_000));
    // A credit note for it afterwards owes nothing.
    stage.kept(&other).await;
    assert_eq!(stage.spendable(&other), 0);
}
