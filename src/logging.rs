//! The log: one line an event on standard error, readable alone, with fields. Only `serve` and `demo` have one.
//!
//! What others wrote may be part of an event, so control characters are written as escapes: nobody can end a line, begin
//! one of their own, or speak to the terminal. Secrets, tokens and addresses are kept out where events are made; here is only where they go and how they look.

use std::io::{self, Write};

use tracing_subscriber::EnvFilter;

use crate::config::LogFormat;

/// Our own events from `info` up; what libraries say about single connections is of no use to an owner.
const SAID: &str = "info,hyper=warn,hyper_util=warn,h2=warn,hickory_resolver=warn,hickory_net=warn,hickory_proto=warn,\
                    rustls=warn,reqwest=warn,lettre=warn,warp=warn";

/// Begins to log. A second call changes nothing.
pub fn start(format: LogFormat) {
    begin(format, SAID);
}

/// Begins to log what goes wrong, for somebody who looks at addresses on the same screen.
pub fn start_quietly() {
    begin(LogFormat::Text, "warn");
}

fn begin(format: LogFormat, said: &str) {
    let to_stderr =
        tracing_subscriber::fmt().with_env_filter(EnvFilter::new(said)).with_writer(|| OneLine(io::stderr()));
    let begun = match format {
        LogFormat::Text => to_stderr.with_target(false).with_ansi(false).try_init(),
        LogFormat::Json => to_stderr.json().flatten_event(true).with_target(false).try_init(),
    };
    // Failing means that somebody logs already, which is as good.
    drop(begun);
}

/// Where events go, each in one write that ends with the only line break.
struct OneLine<W>(W);

impl<W: Write> Write for OneLine<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        self.0.write_all(escaped(&String::from_utf8_lossy(event)).as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

fn escaped(event: &str) -> String {
    let (line, end) = event.strip_suffix('\n').map_or((event, ""), |line| (line, "\n"));
    let mut safe = String::with_capacity(event.len());
    for character in line.chars() {
        if character.is_control() || matches!(character, '\u{2028}' | '\u{2029}') {
            safe.extend(character.escape_default());
        } else {
            safe.push(character);
        }
    }
    safe.push_str(end);
    safe
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn what_others_wrote_ends_no_line_and_moves_no_cursor() {
        for (event, expected) in [
            ("INFO paid invoice=inv_1\n", "INFO paid invoice=inv_1\n"),
            ("event=evt_1\n2026 INFO paid\n", "event=evt_1\\n2026 INFO paid\n"),
            ("a\0b\r\x1b[2Jc\u{9b}d\u{2028}e\n", "a\\u{0}b\\r\\u{1b}[2Jc\\u{9b}d\\u{2028}e\n"),
            ("Müller € 東京", "Müller € 東京"),
        ] {
            assert_eq!(escaped(event), expected);
        }
    }
}
