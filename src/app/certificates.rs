//! Certificates as the appliance has them: who obtains them, and which is there already.

use std::sync::Arc;

use super::App;
use crate::config::{Domain, Tls};
use crate::tls::acme::Applicant;
use crate::tls::files::Watched;
use crate::tls::{Doubt, Identity, date, doubt};

impl App {
    /// Whoever obtains certificates for `domain` from the authority that is configured.
    #[must_use]
    pub fn applicant(&self, domain: &Domain) -> Applicant {
        Applicant {
            domain: domain.clone(),
            acme: self.config.server.authority.clone(),
            store: self.store.clone(),
            vault: self.vault.clone(),
            resolver: self.resolver.clone(),
            clock: self.clock.clone(),
            certificates: Arc::clone(&self.certificates),
        }
    }

    /// Shows the certificate that is there already, so that no visitor comes before it. What is wrong with it, or missing, is
    /// looked at and told by the job.
    pub async fn show_certificate(&self) {
        let (identity, place) = match &self.config.server.tls {
            Tls::Off => return,
            Tls::Files { cert_file, key_file } => {
                (Watched::new(cert_file, key_file).look().await.and_then(Result::ok), "its files")
            }
            Tls::Acme(domain) => {
                let kept = self.applicant(domain).kept().ok().flatten();
                let good = kept.map(|(_, identity)| identity).filter(|identity| identity.is_good(self.clock.now()));
                (good, "the store")
            }
        };
        if let Some(identity) = identity {
            tracing::info!(until = date(identity.life.until), "the certificate was taken from {place}");
            self.certificates.keychain.show(identity);
        }
    }

    /// What is wrong with a certificate for visitors of ours.
    #[must_use]
    pub fn doubt(&self, identity: &Identity) -> Option<Doubt> {
        doubt(identity, self.config.server.certified_name().as_deref(), self.clock.now())
    }

    /// The certificate that visitors are shown, unless their browsers refuse it.
    #[must_use]
    pub fn accepted_certificate(&self) -> Option<Arc<Identity>> {
        let shown = self.certificates.keychain.shown()?;
        let is_refused = self.doubt(&shown).is_some_and(|doubt| doubt.is_refused);
        (!is_refused).then_some(shown)
    }
}
