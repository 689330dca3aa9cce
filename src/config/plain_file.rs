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
    text_in(File::open(path).map_err(refused)?, bytes_max)
}

/// The text of what is open already, of at most `bytes_max` bytes.
///
/// # Errors
/// It cannot be read, has more, or is no text.
pub fn text_in(input: impl Read, bytes_max: u64) -> Result<String, Unread> {
    let mut bytes = Vec::new();
    let read = input.take(bytes_max.saturating_add(1)).read_to_end(&mut bytes);
    read.map_err(|error| Unread::Refused(error.to_string()))?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > bytes_max) {
        return Err(Unread::TooLarge(bytes_max));
    }
    String::from_utf8(bytes).map_err(|_| Unread::NotText)
}
