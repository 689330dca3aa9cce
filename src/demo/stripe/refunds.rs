//! Refunds: most succeed at once. Others wait (for the bank, for money on the balance, for the customer), and any may
//! fail or be canceled later, also weeks after it had succeeded.

use serde_json::{Value, json};

use super::disputes;
use super::events;
use super::expand;
use super::intents;
use super::money;
use super::params::Params;
use super::refusal::Refusal;
use super::shape;
use super::state::State;
use super::transactions::{self, Entry};

/// What becomes of the next refund that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundFate {
    /// The bank takes its time.
    Processing,
    /// The balance is too low; it waits for money.
    Unfunded,
    /// The customer is asked where to send the money.
    RequiresAction,
    /// The balance is too low, and it is refused for that.
    Refused,
}

impl RefundFate {
    /// The status and what it waits for.
    fn fields(fate: Option<Self>) -> Value {
        match fate {
            None | Some(Self::Refused) => json!({ "status": "succeeded" }),
            Some(Self::Processing) => json!({ "status": "pending", "pending_reason": "processing" }),
            Some(Self::Unfunded) => json!({ "status": "pending", "pending_reason": "insufficient_funds" }),
            Some(Self::RequiresAction) => json!({ "status": "requires_action" }),
        }
    }
}

/// `POST /v1/refunds`.
pub(super) fn create(state: &mut State, params: &Params) -> Result<Value, Refusal> {
    params.only(&["payment_intent", "charge", "amount", "reason", "metadata[*]", "expand[]"])?;
    params.choice("reason", &["duplicate", "fraudulent", "requested_by_customer"])?;
    let metadata = params.metadata("metadata")?;
    expand::check("refund", &params.texts("expand")?)?;
    let charge = charge(state, params)?;
    let amount = amount(state, &charge, params.integer("amount")?)?;
    let fate = state.refund_fates.pop_front();
    if fate == Some(RefundFate::Refused) {
        let words = "Insufficient funds in your Stripe balance to refund this amount.";
        return Err(Refusal::invalid(words).begun().code("balance_insufficient"));
    }
    let id = state.ids.refund();
    let charge_id = charge["id"].as_str().unwrap_or_default().to_owned();
    let transaction = match fate {
        Some(RefundFate::Unfunded) => Value::Null,
        _ => json!(debit(state, &id, amount, &charge)),
    };
    let mut refund = json!({
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
        "transfer_reversal": null,
    });
    shape::set(&mut refund, RefundFate::fields(fate));
    state.refunds.insert(refund.clone());
    events::record(state, "refund.created", &refund);
    reduce(state, &charge_id, amount);
    expand::object(state, &refund, &params.texts("expand")?)
}

/// Takes a refund from the balance. Returns the transaction's id.
fn debit(state: &mut State, id: &str, amount: i64, charge: &Value) -> String {
    let entry = Entry { kind: "refund", category: "refund", amount: -amount, fee: 0, source: id };
    transactions::insert(state, &entry, charge)
}

/// Fields of a refund that are left out where they say nothing; the others are null then.
const ABSENT: [&str; 2] = ["pending_reason", "failure_balance_transaction"];

/// A refund that waited gets through.
pub(super) fn succeed(state: &mut State, id: &str) -> Result<(), Refusal> {
    let (refund, charge) = found(state, id, &["pending", "requires_action"])?;
    let amount = refund["amount"].as_i64().unwrap_or_default();
    let transaction = match &refund["balance_transaction"] {
        Value::Null => json!(debit(state, id, amount, &charge)),
        booked => booked.clone(),
    };
    let now = json!({ "status": "succeeded", "pending_reason": null, "balance_transaction": transaction });
    change(state, id, now, &["refund.updated"]);
    Ok(())
}

/// A refund comes to nothing, whether it had succeeded or not: the money is back on the balance.
pub(super) fn fail(state: &mut State, id: &str, reason: &str) -> Result<(), Refusal> {
    let (refund, charge) = found(state, id, &["pending", "requires_action", "succeeded"])?;
    let returned = give_back(state, &refund, &charge);
    let now = json!({
        "status": "failed", "pending_reason": null, "failure_reason": reason, "failure_balance_transaction": returned,
    });
    change(state, id, now, &["refund.updated", "refund.failed"]);
    Ok(())
}

/// A refund that waits is taken back in the dashboard.
pub(super) fn cancel(state: &mut State, id: &str) -> Result<(), Refusal> {
    let (refund, charge) = found(state, id, &["pending", "requires_action"])?;
    let returned = give_back(state, &refund, &charge);
    let now = json!({ "status": "canceled", "pending_reason": null, "failure_balance_transaction": returned });
    change(state, id, now, &["refund.updated"]);
    Ok(())
}

/// The refund in one of these states, and its charge.
fn found(state: &State, id: &str, allowed: &[&str]) -> Result<(Value, Value), Refusal> {
    let refund = state.refunds.get(id).cloned().ok_or_else(|| Refusal::no_such("refund", id, "id"))?;
    let status = refund["status"].as_str().unwrap_or_default();
    if !allowed.contains(&status) {
        return Err(Refusal::invalid(format!("This refund is {status} already.")));
    }
    let charge = refund["charge"].as_str().and_then(|charge| state.charges.get(charge)).cloned();
    Ok((refund, charge.unwrap_or_default()))
}

/// Puts the money back, on the balance if it had left it and on the charge. Returns the transaction.
fn give_back(state: &mut State, refund: &Value, charge: &Value) -> Value {
    let (id, amount) = (refund["id"].as_str().unwrap_or_default(), refund["amount"].as_i64().unwrap_or_default());
    reduce(state, charge["id"].as_str().unwrap_or_default(), -amount);
    if refund["balance_transaction"].is_null() {
        return Value::Null;
    }
    let entry = Entry { kind: "refund_failure", category: "refund_failure", amount, fee: 0, source: id };
    json!(transactions::insert(state, &entry, charge))
}

fn change(state: &mut State, id: &str, now: Value, kinds: &[&str]) {
    let Some(refund) = state.refunds.get_mut(id) else { return };
    shape::set(refund, now);
    if let Value::Object(fields) = refund {
        fields.retain(|name, value| !(value.is_null() && ABSENT.contains(&name.as_str())));
    }
    let refund = refund.clone();
    for kind in kinds {
        events::record(state, kind, &refund);
    }
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

/// Shows on the charge what was given back, or came back if negative. `amount_refunded` is cumulative.
fn reduce(state: &mut State, charge_id: &str, amount: i64) {
    let Some(charge) = state.charges.get_mut(charge_id) else { return };
    let before = charge["amount_refunded"].as_i64().unwrap_or_default();
    let refunded = before.saturating_add(amount);
    charge["amount_refunded"] = json!(refunded);
    charge["refunded"] = json!(charge["amount_captured"] == refunded);
    let charge = charge.clone();
    if amount < 0 {
        return;
    }
    events::record_change(state, "charge.refunded", &charge, Some(json!({ "amount_refunded": before })));
}
