//! The owner enters another Stripe key: what becomes of the checkouts that are open under the present one.
//!
//! A checkout lives in the account that it was made in, and only a key of that account can prove what is paid on it. A
//! rolled key of the same account changes nothing; before any other key the open checkouts are closed with the present
//! one, which will not be there afterwards.

use std::time::Duration;

use super::client::Patience;
use super::close::close;
use super::till::Till;
use crate::billing::attempt::Attempt;
use crate::billing::log::Channel;
use crate::store::Error;

/// How long the owner waits while checkouts are closed; those that are left end by themselves within hours.
const CLOSE_WITHIN: Duration = Duration::from_secs(15);

/// Why the Stripe key should not be changed to that of `next` just now, in words for the owner; `None` if nothing speaks
/// against it.
///
/// # Errors
/// The store failed.
pub async fn obstacle(present: &Till, next: &Till) -> Result<Option<String>, Error> {
    let open = open_checkouts(present)?;
    let subject = match open.as_slice() {
        [] => return Ok(None),
        [first, ..] if is_of_the_same_account(next, first).await => return Ok(None),
        [_] => "One checkout is".to_owned(),
        more => format!("{} checkouts are", more.len()),
    };
    Ok(Some(format!(
        "{subject} open with the present key, and this one does not know of it: what is paid there could not be proven. \
         Wait until they have ended, two hours at most unless a bank payment is under way, or have them closed first."
    )))
}

/// Closes the open checkouts with the key that is about to go. Those that cannot be closed stay as they are; a payment
/// that came first is booked.
///
/// # Errors
/// The store failed.
pub async fn close_all(present: &Till) -> Result<(), Error> {
    let open = open_checkouts(present)?;
    let closing = async {
        for attempt in &open {
            if let Err(refusal) = close(present, attempt.invoice, Channel::Owner).await {
                tracing::warn!(attempt = %attempt.id, reason = %refusal, "a checkout stays open under the old key");
            }
        }
    };
    if tokio::time::timeout(CLOSE_WITHIN, closing).await.is_err() {
        tracing::warn!("Stripe was too slow to close every checkout that is open under the old key");
    }
    Ok(())
}

/// Attempts on which money may still come; a session that nobody knows the address of can be paid by nobody.
fn open_checkouts(present: &Till) -> Result<Vec<Attempt>, Error> {
    let live = present.store.read(|r| r.live_attempts())?;
    let may_be_paid = |attempt: &Attempt| attempt.account == present.account && attempt.session.is_some();
    Ok(live.into_iter().filter(may_be_paid).collect())
}

/// Whether the new key sees a session of the present one. If it cannot be asked, nobody knows, and the owner decides.
async fn is_of_the_same_account(next: &Till, attempt: &Attempt) -> bool {
    match &attempt.session {
        Some(session) => next.ask(Patience::Request).session(session).await.is_ok(),
        None => false,
    }
}
