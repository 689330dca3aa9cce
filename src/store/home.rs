//! Where the books are at home, so that a copy of them knows that it is one.
//!
//! Two appliances with the same books would mail customers twice and act on the same checkouts. So a file beside the
//! data bears a random sign, and the data remembers the sign, which file bore it (its number and its birth in the file
//! system), and the machine and folder it was in. The data is at home if that very file is there, whatever the machine
//! is called now, or if machine and folder are the same, whatever was done to the files. Otherwise the folder was copied
//! or moved, which nobody but the owner can tell apart: it is noted, and what follows from it is for `app`.
//!
//! No backup holds this: one that is put back by command is meant to be where it is, and at home there.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Store;
use super::error::Error;
use super::file;
use super::handle::Handle;
use super::ids;
use super::journal::hex;
use super::snapshot::Snapshot;
use super::table::{Reader, Source};
use super::tables::HOME;
use super::writer::{self, Writer};

/// The file that bears the sign.
const SIGN_NAME: &str = "home";
/// The row of the place that is home.
const AT_HOME: &str = "home";
/// The row of another place that the data was found in.
const ELSEWHERE: &str = "elsewhere";
/// systemd's name of a machine (machine-id(5)). There is none in many containers.
const MACHINE: &str = "/etc/machine-id";
/// A machine's name has 32 hexadecimal digits; anything shorter says that it has none yet.
const MACHINE_DIGITS: usize = 32;

/// A place that the data may be at home in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Home {
    sign: String,
    /// Number and birth of the file that bears the sign: a copy of it has others. Not every file system knows births.
    file: u64,
    born: Option<Timestamp>,
    /// Not its name, which is to stay on the machine, but what only it gives.
    machine: Option<String>,
    folder: PathBuf,
}

impl Home {
    /// The place as it is; `None` if it bears no sign.
    fn found(folder: &Path) -> Result<Option<Self>, Error> {
        let path = folder.join(SIGN_NAME);
        if !file::exists(&path)? {
            return Ok(None);
        }
        let look = || {
            let metadata = std::fs::metadata(&path)?;
            let folder = folder.canonicalize()?;
            Ok(Self {
                sign: std::fs::read_to_string(&path)?.trim_end().to_owned(),
                file: metadata.ino(),
                born: metadata.created().ok().and_then(|born| Timestamp::try_from(born).ok()),
                machine: machine(&folder),
                folder,
            })
        };
        look().map(Some).map_err(|source: io::Error| file::unusable(&path, source))
    }

    /// Puts up a new sign.
    fn make(folder: &Path) -> Result<Self, Error> {
        let path = folder.join(SIGN_NAME);
        let fresh = path.with_extension("new");
        file::write(&fresh, format!("{:032x}\n", ids::entropy()?).as_bytes())?;
        file::publish(&fresh, &path)?;
        let gone = || file::unusable(&path, io::ErrorKind::NotFound.into());
        Self::found(folder)?.ok_or_else(gone)
    }

    /// Whether data that remembers `self` is at home in `found`.
    fn is(&self, found: &Self) -> bool {
        let same_birth = self.born.is_none() || found.born.is_none() || self.born == found.born;
        let same_file = self.sign == found.sign && self.file == found.file && same_birth;
        let same_place = self.machine.is_some() && self.machine == found.machine && self.folder == found.folder;
        same_file || same_place
    }
}

/// What stands for this machine in the data of this folder.
fn machine(folder: &Path) -> Option<String> {
    let name = std::fs::read_to_string(MACHINE).ok()?;
    let name = name.trim();
    let digest = || Sha256::new().chain_update(name).chain_update(folder.as_os_str().as_encoded_bytes()).finalize();
    (name.len() >= MACHINE_DIGITS).then(|| hex(&digest()))
}

/// Looks whether the data is at home, and notes it if not.
pub(super) fn compare(handle: &Handle, folder: &Path, now: Timestamp) -> Result<(), Error> {
    let remembered = {
        let moment = handle.snapshot()?;
        Reader(Source::Snapshot(&Snapshot::of(&moment))).home()?
    };
    let found = match Home::found(folder)? {
        Some(found) => found,
        None => Home::make(folder)?,
    };
    match remembered {
        Some(remembered) if remembered == found => Ok(()),
        Some(remembered) if !remembered.is(&found) => {
            tracing::warn!(
                "the data folder was copied or moved here; the owner is asked whether customers use this one"
            );
            handle.writable(|database| writer::change(database, now, |w| w.note_elsewhere(&found)))
        }
        _ => handle.writable(|database| writer::change(database, now, |w| w.put_home(&found))),
    }
}

impl Store {
    /// Makes `folder`, which the store was opened in, the home of the data, because the owner said so.
    ///
    /// # Errors
    /// The sign cannot be put up, or the store cannot be written.
    pub async fn settle_in(&self, folder: &Path) -> Result<(), Error> {
        let home = Home::make(folder)?;
        self.write(move |w| {
            w.remove(&HOME, &ELSEWHERE.to_owned())?;
            w.put_home(&home)
        })
        .await
    }
}

impl Reader<'_> {
    fn home(&self) -> Result<Option<Home>, Error> {
        self.get(&HOME, &AT_HOME.to_owned())
    }

    /// Whether the data was found elsewhere than it was at home, and the owner has not said yet that it belongs there.
    pub fn is_elsewhere(&self) -> Result<bool, Error> {
        self.has(&HOME, &ELSEWHERE.to_owned())
    }
}

impl Writer<'_> {
    fn put_home(&mut self, home: &Home) -> Result<(), Error> {
        self.put(&HOME, &AT_HOME.to_owned(), home)
    }

    /// What the other one did meanwhile is not in these books either.
    fn note_elsewhere(&mut self, found: &Home) -> Result<(), Error> {
        self.put(&HOME, &ELSEWHERE.to_owned(), found)?;
        self.fall_behind(self.now())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::Home;
    use std::path::PathBuf;

    fn home() -> Home {
        Home {
            sign: "a".into(),
            file: 7,
            born: Some("2026-11-22T12:00:00Z".parse().unwrap()),
            machine: Some("m".into()),
            folder: PathBuf::from("/data"),
        }
    }

    #[test]
    fn the_same_file_or_the_same_place_is_home_and_a_copy_is_not() {
        let later = Some("2026-11-22T12:00:01Z".parse().unwrap());
        let copied = || Home { file: 8, born: later, ..home() };
        let elsewhere = || Home { folder: "/copy".into(), ..copied() };
        let on_another = || Home { machine: Some("n".into()), ..copied() };
        let table = [
            ("a restart", home(), true),
            ("another container with the same volume", Home { machine: None, ..home() }, true),
            ("the folder renamed", Home { folder: "/srv".into(), ..home() }, true),
            ("births not told", Home { born: None, machine: None, ..home() }, true),
            ("files put back in place", Home { sign: "b".into(), ..copied() }, true),
            ("a copy beside it", elsewhere(), false),
            ("a copy on another machine", on_another(), false),
            ("a copy in a container", Home { machine: None, ..copied() }, false),
            ("only the number fits", Home { machine: None, born: later, ..home() }, false),
        ];
        for (what, found, expected) in table {
            assert_eq!(home().is(&found), expected, "{what}");
        }
        let nameless = Home { machine: None, ..home() };
        assert!(!nameless.is(&Home { machine: None, ..copied() }), "no name is no machine");
    }
}
