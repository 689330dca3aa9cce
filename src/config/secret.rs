//! Secrets, as types that cannot be empty, cannot be printed and cannot be mistaken for one another.
//!
//! An empty webhook secret would let anybody sign: HMAC takes an empty key without a word. Here it cannot be built.

use std::fmt;
use std::str::FromStr;

use super::error::Flaw;

pub(super) const STRIPE_KEY: &str = "a Stripe key that starts with sk_test_, sk_live_, rk_test_ or rk_live_";
pub(super) const WEBHOOK_SECRET: &str = "a webhook signing secret that starts with whsec_";

/// Stripe's are far shorter; longer ones are a file pasted by mistake.
const SECRET_BYTES_MAX: usize = 512;

/// How many characters of a key may be shown, for a person to tell two keys apart.
const SHOWN_AT_END: usize = 4;

/// A key with fewer characters after its beginning than this shows none of them.
const SHOWN_ONLY_IF_LONGER: usize = 12;

/// A text that must not be seen. Never empty.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// `None` if `text` is empty.
    pub fn new(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| Self(text.to_owned()))
    }

    /// The text itself: for the one call that needs it, never for a message.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// Whether money is real.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StripeMode {
    Test,
    Live,
}

/// A secret or restricted API key. Shows only [`StripeKey::masked`].
#[derive(Clone, PartialEq, Eq)]
pub struct StripeKey {
    secret: Secret,
    beginning: &'static str,
    mode: StripeMode,
}

const BEGINNINGS: [(&str, StripeMode); 4] = [
    ("sk_test_", StripeMode::Test),
    ("rk_test_", StripeMode::Test),
    ("sk_live_", StripeMode::Live),
    ("rk_live_", StripeMode::Live),
];

impl StripeKey {
    pub fn mode(&self) -> StripeMode {
        self.mode
    }

    /// A restricted key can lack permissions that Quittance needs.
    pub fn is_restricted(&self) -> bool {
        self.beginning.starts_with("rk_")
    }

    pub fn expose(&self) -> &str {
        self.secret.expose()
    }

    /// Enough to recognise the key by, such as `sk_test_…4242`.
    pub fn masked(&self) -> String {
        let body = self.expose().get(self.beginning.len()..).unwrap_or_default();
        let end = if body.len() >= SHOWN_ONLY_IF_LONGER { &body[body.len() - SHOWN_AT_END..] } else { "" };
        format!("{}…{end}", self.beginning)
    }
}

impl FromStr for StripeKey {
    type Err = Flaw;

    fn from_str(text: &str) -> Result<Self, Flaw> {
        let flaw = |hint| Flaw::of_secret(STRIPE_KEY, hint);
        if let Some(hint) = common_flaw(text) {
            return Err(flaw(hint));
        }
        let Some((beginning, mode)) = BEGINNINGS.into_iter().find(|(beginning, _)| text.starts_with(beginning)) else {
            return Err(flaw(what_it_is_instead(text)));
        };
        if text == beginning {
            return Err(flaw("only its beginning is there, copy all of it"));
        }
        let secret = Secret::new(text).ok_or_else(|| flaw("it is empty"))?;
        Ok(Self { secret, beginning, mode })
    }
}

impl fmt::Debug for StripeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

/// The secret that one webhook endpoint signs with.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookSecret(Secret);

impl WebhookSecret {
    /// The whole text: Stripe keys its HMAC with all of it, `whsec_` included.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl FromStr for WebhookSecret {
    type Err = Flaw;

    fn from_str(text: &str) -> Result<Self, Flaw> {
        let flaw = |hint| Flaw::of_secret(WEBHOOK_SECRET, hint);
        if let Some(hint) = common_flaw(text) {
            return Err(flaw(hint));
        }
        match text.strip_prefix("whsec_") {
            None => Err(flaw(what_it_is_instead(text))),
            Some("") => Err(flaw("only its beginning is there, copy all of it")),
            Some(_) => Secret::new(text).map(Self).ok_or_else(|| flaw("it is empty")),
        }
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("whsec_…")
    }
}

/// What no secret of Stripe's can be. Each becomes a header or a key, and is cut by bytes: printable ASCII only.
fn common_flaw(text: &str) -> Option<&'static str> {
    if text.is_empty() {
        Some("it is empty, remove it if there is none")
    } else if text.len() > SECRET_BYTES_MAX {
        Some("it is far too long, copy only the secret itself")
    } else if !text.bytes().all(|b| b.is_ascii_graphic()) {
        Some("it has a space, line break or foreign character in it, copy it again")
    } else {
        None
    }
}

/// The usual mix-ups, told without a letter of the secret.
fn what_it_is_instead(text: &str) -> &'static str {
    if text.starts_with("pk_") {
        "this is the publishable key, copy the secret key beside it"
    } else if text.starts_with("whsec_") {
        "this is a webhook signing secret, it belongs in stripe.webhook_secrets"
    } else if text.starts_with("sk_") || text.starts_with("rk_") {
        "this is an API key of another kind, copy the one that the dashboard shows under API keys or Webhooks"
    } else {
        "this one starts differently"
    }
}

#[cfg(test)]
mod tests {
    use super::{Secret, StripeKey, StripeMode, WebhookSecret};

    #[test]
    fn a_key_knows_its_mode_and_hides_itself() {
        let rows = [
            ("sk_test_51Habcdefgh4242", StripeMode::Test, false, "sk_test_…4242"),
            ("rk_test_51Habcdefgh4242", StripeMode::Test, true, "rk_test_…4242"),
            ("sk_live_51Habcdefgh4242", StripeMode::Live, false, "sk_live_…4242"),
            ("rk_live_short", StripeMode::Live, true, "rk_live_…"),
        ];
        for (text, mode, is_restricted, masked) in rows {
            let key: StripeKey = text.parse().unwrap();
            assert_eq!((key.mode(), key.is_restricted(), key.masked()), (mode, is_restricted, masked.to_owned()));
            assert_eq!(format!("{key:?}"), masked);
            assert_eq!(key.expose(), text);
        }
    }

    #[test]
    fn a_wrong_key_is_described_and_never_shown() {
        let rows = [
            ("", "it is empty, remove it if there is none"),
            ("sk_test_", "only its beginning is there, copy all of it"),
            ("pk_test_hunter2", "this is the publishable key, copy the secret key beside it"),
            ("whsec_hunter2", "this is a webhook signing secret, it belongs in stripe.webhook_secrets"),
            ("SK_TEST_hunter2", "this one starts differently"),
            ("sk_test_hun ter2", "it has a space, line break or foreign character in it, copy it again"),
            ("sk_test_hunter2\nx", "it has a space, line break or foreign character in it, copy it again"),
            ("sk_test_hunter2…", "it has a space, line break or foreign character in it, copy it again"),
        ];
        for (text, hint) in rows {
            let sentence = text.parse::<StripeKey>().unwrap_err().to_string();
            assert_eq!(
                sentence,
                format!("must be a Stripe key that starts with sk_test_, sk_live_, rk_test_ or rk_live_; {hint}")
            );
        }
        assert!("sk_test_".to_owned().repeat(65).parse::<StripeKey>().is_err());
    }

    #[test]
    fn a_webhook_secret_cannot_be_empty() {
        for text in ["", "whsec_", " whsec_a", "sk_test_abc", "whsec_a b"] {
            assert!(text.parse::<WebhookSecret>().is_err(), "{text:?}");
        }
        let secret: WebhookSecret = "whsec_a+/=".parse().unwrap();
        assert_eq!((secret.expose(), format!("{secret:?}").as_str()), ("whsec_a+/=", "whsec_…"));
    }

    #[test]
    fn a_secret_prints_nothing() {
        let secret = Secret::new("hunter2").unwrap();
        assert_eq!(format!("{secret} {secret:?}"), "… …");
        assert_eq!(Secret::new(""), None);
    }
}
