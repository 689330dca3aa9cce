//! A folder that backups are kept in: the one in the data folder, or another that the owner named.
//!
//! A file gets its name when all of it is on disk, so that whatever bears the name of a backup is a whole one.

use std::fs::{DirBuilder, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::name::Name;

const FOLDER_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;
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
        let path = self.path.join(format!(".{name}{UNFINISHED}"));
        // Left behind by a process that was killed; or a link that somebody laid there, which is not followed.
        drop(std::fs::remove_file(&path));
        let file = File::options().read(true).write(true).create_new(true).mode(FILE_MODE).open(&path)?;
        Ok(Unfinished { path, file })
    }

    /// Copies a file here, under a name.
    pub fn put(&self, from: &Path, name: &str) -> io::Result<()> {
        let mut unfinished = self.begin(name)?;
        let mut source = File::open(from)?;
        io::copy(&mut source, &mut unfinished.file)?;
        unfinished.finish(&self.path.join(name))
    }

    /// Every backup that is here, with its bytes. Other files are passed over.
    pub fn list(&self) -> io::Result<Vec<(Name, u64)>> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(&self.path)?.take(NAMES_MAX) {
            let entry = entry?;
            let name = entry.file_name().to_str().and_then(|name| name.parse::<Name>().ok());
            let Some(name) = name else { continue };
            let about = entry.path().symlink_metadata()?;
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
        if std::fs::read(&probe.path)? == bytes {
            Ok(())
        } else {
            Err(io::Error::other("what was written is not what is read"))
        }
    }
}

/// A file that goes away unless it is finished.
pub struct Unfinished {
    path: PathBuf,
    pub file: File,
}

impl Unfinished {
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Gives the file its name, durably.
    pub fn finish(self, path: &Path) -> io::Result<()> {
        self.file.sync_all()?;
        std::fs::rename(&self.path, path)?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder)?.sync_all()
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // Gone already if it was finished.
        let _ = std::fs::remove_file(&self.path);
    }
}
