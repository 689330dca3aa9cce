//! Whether visitors can come in over HTTPS: the doors and the certificate of the server that runs, where the name leads, and
//! whether the authority that certificates come from can be reached.

use std::net::IpAddr;

use crate::app::App;
use crate::config::check::Finding;
use crate::config::{Domain, Tls};
use crate::resolve::Reach;
use crate::tls::state::{Door, DoorState};
use crate::tls::{Certificates, Identity};

/// What the running server knows.
pub(super) fn running(app: &App) -> Vec<Finding> {
    let certificates = &app.certificates;
    if app.config.server.tls == Tls::Off {
        return Vec::new();
    }
    let mut findings: Vec<Finding> =
        [Door::Https, Door::Http].iter().filter_map(|one| door(certificates, *one)).collect();
    findings.push(certificate(app, certificates));
    findings
}

fn door(certificates: &Certificates, door: Door) -> Option<Finding> {
    match certificates.state.door(door) {
        DoorState::Shut => None,
        DoorState::Open(address) => Some(Finding::ok(door.key(), format!("{address} is open"))),
        DoorState::Failed(words) => {
            let (sentence, remedy) = words.split_once("; ").unwrap_or((&words, "free the port"));
            Some(Finding::fail(door.key(), sentence, remedy))
        }
    }
}

fn certificate(app: &App, certificates: &Certificates) -> Finding {
    let (subject, shown) = ("certificate", certificates.keychain.shown());
    let good = shown.filter(|identity| identity.is_good(app.clock.now()));
    match (certificates.state.trouble(), good) {
        (Some(trouble), Some(_)) => Finding::warn(subject, trouble.sentence, trouble.remedy),
        (Some(trouble), None) => Finding::fail(subject, trouble.sentence, trouble.remedy),
        (None, Some(identity)) => Finding::ok(subject, until(&identity)),
        (None, None) => Finding::warn(subject, "there is none yet", "wait a minute, then look again, and at the log"),
    }
}

fn until(identity: &Identity) -> String {
    format!("good until {}", identity.not_after.to_zoned(jiff::tz::TimeZone::UTC).date())
}

/// What can be asked from here, with a server that runs or without.
pub(super) async fn tried(app: &App) -> Vec<Finding> {
    let Tls::Acme(domain) = &app.config.server.tls else { return Vec::new() };
    vec![name(app, domain).await, authority(app, domain).await]
}

async fn name(app: &App, domain: &Domain) -> Finding {
    let subject = "server.domain";
    match app.resolver.addresses(domain.as_str(), Reach::Configured).await {
        Ok(addresses) => Finding::ok(subject, format!("{domain} leads to {}", listed(&addresses))),
        Err(error) => {
            let remedy = format!("add an A or AAAA record for {domain} that names this machine's public address");
            let words = error.to_string();
            Finding::fail(subject, words.split_once("; ").map_or(words.as_str(), |(what, _)| what), remedy)
        }
    }
}

/// `192.0.2.1 and 2001:db8::1`
fn listed(addresses: &[IpAddr]) -> String {
    addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ")
}

async fn authority(app: &App, domain: &Domain) -> Finding {
    let (subject, who) = ("server.acme_directory", app.config.server.authority.directory.to_string());
    match app.applicant(domain).greet().await {
        Ok(()) => Finding::ok(subject, format!("{who} can be reached")),
        Err(failure) => {
            let trouble = failure.trouble(&who);
            Finding::fail(subject, trouble.sentence, trouble.remedy)
        }
    }
}
