//! What an order must say, what a new session shows, and how a session ends.

use serde_json::{Value, json};

use super::{ORDER, START, get, ordered, post, stand_in, types};
use crate::demo::stripe::{Card, Operation};

#[tokio::test]
async fn a1_a_new_session_echoes_the_order() {
    let (stand_in, _) = stand_in();
    let session = post(&stand_in, "checkout/sessions", ORDER, None).await.json();
    let id = session["id"].as_str().unwrap();
    let shown = |names: &[&str]| -> Vec<Value> { names.iter().map(|name| session[*name].clone()).collect() };
    assert_eq!(
        shown(&["object", "mode", "status", "payment_status", "livemode", "client_reference_id", "currency"]),
        ["checkout.session", "payment", "open", "unpaid"]
            .map(Value::from)
            .into_iter()
            .chain([false.into(), "att_1".into(), "eur".into()])
            .collect::<Vec<_>>()
    );
    assert_eq!(shown(&["amount_total", "amount_subtotal"]), [12_345, 12_345]);
    assert_eq!(session["total_details"], json!({ "amount_discount": 0, "amount_shipping": 0, "amount_tax": 0 }));
    assert_eq!(session["metadata"], json!({ "invoice": "inv_1" }));
    assert_eq!(session["url"], format!("http://127.0.0.1:4010/c/pay/{id}"));
    assert_eq!(session["expires_at"], START + 86_400);
    assert_eq!(session["payment_method_types"], json!(["card", "sepa_debit"]));
    assert_eq!(session["adaptive_pricing"]["enabled"], false);
    assert!(session["presentment_details"].is_null() && session["payment_intent"].is_null());
    assert!(types(&stand_in).is_empty(), "Stripe announces no new session");
}

#[tokio::test]
async fn orders_that_stripe_would_refuse_are_refused() {
    let (stand_in, _) = stand_in();
    let amount = |amount: &str| ORDER.replace("12345", amount);
    for (form, code, param) in [
        (ORDER.replace("mode=payment&", ""), Some("parameter_missing"), Some("mode")),
        (ORDER.replace("success_url", "surprise"), Some("parameter_unknown"), Some("surprise")),
        (amount("49"), Some("amount_too_small"), None),
        (amount("100000000"), Some("amount_too_large"), None),
        (amount("1.5"), Some("parameter_invalid_integer"), Some("line_items[0][price_data][unit_amount]")),
        (ORDER.replace("=eur", "=xyz"), None, Some("line_items[0][price_data][currency]")),
        (ORDER.replace("anna%40example.com", "anna"), Some("email_invalid"), Some("customer_email")),
        (ORDER.replace("anna%40example.com", ""), Some("parameter_invalid_empty"), Some("customer_email")),
        (ORDER.replace("cancel_url=http:", "cancel_url=javascript:"), Some("url_invalid"), Some("cancel_url")),
        (format!("{ORDER}&discounts[0][coupon]=c"), None, Some("discounts")),
        (format!("{ORDER}&payment_method_types[0]=customer_balance"), None, Some("payment_method_types")),
        (ORDER.replace("att_1", &"x".repeat(201)), None, Some("client_reference_id")),
    ] {
        let answer = post(&stand_in, "checkout/sessions", &form, None).await;
        assert_eq!(answer.status, 400, "{form}");
        let error = &answer.json()["error"];
        assert_eq!((error["code"].as_str(), error["param"].as_str()), (code, param), "{error}");
    }
    assert!(stand_in.sessions().is_empty());
}

#[tokio::test]
async fn a9_expiry_is_thirty_minutes_to_a_day_away_by_stripes_clock() {
    let (stand_in, _) = stand_in();
    for (seconds, status) in [(1_799, 400), (1_800, 200), (86_400, 200), (86_401, 400)] {
        let form = format!("{ORDER}&expires_at={}", START + seconds);
        assert_eq!(post(&stand_in, "checkout/sessions", &form, None).await.status, status, "{seconds}");
    }
    stand_in.set_skew(60);
    let answer = post(&stand_in, "checkout/sessions", &format!("{ORDER}&expires_at={}", START + 1_800), None).await;
    assert!(answer.text.contains("must be at least 30 minutes from Checkout Session creation"));
}

#[tokio::test]
async fn b7_a_session_expires_by_the_clock() {
    let (stand_in, clock) = stand_in();
    let answer = post(&stand_in, "checkout/sessions", &format!("{ORDER}&expires_at={}", START + 1_800), None).await;
    let id = answer.json()["id"].as_str().unwrap().to_owned();
    stand_in.decline(&id, "insufficient_funds").unwrap();
    clock.advance(1_799);
    assert_eq!(stand_in.session(&id).unwrap()["status"], "open");
    clock.advance(1);
    let session = get(&stand_in, &format!("checkout/sessions/{id}"), "expand[]=payment_intent").await.json();
    assert_eq!((&session["status"], &session["url"]), (&json!("expired"), &Value::Null));
    assert_eq!(session["payment_intent"]["status"], "canceled");
    assert_eq!(types(&stand_in)[3..], ["payment_intent.canceled", "checkout.session.expired"]);
    assert!(stand_in.pay(&id, Card::Visa).is_err());
    stand_in.tick();
    assert_eq!(types(&stand_in).len(), 5, "a session expires once");
}

#[tokio::test]
async fn e5_only_open_sessions_can_be_expired() {
    let (stand_in, _) = stand_in();
    let id = ordered(&stand_in).await;
    let path = format!("checkout/sessions/{id}/expire");
    let expired = post(&stand_in, &path, "", Some("x1")).await.json();
    assert_eq!((&expired["status"], &expired["url"]), (&json!("expired"), &Value::Null));
    let event = stand_in.events().pop().unwrap();
    assert_eq!(
        (&event["type"], &event["request"]["idempotency_key"]),
        (&json!("checkout.session.expired"), &json!("x1"))
    );
    let again = post(&stand_in, &path, "", Some("x2")).await;
    assert_eq!(
        again.json()["error"]["message"],
        "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a status of `expired`."
    );
    let replayed = post(&stand_in, &path, "", Some("x2")).await;
    assert_eq!((replayed.status.as_u16(), replayed.header("idempotent-replayed")), (400, Some("true")));
    assert_eq!(post(&stand_in, "checkout/sessions/cs_0/expire", "", None).await.status, 404);
    assert_eq!(stand_in.count(Operation::ExpireSession), 4);
}

#[tokio::test]
async fn e6_a_confirmation_under_way_may_win_over_the_expiry() {
    let (stand_in, _) = stand_in();
    let id = ordered(&stand_in).await;
    stand_in.expire(&id).unwrap();
    stand_in.pay_despite_expiry(&id).unwrap();
    let session = stand_in.session(&id).unwrap();
    assert_eq!((&session["status"], &session["payment_status"]), (&json!("complete"), &json!("paid")));
}
