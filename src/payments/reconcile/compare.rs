//! The objects themselves (loops R2 and R3): every session, charge, refund and dispute of a window against the books, and
//! the books against them.
//!
//! The rule it keeps: nothing is written here. Lists are read page by page and let go again; what is gathered are
//! differences, of what agrees sixteen bytes a payment, and of what is another program's eight. Only when all of it is
//! known does [`cure`](super::cure) act: if there are more differences than can be believed, of all sorts together, the
//! pass ends with the page that says so and nothing is touched.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::{SignedDuration, Timestamp};

use super::class::Class;
use super::{Pass, REPAIRS_MAX, Stopped, refunds};
use crate::actions::reviews;
use crate::billing::attempt::State;
use crate::billing::id::{DisputeId, PaymentId};
use crate::billing::ledger::Account;
use crate::billing::payment::{Payment, StripeReceipt};
use crate::billing::review::{Reason, Review};
use crate::payments::client::{CallError, Created, FailKind, Patience};
use crate::payments::fraud_review;
use crate::payments::objects::{Charge, CheckoutSession, Dispute, Expandable, PaymentIntent, bears};
use crate::payments::scale;
use crate::store::{Error, Reader};

/// A session is open for a day at most, so a charge's session was made within a day before it.
const SESSION_LIFE_MAX: SignedDuration = SignedDuration::from_hours(24);
/// Payments of the books that are read at once.
const STEP: usize = 500;
/// What a case may be about that settling a checkout opened.
const OF_CHECKOUTS: [Reason; 7] = [
    Reason::AmountMismatch,
    Reason::CurrencyMismatch,
    Reason::ReferenceMismatch,
    Reason::UnknownSession,
    Reason::UnknownPayment,
    Reason::PaidAfterVoid,
    Reason::DuplicatePayment,
];

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
    /// The disputes of the books that were listed.
    pub(super) disputes_listed: BTreeSet<DisputeId>,
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
    /// Fingerprints of the keys that they were made with: what Stripe lists for the key in use is of its account.
    keys: BTreeSet<String>,
    /// Keys that made payments which Stripe does not know, where nobody knows which account they open.
    elsewhere: BTreeSet<String>,
    /// Whether Stripe's list was read to its end.
    complete: bool,
    /// Charges that the books do not have and that are ours, by their PaymentIntent.
    pub(super) missing: BTreeMap<String, Missing>,
    /// PaymentIntents of all other charges that the books do not have, each as eight bytes. Two that are the same by
    /// chance cost a needless look.
    pub(super) others: HashSet<u64>,
    /// Payments that Stripe has not put on its balance yet.
    pub(super) waiting: Vec<PaymentId>,
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
    /// Unknown of a charge that only its session says to be ours.
    pub(super) charge: Option<String>,
    /// The session that it was paid in, if that is listed as ours.
    pub(super) session: Option<String>,
}

/// What Stripe says of a payment of the books that it did not list.
enum There {
    Known,
    Gone,
    /// It is of another account or mode, or may be: the key in use cannot say anything of it.
    OutOfSight,
}

impl Pass<'_> {
    /// Gathers what differs, and stops the pass if that is more than can be believed.
    pub(super) async fn compare(&mut self, from: Timestamp) -> Result<Differences, Stopped> {
        let mut found = Differences::default();
        self.charges(from, &mut found).await?;
        self.sessions(from.saturating_sub(SESSION_LIFE_MAX).unwrap_or(from), &mut found).await?;
        // A payment that is not in half a list may be in the other half.
        if found.charges.complete {
            self.missing_there(from, &mut found).await?;
        }
        self.refunds(from, &mut found).await?;
        self.disputes(from, &mut found).await?;
        self.so_far(&found)?;
        Ok(found)
    }

    /// Stops the pass as soon as more was found than can be believed.
    pub(super) fn so_far(&self, found: &Differences) -> Result<(), Stopped> {
        self.believable(found.about.len())
    }

    /// Every successful charge of the window that is ours must be a payment of the books, of the same amount.
    async fn charges(&mut self, from: Timestamp, found: &mut Differences) -> Result<(), Stopped> {
        let mut pages = self.till.ask(Patience::Background).charges(Created { from, before: None });
        self.compared("charges", 0);
        while let Some(page) = pages.next_page().await? {
            self.compared("charges", page.len());
            let agreeing = self.till.store.read(|r| self.sort(&r, page, found))?;
            self.found(Class::Agrees, agreeing);
            self.so_far(found)?;
        }
        found.charges.complete = pages.is_complete();
        self.saw("charges", pages.is_complete());
        Ok(())
    }

    /// Sorts the successful charges of a page by what they say of the books. How many agree.
    fn sort(&self, r: &Reader<'_>, page: Vec<Charge>, found: &mut Differences) -> Result<usize, Error> {
        let mut agreeing = 0;
        for charge in page.into_iter().filter(Charge::has_succeeded) {
            let Some(intent) = charge.intent_name().map(str::to_owned) else { continue };
            let Some(payment) = r.payment_by_intent(&intent)? else {
                let bears = charge.payment_intent.as_ref().and_then(Expandable::object);
                if bears.is_some_and(|intent| self.is_named(intent)) {
                    found.count(Some(&intent), charge.name());
                    let missing = Missing { charge: Some(charge.name().to_owned()), session: None };
                    found.charges.missing.insert(intent, missing);
                } else {
                    found.charges.others.insert(short(&intent));
                }
                continue;
            };
            found.charges.seen.insert(payment.id);
            if let Some(stripe) = payment.method.stripe().filter(|stripe| !found.charges.keys.contains(&stripe.account))
            {
                found.charges.keys.insert(stripe.account.clone());
            }
            agreeing += usize::from(has_amount(&charge, &payment));
            self.of_payment(r, charge, payment, found)?;
        }
        Ok(agreeing)
    }

    fn is_named(&self, intent: &PaymentIntent) -> bool {
        bears(&intent.metadata, &self.till.appliance)
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
            found.charges.waiting.push(payment.id);
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
        let open = cases.into_iter().filter(|(reason, matter)| self.is_flagged(*reason, matter));
        found.charges.agreed.extend(open.map(|(reason, matter)| (reason, matter.to_owned())));
    }

    async fn sessions(&mut self, from: Timestamp, found: &mut Differences) -> Result<(), Stopped> {
        let mut pages = self.till.ask(Patience::Background).sessions(Created { from, before: None });
        self.compared("sessions", 0);
        while let Some(page) = pages.next_page().await? {
            self.compared("sessions", page.len());
            let ours = page.into_iter().filter(|session| bears(&session.metadata, &self.till.appliance));
            for session in ours {
                found.explained_by(&session);
                if self.till.store.read(|r| differs(&r, &session))? {
                    // What a person has been shown does not count every time.
                    if self.till.store.read(|r| case_of(&r, &session))?.is_none() {
                        found.count(session.intent_name(), session.name());
                    }
                    found.sessions.push(session.name().to_owned());
                }
            }
            self.so_far(found)?;
        }
        self.saw("checkout sessions", pages.is_complete());
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
            for payment in page {
                let there = self.there(&payment, &mut found.charges).await?;
                self.compared("payments", usize::from(!matches!(there, There::OutOfSight)));
                if !matches!(there, There::Gone) {
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

    /// Asks about a payment that Stripe did not list. That it is not there proves something only in the account that it
    /// was made in.
    async fn there(&self, payment: &Payment, charges: &mut Charges) -> Result<There, Stopped> {
        let Some(stripe) = payment.method.stripe().filter(|_| payment.book == self.till.book()) else {
            return Ok(There::OutOfSight);
        };
        if charges.seen.contains(&payment.id) {
            return Ok(There::Known);
        }
        let is_here = self.is_here(stripe, charges)?;
        if is_here == Some(false) || charges.elsewhere.contains(&stripe.account) {
            return Ok(There::OutOfSight);
        }
        match self.till.ask(Patience::Background).payment_intent(&stripe.payment_intent).await {
            Ok(found) if found.value.has_succeeded() => Ok(There::Known),
            Ok(_) => Ok(There::Gone),
            Err(CallError::Fail { kind: FailKind::NotFound, .. }) if is_here == Some(true) => Ok(There::Gone),
            Err(CallError::Fail { kind: FailKind::NotFound, .. }) => {
                charges.elsewhere.insert(stripe.account.clone());
                Ok(There::OutOfSight)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Whether the key that a payment was made with opens the account that is compared: by what Stripe said of both keys,
    /// or because another payment made with it was listed.
    fn is_here(&self, stripe: &StripeReceipt, charges: &Charges) -> Result<Option<bool>, Stopped> {
        if charges.keys.contains(&stripe.account) {
            return Ok(Some(true));
        }
        Ok(self.till.store.read(|r| self.side.is_opened_by(&r, &stripe.account))?)
    }
}

/// A PaymentIntent's id in eight bytes.
fn short(intent: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    intent.hash(&mut hasher);
    hasher.finish()
}

impl Differences {
    /// A session of ours was listed: a charge that the books do not have may be the one that was made in it.
    fn explained_by(&mut self, session: &CheckoutSession) {
        let Some(intent) = session.intent_name() else { return };
        if let Some(missing) = self.charges.missing.get_mut(intent) {
            missing.session.clone_from(&session.id);
        } else if self.charges.others.remove(&short(intent)) {
            self.count(Some(intent), session.name());
            let missing = Missing { charge: None, session: session.id.clone() };
            self.charges.missing.insert(intent.to_owned(), missing);
        }
    }
}

/// The case that was opened about a session or what was paid in it, whatever the reason and whatever was decided.
pub(super) fn case_of(r: &Reader<'_>, session: &CheckoutSession) -> Result<Option<Review>, Error> {
    case_about(r, [Some(session.name()), session.intent_name()].into_iter().flatten())
}

pub(super) fn case_about<'a>(r: &Reader<'_>, matters: impl Iterator<Item = &'a str>) -> Result<Option<Review>, Error> {
    for matter in matters {
        for reason in OF_CHECKOUTS {
            if let Some(review) = r.review_of_matter(&reviews::dedupe(reason, matter))? {
                return Ok(Some(review));
            }
        }
    }
    Ok(None)
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
