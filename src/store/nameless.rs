//! A copy is put back and proven in a file that has no name: the books are unpacked into it, and nothing of them may be left behind by a
//! process that is ended at its work.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::backup::BackupError;
use super::file;
use super::restore::{Examined, PutBack};

/// Puts a copy back into a new file at `scratch`, which has no name any more when the first of it is written, and compares
/// what came of it with what the copy says of itself.
///
/// # Errors
/// The copy is damaged, or there is no room for the file.
pub fn put_back(copy: impl Read, scratch: &Path) -> Result<PutBack, BackupError> {
    let put_back = PutBack::of(Unnaming { copy, scratch: Some(scratch.to_path_buf()) }, scratch);
    file::remove(scratch)?;
    put_back
}

/// The same, and proves the books in it.
///
/// # Errors
/// As above, or they are not whole.
pub fn prove_copy(copy: impl Read, scratch: &Path) -> Result<Examined, BackupError> {
    put_back(copy, scratch)?.proven()
}

/// Takes the name from the file before it gives out the first byte that is written there. The file is open by then, and
/// stays until it is closed.
struct Unnaming<R> {
    copy: R,
    scratch: Option<PathBuf>,
}

impl<R: Read> Read for Unnaming<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        if let Some(scratch) = self.scratch.take() {
            file::remove(&scratch).map_err(io::Error::other)?;
        }
        self.copy.read(bytes)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use std::io::{self, Read};
    use std::path::Path;

    use super::prove_copy;
    use crate::clock::Clock;
    use crate::store::Store;

    /// Looks into the folder whenever something of the copy is read.
    struct Watching<'a>(&'a [u8], &'a Path);

    impl Read for Watching<'_> {
        fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
            assert_eq!(self.1.read_dir()?.count(), 0, "whoever ends the process now leaves something behind");
            self.0.read(bytes)
        }
    }

    #[test]
    fn what_is_unpacked_has_no_name() {
        let (data, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let scratch = folder.path().join("proof");
        let copy = Store::open(data.path(), Clock::machine()).unwrap().back_up(Vec::new()).unwrap();
        assert!(prove_copy(Watching(&copy, folder.path()), &scratch).is_ok());
        assert!(prove_copy(Watching(&copy[..copy.len() / 2], folder.path()), &scratch).is_err());
        assert_eq!(folder.path().read_dir().unwrap().count(), 0);
    }
}
