//! What is kept for a time only is forgotten, once an hour; and the owner is reminded of deadlines as they come near.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;

use super::rest::Rest;
use crate::actions::{disputes, owners};
use crate::app::App;
use crate::store::Error;

const INTERVAL: SignedDuration = SignedDuration::from_hours(1);
/// CONTRACT: how long the answer to an idempotency key is remembered.
const REMEMBERED_FOR: SignedDuration = SignedDuration::from_hours(24);
/// How long events are kept so that one which comes again is known. Stripe tries for three days, its Dashboard sends
/// again for 15, and its list of events, which we ask after a long pause, reaches back 30.
const EVENTS_FOR: SignedDuration = SignedDuration::from_hours(35 * 24);
/// Events that one transaction forgets: others wait for it.
const EVENTS_AT_ONCE: usize = 200;

pub(super) async fn run(mut rest: Rest) {
    let app = Arc::clone(&rest.app);
    while !rest.is_over() {
        let goes_on = match round(&app).await {
            Ok(next) => rest.until(&Notify::new(), Some(next)).await,
            Err(error) => rest.after("clockwork", &error).await,
        };
        if goes_on.is_break() {
            return;
        }
    }
}

async fn round(app: &App) -> Result<Timestamp, Error> {
    app.store
        .write(|w| {
            w.forget_remembered(before(w.now(), REMEMBERED_FOR))?;
            owners::end_old_sessions(w)
        })
        .await?;
    let mut forgotten = EVENTS_AT_ONCE;
    while forgotten == EVENTS_AT_ONCE {
        forgotten = app.store.write(|w| w.forget_events(before(w.now(), EVENTS_FOR), EVENTS_AT_ONCE)).await?;
    }
    let reminder = app.store.write(disputes::remind).await?;
    let next = app.clock.now().saturating_add(INTERVAL).unwrap_or(Timestamp::MAX);
    Ok(reminder.map_or(next, |reminder| reminder.min(next)))
}

fn before(now: Timestamp, time: SignedDuration) -> Timestamp {
    now.saturating_sub(time).unwrap_or(Timestamp::MIN)
}
