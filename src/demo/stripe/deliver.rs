//! Webhooks by hand: hold, lose, repeat, replay, and wait for the answers.

use serde_json::{Value, json};

use super::StandIn;
use super::courier;
use super::events;
use super::signature;
use super::state::State;
use super::webhooks::{Delivery, DeliveryMode, Progress, Try, WebhookEndpoint};

impl StandIn {
    /// Adds an endpoint, or replaces the one with the same address.
    pub fn add_webhook(&self, endpoint: WebhookEndpoint) {
        self.adjust(|state| {
            state.webhooks.endpoints.retain(|other| other.url != endpoint.url);
            state.webhooks.endpoints.push(endpoint);
        });
    }

    pub fn remove_webhooks(&self) {
        self.adjust(|state| state.webhooks.endpoints.clear());
    }

    /// Begins to roll an endpoint's secret: deliveries are signed with the new one and the old ones.
    pub fn roll_secret(&self, url: &str, secret: &str) {
        self.change_webhook(url, |endpoint| endpoint.secrets.insert(0, secret.to_owned()));
    }

    /// Ends the roll: only the newest secret signs.
    pub fn finish_roll(&self, url: &str) {
        self.change_webhook(url, |endpoint| endpoint.secrets.truncate(1));
    }

    /// Switches an endpoint on or off, as its owner or Stripe does.
    pub fn enable_webhook(&self, url: &str, enabled: bool) {
        self.change_webhook(url, |endpoint| endpoint.enabled = enabled);
        self.change_shown(url, |shown| shown["status"] = json!(if enabled { "enabled" } else { "disabled" }));
    }

    /// Lets an endpoint speak another version, as if it had been made before an upgrade.
    pub fn set_webhook_version(&self, url: &str, version: &str) {
        self.change_webhook(url, |endpoint| version.clone_into(&mut endpoint.api_version));
        self.change_shown(url, |shown| shown["api_version"] = json!(version));
    }

    /// Lets an endpoint send these types only, as if it had been made before an upgrade.
    pub fn set_webhook_types(&self, url: &str, types: &[&str]) {
        let kinds: Vec<String> = types.iter().map(|kind| (*kind).to_owned()).collect();
        self.change_webhook(url, |endpoint| endpoint.types.clone_from(&kinds));
        self.change_shown(url, |shown| shown["enabled_events"] = json!(kinds));
    }

    /// Webhook endpoints as the API shows them, newest first.
    pub fn webhook_endpoints(&self) -> Vec<Value> {
        self.peek(|state| state.endpoints.newest().cloned().collect())
    }

    fn change_shown(&self, url: &str, change: impl Fn(&mut Value)) {
        self.adjust(|state| {
            let ids: Vec<String> = state
                .endpoints
                .newest()
                .filter(|shown| shown["url"] == url)
                .filter_map(|shown| shown["id"].as_str().map(str::to_owned))
                .collect();
            for id in ids {
                state.endpoints.get_mut(&id).map(&change);
            }
        });
    }

    fn change_webhook(&self, url: &str, change: impl FnOnce(&mut WebhookEndpoint)) {
        self.adjust(|state| state.webhooks.endpoints.iter_mut().find(|endpoint| endpoint.url == url).map(change));
    }

    pub fn delivery_mode(&self) -> DeliveryMode {
        self.peek(|state| state.webhooks.mode)
    }

    pub fn set_delivery_mode(&self, mode: DeliveryMode) {
        self.adjust(|state| state.webhooks.mode = mode);
    }

    /// Every delivery so far, oldest first.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.peek(|state| state.webhooks.all())
    }

    /// Sends an event to the endpoints that it has not reached: held, lost or refused to the last. Returns what the endpoints answered, in order; `None` is no answer.
    pub async fn deliver_now(&self, event: &str) -> Vec<Option<u16>> {
        let waiting = self.adjust(|state| state.webhooks.release(Some(event)));
        self.send_all(waiting).await
    }

    /// Sends an event once more, whatever became of it before. Answers as [`StandIn::deliver_now`].
    pub async fn replay(&self, event: &str) -> Vec<Option<u16>> {
        let again = self.adjust(|state| {
            let kind = state.events.get(event).and_then(|event| event["type"].as_str()).unwrap_or_default().to_owned();
            state.webhooks.add(event, &kind, Progress::Queued)
        });
        self.send_all(again).await
    }

    /// Sends everything that has not arrived, oldest first.
    pub async fn resend_all(&self) -> Vec<Option<u16>> {
        let waiting = self.adjust(|state| state.webhooks.release(None));
        self.send_all(waiting).await
    }

    async fn send_all(&self, deliveries: Vec<u64>) -> Vec<Option<u16>> {
        let mut answers = Vec::new();
        for id in deliveries {
            courier::send(self, id, true).await;
            answers.push(self.peek(|state| state.webhooks.get(id).and_then(|delivery| delivery.tries.last()?.status)));
        }
        answers
    }

    /// Waits until no delivery is on its way or due for another try.
    pub async fn delivered(&self) {
        self.wait_until(|state| !state.webhooks.under_way()).await;
    }

    /// Waits until every endpoint has answered the event's first try, or `ANSWER_WITHIN` is over.
    pub(super) async fn first_answer(&self, event: &str) {
        let answered = self.wait_until(|state| {
            state.webhooks.of(event).all(|delivery| delivery.progress != Progress::Queued || !delivery.tries.is_empty())
        });
        let _ = tokio::time::timeout(courier::ANSWER_WITHIN, answered).await;
    }

    /// Announces any event about any object: one of another app, of a type nobody knows, of a live account.
    pub fn announce(&self, kind: &str, object: &Value) -> String {
        self.with(|state| events::record(state, kind, object))
    }

    /// As [`StandIn::announce`], with the event itself changed before it is sent: a thin one, one of a connected account,
    /// one of the other mode.
    pub fn announce_strange(&self, kind: &str, object: &Value, change: impl FnOnce(&mut Value)) -> String {
        self.with(|state| {
            let id = events::record(state, kind, object);
            state.events.get_mut(&id).map(change);
            id
        })
    }

    /// The signature header that a delivery of `payload` would have now, with these secrets.
    pub fn sign(&self, payload: &str, secrets: &[String]) -> String {
        self.peek(|state| signature::header(payload, state.now(), secrets, !state.options.livemode))
    }
}

/// Writes down a try; a success leaves one webhook less pending on the event.
pub(super) fn tried(state: &mut State, delivery: u64, outcome: Try, last: bool) -> Progress {
    let progress = state.webhooks.tried(delivery, outcome, last);
    let event = state.webhooks.get(delivery).map(|delivery| delivery.event.clone()).unwrap_or_default();
    if progress == Progress::Delivered
        && let Some(event) = state.events.get_mut(&event)
    {
        let pending = event["pending_webhooks"].as_i64().unwrap_or_default();
        event["pending_webhooks"] = json!(pending.saturating_sub(1).max(0));
    }
    progress
}
