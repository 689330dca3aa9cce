//! How much room the data takes and the disk it is on has left, and how much memory the program takes.

use std::path::Path;

use super::file::FILE_NAME;

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

/// How much memory this process takes, in bytes; `None` if the system does not say (proc(5), `VmRSS`).
#[must_use]
pub fn memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix("kB")?.trim_end().parse::<u64>().ok()?.checked_mul(1 << 10)
}

/// Whether so little is left that the owner is told. Not to know is no reason to.
#[must_use]
pub fn is_short(left: Option<u64>) -> bool {
    left.is_some_and(|left| left < ROOM_MIN_BYTES)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::{ROOM_MIN_BYTES, is_short, left_in, memory};

    #[test]
    fn j4_little_room_is_noticed_and_an_unknown_folder_is_not() {
        assert!(is_short(Some(ROOM_MIN_BYTES - 1)) && !is_short(Some(ROOM_MIN_BYTES)) && !is_short(None));
        let folder = tempfile::tempdir().unwrap();
        assert!(left_in(folder.path()).is_some());
        assert_eq!(left_in(&folder.path().join("gone")), None);
        assert!(memory().is_some_and(|bytes| bytes > 1 << 20));
    }
}
