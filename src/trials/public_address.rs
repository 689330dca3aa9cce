//! Whether the public address leads here, and whether this server has, or may have, the address that it is to listen at.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use hyper::Uri;
use tokio::net::TcpListener;
use tokio::time::timeout;

use super::who::{Failure, WITHIN, Who, answers, host_of};
use crate::app::App;
use crate::config::check::Finding;
use crate::resolve::Reach;

pub(super) async fn reached(app: &App) -> Finding {
    let (subject, url) = ("public address", app.config.server.public_url.as_str());
    let remedy = "start the server, and check the name, the proxy and the firewall";
    match timeout(WITHIN, at_public_url(app)).await {
        Ok(Ok(Who::Us)) => Finding::ok(subject, format!("{url} leads to this Quittance")),
        Ok(Ok(Who::Another)) => Finding::fail(
            subject,
            format!("{url} does not lead to the server of this data folder: that one does not run, or another answers"),
            "start the server of this data folder, and lead the address to it",
        ),
        Ok(Ok(Who::Nobody(status))) if status.is_redirection() => Finding::fail(
            subject,
            format!("{url} sends visitors elsewhere ({status}), and Stripe does not go there"),
            "set server.public_url to the address that answers itself",
        ),
        Ok(Ok(Who::Nobody(status))) => {
            Finding::fail(subject, format!("{url} answers {status} instead of a Quittance"), remedy)
        }
        Ok(Err(error)) => Finding::fail(subject, format!("{url} cannot be reached ({error})"), remedy),
        Err(_) => Finding::fail(subject, format!("{url} did not answer within {} s", WITHIN.as_secs()), remedy),
    }
}

async fn at_public_url(app: &App) -> Result<Who, Failure> {
    let origin = app.config.server.public_url.as_str();
    let uri: Uri = origin.parse()?;
    let usual = if app.config.server.public_url.is_https() { 443 } else { 80 };
    let found = app.resolver.addresses(host_of(&uri), Reach::Configured).await?.into_iter().next();
    let address = SocketAddr::new(found.ok_or("it has no address")?, uri.port_u16().unwrap_or(usual));
    answers(app, origin, address).await
}

/// `None` where any free port will do.
pub(super) async fn listening(app: &App) -> Option<Finding> {
    let (subject, listen) = ("server.listen", app.config.server.listen);
    if listen.port() == 0 || app.config.server.socket.is_some() {
        return None;
    }
    let near = SocketAddr::new(nearest(listen.ip()), listen.port());
    if let Ok(Ok(Who::Us)) = timeout(WITHIN, answers(app, &format!("http://{near}"), near)).await {
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

/// Where this machine itself reaches what listens everywhere.
fn nearest(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    }
}
