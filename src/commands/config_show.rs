//! `quittance config show`: every setting as it is in force, and where its value comes from.

use serde::Serialize;

use super::{CommandError, Verdict};
use crate::config::{Config, Origin, Shown};
use crate::say::say;

#[derive(Serialize)]
struct Row {
    key: &'static str,
    value: Option<String>,
    is_secret: bool,
    origin: Origin,
}

pub(super) fn run(config: &Config, with_origin: bool, as_json: bool) -> Result<Verdict, CommandError> {
    if as_json {
        let row = |Shown { key, value, is_secret }: Shown| Row { key, value, is_secret, origin: config.origin(key) };
        let rows: Vec<Row> = config.shown().into_iter().map(row).collect();
        say(serde_json::to_string_pretty(&rows)?);
        return Ok(Verdict::Good);
    }
    for Shown { key, value, .. } in config.shown() {
        let value = value.map_or_else(|| "not set".to_owned(), |value| format!("= {value}"));
        if with_origin {
            say(format!("{key} {value}  ({})", config.origin(key).told()));
        } else {
            say(format!("{key} {value}"));
        }
    }
    Ok(Verdict::Good)
}
