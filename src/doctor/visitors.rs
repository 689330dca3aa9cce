//! Whether visitors, and Stripe among them, get here: the name, the address, the certificate, and what a proxy in front says.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Asked, Who};
use crate::app::{App, Line};
use crate::config::check::Finding;
use crate::config::{Host, Tls};
use crate::tls::Life;
use crate::trials::public_address::{self, Visited};
use crate::trials::{folder, way_in};

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

/// One round of visits tells three things.
async fn visit(app: &Arc<App>, who: Who) -> Vec<Line> {
    let visited = public_address::visited(app).await;
    let shown = public_address::best(&visited).and_then(|visit| visit.certificate);
    vec![
        Line::of("public-address", public_address::told(app, &visited)),
        Line::of("forwarding", forwarding(app, &visited)),
        Line::of("certificate", certificate(app, who, shown).await),
    ]
}

/// Whether the server sees what a visitor does.
fn forwarding(app: &App, visited: &Visited) -> Finding {
    let server = &app.config.server;
    if !server.public_url.is_https() {
        return Finding::skipped("", "the public address is not HTTPS, so there is nothing for a proxy to say");
    }
    let Some(seen) = public_address::best(visited).and_then(|visit| visit.was_seen_encrypted) else {
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

/// What the server shows by itself, else what was met at the public address, else what lies in the files.
async fn certificate(app: &Arc<App>, who: Who, met: Option<Life>) -> Finding {
    let server = &app.config.server;
    if server.tls != Tls::Off && who == Who::Server {
        return way_in::certificate(app);
    }
    if let Some(life) = met {
        return days_left(life, app.clock.now());
    }
    let theirs = Arc::clone(app);
    let files = tokio::task::spawn_blocking(move || folder::certificate(&theirs.config, &theirs.clock)).await;
    let why = if server.public_url.is_https() {
        "nobody answered over HTTPS, so that none was seen"
    } else {
        "the public address is not HTTPS"
    };
    files.ok().flatten().unwrap_or_else(|| Finding::skipped("", why))
}

fn days_left(life: Life, now: Timestamp) -> Finding {
    let words = format!("good for {} more days", life.until.duration_since(now).as_hours() / 24);
    if life.is_near_its_end(now) {
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
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::{Life, Timestamp, days_left};
    use crate::config::check::Level;

    #[test]
    fn a_certificate_that_nobody_renews_is_told_two_weeks_before_or_in_the_last_sixth_of_its_life() {
        let day = |day: i64| Timestamp::from_second(day * 86_400).unwrap();
        for (life_days, days, level) in [
            (90, 89, Level::Ok),
            (90, 14, Level::Ok),
            (90, 13, Level::Warn),
            (90, 0, Level::Warn),
            (6, 3, Level::Ok),
            (6, 0, Level::Warn),
        ] {
            let life = Life { from: day(0), until: day(life_days) };
            assert_eq!(days_left(life, day(life_days - days)).level, level, "{days} of {life_days}");
        }
    }
}
