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

pub(super) async fn run(config: Config, named: &Path) -> Result<Verdict, CommandError> {
    let data = config.data_dir.clone();
    let line = Line::open(config, IfMissing::Refuse)?;
    let path = &target(named, &data)?;
    let failed = |source| CommandError::write(path, source);
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

/// In the same folder, so that it can take the name of the finished one in one step; each process its own.
fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}.unfinished", std::process::id()))
}
