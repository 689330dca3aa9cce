//! `/v1/…`: one request from its bytes to its answer. Faults, keys of both kinds and permissions are met here, in the
//! order in which Stripe meets them; the calls themselves know nothing of HTTP.

use std::time::Duration;

use bytes::Bytes;
use warp::http::{HeaderMap, Method};
use warp::reply::Response;

use super::events::Cause;
use super::faults::Fault;
use super::files;
use super::idempotency::{self, Kept};
use super::operation::Operation;
use super::params::Params;
use super::refusal::Refusal;
use super::reply::{Answer, Break};
use super::state::State;
use super::traffic::{self, Logged};
use super::{API_VERSION, StandIn};

/// A hung request ends with its client; this is for a client that would never give up.
const HANG_AT_MOST: Duration = Duration::from_mins(10);

/// A request as it came.
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) query: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Request {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// A request that may be executed.
struct Admitted {
    operation: Operation,
    id: String,
    params: Params,
    fault: Option<Fault>,
    /// The idempotency key, reserved.
    reservation: Option<Reservation>,
    /// What the key replays instead.
    kept: Option<Kept>,
}

/// A key that is in use until its request is answered, even if the client leaves first.
struct Reservation {
    stand_in: StandIn,
    key: String,
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.stand_in.adjust(|state| state.keys.release(&self.key));
    }
}

/// Answers a request.
pub(super) async fn answer(stand_in: &StandIn, request: Request) -> Response {
    let request_id = stand_in.with(|state| log(state, &request));
    let (answer, place) = match admit(stand_in, &request) {
        Ok(admitted) => execute(stand_in, admitted, &request_id).await,
        Err(refusal) => (refused(&refusal), Break::Nowhere),
    };
    stand_in.with(|state| {
        let replayed = answer.headers.iter().any(|(name, _)| *name == "idempotent-replayed");
        if place == Break::Nowhere {
            state.traffic.answered(&request_id, answer.status, replayed);
        }
        answer.stamped(&request_id, state.now()).into_response(place)
    })
}

/// An answer for a request that never became a call: too large, or no request of HTTP/1.1 that Stripe would read.
pub(super) fn refuse(stand_in: &StandIn, refusal: &Refusal) -> Response {
    stand_in.with(|state| {
        let request_id = state.ids.request();
        refused(refusal).stamped(&request_id, state.now()).into_response(Break::Nowhere)
    })
}

/// A file's content is nobody's to keep.
fn logged_body(request: &Request) -> String {
    let is_file = request.header("content-type").is_some_and(|kind| kind.starts_with("multipart/form-data"));
    if is_file {
        "purpose=dispute_evidence&file=content".to_owned()
    } else {
        String::from_utf8_lossy(&request.body).into_owned()
    }
}

fn log(state: &mut State, request: &Request) -> String {
    let request_id = state.ids.request();
    state.traffic.add(Logged {
        at: state.now(),
        request_id: request_id.clone(),
        operation: Operation::find(&request.method, &request.path).map(|(operation, _)| operation),
        method: request.method.to_string(),
        path: request.path.clone(),
        query: request.query.clone(),
        headers: traffic::headers_kept(&request.headers),
        body: logged_body(request),
        status: None,
        replayed: false,
    });
    request_id
}

fn admit(stand_in: &StandIn, request: &Request) -> Result<Admitted, Refusal> {
    let method = &request.method;
    let (operation, id) = Operation::find(method, &request.path).ok_or_else(|| {
        Refusal::invalid(format!("Unrecognized request URL ({method}: {}).", request.path)).status(404)
    })?;
    stand_in.with(|state| {
        authenticate(state, request)?;
        permit(state, request, operation)?;
        check_version(request)?;
        let params = params(request)?;
        let fault = state.faults.take(operation);
        if let Some(Fault::Status(status)) = fault {
            return Err(failing(status, request.header("idempotency-key").unwrap_or_default()));
        }
        if fault == Some(Fault::LockTimeout) {
            return Err(Refusal::invalid(
                "This object cannot be accessed right now because another API request or Stripe process is currently \
                 accessing it.",
            )
            .status(429)
            .code("lock_timeout"));
        }
        let key = request.header("idempotency-key").filter(|_| *method == Method::POST);
        let kept = match key {
            Some(key) => state.keys.begin(key, &request.path, &params, state.now())?,
            None => None,
        };
        let reserve = |key: &str| Reservation { stand_in: stand_in.clone(), key: key.to_owned() };
        let reservation = key.filter(|_| kept.is_none()).map(reserve);
        Ok(Admitted { operation, id, params, fault, reservation, kept })
    })
}

fn authenticate(state: &State, request: &Request) -> Result<(), Refusal> {
    let unauthorized = |message: String| Refusal::invalid(message).status(401);
    let Some(key) = request.header("authorization").and_then(|header| header.strip_prefix("Bearer ")) else {
        return Err(unauthorized(
            "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer \
             auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."
                .to_owned(),
        ));
    };
    if key != state.options.secret_key && !state.restricted_keys.contains_key(key) {
        return Err(unauthorized(format!("Invalid API Key provided: {}", masked(key))));
    }
    Ok(())
}

/// `sk_test_****1234`, as Stripe shows a key that it does not take.
fn masked(key: &str) -> String {
    let letters: Vec<char> = key.chars().collect();
    let hidden = 8..letters.len().saturating_sub(4);
    letters.iter().enumerate().map(|(place, letter)| if hidden.contains(&place) { '*' } else { *letter }).collect()
}

fn permit(state: &State, request: &Request, operation: Operation) -> Result<(), Refusal> {
    let permission = operation.permission();
    let key = request.header("authorization").and_then(|header| header.strip_prefix("Bearer ")).unwrap_or_default();
    let may = match state.restricted_keys.get(key) {
        Some(permissions) => permissions.contains(permission),
        None => !state.permissions_missing.contains(permission),
    };
    if may {
        return Ok(());
    }
    Err(Refusal::invalid(format!(
        "The provided key '{}' does not have the required permissions for this endpoint on account '{}'. Having the \
         '{permission}' permission would allow this request to continue.",
        masked(key),
        state.options.account_id
    ))
    .status(403))
}

fn check_version(request: &Request) -> Result<(), Refusal> {
    match request.header("stripe-version") {
        Some(API_VERSION) => Ok(()),
        Some(other) => {
            Err(Refusal::invalid(format!("Invalid Stripe API version: {other}. The stand-in plays {API_VERSION}.")))
        }
        None => Err(Refusal::invalid(format!(
            "No Stripe-Version header: Stripe would answer in the account's default version. Send {API_VERSION}."
        ))),
    }
}

fn params(request: &Request) -> Result<Params, Refusal> {
    if request.method != Method::POST {
        return Params::parse(&request.query);
    }
    let form = request.header("content-type").unwrap_or_default();
    if form.starts_with("multipart/form-data") {
        return files::params(form, &request.body);
    }
    if !form.starts_with("application/x-www-form-urlencoded") {
        return Err(Refusal::invalid(
            "Invalid request (check that your POST content type is application/x-www-form-urlencoded).",
        ));
    }
    let body =
        std::str::from_utf8(&request.body).map_err(|_| Refusal::invalid("Invalid request: the body is not UTF-8."))?;
    Params::parse(body)
}

async fn execute(stand_in: &StandIn, admitted: Admitted, request_id: &str) -> (Answer, Break) {
    match admitted.fault {
        Some(Fault::Slow(delay)) => tokio::time::sleep(delay).await,
        Some(Fault::Hang) => {
            tokio::time::sleep(HANG_AT_MOST).await;
            return (Answer::new(504, String::new()), Break::BeforeHead);
        }
        Some(Fault::DropBeforeEffect) => return (Answer::new(502, String::new()), Break::BeforeHead),
        _ => {}
    }
    let place = match admitted.fault {
        Some(Fault::CutBody) => Break::InBody,
        Some(Fault::DropAfterEffect) => Break::BeforeHead,
        _ => Break::Nowhere,
    };
    if let Some(kept) = &admitted.kept {
        let replay = Answer::new(kept.status, kept.body.clone());
        return (replay.with("idempotent-replayed", "true").with("original-request", &kept.request_id), place);
    }
    (stand_in.with(|state| call(state, &admitted, request_id)), place)
}

/// Runs the call and keeps its answer under the key, if it began at all.
fn call(state: &mut State, admitted: &Admitted, request_id: &str) -> Answer {
    let key = admitted.reservation.as_ref().map(|reservation| reservation.key.clone());
    state.cause = Some(Cause { request_id: request_id.to_owned(), idempotency_key: key.clone() });
    let result = match admitted.fault {
        Some(Fault::Cached500) => Err(Refusal::server_error().begun()),
        Some(Fault::Cached500AfterEffect) => {
            let made = state.execute(admitted.operation, &admitted.id, &admitted.params);
            made.and(Err(Refusal::server_error().begun()))
        }
        Some(Fault::CutList) => Ok(serde_json::json!({ "object": "list", "data": [], "has_more": true, "url": "/v1" })),
        _ => state.execute(admitted.operation, &admitted.id, &admitted.params),
    };
    state.cause = None;
    let mut answer = match &result {
        Ok(_) => Answer::of(&result),
        Err(refusal) => refused(refusal),
    };
    if let Some(key) = key {
        if result.as_ref().map_or_else(|refusal| refusal.began, |_| true) {
            let kept = Kept { status: answer.status, body: answer.body.clone(), request_id: request_id.to_owned() };
            state.keys.keep(&key, kept);
        }
        answer = answer.with("idempotency-key", key);
    }
    answer
}

/// A refusal with the headers that tell a client whether to try again.
fn refused(refusal: &Refusal) -> Answer {
    let answer = Answer::of(&Err(refusal.clone()));
    match (refusal.status, refusal.code) {
        (409, _) | (429, Some("lock_timeout")) => answer.with("stripe-should-retry", "true"),
        (429, _) => answer.with("stripe-rate-limited-reason", "global-rate"),
        // A 500 that began is kept: the same key would only hear it again.
        (500, _) if refusal.began => answer.with("stripe-should-retry", "false"),
        _ => answer,
    }
}

fn failing(status: u16, key: &str) -> Refusal {
    match status {
        409 => idempotency::in_use(key),
        429 => Refusal::invalid("Request rate limit exceeded.").status(429).code("rate_limit"),
        500.. => Refusal::server_error().status(status),
        other => Refusal::invalid("The stand-in was told to refuse this request.").status(other),
    }
}
