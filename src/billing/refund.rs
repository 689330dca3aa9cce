//! Money that goes back to whoever paid: one record for each refund of one payment, whoever made it.
//!
//! A refund hangs on the payment that it returns. What was asked for never changes; how far it got does, and a state
//! that cannot follow upon the present one is refused in a sentence. What Stripe said once it took money is final
//! unless Stripe itself says later that it failed.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::id::{CreditNoteId, CustomerId, InvoiceId, PaymentId, RefundId};
use super::ledger::{Account, Book};
use super::log::Channel;
use super::money::{Money, is_nothing};
use super::payment::{Method, Payment};

/// A refund.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    pub id: RefundId,
    pub payment: PaymentId,
    /// The invoice that the payment was meant for.
    pub invoice: Option<InvoiceId>,
    pub customer: Option<CustomerId>,
    pub book: Book,
    pub amount: Money,
    /// Why, if it was said.
    pub reason: Option<Reason>,
    pub origin: Origin,
    /// By which way it was asked for or became known.
    pub channel: Channel,
    /// The owner's address or the token's name; empty if it was made at Stripe.
    pub requested_by: String,
    pub created_at: Timestamp,
    /// One decision is one refund, however often its form or request arrives.
    pub nonce: Option<String>,
    pub way: Way,
    /// The credit note whose money it pays back, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit_note: Option<CreditNoteId>,
    pub state: State,
    /// Stripe's refund (`re_…`) once it is known.
    #[serde(default)]
    pub stripe_refund: Option<String>,
    /// What was booked when the money left; kept when it came back.
    #[serde(default)]
    pub accepted: Option<Accepted>,
    /// When a refund that had been accepted came to nothing, and was booked back.
    #[serde(default)]
    pub returned_at: Option<Timestamp>,
    /// What of it credit notes owe again since then; the rest went back to sales.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub returned_to_notes: Vec<OfNote>,
    /// How often Stripe was asked to make it.
    #[serde(default)]
    pub tries: u32,
    /// When it is looked at again.
    #[serde(default)]
    pub next_look: Option<Timestamp>,
}

/// CONTRACT: a refund's `reason`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    Duplicate,
    Fraudulent,
    RequestedByCustomer,
}

/// CONTRACT: a refund's `source`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Asked for here.
    Owner,
    /// Made in Stripe's dashboard, or by another program.
    Stripe,
}

/// How the money goes back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Way {
    /// The owner gave it back.
    Manual {
        /// By which way, if not by the one on which it had come.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        through: Option<Method>,
    },
    Stripe {
        /// Fingerprint of the key that was in use.
        account: String,
        payment_intent: String,
        /// The exact request; none for a refund that was made at Stripe.
        request: Option<Request>,
    },
}

/// What Stripe is asked, frozen before it is asked for the first time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    pub body: String,
    pub idempotency_key: String,
}

/// How far it got.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum State {
    /// Stored, and Stripe is being asked or about to be.
    Requested,
    /// Stripe was asked and the answer was lost: it may have been made.
    Unknown {
        since: Timestamp,
    },
    /// Stripe took it and the money is not on its way yet.
    Pending {
        waits_for: Waiting,
    },
    Succeeded,
    /// The money came back, or never left.
    Failed {
        reason: String,
    },
    Canceled,
    /// Stripe refused to make it; in its words.
    Rejected {
        reason: String,
    },
    /// Whether it was made was never learnt, and Stripe has none.
    Lost {
        reason: String,
    },
}

/// What a pending refund waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Waiting {
    /// The bank.
    Processing,
    /// The charge itself is not through yet.
    Charge,
    /// Money on the Stripe balance.
    Funds,
    /// The customer, whom Stripe asks where to send it.
    Customer,
}

/// CONTRACT: a refund's `status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Requested,
    Pending,
    Succeeded,
    Failed,
    Canceled,
}

/// How the refund was booked when the money left: what is held for the payer is used up before sales are touched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    pub at: Timestamp,
    /// Minor units that were held as the payment's credit.
    pub from_credit: i64,
    /// What credit notes had taken from sales already and owed to the customer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub from_notes: Vec<OfNote>,
    /// Minor units that had been paid as a fee on top of the invoice.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub from_fee: i64,
    /// Of what is not credit of the payment, how much had paid which invoice.
    pub shares: Vec<Share>,
}

/// What an invoice gets back of a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    pub invoice: InvoiceId,
    /// Minor units.
    pub amount: i64,
}

/// A part of a refund that pays back what a credit note owes, or is owed by it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfNote {
    pub note: CreditNoteId,
    /// Minor units.
    pub amount: i64,
}

/// The refund cannot go that way.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the refund {id} is {from} and cannot become {to}")]
pub struct NotThatWay {
    id: RefundId,
    from: &'static str,
    to: &'static str,
}

impl Refund {
    /// The same refund in another state.
    ///
    /// # Errors
    /// That state does not follow upon the present one.
    pub fn moved_to(self, next: State) -> Result<Self, NotThatWay> {
        if !self.state.may_become(&next) {
            return Err(NotThatWay { id: self.id, from: self.state.word(), to: next.word() });
        }
        Ok(Self { state: next, ..self })
    }

    /// CONTRACT: what others see of its state.
    #[must_use]
    pub fn status(&self) -> Status {
        match self.state {
            State::Requested | State::Unknown { .. } => Status::Requested,
            State::Pending { .. } => Status::Pending,
            State::Succeeded => Status::Succeeded,
            State::Failed { .. } | State::Rejected { .. } | State::Lost { .. } => Status::Failed,
            State::Canceled => Status::Canceled,
        }
    }

    /// Whether its money is gone or may be: nobody may refund it a second time.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.is_open() || self.stands()
    }

    /// Whether nobody knows yet if Stripe made it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self.state, State::Requested | State::Unknown { .. })
    }

    /// Whether it was made and has not failed.
    #[must_use]
    pub fn stands(&self) -> bool {
        matches!(self.state, State::Pending { .. } | State::Succeeded)
    }

    /// The account of the ledger that the money left.
    #[must_use]
    pub fn account(&self, payment: &Payment) -> Account {
        self.method(payment).account()
    }

    /// How the money went back.
    #[must_use]
    pub fn method<'a>(&'a self, payment: &'a Payment) -> &'a Method {
        match &self.way {
            Way::Manual { through: Some(method) } => method,
            Way::Manual { through: None } | Way::Stripe { .. } => &payment.method,
        }
    }

    /// What of a note's money it took and did not bring back, in minor units.
    #[must_use]
    pub fn paid_of_note(&self, note: CreditNoteId) -> i64 {
        let of = |parts: &[OfNote]| parts.iter().filter(|part| part.note == note).map(|part| part.amount).sum::<i64>();
        let taken = self.accepted.as_ref().map_or(0, |accepted| of(&accepted.from_notes));
        taken - of(&self.returned_to_notes)
    }

    /// What Stripe is asked to make it, if it was asked for here.
    #[must_use]
    pub fn request(&self) -> Option<&Request> {
        match &self.way {
            Way::Stripe { request, .. } => request.as_ref(),
            Way::Manual { .. } => None,
        }
    }

    /// Stripe's payment that it returns.
    #[must_use]
    pub fn payment_intent(&self) -> Option<&str> {
        match &self.way {
            Way::Stripe { payment_intent, .. } => Some(payment_intent),
            Way::Manual { .. } => None,
        }
    }

    /// What an invoice got back by it, in minor units; nothing if it failed.
    #[must_use]
    pub fn returned_to(&self, invoice: InvoiceId) -> i64 {
        let shares = self.accepted.as_ref().filter(|_| self.stands()).map_or(&[][..], |accepted| &accepted.shares);
        shares.iter().filter(|share| share.invoice == invoice).map(|share| share.amount).sum()
    }

    /// Why it came to nothing, in words, if it did.
    #[must_use]
    pub fn why_not(&self) -> Option<&str> {
        match &self.state {
            State::Failed { reason } | State::Rejected { reason } | State::Lost { reason } => Some(reason),
            _ => None,
        }
    }
}

impl State {
    /// Stripe may be slow, but it does not change its mind: what was accepted only fails, and what failed stays so. What
    /// was thought not to be there may turn up.
    #[must_use]
    pub fn may_become(&self, next: &Self) -> bool {
        let told = matches!(next, Self::Pending { .. } | Self::Succeeded | Self::Failed { .. } | Self::Canceled);
        match self {
            Self::Requested => told || matches!(next, Self::Unknown { .. } | Self::Rejected { .. }),
            Self::Unknown { .. } => told || matches!(next, Self::Rejected { .. } | Self::Lost { .. }),
            Self::Pending { .. } => told && self != next,
            Self::Succeeded => matches!(next, Self::Failed { .. } | Self::Canceled),
            Self::Rejected { .. } | Self::Lost { .. } => told,
            Self::Failed { .. } | Self::Canceled => false,
        }
    }

    fn word(&self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Unknown { .. } => "unknown",
            Self::Pending { .. } => "pending",
            Self::Succeeded => "succeeded",
            Self::Failed { .. } => "failed",
            Self::Canceled => "canceled",
            Self::Rejected { .. } => "rejected",
            Self::Lost { .. } => "lost",
        }
    }
}

impl Reason {
    pub const ALL: [Self; 3] = [Self::RequestedByCustomer, Self::Duplicate, Self::Fraudulent];

    /// CONTRACT: its name, which is Stripe's too.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Duplicate => "duplicate",
            Self::Fraudulent => "fraudulent",
            Self::RequestedByCustomer => "requested_by_customer",
        }
    }

    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Duplicate => "Paid twice",
            Self::Fraudulent => "Fraudulent",
            Self::RequestedByCustomer => "The customer asked for it",
        }
    }

    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }
}

impl Origin {
    /// CONTRACT: its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Stripe => "stripe",
        }
    }
}

impl Status {
    /// CONTRACT: its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Pending => "pending",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;
    use crate::billing::currency::Currency;

    fn refund(state: State) -> Refund {
        Refund {
            id: RefundId::from_parts(1, 1),
            payment: PaymentId::from_parts(1, 2),
            invoice: Some(InvoiceId::from_parts(1, 3)),
            customer: None,
            book: Book::Test,
            amount: Money::new(500, Currency::EUR).unwrap(),
            reason: None,
            origin: Origin::Owner,
            channel: Channel::Owner,
            requested_by: String::new(),
            created_at: Timestamp::UNIX_EPOCH,
            nonce: None,
            way: Way::Manual { through: None },
            credit_note: None,
            state,
            stripe_refund: None,
            accepted: None,
            returned_at: None,
            returned_to_notes: Vec::new(),
            tries: 0,
            next_look: None,
        }
    }

    /// Every state once, in the order of the table below.
    fn states() -> [State; 8] {
        let reason = String::new();
        [
            State::Requested,
            State::Unknown { since: Timestamp::UNIX_EPOCH },
            State::Pending { waits_for: Waiting::Processing },
            State::Succeeded,
            State::Failed { reason: reason.clone() },
            State::Canceled,
            State::Rejected { reason: reason.clone() },
            State::Lost { reason },
        ]
    }

    #[test]
    fn a_state_follows_only_where_the_table_says_so() {
        let table = [
            ("requested", ".xxxxxx."),
            ("unknown", "..xxxxxx"),
            ("pending", "...xxx.."),
            ("succeeded", "....xx.."),
            ("failed", "........"),
            ("canceled", "........"),
            ("rejected", "..xxxx.."),
            ("lost", "..xxxx.."),
        ];
        for ((word, row), from) in table.into_iter().zip(states()) {
            assert_eq!(from.word(), word);
            let found: String = states().iter().map(|next| if from.may_become(next) { 'x' } else { '.' }).collect();
            assert_eq!(found, row, "{word}");
        }
    }

    #[test]
    fn a_refusal_reads_as_a_sentence() {
        let refused = refund(State::Canceled).moved_to(State::Succeeded).unwrap_err();
        assert!(refused.to_string().ends_with(" is canceled and cannot become succeeded"), "{refused}");
    }

    #[test]
    fn money_that_may_be_gone_counts_and_money_that_came_back_does_not() {
        let counts: Vec<bool> = states().map(|state| refund(state).counts()).into();
        assert_eq!(counts, [true, true, true, true, false, false, false, false]);
    }

    #[test]
    fn what_failed_was_returned_to_nobody() {
        let invoice = InvoiceId::from_parts(1, 3);
        let shares = vec![Share { invoice, amount: 300 }];
        let at = Timestamp::UNIX_EPOCH;
        let accepted = Some(Accepted { at, from_credit: 200, from_notes: Vec::new(), from_fee: 0, shares });
        let stands = Refund { accepted, ..refund(State::Succeeded) };
        assert_eq!(stands.returned_to(invoice), 300);
        assert_eq!(stands.returned_to(InvoiceId::from_parts(9, 9)), 0);
        let failed = stands.moved_to(State::Failed { reason: "lost_or_stolen_card".into() }).unwrap();
        assert_eq!(failed.returned_to(invoice), 0);
    }
}
