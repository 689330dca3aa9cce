//! Whether Stripe tells of payments: one that was made and that no event told of says that webhooks do not arrive.

use jiff::{SignedDuration, Timestamp};

use super::{Notice, note};
use crate::payments::till::Till;
use crate::store::Error;

/// A payment that no event told of within this time was told of by none: Stripe sends within seconds, and again within
/// the hour.
const TOLD_WITHIN: SignedDuration = SignedDuration::from_hours(2);
/// An event may come before the payment that it tells of is booked.
const ON_ITS_WAY: SignedDuration = SignedDuration::from_mins(2);
/// Payments of so many days are looked at for one that no event told of.
const LOOKED_BACK: SignedDuration = SignedDuration::from_hours(3 * 24);

/// Notes whether events tell of payments. Without a signing secret none is expected.
pub async fn note_silence(till: &Till, expects_events: bool) {
    match is_silent(till).map(|silent| silent && expects_events) {
        Ok(true) => note(till, Some(Notice::WebhooksSilent), &[]).await,
        Ok(false) => note(till, None, &[Notice::WebhooksSilent]).await,
        Err(error) => tracing::warn!(error = %error, "whether webhooks arrive could not be looked up"),
    }
}

/// Whether a payment was made through Stripe, a while ago and after the last event.
fn is_silent(till: &Till) -> Result<bool, Error> {
    let now = till.now();
    let before = |time| now.saturating_sub(time).unwrap_or(Timestamp::MIN);
    let due = before(TOLD_WITHIN);
    till.store.read(|r| {
        let last = r.last_event_at()?.unwrap_or(Timestamp::MIN);
        let payments = r.payments_since(before(LOOKED_BACK))?;
        let is_untold = |at: Timestamp| at <= due && at.saturating_sub(ON_ITS_WAY).unwrap_or(at) > last;
        let ours = payments.iter().filter(|payment| payment.book == till.book() && payment.method.stripe().is_some());
        Ok(ours.into_iter().any(|payment| is_untold(payment.received_at)))
    })
}
