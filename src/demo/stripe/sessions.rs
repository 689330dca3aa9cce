//! Checkout Sessions: made, shown, listed, expired by a call or by the clock. What a payer does is in `paying`.

use serde_json::{Value, json};

use super::events;
use super::expand;
use super::paging::{self, Filters};
use super::params::Params;
use super::refusal::Refusal;
use super::session_order::Order;
use super::shape;
use super::state::State;

/// `POST /v1/checkout/sessions`. Stripe announces a new session with no event.
pub(super) fn create(state: &mut State, params: &Params) -> Result<Value, Refusal> {
    let (now, livemode) = (state.now(), state.options.livemode);
    let order = Order::read(params, &mut state.ids, now, livemode)?;
    let session = new(state, params, &order)?;
    let shown = expand::object(state, &session, &params.texts("expand")?)?;
    let id = session["id"].as_str().unwrap_or_default().to_owned();
    state.deadlines.insert((order.expires_at, id.clone()));
    state.orders.insert(id, order);
    if let Some(gone) = state.sessions.insert(session) {
        state.orders.remove(&gone);
    }
    Ok(shown)
}

fn new(state: &mut State, params: &Params, order: &Order) -> Result<Value, Refusal> {
    let id = state.ids.session();
    let email = params.text("customer_email")?;
    let named = params.text("branding_settings[display_name]")?;
    Ok(shape::made(
        shape::SESSION,
        json!({
            "url": format!("{}/c/pay/{id}", state.public_base),
            "id": id,
            "adaptive_pricing": { "enabled": params.boolean("adaptive_pricing[enabled]")?.unwrap_or(true) },
            "amount_subtotal": order.total,
            "amount_total": order.total,
            "billing_address_collection": params.text("billing_address_collection")?,
            "branding_settings": {
                "background_color": "#ffffff", "border_style": "rounded", "button_color": "#0074d4",
                "display_name": named.unwrap_or(&state.options.business), "font_family": "default", "icon": null,
                "logo": null,
            },
            "cancel_url": params.text("cancel_url")?,
            "client_reference_id": params.text("client_reference_id")?,
            "created": state.now(),
            "currency": order.currency,
            "customer_details": email.map(|email| customer_details(email, None)),
            "customer_email": email,
            "expires_at": order.expires_at,
            "livemode": state.options.livemode,
            "locale": params.text("locale")?,
            "metadata": params.metadata("metadata")?,
            "payment_method_types": order.methods,
            "submit_type": params.text("submit_type")?,
            "success_url": params.text("success_url")?,
        }),
    ))
}

pub(super) fn customer_details(email: &str, name: Option<&str>) -> Value {
    json!({
        "address": null, "business_name": null, "email": email, "individual_name": null, "name": name, "phone": null,
        "tax_exempt": "none", "tax_ids": [],
    })
}

/// `GET /v1/checkout/sessions`. There is no filter for `client_reference_id`.
pub(super) fn list(state: &State, params: &Params) -> Result<Value, Refusal> {
    let status = params.choice("status", &["open", "complete", "expired"])?;
    let email = params.text("customer_details[email]")?;
    let filters = Filters {
        equal: &["payment_intent", "customer", "customer_account", "payment_link", "subscription"],
        special: &["status", "customer_details[email]"],
    };
    paging::list(state, &state.sessions, "/v1/checkout/sessions", params, &filters, |session| {
        status.is_none_or(|status| session["status"] == *status)
            && email.is_none_or(|email| session["customer_details"]["email"] == *email)
    })
}

/// `GET /v1/checkout/sessions/{id}/line_items`: one page holds them all.
pub(super) fn lines(state: &State, id: &str, params: &Params) -> Result<Value, Refusal> {
    params.only(&["limit", "starting_after", "ending_before", "expand[]"])?;
    find(state, id)?;
    Ok(state.line_items(id))
}

/// `POST /v1/checkout/sessions/{id}/expire`.
pub(super) fn expire_call(state: &mut State, id: &str, params: &Params) -> Result<Value, Refusal> {
    params.only(&["expand[]"])?;
    expand::check("checkout.session", &params.texts("expand")?)?;
    let status = find(state, id)?["status"].as_str().unwrap_or_default();
    if status != "open" {
        return Err(Refusal::invalid(format!(
            "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a status of \
             `{status}`."
        ))
        .begun());
    }
    expire(state, id);
    let session = find(state, id)?;
    expand::object(state, session, &params.texts("expand")?)
}

/// Ends an open session. Its PaymentIntent, if a payer got that far, is canceled with it.
pub(super) fn expire(state: &mut State, id: &str) {
    let now = state.now();
    let Some(session) = state.sessions.get_mut(id) else { return };
    shape::set(session, json!({ "status": "expired", "url": null }));
    let session = session.clone();
    if let Some(intent) = session["payment_intent"].as_str().and_then(|intent| state.intents.get_mut(intent)) {
        shape::set(
            intent,
            json!({ "status": "canceled", "canceled_at": now, "cancellation_reason": "expired", "next_action": null }),
        );
        let intent = intent.clone();
        events::record(state, "payment_intent.canceled", &intent);
    }
    events::record(state, "checkout.session.expired", &session);
}

pub(super) fn find<'a>(state: &'a State, id: &str) -> Result<&'a Value, Refusal> {
    state.sessions.get(id).ok_or_else(|| Refusal::no_such("checkout.session", id, "session"))
}
