//! Where the stand-in answers: the API, the hosted page, the control page. Whoever runs it brings the listener.

use std::convert::Infallible;

use bytes::Bytes;
use tokio::net::TcpListener;
use warp::filters::BoxedFilter;
use warp::http::HeaderMap;
use warp::reject::Reject;
use warp::reply::Response;
use warp::{Filter, Rejection};

use super::api::{self, Request};
use super::refusal::Refusal;
use super::{StandIn, control, page};

/// The largest body that a client sends here is a file of evidence.
const BODY_BYTES_MAX: u64 = 6 * 1024 * 1024;

/// A body that is not read.
#[derive(Debug)]
struct TooLarge;

impl Reject for TooLarge {}

impl StandIn {
    /// `/v1/…`, `/c/…` and `/demo/stripe…`; everything else is left to others.
    pub fn routes(&self) -> BoxedFilter<(Response,)> {
        let stand_in = self.clone();
        let api = warp::path("v1").and(request()).then(move |request: Request| {
            let stand_in = stand_in.clone();
            async move { api::answer(&stand_in, request).await }
        });
        let stand_in = self.clone();
        let refuse = move |rejection: Rejection| {
            let refusal = Refusal::invalid("Request body too large, or of unknown length.").status(413);
            let refused = rejection.find::<TooLarge>().map(|_| api::refuse(&stand_in, &refusal));
            async move { refused.ok_or(rejection) }
        };
        let pages = page::routes(self).or(control::routes(self)).unify();
        api.or(pages).unify().recover(refuse).unify().boxed()
    }

    /// Answers on `listener` until the future is dropped. Sets the public base from the listener's address if nobody
    /// has set one.
    pub async fn serve_on(self, listener: TcpListener) {
        if let Ok(address) = listener.local_addr()
            && self.public_base().is_empty()
        {
            self.set_public_base(&format!("http://{address}"));
        }
        warp::serve(self.routes()).incoming(listener).run().await;
    }
}

fn request() -> impl Filter<Extract = (Request,), Error = Rejection> + Clone {
    let query = warp::query::raw().or_else(|_| async { Ok::<_, Infallible>((String::new(),)) });
    warp::method().and(warp::path::full()).and(query).and(warp::header::headers_cloned()).and(body()).map(
        |method, path: warp::path::FullPath, query, headers, body| Request {
            method,
            path: path.as_str().to_owned(),
            query,
            headers,
            body,
        },
    )
}

/// The body, if it says how long it is and that is not too long.
pub(super) fn body() -> impl Filter<Extract = (Bytes,), Error = Rejection> + Clone {
    warp::header::headers_cloned()
        .and_then(|headers: HeaderMap| async move {
            let length = headers.get("content-length").and_then(|length| length.to_str().ok()?.parse().ok());
            let fits = length.unwrap_or(0_u64) <= BODY_BYTES_MAX && !headers.contains_key("transfer-encoding");
            if fits { Ok(()) } else { Err(warp::reject::custom(TooLarge)) }
        })
        .untuple_one()
        .and(warp::body::bytes())
}
