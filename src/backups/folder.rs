//! A folder that backups are kept in: the one in the data folder, or another that the owner named.
//!
//! A file gets its name when all of it is on disk, so that whatever bears the name of a backup is a whole one.

use std::fs::{DirBuilder, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Advice, fadvise};

use super::name::Name;
use super::unfinished::{Unfinished, sync_folder_of};
use crate::size::size;
use crate::store::room;

const FOLDER_MODE: u32 = 0o700;
/// What a file is called until it is whole: `.NAME.unfinished`.
const UNFINISHED: &str = ".unfinished";
/// Bytes that are in memory at a time.
const PIECE_BYTES: usize = 1 << 20;
/// Names of a folder that are looked at: a hundred times what rotation leaves.
const NAMES_MAX: usize = 100_000;

/// The folder.
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    pub fn at(path: PathBuf) -> Self {
        Self { path }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes the folder itself, closed to other users of the machine, if what it is in is there.
    pub fn make(&self) -> io::Result<()> {
        match DirBuilder::new().mode(FOLDER_MODE).create(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            other => other,
        }
    }

    /// Begins a file that goes away unless it is finished.
    pub fn begin(&self, name: &str) -> io::Result<Unfinished> {
        Unfinished::begin(self.path.join(format!(".{name}{UNFINISHED}")))
    }

    /// Puts a file here, which is whole and on disk, under a name. One that lies here already gets a second name, and takes
    /// no more room.
    pub fn put(&self, from: &Path, name: &str) -> io::Result<()> {
        let path = self.path.join(name);
        if from.parent() == Some(self.path()) && std::fs::hard_link(from, &path).is_ok() {
            return sync_folder_of(&path);
        }
        let mut source = File::open(from)?;
        self.must_have_room(source.metadata()?.len())?;
        let mut unfinished = self.begin(name)?;
        io::copy(&mut source, &mut unfinished.file)?;
        unfinished.finish(&path)
    }

    /// Refuses what would leave the disk without the room that the books may need, which are often on the same.
    pub fn must_have_room(&self, bytes: u64) -> io::Result<()> {
        is_room_for(bytes, room::left_in(&self.path))
    }

    /// Every backup that is here, with its bytes. Other files are passed over.
    pub fn list(&self) -> io::Result<Vec<(Name, u64)>> {
        let mut found = Vec::new();
        for (place, entry) in std::fs::read_dir(&self.path)?.enumerate() {
            if place == NAMES_MAX {
                return Err(io::Error::other("it has more files than are looked at, so it must be one of its own"));
            }
            let entry = entry?;
            let name = entry.file_name().to_str().and_then(|name| name.parse::<Name>().ok());
            let Some(name) = name else { continue };
            // One that somebody has removed meanwhile is not here.
            let Ok(about) = entry.path().symlink_metadata() else { continue };
            // A link leads to something that is not ours to delete.
            if about.is_file() {
                found.push((name, about.len()));
            }
        }
        Ok(found)
    }

    /// Shows the bytes of a file, piece by piece.
    pub fn read(&self, name: &str, mut take: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        let mut file = File::open(self.path.join(name))?;
        // What the system remembers of what was written would be right whatever the disk has.
        let _ = fadvise(&file, 0, None, Advice::DontNeed);
        let mut piece = vec![0; PIECE_BYTES];
        loop {
            match file.read(&mut piece)? {
                0 => return Ok(()),
                count => take(&piece[..count])?,
            }
        }
    }

    pub fn remove(&self, name: &str) -> io::Result<()> {
        match std::fs::remove_file(self.path.join(name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other,
        }
    }

    /// Removes what a process of this installation left behind that was killed at its work.
    pub fn sweep(&self, appliance: &str) {
        let Ok(entries) = std::fs::read_dir(&self.path) else { return };
        for entry in entries.flatten().take(NAMES_MAX) {
            let name = entry.file_name();
            let inside = name.to_str().and_then(|name| name.strip_prefix('.')?.strip_suffix(UNFINISHED));
            let inside =
                inside.map(|name| super::AT_WORK.iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name));
            if inside.and_then(|name| name.parse::<Name>().ok()).is_some_and(|name| name.is_of(appliance)) {
                drop(std::fs::remove_file(entry.path()));
            }
        }
    }

    /// Writes a small file, reads it back and takes it away again.
    pub fn probe(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut probe = self.begin(name)?;
        probe.file.write_all(bytes)?;
        probe.file.sync_all()?;
        if std::fs::read(probe.path())? == bytes {
            Ok(())
        } else {
            Err(io::Error::other("what was written is not what is read"))
        }
    }
}

/// What must be left on a disk for so many bytes, so that the books have their room beside them.
pub fn needed_for(bytes: u64) -> u64 {
    bytes.saturating_add(room::ROOM_MIN_BYTES)
}

/// Whether `left` bytes are enough for so many and a rest. A system that does not say may have them.
fn is_room_for(bytes: u64, left: Option<u64>) -> io::Result<()> {
    let needed = needed_for(bytes);
    let Some(left) = left.filter(|left| *left < needed) else { return Ok(()) };
    let (left, needed) = (size(left), size(needed));
    let words = format!("it has {left} left, and {needed} are needed so that the books have room beside it");
    Err(io::Error::new(io::ErrorKind::StorageFull, words))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use std::io::ErrorKind;
    use std::os::unix::fs::{MetadataExt, PermissionsExt};

    use super::{Folder, is_room_for, room};

    const NAME: &str = "quittance-0123abcd-20261123T023700Z.backup";

    #[test]
    fn what_lies_in_the_folder_already_takes_no_more_room_and_what_does_not_is_copied() {
        let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let home = Folder::at(here.path().to_path_buf());
        let made = home.begin("made").unwrap();
        std::fs::write(made.path(), "books").unwrap();
        for folder in [&home, &Folder::at(there.path().to_path_buf()), &home] {
            folder.put(made.path(), NAME).unwrap();
            let stored = folder.path().join(NAME);
            assert_eq!(std::fs::read(&stored).unwrap(), b"books");
            assert_eq!(stored.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        }
        drop(made);
        let names = |folder: &std::path::Path| std::fs::read_dir(folder).unwrap().count();
        assert_eq!((names(here.path()), names(there.path())), (1, 1), "nothing is left beside it");
    }

    #[test]
    fn the_one_in_the_folder_is_the_very_file_until_its_first_name_goes() {
        let here = tempfile::tempdir().unwrap();
        let home = Folder::at(here.path().to_path_buf());
        let made = home.begin("made").unwrap();
        home.put(made.path(), NAME).unwrap();
        let inode = |path: &std::path::Path| path.metadata().unwrap().ino();
        assert_eq!(inode(made.path()), inode(&here.path().join(NAME)));
    }

    #[test]
    fn the_books_keep_their_room() {
        let rest = room::ROOM_MIN_BYTES;
        assert!(is_room_for(5, Some(rest + 5)).is_ok() && is_room_for(u64::MAX, None).is_ok());
        let refused = is_room_for(1 << 20, Some(rest + 4)).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::StorageFull);
        assert!(refused.to_string().contains("64 MiB left, and 65 MiB are needed"), "{refused}");
    }

    #[test]
    fn the_disk_of_a_folder_is_asked() {
        let here = tempfile::tempdir().unwrap();
        let folder = Folder::at(here.path().to_path_buf());
        assert!(folder.must_have_room(0).is_ok());
        assert!(folder.must_have_room(u64::MAX).is_err());
    }
}
