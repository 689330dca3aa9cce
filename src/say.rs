//! What is for whoever started the program, on standard output: addresses, reports, a new token. Logs are elsewhere.

use std::io::{self, Write};
use std::sync::OnceLock;

/// What kept something from being written; the first that did.
static UNWRITTEN: OnceLock<io::Error> = OnceLock::new();

/// Writes one line.
pub fn say(line: impl std::fmt::Display) {
    print(format!("{line}\n").as_bytes());
}

/// Writes what is no line. A reader that has gone away is no reason to stop, nor to complain.
pub fn print(bytes: &[u8]) {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => drop(UNWRITTEN.set(error)),
        _ => {}
    }
}

/// Why not everything that was said could be written, on a full disk say.
#[must_use]
pub fn unwritten() -> Option<&'static io::Error> {
    UNWRITTEN.get()
}

/// A message without the number that the system gives an error (`(os error 2)`): its words are there already.
pub fn without_code(text: &str) -> String {
    let mut parts = text.split(" (os error ");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |told, part| told + part.split_once(')').map_or("", |(_, rest)| rest))
}

#[cfg(test)]
mod tests {
    use super::without_code;

    #[test]
    fn the_number_of_an_error_is_left_out() {
        for (text, told) in [
            (
                "a cannot be read: No such file or directory (os error 2); name a file",
                "a cannot be read: No such file or directory; name a file",
            ),
            ("x (os error 13)", "x"),
            ("a (b) c", "a (b) c"),
        ] {
            assert_eq!(without_code(text), told);
        }
    }
}
