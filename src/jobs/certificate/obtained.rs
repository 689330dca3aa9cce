//! A certificate from an authority: obtained as soon as a door is open, renewed in time, and tried again with patience.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{note, tell};
use crate::app::App;
use crate::config::Domain;
use crate::jobs::rest::Rest;
use crate::resolve::{Reach, ResolveError};
use crate::said::Said;
use crate::store;
use crate::store::certificates::{Certificate, Pursuit};
use crate::tls::acme::{Applicant, Cause, Failure, Way};
use crate::tls::state::{Door, DoorState};
use crate::tls::whereabouts::{self, Whereabouts};
use crate::tls::{Identity, date};

/// After the first failure; twice as long after each further one. Let's Encrypt takes five failures an hour for a name.
const FIRST_PAUSE_SECONDS: i64 = 3 * 60;
const PAUSE_SECONDS_MAX: i64 = 6 * 60 * 60;
/// While there is no certificate at all, somebody is probably mending what is wrong.
const PAUSE_SECONDS_MAX_WITHOUT: i64 = 60 * 60;
/// Whether the name leads here by now is looked at so often, which costs the authority nothing.
const LOOK_EVERY: SignedDuration = SignedDuration::from_secs(30);
/// The same for a name without any address.
const LOOK_AGAIN: Duration = Duration::from_secs(30);
/// A start is a wish to try again; a server that starts over and over is no reason to.
const AFTER_START: SignedDuration = SignedDuration::from_mins(1);
/// The owner who says "now" is believed, whatever the authority said, but is not to lock the name out with a loop.
const AFTER_WISH: SignedDuration = SignedDuration::from_mins(1);
/// The longest that an authority may put us off; and no longer than this part of what is left of the certificate.
const PUT_OFF_MAX: SignedDuration = SignedDuration::from_hours(24);
const PUT_OFF_PART: i32 = 3;
/// Failures to renew before the owner is told: weeks are left, and authorities have bad hours, too.
const QUIET_FAILURES: u32 = 2;
/// An authority that does not say when to renew is asked again.
const ASK_AGAIN: SignedDuration = SignedDuration::from_hours(6);

pub(super) async fn keep(mut rest: Rest, domain: &Domain) {
    let app = Arc::clone(&rest.app);
    let (applicant, started_at) = (app.applicant(domain), app.clock.now());
    let mut seeker = Seeker { app, applicant, started_at, last: None, woken: Wake::Due };
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
    last: Option<Failed>,
    woken: Wake,
}

/// Why the authority is asked. What comes later here counts above what comes before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Wake {
    /// It is time.
    Due,
    /// The name did not lead here at the last try, and does now.
    LeadsHere,
    /// The owner says so (SIGHUP).
    Owner,
}

/// The last try.
struct Failed {
    failure: Failure,
    /// Where the name led then, as far as that could be seen from here.
    led: Option<Whereabouts>,
}

impl Failed {
    /// Whether the name that begins to lead here would change anything. Where it led here already, something that cannot be
    /// seen from here keeps the authority out, such as a firewall of the provider's.
    fn led_elsewhere(&self) -> bool {
        self.failure.is_about_the_name() && self.led.as_ref().is_some_and(|led| *led != Whereabouts::Here)
    }
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
        // A try that is still to come was made while the clock was ahead, and so was what was said about it.
        let tried_at = pursuit.tried_at.filter(|at| *at <= self.app.clock.now());
        let Some(tried_at) = tried_at else { return Timestamp::MIN };
        let after = |pause| tried_at.checked_add(pause).unwrap_or(Timestamp::MAX);
        let told = pursuit.not_before.unwrap_or(Timestamp::MIN).min(after(self.put_off_max()));
        let is_from_before = tried_at < self.started_at;
        match self.woken {
            Wake::Owner => after(AFTER_WISH),
            Wake::LeadsHere => told,
            Wake::Due if is_from_before => told.max(after(AFTER_START)),
            Wake::Due => told.max(after(self.pause_after(pursuit.failures))),
        }
    }

    fn put_off_max(&self) -> SignedDuration {
        let Some(identity) = self.app.accepted_certificate() else { return PUT_OFF_MAX };
        PUT_OFF_MAX.min(identity.life.until.duration_since(self.app.clock.now()) / PUT_OFF_PART)
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
        let woken = tokio::select! {
            biased;
            () = rest.over() => return ControlFlow::Break(()),
            () = certificates.look_again.notified() => Wake::Owner,
            () = self.begins_to_lead_here() => Wake::LeadsHere,
            () = certificates.state.doors_changed() => Wake::Due,
            () = app.clock.until_or_set_back(until, app.clock.now()) => Wake::Due,
        };
        self.woken = self.woken.max(woken);
        ControlFlow::Continue(())
    }

    /// Done once the name leads here, if it led elsewhere at the last try.
    async fn begins_to_lead_here(&self) {
        if !self.last.as_ref().is_some_and(Failed::led_elsewhere) {
            return std::future::pending().await;
        }
        let clock = &self.app.clock;
        loop {
            let now = clock.now();
            clock.until_or_set_back(now.saturating_add(LOOK_EVERY).unwrap_or(now), now).await;
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
            tell(&self.app, Some(self.said(&failure))).await;
            return Ok(rest.pause(LOOK_AGAIN).await);
        }
        tracing::info!(authority = %self.applicant.acme.directory, ?way, "a certificate is being obtained");
        let woken = std::mem::replace(&mut self.woken, Wake::Due);
        match self.applicant.obtain(way).await {
            Ok(certificate) => self.succeeded(&certificate).await,
            Err(failure) => self.failed(failure, woken).await?,
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
    fn locked_out(&self) -> Option<Said> {
        let Said { what, remedy } = self.app.certificates.state.locked()?;
        let what = format!("no certificate can be obtained, because the authority could not look: {what}");
        Some(Said { what, remedy })
    }

    async fn has_no_address(&self) -> Option<Failure> {
        let name = self.applicant.domain.as_str();
        match self.app.resolver.addresses(name, Reach::Configured).await {
            Err(error @ ResolveError::NotFound { .. }) => {
                Some(Failure::new(Cause::NoAddress { name: name.to_owned(), why: error.said().what }))
            }
            _ => None,
        }
    }

    fn said(&self, failure: &Failure) -> Said {
        failure.said(&self.applicant.acme.directory.to_string())
    }

    async fn succeeded(&mut self, certificate: &Certificate) {
        let until = self.app.certificates.keychain.shown().map(|identity| date(identity.life.until));
        let renewed_from = date(certificate.renew_at);
        tracing::info!(until = until.unwrap_or_default(), renewed_from, "a certificate was obtained");
        self.last = None;
        tell(&self.app, None).await;
    }

    async fn failed(&mut self, failure: Failure, woken: Wake) -> Result<(), store::Error> {
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
        let (failures, trouble) = (pursuit.failures, self.said(&failure));
        let shown = self.app.certificates.keychain.shown();
        let has_time = shown.is_some_and(|identity| identity.is_good(now)) && failures <= QUIET_FAILURES;
        if has_time {
            tracing::warn!(failures, remedy = trouble.remedy, "the certificate was not renewed yet: {}", trouble.what);
        } else {
            tell(&self.app, Some(trouble)).await;
        }
        let led = match woken {
            // It was seen, and changed nothing.
            Wake::LeadsHere => Some(Whereabouts::Here),
            _ if failure.is_about_the_name() => self.whereabouts().await,
            _ => None,
        };
        self.last = Some(Failed { failure, led });
        self.app.store.write(move |w| w.put_pursuit(&name, &pursuit)).await
    }

    async fn ask_when_to_renew(&self, certificate: Certificate, identity: &Identity) -> Result<(), store::Error> {
        let Err(failure) = self.applicant.ask_when_to_renew(certificate.clone(), identity).await else { return Ok(()) };
        let why = self.said(&failure).what;
        tracing::info!(
            why,
            "the authority did not say when to renew; it is after two thirds of the certificate's life"
        );
        let ask_at = self.app.clock.now().checked_add(ASK_AGAIN).ok();
        let (name, later) = (self.applicant.domain.as_str().to_owned(), Certificate { ask_at, ..certificate });
        self.app.store.write(move |w| w.put_certificate_facts(&name, &later)).await
    }
}
