//! A backup is made and remembered, and the owner is told if it is not as it should be.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::App;
use crate::backups::Listing;
use crate::payments::notices::{self, Notice};
use crate::store::{BackupRun, Error};

/// Two nights: one may fail.
pub const BACKUP_OLD_AFTER: SignedDuration = SignedDuration::from_hours(48);
/// Since when backups are made by themselves here.
const BEGUN: &str = "backup.begun";

impl App {
    /// Makes a backup now, after one that may be under way, and remembers what came of it.
    ///
    /// # Errors
    /// The store failed; what went wrong with the backup is in the answer.
    pub async fn back_up(&self) -> Result<BackupRun, Error> {
        let run = self.backups.run(&self.store, &self.vault, &self.appliance, &self.time_zone()?).await;
        for error in run.errors() {
            tracing::warn!(error, "a backup is not as it should be");
        }
        if run.is_good() {
            tracing::info!(name = run.name, bytes = run.bytes, invoices = run.invoices, "backed up");
        }
        let (stored, is_good) = (run.clone(), run.is_good());
        self.store
            .write(move |w| {
                w.put_backup_run(&stored)?;
                if is_good {
                    notices::lower(w, Notice::BackupOld)?;
                    return notices::lower(w, Notice::BackupFailing);
                }
                notices::raise(w, Notice::BackupFailing)
            })
            .await?;
        Ok(run)
    }

    /// What is in every place, compared with what the books noted when it was made.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn list_backups(&self) -> Result<Listing, Error> {
        let runs = self.store.read(|r| r.all_backup_runs())?;
        Ok(self.backups.list(None).await.compared_with(&runs))
    }

    /// The business's own, by which nights and days are counted.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn time_zone(&self) -> Result<TimeZone, Error> {
        Ok(TimeZone::get(&self.store.read(|r| r.settings())?.time_zone).unwrap_or(TimeZone::UTC))
    }

    /// Since when backups are made by themselves here: from the first look on.
    ///
    /// # Errors
    /// The store failed.
    pub async fn backups_begun(&self) -> Result<Timestamp, Error> {
        let now = self.clock.now();
        match self.store.read(|r| r.mark(BEGUN))?.filter(|begun| *begun <= now) {
            Some(begun) => Ok(begun),
            None => self.store.write(move |w| w.put_mark(BEGUN, now)).await.map(|()| now),
        }
    }

    /// Tells the owner if there is no good backup of the last two days although one should have been made.
    ///
    /// # Errors
    /// The store failed.
    pub async fn note_backup_age(&self) -> Result<(), Error> {
        let (begun, now) = (self.backups_begun().await?, self.clock.now());
        let last = self.store.read(|r| r.last_good_backup(now))?.map_or(begun, |run| run.ended_at.max(begun));
        let is_old = now.duration_since(last) > BACKUP_OLD_AFTER;
        if is_old && !self.store.read(|r| Notice::BackupOld.stands(&r, now))? {
            return self.store.write(|w| notices::raise(w, Notice::BackupOld)).await;
        }
        Ok(())
    }
}
