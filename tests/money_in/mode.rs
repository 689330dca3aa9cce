//! C15, E11 and H: test and live never meet, and amounts are Stripe's on the wire and ISO 4217's in the books.

use quittance::billing::currency::Currency;
use quittance::billing::event::Handling;
use quittance::billing::standing::Status;
use quittance::demo::stripe::Card;
use serde_json::json;

use super::stage::{CUSTOMER, Stage, session};

#[tokio::test]
async fn c15_e11_objects_of_the_other_mode_never_settle() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    let attempt = stage.start_and_pay(&invoice).await;
    stage.stripe.mutate_session(session(&attempt), |made| made["livemode"] = json!(true));
    stage.deliver().await;
    stage.reconcile().await;
    assert_eq!((stage.status(&invoice), stage.all_payments().len()), (Status::Open, 0));
    stage.stripe.mutate_session(session(&attempt), |made| made["livemode"] = json!(null));
    stage.look(&attempt).await;
    assert_eq!(stage.all_payments().len(), 0, "what does not say its mode is not ours either");
}

#[tokio::test]
async fn c15_an_event_of_the_other_mode_is_kept_and_ignored() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    stage.start_and_pay(&invoice).await;
    for mut event in stage.stripe.events() {
        event["livemode"] = json!(true);
        stage.receive_one(&event).await;
    }
    stage.work_off().await;
    assert_eq!(stage.status(&invoice), Status::Open);
    let kept = stage.app.store.read(|r| r.latest_events(100)).unwrap();
    assert!(!kept.is_empty());
    assert!(kept.iter().all(|event| event.state == Handling::OtherMode));
}

#[tokio::test]
async fn e11_an_invoice_of_the_other_mode_cannot_be_paid_with_this_key() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    let mut till = stage.till.clone();
    till.livemode = true;
    let due = invoice.total();
    assert!(quittance::payments::checkout::obstacle(&till, &invoice, due).unwrap().contains("test mode"));
}

#[tokio::test]
async fn h1_h2_h3_h5_currencies_are_scaled_on_the_wire_and_back() {
    let cases = [
        ("JPY", "500", 500, 500),
        ("ISK", "5000", 5_000, 500_000),
        ("MGA", "5000", 500_000, 5_000),
        ("HUF", "1234.56", 123_456, 123_456),
        ("TWD", "300", 30_000, 30_000),
        ("USD", "12.34", 1_234, 1_234),
    ];
    for (code, price, minor, wire) in cases {
        let stage = Stage::set().await;
        let invoice = stage.invoice_in(Currency::parse(code).unwrap(), price, CUSTOMER).await;
        let attempt = stage.start(&invoice).await;
        assert_eq!(stage.stripe.session(session(&attempt)).unwrap()["amount_total"], wire, "{code}");
        stage.stripe.pay(session(&attempt), Card::Visa).unwrap();
        stage.deliver().await;
        stage.assert_paid_once(&invoice);
        assert_eq!(stage.payments(&invoice)[0].amount.minor(), minor, "{code}");
        let report = stage.reconcile().await;
        assert_eq!((report.error, report.differences.len()), (None, 0), "{code}");
    }
}
