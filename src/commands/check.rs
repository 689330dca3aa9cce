//! `quittance check`: one line a finding, and a bad verdict if any of them fails.

use std::path::Path;

use super::{CommandError, Verdict};
use crate::app::App;
use crate::clock::Clock;
use crate::config::check::{Finding, Level, offline};
use crate::config::{Config, Tls};
use crate::control::{ControlError, IfMissing, Line, Named, Request};
use crate::resolve::Resolver;
use crate::say::{say, without_code};
use crate::store::{FILE_NAME, KEY_NAME, room};
use crate::tls::files;
use crate::trials::ways_out;

pub(super) async fn run(config: Config, online: bool) -> Result<Verdict, CommandError> {
    let mut findings = offline(&config);
    // What is tried below is not said to be well before.
    findings.retain(|finding| !online || finding.subject != "server.listen" || finding.level != Level::Ok);
    findings.extend(master_key(&config.data_dir));
    findings.extend(room(&config.data_dir));
    findings.extend(certificate(&config));
    list(&findings);
    if online {
        let tried = tried(config).await;
        list(&tried);
        findings.extend(tried);
    }
    let fails = findings.iter().any(|finding| finding.level == Level::Fail);
    Ok(if fails { Verdict::Bad } else { Verdict::Good })
}

/// The key is made with the data, so that one which is not there was lost, or not put back with a backup.
fn master_key(folder: &Path) -> Option<Finding> {
    let is_lost = folder.join(FILE_NAME).exists() && !folder.join(KEY_NAME).exists();
    is_lost.then(|| {
        Finding::warn(
            "master.key",
            format!("is not in {}: secrets that were typed into the admin page cannot be read", folder.display()),
            "put the file back, or type them in again",
        )
    })
}

/// The files that somebody else renews. That they can be read is looked at elsewhere; here, whether they are of use.
fn certificate(config: &Config) -> Option<Finding> {
    let Tls::Files { cert_file, key_file } = &config.server.tls else { return None };
    let subject = "certificate";
    match files::read(cert_file, key_file) {
        Ok(identity) if identity.is_good(Clock::machine().now()) => {
            let until = identity.not_after.to_zoned(jiff::tz::TimeZone::UTC).date();
            Some(Finding::ok(subject, format!("good until {until}")))
        }
        Ok(_) => {
            Some(Finding::fail(subject, "browsers refuse it: it has ended, or not begun", "renew it, or set the clock"))
        }
        Err(error) => {
            let words = error.to_string();
            let (sentence, remedy) = words.rsplit_once("; ").unwrap_or((&words, "name a certificate and its key"));
            Some(Finding::fail(subject, sentence, remedy))
        }
    }
}

/// A full disk stops nothing that is read, and everything that must be stored: better known before.
fn room(folder: &Path) -> Option<Finding> {
    let left = room::left_in(folder).filter(|left| room::is_short(Some(*left)))?;
    let found = format!("has {} MiB of room left for {}", left >> 20, folder.display());
    Some(Finding::warn("disk", found, format!("leave {} MiB free at least", room::ROOM_MIN_BYTES >> 20)))
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
