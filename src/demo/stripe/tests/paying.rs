//! What payers and banks do, and which objects and events are left.

use serde_json::{Value, json};

use super::{get, intent_of, ordered, stand_in, types};
use crate::demo::stripe::{Card, Outcome, Payer, StandIn};

fn charge_of(stand_in: &StandIn, session: &str) -> Value {
    let intent = stand_in.object(&intent_of(stand_in, session)).unwrap();
    stand_in.object(intent["latest_charge"].as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn a_paid_session_passes_every_check_of_a_settlement() {
    let (stand_in, _) = stand_in();
    let id = ordered(&stand_in).await;
    let payer = Payer { email: "bob@example.com".to_owned(), name: "Bob".to_owned() };
    assert_eq!(stand_in.pay_as(&id, Card::Visa, &payer).unwrap(), Outcome::Paid);
    let expand = "expand[0]=payment_intent.latest_charge.balance_transaction";
    let session = get(&stand_in, &format!("checkout/sessions/{id}"), expand).await.json();
    assert_eq!((&session["status"], &session["payment_status"]), (&json!("complete"), &json!("paid")));
    assert_eq!(session["customer_details"]["email"], "bob@example.com");
    let intent = &session["payment_intent"];
    assert_eq!((&intent["status"], &intent["amount_received"]), (&json!("succeeded"), &json!(12_345)));
    assert_eq!(intent["metadata"], json!({ "invoice": "inv_1" }));
    let charge = &intent["latest_charge"];
    assert_eq!(
        (&charge["status"], &charge["paid"], &charge["captured"]),
        (&json!("succeeded"), &json!(true), &json!(true))
    );
    assert_eq!((&charge["amount_captured"], &charge["payment_intent"]), (&json!(12_345), &intent["id"]));
    assert_eq!(charge["payment_method_details"]["card"]["last4"], "4242");
    assert_eq!(
        types(&stand_in),
        [
            "payment_intent.created",
            "charge.succeeded",
            "payment_intent.succeeded",
            "checkout.session.completed",
            "charge.updated"
        ]
    );
}

#[tokio::test]
async fn a4_a_session_completes_once() {
    let (stand_in, _) = stand_in();
    let id = ordered(&stand_in).await;
    stand_in.pay(&id, Card::Visa).unwrap();
    assert!(stand_in.pay(&id, Card::Mastercard).is_err());
    assert!(stand_in.pay_delayed(&id).is_err());
    assert_eq!(types(&stand_in).iter().filter(|kind| *kind == "charge.succeeded").count(), 1);
}

#[tokio::test]
async fn b2_a_decline_then_success_in_the_same_session() {
    let (stand_in, _) = stand_in();
    let id = ordered(&stand_in).await;
    let declined = stand_in.pay(&id, Card::InsufficientFunds).unwrap();
    assert_eq!(declined, Outcome::Declined { message: "Your card has insufficient funds.".to_owned() });
    let intent = stand_in.object(&intent_of(&stand_in, &id)).unwrap();
    assert_eq!(intent["status"], "requires_payment_method");
    let error = &intent["last_payment_error"];
    assert_eq!((&error["code"], &error["decline_code"]), (&json!("card_declined"), &json!("insufficient_funds")));
    let failed = charge_of(&stand_in, &id);
    assert_eq!(
        (&failed["status"], &failed["paid"], &failed["amount_captured"]),
        (&json!("failed"), &json!(false), &json!(0))
    );
    assert_eq!(stand_in.session(&id).unwrap()["status"], "open");

    stand_in.pay(&id, Card::Visa).unwrap();
    let paid = stand_in.object(&intent_of(&stand_in, &id)).unwrap();
    assert_eq!(
        (&paid["id"], &paid["status"], &paid["last_payment_error"]),
        (&intent["id"], &json!("succeeded"), &Value::Null)
    );
    assert_ne!(paid["latest_charge"], failed["id"]);
    assert_eq!(
        types(&stand_in)[..4],
        ["payment_intent.created", "charge.failed", "payment_intent.payment_failed", "charge.succeeded"]
    );
}

#[tokio::test]
async fn b5_three_d_secure_stops_half_way() {
    let (stand_in, _) = stand_in();
    let id = ordered(&stand_in).await;
    assert!(stand_in.confirm(&id, true).is_err(), "nothing waits yet");
    assert_eq!(stand_in.pay(&id, Card::Secure).unwrap(), Outcome::NeedsConfirmation);
    assert_eq!(stand_in.session(&id).unwrap()["status"], "open");
    assert!(matches!(stand_in.confirm(&id, false).unwrap(), Outcome::Declined { .. }));
    stand_in.pay(&id, Card::Secure).unwrap();
    assert_eq!(stand_in.confirm(&id, true).unwrap(), Outcome::Paid);
    assert_eq!(charge_of(&stand_in, &id)["payment_method_details"]["card"]["last4"], "3184");
    assert!(types(&stand_in).contains(&"payment_intent.requires_action".to_owned()));
}

#[tokio::test]
async fn b9_b10_a_debit_completes_unpaid_and_clears_later() {
    let (stand_in, clock) = stand_in();
    let id = ordered(&stand_in).await;
    assert_eq!(stand_in.pay_delayed(&id).unwrap(), Outcome::Processing);
    let session = stand_in.session(&id).unwrap();
    assert_eq!((&session["status"], &session["payment_status"]), (&json!("complete"), &json!("unpaid")));
    let intent = intent_of(&stand_in, &id);
    assert_eq!(stand_in.object(&intent).unwrap()["status"], "processing");
    assert_eq!(charge_of(&stand_in, &id)["status"], "pending");

    clock.advance(5 * 86_400);
    stand_in.clear_delayed(&intent).unwrap();
    assert_eq!(stand_in.session(&id).unwrap()["payment_status"], "paid");
    let charge = charge_of(&stand_in, &id);
    assert_eq!((&charge["status"], &charge["created"]), (&json!("succeeded"), &json!(super::START)));
    assert_eq!(stand_in.object(charge["balance_transaction"].as_str().unwrap()).unwrap()["type"], "payment");
    assert!(types(&stand_in).contains(&"checkout.session.async_payment_succeeded".to_owned()));
    assert!(stand_in.clear_delayed(&intent).is_err(), "it clears once");
}

#[tokio::test]
async fn b11_a_debit_can_come_back() {
    let (stand_in, _) = stand_in();
    let id = ordered(&stand_in).await;
    stand_in.pay_delayed(&id).unwrap();
    let intent = intent_of(&stand_in, &id);
    stand_in.fail_delayed(&intent).unwrap();
    let session = stand_in.session(&id).unwrap();
    assert_eq!((&session["status"], &session["payment_status"]), (&json!("complete"), &json!("unpaid")));
    assert_eq!(stand_in.object(&intent).unwrap()["status"], "requires_payment_method");
    assert_eq!(types(&stand_in).last().unwrap(), "checkout.session.async_payment_failed");
}

#[tokio::test]
async fn l3_the_balance_transaction_may_be_late() {
    let (stand_in, _) = stand_in();
    stand_in.set_transactions_late(true);
    let id = ordered(&stand_in).await;
    stand_in.pay(&id, Card::Visa).unwrap();
    let charge = charge_of(&stand_in, &id);
    assert!(charge["balance_transaction"].is_null());
    stand_in.book_transaction(charge["id"].as_str().unwrap());
    stand_in.book_transaction(charge["id"].as_str().unwrap());
    assert!(charge_of(&stand_in, &id)["balance_transaction"].is_string());
    assert_eq!(types(&stand_in).iter().filter(|kind| *kind == "charge.updated").count(), 1);
}

#[tokio::test]
async fn d1_objects_can_be_made_to_disagree() {
    let (stand_in, _) = stand_in();
    let id = ordered(&stand_in).await;
    stand_in.pay(&id, Card::Visa).unwrap();
    stand_in.mutate_amount(&id, 99);
    stand_in.mutate_session(&id, |session| session["currency"] = json!("usd"));
    let session =
        get(&stand_in, &format!("checkout/sessions/{id}"), "expand[]=payment_intent.latest_charge").await.json();
    assert_eq!((&session["amount_total"], &session["currency"]), (&json!(99), &json!("usd")));
    assert_eq!(session["payment_intent"]["latest_charge"]["amount_captured"], 99);
}

#[tokio::test]
async fn c16_other_apps_make_sessions_on_the_same_account() {
    let (stand_in, _) = stand_in();
    let session = stand_in
        .create_session(&[
            ("mode", "payment"),
            ("line_items[0][quantity]", "2"),
            ("line_items[0][price_data][currency]", "jpy"),
            ("line_items[0][price_data][unit_amount]", "500"),
            ("line_items[0][price_data][product_data][name]", "Mug"),
            ("success_url", "https://shop.example/thanks"),
        ])
        .unwrap();
    assert_eq!((&session["amount_total"], &session["client_reference_id"]), (&json!(1_000), &Value::Null));
    assert_eq!(session["payment_method_types"], json!(["card"]));
    stand_in.pay(session["id"].as_str().unwrap(), Card::Visa).unwrap();
}
