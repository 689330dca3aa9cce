//! Decisions of the review queue: a small difference that is not asked for, and decisions that are taken back until the books
//! are exported.

use quittance::actions::resolve_review::resolve;
use quittance::actions::undo_review::{check, note_export, undo};
use quittance::actions::{Actor, Refusal};
use quittance::billing::attempt::Attempt;
use quittance::billing::credit_note::Settle;
use quittance::billing::credit_note::plan::What;
use quittance::billing::id::{InvoiceId, ReviewId};
use quittance::billing::invoice::Invoice;
use quittance::billing::ledger::Account;
use quittance::billing::letter::Matter;
use quittance::billing::review::{Action, Review};
use quittance::billing::standing::Status;

use super::stage::{OWNER, Stage, session};

impl Stage {
    /// An invoice over 10 EUR of which Stripe says that another amount was paid, and its case.
    async fn paid_another_amount(&self, amount: i64) -> (Invoice, ReviewId) {
        let invoice = self.invoice("10").await;
        let attempt: Attempt = self.start_and_pay(&invoice).await;
        self.stripe.mutate_amount(session(&attempt), amount);
        self.deliver().await;
        let case = self.reviews().into_iter().find(|case| case.invoice == Some(invoice.id)).unwrap();
        (invoice, case.id)
    }

    pub async fn decide(&self, case: ReviewId, action: Action, to: Option<InvoiceId>) -> Result<Review, Refusal> {
        let actor = Actor::owner(OWNER);
        self.app.store.write(move |w| resolve(w, case, action, "seen", to, &actor)).await
    }

    async fn undo(&self, case: ReviewId) -> Result<Review, Refusal> {
        let actor = Actor::owner(OWNER);
        self.app.store.write(move |w| undo(w, case, "a slip", &actor)).await
    }

    /// The books as they are now are exported.
    async fn export(&self) {
        let place = self.app.store.read(|r| r.journal_head()).unwrap().map_or(0, |(place, _)| place);
        self.app.store.write(move |w| note_export(w, place)).await.unwrap();
    }

    fn sums(&self, invoice: &Invoice) -> (Status, i64, i64, i64, i64) {
        let standing = self.standing(invoice);
        (self.status(invoice), standing.due(), standing.difference, standing.paid, standing.credit)
    }
}

#[tokio::test]
async fn d1_a_small_difference_is_not_asked_for_and_the_invoice_is_paid() {
    for (amount, expected) in [
        (980, (Status::Paid, 0, 20, 980, 0)),
        (950, (Status::Paid, 0, 50, 950, 0)),
        (949, (Status::Uncollectible, 51, 0, 949, 0)),
    ] {
        let stage = Stage::set().await;
        let (invoice, case) = stage.paid_another_amount(amount).await;
        stage.decide(case, Action::WriteOff, None).await.unwrap();
        assert_eq!(stage.sums(&invoice), expected, "{amount}");
        assert_eq!(stage.mails("receipt"), 1);
        stage.undo(case).await.unwrap();
        assert_eq!(stage.sums(&invoice), (Status::Open, 1_000, 0, 0, amount), "{amount}");
    }
}

#[tokio::test]
async fn d1_what_was_not_asked_for_is_paid_by_money_that_still_comes_and_never_paid_back() {
    let stage = Stage::set().await;
    let (invoice, case) = stage.paid_another_amount(980).await;
    stage.decide(case, Action::WriteOff, None).await.unwrap();
    stage.bank_transfer(&invoice, 20).await;
    assert_eq!(stage.sums(&invoice), (Status::Paid, 0, 0, 1_000, 0));

    let (invoice, case) = stage.paid_another_amount(980).await;
    stage.decide(case, Action::WriteOff, None).await.unwrap();
    let note = stage.credit(&invoice, What::Rest, Settle::Refund).await.unwrap();
    assert_eq!((note.applied, note.rest().minor()), (20, 980), "only what was paid goes back");
    assert_eq!(stage.sums(&invoice), (Status::Paid, 0, 0, 980, 0));

    let (invoice, case) = stage.paid_another_amount(980).await;
    stage.decide(case, Action::WriteOff, None).await.unwrap();
    stage.credit(&invoice, What::Amount(5), Settle::Invoice).await.unwrap();
    assert_eq!(stage.sums(&invoice), (Status::Paid, 0, 15, 980, 0));
}

#[tokio::test]
async fn a_decision_is_taken_back_by_an_entry_of_its_own_and_the_case_is_open_again() {
    let stage = Stage::set().await;
    let (invoice, case) = stage.paid_another_amount(900).await;
    let held = stage.sums(&invoice);
    assert_eq!(held, (Status::Open, 1_000, 0, 0, 900));
    for action in [Action::Apply, Action::WriteOff, Action::KeepCredit, Action::Ignore, Action::Apply] {
        let entries = stage.app.store.read(|r| r.entries_of_invoice(invoice.id)).unwrap().len();
        stage.decide(case, action, None).await.unwrap();
        let undone = stage.undo(case).await.unwrap();
        assert!(undone.is_open() && undone.undone.last().unwrap().decision.action == action, "{action:?}");
        assert_eq!(stage.sums(&invoice), held, "{action:?}");
        let now = stage.app.store.read(|r| r.entries_of_invoice(invoice.id)).unwrap().len();
        let booked = match action {
            Action::Apply => 2,
            Action::WriteOff => 4,
            _ => 0,
        };
        assert_eq!(now - entries, booked, "{action:?}: nothing is edited, entries are added");
    }
    assert_eq!(stage.undo(case).await.unwrap_err().to_string(), "This case is open; there is nothing to undo.");
    let payment = stage.payments(&invoice)[0].id;
    let receipt = || stage.app.store.read(|r| r.letter_about(&Matter::Receipt { payment })).unwrap().unwrap();
    assert!(!receipt().is_waiting(), "a receipt must not leave while the money is held");
    stage.decide(case, Action::Apply, None).await.unwrap();
    assert!(receipt().is_waiting(), "and leaves once it counts");
    assert_eq!((stage.sums(&invoice), stage.mails("receipt")), ((Status::Open, 100, 0, 900, 0), 1));
}

#[tokio::test]
async fn a_link_to_another_invoice_closes_its_checkout_and_is_taken_back() {
    let stage = Stage::set().await;
    let (invoice, case) = stage.paid_another_amount(900).await;
    let other = stage.invoice("10").await;
    let attempt = stage.start(&other).await;
    stage.decide(case, Action::Link, Some(other.id)).await.unwrap();
    assert_eq!((stage.sums(&invoice).1, stage.sums(&other).1), (1_000, 100));
    stage.sweep().await;
    assert_eq!(stage.stripe.session(session(&attempt)).unwrap()["status"], "expired", "it asked for too much");
    let attempt = stage.start(&other).await;
    assert_eq!(attempt.amount.minor(), 100);
    stage.undo(case).await.unwrap();
    assert_eq!((stage.sums(&invoice).4, stage.sums(&other).1), (900, 1_000));
    stage.sweep().await;
    assert_eq!(stage.stripe.session(session(&attempt)).unwrap()["status"], "expired", "it asked for too little");
}

#[tokio::test]
async fn what_has_gone_on_since_is_not_undone() {
    let stage = Stage::set().await;
    let (invoice, case) = stage.paid_another_amount(900).await;
    stage.decide(case, Action::Apply, None).await.unwrap();
    stage.refund(&invoice, 100).await;
    let refused = stage.undo(case).await.unwrap_err().to_string();
    assert!(refused.contains("went back since"), "{refused}");

    // The clock is set back after the decision, and the refund is younger all the same.
    let (invoice, case) = stage.paid_another_amount(900).await;
    stage.decide(case, Action::Apply, None).await.unwrap();
    stage.clock.advance(-3_600);
    stage.refund(&invoice, 100).await;
    let refused = stage.undo(case).await.unwrap_err().to_string();
    assert!(refused.contains("went back since"), "{refused}");
    stage.clock.advance(3_600);

    let (invoice, case) = stage.paid_another_amount(900).await;
    let (store, till, actor) = (&stage.app.store, Some(&stage.till), Actor::owner(OWNER));
    quittance::payments::refunds::resolve_review(store, till, case, "", &actor).await.unwrap();
    assert_eq!(stage.sums(&invoice).4, 0);
    let refused = stage.undo(case).await.unwrap_err().to_string();
    assert!(refused.contains("cannot be called back"), "{refused}");
}

#[tokio::test]
async fn what_a_credit_note_counts_on_is_not_undone() {
    let stage = Stage::set().await;
    let (invoice, case) = stage.paid_another_amount(900).await;
    stage.decide(case, Action::Apply, None).await.unwrap();
    stage.credit(&invoice, What::Rest, Settle::CustomerCredit).await.unwrap();
    let before = stage.sums(&invoice);
    let refused = stage.undo(case).await.unwrap_err().to_string();
    assert!(refused.contains("was credited since"), "{refused}");
    assert_eq!(stage.sums(&invoice), before, "nothing is owed on what was credited whole");

    // A note that only took from what was due does not mind.
    let (invoice, case) = stage.paid_another_amount(900).await;
    stage.decide(case, Action::Apply, None).await.unwrap();
    stage.credit(&invoice, What::Amount(100), Settle::Invoice).await.unwrap();
    stage.undo(case).await.unwrap();
    assert_eq!(stage.sums(&invoice), (Status::Open, 900, 0, 0, 900));
}

#[tokio::test]
async fn what_was_exported_is_not_undone() {
    let stage = Stage::set().await;
    let (invoice, case) = stage.paid_another_amount(900).await;
    stage.decide(case, Action::Apply, None).await.unwrap();
    // The clock is set back meanwhile: what came before what is not read from it.
    stage.clock.advance(-3_600);
    stage.export().await;
    let refused = stage.undo(case).await.unwrap_err().to_string();
    assert!(refused.contains("were exported with this decision"), "{refused}");
    assert_eq!(stage.sums(&invoice).3, 900);
    // What is decided after the export is not in it.
    let (_, later) = stage.paid_another_amount(900).await;
    stage.decide(later, Action::Apply, None).await.unwrap();
    let review = stage.app.store.read(|r| r.review(later)).unwrap().unwrap();
    stage.app.store.read(|r| check(&r, &review)).unwrap();
    assert_eq!(stage.balance(Account::WrittenOff(invoice.id)), 0);
}
