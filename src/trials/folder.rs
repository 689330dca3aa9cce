//! The data folder, and the files of a certificate, as they lie there: looked at, never written to.

use std::path::Path;

use crate::clock::Clock;
use crate::config::check::{Finding, Level};
use crate::config::{Config, Tls};
use crate::said::Said;
use crate::size::size;
use crate::store::{FILE_NAME, KEY_NAME, room};
use crate::tls::{date, doubt, files};

/// The key is made with the data, so that one which is not there was lost, or not put back with a backup.
#[must_use]
pub fn master_key(folder: &Path) -> Option<Finding> {
    let is_lost = folder.join(FILE_NAME).exists() && !folder.join(KEY_NAME).exists();
    is_lost.then(|| {
        Finding::warn(
            "master.key",
            format!("is not in {}: secrets that were typed into the admin page cannot be read", folder.display()),
            "put the file back, or type them in again",
        )
    })
}

/// The files that somebody else renews. That they can be read is looked at elsewhere; here, whether they are of use. Blocks on
/// the disk.
#[must_use]
pub fn certificate(config: &Config, clock: &Clock) -> Option<Finding> {
    let Tls::Files { cert_file, key_file } = &config.server.tls else { return None };
    let subject = "certificate";
    let identity = match files::read(cert_file, key_file) {
        Ok(identity) => identity,
        Err(error) => {
            let Said { what, remedy } = error.said();
            return Some(Finding::fail(subject, what, remedy));
        }
    };
    let Some(doubt) = doubt(&identity, config.server.certified_name().as_deref(), clock.now()) else {
        return Some(Finding::ok(subject, format!("good until {}", date(identity.life.until))));
    };
    let (level, Said { what, remedy }) = (if doubt.is_refused { Level::Fail } else { Level::Warn }, doubt.said());
    Some(Finding { level, ..Finding::warn(subject, what, remedy) })
}

/// A full disk stops nothing that is read, and everything that must be stored: better known before.
#[must_use]
pub fn room(folder: &Path) -> Option<Finding> {
    let left = room::left_in(folder).filter(|left| room::is_short(Some(*left)))?;
    let found = format!("has {} of room left for {}", size(left), folder.display());
    Some(Finding::warn("disk", found, format!("leave {} free at least", size(room::ROOM_MIN_BYTES))))
}
