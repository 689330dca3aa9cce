//! The objects themselves (loops R2 and R3): every session, charge, refund and dispute of a window against the books, and
//! the books against them.
//!
//! The rule it keeps: nothing is written here. Lists are read page by page and let go again; what is gathered are
//! differences and, of what agrees, sixteen bytes a payment. Only when all of it is known does [`cure`](super::cure) act:
//! if there are more differences than can be believed, of all sorts together, nothing is touched.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use jiff::{SignedDuration, Timestamp};

use super::class::Class;
use super::{Pass, REPAIRS_MAX, Stopped, refunds};
use crate::actions::reviews;
use crate::billing::attempt::State;
use crate::billing::id::PaymentId;
use crate::billing::ledger::Account;
use crate::billing::money::Money;
use crate::billing::payment::Payment;
use crate::billing::review::Reason;
use crate::payments::client::{CallError, Created, FailKind, Patience};
use crate::payments::fraud_review;
use crate::payments::objects::{Charge, CheckoutSession, Dispute, Expandable, PaymentIntent};
use crate::payments::scale;
use crate::store::{Error, Reader};

/// A session is open for a day at most, so a charge's session was made within a day before it.
const SESSION_LIFE_MAX: SignedDuration = SignedDuration::from_hours(24);
/// Payments of the books that are read at once.
const STEP: usize = 500;

/// Where Stripe and the books differ.
#[derive(Default)]
pub(super) struct Differences {
    /// What they are about: a payment that was missed with its refund and its dispute is one difference.
    about: BTreeSet<String>,
    pub(super) charges: Charges,
    /// Sessions whose state is not the one that the books have, newest first.
    pub(super) sessions: Vec<String>,
    /// Payments that Stripe does not know as received.
    pub(super) gone: Vec<Payment>,
    /// Refunds that are not in the books as they are, newest first.
    pub(super) refunds: Vec<String>,
    pub(super) disputes: Vec<Dispute>,
    /// Every dispute that was listed.
    pub(super) disputes_listed: BTreeSet<String>,
}

impl Differences {
    /// One more difference about a payment, or about what is known by another name.
    pub(super) fn count(&mut self, intent: Option<&str>, name: &str) {
        self.about.insert(intent.unwrap_or(name).to_owned());
    }
}

/// What the list of charges says of the books.
#[derive(Default)]
pub(super) struct Charges {
    /// Payments that Stripe has.
    seen: HashSet<PaymentId>,
    /// Whether Stripe's list was read to its end.
    complete: bool,
    /// Charges that the books do not have, by their PaymentIntent: another program's, or missed.
    pub(super) missing: BTreeMap<String, Missing>,
    /// What Stripe has not put on its balance yet.
    pub(super) waiting: Vec<Money>,
    /// Open cases about which both sides agree again.
    pub(super) agreed: Vec<(Reason, String)>,
    /// Of another amount than in the books.
    pub(super) differing: Vec<(Payment, Charge)>,
    pub(super) paid_twice: Vec<Payment>,
    /// Payments that Stripe's fraud check came upon and that do not say so yet.
    pub(super) in_review: Vec<(PaymentId, Charge)>,
    /// Of which another sum went back than the books say.
    pub(super) refunded: Vec<(Payment, Charge)>,
}

pub(super) struct Missing {
    pub(super) charge: String,
    /// The session that it was paid in, if that is listed as ours.
    pub(super) session: Option<String>,
    /// Whether its PaymentIntent bears our name.
    pub(super) is_ours: bool,
}

impl Pass<'_> {
    /// Gathers what differs, and stops the pass if that is more than can be believed.
    pub(super) async fn compare(&mut self, from: Timestamp) -> Result<Differences, Stopped> {
        let mut found = Differences::default();
        self.charges(from, &mut found).await?;
        self.sessions(from.saturating_sub(SESSION_LIFE_MAX).unwrap_or(from), &mut found).await?;
        for (intent, missing) in &found.charges.missing {
            if missing.is_ours || missing.session.is_some() {
                found.about.insert(intent.clone());
            }
        }
        // A payment that is not in half a list may be in the other half.
        if found.charges.complete {
            self.missing_there(from, &mut found).await?;
        }
        self.refunds(from, &mut found).await?;
        self.disputes(from, &mut found).await?;
        self.believable(found.about.len())?;
        Ok(found)
    }

    /// Every successful charge of the window that is ours must be a payment of the books, of the same amount.
    async fn charges(&mut self, from: Timestamp, found: &mut Differences) -> Result<(), Stopped> {
        let mut pages = self.till.ask(Patience::Background).charges(Created { from, before: None });
        self.compared("charges", 0);
        while let Some(page) = pages.next_page().await? {
            self.compared("charges", page.len());
            let agreeing = self.till.store.read(|r| self.sort(&r, page, found))?;
            self.found(Class::Agrees, agreeing);
        }
        found.charges.complete = pages.is_complete();
        Ok(())
    }

    /// Sorts the successful charges of a page by what they say of the books. How many agree.
    fn sort(&self, r: &Reader<'_>, page: Vec<Charge>, found: &mut Differences) -> Result<usize, Error> {
        let mut agreeing = 0;
        for charge in page.into_iter().filter(Charge::has_succeeded) {
            let Some(intent) = charge.intent_name().map(str::to_owned) else { continue };
            let Some(payment) = r.payment_by_intent(&intent)? else {
                let bears = charge.payment_intent.as_ref().and_then(Expandable::object);
                let is_ours = bears.is_some_and(|intent| self.is_named(intent));
                let missing = Missing { charge: charge.name().to_owned(), session: None, is_ours };
                found.charges.missing.insert(intent, missing);
                continue;
            };
            found.charges.seen.insert(payment.id);
            agreeing += usize::from(has_amount(&charge, &payment));
            self.of_payment(r, charge, payment, found)?;
        }
        Ok(agreeing)
    }

    fn is_named(&self, intent: &PaymentIntent) -> bool {
        intent.metadata.get("app") == Some(&self.till.appliance)
    }

    /// What the charge of a payment says of it.
    fn of_payment(
        &self,
        r: &Reader<'_>,
        charge: Charge,
        payment: Payment,
        found: &mut Differences,
    ) -> Result<(), Error> {
        let intent = charge.intent_name().unwrap_or_default().to_owned();
        if charge.balance_transaction.is_none() && r.movement_of_payment(payment.id)?.is_none() {
            found.charges.waiting.push(payment.amount);
        }
        if charge.is_in_review() && !fraud_review::is_noted(r, payment.id)? {
            found.charges.in_review.push((payment.id, charge.clone()));
        }
        if is_unseen_credit(r, &payment)? {
            found.count(Some(&intent), charge.name());
            found.charges.paid_twice.push(payment.clone());
        }
        if refunds::sum_of(r, &payment)? != charge.amount_refunded.unwrap_or(0) {
            found.count(Some(&intent), charge.name());
            found.charges.refunded.push((payment.clone(), charge.clone()));
        }
        if has_amount(&charge, &payment) {
            self.agreed(&intent, charge.name(), found);
        } else {
            found.count(Some(&intent), charge.name());
            found.charges.differing.push((payment, charge));
        }
        Ok(())
    }

    /// The open cases that a charge which agrees closes.
    fn agreed(&self, intent: &str, charge: &str, found: &mut Differences) {
        let cases = [
            (Reason::MissingAtStripe, intent),
            (Reason::AmountMismatch, charge),
            (Reason::CurrencyMismatch, charge),
            (Reason::UnknownPayment, charge),
        ];
        let open = cases.into_iter().filter(|(reason, matter)| self.flags.contains(&reviews::dedupe(*reason, matter)));
        found.charges.agreed.extend(open.map(|(reason, matter)| (reason, matter.to_owned())));
    }

    async fn sessions(&mut self, from: Timestamp, found: &mut Differences) -> Result<(), Stopped> {
        let mut pages = self.till.ask(Patience::Background).sessions(Created { from, before: None });
        self.compared("sessions", 0);
        while let Some(page) = pages.next_page().await? {
            self.compared("sessions", page.len());
            let ours = page.into_iter().filter(|session| session.metadata.get("app") == Some(&self.till.appliance));
            for session in ours {
                let missing = session.intent_name().and_then(|intent| found.charges.missing.get_mut(intent));
                if let Some(missing) = missing {
                    missing.session.clone_from(&session.id);
                }
                if self.till.store.read(|r| differs(&r, &session))? {
                    found.count(session.intent_name(), session.name());
                    found.sessions.push(session.name().to_owned());
                }
            }
        }
        Ok(())
    }

    /// Payments of the window that Stripe did not list and does not know when asked. Beyond what can be believed nobody
    /// is asked any more.
    async fn missing_there(&mut self, from: Timestamp, found: &mut Differences) -> Result<(), Stopped> {
        let mut after = None;
        loop {
            let page = self.till.store.read(|r| r.some_payments_since(from, after, STEP))?;
            let Some(last) = page.last().map(|payment| payment.id) else { return Ok(()) };
            after = Some(last);
            self.compared("payments", page.len());
            for payment in page {
                if found.charges.seen.contains(&payment.id) || !self.is_gone(&payment).await? {
                    continue;
                }
                let intent = payment.method.stripe().map(|stripe| stripe.payment_intent.clone());
                found.count(intent.as_deref(), &payment.id.to_string());
                found.gone.push(payment);
                if !self.is_behind && found.gone.len() > REPAIRS_MAX {
                    return Ok(());
                }
            }
        }
    }

    async fn is_gone(&self, payment: &Payment) -> Result<bool, Stopped> {
        let Some(stripe) = payment.method.stripe().filter(|stripe| stripe.account == self.till.account) else {
            return Ok(false);
        };
        match self.till.ask(Patience::Background).payment_intent(&stripe.payment_intent).await {
            Ok(found) => Ok(!found.value.has_succeeded()),
            Err(CallError::Fail { kind: FailKind::NotFound, .. }) => Ok(true),
            Err(error) => Err(error.into()),
        }
    }
}

fn has_amount(charge: &Charge, payment: &Payment) -> bool {
    let scale = scale::scale(payment.amount.currency().code());
    let wire = scale.and_then(|scale| scale.to_stripe(payment.amount.minor()).ok());
    charge.amount_captured == wire && is_in(charge, payment)
}

/// Whether a charge is in the currency of its payment.
pub(super) fn is_in(charge: &Charge, payment: &Payment) -> bool {
    let code = payment.amount.currency().code();
    charge.currency.as_deref().is_some_and(|charged| charged.eq_ignore_ascii_case(code))
}

/// Whether a payment after the first of its invoice is held as credit and no case was ever opened for it.
fn is_unseen_credit(r: &Reader<'_>, payment: &Payment) -> Result<bool, Error> {
    let Some(invoice) = payment.invoice.filter(|_| payment.ordinal > 1 && payment.applied == 0) else {
        return Ok(false);
    };
    if r.balance(payment.book, payment.amount.currency(), Account::Credit(payment.id))? == 0 {
        return Ok(false);
    }
    Ok(!r.reviews_of_invoice(invoice)?.iter().any(|review| review.payment == Some(payment.id)))
}

/// Whether the state of a session of ours is not the one that the books have.
fn differs(r: &Reader<'_>, session: &CheckoutSession) -> Result<bool, Error> {
    let Some(attempt) = r.attempt_by_session(session.name())? else { return unknown_and_paid(r, session) };
    Ok(match attempt.state {
        State::Paid { .. } => false,
        State::Processing | State::LetGo | State::FailedDelayed => session.is_paid(),
        _ if session.is_complete() => true,
        state => session.is_expired() && matches!(state, State::Open | State::Revoking { .. }),
    })
}

fn unknown_and_paid(r: &Reader<'_>, session: &CheckoutSession) -> Result<bool, Error> {
    let booked = match session.intent_name() {
        Some(intent) => r.payment_by_intent(intent)?.is_some(),
        None => false,
    };
    Ok(session.is_paid() && !booked)
}
