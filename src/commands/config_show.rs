//! `quittance config show`: every setting as it is in force, and where its value comes from. Without the secrets, which are
//! remarks, it is a configuration file.

use serde::Serialize;

use super::{CommandError, Verdict};
use crate::config::{Config, Origin, Shown, ShownValue};
use crate::say::say;

#[derive(Serialize)]
struct Row {
    key: &'static str,
    value: Option<ShownValue>,
    is_secret: bool,
    origin: Origin,
}

pub(super) fn run(config: &Config, with_origin: bool, as_json: bool) -> Result<Verdict, CommandError> {
    let shown = config.shown();
    if as_json {
        let row =
            |Shown { key, value, is_secret, .. }: Shown| Row { key, value, is_secret, origin: config.origin(key) };
        let rows: Vec<Row> = shown.into_iter().map(row).collect();
        say(serde_json::to_string_pretty(&rows)?);
        return Ok(Verdict::Good);
    }
    for setting in shown {
        if with_origin {
            say(format!("{setting}  # {}", config.origin(setting.key).told()));
        } else {
            say(setting);
        }
    }
    Ok(Verdict::Good)
}
