//! Passwords of owners at the pages: checked and hashed in turn, and never tried out in an open browser.

use std::time::{Duration, Instant};

use super::desk::Desk;
use crate::app::App;
use crate::credentials::{Busy, Chosen, PasswordError};
use crate::payments::notices::{self, Notice};
use crate::store::Owner;
use crate::web::error::Error;

/// Wrong passwords for one account within a day beyond which the owners are told: people who forgot theirs stop before.
const GUESSES_MAX: u32 = 50;
/// Those who wait before have their turns within two seconds.
const COME_AGAIN_AFTER: Duration = Duration::from_secs(5);

async fn is_right(app: &App, password: String, hash: Option<String>) -> Result<bool, Error> {
    app.hashing.verify(password, hash).await.map_err(later)
}

/// Whether a password is this owner's. A wrong one is counted, wherever it was typed; nobody's password is wrong.
///
/// # Errors
/// Too many are at it: `503`.
pub async fn is_of(app: &App, owner: Option<&Owner>, password: String) -> Result<bool, Error> {
    let is_right = is_right(app, password, owner.map(|owner| owner.password_hash.clone())).await?;
    if let Some(owner) = owner.filter(|_| !is_right) {
        note_guess(app, owner).await;
    }
    Ok(is_right)
}

/// Tells the owners of the first wrong password for an account that is one too many within a day.
async fn note_guess(app: &App, owner: &Owner) {
    if app.guesses.count(owner.id, app.clock.now()) != GUESSES_MAX + 1 {
        return;
    }
    if let Err(error) = app.store.write(|w| notices::raise(w, Notice::PasswordsTried)).await {
        tracing::warn!(%error, "a notice for the owner could not be stored");
    }
}

/// What is stored of a password.
///
/// # Errors
/// Too many are at it: `503`.
pub async fn hashed(app: &App, password: Chosen) -> Result<String, Error> {
    app.hashing.hash(password).await.map_err(|error| match error {
        PasswordError::Busy => later(Busy),
        other => Error::internal(other),
    })
}

fn later(busy: Busy) -> Error {
    Error::Unavailable { detail: format!("Sorry, {busy}."), retry_after: COME_AGAIN_AFTER }
}

/// Counts a try of whoever is signed in, since whoever finds an open browser must not be able to find the password out.
/// The key under which it is forgotten if it was right.
///
/// # Errors
/// It is too early for another.
pub fn count_try(desk: &Desk) -> Result<String, Error> {
    let tries = format!("password {}", desk.me.owner.id);
    match desk.app.sign_in_tries.count(&tries, Instant::now()) {
        Ok(()) => Ok(tries),
        Err(wait) => Err(Error::TooManyRequests { retry_after: wait }),
    }
}

#[cfg(test)]
mod tests {
    use super::{Busy, Error, later};

    #[test]
    fn who_finds_no_place_is_asked_to_come_again() {
        let Error::Unavailable { detail, retry_after } = later(Busy) else { panic!("it is another refusal") };
        assert!(detail.contains("try again in some seconds") && retry_after.as_secs() > 0, "{detail}");
    }
}
