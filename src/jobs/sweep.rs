//! Attempts, refunds, disputes and what was filed about them that nobody came back about are looked at when their time has come.

use std::sync::Arc;

use jiff::Timestamp;

use super::rest::Rest;
use crate::app::App;
use crate::billing::log::Channel;
use crate::payments::disputes;
use crate::payments::refunds::look::look;
use crate::payments::sweep::sweep;
use crate::store::Error;

pub(super) async fn run(mut rest: Rest) {
    let app = Arc::clone(&rest.app);
    while !rest.is_over() {
        let goes_on = match round(&app).await {
            Ok(next) => rest.until(&app.store.signals().attempts, next).await,
            Err(error) => rest.after("sweep", &error).await,
        };
        if goes_on.is_break() {
            return;
        }
    }
}

/// Looks at what is due and says when to come again.
async fn round(app: &App) -> Result<Option<Timestamp>, Error> {
    let Some(till) = app.till_on_schedule() else { return Ok(None) };
    let due = app.store.read(|r| r.attempts_due(app.clock.now(), 1))?;
    if !due.is_empty() {
        let swept = sweep(&till, Channel::Schedule, false).await?;
        tracing::info!(
            looked_at = swept.looked_at,
            moved = swept.settled.len(),
            failed = swept.failed,
            "attempts were looked at"
        );
    }
    let due = app.store.read(|r| r.refunds_due(app.clock.now(), 1))?;
    if !due.is_empty() {
        let looked = look(&till, Channel::Schedule, false).await?;
        tracing::info!(
            looked_at = looked.looked_at,
            moved = looked.moved,
            failed = looked.failed,
            "refunds were looked at"
        );
    }
    let looked_at = disputes::look(&till, Channel::Schedule).await?;
    if looked_at > 0 {
        tracing::info!(looked_at, "disputes were looked at");
    }
    app.store.read(|r| {
        let next = [r.next_attempt_at()?, r.next_refund_at()?, r.next_dispute_at()?, r.next_filing_at()?];
        Ok(next.into_iter().flatten().min())
    })
}
