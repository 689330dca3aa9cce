//! What Stripe sends us: is it from Stripe, and what is it about.
//!
//! The rule it keeps: a webhook is a signed hint. The raw bytes are verified before anything in them is read, and all
//! that is read is which object to ask Stripe about. Amounts and statuses inside are a picture of the past, perhaps in
//! another version of the API, and are never looked at.
//!
//! Left to others: the size limit, storing the event before answering, and deciding what to do with events that are not
//! ours ([`HookEvent::is_thin`], [`HookEvent::is_connect`], another `livemode`, an unknown kind): they are kept, not
//! refused, because an endpoint that refuses them is switched off by Stripe.

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

use super::objects::Event;
use crate::config::WebhookSecret;

/// How old a signature may be, in seconds: Stripe's own default. Stripe signs each redelivery anew.
const AGE_SECONDS_MAX: i64 = 300;

/// Stripe sends one signature per secret that is in force, so two while a secret is rolled. Each costs a comparison.
const SIGNATURES_MAX: usize = 16;

/// Ids and kinds become keys in the store. Stripe's are below a hundred characters.
const ID_CHARS_MAX: usize = 255;

/// HMAC-SHA256.
const SIGNATURE_BYTES: usize = 32;

/// HMAC of what Stripe signed: the header's `t`, a full stop, the raw body.
fn signature(secret: &WebhookSecret, signed_at: &str, body: &[u8]) -> Option<[u8; SIGNATURE_BYTES]> {
    // The prefix is part of the key, unlike in the scheme that Standard Webhooks made of it.
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()).ok()?;
    mac.update(signed_at.as_bytes());
    mac.update(b".");
    mac.update(body);
    Some(mac.finalize().into_bytes().into())
}

/// A body that Stripe signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Stripe's time of signing less our time, in seconds. Negative for what was long on its way.
    pub skew: i64,
    /// The place of the secret that signed it; the first, if several did.
    pub secret: usize,
}

impl Verified {
    /// Whether our clock must be wrong: what Stripe signed seems to come from the future.
    pub fn clock_is_behind(self) -> bool {
        self.skew > AGE_SECONDS_MAX
    }
}

/// Why a body is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSignature {
    #[error("no webhook secret is configured; add it to stripe.webhook_secrets")]
    NoSecret,
    #[error("the Stripe-Signature header is not written the way Stripe writes it")]
    Malformed,
    #[error("the Stripe-Signature header holds no signature of the scheme v1")]
    NoSignature,
    #[error("no configured secret made this signature; compare stripe.webhook_secrets with the endpoint at Stripe")]
    Wrong,
    #[error("the signature is {age} seconds old and {AGE_SECONDS_MAX} are allowed; check this machine's clock")]
    TooOld { age: i64 },
}

/// Checks `header`, the value of `Stripe-Signature`, against the raw `body`.
///
/// Every secret is tried against every signature, in a time that does not tell which was nearly right. A signature
/// from the future is accepted, because it is authentic and a repetition of it does no harm; it shows that our clock is
/// wrong ([`Verified::clock_is_behind`]).
pub fn verify(secrets: &[WebhookSecret], header: &str, body: &[u8], now: Timestamp) -> Result<Verified, BadSignature> {
    if secrets.is_empty() {
        return Err(BadSignature::NoSecret);
    }
    let header = Header::parse(header)?;
    if header.signatures.is_empty() {
        return Err(BadSignature::NoSignature);
    }
    let signed_by: Vec<Choice> = secrets.iter().map(|secret| header.is_signed_by(secret, body)).collect();
    // Looked at only after every secret was tried.
    let secret = signed_by.into_iter().position(bool::from).ok_or(BadSignature::Wrong)?;
    let skew = header.signed_at.saturating_sub(now.as_second());
    if skew < -AGE_SECONDS_MAX { Err(BadSignature::TooOld { age: -skew }) } else { Ok(Verified { skew, secret }) }
}

/// `Stripe-Signature`, taken apart.
struct Header<'a> {
    /// As it was written, because that is what was signed.
    signed_at_text: &'a str,
    signed_at: i64,
    signatures: Vec<[u8; SIGNATURE_BYTES]>,
}

impl<'a> Header<'a> {
    /// One `t`, any number of `v1`; other schemes (`v0` in test mode) are skipped.
    fn parse(header: &'a str) -> Result<Self, BadSignature> {
        let mut signed_at_text = None;
        let mut signatures = Vec::new();
        for part in header.split(',') {
            let (scheme, value) = part.split_once('=').ok_or(BadSignature::Malformed)?;
            match scheme {
                // Libraries differ on which of two counts, so a header with two is nobody's.
                "t" if signed_at_text.is_some() => return Err(BadSignature::Malformed),
                "t" => signed_at_text = Some(value),
                "v1" if signatures.len() == SIGNATURES_MAX => return Err(BadSignature::Malformed),
                "v1" => signatures.extend(from_hex(value)),
                _ => {}
            }
        }
        let signed_at_text = signed_at_text.ok_or(BadSignature::Malformed)?;
        let digits = !signed_at_text.is_empty() && signed_at_text.bytes().all(|byte| byte.is_ascii_digit());
        let signed_at = if digits { signed_at_text.parse().ok() } else { None };
        Ok(Self { signed_at_text, signed_at: signed_at.ok_or(BadSignature::Malformed)?, signatures })
    }
}

impl Header<'_> {
    fn is_signed_by(&self, secret: &WebhookSecret, body: &[u8]) -> Choice {
        let Some(expected) = signature(secret, self.signed_at_text, body) else { return Choice::from(0) };
        self.signatures.iter().fold(Choice::from(0), |matches, given| matches | expected.ct_eq(given))
    }
}

/// What a signing secret is known by where it must not be shown: the beginning of its SHA-256.
#[must_use]
pub fn fingerprint(secret: &WebhookSecret) -> String {
    let mut first = [0; 8];
    first.copy_from_slice(&Sha256::digest(secret.expose().as_bytes())[..8]);
    format!("{:016x}", u64::from_be_bytes(first))
}

/// 64 hexadecimal digits, in either case.
fn from_hex(text: &str) -> Option<[u8; SIGNATURE_BYTES]> {
    let digits = text.as_bytes();
    if digits.len() != 2 * SIGNATURE_BYTES || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let mut bytes = [0; SIGNATURE_BYTES];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}

/// What an event is about: enough to store it and to ask Stripe for the truth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookEvent {
    /// `evt_…`: what duplicates are known by.
    pub id: String,
    /// As in `checkout.session.completed`.
    pub kind: String,
    /// `None` if it was not said.
    pub livemode: Option<bool>,
    /// The version that the object inside is written in.
    pub api_version: Option<String>,
    /// Whole seconds, and not an order.
    pub created: Option<Timestamp>,
    /// The connected account that it happened to; absent on our own events.
    pub account: Option<String>,
    pub object_id: Option<String>,
    /// As in `checkout.session`.
    pub object_kind: Option<String>,
    shape: Shape,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// Holds a picture of its object.
    Snapshot,
    /// Holds a reference only; what Stripe's newer event destinations send.
    Thin,
}

/// Why an authentic body is no event. Stripe is answered 400: it would not get better by being sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAnEvent {
    #[error("the body is not JSON")]
    NotJson,
    #[error("the body is JSON, but no event of Stripe's")]
    NotStripes,
}

impl HookEvent {
    /// Reads a verified body.
    pub fn parse(body: &[u8]) -> Result<Self, NotAnEvent> {
        // As a whole: serde does not look at the bytes of what it skips.
        let text = str::from_utf8(body).map_err(|_| NotAnEvent::NotJson)?;
        let envelope: Envelope = serde_json::from_str(text)
            .map_err(|error| if error.is_data() { NotAnEvent::NotStripes } else { NotAnEvent::NotJson })?;
        envelope.into_event().ok_or(NotAnEvent::NotStripes)
    }

    /// The same from an event that was listed instead of sent; `None` if it lacks an id or a kind.
    pub fn from_listed(event: Event) -> Option<Self> {
        let object = event.data.unwrap_or_default().object.unwrap_or_default();
        Some(Self {
            id: key(event.id)?,
            kind: key(event.kind)?,
            livemode: event.livemode,
            api_version: event.api_version,
            created: event.created.and_then(|second| Timestamp::from_second(second).ok()),
            account: event.account,
            object_id: object.id,
            object_kind: object.object,
            shape: Shape::Snapshot,
        })
    }

    /// Whether the endpoint at Stripe is set to thin events, which say nothing that can be acted on: the owner must
    /// make one with snapshot events.
    pub fn is_thin(&self) -> bool {
        self.shape == Shape::Thin
    }

    /// Whether it happened to a connected account rather than to ours.
    pub fn is_connect(&self) -> bool {
        self.account.is_some()
    }
}

/// Both shapes at once; [`Envelope::into_event`] tells them apart.
#[derive(Deserialize)]
struct Envelope {
    object: Option<String>,
    id: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    livemode: Option<bool>,
    api_version: Option<String>,
    created: Option<Moment>,
    account: Option<String>,
    data: Option<Picture>,
    related_object: Option<Related>,
}

/// Snapshot events count seconds, thin events write RFC 3339.
#[derive(Deserialize)]
#[serde(untagged)]
enum Moment {
    Seconds(i64),
    Text(String),
}

#[derive(Deserialize)]
struct Picture {
    object: Option<Pictured>,
}

#[derive(Deserialize)]
struct Pictured {
    id: Option<String>,
    object: Option<String>,
}

#[derive(Deserialize)]
struct Related {
    id: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
}

impl Envelope {
    fn into_event(self) -> Option<HookEvent> {
        let (shape, object_id, object_kind) = match self.object.as_deref()? {
            "event" => {
                let object = self.data?.object?;
                (Shape::Snapshot, object.id, object.object)
            }
            "v2.core.event" => {
                let (id, kind) = self.related_object.map_or((None, None), |object| (object.id, object.kind));
                (Shape::Thin, id, kind)
            }
            _ => return None,
        };
        Some(HookEvent {
            id: key(self.id)?,
            kind: key(self.kind)?,
            livemode: self.livemode,
            api_version: self.api_version,
            created: self.created.and_then(Moment::timestamp),
            account: self.account,
            object_id,
            object_kind,
            shape,
        })
    }
}

impl Moment {
    fn timestamp(self) -> Option<Timestamp> {
        match self {
            Self::Seconds(second) => Timestamp::from_second(second).ok(),
            Self::Text(text) => text.parse().ok(),
        }
    }
}

/// A text that may be a key in the store. Stripe's are letters, digits, dots and underscores.
fn key(text: Option<String>) -> Option<String> {
    let is_key = |text: &String| !text.is_empty() && text.len() <= ID_CHARS_MAX;
    text.filter(|text| is_key(text) && text.bytes().all(|byte| byte.is_ascii_graphic()))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop where it fails")]
mod tests;
