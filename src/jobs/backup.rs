//! A backup each night, one that was missed soon after the start, and one whenever somebody asks for it.
//!
//! What was made when is in the store, so that a night is done once, and one that failed is done again every hour.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::nights::{around, jitter, later};
use super::rest::Rest;
use crate::app::App;
use crate::store::Error;

/// The start belongs to requests, and to what is asked of Stripe.
const AFTER_START: Duration = Duration::from_secs(10);
/// How soon a backup is made again that failed: what stood in its way may pass, and nobody waits for it.
const AGAIN: SignedDuration = SignedDuration::from_hours(1);

/// How soon it is looked again whether anything can be stored.
const IN_TROUBLE: SignedDuration = SignedDuration::from_mins(1);

pub(super) async fn run(mut rest: Rest) {
    let app = Arc::clone(&rest.app);
    if rest.pause(AFTER_START).await.is_break() {
        return;
    }
    while !rest.is_over() {
        let goes_on = match round(&app).await {
            Ok(next) => rest.until(app.backups.wish.bell(), next).await,
            Err(error) => rest.after("backup", &error).await,
        };
        if goes_on.is_break() {
            return;
        }
    }
}

/// Makes the backup that is due or asked for, and says when the next one is; `None` if none is made by itself.
async fn round(app: &App) -> Result<Option<Timestamp>, Error> {
    // Nothing would remember it, so that it would be made again and again; the store sets itself right, or the owner does.
    if app.store.trouble().is_some() {
        return Ok(Some(later(app.clock.now(), IN_TROUBLE)));
    }
    let is_wished = app.backups.wish.take();
    let next = match due_at(app).await? {
        Some(due) if is_wished || due <= app.clock.now() => {
            app.back_up().await?;
            due_at(app).await?
        }
        None if is_wished => {
            app.back_up().await?;
            None
        }
        due => due,
    };
    if next.is_some() {
        app.note_backup_age().await?;
    }
    Ok(next)
}

/// When the next backup is to be made, past if one was missed. A folder that may be a copy makes none by itself: they would
/// lie among those of the original.
async fn due_at(app: &App) -> Result<Option<Timestamp>, Error> {
    let Some(at) = app.config.backup.at.filter(|_| !app.may_be_copy()) else { return Ok(None) };
    let (begun, now) = (app.backups_begun().await?, app.clock.now());
    // A beginning that is still to come was noted while the clock was ahead: it was before now.
    let begun = if begun > now { Timestamp::MIN } else { begun };
    let nights = around(now, &app.time_zone()?, at, jitter(&app.appliance));
    let (good, tried) = app.store.read(|r| {
        let tried = r.backup_runs(1)?.into_iter().map(|run| run.begun_at).find(|at| *at <= now);
        Ok::<_, Error>((r.last_good_backup(now)?.map(|run| run.begun_at), tried))
    })?;
    Ok(Some(due(nights, begun, good, tried)))
}

/// `good` is when the latest good backup began, `tried` the latest of all; `begun`, since when any are made.
fn due(
    (last_night, next_night): (Timestamp, Timestamp),
    begun: Timestamp,
    good: Option<Timestamp>,
    tried: Option<Timestamp>,
) -> Timestamp {
    if begun >= last_night || good.is_some_and(|good| good >= last_night) {
        return next_night;
    }
    match tried.filter(|tried| *tried >= last_night) {
        Some(tried) => later(tried, AGAIN).min(next_night),
        None => last_night,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::{Timestamp, due};

    #[test]
    fn a_night_is_done_once_made_up_for_and_tried_again() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let nights = (at("2026-11-22T02:37:00Z"), at("2026-11-23T02:37:00Z"));
        let begun = at("2026-01-01T00:00:00Z");
        let table = [
            ("done", Some("2026-11-22T02:37:00Z"), Some("2026-11-22T02:37:00Z"), "2026-11-23T02:37:00Z"),
            ("missed", Some("2026-11-20T02:37:00Z"), Some("2026-11-20T02:37:00Z"), "2026-11-22T02:37:00Z"),
            ("never made", None, None, "2026-11-22T02:37:00Z"),
            ("failed", Some("2026-11-21T02:37:00Z"), Some("2026-11-22T02:37:00Z"), "2026-11-22T03:37:00Z"),
            ("failed late", None, Some("2026-11-23T02:00:00Z"), "2026-11-23T02:37:00Z"),
            ("done by hand", Some("2026-11-22T14:00:00Z"), Some("2026-11-22T14:00:00Z"), "2026-11-23T02:37:00Z"),
        ];
        for (what, good, tried, expected) in table {
            assert_eq!(due(nights, begun, good.map(at), tried.map(at)), at(expected), "{what}");
        }
        let since_noon = at("2026-11-22T12:00:00Z");
        assert_eq!(due(nights, since_noon, None, None), nights.1, "a new installation begins with its first night");
    }
}
