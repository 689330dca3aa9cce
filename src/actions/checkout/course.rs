//! How a checkout attempt goes on once Stripe's page is open: declined, expired, instructed, failed.
//!
//! Each step is taken once. Told the same again, it writes nothing: no line in the log, no mail, no seal.

use jiff::{SignedDuration, Timestamp};

use crate::actions::alerts::{self, Urgency};
use crate::actions::mailings;
use crate::actions::reviews::{self, Case};
use crate::billing::attempt::{Attempt, Decline, State};
use crate::billing::id::{AttemptId, InvoiceId};
use crate::billing::letter::Matter;
use crate::billing::log::{Channel, Happening, LogLine};
use crate::billing::review::{Evidence, Reason};
use crate::store::{Error, Reader, Writer};

/// How often a payment that takes days is asked about.
pub const DELAYED_LOOK: SignedDuration = SignedDuration::from_hours(24);
/// A payment that was being confirmed while its session was closed may still win; it is looked at once more.
const SECOND_LOOK: SignedDuration = SignedDuration::from_secs(60);
/// Declined cards of one invoice at which the owner is told at once: a payer has three, a card tester hundreds.
const DECLINES_MANY: usize = 10;
/// Lines of a log that are counted through; a log of more has been warned about long ago.
const LINES_MAX: usize = 1_000;

/// By which way something about an attempt became known.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    pub source: Channel,
    /// Stripe's event, if one brought it.
    pub event: Option<&'a str>,
    /// The PaymentIntent, if Stripe named one.
    pub intent: Option<&'a str>,
    /// What it is paid with, if Stripe named that, such as `sepa_debit`.
    pub method: Option<&'a str>,
}

impl Told<'_> {
    fn line(self, now: Timestamp, kind: Happening, attempt: &Attempt) -> LogLine {
        let intent = self.intent.or(attempt.payment_intent.as_deref());
        LogLine::new(now, kind, self.source).stripe(self.event, attempt.session.as_deref(), intent)
    }

    fn intent_of(self, attempt: &Attempt) -> Option<String> {
        self.intent.map(str::to_owned).or_else(|| attempt.payment_intent.clone())
    }
}

/// Stripe says that the session can't be paid any more.
///
/// # Errors
/// The store failed.
pub fn expired(w: &mut Writer<'_>, id: AttemptId, told: Told<'_>) -> Result<(), Error> {
    let Some(attempt) = w.attempt(id)? else { return Ok(()) };
    let (kind, next_look) = match attempt.state {
        State::Revoking { .. } => (Happening::CheckoutCanceled, w.now().saturating_add(SECOND_LOOK).ok()),
        State::Open | State::Creating | State::CreateUnknown { .. } => (Happening::CheckoutExpired, None),
        _ => return Ok(()),
    };
    let attempt = Attempt { state: State::Expired, next_look, ..attempt };
    w.put_attempt(&attempt)?;
    w.append_log(attempt.invoice, told.line(w.now(), kind, &attempt))
}

/// Stripe says that a method was instructed that takes days.
///
/// # Errors
/// The store failed.
pub fn processing(w: &mut Writer<'_>, id: AttemptId, told: Told<'_>) -> Result<(), Error> {
    let Some(attempt) = w.attempt(id)? else { return Ok(()) };
    if !may_go_under_way(w, &attempt)? {
        return Ok(());
    }
    let attempt = under_way(w, attempt, told)?;
    let line = told
        .line(w.now(), Happening::PaymentProcessing, &attempt)
        .amount(attempt.amount)
        .detail("The bank needs some days; nothing has been received yet");
    w.append_log(attempt.invoice, line)?;
    owe_payer(w, &attempt, Matter::InstructionReceived { attempt: attempt.id })
}

/// Stripe says that the payer is done, yet there is no money that could be booked: a person is asked elsewhere, and the
/// attempt is looked at daily, because money may still come. Nobody pays a second time meanwhile.
///
/// # Errors
/// The store failed.
pub fn stalled(w: &mut Writer<'_>, id: AttemptId, told: Told<'_>) -> Result<(), Error> {
    let Some(attempt) = w.attempt(id)? else { return Ok(()) };
    if may_go_under_way(w, &attempt)? { under_way(w, attempt, told).map(drop) } else { Ok(()) }
}

/// Whether the attempt may wait for the bank: it has not ended, or has ended without another having taken its place.
fn may_go_under_way(reader: &Reader<'_>, attempt: &Attempt) -> Result<bool, Error> {
    Ok(match attempt.state {
        State::Open | State::Revoking { .. } | State::Creating | State::CreateUnknown { .. } => true,
        State::Expired | State::Abandoned | State::CreateFailed { .. } => {
            reader.live_attempt(attempt.invoice)?.is_none()
        }
        State::Processing | State::LetGo | State::Paid { .. } | State::FailedDelayed => false,
    })
}

fn under_way(w: &mut Writer<'_>, attempt: Attempt, told: Told<'_>) -> Result<Attempt, Error> {
    let next_look = w.now().saturating_add(DELAYED_LOOK).ok();
    let payment_intent = told.intent_of(&attempt);
    let instructed_at = attempt.instructed_at.or(Some(w.now()));
    let method = told.method.map(str::to_owned).or_else(|| attempt.method.clone());
    let attempt = Attempt { state: State::Processing, payment_intent, instructed_at, method, next_look, ..attempt };
    w.put_attempt(&attempt)?;
    Ok(attempt)
}

/// Nothing can come of it any more, although Stripe calls it paid: its money is booked under another attempt, or there
/// never was any.
///
/// # Errors
/// The store failed.
pub fn ended_without_money(w: &mut Writer<'_>, id: AttemptId) -> Result<(), Error> {
    match w.attempt(id)? {
        Some(attempt) if attempt.is_live() => {
            w.put_attempt(&Attempt { state: State::Expired, next_look: None, ..attempt })
        }
        _ => Ok(()),
    }
}

/// Stripe does not know the session under the key in use, and it must have ended: the attempt no longer holds the invoice
/// up, and the owner is asked to look where we cannot.
///
/// # Errors
/// The store failed.
pub fn out_of_reach(w: &mut Writer<'_>, id: AttemptId) -> Result<(), Error> {
    let Some(attempt) = w.attempt(id)? else { return Ok(()) };
    if !attempt.is_live() && attempt.state != State::LetGo {
        return w.put_attempt(&Attempt { next_look: None, ..attempt });
    }
    let attempt = Attempt { state: State::Expired, next_look: None, ..attempt };
    w.put_attempt(&attempt)?;
    let words = "A checkout was open in a Stripe account whose key is not in use any more, so whether it was paid could \
                 not be asked. Look for it in that account; if it was paid, record the payment.";
    let session = attempt.session.clone().unwrap_or_default();
    let line = LogLine::new(w.now(), Happening::CheckoutExpired, Channel::Schedule)
        .stripe(None, attempt.session.as_deref(), attempt.payment_intent.as_deref())
        .detail(words);
    w.append_log(attempt.invoice, line)?;
    let case = Case::new(Reason::UnknownSession, &session, words)
        .invoice(Some(attempt.invoice))
        .attempt(attempt.id)
        .evidence(vec![Evidence::new("Checkout", "unknown", session.clone())]);
    reviews::open(w, case).map(drop)
}

/// Stripe says that a delayed payment did not go through.
///
/// # Errors
/// The store failed.
pub fn failed_delayed(w: &mut Writer<'_>, id: AttemptId, reason: &str, told: Told<'_>) -> Result<(), Error> {
    let Some(attempt) = w.attempt(id)? else { return Ok(()) };
    if !attempt.is_live() && attempt.state != State::LetGo {
        return Ok(());
    }
    let payment_intent = told.intent_of(&attempt);
    let attempt = Attempt { state: State::FailedDelayed, payment_intent, next_look: None, ..attempt };
    w.put_attempt(&attempt)?;
    let line = told.line(w.now(), Happening::PaymentFailed, &attempt).amount(attempt.amount).detail(reason);
    w.append_log(attempt.invoice, line)?;
    alerts::declined(w, attempt.invoice, Urgency::AtOnce)?;
    // Who has paid another way meanwhile is not to be asked for money.
    if still_owes(w, attempt.invoice)? {
        owe_payer(w, &attempt, Matter::DelayedPaymentFailed { attempt: attempt.id })?;
    }
    Ok(())
}

fn still_owes(reader: &Reader<'_>, id: InvoiceId) -> Result<bool, Error> {
    let Some(invoice) = reader.invoice(id)? else { return Ok(false) };
    Ok(invoice.void.is_none() && reader.standing(&invoice)?.due() > 0)
}

fn owe_payer(w: &mut Writer<'_>, attempt: &Attempt, matter: Matter) -> Result<(), Error> {
    let Some(invoice) = w.invoice(attempt.invoice)? else { return Ok(()) };
    let to = mailings::present_address(w, &invoice)?.into_iter().collect();
    let now = w.now();
    mailings::queue(w, matter, to, Vec::new(), now).map(drop)
}

/// Stripe says that a card was declined. That ends nothing: the payer may try another card in the same session.
///
/// # Errors
/// The store failed.
pub fn declined(
    w: &mut Writer<'_>,
    id: AttemptId,
    decline: &Decline,
    words: &str,
    told: Told<'_>,
) -> Result<(), Error> {
    let Some(attempt) = w.attempt(id)? else { return Ok(()) };
    let known =
        attempt.decline.as_ref().is_some_and(|known| known.charge == decline.charge && known.code == decline.code);
    if known || matches!(attempt.state, State::Paid { .. }) {
        return Ok(());
    }
    let payment_intent = told.intent_of(&attempt);
    let attempt = Attempt { decline: Some(decline.clone()), payment_intent, ..attempt };
    w.put_attempt(&attempt)?;
    let lines = w.log(attempt.invoice, 0, LINES_MAX)?;
    let before = lines.iter().filter(|line| line.kind == Happening::PaymentFailed).count();
    let many = before + 1 == DECLINES_MANY;
    let words = if many {
        format!(
            "{words}. This is the tenth payment of this invoice that failed: somebody may be trying stolen cards. A new \
             link ends it"
        )
    } else {
        words.to_owned()
    };
    let line = told.line(w.now(), Happening::PaymentFailed, &attempt).amount(attempt.amount).detail(words);
    w.append_log(attempt.invoice, line)?;
    let urgency = if many { Urgency::AtOnce } else { Urgency::WhenTheHourIsOver };
    alerts::declined(w, attempt.invoice, urgency)
}
