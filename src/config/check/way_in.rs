//! The ways in: what is listened at, what the public address is, who encrypts, and who is believed.

use std::net::SocketAddr;
use std::path::Path;

use super::{Config, Finding, StripeMode};
use crate::config::plain_file::opened;
use crate::config::{Network, Tls};
use crate::config::{ROOTS_BYTES_MAX, bytes_of};
use crate::http::roots_with;

pub(super) fn findings(config: &Config) -> Vec<Finding> {
    let mut findings = vec![listen(config)];
    findings.extend(doors(config));
    findings.push(public_url(config));
    findings.extend(tls(config));
    findings.extend(unused(config));
    findings.extend(proxies(config));
    findings
}

fn listen(config: &Config) -> Finding {
    let (subject, server) = ("server.listen", &config.server);
    let (listen, is_off) = (server.listen, server.tls == Tls::Off);
    if let Some(socket) = &server.socket {
        return Finding::ok(subject, format!("the socket {}, for a proxy on this machine", socket.display()));
    }
    if listen.ip().to_canonical().is_loopback() {
        return Finding::ok(
            subject,
            if is_off { listen.to_string() } else { format!("{listen}, for this machine itself") },
        );
    }
    if is_off && server.public_url.is_https() {
        return Finding::ok(subject, listen.to_string());
    }
    let found = format!(
        "{listen} is reached from other machines, unencrypted{}; the admin page answers this machine only",
        if is_off { "" } else { " as well" }
    );
    let remedy = if is_off {
        "listen on 127.0.0.1 behind a proxy that encrypts"
    } else {
        "set it to 127.0.0.1:8080, and server.https_listen to the address that visitors come to"
    };
    Finding::warn(subject, found, remedy)
}

fn doors(config: &Config) -> Vec<Finding> {
    if config.server.tls == Tls::Off {
        return Vec::new();
    }
    let shown = |door: SocketAddr| door.to_string();
    let https = match config.server.https_listen.map(shown) {
        Some(address) => Finding::ok("server.https_listen", address),
        None => Finding::warn(
            "server.https_listen",
            format!("off: HTTPS is answered at {} alone", config.server.listen),
            "leave it out unless something else passes port 443 on",
        ),
    };
    let http = match config.server.http_listen.map(shown) {
        Some(address) => Finding::ok("server.http_listen", format!("{address}, sends visitors on to HTTPS")),
        None => Finding::warn(
            "server.http_listen",
            "off: who types the name without https:// finds nobody",
            "leave it out unless something else sends them on",
        ),
    };
    vec![https, http]
}

fn public_url(config: &Config) -> Finding {
    let subject = "server.public_url";
    let url = &config.server.public_url;
    let is_live = config.stripe.secret_key.as_ref().is_some_and(|key| key.mode() == StripeMode::Live);
    if url.host().is_unspecified() {
        return Finding::fail(
            subject,
            format!("{url} is no address that anybody can open"),
            "set it to the public address",
        );
    }
    if config.server.tls != Tls::Off && !url.is_https() {
        return Finding::fail(
            subject,
            format!("{url} is http, but HTTPS is what is served"),
            "set it to https:// and the name",
        );
    }
    if is_live && (!url.is_https() || url.is_loopback()) {
        return Finding::fail(
            subject,
            format!("{url} is not public HTTPS, and the Stripe key is live: sending and paying wait"),
            "set it to a public https:// address, or use a test key",
        );
    }
    if let (Tls::Acme(domain), host) = (&config.server.tls, url.host().to_string())
        && host != domain.as_str()
    {
        return Finding::warn(
            subject,
            format!("{url} is not at {domain}, which the certificate is for"),
            "make them the same",
        );
    }
    if url.is_loopback() {
        return Finding::warn(
            subject,
            format!("links to {url} open on this machine only"),
            "set it to the public address before you send invoices",
        );
    }
    if !url.is_https() {
        return Finding::warn(subject, format!("{url} is not encrypted"), "use https:// before you take real payments");
    }
    Finding::ok(subject, url.as_str())
}

fn tls(config: &Config) -> Vec<Finding> {
    let (subject, acme) = ("server.tls", &config.server.authority);
    match &config.server.tls {
        Tls::Off => vec![Finding::ok(subject, "off")],
        Tls::Acme(domain) => {
            let who = &acme.directory;
            let words = format!("acme: the certificate for {domain} is obtained from {who} and renewed");
            let mut findings = vec![Finding::ok(subject, words)];
            if who.is_staging() {
                findings.push(Finding::warn(
                    "server.acme_directory",
                    format!("browsers believe no certificate of {who}"),
                    "remove it once everything works",
                ));
            }
            findings.extend(acme.roots_file.as_deref().map(|path| roots("server.acme_roots_file", path)));
            findings
        }
        Tls::Files { cert_file, key_file } => vec![
            Finding::ok(subject, "files: whoever renews the two files is believed"),
            readable("server.cert_file", cert_file),
            readable("server.key_file", key_file),
        ],
    }
}

pub(super) fn readable(subject: &str, path: &Path) -> Finding {
    match opened(path) {
        Ok(_) => Finding::ok(subject, format!("{} can be read", path.display())),
        Err(cause) => Finding::fail(subject, format!("{} cannot be read ({cause})", path.display()), cause.remedy()),
    }
}

/// A file of authorities that are to be believed.
pub(super) fn roots(subject: &str, path: &Path) -> Finding {
    let shown = path.display();
    let content = match bytes_of(path, ROOTS_BYTES_MAX) {
        Ok(content) => content,
        Err(cause) => return Finding::fail(subject, format!("{shown} cannot be read ({cause})"), cause.remedy()),
    };
    match roots_with(&content) {
        Err(cause) => Finding::fail(
            subject,
            format!("no certificate in {shown} can be used ({cause})"),
            "name a file with the authority's certificate in PEM form",
        ),
        Ok(roots) if roots.unreadable > 0 => Finding::warn(
            subject,
            format!(
                "{} of {} certificates in {shown} cannot be used",
                roots.unreadable,
                roots.unreadable + roots.further
            ),
            "take them out, or put them in anew: the others are believed",
        ),
        Ok(roots) if roots.further == 1 => Finding::ok(subject, format!("{shown} holds one certificate")),
        Ok(roots) => Finding::ok(subject, format!("{shown} holds {} certificates", roots.further)),
    }
}

/// Settings that another `server.tls` would need.
fn unused(config: &Config) -> Vec<Finding> {
    let tls = &config.server.tls;
    let is_set = |key: &&str| config.is_fixed(key);
    let warn = |remedy: &'static str| move |key: &str| Finding::warn(key, "is set and not used", remedy);
    let mut findings = Vec::new();
    if !matches!(tls, Tls::Files { .. }) {
        let keys = ["server.cert_file", "server.key_file"].into_iter().filter(is_set);
        findings.extend(keys.map(warn("set server.tls to files, or remove it")));
    }
    if !matches!(tls, Tls::Acme(_)) {
        let keys =
            ["server.acme_directory", "server.acme_contact", "server.acme_roots_file"].into_iter().filter(is_set);
        findings.extend(keys.map(warn("set server.tls to acme, or remove it")));
    }
    if *tls == Tls::Off {
        let keys = ["server.https_listen", "server.http_listen"].into_iter().filter(is_set);
        findings.extend(keys.map(warn("set server.tls, or remove it")));
    }
    findings
}

fn proxies(config: &Config) -> Vec<Finding> {
    let subject = "server.trusted_proxies";
    let server = &config.server;
    if server.trusted_proxies.iter().any(Network::is_everybody) {
        let remedy = "name the networks of your proxies only";
        return vec![Finding::warn(subject, "anybody is believed about where a request comes from", remedy)];
    }
    let nobody = server.trusted_proxies.is_empty() && server.socket.is_none();
    if nobody && server.tls == Tls::Off && server.public_url.is_https() {
        return vec![Finding::warn(
            subject,
            "the public address is https, so a proxy must be in front, but none is named: all visitors look like one",
            "name the proxy, such as [\"127.0.0.1\"]",
        )];
    }
    Vec::new()
}
