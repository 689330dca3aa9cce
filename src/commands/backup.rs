//! `quittance backup`: a consistent copy, written by whoever asked for it and under its name only once it is whole.
//!
//! Where it may be written is said by [`target`](super::target).

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::target::target;
use super::{CommandError, Verdict};
use crate::backups::Unfinished;
use crate::config::Config;
use crate::control::{IfMissing, Line, Request};
use crate::export::Part;
use crate::say::say;

/// What the name of a file ends with that is being written.
const UNFINISHED: &str = ".unfinished";

pub(super) async fn run(config: Config, named: &Path) -> Result<Verdict, CommandError> {
    let data = config.data_dir.clone();
    let line = Line::open(config, IfMissing::Refuse)?;
    let path = &target(named, &data)?;
    let failed = |source| CommandError::write(path, source);
    sweep(path);
    let unfinished = Unfinished::begin(beside(path)).map_err(failed)?;
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

/// Takes away what this command left here when it was killed: a copy of the books that nobody looks for.
fn sweep(path: &Path) {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let beginning = format!(".{}.", name.to_string_lossy());
    let Ok(files) = std::fs::read_dir(folder) else { return };
    for file in files.flatten() {
        let found = file.file_name();
        let process = found.to_str().and_then(|found| found.strip_prefix(&beginning)?.strip_suffix(UNFINISHED));
        let is_left = |process: &str| process.parse::<u32>().is_ok() && !Path::new("/proc").join(process).exists();
        if process.is_some_and(is_left) {
            drop(std::fs::remove_file(file.path()));
        }
    }
}

/// In the same folder, so that it can take the name of the finished one in one step; each process its own.
fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}{UNFINISHED}", std::process::id()))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::{beside, sweep};

    #[test]
    fn what_a_killed_one_left_goes_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("copy");
        let left = path.with_file_name(".copy.4294967295.unfinished");
        let others = [".copy.0x1.unfinished", ".copies.4294967295.unfinished", "copy"];
        for file in others.map(|name| path.with_file_name(name)).iter().chain([&left, &beside(&path)]) {
            std::fs::write(file, "").unwrap();
        }
        sweep(&path);
        assert!(!left.exists());
        assert!(beside(&path).exists(), "of a process that is at it");
        assert!(others.iter().all(|name| path.with_file_name(name).exists()));
    }
}
