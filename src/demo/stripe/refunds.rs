//! Refunds that succeed at once. Failing and pending ones are a later story: they change the object made here.

use serde_json::{Value, json};

use super::disputes;
use super::events;
use super::expand;
use super::intents;
use super::money;
use super::params::Params;
use super::refusal::Refusal;
use super::state::State;
use super::transactions::{self, Entry};

/// `POST /v1/refunds`.
pub(super) fn create(state: &mut State, params: &Params) -> Result<Value, Refusal> {
    params.only(&["payment_intent", "charge", "amount", "reason", "metadata[*]", "expand[]"])?;
    params.choice("reason", &["duplicate", "fraudulent", "requested_by_customer"])?;
    let metadata = params.metadata("metadata")?;
    expand::check("refund", &params.texts("expand")?)?;
    let charge = charge(state, params)?;
    let amount = amount(state, &charge, params.integer("amount")?)?;
    let id = state.ids.refund();
    let charge_id = charge["id"].as_str().unwrap_or_default().to_owned();
    let entry = Entry { kind: "refund", category: "refund", amount: -amount, fee: 0, source: &id };
    let transaction = transactions::insert(state, &entry, &charge);
    let refund = json!({
        "id": id,
        "object": "refund",
        "amount": amount,
        "balance_transaction": transaction,
        "charge": charge_id,
        "created": state.now(),
        "currency": charge["currency"],
        "destination_details": {
            "card": { "reference_status": "pending", "reference_type": "acquirer_reference_number", "type": "refund" },
            "type": "card",
        },
        "metadata": metadata,
        "payment_intent": charge["payment_intent"],
        "reason": params.text("reason")?,
        "receipt_number": null,
        "source_transfer_reversal": null,
        "status": "succeeded",
        "transfer_reversal": null,
    });
    state.refunds.insert(refund.clone());
    events::record(state, "refund.created", &refund);
    reduce(state, &charge_id, amount);
    expand::object(state, &refund, &params.texts("expand")?)
}

fn charge(state: &State, params: &Params) -> Result<Value, Refusal> {
    let id = match (params.text("charge")?, params.text("payment_intent")?) {
        (Some(charge), _) => charge.to_owned(),
        (None, Some(intent)) => {
            let found = intents::find(state, intent).map_err(|_| no_such("payment_intent", intent))?;
            let latest = found["latest_charge"].as_str().filter(|_| found["status"] == "succeeded");
            let latest = latest.ok_or_else(|| {
                Refusal::invalid(format!("This PaymentIntent ({intent}) does not have a successful charge to refund."))
                    .begun()
            })?;
            latest.to_owned()
        }
        (None, None) => return Err(Refusal::missing_param("payment_intent")),
    };
    state.charges.get(&id).cloned().ok_or_else(|| no_such("charge", &id))
}

/// An id in a parameter is a wrong parameter; only an id in the path is 404.
fn no_such(kind: &str, id: &str) -> Refusal {
    Refusal::no_such(kind, id, kind).status(400)
}

fn amount(state: &State, charge: &Value, asked: Option<i64>) -> Result<i64, Refusal> {
    let id = charge["id"].as_str().unwrap_or_default();
    let captured = charge["amount_captured"].as_i64().unwrap_or_default();
    let left = captured.saturating_sub(charge["amount_refunded"].as_i64().unwrap_or_default());
    let refused = |words: String| Refusal::invalid(words).begun();
    if charge["disputed"] == true && !disputes::allow_refund(state, charge) {
        return Err(
            refused(format!("Charge {id} has been charged back; cannot issue a refund.")).code("charge_disputed")
        );
    }
    if left == 0 {
        return Err(refused(format!("Charge {id} has already been refunded.")).code("charge_already_refunded"));
    }
    let amount = asked.unwrap_or(left);
    let currency = charge["currency"].as_str().unwrap_or_default();
    money::whole_steps(amount, currency)?;
    if amount < 1 {
        return Err(Refusal::invalid("Invalid positive integer").code("parameter_invalid_integer").param("amount"));
    }
    if amount > left {
        let (asked, left) = (money::shown(amount, currency), money::shown(left, currency));
        return Err(refused(format!("Refund amount ({asked}) is greater than unrefunded amount on charge ({left})"))
            .param("amount"));
    }
    Ok(amount)
}

/// Shows on the charge what was given back. `amount_refunded` is cumulative.
fn reduce(state: &mut State, charge_id: &str, amount: i64) {
    let Some(charge) = state.charges.get_mut(charge_id) else { return };
    let before = charge["amount_refunded"].as_i64().unwrap_or_default();
    let refunded = before.saturating_add(amount);
    charge["amount_refunded"] = json!(refunded);
    charge["refunded"] = json!(charge["amount_captured"] == refunded);
    let charge = charge.clone();
    events::record_change(state, "charge.refunded", &charge, Some(json!({ "amount_refunded": before })));
}
