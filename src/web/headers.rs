//! The headers that keep browsers strict, added once, after everything else, so that errors carry them too.
//!
//! No policy needs `unsafe-…`: pages have no inline script, style or handler. The public page alone may post to another
//! origin, because browsers hold `form-action` against the redirect that follows the Pay button.

use warp::http::{HeaderMap, HeaderName, HeaderValue, header};

/// Where Stripe's own pages are.
pub const STRIPE_CHECKOUT: &str = "https://checkout.stripe.com";

/// What every page may do: load from us, be framed by nobody, run no text as script.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
     base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
/// For what is no page: if a browser shows it all the same, it is inert.
const INERT_POLICY: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// A browser's powers, none of which an invoice needs.
const PERMISSIONS: &str = "accelerometer=(), autoplay=(), camera=(), display-capture=(), encrypted-media=(), fullscreen=(), \
     geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), publickey-credentials-get=(self), \
     screen-wake-lock=(), usb=(), xr-spatial-tracking=()";
/// A year, and for the one name that was visited: whoever serves invoices at `example.com` has other machines below it, which
/// nobody was asked about. The site itself goes back to no encryption in no case: its cookies, links and Stripe want HTTPS.
const HSTS: &str = "max-age=31536000";

/// Which part of the site an answer belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surface {
    Admin,
    Public,
    Assets,
    Api,
}

impl Surface {
    /// Told by the path, so that what is not found has one, too.
    #[must_use]
    pub fn of(path: &str) -> Self {
        match path.split('/').nth(1).unwrap_or_default() {
            "admin" | "setup" => Self::Admin,
            "a" => Self::Assets,
            "api" | "webhooks" | "healthz" | "readyz" | "metrics" => Self::Api,
            _ => Self::Public,
        }
    }
}

/// The finished headers of each surface.
#[derive(Clone, Debug)]
pub struct Headers {
    admin: HeaderMap,
    public: HeaderMap,
    assets: HeaderMap,
    api: HeaderMap,
    over_tls: bool,
}

impl Headers {
    /// `checkout_origins` are added to Stripe's own in the public page's `form-action`; `over_tls` says that we serve TLS
    /// ourselves, and only then may we promise it for a year, to whoever came that way.
    #[must_use]
    pub fn new(checkout_origins: &[String], over_tls: bool) -> Self {
        let mut targets = vec!["'self'", STRIPE_CHECKOUT];
        // What is no origin could add a directive: it is left out, and the Pay button says so.
        targets.extend(
            checkout_origins
                .iter()
                .map(String::as_str)
                .filter(|origin| is_origin(origin) && *origin != STRIPE_CHECKOUT),
        );
        let admin = format!("{PAGE_POLICY}; form-action 'self'");
        let public = format!("{PAGE_POLICY}; form-action {}", targets.join(" "));
        Self {
            admin: headers(&admin, "same-origin", true),
            // The link is the key to the invoice: no other site may learn it.
            public: headers(&public, "no-referrer", true),
            assets: headers(INERT_POLICY, "no-referrer", false),
            api: headers(INERT_POLICY, "no-referrer", true),
            over_tls,
        }
    }

    /// Adds what `answer` does not say itself. `came_by_tls`: over our own encryption, not a proxy's.
    pub fn add_to(&self, answer: &mut HeaderMap, surface: Surface, came_by_tls: bool) {
        let own = match surface {
            Surface::Admin => &self.admin,
            Surface::Public => &self.public,
            Surface::Assets => &self.assets,
            Surface::Api => &self.api,
        };
        for (name, value) in own {
            answer.entry(name).or_insert_with(|| value.clone());
        }
        if self.over_tls && came_by_tls {
            answer.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(HSTS));
        }
    }
}

fn is_origin(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b":/.-[]".contains(&byte);
    (text.starts_with("https://") || text.starts_with("http://")) && text.bytes().all(plain)
}

fn headers(policy: &str, referrer: &'static str, is_private: bool) -> HeaderMap {
    let mut map = HeaderMap::new();
    if let Ok(policy) = HeaderValue::from_str(policy) {
        map.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    let fixed =
        |name: &'static str, value: &'static str| (HeaderName::from_static(name), HeaderValue::from_static(value));
    map.extend([
        fixed("x-content-type-options", "nosniff"),
        fixed("referrer-policy", referrer),
        fixed("cross-origin-opener-policy", "same-origin"),
        fixed("cross-origin-resource-policy", "same-origin"),
        fixed("permissions-policy", PERMISSIONS),
    ]);
    if is_private {
        map.extend([fixed("x-robots-tag", "noindex, nofollow, noarchive")]);
    }
    map
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed assumption should fail the test")]
mod tests {
    use super::{HeaderMap, Headers, Surface};

    fn sent(surface: Surface, over_tls: bool, came_by_tls: bool) -> HeaderMap {
        let origins =
            ["https://pay.example.com", "http://127.0.0.1:4242", "https://x; script-src *"].map(str::to_owned);
        let mut map = HeaderMap::new();
        Headers::new(&origins, over_tls).add_to(&mut map, surface, came_by_tls);
        map
    }

    #[test]
    fn only_the_public_page_may_post_to_the_checkout() {
        let action = |surface| {
            let headers = sent(surface, false, false);
            let policy = headers["content-security-policy"].to_str().unwrap();
            policy.split("; ").find(|directive| directive.starts_with("form-action")).unwrap().to_owned()
        };
        assert_eq!(action(Surface::Admin), "form-action 'self'");
        assert_eq!(action(Surface::Api), "form-action 'none'");
        let public = "form-action 'self' https://checkout.stripe.com https://pay.example.com http://127.0.0.1:4242";
        assert_eq!(action(Surface::Public), public);
    }

    #[test]
    fn every_surface_is_strict() {
        for (surface, referrer, robots) in [
            (Surface::Admin, "same-origin", true),
            (Surface::Public, "no-referrer", true),
            (Surface::Assets, "no-referrer", false),
            (Surface::Api, "no-referrer", true),
        ] {
            let headers = sent(surface, true, false);
            let policy = headers["content-security-policy"].to_str().unwrap();
            assert!(policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
            assert!(!policy.contains("unsafe") && !policy.contains('*') && !policy.contains("  "), "{policy}");
            let mut loads = policy.split("; ").filter(|directive| !directive.starts_with("form-action"));
            assert!(loads.all(|directive| !directive.contains("//")), "nothing comes from elsewhere: {policy}");
            for name in ["cross-origin-opener-policy", "cross-origin-resource-policy"] {
                assert_eq!(headers[name], "same-origin");
            }
            assert!(headers["permissions-policy"].to_str().unwrap().contains("camera=(), "));
            assert_eq!(headers["referrer-policy"], referrer);
            assert_eq!(headers["x-content-type-options"], "nosniff");
            assert_eq!(headers.contains_key("x-robots-tag"), robots);
            assert!(!headers.contains_key("strict-transport-security"));
            assert!(!sent(surface, false, true).contains_key("strict-transport-security"), "a proxy's business");
            assert_eq!(sent(surface, true, true)["strict-transport-security"], "max-age=31536000", "for no other host");
        }
    }

    #[test]
    fn an_answer_may_be_stricter() {
        let mut answer = HeaderMap::from_iter([(super::header::CONTENT_SECURITY_POLICY, "sandbox".parse().unwrap())]);
        Headers::new(&[], false).add_to(&mut answer, Surface::Public, false);
        assert_eq!(answer["content-security-policy"], "sandbox");
        assert_eq!(answer["x-content-type-options"], "nosniff");
    }

    #[test]
    fn the_surface_is_told_by_the_path() {
        for (path, expected) in [
            ("/i/token", Surface::Public),
            ("/", Surface::Public),
            ("/admin", Surface::Admin),
            ("/admin/invoices", Surface::Admin),
            ("/administration", Surface::Public),
            ("/setup/x", Surface::Admin),
            ("/a/12345678/app.css", Surface::Assets),
            ("/api/v1/invoices", Surface::Api),
            ("*", Surface::Public),
        ] {
            assert_eq!(Surface::of(path), expected, "{path}");
        }
    }
}
