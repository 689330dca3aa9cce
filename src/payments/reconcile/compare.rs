//! The objects themselves (loops R2 and R3): every session and charge of a window against the books, and the books
//! against them.
//!
//! Lists are read page by page and let go again; what is gathered are differences and, of what agrees, sixteen bytes a
//! payment. Differences are gathered before the first is repaired: if there are more than can be believed, nothing is
//! touched.

use std::collections::{BTreeMap, HashSet};

use jiff::{SignedDuration, Timestamp};

use super::class::Class;
use super::refunds;
use super::{Pass, REPAIRS_MAX, Stopped};
use crate::actions::reviews::Case;
use crate::billing::attempt::State;
use crate::billing::id::{InvoiceId, PaymentId};
use crate::billing::ledger::Account;
use crate::billing::log::Channel;
use crate::billing::money::Money;
use crate::billing::payment::Payment;
use crate::billing::review::{Evidence, Reason};
use crate::payments::client::{CallError, Created, FailKind, Patience};
use crate::payments::fraud_review;
use crate::payments::movements::{self, Brought, Known};
use crate::payments::objects::{BalanceTransaction, Charge, CheckoutSession, Expandable};
use crate::payments::scale;
use crate::payments::settle::Settled;
use crate::payments::sync::sync_session;
use crate::store::{Error, Reader};

/// A session is open for a day at most, so a charge's session was made within a day before it.
const SESSION_LIFE_MAX: SignedDuration = SignedDuration::from_hours(24);
/// Payments of the books that are read at once.
const STEP: usize = 500;

/// What the list of charges says of the books.
#[derive(Default)]
pub(super) struct Charges {
    /// Payments that Stripe has.
    seen: HashSet<PaymentId>,
    /// Charges that the books do not have, by their PaymentIntent: another program's, or missed.
    missing: BTreeMap<String, Missing>,
    /// Whether Stripe's list was read to its end.
    complete: bool,
    /// What Stripe has not put on its balance yet.
    pub(super) waiting: Vec<Money>,
    /// Of which another sum went back than the books say.
    refunded: Vec<(Payment, Charge)>,
}

struct Missing {
    charge: String,
    /// The session that it was paid in, if that is ours.
    session: Option<String>,
}

/// What a page of charges came to.
#[derive(Default)]
struct Page {
    agreeing: Vec<(Payment, String)>,
    differing: Vec<(Payment, Charge)>,
    paid_twice: Vec<Payment>,
    /// Movements that the books do not have.
    unbooked: Vec<(BalanceTransaction, Payment)>,
    waiting: Vec<Money>,
    missing: Vec<(String, String)>,
    /// Payments that Stripe's fraud check came upon and that do not say so yet.
    in_review: Vec<(PaymentId, Charge)>,
    /// Of which another sum went back than the books say.
    refunded: Vec<(Payment, Charge)>,
}

impl Pass<'_> {
    pub(super) async fn compare(&mut self, from: Timestamp) -> Result<Charges, Stopped> {
        let mut charges = self.charges(from).await?;
        self.sessions(from.saturating_sub(SESSION_LIFE_MAX).unwrap_or(from), &mut charges).await?;
        self.missing_here(std::mem::take(&mut charges.missing)).await?;
        // A payment that is not in half a list may be in the other half.
        if charges.complete {
            self.missing_there(from, &charges.seen).await?;
        }
        self.refunds(from).await?;
        self.refunded_sums(std::mem::take(&mut charges.refunded)).await?;
        Ok(charges)
    }

    /// Every successful charge of the window that is ours must be a payment of the books, of the same amount.
    async fn charges(&mut self, from: Timestamp) -> Result<Charges, Stopped> {
        let mut pages = self.till.ask(Patience::Background).charges(Created { from, before: None });
        let mut charges = Charges::default();
        self.compared("charges", 0);
        while let Some(page) = pages.next_page().await? {
            self.compared("charges", page.len());
            let page = self.till.store.read(|r| sort(&r, page))?;
            charges.seen.extend(page.agreeing.iter().map(|(payment, _)| payment.id));
            charges.seen.extend(page.differing.iter().map(|(payment, _)| payment.id));
            charges.waiting.extend(&page.waiting);
            charges.refunded.extend(page.refunded.iter().cloned());
            for (intent, charge) in &page.missing {
                charges.missing.insert(intent.clone(), Missing { charge: charge.clone(), session: None });
            }
            self.page(page).await?;
        }
        charges.complete = pages.is_complete();
        Ok(charges)
    }

    async fn page(&mut self, page: Page) -> Result<(), Stopped> {
        self.found(Class::Agrees, page.agreeing.len());
        for (payment, charge) in &page.agreeing {
            let intent = payment.method.stripe().map(|stripe| stripe.payment_intent.clone()).unwrap_or_default();
            self.agrees(Reason::MissingAtStripe, &intent).await?;
            for reason in [Reason::AmountMismatch, Reason::CurrencyMismatch, Reason::UnknownPayment] {
                self.agrees(reason, charge).await?;
            }
        }
        for (payment, charge) in &page.differing {
            self.amount_differs(charge, payment).await?;
        }
        for (id, charge) in page.in_review {
            self.till.store.write(move |w| fraud_review::note(w, id, Some(&charge))).await?;
        }
        for payment in page.paid_twice {
            self.paid_twice(&payment).await?;
        }
        self.book_fees(page.unbooked).await
    }

    /// The fees of payments, as far as Stripe has booked them since they were settled.
    async fn book_fees(&mut self, unbooked: Vec<(BalanceTransaction, Payment)>) -> Result<(), Stopped> {
        if unbooked.is_empty() {
            return Ok(());
        }
        let news = self.till.news(Channel::Reconciliation, None);
        let booked = self
            .till
            .store
            .write(move |w| {
                let mut booked = 0_usize;
                for (transaction, payment) in &unbooked {
                    let brought = movements::bring_known(w, transaction, Known::payment(payment), &news)?;
                    booked += usize::from(matches!(brought, Brought::Booked(_)));
                }
                Ok::<_, Error>(booked)
            })
            .await?;
        self.found(Class::MissedMovement, booked);
        Ok(())
    }

    async fn sessions(&mut self, from: Timestamp, charges: &mut Charges) -> Result<(), Stopped> {
        let mut pages = self.till.ask(Patience::Background).sessions(Created { from, before: None });
        let mut differing = Vec::new();
        self.compared("sessions", 0);
        while let Some(page) = pages.next_page().await? {
            self.compared("sessions", page.len());
            let ours = page.into_iter().filter(|session| session.metadata.get("app") == Some(&self.till.appliance));
            let ours: Vec<CheckoutSession> = ours.collect();
            for session in &ours {
                if let Some(missing) = session.intent_name().and_then(|intent| charges.missing.get_mut(intent)) {
                    missing.session.clone_from(&session.id);
                }
            }
            differing.extend(self.till.store.read(|r| differing_of(&r, &ours))?);
        }
        // Books that are behind lack what they lack; that all of it is ours was seen above.
        if !self.is_behind && differing.len() > REPAIRS_MAX {
            return Err(Stopped::TooMuch(differing.len()));
        }
        for session in differing {
            self.repair(&session).await?;
        }
        Ok(())
    }

    async fn repair(&mut self, session: &str) -> Result<(), Stopped> {
        let settled = sync_session(self.till, session, Channel::Reconciliation, None, Patience::Background).await?;
        let invoice = self.invoice_of(session)?;
        match settled {
            Settled::Booked(_) => {
                let words = "A paid checkout was not in the books; it is now.";
                self.repaired(Class::MissedPayment, session, invoice, words.into());
            }
            Settled::Moved => {
                let words = "The checkout's state was brought up to date.";
                self.repaired(Class::StaleAttempt, session, invoice, words.into());
            }
            Settled::Foreign => self.foreign(1),
            Settled::Unchanged => {}
        }
        Ok(())
    }

    fn invoice_of(&self, session: &str) -> Result<Option<InvoiceId>, Stopped> {
        Ok(self.till.store.read(|r| r.attempt_by_session(session))?.map(|attempt| attempt.invoice))
    }

    async fn amount_differs(&mut self, charge: &Charge, payment: &Payment) -> Result<(), Stopped> {
        let stripe = format!(
            "{} {} in Stripe's units",
            charge.amount_captured.unwrap_or(0),
            charge.currency.as_deref().unwrap_or("of no currency").to_uppercase()
        );
        let detail = format!("A charge is {stripe}, and {} in the books.", payment.amount);
        let reason = if is_in(charge, payment) { Reason::AmountMismatch } else { Reason::CurrencyMismatch };
        let case = Case::new(reason, charge.name(), detail).invoice(payment.invoice).evidence(vec![Evidence::new(
            "Amount",
            stripe,
            payment.amount.to_string(),
        )]);
        self.difference(Class::AmountDiffers, case).await
    }

    /// A second payment of an invoice that is still held as credit and that nobody was ever shown.
    async fn paid_twice(&mut self, payment: &Payment) -> Result<(), Stopped> {
        let matter = payment.method.stripe().map(|stripe| stripe.payment_intent.clone()).unwrap_or_default();
        let words =
            "The invoice was paid already when this payment arrived. The money is kept as the customer's credit.";
        let case = Case::new(Reason::DuplicatePayment, &matter, words)
            .invoice(payment.invoice)
            .payment(payment.id)
            .evidence(vec![Evidence::new("Amount", payment.amount.to_string(), "paid before")]);
        self.difference(Class::PaidTwice, case).await
    }

    /// Money at Stripe that the books do not have. Its session is one of the window, or it did not come through Checkout
    /// and is another program's.
    async fn missing_here(&mut self, missing: BTreeMap<String, Missing>) -> Result<(), Stopped> {
        for (intent, Missing { charge, session }) in missing {
            let Some(session) = session else {
                self.foreign(1);
                continue;
            };
            if self.till.store.read(|r| r.payment_by_intent(&intent))?.is_some() {
                continue;
            }
            // It may have been paid between the two lists.
            self.repair(&session).await?;
            if self.till.store.read(|r| r.payment_by_intent(&intent))?.is_some() {
                continue;
            }
            let detail = format!(
                "Stripe has a charge that belongs to a checkout of this Quittance ({session}) and that could not be booked."
            );
            let case = Case::new(Reason::UnknownPayment, &charge, detail)
                .invoice(self.invoice_of(&session)?)
                .evidence(vec![Evidence::new("Payment", intent, "unknown")]);
            self.difference(Class::UnknownCharge, case).await?;
        }
        Ok(())
    }

    /// Payments of the window that Stripe did not list.
    async fn missing_there(&mut self, from: Timestamp, seen: &HashSet<PaymentId>) -> Result<(), Stopped> {
        let mut after = None;
        loop {
            let page = self.till.store.read(|r| r.some_payments_since(from, after, STEP))?;
            let Some(last) = page.last().map(|payment| payment.id) else { return Ok(()) };
            after = Some(last);
            self.compared("payments", page.len());
            for payment in page.into_iter().filter(|payment| !seen.contains(&payment.id)) {
                self.not_listed(payment).await?;
            }
        }
    }

    async fn not_listed(&mut self, payment: Payment) -> Result<(), Stopped> {
        let Some(stripe) = payment.method.stripe().filter(|stripe| stripe.account == self.till.account) else {
            return Ok(());
        };
        let intent = stripe.payment_intent.clone();
        match self.till.ask(Patience::Background).payment_intent(&intent).await {
            Ok(found) if found.value.has_succeeded() => return Ok(()),
            Ok(_) | Err(CallError::Fail { kind: FailKind::NotFound, .. }) => {}
            Err(error) => return Err(error.into()),
        }
        let detail = format!("The books have a payment of {} that Stripe does not know as received.", payment.amount);
        let case = Case::new(Reason::MissingAtStripe, &intent, detail)
            .invoice(payment.invoice)
            .payment(payment.id)
            .evidence(vec![Evidence::new("Payment", "unknown", intent.clone())]);
        self.difference(Class::MissingAtStripe, case).await
    }
}

/// Sorts the successful charges of a page by what they say of the books.
fn sort(r: &Reader<'_>, charges: Vec<Charge>) -> Result<Page, Error> {
    let mut page = Page::default();
    for charge in charges.into_iter().filter(Charge::has_succeeded) {
        let Some(intent) = charge.intent_name().map(str::to_owned) else { continue };
        let Some(payment) = r.payment_by_intent(&intent)? else {
            page.missing.push((intent, charge.name().to_owned()));
            continue;
        };
        match charge.balance_transaction.as_ref().map(Expandable::object) {
            Some(Some(transaction)) if r.movement_of_payment(payment.id)?.is_none() => {
                page.unbooked.push((transaction.clone(), payment.clone()));
            }
            None if r.movement_of_payment(payment.id)?.is_none() => page.waiting.push(payment.amount),
            _ => {}
        }
        if charge.is_in_review() && !fraud_review::is_noted(r, payment.id)? {
            page.in_review.push((payment.id, charge.clone()));
        }
        if is_unseen_credit(r, &payment)? {
            page.paid_twice.push(payment.clone());
        }
        if refunds::sum_of(r, &payment)? != charge.amount_refunded.unwrap_or(0) {
            page.refunded.push((payment.clone(), charge.clone()));
        }
        if has_amount(&charge, &payment) {
            page.agreeing.push((payment, charge.name().to_owned()));
        } else {
            page.differing.push((payment, charge));
        }
    }
    Ok(page)
}

fn has_amount(charge: &Charge, payment: &Payment) -> bool {
    let scale = scale::scale(payment.amount.currency().code());
    let wire = scale.and_then(|scale| scale.to_stripe(payment.amount.minor()).ok());
    charge.amount_captured == wire && is_in(charge, payment)
}

fn is_in(charge: &Charge, payment: &Payment) -> bool {
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

/// The sessions whose state is not the one that the books have.
fn differing_of(r: &Reader<'_>, sessions: &[CheckoutSession]) -> Result<Vec<String>, Error> {
    let mut differing = Vec::new();
    for session in sessions {
        if differs(r, session)? {
            differing.push(session.name().to_owned());
        }
    }
    Ok(differing)
}

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
