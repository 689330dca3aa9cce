//! What a payer does on the hosted page, and what the bank says later. Each step leaves the objects and events that
//! Stripe leaves.

use serde_json::{Value, json};

use super::cards::{self, Card, Means};
use super::charges::{self, Fate, Payer};
use super::disputes::{self, DisputeOrder};
use super::events;
use super::intents;
use super::refusal::Refusal;
use super::sessions;
use super::shape;
use super::state::State;
use super::transactions;

/// How an attempt to pay ended, as the page shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Paid,
    /// The bank said no; the session stays open for another try.
    Declined {
        message: String,
    },
    /// The bank wants to see the payer (3-D Secure); the session stays open.
    NeedsConfirmation,
    /// A debit was ordered: complete, and not paid for days.
    Processing,
}

/// One attempt in an open session.
pub(super) fn attempt(state: &mut State, session: &str, means: Means, payer: &Payer) -> Result<Outcome, Refusal> {
    must_be_open(state, session)?;
    let intent = intents::of_session(state, session)?;
    match means {
        Means::Debit => order_debit(state, session, &intent, payer),
        Means::Card(Card::Secure) => {
            ask_for_confirmation(state, session, &intent);
            Ok(Outcome::NeedsConfirmation)
        }
        Means::Card(card) => match card.decline_code() {
            Some(code) => decline(state, session, code, payer),
            None => {
                let outcome = succeed(state, session, &intent, means, payer)?;
                if card == Card::Disputed {
                    disputes::open(state, &intent, &DisputeOrder::chargeback())?;
                }
                Ok(outcome)
            }
        },
    }
}

/// The bank refuses a card with this word, such as `insufficient_funds`.
pub(super) fn decline(state: &mut State, session: &str, decline_code: &str, payer: &Payer) -> Result<Outcome, Refusal> {
    must_be_open(state, session)?;
    let intent = intents::of_session(state, session)?;
    let (code, message) = cards::refusal_words(decline_code);
    let fate = Fate::Declined { code, decline_code, message };
    let charge = charges::make(state, &intent, Means::Card(Card::Declined), payer, &fate)?;
    events::record(state, "charge.failed", &charge);
    let error = json!({
        "charge": charge["id"], "code": code, "decline_code": decline_code, "message": message, "type": "card_error",
        "doc_url": format!("https://stripe.com/docs/error-codes/{}", code.replace('_', "-")),
        "payment_method": payment_method(&charge),
    });
    fail(state, &intent, &error);
    Ok(Outcome::Declined { message: message.to_owned() })
}

/// The payer comes back from the bank's page.
pub(super) fn confirm(state: &mut State, session: &str, agreed: bool, payer: &Payer) -> Result<Outcome, Refusal> {
    must_be_open(state, session)?;
    let intent = intents::of_session(state, session)?;
    if intents::find(state, &intent)?["status"] != "requires_action" {
        return Err(Refusal::invalid("This payment does not wait for a confirmation."));
    }
    if agreed {
        return succeed(state, session, &intent, Means::Card(Card::Secure), payer);
    }
    let message =
        "We are unable to authenticate your payment method. Please choose a different payment method and try again.";
    let error = json!({ "code": "payment_intent_authentication_failure", "message": message, "type": "card_error" });
    fail(state, &intent, &error);
    Ok(Outcome::Declined { message: message.to_owned() })
}

/// A confirmation that was on its way wins although the session expired meanwhile.
pub(super) fn succeed_late(state: &mut State, session: &str, payer: &Payer) -> Result<Outcome, Refusal> {
    let status = sessions::find(state, session)?["status"].clone();
    if status == "complete" {
        return Err(completed());
    }
    let intent = intents::of_session(state, session)?;
    succeed(state, session, &intent, Means::Card(Card::Visa), payer)
}

/// The debit that was ordered days ago arrived.
pub(super) fn clear(state: &mut State, intent: &str) -> Result<(), Refusal> {
    let (session, charge, amount) = must_be_processing(state, intent)?;
    let charge = change_charge(state, &charge, &Fate::Succeeded, &amount);
    events::record(state, "charge.succeeded", &charge);
    intents::change(
        state,
        intent,
        "payment_intent.succeeded",
        json!({ "status": "succeeded", "amount_received": amount, "processing": null }),
    );
    change_session(state, &session, "checkout.session.async_payment_succeeded", json!({ "payment_status": "paid" }));
    book(state, &charge);
    Ok(())
}

/// The debit that was ordered days ago came back.
pub(super) fn bounce(state: &mut State, intent: &str) -> Result<(), Refusal> {
    let (session, charge, amount) = must_be_processing(state, intent)?;
    let message = "The customer's account has insufficient funds to cover this payment.";
    let code = "payment_intent_payment_attempt_failed";
    let fate = Fate::Declined { code: "insufficient_funds", decline_code: "insufficient_funds", message };
    let charge = change_charge(state, &charge, &fate, &amount);
    events::record(state, "charge.failed", &charge);
    let error = json!({
        "charge": charge["id"], "code": code, "message": message, "type": "invalid_request_error",
        "payment_method": payment_method(&charge),
    });
    fail(state, intent, &error);
    change_session(state, &session, "checkout.session.async_payment_failed", json!({}));
    Ok(())
}

fn succeed(state: &mut State, session: &str, intent: &str, means: Means, payer: &Payer) -> Result<Outcome, Refusal> {
    let charge = charges::make(state, intent, means, payer, &Fate::Succeeded)?;
    events::record(state, "charge.succeeded", &charge);
    intents::change(
        state,
        intent,
        "payment_intent.succeeded",
        json!({
            "status": "succeeded", "amount_received": charge["amount"], "payment_method": charge["payment_method"],
            "last_payment_error": null, "next_action": null, "canceled_at": null, "cancellation_reason": null,
        }),
    );
    complete(state, session, "paid", payer);
    book(state, &charge);
    Ok(Outcome::Paid)
}

fn order_debit(state: &mut State, session: &str, intent: &str, payer: &Payer) -> Result<Outcome, Refusal> {
    let charge = charges::make(state, intent, Means::Debit, payer, &Fate::Pending)?;
    intents::change(
        state,
        intent,
        "payment_intent.processing",
        json!({ "status": "processing", "payment_method": charge["payment_method"], "last_payment_error": null }),
    );
    events::record(state, "charge.pending", &charge);
    complete(state, session, "unpaid", payer);
    Ok(Outcome::Processing)
}

fn ask_for_confirmation(state: &mut State, session: &str, intent: &str) {
    let url = format!("{}/c/pay/{session}/secure", state.public_base);
    let action = json!({ "type": "redirect_to_url", "redirect_to_url": { "return_url": null, "url": url } });
    intents::change(
        state,
        intent,
        "payment_intent.requires_action",
        json!({ "status": "requires_action", "next_action": action, "last_payment_error": null }),
    );
}

/// The intent waits for another means of payment.
fn fail(state: &mut State, intent: &str, error: &Value) {
    intents::change(
        state,
        intent,
        "payment_intent.payment_failed",
        json!({
            "status": "requires_payment_method", "last_payment_error": error, "payment_method": null, "next_action": null,
            "processing": null,
        }),
    );
}

fn complete(state: &mut State, session: &str, payment_status: &str, payer: &Payer) {
    let fields = json!({
        "status": "complete", "payment_status": payment_status, "url": null,
        "customer_details": sessions::customer_details(&payer.email, Some(&payer.name)),
    });
    change_session(state, session, "checkout.session.completed", fields);
}

fn change_session(state: &mut State, id: &str, event: &str, fields: Value) {
    if let Some(session) = state.sessions.get_mut(id) {
        shape::set(session, fields);
        let session = session.clone();
        events::record(state, event, &session);
    }
}

fn change_charge(state: &mut State, id: &str, fate: &Fate<'_>, amount: &Value) -> Value {
    let Some(charge) = state.charges.get_mut(id) else { return Value::Null };
    shape::set(charge, fate.fields(amount));
    charge.clone()
}

fn book(state: &mut State, charge: &Value) {
    if !state.transactions_late {
        transactions::book_charge(state, charge["id"].as_str().unwrap_or_default());
    }
}

fn payment_method(charge: &Value) -> Value {
    let details = &charge["payment_method_details"];
    let kind = details["type"].as_str().unwrap_or_default();
    let mut method = json!({
        "id": charge["payment_method"], "object": "payment_method", "allow_redisplay": "limited",
        "billing_details": charge["billing_details"], "created": charge["created"], "customer": null,
        "livemode": charge["livemode"], "metadata": {}, "type": kind,
    });
    if kind == "card" {
        let card = &details["card"];
        method["card"] = json!({
            "brand": card["brand"], "checks": card["checks"], "country": card["country"], "display_brand": card["brand"],
            "exp_month": card["exp_month"], "exp_year": card["exp_year"], "fingerprint": card["fingerprint"],
            "funding": card["funding"], "generated_from": null, "last4": card["last4"],
            "networks": { "available": [card["brand"]], "preferred": null }, "regulated_status": "unregulated",
            "three_d_secure_usage": { "supported": true }, "wallet": null,
        });
    }
    method
}

fn must_be_open(state: &State, session: &str) -> Result<(), Refusal> {
    match sessions::find(state, session)?["status"].as_str() {
        Some("open") => Ok(()),
        Some("complete") => Err(completed()),
        _ => Err(Refusal::invalid("This Checkout Session has expired.")),
    }
}

fn completed() -> Refusal {
    Refusal::invalid("This Checkout Session has already been completed.")
}

/// The session, the charge and the amount of an intent whose debit is under way.
fn must_be_processing(state: &State, id: &str) -> Result<(String, String, Value), Refusal> {
    let intent = intents::find(state, id)?;
    if intent["status"] != "processing" {
        return Err(Refusal::invalid("This payment is not waiting for a bank."));
    }
    let charge = intent["latest_charge"].as_str().unwrap_or_default().to_owned();
    let session = intents::session_of(state, id).ok_or_else(|| Refusal::no_such("checkout.session", id, "session"))?;
    Ok((session, charge, intent["amount"].clone()))
}
