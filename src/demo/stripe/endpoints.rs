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
    let id = endpoint["id"].as_str().unwrap_or_default().to_owned();
    state.webhooks.endpoints.push(WebhookEndpoint { id, types: kinds(&types), ..WebhookEndpoint::new(url, &secret) });
    endpoint["secret"] = json!(secret);
    Ok(endpoint)
}

/// The types as deliveries know them: none means all.
fn kinds(types: &[&str]) -> Vec<String> {
    types.iter().filter(|kind| **kind != "*").map(|kind| (*kind).to_owned()).collect()
}

/// `POST /v1/webhook_endpoints/{id}`. The version and the secret stay what they are.
pub(super) fn update(state: &mut State, id: &str, params: &Params) -> Result<Value, Refusal> {
    params.only(&["url", "enabled_events[]", "disabled", "description", "metadata[*]", "expand[]"])?;
    let types = params.texts("enabled_events")?;
    let (url, disabled) = (params.text("url")?, params.boolean("disabled")?);
    let metadata = params.metadata("metadata")?;
    let shown =
        state.endpoints.get_mut(id).ok_or_else(|| Refusal::no_such("webhook endpoint", id, "webhook_endpoint"))?;
    if !types.is_empty() {
        shown["enabled_events"] = json!(types);
    }
    if let Some(url) = url {
        shown["url"] = json!(url);
    }
    if let Some(disabled) = disabled {
        shown["status"] = json!(if disabled { "disabled" } else { "enabled" });
    }
    for (name, value) in metadata {
        shown["metadata"][name] = value;
    }
    let shown = shown.clone();
    if let Some(endpoint) = state.webhooks.endpoints.iter_mut().find(|endpoint| endpoint.id == id) {
        if !types.is_empty() {
            endpoint.types = kinds(&types);
        }
        endpoint.url = url.map_or(endpoint.url.clone(), str::to_owned);
        endpoint.enabled = shown["status"] == "enabled";
    }
    Ok(shown)
}

/// `DELETE /v1/webhook_endpoints/{id}`.
pub(super) fn delete(state: &mut State, id: &str) -> Result<Value, Refusal> {
    let gone =
        state.endpoints.remove(id).ok_or_else(|| Refusal::no_such("webhook endpoint", id, "webhook_endpoint"))?;
    state.webhooks.endpoints.retain(|endpoint| gone["id"] != *endpoint.id);
    Ok(json!({ "id": id, "object": "webhook_endpoint", "deleted": true }))
}
