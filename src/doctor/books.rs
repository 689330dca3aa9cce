//! The books in operation: whether they are whole, what waits in them for too long, and what already stands on the first page.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::{Asked, Who};
use crate::app::{App, Line};
use crate::billing::standing::Status;
use crate::config::check::{Finding, Level};
use crate::payments::notices::{self, Notice};
use crate::store::{BOOKS_PROVEN, Error};
use crate::trials;

/// Books of more invoices than this are not proven while somebody waits: the server does it once a day.
const PROVEN_AT_ONCE_MAX: u64 = 20_000;
/// The daily proof, and an hour for it to begin.
const PROOF_AGE_MAX: SignedDuration = SignedDuration::from_hours(25);
/// Events are worked off within seconds; Stripe that cannot be asked may take minutes.
const EVENT_WAITS: SignedDuration = SignedDuration::from_mins(15);
/// A mail waits for a server that is down, or for the end of a grey list.
const MAIL_WAITS: SignedDuration = SignedDuration::from_hours(1);
/// After this, nobody believes in it coming right by itself.
const TOO_LONG: SignedDuration = SignedDuration::from_hours(24);
/// What waits is looked at up to here; more says the same.
const LOOKED_AT_MAX: usize = 50;

pub(super) fn looks<'a>(app: &Arc<App>, who: Who) -> Vec<Asked<'a>> {
    vec![
        Asked::aside(app, &["books"], move |app| vec![Line::of("books", or_unreadable(whole(app, who)))]),
        Asked::aside(app, &["notices"], |app| {
            standing(app).unwrap_or_else(|error| vec![unreadable("notices", &error)])
        }),
        Asked::aside(app, &["secrets"], |app| vec![Line::of("secrets", secrets(app))]),
        Asked::aside(app, &["inbox"], |app| vec![Line::of("inbox", or_unreadable(inbox(app)))]),
        Asked::aside(app, &["outbox"], |app| vec![Line::of("outbox", or_unreadable(outbox(app)))]),
    ]
}

pub(super) fn or_unreadable(found: Result<Finding, Error>) -> Finding {
    found.unwrap_or_else(|error| Finding::fail("", error.to_string(), "run quittance verify"))
}

fn unreadable(code: &str, error: &Error) -> Line {
    Line::of(code, Finding::fail("", error.to_string(), "run quittance verify"))
}

/// Whether the stored data is whole: proven now if they are few, else by what the server's daily proof came to.
fn whole(app: &App, who: Who) -> Result<Finding, Error> {
    let (statuses, now) = ([Status::Open, Status::Paid, Status::Void, Status::Uncollectible], app.clock.now());
    let (invoices, proven, is_unsound) = app.store.read(|r| {
        let counts = statuses.iter().map(|status| r.count_by_status(*status)).collect::<Result<Vec<_>, _>>()?;
        Ok::<_, Error>((counts.iter().sum(), r.mark(BOOKS_PROVEN)?, Notice::BooksUnsound.stands(&r, now)?))
    })?;
    if app.store.trouble().is_none()
        && let Some(finding) = by_the_daily_proof(who, invoices, proven, is_unsound, now)
    {
        return Ok(finding);
    }
    Ok(trials::books(&app.store))
}

/// `None` if they are to be proven now.
fn by_the_daily_proof(
    who: Who,
    invoices: u64,
    proven: Option<Timestamp>,
    is_unsound: bool,
    now: Timestamp,
) -> Option<Finding> {
    if invoices <= PROVEN_AT_ONCE_MAX || who == Who::Command {
        return None;
    }
    let verify = "run quittance verify, which takes a second for ten thousand invoices";
    let Some(age) = proven.map(|proven| now.duration_since(proven)).filter(|age| *age <= PROOF_AGE_MAX) else {
        return Some(Finding::warn("", format!("{invoices} invoices, not proven within the last day"), verify));
    };
    if is_unsound {
        let words = format!("the proof {} found something that does not fit together", ago(age));
        return Some(Finding::fail("", words, "run quittance verify, then restore a backup"));
    }
    Some(Finding::ok("", format!("whole by the proof {}: {invoices} invoices", ago(age))))
}

/// What stands on the owner's first page, a line each.
fn standing(app: &App) -> Result<Vec<Line>, Error> {
    let now = app.clock.now();
    let has_key = app.connections().stripe_key.is_some();
    let notices = app.store.read(|r| notices::standing(&r, now))?;
    let numbers = trials::numbers_held(app).map(|finding| Line::of("notices", finding));
    let lines: Vec<Line> = notices
        .into_iter()
        .filter(|(notice, _)| has_key || !notice.is_of_the_key())
        .map(|(notice, since)| {
            let words = notice.words();
            let detail = format!("{}, first seen {}", words.title, ago(now.duration_since(since)));
            let level = if words.is_grave { Level::Fail } else { Level::Warn };
            Line::of("notices", Finding { level, ..Finding::warn("", detail, words.remedy.trim_end_matches('.')) })
        })
        .chain(numbers)
        .collect();
    Ok(if lines.is_empty() { vec![Line::of("notices", Finding::ok("", "nothing needs you"))] } else { lines })
}

fn secrets(app: &App) -> Finding {
    trials::secrets(app)
        .or_else(|| trials::folder::master_key(&app.config.data_dir))
        .unwrap_or_else(|| Finding::ok("", "everything that was typed in can be read"))
}

fn inbox(app: &App) -> Result<Finding, Error> {
    let (count, waiting) = app
        .store
        .read(|r| Ok::<_, Error>((r.count_pending_events()?, r.events_due(Timestamp::MAX, LOOKED_AT_MAX)?)))?;
    let oldest = waiting.iter().map(|event| event.received_at).min();
    let remedy = "look at Events in the admin page; what stands in the way is said there";
    Ok(waited(count, oldest, app.clock.now(), "event", EVENT_WAITS, remedy))
}

fn outbox(app: &App) -> Result<Finding, Error> {
    let (count, failed, waiting) = app.store.read(|r| {
        Ok::<_, Error>((
            r.count_waiting_letters()?,
            r.count_failed_letters()?,
            r.letters_due(Timestamp::MAX, LOOKED_AT_MAX)?,
        ))
    })?;
    let remedy = "look at the Outbox in the admin page; what the mail server said is there";
    if failed > 0 {
        return Ok(Finding::warn("", format!("{} could not be delivered", counted(failed, "mail")), remedy));
    }
    let oldest = waiting.iter().map(|letter| letter.queued_at).min();
    Ok(waited(count, oldest, app.clock.now(), "mail", MAIL_WAITS, remedy))
}

fn waited(
    count: u64,
    oldest: Option<Timestamp>,
    now: Timestamp,
    what: &str,
    patience: SignedDuration,
    remedy: &str,
) -> Finding {
    let Some(age) = oldest.map(|oldest| now.duration_since(oldest)) else {
        return Finding::ok("", format!("no {what} is waiting"));
    };
    let words = format!("{} waiting, the oldest from {}", counted(count, what), ago(age));
    if age > TOO_LONG {
        Finding::fail("", words, remedy)
    } else if age > patience {
        Finding::warn("", words, remedy)
    } else {
        Finding::ok("", words)
    }
}

fn counted(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// `3 hours ago`.
pub(super) fn ago(age: SignedDuration) -> String {
    let hours = age.as_hours();
    let (count, unit) = match (hours / 24, hours, age.as_mins()) {
        (days, ..) if days > 1 => (days, "day"),
        (_, hours, _) if hours > 0 => (hours, "hour"),
        (_, _, minutes) if minutes > 0 => (minutes, "minute"),
        _ => return "less than a minute ago".to_owned(),
    };
    format!("{} ago", counted(count.unsigned_abs(), unit))
}

#[cfg(test)]
mod tests {
    use super::{SignedDuration, Timestamp, Who, ago, by_the_daily_proof, waited};
    use crate::config::check::Level;

    #[test]
    fn what_waits_is_well_for_a_while_and_then_is_not() {
        let now = Timestamp::UNIX_EPOCH;
        let patience = SignedDuration::from_mins(15);
        for (minutes, level) in [(0, Level::Ok), (15, Level::Ok), (16, Level::Warn), (24 * 60 + 1, Level::Fail)] {
            let oldest = now.checked_sub(SignedDuration::from_mins(minutes)).ok();
            assert_eq!(waited(1, oldest, now, "event", patience, "look").level, level, "{minutes}");
        }
        assert_eq!(waited(0, None, now, "event", patience, "look").detail, "no event is waiting");
        let found = waited(2, now.checked_sub(SignedDuration::from_hours(49)).ok(), now, "mail", patience, "look");
        assert_eq!(found.detail, "2 mails waiting, the oldest from 2 days ago");
    }

    #[test]
    fn large_books_are_told_of_by_their_daily_proof() {
        let now = Timestamp::UNIX_EPOCH;
        let hours = |hours| now.checked_sub(SignedDuration::from_hours(hours)).ok();
        let level = |who, invoices, proven, is_unsound| {
            by_the_daily_proof(who, invoices, proven, is_unsound, now).map(|finding| finding.level)
        };
        assert_eq!(level(Who::Server, 20_000, None, false), None, "few are proven now");
        assert_eq!(level(Who::Command, 20_001, None, false), None, "without a server there is no daily proof");
        assert_eq!(level(Who::Server, 20_001, hours(5), false), Some(Level::Ok));
        assert_eq!(level(Who::Server, 20_001, hours(5), true), Some(Level::Fail));
        assert_eq!(level(Who::Server, 20_001, hours(26), false), Some(Level::Warn));
        assert_eq!(level(Who::Server, 20_001, None, false), Some(Level::Warn));
    }

    #[test]
    fn ages_are_told_in_the_largest_unit_that_fits() {
        for (minutes, words) in [
            (0, "less than a minute ago"),
            (1, "1 minute ago"),
            (125, "2 hours ago"),
            (2_000, "33 hours ago"),
            (3_000, "2 days ago"),
        ] {
            assert_eq!(ago(SignedDuration::from_mins(minutes)), words);
        }
    }
}
