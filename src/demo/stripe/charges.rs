//! Charges: one for every time that money was asked for, whether it came or not.

use serde_json::{Value, json};

use super::cards::Means;
use super::refusal::Refusal;
use super::shape;
use super::state::State;

/// Who pays, as typed into the page.
#[derive(Clone, Debug)]
pub struct Payer {
    pub email: String,
    pub name: String,
}

impl Default for Payer {
    fn default() -> Self {
        Self { email: "payer@example.com".to_owned(), name: "Pat Payer".to_owned() }
    }
}

/// What became of a charge.
pub(super) enum Fate<'a> {
    Succeeded,
    Pending,
    /// Declined, with the bank's word.
    Declined {
        code: &'a str,
        decline_code: &'a str,
        message: &'a str,
    },
}

/// Makes a charge on an intent and puts it where the intent's latest is. Returns the charge.
pub(super) fn make(
    state: &mut State,
    intent_id: &str,
    means: Means,
    payer: &Payer,
    fate: &Fate<'_>,
) -> Result<Value, Refusal> {
    let intent = super::intents::find(state, intent_id)?.clone();
    let id = state.ids.charge();
    let currency = intent["currency"].as_str().unwrap_or_default();
    let mut charge = shape::made(
        shape::CHARGE,
        json!({
            "id": id,
            "amount": intent["amount"],
            "billing_details": { "address": null, "email": payer.email, "name": payer.name, "phone": null, "tax_id": null },
            "calculated_statement_descriptor": state.options.business.to_uppercase(),
            "created": state.now(),
            "currency": currency,
            "description": intent["description"],
            "livemode": state.options.livemode,
            "metadata": intent["metadata"],
            "payment_intent": intent_id,
            "payment_method": state.ids.payment_method(),
            "payment_method_details": means.details(currency),
            "receipt_email": intent["receipt_email"],
        }),
    );
    shape::set(&mut charge, fate.fields(&intent["amount"]));
    state.charges.insert(charge.clone());
    if let Some(intent) = state.intents.get_mut(intent_id) {
        intent["latest_charge"] = json!(id);
    }
    Ok(charge)
}

impl Fate<'_> {
    /// The fields in which a charge shows its fate. Pending and succeeded charges are `paid`: the payer has done his part.
    pub(super) fn fields(&self, amount: &Value) -> Value {
        match self {
            Self::Succeeded => json!({
                "amount_captured": amount, "captured": true, "paid": true, "status": "succeeded",
                "outcome": outcome("authorized", "approved_by_network", None, "Payment complete."),
                "failure_code": null, "failure_message": null,
            }),
            Self::Pending => json!({
                "amount_captured": amount, "captured": true, "paid": true, "status": "pending",
                "outcome": outcome("authorized", "approved_by_network", None, "Payment complete."),
            }),
            Self::Declined { code, decline_code, message } => {
                let words = "The bank declined the payment.";
                json!({
                    "amount_captured": 0, "captured": false, "paid": false, "status": "failed",
                    "failure_code": code, "failure_message": message,
                    "outcome": outcome("issuer_declined", "declined_by_network", Some(decline_code), words),
                })
            }
        }
    }
}

fn outcome(kind: &str, network: &str, reason: Option<&str>, words: &str) -> Value {
    json!({
        "advice_code": null, "network_advice_code": null, "network_decline_code": null, "network_status": network,
        "reason": reason, "risk_level": "normal", "risk_score": 12, "seller_message": words, "type": kind,
    })
}
