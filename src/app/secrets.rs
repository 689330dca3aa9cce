//! Secrets that the owner typed in: stored, put in force, and told to the owners.
//!
//! Whoever takes the mail server away must not thereby silence the mail about it: the one that was in force is kept,
//! encrypted like any secret, until that mail has left by it.

use std::sync::Arc;

use super::{App, MAIL_FROM, Post, SMTP, STRIPE_KEY, StartError, WEBHOOK_SECRETS};
use crate::actions::second_step;
use crate::actions::sensitive::{self, Before};
use crate::billing::sensitive::Sensitive;
use crate::config::{Sender, SmtpAddress};
use crate::store::certificates::MADE_HERE;
use crate::store::vault::Vault;
use crate::store::{self, Writer};

/// The mail server that was in force before, and in a second line whom mails were from.
const FORMER_POST: &str = "mail.former";

impl App {
    /// The names of the secrets that were typed in and cannot be read any more, as far as they would be in force.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn unreadable_secrets(&self) -> Result<Vec<String>, store::Error> {
        let mut names = self.store.read(|r| r.unreadable_secrets(&self.vault))?;
        // A code that cannot be checked is told of where it is asked for: nobody types that secret in.
        let is_ours = |name: &str| name.starts_with(MADE_HERE) || name.starts_with(second_step::SECRETS);
        names.retain(|name| name != FORMER_POST && !self.config.is_fixed(name) && !is_ours(name));
        Ok(names)
    }

    /// The owners whose codes cannot be checked any more.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn unreadable_second_steps(&self) -> Result<Vec<String>, store::Error> {
        self.store.read(|r| {
            let mut emails = Vec::new();
            for owner in r.owners()?.into_iter().filter(|owner| owner.second_step.is_some()) {
                if second_step::secret(&r, &self.vault, owner.id)?.is_none() {
                    emails.push(owner.email);
                }
            }
            Ok(emails)
        })
    }

    /// Stores secrets under their names, or forgets those that are `None`, and puts them in force. `by` says who does it
    /// and with what, for the owners.
    ///
    /// # Errors
    /// The store cannot be written, or what was given cannot be used at all.
    pub async fn keep_secrets(
        &self,
        secrets: Vec<(&'static str, Option<String>)>,
        by: String,
    ) -> Result<(), StartError> {
        let vault = self.vault.clone();
        if secrets.iter().any(|(_, secret)| secret.is_some()) {
            vault.make_ready()?;
        }
        self.store
            .write(move |w| secrets.iter().try_for_each(|(name, secret)| keep(w, &vault, name, secret.as_deref(), &by)))
            .await?;
        self.connect()
    }

    /// The mail server that was in force before the present one, while the owners have not been told by it.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn former_post(&self) -> Result<Option<Post>, store::Error> {
        let Some(text) = self.store.read(|r| r.secret(&self.vault, FORMER_POST))? else { return Ok(None) };
        let (smtp, from) = text.split_once('\n').unwrap_or((&text, ""));
        let Ok(address) = smtp.parse::<SmtpAddress>() else { return Ok(None) };
        let from = from.parse::<Sender>().ok().or_else(|| self.config.mail.from.clone());
        let Ok(mailer) = self.mailer_of(&address) else { return Ok(None) };
        Ok(Some(Post { mailer: Arc::new(mailer), address, from }))
    }
}

/// Forgets the former mail server: the owners were told, or cannot be told by it.
///
/// # Errors
/// The store failed.
pub fn forget_former_post(w: &mut Writer<'_>) -> Result<(), store::Error> {
    w.remove_secret(FORMER_POST)
}

fn keep(w: &mut Writer<'_>, vault: &Vault, name: &str, secret: Option<&str>, by: &str) -> Result<(), store::Error> {
    let before = w.secret(vault, name)?;
    let is_changed = before.as_deref() != secret;
    if is_changed && matches!(name, SMTP | MAIL_FROM) {
        keep_former_post(w, vault)?;
    }
    match secret {
        Some(secret) => w.put_secret(vault, name, secret)?,
        None => w.remove_secret(name)?,
    }
    let Some(change) = change_of(name, secret.is_some()).filter(|_| is_changed) else { return Ok(()) };
    sensitive::tell(w, change, if before.is_some() { Before::Something } else { Before::Nothing }, by)
}

/// The first that was replaced stays until the owners were told, however often it is replaced meanwhile.
fn keep_former_post(w: &mut Writer<'_>, vault: &Vault) -> Result<(), store::Error> {
    if w.secret(vault, FORMER_POST)?.is_some() {
        return Ok(());
    }
    let Some(smtp) = w.secret(vault, SMTP)? else { return Ok(()) };
    let from = w.secret(vault, MAIL_FROM)?.unwrap_or_default();
    w.put_secret(vault, FORMER_POST, &format!("{smtp}\n{from}"))
}

fn change_of(name: &str, is_there: bool) -> Option<Sensitive> {
    match (name, is_there) {
        (STRIPE_KEY, true) => Some(Sensitive::StripeKey),
        (STRIPE_KEY, false) => Some(Sensitive::StripeKeyRemoved),
        (WEBHOOK_SECRETS, true) => Some(Sensitive::WebhookSecret),
        (WEBHOOK_SECRETS, false) => Some(Sensitive::WebhookSecretRemoved),
        (SMTP | MAIL_FROM, _) => Some(Sensitive::MailServer),
        _ => None,
    }
}
