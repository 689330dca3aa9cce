//! The one door to "paid".
//!
//! Webhook, return page, sweep and reconciliation all end here, with a Checkout Session as Stripe shows it *now*. In
//! one transaction: find the attempt, check everything, book the money, write the log, owe the mails. Done twice, or
//! ten times at once, it does its work once, because money is keyed on Stripe's PaymentIntent; where nothing changed it
//! writes nothing.
//!
//! What to do when something does not add up is in [`doubt`]; money that no checkout explains is in [`stray`].

mod doubt;
mod stray;

use jiff::Timestamp;

use super::checks::{self, Failed};
use super::decline;
use super::fraud_review;
use super::movements::{self, Known};
use super::objects::{Charge, CheckoutSession, Expandable, PaymentIntent, bears};
use super::scale;
use super::till;
use super::unheld;
use crate::actions::book_receipt::{self, Checks, Receipt};
use crate::actions::checkout::{
    self,
    course::{self, Told},
};
use crate::actions::day;
use crate::billing::attempt::{Attempt, Decline, State};
use crate::billing::bookings::book_of;
use crate::billing::id::{AttemptId, InvoiceId, PaymentId};
use crate::billing::invoice::Invoice;
use crate::billing::log::Channel;
use crate::billing::money::Money;
use crate::billing::payment::{Card, Method, Payment, StripeReceipt};
use crate::billing::review::Reason;
use crate::store::{Error, Writer};

pub use stray::settle_stray;

/// By which way the news came.
#[derive(Clone, Debug)]
pub struct News {
    pub channel: Channel,
    /// Stripe's event, if one brought it.
    pub event: Option<String>,
    /// Fingerprint of the key that Stripe was asked with.
    pub account: String,
    /// Whether that key is a live one.
    pub livemode: bool,
}

impl News {
    fn told<'a>(&'a self, session: &'a CheckoutSession) -> Told<'a> {
        Told {
            source: self.channel,
            event: self.event.as_deref(),
            intent: session.intent_name(),
            method: session.intent().and_then(PaymentIntent::method),
        }
    }
}

/// What settling came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// The session is of another program on the same account, or of the other mode.
    Foreign,
    /// The books agree with Stripe already.
    Unchanged,
    /// The attempt moved without money.
    Moved,
    /// The money is now booked; whether it was applied is in the ledger.
    Booked(PaymentId),
}

impl Settled {
    /// Whether the books are others than before.
    #[must_use]
    pub fn has_moved(&self) -> bool {
        matches!(self, Self::Moved | Self::Booked(_))
    }
}

/// Brings the books to what Stripe says about one Checkout Session.
///
/// # Errors
/// The store failed; nothing was changed.
pub fn settle(w: &mut Writer<'_>, session: &CheckoutSession, news: &News) -> Result<Settled, Error> {
    if session.livemode != Some(news.livemode) {
        return Ok(Settled::Foreign);
    }
    let Some(found) = attempt_of(w, session)? else { return doubt::unknown_session(w, session, news) };
    let attempt = match found.session {
        Some(_) => found.clone(),
        None => adopt(w, &found, session)?,
    };
    if session.is_paid() {
        return paid(w, attempt, session, news);
    }
    if session.is_complete() {
        unpaid(w, &attempt, session, news)?;
    } else {
        note_decline(w, &attempt, session, news)?;
        if session.is_expired() {
            course::expired(w, attempt.id, news.told(session))?;
        }
    }
    let unchanged = w.attempt(found.id)?.as_ref() == Some(&found);
    Ok(if unchanged { Settled::Unchanged } else { Settled::Moved })
}

/// The attempt of a session: by the session's id, or by the reference that we gave it if its answer was lost.
///
/// An open session that no attempt knows stays so: its address was given to nobody, and only the answer to the request
/// that made it may put it into force.
fn attempt_of(w: &mut Writer<'_>, session: &CheckoutSession) -> Result<Option<Attempt>, Error> {
    if let Some(attempt) = w.attempt_by_session(session.name())? {
        return Ok(Some(attempt));
    }
    if !is_ours(w, session)? || !(session.is_complete() || session.is_expired()) {
        return Ok(None);
    }
    let reference = session.client_reference_id.as_deref().and_then(|text| text.parse::<AttemptId>().ok());
    let Some(id) = reference else { return Ok(None) };
    Ok(w.attempt(id)?.filter(|attempt| attempt.session.is_none()))
}

fn adopt(w: &mut Writer<'_>, attempt: &Attempt, session: &CheckoutSession) -> Result<Attempt, Error> {
    let adopted = Attempt { session: session.id.clone(), ..attempt.clone() };
    w.put_attempt(&adopted)?;
    Ok(adopted)
}

/// Whether the session, or the payment that was made in it, bears our name.
fn is_ours(w: &Writer<'_>, session: &CheckoutSession) -> Result<bool, Error> {
    let appliance = w.appliance()?;
    let has_our_intent = session.intent().is_some_and(|intent| bears(&intent.metadata, &appliance));
    Ok(has_our_intent || bears(&session.metadata, &appliance))
}

/// A delayed method was instructed, or has failed since.
fn unpaid(w: &mut Writer<'_>, attempt: &Attempt, session: &CheckoutSession, news: &News) -> Result<(), Error> {
    let told = news.told(session);
    let Some(intent) = session.intent().filter(|intent| intent.has_failed()) else {
        return course::processing(w, attempt.id, told);
    };
    let reason = intent.last_payment_error.as_ref();
    let reason = reason.map_or_else(|| "The bank payment did not go through".to_owned(), decline::explain);
    course::failed_delayed(w, attempt.id, &reason, told)
}

fn note_decline(w: &mut Writer<'_>, attempt: &Attempt, session: &CheckoutSession, news: &News) -> Result<(), Error> {
    let Some(intent) = session.intent() else { return Ok(()) };
    let Some(error) = &intent.last_payment_error else { return Ok(()) };
    let code = error.decline_code.clone().or_else(|| error.code.clone()).unwrap_or_default();
    let decline = Decline { at: w.now(), code, charge: error.charge.clone() };
    course::declined(w, attempt.id, &decline, &decline::explain(error), news.told(session))
}

/// Stripe says that the session is paid.
fn paid(w: &mut Writer<'_>, attempt: Attempt, session: &CheckoutSession, news: &News) -> Result<Settled, Error> {
    let Some(intent) = session.intent() else {
        let failed = Failed::new(Reason::AmountMismatch, "Payment", "none", "one");
        return doubt::without_money(w, &attempt, session, news, &[failed]);
    };
    if let Some(known) = w.payment_by_intent(intent.name())? {
        bring_movement(w, intent, &known, news)?;
        return already(w, attempt, session, &known);
    }
    let failed = checks::run(&w.appliance()?, &attempt, session, intent);
    let Some(money) = received(intent) else { return doubt::without_money(w, &attempt, session, news, &failed) };
    // Whose money it is cannot be known when the references disagree: then it is nobody's until a person says so.
    let unclear = failed.iter().any(|failed| failed.reason == Reason::ReferenceMismatch);
    let invoice = if unclear { None } else { w.invoice(attempt.invoice)? };
    let arrived = Arrived { session: Some(session), intent, money, news };
    let checks = if failed.is_empty() { Checks::Passed } else { Checks::Failed };
    let receipt = receipt(w, invoice, Some(&attempt), &arrived, checks)?;
    let payment = book_receipt::book(w, receipt)?;
    let (state, payment_intent) = (State::Paid { payment: payment.id }, intent.id.clone());
    // What went back of it before is asked for next; should that fail, somebody must come back.
    let next_look = intent.charge().is_some_and(Charge::has_gone_back).then(|| w.now());
    w.put_attempt(&Attempt { state, payment_intent, next_look, ..attempt.clone() })?;
    if !failed.is_empty() {
        doubt::mismatch(w, &attempt, &payment, &arrived, &failed)?;
    }
    booked(w, &arrived, &payment, Some(attempt.invoice))
}

/// What follows wherever money was booked: its fee, what Stripe's risk review says of it, and the end of other checkouts.
fn booked(
    w: &mut Writer<'_>,
    arrived: &Arrived<'_>,
    payment: &Payment,
    invoice: Option<InvoiceId>,
) -> Result<Settled, Error> {
    bring_movement(w, arrived.intent, payment, arrived.news)?;
    fraud_review::note(w, payment.id, arrived.intent.charge())?;
    if let Some(invoice) = invoice {
        checkout::revoke_unasked(w, invoice)?;
    }
    till::count_payment(w)?;
    Ok(Settled::Booked(payment.id))
}

/// Books the fee, if Stripe's own books have the payment already. If not, `charge.updated` or the next pass brings it.
fn bring_movement(w: &mut Writer<'_>, intent: &PaymentIntent, payment: &Payment, news: &News) -> Result<(), Error> {
    let charge = intent.charge().filter(|charge| known_charge(payment) == charge.id.as_deref());
    match charge.and_then(|charge| charge.balance_transaction.as_ref()?.object()) {
        Some(transaction) => {
            let brought = movements::bring_known(w, transaction, Known::payment(payment), news)?;
            unheld::tell(w, transaction, &brought)
        }
        None => Ok(()),
    }
}

fn known_charge(payment: &Payment) -> Option<&str> {
    payment.method.stripe().and_then(|stripe| stripe.charge.as_deref())
}

/// The money is booked; the attempt may not know it yet, or may be another that claims the same money.
fn already(w: &mut Writer<'_>, attempt: Attempt, session: &CheckoutSession, known: &Payment) -> Result<Settled, Error> {
    if known.method.stripe().and_then(|stripe| stripe.attempt) != Some(attempt.id) {
        return doubt::claimed_twice(w, &attempt, session, known);
    }
    let settled = State::Paid { payment: known.id };
    if attempt.state == settled {
        return Ok(Settled::Unchanged);
    }
    w.put_attempt(&Attempt { state: settled, next_look: None, ..attempt })?;
    Ok(Settled::Moved)
}

/// What Stripe received, in ISO minor units; `None` if nothing was, or in a currency that the books cannot hold.
fn received(intent: &PaymentIntent) -> Option<Money> {
    if !intent.has_succeeded() {
        return None;
    }
    scale::money(intent.amount_received.filter(|&amount| amount > 0), intent.currency.as_deref())
}

/// Money that arrived, with the objects that prove it.
struct Arrived<'a> {
    /// The checkout that it came through, if there is one.
    session: Option<&'a CheckoutSession>,
    intent: &'a PaymentIntent,
    money: Money,
    news: &'a News,
}

fn receipt(
    w: &Writer<'_>,
    invoice: Option<Invoice>,
    attempt: Option<&Attempt>,
    arrived: &Arrived<'_>,
    checks: Checks,
) -> Result<Receipt, Error> {
    let Arrived { session, intent, money, news } = *arrived;
    let received_at = received_at(intent, w.now());
    let payer = session.and_then(CheckoutSession::payer_email).map(str::to_lowercase);
    let known = invoice.as_ref().map(|invoice| invoice.buyer.email.to_lowercase());
    Ok(Receipt {
        customer: invoice.as_ref().map(|invoice| invoice.content.customer),
        book: book_of(news.livemode),
        amount: money,
        method: Method::Stripe(stripe_receipt(attempt, arrived)),
        fee: attempt.and_then(|attempt| attempt.fee.clone()),
        received_at,
        received_on: day(&w.settings()?, received_at),
        source: news.channel,
        reference: String::new(),
        payer_email: payer.filter(|payer| Some(payer) != known.as_ref()),
        checks,
        event: news.event.clone(),
        note: note(attempt, session, intent),
        invoice,
    })
}

/// When the money came. A charge of a delayed method was made days before; Stripe's own booking of it was not.
fn received_at(intent: &PaymentIntent, now: Timestamp) -> Timestamp {
    let charge = intent.charge();
    let booked = charge.and_then(|charge| charge.balance_transaction.as_ref()?.object()?.created);
    let is_card = charge.and_then(|charge| charge.payment_method_details.as_ref()?.kind.as_deref()) == Some("card");
    let charged = charge.filter(|_| is_card).and_then(|charge| charge.created);
    let at = booked.or(charged).and_then(|second| Timestamp::from_second(second).ok());
    at.unwrap_or(now).min(now)
}

/// What is unusual about how it was paid and changes nothing.
fn note(attempt: Option<&Attempt>, session: Option<&CheckoutSession>, intent: &PaymentIntent) -> String {
    let is_late = attempt.is_some_and(|attempt| !attempt.is_live());
    let presented = session.and_then(|session| session.presentment_details.as_ref());
    let presented = presented.and_then(|shown| shown.presentment_currency.as_deref());
    let notes = [
        is_late.then(|| "confirmed after the checkout had ended".to_owned()),
        presented.map(|currency| format!("shown to the payer in {}", currency.to_uppercase())),
        intent.charge().is_some_and(Charge::is_in_review).then(|| {
            "Stripe's fraud check wants you to look at it: approve or refund it in Stripe's dashboard".to_owned()
        }),
    ];
    notes.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn stripe_receipt(attempt: Option<&Attempt>, arrived: &Arrived<'_>) -> StripeReceipt {
    let charge = arrived.intent.charge();
    let details = charge.and_then(|charge| charge.payment_method_details.as_ref());
    StripeReceipt {
        payment_intent: arrived.intent.name().to_owned(),
        charge: arrived.intent.latest_charge.as_ref().and_then(Expandable::id).map(str::to_owned),
        session: arrived.session.and_then(|session| session.id.clone()),
        attempt: attempt.map(|attempt| attempt.id),
        account: arrived.news.account.clone(),
        kind: details.and_then(|details| details.kind.clone()).unwrap_or_else(|| "card".into()),
        card: details.and_then(|details| details.card.as_ref()).map(|card| Card {
            brand: card.brand.clone().unwrap_or_default(),
            last4: card.last4.clone().unwrap_or_default(),
        }),
    }
}
