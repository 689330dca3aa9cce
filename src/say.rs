//! What is for whoever started the program, on standard output: addresses, reports, a new token. Logs are elsewhere.

use std::io::Write;

/// Writes one line. A reader that has gone away is no reason to stop.
pub fn say(line: impl std::fmt::Display) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
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
