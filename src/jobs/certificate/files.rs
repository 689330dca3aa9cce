//! Two files that somebody else renews are taken over when they change, unless visitors would be worse off.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::tell;
use crate::app::App;
use crate::jobs::rest::Rest;
use crate::said::Said;
use crate::tls::files::Watched;
use crate::tls::{Identity, date};

/// How often the files are looked at: two system calls, and whoever renewed them is watching.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Files that changed and are no pair are read again so often before anybody is told: they are exchanged one by one.
const PATIENCE: u32 = 2;

pub(super) async fn watch(mut rest: Rest, cert_file: &Path, key_file: &Path) {
    let app = Arc::clone(&rest.app);
    let mut files = Watched::new(cert_file, key_file);
    let (mut waiting, mut refusals) = (None, 0_u32);
    loop {
        let looked = tokio::select! {
            looked = files.look() => looked,
            () = rest.over() => return,
        };
        match looked {
            Some(Ok(identity)) => (waiting, refusals) = (Some(identity), 0),
            Some(Err(error)) => {
                refusals = refusals.saturating_add(1);
                if refusals >= PATIENCE || app.certificates.keychain.shown().is_none() {
                    tell(&app, Some(error.said())).await;
                }
            }
            None => {}
        }
        waiting = waiting.and_then(|identity| taken_over(&app, identity));
        if refusals == 0 {
            tell(&app, trouble(&app, waiting.as_ref())).await;
        }
        tokio::select! {
            ended = rest.pause(LOOK_EVERY) => if ended.is_break() { return },
            () = app.certificates.look_again.notified() => files.forget(),
        }
    }
}

/// Shows a certificate, unless browsers would refuse it and accept the one that is shown. Gives it back if it has to wait:
/// it may begin later, and the one that is shown ends.
fn taken_over(app: &App, identity: Identity) -> Option<Identity> {
    let is_refused = app.doubt(&identity).is_some_and(|doubt| doubt.is_refused);
    if is_refused && app.accepted_certificate().is_some_and(|shown| !shown.is_same(&identity)) {
        return Some(identity);
    }
    let keychain = &app.certificates.keychain;
    if !keychain.shown().is_some_and(|shown| shown.is_same(&identity)) {
        tracing::info!(until = date(identity.life.until), "a new certificate was taken from its files");
        keychain.show(identity);
    }
    None
}

/// What visitors complain about, or will.
fn trouble(app: &App, waiting: Option<&Identity>) -> Option<Said> {
    let shown = app.certificates.keychain.shown()?;
    let Some(doubt) = waiting.and_then(|identity| app.doubt(identity)) else {
        return app.doubt(&shown).map(|doubt| doubt.said());
    };
    let (fault, until) = (doubt.fault, date(shown.life.until));
    let what = format!("the new certificate {fault}, so the one before it stays in use until {until}");
    Some(Said::new(what, doubt.remedy))
}
