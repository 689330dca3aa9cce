//! A certificate from an authority: obtained as soon as a door is open, renewed in time, and tried again with patience.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{date, note, tell};
use crate::app::App;
use crate::config::Domain;
use crate::jobs::rest::Rest;
use crate::resolve::{Reach, ResolveError};
use crate::store;
use crate::store::certificates::{Certificate, Pursuit};
use crate::tls::Identity;
use crate::tls::acme::{Applicant, Cause, Failure, Way};
use crate::tls::state::{Door, DoorState, Trouble};
use crate::tls::whereabouts::{self, Whereabouts};

/// After the first failure; twice as long after each further one. Let's Encrypt takes five failures an hour for a name.
const FIRST_PAUSE_SECONDS: i64 = 3 * 60;
const PAUSE_SECONDS_MAX: i64 = 6 * 60 * 60;
/// While there is no certificate at all, somebody is probably mending what is wrong.
const PAUSE_SECONDS_MAX_WITHOUT: i64 = 60 * 60;
/// Whether the name leads here by now is looked at so often, which costs the authority nothing.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// A start is a wish to try again; a server that starts over and over is no reason to.
const AFTER_START: SignedDuration = SignedDuration::from_mins(1);
/// Failures to renew before the owner is told: weeks are left, and authorities have bad hours, too.
const QUIET_FAILURES: u32 = 2;
/// An authority that does not say when to renew is asked again.
const ASK_AGAIN: SignedDuration = SignedDuration::from_hours(6);

pub(super) async fn keep(mut rest: Rest, domain: &Domain) {
    let app = Arc::clone(&rest.app);
    let (applicant, started_at) = (app.applicant(domain), app.clock.now());
    let mut seeker = Seeker { app, applicant, started_at, last: None, is_asked_for: false };
    while !rest.is_over() {
        let goes_on = match seeker.round(&mut rest).await {
            Ok(goes_on) => goes_on,
            Err(error) => rest.after("certificate", &error).await,
        };
        if goes_on.is_break() {
            return;
        }
    }
}

struct Seeker {
    app: Arc<App>,
    applicant: Applicant,
    started_at: Timestamp,
    /// Why the last try failed.
    last: Option<Failure>,
    /// Somebody wants it tried now.
    is_asked_for: bool,
}

/// What is to be done next.
enum Next {
    AskWhenToRenew(Certificate, Identity),
    Obtain,
    Wait(Timestamp),
}

impl Seeker {
    async fn round(&mut self, rest: &mut Rest) -> Result<ControlFlow<()>, store::Error> {
        // A door may have been opened, or the certificate have ended, since.
        note(&self.app).await?;
        match self.next()? {
            Next::AskWhenToRenew(certificate, identity) => self.ask_when_to_renew(certificate, &identity).await?,
            Next::Obtain => return self.obtain(rest).await,
            Next::Wait(until) => return Ok(self.wait(rest, until).await),
        }
        Ok(ControlFlow::Continue(()))
    }

    fn next(&self) -> Result<Next, store::Error> {
        let (now, pursuit) = (self.app.clock.now(), self.pursuit()?);
        let (mut due, mut ask_at) = (now, None);
        if let Some((certificate, identity)) = self.applicant.kept()?.filter(|(_, identity)| identity.is_good(now)) {
            if certificate.ask_at.is_some_and(|at| at <= now) {
                return Ok(Next::AskWhenToRenew(certificate, identity));
            }
            (due, ask_at) = (certificate.renew_at, certificate.ask_at);
        }
        due = due.max(self.allowed_from(&pursuit));
        Ok(if due <= now { Next::Obtain } else { Next::Wait(ask_at.map_or(due, |at| at.min(due))) })
    }

    fn pursuit(&self) -> Result<Pursuit, store::Error> {
        let (name, directory) = (self.applicant.domain.as_str(), self.applicant.acme.directory.as_str());
        self.app.store.read(|r| r.pursuit(name, directory))
    }

    /// The authority is not asked before this moment.
    fn allowed_from(&self, pursuit: &Pursuit) -> Timestamp {
        let told = pursuit.not_before.unwrap_or(Timestamp::MIN);
        let Some(tried_at) = pursuit.tried_at.filter(|_| !self.is_asked_for) else { return told };
        let is_from_before = tried_at < self.started_at;
        let pause = if is_from_before { AFTER_START } else { self.pause_after(pursuit.failures) };
        told.max(tried_at.checked_add(pause).unwrap_or(Timestamp::MAX))
    }

    fn pause_after(&self, failures: u32) -> SignedDuration {
        let has_one = self.app.certificates.keychain.shown().is_some();
        let most = if has_one { PAUSE_SECONDS_MAX } else { PAUSE_SECONDS_MAX_WITHOUT };
        let doublings = failures.saturating_sub(1).min(16);
        let seconds = FIRST_PAUSE_SECONDS.saturating_mul(1 << doublings).min(most);
        // Up to a quarter more, so that servers which failed together do not come again together.
        let spread = self.started_at.as_microsecond().rem_euclid(256);
        SignedDuration::from_secs(seconds + seconds / 4 * spread / 256)
    }

    /// Waits for a moment, or for a reason to try sooner.
    async fn wait(&mut self, rest: &mut Rest, until: Timestamp) -> ControlFlow<()> {
        let certificates = Arc::clone(&self.app.certificates);
        let app = Arc::clone(&self.app);
        self.is_asked_for = tokio::select! {
            biased;
            () = rest.over() => return ControlFlow::Break(()),
            () = certificates.look_again.notified() => true,
            () = self.leads_here() => true,
            () = certificates.state.doors_changed() => false,
            () = app.clock.until(until) => false,
        };
        ControlFlow::Continue(())
    }

    /// Done once the name leads here, if it did not at the last try.
    async fn leads_here(&self) {
        if !self.last.as_ref().is_some_and(Failure::is_about_the_name) {
            return std::future::pending().await;
        }
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            if self.whereabouts().await == Some(Whereabouts::Here) {
                return;
            }
        }
    }

    /// Where the name leads, as far as that can be seen from here.
    async fn whereabouts(&self) -> Option<Whereabouts> {
        let certificates = &self.app.certificates;
        let DoorState::Open(address) = certificates.state.door(Door::Http) else { return None };
        let port = self.app.config.server.visitors_port(address.port());
        let name = self.applicant.domain.as_str();
        Some(whereabouts::of(name, port, &self.app.resolver, &certificates.challenges).await)
    }

    async fn obtain(&mut self, rest: &mut Rest) -> Result<ControlFlow<()>, store::Error> {
        let Some(way) = self.way() else {
            tell(&self.app, self.locked_out()).await;
            let certificates = Arc::clone(&self.app.certificates);
            return Ok(tokio::select! {
                () = rest.over() => ControlFlow::Break(()),
                () = certificates.state.doors_changed() => ControlFlow::Continue(()),
            });
        };
        if let Some(failure) = self.has_no_address().await {
            // Asking the authority would only use up a try.
            tell(&self.app, Some(self.trouble(&failure))).await;
            self.last = Some(failure);
            return Ok(rest.pause(LOOK_EVERY).await);
        }
        tracing::info!(authority = %self.applicant.acme.directory, ?way, "a certificate is being obtained");
        self.is_asked_for = false;
        match self.applicant.obtain(way).await {
            Ok(certificate) => self.succeeded(&certificate).await,
            Err(failure) => self.failed(failure).await?,
        }
        Ok(ControlFlow::Continue(()))
    }

    /// By which door the authority can look. `None` as long as none is open. After a failure, by the other one.
    fn way(&self) -> Option<Way> {
        let (server, state) = (&self.app.config.server, &self.app.certificates.state);
        let doors = [(Door::Http, server.http_listen, Way::Http), (Door::Https, server.https_listen, Way::Tls)];
        let is_untried =
            |(door, address, _): &(Door, Option<_>, Way)| address.is_some() && state.door(*door) == DoorState::Shut;
        if doors.iter().any(is_untried) {
            return None;
        }
        let open = doors.iter().filter(|(door, ..)| matches!(state.door(*door), DoorState::Open(_)));
        let ways: Vec<Way> = open.map(|(_, _, way)| *way).collect();
        let failures = self.pursuit().map_or(0, |pursuit| pursuit.failures);
        let turn = usize::try_from(failures).unwrap_or(0).checked_rem(ways.len())?;
        ways.get(turn).copied()
    }

    /// What to say while no door is open: nothing if they are only being opened.
    fn locked_out(&self) -> Option<Trouble> {
        let failed = self.app.certificates.state.locked()?;
        let (sentence, remedy) = failed.split_once("; ").unwrap_or((&failed, "free the port"));
        Some(Trouble {
            sentence: format!("no certificate can be obtained, because the authority could not look: {sentence}"),
            remedy: remedy.to_owned(),
        })
    }

    async fn has_no_address(&self) -> Option<Failure> {
        let name = self.applicant.domain.as_str();
        match self.app.resolver.addresses(name, Reach::Configured).await {
            Err(error @ ResolveError::NotFound { .. }) => {
                let (why, _) =
                    error.to_string().split_once("; ").map(|(why, rest)| (why.to_owned(), rest.to_owned()))?;
                Some(Failure::new(Cause::NoAddress { name: name.to_owned(), why }))
            }
            _ => None,
        }
    }

    fn trouble(&self, failure: &Failure) -> Trouble {
        failure.trouble(&self.applicant.acme.directory.to_string())
    }

    async fn succeeded(&mut self, certificate: &Certificate) {
        let until = self.app.certificates.keychain.shown().map(|identity| date(identity.not_after));
        let renewed_from = date(certificate.renew_at);
        tracing::info!(until = until.unwrap_or_default(), renewed_from, "a certificate was obtained");
        self.last = None;
        tell(&self.app, None).await;
    }

    async fn failed(&mut self, failure: Failure) -> Result<(), store::Error> {
        let (name, now) = (self.applicant.domain.as_str().to_owned(), self.app.clock.now());
        let before = self.pursuit()?;
        let may_go_on = matches!(
            failure.cause,
            Cause::StaleNonce | Cause::Unreachable { .. } | Cause::Untrusted { .. } | Cause::Store { .. }
        );
        let pursuit = Pursuit {
            failures: before.failures.saturating_add(1),
            tried_at: Some(now),
            not_before: failure.not_before,
            order: before.order.filter(|_| may_go_on),
            directory: before.directory,
        };
        let (failures, trouble) = (pursuit.failures, self.trouble(&failure));
        let shown = self.app.certificates.keychain.shown();
        let has_time = shown.is_some_and(|identity| identity.is_good(now)) && failures <= QUIET_FAILURES;
        if has_time {
            tracing::warn!(
                failures,
                remedy = trouble.remedy,
                "the certificate was not renewed yet: {}",
                trouble.sentence
            );
        } else {
            tell(&self.app, Some(trouble)).await;
        }
        self.last = Some(failure);
        self.app.store.write(move |w| w.put_pursuit(&name, &pursuit)).await
    }

    async fn ask_when_to_renew(&self, certificate: Certificate, identity: &Identity) -> Result<(), store::Error> {
        let Err(failure) = self.applicant.ask_when_to_renew(certificate.clone(), identity).await else { return Ok(()) };
        let why = self.trouble(&failure).sentence;
        tracing::info!(
            why,
            "the authority did not say when to renew; it is after two thirds of the certificate's life"
        );
        let ask_at = self.app.clock.now().checked_add(ASK_AGAIN).ok();
        let (name, later) = (self.applicant.domain.as_str().to_owned(), Certificate { ask_at, ..certificate });
        self.app.store.write(move |w| w.put_certificate_facts(&name, &later)).await
    }
}
