//! A certificate that somebody else renews: two files, read anew when they change.

use std::fs;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::identity::{Identity, IdentityError};

/// A chain of ten certificates is under 32 KiB.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// Why the files are not used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilesError {
    #[error("{} cannot be read ({cause}); make it a PEM file that this user may read", path.display())]
    Unreadable { path: PathBuf, cause: String },
    #[error("{} is larger than a megabyte; name the right file: this one holds something else", path.display())]
    TooLarge { path: PathBuf },
    #[error("in {} and {}, {cause}", cert_file.display(), key_file.display())]
    NoPair { cert_file: PathBuf, key_file: PathBuf, cause: IdentityError },
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

/// Reads both. Blocks on the disk.
pub fn read(cert_file: &Path, key_file: &Path) -> Result<Identity, FilesError> {
    let (chain, key) = (content(cert_file)?, content(key_file)?);
    Identity::from_pem(&chain, &key).map_err(|cause| FilesError::NoPair {
        cert_file: cert_file.to_owned(),
        key_file: key_file.to_owned(),
        cause,
    })
}

fn content(path: &Path) -> Result<Vec<u8>, FilesError> {
    let unreadable = |cause: std::io::Error| FilesError::Unreadable { path: path.to_owned(), cause: cause.to_string() };
    let file = fs::File::open(path).map_err(unreadable)?;
    if !file.metadata().map_err(unreadable)?.is_file() {
        return Err(unreadable(std::io::Error::other("it is no file")));
    }
    let mut content = Vec::new();
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut content).map_err(unreadable)?;
    let is_whole = u64::try_from(content.len()).is_ok_and(|length| length <= FILE_BYTES_MAX);
    if is_whole { Ok(content) } else { Err(FilesError::TooLarge { path: path.to_owned() }) }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed assumption should fail the test")]
mod tests {
    use super::{FilesError, Stamp, read};

    #[test]
    fn both_files_are_needed_and_a_change_of_either_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let [chain, key] = ["cert.pem", "key.pem"].map(|name| folder.path().join(name));
        let nothing = Stamp::of(&chain, &key);
        assert!(matches!(read(&chain, &key), Err(FilesError::Unreadable { path, .. }) if path == chain));
        let made = rcgen::generate_simple_self_signed(["pay.example.com".to_owned()]).unwrap();
        std::fs::write(&chain, made.cert.pem()).unwrap();
        let half = Stamp::of(&chain, &key);
        assert!(matches!(read(&chain, &key), Err(FilesError::Unreadable { path, .. }) if path == key));
        std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        let whole = Stamp::of(&chain, &key);
        assert!(nothing != half && half != whole && whole == Stamp::of(&chain, &key));
        assert!(read(&chain, &key).unwrap().is_for("pay.example.com"));
        assert!(matches!(read(folder.path(), &key), Err(FilesError::Unreadable { .. })), "a folder");
        std::fs::write(&key, "x".repeat((1 << 20) + 1)).unwrap();
        assert!(matches!(read(&chain, &key), Err(FilesError::TooLarge { path }) if path == key));
    }
}
