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

/// `GET /v1/balance_transactions`. Transactions of a payout come with payouts; until then none has any.
pub(super) fn list(state: &State, params: &Params) -> Result<Value, Refusal> {
    let filters = Filters { equal: &["currency", "source", "type", "payout"], special: &[] };
    paging::list(state, &state.transactions, "/v1/balance_transactions", params, &filters, |_| true)
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
    pub(super) source: &'a str,
}

/// Puts `entry` on the balance in the currency of `charge`. Returns the transaction's id.
pub(super) fn insert(state: &mut State, entry: &Entry<'_>, charge: &Value) -> String {
    let id = state.ids.transaction();
    let available_on = state.now() + AVAILABLE_AFTER_SECONDS;
    let currency = &charge["currency"];
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
        "description": charge["description"],
        "exchange_rate": null,
        "fee": entry.fee,
        "fee_details": fees,
        "net": entry.amount.saturating_sub(entry.fee),
        "reporting_category": entry.category,
        "source": entry.source,
        "status": "pending",
        "type": entry.kind,
    }));
    state.deadlines.insert((available_on, id.clone()));
    id
}
