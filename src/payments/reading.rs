//! What settling asks of Stripe's objects, in one word each. A field that is missing never reads as a yes.

use super::objects::{
    Charge, CheckoutSession, Expandable, PaymentIntent, PaymentIntentStatus, PaymentStatus, SessionStatus,
};

impl CheckoutSession {
    /// `cs_…`.
    pub fn name(&self) -> &str {
        self.id.as_deref().unwrap_or_default()
    }

    pub fn is_open(&self) -> bool {
        self.status == Some(SessionStatus::Open)
    }

    pub fn is_expired(&self) -> bool {
        self.status == Some(SessionStatus::Expired)
    }

    pub fn is_complete(&self) -> bool {
        self.status == Some(SessionStatus::Complete)
    }

    /// Complete, and the money is there.
    pub fn is_paid(&self) -> bool {
        self.is_complete() && self.payment_status != Some(PaymentStatus::Unpaid) && self.payment_status.is_some()
    }

    /// The PaymentIntent, if it was expanded.
    pub fn intent(&self) -> Option<&PaymentIntent> {
        self.payment_intent.as_ref().and_then(Expandable::object)
    }

    /// `pi_…`, expanded or not.
    pub fn intent_name(&self) -> Option<&str> {
        self.payment_intent.as_ref().and_then(Expandable::id)
    }

    pub fn address(&self) -> Option<&str> {
        self.url.as_ref().map(super::objects::Private::reveal)
    }

    pub fn payer_email(&self) -> Option<&str> {
        self.customer_details.as_ref()?.email.as_ref().map(super::objects::Private::reveal)
    }
}

impl PaymentIntent {
    /// What it is paid with, in Stripe's word; known once there is a charge.
    pub fn method(&self) -> Option<&str> {
        self.charge()?.payment_method_details.as_ref()?.kind.as_deref()
    }

    /// `pi_…`.
    pub fn name(&self) -> &str {
        self.id.as_deref().unwrap_or_default()
    }

    pub fn has_succeeded(&self) -> bool {
        self.status == Some(PaymentIntentStatus::Succeeded)
    }

    /// Whether the last try has failed and none is under way.
    pub fn has_failed(&self) -> bool {
        matches!(self.status, Some(PaymentIntentStatus::RequiresPaymentMethod | PaymentIntentStatus::Canceled))
    }

    /// The latest charge, if it was expanded.
    pub fn charge(&self) -> Option<&Charge> {
        self.latest_charge.as_ref().and_then(Expandable::object)
    }
}

impl Charge {
    /// `ch_…`.
    pub fn name(&self) -> &str {
        self.id.as_deref().unwrap_or_default()
    }

    pub fn has_succeeded(&self) -> bool {
        self.status == Some(super::objects::ChargeStatus::Succeeded)
    }

    /// Whether Stripe's fraud check wants a person to look at it. The money is there all the same.
    pub fn is_in_review(&self) -> bool {
        let kind = self.outcome.as_ref().and_then(|outcome| outcome.kind.as_deref());
        self.review.is_some() || kind == Some("manual_review")
    }

    /// `pi_…` of the PaymentIntent that it belongs to.
    pub fn intent_name(&self) -> Option<&str> {
        self.payment_intent.as_ref().and_then(Expandable::id)
    }
}
