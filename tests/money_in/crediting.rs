//! E: an invoice is credited, or credit is used for it, while somebody may be paying.

use quittance::actions::credit::Wanted;
use quittance::actions::{Actor, Refusal};
use quittance::billing::attempt::State;
use quittance::billing::credit_note::plan::What;
use quittance::billing::credit_note::{CreditNote, Settle};
use quittance::billing::invoice::Invoice;
use quittance::billing::standing::Status;
use quittance::demo::stripe::{Card, Fault, Operation};
use quittance::payments::owner_credit;

use super::stage::{OWNER, Stage, session};

impl Stage {
    async fn credit(&self, invoice: &Invoice, what: What, settle: Settle) -> Result<CreditNote, Refusal> {
        let wanted = Wanted { what, reason: String::new(), settle };
        let (store, till, actor) = (&self.app.store, Some(&self.till), Actor::owner(OWNER));
        owner_credit::credit(store, till, invoice.id, wanted, None, &actor).await.map(|(note, _)| note)
    }

    fn notes(&self, invoice: &Invoice) -> usize {
        self.app.store.read(|r| r.credit_notes_of_invoice(invoice.id)).unwrap().len()
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
async fn e3_credit_is_used_only_after_the_session_is_closed() {
    let stage = Stage::set().await;
    let (first, second) = (stage.invoice("10").await, stage.invoice("10").await);
    stage.bank_transfer(&first, 1_000).await;
    stage.credit(&first, What::Amount(300), Settle::CustomerCredit).await.unwrap();
    // Another customer's credit is nobody else's.
    let (store, till, actor) = (&stage.app.store, Some(&stage.till), Actor::owner(OWNER));
    let used = owner_credit::apply_credit(store, till, second.id, 300, &actor).await;
    if first.content.customer == second.content.customer {
        used.unwrap();
        assert_eq!(stage.standing(&second).due(), 700);
    } else {
        assert!(matches!(used, Err(Refusal::Conflict(_))), "{used:?}");
        assert_eq!(stage.standing(&second).due(), 1_000);
    }
}
