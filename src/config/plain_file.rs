//! Small files that somebody names: read whole if they are plain files of text, and never waited for.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::error::Unread;

/// Of a file of authorities: all that browsers believe are 200 KiB.
pub const ROOTS_BYTES_MAX: u64 = 1 << 20;

/// The text of a file of at most `bytes_max` bytes.
pub(super) fn text_of(path: &Path, bytes_max: u64) -> Result<String, Unread> {
    text_in(opened(path)?, bytes_max)
}

/// What is in a file of at most `bytes_max` bytes. Blocks on the disk.
///
/// # Errors
/// It cannot be read, is no file, or is larger.
pub fn bytes_of(path: &Path, bytes_max: u64) -> Result<Vec<u8>, Unread> {
    bytes_in(opened(path)?, bytes_max)
}

/// A plain file, to be read. A pipe is refused before it is opened: opening waits for a writer.
pub(super) fn opened(path: &Path) -> Result<File, Unread> {
    let found = std::fs::metadata(path).map_err(refused)?;
    if found.is_dir() {
        return Err(Unread::Folder);
    }
    if !found.is_file() {
        return Err(Unread::NoFile);
    }
    File::open(path).map_err(refused)
}

/// The text of what is open already, of at most `bytes_max` bytes.
///
/// # Errors
/// It cannot be read, has more, or is no text.
pub fn text_in(input: impl Read, bytes_max: u64) -> Result<String, Unread> {
    String::from_utf8(bytes_in(input, bytes_max)?).map_err(|_| Unread::NotText)
}

fn bytes_in(input: impl Read, bytes_max: u64) -> Result<Vec<u8>, Unread> {
    let mut bytes = Vec::new();
    input.take(bytes_max.saturating_add(1)).read_to_end(&mut bytes).map_err(refused)?;
    let is_larger = u64::try_from(bytes.len()).is_ok_and(|length| length > bytes_max);
    if is_larger { Err(Unread::TooLarge(bytes_max)) } else { Ok(bytes) }
}

#[expect(clippy::needless_pass_by_value, reason = "errors are mapped with it")]
fn refused(error: std::io::Error) -> Unread {
    Unread::Refused(error.to_string())
}
