//! Who may pass a route: the classes there are, and what a guard promises.
//!
//! A guard looks at the request before its body is read and either refuses it or says what it found out about the sender.
//! Its handler takes exactly that (`Request<By>`), so that a page of the owner's cannot be put behind a guard that lets
//! strangers in. Guards that ask the store live beside what they ask; here are those that ask nothing.
//!
//! ```
//! # use quittance::web::{error::Error, guard::Public, reply::{self, Response}, request::Request, route::{Cache, get}};
//! # struct Owner;
//! # type App = ();
//! async fn for_anybody(_app: App, _request: Request) -> Result<Response, Error> { Ok(reply::nothing()) }
//! let route = get("/", Public, Cache::NoStore, for_anybody);
//! ```
//!
//! ```compile_fail,E0631
//! # use quittance::web::{error::Error, guard::Public, reply::{self, Response}, request::Request, route::{Cache, get}};
//! # struct Owner;
//! # type App = ();
//! async fn for_owners(_app: App, _request: Request<Owner>) -> Result<Response, Error> { Ok(reply::nothing()) }
//! let route = get("/", Public, Cache::NoStore, for_owners);
//! ```

use super::body::Incoming;
use super::error::Error;
use super::request::Request;
use super::route::Answer;
use crate::billing::role::Role;

/// What a token allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    Read,
    Write,
}

/// The kinds of route that there are, for the table and its tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Anybody, who may hold a link.
    Public,
    /// Whoever is signed in and may as much as that role.
    Desk(Role),
    /// Whoever holds a token of that scope.
    Api(Scope),
    /// Whoever looks after the machine: health, readiness, figures.
    Operations,
    /// Stripe, which signs what it sends.
    Stripe,
    /// Whoever holds the one-time setup address.
    Setup,
}

impl Class {
    /// Probes and Stripe reach us by addresses that no configuration knows.
    #[must_use]
    pub fn answers_on_any_host(self) -> bool {
        matches!(self, Self::Operations | Self::Stripe)
    }
}

/// Decides whether a request may pass. `S` is what the whole site shares.
pub trait Guard<S>: Clone + Send + Sync + 'static {
    /// What the handler may rely on.
    type By: Send + 'static;

    fn class(&self) -> Class;

    /// Lets the request in, or refuses it. The body has not been read, and is empty here.
    fn admit(&self, state: &S, request: &Request) -> Result<Self::By, Error>;

    /// What whoever is refused is answered. The body may be read for that, by a stranger's measure.
    fn refuse(&self, _state: S, _request: Request, body: Incoming, refusal: Error) -> Answer {
        Box::pin(async move {
            body.discard().await;
            Err(refusal)
        })
    }
}

/// Lets everybody in.
#[derive(Clone, Copy, Debug)]
pub struct Public;

/// Health and readiness: no secret is in them, and a probe has none.
#[derive(Clone, Copy, Debug)]
pub struct Probe;

/// Stripe's events. The handler checks the signature, because it is over the body.
#[derive(Clone, Copy, Debug)]
pub struct Signed;

impl<S> Guard<S> for Public {
    type By = ();

    fn class(&self) -> Class {
        Class::Public
    }

    fn admit(&self, _state: &S, _request: &Request) -> Result<(), Error> {
        Ok(())
    }
}

impl<S> Guard<S> for Probe {
    type By = ();

    fn class(&self) -> Class {
        Class::Operations
    }

    fn admit(&self, _state: &S, _request: &Request) -> Result<(), Error> {
        Ok(())
    }
}

impl<S> Guard<S> for Signed {
    type By = ();

    fn class(&self) -> Class {
        Class::Stripe
    }

    fn admit(&self, _state: &S, _request: &Request) -> Result<(), Error> {
        Ok(())
    }
}
