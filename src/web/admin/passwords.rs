//! Passwords of owners at the pages: checked and hashed in turn, and never tried out in an open browser.

use std::time::{Duration, Instant};

use super::desk::Desk;
use crate::app::App;
use crate::credentials::{Busy, Chosen, PasswordError};
use crate::web::error::Error;

/// Those who wait before have their turns within two seconds.
const COME_AGAIN_AFTER: Duration = Duration::from_secs(5);

/// Whether a password is the one of this hash.
///
/// # Errors
/// Too many are at it: `503`.
pub async fn is_right(app: &App, password: String, hash: Option<String>) -> Result<bool, Error> {
    app.hashing.verify(password, hash).await.map_err(later)
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
