//! The same request twice, done once: `Idempotency-Key` on a `POST`.
//!
//! The answer is stored in the transaction that does what it tells of ([`done`]). So after a crash either nothing has
//! happened and the request runs again, or the first answer is given again, for 24 hours. Where Stripe is asked between
//! transactions, the answer is stored with the last one, and the steps before it may be gone again. A refusal changed
//! nothing and is stored afterwards; a 5xx is never remembered.
//!
//! That a request is under way is known to this process alone, because it ends with it. A second one with the same key
//! waits for the first and is given its answer.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http_body_util::BodyExt;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use sha2::{Digest, Sha256};
use tokio::sync::OwnedMutexGuard;
use warp::http::{HeaderValue, StatusCode, header};

use super::guard::Caller;
use crate::actions::Refusal;
use crate::app::App;
use crate::billing::id::TokenId;
use crate::store::{self, Remembered, Store, Writer};
use crate::web::error::{Error, Reader};
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::route::{Answer, Handler};
use crate::web::routes::State;

const HEADER: &str = "idempotency-key";
const REPLAYED: &str = "idempotent-replayed";
const JSON: &str = "application/json";
/// As long as Stripe's, so that one scheme of keys serves both.
const KEY_CHARS_MAX: usize = 255;
/// CONTRACT: how long an answer is remembered; the clockwork clears older ones away.
const REMEMBERED_FOR: SignedDuration = SignedDuration::from_hours(24);
/// How long a second request waits for the first: Stripe's slowest answer, and less than programs wait themselves.
const WAIT_MAX: Duration = Duration::from_secs(25);
/// When to ask again if the first is still under way then.
const AGAIN_AFTER: Duration = Duration::from_secs(5);

/// A key and whose it is.
type Name = (TokenId, String);
type Lock = Arc<tokio::sync::Mutex<()>>;

/// The keys that are being worked on just now, over all routes that share this.
#[derive(Clone, Default)]
pub struct UnderWay(Arc<Mutex<HashMap<Name, Lock>>>);

/// The right to work on a key: nobody else does until it is dropped.
struct Turn {
    all: UnderWay,
    name: Name,
    lock: Option<Lock>,
    held: Option<OwnedMutexGuard<()>>,
}

impl UnderWay {
    fn locks(&self) -> MutexGuard<'_, HashMap<Name, Lock>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for whoever works on the key. `None`: it takes longer than `wait_max`.
    async fn turn(&self, name: Name, wait_max: Duration) -> Option<Turn> {
        let lock = Arc::clone(self.locks().entry(name.clone()).or_default());
        let mut turn = Turn { all: self.clone(), name, lock: Some(Arc::clone(&lock)), held: None };
        turn.held = Some(tokio::time::timeout(wait_max, lock.lock_owned()).await.ok()?);
        Some(turn)
    }

    /// `handler`, done once for each key.
    pub fn once<H, F>(&self, handler: H) -> impl Fn(State, Request<Caller>) -> Answer + Clone + Send + Sync + 'static
    where
        H: Fn(State, Request<Caller>) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Result<Response, Error>> + Send + 'static,
    {
        let all = self.clone();
        let handler: Arc<Handler<State, Caller>> = Arc::new(move |app, request| Box::pin(handler(app, request)));
        move |app, request| Box::pin(once(all.clone(), app, request, Arc::clone(&handler)))
    }
}

async fn once(
    all: UnderWay,
    app: State,
    request: Request<Caller>,
    handler: Arc<Handler<State, Caller>>,
) -> Result<Response, Error> {
    match key_of(&request)? {
        None => handler(app, request).await,
        Some(key) => keyed(&all, app, request, key, handler).await,
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut locks = self.all.locks();
        drop((self.held.take(), self.lock.take()));
        // Whoever waits holds the lock too.
        if locks.get(&self.name).is_some_and(|lock| Arc::strong_count(lock) == 1) {
            locks.remove(&self.name);
        }
    }
}

/// A key with the request that it stands for.
#[derive(Clone, Debug)]
pub struct Claim(Arc<Claimed>);

#[derive(Debug)]
struct Claimed {
    name: Name,
    request_digest: String,
    /// Whether the answer is stored already.
    is_kept: AtomicBool,
}

impl Claim {
    fn new(name: Name, request_digest: String) -> Self {
        Self(Arc::new(Claimed { name, request_digest, is_kept: AtomicBool::new(false) }))
    }

    /// Names the decision that the request is: the same key with the same request is the same one, also after a crash.
    #[must_use]
    pub fn nonce(&self) -> String {
        let Claimed { name: (token, key), request_digest, .. } = &*self.0;
        format!("api:{token}:{key}:{request_digest}")
    }

    /// The answer that was given before.
    fn answer(&self, store: &Store, now: Timestamp) -> Result<Option<Remembered>, Error> {
        let Claimed { name: (token, key), request_digest, .. } = &*self.0;
        let found = store.read(|r| r.remembered(*token, key))?;
        let oldest = now.saturating_sub(REMEMBERED_FOR).unwrap_or(Timestamp::MIN);
        match found.filter(|found| found.at >= oldest) {
            Some(found) if found.request_digest != *request_digest => Err(Error::KeyReused),
            found => Ok(found),
        }
    }

    fn keep(&self, w: &mut Writer<'_>, status: u16, content_type: &str, body: &str) -> Result<(), store::Error> {
        let Claimed { name: (token, key), request_digest, .. } = &*self.0;
        let answer = Remembered {
            at: w.now(),
            request_digest: request_digest.clone(),
            status,
            content_type: content_type.to_owned(),
            body: body.to_owned(),
        };
        w.put_remembered(*token, key, &answer)
    }
}

/// An answer that can be stored before it is sent.
#[derive(Clone, Debug)]
pub struct Told {
    status: StatusCode,
    body: String,
}

impl Told {
    /// # Errors
    /// The shape cannot be written as JSON.
    pub fn of(status: StatusCode, shape: &impl Serialize) -> Result<Self, Refusal> {
        let body = serde_json::to_string(shape).map_err(|error| store::Error::Unsound(error.to_string()))?;
        Ok(Self { status, body })
    }
}

/// Makes a change and answers with what it tells of it, stored together if the caller gave a key.
///
/// # Errors
/// The change is refused, or the store cannot be used.
pub(super) async fn done(
    app: &State,
    caller: &Caller,
    mut change: impl FnMut(&App, &mut Writer<'_>) -> Result<Told, Refusal> + Send + 'static,
) -> Result<Response, Error> {
    let (theirs, claim) = (Arc::clone(app), caller.claim.clone());
    let told = app.store.write(move |w| {
        let told = change(&theirs, w)?;
        if let Some(claim) = &claim {
            claim.keep(w, told.status.as_u16(), JSON, &told.body)?;
        }
        Ok::<_, Refusal>(told)
    });
    let told = told.await?;
    if let Some(claim) = &caller.claim {
        claim.0.is_kept.store(true, Ordering::Relaxed);
    }
    Ok(reply::bytes(told.status, JSON, told.body))
}

fn key_of(request: &Request<Caller>) -> Result<Option<String>, Error> {
    if !request.headers.contains_key(HEADER) {
        return Ok(None);
    }
    let key = request.header(HEADER).unwrap_or_default();
    if key.is_empty() || key.len() > KEY_CHARS_MAX || !key.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ') {
        let detail = format!("Give one Idempotency-Key of 1 to {KEY_CHARS_MAX} printable ASCII characters.");
        return Err(Error::BadRequest(detail));
    }
    Ok(Some(key.to_owned()))
}

async fn keyed(
    all: &UnderWay,
    app: State,
    mut request: Request<Caller>,
    key: String,
    handler: Arc<Handler<State, Caller>>,
) -> Result<Response, Error> {
    let name = (request.by.token, key);
    let claim = Claim::new(name.clone(), digest_of(&request));
    let Some(turn) = all.turn(name, WAIT_MAX).await else {
        return Err(Error::KeyInUse { retry_after: AGAIN_AFTER });
    };
    if let Some(answer) = claim.answer(&app.store, app.clock.now())? {
        return Ok(replayed(answer));
    }
    request.by.claim = Some(claim.clone());
    let work = async move {
        let answer = handler(Arc::clone(&app), request).await;
        let answer = remember(&app.store, &claim, answer).await;
        drop(turn);
        answer
    };
    // A caller who leaves in the middle comes back for the answer, so the work goes on without them.
    #[expect(clippy::disallowed_methods, reason = "the work must not end with the connection that asked for it")]
    let done = tokio::spawn(work);
    done.await.unwrap_or_else(|panic| Err(Error::internal(panic)))
}

/// SHA-256 of what makes a request the same: method, path and body. No part can be taken for another's end.
fn digest_of(request: &Request<Caller>) -> String {
    let mut hash = Sha256::new();
    hash.update(request.method.as_str());
    hash.update([0]);
    hash.update(&request.path);
    hash.update([0]);
    hash.update(&request.body);
    data_encoding::HEXLOWER.encode(&hash.finalize())
}

fn replayed(answer: Remembered) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = reply::bytes(status, JSON, answer.body);
    if let Ok(kind) = HeaderValue::from_str(&answer.content_type) {
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
    }
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    response
}

/// Stores an answer that was not stored with what it tells of, unless it is our fault that there is none.
async fn remember(store: &Store, claim: &Claim, answer: Result<Response, Error>) -> Result<Response, Error> {
    let response = match answer {
        Err(error) if error.status().is_server_error() => return Err(error),
        Err(error) => error.into_response(Reader::Program),
        Ok(response) => response,
    };
    if claim.0.is_kept.load(Ordering::Relaxed) {
        return Ok(response);
    }
    let (head, body) = response.into_parts();
    let body = body.collect().await.map_err(Error::internal)?.to_bytes();
    let kind = head.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let (status, kind) = (head.status.as_u16(), kind.to_owned());
    let (text, claim) = (String::from_utf8_lossy(&body).into_owned(), claim.clone());
    // What was done in several steps can be asked for again; so it is said although it may not be remembered.
    if let Err(error) = store.write(move |w| claim.keep(w, status, &kind, &text)).await {
        tracing::error!(%error, "an answer could not be stored under its idempotency key");
    }
    Ok(Response::from_parts(head, body.into()))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed assumption should fail the test")]
mod tests {
    use super::{Duration, Name, UnderWay};
    use crate::billing::id::TokenId;

    fn name(key: &str) -> Name {
        (TokenId::from_parts(1, 1), key.to_owned())
    }

    #[tokio::test]
    async fn a_key_is_worked_on_by_one_at_a_time_and_then_forgotten() {
        let (all, brief, long) = (UnderWay::default(), Duration::from_millis(20), Duration::from_mins(1));
        let first = all.turn(name("a"), brief).await.unwrap();
        assert!(all.turn(name("a"), brief).await.is_none(), "it is told to come again");
        assert!(all.turn(name("b"), brief).await.is_some(), "another key waits for nobody");
        let (second, ()) = tokio::join!(all.turn(name("a"), long), async { drop(first) });
        assert!(all.turn(name("a"), brief).await.is_none(), "the second has it now");
        drop(second);
        assert!(all.locks().is_empty(), "nothing is kept of what is done");
    }
}
