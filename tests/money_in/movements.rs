//! Fees: what Stripe keeps of a payment, and when that becomes known.

use quittance::billing::bookings::movements::movement_source;
use quittance::billing::ledger::Account;
use quittance::billing::movement::{Movement, Proceeds};
use quittance::billing::payment::Payment;
use quittance::demo::stripe::Operation;

use super::stage::Stage;

impl Stage {
    /// What an account of the test book holds, in cents.
    pub fn cents(&self, account: Account) -> i64 {
        self.balance(account)
    }

    pub fn movement(&self, payment: &Payment) -> Option<Movement> {
        self.app.store.read(|r| r.movement_of_payment(payment.id)).unwrap()
    }

    pub fn proceeds(&self, payment: &Payment) -> Proceeds {
        self.app.store.read(|r| r.proceeds(payment)).unwrap()
    }

    pub fn charge(payment: &Payment) -> String {
        payment.method.stripe().unwrap().charge.clone().unwrap()
    }
}

#[tokio::test]
async fn a_fee_that_is_known_when_the_payment_is_settled_is_booked_with_it() {
    let stage = Stage::set().await;
    let (invoice, _) = stage.paid("100").await;
    let payment = &stage.payments(&invoice)[0];
    let movement = stage.movement(payment).unwrap();
    let proceeds = stage.proceeds(payment);
    assert_eq!((proceeds.fee, proceeds.net), (Some(movement.fee), Some(10_000 - movement.fee)));
    assert!(movement.fee > 0 && stage.app.store.read(|r| r.is_booked(&movement_source(&movement))).unwrap());
    assert_eq!(stage.cents(Account::StripeFees), movement.fee);
    assert_eq!(stage.cents(Account::StripeClearing), movement.net);
    assert_eq!(stage.standing(&invoice).paid, 10_000);
}

#[tokio::test]
async fn l3_a_fee_that_comes_later_is_booked_by_the_event_and_asked_for_once() {
    let stage = Stage::set().await;
    stage.stripe.set_transactions_late(true);
    let (invoice, _) = stage.paid("100").await;
    let payment = &stage.payments(&invoice)[0];
    assert_eq!(stage.proceeds(payment), Proceeds::default());
    assert_eq!(stage.cents(Account::StripeClearing), 10_000);
    stage.stripe.book_transaction(&Stage::charge(payment));
    stage.deliver().await;
    assert!(stage.proceeds(payment).fee.is_some_and(|fee| fee > 0));
    let (before, asked) = (stage.fingerprint(), stage.asked(Operation::GetCharge));
    for mut event in stage.stripe.events().into_iter().filter(|event| event["type"] == "charge.updated") {
        event["id"] = serde_json::json!("evt_again");
        stage.receive_one(&event).await;
    }
    stage.work_off().await;
    assert_eq!((stage.fingerprint(), stage.asked(Operation::GetCharge)), (before, asked));
}
