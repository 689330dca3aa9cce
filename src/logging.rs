//! The log: one line an event on standard error, readable alone, with fields. Only `serve` and `demo` have one.
//!
//! Secrets, tokens and mail addresses are kept out where events are made; here is only where they go and how they look. An
//! event stays one line whatever is in its fields: what a stranger wrote must not pass for an event of its own. A panic is
//! an event like any other.

use std::io::{self, Write};
use std::panic::PanicHookInfo;

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
    if begun.is_ok() {
        std::panic::set_hook(Box::new(log_panic));
    }
}

fn log_panic(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    let words = one_line(panic.payload_as_str().unwrap_or("it did not say why"));
    tracing::error!(place, "a defect stopped what was being done: {words}");
}

/// What a panic says may have several lines, as a failed comparison has.
fn one_line(words: &str) -> String {
    words.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
}

/// Takes one event a write, as the subscriber hands them over, and shows what would end or change its line.
struct OneLine<W>(W);

impl<W: Write> Write for OneLine<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let (line, end) = event.split_at(event.len() - usize::from(event.ends_with(b"\n")));
        let line = String::from_utf8_lossy(line);
        if !line.chars().any(ends_or_changes_line) {
            self.0.write_all(event)?;
            return Ok(event.len());
        }
        let shown: String = line.chars().map(shown).collect();
        self.0.write_all(&[shown.as_bytes(), end].concat())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Control characters, those of eight bits too, which old terminals obey, and what Unicode calls the end of a line.
fn ends_or_changes_line(character: char) -> bool {
    character.is_control() || matches!(character, '\u{2028}' | '\u{2029}')
}

/// A character as it is written: one that must not be is spelled as both people and JSON do.
fn shown(character: char) -> String {
    match character {
        '\n' => "\\n".to_owned(),
        '\r' => "\\r".to_owned(),
        '\t' => "\\t".to_owned(),
        other if ends_or_changes_line(other) => format!("\\u{:04x}", u32::from(other)),
        other => other.to_string(),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::{OneLine, Write, one_line};

    #[test]
    fn what_a_panic_says_is_one_line() {
        let words = "assertion `left == right` failed\n  left: 1\r\n right: 2\n";
        assert_eq!(one_line(words), "assertion `left == right` failed left: 1 right: 2");
        assert_eq!(one_line(""), "");
    }

    #[test]
    fn an_event_is_one_line_whatever_it_holds() {
        for (event, line) in [
            ("INFO listening\n", "INFO listening\n"),
            ("WARN refused words=grüße\nERROR all is lost\n", "WARN refused words=grüße\\nERROR all is lost\n"),
            ("WARN a\r\n\tb\u{1b}[31m\u{7f}\n", "WARN a\\r\\n\\tb\\u001b[31m\\u007f\n"),
            ("a\u{85}b\u{9b}31mc\u{2028}d\u{2029}é\n", "a\\u0085b\\u009b31mc\\u2028d\\u2029é\n"),
            ("no end", "no end"),
            ("", ""),
        ] {
            let mut log = Vec::new();
            OneLine(&mut log).write_all(event.as_bytes()).unwrap();
            assert_eq!(String::from_utf8(log).unwrap(), line);
        }
    }
}
