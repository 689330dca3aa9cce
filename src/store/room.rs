//! How much room the data takes, and the disk that it is on has left.

use std::path::Path;

use super::file::{self, FILE_NAME, UNFINISHED_NAME};

/// Below this the owner is told: a day of a busy business fits in it several times, so that there is time to make room.
pub const ROOM_MIN_BYTES: u64 = 64 << 20;

/// What is left for the data in `folder`, in bytes; `None` if the system does not say.
#[must_use]
pub fn left_in(folder: &Path) -> Option<u64> {
    let system = rustix::fs::statvfs(folder).ok()?;
    system.f_bavail.checked_mul(system.f_frsize)
}

/// How large the data file in `folder` is, in bytes; `None` if the system does not say.
#[must_use]
pub fn taken_in(folder: &Path) -> Option<u64> {
    std::fs::metadata(folder.join(FILE_NAME)).ok().map(|file| file.len())
}

/// Takes away the half copy of a restore that was cut off: as large as the data, which is as it was. For whoever has the
/// folder's lock.
pub(super) fn sweep(folder: &Path) {
    if let Err(error) = file::remove(&folder.join(UNFINISHED_NAME)) {
        tracing::warn!(%error, "what a restore left that was cut off cannot be removed; remove it yourself");
    }
}

/// Whether so little is left that the owner is told. Not to know is no reason to.
#[must_use]
pub fn is_short(left: Option<u64>) -> bool {
    left.is_some_and(|left| left < ROOM_MIN_BYTES)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::{ROOM_MIN_BYTES, is_short, left_in};

    #[test]
    fn j4_little_room_is_noticed_and_an_unknown_folder_is_not() {
        assert!(is_short(Some(ROOM_MIN_BYTES - 1)) && !is_short(Some(ROOM_MIN_BYTES)) && !is_short(None));
        let folder = tempfile::tempdir().unwrap();
        assert!(left_in(folder.path()).is_some());
        assert_eq!(left_in(&folder.path().join("gone")), None);
    }
}
