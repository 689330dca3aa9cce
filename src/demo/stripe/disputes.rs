//! Disputes: a bank asks, takes money back, decides. Each step leaves the object, the movements of the balance and the
//! events that Stripe leaves; the order in which they are taken is the caller's.

use serde_json::{Value, json};

use super::events;
use super::expand;
use super::intents;
use super::params::Params;
use super::refusal::Refusal;
use super::shape;
use super::state::State;
use super::transactions::{self, Entry};

/// What Stripe takes for a dispute, in the smallest unit: 15.00 in most currencies.
const FEE: i64 = 1_500;
/// How long an answer is waited for.
const DUE_AFTER_SECONDS: i64 = 20 * 24 * 60 * 60;
/// The fields of evidence that the calls played here may set.
const TEXTS: [&str; 7] = [
    "product_description",
    "customer_name",
    "customer_email_address",
    "service_date",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "uncategorized_text",
];
const FILES: [&str; 4] = ["receipt", "customer_communication", "service_documentation", "uncategorized_file"];

/// How a dispute begins.
#[derive(Clone, Debug)]
pub struct DisputeOrder {
    /// In the smallest unit; `None` for all of the charge.
    pub amount: Option<i64>,
    /// Stripe's word, such as `fraudulent`.
    pub reason: String,
    /// `needs_response`, `warning_needs_response`, or whatever a test wants.
    pub status: String,
    /// Whether the money is withdrawn at once.
    pub withdraws: bool,
    /// Whether it can be answered.
    pub has_deadline: bool,
}

impl DisputeOrder {
    /// A chargeback: the money is gone at once.
    #[must_use]
    pub fn chargeback() -> Self {
        Self {
            amount: None,
            reason: "fraudulent".to_owned(),
            status: "needs_response".to_owned(),
            withdraws: true,
            has_deadline: true,
        }
    }

    /// The bank asks first.
    #[must_use]
    pub fn inquiry() -> Self {
        Self { status: "warning_needs_response".to_owned(), withdraws: false, ..Self::chargeback() }
    }
}

/// A bank disputes the payment of an intent. Returns the dispute.
pub(super) fn open(state: &mut State, intent: &str, order: &DisputeOrder) -> Result<Value, Refusal> {
    let charge_id = intents::find(state, intent)?["latest_charge"].as_str().unwrap_or_default().to_owned();
    let charge = state.charges.get(&charge_id).cloned().ok_or_else(|| Refusal::no_such("charge", &charge_id, "id"))?;
    let id = state.ids.dispute();
    let card = &charge["payment_method_details"]["card"];
    let case = if order.withdraws { "chargeback" } else { "inquiry" };
    let mut dispute = shape::made(
        shape::DISPUTE,
        json!({
            "id": id,
            "amount": order.amount.map_or(charge["amount"].clone(), Value::from),
            "charge": charge_id,
            "created": state.now(),
            "currency": charge["currency"],
            "is_charge_refundable": !order.withdraws,
            "livemode": state.options.livemode,
            "payment_intent": intent,
            "reason": order.reason,
            "status": order.status,
        }),
    );
    if card.is_object() {
        dispute["payment_method_details"] = json!({
            "card": { "brand": card["brand"], "case_type": case, "network_reason_code": "10.4" }, "type": "card",
        });
    }
    if order.has_deadline {
        dispute["evidence_details"]["due_by"] = json!(state.now().saturating_add(DUE_AFTER_SECONDS));
    }
    state.disputes.insert(dispute.clone());
    if let Some(charge) = state.charges.get_mut(&charge_id) {
        charge["disputed"] = json!(true);
    }
    events::record(state, "charge.dispute.created", &dispute);
    if order.withdraws {
        withdraw(state, &id)?;
    }
    find(state, &id)
}

/// The money of a dispute is taken from the balance, with a fee.
pub(super) fn withdraw(state: &mut State, id: &str) -> Result<(), Refusal> {
    let amount = find(state, id)?["amount"].as_i64().unwrap_or_default();
    book(state, id, "dispute", amount.saturating_neg(), FEE)?;
    announce(state, id, "charge.dispute.funds_withdrawn", json!({ "is_charge_refundable": false }))
}

/// The money comes back; whoever won is spared the fee.
pub(super) fn reinstate(state: &mut State, id: &str) -> Result<(), Refusal> {
    let amount = find(state, id)?["amount"].as_i64().unwrap_or_default();
    book(state, id, "dispute_reversal", amount, -FEE)?;
    announce(state, id, "charge.dispute.funds_reinstated", json!({}))
}

/// The bank has decided, or the matter is over: `won`, `lost`, `warning_closed`, `prevented`.
pub(super) fn close(state: &mut State, id: &str, status: &str) -> Result<(), Refusal> {
    let is_free = matches!(status, "won" | "warning_closed" | "prevented");
    announce(state, id, "charge.dispute.closed", json!({ "status": status, "is_charge_refundable": is_free }))
}

/// Anything else about a dispute changes.
pub(super) fn change(state: &mut State, id: &str, fields: Value) -> Result<(), Refusal> {
    announce(state, id, "charge.dispute.updated", fields)
}

/// `POST /v1/disputes/{id}`.
pub(super) fn update(state: &mut State, id: &str, params: &Params) -> Result<Value, Refusal> {
    let known: Vec<String> = TEXTS.iter().chain(&FILES).map(|name| format!("evidence[{name}]")).collect();
    let known: Vec<&str> = known.iter().map(String::as_str).chain(["submit", "metadata[*]", "expand[]"]).collect();
    params.only(&known)?;
    let dispute = find_in_path(state, id)?;
    let submit = params.boolean("submit")?.unwrap_or(true);
    let waits = matches!(dispute["status"].as_str(), Some("needs_response" | "warning_needs_response"));
    let sent = dispute["evidence_details"]["submission_count"].as_i64().unwrap_or_default();
    if !waits || sent > 0 {
        return Err(Refusal::invalid("This dispute is already closed or its evidence was submitted already.").begun());
    }
    let evidence = evidence(state, &dispute, params)?;
    let mut details = dispute["evidence_details"].clone();
    details["has_evidence"] = json!(true);
    let mut fields = json!({ "evidence": evidence });
    if submit {
        details["submission_count"] = json!(sent.saturating_add(1));
        let inquiry = dispute["status"] == "warning_needs_response";
        fields["status"] = json!(if inquiry { "warning_under_review" } else { "under_review" });
    }
    fields["evidence_details"] = details;
    change(state, id, fields)?;
    expand::object(state, &find(state, id)?, &params.texts("expand")?)
}

/// `POST /v1/disputes/{id}/close`: accepted as lost.
pub(super) fn accept(state: &mut State, id: &str, params: &Params) -> Result<Value, Refusal> {
    params.only(&["expand[]"])?;
    let dispute = find_in_path(state, id)?;
    if !matches!(dispute["status"].as_str(), Some("needs_response" | "warning_needs_response" | "under_review")) {
        return Err(Refusal::invalid("This dispute is already closed.").begun());
    }
    close(state, id, "lost")?;
    expand::object(state, &find(state, id)?, &params.texts("expand")?)
}

/// What a payment's network says before anybody disputes it. Returns the warning.
pub(super) fn warn(state: &mut State, intent: &str) -> Result<Value, Refusal> {
    let charge = intents::find(state, intent)?["latest_charge"].clone();
    let id = state.ids.warning();
    let warning = json!({
        "id": id,
        "object": "radar.early_fraud_warning",
        "actionable": true,
        "charge": charge,
        "created": state.now(),
        "fraud_type": "made_with_stolen_card",
        "livemode": state.options.livemode,
        "payment_intent": intent,
    });
    state.warnings.insert(warning.clone());
    events::record(state, "radar.early_fraud_warning.created", &warning);
    Ok(warning)
}

/// Whether a charge could still be refunded: every dispute of it allows that.
pub(super) fn allow_refund(state: &State, charge: &Value) -> bool {
    let mut disputes = state.disputes.newest().filter(|dispute| dispute["charge"] == charge["id"]).peekable();
    disputes.peek().is_some() && disputes.all(|dispute| dispute["is_charge_refundable"] == true)
}

fn find(state: &State, id: &str) -> Result<Value, Refusal> {
    state.disputes.get(id).cloned().ok_or_else(|| Refusal::no_such("dispute", id, "id"))
}

fn find_in_path(state: &State, id: &str) -> Result<Value, Refusal> {
    state.disputes.get(id).cloned().ok_or_else(|| Refusal::no_such("dispute", id, "dispute"))
}

fn book(state: &mut State, id: &str, category: &'static str, amount: i64, fee: i64) -> Result<(), Refusal> {
    let charge = find(state, id)?["charge"].as_str().unwrap_or_default().to_owned();
    let charge = state.charges.get(&charge).cloned().unwrap_or_default();
    let entry = Entry { kind: "adjustment", category, amount, fee, source: id };
    let transaction = transactions::insert(state, &entry, &charge);
    let transaction = state.transactions.get(&transaction).cloned().unwrap_or_default();
    if let Some(Value::Array(list)) = state.disputes.get_mut(id).map(|dispute| &mut dispute["balance_transactions"]) {
        list.push(transaction);
    }
    Ok(())
}

fn announce(state: &mut State, id: &str, event: &str, fields: Value) -> Result<(), Refusal> {
    let dispute = state.disputes.get_mut(id).ok_or_else(|| Refusal::no_such("dispute", id, "id"))?;
    shape::set(dispute, fields);
    let dispute = dispute.clone();
    events::record(state, event, &dispute);
    Ok(())
}

/// The evidence with what was given; an empty text takes out what was there.
fn evidence(state: &State, dispute: &Value, params: &Params) -> Result<Value, Refusal> {
    let mut evidence = dispute["evidence"].clone();
    for name in TEXTS.iter().chain(&FILES) {
        let param = format!("evidence[{name}]");
        let Some(given) = params.text_or_nothing(&param)? else { continue };
        if FILES.contains(name) && !given.is_empty() && state.files.get(given).is_none() {
            return Err(Refusal::no_such("file", given, &param).status(400));
        }
        evidence[*name] = if given.is_empty() { Value::Null } else { json!(given) };
    }
    Ok(evidence)
}
