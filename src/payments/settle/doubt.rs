//! Stripe says paid, and something does not add up: the money is booked all the same, nothing is guessed, and a person
//! is asked.

use super::super::checks::{self, Failed};
use super::super::objects::CheckoutSession;
use super::{Arrived, News, Settled, booked, is_ours, receipt, received};
use crate::actions::book_receipt::{self, Checks};
use crate::actions::checkout::course;
use crate::actions::reviews::{self, Case};
use crate::billing::attempt::Attempt;
use crate::billing::bookings::book_of;
use crate::billing::id::{AttemptId, InvoiceId};
use crate::billing::invoice::Invoice;
use crate::billing::log::{Happening, LogLine};
use crate::billing::payment::Payment;
use crate::billing::review::{Evidence, Reason};
use crate::store::{Error, Writer};

/// The money is in the books, unapplied, and a person is asked.
pub(super) fn mismatch(
    w: &mut Writer<'_>,
    attempt: &Attempt,
    payment: &Payment,
    arrived: &Arrived<'_>,
    failed: &[Failed],
) -> Result<(), Error> {
    let reason = checks::gravest(failed);
    let words = format!("{}: {}. The money is booked and held until you decide.", reason.words(), sentence(failed));
    let line = LogLine::new(w.now(), Happening::Mismatch, arrived.news.channel)
        .amount(payment.amount)
        .stripe(arrived.news.event.as_deref(), arrived.session.map(CheckoutSession::name), Some(arrived.intent.name()))
        .detail(words.clone());
    w.append_log(attempt.invoice, line)?;
    let case = Case::new(reason, arrived.intent.name(), words)
        .invoice(Some(attempt.invoice))
        .attempt(attempt.id)
        .payment(payment.id)
        .evidence(evidence(failed));
    reviews::open(w, case).map(drop)
}

/// Stripe says paid and yet nothing was received that could be booked: only a person can tell why.
pub(super) fn without_money(
    w: &mut Writer<'_>,
    attempt: &Attempt,
    session: &CheckoutSession,
    news: &News,
    failed: &[Failed],
) -> Result<Settled, Error> {
    let reason = checks::gravest(failed);
    if w.review_of_matter(&reviews::dedupe(reason, session.name()))?.is_some() {
        return Ok(Settled::Unchanged);
    }
    let told = news.told(session);
    // With a PaymentIntent the money may still come, and nobody is asked to pay twice; without one it never will.
    match told.intent {
        Some(_) => course::stalled(w, attempt.id, told)?,
        None => course::ended_without_money(w, attempt.id)?,
    }
    let words = format!("Stripe calls a checkout paid, but no money could be booked: {}.", sentence(failed));
    let line = LogLine::new(w.now(), Happening::Mismatch, news.channel)
        .stripe(news.event.as_deref(), Some(session.name()), told.intent)
        .detail(words.clone());
    w.append_log(attempt.invoice, line)?;
    let case = Case::new(reason, session.name(), words)
        .invoice(Some(attempt.invoice))
        .attempt(attempt.id)
        .evidence(evidence(failed));
    reviews::open(w, case)?;
    Ok(Settled::Moved)
}

/// Another attempt claims money that is booked: it stays where it is, and this attempt ends.
pub(super) fn claimed_twice(
    w: &mut Writer<'_>,
    attempt: &Attempt,
    session: &CheckoutSession,
    known: &Payment,
) -> Result<Settled, Error> {
    let theirs = known.method.stripe().and_then(|stripe| stripe.attempt).map(|id| id.to_string());
    if w.review_of_matter(&reviews::dedupe(Reason::ReferenceMismatch, session.name()))?.is_some() {
        return Ok(Settled::Unchanged);
    }
    course::ended_without_money(w, attempt.id)?;
    let words = "Two checkouts claim the same payment at Stripe. It is booked once, for the first of them.";
    let case = Case::new(Reason::ReferenceMismatch, session.name(), words)
        .invoice(Some(attempt.invoice))
        .attempt(attempt.id)
        .evidence(vec![Evidence::new("Attempt", attempt.id.to_string(), theirs.unwrap_or_default())]);
    reviews::open(w, case)?;
    Ok(Settled::Moved)
}

/// A session that no attempt knows: of another program, or ours from before a restored backup.
pub(super) fn unknown_session(w: &mut Writer<'_>, session: &CheckoutSession, news: &News) -> Result<Settled, Error> {
    if !is_ours(w, session)? {
        return Ok(Settled::Foreign);
    }
    if !session.is_paid() {
        return Ok(Settled::Unchanged);
    }
    let intent = session.intent();
    if let Some(intent) = intent
        && w.payment_by_intent(intent.name())?.is_some()
    {
        return Ok(Settled::Unchanged);
    }
    let claim = claim_of(w, session, news)?;
    let case = |words: String, matter: &str| Case::new(claim.reason, matter, words).invoice(claim.id());
    let bookable =
        intent.and_then(|intent| received(intent).map(|money| Arrived { session: Some(session), intent, money, news }));
    let Some(arrived) = bookable else {
        let words = format!("{} No money could be booked for it; look at it in Stripe's dashboard.", claim.words);
        let case = case(words, session.name()).evidence(claim.evidence.clone());
        let known = w.review_of_matter(&reviews::dedupe(case.reason, &case.matter))?.is_some();
        reviews::open(w, case)?;
        return Ok(if known { Settled::Unchanged } else { Settled::Moved });
    };
    let receipt = receipt(w, claim.invoice.clone(), None, &arrived, Checks::Failed)?;
    let payment = book_receipt::book(w, receipt)?;
    let words = format!("{} The money is booked and held until you decide.", claim.words);
    if let Some(invoice) = claim.id() {
        let line = LogLine::new(w.now(), Happening::Mismatch, news.channel)
            .amount(arrived.money)
            .stripe(news.event.as_deref(), Some(session.name()), Some(arrived.intent.name()))
            .detail(words.clone());
        w.append_log(invoice, line)?;
    }
    let mut seen = claim.evidence.clone();
    seen.push(Evidence::new("Amount", arrived.money.to_string(), "nothing"));
    reviews::open(w, case(words, arrived.intent.name()).payment(payment.id).evidence(seen))?;
    booked(w, &arrived, &payment, claim.id())
}

/// What a session that no attempt knows says about itself.
struct Claim {
    reason: Reason,
    /// The invoice that it was for, if it does not contradict itself.
    invoice: Option<Invoice>,
    words: &'static str,
    evidence: Vec<Evidence>,
}

impl Claim {
    fn id(&self) -> Option<InvoiceId> {
        self.invoice.as_ref().map(|invoice| invoice.id)
    }
}

/// A session that names one invoice and the attempt of another is nobody's until a person says so.
fn claim_of(w: &Writer<'_>, session: &CheckoutSession, news: &News) -> Result<Claim, Error> {
    let by_payment = session.intent().and_then(|intent| intent.metadata.get("invoice"));
    let claimed = session.metadata.get("invoice").or(by_payment).map(String::as_str).unwrap_or_default();
    let mut evidence = vec![Evidence::new("Checkout", session.name(), "unknown")];
    let named = session.metadata.get("attempt").or(session.client_reference_id.as_ref());
    let attempt = match named.and_then(|text| text.parse::<AttemptId>().ok()) {
        Some(id) => w.attempt(id)?.filter(|attempt| attempt.invoice.to_string() != claimed),
        None => None,
    };
    if let Some(attempt) = attempt.filter(|_| !claimed.is_empty()) {
        evidence.push(Evidence::new("Attempt", attempt.id.to_string(), attempt.id.to_string()));
        evidence.push(Evidence::new("Invoice", claimed, attempt.invoice.to_string()));
        let words = "A checkout that the books do not know was paid. It names one invoice and the checkout attempt of \
                     another, so whose money it is cannot be told.";
        return Ok(Claim { reason: Reason::ReferenceMismatch, invoice: None, words, evidence });
    }
    let invoice = match claimed.parse::<InvoiceId>() {
        Ok(id) => w.invoice(id)?.filter(|invoice| invoice.book == book_of(news.livemode)),
        Err(_) => None,
    };
    let words = "A checkout of this Quittance was paid that its books do not know, perhaps because an older backup was \
                 restored.";
    Ok(Claim { reason: Reason::UnknownSession, invoice, words, evidence })
}

/// What differs, each difference once: the amount of the payment and of its charge say no more than the checkout's.
fn evidence(failed: &[Failed]) -> Vec<Evidence> {
    let mut told: Vec<Evidence> = Vec::new();
    for Failed { evidence, .. } in failed {
        if !told.iter().any(|one| (&one.stripe, &one.books) == (&evidence.stripe, &evidence.books)) {
            told.push(evidence.clone());
        }
    }
    told
}

/// The gravest difference; the others stand in the evidence.
fn sentence(failed: &[Failed]) -> String {
    let gravest = checks::gravest(failed);
    let Some(Failed { evidence, .. }) = failed.iter().find(|failed| failed.reason == gravest) else {
        return String::new();
    };
    let Evidence { name, stripe, books, .. } = evidence;
    match stripe.as_str() {
        "none" => format!("there is no {} at Stripe", name.to_lowercase()),
        "" | "nothing" | "unsaid" => {
            format!("Stripe does not say the {}, which is {books} in the books", name.to_lowercase())
        }
        _ => format!("{name} is {stripe} at Stripe and {books} in the books"),
    }
}
