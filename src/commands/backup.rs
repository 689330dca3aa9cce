//! `quittance backup`: a consistent copy, written by whoever asked for it and under its name only once it is whole.
//!
//! Where it may be written is said by [`target`](super::target).

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::target::target;
use super::{CommandError, Verdict};
use crate::config::Config;
use crate::control::{IfMissing, Line, Request};
use crate::export::Part;
use crate::say::say;

pub(super) async fn run(config: Config, named: &Path) -> Result<Verdict, CommandError> {
    let data = config.data_dir.clone();
    let line = Line::open(config, IfMissing::Refuse)?;
    let path = &target(named, &data)?;
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
