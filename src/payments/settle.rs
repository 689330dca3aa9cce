//! The one door to "paid".
//!
//! Webhook, return page, sweep and reconciliation all end here, with a Checkout Session as Stripe shows it *now*. In
//! one transaction: find the attempt, check everything, book the money, write the log, owe the mails. Done twice, or
//! ten times at once, it does its work once, because money is keyed on Stripe's PaymentIntent.

use jiff::{SignedDuration, Timestamp};

use super::checks::{self, Failed};
use super::decline;
use super::objects::{Charge, CheckoutSession, PaymentIntent};
use super::scale;
use crate::actions::book_receipt::{self, Receipt};
use crate::actions::reviews::{self, Case};
use crate::actions::{checkout, day};
use crate::billing::attempt::{Attempt, Decline, State};
use crate::billing::bookings::book_of;
use crate::billing::currency::Currency;
use crate::billing::id::{AttemptId, InvoiceId, PaymentId};
use crate::billing::invoice::Invoice;
use crate::billing::log::{Channel, Happening, LogLine};
use crate::billing::money::Money;
use crate::billing::payment::{Card, Method, Payment, StripeReceipt};
use crate::billing::review::{Evidence, Reason};
use crate::store::{Error, Writer};

/// How often a payment that takes days is asked about.
const DELAYED_LOOK: SignedDuration = SignedDuration::from_hours(24);

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

/// Brings the books to what Stripe says about one Checkout Session.
///
/// # Errors
/// The store failed; nothing was changed.
pub fn settle(w: &mut Writer<'_>, session: &CheckoutSession, news: &News) -> Result<Settled, Error> {
    if session.livemode != Some(news.livemode) {
        return Ok(Settled::Foreign);
    }
    let Some(attempt) = attempt_of(w, session)? else { return unknown_session(w, session, news) };
    if session.is_paid() {
        paid(w, attempt, session, news)
    } else if session.is_complete() {
        unpaid(w, &attempt, session, news)
    } else if session.is_expired() {
        ended(w, &attempt, session, news)
    } else {
        still_open(w, &attempt, session, news)
    }
}

/// The attempt of a session: by the session's id, or by the reference that we gave it if its answer was lost.
fn attempt_of(w: &mut Writer<'_>, session: &CheckoutSession) -> Result<Option<Attempt>, Error> {
    if let Some(attempt) = w.attempt_by_session(session.name())? {
        return Ok(Some(attempt));
    }
    let reference = session.client_reference_id.as_deref().and_then(|text| text.parse::<AttemptId>().ok());
    let Some(id) = reference.filter(|_| is_ours(w, session).unwrap_or(false)) else { return Ok(None) };
    let Some(attempt) = w.attempt(id)?.filter(|attempt| attempt.session.is_none()) else { return Ok(None) };
    let state = match attempt.state {
        State::Creating | State::CreateUnknown { .. } => State::Open,
        state => state,
    };
    let adopted = Attempt { session: session.id.clone(), url: session.address().map(str::to_owned), state, ..attempt };
    w.put_attempt(&adopted)?;
    Ok(Some(adopted))
}

fn is_ours(w: &Writer<'_>, session: &CheckoutSession) -> Result<bool, Error> {
    Ok(session.metadata.get("app") == Some(&w.appliance()?))
}

/// A delayed method was instructed, or has failed since.
fn unpaid(w: &mut Writer<'_>, attempt: &Attempt, session: &CheckoutSession, news: &News) -> Result<Settled, Error> {
    let intent = session.intent();
    let intent_id = session.intent_name();
    let failed = intent.is_some_and(PaymentIntent::has_failed);
    if failed {
        let next = w.now().saturating_add(DELAYED_LOOK).unwrap_or(w.now());
        checkout::processing(w, attempt.id, intent_id, next, news.channel)?;
        let reason = intent
            .and_then(|intent| intent.last_payment_error.as_ref())
            .map_or_else(|| "The bank payment did not go through".to_owned(), decline::explain);
        checkout::failed_delayed(w, attempt.id, &reason, news.channel)?;
    } else {
        let next = w.now().saturating_add(DELAYED_LOOK).unwrap_or(w.now());
        checkout::processing(w, attempt.id, intent_id, next, news.channel)?;
    }
    moved(w, attempt)
}

fn ended(w: &mut Writer<'_>, attempt: &Attempt, session: &CheckoutSession, news: &News) -> Result<Settled, Error> {
    note_decline(w, attempt, session, news)?;
    checkout::expired(w, attempt.id, news.channel)?;
    moved(w, attempt)
}

fn still_open(w: &mut Writer<'_>, attempt: &Attempt, session: &CheckoutSession, news: &News) -> Result<Settled, Error> {
    note_decline(w, attempt, session, news)?;
    moved(w, attempt)
}

fn moved(w: &Writer<'_>, before: &Attempt) -> Result<Settled, Error> {
    Ok(if w.attempt(before.id)?.as_ref() == Some(before) { Settled::Unchanged } else { Settled::Moved })
}

fn note_decline(w: &mut Writer<'_>, attempt: &Attempt, session: &CheckoutSession, news: &News) -> Result<(), Error> {
    let Some(intent) = session.intent() else { return Ok(()) };
    let Some(error) = &intent.last_payment_error else { return Ok(()) };
    let code = error.decline_code.clone().or_else(|| error.code.clone()).unwrap_or_default();
    let words = decline::explain(error);
    let decline = Decline { at: w.now(), code, charge: error.charge.clone() };
    checkout::declined(w, attempt.id, &decline, &words, Some(intent.name()), news.channel)
}

/// Stripe says that the session is paid.
fn paid(w: &mut Writer<'_>, attempt: Attempt, session: &CheckoutSession, news: &News) -> Result<Settled, Error> {
    let Some(intent) = session.intent() else {
        let failed = Failed::new(Reason::ReferenceMismatch, "PaymentIntent", "none", "one");
        return without_money(w, &attempt, session, news, &[failed]);
    };
    if let Some(known) = w.payment_by_intent(intent.name())? {
        return already(w, attempt, session, &known);
    }
    let failed = checks::run(&w.appliance()?, &attempt, session, intent);
    let Some(money) = received(intent) else { return without_money(w, &attempt, session, news, &failed) };
    let invoice = w.invoice(attempt.invoice)?;
    let receipt = receipt(w, invoice.clone(), Some(&attempt), session, intent, money, news, failed.is_empty())?;
    let payment = book_receipt::book(w, receipt)?;
    w.put_attempt(&Attempt {
        state: State::Paid { payment: payment.id },
        payment_intent: intent.id.clone(),
        next_look: None,
        ..attempt
    })?;
    if !failed.is_empty() {
        mismatch(w, invoice.as_ref(), &payment, session, news, &failed)?;
    }
    Ok(Settled::Booked(payment.id))
}

/// The money is booked; the attempt may not know it yet, or may be another that claims the same money.
fn already(
    w: &mut Writer<'_>,
    attempt: Attempt,
    session: &CheckoutSession,
    payment: &Payment,
) -> Result<Settled, Error> {
    let theirs = payment.method.stripe().and_then(|stripe| stripe.attempt);
    if theirs != Some(attempt.id) {
        let words = "Two checkouts claim the same payment at Stripe. It is booked once, for the first of them.";
        let case =
            Case::new(Reason::ReferenceMismatch, session.name(), words).invoice(Some(attempt.invoice)).evidence(vec![
                Evidence::new("Attempt", attempt.id.to_string(), theirs.map(|id| id.to_string()).unwrap_or_default()),
            ]);
        reviews::open(w, case)?;
        return Ok(Settled::Unchanged);
    }
    let settled = State::Paid { payment: payment.id };
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
    let currency = Currency::parse(intent.currency.as_deref()?).ok()?;
    let wire = intent.amount_received.filter(|&amount| amount > 0)?;
    let minor = scale::scale(currency.code())?.from_stripe(wire).ok()?;
    Money::new(minor, currency).ok()
}

#[expect(clippy::too_many_arguments, reason = "each is another object of the one fact that is booked")]
fn receipt(
    w: &Writer<'_>,
    invoice: Option<Invoice>,
    attempt: Option<&Attempt>,
    session: &CheckoutSession,
    intent: &PaymentIntent,
    amount: Money,
    news: &News,
    apply: bool,
) -> Result<Receipt, Error> {
    let charge = intent.charge();
    let received_at =
        charge.and_then(|charge| charge.created).and_then(|s| Timestamp::from_second(s).ok()).unwrap_or(w.now());
    let payer = session.payer_email().map(str::to_lowercase);
    let known = invoice.as_ref().map(|invoice| invoice.buyer.email.to_lowercase());
    Ok(Receipt {
        customer: invoice.as_ref().map(|invoice| invoice.content.customer),
        book: book_of(news.livemode),
        amount,
        method: Method::Stripe(stripe_receipt(attempt, session, intent, charge, news)),
        received_at,
        received_on: day(&w.settings()?, received_at),
        source: news.channel,
        reference: String::new(),
        payer_email: payer.filter(|payer| Some(payer) != known.as_ref()),
        apply,
        event: news.event.clone(),
        invoice,
    })
}

fn stripe_receipt(
    attempt: Option<&Attempt>,
    session: &CheckoutSession,
    intent: &PaymentIntent,
    charge: Option<&Charge>,
    news: &News,
) -> StripeReceipt {
    let details = charge.and_then(|charge| charge.payment_method_details.as_ref());
    StripeReceipt {
        payment_intent: intent.name().to_owned(),
        charge: charge.and_then(|charge| charge.id.clone()),
        session: session.id.clone(),
        attempt: attempt.map(|attempt| attempt.id),
        account: news.account.clone(),
        kind: details.and_then(|details| details.kind.clone()).unwrap_or_else(|| "card".into()),
        card: details.and_then(|details| details.card.as_ref()).map(|card| Card {
            brand: card.brand.clone().unwrap_or_default(),
            last4: card.last4.clone().unwrap_or_default(),
        }),
    }
}

/// The money is in the books, unapplied, and a person is asked.
fn mismatch(
    w: &mut Writer<'_>,
    invoice: Option<&Invoice>,
    payment: &Payment,
    session: &CheckoutSession,
    news: &News,
    failed: &[Failed],
) -> Result<(), Error> {
    let reason = checks::gravest(failed);
    let intent = payment.method.stripe().map(|stripe| stripe.payment_intent.as_str());
    let words = format!("{}: {}. The money is booked and held until you decide.", reason.words(), sentence(failed));
    if let Some(invoice) = invoice {
        let line = LogLine::new(w.now(), Happening::Mismatch, news.channel)
            .amount(payment.amount)
            .stripe(news.event.as_deref(), Some(session.name()), intent)
            .detail(words.clone());
        w.append_log(invoice.id, line)?;
    }
    let case = Case::new(reason, intent.unwrap_or(session.name()), words)
        .invoice(invoice.map(|invoice| invoice.id))
        .payment(payment.id)
        .evidence(failed.iter().map(|failed| failed.evidence.clone()).collect());
    reviews::open(w, case).map(drop)
}

/// Stripe says paid and yet nothing was received that could be booked: only a person can tell why.
fn without_money(
    w: &mut Writer<'_>,
    attempt: &Attempt,
    session: &CheckoutSession,
    news: &News,
    failed: &[Failed],
) -> Result<Settled, Error> {
    let reason = checks::gravest(failed);
    let words = format!("Stripe calls a checkout paid, but no money could be booked: {}.", sentence(failed));
    let dedupe_known = w.review_of_matter(&format!("{reason:?}:{}", session.name()))?.is_some();
    if dedupe_known {
        return Ok(Settled::Unchanged);
    }
    let line = LogLine::new(w.now(), Happening::Mismatch, news.channel)
        .stripe(news.event.as_deref(), Some(session.name()), None)
        .detail(words.clone());
    w.append_log(attempt.invoice, line)?;
    let case = Case::new(reason, session.name(), words)
        .invoice(Some(attempt.invoice))
        .evidence(failed.iter().map(|failed| failed.evidence.clone()).collect());
    reviews::open(w, case)?;
    Ok(Settled::Moved)
}

fn sentence(failed: &[Failed]) -> String {
    let parts = failed.iter().map(|Failed { evidence, .. }| {
        format!("{} is {} at Stripe and {} in the books", evidence.name, evidence.stripe, evidence.books)
    });
    parts.collect::<Vec<_>>().join("; ")
}

/// A session that no attempt knows: of another program, or ours from before a restored backup.
fn unknown_session(w: &mut Writer<'_>, session: &CheckoutSession, news: &News) -> Result<Settled, Error> {
    if !is_ours(w, session)? {
        return Ok(Settled::Foreign);
    }
    let (Some(intent), true) = (session.intent(), session.is_paid()) else { return Ok(Settled::Unchanged) };
    if w.payment_by_intent(intent.name())?.is_some() {
        return Ok(Settled::Unchanged);
    }
    let Some(money) = received(intent) else { return Ok(Settled::Unchanged) };
    let claimed = session.metadata.get("invoice").and_then(|text| text.parse::<InvoiceId>().ok());
    let invoice = match claimed {
        Some(id) => w.invoice(id)?.filter(|invoice| invoice.book == book_of(news.livemode)),
        None => None,
    };
    let receipt = receipt(w, invoice.clone(), None, session, intent, money, news, false)?;
    let payment = book_receipt::book(w, receipt)?;
    let words = "A checkout of this Quittance was paid that its books do not know, perhaps because an older backup was \
                 restored. The money is booked and held until you decide.";
    if let Some(invoice) = &invoice {
        let line = LogLine::new(w.now(), Happening::Mismatch, news.channel)
            .amount(money)
            .stripe(news.event.as_deref(), Some(session.name()), Some(intent.name()))
            .detail(words);
        w.append_log(invoice.id, line)?;
    }
    let evidence = vec![
        Evidence::new("Checkout", session.name(), "unknown"),
        Evidence::new("Amount", money.to_string(), "nothing"),
    ];
    let case = Case::new(Reason::UnknownSession, intent.name(), words)
        .invoice(invoice.map(|invoice| invoice.id))
        .payment(payment.id)
        .evidence(evidence);
    reviews::open(w, case)?;
    Ok(Settled::Booked(payment.id))
}
