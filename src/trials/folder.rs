//! The data folder, and the files of a certificate, as they lie there: looked at, never written to.

use std::path::Path;

use crate::clock::Clock;
use crate::config::check::Finding;
use crate::config::{Config, Tls};
use crate::size::size;
use crate::store::{FILE_NAME, KEY_NAME, room};
use crate::tls::files;

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

/// The files that somebody else renews. That they can be read is looked at elsewhere; here, whether they are of use.
#[must_use]
pub fn certificate(config: &Config, clock: &Clock) -> Option<Finding> {
    let Tls::Files { cert_file, key_file } = &config.server.tls else { return None };
    let subject = "certificate";
    match files::read(cert_file, key_file) {
        Ok(identity) if identity.is_good(clock.now()) => {
            let until = identity.not_after.to_zoned(jiff::tz::TimeZone::UTC).date();
            Some(Finding::ok(subject, format!("good until {until}")))
        }
        Ok(_) => {
            Some(Finding::fail(subject, "browsers refuse it: it has ended, or not begun", "renew it, or set the clock"))
        }
        Err(error) => {
            let words = error.to_string();
            let (sentence, remedy) = words.rsplit_once("; ").unwrap_or((&words, "name a certificate and its key"));
            Some(Finding::fail(subject, sentence, remedy))
        }
    }
}

/// A full disk stops nothing that is read, and everything that must be stored: better known before.
#[must_use]
pub fn room(folder: &Path) -> Option<Finding> {
    let left = room::left_in(folder).filter(|left| room::is_short(Some(*left)))?;
    let found = format!("has {} of room left for {}", size(left), folder.display());
    Some(Finding::warn("disk", found, format!("leave {} free at least", size(room::ROOM_MIN_BYTES))))
}
