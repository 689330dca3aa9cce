//! Where the data lies: whose folder it is and who else may look, how much room there is, and on what kind of file system.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;

use rustix::fs::{Access, access, statfs};

use super::Asked;
use crate::app::{App, Line};
use crate::backups::room_needed;
use crate::config::check::Finding;
use crate::size::size;
use crate::store::{FILE_NAME, KEY_NAME, room};
use crate::trials;

/// Bits of a file mode that let others in.
const OTHERS: u32 = 0o077;

/// File systems by the number that statfs(2) gives them, and why data should not be there, if so.
const FILE_SYSTEMS: [(u64, &str, Doubt); 21] = [
    (0xEF53, "ext4", Doubt::None),
    (0x5846_5342, "XFS", Doubt::None),
    (0x9123_683E, "Btrfs", Doubt::None),
    (0x2FC1_2FC1, "ZFS", Doubt::None),
    (0xF2F5_2010, "F2FS", Doubt::None),
    (0xCA45_1A4E, "bcachefs", Doubt::None),
    (0x6969, "NFS", Doubt::Remote),
    (0x517B, "SMB", Doubt::Remote),
    (0xFE53_4D42, "SMB", Doubt::Remote),
    (0xFF53_4D42, "CIFS", Doubt::Remote),
    (0x0102_1997, "9P", Doubt::Remote),
    (0x00C3_6400, "Ceph", Doubt::Remote),
    (0x5346_414F, "AFS", Doubt::Remote),
    (0x7461_636F, "OCFS2", Doubt::Remote),
    (0x0116_1970, "GFS2", Doubt::Remote),
    (0x6573_5546, "FUSE", Doubt::Strange),
    (0x4D44, "FAT", Doubt::Strange),
    (0x2011_BAB0, "exFAT", Doubt::Strange),
    (0x0102_1994, "tmpfs", Doubt::Gone),
    (0x8584_58F6, "ramfs", Doubt::Gone),
    (0x794C_7630, "overlayfs", Doubt::Layer),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doubt {
    None,
    /// Somebody else's disk: locks and "it is on disk" may not mean what they say.
    Remote,
    /// It may not keep modes, or promise that anything is on disk.
    Strange,
    /// Memory.
    Gone,
    /// The upper layer of a container.
    Layer,
}

pub(super) fn looks<'a>(app: &Arc<App>) -> Vec<Asked<'a>> {
    vec![
        Asked::aside(app, &["data-folder"], |app| vec![Line::of("data-folder", folder(&app.config.data_dir, own()))]),
        Asked::aside(app, &["disk"], |app| vec![Line::of("disk", disk(&app.config.data_dir))]),
        Asked::aside(app, &["file-system"], |app| vec![Line::of("file-system", file_system(&app.config.data_dir))]),
    ]
}

/// The user that looks.
fn own() -> u32 {
    rustix::process::geteuid().as_raw()
}

fn folder(path: &Path, own: u32) -> Finding {
    let shown = path.display();
    let found = match fs::metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Finding::skipped("", format!("{shown} is not there yet; the first start makes it"));
        }
        Err(error) => {
            return Finding::fail("", format!("{shown} cannot be looked at ({error})"), "set data_dir to a folder");
        }
    };
    if !found.is_dir() {
        return Finding::fail("", format!("{shown} is not a folder"), "move it away, or set data_dir to a folder");
    }
    if found.uid() != own {
        let words = format!("{shown} belongs to the user with number {}, and this runs as number {own}", found.uid());
        let remedy =
            format!("run everything as the user of the server, or give it to that user: chown -R USER {shown}");
        return if own == 0 { Finding::warn("", words, remedy) } else { Finding::fail("", words, remedy) };
    }
    if let Err(error) = access(path, Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK) {
        return Finding::fail(
            "",
            format!("{shown} cannot be written to ({error})"),
            "mount it for writing, and chmod 700 it",
        );
    }
    open_to_others(path)
        .unwrap_or_else(|| Finding::ok("", format!("{shown} is there, writable, and closed to other users")))
}

/// The folder, or a file of it that tells everything, if others may use it.
fn open_to_others(folder: &Path) -> Option<Finding> {
    let places = [(folder.to_path_buf(), 700), (folder.join(FILE_NAME), 600), (folder.join(KEY_NAME), 600)];
    let is_open = |path: &Path| fs::metadata(path).is_ok_and(|found| found.mode() & OTHERS != 0);
    let (path, mode) = places.into_iter().find(|(path, _)| is_open(path))?;
    let words = format!("{} can be used by other users of this machine", path.display());
    Some(Finding::warn("", words, format!("run: chmod {mode} {}; the next start does so, too", path.display())))
}

fn disk(folder: &Path) -> Finding {
    if let Some(short) = trials::folder::room(folder) {
        return short;
    }
    let Some(left) = room::left_in(folder) else {
        return Finding::skipped(
            "",
            format!("{} is not there, or does not say how much room it has", folder.display()),
        );
    };
    let bytes = fs::metadata(folder.join(FILE_NAME)).map_or(0, |found| found.len());
    room_for_a_backup(left, bytes)
}

fn room_for_a_backup(left: u64, bytes: u64) -> Finding {
    let wanted = room_needed(bytes);
    if left < wanted {
        let words = format!("{} are left, and a backup needs {} while it is made", size(left), size(wanted));
        return Finding::warn("", words, "make room on the disk that the data is on");
    }
    Finding::ok("", format!("{} are left; the data takes {}", size(left), size(bytes)))
}

fn file_system(folder: &Path) -> Finding {
    match statfs(folder).map(|found| u64::try_from(found.f_type)) {
        Ok(Ok(kind)) => judged(kind),
        _ => Finding::skipped("", format!("{} is not there, or does not say what it is on", folder.display())),
    }
}

fn judged(kind: u64) -> Finding {
    let known = FILE_SYSTEMS.iter().find(|(number, ..)| *number == kind);
    let Some((_, name, doubt)) = known else {
        return Finding::ok("", format!("of a kind that is not known here (number {kind:x})"));
    };
    match doubt {
        Doubt::None => Finding::ok("", format!("{name}, which keeps what it says")),
        Doubt::Remote => Finding::fail(
            "",
            format!("{name} is over the network: books on it may be damaged when the connection breaks"),
            "put data_dir on a disk of this machine, and let backups go over the network",
        ),
        Doubt::Strange => Finding::warn(
            "",
            format!("{name} may not keep other users out, or not keep what was written when the power fails"),
            "put data_dir on ext4, XFS, Btrfs or ZFS",
        ),
        Doubt::Gone => Finding::warn(
            "",
            format!("{name} is memory: everything is gone when this machine restarts"),
            "put data_dir on a disk",
        ),
        Doubt::Layer => Finding::warn(
            "",
            format!("{name} is what a container has to itself: everything is gone with the container"),
            "put data_dir on a volume",
        ),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    use super::{disk, file_system, folder, judged, own, room_for_a_backup};
    use crate::config::check::Level;

    #[test]
    fn whose_the_folder_is_and_who_else_gets_in() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("data");
        assert_eq!(folder(&path, own()).level, Level::Skipped);
        fs::create_dir(&path).unwrap();
        let close = |path: &std::path::Path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
        close(&path, 0o700);
        assert_eq!(folder(&path, own()).level, Level::Ok);
        assert_eq!(fs::read_dir(&path).unwrap().count(), 0, "looking leaves nothing behind");
        let stranger = own() + 1;
        assert_eq!(folder(&path, stranger).level, Level::Fail);
        fs::write(path.join("master.key"), "").unwrap();
        close(&path.join("master.key"), 0o640);
        let found = folder(&path, own());
        assert!(found.level == Level::Warn && found.detail.contains("master.key can be used by other"), "{found}");
        assert!(found.remedy.unwrap().starts_with("run: chmod 600 "));
        close(&path.join("master.key"), 0o600);
        close(&path, 0o750);
        assert!(folder(&path, own()).remedy.unwrap().starts_with("run: chmod 700 "));
        fs::write(place.path().join("file"), "").unwrap();
        assert!(folder(&place.path().join("file"), own()).detail.ends_with("is not a folder"));
        assert_eq!(folder("/proc/self/mem/data".as_ref(), own()).level, Level::Fail);
    }

    #[test]
    fn root_may_look_and_is_told_whose_it_is() {
        // Whoever owns /proc/1 is root, and so is it here.
        let found = folder("/proc/1".as_ref(), 0);
        assert_ne!(found.level, Level::Ok, "nobody can write there: {found}");
    }

    #[test]
    fn a_backup_needs_room_for_two_copies_and_the_rest_that_the_books_keep() {
        let rest = crate::store::room::ROOM_MIN_BYTES;
        for (left, bytes, level) in [
            (rest + 10, 5, Level::Ok),
            (rest + 9, 5, Level::Warn),
            (10, 5, Level::Warn),
            (u64::MAX, u64::MAX, Level::Ok),
        ] {
            assert_eq!(room_for_a_backup(left, bytes).level, level, "{left} {bytes}");
        }
        let found = room_for_a_backup(1 << 30, 999);
        assert_eq!(found.detail, "1 GiB are left; the data takes 999 B");
        let place = tempfile::tempdir().unwrap();
        assert_eq!(disk(&place.path().join("gone")).level, Level::Skipped);
    }

    #[test]
    fn a_disk_of_another_machine_is_refused_and_memory_is_named() {
        for (kind, level, words) in [
            (0xEF53, Level::Ok, "ext4"),
            (0x6969, Level::Fail, "NFS is over the network"),
            (0xFF53_4D42, Level::Fail, "CIFS"),
            (0x6573_5546, Level::Warn, "FUSE"),
            (0x0102_1994, Level::Warn, "gone when this machine restarts"),
            (0x794C_7630, Level::Warn, "gone with the container"),
            (0x1234, Level::Ok, "number 1234"),
        ] {
            let found = judged(kind);
            assert!(found.level == level && found.detail.contains(words), "{kind:x}: {found}");
        }
        assert_eq!(file_system("/nowhere/at/all".as_ref()).level, Level::Skipped);
        assert!(file_system("/proc".as_ref()).detail.contains("not known here"), "9fa0");
    }
}
