//! `quittance token create`: a key to the JSON API, printed this once and alone, so that a script can take it.

use serde::Deserialize;

use super::{CommandError, Verdict};
use crate::cli;
use crate::config::Config;
use crate::control::{IfMissing, Line, Request};
use crate::say::say;
use crate::store::Scope;

#[derive(Deserialize)]
struct Created {
    token: String,
}

pub(super) async fn create(config: Config, name: String, scope: cli::Scope) -> Result<Verdict, CommandError> {
    // A machine may be set up with its token before it is first started.
    let line = Line::open(config, IfMissing::Make)?;
    let scope = match scope {
        cli::Scope::Read => Scope::Read,
        cli::Scope::Write => Scope::Write,
    };
    let answer = line.ask(&Request::CreateToken { name, scope }).await?;
    let created: Created = serde_json::from_str(&answer)?;
    say(created.token);
    Ok(Verdict::Good)
}
