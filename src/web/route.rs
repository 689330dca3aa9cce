//! Routes: one line each, and everything that must be decided about one is part of the line.
//!
//! ```text
//! get("/admin/invoices/{id}", Owner, Cache::Page, admin::invoice),
//! post("/admin/invoices/{id}/void", Owner, Csrf::SameOrigin, FORM, admin::void),
//! ```
//!
//! Guard, protection against other sites, body limit and caching have no defaults: a line without them does not compile.
//! What is the same for a whole method is not repeated: `GET` changes nothing and reads no body, answers to the others
//! are never stored. The lines can be listed ([`Endpoint::facts`]) and are put together in `site.rs`.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::{HeaderValue, Method, StatusCode};

use super::body::{BodyMax, Incoming};
use super::csrf::Csrf;
use super::error::Error;
use super::guard::{Class, Guard};
use super::pattern::Pattern;
use super::reply::Response;
use super::request::Request;

/// A filter that answers, or rejects because the path is another's.
pub type Route = BoxedFilter<(Response,)>;

/// How long an answer may be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cache {
    /// By the visitor's own browser, which asks each time whether it changed.
    Page,
    /// By nobody.
    NoStore,
    /// By anybody, for a year: another content has another address.
    Immutable,
}

impl Cache {
    /// Only what succeeded is kept.
    #[must_use]
    pub fn control(self, status: StatusCode) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Page if status == StatusCode::OK => "private, no-cache",
            Self::Immutable if status == StatusCode::OK => "public, max-age=31536000, immutable",
            _ => "no-store",
        })
    }
}

/// What was decided about a route.
#[derive(Clone, Debug)]
pub struct RouteFacts {
    pub method: Method,
    pub path: &'static str,
    pub class: Class,
    pub csrf: Csrf,
    pub body: BodyMax,
    pub cache: Cache,
}

/// One line of the table. `S` is what the whole site shares.
pub struct Endpoint<S> {
    facts: RouteFacts,
    pattern: Pattern,
    run: Arc<Run<S>>,
}

type Run<S> = dyn Fn(S, Request, Incoming) -> Answer + Send + Sync;
/// An answer that is being worked out.
pub type Answer = Pin<Box<dyn Future<Output = Result<Response, Error>> + Send>>;

impl<S> Endpoint<S> {
    #[must_use]
    pub fn facts(&self) -> &RouteFacts {
        &self.facts
    }

    #[must_use]
    pub fn pattern(&self) -> &Pattern {
        &self.pattern
    }

    /// Lets the guard decide, reads the body, and asks the handler.
    pub(super) fn run(&self, state: S, request: Request, body: Incoming) -> Answer {
        (self.run)(state, request, body)
    }
}

impl<S> fmt::Debug for Endpoint<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.facts.fmt(formatter)
    }
}

/// A page or a resource. `HEAD` is answered too.
pub fn get<S, G, H, F>(path: &'static str, guard: G, cache: Cache, handler: H) -> Endpoint<S>
where
    S: Send + Sync + 'static,
    G: Guard<S>,
    H: Fn(S, Request<G::By>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Result<Response, Error>> + Send + 'static,
{
    let (class, csrf, body) = (guard.class(), Csrf::Safe, BodyMax::Ignored);
    endpoint(RouteFacts { method: Method::GET, path, class, csrf, body, cache }, guard, handler)
}

/// Something that is done.
pub fn post<S, G, H, F>(path: &'static str, guard: G, csrf: Csrf, body: BodyMax, handler: H) -> Endpoint<S>
where
    S: Send + Sync + 'static,
    G: Guard<S>,
    H: Fn(S, Request<G::By>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Result<Response, Error>> + Send + 'static,
{
    changing(Method::POST, path, guard, csrf, body, handler)
}

/// Something that is changed in part.
pub fn patch<S, G, H, F>(path: &'static str, guard: G, csrf: Csrf, body: BodyMax, handler: H) -> Endpoint<S>
where
    S: Send + Sync + 'static,
    G: Guard<S>,
    H: Fn(S, Request<G::By>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Result<Response, Error>> + Send + 'static,
{
    changing(Method::PATCH, path, guard, csrf, body, handler)
}

/// Something that is removed.
pub fn delete<S, G, H, F>(path: &'static str, guard: G, csrf: Csrf, body: BodyMax, handler: H) -> Endpoint<S>
where
    S: Send + Sync + 'static,
    G: Guard<S>,
    H: Fn(S, Request<G::By>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Result<Response, Error>> + Send + 'static,
{
    changing(Method::DELETE, path, guard, csrf, body, handler)
}

fn changing<S, G, H, F>(
    method: Method,
    path: &'static str,
    guard: G,
    csrf: Csrf,
    body: BodyMax,
    handler: H,
) -> Endpoint<S>
where
    S: Send + Sync + 'static,
    G: Guard<S>,
    H: Fn(S, Request<G::By>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Result<Response, Error>> + Send + 'static,
{
    let (class, cache) = (guard.class(), Cache::NoStore);
    endpoint(RouteFacts { method, path, class, csrf, body, cache }, guard, handler)
}

fn endpoint<S, G, H, F>(facts: RouteFacts, guard: G, handler: H) -> Endpoint<S>
where
    S: Send + Sync + 'static,
    G: Guard<S>,
    H: Fn(S, Request<G::By>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Result<Response, Error>> + Send + 'static,
{
    guarded(facts, guard, Arc::new(move |state, request| Box::pin(handler(state, request))))
}

/// A handler without its type, so that what surrounds all of them is compiled once for each guard.
pub(super) type Handler<S, By> = dyn Fn(S, Request<By>) -> Answer + Send + Sync;

fn guarded<S, G>(facts: RouteFacts, guard: G, handler: Arc<Handler<S, G::By>>) -> Endpoint<S>
where
    S: Send + Sync + 'static,
    G: Guard<S>,
{
    let (pattern, body_max) = (Pattern::new(facts.path), facts.body);
    let run = move |state: S, request: Request, body: Incoming| -> Answer {
        let (guard, handler) = (guard.clone(), Arc::clone(&handler));
        Box::pin(async move {
            match guard.admit(&state, &request) {
                Ok(by) => {
                    let body = body.read(body_max).await?;
                    handler(state, request.let_in(by, body)).await
                }
                Err(refusal) => guard.refuse(state, request, body, refusal).await,
            }
        })
    };
    Endpoint { facts, pattern, run: Arc::new(run) }
}

/// The first of `routes` that does not reject. Halving keeps the types small and the way to each short.
#[must_use]
pub fn any_of(mut routes: Vec<Route>) -> Route {
    match routes.len() {
        0 => warp::any().and_then(async || Err::<Response, _>(warp::reject::not_found())).boxed(),
        1 => routes.remove(0),
        many => {
            let rest = routes.split_off(many / 2);
            any_of(routes).or(any_of(rest)).unify().boxed()
        }
    }
}
