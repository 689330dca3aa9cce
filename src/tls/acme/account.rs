//! Our account at the authority: opened once, kept in the vault, opened anew if the authority has forgotten it.

use std::sync::Arc;

use instant_acme::{Account, AccountCredentials, NewAccount};

use super::client::Line;
use super::failure::Failure;
use super::{Applicant, Signed};

impl Applicant {
    /// The account that we have, or a new one. Whoever names a domain agrees to the authority's terms: there is no
    /// certificate otherwise.
    pub(super) async fn sign_in(&self) -> Result<Signed, Failure> {
        let line = Line::of(self)?;
        let heard = Arc::clone(&line.heard);
        let account = match self.credentials()? {
            Some(credentials) => Account::builder_with_http(Box::new(line)).from_credentials(credentials).await,
            None => return self.sign_up(line).await,
        };
        let account = account.map_err(Failure::of).map_err(|failure| heard.explain(failure, self.clock.now()))?;
        Ok(Signed { account, heard })
    }

    async fn sign_up(&self, line: Line) -> Result<Signed, Failure> {
        let heard = Arc::clone(&line.heard);
        let contact: Vec<String> = self.acme.contact.iter().map(|address| format!("mailto:{address}")).collect();
        let contact: Vec<&str> = contact.iter().map(String::as_str).collect();
        let new = NewAccount { contact: &contact, terms_of_service_agreed: true, only_return_existing: false };
        let directory = self.acme.directory.as_str().to_owned();
        let made = Account::builder_with_http(Box::new(line)).create(&new, directory.clone(), None).await;
        let (account, credentials) =
            made.map_err(Failure::of).map_err(|failure| heard.explain(failure, self.clock.now()))?;
        let text = serde_json::to_string(&credentials).map_err(|error| Failure::unexpected(error.to_string()))?;
        let vault = self.vault.clone();
        vault.make_ready().map_err(|error| Failure::of_store(&error))?;
        self.store
            .write(move |w| w.put_acme_account(&vault, &directory, &text))
            .await
            .map_err(|error| Failure::of_store(&error))?;
        tracing::info!(authority = %self.acme.directory, "an account for certificates was opened");
        Ok(Signed { account, heard })
    }

    fn credentials(&self) -> Result<Option<AccountCredentials>, Failure> {
        let text = self.store.read(|r| r.acme_account(&self.vault, self.acme.directory.as_str()));
        let text = text.map_err(|error| Failure::of_store(&error))?;
        // What an older version wrote and nobody understands any more is as good as none.
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// The authority does not know the account any more: the next try opens another.
    pub(super) async fn forget_account(&self) -> Result<(), Failure> {
        let directory = self.acme.directory.as_str().to_owned();
        self.store.write(move |w| w.forget_acme_account(&directory)).await.map_err(|error| Failure::of_store(&error))
    }
}
