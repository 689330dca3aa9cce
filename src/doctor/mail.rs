//! Whether mails leave, and whether those who get them can see that they are no forgery.

use std::sync::Arc;

use super::{Asked, sender_domain};
use crate::app::{App, Line};
use crate::config::check::Finding;
use crate::config::{Sender, SmtpAddress};
use crate::trials;

pub(super) fn looks(app: &Arc<App>) -> Vec<Asked<'_>> {
    vec![
        Asked::new(&["mail-server"], async move {
            vec![Line::of("mail-server", trials::mail(app, &app.connections()).await)]
        }),
        Asked::new(&["spf"], about(app, "spf")),
        Asked::new(&["dkim"], about(app, "dkim")),
        Asked::new(&["dmarc"], about(app, "dmarc")),
        Asked::new(&["ptr"], about(app, "ptr")),
    ]
}

/// Who sends, and through whom.
fn sending(app: &App) -> Option<(SmtpAddress, Sender)> {
    let connections = app.connections();
    let post = connections.post.as_ref()?;
    Some((post.address.clone(), post.from.clone()?))
}

async fn about(app: &App, code: &'static str) -> Vec<Line> {
    let Some((server, from)) = sending(app) else {
        return vec![Line::of(code, Finding::skipped("", "no mail server or no sender is set"))];
    };
    let domain = from.address().rsplit_once('@').map_or("", |(_, domain)| domain).to_ascii_lowercase();
    if !domain.contains('.') || domain.ends_with(".localhost") {
        let why = format!("{domain} is no domain that the world knows");
        return vec![Line::of(code, Finding::skipped("", why))];
    }
    let found = match code {
        "spf" => sender_domain::spf(&app.resolver, &domain).await,
        "dkim" => sender_domain::dkim(&app.resolver, &domain, &server.host.to_string()).await,
        "dmarc" => sender_domain::dmarc(&app.resolver, &domain).await,
        _ => sender_domain::ptr(&app.resolver, &server.host, app.config.server.public_url.host()).await,
    };
    vec![Line::of(code, found)]
}
