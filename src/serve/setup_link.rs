//! The one-time setup address, printed so that it works: by the public name if that leads here already, and if not, why, and
//! the way through a tunnel from somebody's own computer.
//!
//! It is good for a day. As long as nobody has used it, the next one is printed then.

use std::fmt::Write;
use std::time::Duration;

use crate::app::App;
use crate::config::Tls;
use crate::say::say;
use crate::tls::state::{Door, DoorState};
use crate::tls::whereabouts::{self, Whereabouts};

/// Whoever set the server up is waiting for the address; a certificate usually takes less.
const CERTIFICATE_WITHIN: Duration = Duration::from_secs(20);
/// Between two looks whether it is there.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Prints the address now, and a new one whenever the old one has ended; for ever.
pub(super) async fn introduce(app: &App) {
    let mut beginning = "Open this address once to set up Quittance";
    loop {
        match app.setup_link() {
            Ok(Some((path, until))) => {
                print(app, beginning, &path).await;
                beginning = "The setup address has ended after a day; this is the new one";
                app.clock.until(until).await;
            }
            Ok(None) => return std::future::pending().await,
            Err(error) => {
                tracing::error!(%error, "the setup address could not be made; start Quittance again");
                return std::future::pending().await;
            }
        }
    }
}

async fn print(app: &App, beginning: &str, path: &str) {
    let doubt = doubt(app).await;
    say(format_args!("{beginning}: {}", app.owners_url(path)));
    let server = &app.config.server;
    if let (Some(doubt), None) = (doubt, &server.socket) {
        let (near, port) = (server.near(), server.listen.port());
        let mut words = format!("{doubt}. Until then, run this on your own computer:\n");
        let _ = writeln!(words, "    ssh -L {port}:{near} YOU@THIS-SERVER");
        let _ = write!(words, "and open there: http://127.0.0.1:{port}{path}");
        say(words);
    }
}

/// Why the public address may not work yet, as the beginning of a sentence that "until then" can follow.
async fn doubt(app: &App) -> Option<String> {
    let server = &app.config.server;
    let host = server.public_url.host().to_string();
    if !server.public_url.is_https() || server.public_url.is_loopback() {
        return None;
    }
    if server.tls == Tls::Off {
        return Some(format!("It works as soon as your proxy answers at {host}"));
    }
    let certificates = &app.certificates;
    let door_was_tried = async {
        while server.http_listen.is_some() && certificates.state.door(Door::Http) == DoorState::Shut {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    let _ = tokio::time::timeout(CERTIFICATE_WITHIN, door_was_tried).await;
    if let DoorState::Open(address) = certificates.state.door(Door::Http) {
        let port = server.visitors_port(address.port());
        match whereabouts::of(&host, port, &app.resolver, &certificates.challenges).await {
            Whereabouts::Here => {}
            Whereabouts::Nowhere(_) => {
                return Some(format!("It works as soon as {host} has an address that leads here"));
            }
            Whereabouts::Elsewhere(addresses) => {
                let found: Vec<String> = addresses.iter().map(ToString::to_string).collect();
                let found = found.join(", ");
                return Some(format!(
                    "It works as soon as {host} leads here; now it leads to {found}, which is not this server"
                ));
            }
        }
    }
    let is_there = wait_for_certificate(app).await;
    (!is_there).then(|| {
        "It works as soon as there is a certificate that browsers accept; the log says how that goes".to_owned()
    })
}

/// Whether there is a certificate, or will be within the time that somebody waits.
async fn wait_for_certificate(app: &App) -> bool {
    let certificates = &app.certificates;
    let is_known = async {
        while certificates.keychain.shown().is_none() && certificates.state.trouble().is_none() {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    let _ = tokio::time::timeout(CERTIFICATE_WITHIN, is_known).await;
    app.accepted_certificate().is_some()
}
