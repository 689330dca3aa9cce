//! PaymentIntents. A session has none until somebody tries to pay, and then one for its whole life.

use serde_json::{Value, json};

use super::events;
use super::refusal::Refusal;
use super::sessions;
use super::shape;
use super::state::State;

/// The intent of a session, made at the first attempt. Returns its id.
pub(super) fn of_session(state: &mut State, session_id: &str) -> Result<String, Refusal> {
    let session = sessions::find(state, session_id)?.clone();
    if let Some(id) = session["payment_intent"].as_str() {
        return Ok(id.to_owned());
    }
    let id = state.ids.intent();
    let mut intent = shape::made(
        shape::INTENT,
        json!({
            "id": id,
            "amount": session["amount_total"],
            "client_secret": format!("{id}_secret_demo"),
            "created": state.now(),
            "currency": session["currency"],
            "livemode": state.options.livemode,
            "metadata": {},
            "payment_method_options": {
                "card": {
                    "installments": null, "mandate_options": null, "network": null, "request_three_d_secure": "automatic",
                },
            },
            "payment_method_types": session["payment_method_types"],
        }),
    );
    // Session metadata is not copied: only `payment_intent_data` reaches the intent.
    if let Some(order) = state.orders.get(session_id) {
        shape::set(&mut intent, order.intent.clone());
    }
    state.intents.insert(intent.clone());
    if let Some(session) = state.sessions.get_mut(session_id) {
        session["payment_intent"] = json!(id);
    }
    events::record(state, "payment_intent.created", &intent);
    Ok(id)
}

/// Changes an intent and says so.
pub(super) fn change(state: &mut State, id: &str, event: &str, fields: Value) {
    if let Some(intent) = state.intents.get_mut(id) {
        shape::set(intent, fields);
        let intent = intent.clone();
        events::record(state, event, &intent);
    }
}

pub(super) fn find<'a>(state: &'a State, id: &str) -> Result<&'a Value, Refusal> {
    state.intents.get(id).ok_or_else(|| Refusal::no_such("payment_intent", id, "intent"))
}

/// The session that an intent belongs to.
pub(super) fn session_of(state: &State, id: &str) -> Option<String> {
    let session = state.sessions.newest().find(|session| session["payment_intent"] == *id)?;
    session["id"].as_str().map(str::to_owned)
}
