//! The certificate is there before it is needed, and the owner hears weeks ahead if it will not be.
//!
//! What is wrong is said once in the log, shown with its remedy on the owner's first page and by `check --online`, and mailed
//! if it lasts. Whatever goes wrong here, pages go on being served with the certificate that there is.

mod files;
mod obtained;

use std::sync::Arc;

use super::rest::Rest;
use crate::app::App;
use crate::config::Tls;
use crate::payments::notices::{self, Notice};
use crate::said::Said;
use crate::store::{Error, Writer};
use crate::tls::state::{Door, DoorState};

pub(super) async fn run(rest: Rest) {
    let app = Arc::clone(&rest.app);
    match &app.config.server.tls {
        Tls::Off => {}
        Tls::Files { cert_file, key_file } => files::watch(rest, cert_file, key_file).await,
        Tls::Acme(domain) => obtained::keep(rest, domain).await,
    }
}

/// What is wrong with the certificate is known everywhere from now on; nothing, if `trouble` is `None`.
async fn tell(app: &App, trouble: Option<Said>) {
    let state = &app.certificates.state;
    if let Some(Said { what, remedy }) = trouble.as_ref().filter(|trouble| state.trouble().as_ref() != Some(trouble)) {
        tracing::error!(remedy, "the certificate needs somebody: {what}");
    }
    state.set_trouble(trouble);
    if let Err(error) = note(app).await {
        tracing::warn!(%error, "a notice for the owner could not be stored");
    }
}

/// Puts up and takes down what the owner's first page says, and writes nothing if nothing has changed.
async fn note(app: &App) -> Result<(), Error> {
    let state = &app.certificates.state;
    let is_good = app.accepted_certificate().is_some();
    let is_troubled = state.trouble().is_some();
    let is_locked = [Door::Https, Door::Http].iter().any(|door| matches!(state.door(*door), DoorState::Failed(_)));
    let wanted = [
        (Notice::CertificateMissing, is_troubled && !is_good),
        (Notice::CertificateOld, is_troubled && is_good),
        (Notice::DoorLocked, is_locked),
    ];
    let now = app.clock.now();
    let mut changes = Vec::new();
    for (notice, stands) in wanted {
        if app.store.read(|r| notice.stands(&r, now))? != stands {
            changes.push((notice, stands));
        }
    }
    if changes.is_empty() {
        return Ok(());
    }
    let change = move |w: &mut Writer<'_>| {
        changes.iter().try_for_each(
            |(notice, stands)| {
                if *stands { notices::raise(w, *notice) } else { notices::lower(w, *notice) }
            },
        )
    };
    app.store.write(change).await
}
