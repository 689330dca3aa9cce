//! The log: one line an event on standard error, readable alone, with fields. Only `serve` and `demo` have one.
//!
//! Secrets, tokens and addresses are kept out where events are made; here is only where they go and how they look. A
//! panic is an event like any other: what reads the log sees no line of another shape.

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
    let to_stderr = tracing_subscriber::fmt().with_env_filter(EnvFilter::new(said)).with_writer(std::io::stderr);
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

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn what_a_panic_says_is_one_line() {
        let words = "assertion `left == right` failed\n  left: 1\r\n right: 2\n";
        assert_eq!(one_line(words), "assertion `left == right` failed left: 1 right: 2");
        assert_eq!(one_line(""), "");
    }
}
