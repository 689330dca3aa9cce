//! Who may pass to the owner's pages: whoever is signed in, and before there is an owner whoever holds the setup address.
//!
//! A session is a cookie `ses_….SECRET`; the store has the secret's digest only, and compares in constant time. The pages
//! are served over HTTPS or to this machine itself, because the cookie must not cross a network in the clear.

use subtle::ConstantTimeEq;

use super::cookie::Cookies;
use super::entry;
use crate::actions::owners::{ADDRESS_USED, is_alive, owner_of_address};
use crate::billing::id::SessionId;
use crate::billing::role::Role;
use crate::credentials;
use crate::store::{Owner as OwnerRecord, Session};
use crate::web::body::Incoming;
use crate::web::client_address::Client;
use crate::web::error::{Error, Reader};
use crate::web::guard::{Class, Guard};
use crate::web::reply::Response;
use crate::web::request::Request;
use crate::web::route::Answer;
use crate::web::routes::State;
use warp::http::Method;

/// Whoever wants to be signed out is, if the session has ended by itself.
const LOGOUT: &str = "/admin/logout";

/// Lets in whoever is signed in and may as much as this role; sends whoever is not signed in to the sign-in page, and back
/// afterwards.
#[derive(Clone, Copy, Debug)]
pub struct AtLeast(Role);

/// Keys, bank details, people, tokens, backups.
pub const OWNER: AtLeast = AtLeast(Role::Owner);
/// Customers, invoices and payments.
pub const STAFF: AtLeast = AtLeast(Role::Staff);
/// What is read, and the own account.
pub const READER: AtLeast = AtLeast(Role::Bookkeeper);

/// What [`AtLeast`] found out.
#[derive(Clone, Debug)]
pub struct SignedIn {
    pub owner: OwnerRecord,
    pub session: Session,
}

/// Lets everybody in whose connection may carry a password: the sign-in page itself.
#[derive(Clone, Copy, Debug)]
pub struct Gate;

/// Lets in whoever holds a one-time address for an owner who forgot the password.
#[derive(Clone, Copy, Debug)]
pub struct Regain;

/// What [`Regain`] found out.
#[derive(Clone)]
pub struct Regaining {
    pub email: String,
    /// Of the secret in the address.
    pub digest: String,
}

/// Lets in whoever holds the one-time setup address, as long as there is no owner.
#[derive(Clone, Copy, Debug)]
pub struct Setup;

/// What [`Setup`] found out: the secret of the address, for the form's own address.
#[derive(Clone)]
pub struct Holder {
    pub secret: String,
}

impl Guard<State> for AtLeast {
    type By = SignedIn;

    fn class(&self) -> Class {
        Class::Desk(self.0)
    }

    fn admit(&self, state: &State, request: &Request) -> Result<SignedIn, Error> {
        refuse_open_network(request, state.config.server.is_for_show)?;
        match signed_in(state, request)? {
            Some(found) if found.owner.role >= self.0 => Ok(found),
            Some(found) => Err(Error::Forbidden(format!(
                "You are signed in as {}, which this page is not for. Nothing was done. Ask an owner if you need it.",
                found.owner.email
            ))),
            None => Err(Error::SeeOther(login_address(request))),
        }
    }

    /// A form that was sent is not lost with its session: see `kept`.
    fn refuse(&self, state: State, request: Request, body: Incoming, refusal: Error) -> Answer {
        let is_read_by_a_person = Reader::of(&request.path, &request.headers) == Reader::Owner;
        let is_form = request.method == Method::POST && request.path != LOGOUT && is_read_by_a_person;
        let is_kept = is_form && matches!(refusal, Error::SeeOther(_));
        if is_kept { Box::pin(entry::interrupted(state, request, body)) } else { Box::pin(refused(body, refusal)) }
    }
}

async fn refused(body: Incoming, refusal: Error) -> Result<Response, Error> {
    body.discard().await;
    Err(refusal)
}

impl Guard<State> for Gate {
    type By = ();

    fn class(&self) -> Class {
        Class::Public
    }

    fn admit(&self, state: &State, request: &Request) -> Result<(), Error> {
        refuse_open_network(request, state.config.server.is_for_show)
    }
}

impl Guard<State> for Setup {
    type By = Holder;

    fn class(&self) -> Class {
        Class::Setup
    }

    fn admit(&self, state: &State, request: &Request) -> Result<Holder, Error> {
        refuse_open_network(request, state.config.server.is_for_show)?;
        let given: String = request.param("secret")?;
        let Some(secret) = state.setup_secret()? else { return Err(Error::SeeOther("/admin/login".to_owned())) };
        let is_right: bool = given.as_bytes().ct_eq(secret.as_bytes()).into();
        if is_right { Ok(Holder { secret }) } else { Err(Error::SeeOther("/admin/setup".to_owned())) }
    }
}

impl Guard<State> for Regain {
    type By = Regaining;

    fn class(&self) -> Class {
        Class::Setup
    }

    fn admit(&self, state: &State, request: &Request) -> Result<Regaining, Error> {
        refuse_open_network(request, state.config.server.is_for_show)?;
        let given: String = request.param("secret")?;
        let digest = credentials::digest(&given);
        let owner = state.store.read(|r| owner_of_address(&r, &digest, state.clock.now()))?;
        let owner = owner.ok_or_else(|| Error::Conflict(ADDRESS_USED.to_owned()))?;
        Ok(Regaining { email: owner.email, digest })
    }
}

fn refuse_open_network(request: &Request, is_for_show: bool) -> Result<(), Error> {
    if is_for_show || passes(&request.client) {
        return Ok(());
    }
    Err(Error::Forbidden(
        "The admin page is served over HTTPS, or on the server itself. Put a proxy with HTTPS in front, and name it in \
         server.trusted_proxies."
            .to_owned(),
    ))
}

/// Whether a password may come from there: over HTTPS, or from this machine itself.
pub(super) fn passes(client: &Client) -> bool {
    client.secure || client.address.is_loopback()
}

/// The session that the request's cookie opens, if it does.
pub fn signed_in<By>(state: &State, request: &Request<By>) -> Result<Option<SignedIn>, Error> {
    let Some((id, secret)) = Cookies::of(state, request).session(request) else { return Ok(None) };
    let Ok(id) = id.parse::<SessionId>() else { return Ok(None) };
    let found = state.store.read(|r| {
        let Some(session) = r.session(id)? else { return Ok(None) };
        Ok::<_, crate::store::Error>(r.owner(session.owner)?.map(|owner| SignedIn { owner, session }))
    })?;
    let now = state.clock.now();
    Ok(found
        .filter(|found| credentials::matches(secret, &found.session.secret_digest) && is_alive(&found.session, now)))
}

/// The sign-in page, which leads back to where a page was asked for; a form that was sent is not sent again.
fn login_address(request: &Request) -> String {
    if request.method != Method::GET {
        return "/admin/login".to_owned();
    }
    let pairs = request.query.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value)));
    let query = pairs.collect::<Vec<_>>().join("&");
    let target = if query.is_empty() { request.path.clone() } else { format!("{}?{query}", request.path) };
    if target == "/admin" { "/admin/login".to_owned() } else { format!("/admin/login?next={}", encoded(&target)) }
}

/// Text as part of a query.
#[must_use]
pub fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// Where to go after signing in: a path of this site, never another site (`//evil`, `/\evil`) and no header of its own.
#[must_use]
pub fn safe_next(text: &str) -> &str {
    let leads_away = text.starts_with("//") || text.starts_with("/\\");
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic());
    if text.starts_with('/') && !leads_away && plain { text } else { "/admin" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_led_to_another_site_after_signing_in() {
        for (given, expected) in [
            ("/admin/invoices?s=open", "/admin/invoices?s=open"),
            ("", "/admin"),
            ("//evil.example", "/admin"),
            ("/\\evil.example", "/admin"),
            ("https://evil.example", "/admin"),
            ("javascript:alert(1)", "/admin"),
            ("/\t/evil.example", "/admin"),
            ("/admin\r\nset-cookie: a=b", "/admin"),
        ] {
            assert_eq!(safe_next(given), expected, "{given:?}");
        }
    }

    #[test]
    fn a_password_crosses_no_network_in_the_clear() {
        for (address, secure, passes) in
            [("127.0.0.1", false, true), ("::1", false, true), ("192.0.2.7", true, true), ("192.0.2.7", false, false)]
        {
            let mut request = Request::for_test("/admin/login", vec![], &[]);
            request.client.secure = secure;
            request.client.address = address.parse().unwrap_or(std::net::Ipv4Addr::BROADCAST.into());
            assert_eq!(refuse_open_network(&request, false).is_ok(), passes, "{address} {secure}");
            assert!(refuse_open_network(&request, true).is_ok(), "the demo is shown to everybody");
        }
    }

    #[test]
    fn whoever_is_not_signed_in_comes_back_to_the_page_that_was_asked_for() {
        let mut request = Request::for_test("/admin/invoices", vec![], &[]);
        request.query = crate::web::form::Form::parse(b"q=a%26b").unwrap_or_default();
        assert_eq!(login_address(&request), "/admin/login?next=%2Fadmin%2Finvoices%3Fq%3Da%2526b");
        request.method = Method::POST;
        assert_eq!(login_address(&request), "/admin/login");
        assert_eq!(login_address(&Request::for_test("/admin", vec![], &[])), "/admin/login");
    }
}
