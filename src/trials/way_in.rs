//! Whether visitors can come in over HTTPS: the doors and the certificate of the server that runs, where the name leads, and
//! whether the authority that certificates come from can be reached.

use super::listed;
use crate::app::App;
use crate::config::check::Finding;
use crate::config::{Domain, Tls};
use crate::resolve::Reach;
use crate::said::Said;
use crate::tls::state::{Door, DoorState};
use crate::tls::{Certificates, date};

/// What the running server knows.
pub fn running(app: &App) -> Vec<Finding> {
    let certificates = &app.certificates;
    if app.config.server.tls == Tls::Off {
        return Vec::new();
    }
    let mut findings = doors(certificates);
    findings.push(certificate(app));
    findings
}

/// How the doors for visitors are, as far as they were tried.
#[must_use]
pub fn doors(certificates: &Certificates) -> Vec<Finding> {
    [Door::Https, Door::Http].iter().filter_map(|one| door(certificates, *one)).collect()
}

fn door(certificates: &Certificates, door: Door) -> Option<Finding> {
    match certificates.state.door(door) {
        DoorState::Shut => None,
        DoorState::Open(address) => Some(Finding::ok(door.key(), format!("{address} is open"))),
        DoorState::Failed(Said { what, remedy }) => Some(Finding::fail(door.key(), what, remedy)),
    }
}

/// The certificate that visitors are shown, and what is wrong with it.
#[must_use]
pub fn certificate(app: &App) -> Finding {
    let (subject, accepted) = ("certificate", app.accepted_certificate());
    match (app.certificates.state.trouble(), accepted) {
        (Some(Said { what, remedy }), Some(_)) => Finding::warn(subject, what, remedy),
        (Some(Said { what, remedy }), None) => Finding::fail(subject, what, remedy),
        (None, Some(identity)) => Finding::ok(subject, format!("good until {}", date(identity.life.until))),
        (None, None) => Finding::warn(
            subject,
            "there is none yet that browsers accept",
            "wait a minute, then look again, and at the log",
        ),
    }
}

/// What can be asked from here, with a server that runs or without.
pub async fn tried(app: &App) -> Vec<Finding> {
    let Tls::Acme(domain) = &app.config.server.tls else { return Vec::new() };
    vec![name(app, domain).await, authority(app, domain).await]
}

async fn name(app: &App, domain: &Domain) -> Finding {
    resolved(app, "server.domain", domain.as_str()).await
}

/// Whether a public name has an address.
pub async fn resolved(app: &App, subject: &str, name: &str) -> Finding {
    match app.resolver.addresses(name, Reach::Configured).await {
        Ok(addresses) => Finding::ok(subject, format!("{name} leads to {}", listed(&addresses))),
        Err(error) => {
            let remedy = format!("add an A or AAAA record for {name} that names this machine's public address");
            Finding::fail(subject, error.said().what, remedy)
        }
    }
}

/// Whether the authority that certificates come from can be asked.
pub async fn authority(app: &App, domain: &Domain) -> Finding {
    let (subject, who) = ("server.acme_directory", app.config.server.authority.directory.to_string());
    match app.applicant(domain).greet().await {
        Ok(()) => Finding::ok(subject, format!("{who} can be reached")),
        Err(failure) => {
            let Said { what, remedy } = failure.said(&who);
            Finding::fail(subject, what, remedy)
        }
    }
}
