//! The calls that are played: method and path, and the permission that a restricted key needs for each.

use std::fmt;

use warp::http::Method;

/// One call of the API. Tests name faults, counts and log entries by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Operation {
    CreateSession,
    ListSessions,
    GetSession,
    ExpireSession,
    ListLineItems,
    ListIntents,
    GetIntent,
    ListCharges,
    GetCharge,
    ListTransactions,
    GetTransaction,
    CreateRefund,
    ListRefunds,
    GetRefund,
    ListDisputes,
    GetDispute,
    ListPayouts,
    GetPayout,
    ListEvents,
    GetEvent,
    GetAccount,
    GetBalance,
    CreateWebhook,
    ListWebhooks,
    GetWebhook,
    UpdateWebhook,
    DeleteWebhook,
}

/// Method, path behind `/v1/` with `*` for an id, call, permission.
type Entry = (&'static str, &'static str, Operation, &'static str);

#[rustfmt::skip]
const CALLS: &[Entry] = &[
    ("POST", "checkout/sessions", Operation::CreateSession, "rak_checkout_session_write"),
    ("GET", "checkout/sessions", Operation::ListSessions, "rak_checkout_session_read"),
    ("GET", "checkout/sessions/*", Operation::GetSession, "rak_checkout_session_read"),
    ("POST", "checkout/sessions/*/expire", Operation::ExpireSession, "rak_checkout_session_write"),
    ("GET", "checkout/sessions/*/line_items", Operation::ListLineItems, "rak_checkout_session_read"),
    ("GET", "payment_intents", Operation::ListIntents, "rak_payment_intent_read"),
    ("GET", "payment_intents/*", Operation::GetIntent, "rak_payment_intent_read"),
    ("GET", "charges", Operation::ListCharges, "rak_charge_read"),
    ("GET", "charges/*", Operation::GetCharge, "rak_charge_read"),
    ("GET", "balance_transactions", Operation::ListTransactions, "rak_balance_transaction_read"),
    ("GET", "balance_transactions/*", Operation::GetTransaction, "rak_balance_transaction_read"),
    ("POST", "refunds", Operation::CreateRefund, "rak_refund_write"),
    ("GET", "refunds", Operation::ListRefunds, "rak_refund_read"),
    ("GET", "refunds/*", Operation::GetRefund, "rak_refund_read"),
    ("GET", "disputes", Operation::ListDisputes, "rak_dispute_read"),
    ("GET", "disputes/*", Operation::GetDispute, "rak_dispute_read"),
    ("GET", "payouts", Operation::ListPayouts, "rak_payout_read"),
    ("GET", "payouts/*", Operation::GetPayout, "rak_payout_read"),
    ("GET", "events", Operation::ListEvents, "rak_event_read"),
    ("GET", "events/*", Operation::GetEvent, "rak_event_read"),
    ("GET", "account", Operation::GetAccount, "rak_account_read"),
    ("GET", "balance", Operation::GetBalance, "rak_balance_read"),
    ("POST", "webhook_endpoints", Operation::CreateWebhook, "rak_webhook_write"),
    ("GET", "webhook_endpoints", Operation::ListWebhooks, "rak_webhook_read"),
    ("GET", "webhook_endpoints/*", Operation::GetWebhook, "rak_webhook_read"),
    ("POST", "webhook_endpoints/*", Operation::UpdateWebhook, "rak_webhook_write"),
    ("DELETE", "webhook_endpoints/*", Operation::DeleteWebhook, "rak_webhook_write"),
];

impl Operation {
    /// The call behind a request, and the id in its path (empty where there is none).
    pub(super) fn find(method: &Method, path: &str) -> Option<(Self, String)> {
        let asked: Vec<&str> = path.strip_prefix("/v1/")?.split('/').collect();
        CALLS.iter().filter(|(verb, ..)| method.as_str() == *verb).find_map(|(_, pattern, operation, _)| {
            let mut id = "";
            let mut pattern = pattern.split('/');
            let fits = asked.iter().all(|segment| match pattern.next() {
                Some("*") => {
                    id = segment;
                    !segment.is_empty()
                }
                wanted => wanted == Some(*segment),
            });
            (fits && pattern.next().is_none()).then(|| (*operation, id.to_owned()))
        })
    }

    /// What a restricted key must be allowed to do, by the name that Stripe's refusals use.
    pub fn permission(self) -> &'static str {
        self.entry().3
    }

    fn entry(self) -> Entry {
        *CALLS.iter().find(|(_, _, operation, _)| *operation == self).unwrap_or(&CALLS[0])
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (method, path, ..) = self.entry();
        write!(f, "{method} /v1/{path}")
    }
}

#[cfg(test)]
mod tests {
    use warp::http::Method;

    use super::{CALLS, Operation};

    #[test]
    fn paths_lead_to_calls() {
        let find = |method: Method, path: &str| Operation::find(&method, path);
        let expire = find(Method::POST, "/v1/checkout/sessions/cs_1/expire");
        assert_eq!(expire, Some((Operation::ExpireSession, "cs_1".to_owned())));
        assert_eq!(find(Method::GET, "/v1/account"), Some((Operation::GetAccount, String::new())));
        for (method, path) in [
            (Method::GET, "/v1/checkout/sessions/cs_1/expire"),
            (Method::GET, "/v1/checkout/sessions/"),
            (Method::GET, "/v1/checkout"),
            (Method::DELETE, "/v1/checkout/sessions/cs_1"),
            (Method::GET, "/v2/account"),
        ] {
            assert_eq!(find(method, path), None, "{path}");
        }
    }

    #[test]
    fn every_call_is_in_the_table_once() {
        for (index, (_, _, operation, _)) in CALLS.iter().enumerate() {
            assert_eq!(CALLS.iter().position(|(_, _, other, _)| other == operation), Some(index));
        }
    }
}
