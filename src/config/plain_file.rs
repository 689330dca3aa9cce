//! Small files that somebody names: read whole if they are plain files of text, and never waited for.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::error::Unread;

/// The text of a file of at most `bytes_max` bytes. A pipe is refused before it is opened: opening waits for a writer.
pub(super) fn text_of(path: &Path, bytes_max: u64) -> Result<String, Unread> {
    let refused = |error: std::io::Error| Unread::Refused(error.to_string());
    let found = std::fs::metadata(path).map_err(refused)?;
    if found.is_dir() {
        return Err(Unread::Folder);
    }
    if !found.is_file() {
        return Err(Unread::NoFile);
    }
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(bytes_max + 1).read_to_end(&mut bytes)).map_err(refused)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > bytes_max) {
        return Err(Unread::TooLarge(bytes_max));
    }
    String::from_utf8(bytes).map_err(|_| Unread::NotText)
}
