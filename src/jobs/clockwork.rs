//! What is kept for a time only is forgotten, once an hour.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;

use super::rest::Rest;
use crate::actions::owners;
use crate::app::App;
use crate::store::Error;

const INTERVAL: SignedDuration = SignedDuration::from_hours(1);
/// CONTRACT: how long the answer to an idempotency key is remembered.
const REMEMBERED_FOR: SignedDuration = SignedDuration::from_hours(24);

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
            let until = w.now().saturating_sub(REMEMBERED_FOR).unwrap_or(Timestamp::MIN);
            w.forget_remembered(until)?;
            owners::end_old_sessions(w)
        })
        .await?;
    Ok(app.clock.now().saturating_add(INTERVAL).unwrap_or(Timestamp::MAX))
}
