//! What it takes to speak to Stripe: a key, and where Stripe is.
//!
//! The rule it keeps: the key shows nowhere. It has no `Display`, its `Debug` says only what kind it is, and only the
//! transport may read it.

use std::fmt;
use std::str::FromStr;

use reqwest::Url;

/// Stripe's keys are about a hundred characters; more is something else.
const KEY_CHARS_MAX: usize = 255;

/// Who asks, where, and on whose behalf.
#[derive(Clone, Debug)]
pub struct Access {
    pub secret_key: SecretKey,
    /// Where the API is, if not at Stripe: a stand-in or a relay that the owner configured.
    pub api_base: Option<Origin>,
    /// Which installation this is.
    pub appliance: String,
}

/// A secret key (`sk_…`) or a restricted one (`rk_…`).
#[derive(Clone, PartialEq, Eq)]
pub struct SecretKey(String);

/// Why a text is no secret key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAKey {
    #[error("this is Stripe's publishable key (pk_…); the secret key (sk_… or rk_…) is needed")]
    Publishable,
    #[error("this is a webhook secret (whsec_…); the secret key (sk_… or rk_…) is needed")]
    Webhook,
    #[error("a Stripe secret key begins with sk_ or rk_; copy it from Developers, API keys, at Stripe")]
    Prefix,
    #[error("the Stripe secret key is cut short or has other characters in it; copy it again from Stripe")]
    Damaged,
}

impl SecretKey {
    /// Takes the text as Stripe shows it; space around it is left out.
    pub fn new(text: &str) -> Result<Self, NotAKey> {
        let text = text.trim();
        if text.starts_with("pk_") {
            return Err(NotAKey::Publishable);
        }
        if text.starts_with("whsec_") {
            return Err(NotAKey::Webhook);
        }
        let rest = text.strip_prefix("sk_").or_else(|| text.strip_prefix("rk_")).ok_or(NotAKey::Prefix)?;
        // A key shown in part is written with asterisks.
        let plain = rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
        if rest.is_empty() || !plain || text.len() > KEY_CHARS_MAX {
            return Err(NotAKey::Damaged);
        }
        Ok(Self(text.to_owned()))
    }

    /// Whether the key moves real money.
    pub fn is_live(&self) -> bool {
        self.0.split('_').any(|part| part == "live")
    }

    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.is_live() { "SecretKey(live, hidden)" } else { "SecretKey(test, hidden)" })
    }
}

/// Scheme, host and port, as in `http://127.0.0.1:12111`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(String);

/// Why a text is no origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write where the Stripe API is as https://HOST or http://HOST:PORT, without a path")]
pub struct NotAnOrigin;

impl FromStr for Origin {
    type Err = NotAnOrigin;

    fn from_str(text: &str) -> Result<Self, NotAnOrigin> {
        let url = Url::parse(text.trim()).map_err(|_| NotAnOrigin)?;
        let web = matches!(url.scheme(), "http" | "https") && url.has_host();
        let nothing_else = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        let nobody = url.username().is_empty() && url.password().is_none();
        if web && nothing_else && nobody { Ok(Self(url.origin().ascii_serialization())) } else { Err(NotAnOrigin) }
    }
}

impl Origin {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop where it fails")]
mod tests {
    use super::*;

    #[test]
    fn keys_are_told_from_what_looks_like_keys_and_live_from_test() {
        for (text, live) in [
            ("sk_test_1", false),
            ("rk_test_1", false),
            ("sk_live_1", true),
            (" rk_live_1\n", true),
            ("sk_org_live_1", true),
        ] {
            assert_eq!(SecretKey::new(text).map(|key| key.is_live()), Ok(live), "{text}");
        }
        for (text, why) in [
            ("", NotAKey::Prefix),
            ("pk_live_1", NotAKey::Publishable),
            ("whsec_1", NotAKey::Webhook),
            ("sk_", NotAKey::Damaged),
            ("sk_test_a b", NotAKey::Damaged),
            ("sk_test_***1234", NotAKey::Damaged),
            ("sk_test_\u{e9}", NotAKey::Damaged),
            (&format!("sk_test_{}", "a".repeat(KEY_CHARS_MAX)), NotAKey::Damaged),
        ] {
            assert_eq!(SecretKey::new(text), Err(why), "{text}");
        }
    }

    #[test]
    fn the_key_does_not_show() {
        let access = Access {
            secret_key: SecretKey::new("sk_live_do_not_show").unwrap(),
            api_base: None,
            appliance: "4d0c".into(),
        };
        let shown = format!("{access:?}");
        assert!(shown.contains("live, hidden") && !shown.contains("do_not_show"), "{shown}");
    }

    #[test]
    fn an_origin_is_scheme_host_and_port_and_nothing_else() {
        for (text, origin) in [
            ("https://api.stripe.com", "https://api.stripe.com"),
            ("http://127.0.0.1:12111/", "http://127.0.0.1:12111"),
            ("https://Stripe.Example.com:443", "https://stripe.example.com"),
        ] {
            assert_eq!(text.parse::<Origin>().unwrap().as_str(), origin);
        }
        for text in ["", "api.stripe.com", "ftp://a", "https://a/v1", "https://a?x", "https://a#x", "https://u:p@a"] {
            assert_eq!(text.parse::<Origin>(), Err(NotAnOrigin), "{text}");
        }
    }
}
