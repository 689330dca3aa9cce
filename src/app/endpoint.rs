//! The way back from Stripe: setting the webhook endpoint up, looking after it, and the secrets that it signs with.

use super::{App, StartError, WEBHOOK_SECRETS};
use crate::actions::sensitive::{self, Before};
use crate::billing::sensitive::Sensitive;
use crate::config::{WebOrigin, WebhookSecret};
use crate::payments::endpoints::{self, EndpointError, SetUp, tend};
use crate::payments::till::Till;
use crate::store::Writer;

impl App {
    /// Stores a signing secret that was typed in beside those in force, and puts it in force. `by` says who does it and
    /// with what, for the owners.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn add_webhook_secret(&self, secret: WebhookSecret, by: String) -> Result<(), StartError> {
        let vault = self.vault.clone();
        vault.make_ready()?;
        let add = move |w: &mut Writer<'_>| {
            let before = if w.secret(&vault, WEBHOOK_SECRETS)?.is_some() { Before::Something } else { Before::Nothing };
            endpoints::add_secret(w, &vault, &secret)?;
            sensitive::tell(w, Sensitive::WebhookSecret, before, &by)
        };
        self.store.write(add).await?;
        self.connect()
    }

    /// Takes one signing secret away, by its fingerprint; the others stay in force. `by` as for one that is added.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn remove_webhook_secret(&self, fingerprint: String, by: String) -> Result<(), StartError> {
        let vault = self.vault.clone();
        let remove = move |w: &mut Writer<'_>| {
            if endpoints::remove_secret(w, &vault, &fingerprint)? {
                sensitive::tell(w, Sensitive::WebhookSecretRemoved, Before::Something, &by)?;
            }
            Ok::<_, crate::store::Error>(())
        };
        self.store.write(remove).await?;
        self.connect()
    }

    /// Sets the webhook endpoint up at Stripe with the key of `till`, which need not be the one in use, and puts its
    /// secret in force.
    ///
    /// # Errors
    /// Stripe refused or could not be asked, or the store failed. Trying again is safe.
    pub async fn set_up_endpoint(&self, till: &Till) -> Result<SetUp, EndpointError> {
        let _turn = self.registering.lock().await;
        self.vault.make_ready()?;
        let done = endpoints::set_up(till, &self.vault).await?;
        self.connect_again()?;
        Ok(done)
    }

    /// Looks after the webhook endpoint, as far as the key in use may.
    ///
    /// # Errors
    /// As [`App::set_up_endpoint`].
    pub async fn tend_endpoint(&self) -> Result<(), EndpointError> {
        let Some(till) = self.till_on_schedule() else { return Ok(()) };
        let _turn = self.registering.lock().await;
        self.vault.make_ready()?;
        // A new endpoint has a new secret: where secrets are not kept here, nobody could check what it signs.
        let tended = if self.keeps_webhook_secrets() {
            tend::tend(&till, &self.vault, self.can_set_up_endpoint()).await
        } else {
            tend::add_events(&till).await.map(|()| false)
        };
        till.count_reads().await?;
        if tended? { self.connect_again() } else { Ok(()) }
    }

    /// What is stored was used before, so that only the store can be in the way.
    fn connect_again(&self) -> Result<(), EndpointError> {
        self.connect().map_err(|error| match error {
            StartError::Store(error) => EndpointError::Store(error),
            _ => EndpointError::Unexpected,
        })
    }

    /// Whether the endpoint can be set up by itself: Stripe reaches us, and the secrets are ours to keep.
    #[must_use]
    pub fn can_set_up_endpoint(&self) -> bool {
        self.is_reached_by_stripe() && self.keeps_webhook_secrets()
    }

    /// Whether secrets that are kept are in force: those of the configuration win.
    #[must_use]
    pub fn keeps_webhook_secrets(&self) -> bool {
        !self.config.is_fixed(WEBHOOK_SECRETS) && self.config.stripe.webhook_secrets.is_empty()
    }

    /// Whether Stripe can reach the public address: it is one of the internet, or Stripe is a stand-in on this machine.
    #[must_use]
    pub fn is_reached_by_stripe(&self) -> bool {
        let url = &self.config.server.public_url;
        let is_next_door = self.config.stripe.api_base.as_ref().is_some_and(WebOrigin::is_loopback);
        is_next_door || (url.is_https() && !url.is_loopback())
    }
}
