//! The data folder and the one file in it that holds everything.
//!
//! A file gets its name only when it is whole and on disk; one that is there is never made anew by accident, and never
//! replaced while its name could be lost.

use std::fs::{DirBuilder, File, Permissions, TryLockError};
use std::io::{self, Read};
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use redb::StorageBackend;

use super::error::Error;
use super::handle::Access;

/// Who is just ending lets go of the folder within moments: a second is waited for it.
const LOCK_TRIES: u32 = 20;
const LOCK_PAUSE: Duration = Duration::from_millis(50);
/// The one file that holds everything.
pub const FILE_NAME: &str = "quittance.redb";
/// What a restore fills before it gets that name; left behind by one that was cut off.
pub(super) const UNFINISHED_NAME: &str = "quittance.restoring";
/// The folder of the backups that are made by themselves.
pub const BACKUPS_NAME: &str = "backups";
const LOCK_NAME: &str = "lock";
/// Where a running server is asked; a killed one leaves it behind.
pub const SOCKET_NAME: &str = "control.sock";
/// What the stored secrets are encrypted under.
pub const KEY_NAME: &str = "master.key";
/// Bits of a file mode that let others in.
const OTHERS: u32 = 0o077;
/// Only the owner of the process may read what is stored.
const FOLDER_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;

/// The data file, as redb reads and writes it.
#[derive(Debug)]
pub(super) struct DataFile {
    file: File,
    /// Whether somebody relies on it. One that is being made is put on disk once, when it is whole: by [`publish`].
    is_in_use: bool,
    /// Set when the disk refused to say that everything is on it.
    doubt: Doubt,
}

/// Whether the system may believe that pages are on disk which are not.
///
/// After a failed `fdatasync` the system drops what it could not write, or takes it for written, and a second one
/// succeeds without writing it again. So the file is then written anew as a whole before it is believed.
#[derive(Clone, Debug, Default)]
pub(super) struct Doubt(Arc<AtomicBool>);

impl DataFile {
    /// Opens the file at `path`, written anew if there is doubt about what of it is on disk.
    pub(super) fn open(path: &Path, access: Access, doubt: &Doubt) -> Result<Self, Error> {
        let writes = access == Access::ReadWrite;
        if writes && doubt.0.load(Ordering::Acquire) {
            write_anew(path)?;
            doubt.0.store(false, Ordering::Release);
        }
        let open = || {
            let file = File::options().read(true).write(writes).open(path)?;
            // redb would make a new store of an empty file, and everything would seem to be gone.
            if file.metadata()?.len() == 0 {
                return Err(io::Error::other("it is empty; restore a backup, or remove it to begin anew"));
            }
            Ok(Self { file, is_in_use: true, doubt: doubt.clone() })
        };
        let opened = open().map_err(|source| unusable(path, source))?;
        // Several handles of one process may have it; whoever is to be alone with it sees that somebody has.
        match opened.file.try_lock_shared() {
            Ok(()) => Ok(opened),
            Err(TryLockError::WouldBlock) => Err(Error::InUse(path.parent().unwrap_or(path).display().to_string())),
            Err(TryLockError::Error(source)) => Err(unusable(path, source)),
        }
    }

    /// Notes that the system may have forgotten what it was to write.
    pub(super) fn distrust(&self) {
        self.doubt.0.store(true, Ordering::Release);
    }

    /// Makes an empty file at `path`, which is on disk only when it is published, in place of one that was left behind half made.
    pub(super) fn create(path: &Path) -> Result<Self, Error> {
        remove(path)?;
        let file = File::options().create_new(true).read(true).write(true).mode(FILE_MODE).open(path);
        let file = file.map_err(|source| unusable(path, source))?;
        Ok(Self { file, is_in_use: false, doubt: Doubt::default() })
    }
}

impl StorageBackend for DataFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.file.read_exact_at(out, offset)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.file.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        if !self.is_in_use {
            return Ok(());
        }
        self.file.sync_data().inspect_err(|_| self.distrust())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.file.write_all_at(data, offset)
    }

    /// Whoever still reads may hold the file open for long; nothing is written to it any more.
    fn close(&self) -> io::Result<()> {
        self.file.unlock()
    }
}

/// Copies the file into a new one, which then takes its name: every byte of it is written again.
fn write_anew(path: &Path) -> Result<(), Error> {
    let fresh = path.with_extension("anew");
    copy(path, &fresh)?;
    publish(&fresh, path)
}

/// Makes the data folder, so that it is still there after a power cut.
pub(super) fn make_folder(folder: &Path) -> Result<(), Error> {
    let missing: Vec<&Path> = folder.ancestors().take_while(|path| !path.exists()).collect();
    DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(folder).map_err(|source| unusable(folder, source))?;
    missing.into_iter().try_for_each(sync_folder_of).map_err(|source| unusable(folder, source))
}

/// Something that is in the folder beside the traces that any start leaves, backups, which lie there to be put back, and the
/// key that belongs to them; `None` if there is nothing, or no folder.
pub(super) fn anything_in(folder: &Path) -> Result<Option<String>, Error> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(unusable(folder, source)),
    };
    for entry in entries {
        let name = entry.map_err(|source| unusable(folder, source))?.file_name();
        if ![LOCK_NAME, SOCKET_NAME, UNFINISHED_NAME, BACKUPS_NAME, KEY_NAME].iter().any(|known| name == *known) {
            return Ok(Some(name.to_string_lossy().into_owned()));
        }
    }
    Ok(None)
}

/// What taking a folder adds to it, so that it can be taken away again.
pub(super) struct Traces {
    lock: Option<PathBuf>,
    /// Folders that did not exist, the innermost first.
    folders: Vec<PathBuf>,
}

impl Traces {
    /// To be called before [`make_folder`] and [`lock`].
    pub(super) fn before(folder: &Path) -> Self {
        let lock = Some(folder.join(LOCK_NAME)).filter(|path| !path.exists());
        let missing = folder.ancestors().take_while(|path| !path.as_os_str().is_empty() && !path.exists());
        Self { lock, folders: missing.map(Path::to_path_buf).collect() }
    }

    /// As far as that is possible: what somebody has put there meanwhile stays.
    pub(super) fn remove(self) {
        if let Some(lock) = self.lock {
            drop(std::fs::remove_file(lock));
        }
        for folder in self.folders {
            drop(std::fs::remove_dir(folder));
        }
    }
}

/// Closes a folder of ours, and the files in it, to other users of the machine. One that holds something else and no data
/// is left as it is: it may be everybody's.
pub(super) fn make_private(folder: &Path) -> Result<(), Error> {
    let known = folder.join(FILE_NAME).exists() || anything_in(folder)?.is_none();
    let files = [FILE_NAME, LOCK_NAME, KEY_NAME].map(|name| (folder.join(name), FILE_MODE));
    let folder = known.then(|| (folder.to_path_buf(), FOLDER_MODE));
    for (path, mode) in folder.into_iter().chain(files) {
        let Ok(found) = std::fs::metadata(&path) else { continue };
        if found.permissions().mode() & OTHERS == 0 {
            continue;
        }
        let closed = std::fs::set_permissions(&path, Permissions::from_mode(mode));
        let path = path.display();
        match closed {
            Ok(()) => tracing::warn!(%path, "other users of this machine could use this; it is closed to them now"),
            Err(error) => {
                tracing::warn!(%path, %error, "other users of this machine may use this, and it cannot be closed to them");
            }
        }
    }
    Ok(())
}

/// Takes the folder for this process.
pub(super) fn lock(folder: &Path) -> Result<File, Error> {
    for _ in 0..LOCK_TRIES {
        if let Some(lock) = try_lock(folder)? {
            return Ok(lock);
        }
        std::thread::sleep(LOCK_PAUSE);
    }
    Err(Error::InUse(folder.display().to_string()))
}

/// The folder's lock; `None` while another process has it, or has the data: its lock may have been removed or replaced
/// under it.
fn try_lock(folder: &Path) -> Result<Option<File>, Error> {
    let path = folder.join(LOCK_NAME);
    let taken = || {
        let file = File::options().create(true).truncate(false).write(true).mode(FILE_MODE).open(&path)?;
        let is_ours = is_free(&file)? && is_at(&file, &path)?;
        Ok(is_ours.then_some(file))
    };
    let Some(lock) = taken().map_err(|source| unusable(&path, source))? else { return Ok(None) };
    let data = folder.join(FILE_NAME);
    let is_free = match File::options().read(true).write(true).open(&data) {
        Ok(data) => is_free(&data),
        // Whatever is wrong with it is said by whoever opens it.
        Err(_) => Ok(true),
    };
    Ok(is_free.map_err(|source| unusable(&data, source))?.then_some(lock))
}

/// Whether nobody else holds a lock on the file; then it is held through `file`.
fn is_free(file: &File) -> io::Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(source)) => Err(source),
    }
}

/// Whether an open file is the one that has this name now.
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    match std::fs::metadata(path) {
        Ok(named) => file.metadata().map(|held| (held.dev(), held.ino()) == (named.dev(), named.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether there is a file; not to know is an error, since the next step would be to make a new one.
pub(super) fn exists(path: &Path) -> Result<bool, Error> {
    path.try_exists().map_err(|source| unusable(path, source))
}

/// Gives a finished file its name, durably, and takes the name from another one.
pub(super) fn publish(fresh: &Path, path: &Path) -> Result<(), Error> {
    File::open(fresh)
        .and_then(|file| file.sync_all())
        .and_then(|()| std::fs::rename(fresh, path))
        .and_then(|()| sync_folder_of(path))
        .map_err(|source| unusable(path, source))
}

/// Gives the file a second name, under which it stays when the first goes to another.
pub(super) fn keep_as(path: &Path, kept: &Path) -> Result<(), Error> {
    std::fs::hard_link(path, kept).and_then(|()| sync_folder_of(kept)).map_err(|source| unusable(kept, source))
}

/// Copies a file that nobody writes, durably; for keeping what is about to be changed.
pub(super) fn copy(path: &Path, kept: &Path) -> Result<(), Error> {
    let mut source = File::open(path).map_err(|source| unusable(path, source))?;
    write_from(kept, &mut source)
}

/// Writes a whole new file, durably, in place of one that was left behind half made.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    write_from(path, &mut &*bytes)
}

fn write_from(path: &Path, source: &mut impl Read) -> Result<(), Error> {
    remove(path)?;
    let mut written = || {
        let mut file = File::options().create_new(true).write(true).mode(FILE_MODE).open(path)?;
        io::copy(source, &mut file)?;
        file.sync_all()?;
        sync_folder_of(path)
    };
    written().map_err(|source| {
        // Half a file is of no use, and takes the room that somebody else may need.
        let _ = std::fs::remove_file(path);
        unusable(path, source)
    })
}

/// Removes a file, if it is there.
pub(super) fn remove(path: &Path) -> Result<(), Error> {
    std::fs::remove_file(path).or_else(absent).map_err(|source| unusable(path, source))
}

pub(super) fn unusable(path: &Path, source: io::Error) -> Error {
    Error::Folder { path: path.display().to_string(), source }
}

fn absent(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}

/// A name is durable when the folder that holds it is.
fn sync_folder_of(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.map_or_else(|| PathBuf::from("."), Path::to_path_buf))?.sync_all()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::{Access, DataFile, Doubt, FILE_NAME, keep_as, make_folder, write, write_from};
    use redb::StorageBackend;
    use std::fs::{self, File};
    use std::os::fd::OwnedFd;
    use std::os::unix::fs::MetadataExt as _;
    use std::path::Path;
    use std::sync::atomic::Ordering;

    fn inode(path: &Path) -> u64 {
        fs::metadata(path).unwrap().ino()
    }

    /// A pipe cannot be synced, as a worn disk cannot.
    fn worn(doubt: &Doubt) -> DataFile {
        let (_reader, writer) = std::io::pipe().unwrap();
        DataFile { file: File::from(OwnedFd::from(writer)), is_in_use: true, doubt: doubt.clone() }
    }

    #[test]
    fn after_a_failed_sync_every_byte_is_written_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE_NAME);
        write(&path, b"what the system believes to be on disk").unwrap();
        let doubt = Doubt::default();
        let first = inode(&path);
        DataFile::open(&path, Access::ReadWrite, &doubt).unwrap();
        assert_eq!(inode(&path), first, "without doubt the file stays");
        worn(&doubt).sync_data().unwrap_err();
        DataFile::open(&path, Access::ReadOnly, &doubt).unwrap();
        assert_eq!(inode(&path), first, "to read it needs no writing");
        DataFile::open(&path, Access::ReadWrite, &doubt).unwrap();
        assert_ne!(inode(&path), first);
        assert_eq!(fs::read(&path).unwrap(), b"what the system believes to be on disk");
        assert!(!doubt.0.load(Ordering::Acquire));
    }

    #[test]
    fn a_file_that_is_gone_is_not_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE_NAME);
        for access in [Access::ReadOnly, Access::ReadWrite] {
            DataFile::open(&path, access, &Doubt::default()).unwrap_err();
        }
        assert!(!path.exists());
    }

    #[test]
    fn half_a_file_is_not_left_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("copy");
        let mut breaks = std::io::Read::chain(&b"half"[..], Breaks);
        write_from(&path, &mut breaks).unwrap_err();
        assert!(!path.exists());
    }

    struct Breaks;

    impl std::io::Read for Breaks {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("the disk is worn"))
        }
    }

    #[test]
    fn what_is_kept_takes_nobodys_name() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (folder.path().join("one"), folder.path().join("other"));
        write(&one, b"1").unwrap();
        write(&other, b"2").unwrap();
        keep_as(&one, &other).unwrap_err();
        assert_eq!(fs::read(&other).unwrap(), b"2");
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        write(&file, b"").unwrap();
        let error = make_folder(&file.join("data")).unwrap_err().to_string();
        assert!(error.contains("file/data cannot be used"), "{error}");
    }
}
