//! Balance transactions: what moved on the Stripe balance, with the fee. A charge gets its own a moment after it
//! succeeded, as capture is asynchronous.

use serde_json::{Value, json};

use super::events;
use super::money;
use super::paging::{self, Filters};
use super::params::Params;
use super::refusal::Refusal;
use super::state::State;

/// Card money becomes available two days later.
const AVAILABLE_AFTER_SECONDS: i64 = 2 * 24 * 60 * 60;

/// `GET /v1/balance_transactions`. Of a payout only those are listed that a schedule gathered.
pub(super) fn list(state: &State, params: &Params) -> Result<Value, Refusal> {
    let filters = Filters { equal: &["currency", "source", "type"], special: &["payout"] };
    let payout = params.text("payout")?;
    if let Some(id) = payout {
        let found = state.payouts.get(id).ok_or_else(|| Refusal::no_such("payout", id, "payout").status(400))?;
        if found["automatic"] != true {
            let words = "Balance transaction history can only be filtered on automatic transfers, not manual.";
            return Err(Refusal::invalid(words).param("payout"));
        }
    }
    paging::list(state, &state.transactions, "/v1/balance_transactions", params, &filters, |transaction| {
        let id = transaction["id"].as_str().unwrap_or_default();
        payout.is_none_or(|payout| state.paid_out.get(id).is_some_and(|paid_out| paid_out == payout))
    })
}

/// Books a succeeded charge on the balance, unless it is booked already, and announces `charge.updated`.
pub(super) fn book_charge(state: &mut State, charge_id: &str) {
    let Some(charge) = state.charges.get(charge_id).filter(|charge| charge["balance_transaction"].is_null()).cloned()
    else {
        return;
    };
    let amount = charge["amount"].as_i64().unwrap_or_default();
    // Card charges are `charge`; every other method is `payment`. The reporting category is the same.
    let kind = if charge["payment_method_details"]["type"] == "card" { "charge" } else { "payment" };
    let entry = Entry {
        kind,
        category: "charge",
        amount,
        fee: money::fee(amount, charge["currency"].as_str().unwrap_or_default()),
        source: charge_id,
    };
    let transaction = insert(state, &entry, &charge);
    if let Some(charge) = state.charges.get_mut(charge_id) {
        charge["balance_transaction"] = json!(transaction);
        let charge = charge.clone();
        events::record_change(state, "charge.updated", &charge, Some(json!({ "balance_transaction": null })));
    }
}

/// One movement of the balance.
pub(super) struct Entry<'a> {
    pub(super) kind: &'static str,
    pub(super) category: &'static str,
    /// Negative when money leaves.
    pub(super) amount: i64,
    pub(super) fee: i64,
    /// What moved; nothing for what has no object.
    pub(super) source: &'a str,
}

/// What one currency is settled in, and at what rate.
#[derive(Clone)]
pub(super) struct Conversion {
    pub(super) into: String,
    /// In millionths.
    pub(super) rate: i64,
}

impl Conversion {
    fn of(&self, amount: i64) -> i64 {
        amount.saturating_mul(self.rate) / 1_000_000
    }

    fn written(&self) -> Value {
        let text = format!("{}.{:06}", self.rate / 1_000_000, self.rate % 1_000_000);
        text.parse::<serde_json::Number>().map_or(Value::Null, Value::Number)
    }
}

/// Puts `entry` on the balance, converted if the currency of `charge` is settled in another. Returns the transaction's
/// id.
pub(super) fn insert(state: &mut State, entry: &Entry<'_>, charge: &Value) -> String {
    let currency = charge["currency"].as_str().unwrap_or_default();
    let description = charge["description"].clone();
    let available_on = state.now() + AVAILABLE_AFTER_SECONDS;
    let Some(conversion) = state.conversions.get(currency).cloned() else {
        return put(state, entry, currency, &description, available_on, &Value::Null);
    };
    let amount = conversion.of(entry.amount);
    let fee = if entry.fee == 0 { 0 } else { money::fee(amount, &conversion.into) };
    let entry = Entry { amount, fee, ..*entry };
    put(state, &entry, &conversion.into, &description, available_on, &conversion.written())
}

/// Puts `entry` on the balance, available at once.
pub(super) fn insert_at_once(state: &mut State, entry: &Entry<'_>, currency: &str) -> String {
    let now = state.now();
    put(state, entry, currency, &Value::Null, now, &Value::Null)
}

fn put(
    state: &mut State,
    entry: &Entry<'_>,
    currency: &str,
    description: &Value,
    available_on: i64,
    exchange_rate: &Value,
) -> String {
    let id = state.ids.transaction();
    let is_available = available_on <= state.now();
    let fees = match entry.fee {
        0 => json!([]),
        fee => json!([{
            "amount": fee, "application": null, "currency": currency, "description": "Stripe processing fees",
            "type": "stripe_fee",
        }]),
    };
    state.transactions.insert(json!({
        "id": id,
        "object": "balance_transaction",
        "amount": entry.amount,
        "available_on": available_on,
        "balance_type": "payments",
        "created": state.now(),
        "currency": currency,
        "description": description,
        "exchange_rate": exchange_rate,
        "fee": entry.fee,
        "fee_details": fees,
        "net": entry.amount.saturating_sub(entry.fee),
        "reporting_category": entry.category,
        "source": if entry.source.is_empty() { Value::Null } else { json!(entry.source) },
        "status": if is_available { "available" } else { "pending" },
        "type": entry.kind,
    }));
    if !is_available {
        state.deadlines.insert((available_on, id.clone()));
    }
    id
}
