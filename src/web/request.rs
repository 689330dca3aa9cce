//! What a handler is given: the request, whole, with who sent it.
//!
//! `Request<By>` says in its type what its guard proved: a handler that takes `Request<Session>` cannot be put on a route
//! that lets strangers in.

use std::str::FromStr;

use bytes::Bytes;
use serde::de::DeserializeOwned;
use warp::Filter;
use warp::http::{HeaderMap, Method, header};
use warp::path::FullPath;
use warp::reject::Rejection;

use super::body::Incoming;
use super::client_address::{Client, Peer};
use super::error::Error;
use super::form::Form;
use super::hearing::Hearing;
use super::host::RequestedHost;
use super::json;
use super::multipart::Parts;
use super::pattern::Params;

/// A request that was let in. `By` is what its guard found out about the sender.
#[derive(Clone, Debug)]
pub struct Request<By = ()> {
    pub method: Method,
    pub path: String,
    pub query: Form,
    pub headers: HeaderMap,
    pub params: Params,
    pub client: Client,
    pub body: Bytes,
    pub by: By,
}

impl Request {
    /// The same request, with what its guard found out, and its body.
    pub(super) fn let_in<By>(self, by: By, body: Bytes) -> Request<By> {
        let Self { method, path, query, headers, params, client, .. } = self;
        Request { method, path, query, headers, params, client, body, by }
    }
}

impl<By> Request<By> {
    /// The part of the path that the pattern calls `name`. What does not read as a `T` names nothing that exists.
    pub fn param<T: FromStr>(&self, name: &str) -> Result<T, Error> {
        let found = self.params.iter().find(|(own, _)| *own == name);
        let (_, text) = found.ok_or_else(|| Error::internal(format!("the route has no {{{name}}}")))?;
        text.parse().map_err(|_| Error::NotFound)
    }

    /// The value of a header, if there is exactly one and it is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next()?;
        if values.next().is_some() { None } else { value.to_str().ok() }
    }

    /// The value of a cookie.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<&str> {
        let values = self.headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs = values.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(own, _)| *own == name).map(|(_, value)| value)
    }

    /// The body as a form. An empty body is an empty form.
    pub fn form(&self) -> Result<Form, Error> {
        self.expect_kind("application/x-www-form-urlencoded")?;
        Form::parse(&self.body).map_err(|error| Error::BadRequest(error.to_string()))
    }

    /// The body as a form with files.
    pub fn parts(&self) -> Result<Parts, Error> {
        self.expect_kind("multipart/form-data")?;
        let kind = self.header("content-type").unwrap_or_default();
        Parts::parse(kind, &self.body).map_err(|error| Error::BadRequest(error.to_string()))
    }

    /// The body as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        self.expect_kind("application/json")?;
        json::parse(&self.body)
    }

    fn expect_kind(&self, expected: &'static str) -> Result<(), Error> {
        let kind = self.header("content-type").unwrap_or_default();
        let essence = kind.split(';').next().unwrap_or_default().trim();
        if self.body.is_empty() || essence.eq_ignore_ascii_case(expected) {
            return Ok(());
        }
        Err(Error::UnsupportedMediaType { expected })
    }
}

#[cfg(test)]
impl Request {
    /// A request for tests of handlers.
    pub(crate) fn for_test(path: &str, params: Params, headers: &[(&'static str, &str)]) -> Request {
        let value = |value: &str| value.parse().unwrap_or(header::HeaderValue::from_static(""));
        Request {
            method: Method::GET,
            path: path.to_owned(),
            query: Form::default(),
            headers: headers.iter().map(|(name, text)| (header::HeaderName::from_static(name), value(text))).collect(),
            params,
            client: Client { address: std::net::Ipv4Addr::LOCALHOST.into(), secure: false },
            body: Bytes::new(),
            by: (),
        }
    }
}

/// A request as the filters see it, before anything is decided.
pub struct Arrival {
    pub method: Method,
    pub path: FullPath,
    pub query: String,
    pub headers: HeaderMap,
    pub peer: Peer,
    pub host: RequestedHost,
    pub body: Incoming,
}

/// Takes everything from the request. Only requests that came through our own server have a peer and a host.
pub fn arrival() -> impl Filter<Extract = (Arrival,), Error = Rejection> + Clone {
    let query = warp::query::raw().or(warp::any().map(String::new)).unify();
    warp::method()
        .and(warp::path::full())
        .and(query)
        .and(warp::header::headers_cloned())
        .and(warp::ext::get::<Peer>())
        .and(warp::ext::get::<RequestedHost>())
        .and(body())
        .map(arrived)
}

fn arrived(
    method: Method,
    path: FullPath,
    query: String,
    headers: HeaderMap,
    peer: Peer,
    host: RequestedHost,
    body: Incoming,
) -> Arrival {
    let body = body.with(&headers);
    Arrival { method, path, query, headers, peer, host, body }
}

fn body() -> impl Filter<Extract = (Incoming,), Error = Rejection> + Clone {
    let hearing = warp::ext::get::<Hearing>().map(Some);
    hearing.and(warp::body::stream()).map(Incoming::new)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed assumption should fail the test")]
mod tests {
    use super::{Error, Form, Request};

    fn request(headers: &[(&'static str, &str)], body: &'static str) -> Request {
        Request { body: body.into(), ..Request::for_test("/x/7", vec![("n", "7".to_owned())], headers) }
    }

    #[test]
    fn a_part_of_the_path_is_read_or_names_nothing() {
        assert_eq!(request(&[], "").param::<u32>("n").unwrap(), 7);
        assert!(matches!(request(&[], "").param::<bool>("n"), Err(Error::NotFound)));
        assert!(matches!(request(&[], "").param::<u32>("m"), Err(Error::Internal(_))));
    }

    #[test]
    fn a_body_is_read_only_as_what_it_says_it_is() {
        let kind = "content-type";
        let form = "application/x-www-form-urlencoded";
        assert_eq!(request(&[(kind, form)], "a=1").form().unwrap().text("a"), "1");
        assert_eq!(request(&[], "").form().unwrap(), Form::default());
        for wrong in ["text/plain", "multipart/form-data; boundary=x", ""] {
            let outcome = request(&[(kind, wrong)], "a=1").form();
            assert!(matches!(outcome, Err(Error::UnsupportedMediaType { .. })), "{wrong}");
        }
        assert_eq!(request(&[(kind, "Application/JSON; charset=utf-8")], "[1]").json::<Vec<u8>>().unwrap(), [1]);
        assert!(matches!(request(&[(kind, form)], "[1]").json::<Vec<u8>>(), Err(Error::UnsupportedMediaType { .. })));
        assert!(request(&[], "").json::<Vec<u8>>().is_err());
    }

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let request = request(&[("cookie", "a=1; __Host-s=x=y; as=2")], "");
        assert_eq!(
            (request.cookie("__Host-s"), request.cookie("s"), request.cookie("a")),
            (Some("x=y"), None, Some("1"))
        );
    }
}
