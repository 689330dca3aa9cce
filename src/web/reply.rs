//! The few kinds of answer that handlers give.

use askama::Template;
use bytes::Bytes;
use serde::Serialize;
use warp::Reply;
use warp::http::{HeaderValue, StatusCode, header};

use super::error::Error;

/// What warp calls a response.
pub type Response = warp::reply::Response;

/// Marks an answer that is sent as it is: already compressed, or with a secret beside text that a visitor chose.
#[derive(Clone, Copy, Debug)]
pub struct AsItIs;

/// A page.
pub fn page(template: &impl Template) -> Result<Response, Error> {
    page_with(StatusCode::OK, template)
}

/// A page with another status than 200, for instance a form with its errors.
pub fn page_with(status: StatusCode, template: &impl Template) -> Result<Response, Error> {
    template.render().map(|html| self::html(status, html)).map_err(Error::internal)
}

#[must_use]
pub fn html(status: StatusCode, html: String) -> Response {
    warp::reply::with_status(warp::reply::html(html), status).into_response()
}

#[must_use]
pub fn json(status: StatusCode, value: &impl Serialize) -> Response {
    warp::reply::with_status(warp::reply::json(value), status).into_response()
}

#[must_use]
pub fn text(status: StatusCode, text: &str) -> Response {
    bytes(status, "text/plain; charset=utf-8", format!("{text}\n"))
}

/// Anything else, with its type.
#[must_use]
pub fn bytes(status: StatusCode, kind: &'static str, body: impl Into<Bytes>) -> Response {
    let mut response = Response::new(body.into().into());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

/// `303`: after a form was posted, or to the page where a thing is now. A location that is none is our fault, not a header.
#[must_use]
pub fn see_other(location: &str) -> Response {
    let Ok(value) = HeaderValue::from_str(location) else {
        tracing::error!("a redirect to what is no address was not sent");
        return text(StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong on this server.");
    };
    let mut response = StatusCode::SEE_OTHER.into_response();
    response.headers_mut().insert(header::LOCATION, value);
    response
}

/// `204`: done, and nothing to say.
#[must_use]
pub fn nothing() -> Response {
    StatusCode::NO_CONTENT.into_response()
}
