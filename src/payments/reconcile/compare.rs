//! The objects themselves: every session and charge of a window against the books, and the books against them.
//!
//! Differences are gathered before the first is repaired: if there are more than can be believed, nothing is touched.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::{Pass, REPAIRS_MAX, Stopped};
use crate::actions::reviews::Case;
use crate::billing::attempt::State;
use crate::billing::id::InvoiceId;
use crate::billing::log::Channel;
use crate::billing::payment::Payment;
use crate::billing::review::{Evidence, Reason};
use crate::payments::client::{CallError, Created, FailKind, Patience};
use crate::payments::fraud_review;
use crate::payments::objects::{Charge, CheckoutSession};
use crate::payments::scale;
use crate::payments::settle::Settled;
use crate::payments::sync::sync_session;

/// A session is open for a day at most, so a charge's session was made within a day before it.
const SESSION_LIFE_MAX: SignedDuration = SignedDuration::from_hours(24);

/// Sessions of the window by the PaymentIntent that they were paid with: the session, and whether it is ours.
type Sessions = BTreeMap<String, (String, bool)>;

impl Pass<'_> {
    pub(super) async fn compare(&mut self, from: Timestamp) -> Result<(), Stopped> {
        let sessions = self.sessions(from.saturating_sub(SESSION_LIFE_MAX).unwrap_or(from)).await?;
        self.charges(from, &sessions).await
    }

    async fn sessions(&mut self, from: Timestamp) -> Result<Sessions, Stopped> {
        let question = self.till.ask(Patience::Background).sessions(Created { from, before: None });
        let (sessions, _) = self.all(question).await?;
        self.compared("sessions", sessions.len());
        let mut by_intent = Sessions::new();
        let mut differing = Vec::new();
        for session in sessions {
            let ours = session.metadata.get("app") == Some(&self.till.appliance);
            if let Some(intent) = session.intent_name() {
                by_intent.insert(intent.to_owned(), (session.name().to_owned(), ours));
            }
            if ours && self.differs(&session)? {
                differing.push(session.name().to_owned());
            }
        }
        // Books that are behind lack what they lack; that all of it is ours was seen above.
        if !self.is_behind && differing.len() > REPAIRS_MAX {
            return Err(Stopped::TooMuch(differing.len()));
        }
        for session in differing {
            self.repair(&session).await?;
        }
        Ok(by_intent)
    }

    /// Whether a session's state is not the one that its attempt has.
    fn differs(&self, session: &CheckoutSession) -> Result<bool, Stopped> {
        let attempt = self.till.store.read(|r| r.attempt_by_session(session.name()))?;
        let Some(attempt) = attempt else { return self.unknown_and_paid(session) };
        Ok(match attempt.state {
            State::Paid { .. } => false,
            State::Processing | State::LetGo | State::FailedDelayed => session.is_paid(),
            _ if session.is_complete() => true,
            state => session.is_expired() && matches!(state, State::Open | State::Revoking { .. }),
        })
    }

    fn unknown_and_paid(&self, session: &CheckoutSession) -> Result<bool, Stopped> {
        let booked = match session.intent_name() {
            Some(intent) => self.till.store.read(|r| r.payment_by_intent(intent))?.is_some(),
            None => false,
        };
        Ok(session.is_paid() && !booked)
    }

    async fn repair(&mut self, session: &str) -> Result<(), Stopped> {
        let settled = sync_session(self.till, session, Channel::Reconciliation, None, Patience::Background).await?;
        let invoice = self.invoice_of(session)?;
        match settled {
            Settled::Booked(_) => {
                self.repaired(
                    "missed_payment",
                    session,
                    invoice,
                    "A paid checkout was not in the books; it is now.".into(),
                );
            }
            Settled::Moved => {
                self.repaired("stale_attempt", session, invoice, "The checkout's state was brought up to date.".into());
            }
            Settled::Foreign => self.compared("foreign", 1),
            Settled::Unchanged => {}
        }
        Ok(())
    }

    fn invoice_of(&self, session: &str) -> Result<Option<InvoiceId>, Stopped> {
        Ok(self.till.store.read(|r| r.attempt_by_session(session))?.map(|attempt| attempt.invoice))
    }

    /// Every successful charge of the window that is ours must be a payment of the books, of the same amount.
    async fn charges(&mut self, from: Timestamp, sessions: &Sessions) -> Result<(), Stopped> {
        let question = self.till.ask(Patience::Background).charges(Created { from, before: None });
        let (charges, complete) = self.all(question).await?;
        self.compared("charges", charges.len());
        let mut received = BTreeSet::new();
        let mut missing = Vec::new();
        for charge in charges.into_iter().filter(Charge::has_succeeded) {
            let Some(intent) = charge.intent_name().map(str::to_owned) else { continue };
            match self.till.store.read(|r| r.payment_by_intent(&intent))? {
                Some(payment) => {
                    self.note_review(&charge, &payment).await?;
                    self.compare_amounts(&charge, &payment).await?;
                }
                None => missing.push((charge, intent.clone())),
            }
            received.insert(intent);
        }
        self.missing_here(missing, sessions).await?;
        // A payment that is not in half a list may be in the other half.
        if complete { self.missing_there(from, &received).await } else { Ok(()) }
    }

    /// Stripe's fraud check may come upon a payment after it was booked.
    async fn note_review(&mut self, charge: &Charge, payment: &Payment) -> Result<(), Stopped> {
        let id = payment.id;
        if !charge.is_in_review() || self.till.store.read(|r| fraud_review::is_noted(&r, id))? {
            return Ok(());
        }
        let charge = charge.clone();
        Ok(self.till.store.write(move |w| fraud_review::note(w, id, Some(&charge))).await?)
    }

    async fn compare_amounts(&mut self, charge: &Charge, payment: &Payment) -> Result<(), Stopped> {
        let currency = payment.amount.currency().code();
        let wire = scale::scale(currency).and_then(|scale| scale.to_stripe(payment.amount.minor()).ok());
        let same_currency = charge.currency.as_deref().is_some_and(|code| code.eq_ignore_ascii_case(currency));
        if charge.amount_captured == wire && same_currency {
            return Ok(());
        }
        let stripe = format!(
            "{} {} in Stripe's units",
            charge.amount_captured.unwrap_or(0),
            charge.currency.as_deref().unwrap_or("of no currency").to_uppercase()
        );
        let detail = format!("A charge is {stripe}, and {} in the books.", payment.amount);
        let reason = if same_currency { Reason::AmountMismatch } else { Reason::CurrencyMismatch };
        let case = Case::new(reason, charge.name(), detail).invoice(payment.invoice).evidence(vec![Evidence::new(
            "Amount",
            stripe,
            payment.amount.to_string(),
        )]);
        self.difference(case).await
    }

    /// Money at Stripe that the books do not have. Its session is one of the window, or it did not come through Checkout
    /// and is another program's.
    async fn missing_here(&mut self, missing: Vec<(Charge, String)>, sessions: &Sessions) -> Result<(), Stopped> {
        for (charge, intent) in missing {
            let Some((session, true)) = sessions.get(&intent) else {
                self.compared("foreign", 1);
                continue;
            };
            // It may have been paid between the two lists.
            self.repair(session).await?;
            if self.till.store.read(|r| r.payment_by_intent(&intent))?.is_some() {
                continue;
            }
            let detail = format!(
                "Stripe has a charge that belongs to a checkout of this Quittance ({session}) and that could not be booked."
            );
            let case = Case::new(Reason::UnknownPayment, charge.name(), detail)
                .invoice(self.invoice_of(session)?)
                .evidence(vec![Evidence::new("Payment", intent, "unknown")]);
            self.difference(case).await?;
        }
        Ok(())
    }

    /// Payments of the window that Stripe did not list.
    async fn missing_there(&mut self, from: Timestamp, received: &BTreeSet<String>) -> Result<(), Stopped> {
        let payments = self.till.store.read(|r| r.payments_since(from))?;
        self.compared("payments", payments.len());
        for payment in payments {
            let Some(stripe) = payment.method.stripe() else { continue };
            if stripe.account != self.till.account || received.contains(&stripe.payment_intent) {
                continue;
            }
            let intent = stripe.payment_intent.clone();
            match self.till.ask(Patience::Background).payment_intent(&intent).await {
                Ok(found) if found.value.has_succeeded() => continue,
                Ok(_) | Err(CallError::Fail { kind: FailKind::NotFound, .. }) => {}
                Err(error) => return Err(error.into()),
            }
            let detail =
                format!("The books have a payment of {} that Stripe does not know as received.", payment.amount);
            let case = Case::new(Reason::MissingAtStripe, &intent, detail)
                .invoice(payment.invoice)
                .payment(payment.id)
                .evidence(vec![Evidence::new("Payment", "unknown", intent.clone())]);
            self.difference(case).await?;
        }
        Ok(())
    }
}
