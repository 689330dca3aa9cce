//! A file that goes away unless it is finished, so that whatever bears a name is whole.

use std::fs::File;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Only the owner of the process may read what it makes.
const FILE_MODE: u32 = 0o600;

/// The file, under the name that it has until then.
pub struct Unfinished {
    path: PathBuf,
    pub file: File,
}

impl Unfinished {
    /// Begins it at `path`, which must be in the folder that it will stay in.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn begin(path: PathBuf) -> io::Result<Self> {
        // Left behind by a process that was killed; or a link that somebody laid there, which is not followed.
        drop(std::fs::remove_file(&path));
        let file = File::options().read(true).write(true).create_new(true).mode(FILE_MODE).open(&path)?;
        Ok(Self { path, file })
    }

    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Gives the file its name, durably.
    ///
    /// # Errors
    /// It is not known to be on disk.
    pub fn finish(self, path: &Path) -> io::Result<()> {
        self.file.sync_all()?;
        std::fs::rename(&self.path, path)?;
        sync_folder_of(path)
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // Gone already if it was finished.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// A name is durable when the folder that holds it is.
pub(super) fn sync_folder_of(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}
