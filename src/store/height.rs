//! How far the journal had got, noted in a file beside the data (row J6).
//!
//! An older data file that somebody put back by hand, with `cp` and not with `restore`, says nothing of that: but its
//! journal ends before the noted place, or went on otherwise from an earlier one. Then the books are behind, as after
//! `restore`.
//!
//! The rule it keeps: a place is noted after its commit, so that the note is never ahead of the data that is in place. It
//! is not waited for until it is on disk; one that the power took is an older one, and an older one says nothing wrong.
//! Whoever puts the whole folder back puts the note back with it: then nothing here can know.

use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::error::Error;
use super::handle::Handle;
use super::register::Match;
use super::snapshot::Snapshot;
use super::table::{Reader, Source};
use super::tables::JOURNAL;
use super::writer::{self, Writer};
use crate::billing::ledger::Book;

/// Longer than any note; one line is read.
const NOTE_BYTES_MAX: usize = 128;
const FILE_MODE: u32 = 0o600;

/// A place in the journal, from 1, and the hash of the seal there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Height {
    pub seq: u64,
    pub hash: String,
}

/// The file that it is noted in; each appliance has its own.
pub(super) struct Note(File);

impl Note {
    fn open(folder: &Path, appliance: &str) -> io::Result<Self> {
        let path = path(folder, appliance);
        File::options().create(true).truncate(false).read(true).write(true).mode(FILE_MODE).open(path).map(Self)
    }

    /// Notes a place. The line has always the same length, so that nothing of the one before is left.
    pub(super) fn write(&self, height: &Height) -> io::Result<()> {
        self.0.write_all_at(format!("{:020} {}\n", height.seq, height.hash).as_bytes(), 0)
    }

    /// What was noted; none in a new file, or of a line that was not written to its end.
    fn read(&self) -> io::Result<Option<Height>> {
        let mut bytes = [0; NOTE_BYTES_MAX];
        let length = self.0.read_at(&mut bytes, 0)?;
        let text = String::from_utf8_lossy(&bytes[..length]);
        let Some((line, _)) = text.split_once('\n') else { return Ok(None) };
        let Some((seq, hash)) = line.split_once(' ') else { return Ok(None) };
        Ok(seq.parse().ok().map(|seq| Height { seq, hash: hash.to_owned() }))
    }
}

fn path(folder: &Path, appliance: &str) -> PathBuf {
    folder.join(format!("journal.{appliance}"))
}

/// How far the journal of an appliance had got in `folder`, as far as that is noted. Nothing is written before the first seal.
#[must_use]
pub fn noted_in(folder: &Path, appliance: &str) -> Option<u64> {
    let file = File::open(path(folder, appliance)).ok()?;
    if file.metadata().ok()?.len() == 0 {
        return Some(0);
    }
    Note(file).read().ok().flatten().map(|height| height.seq)
}

/// Forgets what was noted of data that a backup has taken the place of by [`restore`](super::backup::restore), which says
/// itself how far it is behind. If this fails, the next start says so once more.
pub fn forget(folder: &Path, appliance: &str) {
    drop(std::fs::remove_file(path(folder, appliance)));
}

/// Compares the data with what is noted beside it, and notes in the data that it is behind if it is older. Without a note
/// that can be written, on a full disk say, the appliance starts all the same. `list` is what the list of numbers beside it is
/// to it: data without its own came from elsewhere, or with an older folder, and may be older.
pub(super) fn compare(handle: &Handle, folder: &Path, now: Timestamp, list: Match) -> Result<Option<Note>, Error> {
    let moment = handle.snapshot()?;
    let snapshot = Snapshot::of(&moment);
    let reader = Reader(Source::Snapshot(&snapshot));
    let appliance = reader.appliance()?;
    let opened = Note::open(folder, &appliance).and_then(|note| note.read().map(|noted| (note, noted)));
    let (note, noted) = match opened {
        Ok((note, noted)) => (Some(note), noted),
        Err(error) => {
            tracing::warn!(%error, "whether the data is older than it was here before could not be seen");
            return Ok(None);
        }
    };
    let head = match reader.journal_head() {
        // `verify` names it; a start must not fail for it.
        Err(error) if error.is_damage() => return Ok(note),
        Err(Error::Unreadable { .. }) => return Ok(note),
        head => head?,
    };
    // Where it is noted already that numbers are not known, `restore` put the data there.
    let is_noted = !reader.lacking_numbers(Book::Live)?.is_empty();
    let came_alone = list == Match::Foreign && !is_noted && reader.list_of_numbers()?.is_some();
    let is_behind = match &noted {
        Some(noted) => !holds(reader, noted)?,
        None => false,
    };
    if came_alone || is_behind {
        let since = head.as_ref().map_or(now, |(_, seal)| seal.at);
        tracing::warn!(%since, "the data is older than it was here before, or came from elsewhere: the file was put there by hand");
        let note = |w: &mut Writer<'_>| {
            if list != Match::Whole {
                w.lose_numbers(since)?;
            }
            w.fall_behind(since)
        };
        handle.writable(|database| writer::change(database, now, note))?;
    }
    if let (Some(note), Some((seq, seal))) = (&note, head)
        && let Err(error) = note.write(&Height { seq, hash: seal.hash })
    {
        tracing::warn!(%error, "how far the journal has got could not be noted beside the data");
    }
    Ok(note)
}

/// Whether the journal has the noted seal at its place.
fn holds(reader: Reader<'_>, noted: &Height) -> Result<bool, Error> {
    match reader.get(&JOURNAL, &noted.seq) {
        Ok(found) => Ok(found.is_some_and(|seal| seal.hash == noted.hash)),
        Err(error) if error.is_damage() => Ok(true),
        Err(Error::Unreadable { .. }) => Ok(true),
        Err(error) => Err(error),
    }
}
