//! What is kept for a time only is forgotten when the time is over, in changes so small that nobody waits for them.
//!
//! The rule it keeps: no record of the books is among it. Of a mail stays what it was about and when it was sent; of a message
//! of Stripe's, that it came, as long as Stripe may send it again.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};

use crate::actions::owners;
use crate::app::App;
use crate::store::{Error, FORGOTTEN_EVENTS, FORGOTTEN_MAILS, Reader, Store, Writer};

/// CONTRACT: how long the answer to an idempotency key is remembered.
const REMEMBERED_FOR: SignedDuration = SignedDuration::from_hours(24);
/// How long events are kept at least so that one which comes again is known. Stripe tries for three days, its Dashboard
/// sends again for 15, and its list of events, which we ask after a long pause, reaches back 30.
const EVENTS_FOR: SignedDuration = SignedDuration::from_hours(35 * 24);
/// Rows that one transaction changes: others wait for it.
const AT_ONCE: usize = 200;

/// To look through the lists reads them whole.
const LOOKED_THROUGH_EVERY: SignedDuration = SignedDuration::from_hours(24);
/// When that was done last.
const LOOKED_THROUGH: &str = "forgotten";

pub(super) async fn round(app: &App) -> Result<(), Error> {
    let end = |w: &mut Writer<'_>| {
        w.forget_remembered(before(w.now(), REMEMBERED_FOR))?;
        owners::end_old_sessions(w)
    };
    app.store.write(end).await?;
    let (retention, last) = app.store.read(|r| Ok::<_, Error>((r.settings()?.retention, r.mark(LOOKED_THROUGH)?)))?;
    let now = app.clock.now();
    let words_for = SignedDuration::from_hours(24 * i64::from(retention.event_days));
    forget_events(app, before(now, words_for.max(EVENTS_FOR))).await?;
    if last.is_some_and(|last| last <= now && now.duration_since(last) < LOOKED_THROUGH_EVERY) {
        return Ok(());
    }
    if words_for < EVENTS_FOR {
        forget_words(app, before(now, words_for)).await?;
    }
    if let Some(months) = retention.mail_months {
        forget_addresses(app, months_before(now, months)).await?;
    }
    app.store.write(|w| w.put_mark(LOOKED_THROUGH, w.now())).await
}

/// Events as a whole, which nobody asks for any more.
async fn forget_events(app: &App, until: Timestamp) -> Result<(), Error> {
    let mut forgotten = AT_ONCE;
    while forgotten == AT_ONCE {
        let change = move |w: &mut Writer<'_>| {
            let (forgotten, with_words) = w.forget_events(until, AT_ONCE)?;
            count(w, FORGOTTEN_EVENTS, with_words)?;
            Ok::<_, Error>(forgotten)
        };
        forgotten = app.store.write(change).await?;
    }
    Ok(())
}

/// The words of events that must still be known.
async fn forget_words(app: &App, until: Timestamp) -> Result<(), Error> {
    let mut after = None;
    loop {
        let found = look(&app.store, move |r| r.events_to_forget(after.as_ref(), until, AT_ONCE)).await?;
        let Some(last) = found.last().cloned() else { return Ok(()) };
        after = Some(last);
        let change = move |w: &mut Writer<'_>| {
            let forgotten = w.forget_words_of(&found)?;
            count(w, FORGOTTEN_EVENTS, forgotten)
        };
        app.store.write(change).await?;
    }
}

/// Whom mails were for.
async fn forget_addresses(app: &App, until: Timestamp) -> Result<(), Error> {
    let mut after = None;
    loop {
        let found = look(&app.store, move |r| r.letters_to_forget(after, until, AT_ONCE)).await?;
        let Some(last) = found.last() else { return Ok(()) };
        after = Some(*last);
        let change = move |w: &mut Writer<'_>| {
            let forgotten = w.forget_addresses_of(&found)?;
            count(w, FORGOTTEN_MAILS, forgotten)
        };
        app.store.write(change).await?;
    }
}

/// Looks through a whole list on a thread of its own. If the appliance ends meanwhile, nothing was found.
async fn look<K: Send + 'static>(
    store: &Store,
    question: impl FnOnce(Reader<'_>) -> Result<Vec<K>, Error> + Send + 'static,
) -> Result<Vec<K>, Error> {
    let store = store.clone();
    tokio::task::spawn_blocking(move || store.read_long(question)).await.unwrap_or_else(|_| Ok(Vec::new()))
}

/// Adds to what the owner is shown.
fn count(w: &mut Writer<'_>, name: &str, forgotten: usize) -> Result<(), Error> {
    if forgotten == 0 {
        return Ok(());
    }
    w.add_to_counter(name, u64::try_from(forgotten).unwrap_or(u64::MAX))
}

fn before(now: Timestamp, time: SignedDuration) -> Timestamp {
    now.saturating_sub(time).unwrap_or(Timestamp::MIN)
}

/// So many months of the calendar ago.
fn months_before(now: Timestamp, months: u16) -> Timestamp {
    let then = now.to_zoned(TimeZone::UTC).checked_sub(Span::new().months(i64::from(months)));
    then.map_or(Timestamp::MIN, |then| then.timestamp())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::{Timestamp, months_before};

    #[test]
    fn months_are_those_of_the_calendar() {
        for (now, months, then) in [
            ("2026-11-22T09:00:00Z", 24, "2024-11-22T09:00:00Z"),
            ("2026-03-31T09:00:00Z", 1, "2026-02-28T09:00:00Z"),
            ("2026-11-22T09:00:00Z", 120, "2016-11-22T09:00:00Z"),
        ] {
            let (now, then): (Timestamp, Timestamp) = (now.parse().unwrap(), then.parse().unwrap());
            assert_eq!(months_before(now, months), then);
        }
    }
}
