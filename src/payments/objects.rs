//! What Stripe answers, as far as this program reads it.
//!
//! The rule it keeps: reading never fails because Stripe grew. Fields that are not used are not read, every field may
//! be absent, and a word that is not known is kept ([`SessionStatus::Other`] and its like) so that whoever decides sees
//! it and decides against it. Amounts are in Stripe's own scaling; [`super::scale`] turns them into ours.
//!
//! Left to others: every judgement. That a session is paid, ours and for the right sum is `settle`'s to check.

mod account;
mod dispute;
mod event;
mod payment;
mod payout;
mod refund;
mod session;

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde::{Deserialize, de};
use serde_json::Value;

pub use account::{Account, Balance, BalanceAmount, BusinessProfile, Deleted, WebhookEndpoint};
pub use dispute::{Dispute, EarlyFraudWarning, EvidenceDetails, File};
pub use event::{Event, EventData, EventObject};
pub use payment::{
    BalanceTransaction, CaptureMethod, CardDetails, Charge, ChargeOutcome, ChargeStatus, Moved, PaymentError,
    PaymentIntent, PaymentIntentStatus, PaymentMethodDetails,
};
pub use payout::Payout;
pub use refund::{Refund, RefundStatus};
pub use session::{
    CheckoutSession, CustomerDetails, PaymentStatus, PresentmentDetails, SessionMode, SessionStatus, TotalDetails,
};

/// The word of an object's metadata that says which installation made it.
pub const APP: &str = "app";
/// The word that says which number the invoice has.
pub const NUMBER: &str = "number";

/// Whether an object bears the name of this installation.
#[must_use]
pub fn bears(metadata: &BTreeMap<String, String>, appliance: &str) -> bool {
    metadata.get(APP).is_some_and(|name| name == appliance)
}

/// An object that lists can be paged by.
pub trait Identified {
    /// Stripe's id of it, as in `cs_…`.
    fn id(&self) -> Option<&str>;
}

/// A page of a list, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct List<T> {
    pub data: Vec<T>,
    /// Whether older objects follow.
    #[serde(default)]
    pub has_more: bool,
}

/// A reference that Stripe answers as an id or, if asked with `expand`, as the object itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expandable<T> {
    Id(String),
    Object(Box<T>),
}

impl<T> Expandable<T> {
    /// The object, if it was expanded.
    pub fn object(&self) -> Option<&T> {
        match self {
            Self::Id(_) => None,
            Self::Object(object) => Some(object),
        }
    }
}

impl<T: Identified> Expandable<T> {
    /// The id, expanded or not.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Id(id) => Some(id),
            Self::Object(object) => object.id(),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Expandable<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ExpandableVisitor(PhantomData))
    }
}

struct ExpandableVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ExpandableVisitor<T> {
    type Value = Expandable<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an id or an object")
    }

    fn visit_str<E: de::Error>(self, id: &str) -> Result<Self::Value, E> {
        Ok(Expandable::Id(id.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        let object = T::deserialize(MapAccessDeserializer::new(map))?;
        Ok(Expandable::Object(Box::new(object)))
    }
}

/// A text that must not reach a log: an address, a secret, a link that whoever has it may use.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Private(String);

impl Private {
    /// The text itself, for where it is needed.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Private {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("(hidden)")
    }
}

/// Notes that programs attach to Stripe's objects. Absent and `null` are empty; a value that is no text is left out.
fn metadata<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error> {
    let given: Option<BTreeMap<String, Value>> = Option::deserialize(deserializer)?;
    let texts = given.unwrap_or_default().into_iter().filter_map(|(key, value)| match value {
        Value::String(text) => Some((key, text)),
        _ => None,
    });
    Ok(texts.collect())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop where it fails")]
mod tests {
    use super::*;
    use serde_json::{from_str, from_value, json};

    #[test]
    fn a_session_with_everything_expanded_is_read() {
        let session: CheckoutSession = from_value(json!({
            "id": "cs_1", "object": "checkout.session", "mode": "payment", "status": "complete",
            "payment_status": "paid", "livemode": false, "client_reference_id": "att_1", "amount_total": 19_040,
            "currency": "eur", "created": 1_800_000_000, "expires_at": 1_800_007_200, "url": null,
            "metadata": {"app": "a", "invoice": "inv_1"}, "customer_details": {"email": "payer@example.com"},
            "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
            "payment_intent": {
                "id": "pi_1", "object": "payment_intent", "status": "succeeded", "amount": 19_040,
                "amount_received": 19_040, "currency": "eur", "capture_method": "automatic_async",
                "latest_charge": {
                    "id": "ch_1", "object": "charge", "status": "succeeded", "paid": true, "captured": true,
                    "amount_captured": 19_040, "payment_intent": "pi_1", "balance_transaction": null,
                    "payment_method_details": {"type": "card", "card": {"brand": "visa", "last4": "4242"}}
                }
            }
        }))
        .unwrap();
        assert_eq!(session.status, Some(SessionStatus::Complete));
        assert_eq!(session.payment_status, Some(PaymentStatus::Paid));
        assert_eq!(session.metadata["invoice"], "inv_1");
        let reference = session.payment_intent.unwrap();
        assert_eq!(reference.id(), Some("pi_1"));
        let intent = reference.object().unwrap();
        assert_eq!(intent.capture_method, Some(CaptureMethod::AutomaticAsync));
        let charge = intent.latest_charge.as_ref().and_then(Expandable::object).unwrap();
        assert_eq!(charge.status, Some(ChargeStatus::Succeeded));
        assert_eq!(charge.balance_transaction, None);
        let method = charge.payment_method_details.clone().unwrap();
        assert_eq!((method.kind.as_deref(), method.card.unwrap().last4.as_deref()), (Some("card"), Some("4242")));
    }

    #[test]
    fn i3_unknown_words_and_fields_are_kept_or_skipped_never_an_error() {
        let session: CheckoutSession = from_str(
            r#"{"id":"cs_1","status":"frozen","payment_status":"half_paid","mode":"barter","news":{"a":[1]},
                "metadata":{"n":1,"t":"x"},"payment_intent":"pi_9"}"#,
        )
        .unwrap();
        assert_eq!(session.status, Some(SessionStatus::Other("frozen".into())));
        assert_eq!(session.payment_status, Some(PaymentStatus::Other("half_paid".into())));
        assert_eq!(session.mode, Some(SessionMode::Other("barter".into())));
        assert_eq!(session.metadata.get("t").map(String::as_str), Some("x"));
        assert_eq!(session.metadata.get("n"), None);
        let intent = session.payment_intent.unwrap();
        assert_eq!((intent.id(), intent.object()), (Some("pi_9"), None));
    }

    #[test]
    fn i3_every_field_may_be_absent_or_null() {
        let nulls = r#"{"id":null,"metadata":null,"status":null,"payment_method_types":null,"latest_charge":null}"#;
        for text in ["{}", nulls] {
            from_str::<CheckoutSession>(text).unwrap();
            from_str::<PaymentIntent>(text).unwrap();
            from_str::<Charge>(text).unwrap();
            from_str::<BalanceTransaction>(text).unwrap();
            from_str::<Payout>(text).unwrap();
            from_str::<Event>(text).unwrap();
            from_str::<Account>(text).unwrap();
            from_str::<Balance>(text).unwrap();
            from_str::<WebhookEndpoint>(text).unwrap();
            from_str::<Dispute>(text).unwrap();
            from_str::<EarlyFraudWarning>(text).unwrap();
        }
    }

    #[test]
    fn a_list_is_read_and_something_else_is_no_list() {
        let list: List<Charge> = from_str(r#"{"object":"list","data":[{"id":"ch_1"}],"has_more":true}"#).unwrap();
        assert_eq!((list.data.len(), list.has_more), (1, true));
        assert!(from_str::<List<Charge>>(r#"{"error":{}}"#).is_err());
    }

    #[test]
    fn addresses_links_and_secrets_do_not_show_in_debug() {
        let session: CheckoutSession = from_str(
            r#"{"url":"https://checkout.stripe.com/c/pay/secret","customer_details":{"email":"payer@example.com"}}"#,
        )
        .unwrap();
        let endpoint: WebhookEndpoint = from_str(r#"{"secret":"whsec_1"}"#).unwrap();
        let shown = format!("{session:?} {endpoint:?}");
        for hidden in ["checkout.stripe.com", "payer@", "whsec_"] {
            assert!(!shown.contains(hidden), "{hidden}");
        }
        assert_eq!(endpoint.secret.unwrap().reveal(), "whsec_1");
    }

    #[test]
    fn a_decline_says_why() {
        let intent: PaymentIntent = from_str(
            r#"{"status":"requires_payment_method","last_payment_error":
                {"code":"card_declined","decline_code":"insufficient_funds","charge":"ch_1","message":"No.","type":"card_error"}}"#,
        )
        .unwrap();
        assert_eq!(intent.status, Some(PaymentIntentStatus::RequiresPaymentMethod));
        let error = intent.last_payment_error.unwrap();
        assert_eq!(error.decline_code.as_deref(), Some("insufficient_funds"));
        assert_eq!(error.charge.as_deref(), Some("ch_1"));
    }
}
