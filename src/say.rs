//! What is for whoever started the program, on standard output: addresses, reports, a new token. Logs are elsewhere.

use std::io::Write;

/// Writes one line. A reader that has gone away is no reason to stop.
pub fn say(line: impl std::fmt::Display) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}
