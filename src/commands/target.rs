//! Where a command may write: never into the data folder, and in the place of nothing but what it wrote there before.

use std::fs::{File, FileType, Metadata};
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Component, Path, PathBuf};

use super::CommandError;
use crate::store::backup::is_backup;

/// As many as the system itself follows (path_resolution(7)).
const LINKS_MAX: usize = 40;

/// Why nothing may be written at the place that was named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetRefusal {
    #[error("a backup is written into a file, not to standard output; name the file")]
    Dash,
    #[error("it is a folder; name a file in it")]
    Folder,
    #[error("it is {0} and no file; name a file")]
    NoFile(&'static str),
    #[error("a file is there that is no backup of Quittance, and it is left alone; name another one")]
    Foreign,
    /// A file there may be one that a running server relies on, or the next one does.
    #[error("it is in the data folder, which Quittance keeps for itself; name a place outside of it")]
    Inside,
    #[error("it leads back out of a folder that is not there; name it without \"..\"")]
    Roundabout,
    #[error("it is a link that leads to itself; name a file")]
    Endless,
    #[error("it names no file; name one, such as quittance.backup")]
    NoName,
    #[error(
        "files are there that no export of Quittance wrote, and they are left alone; name an empty or a new folder"
    )]
    Occupied,
}

/// Where a backup is to be: what `named` leads to, if it is not in `data` and nothing is lost there.
pub(super) fn target(named: &Path, data: &Path) -> Result<PathBuf, CommandError> {
    let refuse = |why| CommandError::Target { path: named.display().to_string(), why };
    if named.as_os_str() == "-" {
        return Err(refuse(TargetRefusal::Dash));
    }
    let path = led_to(named)?.ok_or_else(|| refuse(TargetRefusal::Endless))?;
    let failed = |source| CommandError::write(&path, source);
    if is_within(path.parent().unwrap_or(Path::new("")), data).map_err(failed)? {
        return Err(refuse(TargetRefusal::Inside));
    }
    match path.symlink_metadata() {
        Ok(found) => may_replace(&path, &found).map_err(failed)?.map_err(refuse)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            path.file_name().ok_or_else(|| refuse(TargetRefusal::NoName))?;
        }
        Err(source) => return Err(failed(source)),
    }
    Ok(path)
}

/// Whether the folder `place`, or the nearest one of its way that is there, is `data` or a folder in it, however it is
/// named.
pub(super) fn is_within(place: &Path, data: &Path) -> io::Result<bool> {
    let Ok(data) = data.metadata() else { return Ok(false) };
    let there = place.ancestors().find(|folder| folder.exists()).unwrap_or(Path::new("."));
    for folder in there.canonicalize()?.ancestors() {
        let found = folder.metadata()?;
        if (found.dev(), found.ino()) == (data.dev(), data.ino()) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether the way leads back out of what is not there: where it ends can only be told once folders are made.
pub(super) fn is_roundabout(place: &Path) -> bool {
    let mut way = PathBuf::new();
    place.components().any(|part| {
        let is_missing = part == Component::ParentDir && !way.as_os_str().is_empty() && !way.exists();
        way.push(part);
        is_missing
    })
}

/// Where a chain of links ends, whether or not something is there; `None` if it never does.
fn led_to(named: &Path) -> Result<Option<PathBuf>, CommandError> {
    let mut path = named.to_path_buf();
    for _ in 0..LINKS_MAX {
        if !path.is_symlink() {
            return Ok(Some(path));
        }
        path = led_by(&path).map_err(|source| CommandError::write(&path, source))?;
    }
    Ok(None)
}

/// A relative link counts from the folder that it is in.
fn led_by(link: &Path) -> io::Result<PathBuf> {
    Ok(link.parent().unwrap_or(Path::new("")).join(link.read_link()?))
}

fn may_replace(path: &Path, found: &Metadata) -> io::Result<Result<(), TargetRefusal>> {
    if found.is_dir() {
        return Ok(Err(TargetRefusal::Folder));
    }
    if !found.is_file() {
        return Ok(Err(TargetRefusal::NoFile(kind(found.file_type()))));
    }
    Ok(if is_backup(File::open(path)?) { Ok(()) } else { Err(TargetRefusal::Foreign) })
}

fn kind(found: FileType) -> &'static str {
    match found {
        found if found.is_fifo() => "a pipe",
        found if found.is_socket() => "a socket",
        _ => "a device",
    }
}
