//! `quittance check`: one line a finding, and a bad verdict if any of them fails.

use super::{CommandError, Verdict};
use crate::config::Config;
use crate::config::check::{Finding, Level, offline};
use crate::control::{Line, Request};
use crate::say::say;

pub(super) async fn run(config: Config, online: bool) -> Result<Verdict, CommandError> {
    let mut findings = offline(&config);
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
        say(finding);
    }
}

/// What is in force is tried by the running server; without one, what would be.
async fn tried(config: Config) -> Vec<Finding> {
    let asked =
        async { Ok::<_, CommandError>(serde_json::from_str(&Line::open(config)?.ask(&Request::Check).await?)?) };
    let remedy = "correct this first; nothing else could be tried";
    asked.await.unwrap_or_else(|error| vec![Finding::fail("online", error.to_string(), remedy)])
}
