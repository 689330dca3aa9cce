//! The stand-in without HTTP: what payers, banks, Stripe's own staff and other apps on the account do to it.

use serde_json::Value;

use super::StandIn;
use super::cards::{Card, Means};
use super::charges::Payer;
use super::disputes::{self, DisputeOrder};
use super::params::Params;
use super::paying::{self, Outcome};
use super::payouts;
use super::refunds::{self, RefundFate};
use super::refusal::Refusal;
use super::sessions;
use super::shape;
use super::state::State;
use super::transactions::{self, Conversion, Entry};

impl StandIn {
    /// Makes a session from form fields, as another program with the same account could.
    pub fn create_session(&self, fields: &[(&str, &str)]) -> Result<Value, Refusal> {
        let mut params = Params::empty();
        for (name, value) in fields {
            params.put(name, value)?;
        }
        self.with(|state| sessions::create(state, &params))
    }

    /// The payer pays with a card, as the page's default payer.
    pub fn pay(&self, session: &str, card: Card) -> Result<Outcome, Refusal> {
        self.pay_as(session, card, &Payer::default())
    }

    /// The payer pays with a card. 3-D Secure stops half way: see [`StandIn::confirm`].
    pub fn pay_as(&self, session: &str, card: Card, payer: &Payer) -> Result<Outcome, Refusal> {
        self.with(|state| paying::attempt(state, session, Means::Card(card), payer))
    }

    /// The bank declines a card with this word, such as `insufficient_funds`.
    pub fn decline(&self, session: &str, decline_code: &str) -> Result<Outcome, Refusal> {
        self.with(|state| paying::decline(state, session, decline_code, &Payer::default()))
    }

    /// The payer answers the bank's 3-D Secure question.
    pub fn confirm(&self, session: &str, agreed: bool) -> Result<Outcome, Refusal> {
        self.with(|state| paying::confirm(state, session, agreed, &Payer::default()))
    }

    /// The payer orders a debit that takes days.
    pub fn pay_delayed(&self, session: &str) -> Result<Outcome, Refusal> {
        self.with(|state| paying::attempt(state, session, Means::Debit, &Payer::default()))
    }

    /// The debit of this PaymentIntent arrived.
    pub fn clear_delayed(&self, intent: &str) -> Result<(), Refusal> {
        self.with(|state| paying::clear(state, intent))
    }

    /// The debit of this PaymentIntent came back.
    pub fn fail_delayed(&self, intent: &str) -> Result<(), Refusal> {
        self.with(|state| paying::bounce(state, intent))
    }

    /// A confirmation that was under way wins although the session has expired.
    pub fn pay_despite_expiry(&self, session: &str) -> Result<Outcome, Refusal> {
        self.with(|state| paying::succeed_late(state, session, &Payer::default()))
    }

    /// Expires an open session as the API call does.
    pub fn expire(&self, session: &str) -> Result<Value, Refusal> {
        self.with(|state| sessions::expire_call(state, session, &Params::empty()))
    }

    /// Lets the clock act: sessions past their time expire. Every other call does so by itself.
    pub fn tick(&self) {
        self.with(|_| ());
    }

    /// Somebody refunds `amount` in Stripe's dashboard.
    pub fn refund(&self, intent: &str, amount: i64) -> Result<Value, Refusal> {
        let mut params = Params::empty();
        params.put("payment_intent", intent)?;
        params.put("amount", &amount.to_string())?;
        self.with(|state| refunds::create(state, &params))
    }

    /// The next refund that anybody asks for meets this fate. Fates queue.
    pub fn next_refund(&self, fate: RefundFate) {
        self.adjust(|state| state.refund_fates.push_back(fate));
    }

    /// A refund that waited gets through.
    pub fn succeed_refund(&self, refund: &str) -> Result<(), Refusal> {
        self.with(|state| refunds::succeed(state, refund))
    }

    /// A refund comes to nothing, with Stripe's word for why, such as `lost_or_stolen_card`.
    pub fn fail_refund(&self, refund: &str, reason: &str) -> Result<(), Refusal> {
        self.with(|state| refunds::fail(state, refund, reason))
    }

    /// A refund that waits is canceled in Stripe's dashboard.
    pub fn cancel_refund(&self, refund: &str) -> Result<(), Refusal> {
        self.with(|state| refunds::cancel(state, refund))
    }

    /// All refunds, newest first.
    pub fn refunds(&self) -> Vec<Value> {
        self.with(|state| state.refunds.newest().cloned().collect())
    }

    /// As [`StandIn::mutate_session`], for a refund.
    pub fn mutate_refund(&self, id: &str, change: impl FnOnce(&mut Value)) {
        self.adjust(|state| state.refunds.get_mut(id).map(change));
    }

    /// A payer's bank disputes the payment of this intent, or asks about it.
    pub fn dispute(&self, intent: &str, order: &DisputeOrder) -> Result<Value, Refusal> {
        self.with(|state| disputes::open(state, intent, order))
    }

    /// The bank takes the money of a dispute, which had been an inquiry or was withdrawn from once before.
    pub fn withdraw_dispute(&self, dispute: &str) -> Result<(), Refusal> {
        self.with(|state| disputes::withdraw(state, dispute))
    }

    /// The money of a dispute comes back, which says nothing about its outcome.
    pub fn reinstate_dispute(&self, dispute: &str) -> Result<(), Refusal> {
        self.with(|state| disputes::reinstate(state, dispute))
    }

    /// A dispute ends with this status: `won`, `lost`, `warning_closed`, `prevented`.
    pub fn close_dispute(&self, dispute: &str, status: &str) -> Result<(), Refusal> {
        self.with(|state| disputes::close(state, dispute, status))
    }

    /// Fields of a dispute change, and an event tells of it.
    pub fn change_dispute(&self, dispute: &str, fields: Value) -> Result<(), Refusal> {
        self.with(|state| disputes::change(state, dispute, fields))
    }

    /// The card network warns of the payment of this intent.
    pub fn warn_of_fraud(&self, intent: &str) -> Result<Value, Refusal> {
        self.with(|state| disputes::warn(state, intent))
    }

    /// Whether new charges wait for [`StandIn::book_transaction`] before they have a balance transaction.
    pub fn set_transactions_late(&self, late: bool) {
        self.adjust(|state| state.transactions_late = late);
    }

    /// Charges that succeeded and wait for [`StandIn::book_transaction`].
    pub fn charges_without_transaction(&self) -> Vec<String> {
        let waits = |charge: &&Value| charge["status"] == "succeeded" && charge["balance_transaction"].is_null();
        let id = |charge: &Value| charge["id"].as_str().unwrap_or_default().to_owned();
        self.peek(|state| state.charges.newest().filter(waits).map(id).collect())
    }

    /// Books a charge on the balance and announces `charge.updated`.
    pub fn book_transaction(&self, charge: &str) {
        self.with(|state| transactions::book_charge(state, charge));
    }

    /// From now on charges in `currency` are settled in `into`, at `millionths` of it for one.
    pub fn settle_in(&self, currency: &str, into: &str, millionths: i64) {
        let conversion = Conversion { into: into.to_owned(), rate: millionths };
        self.adjust(|state| state.conversions.insert(currency.to_owned(), conversion));
    }

    /// Something moves on the balance that is no payment, such as (`reserved_funds`, `risk_reserved_funds`, -500).
    pub fn move_balance(&self, kind: &'static str, category: &'static str, amount: i64, currency: &str) -> String {
        let entry = Entry { kind, category, amount, fee: 0, source: "" };
        self.adjust(|state| transactions::insert_at_once(state, &entry, currency))
    }

    /// Every movement of the balance, newest first.
    pub fn transactions(&self) -> Vec<Value> {
        self.with(|state| state.transactions.newest().cloned().collect())
    }

    /// Stripe pays out by schedule: everything that no payout has taken yet. The payouts, one for each currency.
    pub fn pay_out(&self) -> Vec<String> {
        self.with(payouts::gather)
    }

    /// The owner orders a payout in Stripe's dashboard.
    pub fn pay_out_by_hand(&self, currency: &str, amount: i64) -> String {
        self.with(|state| payouts::order(state, currency, amount))
    }

    /// The bank has the money of a payout.
    pub fn payout_arrives(&self, payout: &str) {
        self.with(|state| payouts::arrive(state, payout));
    }

    /// The bank sends the money of a payout back.
    pub fn payout_fails(&self, payout: &str) {
        self.with(|state| payouts::fail(state, payout));
    }

    /// The object with this id, of whatever kind, as an unexpanded read would show it.
    pub fn object(&self, id: &str) -> Option<Value> {
        self.with(|state| state.find(id).cloned())
    }

    pub fn session(&self, id: &str) -> Option<Value> {
        self.with(|state| state.sessions.get(id).cloned())
    }

    /// All sessions, newest first.
    pub fn sessions(&self) -> Vec<Value> {
        self.with(|state| state.sessions.newest().cloned().collect())
    }

    /// All events, oldest first.
    pub fn events(&self) -> Vec<Value> {
        self.with(|state| state.events.newest().rev().cloned().collect())
    }

    /// Changes a session into whatever a test needs it to be. No event tells of it.
    pub fn mutate_session(&self, id: &str, change: impl FnOnce(&mut Value)) {
        self.adjust(|state| state.sessions.get_mut(id).map(change));
    }

    /// As [`StandIn::mutate_session`], for a PaymentIntent.
    pub fn mutate_intent(&self, id: &str, change: impl FnOnce(&mut Value)) {
        self.adjust(|state| state.intents.get_mut(id).map(change));
    }

    /// As [`StandIn::mutate_session`], for a charge.
    pub fn mutate_charge(&self, id: &str, change: impl FnOnce(&mut Value)) {
        self.adjust(|state| state.charges.get_mut(id).map(change));
    }

    /// As [`StandIn::mutate_session`], for a balance transaction.
    pub fn mutate_transaction(&self, id: &str, change: impl FnOnce(&mut Value)) {
        self.adjust(|state| state.transactions.get_mut(id).map(change));
    }

    /// As [`StandIn::mutate_session`], for a payout.
    pub fn mutate_payout(&self, id: &str, change: impl FnOnce(&mut Value)) {
        self.adjust(|state| state.payouts.get_mut(id).map(change));
    }

    /// As [`StandIn::mutate_session`], for an event: another version, another mode, another account.
    pub fn mutate_event(&self, id: &str, change: impl FnOnce(&mut Value)) {
        self.adjust(|state| state.events.get_mut(id).map(change));
    }

    /// Changes the amount everywhere a client could look: session, intent and charge.
    pub fn mutate_amount(&self, session: &str, amount: i64) {
        self.adjust(|state| change_amount(state, session, amount));
    }
}

fn change_amount(state: &mut State, id: &str, amount: i64) {
    let Some(session) = state.sessions.get_mut(id) else { return };
    shape::set(session, serde_json::json!({ "amount_total": amount, "amount_subtotal": amount }));
    let intent = session["payment_intent"].as_str().unwrap_or_default().to_owned();
    let Some(intent) = state.intents.get_mut(&intent) else { return };
    shape::set(intent, serde_json::json!({ "amount": amount, "amount_received": amount }));
    let charge = intent["latest_charge"].as_str().unwrap_or_default().to_owned();
    if let Some(charge) = state.charges.get_mut(&charge) {
        shape::set(charge, serde_json::json!({ "amount": amount, "amount_captured": amount }));
    }
}
