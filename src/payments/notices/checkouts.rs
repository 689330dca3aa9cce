//! Checkouts that nobody is to pay any more, and that Stripe cannot be asked to close (row E4).

use super::{Notice, note};
use crate::billing::attempt::{Attempt, State};
use crate::payments::till::Till;
use crate::store::Error;

/// Notes whether a checkout that nobody is to pay any more is still open because Stripe cannot be asked to close it.
pub(in crate::payments) async fn note_open_checkouts(till: &Till, could_not_close: bool) {
    if could_not_close {
        return note(till, Some(Notice::CheckoutStaysOpen), &[]).await;
    }
    let is_closing = |attempt: &Attempt| matches!(attempt.state, State::Revoking { .. });
    let stands = till.store.read(|r| {
        let is_up = Notice::CheckoutStaysOpen.stands(&r, till.now())?;
        Ok::<_, Error>(!is_up || r.live_attempts()?.iter().any(is_closing))
    });
    match stands {
        Ok(false) => note(till, None, &[Notice::CheckoutStaysOpen]).await,
        Ok(true) => {}
        Err(error) => tracing::warn!(error = %error, "whether checkouts are still open could not be looked up"),
    }
}
