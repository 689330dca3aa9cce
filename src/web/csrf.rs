//! Which requests another site may not make the visitor's browser send.
//!
//! Every browser says where a request comes from: `Sec-Fetch-Site` (since 2020 to 2023), `Origin` before that. What says
//! neither is no browser and carries nobody's session; for pages of the owner it is refused all the same. Header rules
//! in the fetch standard make both impossible to forge from a page.

use std::net::IpAddr;

use warp::http::uri::Authority;
use warp::http::{HeaderMap, header};

use super::error::Error;

/// How strictly a changing request is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Csrf {
    /// Nothing is changed by `GET`: a safe method needs no check.
    Safe,
    /// Only our own pages may send it.
    SameOrigin,
    /// The Pay button: mail programs and printed QR codes lead to it in ways that hide the origin, and it changes nothing
    /// that a payer would mind. Only what is certainly another site is refused.
    Checkout,
    /// Not checked, with the reason: whoever sends it proves itself by something that no browser adds by itself.
    Exempt(&'static str),
}

impl Csrf {
    /// Refuses what another site had the browser send. `origin` is our public origin, `https://pay.example`.
    pub fn check(self, headers: &HeaderMap, origin: &str) -> Result<(), Error> {
        let here = origin_here(headers);
        let came_from_here = here.as_deref().is_some_and(|here| is_from(headers, here));
        // Whoever works on this machine itself opens it by another address than its public one.
        let origin = here.as_deref().filter(|_| came_from_here).unwrap_or(origin);
        let allowed = match self {
            Self::Safe | Self::Exempt(_) => true,
            Self::SameOrigin => is_same_origin(headers, origin),
            Self::Checkout => !is_foreign(headers, origin),
        };
        if allowed { Ok(()) } else { Err(Error::CrossSite) }
    }
}

/// The origin of this machine's own address, if that is what the request was sent to. No page of another machine has it.
#[must_use]
pub fn origin_here(headers: &HeaderMap) -> Option<String> {
    let Value::One(host) = only(headers, header::HOST.as_str()) else { return None };
    let authority = host.parse::<Authority>().ok()?;
    let name = authority.host().trim_start_matches('[').trim_end_matches(']');
    let is_here = name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    is_here.then(|| format!("http://{host}"))
}

/// Whether the browser says that a page of `origin` sent the request.
#[must_use]
pub fn is_from(headers: &HeaderMap, origin: &str) -> bool {
    matches!(only(headers, header::ORIGIN.as_str()), Value::One(from) if same(from, origin))
}

fn is_same_origin(headers: &HeaderMap, origin: &str) -> bool {
    match only(headers, "sec-fetch-site") {
        Value::One(site) => site == "same-origin",
        Value::Absent => matches!(only(headers, header::ORIGIN.as_str()), Value::One(from) if same(from, origin)),
        Value::Unclear => false,
    }
}

fn is_foreign(headers: &HeaderMap, origin: &str) -> bool {
    match only(headers, "sec-fetch-site") {
        Value::One(site) => site == "cross-site",
        Value::Absent => match only(headers, header::ORIGIN.as_str()) {
            Value::One(from) => from != "null" && !same(from, origin),
            Value::Absent => false,
            Value::Unclear => true,
        },
        Value::Unclear => true,
    }
}

/// Browsers write origins in lower case, people who configure one may not.
fn same(from: &str, origin: &str) -> bool {
    from.eq_ignore_ascii_case(origin)
}

enum Value<'a> {
    Absent,
    One(&'a str),
    /// Several headers, or one that is no text: no browser sends that.
    Unclear,
}

fn only<'a>(headers: &'a HeaderMap, name: &str) -> Value<'a> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Value::Absent,
        (Some(value), None) => value.to_str().map_or(Value::Unclear, Value::One),
        (Some(_), Some(_)) => Value::Unclear,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed assumption should fail the test")]
mod tests {
    use super::{Csrf, HeaderMap};

    fn allowed(class: Csrf, headers: &[(&'static str, &str)]) -> bool {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        class.check(&map, "https://pay.example").is_ok()
    }

    #[test]
    fn each_class_refuses_what_it_should() {
        let (site, origin) = ("sec-fetch-site", "origin");
        let (own, foreign) = ("https://pay.example", "https://evil.example");
        // What the request says, then whether `SameOrigin` and `Checkout` let it through.
        for (headers, same_origin, checkout) in [
            (vec![(site, "same-origin")], true, true),
            (vec![(site, "same-site")], false, true),
            (vec![(site, "none")], false, true),
            (vec![(site, "cross-site")], false, false),
            (vec![(site, "cross-site"), (origin, own)], false, false),
            (vec![(site, "same-origin"), (origin, foreign)], true, true),
            (vec![(site, "same-origin"), (site, "same-origin")], false, false),
            (vec![(origin, own)], true, true),
            (vec![(origin, "HTTPS://Pay.Example")], true, true),
            (vec![(origin, "http://pay.example")], false, false),
            (vec![(origin, "https://pay.example:8443")], false, false),
            (vec![(origin, "https://pay.example.evil")], false, false),
            (vec![(origin, foreign)], false, false),
            (vec![(origin, "null")], false, true),
            (vec![(origin, own), (origin, foreign)], false, false),
            (vec![], false, true),
        ] {
            assert_eq!(allowed(Csrf::SameOrigin, &headers), same_origin, "same origin: {headers:?}");
            assert_eq!(allowed(Csrf::Checkout, &headers), checkout, "checkout: {headers:?}");
            assert!(allowed(Csrf::Exempt("signed"), &headers) && allowed(Csrf::Safe, &headers));
        }
    }

    #[test]
    fn whoever_works_on_this_machine_may_use_its_own_address() {
        for (host, origin, expected) in [
            ("127.0.0.1:8080", "http://127.0.0.1:8080", true),
            ("localhost:8080", "http://localhost:8080", true),
            ("[::1]:8080", "http://[::1]:8080", true),
            ("127.0.0.1:8080", "http://127.0.0.1:9090", false),
            ("127.0.0.1:8080", "https://127.0.0.1:8080", false),
            ("127.0.0.1:8080", "http://evil.example", false),
            ("evil.example", "http://evil.example", false),
            ("127.0.0.1.evil.example", "http://127.0.0.1.evil.example", false),
        ] {
            assert_eq!(allowed(Csrf::SameOrigin, &[("host", host), ("origin", origin)]), expected, "{host} {origin}");
        }
    }
}
