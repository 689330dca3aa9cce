//! The calls, one method each, named after what they ask.

use jiff::Timestamp;

use super::transport::Call;
use super::{Answer, CallError, Client, Pages};
use crate::payments::form::Form;
use crate::payments::multipart::Multipart;
use crate::payments::objects::{
    Account, Balance, BalanceTransaction, Charge, CheckoutSession, Dispute, EarlyFraudWarning, Event, File, List,
    PaymentIntent, Payout, Refund,
};

/// Stripe's ids are shorter.
const ID_CHARS_MAX: usize = 255;

/// When the objects asked for were made, in whole seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Created {
    /// The first second.
    pub from: Timestamp,
    /// The first second that no longer counts; `None` for until now.
    pub before: Option<Timestamp>,
}

impl Created {
    fn question(self) -> Form {
        let form = Form::new().with("created[gte]", self.from.as_second());
        match self.before {
            Some(before) => form.with("created[lt]", before.as_second()),
            None => form,
        }
    }
}

/// Checkout Sessions.
impl Client {
    /// Makes a session from a body that [`checkout_body`](crate::payments::form::checkout_body) built and the store
    /// holds, under the key that is stored beside it.
    pub async fn create_session(&self, frozen_body: &str, key: &str) -> Result<Answer<CheckoutSession>, CallError> {
        self.ask(Call::Post { path: "/v1/checkout/sessions".to_owned(), body: frozen_body, key }).await
    }

    /// Closes an open session. A refusal says nothing: ask for the session to learn what it became instead.
    pub async fn expire_session(&self, id: &str, key: &str) -> Result<Answer<CheckoutSession>, CallError> {
        let path = format!("/v1/checkout/sessions/{}/expire", segment(id)?);
        self.ask(Call::Post { path, body: "", key }).await
    }

    /// Everything that settling needs, in one question: the session with its PaymentIntent, that one's latest charge,
    /// and that one's balance transaction, which may still be missing.
    pub async fn session(&self, id: &str) -> Result<Answer<CheckoutSession>, CallError> {
        let query = Form::new().with("expand[0]", "payment_intent.latest_charge.balance_transaction");
        self.get(format!("/v1/checkout/sessions/{}", segment(id)?), query).await
    }

    pub fn sessions(&self, created: Created) -> Pages<CheckoutSession> {
        Pages::new(self.clone(), "/v1/checkout/sessions", created.question())
    }

    /// The session behind a PaymentIntent: at most one, and none for a payment that was not made through Checkout.
    pub async fn sessions_of_intent(&self, intent: &str) -> Result<Answer<List<CheckoutSession>>, CallError> {
        let query = Form::new().with("payment_intent", intent).with("limit", 1);
        self.get("/v1/checkout/sessions".to_owned(), query).await
    }
}

/// Payments.
impl Client {
    /// With its latest charge and that one's balance transaction.
    pub async fn payment_intent(&self, id: &str) -> Result<Answer<PaymentIntent>, CallError> {
        let query = Form::new().with("expand[0]", "latest_charge.balance_transaction");
        self.get(format!("/v1/payment_intents/{}", segment(id)?), query).await
    }

    /// With its balance transaction.
    pub async fn charge(&self, id: &str) -> Result<Answer<Charge>, CallError> {
        let query = Form::new().with("expand[0]", "balance_transaction");
        self.get(format!("/v1/charges/{}", segment(id)?), query).await
    }

    /// With their balance transactions and PaymentIntents, whose metadata say whose they are: another program on the
    /// same account may have thousands, and none of them costs a question of its own.
    pub fn charges(&self, created: Created) -> Pages<Charge> {
        let question =
            created.question().with("expand[0]", "data.balance_transaction").with("expand[1]", "data.payment_intent");
        Pages::new(self.clone(), "/v1/charges", question)
    }
}

/// Refunds.
impl Client {
    /// Makes a refund from a body that [`refund_body`](crate::payments::form::refund_body) built and the store holds,
    /// under the key that is stored beside it.
    pub async fn create_refund(&self, frozen_body: &str, key: &str) -> Result<Answer<Refund>, CallError> {
        self.ask(Call::Post { path: "/v1/refunds".to_owned(), body: frozen_body, key }).await
    }

    pub async fn refund(&self, id: &str) -> Result<Answer<Refund>, CallError> {
        self.get(format!("/v1/refunds/{}", segment(id)?), Form::new()).await
    }

    /// The refunds of one payment, newest first; nobody makes more than a page of them.
    pub async fn refunds_of_intent(&self, intent: &str) -> Result<Answer<List<Refund>>, CallError> {
        let query = Form::new().with("payment_intent", intent).with("limit", 100);
        self.get("/v1/refunds".to_owned(), query).await
    }

    pub fn refunds(&self, created: Created) -> Pages<Refund> {
        Pages::new(self.clone(), "/v1/refunds", created.question())
    }
}

/// Disputes. Stripe always shows with them what they moved on the balance.
impl Client {
    pub async fn dispute(&self, id: &str) -> Result<Answer<Dispute>, CallError> {
        self.get(format!("/v1/disputes/{}", segment(id)?), Form::new()).await
    }

    pub fn disputes(&self, created: Created) -> Pages<Dispute> {
        Pages::new(self.clone(), "/v1/disputes", created.question())
    }

    /// All disputes of a payment; there may be several.
    pub fn disputes_of_intent(&self, intent: &str) -> Pages<Dispute> {
        Pages::new(self.clone(), "/v1/disputes", Form::new().with("payment_intent", intent))
    }

    pub async fn early_fraud_warning(&self, id: &str) -> Result<Answer<EarlyFraudWarning>, CallError> {
        self.get(format!("/v1/radar/early_fraud_warnings/{}", segment(id)?), Form::new()).await
    }

    /// Gives Stripe evidence from a body that [`evidence_body`](crate::payments::form::evidence_body) built.
    pub async fn update_dispute(&self, id: &str, frozen: &str, key: &str) -> Result<Answer<Dispute>, CallError> {
        self.ask(Call::Post { path: format!("/v1/disputes/{}", segment(id)?), body: frozen, key }).await
    }

    /// Accepts that a dispute is lost. There is no way back.
    pub async fn close_dispute(&self, id: &str, key: &str) -> Result<Answer<Dispute>, CallError> {
        self.ask(Call::Post { path: format!("/v1/disputes/{}/close", segment(id)?), body: "", key }).await
    }

    /// Gives Stripe a file, which evidence then names.
    pub async fn upload(&self, file: &Multipart, key: &str) -> Result<Answer<File>, CallError> {
        self.ask(Call::Upload { path: "/v1/files".to_owned(), body: file, key }).await
    }
}

/// What moved on the balance, and what went to the bank.
impl Client {
    /// With the object that moved.
    pub async fn balance_transaction(&self, id: &str) -> Result<Answer<BalanceTransaction>, CallError> {
        let query = Form::new().with("expand[0]", "source");
        self.get(format!("/v1/balance_transactions/{}", segment(id)?), query).await
    }

    pub fn balance_transactions(&self, created: Created) -> Pages<BalanceTransaction> {
        Pages::new(self.clone(), "/v1/balance_transactions", created.question())
    }

    /// The transactions that an automatic payout carried; Stripe lists none of others.
    pub fn balance_transactions_of(&self, payout: &str) -> Pages<BalanceTransaction> {
        Pages::new(self.clone(), "/v1/balance_transactions", Form::new().with("payout", payout))
    }

    pub async fn payout(&self, id: &str) -> Result<Answer<Payout>, CallError> {
        self.get(format!("/v1/payouts/{}", segment(id)?), Form::new()).await
    }

    pub fn payouts(&self, created: Created) -> Pages<Payout> {
        Pages::new(self.clone(), "/v1/payouts", created.question())
    }
}

/// Events.
impl Client {
    /// Events of these kinds (at most twenty) since `since`; Stripe keeps them for thirty days.
    pub fn events(&self, since: Timestamp, kinds: &[&str]) -> Pages<Event> {
        let created = Created { from: since, before: None };
        let question = kinds
            .iter()
            .enumerate()
            .fold(created.question(), |form, (index, kind)| form.with(&format!("types[{index}]"), kind));
        Pages::new(self.clone(), "/v1/events", question)
    }

    pub async fn event(&self, id: &str) -> Result<Answer<Event>, CallError> {
        self.get(format!("/v1/events/{}", segment(id)?), Form::new()).await
    }
}

/// The account behind the key.
impl Client {
    /// Stripe offers no permission for this that a restricted key could be given, on some accounts: a
    /// [`NoPermission`](super::FailKind::NoPermission) here says nothing about the key's other rights.
    pub async fn account(&self) -> Result<Answer<Account>, CallError> {
        self.get("/v1/account".to_owned(), Form::new()).await
    }

    pub async fn balance(&self) -> Result<Answer<Balance>, CallError> {
        self.get("/v1/balance".to_owned(), Form::new()).await
    }

    pub(super) async fn get<T: serde::de::DeserializeOwned>(
        &self,
        path: String,
        query: Form,
    ) -> Result<Answer<T>, CallError> {
        self.ask(Call::Get { path, query: query.into_text() }).await
    }
}

/// An id as part of a path. Ids come from events and lists: one that would lead elsewhere is not sent.
pub(super) fn segment(id: &str) -> Result<&str, CallError> {
    let plain = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    if id.is_empty() || id.len() > ID_CHARS_MAX || !plain {
        return Err(CallError::not_sent("what was asked for is no id of Stripe's"));
    }
    Ok(id)
}
