//! Everything the stand-in knows, behind one lock. Each noun's rules are in its own file; here is where they meet.

use std::collections::{BTreeSet, HashMap, VecDeque};

use serde_json::{Value, json};

use super::Options;
use super::events::Cause;
use super::expand;
use super::faults::Faults;
use super::idempotency::Keys;
use super::ids::Ids;
use super::operation::Operation;
use super::paging::{self, Filters};
use super::params::Params;
use super::refusal::Refusal;
use super::session_order::Order;
use super::table::Table;
use super::traffic::Traffic;
use super::transactions::Conversion;
use super::webhooks::Webhooks;
use super::{account, endpoints, events, refunds, sessions, transactions};

pub(super) struct State {
    pub(super) options: Options,
    /// Origin of this stand-in, known once it listens.
    pub(super) public_base: String,
    /// How far Stripe's clock is ahead of ours, in seconds.
    pub(super) skew: i64,
    pub(super) ids: Ids,
    pub(super) sessions: Table,
    pub(super) intents: Table,
    pub(super) charges: Table,
    pub(super) transactions: Table,
    pub(super) refunds: Table,
    /// Nothing fills this yet: a chargeback is not played, its list is.
    pub(super) disputes: Table,
    pub(super) payouts: Table,
    /// Which payout took a transaction.
    pub(super) paid_out: HashMap<String, String>,
    /// Currencies that are settled in another one.
    pub(super) conversions: HashMap<String, Conversion>,
    pub(super) events: Table,
    /// Webhook endpoints as the API shows them; deliveries go by `webhooks`.
    pub(super) endpoints: Table,
    /// What each session was ordered with, as far as Stripe does not show it on the session.
    pub(super) orders: HashMap<String, Order>,
    pub(super) keys: Keys,
    pub(super) faults: Faults,
    pub(super) traffic: Traffic,
    pub(super) webhooks: Webhooks,
    pub(super) permissions_missing: BTreeSet<String>,
    /// Further keys that are taken, each with the permissions that it has.
    pub(super) restricted_keys: HashMap<String, BTreeSet<String>>,
    /// Whether a charge's balance transaction waits to be booked by hand.
    pub(super) transactions_late: bool,
    /// What becomes of the next refunds, in turn; all others succeed at once.
    pub(super) refund_fates: VecDeque<super::refunds::RefundFate>,
    /// The API request that is being executed, which its events name.
    pub(super) cause: Option<Cause>,
    /// What time will change by itself: a moment and the id of the session or transaction.
    pub(super) deadlines: BTreeSet<(i64, String)>,
}

impl State {
    pub(super) fn new(options: Options) -> Self {
        let rows_max = options.rows_max;
        Self {
            ids: Ids::new(&options.account_id, options.livemode),
            options,
            public_base: String::new(),
            skew: 0,
            sessions: Table::new("checkout.session", rows_max),
            intents: Table::new("payment_intent", rows_max),
            charges: Table::new("charge", rows_max),
            transactions: Table::new("balance_transaction", rows_max),
            refunds: Table::new("refund", rows_max),
            disputes: Table::new("dispute", rows_max),
            payouts: Table::new("payout", rows_max),
            paid_out: HashMap::new(),
            conversions: HashMap::new(),
            events: Table::new("event", rows_max),
            endpoints: Table::new("webhook_endpoint", rows_max),
            orders: HashMap::new(),
            keys: Keys::default(),
            faults: Faults::default(),
            traffic: Traffic::default(),
            webhooks: Webhooks::default(),
            permissions_missing: BTreeSet::new(),
            restricted_keys: HashMap::new(),
            transactions_late: false,
            refund_fates: VecDeque::new(),
            cause: None,
            deadlines: BTreeSet::new(),
        }
    }

    /// Lets time act: open sessions expire, pending money becomes available.
    pub(super) fn tick(&mut self) {
        let now = self.now();
        while let Some((_, id)) = self.deadlines.first().filter(|(at, _)| *at <= now).cloned() {
            self.deadlines.pop_first();
            if self.sessions.get(&id).is_some_and(|session| session["status"] == "open") {
                sessions::expire(self, &id);
            }
            if let Some(transaction) = self.transactions.get_mut(&id) {
                transaction["status"] = json!("available");
            }
        }
    }

    /// Stripe's time, in seconds.
    pub(super) fn now(&self) -> i64 {
        self.options.clock.now().as_second().saturating_add(self.skew)
    }

    /// The object with this id, of whatever kind.
    pub(super) fn find(&self, id: &str) -> Option<&Value> {
        self.tables().into_iter().find_map(|table| table.get(id))
    }

    fn tables(&self) -> [&Table; 8] {
        [
            &self.sessions,
            &self.intents,
            &self.charges,
            &self.transactions,
            &self.refunds,
            &self.disputes,
            &self.payouts,
            &self.events,
        ]
    }

    /// The lines of a session, as a list of Stripe's.
    pub(super) fn line_items(&self, session: &str) -> Value {
        let lines = self.orders.get(session).map(|order| order.lines.clone()).unwrap_or_default();
        let url = format!("/v1/checkout/sessions/{session}/line_items");
        json!({ "object": "list", "data": lines, "has_more": false, "url": url })
    }

    /// Executes a call that was admitted.
    pub(super) fn execute(&mut self, operation: Operation, id: &str, params: &Params) -> Result<Value, Refusal> {
        match operation {
            Operation::CreateSession => sessions::create(self, params),
            Operation::ListSessions => sessions::list(self, params),
            Operation::GetSession => self.read(&self.sessions, id, params),
            Operation::ExpireSession => sessions::expire_call(self, id, params),
            Operation::ListLineItems => sessions::lines(self, id, params),
            Operation::ListIntents => self.list(&self.intents, "payment_intents", &["customer"], params),
            Operation::GetIntent => self.read(&self.intents, id, params),
            Operation::ListCharges => {
                self.list(&self.charges, "charges", &["payment_intent", "customer", "transfer_group"], params)
            }
            Operation::GetCharge => self.read(&self.charges, id, params),
            Operation::ListTransactions => transactions::list(self, params),
            Operation::GetTransaction => self.read(&self.transactions, id, params),
            Operation::CreateRefund => refunds::create(self, params),
            Operation::ListRefunds => self.list(&self.refunds, "refunds", &["payment_intent", "charge"], params),
            Operation::GetRefund => self.read(&self.refunds, id, params),
            Operation::ListDisputes => self.list(&self.disputes, "disputes", &["payment_intent", "charge"], params),
            Operation::GetDispute => self.read(&self.disputes, id, params),
            Operation::ListPayouts => self.list(&self.payouts, "payouts", &["status", "destination"], params),
            Operation::GetPayout => self.read(&self.payouts, id, params),
            Operation::ListEvents => events::list(self, params),
            Operation::GetEvent => self.read(&self.events, id, params),
            Operation::GetAccount => account::account(self, params),
            Operation::GetBalance => account::balance(self, params),
            Operation::CreateWebhook => endpoints::create(self, params),
            Operation::ListWebhooks => self.list(&self.endpoints, "webhook_endpoints", &[], params),
            Operation::GetWebhook => self.read(&self.endpoints, id, params),
            Operation::UpdateWebhook => endpoints::update(self, id, params),
            Operation::DeleteWebhook => endpoints::delete(self, id),
        }
    }

    fn read(&self, table: &Table, id: &str, params: &Params) -> Result<Value, Refusal> {
        params.only(&["expand[]"])?;
        let param = if table.kind() == "payment_intent" { "intent" } else { "id" };
        let object = table.get(id).ok_or_else(|| Refusal::no_such(table.kind(), id, param))?;
        expand::object(self, object, &params.texts("expand")?)
    }

    fn list(&self, table: &Table, path: &str, equal: &[&str], params: &Params) -> Result<Value, Refusal> {
        let filters = Filters { equal, special: &[] };
        paging::list(self, table, &format!("/v1/{path}"), params, &filters, |_| true)
    }
}
