//! One backup, from the copy to the record of it: copied and put back at once, encrypted, stored, read back, its books proven,
//! and the old ones removed.

use std::fs::File;
use std::io;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;
use tokio::time::sleep;

use super::copying::{copied, encrypted};
use super::folder::needed_for;
use super::name::Name;
use super::place::{Digest, Place, PlaceError};
use super::rotation::superseded;
use super::unfinished::Unfinished;
use super::{Backups, COPY, PROOF, SEALED, Step};
use crate::store::backup::{BackupError, PutBack};
use crate::store::vault::{Marker, Vault};
use crate::store::{BackupRun, FILE_NAME, Store, Stored};

/// Why there is no backup.
#[derive(Debug, thiserror::Error)]
enum RunError {
    #[error(transparent)]
    Copy(#[from] BackupError),
    #[error(
        "the folder of backups in the data folder cannot be used: {0}; make room there, and let Quittance write there"
    )]
    File(#[from] io::Error),
    #[error(
        "the books in it are not whole ({0}); quittance verify lists all of it: keep this backup and the data folder, and \
         restore the latest one that was whole"
    )]
    NotWhole(String),
    #[error("the backup was broken off ({0}); please report this, and make another: quittance backup now")]
    BrokenOff(#[from] tokio::task::JoinError),
}

/// What a backup takes for a while of what the data takes: the file that the copy is put back into, and less than as much again
/// for the copy and the same encrypted, since both are packed.
const TIMES_THE_DATA: u64 = 2;

/// What must be left on the disk of the data folder before a backup is begun, of data of so many bytes.
#[must_use]
pub fn room_needed(data_bytes: u64) -> u64 {
    needed_for(at_work(data_bytes))
}

fn at_work(data_bytes: u64) -> u64 {
    data_bytes.saturating_mul(TIMES_THE_DATA)
}

/// As long as it is there, a backup is being made.
struct AtWork<'a>(&'a watch::Sender<Option<Step>>);

impl Drop for AtWork<'_> {
    fn drop(&mut self) {
        self.0.send_replace(None);
    }
}

/// A copy that was put back and came out the same, and what it is.
struct Made {
    file: Unfinished,
    name: Name,
    digest: Digest,
    put_back: PutBack,
}

impl Backups {
    /// Makes a backup now, after one that may be under way. What came of it is in the answer; storing that is for the caller.
    pub async fn run(&self, store: &Store, vault: &Vault, appliance: &str, zone: &TimeZone) -> BackupRun {
        let mut named = self.working.lock().await;
        let at_work = AtWork(&self.step);
        let mut run = BackupRun { begun_at: self.clock.now(), ..BackupRun::default() };
        match self.made(store, vault.marker(), appliance, &mut named).await {
            Ok(made) => {
                run.name = Some(made.name.to_string());
                run.bytes = made.digest.bytes;
                run.sha256.clone_from(&made.digest.sha256);
                run.invoices = made.invoices();
                run.places = self.stored(&made).await;
                self.is_at(Step::Proving);
                if let Err(error) = aside(|| Ok(made.put_back.proven()?)).await {
                    run.error = Some(RunError::NotWhole(error.to_string()).to_string());
                }
                self.rotate(store, &run, appliance, zone).await;
            }
            Err(error) => run.error = Some(error.to_string()),
        }
        drop(at_work);
        run.ended_at = self.clock.now();
        run
    }

    /// The copy, put back and encrypted, still without its name.
    async fn made(
        &self,
        store: &Store,
        marker: Option<Marker>,
        appliance: &str,
        named: &mut Option<Timestamp>,
    ) -> Result<Made, RunError> {
        self.home.make()?;
        for place in &self.places {
            // What is left behind takes room, and stands in nobody's way.
            drop(place.sweep(appliance).await);
        }
        // Books that cannot be written are worse than a night without a backup.
        let data = std::fs::metadata(self.data_dir.join(FILE_NAME))?.len();
        self.home.must_have_room(at_work(data))?;
        let made_at = self.free_moment(appliance, named).await;
        self.is_at(Step::Copying);
        let name = Name::of(appliance, made_at, !self.recipients.is_empty());
        let plain = self.home.begin(&format!("{name}{COPY}"))?;
        let scratch = self.home.begin(&format!("{name}{PROOF}"))?;
        let (theirs, out) = (store.clone(), plain.file.try_clone()?);
        let (digest, put_back) = aside(move || Ok(copied(&theirs, &out, marker, scratch.path())?)).await?;
        if !name.is_sealed {
            return Ok(Made { file: plain, name, digest, put_back });
        }
        self.is_at(Step::Encrypting);
        let (file, digest) = self.sealed(plain, &name).await?;
        Ok(Made { file, name, digest, put_back })
    }

    /// Stores it in every place, and says where it is.
    async fn stored(&self, made: &Made) -> Vec<Stored> {
        let mut places = Vec::new();
        for place in &self.places {
            self.is_at(Step::Storing);
            let stored = place.put(made.file.path(), &made.name, &made.digest).await;
            places.push(Stored { place: place.label().to_owned(), error: stored.err().map(|error| error.to_string()) });
        }
        places
    }

    /// The moment that the next name bears, which no name has had: two backups that are asked for within a second are two.
    async fn free_moment(&self, appliance: &str, named: &mut Option<Timestamp>) -> Timestamp {
        let there = self.here(appliance).await;
        let is_taken = |at: Timestamp| *named == Some(at) || there.iter().any(|name| name.made_at == at);
        let present = || Name::of(appliance, self.clock.now(), false).made_at;
        let mut at = present();
        if is_taken(at) {
            sleep(Duration::from_secs(1)).await;
            at = present();
        }
        // Of a clock that stands still, or was set back.
        while is_taken(at) && at < Timestamp::MAX {
            at = at.saturating_add(SignedDuration::from_secs(1)).unwrap_or(Timestamp::MAX);
        }
        *named = Some(at);
        at
    }

    /// Encrypts the copy, and says what came of it.
    async fn sealed(&self, plain: Unfinished, name: &Name) -> Result<(Unfinished, Digest), RunError> {
        let (sealed, recipients) = (self.home.begin(&format!("{name}{SEALED}"))?, self.recipients.clone());
        aside(move || {
            let digest = encrypted(File::open(plain.path())?, &sealed.file, &recipients)?;
            Ok((sealed, digest))
        })
        .await
    }

    /// Removes what has been superseded, where the new one is. That it cannot be removed makes no backup a bad one.
    async fn rotate(&self, store: &Store, run: &BackupRun, appliance: &str, zone: &TimeZone) {
        self.is_at(Step::Rotating);
        let mut runs = match store.read(|r| r.all_backup_runs()) {
            Ok(runs) => runs,
            Err(error) => return tracing::warn!(%error, "old backups were not looked at"),
        };
        runs.push(run.clone());
        for place in self.places.iter().filter(|place| run.is_at(place.label())) {
            if let Err(error) = self.prune_place(place, &runs, appliance, zone, false).await {
                tracing::warn!(place = place.label(), %error, "old backups could not be removed");
            }
        }
        if run.is_good() {
            self.prune_migrations();
        }
    }

    /// Removes what has been superseded or broken off everywhere, or only says what would be; what it was, and what went
    /// wrong.
    pub async fn prune(
        &self,
        runs: &[BackupRun],
        appliance: &str,
        zone: &TimeZone,
        dry_run: bool,
    ) -> (Vec<String>, Vec<String>) {
        let _turn = self.working.lock().await;
        let (mut removed, mut errors) = (Vec::new(), Vec::new());
        for place in &self.places {
            match self.prune_place(place, runs, appliance, zone, dry_run).await {
                Ok(what) => removed.extend(what.iter().map(|what| format!("{}: {what}", place.label()))),
                Err(error) if super::is_absent(&error) && self.is_home(place) => {}
                Err(error) => errors.push(format!("{}: {error}", place.label())),
            }
        }
        (removed, errors)
    }

    async fn prune_place(
        &self,
        place: &Place,
        runs: &[BackupRun],
        appliance: &str,
        zone: &TimeZone,
        dry_run: bool,
    ) -> Result<Vec<String>, PlaceError> {
        let names: Vec<Name> = place.list(Some(appliance)).await?.into_iter().map(|(name, _)| name).collect();
        let is_unproven = |run: &&BackupRun| run.is_doubtful_at(place.label()) || run.is_of_broken_books();
        let unproven = runs.iter().filter(is_unproven).filter_map(|run| run.name.clone());
        let superseded = superseded(&names, &unproven.collect(), self.keep, zone, self.clock.now());
        for name in superseded.iter().filter(|_| !dry_run) {
            place.remove(name).await?;
            tracing::info!(place = place.label(), %name, "a backup was removed that later ones supersede");
        }
        let mut removed: Vec<String> = superseded.iter().map(Name::to_string).collect();
        for name in place.end_uploads(appliance, self.clock.now(), dry_run).await? {
            if !dry_run {
                tracing::info!(place = place.label(), %name, "an upload was ended that had been broken off");
            }
            removed.push(format!("{name}, sent in part and broken off"));
        }
        Ok(removed)
    }

    /// Copies that were kept before the format of the data changed: the last one stays, those before it have served.
    fn prune_migrations(&self) {
        for path in crate::store::superseded_formats(self.data_dir()) {
            if let Err(error) = std::fs::remove_file(&path) {
                tracing::warn!(path = %path.display(), %error, "a copy from before an older upgrade could not be removed");
            }
        }
    }
}

impl Made {
    fn invoices(&self) -> u64 {
        self.put_back.header.contents.as_ref().map_or(0, |contents| contents.count("invoices"))
    }
}

async fn aside<T: Send + 'static>(work: impl FnOnce() -> Result<T, RunError> + Send + 'static) -> Result<T, RunError> {
    tokio::task::spawn_blocking(work).await?
}
