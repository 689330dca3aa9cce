//! `quittance export`: everything in open formats, a file a sort of record.

use std::fs::{DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

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
    let failed = |source| CommandError::write(&folder, source);
    made.map_err(failed)?;
    let files = Arc::new(Mutex::new(Files { folder: folder.clone(), current: None, begun: Vec::new() }));
    let theirs = Arc::clone(&files);
    let taker = move |part: Part<'_>| theirs.lock().unwrap_or_else(PoisonError::into_inner).take(part);
    let answer = line.take(&Request::Export { format }, Box::new(taker)).await;
    answer.map_err(|error| CommandError::taken(&folder, error))?;
    let finished = files.lock().unwrap_or_else(PoisonError::into_inner).finish();
    finished.map_err(failed)?;
    say(format_args!("Exported to {}.", asked.out.display()));
    Ok(Verdict::Good)
}

/// The files as they come. They get their names when all are whole; until then those of an earlier export stay.
struct Files {
    folder: PathBuf,
    current: Option<File>,
    begun: Vec<String>,
}

impl Files {
    fn take(&mut self, part: Part<'_>) -> io::Result<()> {
        match (part, &mut self.current) {
            (Part::File(name), current) => {
                *current = Some(create(&self.folder, name)?);
                self.begun.push(name.to_owned());
                Ok(())
            }
            (Part::Data(bytes), Some(file)) => file.write_all(bytes),
            (Part::Data(_), None) => Err(io::Error::other("the export begins without a file")),
        }
    }

    fn finish(&mut self) -> io::Result<()> {
        self.current = None;
        for name in std::mem::take(&mut self.begun) {
            std::fs::rename(unfinished(&self.folder, &name), self.folder.join(name))?;
        }
        Ok(())
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        for name in &self.begun {
            let _ = std::fs::remove_file(unfinished(&self.folder, name));
        }
    }
}

fn unfinished(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!(".{name}.unfinished"))
}

/// Names of export files are ours and plain; anything else would lead out of the folder.
fn create(folder: &Path, name: &str) -> io::Result<File> {
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.');
    if !plain || name.starts_with('.') {
        return Err(io::Error::other("a file of the export has no plain name"));
    }
    File::options().write(true).create(true).truncate(true).mode(0o600).open(unfinished(folder, name))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::{Files, Part};
    use std::fs;

    #[test]
    fn an_export_that_is_cut_off_leaves_the_earlier_one() {
        let folder = tempfile::tempdir().unwrap();
        let begin = || Files { folder: folder.path().to_owned(), current: None, begun: Vec::new() };
        let list = || {
            let found = fs::read_dir(folder.path()).unwrap();
            let mut names: Vec<_> = found.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
            names.sort();
            names
        };
        for (text, whole) in [("old", true), ("new", false)] {
            let mut files = begin();
            for name in ["a.json", "b.json"] {
                files.take(Part::File(name)).unwrap();
                files.take(Part::Data(text.as_bytes())).unwrap();
            }
            if whole {
                files.finish().unwrap();
            }
            drop(files);
            assert_eq!(list(), ["a.json", "b.json"]);
            assert_eq!(fs::read_to_string(folder.path().join("a.json")).unwrap(), "old");
        }
        assert!(begin().take(Part::File("../a")).is_err());
    }
}
