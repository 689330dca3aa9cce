//! The one-time setup address: it opens the first step to whoever has it, for a day, and until there is an owner.

use std::sync::PoisonError;

use jiff::{SignedDuration, Timestamp};

use super::App;
use crate::actions::owners::is_good;
use crate::credentials;
use crate::store;

/// An address that somebody finds later, in a chat or a terminal's history, is of no use any more.
const GOOD_FOR: SignedDuration = SignedDuration::from_hours(24);

/// What the address ends with.
pub(super) struct Secret {
    text: String,
    until: Timestamp,
}

impl App {
    /// The path of the setup address and when it ends; `None` once there is an owner. Made on the first call, and anew once
    /// it has ended.
    ///
    /// # Errors
    /// The store cannot be read, or the operating system gave no random numbers.
    pub fn setup_link(&self) -> Result<Option<(String, Timestamp)>, store::Error> {
        let mut setup = self.setup.write().unwrap_or_else(PoisonError::into_inner);
        if !self.store.read(|r| r.owners())?.is_empty() {
            *setup = None;
            return Ok(None);
        }
        let now = self.clock.now();
        let (text, until) = match setup.take().filter(|secret| is_good(secret.until, now, GOOD_FOR)) {
            Some(secret) => (secret.text, secret.until),
            None => {
                let text = credentials::new_secret().map_err(|error| store::Error::Entropy(error.to_string()))?;
                (text, now.checked_add(GOOD_FOR).unwrap_or(Timestamp::MAX))
            }
        };
        let path = format!("/admin/setup/{text}");
        *setup = Some(Secret { text, until });
        Ok(Some((path, until)))
    }

    /// The secret of the setup address.
    ///
    /// # Errors
    /// As [`App::setup_link`].
    pub fn setup_secret(&self) -> Result<Option<String>, store::Error> {
        let link = self.setup_link()?;
        Ok(link.and_then(|(path, _)| Some(path.rsplit('/').next()?.to_owned())))
    }
}
