//! A certificate that somebody else renews: two files, read anew when they change.
//!
//! They may lie on a disk that does not answer. Whoever waits for them waits for a while, and holds no worker of the runtime.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::task::JoinHandle;

use super::identity::{Identity, IdentityError};
use crate::config::{Unread, bytes_of};
use crate::said::Said;

/// A chain of ten certificates is under 32 KiB.
const FILE_BYTES_MAX: u64 = 1 << 20;
/// A disk that works answers at once; one that was asleep, within seconds.
const WITHIN: Duration = Duration::from_secs(5);

/// Why the files are not used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.said())]
pub enum FilesError {
    Unread {
        path: PathBuf,
        cause: Unread,
    },
    NoPair {
        cert_file: PathBuf,
        key_file: PathBuf,
        cause: IdentityError,
    },
    /// Whether they are there is not known either.
    Silent {
        cert_file: PathBuf,
        key_file: PathBuf,
    },
}

impl FilesError {
    #[must_use]
    pub fn said(&self) -> Said {
        match self {
            Self::Unread { path, cause } => {
                Said::new(format!("{} cannot be read ({cause})", path.display()), cause.remedy())
            }
            Self::NoPair { cert_file, key_file, cause } => {
                let Said { what, remedy } = cause.said();
                Said { what: format!("in {} and {}, {what}", cert_file.display(), key_file.display()), remedy }
            }
            Self::Silent { cert_file, key_file } => Said::new(
                format!("the disk with {} and {} does not answer", cert_file.display(), key_file.display()),
                "look at the disk, or the network share, that they lie on",
            ),
        }
    }
}

/// What tells one version of the two files from another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp([Option<(i64, i64, u64, u64)>; 2]);

impl Stamp {
    /// The files as they are. Links are followed: that is how they are exchanged.
    #[must_use]
    pub fn of(cert_file: &Path, key_file: &Path) -> Self {
        let stamp = |path: &Path| {
            let found = fs::metadata(path).ok()?;
            Some((found.mtime(), found.mtime_nsec(), found.len(), found.ino()))
        };
        Self([stamp(cert_file), stamp(key_file)])
    }
}

/// Two files that are looked at again and again.
#[derive(Debug)]
pub struct Watched {
    cert_file: PathBuf,
    key_file: PathBuf,
    /// As they were when they were last good.
    known: Option<Stamp>,
    /// A look that has not ended yet. It holds one thread; while it does, there is no second.
    under_way: Option<JoinHandle<Look>>,
}

/// What was read, unless the files are as they were.
type Look = Option<(Stamp, Result<Identity, FilesError>)>;

impl Watched {
    #[must_use]
    pub fn new(cert_file: &Path, key_file: &Path) -> Self {
        Self { cert_file: cert_file.to_owned(), key_file: key_file.to_owned(), known: None, under_way: None }
    }

    /// What is in them, if they changed since they were last good, or are not.
    pub async fn look(&mut self) -> Option<Result<Identity, FilesError>> {
        let Self { cert_file, key_file, known, under_way } = self;
        let begun = under_way.get_or_insert_with(|| {
            let (cert_file, key_file, known) = (cert_file.clone(), key_file.clone(), known.clone());
            tokio::task::spawn_blocking(move || looked(&cert_file, &key_file, known.as_ref()))
        });
        let Ok(ended) = tokio::time::timeout(WITHIN, begun).await else {
            return Some(Err(FilesError::Silent { cert_file: cert_file.clone(), key_file: key_file.clone() }));
        };
        *under_way = None;
        let (stamp, read) = ended.ok().flatten()?;
        *known = read.is_ok().then_some(stamp);
        Some(read)
    }

    /// Has them read at the next look, whether they changed or not.
    pub fn forget(&mut self) {
        self.known = None;
    }
}

fn looked(cert_file: &Path, key_file: &Path, known: Option<&Stamp>) -> Look {
    let stamp = Stamp::of(cert_file, key_file);
    (known != Some(&stamp)).then(|| (stamp, read(cert_file, key_file)))
}

/// Reads both. Blocks on the disk.
pub fn read(cert_file: &Path, key_file: &Path) -> Result<Identity, FilesError> {
    let content = |path: &Path| {
        bytes_of(path, FILE_BYTES_MAX).map_err(|cause| FilesError::Unread { path: path.to_owned(), cause })
    };
    let (chain, key) = (content(cert_file)?, content(key_file)?);
    Identity::from_pem(&chain, &key).map_err(|cause| FilesError::NoPair {
        cert_file: cert_file.to_owned(),
        key_file: key_file.to_owned(),
        cause,
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed assumption should fail the test")]
mod tests {
    use std::time::Duration;

    use super::{FilesError, Stamp, Watched, read};
    use crate::config::Unread;

    #[test]
    fn both_files_are_needed_and_a_change_of_either_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let [chain, key] = ["cert.pem", "key.pem"].map(|name| folder.path().join(name));
        let nothing = Stamp::of(&chain, &key);
        assert!(matches!(read(&chain, &key), Err(FilesError::Unread { path, .. }) if path == chain));
        let made = rcgen::generate_simple_self_signed(["pay.example.com".to_owned()]).unwrap();
        std::fs::write(&chain, made.cert.pem()).unwrap();
        let half = Stamp::of(&chain, &key);
        assert!(matches!(read(&chain, &key), Err(FilesError::Unread { path, .. }) if path == key));
        std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        let whole = Stamp::of(&chain, &key);
        assert!(nothing != half && half != whole && whole == Stamp::of(&chain, &key));
        assert!(read(&chain, &key).unwrap().is_for("pay.example.com"));
        assert!(matches!(read(folder.path(), &key), Err(FilesError::Unread { .. })), "a folder");
        std::fs::write(&key, "x".repeat((1 << 20) + 1)).unwrap();
        let too_large = FilesError::Unread { path: key.clone(), cause: Unread::TooLarge(1 << 20) };
        assert_eq!(read(&chain, &key).unwrap_err(), too_large);
    }

    #[tokio::test]
    async fn a_pipe_is_not_waited_for_and_a_pair_is_read_once() {
        let folder = tempfile::tempdir().unwrap();
        let [chain, key] = ["cert.pem", "key.pem"].map(|name| folder.path().join(name));
        let made = rcgen::generate_simple_self_signed(["pay.example.com".to_owned()]).unwrap();
        std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        let ours = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        rustix::fs::mknodat(rustix::fs::CWD, &chain, rustix::fs::FileType::Fifo, ours, 0).unwrap();
        let mut watched = Watched::new(&chain, &key);
        // A reader of a pipe that nobody writes to would wait for ever.
        let looked = tokio::time::timeout(Duration::from_mins(1), watched.look()).await.unwrap();
        // Lets one go that does, so that the test ends.
        drop(std::fs::File::options().read(true).write(true).open(&chain).unwrap());
        let refused = FilesError::Unread { path: chain.clone(), cause: Unread::NoFile };
        assert_eq!(looked.unwrap().unwrap_err(), refused);
        std::fs::remove_file(&chain).unwrap();
        std::fs::write(&chain, made.cert.pem()).unwrap();
        assert!(watched.look().await.unwrap().unwrap().is_for("pay.example.com"));
        assert!(watched.look().await.is_none(), "as it was");
        watched.forget();
        assert!(watched.look().await.unwrap().is_ok(), "asked for");
    }
}
