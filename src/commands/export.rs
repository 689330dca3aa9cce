//! `quittance export`: everything in open formats, a file a sort of record.
//!
//! It takes the place of nothing but an earlier export: a list in the folder says which files are ours.

use std::collections::BTreeSet;
use std::fs::{DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::target::{is_roundabout, is_within};
use super::{CommandError, TargetRefusal, Verdict};
use crate::cli::{self, ExportFormat};
use crate::config::Config;
use crate::control::{IfMissing, Line, Request};
use crate::export::{Format, Part};
use crate::say::say;

/// The list of the files that exports wrote, a name a line.
const OURS: &str = ".quittance-export";
/// What that list is called while it is written.
const LIST: &str = "list";
/// What a file is called until it is whole.
const UNFINISHED: &str = ".unfinished";

pub(super) async fn run(config: Config, asked: &cli::Export) -> Result<Verdict, CommandError> {
    let data = config.data_dir.clone();
    let line = Line::open(config, IfMissing::Refuse)?;
    let format = match asked.format {
        ExportFormat::Json => Format::Json,
        ExportFormat::Csv => Format::Csv,
    };
    let folder = asked.out.clone();
    let failed = |source| CommandError::write(&folder, source);
    let refuse = |why| CommandError::Target { path: folder.display().to_string(), why };
    let occupied = || refuse(TargetRefusal::Occupied);
    if is_roundabout(&folder) {
        return Err(refuse(TargetRefusal::Roundabout));
    }
    if is_within(&folder, &data).map_err(failed)? {
        return Err(refuse(TargetRefusal::Inside));
    }
    DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(failed)?;
    let ours = ours_in(&folder).map_err(failed)?.ok_or_else(occupied)?;
    let files = Arc::new(Mutex::new(Files { folder: folder.clone(), current: None, begun: Vec::new(), ours }));
    let theirs = Arc::clone(&files);
    let taker = move |part: Part<'_>| theirs.lock().unwrap_or_else(PoisonError::into_inner).take(part);
    let answer = line.take(&Request::Export { format }, Box::new(taker)).await;
    answer.map_err(|error| CommandError::taken(&folder, error))?;
    let finished = files.lock().unwrap_or_else(PoisonError::into_inner).finish();
    if !finished.map_err(failed)? {
        return Err(occupied());
    }
    say(format_args!("Exported to {}.", asked.out.display()));
    Ok(Verdict::Good)
}

/// The files as they come. They get their names when all are whole; until then those of an earlier export stay.
struct Files {
    folder: PathBuf,
    current: Option<File>,
    begun: Vec<String>,
    /// What earlier exports wrote here.
    ours: BTreeSet<String>,
}

/// What earlier exports wrote in the folder; `None` if there are files and no export was ever made here.
fn ours_in(folder: &Path) -> io::Result<Option<BTreeSet<String>>> {
    match std::fs::read_to_string(folder.join(OURS)) {
        Ok(list) => return Ok(Some(list.lines().map(str::to_owned).collect())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        // What an export that was cut off left behind is ours.
        if !(name.starts_with('.') && name.ends_with(UNFINISHED)) {
            return Ok(None);
        }
    }
    Ok(Some(BTreeSet::new()))
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

    /// Gives the files their names; `false`, and nothing is done, if somebody else's file has one of them.
    fn finish(&mut self) -> io::Result<bool> {
        self.current = None;
        for name in &self.begun {
            if !self.ours.contains(name) && self.folder.join(name).symlink_metadata().is_ok() {
                return Ok(false);
            }
        }
        // The list first: a file of ours that is not in it would be taken for somebody else's.
        self.ours.extend(self.begun.iter().cloned());
        let list: Vec<&str> = self.ours.iter().map(String::as_str).collect();
        create(&self.folder, LIST)?.write_all(list.join("\n").as_bytes())?;
        std::fs::rename(unfinished(&self.folder, LIST), self.folder.join(OURS))?;
        for name in std::mem::take(&mut self.begun) {
            std::fs::rename(unfinished(&self.folder, &name), self.folder.join(name))?;
        }
        Ok(true)
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
    folder.join(format!(".{name}{UNFINISHED}"))
}

/// Names of export files are ours and plain; anything else would lead out of the folder.
fn create(folder: &Path, name: &str) -> io::Result<File> {
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.');
    if !plain || name.starts_with('.') {
        return Err(io::Error::other("a file of the export has no plain name"));
    }
    let path = unfinished(folder, name);
    // Left behind by an export that was cut off; or laid there by somebody else, who is not followed.
    drop(std::fs::remove_file(&path));
    File::options().write(true).create_new(true).mode(0o600).open(path)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::{BTreeSet, Files, OURS, Part, ours_in};
    use std::fs;

    #[test]
    fn an_export_that_is_cut_off_leaves_the_earlier_one() {
        let folder = tempfile::tempdir().unwrap();
        let begin = || Files {
            folder: folder.path().to_owned(),
            current: None,
            begun: Vec::new(),
            ours: ours_in(folder.path()).unwrap().unwrap(),
        };
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
                assert!(files.finish().unwrap());
            }
            drop(files);
            assert_eq!(list(), [OURS, "a.json", "b.json"]);
            assert_eq!(fs::read_to_string(folder.path().join("a.json")).unwrap(), "old");
        }
        assert!(begin().take(Part::File("../a")).is_err());
    }

    #[test]
    fn what_somebody_else_put_there_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let theirs = folder.path().join("customers.json");
        fs::write(folder.path().join(".customers.json.unfinished"), "").unwrap();
        assert_eq!(ours_in(folder.path()).unwrap(), Some(BTreeSet::new()), "left behind by a cut");
        fs::write(&theirs, "mine").unwrap();
        assert_eq!(ours_in(folder.path()).unwrap(), None);
        // Also beside an earlier export that had no such file.
        fs::write(folder.path().join(OURS), "payments.json\n").unwrap();
        let ours = ours_in(folder.path()).unwrap().unwrap();
        let mut files = Files { folder: folder.path().to_owned(), current: None, begun: Vec::new(), ours };
        files.take(Part::File("payments.json")).unwrap();
        files.take(Part::File("customers.json")).unwrap();
        assert!(!files.finish().unwrap());
        drop(files);
        assert_eq!(fs::read_to_string(theirs).unwrap(), "mine");
        assert!(!folder.path().join("payments.json").exists());
    }
}
