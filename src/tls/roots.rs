//! Whom this program believes when it asks an authority, or itself by its public name.

use std::path::Path;

use rustls::RootCertStore;

use crate::config::{ROOTS_BYTES_MAX, bytes_of};
use crate::http;

/// The roots that browsers have, and those of a file, in PEM form, of an authority of the owner's own. Blocks on the disk.
///
/// # Errors
/// What is wrong with the file; continues a sentence.
pub fn roots(file: Option<&Path>) -> Result<RootCertStore, String> {
    let Some(path) = file else { return Ok(http::known_roots()) };
    let content = bytes_of(path, ROOTS_BYTES_MAX).map_err(|cause| cause.to_string())?;
    Ok(http::roots_with(&content)?.all)
}
