//! Backups: whether the last one is good, when the next is made, where they go, and one more at a click.

use crate::backups::Name;
use crate::size::size;
use crate::store::BackupRun;
use crate::web::admin::counts::counted;
use crate::web::admin::desk::Desk;
use crate::web::admin::guard::SignedIn;
use crate::web::error::Error;
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::routes::State;
use crate::web::views::settings::{BackupRow, BackupSettings};
use crate::web::views::shell::Section;

const PAGE: &str = "/admin/settings/backups";
/// Backups that the page shows.
const ROWS: usize = 10;

/// `GET /admin/settings/backups`
pub async fn page(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let here = desk.app.backups.here(&desk.app.appliance).await;
    reply::page(&backups(&desk, &here)?)
}

/// `POST /admin/settings/backups`: the job makes one; the page shows how far it is until it is done.
pub async fn make(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    if desk.app.backups.step().is_none() {
        desk.app.backups.wish.make();
    }
    Ok(reply::see_other(PAGE))
}

fn backups(desk: &Desk, here: &[Name]) -> Result<BackupSettings, Error> {
    let config = &desk.app.config.backup;
    let (runs, good) =
        desk.app.store.read(|r| Ok::<_, crate::store::Error>((r.backup_runs(ROWS)?, r.last_good_backup(desk.now)?)))?;
    let running = match desk.app.backups.step() {
        Some(step) => Some(step.words().to_owned()),
        None => desk.app.backups.wish.is_made().then(|| "It begins in a moment.".to_owned()),
    };
    let keep = config.keep;
    Ok(BackupSettings {
        shell: desk.shell(Section::Settings)?,
        running,
        last_good: good.as_ref().map(|run| desk.ago(run.ended_at)),
        last_size: good.map(|run| size(run.bytes)),
        schedule: config.at.map(|at| at.strftime("%H:%M").to_string()),
        places: places(desk),
        keys: (!config.recipients.is_empty())
            .then(|| counted(u64::try_from(config.recipients.len()).unwrap_or(u64::MAX), "key", "keys")),
        kept: format!("{} days, {} weeks, {} months", keep.days, keep.weeks, keep.months),
        rows: runs.iter().map(|run| row(desk, run, here)).collect(),
    })
}

fn places(desk: &Desk) -> Vec<String> {
    let config = &desk.app.config;
    let mut places = vec![format!("{}/{}", config.data_dir.display(), crate::store::BACKUPS_NAME)];
    places.extend(config.backup.directory.as_ref().map(|folder| folder.display().to_string()));
    places.extend(config.backup.s3.as_ref().map(|store| format!("{} at {}", store.bucket, store.endpoint.host())));
    places
}

fn row(desk: &Desk, run: &BackupRun, here: &[Name]) -> BackupRow {
    BackupRow {
        made: desk.ago(run.begun_at),
        name: run.name.clone().unwrap_or_else(|| "No backup was made".to_owned()),
        size: size(run.bytes),
        good: run.is_good(),
        is_here: here.iter().any(|name| run.name.as_deref() == Some(name.to_string().as_str())),
        errors: run.errors(),
    }
}
