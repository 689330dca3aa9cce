//! What a connection answers: each of its requests is looked at, counted and given to the filters.

use std::convert::Infallible;
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use hyper::body::{Body, Incoming};
use hyper::service::Service;
use warp::http::{self, Request};

use super::clarity::{Unclear, asks_what_is_possible, check, refusal, too_much, what_is_possible};
use super::client_address::Peer;
use super::hearing::Hearing;
use super::newcomers::Newcomer;
use super::reply::Response;
use super::requests::One;
use super::streams::{Counted, to_the_end};
use super::wire::Verdict;

/// Requests that one HTTP/2 connection may have open: a page with all that belongs to it is a dozen, and those beyond wait
/// in the browser. Each may hold a head, a part of a body and an answer.
pub(super) const STREAMS_MAX: usize = 16;
/// Requests that are worked on, those included that were taken back: who takes requests back makes room for others at once,
/// but what has begun goes on.
const BEGUN_MAX: usize = 2 * STREAMS_MAX;

/// How the requests of one connection are answered.
pub(super) struct Answering<'a, S> {
    pub filters: S,
    pub hearing: Hearing,
    pub newcomer: &'a Newcomer,
    pub verdict: Verdict,
    pub peer: Peer,
    pub speaks_http_2: bool,
    /// How many requests have come.
    pub count: AtomicU64,
}

impl<S> Answering<'_, S>
where
    S: Service<Request<Incoming>, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    /// Counts the request at once, and works on it when the answer is waited for.
    pub fn answer(
        &self,
        mut request: Request<Incoming>,
    ) -> impl Future<
        Output = Result<http::Response<impl Body<Data = Bytes, Error = warp::Error> + Send + use<S>>, Infallible>,
    > + Send
    + use<S> {
        let requests = &self.hearing.requests;
        request.extensions_mut().insert(self.hearing.clone());
        self.newcomer.speaks();
        let one = self.speaks_http_2.then(|| requests.begin());
        if one.is_none() {
            requests.seat().begin();
        }
        let is_too_much = requests.count() > BEGUN_MAX;
        let checked = check(request, self.peer, &self.verdict, self.count.fetch_add(1, Ordering::Relaxed));
        let filters = self.filters.clone();
        async move {
            let (response, one) = if is_too_much { (too_much(), one) } else { answered(filters, checked, one).await };
            Ok(response.map(|body| Counted::new(body, one)))
        }
    }
}

async fn answered<S>(
    filters: S,
    checked: Result<Request<Incoming>, Unclear>,
    one: Option<One>,
) -> (Response, Option<One>)
where
    S: Service<Request<Incoming>, Response = Response, Error = Infallible> + Send + 'static,
    S::Future: Send,
{
    match (checked, one) {
        (Err(unclear), one) => (refusal(unclear), one),
        (Ok(request), one) if asks_what_is_possible(&request) => (what_is_possible(), one),
        (Ok(request), Some(one)) => to_the_end(filters, request, one).await,
        (Ok(request), None) => {
            let Ok(response) = filters.call(request).await;
            (response, None)
        }
    }
}
