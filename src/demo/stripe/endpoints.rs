//! Webhook endpoints by the API, as a setup wizard makes them. The secret is shown once.

use serde_json::{Value, json};

use super::API_VERSION;
use super::params::Params;
use super::refusal::Refusal;
use super::state::State;
use super::webhooks::WebhookEndpoint;

/// "You can register up to 16 endpoints."
const ENDPOINTS_MAX: usize = 16;

/// `POST /v1/webhook_endpoints`.
pub(super) fn create(state: &mut State, params: &Params) -> Result<Value, Refusal> {
    params.only(&["url", "enabled_events[]", "api_version", "description", "metadata[*]", "expand[]"])?;
    let url = params.required("url")?;
    let types = params.texts("enabled_events")?;
    if types.is_empty() {
        return Err(Refusal::missing_param("enabled_events"));
    }
    params.choice("api_version", &[API_VERSION])?;
    if state.webhooks.endpoints.len() >= ENDPOINTS_MAX {
        return Err(Refusal::invalid("You have reached the maximum of 16 test webhook endpoints."));
    }
    let secret = state.ids.secret();
    let mut endpoint = json!({
        "id": state.ids.endpoint(),
        "object": "webhook_endpoint",
        "api_version": params.text("api_version")?,
        "application": null,
        "created": state.now(),
        "description": params.text("description")?,
        "enabled_events": types,
        "livemode": state.options.livemode,
        "metadata": params.metadata("metadata")?,
        "status": "enabled",
        "url": url,
    });
    state.endpoints.insert(endpoint.clone());
    let types = types.into_iter().filter(|kind| *kind != "*").map(str::to_owned).collect();
    state.webhooks.endpoints.push(WebhookEndpoint { types, ..WebhookEndpoint::new(url, &secret) });
    endpoint["secret"] = json!(secret);
    Ok(endpoint)
}

/// `DELETE /v1/webhook_endpoints/{id}`.
pub(super) fn delete(state: &mut State, id: &str) -> Result<Value, Refusal> {
    let gone =
        state.endpoints.remove(id).ok_or_else(|| Refusal::no_such("webhook endpoint", id, "webhook_endpoint"))?;
    state.webhooks.endpoints.retain(|endpoint| gone["url"] != *endpoint.url);
    Ok(json!({ "id": id, "object": "webhook_endpoint", "deleted": true }))
}
