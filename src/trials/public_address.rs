//! Whether the public address leads here, and whether this server has, or may have, the address that it is to listen at.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr};

use futures_util::future::join_all;
use hyper::Uri;
use tokio::net::TcpListener;
use tokio::time::timeout;

use super::listed;
use super::who::{Failure, Visit, WITHIN, Who, answers, host_of};
use crate::app::App;
use crate::config::check::Finding;
use crate::resolve::Reach;
use crate::tls::whereabouts::{astray, has_no_way};

const SUBJECT: &str = "public address";
const START_IT: &str = "start the server, and check the name, the proxy and the firewall";

/// Whether the public address leads to this very server.
pub async fn reached(app: &App) -> Finding {
    told(app, &visited(app).await)
}

/// What came of a visit to each address of the public name, or why there was none.
pub type Visited = Result<Vec<(IpAddr, Result<Visit, Failure>)>, Failure>;

/// Comes as visitors would, by the public name, to every address that it has: they choose among them as they like.
pub async fn visited(app: &App) -> Visited {
    let public_url = &app.config.server.public_url;
    let (origin, uri) = (public_url.as_str(), public_url.as_str().parse::<Uri>()?);
    let usual = if public_url.is_https() { 443 } else { 80 };
    let port = uri.port_u16().unwrap_or(usual);
    let addresses = app.resolver.addresses(host_of(&uri), Reach::Configured).await?;
    let visits = addresses.into_iter().map(async |address| {
        let visit = timeout(WITHIN, answers(app, origin, SocketAddr::new(address, port))).await;
        (address, visit.unwrap_or_else(|_| Err(format!("no answer within {} s", WITHIN.as_secs()).into())))
    });
    Ok(join_all(visits).await)
}

/// The visit that met this server, else the first that met anybody.
#[must_use]
pub fn best(visited: &Visited) -> Option<&Visit> {
    let met = || visited.iter().flatten().filter_map(|(_, visit)| visit.as_ref().ok());
    met().find(|visit| visit.who == Who::Us).or_else(|| met().next())
}

/// What the visits say about where the address leads.
#[must_use]
pub fn told(app: &App, visited: &Visited) -> Finding {
    let url = app.config.server.public_url.as_str();
    match visited {
        Ok(visits) => judged(url, visits),
        Err(error) => Finding::fail(SUBJECT, format!("{url} cannot be reached ({error})"), START_IT),
    }
}

fn judged(url: &str, visits: &[(IpAddr, Result<Visit, Failure>)]) -> Finding {
    let is_us = |visit: &Result<Visit, Failure>| visit.as_ref().is_ok_and(|visit| visit.who == Who::Us);
    if !visits.iter().any(|(_, visit)| is_us(visit)) {
        return visits.first().map_or_else(
            || Finding::fail(SUBJECT, format!("{url} cannot be reached (it has no address)"), START_IT),
            |(_, visit)| not_here(url, visit),
        );
    }
    let is_untried = |(address, visit): &&(IpAddr, Result<Visit, Failure>)| {
        let error = visit.as_ref().err().and_then(|error| error.downcast_ref::<io::Error>());
        error.is_some_and(|error| has_no_way(*address, error))
    };
    let (untried, tried): (Vec<_>, Vec<_>) = visits.iter().partition(is_untried);
    let strays = astray(&tried.iter().map(|(address, visit)| (*address, is_us(visit))).collect::<Vec<_>>());
    if !strays.is_empty() {
        return Finding::fail(
            SUBJECT,
            format!(
                "{url} leads to this Quittance, but at {} it does not, and some visitors go there",
                listed(&strays)
            ),
            "remove that address from the name's A and AAAA records, or let it lead here",
        );
    }
    if !untried.is_empty() {
        let untried: Vec<IpAddr> = untried.iter().map(|(address, _)| *address).collect();
        return Finding::warn(
            SUBJECT,
            format!(
                "{url} leads to this Quittance; whether {} does was not seen, as this machine has no way there",
                listed(&untried)
            ),
            "try it from another network, or remove that address from the name's A and AAAA records",
        );
    }
    Finding::ok(SUBJECT, format!("{url} leads to this Quittance"))
}

/// What is at an address that does not lead here.
fn not_here(url: &str, visit: &Result<Visit, Failure>) -> Finding {
    let who = match visit {
        Ok(visit) => visit.who,
        Err(error) => return Finding::fail(SUBJECT, format!("{url} cannot be reached ({error})"), START_IT),
    };
    match who {
        Who::Us | Who::Another => Finding::fail(
            SUBJECT,
            format!("{url} does not lead to the server of this data folder: that one does not run, or another answers"),
            "start the server of this data folder, and lead the address to it",
        ),
        Who::Nobody(status) if status.is_redirection() => Finding::fail(
            SUBJECT,
            format!("{url} sends visitors elsewhere ({status}), and Stripe does not go there"),
            "set server.public_url to the address that answers itself",
        ),
        Who::Nobody(status) => {
            Finding::fail(SUBJECT, format!("{url} answers {status} instead of a Quittance"), START_IT)
        }
    }
}

/// `None` where any free port will do.
pub async fn listening(app: &App) -> Option<Finding> {
    let (subject, listen) = ("server.listen", app.config.server.listen);
    if listen.port() == 0 || app.config.server.socket.is_some() {
        return None;
    }
    let near = app.config.server.near();
    let visit = timeout(WITHIN, answers(app, &format!("http://{near}"), near)).await;
    if matches!(visit, Ok(Ok(Visit { who: Who::Us, .. }))) {
        return Some(Finding::ok(subject, format!("{listen} is where this server listens")));
    }
    Some(match TcpListener::bind(listen).await.map_err(|error| (error.kind(), error)) {
        Ok(_) => Finding::ok(subject, format!("{listen} is free")),
        Err((ErrorKind::AddrInUse, _)) => Finding::fail(
            subject,
            format!("{listen} is taken by another program, so the server of this data folder cannot listen there"),
            "stop what listens there, or change server.listen",
        ),
        Err((ErrorKind::PermissionDenied, _)) => Finding::warn(
            subject,
            format!("{listen} may not be opened by the user of this command, so it was not tried"),
            "see that the user of the server may open it",
        ),
        Err((_, error)) => {
            Finding::fail(subject, format!("{listen} cannot be opened ({error})"), "change server.listen")
        }
    })
}

#[cfg(test)]
mod tests {
    use std::io::{Error, ErrorKind};
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

    use hyper::StatusCode;

    use super::{Failure, Visit, Who, judged};
    use crate::config::check::Level;

    const URL: &str = "https://pay.example.com";

    fn met(who: Who) -> Visit {
        Visit { who, certificate: None, was_seen_encrypted: None }
    }

    fn failed(kind: ErrorKind) -> Result<Visit, Failure> {
        Err(Error::from(kind).into())
    }

    #[test]
    fn each_address_counts_and_those_that_do_not_lead_here_are_named() {
        let four: IpAddr = Ipv4Addr::new(203, 0, 113, 9).into();
        let six: IpAddr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1).into();
        let [own_four, own_six]: [IpAddr; 2] = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
        let refused = || failed(ErrorKind::ConnectionRefused);
        for (visits, level, words) in [
            (vec![(four, Ok(met(Who::Us))), (six, Ok(met(Who::Us)))], Level::Ok, "leads to this Quittance"),
            (vec![(four, Ok(met(Who::Us))), (six, refused())], Level::Fail, "but at 2001:db8::1 it does not"),
            (
                vec![(four, Ok(met(Who::Another))), (six, Ok(met(Who::Us)))],
                Level::Fail,
                "but at 203.0.113.9 it does not",
            ),
            (
                vec![(four, Ok(met(Who::Us))), (six, failed(ErrorKind::NetworkUnreachable))],
                Level::Warn,
                "2001:db8::1 does",
            ),
            (vec![(own_four, Ok(met(Who::Us))), (own_six, refused())], Level::Ok, "leads to this Quittance"),
            (vec![(four, Ok(met(Who::Another))), (six, refused())], Level::Fail, "does not lead to the server of this"),
            (vec![(four, Ok(met(Who::Nobody(StatusCode::FOUND))))], Level::Fail, "sends visitors elsewhere"),
            (vec![(four, refused()), (six, refused())], Level::Fail, "cannot be reached"),
            (vec![], Level::Fail, "has no address"),
        ] {
            let found = judged(URL, &visits);
            assert!(found.level == level && found.detail.contains(words), "{found}");
        }
    }
}
