//! `POST /webhooks/stripe`: what Stripe says is verified, stored, and only then acknowledged.
//!
//! The rule: `200` means that the event is on disk. Stripe is not asked anything here; the inbox is worked off after the
//! commit. An event that cannot be acted on is stored with the reason and acknowledged all the same, because Stripe
//! switches an endpoint off that refuses what it sends. The body is never logged.

use std::time::Instant;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use warp::http::StatusCode;

use super::error::Error;
use super::host::{Hosts, RequestedHost};
use super::reply::{self, Response};
use super::request::Request;
use super::routes::State;
use crate::app::{App, Connections};
use crate::billing::event::{Arrival, Event, Handling};
use crate::metrics::Metrics;
use crate::payments::API_VERSION;
use crate::payments::notices::{self, Notice};
use crate::payments::reconcile::{EVENT_TYPES, event_of, keep};
use crate::payments::webhook::{BadSignature, HookEvent, Verified, fingerprint, verify};
use crate::store::{Error as StoreError, Writer};

/// Refused webhooks of one hour beyond which the owner is told: a few are anybody's knocking.
const REFUSED_MAX: u32 = 20;

/// The handler.
pub async fn stripe(app: State, request: Request) -> Result<Response, Error> {
    let verified = match check(&app, &request) {
        Ok(verified) => verified,
        Err(refusal) => {
            // What is refused is not kept; by its digest it can be told from others.
            let sha256 = HEXLOWER.encode(&Sha256::digest(&request.body));
            // Anybody may knock as often as they like; beyond a line a second they are only counted.
            if app.webhook_lines.count(&(), Instant::now()).is_ok() {
                tracing::warn!(reason = %refusal, bytes = request.body.len(), sha256, "a webhook was not accepted");
            }
            Metrics::count(&app.metrics.webhooks, "bad_signature");
            note_refusal(&app, refusal).await;
            return Err(Error::BadRequest(format!("This webhook was not accepted: {refusal}.")));
        }
    };
    let hint = HookEvent::parse(&request.body).map_err(|refusal| {
        Metrics::count(&app.metrics.webhooks, "not_an_event");
        Error::BadRequest(format!("This webhook was not accepted: {refusal}."))
    })?;
    keep_hint(&app, hint, &request, verified).await
}

fn check(app: &App, request: &Request) -> Result<Verified, BadSignature> {
    let secrets = &app.connections().webhook_secrets;
    verify(secrets, request.header("stripe-signature").unwrap_or_default(), &request.body, app.clock.now())
}

/// Tells the owner of the first webhook that is one too many within an hour; the others cost the disk nothing.
async fn note_refusal(app: &App, refusal: BadSignature) {
    let (count, notice) = match refusal {
        BadSignature::TooOld { .. } => (&app.metrics.stale_webhooks, Notice::ClockWrong),
        BadSignature::Wrong => (&app.metrics.unsigned_webhooks, Notice::WebhooksRefused),
        // What is not even written as Stripe writes is anybody's knocking.
        BadSignature::NoSecret | BadSignature::Malformed | BadSignature::NoSignature => return,
    };
    if count.count(app.clock.now()) != REFUSED_MAX + 1 {
        return;
    }
    if let Err(error) = app.store.write(move |w| notices::raise(w, notice)).await {
        tracing::warn!(error = %error, "a notice for the owner could not be stored");
    }
}

/// Sent to an endpoint that is set to everything; money of a method that no checkout of ours offers.
const PARTLY_FUNDED: &str = "payment_intent.partially_funded";

/// Stores the event, with what the owner should know about how it came, in one transaction.
async fn keep_hint(app: &App, hint: HookEvent, request: &Request, verified: Verified) -> Result<Response, Error> {
    let (connections, arrived) = (app.connections(), Arrived::of(app, &hint, request, verified));
    let left = left_alone(&hint, &connections);
    let ignored = left.is_some();
    let payload = String::from_utf8_lossy(&request.body).into_owned();
    let event = event_of(hint, Arrival::Webhook, app.clock.now(), payload);
    let event = match left {
        Some(state) => Event { state, ..event },
        None => event,
    };
    let (id, kind) = (event.id.clone(), event.kind.clone());
    let stored = app
        .store
        .write(move |w| {
            arrived.note(w)?;
            keep(w, &event)
        })
        .await;
    // An event that cannot be found again is not stored, whatever the disk said.
    let stored = stored.and_then(|is_new| match app.store.read(|r| r.event(&id))? {
        Some(_) => Ok(is_new),
        None => Err(StoreError::Unsound("an event was stored and is not there".to_owned())),
    });
    match stored {
        Ok(is_new) => {
            Metrics::count(&app.metrics.webhooks, if is_new { "stored" } else { "duplicate" });
            tracing::info!(event = %id, kind, is_new, ignored, "a webhook was acknowledged");
            Ok(reply::text(StatusCode::OK, if is_new { "stored" } else { "known already" }))
        }
        Err(error) => {
            match error {
                // The writer said so once; a line for each refusal would fill the disk that is full already.
                StoreError::ReadOnly(_) => tracing::debug!(event = %id, kind, "a webhook was put off"),
                _ => tracing::error!(event = %id, kind, %error, "a webhook could not be stored; Stripe sends it again"),
            }
            Metrics::count(&app.metrics.webhooks, "not_stored");
            Err(Error::later("The event could not be stored. Please send it again."))
        }
    }
}

/// What the owner should know about how an event came.
struct Arrived {
    /// What the secret that signed it is known by.
    fingerprint: Option<String>,
    /// The host that it was sent to, if that is not ours.
    old_host: Option<String>,
    raised: Vec<Notice>,
    lowered: Vec<Notice>,
}

impl Arrived {
    fn of(app: &App, hint: &HookEvent, request: &Request, verified: Verified) -> Self {
        let connections = app.connections();
        let old_host = old_host(app, request);
        let livemode = connections.till.as_ref().map(|till| till.livemode);
        let is_other_mode = livemode.is_some_and(|livemode| hint.livemode.is_some_and(|other| other != livemode));
        let is_other_version = hint.api_version.as_deref().is_some_and(|version| version != API_VERSION);
        let raised = [
            (verified.clock_is_behind(), Notice::ClockWrong),
            (hint.is_thin(), Notice::ThinEvents),
            (hint.is_connect(), Notice::ConnectEvents),
            (is_other_mode, Notice::OtherMode),
            (!hint.is_thin() && is_other_version, Notice::OtherVersion),
            (old_host.is_some(), Notice::OldAddress),
            (hint.kind == PARTLY_FUNDED, Notice::PartlyFunded),
        ];
        let raised = raised.into_iter().filter(|(stands, _)| *stands).map(|(_, notice)| notice).collect();
        let is_our_version = hint.api_version.as_deref() == Some(API_VERSION);
        let mut lowered = vec![Notice::WebhooksSilent];
        lowered.extend(is_our_version.then_some(Notice::OtherVersion));
        lowered.extend((!hint.is_thin()).then_some(Notice::ThinEvents));
        let fingerprint = connections.webhook_secrets.get(verified.secret).map(fingerprint);
        Self { fingerprint, old_host, raised, lowered }
    }

    fn note(&self, w: &mut Writer<'_>) -> Result<(), StoreError> {
        if let Some(fingerprint) = &self.fingerprint {
            w.note_signed_by(fingerprint)?;
        }
        if let Some(host) = &self.old_host {
            w.put_old_host(host)?;
        }
        self.lowered.iter().try_for_each(|notice| notices::lower(w, *notice))?;
        self.raised.iter().try_for_each(|notice| notices::raise(w, *notice))
    }
}

/// The host that a request was sent to, if the rest of the site would not answer there.
fn old_host(app: &App, request: &Request) -> Option<String> {
    let host = request.header("host")?.to_ascii_lowercase();
    let server = &app.config.server;
    let ours = Hosts::new(server.public_url.as_str(), server.listen);
    (!ours.accept(&RequestedHost(Some(host.clone())))).then_some(host)
}

/// How an event is left that is only kept, because nothing can be done about it with the key in use.
fn left_alone(hint: &HookEvent, connections: &Connections) -> Option<Handling> {
    let livemode = connections.till.as_ref().map(|till| till.livemode);
    let ignored = |reason: &str| Some(Handling::Ignored { reason: reason.to_owned() });
    if hint.is_thin() {
        ignored("it is a thin event, which says nothing that can be acted on; make the endpoint with snapshot events")
    } else if hint.is_connect() {
        ignored("it is about a connected account, and Quittance uses none")
    } else if livemode.is_some_and(|livemode| hint.livemode != Some(livemode)) {
        Some(Handling::OtherMode)
    } else if !EVENT_TYPES.contains(&hint.kind.as_str()) {
        ignored("Quittance does not ask for events of this type")
    } else if hint.object_id.is_none() {
        ignored("it names no object")
    } else {
        None
    }
}
