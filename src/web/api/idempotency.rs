//! The same request twice, done once: `Idempotency-Key` on a `POST`.
//!
//! The key is taken on disk before anything is done, and the answer is stored beside it afterwards; for 24 hours the
//! same request gets the same answer. A request that is under way, or was cut off when the program ended, is `409`: what
//! it did is for the caller to look at, not to be done again. A 5xx is never remembered.

use http_body_util::BodyExt;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use warp::http::{HeaderValue, StatusCode, header};

use super::guard::Caller;
use crate::billing::id::TokenId;
use crate::store::{self, Remembered, Store, Writer};
use crate::web::error::{Error, Reader};
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::route::Answer;
use crate::web::routes::State;

const HEADER: &str = "idempotency-key";
const REPLAYED: &str = "idempotent-replayed";
/// As long as Stripe's, so that one scheme of keys serves both.
const KEY_CHARS_MAX: usize = 255;
/// CONTRACT: how long an answer is remembered.
const REMEMBERED_FOR: SignedDuration = SignedDuration::from_hours(24);
/// How often the forgotten are cleared away: looking for them reads every remembered answer.
const CLEARING_STEP: SignedDuration = SignedDuration::from_hours(1);
const CLEARED: &str = "api.remembered_cleared";
/// The status of a request that has no answer yet; no HTTP status is.
const UNDER_WAY: u16 = 0;

/// What is under a key.
enum Taken {
    /// Nothing was: it is ours now.
    New,
    Answered(Remembered),
    UnderWay,
    /// Another request has this key.
    Other,
}

/// `handler`, done once for each key.
pub fn once<H, F>(handler: H) -> impl Fn(State, Request<Caller>) -> Answer + Clone + Send + Sync + 'static
where
    H: Fn(State, Request<Caller>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Result<Response, Error>> + Send + 'static,
{
    move |app, request| {
        let handler = handler.clone();
        Box::pin(async move {
            match key_of(&request)? {
                None => handler(app, request).await,
                Some(key) => keyed(app, request, key, handler).await,
            }
        })
    }
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

async fn keyed<H, F>(app: State, request: Request<Caller>, key: String, handler: H) -> Result<Response, Error>
where
    H: Fn(State, Request<Caller>) -> F + Send + 'static,
    F: Future<Output = Result<Response, Error>> + Send + 'static,
{
    let (token, digest) = (request.by.token, digest_of(&request));
    match take(&app.store, token, &key, &digest).await? {
        Taken::New => {}
        Taken::Answered(answer) => return Ok(replayed(answer)),
        Taken::UnderWay => {
            return Err(Error::Conflict(
                "A request with this Idempotency-Key is under way or was cut off. Look at what it did before you send \
                 it again with another key."
                    .to_owned(),
            ));
        }
        Taken::Other => {
            return Err(Error::Conflict(
                "This Idempotency-Key was used for another request. Choose a new key for each request.".to_owned(),
            ));
        }
    }
    let work = async move {
        let answer = handler(app.clone(), request).await;
        remember(&app.store, token, &key, digest, answer).await
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

async fn take(store: &Store, token: TokenId, key: &str, digest: &str) -> Result<Taken, store::Error> {
    let (key, digest) = (key.to_owned(), digest.to_owned());
    store
        .write(move |w| {
            let oldest = w.now().saturating_sub(REMEMBERED_FOR).unwrap_or(Timestamp::MIN);
            match w.remembered(token, &key)?.filter(|found| found.at >= oldest) {
                Some(found) if found.request_digest != digest => return Ok(Taken::Other),
                Some(found) if found.status == UNDER_WAY => return Ok(Taken::UnderWay),
                Some(found) => return Ok(Taken::Answered(found)),
                None => {}
            }
            clear_forgotten(w, oldest)?;
            let marker = Remembered {
                at: w.now(),
                request_digest: digest.clone(),
                status: UNDER_WAY,
                content_type: String::new(),
                body: String::new(),
            };
            w.put_remembered(token, &key, &marker)?;
            Ok(Taken::New)
        })
        .await
}

fn clear_forgotten(w: &mut Writer<'_>, oldest: Timestamp) -> Result<(), store::Error> {
    let now = w.now();
    if w.mark(CLEARED)?.is_some_and(|last| now.duration_since(last) < CLEARING_STEP) {
        return Ok(());
    }
    w.forget_remembered(oldest)?;
    w.put_mark(CLEARED, now)
}

fn replayed(answer: Remembered) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = reply::bytes(status, "application/json", answer.body);
    if let Ok(kind) = HeaderValue::from_str(&answer.content_type) {
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
    }
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    response
}

/// Stores the answer under its key, or gives the key back if it is our fault that there is none.
async fn remember(
    store: &Store,
    token: TokenId,
    key: &str,
    request_digest: String,
    answer: Result<Response, Error>,
) -> Result<Response, Error> {
    let key = key.to_owned();
    let response = match answer {
        Err(error) if error.status().is_server_error() => {
            store.write(move |w| w.remove_remembered(token, &key)).await?;
            return Err(error);
        }
        Err(error) => error.into_response(Reader::Program),
        Ok(response) => response,
    };
    let (head, body) = response.into_parts();
    let body = body.collect().await.map_err(Error::internal)?.to_bytes();
    let kind = head.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let (status, content_type) = (head.status.as_u16(), kind.to_owned());
    let text = String::from_utf8_lossy(&body).into_owned();
    let stored = store
        .write(move |w| {
            let (request_digest, content_type) = (request_digest.clone(), content_type.clone());
            let answer = Remembered { at: w.now(), request_digest, status, content_type, body: text.clone() };
            w.put_remembered(token, &key, &answer)
        })
        .await;
    // The work is done and must be said so; the key stays taken, which keeps it from being done again.
    if let Err(error) = stored {
        tracing::error!(%error, "an answer could not be stored under its idempotency key");
    }
    Ok(Response::from_parts(head, body.into()))
}
