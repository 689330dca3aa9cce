//! `quittance backup`: a consistent copy, written by whoever asked for it and under its name only once it is whole.
//!
//! It takes the place of nothing but an earlier backup or an empty file.

use std::fs::{File, FileType, Metadata};
use std::io::{self, Write};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::{CommandError, Verdict};
use crate::control::{Line, Request};
use crate::export::Part;
use crate::say::say;
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
    #[error("it is a link that leads to itself; name a file")]
    Endless,
    #[error("it names no file; name one, such as quittance.backup")]
    NoName,
    #[error(
        "files are there that no export of Quittance wrote, and they are left alone; name an empty or a new folder"
    )]
    Occupied,
}

pub(super) async fn run(line: Line, named: &Path) -> Result<Verdict, CommandError> {
    let path = &target(named)?;
    let failed = |source| CommandError::write(path, source);
    let unfinished = Unfinished::beside(path).map_err(failed)?;
    let mut file = unfinished.file.try_clone().map_err(failed)?;
    let taker = move |part: Part<'_>| match part {
        Part::Data(bytes) => file.write_all(bytes),
        Part::File(_) => Err(io::Error::other("a backup is one file")),
    };
    line.take(&Request::Backup, Box::new(taker)).await.map_err(|error| CommandError::taken(path, error))?;
    unfinished.finish(path).map_err(failed)?;
    say(format_args!("Backed up to {}.", named.display()));
    Ok(Verdict::Good)
}

/// Where the copy is to be: what `named` leads to, if nothing is lost there.
fn target(named: &Path) -> Result<PathBuf, CommandError> {
    let refuse = |why| CommandError::Target { path: named.display().to_string(), why };
    if named.as_os_str() == "-" {
        return Err(refuse(TargetRefusal::Dash));
    }
    let mut path = named.to_path_buf();
    for _ in 0..LINKS_MAX {
        match path.symlink_metadata() {
            Ok(found) if found.is_symlink() => {
                path = led_by(&path).map_err(|source| CommandError::write(&path, source))?;
            }
            Ok(found) => {
                let may = may_replace(&path, &found).map_err(|source| CommandError::write(&path, source))?;
                return may.map(|()| path).map_err(refuse);
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return if path.file_name().is_some() { Ok(path) } else { Err(refuse(TargetRefusal::NoName)) };
            }
            Err(source) => return Err(CommandError::write(&path, source)),
        }
    }
    Err(refuse(TargetRefusal::Endless))
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
    let harmless = found.len() == 0 || is_backup(File::open(path)?);
    Ok(if harmless { Ok(()) } else { Err(TargetRefusal::Foreign) })
}

fn kind(found: FileType) -> &'static str {
    match found {
        found if found.is_fifo() => "a pipe",
        found if found.is_socket() => "a socket",
        _ => "a device",
    }
}

/// A file that goes away unless it is finished.
struct Unfinished {
    path: PathBuf,
    file: File,
}

impl Unfinished {
    /// In the same folder, so that it can take the name of the finished one in one step.
    fn beside(path: &Path) -> io::Result<Self> {
        let name = path.file_name().ok_or_else(|| io::Error::other("it names no file"))?;
        let name = format!(".{}.{}.unfinished", name.to_string_lossy(), std::process::id());
        let path = path.with_file_name(name);
        // Left behind by a process of this number that was killed; or laid there by somebody else, who is not followed.
        drop(std::fs::remove_file(&path));
        let file = File::options().write(true).create_new(true).mode(0o600).open(&path)?;
        Ok(Self { path, file })
    }

    fn finish(self, path: &Path) -> io::Result<()> {
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
