//! `quittance check`: one line a finding, and a bad verdict if any of them fails.

use super::{CommandError, Verdict};
use crate::app::App;
use crate::clock::Clock;
use crate::config::Config;
use crate::config::check::{Finding, Level, offline};
use crate::control::{ControlError, IfMissing, Line, Named, Request};
use crate::resolve::Resolver;
use crate::say::{say, without_code};
use crate::trials::{folder, ways_out};

pub(super) async fn run(config: Config, online: bool) -> Result<Verdict, CommandError> {
    let mut findings = offline(&config);
    // What is tried below is not said to be well before.
    findings.retain(|finding| !online || finding.subject != "server.listen" || finding.level != Level::Ok);
    findings.extend(folder::master_key(&config.data_dir));
    findings.extend(folder::room(&config.data_dir));
    findings.extend(folder::certificate(&config, &Clock::machine()));
    list(&findings);
    if online {
        let tried = tried(config).await;
        list(&tried);
        findings.extend(tried);
    }
    let fails = findings.iter().any(|finding| finding.level == Level::Fail);
    Ok(if fails { Verdict::Bad } else { Verdict::Good })
}

fn list(findings: &[Finding]) {
    for finding in findings {
        say(without_code(&finding.to_string()));
    }
}

/// This configuration is tried, over the data: by the running server that has it, or without one. Nothing is made for it.
async fn tried(config: Config) -> Vec<Finding> {
    let remedy = "correct this first; nothing else could be tried";
    asked(config).await.unwrap_or_else(|error| vec![Finding::fail("online", error.to_string(), remedy)])
}

async fn asked(config: Config) -> Result<Vec<Finding>, CommandError> {
    let named = Some(Box::new(Named::by(&config)));
    match Line::open(config.clone(), IfMissing::Refuse) {
        Ok(line) => Ok(serde_json::from_str(&line.ask(&Request::Check { named }).await?)?),
        Err(ControlError::NoData(_)) => {
            let resolver = Resolver::system().map_err(ControlError::from)?;
            let app = App::without_data(config, Clock::machine(), resolver).map_err(ControlError::from)?;
            Ok(ways_out(&app).await)
        }
        Err(error) => Err(error.into()),
    }
}
