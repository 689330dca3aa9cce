//! The settings that need no room of their own: paths, and words out of a short list.

use std::path::PathBuf;

use super::LogFormat;
use super::error::Flaw;

pub(super) const FOLDER: &str = "the name of a folder";
pub(super) const FILE: &str = "the name of a file";
pub(super) const TLS: &str = "off, acme or files";
pub(super) const LOG_FORMAT: &str = "text or json";

/// What `server.tls` says, before anybody asked whether the rest is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TlsChoice {
    Off,
    Acme,
    Files,
}

pub(super) fn folder(text: &str) -> Result<PathBuf, Flaw> {
    path(text, FOLDER)
}

pub(super) fn file(text: &str) -> Result<PathBuf, Flaw> {
    path(text, FILE)
}

fn path(text: &str, must_be: &'static str) -> Result<PathBuf, Flaw> {
    // The operating system would cut the name at a NUL.
    if text.is_empty() || text.contains('\0') { Err(Flaw::of(must_be, text)) } else { Ok(PathBuf::from(text)) }
}

pub(super) fn tls(text: &str) -> Result<TlsChoice, Flaw> {
    match text {
        "off" => Ok(TlsChoice::Off),
        "acme" => Ok(TlsChoice::Acme),
        "files" => Ok(TlsChoice::Files),
        _ => Err(Flaw::of(TLS, text)),
    }
}

pub(super) fn log_format(text: &str) -> Result<LogFormat, Flaw> {
    match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err(Flaw::of(LOG_FORMAT, text)),
    }
}
