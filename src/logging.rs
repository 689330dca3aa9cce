//! The log: one line an event on standard error, readable alone, with fields. Only `serve` and `demo` have one.
//!
//! Secrets, tokens and mail addresses are kept out where events are made; here is only where they go and how they look. An
//! event stays one line whatever is in its fields: what a stranger wrote must not pass for an event of its own. A panic is
//! an event like any other.
//!
//! Where systemd's journal keeps the log, each line begins with its priority (sd-daemon(3)), and neither time nor level stand in
//! it a second time: `journalctl -p err` finds what somebody should act on.

use std::io::{self, Write};
use std::panic::PanicHookInfo;

use tracing::{Level, Metadata};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::config::LogFormat;
use crate::store::damage;

/// Our own events from `info` up; what libraries say about single connections is of no use to an owner.
const SAID: &str = "info,hyper=warn,hyper_util=warn,h2=warn,hickory_resolver=warn,hickory_net=warn,hickory_proto=warn,\
                    rustls=warn,reqwest=warn,lettre=warn,warp=warn";

/// Who reads standard error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeper {
    /// A person, a file, another program.
    Anybody,
    /// systemd's journal, which knows when a line came and takes its priority from its beginning.
    Journal,
}

/// Begins to log. A second call changes nothing.
pub fn start(format: LogFormat, keeper: Keeper) {
    begin(format, SAID, keeper);
}

/// Begins to log what goes wrong, for somebody who looks at addresses on the same screen.
pub fn start_quietly() {
    begin(LogFormat::Text, "warn", Keeper::Anybody);
}

fn begin(format: LogFormat, said: &str, keeper: Keeper) {
    let to_stderr = tracing_subscriber::fmt().with_env_filter(EnvFilter::new(said)).with_writer(ToStderr(keeper));
    let begun = match (format, keeper) {
        (LogFormat::Text, Keeper::Anybody) => to_stderr.with_target(false).with_ansi(false).try_init(),
        (LogFormat::Text, Keeper::Journal) => {
            to_stderr.with_target(false).with_ansi(false).with_level(false).without_time().try_init()
        }
        (LogFormat::Json, _) => to_stderr.json().flatten_event(true).with_target(false).try_init(),
    };
    // Failing means that somebody logs already, which is as good.
    if begun.is_ok() {
        std::panic::set_hook(Box::new(log_panic));
    }
}

/// Has a panic of a command, which keeps no log, said in one line.
pub fn say_panics() {
    std::panic::set_hook(Box::new(|panic| {
        if !damage::is_guarded() {
            let place = panic.location().map(ToString::to_string).unwrap_or_default();
            let words = one_line(panic.payload_as_str().unwrap_or("it did not say why"));
            eprintln!("a defect stopped what was being done ({place}): {words}");
        }
    }));
}

fn log_panic(panic: &PanicHookInfo<'_>) {
    if damage::is_guarded() {
        return;
    }
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    let words = one_line(panic.payload_as_str().unwrap_or("it did not say why"));
    tracing::error!(place, "a defect stopped what was being done: {words}");
}

/// What a panic says may have several lines, as a failed comparison has.
fn one_line(words: &str) -> String {
    words.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
}

/// Standard error, as its keeper wants it.
struct ToStderr(Keeper);

impl<'w> MakeWriter<'w> for ToStderr {
    type Writer = OneLine<io::Stderr>;

    fn make_writer(&'w self) -> Self::Writer {
        OneLine { to: io::stderr(), begins: "" }
    }

    fn make_writer_for(&'w self, event: &Metadata<'_>) -> Self::Writer {
        let begins = match self.0 {
            Keeper::Anybody => "",
            Keeper::Journal => priority(*event.level()),
        };
        OneLine { to: io::stderr(), begins }
    }
}

/// How syslog(3) counts: `err`, `warning`, `info`, `debug`.
fn priority(level: Level) -> &'static str {
    match level {
        Level::ERROR => "<3>",
        Level::WARN => "<4>",
        Level::INFO => "<6>",
        Level::DEBUG | Level::TRACE => "<7>",
    }
}

/// Takes one event a write, as the subscriber hands them over, and shows what would end or change its line.
struct OneLine<W> {
    to: W,
    /// What stands before the event.
    begins: &'static str,
}

impl<W: Write> Write for OneLine<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let (line, end) = event.split_at(event.len() - usize::from(event.ends_with(b"\n")));
        let line = String::from_utf8_lossy(line);
        // In one piece: what other threads say must not come between.
        let begins = self.begins.as_bytes();
        if line.chars().any(ends_or_changes_line) {
            let shown: String = line.chars().map(shown).collect();
            self.to.write_all(&[begins, shown.as_bytes(), end].concat())?;
        } else {
            self.to.write_all(&[begins, event].concat())?;
        }
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
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
        ] {
            let mut log = Vec::new();
            OneLine { to: &mut log, begins: "<4>" }.write_all(event.as_bytes()).unwrap();
            assert_eq!(String::from_utf8(log).unwrap(), format!("<4>{line}"));
        }
    }
}
