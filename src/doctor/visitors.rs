//! Whether visitors, and Stripe among them, get here: the name, the address, the certificate, and what a proxy in front says.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Asked, Who};
use crate::app::{App, Line};
use crate::config::check::Finding;
use crate::config::{Host, Tls};
use crate::trials::public_address::{self, Visited};
use crate::trials::{folder, way_in};

/// Let's Encrypt's are renewed a month before; two weeks before, nobody has done it.
const DAYS_MIN: i64 = 14;

pub(super) fn looks(app: &Arc<App>, who: Who) -> Vec<Asked<'_>> {
    vec![
        Asked::new(&["public-name"], async move { vec![Line::of("public-name", name(app).await)] }),
        Asked::new(&["public-address", "forwarding", "certificate"], visit(app, who)),
        Asked::new(
            &["certificate-authority"],
            async move { vec![Line::of("certificate-authority", authority(app).await)] },
        ),
        Asked::new(&["doors"], async move { doors(app, who) }),
        Asked::new(&["listening"], async move { vec![Line::of("listening", listening(app).await)] }),
    ]
}

async fn name(app: &App) -> Finding {
    let host = app.config.server.public_url.host();
    match host {
        _ if host.is_loopback() => Finding::warn(
            "",
            format!("{host} is this machine itself: nobody else can open a link"),
            "set server.domain or server.public_url to a name that leads here",
        ),
        Host::Name(name) => way_in::resolved(app, "", name).await,
        Host::Address(address) => Finding::ok("", format!("{address} is an address already")),
    }
}

/// One visit tells three things.
async fn visit(app: &App, who: Who) -> Vec<Line> {
    let visited = public_address::visited(app).await;
    let until = visited.as_ref().ok().and_then(|visit| visit.as_ref().ok()?.certificate_until);
    vec![
        Line::of("public-address", public_address::told(app, &visited)),
        Line::of("forwarding", forwarding(app, &visited)),
        Line::of("certificate", certificate(app, who, until)),
    ]
}

/// Whether the server sees what a visitor does.
fn forwarding(app: &App, visited: &Visited) -> Finding {
    let server = &app.config.server;
    if !server.public_url.is_https() {
        return Finding::skipped("", "the public address is not HTTPS, so there is nothing for a proxy to say");
    }
    let Some(seen) = visited.as_ref().ok().and_then(|visit| visit.as_ref().ok()?.was_seen_encrypted) else {
        return Finding::skipped("", "the public address does not lead here, so it was not seen");
    };
    if seen {
        let words =
            if server.tls == Tls::Off { "the proxy says that visitors came over HTTPS" } else { "HTTPS ends here" };
        return Finding::ok("", words);
    }
    Finding::fail(
        "",
        "visitors over HTTPS look as if they came without: the admin page refuses them, and all look like one",
        "have the proxy send X-Forwarded-Proto and X-Forwarded-For, and name its address in server.trusted_proxies",
    )
}

/// What the server shows by itself, else what was met at the public address.
fn certificate(app: &App, who: Who, until: Option<Timestamp>) -> Finding {
    let server = &app.config.server;
    if server.tls != Tls::Off && who == Who::Server {
        return way_in::certificate(app, &app.certificates);
    }
    match (until, folder::certificate(&app.config, &app.clock)) {
        (Some(until), _) => days_left(until.duration_since(app.clock.now()).as_hours() / 24),
        (None, Some(files)) => files,
        (None, None) if server.public_url.is_https() => {
            Finding::skipped("", "nobody answered over HTTPS, so that none was seen")
        }
        (None, None) => Finding::skipped("", "the public address is not HTTPS"),
    }
}

fn days_left(days: i64) -> Finding {
    let words = format!("good for {days} more days");
    if days < DAYS_MIN {
        return Finding::warn("", words, "see why whoever stands in front did not renew it, and renew it");
    }
    Finding::ok("", words)
}

async fn authority(app: &App) -> Finding {
    match &app.config.server.tls {
        Tls::Acme(domain) => way_in::authority(app, domain).await,
        Tls::Files { .. } => Finding::skipped("", "somebody else renews the files of the certificate"),
        Tls::Off => Finding::skipped("", "Quittance obtains no certificate: server.tls is off"),
    }
}

fn doors(app: &App, who: Who) -> Vec<Line> {
    let of = |finding| vec![Line::of("doors", finding)];
    if app.config.server.tls == Tls::Off {
        return of(Finding::skipped("", "visitors come by a proxy, or not at all: server.tls is off"));
    }
    if who == Who::Command {
        return of(Finding::skipped("", "they are open while the server runs, and it does not"));
    }
    let found = way_in::doors(&app.certificates).into_iter();
    let lines: Vec<Line> = found
        .map(|finding| {
            Line::of("doors", Finding { detail: format!("{}: {}", finding.subject, finding.detail), ..finding })
        })
        .collect();
    if lines.is_empty() {
        of(Finding::warn("", "none was opened yet", "wait a minute, then look again"))
    } else {
        lines
    }
}

async fn listening(app: &App) -> Finding {
    if let Some(socket) = &app.config.server.socket {
        return Finding::ok("", format!("at the socket {}, for a proxy on this machine", socket.display()));
    }
    let found = public_address::listening(app).await;
    found.unwrap_or_else(|| Finding::skipped("", "any free port will do"))
}

#[cfg(test)]
mod tests {
    use super::days_left;
    use crate::config::check::Level;

    #[test]
    fn a_certificate_that_nobody_renews_is_told_two_weeks_before() {
        for (days, level) in [(90, Level::Ok), (14, Level::Ok), (13, Level::Warn), (0, Level::Warn)] {
            assert_eq!(days_left(days).level, level, "{days}");
        }
    }
}
