//! The last steps of every answer: how long it may be kept, whether the visitor has it already, and packing.

use http_body_util::BodyExt;
use hyper::body::Body;
use warp::http::{HeaderMap, HeaderValue, Method, StatusCode, header};

use super::reply::Response;
use super::route::Cache;
use super::{compress, etag};

/// Longer answers are sent as they come: packing them would hold them in memory twice.
const WHOLE_BYTES_MAX: u64 = 4 << 20;

/// What the visitor can take and has, kept while the handler has the rest of the request.
pub struct Asked {
    is_read: bool,
    takes_gzip: bool,
    known: Vec<HeaderValue>,
}

impl Asked {
    pub fn of(method: &Method, headers: &HeaderMap) -> Self {
        Self {
            is_read: matches!(*method, Method::GET | Method::HEAD),
            takes_gzip: compress::accepts_gzip(headers),
            known: headers.get_all(header::IF_NONE_MATCH).iter().cloned().collect(),
        }
    }
}

/// Finishes `response` for who asked.
pub async fn finish(asked: &Asked, cache: Cache, response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    parts.headers.insert(header::CACHE_CONTROL, cache.control(parts.status));
    if body.size_hint().exact().is_none_or(|length| length > WHOLE_BYTES_MAX) {
        return Response::from_parts(parts, body);
    }
    // A body whose length is known is in memory: this waits for nothing.
    let mut bytes = match body.collect().await {
        Ok(whole) => whole.to_bytes(),
        Err(error) => {
            tracing::error!(%error, "an answer broke off");
            parts.status = StatusCode::INTERNAL_SERVER_ERROR;
            bytes::Bytes::new()
        }
    };
    if cache == Cache::Page && asked.is_read && parts.status == StatusCode::OK {
        let tag = etag::tag(&bytes);
        if etag::is_known(&asked.known, &tag) {
            parts.status = StatusCode::NOT_MODIFIED;
            bytes.clear();
        }
        parts.headers.insert(header::ETAG, tag);
    }
    let bytes = compress::pack(asked.takes_gzip, &mut parts, bytes);
    Response::from_parts(parts, bytes.into())
}
