//! Questions that change nothing and are asked only to learn whether the key may ask them.

use serde::de::IgnoredAny;

use super::transport::Call;
use super::{CallError, Client, FailKind};
use crate::payments::form::{Form, Operation, idempotency_key};

impl Client {
    /// Whether the key may read what is at `path`, a list.
    ///
    /// # Errors
    /// It may not, or Stripe cannot be asked.
    pub async fn may_read(&self, path: &str) -> Result<(), CallError> {
        let query = if path == "/v1/balance" { Form::new() } else { Form::new().with("limit", 1) };
        self.get::<IgnoredAny>(path.to_owned(), query).await.map(drop)
    }

    /// Whether the key may write at `path`: `invalid` is a body that Stripe must refuse, which it says only to a key that
    /// may.
    ///
    /// # Errors
    /// It may not, or Stripe cannot be asked.
    pub async fn may_write(&self, path: &str, invalid: &str) -> Result<(), CallError> {
        let name = path.replace('/', "_");
        let row = format!("{name}:{}", self.stripe_now().as_second());
        let key = idempotency_key(Operation::Probe, self.appliance(), &row);
        let asked: Result<_, CallError> =
            self.ask::<IgnoredAny>(Call::Post { path: path.to_owned(), body: invalid, key: &key }).await;
        match asked {
            Ok(_)
            | Err(CallError::Fail { kind: FailKind::Refused | FailKind::NotFound | FailKind::Idempotency, .. }) => {
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}
