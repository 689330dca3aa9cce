//! `quittance backup`: a consistent copy, written by whoever asked for it and under its name only once it is whole.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::{CommandError, Verdict};
use crate::control::{Line, Request};
use crate::export::Part;
use crate::say::say;

pub(super) async fn run(line: Line, path: &Path) -> Result<Verdict, CommandError> {
    let failed = |source| CommandError::Write { path: path.display().to_string(), source };
    let unfinished = Unfinished::beside(path).map_err(failed)?;
    let mut file = unfinished.file.try_clone().map_err(failed)?;
    let taker = move |part: Part<'_>| match part {
        Part::Data(bytes) => file.write_all(bytes),
        Part::File(_) => Err(io::Error::other("a backup is one file")),
    };
    line.take(&Request::Backup, Box::new(taker)).await?;
    unfinished.finish(path).map_err(failed)?;
    say(format_args!("Backed up to {}.", path.display()));
    Ok(Verdict::Good)
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
        let file = File::options().write(true).create(true).truncate(true).mode(0o600).open(&path)?;
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
