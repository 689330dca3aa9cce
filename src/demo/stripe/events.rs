//! Events: a snapshot of the object at every change, listed for 30 days and handed to `webhooks` for delivery.

use serde_json::{Value, json};

use super::API_VERSION;
use super::paging::{self, Filters};
use super::params::Params;
use super::refusal::Refusal;
use super::state::State;

/// "List events, going back up to 30 days."
const LISTED_SECONDS: i64 = 30 * 24 * 60 * 60;
/// "An array of up to 20 strings".
const TYPES_MAX: usize = 20;

/// The API request that caused an event; a payer's or Stripe's own doing has none.
#[derive(Clone)]
pub(super) struct Cause {
    pub(super) request_id: String,
    pub(super) idempotency_key: Option<String>,
}

/// Writes an event about `object` as it is now and sends it on its way. Returns the event's id.
pub(super) fn record(state: &mut State, kind: &str, object: &Value) -> String {
    record_change(state, kind, object, None)
}

/// As [`record`], with the fields' `previous` values.
pub(super) fn record_change(state: &mut State, kind: &str, object: &Value, previous: Option<Value>) -> String {
    let id = state.ids.event();
    let cause = state.cause.clone();
    let mut event = json!({
        "id": id,
        "object": "event",
        "api_version": API_VERSION,
        "created": state.now(),
        "data": { "object": object },
        "livemode": state.options.livemode,
        "pending_webhooks": state.webhooks.listening_to(kind),
        "request": {
            "id": cause.as_ref().map(|cause| &cause.request_id),
            "idempotency_key": cause.as_ref().and_then(|cause| cause.idempotency_key.as_ref()),
        },
        "type": kind,
    });
    if let Some(previous) = previous {
        event["data"]["previous_attributes"] = previous;
    }
    state.events.insert(event);
    state.webhooks.announce(&id, kind);
    id
}

/// `GET /v1/events`.
pub(super) fn list(state: &State, params: &Params) -> Result<Value, Refusal> {
    let types = params.texts("types")?;
    if types.len() > TYPES_MAX {
        return Err(Refusal::invalid("You can specify up to 20 types.").param("types"));
    }
    let one = params.text("type")?;
    if one.is_some() && !types.is_empty() {
        return Err(Refusal::invalid("You may only specify one of these parameters: type, types.").param("type"));
    }
    let delivered = params.boolean("delivery_success")?;
    let from = state.now().saturating_sub(LISTED_SECONDS);
    let filters = Filters { equal: &[], special: &["type", "types[]", "delivery_success"] };
    paging::list(state, &state.events, "/v1/events", params, &filters, |event| {
        let kind = event["type"].as_str().unwrap_or_default();
        event["created"].as_i64().unwrap_or_default() >= from
            && one.is_none_or(|pattern| fits(kind, pattern))
            && (types.is_empty() || types.iter().any(|pattern| fits(kind, pattern)))
            && delivered.is_none_or(|delivered| (event["pending_webhooks"] == 0) == delivered)
    })
}

/// `charge.*` stands for every type that begins so.
pub(super) fn fits(kind: &str, pattern: &str) -> bool {
    pattern.strip_suffix('*').map_or(kind == pattern, |start| kind.starts_with(start))
}
