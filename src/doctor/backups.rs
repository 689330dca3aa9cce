//! Whether there is a backup that was proven, how old it is, and whether one lies anywhere but beside the data.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::Asked;
use super::books::{ago, or_unreadable};
use crate::app::{App, Line};
use crate::config::check::Finding;
use crate::said::Said;
use crate::store::{BackupRun, Error};

/// A night, and some hours for the one that was just missed.
const YOUNG: SignedDuration = SignedDuration::from_hours(26);
const MAKE_ONE: &str = "press Back up now under Settings, Backups, or run quittance backup now";

pub(super) fn looks<'a>(app: &Arc<App>) -> Vec<Asked<'a>> {
    vec![
        Asked::aside(app, &["backup"], |app| vec![backup(app)]),
        Asked::aside(app, &["backup-places"], |app| vec![Line::of("backup-places", places(app))]),
    ]
}

/// Whether there is a good one, and how old it is.
pub fn backup(app: &App) -> Line {
    Line::of("backup", or_unreadable(last(app)))
}

fn last(app: &App) -> Result<Finding, Error> {
    let now = app.clock.now();
    let (good, latest) =
        app.store.read(|r| Ok::<_, Error>((r.last_good_backup(now)?, r.backup_runs(1)?.into_iter().next())))?;
    Ok(judged(good.as_ref(), latest.as_ref(), app.config.backup.at.is_some(), now))
}

fn judged(good: Option<&BackupRun>, latest: Option<&BackupRun>, is_nightly: bool, now: Timestamp) -> Finding {
    if let Some(error) = latest.and_then(|run| run.errors().into_iter().next()) {
        let Said { what, remedy } = Said::read(&error, "see Settings, Backups");
        return Finding::fail("", format!("the latest is not as it should be: {what}"), remedy);
    }
    let Some(good) = good else {
        return Finding::warn("", "there is none yet", MAKE_ONE);
    };
    let age = now.duration_since(good.ended_at);
    let words = format!("made and proven {}", ago(age));
    // The owner is mailed by then.
    if age > crate::app::BACKUP_OLD_AFTER {
        Finding::fail("", words, MAKE_ONE)
    } else if age > YOUNG {
        Finding::warn("", words, MAKE_ONE)
    } else if !is_nightly {
        // That it is so is another line's: somebody may have one made in another way.
        Finding::ok("", format!("{words}, and none is made by itself"))
    } else {
        Finding::ok("", words)
    }
}

fn places(app: &App) -> Finding {
    let labels: Vec<&str> = app.backups.places().iter().map(crate::backups::Place::label).collect();
    if labels.len() < 2 {
        return Finding::warn(
            "",
            "only the data folder: if its disk fails, the backups are gone with it",
            "name another place under [backup]: a directory on another disk, or a store that speaks S3",
        );
    }
    let sealed = if app.config.backup.recipients.is_empty() { "not encrypted" } else { "encrypted" };
    Finding::ok("", format!("{}; {sealed}", labels.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::{BackupRun, SignedDuration, Timestamp, judged};
    use crate::config::check::Level;
    use crate::store::Stored;

    fn made(hours_ago: i64, error: Option<&str>) -> BackupRun {
        let ended_at = Timestamp::UNIX_EPOCH.checked_sub(SignedDuration::from_hours(hours_ago)).unwrap_or_default();
        let places = vec![Stored { place: "s3".into(), error: error.map(str::to_owned) }];
        BackupRun { ended_at, places, ..BackupRun::default() }
    }

    #[test]
    fn the_older_a_backup_the_worse() {
        let now = Timestamp::UNIX_EPOCH;
        for (hours, is_nightly, level) in [
            (2, true, Level::Ok),
            (2, false, Level::Ok),
            (27, false, Level::Warn),
            (27, true, Level::Warn),
            (49, true, Level::Fail),
            (49, false, Level::Fail),
        ] {
            let good = made(hours, None);
            assert_eq!(judged(Some(&good), Some(&good), is_nightly, now).level, level, "{hours} {is_nightly}");
        }
        assert_eq!(judged(None, None, true, now).level, Level::Warn);
        let (good, bad) = (made(5, None), made(1, Some("the store refused it; give the key permission")));
        let found = judged(Some(&good), Some(&bad), true, now);
        assert!(found.level == Level::Fail && found.detail.ends_with("s3: the store refused it"), "{found}");
        assert_eq!(found.remedy.as_deref(), Some("give the key permission"));
    }
}
