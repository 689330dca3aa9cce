//! The log: one line an event on standard error, readable alone, with fields. Only `serve` and `demo` have one.
//!
//! Secrets, tokens and addresses are kept out where events are made; here is only where they go and how they look.

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
    drop(begun);
}
