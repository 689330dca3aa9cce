//! E: an invoice is credited, or credit is used for it, while somebody may be paying. F: what a credit note pays back is
//! refunded with it, and no sale is taken back twice.

use quittance::actions::credit::Wanted;
use quittance::actions::{Actor, Refusal, drafts, issue};
use quittance::billing::attempt::State;
use quittance::billing::credit_note::plan::What;
use quittance::billing::credit_note::{CreditNote, Settle};
use quittance::billing::invoice::{Content, Invoice};
use quittance::billing::ledger::{Account, Book};
use quittance::billing::refund::{State as Refunded, Status as RefundStatus};
use quittance::billing::review::{Action, Reason};
use quittance::billing::standing::Status;
use quittance::demo::stripe::{Card, Fault, Operation};
use quittance::payments::owner_credit;
use quittance::store::Error as StoreError;

use super::stage::{OWNER, Stage, session};

impl Stage {
    pub async fn credit(&self, invoice: &Invoice, what: What, settle: Settle) -> Result<CreditNote, Refusal> {
        let wanted = Wanted { what, reason: String::new(), settle };
        let (store, till, actor) = (&self.app.store, Some(&self.till), Actor::owner(OWNER));
        owner_credit::credit(store, till, invoice.id, wanted, None, None, &actor).await.map(|(note, _)| note)
    }

    fn notes(&self, invoice: &Invoice) -> usize {
        self.app.store.read(|r| r.credit_notes_of_invoice(invoice.id)).unwrap().len()
    }

    /// What a note still owes, and what of it was paid back.
    fn of_note(&self, note: &CreditNote) -> (i64, i64) {
        self.app.store.read(|r| Ok::<_, StoreError>((r.left_of_note(note)?, r.paid_back_by(note)?))).unwrap()
    }

    /// What of the customer's money may pay another invoice.
    pub fn held(&self, invoice: &Invoice) -> i64 {
        let held = self.app.store.read(|r| r.held_for(invoice.content.customer)).unwrap();
        held.iter().map(|held| held.amount.minor()).sum()
    }
}

#[tokio::test]
async fn e3_a_credit_note_closes_the_session_that_asks_for_too_much() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    let attempt = stage.start(&invoice).await;
    stage.credit(&invoice, What::Amount(400), Settle::Invoice).await.unwrap();
    assert_eq!(stage.stripe.session(session(&attempt)).unwrap()["status"], "expired");
    assert_eq!((stage.standing(&invoice).due(), stage.start(&invoice).await.amount.minor()), (600, 600));
}

#[tokio::test]
async fn e3_while_stripe_cannot_be_asked_nothing_is_credited_and_the_session_stays_payable() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    let attempt = stage.start(&invoice).await;
    stage.stripe.fault_always(Operation::ExpireSession, Fault::Status(503));
    let refused = stage.credit(&invoice, What::Amount(400), Settle::Invoice).await;
    assert!(matches!(refused, Err(Refusal::Unavailable(_))));
    assert_eq!((stage.notes(&invoice), stage.attempt(attempt.id).state), (0, State::Open));
    stage.stripe.clear_faults();
    stage.stripe.pay(session(&attempt), Card::Visa).unwrap();
    stage.look(&attempt).await;
    stage.assert_paid_once(&invoice);
}

#[tokio::test]
async fn e5_a_customer_who_was_faster_than_the_credit_note_wins() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    stage.start_and_pay(&invoice).await;
    let refused = stage.credit(&invoice, What::Amount(400), Settle::Invoice).await;
    assert!(matches!(refused, Err(Refusal::Conflict(_))), "{refused:?}");
    stage.assert_paid_once(&invoice);
    assert_eq!(stage.notes(&invoice), 0);
    // The owner sees that it is paid, and decides again.
    stage.credit(&invoice, What::Amount(400), Settle::CustomerCredit).await.unwrap();
    assert_eq!((stage.status(&invoice), stage.standing(&invoice).credited), (Status::Paid, 400));
}

#[tokio::test]
async fn e3_credit_is_used_only_after_the_session_is_closed_and_only_the_customers_own() {
    let stage = Stage::set().await;
    let (first, elses) = (stage.invoice("10").await, stage.invoice("10").await);
    stage.bank_transfer(&first, 1_000).await;
    stage.credit(&first, What::Amount(300), Settle::CustomerCredit).await.unwrap();
    let (store, till, actor) = (&stage.app.store, Some(&stage.till), Actor::owner(OWNER));
    let used = owner_credit::apply_credit(store, till, elses.id, 300, &actor).await;
    assert!(matches!(used, Err(Refusal::Conflict(_))), "{used:?}");
    let content = first.content.clone();
    let second = store.write(move |w| {
        let draft = drafts::create(w, content.clone())?;
        issue::issue(w, draft.id, Book::Test, &Actor::owner(OWNER))
    });
    let second = second.await.unwrap();
    let attempt = stage.start(&second).await;
    stage.stripe.fault_next(Operation::ExpireSession, Fault::Cached500);
    let used = owner_credit::apply_credit(store, till, second.id, 300, &actor).await;
    assert!(matches!(used, Err(Refusal::Unavailable(_))), "{used:?}");
    assert_eq!((stage.standing(&second).due(), stage.held(&first)), (1_000, 300));
    stage.advance(1);
    owner_credit::apply_credit(store, till, second.id, 300, &actor).await.unwrap();
    assert_eq!(stage.stripe.session(session(&attempt)).unwrap()["status"], "expired");
    assert_eq!((stage.standing(&second).due(), stage.held(&first)), (700, 0));
}

#[tokio::test]
async fn e3_an_invoice_is_reissued_only_after_its_session_is_closed() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    let attempt = stage.start(&invoice).await;
    let wanted = || Wanted { what: What::Rest, reason: String::new(), settle: Settle::CustomerCredit };
    let (store, till, actor) = (&stage.app.store, Some(&stage.till), Actor::owner(OWNER));
    stage.stripe.fault_next(Operation::ExpireSession, Fault::Cached500);
    let refused = owner_credit::reissue(store, till, invoice.id, wanted(), &actor).await;
    assert!(matches!(refused, Err(Refusal::Unavailable(_))), "{refused:?}");
    assert_eq!((stage.notes(&invoice), stage.attempt(attempt.id).state), (0, State::Open));
    stage.advance(1);
    owner_credit::reissue(store, till, invoice.id, wanted(), &actor).await.unwrap();
    assert_eq!(stage.stripe.session(session(&attempt)).unwrap()["status"], "expired");
    assert_eq!((stage.notes(&invoice), stage.standing(&invoice).due()), (1, 0));
}

#[tokio::test]
async fn an_invoice_with_notes_as_long_as_they_may_be_is_reissued() {
    let stage = Stage::set().await;
    let content = Content { notes: "n".repeat(5_000), ..stage.invoice("10").await.content };
    let invoice = stage.app.store.write(move |w| {
        let draft = drafts::create(w, content.clone())?;
        issue::issue(w, draft.id, Book::Test, &Actor::owner(OWNER))
    });
    let invoice: Invoice = invoice.await.unwrap_or_else(|error: Refusal| panic!("{error}"));
    let wanted = Wanted { what: What::Rest, reason: String::new(), settle: Settle::CustomerCredit };
    let (store, till, actor) = (&stage.app.store, Some(&stage.till), Actor::owner(OWNER));
    let (note, draft) = owner_credit::reissue(store, till, invoice.id, wanted, &actor).await.unwrap();
    let notes = draft.content.notes;
    assert!(notes.starts_with("Replaces invoice") && notes.contains(&note.number) && notes.ends_with("nn…"), "{notes}");
    assert_eq!(notes.chars().count(), 5_000);
}

#[tokio::test]
async fn f1_a_credit_note_that_pays_back_refunds_the_card_and_uses_itself_up() {
    let stage = Stage::set().await;
    let (invoice, _) = stage.paid("10").await;
    let note = stage.credit(&invoice, What::Amount(400), Settle::Refund).await.unwrap();
    let refunds: Vec<_> = stage.refunds(&invoice).iter().map(|one| (one.amount.minor(), one.credit_note)).collect();
    assert_eq!(refunds, [(400, Some(note.id))]);
    assert_eq!(stage.of_note(&note), (0, 400));
    let standing = stage.standing(&invoice);
    assert_eq!((standing.credited, standing.refunded, standing.paid), (400, 400, 1_000));
    assert_eq!((stage.held(&invoice), stage.balance(Account::Refunds), stage.balance(Account::Sales)), (0, 0, -600));
    assert_eq!(stage.mails("refund_issued"), 1);
}

#[tokio::test]
async fn f1_what_is_due_is_reduced_first_and_only_the_rest_is_refunded() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    stage.bank_transfer(&invoice, 700).await;
    let note = stage.credit(&invoice, What::Amount(500), Settle::Refund).await.unwrap();
    assert_eq!((note.applied, note.rest().minor(), stage.standing(&invoice).due()), (300, 200, 0));
    let [refund] = &stage.refunds(&invoice)[..] else { panic!("one refund") };
    assert_eq!((refund.amount.minor(), refund.status()), (200, RefundStatus::Succeeded));
    assert_eq!(stage.balance(Account::Bank), 500, "the books take what was given back from where it had come to");
}

#[tokio::test]
async fn f2_a_credit_note_is_paid_back_from_all_payments_and_by_hand_as_the_owner_says() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    stage.bank_transfer(&invoice, 600).await;
    stage.start_and_pay(&invoice).await;
    stage.deliver().await;
    let wanted = Wanted { what: What::Rest, reason: "Never delivered".into(), settle: Settle::Refund };
    let (store, till, actor) = (&stage.app.store, Some(&stage.till), Actor::owner(OWNER));
    let through = Some(quittance::billing::payment::Method::Cash);
    owner_credit::credit(store, till, invoice.id, wanted, through, None, &actor).await.unwrap();
    let mut refunds: Vec<_> = stage.refunds(&invoice).iter().map(|one| one.amount.minor()).collect();
    refunds.sort_unstable();
    assert_eq!(refunds, [400, 600]);
    assert_eq!((stage.balance(Account::Bank), stage.balance(Account::Cash)), (600, -600));
    assert_eq!((stage.at_stripe(), stage.balance(Account::Sales), stage.held(&invoice)), (0, 0, 0));
}

#[tokio::test]
async fn f4_a_lost_answer_leaves_the_note_and_its_refund_and_nothing_is_paid_twice() {
    let stage = Stage::set().await;
    let (invoice, _) = stage.paid("10").await;
    stage.stripe.fault_always(Operation::CreateRefund, Fault::Status(503));
    let note = stage.credit(&invoice, What::Amount(400), Settle::Refund).await.unwrap();
    assert!(stage.refunds(&invoice)[0].is_open());
    assert_eq!(stage.of_note(&note), (400, 0));
    assert_eq!(stage.held(&invoice), 0, "what may be on its way is not used for something else");
    stage.stripe.clear_faults();
    stage.advance(60);
    stage.look_at_refunds().await;
    assert_eq!((stage.of_note(&note), stage.refunds(&invoice).len()), ((0, 400), 1));
    assert_eq!(stage.at_stripe(), 600);
}

#[tokio::test]
async fn f16_a_crash_between_the_note_and_the_call_is_made_up_for() {
    let stage = Stage::set().await;
    let (invoice, _) = stage.paid("10").await;
    let wanted = Wanted { what: What::Amount(400), reason: String::new(), settle: Settle::Refund };
    let (store, actor) = (&stage.app.store, Actor::owner(OWNER));
    let prepared =
        owner_credit::prepare(store, Some(&stage.till), invoice.id, wanted, None, actor.channel).await.unwrap();
    let (note, _) = store.write(move |w| prepared.issue(w, &actor)).await.unwrap();
    let stage = stage.reopened();
    stage.advance(60);
    stage.look_at_refunds().await;
    assert_eq!((stage.of_note(&note), stage.refunds(&invoice)[0].status()), ((0, 400), RefundStatus::Succeeded));
}

#[tokio::test]
async fn f3_what_stripe_does_not_pay_back_stays_the_customers_credit_and_can_be_tried_again() {
    let stage = Stage::set().await;
    let (invoice, _) = stage.paid("10").await;
    stage.stripe.fault_always(Operation::CreateRefund, Fault::Status(400));
    let note = stage.credit(&invoice, What::Amount(400), Settle::Refund).await.unwrap();
    stage.stripe.clear_faults();
    assert!(matches!(stage.refunds(&invoice)[0].state, Refunded::Rejected { .. }), "{:?}", stage.refunds(&invoice));
    assert_eq!((stage.of_note(&note), stage.held(&invoice)), ((400, 0), 400));
    let case = stage.reviews().into_iter().find(|case| case.reason == Reason::RefundFailed).expect("a case");
    assert_eq!(case.actions.first(), Some(&Action::Refund));
    let (store, till, actor) = (&stage.app.store, Some(&stage.till), Actor::owner(OWNER));
    quittance::payments::refunds::resolve_review(store, till, case.id, "", &actor).await.unwrap();
    assert_eq!((stage.of_note(&note), stage.held(&invoice), stage.at_stripe()), ((0, 400), 0, 600));
}

#[tokio::test]
async fn f13_a_notes_refund_that_fails_later_is_owed_by_the_note_again() {
    let stage = Stage::set().await;
    let (invoice, _) = stage.paid("10").await;
    let note = stage.credit(&invoice, What::Amount(400), Settle::Refund).await.unwrap();
    fail_last_refund(&stage, &invoice).await;
    assert_eq!((stage.of_note(&note), stage.held(&invoice), stage.balance(Account::Refunds)), ((400, 0), 400, 0));
    assert_eq!(stage.standing(&invoice).refunded, 0);
}

async fn fail_last_refund(stage: &Stage, invoice: &Invoice) {
    let name = stage.refunds(invoice).last().unwrap().stripe_refund.clone().unwrap();
    stage.stripe.fail_refund(&name, "lost_or_stolen_card").unwrap();
    stage.deliver().await;
}

#[tokio::test]
async fn f8_what_was_refunded_without_a_note_is_the_notes_that_comes_later() {
    let stage = Stage::set().await;
    for (credited, taken_over, owed, on_refunds) in
        [(1_000, 400, 600, 0), (400, 400, 0, 0), (300, 300, 0, 100), (500, 400, 100, 0)]
    {
        let before = stage.balance(Account::Refunds);
        let (invoice, _) = stage.paid("10").await;
        stage.refund(&invoice, 400).await;
        let note = stage.credit(&invoice, What::Amount(credited), Settle::CustomerCredit).await.unwrap();
        let found = (note.taken_over, note.rest().minor(), stage.balance(Account::Refunds) - before);
        assert_eq!(found, (taken_over, owed, on_refunds), "{credited}");
        assert_eq!(stage.of_note(&note), (owed, taken_over), "{credited}");
    }
}

#[tokio::test]
async fn f8_an_invoice_that_was_refunded_whole_is_credited_and_nothing_more_is_owed() {
    let stage = Stage::set().await;
    let (invoice, _) = stage.paid("10").await;
    stage.refund(&invoice, 1_000).await;
    stage.credit(&invoice, What::Rest, Settle::Invoice).await.unwrap();
    let accounts = [Account::Sales, Account::Refunds, Account::StripeClearing];
    assert_eq!(accounts.map(|account| stage.balance(account)), [0, 0, -stage.balance(Account::StripeFees)]);
    assert_eq!(stage.held(&invoice), 0);
}

#[tokio::test]
async fn f8_a_refund_after_a_note_pays_back_what_the_note_owes_first() {
    let stage = Stage::set().await;
    let (invoice, _) = stage.paid("10").await;
    let note = stage.credit(&invoice, What::Amount(400), Settle::CustomerCredit).await.unwrap();
    assert_eq!(stage.held(&invoice), 400);
    stage.refund(&invoice, 500).await;
    assert_eq!((stage.of_note(&note), stage.held(&invoice)), ((0, 400), 0));
    assert_eq!((stage.balance(Account::Sales), stage.balance(Account::Refunds)), (-600, 100));
}

#[tokio::test]
async fn f13_a_refund_that_a_note_took_over_and_that_fails_is_owed_by_the_note() {
    let stage = Stage::set().await;
    let (invoice, _) = stage.paid("10").await;
    stage.refund(&invoice, 400).await;
    let note = stage.credit(&invoice, What::Amount(300), Settle::Invoice).await.unwrap();
    assert_eq!((stage.of_note(&note), stage.balance(Account::Refunds)), ((0, 300), 100));
    fail_last_refund(&stage, &invoice).await;
    assert_eq!((stage.of_note(&note), stage.balance(Account::Refunds)), ((300, 0), 0));
    assert_eq!((stage.held(&invoice), stage.balance(Account::Sales)), (300, -700));
}
