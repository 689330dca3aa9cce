//! From a table of routes to one filter that answers every request.
//!
//! The order is the same for all: host, method, other sites, guard, body, handler; then caching, packing, and the headers
//! that keep browsers strict. Whatever happens on the way, a panic included, ends in an answer, and what is not found
//! reads the same whether a route looked for it or none exists.

use std::any::Any;
use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use warp::Filter;
use warp::http::Method;
use warp::path::FullPath;
use warp::reject::Rejection;

use super::body::READ_MAX;
use super::client_address::{Client, Peer};
use super::error::{Error, Reader};
use super::finish::{Asked, finish};
use super::form::Form;
use super::headers::{Headers, Surface};
use super::host::Hosts;
use super::pattern::Params;
use super::reply::Response;
use super::request::{Arrival, Request, arrival};
use super::route::{Cache, Endpoint, Route, any_of};
use crate::billing::language::Language;
use crate::config::Network;

/// What is the same for every route.
#[derive(Clone, Debug)]
pub struct Site {
    /// Our public origin, as browsers write it: `https://pay.example`.
    pub origin: String,
    pub hosts: Hosts,
    /// The proxies whose `X-Forwarded-…` is believed.
    pub trusted_proxies: Vec<Network>,
    pub headers: Headers,
    /// See [`READ_MAX`], which is right outside of tests.
    pub body_read_max: Duration,
}

impl Site {
    #[must_use]
    pub fn new(origin: &str, hosts: Hosts, trusted_proxies: Vec<Network>, headers: Headers) -> Self {
        Self { origin: origin.to_owned(), hosts, trusted_proxies, headers, body_read_max: READ_MAX }
    }
}

/// All endpoints with the same path.
struct Place<S> {
    endpoints: Vec<Endpoint<S>>,
}

struct Shared<S> {
    state: S,
    site: Site,
}

/// The whole site as one filter.
///
/// # Panics
/// If two lines of `table` have the same method and path: one of them could never be reached.
#[must_use]
pub fn mount<S: Clone + Send + Sync + 'static>(table: Vec<Endpoint<S>>, state: S, site: Site) -> Route {
    let headers = site.headers.clone();
    let shared = Arc::new(Shared { state, site });
    let known = any_of(by_first_segment(places(table), &shared));
    let answered = known.or(nowhere(shared)).unify().recover(out_of_order).unify();
    warp::path::full()
        .and(warp::ext::optional::<Peer>())
        .and(answered)
        .map(move |path: FullPath, peer: Option<Peer>, mut response: Response| {
            let came_by_tls = peer.is_some_and(|peer| peer.secure);
            headers.add_to(response.headers_mut(), Surface::of(path.as_str()), came_by_tls);
            response
        })
        .boxed()
}

fn places<S>(mut table: Vec<Endpoint<S>>) -> Vec<Place<S>> {
    table.sort_by(|one, other| one.pattern().by_precision(other.pattern()));
    let mut places: Vec<Place<S>> = Vec::new();
    for endpoint in table {
        match places.last_mut() {
            Some(place) if place.is_at(&endpoint) => {
                assert!(place.at(&endpoint.facts().method).is_none(), "two routes are the same: {endpoint:?}");
                place.endpoints.push(endpoint);
            }
            _ => places.push(Place { endpoints: vec![endpoint] }),
        }
    }
    places
}

/// A request is compared with the routes under its first segment only, which keeps the longest walk short.
fn by_first_segment<S: Clone + Send + Sync + 'static>(places: Vec<Place<S>>, shared: &Arc<Shared<S>>) -> Vec<Route> {
    let mut rooms: Vec<(Option<&'static str>, Vec<Route>)> = Vec::new();
    for place in places {
        let first = place.endpoints.first().and_then(|endpoint| endpoint.pattern().first());
        let route = at_place(place, Arc::clone(shared));
        match rooms.last_mut() {
            Some((own, routes)) if *own == first => routes.push(route),
            _ => rooms.push((first, vec![route])),
        }
    }
    let room = |(first, routes)| match first {
        Some(first) => warp::path::<&'static str>(first).and(any_of(routes)).boxed(),
        None => any_of(routes),
    };
    rooms.into_iter().map(room).collect()
}

fn at_place<S: Clone + Send + Sync + 'static>(place: Place<S>, shared: Arc<Shared<S>>) -> Route {
    let place = Arc::new(place);
    let wanted = Arc::clone(&place);
    warp::path::full()
        .and_then(move |path: FullPath| {
            let params = wanted.endpoints.first().and_then(|endpoint| endpoint.pattern().matches(path.as_str()));
            std::future::ready(params.ok_or_else(warp::reject::not_found))
        })
        .and(arrival())
        .then(move |params, arrival| answer(Arc::clone(&shared), Some(Arc::clone(&place)), params, arrival))
        .boxed()
}

/// Answers what no route is for.
fn nowhere<S: Clone + Send + Sync + 'static>(shared: Arc<Shared<S>>) -> Route {
    arrival().then(move |arrival| answer(Arc::clone(&shared), None, Params::new(), arrival)).boxed()
}

/// Only a request that did not come through our server is rejected: it has no peer.
async fn out_of_order(rejection: Rejection) -> Result<Response, Infallible> {
    Ok(Error::internal(format!("a filter rejected: {rejection:?}")).into_response(Reader::Person(Language::default())))
}

impl<S> Place<S> {
    fn is_at(&self, endpoint: &Endpoint<S>) -> bool {
        self.endpoints.first().is_some_and(|own| own.pattern().is_like(endpoint.pattern()))
    }

    fn at(&self, method: &Method) -> Option<&Endpoint<S>> {
        let wanted = if *method == Method::HEAD { &Method::GET } else { method };
        self.endpoints.iter().find(|endpoint| endpoint.facts().method == *wanted)
    }

    fn allowed(&self) -> Vec<Method> {
        let methods = self.endpoints.iter().map(|endpoint| endpoint.facts().method.clone());
        let head = self.at(&Method::HEAD).map(|_| Method::HEAD);
        methods.chain(head).collect()
    }

    fn answers_on_any_host(&self) -> bool {
        self.endpoints.iter().all(|endpoint| endpoint.facts().class.answers_on_any_host())
    }
}

async fn answer<S: Clone + Send + Sync + 'static>(
    shared: Arc<Shared<S>>,
    place: Option<Arc<Place<S>>>,
    params: Params,
    arrival: Arrival,
) -> Response {
    let started = Instant::now();
    let asked = Asked::of(&arrival.method, &arrival.headers);
    let reader = Reader::of(arrival.path.as_str(), &arrival.headers).choosing(&arrival.query);
    let method = arrival.method.clone();
    let endpoint = place.as_deref().and_then(|place| place.at(&method));
    let (route, cache) =
        endpoint.map_or(("none", Cache::NoStore), |endpoint| (endpoint.facts().path, endpoint.facts().cache));

    let work = serve(&shared, place.as_deref(), endpoint, params, arrival);
    let outcome = AssertUnwindSafe(work).catch_unwind().await;
    let outcome =
        outcome.unwrap_or_else(|panic| Err(Error::internal(format!("{method} {route}: {}", words_of(&*panic)))));
    let response = outcome.unwrap_or_else(|error| error.into_response(reader));
    let response = finish(&asked, cache, response).await;

    // The pattern, not the path: a path may hold a token.
    let (status, milliseconds) = (response.status().as_u16(), started.elapsed().as_millis());
    tracing::debug!(%method, route, status, milliseconds, "answered");
    response
}

async fn serve<S: Clone>(
    shared: &Shared<S>,
    place: Option<&Place<S>>,
    endpoint: Option<&Endpoint<S>>,
    params: Params,
    arrival: Arrival,
) -> Result<Response, Error> {
    let checked = check(&shared.site, place, endpoint, &arrival);
    let Arrival { method, path, query, headers, peer, body, .. } = arrival;
    let body = body.within(shared.site.body_read_max);
    let (endpoint, query) = match checked.and_then(|endpoint| Ok((endpoint, form_of(&query)?))) {
        Ok(found) => found,
        Err(refusal) => {
            body.discard().await;
            return Err(refusal);
        }
    };
    let client = Client::of(&peer, &headers, &shared.site.trusted_proxies);
    let path = path.as_str().to_owned();
    let request = Request { method, path, query, headers, params, client, body: bytes::Bytes::new(), by: () };
    endpoint.run(shared.state.clone(), request, body).await
}

/// What is decided before the guard is asked.
fn check<'a, S>(
    site: &Site,
    place: Option<&Place<S>>,
    endpoint: Option<&'a Endpoint<S>>,
    arrival: &Arrival,
) -> Result<&'a Endpoint<S>, Error> {
    if !place.is_some_and(Place::answers_on_any_host) && !site.hosts.accept(&arrival.host) {
        return Err(Error::Misdirected);
    }
    let place = place.ok_or(Error::NotFound)?;
    let endpoint = endpoint.ok_or_else(|| Error::MethodNotAllowed { allowed: place.allowed() })?;
    endpoint.facts().csrf.check(&arrival.headers, &site.origin)?;
    Ok(endpoint)
}

fn form_of(query: &str) -> Result<Form, Error> {
    Form::parse(query.as_bytes()).map_err(|error| Error::BadRequest(error.to_string()))
}

/// What a panic says, for the log.
fn words_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    format!("the handler panicked: {}", text.as_deref().unwrap_or("it did not say why"))
}
