//! Calls about webhook endpoints: where Stripe sends events.

use super::calls::segment;
use super::transport::Call;
use super::{Answer, CallError, Client, Pages};
use crate::payments::form::Form;
use crate::payments::objects::{Deleted, WebhookEndpoint};

impl Client {
    pub fn webhook_endpoints(&self) -> Pages<WebhookEndpoint> {
        Pages::new(self.clone(), "/v1/webhook_endpoints", Form::new())
    }

    /// Makes an endpoint from [`webhook_endpoint_body`](crate::payments::form::webhook_endpoint_body). Only this answer
    /// holds its secret.
    pub async fn create_webhook_endpoint(&self, body: &str, key: &str) -> Result<Answer<WebhookEndpoint>, CallError> {
        self.ask(Call::Post { path: "/v1/webhook_endpoints".to_owned(), body, key }).await
    }

    /// Changes what can be changed: its events, its address, whether it is switched on.
    pub async fn update_webhook_endpoint(
        &self,
        id: &str,
        body: &str,
        key: &str,
    ) -> Result<Answer<WebhookEndpoint>, CallError> {
        self.ask(Call::Post { path: format!("/v1/webhook_endpoints/{}", segment(id)?), body, key }).await
    }

    /// Deletes an endpoint; one that is gone already is [`NotFound`](super::FailKind::NotFound).
    pub async fn delete_webhook_endpoint(&self, id: &str) -> Result<Answer<Deleted>, CallError> {
        self.ask(Call::Delete { path: format!("/v1/webhook_endpoints/{}", segment(id)?) }).await
    }
}
