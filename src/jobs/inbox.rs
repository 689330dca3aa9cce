//! Events are worked off as they come in, and again when their next try is due.

use crate::app::App;
use crate::payments::inbox::work_off;
use crate::store::Error;
use jiff::Timestamp;

use super::rest::Rest;

pub(super) async fn run(mut rest: Rest) {
    let app = std::sync::Arc::clone(&rest.app);
    while !rest.is_over() {
        let goes_on = match round(&app).await {
            Ok(next) => rest.until(&app.store.signals().inbox, next).await,
            Err(error) => rest.after("inbox", &error).await,
        };
        if goes_on.is_break() {
            return;
        }
    }
}

/// Works off what is due and says when to come again. Without a Stripe key nobody can be asked, and a copy asks nobody,
/// so events wait.
async fn round(app: &App) -> Result<Option<Timestamp>, Error> {
    let Some(till) = app.till_on_schedule() else { return Ok(None) };
    for (event, settled) in work_off(&till).await? {
        tracing::info!(event = %event.id, kind = %event.kind, moved = settled.is_some_and(|settled| settled.has_moved()), "an event was worked off");
    }
    app.store.read(|r| r.next_event_at())
}
