//! Payouts: the balance goes to the bank. One by schedule takes everything that no payout has taken yet, and can be
//! listed transaction by transaction; one that was ordered by hand takes a sum and cannot.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::events;
use super::state::State;
use super::transactions::{self, Entry};

/// When the bank has the money.
const ARRIVES_AFTER_SECONDS: i64 = 24 * 60 * 60;

/// Pays out everything that is on the balance and in no payout yet, also what is still pending: a payout for each
/// currency that something is left of. Returns their ids.
pub(super) fn gather(state: &mut State) -> Vec<String> {
    let mut gathered: BTreeMap<String, (i64, Vec<String>)> = BTreeMap::new();
    for transaction in state.transactions.newest().rev() {
        let id = transaction["id"].as_str().unwrap_or_default();
        if state.paid_out.contains_key(id) {
            continue;
        }
        let currency = transaction["currency"].as_str().unwrap_or_default().to_owned();
        let (sum, ids) = gathered.entry(currency).or_default();
        *sum += transaction["net"].as_i64().unwrap_or_default();
        ids.push(id.to_owned());
    }
    let mut made = Vec::new();
    for (currency, (sum, ids)) in gathered {
        let amount = whole(sum, &currency);
        if amount <= 0 {
            continue;
        }
        let payout = make(state, &currency, amount, true);
        for id in ids {
            let now = state.now();
            if let Some(transaction) = state.transactions.get_mut(&id) {
                transaction["status"] = json!("available");
                if transaction["available_on"].as_i64().unwrap_or_default() > now {
                    transaction["available_on"] = json!(now);
                }
            }
            state.paid_out.insert(id, payout.clone());
        }
        made.push(payout);
    }
    made
}

/// "HUF and TWD: Stripe treats them as zero-decimal for payouts": what is left stays on the balance.
fn whole(sum: i64, currency: &str) -> i64 {
    if matches!(currency, "huf" | "twd") { sum / 100 * 100 } else { sum }
}

/// Pays out a sum by hand.
pub(super) fn order(state: &mut State, currency: &str, amount: i64) -> String {
    make(state, currency, amount, false)
}

fn make(state: &mut State, currency: &str, amount: i64, automatic: bool) -> String {
    let id = state.ids.payout();
    let entry = Entry { kind: "payout", category: "payout", amount: -amount, fee: 0, source: &id };
    let transaction = transactions::insert_at_once(state, &entry, currency);
    state.paid_out.insert(transaction.clone(), id.clone());
    let reconciliation = if automatic { "completed" } else { "not_applicable" };
    let payout = json!({
        "id": id,
        "object": "payout",
        "amount": amount,
        "application_fee": null,
        "application_fee_amount": null,
        "arrival_date": state.now() + ARRIVES_AFTER_SECONDS,
        "automatic": automatic,
        "balance_transaction": transaction,
        "created": state.now(),
        "currency": currency,
        "description": "STRIPE PAYOUT",
        "destination": "ba_1QuittanceDemo",
        "failure_balance_transaction": null,
        "failure_code": null,
        "failure_message": null,
        "livemode": state.options.livemode,
        "metadata": {},
        "method": "standard",
        "original_payout": null,
        "payout_method": null,
        "reconciliation_status": reconciliation,
        "reversed_by": null,
        "source_type": "card",
        "statement_descriptor": null,
        "status": "in_transit",
        "trace_id": null,
        "type": "bank_account",
    });
    state.payouts.insert(payout.clone());
    events::record(state, "payout.created", &payout);
    if automatic {
        events::record(state, "payout.reconciliation_completed", &payout);
    }
    id
}

/// The bank has the money.
pub(super) fn arrive(state: &mut State, id: &str) {
    change(state, id, "payout.paid", json!({ "status": "paid" }));
}

/// The bank sent the money back.
pub(super) fn fail(state: &mut State, id: &str) {
    let Some(payout) = state.payouts.get(id).filter(|payout| payout["status"] != "failed").cloned() else { return };
    let amount = payout["amount"].as_i64().unwrap_or_default();
    let currency = payout["currency"].as_str().unwrap_or_default();
    let entry = Entry { kind: "payout_failure", category: "payout_reversal", amount, fee: 0, source: id };
    let transaction = transactions::insert_at_once(state, &entry, currency);
    let fields = json!({
        "status": "failed",
        "failure_balance_transaction": transaction,
        "failure_code": "account_closed",
        "failure_message": "The bank account has been closed.",
    });
    change(state, id, "payout.failed", fields);
}

fn change(state: &mut State, id: &str, event: &str, fields: Value) {
    let Some(payout) = state.payouts.get_mut(id) else { return };
    super::shape::set(payout, fields);
    let payout = payout.clone();
    events::record(state, event, &payout);
}
