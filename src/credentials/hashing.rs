//! Hashing passwords: argon2id, few at once, and a queue that has an end.
//!
//! Each hash takes 19 MiB and a core for some hundredths of a second. A flood of sign-ins gets its turns and no more; payers'
//! pages are answered beside it.

use std::sync::Arc;
use std::thread::available_parallelism;

use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use super::password::{Chosen, PASSWORD_CHARS_MAX, PasswordError};

/// OWASP's and ASVS's parameters: memory in KiB, passes, lanes.
const ARGON2: (u32, u32, u32) = (19_456, 2, 1);
/// Where there are this many cores or fewer, one is left to the payers.
const CORES_FEW: usize = 2;
/// Who waits for a turn: two seconds' worth. Whoever comes then is asked to come again.
const WAITING_MAX: usize = 20;

/// The turns.
pub struct Hashing {
    turns: Arc<Semaphore>,
    /// Turns, and places to wait for one.
    places: Arc<Semaphore>,
}

/// Too many wait for a turn already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("many people sign in at this moment; try again in some seconds")]
pub struct Busy;

impl From<Busy> for PasswordError {
    fn from(_: Busy) -> Self {
        Self::Busy
    }
}

impl Default for Hashing {
    fn default() -> Self {
        let cores = available_parallelism().map_or(1, std::num::NonZero::get);
        Self::with_turns(if cores <= CORES_FEW { 1 } else { 2 })
    }
}

impl Hashing {
    fn with_turns(turns: usize) -> Self {
        let places = Arc::new(Semaphore::new(turns + WAITING_MAX));
        Self { turns: Arc::new(Semaphore::new(turns)), places }
    }

    /// argon2id of a password, in the PHC format.
    ///
    /// # Errors
    /// Too many wait, or hashing failed.
    pub async fn hash(&self, password: Chosen) -> Result<String, PasswordError> {
        self.hash_text(password.into_text()).await?.ok_or(PasswordError::Failed)
    }

    /// The hash of a password that is known to be right, if the stored one was made with other parameters than today's.
    pub async fn renewed(&self, password: String, stored: &str) -> Option<String> {
        if is_of_today(stored) {
            return None;
        }
        self.hash_text(password).await.ok().flatten()
    }

    async fn hash_text(&self, password: String) -> Result<Option<String>, Busy> {
        self.in_turn(move || argon2().hash_password(password.as_bytes()).map(|hash| hash.to_string()).ok())
            .await
            .map(Option::flatten)
    }

    /// Whether a password is the one of this hash. Without a hash it takes as long and says no, so that the time of the
    /// answer does not tell whether an account exists.
    ///
    /// # Errors
    /// Too many wait.
    pub async fn verify(&self, password: String, hash: Option<String>) -> Result<bool, Busy> {
        if password.chars().count() > PASSWORD_CHARS_MAX {
            return Ok(false);
        }
        let verified = self.in_turn(move || match hash.as_deref().map(PasswordHash::new) {
            Some(Ok(hash)) => argon2().verify_password(password.as_bytes(), &hash).is_ok(),
            _ => {
                let _ = argon2().hash_password(password.as_bytes());
                false
            }
        });
        Ok(verified.await?.unwrap_or(false))
    }

    /// `None` if the work did not come to its end.
    async fn in_turn<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<Option<T>, Busy> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| Busy)?;
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| Busy)?;
        // Both are given back when the work is done, also if nobody waits for it any more.
        let done = tokio::task::spawn_blocking(move || {
            let _held = (place, turn);
            work()
        });
        Ok(done.await.ok())
    }
}

fn argon2() -> Argon2<'static> {
    let (memory, passes, lanes) = ARGON2;
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(memory, passes, lanes, None).unwrap_or_default())
}

/// Whether a hash was made as hashes are made today.
fn is_of_today(hash: &str) -> bool {
    let (memory, passes, lanes) = ARGON2;
    hash.starts_with(&format!("$argon2id$v=19$m={memory},t={passes},p={lanes}$"))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may panic, and tries several at once")]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;

    use super::*;
    use crate::credentials::Whose;

    const PASSWORD: &str = "my cat sits on the ledger";

    #[tokio::test]
    async fn a_password_is_verified_against_its_hash() {
        let hashing = Hashing::default();
        let hash = hashing.hash(Chosen::new(PASSWORD, Whose::default()).unwrap()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        for (typed, stored, expected) in [
            (PASSWORD, Some(hash.clone()), true),
            ("my dog sits on the ledger", Some(hash.clone()), false),
            (PASSWORD, None, false),
            (PASSWORD, Some("locked".to_owned()), false),
        ] {
            assert_eq!(hashing.verify(typed.to_owned(), stored).await, Ok(expected), "{typed}");
        }
    }

    #[tokio::test]
    async fn a_hash_of_other_parameters_is_renewed_and_one_of_todays_is_not() {
        let hashing = Hashing::default();
        let weak = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(8_192, 1, 1, None).unwrap());
        let stored = weak.hash_password(PASSWORD.as_bytes()).unwrap().to_string();
        assert_eq!(hashing.verify(PASSWORD.to_owned(), Some(stored.clone())).await, Ok(true), "it is still right");
        let renewed = hashing.renewed(PASSWORD.to_owned(), &stored).await.unwrap();
        assert_eq!(hashing.verify(PASSWORD.to_owned(), Some(renewed.clone())).await, Ok(true));
        assert_eq!(hashing.renewed(PASSWORD.to_owned(), &renewed).await, None);
    }

    #[tokio::test]
    async fn one_has_its_turn_twenty_wait_and_the_next_is_asked_to_come_again() {
        let hashing = Arc::new(Hashing::with_turns(1));
        let (at_work, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (let_go, held) = mpsc::channel::<()>();
        let (told, has_begun) = tokio::sync::oneshot::channel();
        let first = Arc::clone(&hashing);
        let first = tokio::spawn(async move {
            let work = move || {
                let _ = told.send(());
                let _ = held.recv();
            };
            first.in_turn(work).await
        });
        has_begun.await.unwrap();
        let mut waiting = Vec::new();
        for _ in 0..WAITING_MAX {
            let (hashing, at_work, most) = (Arc::clone(&hashing), Arc::clone(&at_work), Arc::clone(&most));
            let work = move || {
                most.fetch_max(at_work.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                at_work.fetch_sub(1, Ordering::SeqCst);
            };
            waiting.push(tokio::spawn(async move { hashing.in_turn(work).await }));
        }
        while hashing.places.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(hashing.in_turn(|| ()).await, Err(Busy));
        let_go.send(()).unwrap();
        assert_eq!(first.await.unwrap(), Ok(Some(())));
        for one in waiting {
            assert_eq!(one.await.unwrap(), Ok(Some(())));
        }
        assert_eq!(most.load(Ordering::SeqCst), 1, "one at once");
        assert_eq!(hashing.in_turn(|| ()).await, Ok(Some(())), "and then there is room again");
    }
}
