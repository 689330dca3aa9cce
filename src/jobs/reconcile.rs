//! The books are compared with Stripe: briefly every quarter of an hour, thoroughly every night, over five weeks once a
//! week and once after the end of each month.
//!
//! When a pass was last made is in the store, so that one that was missed is made up for soon after the start.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use jiff::civil::{Time, time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;

use super::nights::{around, jitter, later};
use super::rest::Rest;
use crate::app::App;
use crate::billing::endpoint::Making;
use crate::billing::log::Channel;
use crate::billing::report::Run;
use crate::payments::reconcile::{Extent, NIGHTLY_WINDOW, WINDOW};
use crate::payments::side::{Side, Step};
use crate::payments::till::Till;
use crate::store::{Error, Reader};

/// The start belongs to requests.
const AFTER_START: Duration = Duration::from_secs(3);
/// In the business's time zone: nobody pays then, and no clock change of summer time falls on it.
const NIGHTLY: Time = time(3, 17, 0, 0);
/// How often five weeks are compared.
const DEEP_EVERY: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How soon a full pass that failed is made again; each time that much longer.
const AGAIN: SignedDuration = SignedDuration::from_mins(30);
/// How soon books that are behind are compared again if it did not work: payers wait for it.
const CATCH_UP_AGAIN: SignedDuration = SignedDuration::from_mins(5);

pub(super) async fn run(mut rest: Rest) {
    let app = Arc::clone(&rest.app);
    let interval = app.config.reconcile.interval.and_then(|interval| interval.try_into().ok());
    if rest.pause(AFTER_START).await.is_break() {
        return;
    }
    let mut first = true;
    while !rest.is_over() {
        let goes_on = match round(&app, interval, first).await {
            Ok(Some(next)) => {
                first &= app.till_on_schedule().is_none();
                rest.until(&Notify::new(), Some(next)).await
            }
            Ok(None) => return,
            Err(error) => rest.after("reconcile", &error).await,
        };
        if goes_on == ControlFlow::Break(()) {
            return;
        }
    }
}

/// Makes the passes that are due and says when the next one is; `None` if none is to be made by itself. Books that are
/// behind are compared whatever the schedule is.
async fn round(app: &App, interval: Option<SignedDuration>, first: bool) -> Result<Option<Timestamp>, Error> {
    let is_behind = app.store.read(|r| r.is_behind())?;
    let Some(rhythm) = interval.or(is_behind.then_some(CATCH_UP_AGAIN)) else { return Ok(None) };
    let now = app.clock.now();
    let Some(till) = app.till_on_schedule() else { return Ok(Some(later(now, rhythm))) };
    if app.store.read(|r| r.behind_since(till.book()))?.is_some() {
        report(&app.reconcile(Extent::whole(), Channel::Schedule).await?);
        return Ok(Some(later(now, rhythm.min(CATCH_UP_AGAIN))));
    }
    match interval {
        Some(interval) => on_schedule(app, &till, interval, first).await.map(Some),
        // The other book waits for a key of its mode.
        None => Ok(Some(later(now, rhythm))),
    }
}

/// The first round makes a short pass in any case: what happened while the appliance was off is asked for now, not in a
/// quarter of an hour.
async fn on_schedule(app: &App, till: &Till, interval: SignedDuration, first: bool) -> Result<Timestamp, Error> {
    let now = app.clock.now();
    let passes = app.store.read(|r| Passes::of(&r, &Side::of(&r, till)?, now))?;
    let (last_night, next_night) = nights(app, now)?;
    let full_at = passes.full_at(last_night).unwrap_or(next_night);
    let (mut next, short) = (full_at.min(next_night), passes.short);
    if full_at <= now {
        let zone = app.time_zone()?;
        let extent = if deep_is_due(now, passes.deep, &zone) { Extent::whole() } else { nightly(now, passes.clean) };
        report(&app.reconcile(extent, Channel::Schedule).await?);
        // If it failed, the round after that knows when it is to be made again.
        next = next_night.min(later(now, AGAIN));
        tend_endpoint(app).await;
    } else if first && has_endpoint(app)? {
        // What an upgrade asks for is done at its first start.
        tend_endpoint(app).await;
    }
    let due = short.map_or(now, |short| later(short, interval));
    if first || due <= now {
        report(&app.reconcile(Extent::Short, Channel::Schedule).await?);
        return Ok(later(now, interval).min(next));
    }
    Ok(due.min(next))
}

/// When passes were last made with the account in use.
struct Passes {
    short: Option<Timestamp>,
    /// When a full one last ended, well or not.
    tried: Option<Timestamp>,
    full: Option<Timestamp>,
    clean: Option<Timestamp>,
    deep: Option<Timestamp>,
}

impl Passes {
    /// One that is still to come was made while the clock was ahead: when that was nobody knows, so it does not count.
    fn of(r: &Reader<'_>, side: &Side, now: Timestamp) -> Result<Self, Error> {
        let past = |step| Ok::<_, Error>(side.reached(r, step)?.filter(|at| *at <= now));
        Ok(Self {
            short: past(Step::Short)?,
            tried: past(Step::Tried)?,
            full: past(Step::Full)?,
            clean: past(Step::Clean)?,
            deep: past(Step::Deep)?,
        })
    }

    /// When the full pass of this night is to be made; `None` if it was. One that failed is made again half an hour later,
    /// then an hour, two, and so on: what stood in its way may pass soon, or not before somebody mends it.
    fn full_at(&self, last_night: Timestamp) -> Option<Timestamp> {
        if self.full.is_some_and(|full| full >= last_night) {
            return None;
        }
        let tried = self.tried.filter(|tried| *tried >= last_night);
        Some(tried.map_or(last_night, |tried| later(tried, tried.duration_since(last_night).max(AGAIN))))
    }
}

/// Whether this installation made the webhook endpoint, or was about to.
fn has_endpoint(app: &App) -> Result<bool, Error> {
    let endpoints = app.store.read(|r| r.endpoints())?;
    Ok(endpoints.iter().any(|endpoint| endpoint.state == Making::Asked || endpoint.made().is_some()))
}

/// Where the key may not, the owner looks after the endpoint; nothing depends on this.
async fn tend_endpoint(app: &App) {
    match app.tend_endpoint().await {
        Ok(()) => {}
        Err(error) if error.is_forbidden() => tracing::debug!("the key may not look after the webhook endpoint"),
        Err(error) => tracing::warn!(%error, "the webhook endpoint could not be looked after"),
    }
}

/// How much a nightly pass compares: everything since the last that came to its end, so that what happened while the
/// appliance was off, or since a backup that was put back, is found.
fn nightly(now: Timestamp, clean: Option<Timestamp>) -> Extent {
    let missed = clean.map(|clean| now.duration_since(clean).saturating_add(NIGHTLY_WINDOW));
    Extent::Full(missed.map_or(NIGHTLY_WINDOW, |missed| missed.clamp(NIGHTLY_WINDOW, WINDOW)))
}

/// Whether five weeks are to be compared this night: a week after the last time, and in the first night of a month, so
/// that the month that has ended is compared as a whole.
fn deep_is_due(now: Timestamp, deep: Option<Timestamp>, zone: &TimeZone) -> bool {
    let Some(deep) = deep else { return true };
    let month = |at: Timestamp| {
        let local = at.to_zoned(zone.clone());
        (local.year(), local.month())
    };
    deep > now || now.duration_since(deep) >= DEEP_EVERY || month(deep) != month(now)
}

/// The latest nightly hour that is past, and the next.
fn nights(app: &App, now: Timestamp) -> Result<(Timestamp, Timestamp), Error> {
    Ok(around(now, &app.time_zone()?, NIGHTLY, jitter(&app.appliance)))
}

fn report(run: &Run) {
    let (repaired, differences) = (run.repairs(), run.differs());
    if let Some(error) = &run.error {
        tracing::warn!(run = %run.id, %error, "a reconciliation could not be finished");
    } else {
        tracing::info!(run = %run.id, full = run.full, repaired, differences, requests = run.requests, "reconciled");
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::{Extent, Passes, SignedDuration, TimeZone, Timestamp, deep_is_due, nightly};

    #[test]
    fn a_night_whose_pass_failed_is_made_up_for_ever_more_slowly() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let night = at("2026-11-22T03:17:00Z");
        let table = [
            (None, None, Some("2026-11-22T03:17:00Z")),
            (Some("2026-11-21T03:18:00Z"), Some("2026-11-21T03:18:00Z"), Some("2026-11-22T03:17:00Z")),
            (Some("2026-11-21T03:18:00Z"), Some("2026-11-22T03:18:00Z"), Some("2026-11-22T03:48:00Z")),
            (Some("2026-11-21T03:18:00Z"), Some("2026-11-22T03:48:00Z"), Some("2026-11-22T04:19:00Z")),
            (Some("2026-11-21T03:18:00Z"), Some("2026-11-22T05:17:00Z"), Some("2026-11-22T07:17:00Z")),
            (Some("2026-11-22T03:48:00Z"), Some("2026-11-22T03:48:00Z"), None),
        ];
        for (full, tried, due) in table {
            let (full, tried) = (full.map(at), tried.map(at));
            let passes = Passes { short: None, tried, full, clean: None, deep: None };
            assert_eq!(passes.full_at(night), due.map(at), "{full:?} {tried:?}");
        }
    }

    #[test]
    fn a_night_compares_all_that_was_missed_up_to_five_weeks() {
        let now: Timestamp = "2026-11-22T03:17:00Z".parse().unwrap();
        let hours = SignedDuration::from_hours;
        for (clean, window) in [(None, 72), (Some(24), 96), (Some(240), 312), (Some(10_000), 35 * 24), (Some(-100), 72)]
        {
            let clean = clean.map(|ago| now - hours(ago));
            assert_eq!(nightly(now, clean), Extent::Full(hours(window)), "{clean:?}");
        }
    }

    #[test]
    fn five_weeks_are_compared_weekly_and_when_a_month_has_ended() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let table = [
            ("2026-11-22T03:17:00Z", None, true),
            ("2026-11-22T03:17:00Z", Some("2026-11-20T03:17:00Z"), false),
            ("2026-11-22T03:17:00Z", Some("2026-11-15T03:17:00Z"), true),
            ("2026-12-01T02:17:00Z", Some("2026-11-29T02:17:00Z"), true),
            ("2026-12-02T02:17:00Z", Some("2026-12-01T02:17:00Z"), false),
            ("2026-11-30T23:30:00Z", Some("2026-11-30T02:17:00Z"), true),
            ("2026-11-22T03:17:00Z", Some("2026-11-25T03:17:00Z"), true),
        ];
        for (now, deep, due) in table {
            assert_eq!(deep_is_due(at(now), deep.map(at), &berlin), due, "{now} {deep:?}");
        }
    }
}
