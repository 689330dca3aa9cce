//! `quittance export`: everything in open formats, a file a sort of record.

use std::fs::{DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::{CommandError, Verdict};
use crate::cli::{self, ExportFormat};
use crate::control::{Line, Request};
use crate::export::{Format, Part};
use crate::say::say;

pub(super) async fn run(line: Line, asked: &cli::Export) -> Result<Verdict, CommandError> {
    let format = match asked.format {
        ExportFormat::Json => Format::Json,
        ExportFormat::Csv => Format::Csv,
    };
    let folder = asked.out.clone();
    let made = DirBuilder::new().recursive(true).mode(0o700).create(&folder);
    made.map_err(|source| CommandError::write(&folder, source))?;
    let mut files = Files { folder, current: None };
    let taken = line.take(&Request::Export { format }, Box::new(move |part| files.take(part))).await;
    taken.map_err(|error| CommandError::taken(&asked.out, error))?;
    say(format_args!("Exported to {}.", asked.out.display()));
    Ok(Verdict::Good)
}

/// The files as they come.
struct Files {
    folder: PathBuf,
    current: Option<File>,
}

impl Files {
    fn take(&mut self, part: Part<'_>) -> io::Result<()> {
        match (part, &mut self.current) {
            (Part::File(name), current) => {
                *current = Some(create(&self.folder, name)?);
                Ok(())
            }
            (Part::Data(bytes), Some(file)) => file.write_all(bytes),
            (Part::Data(_), None) => Err(io::Error::other("the export begins without a file")),
        }
    }
}

/// Names of export files are ours and plain; anything else would lead out of the folder.
fn create(folder: &Path, name: &str) -> io::Result<File> {
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.');
    if !plain || name.starts_with('.') {
        return Err(io::Error::other("a file of the export has no plain name"));
    }
    File::options().write(true).create(true).truncate(true).mode(0o600).open(folder.join(name))
}
