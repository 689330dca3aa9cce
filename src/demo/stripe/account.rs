//! The account itself and its balance.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::params::Params;
use super::refusal::Refusal;
use super::shape;
use super::state::State;

/// The account existed for a year before the demo began; the moment means nothing.
const AGE_SECONDS: i64 = 365 * 24 * 60 * 60;

pub(super) fn account(state: &State, params: &Params) -> Result<Value, Refusal> {
    params.only(&["expand[]"])?;
    let mut account = shape::made(
        shape::ACCOUNT,
        json!({ "id": state.options.account_id, "created": state.now().saturating_sub(AGE_SECONDS) }),
    );
    account["business_profile"]["name"] = json!(state.options.business);
    account["settings"]["dashboard"]["display_name"] = json!(state.options.business);
    Ok(account)
}

/// What all balance transactions come to, available and pending, in each currency.
pub(super) fn balance(state: &State, params: &Params) -> Result<Value, Refusal> {
    params.only(&["expand[]"])?;
    let mut sums: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    sums.insert("eur".to_owned(), (0, 0));
    for transaction in state.transactions.newest() {
        let (available, pending) =
            sums.entry(transaction["currency"].as_str().unwrap_or_default().to_owned()).or_default();
        let net = transaction["net"].as_i64().unwrap_or_default();
        if transaction["available_on"].as_i64().unwrap_or_default() <= state.now() {
            *available += net;
        } else {
            *pending += net;
        }
    }
    let amounts = |pick: fn(&(i64, i64)) -> i64| -> Vec<Value> {
        sums.iter()
            .map(|(currency, sum)| {
                json!({ "amount": pick(sum), "currency": currency, "source_types": { "card": pick(sum) } })
            })
            .collect()
    };
    Ok(json!({
        "object": "balance",
        "available": amounts(|sum| sum.0),
        "pending": amounts(|sum| sum.1),
        "livemode": state.options.livemode,
    }))
}
