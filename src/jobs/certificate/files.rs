//! Two files that somebody else renews are taken over when they change.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::{NEAR_THE_END, date, tell};
use crate::app::App;
use crate::jobs::rest::Rest;
use crate::tls::Identity;
use crate::tls::files::{FilesError, Stamp, read};
use crate::tls::state::Trouble;

/// How often the files are looked at: two system calls, and whoever renewed them is watching.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Files that changed and are no pair are read again so often before anybody is told: they are exchanged one by one.
const PATIENCE: u32 = 2;

pub(super) async fn watch(mut rest: Rest, cert_file: &Path, key_file: &Path) {
    let app = Arc::clone(&rest.app);
    let mut taken_over = app.certificates.keychain.shown().map(|_| Stamp::of(cert_file, key_file));
    let mut refusals: u32 = 0;
    loop {
        let stamp = Stamp::of(cert_file, key_file);
        if taken_over.as_ref() != Some(&stamp) {
            match read(cert_file, key_file) {
                Ok(identity) => {
                    show(&app, identity);
                    taken_over = Some(stamp);
                    refusals = 0;
                }
                Err(error) => {
                    refusals = refusals.saturating_add(1);
                    if refusals >= PATIENCE || app.certificates.keychain.shown().is_none() {
                        tell(&app, Some(trouble(&error))).await;
                    }
                }
            }
        }
        if refusals == 0 {
            tell(&app, doubt(&app)).await;
        }
        tokio::select! {
            ended = rest.pause(LOOK_EVERY) => if ended.is_break() { return },
            () = app.certificates.look_again.notified() => taken_over = None,
        }
    }
}

fn show(app: &App, identity: Identity) {
    tracing::info!(until = %date(identity.not_after), "a new certificate was taken from its files");
    app.certificates.keychain.show(identity);
}

fn trouble(error: &FilesError) -> Trouble {
    let words = error.to_string();
    let (sentence, remedy) =
        words.rsplit_once("; ").unwrap_or((&words, "look at server.cert_file and server.key_file"));
    Trouble { sentence: sentence.to_owned(), remedy: remedy.to_owned() }
}

/// What visitors would complain about, or will soon.
fn doubt(app: &App) -> Option<Trouble> {
    let identity = app.certificates.keychain.shown()?;
    let (now, host) = (app.clock.now(), app.config.server.public_url.host().to_string());
    let renew = "renew it, and put it where server.cert_file and server.key_file name it";
    let (sentence, remedy) = if now >= identity.not_after {
        (format!("the certificate ended on {}, so that browsers refuse it", date(identity.not_after)), renew)
    } else if now < identity.not_before {
        (
            format!("the certificate begins on {}, or this machine's clock is wrong", date(identity.not_before)),
            "set the clock, and let it be kept by NTP (timedatectl set-ntp true)",
        )
    } else if app.config.server.public_url.is_https() && !identity.is_for(&host) {
        (format!("the certificate is not for {host}, so that browsers refuse it"), "have it issued for this name")
    } else if is_near_the_end(&identity, now) {
        (format!("the certificate ends on {}, and nobody has renewed it", date(identity.not_after)), renew)
    } else {
        return None;
    };
    Some(Trouble { sentence, remedy: remedy.to_owned() })
}

/// Two weeks before, or in the last sixth of a short life.
fn is_near_the_end(identity: &Identity, now: jiff::Timestamp) -> bool {
    let life = identity.not_after.duration_since(identity.not_before);
    let near = NEAR_THE_END.min(life / 6);
    identity.not_after.duration_since(now) < near
}
