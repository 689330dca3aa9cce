//! The two cookies of the owner's browser: the session, and the mark of a browser that signed in before.
//!
//! Where the site's own address is HTTPS, both go over HTTPS only, however the request came: a proxy on this machine that
//! nobody named as trusted must not turn them into cookies that any page over plain HTTP could read. The mark opens
//! nothing. It only says that tries to sign in are counted for this browser and not for strangers, and it is good until
//! the owner's password changes, because it is keyed by what is stored of the password.

use warp::http::{HeaderValue, header};

use crate::actions::owners::AGE_MAX;
use crate::billing::id::SessionId;
use crate::credentials;
use crate::store::Owner;
use crate::web::client_address::Client;
use crate::web::csrf::{is_from, origin_here};
use crate::web::reply::Response;
use crate::web::request::Request;
use crate::web::routes::State;

/// Names of the session and of the mark. The browser keeps the first two only if they were set over HTTPS, without a
/// domain, for the whole site.
const HTTPS: Names = Names { session: "__Host-quittance", mark: "__Host-quittance-browser" };
const LOOPBACK: Names = Names { session: "quittance", mark: "quittance-browser" };
/// Browsers keep no cookie for longer.
const MARK_DAYS: i64 = 400;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Names {
    session: &'static str,
    mark: &'static str,
}

/// How this site and this client use cookies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cookies {
    encrypted: bool,
    /// The request was sent to this machine's own address in the clear, where a browser may hold the plain ones.
    is_here: bool,
}

impl Cookies {
    #[must_use]
    pub fn of<By>(state: &State, request: &Request<By>) -> Self {
        let cookies = Self::between(state.config.server.public_url.is_https(), &request.client);
        // A proxy on this machine may send everything to its own address, so that alone says nothing; the page does from
        // which the browser sent it.
        let here = origin_here(&request.headers).filter(|_| !request.client.secure);
        let came_from_here = here.as_deref().is_some_and(|here| is_from(&request.headers, here));
        Self { encrypted: cookies.encrypted && !came_from_here, is_here: here.is_some() }
    }

    fn between(site_is_https: bool, client: &Client) -> Self {
        Self { encrypted: site_is_https || client.secure, is_here: false }
    }

    fn names(self) -> Names {
        if self.encrypted { HTTPS } else { LOOPBACK }
    }

    /// The session's id and its secret, as the browser gave them.
    pub fn session<By>(self, request: &Request<By>) -> Option<(&str, &str)> {
        let plain = || request.cookie(LOOPBACK.session).filter(|_| self.is_here);
        request.cookie(self.names().session).or_else(plain)?.split_once('.')
    }

    /// The answer that opens a session in the browser.
    #[must_use]
    pub fn with_session(self, response: Response, session: SessionId, secret: &str) -> Response {
        self.with(response, self.names().session, &format!("{session}.{secret}"), AGE_MAX.as_secs())
    }

    /// The answer that ends the session in the browser; the mark stays.
    #[must_use]
    pub fn without_session(self, response: Response) -> Response {
        self.with(response, self.names().session, "", 0)
    }

    /// The answer after which tries from this browser are counted apart.
    #[must_use]
    pub fn with_mark(self, response: Response, owner: &Owner, random: &str) -> Response {
        let mark = format!("{random}.{}", credentials::keyed(&owner.password_hash, &marked(owner, random)));
        self.with(response, self.names().mark, &mark, MARK_DAYS * 24 * 60 * 60)
    }

    /// What the mark of a browser says that this owner signed in with before; `None` for a stranger's.
    pub fn mark<By>(self, request: &Request<By>, owner: &Owner) -> Option<String> {
        let (random, proof) = request.cookie(self.names().mark)?.split_once('.')?;
        let is_ours = credentials::is_keyed(&owner.password_hash, &marked(owner, random), proof);
        is_ours.then(|| random.to_owned())
    }

    /// What tells this browser from others at this site, whoever signed in with it; nothing is proven by it.
    pub fn browser<By>(self, request: &Request<By>) -> Option<String> {
        let (random, _) = request.cookie(self.names().mark)?.split_once('.')?;
        credentials::is_secret(random).then(|| random.to_owned())
    }

    fn with(self, mut response: Response, name: &str, value: &str, seconds: i64) -> Response {
        let only_encrypted = if self.encrypted { "; Secure" } else { "" };
        let cookie = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{only_encrypted}");
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        response
    }
}

fn marked(owner: &Owner, random: &str) -> String {
    format!("browser {} {random}", owner.id)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed assumption should fail the test")]
mod tests {
    use warp::http::HeaderMap;

    use super::{Cookies, HTTPS, LOOPBACK};
    use crate::config::Network;
    use crate::web::admin::guard::passes;
    use crate::web::client_address::{Client, Peer};

    /// Every way in which a request may come: the site's own scheme, the peer, whether it is a trusted proxy, what it says.
    #[test]
    fn cookies_are_encrypted_wherever_the_site_is() {
        let (here, away) = ("127.0.0.1:9", "192.0.2.7:9");
        for (https, peer, trusted, says, enters, names) in [
            (false, here, false, None, true, LOOPBACK),
            (false, here, false, Some("https"), true, LOOPBACK),
            (false, here, true, None, false, LOOPBACK),
            (false, here, true, Some("http"), false, LOOPBACK),
            (false, here, true, Some("https"), true, HTTPS),
            (false, away, false, None, false, LOOPBACK),
            (false, away, false, Some("https"), false, LOOPBACK),
            (false, away, true, Some("https"), true, HTTPS),
            (true, here, false, None, true, HTTPS),
            (true, here, false, Some("http"), true, HTTPS),
            (true, here, true, None, false, HTTPS),
            (true, here, true, Some("http"), false, HTTPS),
            (true, here, true, Some("https"), true, HTTPS),
            (true, away, false, None, false, HTTPS),
            (true, away, false, Some("https"), false, HTTPS),
            (true, away, true, Some("https"), true, HTTPS),
        ] {
            let peer = Peer { address: Some(peer.parse().unwrap()), secure: false };
            let networks: Vec<Network> =
                if trusted { vec![format!("{}/32", peer.address.unwrap().ip()).parse().unwrap()] } else { vec![] };
            let mut headers = HeaderMap::new();
            // A proxy names whom it speaks for, trusted or not.
            headers.insert("x-forwarded-for", "198.51.100.9".parse().unwrap());
            if let Some(says) = says {
                headers.insert("x-forwarded-proto", says.parse().unwrap());
            }
            let client = Client::of(&peer, &headers, &networks);
            let found = (passes(&client), Cookies::between(https, &client).names());
            assert_eq!(found, (enters, names), "https {https} {peer:?} trusted {trusted} {says:?}");
        }
    }
}
