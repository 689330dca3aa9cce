//! How a payer can pay: Stripe's test cards (docs.stripe.com/testing) and a debit that takes days.

use serde_json::{Value, json};

/// A test card, by what becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Card {
    /// 4242 4242 4242 4242: pays.
    Visa,
    /// 5555 5555 5555 4444: pays.
    Mastercard,
    /// 4000 0027 6000 3184: asks for 3-D Secure, then pays.
    Secure,
    /// 4000 0000 0000 9995: declined, `insufficient_funds`.
    InsufficientFunds,
    /// 4000 0000 0000 0002: declined, `generic_decline`.
    Declined,
    /// 4000 0000 0000 0259: pays, and is disputed at once.
    Disputed,
    /// 4000 0000 0000 0069: declined, `expired_card`.
    Expired,
}

impl Card {
    /// In the order in which the page offers them.
    pub const ALL: [Self; 7] = [
        Self::Visa,
        Self::InsufficientFunds,
        Self::Secure,
        Self::Disputed,
        Self::Mastercard,
        Self::Declined,
        Self::Expired,
    ];

    pub fn number(self) -> &'static str {
        match self {
            Self::Visa => "4242 4242 4242 4242",
            Self::Mastercard => "5555 5555 5555 4444",
            Self::Secure => "4000 0027 6000 3184",
            Self::InsufficientFunds => "4000 0000 0000 9995",
            Self::Declined => "4000 0000 0000 0002",
            Self::Disputed => "4000 0000 0000 0259",
            Self::Expired => "4000 0000 0000 0069",
        }
    }

    pub(super) fn by_number(number: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|card| card.number() == number)
    }

    /// The bank's word if it will refuse.
    pub(super) fn decline_code(self) -> Option<&'static str> {
        match self {
            Self::InsufficientFunds => Some("insufficient_funds"),
            Self::Declined => Some("generic_decline"),
            Self::Expired => Some("expired_card"),
            Self::Visa | Self::Mastercard | Self::Secure | Self::Disputed => None,
        }
    }

    pub(super) fn brand(self) -> &'static str {
        if self == Self::Mastercard { "mastercard" } else { "visa" }
    }

    pub(super) fn last4(self) -> &'static str {
        let number = self.number();
        &number[number.len() - 4..]
    }
}

/// What the bank's refusal is called, and what Stripe tells the payer. The code is `card_declined` for most.
pub(super) fn refusal_words(decline_code: &str) -> (&'static str, &'static str) {
    match decline_code {
        "insufficient_funds" => ("card_declined", "Your card has insufficient funds."),
        "expired_card" => ("expired_card", "Your card has expired."),
        "incorrect_cvc" => ("incorrect_cvc", "Your card's security code is incorrect."),
        "processing_error" => {
            ("processing_error", "An error occurred while processing your card. Try again in a little bit.")
        }
        _ => ("card_declined", "Your card was declined."),
    }
}

/// What pays: a card, or an account that is debited in days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Means {
    Card(Card),
    Debit,
}

impl Means {
    /// `type` and the details that hang under it, as a charge shows them. A debit is named by its currency.
    pub(super) fn details(self, currency: &str) -> Value {
        let kind = self.kind(currency);
        let mut details = json!({ "type": kind });
        details[kind] = match self {
            Self::Card(card) => json!({
                "amount_authorized": null, "authorization_code": null, "brand": card.brand(),
                "checks": { "address_line1_check": null, "address_postal_code_check": null, "cvc_check": "pass" },
                "country": "US", "exp_month": 12, "exp_year": 2034, "fingerprint": "demoFingerprint1", "funding": "credit",
                "installments": null, "last4": card.last4(), "mandate": null, "network": card.brand(),
                "network_token": null,
                "network_transaction_id": null, "regulated_status": "unregulated", "three_d_secure": null, "wallet": null,
            }),
            Self::Debit => match kind {
                "us_bank_account" => json!({
                    "account_holder_type": "individual", "account_type": "checking", "bank_name": "STRIPE TEST BANK",
                    "fingerprint": "demoFingerprint2", "last4": "6789", "payment_reference": null,
                    "routing_number": "110000000",
                }),
                "bacs_debit" => {
                    json!({ "fingerprint": "demoFingerprint2", "last4": "2345", "mandate": null, "sort_code": "108800" })
                }
                _ => json!({
                    "bank_code": "37040044", "branch_code": "", "country": "DE", "fingerprint": "demoFingerprint2",
                    "last4": "3000", "mandate": null,
                }),
            },
        };
        details
    }

    pub(super) fn kind(self, currency: &str) -> &'static str {
        match (self, currency) {
            (Self::Card(_), _) => "card",
            (Self::Debit, "usd") => "us_bank_account",
            (Self::Debit, "gbp") => "bacs_debit",
            (Self::Debit, _) => "sepa_debit",
        }
    }
}
